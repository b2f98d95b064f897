"""The claim over the wage: both end points, what begins and ends where, and where the curve may jump."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.law import Household, Housing, Person, claims, parameters
from hilfefrei.core.law.curve import curve, wage_of_hours
from tests.core.law.strategies import FIRST, LAST, households

DAY = date(2026, 9, 1)


def single(**given: object) -> Household:
    return Household("single", DAY, (Person("one", date(1990, 5, 5), **given),), Housing(rent=400_00, heating=60_00))  # type: ignore[arg-type]


def test_a_single_person_is_free_before_it_lives_from_its_own_income() -> None:
    found = curve(single(), "one")
    assert found.free is not None
    assert found.own is not None
    assert 0 < found.free <= found.own
    events = {event.what: event.wage for event in found.events if event.begins}
    assert events["insured"] == parameters.shipped().on(DAY)["social_insurance.marginal"] + 1


def test_whoever_pays_no_rent_and_earns_nothing_is_not_free() -> None:
    found = curve(replace(single(), housing=Housing()), "one")
    assert found.claim[0] == parameters.shipped().on(DAY)["needs.standard"][0]


def test_an_end_point_out_of_reach_is_none() -> None:
    assert curve(replace(single(), housing=Housing(rent=9_000_00)), "one", highest=3_000_00).own is None


def test_nobody_of_that_name() -> None:
    with pytest.raises(KeyError):
        curve(single(), "two")


def test_hours_become_a_wage() -> None:
    # 40 hours at the minimum wage of 2026: 13.90 x 40 x 52 / 12.
    assert wage_of_hours(1390, 40) == 2_409_33


@given(households(st.dates(FIRST, LAST)), st.data())
@settings(max_examples=40)
def test_end_points_hold_for_good_and_events_are_exact(household: Household, data: st.DataObject) -> None:
    earner = data.draw(st.sampled_from([person.id for person in household.persons]))
    found = curve(household, earner, highest=6_000_00, step=5_00)
    for end, enough in ((found.free, "is_free"), (found.own, "lives_from_own_income")):
        if end is None:
            continue
        wages = [end, *(wage for wage in data.draw(st.lists(st.integers(end, 6_000_00), max_size=5)))]
        for wage in wages:
            people = tuple(replace(one, assets=0, wage=wage if one.id == earner else one.wage) for one in household.persons)
            units = claims([replace(household, persons=people)])[0].units
            unit = next(unit for unit in units if earner in {person.id for person in unit.persons})
            assert unit.claim == 0 or (enough == "is_free" and unit.ends_need)
    assert list(found.events) == sorted(found.events, key=lambda event: (event.wage, event.what))


@given(st.sampled_from([date(2022, 3, 1), date(2023, 8, 1), date(2024, 5, 1), date(2025, 2, 1), DAY]), st.integers(0, 3), st.booleans())
@settings(max_examples=30)
def test_what_a_family_has_is_continuous_but_at_listed_cliffs(day: date, children: int, pair: bool) -> None:
    """A euro more of wage moves what the family has by little, but where insurance begins and a benefit begins, ends or is a step."""
    ids = ("one", "two") if pair else ("one",)
    people = [Person("one", date(1985, 5, 5), partner="two" if pair else "", tax_class=3 if pair else 2)]
    people += [Person("two", date(1986, 5, 5), partner="one")] if pair else []
    people += [Person(f"c{n}", date(2012 + 3 * n, 1, 2), parents=ids) for n in range(children)]
    found = curve(Household("h", day, tuple(people), Housing(rent=500_00, heating=100_00), rent_level=3), "one", highest=5_000_00)
    jumps = np.abs(np.diff(found.disposable))
    near = {event.wage // 100 + shift for event in found.events for shift in (-1, 0)}
    unexplained = [int(at) for at in np.flatnonzero(jumps > 5_00) if int(at) not in near]
    # Wohngeld changes by whole euros, and with what is withheld: a tenth of the income is deducted where tax, health, pension begin (§ 16 WoGG).
    taxed = [at for at in unexplained if found.claim[at] > 0 and not found.housing_benefit[at]]
    assert not taxed, taxed
    assert len(unexplained) <= 3, unexplained
