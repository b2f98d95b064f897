"""Persons: list, page, corrections, protection, duplicates, as one reads and posts them."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import Channel, Outcome, PaperState, UrgentKind
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.domain import dates, facts, household
from hilfefrei.apps.intake.workflows import FactKind
from hilfefrei.apps.people import domain
from hilfefrei.apps.people.models import ForeignError, Membership, Number, Person, PersonLink, Responsibility, Restriction
from hilfefrei.apps.people.workflows import (
    AddressKind,
    ChannelKind,
    MemberRole,
    NumberKind,
    ResponsibilityKind,
    RestrictionKind,
    Stay,
)
from hilfefrei.core.days import format_day
from hilfefrei.www.people import lists
from tests import desk
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
LIST = "/personen/"


def text(answer: Any) -> str:
    """What one reads: without tags, in one line."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def url(person: Person, end: str = "") -> str:
    return f"/personen/{person.pk}/{end}"


def protect(world: World, person: Person, who: str = "entrance") -> None:
    domain.restrict(
        actor=world.actor(who), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )


# --- the list
def names(answer: Any) -> list[str]:
    return [unescape(n) for n in re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]+)</a>', answer.content.decode())]


def test_the_list_has_ones_own_people_and_no_others(login: Login, world: World) -> None:
    world.person("Jana", "Silberdistel")
    world.person("Bert", "Ackerwinde", team="via2")
    assert names(login("entrance").get(LIST)) == ["Silberdistel, Jana"]
    assert names(login("other_team").get(LIST)) == ["Ackerwinde, Bert"]
    assert "Noch niemand." in text(login("case_manager").get(LIST))


def test_search_finds_by_typo_and_shows_other_teams_as_cards(login: Login, world: World) -> None:
    own = world.person("Jana", "Silberdistel")
    world.person("Jana", "Silberdistl", team="via2", birth_date=date(1996, 9, 3))
    answer = desk.look_for(login("entrance"), LIST, "Silberdistel")
    assert names(answer) == ["Silberdistel, Jana"]
    page = text(answer)
    assert "Jana Silberdistl , geb. 03.09.1996" in page
    assert "kein Bezug bekannt · ViA-Team Herzberg" in page
    event = AccessEvent.objects.get(page="people:list", kind="search")
    assert len(event.person_ids) == 2
    wrong = desk.look_for(login("entrance"), LIST, "Silberdiestel Jana")
    assert names(wrong) == []
    assert f'href="{url(own)}"' in wrong.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "12.04.1992"}, ["Silberdistel, Jana"]),
        ({"q": "ackerw"}, ["Ackerwinde, Bert"]),
        ({"sprache": "uk"}, ["Ackerwinde, Bert"]),
        ({"stand": "antrag"}, ["Silberdistel, Jana"]),
        ({"stand": "wartet"}, ["Silberdistel, Jana"]),
        ({"stand": "via"}, []),
        ({"stand": "unsinn", "team": "unsinn", "sprache": "xx", "sort": "unsinn", "seite": "99"}, ["Ackerwinde, Bert", "Silberdistel, Jana"]),
        ({"sort": "-name"}, ["Silberdistel, Jana", "Ackerwinde, Bert"]),
        ({"sort": "alter"}, ["Ackerwinde, Bert", "Silberdistel, Jana"]),
        ({"sort": "-alter"}, ["Silberdistel, Jana", "Ackerwinde, Bert"]),
    ],
)
def test_filters_and_orders(login: Login, world: World, asked: dict[str, str], found: list[str]) -> None:
    desk.applicant(world)
    world.person("Bert", "Ackerwinde", language="uk", birth_date=date(1970, 1, 1))
    assert names(desk.look_for(login("entrance"), LIST, **asked)) == found


def test_benefits_filter_nothing_of_the_placement_zone(login: Login, world: World) -> None:
    desk.applicant(world)
    answer = login("benefits").get(LIST, {"stand": "wartet"})
    assert "wartet am Eingang" not in text(answer)
    assert names(answer) == ["Silberdistel, Jana"]


def test_the_team_filter(login: Login, world: World) -> None:
    person = world.person()
    world.person("Bert", "Ackerwinde")
    domain.assign(
        actor=world.actor(), at=at(), person_id=person.pk, kind=ResponsibilityKind.INTEGRATION, team_id=world.teams["placement"].pk, valid_from=TODAY, reason="Übergabe"
    )
    assert names(login("entrance").get(LIST, {"team": str(world.teams["placement"].pk)})) == ["Silberdistel, Jana"]


def test_twenty_five_to_a_page(login: Login, world: World) -> None:
    for i in range(26):
        world.person("Jana", f"Ahorn{i:02d}")
    first, second = (login("entrance").get(LIST, {"seite": n, "sprache": "de"}) for n in (1, 2))
    assert len(names(first)) == 25
    assert names(second) == ["Ahorn25, Jana"]
    assert "26 Menschen, für die Ihre Teams zuständig sind" in text(first)
    assert "seite=2&amp;sprache=de" in first.content.decode() or "sprache=de&amp;seite=2" in first.content.decode()


QUERIES = 17


