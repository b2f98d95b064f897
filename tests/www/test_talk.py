"""The page of the conversation: it grows, offers beside it count at once, nothing typed is lost."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import Outcome, PaperState, UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import agreement, conversation, household, leave
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.models import AnswerSet, Booking, Conversation, Entry, HandedVacancy, Handover, Promise
from hilfefrei.apps.intake.workflows import EntryState, LeaveAct, OfferKind
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import MemberRole, ResponsibilityKind, RestrictionKind
from hilfefrei.apps.vacancies.workflows import VacancyState
from tests import desk
from tests.support.reading import whole
from tests.world import TODAY, World, at

Login = Callable[[str], Client]


def url(entry: Entry, end: str = "") -> str:
    return f"/eingang/gespraech/{entry.pk}/{end}"


def text(answer: Any) -> str:
    """What one reads: without tags, in one line."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def posted(group: str, **changed: Any) -> dict[str, Any]:
    """The usual answers of a group as a form posts them."""
    values = desk.ANSWERS[group] | changed
    shown = {k: ", ".join(v) if k in {"last", "wanted", "unwanted"} else v for k, v in values.items()}
    if isinstance(shown.get("rent"), int):
        shown["rent"] = f"{shown['rent'] / 100:.2f}".replace(".", ",")
    return {"op": str(uuid4()), "version": "0", **shown}


# --- the page
def test_the_application_stands_on_top_with_its_moment_and_what_benefits_said(login: Login, world: World) -> None:
    entry = desk.talking(world)
    page = text(login("entrance").get(url(entry)))
    assert "gestellt Di 24.11.2026, 08:52 Uhr, persönlich noch nicht bestätigt , wirkt ab 01.11." in page
    desk.confirm(world, entry)
    assert "Eingang bestätigt, wirkt ab 01.11. · Leistungsstelle heute 09:04" in text(login("entrance").get(url(entry)))


