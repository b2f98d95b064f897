"""Figures from the tables beside figures from rows read one by one; closing, correcting, cases within rights."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import AccessSeal, Event
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Decision,
    Delivery,
    Integration,
    MonthlyAmount,
    Receipt,
)
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.models import AnswerSet, Booking, Conversation, Entry, Fact, FirstContact, HandedVacancy, Leave
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Person, PersonLink
from hilfefrei.apps.people.workflows import MemberRole, RestrictionKind
from hilfefrei.apps.reporting.domain import month as verbs
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.apps.reporting.queries import month as queries
from hilfefrei.core.days import berlin_day
from hilfefrei.core.indicators import definitions, month
from hilfefrei.core.indicators.definitions import Value
from hilfefrei.core.indicators.month import Frame, Tables
from hilfefrei.core.indicators.tables import LIVING, table_of
from hilfefrei.core.periods import age_on, last_of_month
from tests import desk
from tests.apps.reporting.world import STATE, build, deliver, person
from tests.world import TODAY, World, at

NOW = at()
OCTOBER = date(2026, 10, 1)


def housing_by_hand() -> list[tuple[date, int, int]]:
    rows = list(MonthlyAmount.objects.order_by("id"))
    months = sorted({row.month for row in rows})
    return [(m, sum(r.luh_cents > 0 for r in rows if r.month == m), sum(r.luh_cents for r in rows if r.month == m)) for m in months]


def by_hand() -> Tables:
    """The same tables, row by row, from what stands in the objects."""
    receipts = list(Receipt.objects.order_by("id"))
    applicants = {m.benefit_unit_id: m.person_id for m in Membership.objects.filter(role="applicant").order_by("id")}
    unit_of = {m.person_id: m.benefit_unit_id for m in Membership.objects.order_by("id")}
    applications, beside, asked = [], [], []
    for application in Application.objects.order_by("id"):
        outcome = application.outcomes.filter(revoked_at=None).order_by("id").first()
        applications.append(
            (str(application.pk), berlin_day(application.asked_at), outcome.decided_on if outcome else None, outcome.kind if outcome else None)
        )
        asked.append((str(application.applicant_id), berlin_day(application.asked_at)))
        for way in Entry.objects.filter(application=application).order_by("id"):
            for fact in Fact.objects.filter(person=way.person, revoked_at=None).order_by("id"):
                contact = berlin_day(way.since)
                begins = contact.replace(day=1) if fact.kind.startswith("benefit") else contact
                if fact.since >= begins:
                    beside.append((str(application.pk), fact.kind, fact.since, fact.until))
    asked += [(str(applicants[d.benefit_unit_id]), d.decided_on) for d in Decision.objects.exclude(kind="granted").order_by("id")]
    starts, living = [], []
    for fact in Fact.objects.filter(revoked_at=None).order_by("id"):
        head = str(applicants[unit_of[fact.person_id]])
        if fact.kind in {"work", "training"}:
            how = "placed" if fact.through_us else "own" if fact.through_us is False else "unknown"
            starts.append((str(fact.person_id), fact.since, fact.kind, how))
        if fact.kind in {"work", "training", "benefit_pays", "alg_claim"}:
            living.append((head, "own" if fact.kind == "work" else "other", fact.since, fact.until))
    for row in Integration.objects.order_by("id"):
        head = str(applicants[unit_of[row.person_id]])
        if row.kind in {"insured", "own", "training"}:
            kind = "training" if row.kind == "training" else "work"
            starts.append((str(row.person_id), row.started_on, kind, row.way))
            living.append((head, "own" if kind == "work" else "other", row.started_on, row.ended_on))
    for row in receipts:
        source = {"work": "own", "partner_work": "own", "training": "other", "income": "other", "pension": "other"}.get(row.end_reason)
        if source and row.ends:
            living.append((str(applicants[row.benefit_unit_id]), source, row.ends + timedelta(days=1), row.ends + timedelta(days=366)))
    ways, leaves, followed = [], [], []
    for way in Entry.objects.order_by("id"):
        talk = way.conversations.order_by("started_at", "id").first()
        held = talk is not None and (way.answers.exists() or bool(way.next_step))
        ways.append(
            (
                str(way.pk), way.since, berlin_day(way.since), way.first_offer_at,
                berlin_day(way.first_offer_at) if way.first_offer_at else None, talk.started_at if held and talk else None,
            )
        )  # fmt: skip
    for leave in Leave.objects.order_by("id"):
        day, who = berlin_day(leave.at), leave.entry.person
        years = age_on(who.birth_date, day) if who.birth_date else None
        age = "unknown" if years is None else "u25" if years < 25 else "25_54" if years < 55 else "o55"
        groups = [
            f"act:{leave.act}", f"sex:{'x' if who.sex == 'd' else who.sex}", f"language:{'de' if who.language == 'de' else 'other'}",
            f"age:{age}", f"channel:{'in_person' if leave.entry.first_contact.channel == 'in_person' else 'other'}",
        ]  # fmt: skip
        leaves += [(str(leave.pk), day, group) for group in groups]
        followed += [(str(leave.pk), day, name, day) for name, is_so in (
            ("looked", leave.second_at), ("called", leave.calls), ("may_call", leave.may_call), ("back", leave.revoked_at)) if is_so]  # fmt: skip
    marks = []
    for first in queries.all_months(NOW):
        end = min(last_of_month(first), TODAY)
        after = end + timedelta(days=1)
        marks.append((first, end, min(NOW, datetime(after.year, after.month, after.day, tzinfo=intake.BERLIN) - timedelta(microseconds=1))))
    return Tables(
        months=table_of(month.MONTHS, marks),
        persons=table_of(month.STRETCHES, [(str(r.person_id), r.starts, r.ends, r.end_reason) for r in receipts]),
        units=table_of(month.STRETCHES, [(str(r.benefit_unit_id), r.starts, r.ends, r.end_reason) for r in receipts]),
        ways=table_of(month.WAYS, ways),
        applications=table_of(month.APPLICATIONS, applications),
        beside=table_of(month.BESIDE, beside),
        starts=table_of(month.STARTS, starts),
        asked=table_of(month.ASKED, asked),
        heads=table_of(month.HEADS, [(str(p),) for p in set(applicants.values())]),
        living=table_of(LIVING, living),
        amounts=table_of(month.AMOUNTS, housing_by_hand()),
        leaves=table_of(month.LEAVES, leaves),
        followed=table_of(month.FOLLOWED, followed),
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.one_database
def test_the_tables_read_in_bulk_are_those_read_row_by_row(world: World, seed: int) -> None:
    build(world, seed)
    held, (tables, frame) = by_hand(), queries.gather(world.id, queries.all_months(NOW), NOW)
    first_way = Entry.objects.order_by("since").first()
    via = berlin_day(first_way.since) if first_way else None
    known = via is not None and any(d.kind != "granted" and d.decided_on < via for d in Decision.objects.order_by("id"))
    assert frame == Frame(STATE, date(2024, 12, 1), via, "NI", (via or TODAY).replace(day=1), known, via)
    for name in Tables.__slots__:
        ours, other = getattr(tables, name).to_pyarrow().to_pylist(), getattr(held, name).to_pyarrow().to_pylist()
        def key(row: dict[str, Any]) -> str:
            return repr(sorted(row.items()))
        if name in {"asked", "heads"}:
            ours, other = ({key(r): r for r in rows}.values() for rows in (ours, other))
        assert sorted(ours, key=key) == sorted(other, key=key), name


def test_the_report_is_computed_from_these_tables_and_says_so(world: World) -> None:
    build(world, 4)
    found = {(v.code, v.month, v.part): v for v in queries.live(world.id, NOW).values}
    _, frame = queries.gather(world.id, queries.all_months(NOW), NOW)
    other = month.compute(by_hand(), frame, queries.all_months(NOW), definitions.load())
    assert found == {(v.code, v.month, v.part): v for v in other}
    stock = sum(r.starts <= date(2026, 10, 31) and (r.ends is None or r.ends >= date(2026, 10, 31)) for r in Receipt.objects.order_by("id"))
    assert found["stock_persons", OCTOBER, ""].numerator == stock > 0
    shown = queries.report(world.id, OCTOBER, NOW)
    assert (shown.data_state, shown.as_of, shown.closing, shown.name) == (STATE, date(2026, 10, 31), None, "Oktober 2026")


def test_the_month_at_the_entrance_and_the_report_count_alike(world: World) -> None:
    for name in ("Eins", "Zwei", "Drei"):
        desk.talking(world, desk.applicant(world, "Rita", name))
    page = {step.key: step.count for step in intake.month(world.actor(), NOW).steps}
    found = {(v.code, v.part): v for v in queries.live(world.id, NOW).values if v.month == date(2026, 11, 1)}
    assert (found["contacts", ""].numerator, found["talks", ""].numerator) == (page["contact"], page["talk"]) == (3, 0)
    assert found["applications", ""].numerator == 3
    speed = intake.month(world.actor(), NOW).speed
    assert speed is not None
    assert found["hours_median", ""].value == pytest.approx(speed.median, abs=1e-3)
    assert ("stock_persons", "") not in found


def test_reading_costs_as_many_queries_for_many_as_for_few(world: World) -> None:
    build(world, 1, people=4)
    with CaptureQueriesContext(connection) as few:
        queries.gather(world.id, [OCTOBER], NOW)
    first = len(few.captured_queries)
    other = [person(world, n) for n in range(50, 90)]
    type(other[0]).objects.bulk_create(other)
    unit = Receipt.objects.order_by("id").values_list("benefit_unit_id", flat=True).first() or Membership.objects.order_by("id")[0].benefit_unit_id
    Receipt.objects.bulk_create(Receipt(jobcenter_id=world.id, person=p, benefit_unit_id=unit, starts=date(2026, 1, 1)) for p in other)
    with CaptureQueriesContext(connection) as many:
        queries.gather(world.id, [OCTOBER], NOW)
    assert len(many.captured_queries) == first


# -- closing --------------------------------------------------------------------------------------------------------------
def close(world: World, first: date = OCTOBER, who: str = "controller", **more: Any) -> MonthClosing:
    return verbs.close_month(actor=world.actor(who), at=NOW, month=first, **more)


def test_a_month_is_not_closed_on_what_tells_nothing_of_receipt(world: World) -> None:
    build(world, 2)
    Delivery.objects.update(as_of=date(2026, 10, 31))
    deliver(world, date(2026, 11, 20), "teilnahmen", "personen")
    assert queries.report(world.id, OCTOBER, NOW).data_state == date(2026, 10, 31)
    with pytest.raises(Refused) as caught:
        close(world)
    assert caught.value.code == "too_early"


def test_a_closed_month_keeps_what_was_told_and_a_correction_shows_both(world: World) -> None:
    build(world, 2)
    closing = close(world)
    assert (closing.data_state, closing.month) == (STATE, OCTOBER)
    kept = MonthFigure.objects.filter(closing=closing).count()
    assert kept == sum(v.month == OCTOBER for v in queries.live(world.id, NOW).values)
    assert queries.late(world.id, closing, NOW) == []
    before = queries.told(world.id, NOW).values["stock_persons", OCTOBER, ""]
    new = person(world, 400)
    new.save()
    unit = Membership.objects.order_by("id")[0].benefit_unit_id
    Receipt.objects.create(jobcenter_id=world.id, person=new, benefit_unit_id=unit, starts=date(2026, 10, 2))
    people.create_person(actor=world.actor(), at=NOW, first_name="Uwe", last_name="Kieselstein")
    # What was told does not move.
    assert queries.told(world.id, NOW).values["stock_persons", OCTOBER, ""] == before
    late = {(c.code, c.part): c for c in queries.late(world.id, closing, NOW)}
    assert late["stock_persons", ""].new.numerator == (before.numerator or 0) + 1
    with pytest.raises(Refused, match="in einem Satz"):
        verbs.correct_month(actor=world.actor("controller"), at=NOW, closing_id=closing.pk, reason=" ")
    verbs.correct_month(actor=world.actor("controller"), at=NOW, closing_id=closing.pk, reason="Nachlieferung vom 23.11.", version=1)
    assert queries.late(world.id, closing, NOW) == []
    told = next(c for c in queries.corrections(closing) if c.code == "stock_persons")
    assert (told.old.numerator, told.new.numerator) == (before.numerator, (before.numerator or 0) + 1)
    assert (told.who, told.reason) == ("Uta Zaunkoenig", "Nachlieferung vom 23.11.")
    assert Event.objects.filter(verb="month.corrected").count() == 1
    with pytest.raises(Refused, match="dasselbe"):
        verbs.correct_month(actor=world.actor("controller"), at=NOW, closing_id=closing.pk, reason="noch einmal")
    with pytest.raises(Stale):
        verbs.correct_month(actor=world.actor("controller"), at=NOW, closing_id=closing.pk, reason="alt", version=1)


@pytest.mark.parametrize(
    ("first", "state", "words"),
    [
        (date(2026, 11, 1), STATE, "noch nicht zu Ende"),
        (OCTOBER, None, "noch keine Lieferung"),
        (OCTOBER, date(2026, 11, 7), "08.11.2026"),
        (date(2020, 1, 1), STATE, "zu weit zurück"),
    ],
)
def test_a_month_is_closed_only_when_it_can_be(world: World, first: date, state: date | None, words: str) -> None:
    if state:
        deliver(world, state)
    with pytest.raises(Refused, match=words):
        close(world, first)
    assert not MonthClosing.objects.exists()


def test_who_closes_and_only_once(world: World) -> None:
    deliver(world, date(2026, 11, 8))
    for who in ("director", "entrance", "via_lead", "bca"):
        with pytest.raises(Forbidden):
            close(world, who=who)
    close(world)
    with pytest.raises(Refused, match="schon abgeschlossen"):
        close(world)


def test_figures_are_computed_again_only_for_what_they_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind that is named as unread is one that exists, and nothing the figures read is among them."""
    kinds = {m._meta.label_lower for m in apps.get_models()}
    read = (
        Receipt, Membership, Decision, Entry, Fact, Integration, FirstContact, Application, ApplicationOutcome, MonthlyAmount, Leave, Jobcenter,
        Delivery, PersonLink, Person, Conversation, AnswerSet, Booking, HandedVacancy,
    )  # fmt: skip
    assert set(queries._UNREAD) <= kinds - {m._meta.label_lower for m in read}
    world.person("Uwe", "Kieselstein")
    ran: list[bool] = []
    monkeypatch.setattr(queries.month, "compute", lambda *_: ())
    monkeypatch.setattr(queries.month, "tally", lambda *_: {})
    monkeypatch.setattr(queries.month, "fingerprint", lambda *_: "")
    monkeypatch.setattr(queries, "gather", lambda *_: (ran.append(True), None))
    queries.live(world.id, NOW)
    with audit.bulk(world.actor(), NOW) as ledger:
        ledger.event("access.sealed", AccessSeal(pk=world.id))
    queries.live(world.id, NOW)
    assert len(ran) == 1
    world.person("Ida", "Kieselstein")
    queries.live(world.id, NOW)
    assert len(ran) == 2


