"""Child benefit and advance on maintenance: published amounts of every year, and values worked by hand."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.law import child_benefit as cb
from hilfefrei.core.law import parameters


def law(year: int, month: int = 1) -> Mapping[str, Any]:
    return parameters.shipped().on(date(year, month, 1))


def test_child_benefit_by_number_and_year() -> None:
    """Five children; number 0 has no claim."""
    numbers = np.array([0, 1, 2, 3, 4, 5])
    assert (cb.of_child(law(2022), number=numbers) // 100).tolist() == [0, 219, 219, 225, 250, 250]
    for year, amount in ((2023, 250), (2024, 250), (2025, 255), (2026, 259)):
        assert (cb.of_child(law(year), number=numbers) // 100).tolist() == [0] + 5 * [amount]


# Under 6, 6 to 11, 12 to 17 years, as published by BMFSFJ (2024 to 2026), its Familienportal (2022), lohnsteuer-kompakt.de (2023).
PUBLISHED = [(2022, 177, 236, 314), (2023, 187, 252, 338), (2024, 230, 301, 395), (2025, 227, 299, 394), (2026, 227, 299, 394)]


@pytest.mark.parametrize(("year", "first", "second", "third"), PUBLISHED)
def test_advance_as_published(year: int, first: int, second: int, third: int) -> None:
    ages = np.array([0, 5, 6, 11, 12, 17, 18])
    assert (cb.advance(law(year), age=ages) // 100).tolist() == [first, first, second, second, third, third, 0]


def test_advance_by_hand() -> None:
    """2026, eight years, 299: 100.50 paid by the other parent leave 198.50 -> 199; 295 leave 4, less than 5: nothing; not entitled: nothing.

    Without full child benefit of the parent: 558.
    """
    day = law(2026)
    assert cb.advance(day, age=8, maintenance=np.array([10_050, 29_400, 29_401, 29_500, 90_000])).tolist() == [19_900, 500, 500, 0, 0]
    assert cb.advance(day, age=8, entitled=np.array([True, False])).tolist() == [29_900, 0]
    assert cb.advance(day, age=8, child_benefit=False) == 55_800


def test_a_trainee_of_seventeen() -> None:
    """2026, wage 1,000: less 1,230 / 12 = 102.50 and 100: 797.50, half of it 398.75: more than 394, nothing left; wage 600: 198.75, 195.25 -> 196."""
    day = law(2026)
    counted = cb.income_out_of_school(day, wage=np.array([100_000, 60_000]), trainee=True)
    assert counted.tolist() == [39_875, 19_875]
    assert cb.advance(day, age=17, own_income=counted).tolist() == [0, 19_600]
    assert cb.income_out_of_school(day, wage=60_000, assets=1_000) == 25_375


def test_from_twelve() -> None:
    """Without benefits, or they end by it, or 600 EUR gross of the parent."""
    claims = cb.from_twelve(
        law(2026), parent_gross=np.array([0, 0, 59_999, 60_000]), receives=np.array([False, True, True, True]), ends_need=np.array([False, True, False, False])
    )
    assert claims.tolist() == [True, True, False, True]


@given(year=st.integers(2022, 2026), age=st.integers(0, 20), maintenance=st.integers(0, 100_000), more=st.integers(0, 50_000))
def test_never_negative_falls_with_maintenance_one_equals_batch(year: int, age: int, maintenance: int, more: int) -> None:
    day = law(year)
    paid = cb.advance(day, age=age, maintenance=np.array([maintenance, maintenance + more]))
    assert paid[0] >= paid[1] >= 0
    assert paid[0] % 100 == 0
    assert paid[1] == cb.advance(day, age=age, maintenance=maintenance + more)