def test_done_groups_are_one_line_the_next_is_open_the_others_wait(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work", "time")
    answer = login("entrance").get(url(entry))
    page, body = text(answer), answer.content.decode()
    assert "20 bis 30 Std. · Mo bis Fr · Kind 3 bis 14 · allein sorgend · betreut 06:30 bis 15:30 Uhr" in page
    assert body.count("hf-qgroup is-open") == 1
    assert body.count("hf-qgroup is-later") == 2
    assert 'name="cannot"' in body
    assert 'name="wanted"' not in body
    assert "6 von 12 Fragen" in page
    assert "Gespeichert 09:31 Uhr" in page
    again = login("entrance").get(url(entry) + "?gruppe=work").content.decode()
    assert 'value="Verkäuferin, Küchenhilfe"' in again
    assert 'name="cannot"' not in again


def test_every_offer_says_that_it_is_one_and_what_is_estimated_is_no_gain(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.five_vacancies(world)
    desk.answer(world, entry)
    page = text(login("entrance").get(url(entry)))
    assert "Angebot. Keine Folgen für Ihr Geld. Sie dürfen zu allem Nein sagen." in page
    assert "Verkäuferin Backwaren" in page
    assert "1.580 € brutto im Monat" in page
    assert "unter 1 km · 25 Std. · 14,60 € je Std. · 08:00–13:00 Uhr" in page
    assert "etwa 12 km" in page
    assert "Nicht gezeigt, weil außerhalb Ihrer Grenzen: 1 beginnt zu früh oder endet zu spät." in page
    assert "Verkäuferin Spätdienst" not in page
    assert "Was bleibt, ist geschätzt, kein Bescheid." in page
    for word in ("netto", "hilfefrei", "muss ", "+1", "mehr Geld"):
        assert word not in page[page.index("Was wir jetzt anbieten") :].replace("Hilfefrei", "")


def test_fewer_than_five_say_why(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.vacancy(world)
    desk.vacancy(world, "Verkäuferin Nacht", starts_at=desk.time(14), ends_at=desk.time(22))
    desk.answer(world, entry)
    page = text(login("entrance").get(url(entry)))
    assert "1 passt" in page
    ranking = login("entrance").get(url(entry)).context["ranking"]
    assert ranking.reason_fewer
    assert ranking.reason_fewer in page


def test_before_work_was_spoken_of_no_vacancy_is_guessed(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.five_vacancies(world)
    page = text(login("entrance").get(url(entry)))
    assert "Vorschläge kommen, sobald wir über Arbeit gesprochen haben." in page
    assert "Verkäuferin Backwaren" not in page


def test_the_page_is_in_the_access_log_before_it_is_answered(login: Login, world: World) -> None:
    entry = desk.talking(world)
    before = AccessEvent.objects.count()
    login("entrance").get(url(entry))
    event = AccessEvent.objects.order_by("-id").first()
    assert event is not None
    assert AccessEvent.objects.count() == before + 1
    assert (event.kind, event.page, event.person_ids) == ("open", "entrance:conversation", [str(entry.person_id)])


def test_no_name_in_title_or_address(login: Login, world: World) -> None:
    entry = desk.talking(world)
    for path in (url(entry), url(entry, "fertig/"), url(entry, "ohne-antrag/"), "/eingang/gespraeche/", "/eingang/zweite-blicke/"):
        body = login("entrance").get(path).content.decode()
        title = re.search(r"<title>(.*?)</title>", body)
        assert title is not None
        assert "Silberdistel" not in title[1]
        assert not any("Silberdistel" in found or "Jana" in found for found in re.findall(r'(?:href|action)="([^"]*)"', body))


def test_dates_come_in_the_persons_language_first(login: Login, world: World) -> None:
    desk.information(world, days=1)
    desk.information(world, days=3, language="uk")
    entry = desk.talking(world, desk.applicant(world, "Oksana", "Lindenblatt", language="uk"))
    first, second = login("entrance").get(url(entry)).context["seat_lists"][0].seats
    assert (first.words, second.words) == ("Fr 27.11., 09:00 · Ukrainisch", "Mi 25.11., 09:00")


def test_scarce_seats_are_said(login: Login, world: World) -> None:
    desk.information(world, seats=2)
    entry = desk.talking(world)
    assert "Mi 25.11., 09:00 · noch 2" in text(login("entrance").get(url(entry)))


def test_one_query_count_for_one_and_three_of_everything(login: Login, world: World, django_assert_num_queries: Any) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    desk.five_vacancies(world)

    def fill(n: int) -> None:
        for number in range(n):
            desk.information(world, days=1, hour=9 + 2 * number + (0 if n == 1 else 2))
            job = desk.vacancy(world, f"Verkäuferin {n}{number}")
            conversation.hand_vacancy(actor=world.actor(), at=at(), entry_id=entry.pk, vacancy_id=job.pk)
            agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft an", due_at=at(15))
            household.join(actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.CHILD, first_name=f"Mio {n}{number}")

    client = login("entrance")
    fill(1)
    client.get(url(entry))
    with django_assert_num_queries(QUERIES):
        client.get(url(entry))
    fill(3)
    client.get(url(entry))
    with django_assert_num_queries(QUERIES):
        client.get(url(entry))


QUERIES = 35


# --- answers
def test_a_group_is_one_post_and_the_next_opens(login: Login, world: World) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    answer = client.post(url(entry, "antworten/work/"), posted("work"))
    assert (answer.status_code, answer.url) == (302, url(entry) + "#naechste")
    saved = AnswerSet.objects.get()
    assert saved.values == desk.WORK
    assert saved.catalogue == desk.CATALOGUE
    assert 'name="hours_low"' in client.get(url(entry)).content.decode()
    for group in ("time", "health", "way"):
        client.post(url(entry, f"antworten/{group}/"), posted(group))
    last = client.post(url(entry, "antworten/money/"), posted("money"))
    assert last.url == url(entry) + "#verabredung"
    assert {row.group: row.values for row in AnswerSet.objects.all()} == desk.ANSWERS


def test_nothing_has_to_be_answered(login: Login, world: World) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(url(entry, "antworten/health/"), {"op": str(uuid4()), "version": "0"})
    assert answer.status_code == 302
    assert AnswerSet.objects.get().values == {}
    assert "nichts gesagt, das ist in Ordnung" in text(login("entrance").get(url(entry)))


@pytest.mark.parametrize(
    ("group", "field", "value", "said"),
    [
        ("health", "rent", "1.500 und mehr", ""),
        ("time", "hours_low", "80", "zwischen 0,5 und 60"),
        ("time", "care_from", "25:00", ""),
        ("time", "hours_high", "10", "Höchstens ist weniger als mindestens."),
        ("way", "max_km", "900", "Zahl von 1 bis 150"),
    ],
)
def test_bad_input_is_said_plainly_and_everything_else_stays(
    login: Login, world: World, group: str, field: str, value: str, said: str
) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(url(entry, f"antworten/{group}/"), posted(group, **{field: value}))
    page, body = text(answer), answer.content.decode()
    assert answer.status_code == 422
    assert "Noch nicht gespeichert. Bitte sehen Sie das noch einmal an: Ihre Eingaben stehen noch da." in page
    assert said in page
    assert f'value="{value}"' in body
    assert not AnswerSet.objects.exists()


def test_a_rent_of_1_500_is_fifteen_hundred_euros(login: Login, world: World) -> None:
    entry = desk.talking(world)
    login("entrance").post(url(entry, "antworten/health/"), posted("health", rent="1.500"))
    assert AnswerSet.objects.get().values["rent"] == 150_000


def test_a_stale_page_shows_both_values_and_the_second_post_wins(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    client = login("entrance")
    answer = client.post(url(entry, "antworten/work/"), posted("work", wanted=["Köchin"]))
    page = text(answer)
    assert answer.status_code == 422
    assert "Inzwischen gespeichert: Verkäuferin" in page
    assert 'value="Köchin"' in answer.content.decode()
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode())
    assert version is not None
    again = client.post(url(entry, "antworten/work/"), posted("work", wanted=["Köchin"], version=version[1]) | {"version": version[1]})
    assert again.status_code == 302
    assert AnswerSet.objects.get(superseded_at=None).values["wanted"] == ["Köchin"]


def test_after_an_expired_session_the_same_post_is_taken_once_logged_in(client: Client, world: World) -> None:
    entry = desk.talking(world)
    data = posted("work")
    refused = client.post(url(entry, "antworten/work/"), data)
    assert refused.status_code == 302
    assert refused.url.startswith("/anmelden/?next=")
    assert not AnswerSet.objects.exists()
    client.force_login(world.users["entrance"])
    assert client.post(url(entry, "antworten/work/"), data).status_code == 302
    assert AnswerSet.objects.get().values == desk.WORK
    client.post(url(entry, "antworten/work/"), data)
    assert AnswerSet.objects.count() == 1


def test_an_unknown_group_is_nothing(login: Login, world: World) -> None:
    entry = desk.talking(world)
    assert login("entrance").post(url(entry, "antworten/geheim/"), {}).status_code == 404


def test_a_claim_to_alg_is_shown_at_once_and_refers_with_a_note(login: Login, world: World) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    client.post(url(entry, "antworten/work/"), posted("work", alg="yes"))
    assert "Bei der Arbeit hilft die Agentur" in text(client.get(url(entry)))
    empty = client.post(url(entry, "agentur/"), {"op": str(uuid4()), "note": ""})
    assert empty.status_code == 422
    client.post(url(entry, "agentur/"), {"op": str(uuid4()), "note": "Anspruch bis Januar", "claim_until": "15.1.2027"})
    entry.refresh_from_db()
    assert entry.state == EntryState.REFERRED
    assert Application.objects.get().outcomes.count() == 0
    assert "der Antrag hier läuft weiter" in text(client.get(url(entry)))


def test_what_was_reported_and_what_benefits_answered_stands_first_in_the_talk(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, urgent=(UrgentKind.NO_ROOF,)))
    client = login("entrance")
    page = text(client.get(f"/eingang/gespraech/{entry.pk}/"))
    assert page.index("Dringend gemeldet") < page.index("noch ohne Antwort") < page.index("Was wir verabreden")
    report = entry.person.urgent_reports.get()
    benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 40), report_id=report.pk, result="Räumung gestoppt, Darlehen bis 15 Uhr")
    for _ in range(2):
        page = text(client.get(f"/eingang/gespraech/{entry.pk}/"))
        assert page.index("Räumung gestoppt, Darlehen bis 15 Uhr") < page.index("Was wir verabreden")
        assert "noch ohne Antwort" not in page
        benefits.close_report(actor=world.actor("benefits"), at=at(9, 41), report_id=report.pk, result="Räumung gestoppt, Darlehen bis 15 Uhr")


def test_a_need_said_in_the_talk_that_benefits_do_not_know_is_red(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "money", enough="no")
    client = login("entrance")
    assert "Das Geld reicht nicht. Das ist der Leistungsstelle noch nicht gemeldet." in text(client.get(url(entry)))
    conversation.benefits.report_urgent(
        actor=world.actor(), at=at(), person_id=entry.person_id, kind=UrgentKind.NO_MONEY, application_id=entry.application_id
    )
    assert "noch nicht gemeldet" not in text(client.get(url(entry)))


def test_each_need_has_its_own_line_until_benefits_know_it(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "money", enough="no")
    desk.answer(world, entry, "health", home="notice")
    client = login("entrance")
    assert len(client.get(url(entry)).context["needs"]) == 2
    given = {"actor": world.actor(), "person_id": entry.person_id, "application_id": entry.application_id}
    conversation.benefits.report_urgent(at=at(), kind=UrgentKind.NO_MONEY, **given)
    assert client.get(url(entry)).context["needs"] == ["Die Wohnung ist in Gefahr. Das ist der Leistungsstelle noch nicht gemeldet."]
    conversation.benefits.report_urgent(at=at(), kind=UrgentKind.NO_ROOF, **given)
    assert client.get(url(entry)).context["needs"] == []


def test_a_need_said_again_after_the_answer_is_not_lost(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, urgent=(UrgentKind.NO_MONEY,)))
    report = entry.person.urgent_reports.get()
    conversation.benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 20), report_id=report.pk, result="Räumung gestoppt, Darlehen bis 15 Uhr")
    desk.answer(world, entry, "money", enough="no")
    client = login("entrance")
    assert "Das Geld reicht nicht. Die Leistungsstelle hat Di 24.11., 09:20 Uhr geantwortet. Ist es neu" in text(client.get(url(entry)))
    conversation.benefits.report_urgent(actor=world.actor(), at=at(9, 35), person_id=entry.person_id, kind=UrgentKind.NO_MONEY)
    assert client.get(url(entry)).context["needs"] == []


def test_who_says_without_an_application_that_the_money_is_not_enough_may_apply_first_of_all(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, wishes=("information",)))
    client = login("entrance")
    desk.answer(world, entry, "money", enough="scarce")
    assert "Antrag aufnehmen" not in text(client.get(url(entry)))
    desk.answer(world, entry, "money", enough="no")
    page = text(client.get(url(entry)))
    assert "Das Geld reicht nicht. Das ist der Leistungsstelle noch nicht gemeldet." in page
    assert "Er zählt ab der Antwort: Di 24.11.2026, 09:31 Uhr." in page
    assert page.index("Antrag aufnehmen") < page.index("Nur gefragt, kein Antrag.")
    client.post(url(entry, "antrag/"), {"op": str(uuid4()), "when": "answer"})
    assert Application.objects.get().asked_at == at(9, 31)
    assert "Antrag aufnehmen" not in text(client.get(url(entry)))
    assert "noch nicht gemeldet" in text(client.get(url(entry)))