def test_what_is_counted_slowly_is_counted_again_when_its_inputs_move(world: World) -> None:
    build(world, 2)
    queries.live(world.id, NOW)

    def both() -> tuple[set[Value], set[Value]]:
        tables, frame = queries.gather(world.id, queries.all_months(NOW), NOW)
        return set(queries.live(world.id, NOW).values), set(month.compute(tables, frame, queries.all_months(NOW), definitions.load()))

    before, _ = both()
    world.person("Ida", "Kieselstein")
    assert both() == (before, before)
    assert len({month.fingerprint(*queries.gather(world.id, queries.all_months(NOW), NOW)) for _ in range(3)}) == 1
    late = Receipt.objects.filter(ends=None).order_by("id")[0]
    Receipt.objects.filter(pk=late.pk).update(ends=date(2026, 10, 12), end_reason="work")
    world.person("Uwe", "Kieselstein")
    ours, right = both()
    assert ours == right != before


# -- what readers see -----------------------------------------------------------------------------------------------------
def test_cases_are_those_whom_the_reader_may_open(world: World) -> None:
    deliver(world)
    mine, other = world.person("Jana", "Silberdistel"), world.person("Ole", "Bachkiesel", team="via2")
    shut = world.person("Elsbeth", "Steinbrech")
    people.restrict(
        actor=world.actor("benefits"), at=NOW, person_id=shut.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle"
    )
    unit_id = _unit(world)
    for who in (mine, other, shut):
        Receipt.objects.create(jobcenter_id=world.id, person=who, benefit_unit_id=unit_id, starts=date(2026, 10, 5))
    figure = definitions.load().figures["stock_persons"]
    seen = {who: [c.person.pk for c in queries.cases(world.actor(who), figure, OCTOBER, "", NOW)] for who in ("entrance", "other_team", "controller", "bca")}
    assert seen == {"entrance": [mine.pk], "other_team": [other.pk], "controller": [], "bca": []}


