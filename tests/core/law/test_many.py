"""Many households and wages at once are the same as one by one."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.law import Household, Person, claims, many
from tests.core.law.strategies import households


@given(st.lists(households(), min_size=1, max_size=4), st.lists(st.integers(0, 6_000_00), min_size=1, max_size=3), st.data())
@settings(max_examples=40)
def test_a_grid_is_its_points(several: list[Household], wages: list[int], data: st.DataObject) -> None:
    earners = [data.draw(st.sampled_from([person.id for person in household.persons])) for household in several]
    found = many.grid(several, earners, np.array(wages))
    alone = [
        replace(household, days=30, persons=tuple(replace(one, reductions=(), assets=0, wage=wage if one.id == earner else one.wage) for one in household.persons))
        for household, earner in zip(several, earners, strict=True)
        for wage in wages
    ]
    for at, (result, earner) in enumerate(zip(claims(alone), np.repeat(earners, len(wages)), strict=True)):
        number, place = divmod(at, len(wages))
        unit = next(unit for unit in result.units if earner in {person.id for person in unit.persons})
        assert found.claim[number, place] == unit.claim
        assert found.paid[number, place] == (0 if unit.must_claim else unit.claim)
        assert found.free[number, place] == unit.is_free
        assert found.own_income[number, place] == unit.lives_from_own_income
        assert found.net[number, place] == unit.net
        assert found.disposable[number, place] == unit.disposable


def test_pieces_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    several = _several()
    earners = ["a"] * len(several)
    wages = np.arange(0, 300_000, 5_000)
    whole = many.grid(several, earners, wages)
    monkeypatch.setattr(many, "PIECE", 100)
    parts = many.grid(several, earners, wages, workers=3)
    assert np.array_equal(whole.disposable, parts.disposable)
    assert np.array_equal(whole.free, parts.free)


def _several() -> list[Household]:
    days = [date(2022, 2, 1), date(2023, 5, 1), date(2024, 12, 1), date(2026, 9, 1)]
    return [Household(str(n), days[n % 4], (Person("a", date(1980 + n % 20, 1, 2)),)) for n in range(40)]


def test_an_earner_who_is_not_there() -> None:
    several = _several()[:2]
    with pytest.raises(KeyError):
        many.grid(several, ["a", "b"], np.array([0]))
