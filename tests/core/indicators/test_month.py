"""The month at the entrance, beside a count in plain Python."""

import statistics
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.indicators import month
from hilfefrei.core.indicators.month import WAYS
from hilfefrei.core.indicators.spells import AFTER_MONTHS, afterwards
from hilfefrei.core.indicators.tables import ENTRANTS, LIVING, RECEIPT, table_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIRST = datetime(2026, 8, 1, 6, tzinfo=UTC)

Way = dict[str, Any]


@st.composite
def a_way(draw: st.DrawFn) -> Way:
    since = FIRST + timedelta(minutes=draw(st.integers(0, 100_000)))
    wait = draw(st.none() | st.integers(1, 10_000))
    offer = None if wait is None else since + timedelta(minutes=wait)
    application = draw(st.none() | st.sampled_from(["a1", "a2", "a3", "a4"]))
    return {
        "way": str(draw(st.uuids())),
        "who": draw(st.sampled_from("abcdef")),
        "since": since,
        "day": since.date(),
        "offer": offer,
        "offer_day": offer.date() if offer else None,
        "talked": draw(st.booleans()),
        "application": application,
        # One application, one day and one outcome, however many ways it has.
        "applied": date(2026, 7 + int(application[1]), 3) if application else None,
        "outcome": {"a1": "granted", "a2": "refused"}.get(application or ""),
        "leave": draw(st.none() | st.sampled_from(["asked", "withdrawn"])),
        "work": draw(st.none() | st.dates(date(2026, 8, 1), date(2026, 11, 30))),
        "how": draw(st.sampled_from(["placed", "own", "unknown"])),
    }


ways = st.lists(a_way(), min_size=1, max_size=25)


def rows_of(table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in table.to_pyarrow().to_pylist()]


def table(rows: list[Way]) -> Any:
    return table_of(WAYS, [tuple(row[name] for name in WAYS) for row in rows])


def first(day: date) -> date:
    return day.replace(day=1)


def by_month(rows: list[Way]) -> dict[date, list[Way]]:
    found: dict[date, list[Way]] = defaultdict(list)
    for row in rows:
        found[first(row["day"])].append(row)
    return found


@settings(max_examples=8)
@given(ways)
def test_the_funnel_is_the_count_by_hand(rows: list[Way]) -> None:
    found = {first(r["month"]): r for r in rows_of(month.funnel(table(rows)))}
    assert {
        when: (r["contacts"], r["applied"], r["talked"], r["offered"], r["same_day"]) for when, r in found.items()
    } == {
        when: (
            len(held),
            sum(r["application"] is not None for r in held),
            sum(r["talked"] for r in held),
            sum(r["offer"] is not None for r in held),
            sum(r["offer_day"] == r["day"] for r in held),
        )
        for when, held in by_month(rows).items()
    }


@settings(max_examples=8)
@given(ways)
def test_hours_to_the_first_offer_with_those_who_still_wait(rows: list[Way]) -> None:
    found = {first(r["month"]): r for r in rows_of(month.waits(table(rows), NOW))}
    for when, held in by_month(rows).items():
        hours = [((r["offer"] or NOW) - r["since"]).total_seconds() / 3600 for r in held]
        line = found[when]
        assert (line["ways"], line["waiting"]) == (len(held), sum(r["offer"] is None for r in held))
        assert abs(line["median"] - statistics.median(hours)) < 1e-6
        if len(held) < month.LEAST_FOR_P90:
            assert line["p90"] is None
        else:
            assert abs(line["p90"] - statistics.quantiles(hours, n=10, method="inclusive")[8]) < 1e-6


@settings(max_examples=8)
@given(ways)
def test_an_application_has_one_outcome_however_many_ways(rows: list[Way]) -> None:
    each = {r["application"]: (first(r["applied"]), r["outcome"] or month.OPEN) for r in rows if r["application"]}
    found = {(first(r["month"]), r["outcome"]): r["count"] for r in rows_of(month.outcomes(table(rows)))}
    assert found == dict(Counter(each.values()))


@settings(max_examples=8)
@given(ways)
def test_work_counts_each_person_once_a_month_and_who_left_is_told_by_act(rows: list[Way]) -> None:
    best: dict[tuple[date, str], str] = {}
    order = ["placed", "own", "unknown"]
    for r in rows:
        if r["work"]:
            key = (first(r["work"]), r["who"])
            best[key] = min(best.get(key, "unknown"), r["how"], key=order.index)
    found = {(first(r["month"]), r["how"]): r["count"] for r in rows_of(month.work(table(rows)))}
    assert found == dict(Counter((when, how) for (when, _), how in best.items()))
    left = {(first(r["month"]), r["act"]): r["count"] for r in rows_of(month.left_it(table(rows)))}
    assert left == dict(Counter((first(r["day"]), r["leave"]) for r in rows if r["leave"]))


def test_shares_of_a_cohort_leave_out_who_is_not_yet_watched() -> None:
    entrants = table_of(ENTRANTS, [("a", date(2026, 3, 10), "before"), ("b", date(2026, 3, 10), "before"), ("c", date(2026, 9, 15), "with")])
    receipt = table_of(RECEIPT, [("a", date(2026, 3, 10), date(2026, 5, 31))])
    living = table_of(LIVING, [("a", "own", date(2026, 6, 1), None)])
    found = {r["cohort"]: r for r in rows_of(month.cohorts(afterwards(entrants, receipt, living, date(2026, 11, 30))))}
    assert {n: (found["before"][f"seen_{n}"], found["before"][f"free_{n}"], found["before"][f"own_{n}"]) for n in AFTER_MONTHS} == {
        1: (2, 1, 0),
        3: (2, 2, 1),
        6: (2, 2, 1),
    }
    assert {n: (found["with"][f"seen_{n}"], found["with"][f"free_{n}"]) for n in AFTER_MONTHS} == {1: (1, 1), 3: (0, 0), 6: (0, 0)}
