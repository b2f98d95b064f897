"""Every address of the house has a row: which roles get in, and what others get. A new address without a row fails."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, Outcome, UrgentKind
from hilfefrei.apps.intake.domain import agreement, conversation, dates, entry, facts, first_contact, leave
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.intake.workflows import DateKind, FactKind, LeaveAct
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org.models import Position
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import ResponsibilityKind, RestrictionKind
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.apps.vacancies.models import Vacancy
from tests.world import STAFF, TODAY, World, at, make

TABLE: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "permissions.toml").read_text(encoding="utf-8"))
NAME = "Silberdistel"
IN = {200, 302, 422}


def _names(patterns: list[Any], space: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for item in patterns:
        if isinstance(item, URLResolver):
            found += _names(item.url_patterns, f"{space}{item.namespace}:" if item.namespace else space)
        elif item.name:
            found.append((f"{space}{item.name}", item))
    return found


ADDRESSES = _names(get_resolver().url_patterns)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(TABLE) == sorted({name for name, _ in ADDRESSES})


@dataclass
class Case:
    """One of everything, around one person."""

    person: UUID
    ids: dict[str, Any]


def case(world: World) -> Case:
    """A person with an application, a talk, a seat, a vacancy, a report, a hand-over and a leave, all made by the verbs."""
    desk, office = world.actor("entrance"), world.actor("benefits")
    contact = first_contact.record_first_contact(
        actor=desk,
        at=at(8, 0),
        contact_at=at(8, 0),
        channel=Channel.IN_PERSON,
        wishes=["money", "work"],
        new_person=first_contact.NewPerson(first_name="Jana", last_name=NAME, birth_date=TODAY - timedelta(days=12000), sex="w"),
        urgent=[UrgentKind.NO_MONEY],
        phone="0171 39200 22",
    )
    application = contact.application
    assert application is not None
    way = Entry.objects.get(first_contact=contact)
    date_ = dates.plan_date(
        actor=desk, at=at(8, 0), kind=DateKind.INFORMATION, starts_at=at(9, 0, days=1), ends_at=at(10, 0, days=1), seats=5
    )
    conversation.start_talk(actor=desk, at=at(8, 10), entry_id=way.pk)
    conversation.save_group(actor=desk, at=at(8, 12), entry_id=way.pk, group="work", values={"wanted": ["Lager"]}, catalogue="2026-11")
    booking = dates.book_seat(actor=desk, at=at(8, 15), date_id=date_.pk, entry_id=way.pk)
    vacancy = vacancies.save_own(
        actor=world.actor("employer_service"), at=at(8, 0), values={"title": "Lagerhelfer/in", "employer": "Rotmilan Logistik", "place": "Osterode"}
    )
    delivery = vacancies.stage_delivery(
        actor=world.actor("operator"), at=at(8, 0), file_name="stellen.csv", content=b"title;place;plz;reference\nLager;Osterode;37520;1\n"
    )
    handed = conversation.hand_vacancy(actor=desk, at=at(8, 16), entry_id=way.pk, vacancy_id=vacancy.pk)
    promise = agreement.add_promise(actor=desk, at=at(8, 17), entry_id=way.pk, side="person", text="meldet sich")
    gone = leave.record_leave(
        actor=desk, at=at(8, 18), entry_id=way.pk, act=LeaveAct.STAYS_OPEN, words="überlegt noch", rights=list(leave.RIGHTS), call_at=at(10, days=2)
    )
    fact = facts.add_fact(
        actor=desk, at=at(8, 19), person_id=contact.person_id, entry_id=way.pk, kind=FactKind.WORK, since=TODAY, what="Lager", source="sagt sie selbst"
    )
    conversation.finish_talk(
        actor=desk, at=at(8, 20), entry_id=way.pk, next_step="Anruf", next_step_at=at(10, days=2), next_step_by_id=desk.id
    )
    handover = agreement.send_handover(
        actor=desk, at=at(8, 21), entry_id=way.pk, team_id=world.teams["placement"].pk, user_id=world.users["case_manager"].pk, summary="Zwei Sätze.", reason="Regel"
    )
    note = entry.shift_note(actor=world.actor("colleague"), at=at(8, 22), entry_id=way.pk, text="bitte anrufen")
    own = dates.add_own_application(actor=desk, at=at(8, 23), entry_id=way.pk, employer="Rotmilan", sent_on=TODAY)
    absence = org.enter_absence(
        actor=world.actor("operator"), at=at(8, 0), user_id=world.users["buyer"].pk, valid_from=TODAY + timedelta(days=30), valid_to=TODAY + timedelta(days=31)
    )
    outcome_case = benefits.record_application(
        actor=desk, at=at(8, 30), person_id=contact.person_id, asked_at=at(8, 30), channel=Channel.PHONE, anyway=True
    )
    outcome = benefits.record_outcome(
        actor=office, at=at(9, 30), application_id=outcome_case.pk, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    return Case(
        contact.person_id,
        {
            "person_id": contact.person_id,
            "contact_id": contact.pk,
            "application_id": application.pk,
            "entry_id": way.pk,
            "report_id": UrgentReport.objects.get(person=contact.person_id).pk,
            "paper_id": Paper.objects.filter(application=application).order_by("title", "id")[0].pk,
            "date_id": date_.pk,
            "booking_id": booking.pk,
            "vacancy_id": vacancy.pk,
            "delivery_id": delivery.pk,
            "handed_id": handed.pk,
            "promise_id": promise.pk,
            "leave_id": gone.pk,
            "fact_id": fact.pk,
            "handover_id": handover.pk,
            "note_id": note.pk,
            "own_id": own.pk,
            "absence_id": absence.pk,
            "outcome_id": outcome.pk,
            "room_id": world.rooms["104"].pk,
            "object_id": world.teams["general"].pk,
            "team_id": world.teams["general"].pk,
            "position_id": Position.objects.get(holder=world.users["buyer"]).pk,
            "user_id": world.users["buyer"].pk,
            "group": "work",
            "key": "contact",
            "form": "xlsx",
            "what": "kanal",
            "act": "x",
            "to": "offen",
        },
    )


def _url(name: str, given: Case) -> str:
    pattern = dict(ADDRESSES)[name]
    wanted = list(pattern.pattern.converters)
    extra = TABLE[name].get("with", {})
    return reverse(name, kwargs={key: extra.get(key, given.ids[key]) for key in wanted})


def _ask(client: Client, row: dict[str, Any], url: str) -> int:
    answer = client.post(url, {}) if "POST" in row else client.get(url)
    return answer.status_code


def test_nobody_gets_in_without_logging_in(world: World, client: Client) -> None:
    given = case(world)
    for name, row in TABLE.items():
        if row.get("open"):
            continue
        answer = client.get(_url(name, given))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("account_login")), name


@pytest.mark.parametrize("who", sorted(STAFF))
def test_roles(world: World, client: Client, who: str) -> None:
    """Reading: who is named gets in, everyone else gets 403 or 404. The objects exist, so there is something to leak."""
    given = case(world)
    client.force_login(world.users[who])
    wrong = []
    for name, row in sorted(TABLE.items()):
        if "GET" not in row or row.get("open"):
            continue
        status = _ask(client, row, _url(name, given))
        allowed = row["GET"] == "all" or who in row["GET"].split()
        if (status in IN) != allowed or (not allowed and status not in {403, 404}):
            wrong.append(f"{name}: {status}, allowed={allowed}")
    assert wrong == []


@pytest.mark.parametrize("who", sorted(STAFF))
def test_acts(world: World, client: Client, who: str) -> None:
    """Writing: whoever is not named gets 403 or 404 before anything is looked at."""
    given = case(world)
    client.force_login(world.users[who])
    wrong = []
    for name, row in sorted(TABLE.items()):
        if "POST" not in row or row["POST"] == "all" or who in row["POST"].split():
            continue
        status = _ask(client, row, _url(name, given))
        if status not in {403, 404}:
            wrong.append(f"{name}: {status}")
    assert wrong == []


PERSONAL = [name for name, row in TABLE.items() if row.get("personal")]


def _statuses(client: Client, given: Case) -> dict[str, int]:
    return {name: _ask(client, TABLE[name], _url(name, given)) for name in PERSONAL}


def test_own_team_sees_the_name(world: World, client: Client) -> None:
    given = case(world)
    client.force_login(world.users["entrance"])
    assert NAME in client.get(reverse("people:detail", args=[given.person])).content.decode()
    assert AccessEvent.objects.filter(page="people:detail", person_ids=[str(given.person)]).exists()


def _other_team(world: World, given: Case) -> str:
    return "other_team"


def _former(world: World, given: Case) -> str:
    people.assign(
        actor=world.actor("entrance"),
        at=at(9, 0, days=1),
        person_id=given.person,
        kind=ResponsibilityKind.ENTRANCE,
        team_id=world.teams["via2"].pk,
        valid_from=TODAY - timedelta(days=0),
        reason="Umzug",
    )
    return "entrance"


def _restricted(world: World, given: Case) -> str:
    people.restrict(actor=world.actor("colleague"), at=at(9, 30), person_id=given.person, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    return "entrance"


@pytest.mark.parametrize("relation", [_other_team, _former, _restricted], ids=["other_team", "former", "restricted"])
def test_other_relations_get_404(world: World, client: Client, relation: Callable[[World, Case], str]) -> None:
    given = case(world)
    client.force_login(world.users["entrance"])
    assert client.get(reverse("people:detail", args=[given.person])).status_code == 200
    client.force_login(world.users[relation(world, given)])
    assert {name: status for name, status in _statuses(client, given).items() if status not in {403, 404}} == {}


def test_other_jobcenter_gets_404(world: World, client: Client) -> None:
    given = case(world)
    with scopes_disabled():
        other = make("anderswo-")
    with scope(jobcenter=other.id):
        client.force_login(other.users["entrance"])
    assert {name: status for name, status in _statuses(client, given).items() if status not in {403, 404}} == {}


def test_a_substitute_gets_in(world: World, client: Client) -> None:
    given = case(world)
    client.force_login(world.users["other_team"])
    assert client.get(reverse("people:detail", args=[given.person])).status_code == 404
    org.enter_absence(
        actor=world.actor("operator"), at=at(8, 0), user_id=world.users["entrance"].pk, substitute_id=world.users["other_team"].pk, valid_from=TODAY, valid_to=TODAY
    )
    assert client.get(reverse("people:detail", args=[given.person])).status_code == 200


def test_benefits_never_reads_placement_notes(world: World, client: Client) -> None:
    given = case(world)
    client.force_login(world.users["benefits"])
    for name in ("people:detail", "benefits:application", "benefits:list"):
        text = client.get(_url(name, given)).content.decode()
        assert "Lagerhelfer" not in text, name
        assert "Zwei Sätze" not in text, name


def test_no_title_and_no_address_carries_a_name(world: World, client: Client) -> None:
    given = case(world)
    client.force_login(world.users["entrance"])
    for name, row in TABLE.items():
        if "entrance" not in row.get("GET", ""):
            continue
        url = _url(name, given)
        assert NAME not in url
        answer = client.get(url)
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code == 200:
            title = answer.content.decode().split("<title>")[1].split("</title>")[0]
            assert NAME not in title, name


def test_objects_are_the_ones_meant(world: World) -> None:
    given = case(world)
    assert Application.objects.filter(pk=given.ids["application_id"], applicant=given.person).exists()
    assert Vacancy.objects.filter(pk=given.ids["vacancy_id"]).exists()


def test_no_page_leads_to_one_that_turns_away(world: World) -> None:
    """Links on a page that somebody may open are links they may follow; every address once for everybody."""
    given = case(world)
    wrong = set()
    for who in STAFF:
        client = Client()
        client.force_login(world.users[who])
        statuses: dict[str, int] = {}
        for name, row in TABLE.items():
            if who not in row.get("GET", "").split() and row.get("GET") != "all":
                continue
            answer = client.get(_url(name, given))
            if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            for path in set(re.findall(r'href="(/(?!static/)[^"#?]*)', answer.content.decode())):
                if path not in statuses:
                    statuses[path] = client.get(path).status_code
                if statuses[path] in {403, 404}:
                    shown = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", path)
                    wrong.add(f"{name}: {who} is led to {shown}: {statuses[path]}")
    assert sorted(wrong) == []
