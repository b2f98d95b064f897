"""Spells, movements, returns and how people live afterwards, beside a count by hand day for day."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.indicators import spells
from hilfefrei.core.indicators.tables import ENTRANTS, LIVING, RECEIPT, check, ratio, table_of
from hilfefrei.core.periods import Period, add_months, join

AS_OF = date(2026, 11, 30)
FIRST = date(2025, 6, 1)

Stretch = tuple[str, date, date | None]
stretches = st.lists(
    st.builds(
        lambda who, start, length: (
            who,
            FIRST + timedelta(days=start),
            None if length is None else FIRST + timedelta(days=start + length),
        ),
        st.sampled_from("abcdef"),
        st.integers(0, 600),
        st.none() | st.integers(0, 200),
    ),
    min_size=1,
    max_size=30,
)


def receipt(rows: list[Stretch]) -> Any:
    """The table of receipt."""
    return table_of(RECEIPT, rows)


def rows_of(table: Any) -> list[dict[str, Any]]:
    """The rows as plain Python."""
    return [dict(row) for row in table.to_pyarrow().to_pylist()]


def by_hand(rows: list[Stretch], gap: int) -> dict[str, list[Period]]:
    """The spells of each, joined one after the other."""
    held: dict[str, list[Period]] = defaultdict(list)
    for who, start, end in rows:
        held[who].append(Period(start, end))
    return {who: join(periods, gap) for who, periods in held.items()}


def known_by_hand(rows: list[Stretch], as_of: date) -> list[Stretch]:
    return [(w, s, None if e is None or e >= as_of else e) for w, s, e in rows if s <= as_of]


@settings(max_examples=10)
@given(stretches, st.sampled_from([0, 7, 31]))
def test_spells_are_the_ones_joined_by_hand(rows: list[Stretch], gap: int) -> None:
    found = {(r["who"], r["start"], r["end"]) for r in rows_of(spells.spells(receipt(rows), gap))}
    assert found == {(who, p.start, p.end) for who, held in by_hand(rows, gap).items() for p in held}


@settings(max_examples=10)
@given(stretches)
def test_exits_and_returns_are_the_ones_counted_by_hand(rows: list[Stretch]) -> None:
    moves = spells.movements(receipt(rows), AS_OF)
    found = {(r["who"], r["day"]): r for r in rows_of(spells.left(moves, AS_OF))}
    expected: dict[tuple[str, date], dict[str, Any]] = {}
    for who, held in by_hand(known_by_hand(rows, AS_OF), spells.MOVEMENT_GAP).items():
        for spell, after in zip(held, [*held[1:], None], strict=True):
            if spell.end is None or (AS_OF - spell.end).days <= spells.MOVEMENT_GAP:
                continue
            back = (after.start - spell.end).days if after else None
            line: dict[str, Any] = {"back": back}
            for months, span in spells.RETURN_DAYS.items():
                seen = (AS_OF - spell.end).days >= span
                line |= {f"seen_{months}": seen, f"back_{months}": (back is not None and back <= span) if seen else None}
            expected[who, spell.end] = line
    assert {key: {k: v for k, v in row.items() if k not in {"who", "day"}} for key, row in found.items()} == expected
    rates = rows_of(spells.return_rates(spells.left(moves, AS_OF)))
    assert sum(r["exits"] for r in rates) == len(expected)
    for months in spells.RETURN_DAYS:
        assert sum(r[f"back_{months}"] for r in rates) == sum(bool(line[f"back_{months}"]) for line in expected.values())
        assert all(r[f"rate_{months}"] is None for r in rates if not r[f"seen_{months}"])


@settings(max_examples=10)
@given(stretches)
def test_stock_is_the_count_of_a_day(rows: list[Stretch]) -> None:
    days = [date(2024, 1, 1), date(2025, 12, 31), date(2026, 5, 12), AS_OF]
    found = {r["day"]: r["count"] for r in rows_of(spells.stock(receipt(rows), days))}
    assert found == {day: len({w for w, s, e in rows if s <= day and (e is None or day <= e)}) for day in days}


@settings(max_examples=10)
@given(stretches, st.dates(date(2026, 1, 25), date(2026, 6, 5)), stretches)
def test_three_figures_afterwards(rows: list[Stretch], day: date, lives: list[Stretch]) -> None:
    who = sorted({w for w, _, _ in rows} | {"g"})
    entrants = table_of(ENTRANTS, [(w, day, "x") for w in who])
    source = [(w, "own" if number % 3 else "other", s, e) for number, (w, s, e) in enumerate(lives)]
    living = table_of(LIVING, source)
    found = {r["who"]: r for r in rows_of(spells.afterwards(entrants, receipt(rows), living, AS_OF))}
    assert sorted(found) == who
    for one in who:
        for n in spells.AFTER_MONTHS:
            then = add_months(day, n)
            paid = any(w == one and s <= then and (e is None or then <= e) for w, s, e in rows)
            own, other = (
                any(w == one and kind == k and s <= then and (e is None or then <= e) for w, k, s, e in source)
                for kind in ("own", "other")
            )
            seen = then <= AS_OF
            assert found[one][f"seen_{n}"] == seen
            assert found[one][f"free_{n}"] == (not paid if seen else None)
            assert found[one][f"own_{n}"] == (not paid and own and not other if seen else None)


@pytest.mark.parametrize(("free_days", "exits"), [(6, 0), (7, 0), (8, 1), (31, 1), (32, 1)])
def test_seven_free_days_are_no_exit_and_eight_are(free_days: int, exits: int) -> None:
    rows: list[Stretch] = [("a", date(2026, 1, 1), date(2026, 3, 31)), ("a", date(2026, 4, 1) + timedelta(days=free_days), None)]
    moves = spells.movements(receipt(rows), AS_OF)
    assert len(rows_of(spells.left(moves, AS_OF))) == exits
    assert len(rows_of(spells.came(moves, date(2025, 12, 31)))) == 1 + exits


@pytest.mark.parametrize(("free_days", "number"), [(31, 1), (32, 2)])
def test_durations_join_gaps_of_31_days(free_days: int, number: int) -> None:
    rows: list[Stretch] = [("a", date(2026, 1, 1), date(2026, 3, 31)), ("a", date(2026, 4, 1) + timedelta(days=free_days), None)]
    assert len(rows_of(spells.spells(receipt(rows), spells.DURATION_GAP))) == number


@pytest.mark.parametrize(("ago", "exits"), [(0, 0), (7, 0), (8, 1)])
def test_an_end_in_the_last_week_is_not_yet_an_exit(ago: int, exits: int) -> None:
    rows: list[Stretch] = [("a", date(2026, 1, 1), AS_OF - timedelta(days=ago))]
    assert len(rows_of(spells.left(spells.movements(receipt(rows), AS_OF), AS_OF))) == exits


@pytest.mark.parametrize(("days", "seen", "back"), [(91, False, None), (92, True, False)])
def test_an_exit_counts_when_it_has_been_watched_long_enough(days: int, seen: bool, back: bool | None) -> None:
    rows: list[Stretch] = [("a", date(2026, 1, 1), AS_OF - timedelta(days=days))]
    (line,) = rows_of(spells.left(spells.movements(receipt(rows), AS_OF), AS_OF))
    assert (line["seen_3"], line["back_3"]) == (seen, back)


@pytest.mark.parametrize(("after", "back"), [(92, True), (93, False)])
def test_a_return_on_the_last_day_of_the_span_counts(after: int, back: bool) -> None:
    end = date(2026, 3, 31)
    rows: list[Stretch] = [("a", date(2026, 1, 1), end), ("a", end + timedelta(days=after), None)]
    line = rows_of(spells.left(spells.movements(receipt(rows), AS_OF), AS_OF))[0]
    assert line["back_3"] == back


def test_who_moves_into_another_unit_has_not_left() -> None:
    rows: list[Stretch] = [("a", date(2026, 1, 1), date(2026, 4, 30)), ("a", date(2026, 4, 15), None)]
    assert rows_of(spells.left(spells.movements(receipt(rows), AS_OF), AS_OF)) == []


def test_what_runs_on_the_first_watched_day_is_stock_and_no_entry() -> None:
    moves = spells.movements(receipt([("a", FIRST, None), ("b", FIRST + timedelta(days=1), None)]), AS_OF)
    assert [r["who"] for r in rows_of(spells.came(moves, FIRST))] == ["b"]


def test_a_table_of_another_shape_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Tabelle Bezug: start \(string statt date\), end \(fehlt statt date\)"):
        check(table_of({"who": "string", "start": "string"}, [("a", "1.1.2026")]), RECEIPT, "Bezug")


def test_a_share_of_nothing_is_nothing() -> None:
    table = table_of({"part": "int64", "whole": "int64"}, [(1, 2), (0, 0), (3, 0)])
    assert table.mutate(share=ratio(table.part, table.whole)).share.to_pyarrow().to_pylist() == [0.5, None, None]
