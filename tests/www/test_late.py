"""Late entry from paper on the pages: a strip on the talk says which time counts, and nobody else sees a field for it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.models import AnswerSet, Booking, ContactAttempt, Conversation, Entry, HandedVacancy, Promise
from hilfefrei.apps.intake.workflows import EntryState
from tests import desk
from tests.world import World, at
from tests.www.test_talk import posted, text, url

Login = Callable[[str], Client]

STRIP = "Nachtrag vom Papier:"


def on_paper(world: World) -> Entry:
    """Somebody who came yesterday at ten; typed today."""
    return desk.applicant(world, asked=at(10, 0, days=-1))


def begin(client: Client, entry: Entry, day: str = "23.11.2026", time: str = "10:20") -> Any:
    return client.post(
        url(entry, "beginnen/"), {"op": str(uuid4()), "how": "in_person", "room": "", "happened_day": day, "happened_time": time}, follow=True
    )


def carried(answer: Any, action: str) -> str:
    """The hidden moment of the first form of the page that goes to ``action``; empty where it carries none."""
    body = answer.content.decode()
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', body, re.DOTALL)
    assert form, action
    found = re.search(r'name="happened" value="([^"]*)"', form[0])
    return unescape(found[1]) if found else ""


def closing(entry: Entry, **more: str) -> dict[str, str]:
    version = Entry.objects.get(pk=entry.pk).version
    return {
        "op": str(uuid4()), "version": str(version), "next_step": "Anruf", "next_day": "26.11.2026", "next_time": "10", "wish": "",
        "via_to": "20.12.2026",
    } | more  # fmt: skip


# --- the strip
def test_a_talk_begun_in_the_past_has_a_strip_and_its_time_goes_with_every_post(login: Login, world: World) -> None:
    entry, job, seat = on_paper(world), desk.vacancy(world), desk.information(world)
    client = login("entrance")
    shown = begin(client, entry)
    assert f"{STRIP} Gespräch am Mo 23.11.2026, 10:20 Uhr." in text(shown)
    assert Conversation.objects.get().started_at == at(10, 20, days=-1)
    moment = carried(shown, url(entry, "platz/"))
    assert moment == carried(shown, url(entry, "abschliessen/")) != ""
    booked = client.post(url(entry, "platz/"), {"op": str(uuid4()), "date": str(seat.pk), "happened": moment}, follow=True)
    assert "ist reserviert. Nachtrag für Mo 23.11., 10:20 Uhr." in text(booked)
    assert Booking.objects.get().booked_at == at(10, 20, days=-1)

    assert moment == carried(shown, url(entry, "antworten/work/")) == carried(shown, url(entry, "zusage/"))
    client.post(url(entry, "antworten/work/"), posted("work") | {"happened": moment})
    assert AnswerSet.objects.get().saved_at == at(10, 20, days=-1)
    client.post(
        url(entry, "zusage/"), {"op": str(uuid4()), "side": "office", "text": "ruft an", "due_day": "26.11.2026", "happened": moment}
    )
    assert Promise.objects.get().made_at == at(10, 20, days=-1)

    changed = client.post(url(entry, "nachtrag/"), {"happened_day": "23.11.2026", "happened_time": "10:40"}, follow=True)
    assert f"{STRIP} Es war Mo 23.11.2026, 10:40 Uhr." in text(changed)
    moment = carried(changed, url(entry, "abschliessen/"))
    client.post(url(entry, "stelle/"), {"op": str(uuid4()), "vacancy": str(job.pk), "happened": moment})
    assert HandedVacancy.objects.get().handed_at == at(10, 40, days=-1)
    entry.refresh_from_db()
    assert entry.first_offer_at == at(10, 20, days=-1)

    done = client.post(url(entry, "abschliessen/"), closing(entry, next_by=str(world.users["entrance"].pk), happened=moment), follow=True)
    assert "Gespräch abgeschlossen" in text(done)
    assert Conversation.objects.get().finished_at == at(10, 40, days=-1)
    assert STRIP not in text(client.get(url(entry)))


def test_ended_by_its_button_the_clock_counts_again(login: Login, world: World) -> None:
    entry, seat = on_paper(world), desk.information(world)
    client = login("entrance")
    begin(client, entry)
    ended = client.post(url(entry, "nachtrag/"), {"end": "1"}, follow=True)
    assert STRIP not in text(ended)
    assert carried(ended, url(entry, "platz/")) == ""
    client.post(url(entry, "platz/"), {"op": str(uuid4()), "date": str(seat.pk)})
    assert Booking.objects.get().booked_at == at(9, 42)


def test_the_strip_is_for_whoever_types_and_for_this_person_only(login: Login, world: World) -> None:
    entry, other = on_paper(world), desk.talking(world, desk.applicant(world, "Rosa", "Ahorn"))
    client = login("entrance")
    begin(client, entry)
    assert STRIP in text(client.get(url(entry)))
    assert STRIP not in text(client.get(url(other)))
    assert STRIP not in text(login("colleague").get(url(entry)))


def test_a_talk_begun_now_after_that_is_no_late_entry_any_more(login: Login, world: World) -> None:
    entry = on_paper(world)
    client = login("entrance")
    begin(client, entry)
    client.post(
        f"/eingang/weg/{entry.pk}/spaeter/", {"op": str(uuid4()), "resume_day": "25.11.2026", "resume_time": "9", "reason": "Arzt"}
    )
    client.post(url(entry, "beginnen/"), {"op": str(uuid4())})
    assert STRIP not in text(client.get(url(entry)))


def test_on_a_normal_day_the_fields_are_folded_away(login: Login, world: World) -> None:
    waiting, talking = desk.applicant(world, "Rosa", "Ahorn"), desk.talking(world)
    desk.information(world)
    client = login("entrance")
    for entry in (waiting, talking):
        body = client.get(url(entry)).content.decode()
        assert STRIP not in body
        assert 'name="happened"' not in body
        open_parts = re.sub(r"<details(?![^>]* open)[^>]*>.*?</details>", "", body, flags=re.DOTALL)
        assert "happened_time" in body
        assert "happened_time" not in open_parts


@pytest.mark.parametrize(
    ("day", "time", "field", "words"),
    [
        ("23.11.2026", "9:59", "happened_time", "Dieser Zeitpunkt läge vor dem ersten Kontakt (Mo 23.11., 10:00 Uhr)."),
        ("24.11.2026", "9:50", "happened_time", "Dieser Zeitpunkt läge in der Zukunft."),
        ("16.11.2026", "9:50", "happened_day", "Nachtragen geht bis zu 7 Tage zurück, also ab Di 17.11.2026."),
        ("23.11.2026", "", "happened_time", "Uhrzeit eintragen, zum Beispiel 08:07."),
        ("25.11.2026", "8:00", "happened_day", "Dieser Tag liegt in der Zukunft."),
    ],
)
def test_a_wrong_time_is_said_at_its_field_when_one_begins_and_in_the_strip(
    login: Login, world: World, day: str, time: str, field: str, words: str
) -> None:
    entry = on_paper(world)
    client = login("entrance")
    refused = begin(client, entry, day, time)
    assert refused.status_code == 422
    assert words in " ".join(refused.context["start_form"].errors[field])
    assert words in text(refused)
    assert re.search(r'<details class="hf-fold" open>.{0,80}Vom Papier nachtragen', refused.content.decode())
    assert not Conversation.objects.exists()
    begin(client, entry)
    again = client.post(url(entry, "nachtrag/"), {"happened_day": day, "happened_time": time})
    assert again.status_code == 422
    assert words in " ".join(again.context["late_form"].errors[field])
    assert f"{STRIP} Gespräch am Mo 23.11.2026, 10:20 Uhr." in text(again)


def test_the_end_of_the_talk_before_its_beginning_is_refused_and_nothing_typed_is_lost(login: Login, world: World) -> None:
    entry = on_paper(world)
    client = login("entrance")
    begin(client, entry)
    posted = closing(entry, next_by=str(world.users["entrance"].pk), wish="Halbtags", happened=at(10, 5, days=-1).isoformat())
    refused = client.post(url(entry, "abschliessen/"), posted)
    assert refused.status_code == 422
    assert "Das Gespräch hätte dann vor seinem Beginn geendet (Mo 23.11., 10:20 Uhr)." in text(refused)
    assert "Halbtags" in text(refused)


def test_what_was_offered_in_via_without_a_talk_can_be_typed_too(login: Login, world: World) -> None:
    entry, seat = on_paper(world), desk.information(world)
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.IN_VIA, via_from=at().date(), via_to=at(days=20).date())
    client = login("entrance")
    assert "Mit dieser Zeit eintragen" in text(client.get(url(entry)))
    shown = client.post(url(entry, "nachtrag/"), {"happened_day": "", "happened_time": "9:05"}, follow=True)
    assert f"{STRIP} Es war Di 24.11.2026, 09:05 Uhr." in text(shown)
    moment = carried(shown, url(entry, "platz/"))
    client.post(url(entry, "platz/"), {"op": str(uuid4()), "date": str(seat.pk), "happened": moment})
    assert Booking.objects.get().booked_at == at(9, 5)


def test_dates_that_were_still_to_come_then_are_offered_in_a_late_entry_only(login: Login, world: World) -> None:
    entry, seat = on_paper(world), desk.information(world, days=0, hour=8)
    client = login("entrance")
    client.post(url(entry, "beginnen/"), {"op": str(uuid4())})
    assert "vorbei" not in text(client.get(url(entry)))
    shown = client.post(url(entry, "nachtrag/"), {"happened_day": "23.11.2026", "happened_time": "11"}, follow=True)
    assert "heute 08:00 · vorbei" in text(shown)
    taken = client.post(
        url(entry, "platz/"), {"op": str(uuid4()), "date": str(seat.pk), "happened": carried(shown, url(entry, "platz/"))}, follow=True
    )
    booking = Booking.objects.get()
    assert booking.booked_at == at(11, 0, days=-1)
    assert f'action="/eingang/platz/{booking.pk}/zurueck/"' in taken.content.decode()


@pytest.mark.parametrize("moment", ["gestern", "2026-11-23T10:00:00", "9" * 4000])
def test_a_moment_that_no_page_of_ours_carries_is_not_taken(login: Login, world: World, moment: str) -> None:
    entry, seat = desk.talking(world), desk.information(world)
    answer = login("entrance").post(url(entry, "platz/"), {"op": str(uuid4()), "date": str(seat.pk), "happened": moment})
    assert answer.status_code == 404
    assert not Booking.objects.exists()


def test_a_vacancy_handed_over_from_the_list_of_vacancies_gets_the_same_time(login: Login, world: World) -> None:
    entry, job = on_paper(world), desk.vacancy(world)
    client = login("entrance")
    begin(client, entry)
    desk.answer(world, entry)
    for path in (f"/stellen/?entry={entry.pk}", f"/stellen/{job.pk}/?entry={entry.pk}"):
        page = client.get(path)
        assert "Nachtrag für Mo 23.11., 10:20 Uhr" in text(page), path
        assert carried(page, url(entry, "stelle/")), path
    client.post(url(entry, "stelle/"), {"op": str(uuid4()), "vacancy": str(job.pk), "happened": carried(page, url(entry, "stelle/"))})
    assert HandedVacancy.objects.get().handed_at == at(10, 20, days=-1)


def test_an_application_made_on_paper_gets_the_time_of_the_paper_unless_it_was_made_at_the_contact(login: Login, world: World) -> None:
    client = login("entrance")
    for last, when, asked in (("Ahorn", "now", at(10, 20, days=-1)), ("Linde", "contact", at(10, 0, days=-1))):
        entry = desk.applicant(world, "Rosa", last, asked=at(10, 0, days=-1), wishes=("information",), reason="nur Auskunft")
        shown = begin(client, entry)
        assert "Antrag, Antworten, Zusagen, Plätze, Stellen und das Ende" in text(shown)
        assert "erst Mo 23.11.2026, 10:20 Uhr" in text(shown)
        client.post(
            url(entry, "antrag/"),
            {"op": str(uuid4()), "when": when, "contact": str(entry.first_contact_id), "happened": carried(shown, url(entry, "antrag/"))},
        )
        assert Application.objects.get(applicant=entry.person).asked_at == asked


# --- not reached, urgent
def test_not_reached_takes_its_time_from_the_folded_fields(login: Login, world: World) -> None:
    entry = on_paper(world)
    client = login("entrance")
    path = f"/eingang/weg/{entry.pk}/nicht-erreicht/"
    for given, words in (({"happened_day": "23.11.2026"}, "Bitte auch die Uhrzeit"), ({"happened_time": "9:50"}, "läge in der Zukunft")):
        refused = client.post(path, {"op": str(uuid4())} | given)
        assert refused.status_code == 422
        assert words in text(refused)
        assert list(refused.context["attempt_form"].errors) == ["happened_time"]
        assert not ContactAttempt.objects.exists()
    done = client.post(path, {"op": str(uuid4()), "happened_day": "23.11.2026", "happened_time": "11:15"}, follow=True)
    assert "Versuch vermerkt. Der Antrag läuft weiter. Nachtrag für Mo 23.11., 11:15 Uhr." in text(done)
    client.post(path, {"op": str(uuid4())})
    assert list(ContactAttempt.objects.order_by("at").values_list("at", flat=True)) == [at(11, 15, days=-1), at(9, 42)]


def test_an_urgent_need_from_paper_is_overdue_at_once(login: Login, world: World) -> None:
    entry = on_paper(world)
    client, path = login("entrance"), f"/eingang/not/{entry.person_id}/"
    assert re.search(r'<details class="hf-fold"><summary>War früher', client.get(path).content.decode())
    refused = client.post(path, {"op": str(uuid4()), "kind": "no_money", "happened_day": "23.11.2026", "happened_time": "9"})
    assert refused.status_code == 422
    assert "Dieser Zeitpunkt läge vor dem ersten Kontakt" in text(refused)
    assert re.search(r'<details class="hf-fold" open><summary>War früher', refused.content.decode())
    shown = client.post(path, {"op": str(uuid4()), "kind": "no_money", "happened_day": "", "happened_time": "8:12"}, follow=True)
    assert "ist der Leistungsstelle gemeldet. Nachtrag für Di 24.11., 08:12 Uhr." in text(shown)
    assert "Bestätigung seit 30 Min. überfällig" in text(shown)
    report = UrgentReport.objects.get()
    assert (report.reported_at, report.due_at) == (at(8, 12), at(9, 12))