def test_one_query_count_for_one_and_three_rows(login: Login, world: World, django_assert_num_queries: Any) -> None:
    client = login("entrance")
    desk.applicant(world)
    client.get(LIST)
    with django_assert_num_queries(QUERIES):
        client.get(LIST)
    for last in ("Ackerwinde", "Moorlilie"):
        desk.applicant(world, "Bert", last)
    with django_assert_num_queries(QUERIES):
        assert len(names(client.get(LIST))) == 3


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_exports_carry_the_filtered_rows_are_logged_and_leave_out_the_protected(login: Login, world: World, form: str) -> None:
    shown, other, guarded = world.person("Jana", "Silberdistel"), world.person("Bert", "Ackerwinde"), world.person("Silke", "Silberblatt")
    protect(world, guarded)
    client = login("entrance")
    assert "Silberblatt, Silke" in names(client.get(LIST))
    answer = desk.look_for(client, f"/personen/liste.{form}", "Silber")
    words = (
        ZipFile(io.BytesIO(answer.content)).read("xl/sharedStrings.xml").decode()
        if form == "xlsx"
        else " ".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages)
    )
    assert "Silberdistel" in words
    assert "Ackerwinde" not in words
    assert "Silberblatt" not in words
    assert AccessEvent.objects.get(kind="export").person_ids == [str(shown.pk)]
    assert str(other.pk) not in answer["Content-Disposition"]
    assert client.get("/personen/liste.csv").status_code == 404