# --- who leads
def test_beginning_pausing_and_taking_over(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client = login("entrance")
    assert "Das Gespräch hat noch nicht begonnen" in text(client.get(url(entry)))
    client.post(url(entry, "beginnen/"), {"op": str(uuid4()), "how": "phone", "room": str(world.rooms["104"].pk), "happened_time": "9:05"})
    talk = Conversation.objects.get()
    assert (talk.how, talk.room_id, talk.started_at) == ("phone", world.rooms["104"].pk, at(9, 5))
    other = login("colleague")
    page = other.get(url(entry))
    assert "Nele Eisvogel spricht gerade mit dieser Person." in text(page)
    assert "is-open" not in page.content.decode()
    assert f'action="{url(entry, "platz/")}"' not in page.content.decode()
    refused = other.post(url(entry, "beginnen/"), {"op": str(uuid4()), "how": "phone"})
    assert refused.status_code == 422
    assert "Nele Eisvogel spricht gerade mit dieser Person. Sie können mitlesen" in text(refused)
    other.post(url(entry, "uebernehmen/"), {"op": str(uuid4())})
    assert "is-open" in other.get(url(entry)).content.decode()
    talk.refresh_from_db()
    assert talk.led_by_id == world.users["colleague"].pk


def test_a_talk_is_broken_off_by_a_button_of_its_own(login: Login, world: World) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    page = client.get(url(entry)).content.decode()
    button = re.search(r'<button[^>]*form="abbruch"[^>]*>', page)
    assert button is not None
    assert "kern-btn--primary" not in button[0]
    assert f'<form id="abbruch" method="post" action="{url(entry, "abbrechen/")}"' in page
    answer = client.post(url(entry, "abbrechen/"), {"op": str(uuid4())}, follow=True)
    assert "Gespräch abgebrochen. Stand jetzt: wartet. Es war noch nichts eingetragen." in text(answer)
    assert "Das Gespräch hat noch nicht begonnen" in text(client.get(url(entry)))
    assert "Gespräch abbrechen" not in text(client.get(url(entry)))
    desk.talking(world, entry, minute=30)
    desk.answer(world, entry, "work")
    answer = client.post(url(entry, "abbrechen/"), {"op": str(uuid4())}, follow=True)
    assert "Was gesagt wurde, ist da" in text(answer)
    page = text(client.get(url(entry)))
    assert "Unterbrochen" in page
    assert "Gespräch fortsetzen" in page


def test_a_wrong_start_is_said_at_its_field(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    answer = login("entrance").post(url(entry, "beginnen/"), {"op": str(uuid4()), "how": "phone", "happened_time": "8:00"})
    assert answer.status_code == 422
    assert "Dieser Zeitpunkt läge vor dem ersten Kontakt (Di 24.11., 08:52 Uhr)." in text(answer)
    assert not Conversation.objects.exists()


# --- offers
def test_a_vacancy_is_handed_over_with_its_reasons_and_taken_back(login: Login, world: World) -> None:
    entry = desk.talking(world)
    job = desk.vacancy(world)
    desk.answer(world, entry)
    client = login("entrance")
    page = text(client.post(url(entry, "stelle/"), {"op": str(uuid4()), "vacancy": str(job.pk)}, follow=True))
    handed = HandedVacancy.objects.get()
    assert "Stelle mitgegeben." in page
    assert "Rückgängig" in page
    assert handed.reasons["fits"][0].startswith("es genau Ihr Wunsch „Verkäuferin“ ist")
    assert "meldet sich, wenn Sie mögen: Verkäuferin Backwaren, Sösefrisch" in page
    entry.refresh_from_db()
    assert entry.first_offer_kind == OfferKind.VACANCY
    client.post(f"/eingang/mitgegeben/{handed.pk}/zurueck/", {"op": str(uuid4())})
    entry.refresh_from_db()
    assert entry.first_offer_at is None


def test_a_seat_counts_at_once_stays_where_it_was_and_can_be_given_back(login: Login, world: World) -> None:
    slot = desk.coaching(world)
    entry = desk.talking(world)
    client = login("entrance")
    page = client.post(url(entry, "platz/"), {"op": str(uuid4()), "date": str(slot.pk)}, follow=True)
    assert "Einzelcoaching, Di 24.11., 14:00 Uhr, ist reserviert." in text(page)
    booking = Booking.objects.get()
    (seat,) = page.context["seat_lists"][1].seats
    assert (seat.date.pk, seat.booking) == (slot.pk, booking)
    assert f'id="termin-{slot.pk.hex}" aria-pressed="true"' in page.content.decode()
    entry.refresh_from_db()
    assert entry.first_offer_kind == OfferKind.COACHING
    client.post(f"/eingang/platz/{booking.pk}/zurueck/", {"op": str(uuid4())})
    (seat,) = client.get(url(entry)).context["seat_lists"][1].seats
    assert seat.booking is None


def test_a_seat_taken_by_somebody_else_is_said_and_nothing_is_lost(login: Login, world: World) -> None:
    slot = desk.coaching(world)
    first, second = desk.talking(world), desk.talking(world, desk.applicant(world, "Uwe", "Hartriegel"))
    desk.dates.book_seat(actor=world.actor("colleague"), at=at(9, 30), date_id=slot.pk, entry_id=first.pk)
    client = login("entrance")
    page = client.post(url(second, "platz/"), {"op": str(uuid4()), "date": str(slot.pk)}, headers={"referer": f"http://testserver{url(second)}"}, follow=True)
    assert "Der Platz ist gerade vergeben worden. Ihre Eingaben sind noch da." in text(page)
    live = client.get(url(second), headers={"hx-request": "true"})
    assert live.status_code == 200
    assert Booking.objects.count() == 1


def test_beside_a_live_request_the_refusal_is_a_toast(login: Login, world: World) -> None:
    slot = desk.coaching(world)
    first, second = desk.talking(world), desk.talking(world, desk.applicant(world, "Uwe", "Hartriegel"))
    desk.dates.book_seat(actor=world.actor("colleague"), at=at(9, 30), date_id=slot.pk, entry_id=first.pk)
    live = {"hx-request": "true", "referer": f"http://testserver{url(second)}"}
    page = login("entrance").post(url(second, "platz/"), {"op": str(uuid4()), "date": str(slot.pk)}, headers=live, follow=True)
    toasts = page.content.decode().split('id="toasts"')[1]
    assert "Der Platz ist gerade vergeben worden." in toasts


def test_next_leads_nowhere_else(login: Login, world: World) -> None:
    entry = desk.talking(world)
    job = desk.vacancy(world)
    answer = login("entrance").post(url(entry, "stelle/"), {"op": str(uuid4()), "vacancy": str(job.pk), "next": "https://boese.example/"})
    assert answer.url == url(entry) + "#angebot"


def test_care_that_ends_before_it_begins_is_said_at_its_field(login: Login, world: World) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(url(entry, "antworten/time/"), posted("time", care_from="15:30", care_until="06:30"))
    assert answer.status_code == 422
    assert "Die Betreuung endet nicht nach ihrem Anfang." in text(answer)
    assert 'href="#id_care_until"' in answer.content.decode()
    assert not AnswerSet.objects.exists()


# --- where from
def test_where_somebody_lives_is_asked_and_the_ways_are_known_at_once(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, home=False))
    desk.five_vacancies(world)
    desk.answer(world, entry, "work", "time", "health", "way")
    client = login("entrance")
    assert "Wie weit es ist, wissen wir nicht." in text(client.get(url(entry)))
    assert "Wo wohnen Sie? PLZ" in text(client.get(url(entry) + "?gruppe=way"))
    alone = client.post(url(entry, "antworten/way/"), posted("way", plz="37412", version="1"))
    assert alone.status_code == 422
    assert "Bitte den Ort zur PLZ eintragen." in text(alone)
    assert "Eine PLZ hat fünf Ziffern." in text(client.post(url(entry, "antworten/way/"), posted("way", plz="374", version="1")))
    client.post(url(entry, "antworten/way/"), posted("way", plz="37412", place="Herzberg", version="1"))
    home = entry.person.addresses.get()
    assert (home.kind, home.plz, home.place, home.valid_from, home.lat) == ("home", "37412", "Herzberg", TODAY, 51.655)
    page = text(client.get(url(entry)))
    assert "Wie weit es ist, wissen wir nicht." not in page
    assert "unter 1 km · 25 Std." in page
    assert "plz" not in AnswerSet.objects.get(group="way", superseded_at=None).values
    shown = client.get(url(entry) + "?gruppe=way").content.decode()
    assert 'name="plz" value="37412"' in shown
    assert 'name="place" value="Herzberg"' in shown


def test_the_same_home_again_keeps_its_street_and_no_letters_stays(login: Login, world: World) -> None:
    entry = desk.talking(world)
    held = entry.person.addresses.get()
    people.block_letters(actor=world.actor(), at=at(), address_id=held.pk, blocked=True)
    client = login("entrance")
    client.post(url(entry, "antworten/way/"), posted("way", plz="37412", place="Herzberg"))
    assert entry.person.addresses.get() == held
    client.post(url(entry, "antworten/way/"), posted("way", version="1"))
    assert entry.person.addresses.get() == held
    client.post(url(entry, "antworten/way/"), posted("way", plz="37520", place="Osterode", version="1"))
    moved = entry.person.addresses.get(valid_to=None)
    assert (moved.place, moved.street, moved.no_letters) == ("Osterode", "", True)


def test_somebody_of_17_gets_no_night_work_and_is_told_why(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, birth=date(2009, 5, 3)))
    desk.vacancy(world, night_or_shift=True)
    desk.answer(world, entry, cannot=["none"])
    page = text(login("entrance").get(url(entry)))
    assert "Eine weitere ist unter 18 Jahren in der Regel nicht erlaubt (Jugendarbeitsschutz)." in page


