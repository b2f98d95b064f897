"""The sheet of a calculation: both end points, who pays what, what changes, and facts that come back as they went."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core import claim_sheet
from hilfefrei.core.claim_sheet import Change, changed, of, payers
from hilfefrei.core.law import Household, UnknownDayError, documents, from_json

DAY = date(2026, 9, 1)


def family(**more: Any) -> Household:
    """A couple with two children, 700 euros warm, as in the design."""
    return from_json(
        {
            "persons": [
                {"id": "a", "birth": "1990-01-01", "partner": "b", "wage": 520, "tax_class": 3}, {"id": "b", "birth": "1991-01-01", "partner": "a"},
                {"id": "c", "birth": "2015-01-01", "parents": ["a", "b"]}, {"id": "d", "birth": "2021-03-12", "parents": ["a", "b"]},
            ],
            "housing": {"rent": 500, "service_charges": 100, "heating": 100}, "rent_level": 3,
            **more,
        },
        day=DAY,
    )  # fmt: skip


@pytest.fixture(scope="module")
def sheet() -> claim_sheet.Sheet:
    return of(family(), Change(earner="a", wage=266_800))


def test_the_two_sides_add_up(sheet: claim_sheet.Sheet) -> None:
    for one in (sheet.before, sheet.after):
        assert one is not None
        assert one.standard + one.additional + one.housing == one.need
        assert one.need - one.counted == one.claim
        assert one.gross - one.contributions - one.tax == one.net
        assert one.net + one.child_benefit + one.other + one.paid + one.supplement + one.schooling == one.with_claim
        assert one.federal_living + one.federal_housing + one.county_housing == one.paid


def test_the_end_points_are_where_something_ends(sheet: claim_sheet.Sheet) -> None:
    reach = sheet.reach
    assert reach is not None
    assert reach.free is not None
    assert reach.own is not None
    assert reach.none is not None
    assert reach.free < reach.own < reach.none
    for point, name in ((reach.free, "ends"), (reach.own, "own")):
        at, below = (of(family(), Change(earner="a", wage=wage)).after for wage in (point, point - 1))
        assert at is not None
        assert below is not None
        assert getattr(at, name)
        assert not getattr(below, name)
    marked = {row.wage: row for row in reach.rows if row.mark}
    assert set(marked) == {reach.free, reach.own, reach.none}
    assert marked[reach.own].claim == 0
    assert marked[reach.none].housing_benefit == marked[reach.none].child_supplement == 0


def test_who_pays_less_and_who_more(sheet: claim_sheet.Sheet) -> None:
    assert sheet.after is not None
    rows = payers(sheet.before, sheet.after, "NI")
    assert sum(one.before for one in rows) == sheet.before.paid + sheet.before.supplement
    assert sum(one.after for one in rows) == sheet.after.housing_benefit + sheet.after.child_supplement
    assert {one.name.split(",")[0] for one in rows if one.difference > 0} == {"Familienkasse (Bund)", "Wohngeldstelle (Bund und Land)"}
    assert [one.sure for one in rows if one.difference > 0] == [False, False]


def test_today_whoever_has_a_claim_gets_it_whatever_else_could_be_had() -> None:
    found = of(changed(family(), Change(earner="a", wage=200_000)))
    assert found.before.claim
    assert found.before.ends
    rows = payers(found.before, None, "NI")
    assert sum(one.after for one in rows) == found.before.paid + found.before.supplement
    assert all(one.before == one.after and one.sure for one in rows)


def test_another_day_makes_the_child_six() -> None:
    first = claim_sheet.first_month_with(date(2021, 3, 12), 6)
    assert first == date(2027, 4, 1)
    assert claim_sheet.first_month_with(date(2020, 10, 1), 6) == date(2026, 10, 1)
    with pytest.raises(UnknownDayError):
        of(family(), Change(day=first))
    found = of(family(), Change(day=date(2026, 12, 1)))
    assert found.after is not None
    assert found.after.day == date(2026, 12, 1)


def test_moving_takes_the_whole_rent_and_no_time_to_lower_it() -> None:
    there = changed(family(housing={"rent": 500, "lowering_until": "2026-12-01"}), Change(rent=90_000, limit=80_000))
    assert (there.housing.rent, there.housing.heating, there.housing.lowering_until, there.housing.limit) == (90_000, 0, None, (80_000,))


def test_a_second_wage_is_the_second_persons() -> None:
    there = changed(family(), Change(earner="a", second="b", second_wage=60_300))
    assert [one.wage for one in there.persons] == [52_000, 60_300, 0, 0]


def test_lines_are_those_of_the_situation_that_counts(sheet: claim_sheet.Sheet) -> None:
    claim = next(step for step in sheet.steps if step.group == "claim" and step.result)
    assert sheet.after is not None
    assert claim.amount == sheet.after.claim


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 900_000), st.integers(0, 200_000), st.sampled_from(["none", "school", "training"]), st.booleans(), st.none() | st.booleans(),
    st.none() | st.dates(date(2022, 1, 1), date(2026, 8, 1)), st.integers(0, 60_000),
)  # fmt: skip
def test_facts_come_back_as_they_went(wage: int, rent: int, school: str, flag: bool, benefit: bool | None, since: date | None, limit: int) -> None:
    given_ = from_json(
        {
            "persons": [
                {
                    "id": "a", "birth": "1990-02-03", "wage": Decimal(wage) / 100, "education": school, "pregnant": flag, "employable": not flag, "child_benefit": benefit,
                    "incomes": [{"kind": "pension", "amount": Decimal(limit) / 100}], "reductions": [{"breach": "duty", "on": "2026-07-02"}],
                }
            ],
            "housing": {"rent": Decimal(rent) / 100, "benefits_since": since, "limit": [Decimal(limit) / 100]}, "lone_parent": benefit,
        },
        day=DAY,
    )  # fmt: skip
    assert from_json(documents.household_json(given_)) == given_


def test_the_sum_of_the_law_changes_with_the_law() -> None:
    assert claim_sheet.fingerprint(date(2026, 8, 1)) == claim_sheet.fingerprint(date(2026, 9, 30))
    assert claim_sheet.fingerprint(date(2026, 6, 1)) != claim_sheet.fingerprint(date(2026, 7, 1))


def test_where_the_law_leaves_doubt_the_sheet_has_the_other_claim() -> None:
    pupil = from_json(
        {
            "persons": [{"id": "a", "birth": "1985-01-01"}, {"id": "b", "birth": "2008-05-05", "parents": ["a"], "wage": 900, "education": "school"}],
            "housing": {"rent": 500},
        },
        day=DAY,
    )
    found = of(pupil)
    for reading, claim in found.otherwise:
        assert reading.question
        assert claim != found.before.claim
    assert [reading.key for reading, _ in found.otherwise] == ["young_bands"]
