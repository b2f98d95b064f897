"""The unit of a wage."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.matching import wages
from hilfefrei.core.matching.wages import LEAST_HOURLY, MOST_HOURLY, WEEKS_PER_MONTH, normalise_wage


def test_a_month_has_the_weeks_its_source_says() -> None:
    assert pytest.approx(365.25 / 7 / 12, abs=0.0005) == WEEKS_PER_MONTH


@pytest.mark.parametrize(
    ("kind", "euros", "full", "unit", "code"),
    [
        ("STUNDENLOHN", 1390, True, "hour", ""),
        ("STUNDENLOHN", 260000, True, "month", "wage_unit"),
        ("MONATSGEHALT", 260000, True, "month", ""),
        ("JAHRESGEHALT", 3200000, True, "year", ""),
        ("JAHRESGEHALT", 290000, True, "month", "wage_unit"),
        ("JAHRESGEHALT", 1390, True, "hour", "wage_unit"),
        ("JAHRESGEHALT", 799900, True, "month", "wage_unit"),
        ("JAHRESGEHALT", 190000, None, "month", "wage_unit"),
        ("monatsgehalt", 1500, False, "hour", "wage_unit"),
        ("PAUSCHALE", 1500, False, "hour", "wage_unit"),
        ("STUNDENLOHN", 927, True, None, "wage_implausible"),
        ("STUNDENLOHN", 30000, True, None, "wage_implausible"),
        ("JAHRESGEHALT", 190000, True, None, "wage_implausible"),
        ("JAHRESGEHALT", 204000, True, "month", "wage_unit"),
        ("MONATSGEHALT", 99999999, True, None, "wage_implausible"),
        ("MONATSGEHALT", 0, True, None, "wage_zero"),
    ],
)
def test_unit(kind: str, euros: int, full: bool | None, unit: str | None, code: str) -> None:
    wage = normalise_wage(kind, fixed=euros, full_time=full)
    assert (wage.unit, wage.code) == (unit, code)
    assert wage.repaired == (code == "wage_unit")
    assert wage.rejected == (unit is None)
    assert bool(wage.reason) == bool(code)


def test_the_sentence_says_what_was_reported_and_what_is_meant() -> None:
    assert (
        normalise_wage("JAHRESGEHALT", fixed=190000, full_time=False).reason
        == "1.900,00 € war als Lohn im Jahr gemeldet, gemeint ist im Monat."
    )


@pytest.mark.parametrize("kind", ["KEINE_ANGABEN", "", "AUSBILDUNGSVERGUETUNG_NACH_JAHREN"])
def test_nothing_stated_is_nothing_wrong(kind: str) -> None:
    assert normalise_wage(kind, fixed=100) == wages.Wage()


def test_month_and_hour_are_worked_out_where_the_hours_are_known() -> None:
    hourly = normalise_wage("STUNDENLOHN", fixed=1460, hours_low=25, hours_high=25)
    assert hourly.hourly == (1460, 1460)
    assert hourly.monthly == (158702, 158702)
    monthly = normalise_wage("MONATSGEHALT", fixed=158702, hours_low=25)
    assert monthly.hourly == (1460, 1460)
    yearly = normalise_wage("JAHRESGEHALT", low=3120000, high=3640000, full_time=True)
    assert yearly.monthly == (260000, 303333)
    assert yearly.hourly == (1533, 1789)
    assert yearly.stated == (3120000, 3640000)


def test_part_time_without_hours_is_not_turned_into_a_month() -> None:
    assert normalise_wage("STUNDENLOHN", fixed=1460, full_time=False).monthly is None
    assert normalise_wage("MONATSGEHALT", fixed=120000, full_time=False).hourly is None


def test_ranges() -> None:
    assert normalise_wage("STUNDENLOHN", low=1600, high=1500).hourly == (1500, 1600)
    assert normalise_wage("STUNDENLOHN", low=1600, high=1500).code == "wage_swapped"
    low_end_of_years_ago = normalise_wage("STUNDENLOHN", low=927, high=1390)
    assert (low_end_of_years_ago.hourly, low_end_of_years_ago.code) == ((1390, 1390), "wage_low_dropped")
    high_end_of_a_month = normalise_wage("STUNDENLOHN", low=1500, high=250000)
    assert (high_end_of_a_month.hourly, high_end_of_a_month.code) == ((1500, 1500), "wage_high_dropped")
    both = normalise_wage("MONATSGEHALT", low=2523, high=11415, full_time=True)
    assert (both.hourly, both.code) == ((2523, 2523), "wage_unit")
    assert both.reason.endswith("114,15 € in der Stunde passt nicht zum unteren Betrag und bleibt weg.")
    assert normalise_wage("STUNDENLOHN", low=None, high=1500).hourly == (1500, 1500)


def test_minimum_wage_by_day() -> None:
    assert wages.minimum_wage(date(2026, 12, 31)) == 1390
    assert wages.minimum_wage(date(2027, 1, 1)) == 1460
    assert wages.minimum_wage(date(2024, 12, 31)) is None


KINDS = st.sampled_from([*wages.KINDS, "KEINE_ANGABEN", "quatsch"])
AMOUNTS = st.none() | st.integers(-100, 20_000_000)
HOURS = st.none() | st.floats(1, 48)


@given(KINDS, AMOUNTS, AMOUNTS, AMOUNTS, HOURS, HOURS, st.none() | st.booleans(), st.none() | st.booleans())
def test_what_is_told_is_plausible_or_not_told(kind, fixed, low, high, hours_low, hours_high, full, mini) -> None:
    wage = normalise_wage(
        kind, fixed=fixed, low=low, high=high, hours_low=hours_low, hours_high=hours_high, full_time=full, mini_job=mini
    )
    assert not (wage.repaired and wage.rejected)
    assert (wage.unit is None) == (wage.hourly is None and wage.monthly is None)
    assert bool(wage.reason) == bool(wage.code) == (wage.repaired or wage.rejected)
    for ends in (wage.hourly, wage.monthly, wage.stated):
        assert ends is None or 0 < ends[0] <= ends[1]
    if wage.unit == "hour":
        assert LEAST_HOURLY <= wage.hourly[0] <= wage.hourly[1] <= MOST_HOURLY


@given(
    st.sampled_from(["hour", "month", "year"]),
    st.integers(LEAST_HOURLY + 10, MOST_HOURLY - 10),
    st.sampled_from(["STUNDENLOHN", "MONATSGEHALT", "JAHRESGEHALT"]),
)
def test_full_time_wages_are_found_under_any_label(unit: str, hourly: int, label: str) -> None:
    amount = {"hour": hourly, "month": round(hourly * 39 * WEEKS_PER_MONTH), "year": round(hourly * 39 * WEEKS_PER_MONTH * 12)}[
        unit
    ]
    wage = normalise_wage(label, fixed=amount, full_time=True)
    assert wage.unit == unit
    assert wage.hourly[0] == pytest.approx(hourly, abs=1)
    assert wage.monthly[0] == pytest.approx(hourly * 39 * WEEKS_PER_MONTH, rel=0.001)