# --- papers, household
def test_papers_in_one_click_and_back(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "health")
    client = login("entrance")
    lease = Paper.objects.get(title__startswith="Mietvertrag")
    for state in (PaperState.SEEN, PaperState.MISSING, PaperState.HERE, PaperState.CAN_FOLLOW):
        answer = client.post(f"/eingang/unterlage/{lease.pk}/", {"op": str(uuid4()), "state": state, "next": url(entry) + "#unterlagen"})
        assert answer.url == url(entry) + "#unterlagen"
        lease.refresh_from_db()
        assert lease.state == state
    assert client.post(f"/eingang/unterlage/{lease.pk}/", {"state": "verbrannt"}).status_code == 404


def test_who_lives_with_you_brings_their_papers(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    client = login("entrance")
    wrong = client.post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": "child", "first_name": "Mio", "birth_date": "3.5.2030"})
    assert wrong.status_code == 422
    assert Membership.objects.count() == 1
    client.post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": "child", "first_name": "Mio", "birth_date": "3.5.2019"})
    page = text(client.get(url(entry)))
    assert "Kind Mio , 7 Jahre" in page
    assert "Geburtsurkunde Mio" in page


def test_a_child_without_a_birth_date_brings_papers_of_a_child(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    client = login("entrance")
    client.post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": "child", "first_name": "Mio"})
    child = Membership.objects.get(role=MemberRole.CHILD).person_id
    rules = set(Paper.objects.filter(person=child).values_list("rule", flat=True))
    assert rules
    assert not rules & {"identity", "statements", "wage"}


def test_a_known_child_of_another_household_is_found_before_it_is_made_twice(login: Login, world: World) -> None:
    entry = desk.talking(world)
    father = world.person("Bert", "Ackerwinde")
    other = people.add_member(
        actor=world.actor(), at=at(), person_id=father.pk, role=MemberRole.CHILD, valid_from=date(2024, 1, 1), first_name="Mio",
        birth_date=date(2019, 5, 3),
    )
    client = login("entrance")
    given = {"role": "child", "first_name": "Mio", "birth_date": "3.5.2019"}
    answer = client.post(url(entry, "haushalt/"), given | {"op": str(uuid4())})
    assert "Schon angelegt? Mio Ackerwinde , geb. 03.05.2019" in text(answer)
    assert Person.objects.filter(first_name="Mio").count() == 1
    answer = client.post(url(entry, "haushalt/"), given | {"op": str(uuid4()), "member": str(other.person_id)})
    assert answer.status_code == 422
    assert "gehört seit 01.01.2024 zu einem anderen Haushalt" in text(answer)
    assert f"/personen/{other.person_id}/haushalt/" in answer.content.decode()
    people.leave_unit(actor=world.actor(), at=at(), membership_id=other.pk, last_day=TODAY - timedelta(days=1))
    client.post(url(entry, "haushalt/"), given | {"op": str(uuid4()), "member": str(other.person_id)})
    assert Membership.objects.get(person=other.person_id, valid_to=None).benefit_unit == entry.application.benefit_unit
    client.post(url(entry, "haushalt/"), given | {"op": str(uuid4()), "member": str(other.person_id), "new": "1"})
    assert Person.objects.filter(first_name="Mio").count() == 2


def test_somebody_without_a_birth_date_is_searched_for_by_the_name_before_anybody_is_made(login: Login, world: World) -> None:
    entry = desk.talking(world)
    partner = world.person("Jonas", "Ackerwinde", birth_date=date(1988, 2, 3))
    nameless = world.person("Mio", "Silberdistel", birth_date=None)
    client = login("entrance")
    before = Person.objects.count()
    asked = client.post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": "partner", "first_name": "Jonas", "last_name": "Ackerwinde"})
    assert f'name="member" value="{partner.pk}"' in asked.content.decode()
    asked = client.post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": "child", "first_name": "Mio", "birth_date": "3.5.2019"})
    assert f'name="member" value="{nameless.pk}"' in asked.content.decode()
    assert Person.objects.count() == before


def test_a_child_of_parted_parents_lives_here_on_some_days(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    father = world.person("Bert", "Ackerwinde", team="via2")
    other = people.add_member(
        actor=world.actor(), at=at(), person_id=father.pk, role=MemberRole.CHILD, valid_from=date(2024, 1, 1), first_name="Mio",
        birth_date=date(2019, 5, 3),
    )
    client = login("entrance")
    given = {"role": "child", "first_name": "Mio", "last_name": "Ackerwinde", "birth_date": "3.5.2019", "member": str(other.person_id)}
    answer = client.post(url(entry, "haushalt/"), given | {"op": str(uuid4())})
    assert answer.status_code == 422
    assert "Lebt das Kind in beiden Haushalten? Dann „wohnt abwechselnd hier“ wählen." in text(answer)
    client.post(url(entry, "haushalt/"), given | {"op": str(uuid4()), "stay": "on"})
    page = text(client.get(url(entry)))
    assert "Kind Mio , 7 Jahre, abwechselnd hier" in page
    assert "Aufstellung der Tage Mio" in page
    # Benefits reckon by the days; who may read of the father's household as well gets told of it.
    sheet = f"/leistung/antrag/{entry.application_id}/"
    benefits_page = text(login("benefits").get(sheet))
    assert "abwechselnd hier, Tage zählen" in benefits_page
    assert "auch in einem anderen Haushalt" not in benefits_page
    people.assign(
        actor=world.actor("benefits"), at=at(), person_id=father.pk, kind=ResponsibilityKind.BENEFITS,
        team_id=world.teams["benefits"].pk, valid_from=TODAY, reason="Antrag",
    )
    assert "auch in einem anderen Haushalt" in text(login("benefits").get(sheet))


def test_a_protected_member_is_not_named_in_the_talk(login: Login, world: World) -> None:
    entry = desk.talking(world)
    given = {"op": str(uuid4()), "role": "partner", "first_name": "Ole", "birth_date": "3.5.1990"}
    login("entrance").post(url(entry, "haushalt/"), given)
    assert "Partner/in Ole" in text(login("colleague").get(url(entry)))
    partner = Person.objects.get(first_name="Ole")
    people.restrict(actor=world.actor(), at=at(), person_id=partner.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert "Partner/in Ole" in text(login("entrance").get(url(entry)))
    shown = text(login("colleague").get(url(entry)))
    assert "Partner/in Ole" not in shown
    assert "Partner/in geschützte Person" in shown


def test_living_here_on_some_days_is_for_children(login: Login, world: World) -> None:
    entry = desk.talking(world)
    given = {"role": "partner", "first_name": "Ole", "birth_date": "3.5.1990", "stay": "on", "op": str(uuid4())}
    answer = login("entrance").post(url(entry, "haushalt/"), given)
    assert answer.status_code == 422
    assert "„Wohnt abwechselnd hier“ gibt es nur für ein Kind unter 18 Jahren." in text(answer)
    assert Membership.objects.count() == 1


def test_a_picked_person_out_of_reach_is_not_there(login: Login, world: World) -> None:
    entry = desk.talking(world)
    given = {"role": "child", "first_name": "Mio", "op": str(uuid4()), "member": str(uuid4())}
    assert login("entrance").post(url(entry, "haushalt/"), given).status_code == 404
    assert Membership.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "birth", "words"),
    [
        ("child", "3.5.1950", "ist 76 Jahre alt. Als Kind gehört man nur bis zum 25. Geburtstag dazu"),
        ("partner", "3.5.2020", "ist 6 Jahre alt, zu jung als Partnerin oder Partner"),
    ],
)
def test_an_age_that_cannot_be_is_asked_again(login: Login, world: World, role: str, birth: str, words: str) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(url(entry, "haushalt/"), {"op": str(uuid4()), "role": role, "first_name": "Mio", "birth_date": birth})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Person.objects.filter(first_name="Mio").exists()


def test_who_only_asked_can_apply_here(login: Login, world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, wishes=("information",)))
    client = login("entrance")
    assert "Nur gefragt, kein Antrag." in text(client.get(url(entry)))
    client.post(url(entry, "antrag/"), {"op": str(uuid4())})
    assert Application.objects.get().asked_at == at()
    assert "gestellt Di 24.11.2026, 09:42 Uhr" in text(client.get(url(entry)))


# --- the agreement and the close
@pytest.mark.parametrize(("until", "wrong"), [("31.02.2026", True), ("31.2.", True), ("28.2.2026", False), ("Sommer 2024", False), ("2019", False), ("3.2026", False)])
def test_a_free_answer_written_as_a_day_is_a_day(login: Login, world: World, until: str, wrong: bool) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(url(entry, "antworten/work/"), posted("work", last_until=until))
    if wrong:
        assert answer.status_code == 422
        assert "Den 31. Februar gibt es nicht." in text(answer)
        assert f'value="{until}"' in answer.content.decode()
    else:
        assert queries.current_answers(entry.pk)["work"].values["last_until"] == until


def test_promises_are_added_changed_kept_and_removed(login: Login, world: World) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    missing = client.post(url(entry, "zusage/"), {"op": str(uuid4()), "side": "office", "text": "ruft an"})
    assert missing.status_code == 422
    assert "Was wir zusagen, braucht einen Tag." in text(missing)
    for wrong, said in (
        ({"due_day": "1.1.1990"}, "Bitte einen Zeitpunkt wählen, der noch kommt."),
        ({"due_day": "1.1.2099"}, "Das sind mehr als sechs Monate."),
        ({"due_day": "29.11.2026", "due_time": "3:00"}, "Am So 29.11.2026 wird nicht gearbeitet. Der nächste Arbeitstag ist Mo 30.11.2026."),
        ({"due_day": "30.11.2026", "due_time": "3:00"}, "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
    ):
        refused = client.post(url(entry, "zusage/"), {"op": str(uuid4()), "side": "office", "text": "ruft an"} | wrong)
        assert refused.status_code == 422
        assert said in text(refused)
    client.post(url(entry, "zusage/"), {"op": str(uuid4()), "side": "office", "text": "ruft an", "due_day": "25.11.2026"})
    made = Promise.objects.get()
    assert made.due_at == at(16, 0, days=1)
    form = client.get(url(entry) + f"?zusage={made.pk}").content.decode()
    assert 'value="25.11.2026"' in form
    client.post(
        url(entry, "zusage/"),
        {"op": str(uuid4()), "promise": str(made.pk), "version": "1", "side": "office", "text": "schreibt", "due_day": "26.11.2026", "due_time": "9"},
    )
    made.refresh_from_db()
    assert (made.text, made.due_at, Promise.objects.count()) == ("schreibt", at(9, 0, days=2), 1)
    client.post(f"/eingang/zusage/{made.pk}/erledigt/", {"op": str(uuid4())})
    assert "erledigt" in text(client.get(url(entry)))
    client.post(f"/eingang/zusage/{made.pk}/entfernen/", {"op": str(uuid4())})
    assert not client.get(url(entry)).context["agreed"][1:]
    assert client.post(f"/eingang/zusage/{made.pk}/verbrennen/", {}).status_code == 404


def test_the_rule_speaks_only_when_it_can_and_deciding_otherwise_needs_a_reason(login: Login, world: World) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    desk.answer(world, entry, "work")
    assert "Der Vorschlag kommt mit den Antworten." in text(client.get(url(entry)))
    desk.answer(world, entry)
    assert "Vermittlungsstelle Vorschlag Regel 13: Will und kann arbeiten" in text(client.get(url(entry)))
    bad = client.post(url(entry, "wohin/"), {"op": str(uuid4()), "own": "1", "own_team": "general", "own_reason": ""})
    assert bad.status_code == 422
    client.post(url(entry, "wohin/"), {"op": str(uuid4())})
    entry.refresh_from_db()
    assert (entry.triage_team, entry.triage_rule) == ("placement", "placement")
    client.post(url(entry, "wohin/"), {"op": str(uuid4()), "own": "1", "own_team": "general", "own_reason": "Wohnung zuerst"})
    assert "Anders entschieden: Wohnung zuerst (Vorschlag nach Regel 13: Vermittlungsstelle)" in text(client.get(url(entry)))


def closing(**changed: Any) -> dict[str, Any]:
    return {
        "op": str(uuid4()), "wish": "Bis Weihnachten wieder arbeiten", "next_step": "Anruf", "next_day": "26.11.2026",
        "next_time": "10", "via_to": "21.12.2026",
    } | changed  # fmt: skip


def test_closing_takes_the_wish_along_and_leads_to_the_handout(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    client = login("entrance")
    who = str(world.users["entrance"].pk)
    entry.refresh_from_db()
    for bad, field, said in (
        ({"next_step": ""}, "next_step", "Hier fehlt noch etwas."),
        ({"next_day": "24.11.2026", "next_time": "9"}, "next_day", "Bitte einen Zeitpunkt wählen, der noch kommt."),
        ({"next_day": "25.5.2027"}, "next_day", "Das sind mehr als sechs Monate. Bitte einen Tag bis Mo 24.05.2027 wählen."),
        ({"next_day": "29.11.2026"}, "next_day", "Am So 29.11.2026 wird nicht gearbeitet."),
        ({"next_time": "3"}, "next_time", "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
        ({"next_by": "niemand"}, "next_by", "Diese Auswahl gibt es nicht mehr."),
    ):
        answer = client.post(url(entry, "abschliessen/"), closing(version=entry.version, next_by=who) | bad)
        assert answer.status_code == 422
        assert said in text(answer)
        assert f'href="#id_{field}"' in answer.content.decode()
        assert "Bis Weihnachten wieder arbeiten" in answer.content.decode()
    done = client.post(url(entry, "abschliessen/"), closing(version=entry.version, next_by=who))
    assert done.url == url(entry, "fertig/")
    entry.refresh_from_db()
    assert (entry.state, entry.wish, entry.triage_team) == (EntryState.IN_VIA, "Bis Weihnachten wieder arbeiten", "placement")
    page = text(client.get(done.url))
    assert "Handzettel drucken" in page
    assert "Anruf Nele Eisvogel Do 26.11., 10:00" in page
    after = text(client.get(url(entry)))
    assert "In ViA vom 24.11. bis 21.12.2026" in after
    assert "Weiteres Gespräch beginnen" in after


FINISHED = {"next_step": "Anruf am Abend", "next_day": "26.11.2026", "next_time": "10:00", "via_to": "", "wish": "Vormittags arbeiten"}


def test_closing_on_a_stale_page_shows_both_versions_and_loses_nothing(login: Login, world: World) -> None:
    entry = desk.talking(world)
    old = entry.version
    agreement.set_wish(actor=world.actor(), at=at(9, 41), entry_id=entry.pk, wish="Nachmittags arbeiten")
    client = login("entrance")
    given = FINISHED | {"op": str(uuid4()), "version": str(old), "next_by": str(world.users["entrance"].pk)}
    if Entry.objects.get(pk=entry.pk).version == old:
        Entry.objects.filter(pk=entry.pk).update(version=old + 1)
    answer = client.post(url(entry, "abschliessen/"), given)
    assert answer.status_code == 422
    assert "Beide Fassungen stehen unten." in text(answer)
    assert "Nachmittags arbeiten Vormittags arbeiten" in text(answer)
    assert 'value="Anruf am Abend"' in answer.content.decode()


def test_where_something_else_was_saved_in_between_both_versions_are_the_same(login: Login, world: World) -> None:
    entry = desk.talking(world)
    given = {"op": str(uuid4()), "promise": "", "side": "office", "text": "ruft an", "due_day": "24.11.2026", "due_time": "15:00"}
    made = agreement.add_promise(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, side="office", text="ruft an", due_at=at(15, 0))
    agreement.keep_promise(actor=world.actor(), at=at(9, 41), promise_id=made.pk, done=True)
    answer = login("entrance").post(url(entry, "zusage/"), given | {"promise": str(made.pk), "version": str(made.version)})
    assert "macht was ruft an ruft an" in text(answer)


def test_closing_a_talk_that_was_closed_meanwhile_shows_what_was_typed(login: Login, world: World) -> None:
    entry = desk.talking(world)
    given = FINISHED | {"op": str(uuid4()), "version": str(entry.version), "next_by": str(world.users["entrance"].pk)}
    conversation.finish_talk(
        actor=world.actor(), at=at(9, 41), entry_id=entry.pk, next_step="Gespräch hier", next_step_at=at(10, days=2),
        next_step_by_id=world.users["entrance"].pk, wish="Nachmittags arbeiten",
    )  # fmt: skip
    answer = login("entrance").post(url(entry, "abschliessen/"), given)
    assert answer.status_code == 422
    shown = text(answer)
    assert "Ihre Eingaben sind nicht gespeichert, aber noch hier." in shown
    assert "Nachmittags arbeiten Vormittags arbeiten" in shown
    assert "Gespräch hier Anruf am Abend" in shown


def test_a_promise_changed_in_between_shows_both_versions(login: Login, world: World) -> None:
    entry = desk.talking(world)
    made = agreement.add_promise(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, side="office", text="ruft an", due_at=at(15))
    given = {"op": str(uuid4()), "promise": str(made.pk), "version": str(made.version), "side": "office", "text": "schreibt", "due_day": "", "due_time": ""}
    agreement.change_promise(actor=world.actor(), at=at(9, 41), promise_id=made.pk, side="office", text="kommt vorbei", due_at=at(15))
    answer = login("entrance").post(url(entry, "zusage/"), given)
    assert "kommt vorbei schreibt" in text(answer)
    assert 'value="schreibt"' in answer.content.decode()


def test_the_wish_alone_can_be_saved(login: Login, world: World) -> None:
    entry = desk.talking(world)
    login("entrance").post(url(entry, "wunsch/"), closing(wish="am liebsten im Verkauf", next_step=""))
    entry.refresh_from_db()
    assert (entry.wish, entry.state) == ("am liebsten im Verkauf", EntryState.IN_TALK)


@pytest.mark.parametrize(("language", "sheets"), [("de", 2), ("uk", 3), ("ti", 2)])
def test_the_handout_has_money_and_offers_on_different_sheets(login: Login, world: World, language: str, sheets: int) -> None:
    pypdf = pytest.importorskip("pypdf")
    entry = desk.talking(world, desk.applicant(world, "Oksana", "Lindenblatt", language=language))
    job = desk.vacancy(world)
    desk.answer(world, entry)
    conversation.hand_vacancy(actor=world.actor(), at=at(), entry_id=entry.pk, vacancy_id=job.pk)
    answer = login("entrance").get(url(entry, "handzettel.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert "Lindenblatt" not in answer["Content-Disposition"]
    pages = [p.extract_text() for p in pypdf.PdfReader(__import__("io").BytesIO(answer.content)).pages]
    assert len(pages) >= sheets
    assert "08:52" in pages[0]
    assert "Sösefrisch" not in pages[0]
    assert any("Sösefrisch" in page for page in pages[1:])
    assert any("Антрагу" in page or re.search("[а-яії]{4}", page) for page in pages) == (language == "uk")
    assert Conversation.objects.get().handout_at is None
    assert login("entrance").post(url(entry, "handzettel/mitgeben/")).url == url(entry, "handzettel.pdf")
    assert Conversation.objects.get().handout_at == at()


def test_the_handout_names_a_number_joins_reasons_and_says_when_the_call_is(login: Login, world: World) -> None:
    """Without a number of one's own that of the team, then that of the house."""
    entry = desk.talking(world)
    job = desk.vacancy(world)
    conversation.hand_vacancy(
        actor=world.actor(), at=at(), entry_id=entry.pk, vacancy_id=job.pk, reasons={"fits": ["es nah ist", "die Arbeit um 13:00 Uhr endet"]}
    )
    desk.in_via(world, entry)
    user = world.users["entrance"]
    type(user).objects.filter(pk=user.pk).update(phone="")
    client = login("entrance")

    def sheet() -> str:
        pages = PdfReader(io.BytesIO(client.get(url(entry, "handzettel.pdf")).content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    team, house = world.teams["via"], world.jobcenter
    type(house).objects.filter(pk=house.pk).update(phone="0171 39200 01")
    type(team).objects.filter(pk=team.pk).update(phone="")
    assert "0171 39200 01" in sheet()
    type(team).objects.filter(pk=team.pk).update(phone="0171 39200 02")
    shown = sheet()
    assert f"{user.get_full_name()}, 0171 39200 02" in shown
    assert "Passt, weil es nah ist und die Arbeit um 13:00 Uhr endet." in shown
    assert "Anruf Do 26.11., 10:42" in shown


# --- the hand-over
def test_a_hand_over_is_sent_answered_and_seen_on_both_sides(login: Login, world: World) -> None:
    entry = desk.talking(world)
    agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft bei Sösefrisch an", due_at=at(15))
    client = login("entrance")
    to = f"{world.teams['placement'].pk}:{world.users['case_manager'].pk}"
    empty = client.post(url(entry, "uebergabe/"), {"op": str(uuid4()), "to": to, "summary": ""})
    assert empty.status_code == 422
    client.post(url(entry, "uebergabe/"), {"op": str(uuid4()), "to": to, "summary": "Möchte zurück in den Verkauf."})
    handover = Handover.objects.get()
    assert "Gesendet an Paula Steinkauz , Vermittlungsstelle. Antwort bis Do 26.11.2026." in text(client.get(url(entry, "fertig/")))
    receiver = login("case_manager")
    page = text(receiver.get("/uebergaben/"))
    assert "Jana Silberdistel" in page
    assert "ruft bei Sösefrisch an" in page
    assert receiver.get(url(entry)).status_code == 404
    assert receiver.get(f"/personen/{entry.person_id}/").status_code == 404
    answered = receiver.post(f"/uebergaben/{handover.pk}/zurueckgeben/", {"op": str(uuid4()), "reason": "Wohnung zuerst"}, follow=True)
    assert "1 bis 1 von 1 Übergabe" in text(answered)
    back = text(login("entrance").get("/eingang/gespraeche/"))
    assert "Aus der Übergabe zurück" in back
    assert "Wohnung zuerst" in back


def test_accepting_opens_the_file_and_the_talk_to_read(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    handover = agreement.send_handover(
        actor=world.actor(), at=at(), entry_id=entry.pk, team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk, summary="x", reason="y",
    )  # fmt: skip
    answer = login("case_manager").post(f"/uebergaben/{handover.pk}/annehmen/", {"op": str(uuid4())})
    assert answer.url == f"/personen/{entry.person_id}/"
    receiver = login("case_manager")
    assert url(entry) in receiver.get(answer.url).content.decode()
    read = text(receiver.get(url(entry)))
    assert "Verkäuferin, Küchenhilfe" in read
    for act in ("Gespräch übernehmen", "Abschließen und Handzettel", "mitgeben", "Zusage hinzufügen", "jetzt fragen"):
        assert act not in read
    assert receiver.post(url(entry, "antworten/work/"), {"op": str(uuid4())}).status_code == 403
    assert login("entrance").get(url(entry)).status_code == 200


def test_who_took_the_person_on_notes_papers_in_the_talk_and_on_the_list(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    conversation.finish_talk(
        actor=world.actor(), at=at(9, 38), entry_id=entry.pk, next_step="Anruf", next_step_at=at(10, days=2), next_step_by_id=world.actor().id
    )
    handover = agreement.send_handover(
        actor=world.actor(), at=at(9, 39), entry_id=entry.pk, team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk, summary="x", reason="y",
    )  # fmt: skip
    agreement.accept_handover(actor=world.actor("case_manager"), at=at(9, 40), handover_id=handover.pk)
    receiver, paper = login("case_manager"), Paper.objects.filter(application=entry.application_id).order_by("pk")[0]
    press, here = f"/eingang/unterlage/{paper.pk}/", reverse("entrance:papers", args=[entry.application_id])
    for page in (url(entry), here):
        assert f'action="{press}"' in receiver.get(page).content.decode()
    answer = receiver.post(press, {"op": str(uuid4()), "state": "seen"}, follow=True)
    assert answer.redirect_chain[-1] == (f"/personen/{entry.person_id}/", 302)
    paper.refresh_from_db()
    assert (paper.state, paper.seen_by_id) == ("seen", world.users["case_manager"].pk)
    # What the case manager may not do is not offered.
    for page in (url(entry), reverse("entrance:way_out", args=[entry.pk])):
        assert "ViA beenden" not in text(receiver.get(page, follow=True))
    # The lead reads the talk and notes nothing.
    lead = login("via_lead")
    assert f'action="{press}"' not in lead.get(url(entry)).content.decode()
    assert lead.post(press, {"op": str(uuid4()), "state": "missing"}).status_code == 403


def test_the_sender_can_withdraw_and_nobody_else(login: Login, world: World) -> None:
    entry = desk.talking(world)
    handover = agreement.send_handover(
        actor=world.actor(), at=at(), entry_id=entry.pk, team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk, summary="x", reason="y",
    )  # fmt: skip
    assert login("case_manager").post(f"/uebergaben/{handover.pk}/zurueckziehen/", {}).status_code == 403
    assert login("other_team").post(f"/uebergaben/{handover.pk}/zurueckziehen/", {}).status_code == 404
    login("entrance").post(f"/uebergaben/{handover.pk}/zurueckziehen/", {"op": str(uuid4())})
    assert Handover.objects.get().get_state_display() == "zurückgezogen"


# --- the lists
def test_talks_run_wait_and_are_done_and_can_be_searched(login: Login, world: World) -> None:
    running = desk.talking(world)
    waiting = desk.talking(world, desk.applicant(world, "Uwe", "Hartriegel"), who="colleague")
    entry_verbs.later(actor=world.actor("colleague"), at=at(9, 20), entry_id=waiting.pk, resume_at=at(14), reason="Arzt")
    done = desk.talking(world, desk.applicant(world, "Lea", "Mohnblume"))
    conversation.finish_talk(
        actor=world.actor(), at=at(9, 40), entry_id=done.pk, next_step="Anruf", next_step_at=at(10, days=2), next_step_by_id=world.users["entrance"].pk
    )
    client = login("entrance")
    page = client.get("/eingang/gespraeche/")
    assert [t.entry_id for t in page.context["running"]] == [running.pk]
    assert [e.pk for e in page.context["later"]] == [waiting.pk]
    assert [t.entry_id for t in page.context["done"]] == [done.pk]
    mine = client.get("/eingang/gespraeche/?wer=ich").context
    assert (len(mine["running"]), len(mine["later"]), len(mine["done"])) == (1, 0, 1)
    found = desk.look_for(client, "/eingang/gespraeche/", "hartriegel").context
    assert (found["running"], [e.pk for e in found["later"]], found["done"]) == ([], [waiting.pk], [])


@pytest.mark.parametrize("path", ["/eingang/gespraeche/", "/eingang/zweite-blicke/", "/uebergaben/"])
def test_lists_ask_the_database_as_often_for_one_as_for_three(
    login: Login, world: World, django_assert_num_queries: Any, path: str
) -> None:
    def one(first: str) -> None:
        entry = desk.talking(world, desk.applicant(world, first, "Silberdistel"))
        agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft an", due_at=at(15))
        handover = agreement.send_handover(
            actor=world.actor(), at=at(), entry_id=entry.pk, team_id=world.teams["placement"].pk,
            user_id=world.users["case_manager"].pk, summary="x", reason="y",
        )  # fmt: skip
        if path == "/eingang/gespraeche/":
            agreement.return_handover(actor=world.actor("case_manager"), at=at(), handover_id=handover.pk, reason="z")
        leave.record_leave(
            actor=world.actor("colleague"), at=at(), entry_id=entry.pk, act="stays_open", words="x", rights=[], call_at=at(10, days=1)
        )
        back = leave.record_leave(actor=world.actor("colleague"), at=at(), entry_id=entry.pk, act="stays_open", words="x", rights=[])
        leave.second_look(actor=world.actor("via_lead"), at=at(), leave_id=back.pk, ok=False, note="Rechte fehlen")

    counts = {"/eingang/gespraeche/": 15, "/eingang/zweite-blicke/": 13, "/uebergaben/": 11}
    client = login("case_manager" if path == "/uebergaben/" else "entrance")
    one("Eins")
    client.get(path)
    with django_assert_num_queries(counts[path]):
        assert "Eins" in text(client.get(path))
    one("Zwei")
    one("Drei")
    with django_assert_num_queries(counts[path]):
        assert "Drei" in text(client.get(path))


def test_another_jobcenter_is_nowhere(client: Client, world: World) -> None:
    from django_scopes import scopes_disabled

    from tests.world import make

    with scopes_disabled():
        other = make("Nord-")
    entry = desk.talking(world)
    assert entry.person.full_name == "Jana Silberdistel"
    with scope(jobcenter=other.id):
        client.force_login(other.users["entrance"])
        assert client.get(url(entry)).status_code == 404
        assert client.post(url(entry, "antworten/work/"), posted("work")).status_code == 404
        assert "Silberdistel" not in text(client.get("/eingang/gespraeche/"))
    assert not AnswerSet.objects.exists()


# --- a new application after a decision or a withdrawal
def closed(world: World, entry: Entry, kind: str) -> None:
    if kind == "refused":
        benefits.record_outcome(
            actor=world.actor("benefits"), at=at(9, 35), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
        )
    else:
        leave.record_leave(
            actor=world.actor(), at=at(9, 35), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="lieber nicht", rights=list(leave.RIGHTS),
            signed=True, call_at=at(10, days=2),
        )  # fmt: skip


@pytest.mark.parametrize(("kind", "said"), [("refused", "abgelehnt 24.11."), ("withdrawn", "zurückgenommen 24.11.")])
def test_after_a_refusal_or_a_withdrawal_the_talk_takes_a_new_application(login: Login, world: World, kind: str, said: str) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    closed(world, entry, kind)
    client = login("entrance")
    page = text(client.get(url(entry)))
    assert said in page
    assert "Neuen Antrag aufnehmen" in page
    assert "der Antrag läuft" not in page
    assert "Der Antrag läuft" not in page
    assert "der Antrag gilt schon" not in page
    assert "prüft den Antrag" not in page
    answer = client.post(url(entry, "antrag/"), {"op": str(uuid4()), "when": "now"}, follow=True)
    new = Application.objects.get(asked_at=at())
    page = text(answer)
    assert "gestellt Di 24.11.2026, 09:42 Uhr, persönlich noch nicht bestätigt" in page
    assert said not in page
    assert "Neuen Antrag aufnehmen" not in page
    # The paper of the new one is put down in the talk, that of the old one on its own list.
    for paper in (new.papers.first(), entry.application.papers.first()):
        client.post(f"/eingang/unterlage/{paper.pk}/", {"op": str(uuid4()), "state": "here"})
        assert Paper.objects.get(pk=paper.pk).state == PaperState.HERE
    assert "zum Gespräch" in text(client.get(f"/eingang/antrag/{new.pk}/"))
    old = text(client.get(f"/eingang/antrag/{entry.application_id}/"))
    assert "Jetzt zählt der neue Antrag vom Di 24.11.2026, 09:42 Uhr" in old
    assert "zum Gespräch" in old


def test_the_handout_says_the_day_of_a_withdrawal_and_after_it_the_new_application(login: Login, world: World) -> None:
    pypdf = pytest.importorskip("pypdf")
    entry = desk.talking(world)
    client = login("entrance")

    def sheet() -> str:
        answer = client.get(url(entry, "handzettel.pdf"))
        return re.sub(r"\s+", " ", pypdf.PdfReader(__import__("io").BytesIO(answer.content)).pages[0].extract_text())

    closed(world, entry, "withdrawn")
    assert "zurückgenommen am 24.11.2026." in sheet()
    client.post(url(entry, "antrag/"), {"op": str(uuid4()), "when": "now"})
    assert "zurückgenommen" not in sheet()
    assert "09:42" in sheet()


@pytest.mark.parametrize("kind", ["refused", "withdrawn"])
def test_the_page_of_the_contact_says_how_the_application_stands(login: Login, world: World, kind: str) -> None:
    entry = desk.applicant(world)
    client, page = login("entrance"), f"/eingang/erstkontakt/{entry.first_contact_id}/"
    assert "Der Antrag läuft, auch ohne Gespräch." in text(client.get(page))
    closed(world, entry, kind)
    assert "Der Antrag läuft" not in text(client.get(page))
    assert "Einen Antrag kann die Person jederzeit stellen" in text(client.get(page))
    assert "Ihr Antrag ist " in text(client.get(url(entry, "ohne-antrag/")))
    conversation.apply(actor=world.actor(), at=at(9, 38), entry_id=entry.pk)
    assert "Der Antrag läuft, auch ohne Gespräch." in text(client.get(page))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": VacancyState.FILLED}, "inzwischen besetzt"),
        ({"state": VacancyState.WITHDRAWN}, "inzwischen zurückgezogen"),
        ({"expires_on": TODAY - timedelta(days=1)}, "inzwischen abgelaufen"),
    ],
)
def test_a_vacancy_that_is_gone_says_so_on_the_pages_and_is_left_out_of_print(
    login: Login, world: World, change: dict[str, Any], words: str
) -> None:
    entry = desk.talking(world)
    stays, goes = desk.vacancy(world, "Küchenhilfe"), desk.vacancy(world, "Lagerhelferin")
    for job in (stays, goes):
        conversation.hand_vacancy(actor=world.actor(), at=at(9, 35), entry_id=entry.pk, vacancy_id=job.pk)
    client = login("entrance")
    pages = [url(entry), url(entry, "fertig/"), f"/via/weg/{entry.pk}/bewerbungen/"]
    for path in pages:
        assert words not in text(client.get(path)), path
    assert "Lagerhelferin" in whole(client.get(url(entry, "handzettel.pdf")))
    type(goes).objects.filter(pk=goes.pk).update(**change)
    for path in pages:
        shown = text(client.get(path))
        assert shown.count(words) == 1, path
        assert "Küchenhilfe" in shown, path
    assert f"Lagerhelferin {words}" in text(client.get(url(entry)))
    assert "meldet sich, wenn Sie mögen: Lagerhelferin" not in text(client.get(url(entry)))
    sheet = whole(client.get(url(entry, "handzettel.pdf")))
    assert "Küchenhilfe" in sheet
    assert "Lagerhelferin" not in sheet


def test_who_came_along_does_not_read_of_violence(login: Login, world: World) -> None:
    """Whoever sits beside the person may be whom they fear."""
    entry = desk.talking(world, desk.applicant(world, "Olga", "Wegwarte", urgent=(UrgentKind.VIOLENCE, UrgentKind.NO_MONEY)))
    report = entry.person.urgent_reports.get(kind=UrgentKind.VIOLENCE)
    benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 50), report_id=report.pk, result="Schutzstelle ruft um elf an")
    page = login("entrance").get(url(entry)).content.decode()
    strip = page.partition('id="gemeldet"')[2].partition("</section>")[0]
    assert "kein Geld" in strip
    assert "Vertrauliche Meldung" in strip
    assert "Gewalt" not in strip
    assert "Schutzstelle ruft" in strip.partition("<details")[2]
