"""Facts of a calculation: nothing is overwritten, each month is decided by the facts that begin last, late ones show what they change."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits import calculated
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Basis, Calculation
from hilfefrei.apps.benefits.workflows import FactSource
from hilfefrei.core import claim_sheet
from hilfefrei.core.law import claims, from_json
from tests import desk
from tests.world import World, at


@pytest.fixture
def person(world: World) -> Any:
    return desk.applicant(world, "Jana", "Silberdistel").person


def household(wage: int = 0, **more: Any) -> dict[str, Any]:
    return {"persons": [{"id": "a", "birth": "1992-04-12", "wage": wage}], "housing": {"rent": 400}, **more}


def keep(world: World, person: Any, first: date, wage: int = 0, **more: Any) -> Basis:
    given = {"household": household(wage), "source": FactSource.PERSON, "who": "entrance", "when": at()} | more
    return benefits.keep_basis(actor=world.actor(given.pop("who")), at=given.pop("when"), person_id=person.pk, valid_from=first, **given)


def months(basis: Basis) -> list[tuple[str, int | None, int | None]]:
    """Month, claim, difference to what counted before, in cents."""
    return [(f"{one.new.month:%m}", one.new.claim_cents, one.difference) for one in calculated.months_of(basis)]


def test_a_claim_keeps_facts_law_and_lines(world: World, person: Any) -> None:
    basis = keep(world, person, date(2026, 6, 20), 900)
    assert (basis.number, basis.valid_from, basis.household["persons"][0]["wage"]) == (1, date(2026, 6, 1), 900)
    rows = list(basis.calculations.order_by("month"))
    assert [row.month.month for row in rows] == [6, 7, 8, 9, 10, 11]
    assert [row.benefit for row in rows[:2]] == ["Bürgergeld", "Grundsicherungsgeld"]
    assert rows[0].law_state != rows[1].law_state
    assert rows[0].law_sum == claim_sheet.fingerprint(rows[0].month)
    again = claims([from_json(basis.household, day=rows[5].month)])[0].units[0]
    assert rows[5].claim_cents == again.claim
    assert rows[5].result["need"] == again.need
    assert [step.amount for step in calculated.steps_of(rows[5]) if step.group == "claim" and step.result] == [again.claim]


def test_the_first_year_in_the_dwelling_runs_from_the_application(world: World, person: Any) -> None:
    assert keep(world, person, date(2026, 12, 1)).household["housing"] == {"rent": 400, "benefits_since": "2026-11-01"}
    assert keep(world, person, date(2026, 8, 1)).household["housing"]["benefits_since"] == "2026-08-01"
    said = keep(world, person, date(2026, 12, 1), household=household(housing={"rent": 1, "benefits_since": "2025-03-01"}))
    assert said.household["housing"]["benefits_since"] == "2025-03-01"


def test_a_late_fact_changes_its_months_and_shows_by_how_much(world: World, person: Any) -> None:
    first = keep(world, person, date(2026, 9, 1))
    late = keep(world, person, date(2026, 10, 1), 900)
    told = months(late)
    assert [month for month, _, _ in told] == ["10", "11"]
    assert all(difference is not None and difference < 0 for _, _, difference in told)
    assert [one.counts for one in calculated.months_of(first)] == [True, False, False]
    assert Basis.objects.get(pk=first.pk).household == first.household
    assert Calculation.objects.count() == 5


def test_facts_of_earlier_months_leave_later_ones_alone(world: World, person: Any) -> None:
    keep(world, person, date(2026, 10, 1))
    earlier = keep(world, person, date(2026, 8, 1), 600)
    assert months(earlier) == [("08", earlier.calculations.get(month=date(2026, 8, 1)).claim_cents, None), ("09", earlier.calculations.get(month=date(2026, 9, 1)).claim_cents, None)]
    ended = keep(world, person, date(2026, 10, 1), 100, valid_to=date(2026, 10, 15))
    assert ended.valid_to == date(2026, 10, 31)
    assert [month for month, _, _ in months(ended)] == ["10"]


def test_a_mistake_is_taken_back_and_stays_to_be_seen(world: World, person: Any) -> None:
    keep(world, person, date(2026, 10, 1))
    wrong = keep(world, person, date(2026, 11, 1), 2000)
    benefits.revoke_basis(actor=world.actor("entrance"), at=at(10), basis_id=wrong.pk, reason="falscher Haushalt")
    assert [one.counts for one in calculated.months_of(Basis.objects.get(pk=wrong.pk))] == [False]
    third = keep(world, person, date(2026, 11, 1), 100, when=at(11))
    [month] = calculated.months_of(third)
    assert month.old is not None
    assert month.old.basis.number == 1
    with pytest.raises(Refused, match="warum"):
        benefits.revoke_basis(actor=world.actor("entrance"), at=at(10), basis_id=third.pk, reason=" ")


def test_taking_back_works_out_what_nobody_had_worked_out(world: World, person: Any) -> None:
    first = keep(world, person, date(2026, 11, 1), valid_to=date(2026, 11, 30))
    benefits.revoke_basis(actor=world.actor("entrance"), at=at(10), basis_id=first.pk, reason="x")
    over = keep(world, person, date(2026, 11, 1), 1000)
    under = keep(world, person, date(2026, 10, 1))
    assert [month for month, _, _ in months(under)] == ["10"]
    benefits.revoke_basis(actor=world.actor("entrance"), at=at(10), basis_id=over.pk, reason="x")
    assert [month for month, _, _ in months(under)] == ["10", "11"]


def test_facts_to_come_have_their_first_month(world: World, person: Any) -> None:
    assert [month for month, _, _ in months(keep(world, person, date(2026, 12, 1)))] == ["12"]
    # The law of then is not known: the facts are kept, nothing is guessed.
    assert months(keep(world, person, date(2027, 6, 1))) == []


@pytest.mark.parametrize(
    ("first", "more", "code", "field"),
    [
        (date(2021, 12, 1), {}, "law", "valid_from"),
        (date(2026, 11, 1), {"valid_to": date(2026, 10, 31)}, "period", "valid_to"),
        (date(2026, 11, 1), {"household": {"persons": []}}, "household", "persons"),
        (date(2026, 11, 1), {"household": household(rent=3)}, "household", "rent"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(world: World, person: Any, first: date, more: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as told:
        keep(world, person, first, **more)
    assert (told.value.code, told.value.field) == (code, field)
    assert Basis.objects.count() == 0


def test_twice_pressed_is_once_and_in_between_is_seen(world: World, person: Any) -> None:
    op = uuid4()
    one, two = (keep(world, person, date(2026, 11, 1), op=op, version=0) for _ in range(2))
    assert one.pk == two.pk
    with pytest.raises(Stale) as told:
        keep(world, person, date(2026, 11, 1), version=0)
    assert told.value.current.pk == one.pk
    assert keep(world, person, date(2026, 11, 1), version=1).number == 2


def test_who_may_take_no_papers_may_take_no_facts(world: World, person: Any) -> None:
    for who in ("via_lead", "controller", "operator", "director"):
        with pytest.raises(Forbidden):
            keep(world, person, date(2026, 11, 1), who=who)


def test_the_event_names_no_fact(world: World, person: Any) -> None:
    basis = keep(world, person, date(2026, 11, 1), 777)
    event = Event.objects.get(verb="basis.kept")
    assert (event.object_id, event.subject_id) == (basis.pk, person.pk)
    assert "777" not in str(EventPayload.objects.get(event_id=event.pk).data)