def test_the_table_has_everybody_and_the_paper_says_where_it_was_cut(login: Login, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    model = world.person("Jana", "Silberdistel")
    held = model.responsibilities.get()
    many = 2001
    Person.objects.bulk_create(
        [
            Person(
                jobcenter_id=world.id, last_name=f"Binse{n:04}", sort_name=f"binse{n:04}", search_name=f"binse{n:04}", callsign=900_000 + n,
                created_at=model.created_at,
            )
            for n in range(many)
        ]
    )
    Responsibility.objects.bulk_create(
        [
            Responsibility(jobcenter_id=world.id, person=p, team=held.team, kind=held.kind, valid_from=held.valid_from, reason="Probe")
            for p in Person.objects.filter(last_name__startswith="Binse")
        ]
    )
    # As after every night in real operation: the planner knows how many there are.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = login("entrance")
    sheet = load_workbook(io.BytesIO(client.get("/personen/liste.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + many + 1
    event = AccessEvent.objects.get(kind="export")
    assert len(event.person_ids) == many + 1
    monkeypatch.setattr(lists, "PAPER_ROWS", 3)
    pages = PdfReader(io.BytesIO(client.get("/personen/liste.pdf").content)).pages
    said = " ".join(" ".join(p.extract_text() for p in pages).split())
    assert "3 von 2.002 Personen; bitte Filter setzen oder die Tabelle (XLSX) nehmen" in said
    assert "Binse0003" not in said
    assert len(AccessEvent.objects.filter(kind="export").latest("id").person_ids) == 3


def test_a_cell_is_never_a_formula(login: Login, world: World) -> None:
    world.person("=1+1", "@SUM(A1)")
    book = ZipFile(io.BytesIO(login("entrance").get("/personen/liste.xlsx").content))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert "@SUM(A1)" in book.read("xl/sharedStrings.xml").decode()


# --- protected
def test_a_protected_person_is_not_there_until_asked_for_exactly(login: Login, world: World) -> None:
    person = world.person()
    protect(world, person)
    client = login("colleague")
    page = "/personen/geschuetzt/"
    assert client.get(page).status_code == 404
    assert "Silberdistel" not in text(client.get(LIST))
    near = text(desk.look_for(client, LIST, "Silberdistel Jana"))
    assert "Hinweis" not in near
    assert client.get(page).status_code == 404
    exact = desk.look_for(client, LIST, "Jana Silberdistel 12.04.1992")
    assert "Zu Name und Geburtsdatum gibt es einen Hinweis. Bitte fragen: Schutzstelle, 0171 39200 60" in text(exact)
    assert str(person.pk) not in exact.content.decode()
    told = client.get(page)
    assert "Schutzstelle, 0171 39200 60" in text(told)
    assert "Mira Sperling, ViA-Team" in text(told)
    assert str(person.pk) not in told.content.decode()
    assert "Silberdistel" not in text(told)
    # The log knows whom it was about.
    assert AccessEvent.objects.order_by("-id").filter(page="people:list", person_ids=[str(person.pk)]).exists()
    assert client.get(url(person)).status_code == 404
    # Somebody else's session knows nothing.
    assert login("coach").get(page).status_code == 404


def test_the_hint_is_gone_after_half_an_hour(login: Login, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    protect(world, world.person())
    client = login("colleague")
    desk.look_for(client, LIST, "Jana Silberdistel 12.04.1992")
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T10:11:00")
    assert client.get("/personen/geschuetzt/").status_code == 200
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T10:13:00")
    assert client.get("/personen/geschuetzt/").status_code == 404


def test_protecting_naming_and_lifting(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    answer = client.post(
        url(person, "schutz/"), {"op": uuid4(), "kind": "protected", "ask": "Schutzstelle", "phone": "0171 39200 60", "users": [str(world.users["coach"].pk)]}, follow=True
    )
    assert "Tim Goldammer" in text(answer)
    assert client.get(url(person)).status_code == 200
    assert login("coach").get(url(person)).status_code == 200
    assert login("colleague").get(url(person)).status_code == 404
    client = login("entrance")
    # Whoever is in no responsible team cannot be named: they would not see the file anyway.
    assert client.post(url(person, "namen-nennen/"), {"wer": str(world.users["buyer"].pk)}).status_code == 404
    client.post(url(person, "namen-nennen/"), {"wer": str(world.users["colleague"].pk)})
    assert login("colleague").get(url(person)).status_code == 200
    client = login("entrance")
    client.post(url(person, "namen-streichen/"), {"wer": str(world.users["coach"].pk)})
    assert login("coach").get(url(person)).status_code == 404
    login("entrance").post(url(person, "schutz-ende/"))
    assert not Restriction.objects.exists()
    assert login("coach").get(url(person)).status_code == 200


def test_protection_leaves_somebody_in_benefits_while_an_application_is_open(login: Login, world: World) -> None:
    person = desk.applicant(world, urgent=(UrgentKind.VIOLENCE,)).person
    benefits_user, client = world.users["benefits"], login("entrance")
    assert "nennen Sie auch jemanden aus dem Team „Leistung“" in text(client.get(url(person, "schutz/")))
    given = {"op": uuid4(), "kind": "protected", "ask": "Schutzstelle", "phone": "0171 39200 60", "users": [str(world.users["coach"].pk)]}
    refused = client.post(url(person, "schutz/"), given)
    assert refused.status_code == 422
    assert "auch jemanden aus dem Team „Leistung“, zum Beispiel Rosa Kleiber." in text(refused)
    assert not Restriction.objects.exists()
    client.post(url(person, "schutz/"), given | {"op": uuid4(), "users": [str(world.users["coach"].pk), str(benefits_user.pk)]})
    application = Application.objects.get()
    assert login("benefits").get(f"/leistung/antrag/{application.pk}/").status_code == 200
    client = login("entrance")
    client.post(url(person, "namen-streichen/"), {"op": uuid4(), "wer": str(benefits_user.pk)})
    assert benefits_user in Restriction.objects.get().users.all()
    client.post(url(person, "namen-streichen/"), {"op": uuid4(), "wer": str(world.users["coach"].pk)})
    assert world.users["coach"] not in Restriction.objects.get().users.all()


def test_an_application_of_a_protected_person_is_a_number_for_benefits(login: Login, world: World) -> None:
    person = world.person()
    protect(world, person)
    entry = desk.applicant(world, "Piet", "Ahornblatt")
    desk.confirm(world, entry)
    assert "geschützte" not in text(login("benefits").get("/leistung/")).lower()
    benefits.record_application(actor=world.actor(), at=at(9, 0), person_id=person.pk, asked_at=at(8, 0), channel=Channel.IN_PERSON)
    benefits.report_urgent(actor=world.actor(), at=at(8, 30), person_id=person.pk, kind=UrgentKind.VIOLENCE)
    page = login("benefits").get("/leistung/")
    body = text(page)
    assert "1 geschützter Fall" in body
    assert f"Geschützter Fall, Nr. {person.callsign}: fragen Sie Schutzstelle, 0171 39200 60" in body
    assert "Antwort auf eine dringende Meldung war fällig Di 24.11., 09:30 Uhr." in body
    assert "Bestätigung erwartet bis Mi 25.11., 08:00 Uhr." in body
    assert "Silberdistel" not in body
    assert "Gewalt" not in body
    assert str(Application.objects.get(applicant=person).pk) not in page.content.decode()
    # Who protected the file reads that nobody in benefits sees it, and names somebody.
    client = login("entrance")
    assert "niemand aus dem Team „Leistung“ sieht die Akte" in text(client.get(url(person, "schutz/")))
    client.post(url(person, "namen-nennen/"), {"op": uuid4(), "wer": str(world.users["benefits"].pk)})
    assert "niemand aus dem Team" not in text(client.get(url(person, "schutz/")))
    assert "Nr. " not in text(login("benefits").get("/leistung/"))


# --- the page
def test_the_page_says_first_what_is_urgent(login: Login, world: World) -> None:
    entry = desk.applicant(world, urgent=(UrgentKind.NO_ROOF,))
    page = text(login("entrance").get(url(entry.person)))
    assert "Antrag gestellt heute 08:52 Uhr gilt ab 01.11. · noch nicht bestätigt" in page
    assert "Wohnung in Gefahr unbestätigt" in page
    assert "bis Di 15.12. Warnung nach 3 Wochen, rot nach 1 Monat" in page
    body = login("entrance").get(url(entry.person)).content.decode()
    primary = re.findall(r'kern-btn--primary"[^>]*>.*?kern-label">([^<]+)', body)
    assert primary == ["Dringende Not klären"]
    for report in entry.person.urgent_reports.all():
        benefits.confirm_report(actor=world.actor("benefits"), at=at(9, 30), report_id=report.pk, result="Termin um elf")
    desk.confirm(world, entry)
    body = login("entrance").get(url(entry.person)).content.decode()
    assert re.findall(r'kern-btn--primary"[^>]*>.*?kern-label">([^<]+)', body) == ["Gespräch beginnen"]
    assert "Leistung bestätigt heute 09:04 Uhr" in text(login("entrance").get(url(entry.person)))


def test_opening_is_logged_before_the_answer(login: Login, world: World) -> None:
    person = world.person()
    login("entrance").get(url(person))
    assert [(e.kind, e.person_ids) for e in AccessEvent.objects.filter(page="people:detail")] == [("open", [str(person.pk)])]


def test_the_course_shows_today_then_everything(login: Login, world: World) -> None:
    entry = desk.talking(world)
    date_ = desk.information(world)
    dates.book_seat(actor=world.actor(), at=at(9, 20), date_id=date_.pk, entry_id=entry.pk)
    page = text(login("entrance").get(url(entry.person)))
    assert "Verlauf heute" in page
    assert "09:15 Gespräch begonnen , persönlich · Eisvogel" in page
    assert "08:52 Antrag gestellt , persönlich, eingetragen Di 24.11., 09:00 · Eisvogel" in page
    assert "Platz zugesagt: Informationsgespräch , Mi 25.11., 09:00" in page
    whole = text(login("entrance").get(url(entry.person), {"verlauf": "alles"}))
    assert "25.11. Informationsgespräch , Osterode 104 · 09:00 Uhr" in whole


def test_facts_say_where_they_come_from(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    facts.add_fact(
        actor=world.actor(), at=at(9, 30), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.WORK, since=TODAY, what="Lager", source="sagt sie selbst"
    )
    page = text(login("entrance").get(url(entry.person)))
    assert "Geburtstag 12.04.1992 Eisvogel, 24.11." in page
    assert "Wohnung Lange Straße 4, 37412 Herzberg Eisvogel, 24.11." in page
    assert "Arbeit aufgenommen Lager, seit 24.11.2026 sagt sie selbst, 24.11." in page


def test_benefits_see_contact_and_benefits_and_nothing_of_placement(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    facts.add_fact(
        actor=world.actor(), at=at(9, 30), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.WORK, since=TODAY, what="Lager", source="sagt sie selbst"
    )
    mine = text(login("entrance").get(url(entry.person)))
    theirs = text(login("benefits").get(url(entry.person)))
    for word in ("Weg durch ViA", "Lager", "Gespräch begonnen", "Erstkontakt , persönlich"):
        assert word in mine, word
        assert word not in theirs, word
    for word in ("Jana Silberdistel", "Antrag gestellt", "12.04.1992", "Lange Straße 4"):
        assert word in theirs, word


def test_a_shelter_is_told_to_nobody_who_is_not_named(login: Login, world: World) -> None:
    person = world.person()
    domain.set_address(
        actor=world.actor(), at=at(), person_id=person.pk, kind=AddressKind.SHELTER, street="Geheimweg 1", place="Herzberg", valid_from=TODAY
    )
    for end in ("", "kontakt/"):
        assert "Geheimweg" not in text(login("entrance").get(url(person, end)))
    protect(world, person)
    for end in ("", "kontakt/"):
        assert "Geheimweg 1" in text(login("entrance").get(url(person, end)))


def test_the_earlier_day_of_two_linked_applications_counts(login: Login, world: World) -> None:
    late = desk.applicant(world, "Wiebke", "Hainbuche")
    early = world.person("Wibke", "Hainbuche")
    benefits.record_application(
        actor=world.actor(), at=at(9, 30), person_id=early.pk, asked_at=at(8, 0, days=-5), channel=Channel.ONLINE
    )
    client = login("entrance")
    assert "Antrag gestellt heute 08:52 Uhr" in text(client.get(url(late.person)))
    link = domain.link_duplicates(
        actor=world.actor(), at=at(), keep_id=late.person_id, other_id=early.pk, same=True, reason="Ausweis gesehen"
    )
    page = text(client.get(url(late.person)))
    assert "Antrag gestellt Do 19.11., 08:00 Uhr" in page
    assert "aus dem verbundenen Eintrag" in page
    client.post(url(late.person, "trennen/"), {"link": link.pk})
    assert "Antrag gestellt heute 08:52 Uhr" in text(client.get(url(late.person)))
    assert Application.objects.filter(applicant=early).exists()


def test_papers_that_may_follow_are_not_missing_and_the_nearest_day_is_said(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    desk.answer(world, desk.talking(world, entry))
    listed = Paper.objects.filter(application=entry.application_id)
    missing, follow = (listed.filter(state=state) for state in (PaperState.MISSING, PaperState.CAN_FOLLOW))
    first = missing.order_by("due_on").values_list("due_on", flat=True).first()
    assert missing.count() > 1
    assert follow.exists()
    client = login("entrance")
    shown = text(client.get(f"/personen/{entry.person_id}/"))
    assert f"{missing.count()} von {listed.count()} fehlen das erste bis {format_day(first)} · {follow.count()} " in shown
    listed.update(state=PaperState.CAN_FOLLOW)
    assert f"{listed.count()} können folgen" in text(client.get(f"/personen/{entry.person_id}/"))


def test_a_linked_record_hides_no_urgent_report(login: Login, world: World) -> None:
    """Person page, urgent need, waiting list: what is open on one record is open for the human being, and both are marked."""
    keep, other = desk.applicant(world, "Kevin", "Fingerhut"), desk.applicant(world, "Kevin", "Fingerhuth", urgent=(UrgentKind.NO_MONEY,))
    client = login("entrance")
    assert "nichts gemeldet" in text(client.get(f"/personen/{keep.person_id}/"))
    domain.link_duplicates(
        actor=world.actor(), at=at(9, 25), keep_id=keep.person_id, other_id=other.person_id, same=True, reason="Ausweis gesehen"
    )
    shown = text(client.get(f"/personen/{keep.person_id}/"))
    assert "nichts gemeldet" not in shown
    assert "kein Geld unbestätigt" in shown
    assert "aus dem verbundenen Eintrag" in text(client.get(f"/eingang/not/{keep.person_id}/"))
    assert "kein Geld ist noch offen" in text(client.get(f"/eingang/gespraech/{keep.pk}/ohne-antrag/"))
    lines = {line.entry.pk: line for line in intake.waiting(world.actor(), at())}
    assert [r.kind for r in lines[keep.pk].unanswered] == [r.kind for r in lines[other.pk].unanswered] == [UrgentKind.NO_MONEY]
    assert text(client.get("/eingang/")).count("verbunden") == 2
    assert text(client.get("/personen/")).count("verbunden") == 2
    assert "kein Geld ohne Antwort" in text(login("benefits").get(f"/leistung/antrag/{keep.application_id}/"))


def test_the_own_child_is_no_duplicate(login: Login, world: World) -> None:
    entry = desk.applicant(world, "Maja", "Silberdistel", birth=None)
    household.join(
        actor=world.actor(), at=at(9, 10), person_id=entry.person_id, first_name="Maja", last_name="Silberdistel", role=MemberRole.CHILD
    )
    shown = text(login("entrance").get(f"/personen/{entry.person_id}/"))
    assert "Kein ähnlicher Eintrag." in shown


def test_the_extract_prints_what_this_desk_sees(login: Login, world: World) -> None:
    entry = desk.talking(world)
    answer = login("entrance").get(url(entry.person, "auszug.pdf"))
    words = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages))
    assert "Auszug für Jana Silberdistel" in words
    assert "Das sieht Nele Eisvogel, ViA-Team heute von Ihnen." in words
    assert "Gespräch begonnen" in words
    assert "Silberdistel" not in answer["Content-Disposition"]
    answer = login("benefits").get(url(entry.person, "auszug.pdf"))
    theirs = " ".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Antrag gestellt" in theirs
    assert "Gespräch begonnen" not in theirs
    assert AccessEvent.objects.filter(kind="export", page="people:extract").count() == 2


PAGE_QUERIES = 35


def test_the_page_asks_the_same_number_of_queries_for_one_and_three_of_everything(
    login: Login, world: World, django_assert_num_queries: Any
) -> None:
    entry = desk.talking(world)
    client = login("entrance")
    for i in range(3):
        domain.add_member(actor=world.actor(), at=at(), person_id=entry.person_id, role="child", valid_from=TODAY, first_name=f"Kind{i}")
        domain.set_channel(actor=world.actor(), at=at(), person_id=entry.person_id, kind=ChannelKind.PHONE, value=f"0171 39200 6{i}", valid_from=TODAY)
        facts.add_fact(
            actor=world.actor(), at=at(9, 30), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.COURSE, since=TODAY - timedelta(days=i), what="Kurs", source="selbst"
        )
        dates.book_seat(actor=world.actor(), at=at(9, 20), date_id=desk.information(world, days=i + 1).pk, entry_id=entry.pk)
        benefits.report_urgent(actor=world.actor(), at=at(9, 20), person_id=entry.person_id, kind=list(UrgentKind)[i])
        client.get(url(entry.person))
        with django_assert_num_queries(PAGE_QUERIES):
            client.get(url(entry.person), {"verlauf": "alles"} if i else {})


# --- corrections
FORM = {"first_name": "Jana", "last_name": "Silberdistel", "birth_date": "12.04.1992", "sex": "w", "language": "de"}


def test_correcting(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    assert "12.04.1992" in client.get(url(person, "angaben/")).content.decode()
    answer = client.post(url(person, "angaben/"), FORM | {"version": person.version, "birth_date": "13.4.92", "op": uuid4()})
    assert answer["Location"] == url(person)
    assert Person.objects.get(pk=person.pk).birth_date == date(1992, 4, 13)


@pytest.mark.parametrize(
    ("typed", "words"), [("31.2.1990", "Den 31. Februar gibt es nicht"), ("1.1.2030", "Zukunft"), ("gestern", "1992")]
)
def test_an_impossible_birth_date_is_a_sentence_and_nothing_is_lost(login: Login, world: World, typed: str, words: str) -> None:
    person = world.person()
    answer = login("entrance").post(url(person, "angaben/"), FORM | {"birth_date": typed, "birth_name": "Weißdorn", "version": 1})
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{typed}"' in answer.content.decode()
    assert 'value="Weißdorn"' in answer.content.decode()


def test_both_versions_after_somebody_else_saved(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    client.post(url(person, "angaben/"), FORM | {"language": "uk", "version": 1})
    answer = client.post(url(person, "angaben/"), FORM | {"language": "ar", "version": 1})
    assert answer.status_code == 422
    assert "Sprache Ukrainisch Arabisch" in text(answer)
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode())
    assert version is not None
    client.post(url(person, "angaben/"), FORM | {"language": "ar", "version": version[1]})
    assert Person.objects.get(pk=person.pk).language == "ar"


def test_what_benefits_own_cannot_be_typed_here_and_is_reported_there(login: Login, world: World) -> None:
    person = world.person()
    Number.objects.create(jobcenter=world.jobcenter, kind=NumberKind.CUSTOMER, value="231D004711", person=person, valid_from=TODAY)
    client = login("entrance")
    page = client.get(url(person, "angaben/"))
    assert re.search(r'name="last_name"[^>]*disabled', page.content.decode())
    assert "Fehler dort melden" in text(page)
    client.post(url(person, "angaben/"), FORM | {"last_name": "Anders", "language": "uk", "version": 1})
    changed = Person.objects.get(pk=person.pk)
    assert (changed.last_name, changed.language) == ("Silberdistel", "uk")
    client.post(url(person, "melden/"), {"what": "name", "text": "Silberdistl, Ausweis gesehen", "op": uuid4()})
    assert "Bei der Leistungsstelle stimmt nicht: Name. Richtig: Silberdistl, Ausweis gesehen" in text(client.get(url(person)))
    benefits.record_application(actor=world.actor(), at=at(9), person_id=person.pk, asked_at=at(9), channel=Channel.PHONE, anyway=True)
    client = login("benefits")
    assert "1 Meldung zu Angaben der Leistungsstelle." in text(client.get(LIST))
    client.post(url(person, "meldung-erledigt/"), {"meldung": ForeignError.objects.get().pk})
    assert "Meldung zu Angaben" not in text(client.get(LIST))


def test_contact(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    for given in (
        {"form": "contact", "safe_contact": "on", "contact_hint": "9 bis 14 Uhr, keine Mailbox", "version": 1},
        {"form": "channel", "kanal-kind": "mobile", "kanal-value": "0171 39200 61"},
        {"form": "channel", "kanal-kind": "mobile", "kanal-value": "0171 39200 62", "kanal-is_safe": "on"},
        {"form": "attendant", "wer-kind": "guardian", "wer-name": "Ute Sonnentau"},
    ):
        assert client.post(url(person, "kontakt/"), given).status_code == 302
    page = text(client.get(url(person, "kontakt/")))
    assert "0171 39200 61 Mobil, seit 24.11.2026 nicht anrufen" in page
    assert "Ute Sonnentau gesetzliche Vertretung" in page
    head = text(client.get(url(person)))
    assert "0171 39200 62 , 9 bis 14 Uhr, keine Mailbox" in head
    assert head.count("0171 39200 61") == head.count("nicht anrufen 0171 39200 61 kein sicherer Kontakt") == 1
    channel = person.channels.get(value="0171 39200 62")
    client.post(url(person, "kanal-ende/"), {"kanal": channel.pk})
    client.post(url(person, "begleitung-ende/"), {"wer": person.attendants.get().pk})
    page = text(client.get(url(person, "kontakt/")))
    assert "0171 39200 62" not in page
    assert "Ute Sonnentau" not in page


def test_an_empty_number_is_a_sentence(login: Login, world: World) -> None:
    person = world.person()
    answer = login("entrance").post(url(person, "kontakt/"), {"form": "channel", "kanal-kind": "mobile", "kanal-value": " "})
    assert answer.status_code == 422
    assert "Hier fehlt noch etwas." in text(answer)


def test_a_new_address_keeps_the_old_one_and_letters_can_be_stopped(login: Login, world: World) -> None:
    person = world.person()
    domain.set_address(
        actor=world.actor(), at=at(), person_id=person.pk, street="Ahornweg 4", plz="37412", place="Herzberg", valid_from=date(2020, 1, 1)
    )
    client = login("entrance")
    assert client.post(url(person, "anschrift/"), {"kind": "home", "valid_from": "24.11.2026"}).status_code == 422
    client.post(
        url(person, "anschrift/"), {"kind": "home", "street": "Am Markt 1", "plz": "37520", "place": "Osterode", "valid_from": "24.11.2026"}
    )
    page = text(client.get(url(person, "kontakt/")))
    assert "Am Markt 1, 37520 Osterode" in page
    assert "Ahornweg 4, 37412 Herzberg Wohnung · seit 01.01.2020 bis 23.11.2026" in page
    client.post(url(person, "post/"), {"anschrift": person.addresses.get(valid_to=None).pk, "post": "nein"})
    assert "Post gesperrt" in text(client.get(url(person)))


def test_consents_are_given_and_taken_back(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    assert "Nachfragen noch nicht gefragt" in text(client.get(url(person)))
    client.post(url(person, "einwilligungen/"), {"may_remind": "false", "may_follow_up": "true", "version": 1})
    assert "Nachfragen ja seit 24.11.2026, Eisvogel" in text(client.get(url(person)))
    client.post(url(person, "einwilligungen/"), {"may_remind": "false", "may_follow_up": "unknown", "version": 2})
    assert Person.objects.get(pk=person.pk).may_follow_up is None


# --- household
def test_a_child_is_added_and_moves_out(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    client.post(
        url(person, "haushalt/"), {"form": "join", "role": "child", "first_name": "Jonte", "birth_date": "2.2.2015", "valid_from": "24.11.2026", "op": uuid4()}
    )
    child = Person.objects.get(first_name="Jonte")
    assert "lebt mit Jonte 11" in text(client.get(url(person)))
    assert client.get(url(child)).status_code == 200
    answer = client.post(url(person, "haushalt/"), {"form": "leave", "member": child.pk, "last_day": "1.1.2020"})
    assert answer.status_code == 422
    assert "liegt vor dem ersten" in text(answer)
    client.post(url(person, "haushalt/"), {"form": "leave", "member": child.pk, "last_day": "24.11.2026"})
    assert Membership.objects.get(person=child).valid_to == TODAY
    assert "lebt mit niemandem" in text(client.get(url(person)))


def test_a_known_child_is_proposed_before_it_is_made_twice(login: Login, world: World) -> None:
    person = world.person()
    known = world.person("Jonte", "Silberdistel", birth_date=date(2015, 2, 2), team="via2")
    client = login("entrance")
    given = {"form": "join", "role": "child", "first_name": "Jonte", "last_name": "Silberdistel", "birth_date": "2.2.2015", "valid_from": "24.11.2026"}
    answer = client.post(url(person, "haushalt/"), given)
    assert "Schon angelegt? Jonte Silberdistel" in text(answer)
    assert Person.objects.filter(first_name="Jonte").count() == 1
    client.post(url(person, "haushalt/"), given | {"member": known.pk})
    assert Membership.objects.filter(person=known).exists()
    client.post(url(person, "haushalt/"), given | {"new": "1", "op": uuid4()})
    assert Person.objects.filter(first_name="Jonte").count() == 2


def test_a_child_that_lives_here_on_some_days_shows_so(login: Login, world: World) -> None:
    person = world.person()
    client = login("entrance")
    given = {"form": "join", "role": "child", "first_name": "Jonte", "valid_from": "24.11.2026", "stay": "on", "op": uuid4()}
    answer = client.post(url(person, "haushalt/"), given)
    assert answer.status_code == 422
    assert "brauchen wir das Geburtsdatum" in text(answer)
    client.post(url(person, "haushalt/"), given | {"birth_date": "2.2.2015", "op": uuid4()})
    child = Person.objects.get(first_name="Jonte")
    assert "lebt mit Jonte 11 (abwechselnd hier)" in text(client.get(url(person)))
    assert "Kind, seit 24.11.2026, abwechselnd hier" in text(client.get(url(person, "haushalt/")))
    assert "wohnt abwechselnd hier und beim anderen Elternteil" in text(client.get(url(child)))
    assert "Kind seit 24.11.2026, abwechselnd hier" in text(client.get(url(child, "haushalt/")))


def test_a_child_lives_here_on_some_days_from_a_day_on_and_it_can_be_taken_back(login: Login, world: World) -> None:
    parent = world.person("Jana", "Silberdistel")
    child = domain.add_member(
        actor=world.actor(), at=at(), person_id=parent.pk, role=MemberRole.CHILD, valid_from=TODAY - timedelta(days=9), first_name="Jonte",
        birth_date=date(2015, 2, 2),
    )  # fmt: skip
    client, path = login("entrance"), url(parent, "haushalt/")
    given = {"form": "stay", "member": child.person_id, "stay": "part", "valid_from": "20.11.2026", "reason": ""}
    refused = client.post(path, given | {"op": uuid4()})
    assert refused.status_code == 422
    assert re.search(r'<details class="hf-fold" open><summary>wohnt jetzt abwechselnd hier', refused.content.decode())
    assert 'name="valid_from" value="20.11.2026"' in refused.content.decode()
    shown = text(client.post(path, given | {"reason": "sagt die Mutter", "op": uuid4()}, follow=True))
    assert "Kind, seit 20.11.2026, abwechselnd hier" in shown
    assert "abwechselnd hier seit 20.11.2026: sagt die Mutter" in shown
    held = Membership.objects.get(person=child.person_id, valid_to=None)
    # On the page of the child itself the same control stands.
    own = Person.objects.get(pk=child.person_id)
    domain.assign(
        actor=world.actor(), at=at(), person_id=own.pk, kind=ResponsibilityKind.ENTRANCE, team_id=world.teams["via"].pk, valid_from=TODAY, reason="x"
    )
    assert "wohnt jetzt ganz hier" in text(client.get(url(own, "haushalt/")))
    stranger = domain.add_member(
        actor=world.actor(), at=at(), person_id=world.person("Ada", "Ulme").pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Ole",
        birth_date=date(2015, 2, 2),
    )  # fmt: skip
    assert client.post(path, given | {"member": stranger.person_id, "reason": "x", "op": uuid4()}).status_code == 404
    assert client.post(url(parent, "wohnen-zurueck/"), {"wohnen": stranger.pk, "op": uuid4()}).status_code == 404
    back = text(client.post(url(parent, "wohnen-zurueck/"), {"wohnen": held.pk, "op": uuid4()}, follow=True))
    assert "Es ist wieder wie zuvor." in back
    assert "abwechselnd hier seit" not in back
    assert Membership.objects.get(person=child.person_id).valid_to is None


def test_the_page_of_a_child_says_nothing_of_the_protected_household(login: Login, world: World) -> None:
    father, mother = world.person("Bert", "Ackerwinde", team="via2"), world.person("Jana", "Silberdistel")
    child = domain.add_member(
        actor=world.actor("other_team"), at=at(), person_id=father.pk, role=MemberRole.CHILD, valid_from=TODAY - timedelta(days=30),
        first_name="Jonte", birth_date=date(2015, 2, 2),
    ).person
    domain.add_member(
        actor=world.actor("colleague"), at=at(9, 50), person_id=mother.pk, role=MemberRole.CHILD, valid_from=TODAY, member_id=child.pk, stay=Stay.PART
    )
    client = login("other_team")
    # Two households, and the mother's is of another team: the father's stands there.
    assert "lebt mit Bert 34" in text(client.get(url(child)))
    protect(world, mother)
    for page in (url(child), url(child, "haushalt/"), url(father), url(father, "haushalt/")):
        told = text(client.get(page))
        assert not [word for word in ("Jana", "Silberdistel", "Sperling", ", abwechselnd", "(abwechselnd", "geschützt ist") if word in told], page
    assert "wohnt abwechselnd" not in text(client.get(url(child)))
    answer = client.post(
        url(world.person("Ole", "Hainbuche", team="via2"), "haushalt/"),
        {"form": "join", "role": "child", "first_name": "Jonte", "valid_from": "24.11.2026", "member": child.pk, "stay": "on", "op": uuid4()},
    )
    assert answer.status_code == 422
    assert "Bitte fragen Sie: Schutzstelle, 0171 39200 60." in text(answer)
    assert "Jana" not in text(answer)


def test_hits_say_what_is_known_here(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    twin = world.person("Jana", "Silberdistel", team="via2")
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 30), application_id=entry.application_id, kind=Outcome.GRANTED, decided_on=TODAY, source="Bescheid",
        granted_to=date(2027, 10, 31),
    )  # fmt: skip
    other = login("other_team")
    known = "hier bewilligt ab 01.11.2026 bis 31.10.2027"
    assert known in text(other.get(url(twin)))
    assert known in text(other.get(url(twin, "doppelt/")))
    assert known in text(desk.look_for(other, LIST, "Silberdistel Jana"))
    found = {"step": "search", "name": "Jana Silberdistel"}
    assert known in text(other.post("/eingang/erstkontakt/", found))
    protect(world, entry.person)
    assert known not in text(other.post("/eingang/erstkontakt/", found))


# --- duplicates
def test_duplicates_are_linked_with_a_reason_parted_and_told_apart(login: Login, world: World) -> None:
    one, two = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche", team="via2")
    client = login("entrance")
    assert "Wibke Hainbuche , geb. 12.04.1992 passt gut" in text(client.get(url(one)))
    page = url(one, "doppelt/")
    answer = client.post(page, {"other": two.pk, "reason": ""})
    assert answer.status_code == 422
    assert "woran man es sieht" in text(answer)
    client.post(page, {"other": two.pk, "reason": "Ausweis gesehen", "op": uuid4()})
    assert "Wibke Hainbuche , geb. 12.04.1992 verbunden" in text(client.get(url(one)))
    client.post(url(one, "trennen/"), {"link": PersonLink.objects.get().pk})
    client.post(page, {"other": two.pk, "urteil": "verschieden", "op": uuid4()})
    told = text(client.get(url(one)))
    assert "Wibke Hainbuche , geb. 12.04.1992 andere Person" in told
    assert "wird nicht mehr vorgeschlagen" in told
    found = text(desk.look_for(client, page, "Hainbuche"))
    assert "Niemand passt zu „Hainbuche“." in found


def test_nobody_links_to_a_protected_record(login: Login, world: World) -> None:
    one, two = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche")
    protect(world, two, "colleague")
    client = login("entrance")
    assert "Wibke" not in text(desk.look_for(client, url(one, "doppelt/"), "Hainbuche"))
    assert client.post(url(one, "doppelt/"), {"other": two.pk, "reason": "gesehen"}).status_code == 404
    assert not PersonLink.objects.exists()


# --- acts
@pytest.mark.parametrize("what", ["unsinn", "kanal", "kanal-ende", "begleitung-ende", "post", "schutz-ende", "trennen", "meldung-erledigt"])
def test_acts_on_things_of_others_are_not_there(login: Login, world: World, what: str) -> None:
    person, other = world.person(), world.person("Bert", "Ackerwinde")
    channel = domain.set_channel(
        actor=world.actor(), at=at(), person_id=other.pk, kind=ChannelKind.MOBILE, value="0171 39200 61", valid_from=TODAY
    )
    answer = login("entrance").post(url(person, f"{what}/"), {"kanal": channel.pk, "wer": "x", "link": "x"})
    assert answer.status_code == 404
    channel.refresh_from_db()
    assert channel.valid_to is None


def test_a_decided_application_is_no_open_one(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 30), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    client = login("entrance")
    assert names(client.get(LIST, {"stand": "antrag"})) == []
    page = text(client.get(url(entry.person)))
    assert "Entscheidung erwartet entschieden" in page
    assert reverse("people:detail", args=[entry.person_id]) == url(entry.person)


def test_a_child_named_in_the_talk_has_a_page_and_gets_its_birth_date(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    client = login("entrance")
    client.post(f"/eingang/gespraech/{entry.pk}/haushalt/", {"op": str(uuid4()), "role": "child", "first_name": "Mio"})
    child = Person.objects.get(first_name="Mio")
    papers = Paper.objects.filter(person=child).exclude(state=PaperState.NOT_NEEDED)
    of_a_child = set(papers.values_list("rule", flat=True))
    assert client.get(f"/personen/{child.pk}/").status_code == 200
    page = f"/personen/{child.pk}/angaben/"
    form = client.get(page).context["form"]
    given = {f.name: f.value() or "" for f in form if f.name != "needs_interpreter"} | {"birth_date": "3.5.2009", "op": str(uuid4())}
    assert client.post(page, given).status_code == 302
    child.refresh_from_db()
    assert child.birth_date == date(2009, 5, 3)
    assert set(papers.all().values_list("rule", flat=True)) != of_a_child
    # And from the page of the household: nothing is asked any more of who moved out.
    home = f"/personen/{entry.person_id}/haushalt/"
    assert client.post(home, {"op": str(uuid4()), "form": "leave", "member": str(child.pk), "last_day": "24.11.2026"}).status_code == 302
    assert not papers.all().exists()
    client.post(home, {"op": str(uuid4()), "form": "join", "role": "partner", "first_name": "Ole", "birth_date": "3.5.1990", "valid_from": "24.11.2026"})
    assert Paper.objects.filter(person__first_name="Ole").exists()


def test_a_number_is_a_number_and_words_go_to_the_hint(login: Login, world: World) -> None:
    person = world.person()
    client, path = login("entrance"), url(person, "kontakt/")
    refusal = "Bitte nur die Telefonnummer eintragen, zum Beispiel 05522 12345. Worte dazu gehören in den Hinweis."
    for kind, value in (("mobile", "abc"), ("phone", "05522 99999 (Festnetz mit Mann)"), ("phone", "12")):
        answer = client.post(path, {"form": "channel", "kanal-kind": kind, "kanal-value": value, "kanal-is_safe": "on"})
        assert answer.status_code == 422
        assert answer.context["channel_form"].errors == {"value": [refusal]}, value
        # What was typed is still there to be mended.
        assert f'value="{value}"' in answer.content.decode()
    answer = client.post(path, {"form": "attendant", "wer-kind": "guardian", "wer-name": "Ute Sonnentau", "wer-phone": "ruft an"})
    assert answer.context["attendant_form"].errors == {"phone": [refusal]}
    assert client.post(url(person, "schutz/"), {"kind": "protected", "ask": "Schutzstelle", "phone": "Zimmer 3"}).context["form"].errors == {
        "phone": [refusal]
    }
    assert not person.channels.exists()
    assert not person.attendants.exists()
    # An e-mail address is none; a number of before the rule can still be read.
    client.post(path, {"form": "channel", "kanal-kind": "email", "kanal-value": "jana@beispiel.de"})
    person.channels.create(jobcenter_id=world.id, kind="phone", value="bei der Mutter", valid_from=TODAY)
    page = text(client.get(path))
    assert "jana@beispiel.de" in page
    assert "bei der Mutter" in page
