"""Every address of the house has a row: which roles get in, and what everyone else gets. A new address without a row fails.

Each row is tried by all logins of the small Jobcenter and by nobody, for a person in every relation to them: their own, of
another team, of a team that is no longer responsible, covered as a substitute, protected, of another Jobcenter. First the
own cell is tried and must show the name: only then is there something that another cell could leak.
"""

import io
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scope, scopes_disabled
from openpyxl import load_workbook
from pypdf import PdfReader

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.audit.workflows import InquiryAbout
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Contradiction, Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, DeclarationKind, Outcome, UrgentKind
from hilfefrei.apps.intake.domain import agreement, conversation, dates, entry, facts, first_contact, follow_up, leave
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.intake.workflows import DateKind, FactKind, FollowUpResult, LeaveAct
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import identity, machines
from hilfefrei.apps.org.models import Position, Team
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Responsibility
from hilfefrei.apps.people.workflows import ChannelKind, ResponsibilityKind, RestrictionKind
from hilfefrei.apps.privacy.domain import rights
from hilfefrei.apps.privacy.models import ErasureWish, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import HoldKind
from hilfefrei.apps.reporting.domain import comparison
from hilfefrei.apps.reporting.models import MonthClosing
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.apps.vacancies.models import Vacancy
from tests.apps.reporting.tables import july
from tests.world import STAFF, TODAY, World, at, make

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, Any]] = tomllib.loads((HERE / "permissions.toml").read_text(encoding="utf-8"))
NAME = "Silberdistel"
EVERYBODY = frozenset(STAFF)


def _unnamed(patterns: list[Any]) -> list[URLPattern]:
    found = []
    for item in patterns:
        found += _unnamed(item.url_patterns) if isinstance(item, URLResolver) else [] if item.name else [item]
    return found


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
    assert [str(item.pattern) for item in _unnamed(get_resolver().url_patterns)] == []


