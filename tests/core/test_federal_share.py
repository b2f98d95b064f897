"""The federal share of housing: the ordinances as read, and that both payers add up."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.federal_share import share_of, split
from hilfefrei.core.periods import LANDS


@pytest.mark.parametrize(
    ("year", "of_land", "percent"),
    # § 46 (6), (7) and the value of the Land: 27.6 + 35.2 + § 1 of the ordinance of the year.
    [(2022, "7.5", "70.3"), (2023, "9.1", "71.9"), (2024, "10.0", "72.8"), (2025, "11.5", "74.3"), (2026, "12.7", "75.5")],
)
def test_lower_saxony_as_the_parts_of_the_law_add_up(year: int, of_land: str, percent: str) -> None:
    found = share_of("NI", year)
    assert found.percent == Decimal(percent) == Decimal("27.6") + Decimal("35.2") + Decimal(of_land)
    assert found.source == (f"BBFestV {year}, § 2 Abs. 1" if year > 2022 else "BBFestV 2022, § 3 Abs. 2")
    assert not found.preliminary


@pytest.mark.parametrize(
    ("day", "percent", "preliminary"),
    [(date(2026, 1, 1), "74.3", True), (date(2026, 7, 9), "74.3", True), (date(2026, 7, 10), "75.5", False), (date(2020, 1, 1), "74.3", True)],
)
def test_a_share_as_it_was_known_on_a_day(day: date, percent: str, preliminary: bool) -> None:
    found = share_of("NI", 2026, known_on=day)
    assert (found.percent, found.preliminary) == (Decimal(percent), preliminary)
    assert split(10_000, "NI", 2026, known_on=day)[0] == int(Decimal(percent) * 100)


def test_next_year_is_preliminary_and_a_year_beyond_is_refused() -> None:
    assert share_of("NI", 2027).preliminary
    with pytest.raises(ValueError, match="2022 bis 2027"):
        share_of("NI", 2028)
    with pytest.raises(ValueError, match="XX"):
        share_of("XX", 2026)


@given(st.integers(0, 10**9), st.sampled_from(sorted(LANDS)), st.integers(2022, 2027))
def test_both_payers_add_up(cents: int, land: str, year: int) -> None:
    federal, county = split(cents, land, year)
    assert federal + county == cents
    assert abs(federal * 100 - cents * share_of(land, year).percent) <= 50