@pytest.mark.parametrize("code", ["stock_persons", "stock_units"])
def test_behind_a_number_may_stand_more_people_than_one_question_takes(world: World, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    deliver(world)
    mine = world.person("Jana", "Silberdistel")
    unit_id = _unit(world)
    Membership.objects.create(jobcenter_id=world.id, person=mine, benefit_unit_id=unit_id, role=MemberRole.APPLICANT, valid_from=TODAY)
    figure = definitions.load().figures[code]
    key = mine.pk if figure.cases == "person" else unit_id
    monkeypatch.setattr(month.Engine, "behind", lambda *_: [*(str(uuid4()) for _ in range(70_000)), str(key)])
    assert [c.person.pk for c in queries.cases(world.actor(), figure, OCTOBER, "", NOW)] == [mine.pk]


def _unit(world: World) -> Any:
    from hilfefrei.apps.people.models import BenefitUnit

    return BenefitUnit.objects.create(jobcenter_id=world.id, created_at=NOW).pk


def test_benefits_see_no_cases_from_placement(world: World) -> None:
    known = definitions.load().figures
    lead = world.actor("benefits")
    assert queries.may_see_cases(lead, known["stock_persons"])
    assert not any(queries.may_see_cases(lead, known[code]) for code in ("contacts", "work_started", "own_3", "leaves"))


def test_small_numbers_leave_the_module_as_words(world: World) -> None:
    figure = definitions.load().figures["exits_persons"]
    said = definitions.tell([Value("exits_persons", OCTOBER, "", 4.0, 4), Value("exits_persons", OCTOBER, "death", 4.0, 4)])
    lines = queries.show(figure, said).lines
    assert [(line.text, line.number, line.value) for line in lines] == [("unter 10 oder gesperrt", None, None)] * 2


def test_caseload_is_of_today_and_for_leads_of_their_team(world: World) -> None:
    who = world.person("Jana", "Silberdistel")
    from hilfefrei.apps.people.models import Responsibility

    Responsibility.objects.filter(person=who).update(user=world.users["entrance"])
    everywhere = queries.caseload(world.actor("director"), NOW)
    assert [(line.team, line.post, line.people) for line in everywhere] == [("ViA-Team", "Stelle 1", 1)]
    assert queries.caseload(world.actor("placement_lead"), NOW) == []
    assert len(queries.caseload(world.actor("via_lead"), NOW)) == 1
    for who_not in ("entrance", "bca", "data_protection", "staff_council"):
        assert queries.caseload(world.actor(who_not), NOW) == []


def test_no_figure_groups_by_who_works_here() -> None:
    """Rule 8: no definition, no table and no kept row names a colleague; caseload today is no figure of the month."""
    words = ("user", "staff", "by_id", "taken_by", "colleague", "officer", "position")
    known = definitions.load()
    for figure in known.figures.values():
        assert not any(word in part for part in (*figure.groups, figure.code) for word in words), figure.code
    shapes = [month.STRETCHES, month.WAYS, month.APPLICATIONS, month.BESIDE, month.STARTS, month.ASKED, month.AMOUNTS, month.LEAVES, month.FOLLOWED]
    assert not any(word in column for shape in shapes for column in shape for word in words)
    assert {f.name for f in MonthFigure._meta.get_fields()} == {
        "id", "jobcenter", "closing", "code", "part", "value", "numerator", "denominator", "as_of", "data_state", "definition", "told_at",
        "told_by", "reason", "replaced_at",
    }  # fmt: skip
    assert "caseload" not in known.figures