# Converters of addresses that mean something of this Jobcenter.
OBJECTS = frozenset(
    {
        "person_id", "contact_id", "application_id", "entry_id", "report_id", "paper_id", "date_id", "booking_id", "vacancy_id",
        "handed_id", "promise_id", "leave_id", "fact_id", "handover_id", "note_id", "own_id", "absence_id", "outcome_id", "room_id",
        "object_id", "delivery_id", "team_id", "position_id", "user_id", "channel_id", "inquiry_id", "declaration_id", "follow_up_id", "closing_id",
        "table_id", "pay_id", "contradiction_id", "mapping_id", "run_id", "hold_id", "seal_id", "group_role_id", "wish_id",
        "api_access_id", "housing_id",
    }
)  # fmt: skip


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
    table = comparison.stage_table(
        actor=world.actor("controller"), at=at(8, 0), file_name="k1.csv", content=july(("23102", "-8,0"), ("23106", "-6,8"))
    )
    paid = benefits.stage_delivery(
        actor=office, at=at(8, 0), file_name="personen.csv", as_of=TODAY, content=b"kundennummer;vorname;nachname;geburtsdatum\nK1;Ute;Wermut;1.2.1980\n"
    )
    contested = Contradiction.objects.create(
        jobcenter=world.jobcenter, person_id=contact.person_id, what="last_name", ours="Silberdistl", theirs=NAME, delivery=paid, since=TODAY
    )
    handed = conversation.hand_vacancy(actor=desk, at=at(8, 16), entry_id=way.pk, vacancy_id=vacancy.pk)
    promise = agreement.add_promise(actor=desk, at=at(8, 17), entry_id=way.pk, side="person", text="meldet sich")
    gone = leave.record_leave(
        actor=desk, at=at(8, 18), entry_id=way.pk, act=LeaveAct.STAYS_OPEN, words="überlegt noch", rights=list(leave.RIGHTS), call_at=at(10, days=2)
    )
    fact = facts.add_fact(
        actor=desk, at=at(8, 19), person_id=contact.person_id, entry_id=way.pk, kind=FactKind.WORK, since=TODAY - timedelta(days=31),
        what="Lager", source="sagt sie selbst",
    )  # fmt: skip
    asked = follow_up.record_follow_up(
        actor=desk, at=at(9, 32), person_id=contact.person_id, fact_id=fact.pk, result=FollowUpResult.NOT_REACHED, next_on=TODAY + timedelta(days=2)
    )
    closing = MonthClosing.objects.create(
        jobcenter_id=world.id, month=date(2026, 9, 1), data_state=date(2026, 11, 20), definition="2026-11", closed_at=at(8)
    )
    conversation.finish_talk(
        actor=desk, at=at(8, 20), entry_id=way.pk, next_step="Anruf", next_step_at=at(10, days=2), next_step_by_id=desk.id
    )
    handover = agreement.send_handover(
        actor=desk, at=at(8, 21), entry_id=way.pk, team_id=world.teams["placement"].pk, user_id=world.users["case_manager"].pk, summary="Zwei Sätze.", reason="Regel"
    )
    note = entry.shift_note(actor=world.actor("colleague"), at=at(8, 22), entry_id=way.pk, text="bitte anrufen")
    own = dates.add_own_application(actor=desk, at=at(8, 23), entry_id=way.pk, employer="Rotmilan", sent_on=TODAY)
    channel = people.set_channel(
        actor=desk, at=at(8, 24), person_id=contact.person_id, kind=ChannelKind.MOBILE, value="0171 39200 23", valid_from=TODAY
    )
    absence = org.enter_absence(
        actor=world.actor("operator"), at=at(8, 0), user_id=world.users["buyer"].pk, valid_from=TODAY + timedelta(days=30), valid_to=TODAY + timedelta(days=31)
    )
    outcome_case = benefits.record_application(
        actor=desk, at=at(8, 30), person_id=contact.person_id, asked_at=at(8, 30), channel=Channel.PHONE, anyway=True
    )
    outcome = benefits.record_outcome(
        actor=office, at=at(9, 30), application_id=outcome_case.pk, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    inquiry = audit.ask_accesses(
        actor=world.actor("data_protection"),
        at=at(9, 40),
        about=InquiryAbout.PERSON,
        about_id=contact.person_id,
        cause="Beschwerde vom Montag",
        first_day=TODAY,
        last_day=TODAY,
    )
    audit.answer_accesses(actor=world.actor("staff_council"), at=at(9, 41), inquiry_id=inquiry.pk, agree=True)
    seal = identity.seal_emergency(actor=world.actor("operator"), at=at(9, 42), password=identity.new_words())
    User.objects.filter(pk=world.users["buyer"].pk).update(reset_at=at(9, 42))
    group = identity.add_group_role(
        actor=world.actor("operator"), at=at(9, 42), group="jc-eingang", team_id=world.teams["via"].pk, role=Role.ENTRANCE
    )
    declared = benefits.declare(actor=desk, at=at(9, 31), application_id=application.pk, kind=DeclarationKind.WAIVER, signed_on=TODAY)
    run = RetentionRun.objects.create(
        jobcenter_id=world.id, asked_by=world.users["data_protection"], asked_at=at(8), checked_at=at(8, 1), as_of=TODAY, state="checked"
    )
    RetentionItem.objects.create(jobcenter_id=world.id, run=run, person_ids=[str(contact.person_id)], counts={"health": {"intake.Entry": 1}})
    hold = rights.hold(
        actor=world.actor("data_protection"), at=at(9, 42), person_id=contact.person_id, kind=HoldKind.COMPLAINT, cause="Zeichen 7", limit=False
    )
    wish = ErasureWish.objects.create(
        jobcenter_id=world.id, person_id=contact.person_id, state="granted", ground="not_needed", asked_by=world.users["data_protection"], asked_at=at(8),
        decided_by=world.users["director"], decided_at=at(9), goes=["health"], stays={"application": "task"}, counts={"health": {"intake.Entry": 1}},
    )  # fmt: skip
    return Case(
        contact.person_id,
        {
            "wish_id": wish.pk,
            "run_id": run.pk,
            "hold_id": hold.pk,
            "inquiry_id": inquiry.pk,
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
            "table_id": table.pk,
            "pay_id": paid.pk,
            "contradiction_id": contested.pk,
            "mapping_id": benefits.save_mapping(actor=world.actor("benefits"), at=at(), content={"name": "Probe"}).pk,
            "handed_id": handed.pk,
            "promise_id": promise.pk,
            "leave_id": gone.pk,
            "fact_id": fact.pk,
            "handover_id": handover.pk,
            "note_id": note.pk,
            "own_id": own.pk,
            "absence_id": absence.pk,
            "channel_id": channel.pk,
            "outcome_id": outcome.pk,
            "declaration_id": declared.pk,
            "follow_up_id": asked.pk,
            "closing_id": closing.pk,
            "seal_id": seal.pk,
            "group_role_id": group.pk,
            "api_access_id": machines.open_access(actor=world.actor("operator"), at=at(), name="Fachverfahren", token=machines.new_token()).pk,
            "housing_id": benefits.save_housing_limits(actor=office, at=at(), valid_from=TODAY, cold_cents=[48_000], source="Beschluss").pk,
            "factor_id": 0,
            "provider_id": "haus",
            "code": "work_started",
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


# --- what a row says
def _keys(row: dict[str, Any], field: str) -> frozenset[str]:
    value = row.get(field, "")
    return EVERYBODY if value == "all" else frozenset(value.split())


def _method(row: dict[str, Any]) -> str:
    return "GET" if "GET" in row else "POST"


OWN = frozenset({"entrance", "colleague", "coach", "via_lead", "benefits"})
# Who has something to do with the person of the case, by relation.
WITH: dict[str, frozenset[str]] = {
    "own": OWN,
    "other_team": frozenset({"other_team"}),
    "former": frozenset(),
    "substitute": OWN | {"other_team"},
    "restricted": frozenset({"colleague"}),
    "other_jobcenter": frozenset(),
}
REFUSED = frozenset({403, 404})
# Whoever may not read may not post either: tried by somebody of another team and by one of each kind of role.
SAMPLE = frozenset({"entrance", "other_team", "case_manager", "benefits", "operator", "controller"})
DONE = frozenset({200, 302, 422})


def _permitted(row: dict[str, Any]) -> frozenset[str]:
    """Who gets in if it is their person; ``other_team`` has the role of the entrance, in another team."""
    named = _keys(row, _method(row))
    return named | {"other_team"} if row.get("personal") and "entrance" in named else named


def _knows(row: dict[str, Any], who: str, relation: str) -> bool:
    """Whether the person of the case is one of theirs, or on the way to them (``reached``: the receiver of a hand-over)."""
    return who in WITH[relation] or (who in _keys(row, "reached") and relation not in {"restricted", "other_jobcenter"})


def _in(name: str, row: dict[str, Any], who: str, relation: str) -> bool:
    """Whether ``who`` gets in."""
    if who not in _permitted(row):
        return False
    if row.get("personal"):
        return _knows(row, who, relation)
    return relation != "other_jobcenter" or not dict(ADDRESSES)[name].pattern.converters.keys() & OBJECTS


def _right(row: dict[str, Any], who: str, status: int, *, inside: bool) -> bool:
    """Whoever may do such things, but not here, learns nothing by the answer: it is as if there were no such thing."""
    if inside:
        return status in DONE
    return status == 404 if who in _permitted(row) else status in REFUSED


# --- the relations
def _own(world: World, given: Case) -> None:
    """The team of the entrance and benefits are responsible; nothing to do."""


def _move(world: World, given: Case, kind: ResponsibilityKind, team: Team) -> None:
    held = Responsibility.objects.get(person=given.person, kind=kind, valid_to=None)
    held.valid_from = TODAY - timedelta(days=30)
    held.save()
    people.assign(
        actor=world.actor("via_lead"), at=at(9, 30), person_id=given.person, kind=kind, team_id=team.pk, valid_from=TODAY, reason="Umzug"
    )


def _other_team(world: World, given: Case) -> None:
    """Another entrance and other benefits are responsible from today; ours were until yesterday."""
    _move(world, given, ResponsibilityKind.ENTRANCE, world.teams["via2"])
    other = Team.objects.create(jobcenter=world.jobcenter, name="Leistung Herzberg", specialisation=Specialisation.BENEFITS)
    _move(world, given, ResponsibilityKind.BENEFITS, other)


def _former(world: World, given: Case) -> None:
    """Everybody's responsibility ended yesterday."""
    for held in Responsibility.objects.filter(person=given.person).order_by("id"):
        held.valid_from = TODAY - timedelta(days=30)
        held.save()
        people.release(actor=world.actor("via_lead"), at=at(9, 30), responsibility_id=held.pk, last_day=TODAY - timedelta(days=1))


def _substitute(world: World, given: Case) -> None:
    """Somebody of another team covers the entrance; an employer service covers the coach and gets no new role by it."""
    for away, cover in (("entrance", "other_team"), ("coach", "employer_service")):
        org.enter_absence(
            actor=world.actor("operator"), at=at(8, 0), user_id=world.users[away].pk, substitute_id=world.users[cover].pk,
            valid_from=TODAY, valid_to=TODAY,
        )  # fmt: skip


def _restricted(world: World, given: Case) -> None:
    """Only the colleague is named."""
    people.restrict(
        actor=world.actor("colleague"), at=at(9, 30), person_id=given.person, kind=RestrictionKind.PROTECTED, ask="Schutzstelle"
    )


RELATIONS: dict[str, Callable[[World, Case], None]] = {
    "own": _own,
    "other_team": _other_team,
    "former": _former,
    "substitute": _substitute,
    "restricted": _restricted,
    "other_jobcenter": _own,
}


# --- trying
class Undo(Exception):
    """Takes back what a try has changed."""


@dataclass
class Answer:
    """What came back; ``shows_name`` reads pages, papers and tables alike."""

    status: int
    shows_name: bool


def _words(reply: Any) -> str:
    """What a reader of the answer sees."""
    content = b"".join(reply.streaming_content) if reply.streaming else reply.content
    kind = reply.headers.get("Content-Type", "")
    if kind.startswith("application/pdf"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if "spreadsheet" in kind:
        sheets = load_workbook(io.BytesIO(content), read_only=True).worksheets
        return " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    return content.decode() if kind.startswith("text/") else ""


def _try(client: Client, name: str, row: dict[str, Any], given: Case, method: str) -> Answer:
    """One request; nothing of it stays."""
    url = _url(name, given)
    data = {key: str(given.ids.get(value, value)) for key, value in row.get("data", {}).items()} if method == _method(row) else {}
    found: list[Answer] = []
    try:
        with transaction.atomic():
            reply = client.post(url, data) if method == "POST" else client.get(url)
            found.append(Answer(reply.status_code, NAME in _words(reply)))
            raise Undo
    except Undo:
        return found[0]


def _clients(world: World) -> dict[str, Client]:
    clients = {}
    for who in STAFF:
        clients[who] = Client()
        clients[who].force_login(world.users[who])
    return clients


@pytest.mark.timeout(300)
@pytest.mark.parametrize("relation", ["own", "restricted"])
def test_every_row_for_every_login(world: World, relation: str) -> None:
    """Who gets in with their own people and with a protected one; a name only where the table says so."""
    try_every_row(world, relation)


@pytest.mark.one_database
@pytest.mark.timeout(300)
@pytest.mark.parametrize("relation", [r for r in RELATIONS if r not in {"own", "restricted"}])
def test_every_row_in_the_other_relations(world: World, relation: str) -> None:
    """The same for people of other teams, of former ones, of whom one covers, of another Jobcenter: the same queries decide."""
    try_every_row(world, relation)


def try_every_row(world: World, relation: str) -> None:
    """Try the whole table; in no relation does a refusal carry the name."""
    given = case(world)
    others = world
    if relation == "other_jobcenter":
        with scopes_disabled():
            others = make("anderswo-")
    RELATIONS[relation](world, given)
    with scope(jobcenter=others.id):
        clients = _clients(others)
    wrong = []
    for name, row in sorted(TABLE.items()):
        if row.get("open") or row.get("token"):
            continue
        method = _method(row)
        if relation not in {"own", "other_jobcenter"} and not (row.get("personal") or row.get("names")):
            # Nothing of the person in it: tried in "own".
            continue
        for who in STAFF:
            if who not in _permitted(row) and (relation != "own" or connection.vendor != "sqlite"):
                # Refused by role before the person is looked up: whatever the person and the database, tried once, in "own".
                continue
            inside = _in(name, row, who, relation)
            answer = _try(clients[who], name, row, given, method)
            if not _right(row, who, answer.status, inside=inside):
                wrong.append(f"{name} {method} {who}: {answer.status}, {'should get in' if inside else 'should not get in'}")
            shown = row.get("names", bool(row.get("personal"))) and relation != row.get("leaves_out")
            if method == "GET" and answer.shows_name != (inside and shown and _knows(row, who, relation)):
                wrong.append(f"{name} {who}: the name is {'' if answer.shows_name else 'not '}there")
            if not inside and answer.shows_name:
                wrong.append(f"{name} {method} {who}: a refusal carries the name")
            if not inside and method == "GET" and who in SAMPLE and (posted := _try(clients[who], name, row, given, "POST")).status not in REFUSED | {405}:
                wrong.append(f"{name} POST {who}: {posted.status} although reading is refused")
    assert wrong == [], "\n".join(wrong)


def test_rows_speak_of_logins_that_exist_and_say_one_method() -> None:
    for name, row in TABLE.items():
        assert {"GET", "POST"} & row.keys(), name
        assert not {"GET", "POST"} <= row.keys(), name
        for field in ("GET", "POST", "reached"):
            assert _keys(row, field) <= EVERYBODY, f"{name}: {field}"
        assert row.keys() <= {"GET", "POST", "open", "answers", "forwarded", "token", "personal", "names", "leaves_out", "reached", "data", "with", "unlogged"}, name


def test_nobody_gets_in_without_logging_in(world: World, client: Client) -> None:
    given = case(world)
    for name, row in TABLE.items():
        answer = client.post(_url(name, given)) if "POST" in row else client.get(_url(name, given))
        if row.get("forwarded"):
            assert client.get(_url(name, given), headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401, name
        if row.get("open"):
            assert answer.status_code == row.get("answers", 200), name
            continue
        if row.get("token"):
            assert answer.status_code == 401, name
            continue
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("account_login")), name


def test_an_open_file_is_logged(world: World, client: Client) -> None:
    """Every page of a person leaves who opened it; rows say by ``unlogged`` why one does not."""
    given = case(world)
    clients = _clients(world)
    missing = []
    for name, row in sorted(TABLE.items()):
        if not row.get("personal") or "GET" not in row or row.get("unlogged"):
            continue
        who = next(w for w in sorted(OWN) if w in _keys(row, "GET"))
        before = AccessEvent.objects.count()
        clients[who].get(_url(name, given))
        if not any(str(given.person) in e.person_ids for e in AccessEvent.objects.order_by("-id")[: AccessEvent.objects.count() - before]):
            missing.append(name)
    assert missing == []


def test_benefits_never_reads_placement_notes(world: World, client: Client) -> None:
    given = case(world)
    client.force_login(world.users["benefits"])
    for name, row in sorted(TABLE.items()):
        if "benefits" not in _keys(row, "GET"):
            continue
        answer = client.get(_url(name, given))
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        words = answer.content.decode()
        for word in ("Lagerhelfer", "Zwei Sätze", "überlegt noch", "meldet sich", "bitte anrufen"):
            assert word not in words, name


@pytest.mark.one_database
def test_no_title_and_no_address_carries_a_name(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A marked name passes every page; titles, addresses, file names and logs stay without it."""
    given = case(world)
    clients = _clients(world)
    caplog.set_level("DEBUG")
    for name, row in sorted(TABLE.items()):
        url = _url(name, given)
        assert NAME not in url
        # Whoever is responsible reads it; of lists without them, the first who may.
        readers = sorted(_keys(row, "GET"))
        for who in [w for w in readers if w in {"entrance", "via_lead", "benefits"}] or readers[:1]:
            answer = clients[who].get(url)
            assert NAME not in str(answer.headers), name
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                title = answer.content.decode().split("<title>")[1].split("</title>")[0]
                assert NAME not in title, name
                links = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
                assert not [link for link in links if NAME.lower() in link.lower()], name
                # A form that asks for a name and gets a page by it would write the name into the address.
                forms = re.findall(r'<form[^>]*method="get".*?</form>', answer.content.decode(), re.DOTALL)
                assert name in {"jobs:list", "privacy:fields"} or not [form for form in forms if 'type="text"' in form or 'name="q"' in form], name
    said = "\n".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records if not r.name.startswith("django.db"))
    assert NAME not in said


def test_objects_are_the_ones_meant(world: World) -> None:
    given = case(world)
    assert Application.objects.filter(pk=given.ids["application_id"], applicant=given.person).exists()
    assert Vacancy.objects.filter(pk=given.ids["vacancy_id"]).exists()


@pytest.mark.timeout(600)
@pytest.mark.one_database
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
