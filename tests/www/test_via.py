"""The week of ViA: who came, whom to call, what people wrote. One post for a list, nothing half-saved, nobody named who is protected."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent, Event
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, dates, facts
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Booking, Entry, HandedVacancy, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, CallState, EndKind, EntryState, FactKind, ReplyKind, VacancyReaction
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import ChannelKind, RestrictionKind
from tests import desk
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
WEEK = reverse("via:week")
QUERIES = 36


def text(client: Client, path: str = WEEK, **given: str) -> str:
    answer = client.get(path, given)
    assert answer.status_code == 200
    return answer.content.decode()


def member(world: World, first: str = "Jana", last: str = "Silberdistel", **more: Any) -> Entry:
    """Somebody who is in ViA."""
    given = {"next_step": "Lebenslauf fertig machen", "next_step_at": at(10, days=2)} | more
    entry = desk.applicant(world, first, last, home=False)
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.IN_VIA, via_from=TODAY - timedelta(days=7), via_to=TODAY + timedelta(days=20), **given)
    return Entry.objects.select_related("person").get(pk=entry.pk)


def seat(world: World, entry: Entry, date_: ViaDate) -> Booking:
    return dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=date_.pk, entry_id=entry.pk)


def today(world: World, hour: int = 9, **more: Any) -> ViaDate:
    return desk.information(world, days=0, hour=hour, **more)


def posted(booking: Booking, state: str, **more: str) -> dict[str, str]:
    pk = booking.pk
    return {f"a-{pk}": state, f"v-{pk}": str(booking.version), f"t-{pk}": "", f"o-{pk}": ""} | {f"{key}-{pk}": value for key, value in more.items()}


# --- the week
def test_the_week_says_where_everybody_stands(world: World, login: Login) -> None:
    one, two = member(world), member(world, "Rosa", "Wegwarte", next_step_at=at(8))
    date_ = today(world)
    came, missed = seat(world, one, date_), seat(world, two, date_)
    for booking, state in ((came, Attendance.PRESENT), (missed, Attendance.NO_WORD)):
        dates.mark_attendance(actor=world.actor(), at=at(9, 30), booking_id=booking.pk, attendance=state)
    made = dates.add_own_application(actor=world.actor(), at=at(), entry_id=one.pk, employer="Harzfaden", sent_on=TODAY)
    dates.set_reply(actor=world.actor(), at=at(), own_application_id=made.pk, reply=ReplyKind.INTERVIEW)
    facts.add_fact(actor=world.actor(), at=at(), person_id=two.person_id, entry_id=two.pk, kind=FactKind.WORK, since=TODAY, what="Lager", source="sagt sie")
    shown = text(login("entrance"))
    assert "2 Menschen aus Ihren Teams" in shown
    assert "1 von 2" in shown
    assert "0 entschuldigt, 1 ohne Nachricht, 0 noch offen" in shown
    assert "1 Antworten, 1 Einladungen" in shown
    assert "in Arbeit seit 24.11." in shown
    assert shown.count("hf-att__da") == shown.count("hf-att__ohne") == 1
    assert "noch nicht gefragt" in shown
    assert [p.overdue for p in login("entrance").get(WEEK).context["people"]] == [False, True]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({}, ["Silberdistel", "Wegwarte", "Zitterpappel"]),
        ({"q": "weg"}, ["Wegwarte"]),
        ({"q": "Zítter ivan"}, ["Zitterpappel"]),
        ({"q": "niemand"}, []),
        ({"nur": "schritt"}, ["Wegwarte"]),
        ({"nur": "ohne"}, ["Wegwarte", "Zitterpappel"]),
        ({"nur": "neu"}, ["Zitterpappel"]),
        ({"nur": "ende"}, ["Wegwarte"]),
        ({"nur": "fehlte"}, ["Zitterpappel"]),
        ({"nur": "unsinn"}, ["Silberdistel", "Wegwarte", "Zitterpappel"]),
        ({"sort": "schritt"}, ["Wegwarte", "Silberdistel", "Zitterpappel"]),
        ({"sort": "ende"}, ["Wegwarte", "Silberdistel", "Zitterpappel"]),
    ],
)
def test_search_choice_and_order(world: World, login: Login, chosen: dict[str, str], names: list[str]) -> None:
    one = member(world)
    two = member(world, "Rosa", "Wegwarte", next_step_at=at(8))
    three = member(world, "Ivan", "Zitterpappel", next_step_at=at(11, days=6))
    Entry.objects.filter(pk=two.pk).update(via_to=TODAY - timedelta(days=1))
    Entry.objects.filter(pk=three.pk).update(via_from=TODAY, via_to=TODAY + timedelta(days=27))
    dates.add_own_application(actor=world.actor(), at=at(), entry_id=one.pk, employer="Harzfaden", sent_on=TODAY)
    missed = seat(world, three, today(world))
    dates.mark_attendance(actor=world.actor(), at=at(9, 30), booking_id=missed.pk, attendance=Attendance.NO_WORD)
    client = login("entrance")
    answer = desk.look_for(client, WEEK, **chosen)
    assert [p.entry.person.last_name for p in answer.context["people"]] == names
    if not names:
        assert "In dieser Auswahl ist niemand." in answer.content.decode()
    book = desk.look_for(client, reverse("via:export"), **chosen)
    sheet = ZipFile(io.BytesIO(book.content)).read("xl/sharedStrings.xml").decode()
    found = [n for n in ("Silberdistel", "Wegwarte", "Zitterpappel") if n in sheet]
    assert sorted(found) == sorted(names)


def test_the_table_for_download_is_logged_and_carries_no_formulas(world: World, login: Login) -> None:
    entry = member(world, next_step="=1+1")
    answer = login("entrance").get(reverse("via:export"))
    assert answer["Content-Disposition"] == 'attachment; filename="teilnahme.xlsx"'
    inside = ZipFile(io.BytesIO(answer.content))
    assert "=1+1" in inside.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in inside.read("xl/worksheets/sheet1.xml").decode()
    assert AccessEvent.objects.get(kind="export").person_ids == [str(entry.person_id)]


def test_pages_of_twenty_five(world: World, login: Login) -> None:
    first = member(world)
    person = first.person
    for n in range(25):
        other = people.create_person(actor=world.actor(), at=at(), first_name="Kim", last_name=f"Ahorn {n:02}", birth_date=date(1990, 1, 1 + n))
        people.assign(actor=world.actor(), at=at(), person_id=other.pk, kind="entrance", team_id=world.teams["via"].pk, valid_from=TODAY, reason="x")
        Entry.objects.create(
            jobcenter_id=world.id, person=other, first_contact_id=first.first_contact_id, since=at(), state_since=at(), state=EntryState.IN_VIA, via_from=TODAY, via_to=TODAY
        )
    client = login("entrance")
    assert "1 bis 25 von 26 Menschen" in text(client)
    assert person.list_name in text(client, seite="2")
    assert person.list_name not in text(client)
    assert client.get(WEEK, {"seite": "99"}).status_code == 200
    logged = AccessEvent.objects.filter(page="via:week").order_by("-id")[1]
    assert str(person.pk) not in logged.person_ids


def test_weeks_before_and_after(world: World, login: Login) -> None:
    later = desk.information(world, days=8, hour=14)
    client = login("entrance")
    assert reverse("via:date", args=[later.pk]) not in text(client)
    assert reverse("via:date", args=[later.pk]) in text(client, woche=str(TODAY + timedelta(days=7)))
    for odd in ("x", "9999-12-31", "0001-01-01", "2026-02-31"):
        assert client.get(WEEK, {"woche": odd}).status_code == 200
    words = " ".join(PdfReader(io.BytesIO(client.get(reverse("via:week_plan"), {"woche": str(TODAY + timedelta(days=7))}).content)).pages[0].extract_text().split())
    assert "14:00 Osterode 104" in words


@pytest.mark.parametrize("who", ["case_manager", "via_lead"])
def test_who_only_looks_gets_no_links_to_acts(world: World, login: Login, who: str) -> None:
    entry = member(world)
    date_ = today(world)
    seat(world, entry, date_)
    shown = text(login(who))
    assert "Informationsgespräch" in shown
    for path in (reverse("via:date", args=[date_.pk]), reverse("via:own_applications", args=[entry.pk])):
        assert path not in shown
        assert login(who).get(path).status_code == 403
    assert ("Silberdistel" in shown) is (who == "via_lead")


def test_the_load_of_the_coaches_warns(world: World, login: Login) -> None:
    slot = desk.coaching(world, days=1)
    client = login("entrance")
    assert "fast voll" not in text(client)
    seat(world, member(world), slot)
    shown = text(client)
    assert "1 von 1 Stunden vergeben" in shown
    assert "fast voll: dann wartet jemand" in shown


def test_an_end_is_seen_and_can_be_taken_back(world: World, login: Login) -> None:
    entry = member(world)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    client = login("entrance")
    assert "1 in Arbeit" in text(client)
    client.post(reverse("via:undo_end", args=[entry.pk]))
    assert Entry.objects.get(pk=entry.pk).state == EntryState.IN_VIA
    assert "0 in Arbeit" in text(client)


def test_what_became_of_people_counts_also_when_nobody_sees_them_any_more(world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, stays = member(world), member(world, "Rosa", "Wegwarte")
    for entry in (gone, stays):
        dates.add_own_application(actor=world.actor(), at=at(), entry_id=entry.pk, employer="Harzfaden", sent_on=TODAY)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=gone.pk, kind=EndKind.OTHER_BENEFIT, ended_on=TODAY)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=stays.pk, kind=EndKind.WORK, ended_on=TODAY)
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-25T09:42:00")
    shown = text(login("entrance"))
    assert "Silberdistel" not in shown
    assert "1 andere Leistung zahlt" in shown
    assert "1 in Arbeit" in shown
    assert [row[1] for row in queries.own_applications_by_week(world.actor(), TODAY)][-1] == 2
    after = shown.partition("Nach ViA noch bei uns")[2]
    assert "Wegwarte, Rosa" in after
    assert "23.05.2027" in after
    assert "Wegwarte" not in text(login("other_team"))


def test_whose_via_runs_out_is_asked_how_it_goes_on(world: World, login: Login) -> None:
    entry, later = member(world), member(world, "Rosa", "Wegwarte")
    for one in (entry, later):
        desk.confirm(world, one)
    board = reverse("entrance:board")
    assert "ViA läuft ab" not in text(login("entrance"), board)
    Entry.objects.filter(pk=entry.pk).update(via_to=TODAY)
    Entry.objects.filter(pk=later.pk).update(via_to=TODAY + timedelta(days=1))
    shown = text(login("entrance"), board).partition("ViA läuft ab: wie geht es weiter?")[2].partition("</section>")[0]
    assert reverse("entrance:way_out", args=[entry.pk]) in shown
    assert "heute" in shown
    assert "Wegwarte" not in shown
    assert "1 am Ende von ViA" in text(login("entrance"))
    assert "ViA läuft ab" not in text(login("other_team"), board)
    assert AccessEvent.objects.filter(page="entrance:board", person_ids=[str(entry.person_id)]).exists()


# --- who came
def test_one_post_for_the_whole_list(world: World, login: Login) -> None:
    date_ = today(world)
    one, two, three = (seat(world, member(world, "Jana", f"Nr{n}"), date_) for n in range(3))
    client = login("coach")
    path = reverse("via:date", args=[date_.pk])
    assert "Anwesenheit eintragen" in text(client)
    data = posted(one, "present", t="9:20") | posted(two, "no_word", o="Bus, Weg") | posted(three, "excused")
    assert client.post(path, data).status_code == 302
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.attendance, one.arrived_at) == (Attendance.PRESENT, at(9, 20))
    assert (two.attendance, two.obstacle) == (Attendance.NO_WORD, "Bus, Weg")
    assert 'value="09:20"' in text(client, path)
    assert AccessEvent.objects.filter(page="via:date", kind="search").count() == 2


def test_all_the_others_were_there(world: World, login: Login) -> None:
    date_ = today(world)
    one, two = (seat(world, member(world, "Jana", f"Nr{n}"), date_) for n in range(2))
    login("entrance").post(reverse("via:date", args=[date_.pk]), posted(one, "excused") | posted(two, "expected") | {"rest": "present"})
    assert [b.attendance for b in Booking.objects.order_by("entry__person__last_name")] == [Attendance.EXCUSED, Attendance.PRESENT]


def test_a_list_that_cannot_be_saved_comes_back_as_typed(world: World, login: Login) -> None:
    date_ = today(world)
    one, two = (seat(world, member(world, "Jana", f"Nr{n}"), date_) for n in range(2))
    client, path = login("entrance"), reverse("via:date", args=[date_.pk])
    for bad, words in (("25:99", "Nr0"), ("9:59", "passt nicht zum Termin")):
        answer = client.post(path, posted(one, "present", t=bad) | posted(two, "no_word"))
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert words in shown
        assert f'value="{bad}"' in shown
        assert f'name="a-{two.pk}" value="no_word" checked' in shown
    dates.mark_attendance(actor=world.actor("colleague"), at=at(9, 30), booking_id=two.pk, attendance=Attendance.EXCUSED)
    answer = client.post(path, posted(one, "present") | posted(two, "no_word"))
    assert "gerade jemand anderes eingetragen: entschuldigt" in answer.content.decode()
    assert {b.attendance for b in Booking.objects.all()} == {Attendance.EXPECTED, Attendance.EXCUSED}
    assert client.post(path, posted(one, "present") | posted(two, "no_word", v="2")).status_code == 302


def test_before_the_beginning_only_an_excuse_can_be_noted(world: World, login: Login) -> None:
    date_ = today(world, hour=14)
    booking = seat(world, member(world), date_)
    client, path = login("entrance"), reverse("via:date", args=[date_.pk])
    shown = text(client, path)
    assert 'value="present" disabled' in shown
    assert "Jemand ist dazugekommen" not in shown
    assert "kommt erst noch" in client.post(path, posted(booking, "present")).content.decode()
    client.post(path, posted(booking, "excused", o="Kinderbetreuung"))
    assert Booking.objects.get().obstacle == "Kinderbetreuung"


def test_somebody_came_without_a_seat(world: World, login: Login) -> None:
    date_, there, new = today(world), member(world), member(world, "Rosa", "Wegwarte")
    seat(world, there, date_)
    client, path = login("coach"), reverse("via:date", args=[date_.pk])
    assert "Niemand in ViA heißt so" in desk.look_for(client, path, q="silber").content.decode()
    assert "war da" in desk.look_for(client, path, "wegwarte").content.decode()
    client.post(reverse("via:walk_in", args=[date_.pk]), {"entry": str(new.pk)})
    assert Booking.objects.get(entry=new).attendance == Attendance.PRESENT
    foreign = desk.applicant(world, "Ivan", "Zitterpappel", who="other_team")
    for odd in (str(foreign.pk), "x", ""):
        assert client.post(reverse("via:walk_in", args=[date_.pk]), {"entry": odd}).status_code == 404
    assert not Booking.objects.filter(entry=foreign).exists()


def test_others_of_another_team_are_counted_and_protected_ones_have_a_number(world: World, login: Login) -> None:
    date_ = today(world)
    mine, protected = member(world), member(world, "Rosa", "Wegwarte")
    foreign = desk.applicant(world, "Ivan", "Zitterpappel", who="other_team")
    seat(world, mine, date_)
    shut = seat(world, protected, date_)
    dates.book_seat(actor=world.actor("other_team"), at=at(7, 30), date_id=date_.pk, entry_id=foreign.pk)
    people.set_channel(
        actor=world.actor(), at=at(), person_id=protected.person_id, kind=ChannelKind.PHONE, value="0171 39200 81", is_safe=True, valid_from=TODAY
    )
    path, calls = reverse("via:date", args=[date_.pk]), reverse("via:call_list", args=[date_.pk])
    assert "Wegwarte" in text(login("coach"), path)
    people.restrict(actor=world.actor("entrance"), at=at(), person_id=protected.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    dates.mark_attendance(actor=world.actor(), at=at(9, 30), booking_id=shut.pk, attendance=Attendance.NO_WORD)
    client = login("coach")
    for shown in (text(client, path), text(client, calls)):
        assert f"Termin {protected.person.callsign}" in shown
        for secret in ("Wegwarte", "Zitterpappel", "0171 39200 81"):
            assert secret not in shown
    assert "1 davon trägt ein anderes Team ein" in text(client, path)
    paper = client.get(calls, {"form": "pdf"})
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert "Wegwarte" not in words
    assert f"Termin {protected.person.callsign}" in words
    assert client.post(reverse("via:called", args=[shut.pk]), {"result": "declined"}).status_code == 404
    ids = {i for row in AccessEvent.objects.filter(actor_id=world.users["coach"].pk).order_by("-id")[:2] for i in row.person_ids}
    assert str(protected.person_id) not in ids
    assert "Wegwarte" in text(login("entrance"), path)


# --- whom to call
def test_a_cancelled_date_says_whom_to_call_what_to_offer_and_books_the_yes(world: World, login: Login) -> None:
    date_, other = desk.information(world, hour=9), desk.information(world, days=2, seats=1)
    uk = desk.information(world, days=3, hour=14, language="uk")
    entries = [member(world, "Jana", f"Nr{n}") for n in range(3)]
    seats = [seat(world, e, date_) for e in entries]
    type(entries[2].person).objects.filter(pk=entries[2].person_id).update(language="uk")
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Raum gesperrt")
    client, path = login("entrance"), reverse("via:call_list", args=[date_.pk])
    answer = client.get(path)
    # One seat is proposed once; who speaks Ukrainian is offered the talk in Ukrainian.
    assert [line["proposal"].pk for line in answer.context["lines"]] == [other.pk, uk.pk, uk.pk]
    assert "fällt aus: 3 von 3 noch anrufen" in answer.content.decode()
    client.post(reverse("via:take_call", args=[seats[0].pk]))
    taken = login("colleague").post(reverse("via:take_call", args=[seats[0].pk]), follow=True)
    assert "Nele Eisvogel ruft schon an" in taken.content.decode()
    client = login("entrance")
    missing = client.post(reverse("via:called", args=[seats[0].pk]), {"result": "agreed"}, follow=True)
    assert "Bitte wählen Sie, welcher Termin" in missing.content.decode()
    client.post(reverse("via:called", args=[seats[0].pk]), {"result": "agreed", "date": str(other.pk)})
    full = client.post(reverse("via:called", args=[seats[1].pk]), {"result": "agreed", "date": str(other.pk)}, follow=True)
    assert "Der Platz ist gerade vergeben worden" in full.content.decode()
    client.post(reverse("via:called", args=[seats[1].pk]), {"result": "not_reached"})
    client.post(reverse("via:called", args=[seats[2].pk]), {"result": "declined"})
    assert client.post(reverse("via:called", args=[seats[2].pk]), {"result": "x"}).status_code == 404
    assert [b.call_state for b in Booking.objects.filter(date=date_).order_by("entry__person__last_name")] == [
        CallState.AGREED, CallState.NOT_REACHED, CallState.DECLINED
    ]  # fmt: skip
    shown = text(client, path)
    assert "1 von 3 noch anrufen" in shown
    assert "neu: Do 26.11., 09:00" in shown
    assert queries.cancelled(at(0), at(0, days=9))[0].to_call == 1
    words = " ".join(PdfReader(io.BytesIO(client.get(path, {"form": "pdf"}).content)).pages[0].extract_text().split())
    assert "Nr1" in words
    assert "Nr0" not in words


def test_who_missed_a_date_is_called_and_nobody_else(world: World, login: Login) -> None:
    date_ = today(world)
    came, missed = seat(world, member(world), date_), seat(world, member(world, "Rosa", "Wegwarte"), date_)
    for booking, state in ((came, Attendance.PRESENT), (missed, Attendance.NO_WORD)):
        dates.mark_attendance(actor=world.actor(), at=at(9, 30), booking_id=booking.pk, attendance=state)
    shown = text(login("entrance"), reverse("via:call_list", args=[date_.pk]))
    assert "Wegwarte" in shown
    assert "Silberdistel" not in shown
    assert "noch anrufen" not in shown


def test_a_coach_who_is_away_leaves_people_to_call(world: World, login: Login) -> None:
    slot = desk.coaching(world, days=1)
    booking = seat(world, member(world), slot)
    org.enter_absence(actor=world.actor("operator"), at=at(), user_id=slot.led_by_id, valid_from=TODAY, valid_to=TODAY + timedelta(days=3))
    client = login("entrance")
    assert "Wer leitet, ist abwesend:" in text(client)
    shown = text(client, reverse("via:call_list", args=[slot.pk]))
    assert "Leitung abwesend: 1 von 1 noch anrufen" in shown
    assert "kein freier Termin" in shown
    client.post(reverse("via:called", args=[booking.pk]), {"result": "declined"})
    assert "0 von 1 noch anrufen" in text(client, reverse("via:call_list", args=[slot.pk]))


# --- what people wrote
def test_own_applications_and_replies(world: World, login: Login) -> None:
    entry = member(world)
    client, path = login("coach"), reverse("via:own_applications", args=[entry.pk])
    assert "Noch keine. Das ist in Ordnung." in text(client, path)
    bad = client.post(path, {"employer": "Harzfaden", "sent_on": "25.11.2026"})
    assert bad.status_code == 422
    assert "liegt in der Zukunft" in bad.content.decode()
    old = client.post(path, {"employer": "Harzfaden", "sent_on": "23.11.2025"})
    assert "liegt mehr als ein Jahr zurück" in old.content.decode()
    client.post(path, {"employer": "Harzfaden", "title": "Näherin", "sent_on": "23.11.2026"})
    made = OwnApplication.objects.get()
    client.post(reverse("via:reply", args=[made.pk]), {"reply": "interview"})
    assert OwnApplication.objects.get().reply == ReplyKind.INTERVIEW
    client.post(reverse("via:reply", args=[made.pk]), {"reply": "remove"})
    assert "Harzfaden" not in text(client, path)
    assert AccessEvent.objects.filter(page="via:own_applications", kind="open").count() == 5


def test_dates_that_are_not_there(world: World, login: Login) -> None:
    client = login("entrance")
    for name in ("via:date", "via:call_list"):
        assert client.get(reverse(name, args=[world.id])).status_code == 404
    assert client.get(reverse("via:own_applications", args=[world.id])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_count_for_one_and_three_of_everything(world: World, login: Login, count: int, django_assert_num_queries: Any) -> None:
    date_, gone, slot = today(world), desk.information(world, days=2), None
    for n in range(count):
        entry, ended = member(world, f"Jana {n}", "Silberdistel"), member(world, f"Rosa {n}", "Wegwarte")
        seat(world, entry, date_)
        seat(world, entry, gone)
        slot = desk.coaching(world, days=3, hour=9 + n)
        seat(world, entry, slot)
        dates.add_own_application(actor=world.actor(), at=at(), entry_id=entry.pk, employer="Harzfaden", sent_on=TODAY)
        facts.add_fact(actor=world.actor(), at=at(), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.WORK, since=TODAY, what="Lager", source="x")
        verbs.end_via(actor=world.actor(), at=at(), entry_id=ended.pk, kind=EndKind.WORK, ended_on=TODAY)
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=gone.pk, reason="Heizung")
    org.enter_absence(actor=world.actor("operator"), at=at(), user_id=world.users["coach"].pk, valid_from=TODAY + timedelta(days=3), valid_to=TODAY + timedelta(days=3))
    client = login("entrance")
    text(client)
    for path, number in ((WEEK, QUERIES), (reverse("via:date", args=[date_.pk]), 13), (reverse("via:call_list", args=[gone.pk]), 15)):
        with django_assert_num_queries(number):
            assert len(re.findall(r"Silberdistel, Jana \d</a>", text(client, path))) == count


def test_the_privacy_switch_shortens_names_here_too(world: World, login: Login) -> None:
    member(world)
    client = login("entrance")
    assert "Silberdistel, Jana" in text(client)
    client.get("/eingang/?sichtschutz=an")
    shown = text(client)
    assert "Jana S." in shown
    assert "Silberdistel" not in shown


def test_what_the_person_thinks_of_a_vacancy_is_kept(world: World, login: Login) -> None:
    entry = member(world)
    handed = conversation.hand_vacancy(actor=world.actor(), at=at(), entry_id=entry.pk, vacancy_id=desk.vacancy(world, "Küchenhilfe").pk)
    client, page = login("coach"), reverse("via:own_applications", args=[entry.pk])
    assert "Küchenhilfe" in text(client, page)
    assert client.post(reverse("via:reaction", args=[handed.pk]), {"reaction": "gefällt"}).status_code == 404
    client.post(reverse("via:reaction", args=[handed.pk]), {"reaction": "not_interested"})
    assert HandedVacancy.objects.get().reaction == VacancyReaction.NOT_INTERESTED
    assert '<option value="not_interested" selected>' in text(client, page)
    assert Event.objects.filter(verb="vacancy.reaction").count() == 1
