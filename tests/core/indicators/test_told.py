"""What is told of a month lets nobody reckon how many stand behind what is not told: worked by hand, then against a reader who subtracts."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.indicators import definitions
from hilfefrei.core.indicators.definitions import Value, tell

OCTOBER = date(2026, 10, 1)
REASONS = list(definitions.load().figures["exits_persons"].groups)
BACK = list(definitions.load().figures["entries_persons"].groups)


def counts(code: str, parts: dict[str, int], whole: int | None = None) -> list[Value]:
    held = {"": sum(parts.values()) if whole is None else whole} | parts
    return [Value(code, OCTOBER, part, float(n), n) for part, n in held.items()]


def share(code: str, part: str, above: int, below: int) -> Value:
    return Value(code, OCTOBER, part, 100 * above / below if below else None, above, below)


def numbers(values: list[Value]) -> dict[str, int | None]:
    return {part: None if value is None else value.numerator for (_, part), value in tell(values).items()}


def test_one_small_number_takes_noughts_and_the_next_with_it() -> None:
    values = counts("outcomes", {"granted": 40, "refused": 20, "moved": 4, "open": 0})
    assert numbers(values) == {"": 65, "granted": 40, "refused": None, "moved": None, "open": None}
    values = counts("work_started", {"placed": 40, "own": 12, "unknown": 0})
    assert numbers(values) == {"": 52, "placed": 40, "own": 12, "unknown": 0}


def test_two_small_numbers_with_a_small_rest_are_not_enough() -> None:
    """Death and unknown were both "under 10", and what was left of the whole said four."""
    values = counts("work_started", {"placed": 40, "own": 1, "unknown": 1})
    assert numbers(values) == {"": 42, "placed": None, "own": None, "unknown": None}


def test_entries_and_exits_are_told_together_because_the_stock_tells_the_difference() -> None:
    told = tell(counts("entries_persons", {"first": 30}) + counts("exits_persons", {"work": 4}) + counts("stock_persons", {}, 300))
    assert told["entries_persons", ""] is None
    assert told["exits_persons", "work"] is None
    assert told["stock_persons", ""] is not None


def test_from_work_is_a_part_of_all_who_returned() -> None:
    told = tell([share("return_3", "", 20, 300), share("return_3", "work", 13, 100)])
    assert told["return_3", "work"] is None
    assert (told["return_3", ""] or share("", "", 0, 0)).numerator == 20


def test_what_is_known_of_seven_is_not_told_from_the_start_of_via() -> None:
    told = tell([share("free_1", "month", 3, 40), share("free_1", "with", 7, 82), share("free_1", "before", 67, 201)])
    assert told["free_1", "month"] is None
    assert told["free_1", "with"] is None
    before = told["free_1", "before"]
    assert before is not None
    assert (before.numerator, before.denominator, before.value) == (65, 200, 32.5)


def test_a_late_first_offer_is_ours_and_is_told() -> None:
    told = tell([share("offers", "", 97, 100), Value("hours_median", OCTOBER, "", 3.0, 97, 100)])
    assert told["offers", ""] == share("offers", "", 97, 100)
    few = tell([share("offers", "", 7, 100), Value("hours_median", OCTOBER, "", 3.0, 7, 100)])
    assert set(few.values()) == {None}


@pytest.mark.parametrize(("part", "whole", "gone"), [(9, 100, True), (13, 100, False), (91, 100, True), (0, 100, False), (3, 9, True)])
def test_a_share_is_told_only_where_ten_stand_on_either_side(part: int, whole: int, gone: bool) -> None:
    assert (tell([share("free_3", "month", part, whole)])["free_3", "month"] is None) is gone


# -- against a reader who subtracts ---------------------------------------------------------------------------------------
few = st.one_of(st.integers(0, 12), st.integers(0, 60))


def span(told: int) -> tuple[int, int]:
    """What a number told in fives may be."""
    return (0, 0) if told == 0 else (max(13, told - 2), told + 2)


def can_be(low: int, high: int) -> bool:
    """Whether a count between the two stays unknown: none there at all, at least ten, or at least five possible values."""
    return low >= 10 or high <= 0 or high - max(low, 0) >= 4


@settings(max_examples=400, deadline=None)
@given(st.lists(few, min_size=len(REASONS), max_size=len(REASONS)), st.lists(few, min_size=len(BACK), max_size=len(BACK)))
def test_no_cell_of_entries_and_exits_can_be_reckoned(gone: list[int], came: list[int]) -> None:
    parts = {"exits_persons": dict(zip(REASONS, gone, strict=True)), "entries_persons": dict(zip(BACK, came, strict=True))}
    told = tell([v for code, held in parts.items() for v in counts(code, held)])
    wholes = {code: told[code, ""] for code in parts}
    assert (wholes["exits_persons"] is None) == (wholes["entries_persons"] is None)
    for code, held in parts.items():
        shown = {part: value.numerator or 0 for part in held if (value := told[code, part]) is not None}
        assert not any(0 < n < 10 for n in shown.values())
        assert shown == {part: held[part] for part in shown}
        whole = wholes[code]
        if whole is None:
            # Nothing is told, so nothing bounds a cell from above.
            assert not shown
        elif hidden := [part for part in held if part not in shown]:
            # Each hidden cell may be anything from nought to the rest: noughts are hidden as well.
            assert len(hidden) > 1
            assert (whole.numerator or 0) - sum(shown.values()) >= 10


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(list(definitions.load().figures["leaves_year"].groups)), few))
def test_every_split_of_the_year_leaves_a_rest(found: dict[str, int]) -> None:
    groups = definitions.load().figures["leaves_year"].groups
    splits: dict[str, dict[str, int]] = {}
    for part in groups:
        splits.setdefault(part.partition(":")[0], {})[part] = found.get(part, 0)
    whole = max(sum(rows.values()) for rows in splits.values())
    for rows in splits.values():
        rows[next(iter(rows))] += whole - sum(rows.values())
    told = numbers(counts("leaves_year", {p: n for rows in splits.values() for p, n in rows.items()}, whole))
    for rows in splits.values():
        shown = [told[part] for part in rows if told[part] is not None]
        hidden = [part for part in rows if told[part] is None]
        if told[""] is None:
            assert not shown
        elif hidden:
            high = span(told[""])[1] - sum(span(n or 0)[0] for n in shown)
            assert len(hidden) > 1
            assert high >= 10


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(few, few), min_size=1, max_size=20), st.integers(0, 40), st.integers(0, 60))
def test_neighbouring_months_say_nothing_of_what_came_between(steps: list[tuple[int, int]], above: int, rest: int) -> None:
    course = [(above, above + rest)]
    for more, others in steps:
        course.append((course[-1][0] + more, course[-1][1] + more + others))
    told = [tell([share("own_3", "with", *row)])["own_3", "with"] for row in course]
    for before, after in pairwise(told):
        if before is None or after is None:
            continue
        for name in ("numerator", "denominator"):
            old, new = span(getattr(before, name)), span(getattr(after, name))
            assert can_be(new[0] - old[1], new[1] - old[0])


@settings(max_examples=400, deadline=None)
@given(few, few, few, st.integers(0, 200))
def test_free_own_and_unknown_leave_the_fourth_open(own: int, unknown: int, other: int, caught: int) -> None:
    free = own + unknown + other
    rows = {"free": free, "own": own, "unknown": unknown}
    told = tell([share(f"{kind}_3", "with", n, free + caught) for kind, n in rows.items()])
    shown = {kind: None if (v := told[f"{kind}_3", "with"]) is None else span(v.numerator or 0) for kind in rows}
    if shown["free"] and shown["own"] and shown["unknown"]:
        low = shown["free"][0] - shown["own"][1] - shown["unknown"][1]
        high = shown["free"][1] - shown["own"][0] - shown["unknown"][0]
        assert can_be(low, high)


@settings(max_examples=400, deadline=None)
@given(few, few, few, few)
def test_who_returned_from_elsewhere_stays_open(back: int, stayed: int, other_back: int, other_stayed: int) -> None:
    told = tell([share("return_3", "", back + other_back, back + stayed + other_back + other_stayed), share("return_3", "work", back, back + stayed)])
    whole, work = told["return_3", ""], told["return_3", "work"]
    if whole is None:
        assert work is None
    elif work is not None:
        for name in ("numerator", "denominator"):
            a, b = span(getattr(whole, name)), span(getattr(work, name))
            assert can_be(a[0] - b[1], a[1] - b[0])
