"""Days, periods, months by the Civil Code, working days by the Land."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import periods
from hilfefrei.core.periods import Period

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
ONE = timedelta(days=1)


@st.composite
def some_period(draw: st.DrawFn) -> Period:
    start = draw(DAYS)
    length = draw(st.none() | st.integers(0, 400))
    return Period(start, None if length is None else start + timedelta(days=length))


def days_of(period: Period, first: date, last: date) -> set[date]:
    return {first + timedelta(days=i) for i in range((last - first).days + 1) if period.contains(first + timedelta(days=i))}


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="vor dem Beginn"):
        Period(date(2026, 11, 2), date(2026, 11, 1))


def test_both_ends_belong_to_it() -> None:
    period = Period(date(2026, 11, 1), date(2026, 11, 30))
    assert period.days == 30
    assert period.contains(date(2026, 11, 1))
    assert period.contains(date(2026, 11, 30))
    assert not period.contains(date(2026, 12, 1))
    assert Period(date(2026, 11, 1)).days is None


@given(some_period(), some_period())
def test_overlap_is_symmetric_and_the_intersection_holds_exactly_the_shared_days(a: Period, b: Period) -> None:
    assert a.overlaps(b) == b.overlaps(a)
    shared = a.intersect(b)
    assert (shared is not None) == a.overlaps(b)
    assert shared == b.intersect(a)
    if shared:
        assert a.covers(shared)
        assert b.covers(shared)
        for day in (shared.start - ONE, *([shared.end + ONE] if shared.end else [])):
            assert not (a.contains(day) and b.contains(day))


@given(st.lists(some_period(), max_size=6), st.integers(0, 40))
def test_join_keeps_every_day_and_leaves_wider_gaps_only(many: list[Period], gap: int) -> None:
    joined = periods.join(many, gap)
    for period in many:
        assert any(one.covers(period) for one in joined)
    for left, right in pairwise(joined):
        assert left.end is not None
        assert (right.start - left.end).days - 1 > gap
    starts = {p.start for p in many}
    assert {one.start for one in joined} <= starts


@pytest.mark.parametrize(
    ("day", "n", "end"),
    [
        # §§ 187 (1), 188 (2), (3) BGB
        (date(2026, 11, 17), 1, date(2026, 12, 17)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2026, 12, 1), -1, date(2026, 11, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_end_on_the_same_number_or_the_last_day(day: date, n: int, end: date) -> None:
    assert periods.add_months(day, n) == end


@given(DAYS, st.integers(-600, 600))
def test_months_move_by_exactly_that_many_months_and_never_over_the_end(day: date, n: int) -> None:
    moved = periods.add_months(day, n)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == n
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + ONE).day == 1


@given(DAYS, st.integers(1, 60), st.integers(0, 60))
def test_later_events_never_end_earlier(day: date, n: int, later: int) -> None:
    assert periods.add_months(day, n) <= periods.add_months(day + timedelta(days=later), n)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2026, 11, 1), 12, date(2027, 10, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2026, 2, 14)),
    ],
)
def test_a_period_of_months_ends_the_day_before(start: date, n: int, end: date) -> None:
    assert periods.months_from(start, n) == Period(start, end)


def test_a_period_has_a_month_at_least() -> None:
    with pytest.raises(ValueError, match="mindestens einen Monat"):
        periods.months_from(date(2026, 1, 1), 0)


@given(DAYS, st.integers(1, 24), st.integers(1, 24))
def test_from_the_first_periods_of_months_follow_without_gap(day: date, a: int, b: int) -> None:
    start = periods.first_of_month(day)
    first = periods.months_from(start, a)
    assert first.end
    assert periods.months_from(first.end + ONE, b).end == periods.months_from(start, a + b).end


@given(DAYS)
def test_first_and_last_of_the_month(day: date) -> None:
    first, last = periods.first_of_month(day), periods.last_of_month(day)
    assert first <= day <= last
    assert first.day == (last + ONE).day == 1
    assert first.month == last.month == day.month


def test_age_counts_the_birthday_itself() -> None:
    assert periods.age_on(date(1992, 4, 12), date(2026, 4, 11)) == 33
    assert periods.age_on(date(1992, 4, 12), date(2026, 4, 12)) == 34
    assert periods.age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17


def test_reformation_day_is_a_holiday_in_lower_saxony_only_among_these() -> None:
    day = date(2025, 10, 31)  # a Friday
    assert not periods.is_working_day(day, "NI")
    assert periods.is_working_day(day, "HE")
    assert not periods.is_working_day(date(2026, 11, 21), "NI")  # Saturday


def test_an_unknown_land_is_refused() -> None:
    with pytest.raises(ValueError, match="XX"):
        periods.is_working_day(date(2026, 11, 17), "XX")


def test_every_land_has_its_holidays() -> None:
    for land in periods.LANDS:
        assert date(2026, 10, 3) in periods.holidays_of(2026, land)


def test_working_days_step_over_christmas() -> None:
    assert periods.working_days_after(date(2026, 12, 23), 2, "NI") == date(2026, 12, 28)
    assert periods.working_days_after(date(2026, 11, 20), 1, "NI") == date(2026, 11, 23)
    assert periods.working_days_after(date(2026, 11, 21), 0, "NI") == date(2026, 11, 23)
    with pytest.raises(ValueError, match="nur nach vorn"):
        periods.working_days_after(date(2026, 11, 21), -1, "NI")


@given(DAYS, st.integers(1, 40), st.sampled_from(sorted(periods.LANDS)))
def test_the_nth_working_day_is_one_and_has_n_behind_it(day: date, n: int, land: str) -> None:
    found = periods.working_days_after(day, n, land)
    assert periods.is_working_day(found, land)
    between = [day + timedelta(days=i) for i in range(1, (found - day).days + 1)]
    assert sum(periods.is_working_day(each, land) for each in between) == n
