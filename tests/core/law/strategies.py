"""Households of all kinds for Hypothesis: who lives together, what they earn, get and pay."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from hilfefrei.core.law.household import (
    Breach,
    Education,
    Household,
    Housing,
    Income,
    Kind,
    Person,
    Reduction,
    Schooling,
    WaterHeating,
)
from hilfefrei.core.periods import add_months

FIRST, LAST = date(2022, 1, 1), date(2026, 12, 31)
days = st.dates(FIRST, LAST)
cents = st.integers(0, 3_000_00)
rents = st.integers(0, 1_500_00)


def _born(day: date, low: int, high: int) -> st.SearchStrategy[date]:
    return st.dates(add_months(day, -12 * high) + timedelta(1), add_months(day, -12 * low))


@st.composite
def incomes(draw: st.DrawFn, *, child: bool) -> tuple[Income, ...]:
    kinds = [Kind.MAINTENANCE, Kind.ADVANCE_MAINTENANCE] if child else [kind for kind in Kind if kind is not Kind.OLD_AGE_PENSION]
    found = draw(st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 1_200_00)), max_size=2))
    withheld = Kind.SELF_EMPLOYED, Kind.PENSION
    return tuple(
        Income(
            kind, amount, tax=amount // 20 if kind in withheld else 0, insurance=amount // 10 if kind in withheld else 0,
            free=min(amount, 30_000) if kind is Kind.PARENTAL else 0,
        )
        for kind, amount in found
    )  # fmt: skip


@st.composite
def people(draw: st.DrawFn, day: date) -> tuple[Person, ...]:
    pair = draw(st.booleans())
    ids = ["a", "b"] if pair else ["a"]
    adults = [
        Person(
            name,
            draw(_born(day, 40, 70)),
            partner=({"a": "b", "b": "a"}[name] if pair else ""),
            employable=draw(st.integers(0, 9)) > 0,
            permanently_incapable=draw(st.integers(0, 14)) == 0,
            excluded=draw(st.integers(0, 14)) == 0,
            pregnant=draw(st.integers(0, 9)) == 0,
            participation_aid=draw(st.integers(0, 9)) == 0,
            diet=draw(st.sampled_from([0, 0, 0, 56_30])),
            wage=draw(st.one_of(st.just(0), st.integers(0, 6_000_00))),
            tax_class=draw(st.sampled_from([1, 3, 4, 5] if pair else [1, 2])),
            pension_exempt=draw(st.booleans()),
            work_costs=draw(st.sampled_from([0, 0, 150_00, 420_00])),
            car_insurance=draw(st.sampled_from([0, 0, 45_00])),
            maintenance_paid=draw(st.sampled_from([0, 0, 0, 200_00])),
            incomes=draw(incomes(child=False)),
            assets=draw(st.sampled_from([0, 0, 0, 4_000_00, 60_000_00])),
            reductions=draw(st.sampled_from([(), (), (), (Reduction(Breach.DUTY, day),), (Reduction(Breach.REFUSED_WORK, day),)])),
        )
        for name in ids
    ]
    children = [
        Person(
            f"c{number}",
            draw(_born(day, 0, 24)),
            parents=tuple(ids),
            education=draw(st.sampled_from(list(Education))),
            schooling=Schooling(trips=draw(st.booleans()), participation=draw(st.booleans())),
            wage=draw(st.sampled_from([0, 0, 0, 300_00, 1_000_00, 2_500_00])),
            incomes=draw(incomes(child=True)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    mates = [Person("mate", draw(_born(day, 25, 60)))] if draw(st.integers(0, 5)) == 0 else []
    return (*adults, *children, *mates)


@st.composite
def households(draw: st.DrawFn, on: st.SearchStrategy[date] = days) -> Household:
    """A household on any known day."""
    day = draw(on)
    since = draw(st.one_of(st.none(), st.dates(date(2021, 1, 1), day)))
    limits = draw(st.sampled_from([(), (400_00, 500_00, 600_00, 700_00)]))
    housing = Housing(
        draw(rents), draw(st.integers(0, 300_00)), draw(st.integers(0, 300_00)), draw(st.sampled_from(list(WaterHeating))), since,
        draw(st.one_of(st.none(), st.dates(day, LAST))), limits, draw(st.sampled_from([(), (100_00, 120_00)])), draw(st.booleans()),
    )  # fmt: skip
    return Household(
        "h", day, draw(people(day)), housing, land=draw(st.sampled_from(["NI", "BW", "RP", "SN"])),
        days=draw(st.one_of(st.just(30), st.integers(1, 30))), rent_level=draw(st.integers(1, 7)),
    )  # fmt: skip


def with_income(household: Household, person: int, more: int) -> Household:
    """The same with more unearned income for somebody."""
    persons = list(household.persons)
    one = persons[person]
    persons[person] = replace(one, incomes=(*one.incomes, Income(Kind.OTHER, more)))
    return replace(household, persons=tuple(persons))
