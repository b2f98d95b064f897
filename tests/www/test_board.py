"""The board: who is next and why, what a screen at the counter shows, what two desks see, what paper says."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import Outcome, UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import ContactAttempt, Entry
from hilfefrei.apps.intake.workflows import EndKind, EntryState
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.workflows import ChannelKind, RestrictionKind
from hilfefrei.core.month import DEFINITIONS
from tests import desk
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
BOARD = reverse("entrance:board")
QUERIES = 33


def text(client: Client, path: str = BOARD, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def pdf(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.headers["Content-Type"] == "application/pdf"
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).split())


def queue(world: World) -> dict[str, Entry]:
    """One of each reason to be early, made in the wrong order."""
    confirmed = desk.applicant(world, "Cem", "Kornblume", asked=at(8, 40))
    desk.confirm(world, confirmed)
    late = desk.applicant(world, "Marta", "Kirschbaum", asked=at(8, 0, days=-1))
    desk.confirm(world, late)
    slow = desk.applicant(world, "Emre", "Wiesenklee", asked=at(8, 20))
    answered = desk.applicant(world, "Sabine", "Heidekraut", asked=at(8, 50), urgent=(UrgentKind.NO_ROOF,))
    benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 10), report_id=answered.person.urgent_reports.get().pk, result="angerufen")
    urgent = desk.applicant(world, "Kevin", "Fingerhut", asked=at(8, 55), urgent=(UrgentKind.NO_MONEY,))
    return {"urgent": urgent, "answered": answered, "late": late, "slow": slow, "longest": confirmed}


def test_who_is_next_and_why(world: World) -> None:
    made = queue(world)
    lines = queries.waiting(world.actor(), at())
    assert [line.entry.pk for line in lines] == [made[key].pk for key in ("urgent", "answered", "late", "slow", "longest")]
    assert [line.reason for line in lines] == [reason for _, reason in queries.ORDER]
    assert [line.is_late for line in lines] == [False, False, True, False, False]


def test_the_hero_is_the_first_whom_no_colleague_has_taken(world: World, login: Login) -> None:
    made = queue(world)
    client = login("entrance")
    assert 'id="next-h">Kevin Fingerhut' in text(client)
    assert client.get(BOARD).context["hero"].entry.pk == made["urgent"].pk
    verbs.take(actor=world.actor("colleague"), at=at(), entry_id=made["urgent"].pk)
    shown = text(client)
    assert 'id="next-h">Sabine Heidekraut' in shown
    assert "Sperling" in shown
    assert login("colleague").get(BOARD).context["hero"].entry.pk == made["urgent"].pk


def test_red_in_the_waiting_list_means_without_an_answer(world: World, login: Login) -> None:
    """The wish for an advance as well; once benefits has answered, the answer stands there."""
    entry = desk.applicant(world, "Kevin", "Fingerhut", urgent=(UrgentKind.NO_MONEY, UrgentKind.ADVANCE))
    desk.applicant(world, "Sabine", "Heidekraut", urgent=(UrgentKind.NO_ROOF,))
    client = login("entrance")
    red = {words: f'<span class="hf-tag hf-tag--danger">{words}</span>' for words in ("kein Geld", "Vorschuss gewünscht", "dringend")}
    table = text(client).split("data-rows")[1]
    assert red["kein Geld"] in table
    assert red["Vorschuss gewünscht"] in table
    for report in entry.person.urgent_reports.order_by("id"):
        benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 10), report_id=report.pk, result=f"Bescheid {report.kind}")
    shown = text(client)
    assert red["kein Geld"] not in shown
    assert red["Vorschuss gewünscht"] not in shown
    assert "Bescheid no_money" in shown.split("data-rows")[1]
    assert "Bescheid advance" in shown.split("data-rows")[1]
    client.get(BOARD, {"sichtschutz": "an"})
    hidden = text(client).split("data-rows")[1]
    assert hidden.count(red["dringend"]) == 1
    assert "dringend, beantwortet" in hidden
    assert "Bescheid no_money" not in hidden
    assert "Bescheid advance" not in hidden


def test_nobody_waits_is_good_news(world: World, login: Login) -> None:
    shown = text(login("entrance"))
    assert "Niemand wartet. Alle Erstkontakte sind versorgt." in shown
    assert "niemand wartet" in shown
    assert "hf-next" not in shown


def test_the_navigation_counts_who_waits(world: World, login: Login) -> None:
    queue(world)
    client = login("entrance")
    assert '5<span class="kern-sr-only"> offen</span>' in text(client)
    assert '5<span class="kern-sr-only"> offen</span>' in text(client, reverse("via:week"))
    desk.applicant(world, "Ivan", "Zitterpappel", who="other_team")
    assert '5<span class="kern-sr-only"> offen</span>' in text(client)


def test_what_a_screen_at_the_counter_shows(world: World, login: Login) -> None:
    made = queue(world)
    person = made["urgent"].person
    people.set_channel(
        actor=world.actor(), at=at(), person_id=person.pk, kind=ChannelKind.PHONE, value="0171 39200 17", is_safe=True, valid_from=TODAY
    )
    people.set_contact(actor=world.actor(), at=at(), person_id=person.pk, safe_contact=True, contact_hint="nur vormittags")
    verbs.later(actor=world.actor(), at=at(), entry_id=made["slow"].pk, resume_at=at(9, days=1), reason="Frauenhaus besucht")
    verbs.shift_note(actor=world.actor("colleague"), at=at(), entry_id=made["late"].pk, text="Trennung, bitte behutsam")
    client = login("entrance")
    open_ = text(client)
    secrets = ("Fingerhut", "0171 39200 17", "nur vormittags", "Frauenhaus besucht", "Trennung, bitte behutsam", "Wohnung in Gefahr", "Vorschuss")
    for secret in secrets[:-1]:
        assert secret in open_, secret
    client.get(BOARD, {"sichtschutz": "an"})
    hidden = text(client)
    assert "Kevin F." in hidden
    assert "dringend" in hidden
    for secret in set(secrets) - {"0171 39200 17", "nur vormittags"}:
        assert secret not in hidden, secret
    # The number is there on request: folded, never in the open.
    folded = hidden.split("<summary>Nummer zeigen</summary>")[1].split("</details>")[0]
    assert "0171 39200 17" in folded
    assert hidden.count("0171 39200 17") == hidden.count("nur vormittags") == 1
    for path in (reverse("entrance:delayed"), reverse("entrance:month_cases", args=["contact"])):
        assert "Fingerhut" not in text(client, path)
        assert "Frauenhaus besucht" not in text(client, path)
    client.get(BOARD, {"sichtschutz": "aus"})
    assert "Fingerhut" in text(client)


def test_the_house_decides_how_the_screen_begins(world: World, login: Login) -> None:
    queue(world)
    org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"privacy_first": True})
    client = login("entrance")
    assert "Fingerhut" not in text(client)
    client.get(BOARD, {"sichtschutz": "aus"})
    assert "Fingerhut" in text(client)


def test_only_the_table_is_asked_anew_and_what_was_shown_is_not_logged_again(world: World, login: Login) -> None:
    queue(world)
    client = login("entrance")
    text(client)
    logged = AccessEvent.objects.filter(page="entrance:board")
    assert logged.count() == 1
    again = text(client, **{"HX-Request": "true"})
    assert again.lstrip().startswith("<section")
    assert "<h1" not in again
    assert "Fingerhut" in again
    assert logged.count() == 1
    new = desk.applicant(world, "Nora", "Sanddorn")
    assert "Sanddorn" in text(client, **{"HX-Request": "true"})
    assert logged.count() == 2
    assert str(new.person_id) in logged.order_by("-id")[0].person_ids
    text(client)
    assert logged.count() == 3


def test_a_protected_file_is_not_on_the_board_of_those_not_named(world: World, login: Login) -> None:
    made = queue(world)
    assert "Fingerhut" in text(login("coach"))
    people.restrict(actor=world.actor("entrance"), at=at(), person_id=made["urgent"].person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert "Fingerhut" not in text(login("coach"))
    assert len(queries.waiting(world.actor("coach"), at())) == 4


def test_acts_of_the_board(world: World, login: Login) -> None:
    made = queue(world)
    client = login("entrance")
    for name, check in (
        ("take", lambda e: e.taken_by_id == world.users["entrance"].pk),
        ("release", lambda e: e.taken_by_id is None),
        ("not_reached", lambda e: e.state == EntryState.NOT_REACHED),
        ("back", lambda e: e.state == EntryState.WAITING),
    ):
        assert client.post(reverse(f"entrance:{name}", args=[made["urgent"].pk])).status_code == 302
        assert check(Entry.objects.get(pk=made["urgent"].pk)), name
    assert ContactAttempt.objects.filter(reached=False).count() == 1
    login("colleague").post(reverse("entrance:take", args=[made["late"].pk]))
    answer = login("entrance").post(reverse("entrance:take", args=[made["late"].pk]), follow=True)
    assert "Mira Sperling hat diese Person gerade übernommen" in answer.content.decode()


def test_somebody_whom_a_colleague_took_can_be_taken_over_after_a_question(world: World, login: Login) -> None:
    made = queue(world)
    late = made["late"].pk
    verbs.take(actor=world.actor("colleague"), at=at(9, 10), entry_id=late)
    path = reverse("entrance:take_from", args=[late])
    assert f'href="{path}"' not in text(login("colleague"))
    client = login("entrance")
    assert f'href="{path}"' in text(client)
    asked = text(client, path)
    assert "Von Mira Sperling übernehmen?" in asked
    assert "hat diese Person Di 24.11., 09:10 Uhr übernommen" in asked
    assert Entry.objects.get(pk=late).taken_by_id == world.users["colleague"].pk
    version = Entry.objects.get(pk=late).version
    # She lets go or begins in between: the question is asked anew.
    verbs.release(actor=world.actor("colleague"), at=at(9, 20), entry_id=late)
    stale = client.post(path, {"version": version})
    assert stale.status_code == 422
    assert Entry.objects.get(pk=late).taken_by_id is None
    done = client.post(path, {"version": version + 1}, follow=True)
    assert Entry.objects.get(pk=late).taken_by_id == world.users["entrance"].pk
    assert "Übernommen." in done.content.decode()


def test_later_and_the_end_of_the_shift_ask_for_a_sentence(world: World, login: Login) -> None:
    made = queue(world)
    client = login("entrance")
    path = reverse("entrance:later", args=[made["slow"].pk])
    assert "Der Antrag läuft weiter" in text(client, path)
    bad = client.post(path, {"resume_day": "31.02.2027", "resume_time": "9", "reason": "Arzt"})
    assert bad.status_code == 422
    assert "Den 31. Februar" in bad.content.decode()
    assert client.post(path, {"resume_day": "24.11.2026", "resume_time": "8", "reason": "Arzt"}).status_code == 422
    for day, time, said in (
        ("25.2.2027", "9", "Das sind mehr als drei Monate. Bitte einen Tag bis Mi 24.02.2027 wählen."),
        ("28.11.2026", "9", "Am Sa 28.11.2026 wird nicht gearbeitet. Der nächste Arbeitstag ist Mo 30.11.2026."),
        ("25.12.2026", "9", "Am Fr 25.12.2026 wird nicht gearbeitet. Der nächste Arbeitstag ist Mo 28.12.2026."),
        ("25.11.2026", "5:59", "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
        ("25.11.2026", "20:01", "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
    ):
        bad = client.post(path, {"resume_day": day, "resume_time": time, "reason": "Arzt"})
        assert bad.status_code == 422
        assert said in bad.content.decode()
    client.post(path, {"resume_day": "24.11.2026", "resume_time": "13:30", "reason": "Arzt"})
    assert [(a.at, a.what) for a in queries.of_the_board(world.actor(), at(), unanswered=0).appointments] == [(at(13, 30), "Arzt")]
    assert "13:30" in text(client)
    path = reverse("entrance:shift_note", args=[made["late"].pk])
    client.post(path, {"text": "kommt um vier noch einmal", "to": str(world.users["colleague"].pk)})
    other = login("colleague")
    assert "kommt um vier noch einmal" in text(other)
    note = queries.shift_notes(world.actor("colleague"), TODAY)[0]
    other.post(reverse("entrance:shift_note_seen", args=[note.pk]))
    assert "kommt um vier noch einmal" not in text(other)


def test_who_was_not_reached_stays_in_sight_urgent_first(world: World, login: Login) -> None:
    made = queue(world)
    for key, minute in (("slow", 5), ("urgent", 20), ("longest", 10)):
        verbs.not_reached(actor=world.actor(), at=at(9, minute), entry_id=made[key].pk)
    assert [line.entry.pk for line in queries.unreached(world.actor(), at())] == [made[k].pk for k in ("urgent", "slow", "longest")]
    shown = text(login("entrance"), reverse("entrance:delayed"))
    assert "3 nicht erreicht" in shown
    assert shown.index("Fingerhut") < shown.index("Wiesenklee") < shown.index("Kornblume")


def test_what_takes_no_place_is_said_on_the_board(world: World, login: Login) -> None:
    entry, date_, slot = desk.applicant(world), desk.information(world), desk.coaching(world, days=1, hour=15)
    dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=date_.pk, entry_id=entry.pk)
    client = login("entrance")
    assert "fällt aus" not in text(client)
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Heizung")
    org.enter_absence(actor=world.actor("operator"), at=at(), user_id=slot.led_by_id, valid_from=TODAY, valid_to=TODAY + timedelta(days=2))
    shown = text(client)
    assert "1 von 1 noch anrufen" in shown
    assert "Heizung" in shown
    assert "Goldammer)" in shown.split("Diese Woche abwesend:")[1].split("</section>")[0]


def test_speed_counts_those_without_an_offer() -> None:
    now = at(12)
    quick = [(at(9), at(9, 30))] * 9
    assert queries.speed(quick, now).p90 is None
    assert queries.speed(quick, now).same_day_percent is None
    with_open = queries.speed([*quick, (at(9, 0, days=-10), None)], now)
    assert (with_open.entries, with_open.with_offer, with_open.same_day) == (10, 9, 9)
    assert with_open.p90 is not None
    assert with_open.p90 > 0.5
    assert with_open.same_day_percent == 90
    assert queries.speed([], now).median is None


def test_the_month_counts_each_entry_once_and_shares_only_from_ten_on(world: World, login: Login) -> None:
    queue(world)
    month = queries.month(world.actor(), at())
    assert month.contacts == 5
    outcome = [s for s in month.steps if s.group != "Weg"]
    assert sum(s.count for s in outcome) == 5
    assert {share for _, share in month.rows} == {""}
    assert {s.key for s in month.steps if s.good} == {"work", "training", "pays"}
    assert "5 Menschen, die Sie sehen dürfen" in text(login("entrance"), reverse("entrance:month_cases", args=["contact"]))
    assert login("entrance").get(reverse("entrance:month_cases", args=["x"])).status_code == 404


def test_each_figure_of_the_month_says_what_it_counts_and_as_of_when(world: World, login: Login) -> None:
    queue(world)
    board = text(login("entrance"))
    assert "Was die Zahlen zählen" in board
    for key, label, _, _ in queries.STEP_LABELS:
        assert DEFINITIONS[key].sentence in board
        cases = text(login("entrance"), reverse("entrance:month_cases", args=[key]))
        assert DEFINITIONS[key].sentence in cases, label
        assert DEFINITIONS[key].source in cases
        assert re.search(r"Stand [^<]*9:42 Uhr\.", cases)
    assert DEFINITIONS["speed"].source in board


def test_a_small_number_with_somebody_one_may_not_see_is_covered(world: World, login: Login) -> None:
    made = queue(world)
    assert "verdeckt" not in text(login("entrance"))
    people.restrict(actor=world.actor("colleague"), at=at(), person_id=made["urgent"].person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    board = text(login("entrance"))
    figures = board.split('aria-label="Weg und Ausgang des Monats"')[1].split("</table>")[0]
    assert figures.count("verdeckt") == 2, "those who came, and of them those who are open"
    assert ">5<" not in figures
    assert "Zahlen unter 10 sind verdeckt" in board
    assert "verdeckt" not in text(login("colleague")), "whoever may see everybody is told"


def test_the_day_list_on_paper(world: World, login: Login) -> None:
    made = queue(world)
    verbs.take(actor=world.actor("colleague"), at=at(), entry_id=made["urgent"].pk)
    desk.information(world)
    answer = login("entrance").get(reverse("entrance:day_list"))
    assert answer["Content-Type"] == "application/pdf"
    assert "Fingerhut" not in answer["Content-Disposition"]
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).split())
    for part in ("Kevin Fingerhut", "Sperling", "Osterode 104", "noch nicht bestätigt"):
        assert part in words, part
    assert AccessEvent.objects.get(page="entrance:day_list").kind == "export"


def test_at_the_end_of_the_shift_stands_who_has_no_step_and_no_date(world: World, login: Login) -> None:
    names = ("Ahorn", "Birke", "Eibe", "Fichte", "Ginster", "Hasel")
    waits, unreached, passed, to_come, talks, in_via = (desk.applicant(world, "Kim", name, asked=at(8, n)) for n, name in enumerate(names))
    actor = world.actor()
    verbs.not_reached(actor=actor, at=at(9, 5), entry_id=unreached.pk)
    verbs.later(actor=actor, at=at(9, 5), entry_id=passed.pk, resume_at=at(9, 30), reason="Arzt")
    verbs.later(actor=actor, at=at(9, 5), entry_id=to_come.pk, resume_at=at(9, 0, days=1), reason="Arzt")
    desk.talking(world, talks)
    Entry.objects.filter(pk=in_via.pk).update(state=EntryState.IN_VIA, via_from=TODAY, next_step="Anruf", next_step_at=at(9, 0))
    assert [entry.pk for entry in queries.undated(actor, at())] == [waits.pk, unreached.pk, passed.pk, talks.pk, in_via.pk]

    client, path = login("entrance"), reverse("entrance:shift_end")
    shown = text(client, path)
    assert path in text(client)
    for part in ("wartet seit heute 08:00", "nicht erreicht, kein neuer Tag", "war verabredet für heute 09:30", "Gespräch läuft noch", "Anruf war für heute 09:00"):
        assert part in shown, part
    assert "Kim Fichte" not in shown
    assert AccessEvent.objects.get(page="entrance:shift_end").person_ids == [str(e.person_id) for e in (waits, unreached, passed, talks, in_via)]

    for entry in (waits, unreached, passed, talks):
        form = reverse("entrance:later", args=[entry.pk]) + "?von=schichtende"
        assert form in shown
        answer = client.post(form, {"resume_day": "25.11.2026", "resume_time": "9:00", "reason": "morgen zuerst"})
        assert (answer.status_code, answer["Location"]) == (302, path)
    assert reverse("entrance:later", args=[in_via.pk]) not in shown
    Entry.objects.filter(pk=in_via.pk).update(next_step_at=at(9, 43))
    assert "Niemand bleibt ohne nächsten Schritt und Datum." in text(client, path)


def test_later_is_proposed_for_a_working_day(world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = desk.applicant(world)
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-27T15:00:00")
    assert 'value="30.11.2026"' in text(login("entrance"), reverse("entrance:later", args=[entry.pk]))


def test_a_decided_application_is_not_called_unconfirmed_on_screen_or_paper(world: World, login: Login) -> None:
    entry = desk.applicant(world)
    assert entry.application_id is not None
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    client = login("entrance")
    refused = f"abgelehnt {TODAY:%d.%m.}"
    for path in (BOARD, f"/eingang/gespraech/{entry.pk}/", f"/personen/{entry.person_id}/"):
        shown = text(client, path)
        assert refused in shown, path
        assert "noch nicht bestätigt" not in shown, path
    assert refused in pdf(client, "/eingang/tagesliste.pdf")
    sheet = pdf(client, f"/eingang/gespraech/{entry.pk}/handzettel.pdf")
    assert "zu Ihrem Antrag" in sheet
    assert "abgelehnt am" in sheet
    assert "jederzeit wieder einen Antrag" in sheet
    for promise in ("Ihr Antrag läuft", "bestätigt noch", "wollen wir entscheiden"):
        assert promise not in sheet


def test_paper_of_the_day_carries_the_number_of_a_protected_person(world: World, login: Login) -> None:
    entry = desk.applicant(world)
    people.restrict(actor=world.actor(), at=at(), person_id=entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    client = login("entrance")
    assert "Silberdistel" in text(client)
    sheet = pdf(client, "/eingang/tagesliste.pdf")
    assert "Silberdistel" not in sheet
    assert f"Nummer {entry.person.callsign}" in sheet


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_count_for_one_and_three_of_everything(world: World, login: Login, count: int, django_assert_num_queries: Any) -> None:
    for n in range(count):
        entry = desk.applicant(world, f"Jana {n}", "Silberdistel", urgent=(UrgentKind.NO_MONEY,), asked=at(8, n))
        other = desk.applicant(world, f"Rosa {n}", "Wegwarte")
        third = desk.applicant(world, f"Nora {n}", "Ginster")
        again = desk.applicant(world, f"Emre {n}", "Klee")
        desk.talking(world, desk.applicant(world, f"Ivan {n}", "Pappel"))
        verbs.later(actor=world.actor(), at=at(), entry_id=other.pk, resume_at=at(13 + n), reason="Arzt")
        verbs.later(actor=world.actor(), at=at(), entry_id=again.pk, resume_at=at(13 + n, days=1), reason="Arzt")
        verbs.not_reached(actor=world.actor(), at=at(), entry_id=third.pk)
        verbs.shift_note(actor=world.actor("colleague"), at=at(), entry_id=entry.pk, text="bitte anrufen")
        date_, gone, slot = desk.information(world, hour=9 + 2 * n), desk.information(world, days=2, hour=9 + 2 * n), desk.coaching(world, days=3, hour=10 + n)
        for seat in (date_, gone):
            dates.book_seat(actor=world.actor(), at=at(), date_id=seat.pk, entry_id=entry.pk)
        dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=gone.pk, reason="Heizung")
        dates.book_seat(actor=world.actor(), at=at(), date_id=slot.pk, entry_id=entry.pk)
    org.enter_absence(actor=world.actor("operator"), at=at(), user_id=world.users["coach"].pk, valid_from=TODAY + timedelta(days=3), valid_to=TODAY + timedelta(days=3))
    client = login("entrance")
    text(client)
    with django_assert_num_queries(QUERIES):
        shown = text(client)
    assert shown.count("übernehmen: Jana") == 0
    assert shown.count("noch anrufen") == count


# ---- red until benefits confirmed, wherever the person stands
@pytest.mark.parametrize("most", [policy.MOST_ASKED, 0])
def test_an_unanswered_need_stays_red_wherever_the_person_stands(
    world: World, login: Login, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(policy, "MOST_ASKED", most)
    client, board = login("entrance"), BOARD
    entry = desk.applicant(world, "Wanja", "Erle", urgent=(UrgentKind.NO_MONEY,))
    assert "Ohne Antwort der Leistungsstelle" not in text(client)
    assert "1 Antrag noch nicht bestätigt" in text(client)
    desk.talking(world, entry)
    shown = text(client, board, **{"HX-Request": "true"})
    assert "Ohne Antwort der Leistungsstelle" in shown
    assert shown.index("Wanja Erle") < shown.index("kein Geld") < shown.index("Antrag noch nicht bestätigt") < shown.index("Wartet auf das erste")
    assert "1 Antrag noch nicht bestätigt" in text(client)
    assert any(str(entry.person_id) in log.person_ids for log in AccessEvent.objects.filter(page="entrance:board").order_by("id"))
    verbs.later(actor=world.actor(), at=at(9, 20), entry_id=entry.pk, resume_at=at(10, days=1), reason="Arzt")
    assert "Ohne Antwort der Leistungsstelle" in text(client)
    assert "kein Geld" in text(client, reverse("entrance:delayed"))
    assert "kein Geld" in text(client, reverse("entrance:shift_end")) or "Wanja" not in text(client, reverse("entrance:shift_end"))
    in_via = desk.in_via(world, entry)
    for page in (reverse("entrance:conversations"), reverse("entrance:finished", args=[entry.pk]), reverse("entrance:conversation", args=[entry.pk])):
        assert "kein Geld" in text(client, page)
    client.get(f"{board}?sichtschutz=an")
    covered = text(client)
    assert "kein Geld" not in covered[covered.index("Ohne Antwort"):covered.index("Wartet auf das erste")]
    client.get(f"{board}?sichtschutz=aus")
    verbs.end_via(actor=world.actor(), at=at(9, 41), entry_id=in_via.pk, kind=EndKind.MOVED, ended_on=TODAY, **desk.stays(world))
    assert "Ohne Antwort der Leistungsstelle" in text(client)
    benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 41), report_id=entry.person.urgent_reports.get().pk, result="angerufen")
    assert "Ohne Antwort der Leistungsstelle" in text(client)
    desk.confirm(world, entry)
    assert "Ohne Antwort der Leistungsstelle" not in text(client)


def test_the_list_without_an_answer_is_bounded_and_says_how_many_there_are(world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hilfefrei.www.entrance.board.SHOWN_OPEN", 1)
    for name in ("Erle", "Esche", "Eibe"):
        desk.talking(world, desk.applicant(world, "Wanja", name))
    client = login("entrance")
    shown = text(client)
    assert "die ersten 1 von 3" in shown
    assert shown.count("Antrag noch nicht bestätigt</span>") == 1
    assert text(client, f"{BOARD}?offen=alle").count("Antrag noch nicht bestätigt</span>") == 3
