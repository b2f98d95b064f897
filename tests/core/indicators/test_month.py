"""Every figure of the month beside a count in plain Python over days and lists: twenty small random worlds and the edges."""

import random
import statistics
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hilfefrei.core import federal_share
from hilfefrei.core.indicators import definitions, month
from hilfefrei.core.indicators.definitions import Value
from hilfefrei.core.indicators.month import Frame, Tables
from hilfefrei.core.indicators.spells import RETURN_DAYS
from hilfefrei.core.indicators.tables import LIVING, table_of
from hilfefrei.core.periods import add_months, last_of_month

STATE = date(2026, 11, 20)
NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
WATCHED = date(2024, 12, 1)
VIA = date(2025, 9, 1)
MONTHS = [add_months(date(2026, 11, 1), -n) for n in range(23, -1, -1)]
SHAPES = {
    "persons": month.STRETCHES, "units": month.STRETCHES, "ways": month.WAYS, "applications": month.APPLICATIONS,
    "beside": month.BESIDE, "starts": month.STARTS, "asked": month.ASKED, "heads": month.HEADS, "living": LIVING,
    "amounts": month.AMOUNTS, "leaves": month.LEAVES, "followed": month.FOLLOWED,
}  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]


def marks() -> list[tuple[date, date, datetime]]:
    rows = []
    for first in MONTHS:
        end = min(last_of_month(first), date(2026, 11, 24))
        rows.append((first, end, min(NOW, datetime(end.year, end.month, end.day, 23, 59, 59, tzinfo=UTC))))
    return rows


def tables(rows: Rows) -> Tables:
    made = {name: table_of(shape, rows.get(name, [])) for name, shape in SHAPES.items()}
    return Tables(months=table_of(month.MONTHS, marks()), **made)


def frame(**more: Any) -> Frame:
    return Frame(**({"state": STATE, "watched_from": WATCHED, "via_from": VIA, "land": "NI"} | more))


def figures(rows: Rows, **more: Any) -> dict[tuple[str, date, str], Value]:
    found = month.compute(tables(rows), frame(**more), MONTHS, definitions.load())
    keyed = {(v.code, v.month, v.part): v for v in found}
    assert len(keyed) == len(found)
    return keyed


def a_day(dice: random.Random, first: date = date(2024, 10, 1), last: date = date(2026, 12, 15)) -> date:
    return first + timedelta(days=dice.randrange((last - first).days))


def a_world(seed: int) -> Rows:
    dice = random.Random(seed)
    rows: Rows = {name: [] for name in SHAPES}
    reasons = [*month.REASONS, ""]
    people = [f"p{n}" for n in range(14)]
    rows["heads"] = [(p,) for p in people[:10]]
    for name, who in (("persons", people), ("units", [f"u{n}" for n in range(6)])):
        for one in who:
            start = a_day(dice, date(2024, 9, 1))
            for _ in range(dice.randrange(6)):
                end = start + timedelta(days=dice.choice([0, 5, 30, 60, 90, 200]))
                open_end = dice.random() < 0.15
                rows[name].append((one, start, None if open_end else end, "" if open_end else dice.choice(reasons)))
                start = end + timedelta(days=dice.choice([-10, 1, 7, 8, 9, 31, 32, 33, 92, 93, 94, 183, 200, 366]))
    for n in range(40):
        since = datetime(2026, 5, 1, 6, tzinfo=UTC) + timedelta(minutes=dice.randrange(290_000))
        since = min(since, NOW - timedelta(hours=1))
        offer = since + timedelta(minutes=dice.choice([10, 60, 600, 5_000, 60_000])) if dice.random() < 0.7 else None
        offer = None if offer and offer > NOW else offer
        talked = since + timedelta(minutes=dice.choice([5, 3_000, 60_000])) if dice.random() < 0.8 else None
        talked = None if talked and talked > NOW else talked
        rows["ways"].append((f"w{n}", since, since.date(), offer, offer.date() if offer else None, talked))
    for n in range(25):
        made = a_day(dice, date(2025, 6, 1), date(2026, 11, 24))
        closed = made + timedelta(days=dice.choice([1, 40, 120])) if dice.random() < 0.7 else None
        outcome = dice.choice(["granted", "refused", "denied", "withdrawn", "moved"]) if closed else None
        rows["applications"].append((f"a{n}", made, closed, outcome))
        for _ in range(dice.randrange(3)):
            start = made + timedelta(days=dice.choice([0, 20, 90]))
            end = start + timedelta(days=40) if dice.random() < 0.5 else None
            rows["beside"].append((f"a{n}", dice.choice(["work", "training", "course", "benefit_pays", "benefit_applied"]), start, end))
    for one in people:
        for _ in range(dice.randrange(4)):
            kind, how = dice.choice(["work", "work", "training"]), dice.choice(["placed", "own", "unknown"])
            first = a_day(dice, date(2025, 1, 1), date(2026, 11, 30))
            rows["starts"].append((one, first, kind, how))
            if dice.random() < 0.4:
                rows["starts"].append((one, first + timedelta(days=dice.choice([0, 31, 32])), kind, dice.choice(["placed", "own"])))
        for _ in range(dice.randrange(3)):
            rows["asked"].append((one, a_day(dice)))
        for _ in range(dice.randrange(3)):
            first = a_day(dice)
            until = first + timedelta(days=dice.choice([30, 200])) if dice.random() < 0.6 else None
            rows["living"].append((one, dice.choice(["own", "own", "other"]), first, until))
    for first in MONTHS:
        if dice.random() < 0.97:
            rows["amounts"].append((first, dice.randrange(1, 60), dice.randrange(1, 3_000_000)))
    for n in range(12):
        day = a_day(dice, date(2025, 6, 1), date(2026, 11, 24))
        rows["leaves"].append((f"l{n}", day, f"act:{dice.choice(['stays_open', 'only_asked', 'withdrawn', 'waiver'])}"))
        rows["leaves"].append((f"l{n}", day, f"sex:{dice.choice('wmx')}"))
        if dice.random() < 0.6:
            rows["followed"].append((f"l{n}", day, dice.choice(["looked", "called", "back"]), day + timedelta(days=dice.choice([1, 45]))))
    return rows


# -- the count in plain Python --------------------------------------------------------------------------------------------
def days_of(rows: list[tuple[Any, ...]]) -> dict[str, set[date]]:
    """Every day of receipt known by the delivery; what runs goes on for a year."""
    found: dict[str, set[date]] = defaultdict(set)
    for who, start, end, _ in rows:
        day, last = start, STATE + timedelta(days=400) if end is None or end >= STATE else end
        while start <= STATE and day <= last:
            found[who].add(day)
            day += timedelta(days=1)
    return found


def free_run(days: set[date], day: date, step: int, limit: int = 1500) -> int | None:
    """Free days after (before) ``day`` until the next day of receipt; None where there is none."""
    for n in range(1, limit):
        if day + timedelta(days=step * n) in days:
            return n - 1
    return None


def brute_entries(days: dict[str, set[date]]) -> list[tuple[str, date, int | None]]:
    """(who, first day, days since the last day before it), more than seven days free before it; first watched day is stock."""
    found = []
    for who, held in days.items():
        for day in sorted(held):
            if day - timedelta(days=1) in held or not WATCHED < day <= STATE:
                continue
            before = free_run(held, day, -1)
            if before is None or before > 7:
                found.append((who, day, None if before is None else before + 1))
    return found


def brute_exits(days: dict[str, set[date]], rows: list[tuple[Any, ...]]) -> list[tuple[str, date, int | None, str]]:
    found = []
    for who, held in days.items():
        for day in sorted(held):
            if day + timedelta(days=1) in held or not day >= WATCHED or (STATE - day).days <= 7:
                continue
            after = free_run(held, day, 1)
            if after is not None and after <= 7:
                continue
            reasons = [r or "unknown" for w, _, e, r in rows if w == who and e == day]
            found.append((who, day, None if after is None else after + 1, min(reasons, key=month.REASONS.index)))
    return found


def part_of(back: int | None) -> str:
    if back is None:
        return "first"
    return next((f"back_{n}" for n, span in RETURN_DAYS.items() if back <= span), "back_later")


def known_end(first: date) -> date:
    return min(last_of_month(first), STATE)


@pytest.mark.parametrize("seed", range(20))
def test_stock_movements_and_returns_are_the_count_by_days(seed: int) -> None:
    rows = a_world(seed)
    found = figures(rows)
    for name in ("persons", "units"):
        days = days_of(rows[name])
        entries = Counter((d.replace(day=1), part_of(back)) for _, d, back in brute_entries(days))
        exits = brute_exits(days, rows[name])
        left = Counter((d.replace(day=1), reason) for _, d, _, reason in exits)
        for first in MONTHS:
            end = known_end(first)
            stock = sum(end in held for held in days.values())
            assert found[f"stock_{name}", first, ""].numerator == stock
            for part in definitions.load().figures[f"entries_{name}"].groups:
                assert found[f"entries_{name}", first, part].numerator == entries[first, part], (first, part)
            for part in month.REASONS:
                assert found[f"exits_{name}", first, part].numerator == left[first, part], (first, part)
            assert found[f"exits_{name}", first, ""].numerator == sum(c for (m, _), c in left.items() if m == first)
            before = found.get((f"stock_{name}", add_months(first, -12), ""))
            change = found.get((f"stock_{name}_yoy", first, ""))
            assert (change is not None) == bool(before and before.numerator)
            if change is not None and before is not None and before.numerator:
                assert change.value == pytest.approx(100 * (stock / before.numerator - 1))
            if name == "persons":
                for n, span in RETURN_DAYS.items():
                    seen = [x for x in exits if end - timedelta(days=span + 365) < x[1] <= end - timedelta(days=span)]
                    young = [x for x in exits if end - timedelta(days=span) < x[1] <= end]
                    for part, held in (("", seen), ("work", [x for x in seen if x[3] == "work"])):
                        value = found[f"return_{n}", first, part]
                        back = sum(x[2] is not None and x[2] <= span for x in held)
                        assert (value.numerator, value.denominator) == (back, len(held))
                        assert value.value == (pytest.approx(100 * back / len(held)) if held else None)
                    assert found[f"unseen_{n}", first, ""].numerator == len(young)


def on(stretches: list[tuple[Any, ...]], who: str, day: date, source: str = "") -> bool:
    return any(
        row[0] == who and (not source or row[1] == source) and row[-2] <= day and (row[-1] is None or day <= row[-1]) for row in stretches
    )


@pytest.mark.parametrize("seed", range(20))
def test_free_own_and_unknown_beside_those_before_are_the_count_by_hand(seed: int) -> None:
    rows = a_world(seed)
    found = figures(rows)
    days = days_of(rows["persons"])
    heads = {h for (h,) in rows["heads"]}
    began = [(w, d) for w, d, _ in brute_entries(days) if w in heads]
    # A spell by the rule of movements holds its gaps of up to seven days.
    def runs(who: str, day: date) -> bool:
        held = days.get(who, set())
        if day in held:
            return day - timedelta(days=1) in held or (free_run(held, day, -1) or 99) <= 7
        after, before = free_run(held, day, 1), free_run(held, day, -1)
        return after is not None and before is not None and after + before + 1 <= 7

    wished = [(w, d) for w, d in rows["asked"] if d > WATCHED and not runs(w, d)]
    came, last = [], {}
    for who, day in sorted({*began, *wished}):
        if who not in last or (day - last[who]).days > 62:
            came.append((who, day))
        last[who] = day
    paid = [(w, s, e) for w, s, e, _ in rows["persons"]]
    for n in (1, 3, 6):
        told = []
        for who, day in came:
            then = add_months(day, n)
            if then > STATE:
                continue
            free = not on(paid, who, then)
            own, other = (on(rows["living"], who, then, source) for source in ("own", "other"))
            told.append((day, then, {"free": free, "own": free and own and not other, "unknown": free and not own and not other}))
        for first in MONTHS:
            end = known_end(first)
            groups = {
                "month": [t for t in told if first <= t[1] <= end],
                "with": [t for t in told if t[0] >= VIA and t[1] <= end],
                "before": [t for t in told if t[0] < VIA and t[1] <= end],
            }
            for part, held in groups.items():
                for name in ("free", "own", "unknown"):
                    value = found[f"{name}_{n}", first, part]
                    assert (value.numerator, value.denominator) == (sum(t[2][name] for t in held), len(held)), (name, n, first, part)


@pytest.mark.parametrize("seed", range(20))
def test_entrance_outcomes_work_housing_and_who_left_are_the_count_by_hand(seed: int) -> None:
    rows = a_world(seed)
    found = figures(rows)
    for first, last, until in marks():
        ways = [w for w in rows["ways"] if first <= w[2] <= last]
        offered = [w for w in ways if w[3] is not None and w[3] <= until]
        talked = [w for w in ways if w[5] is not None and w[5] <= until]
        same = [w for w in offered if w[4] == w[2]]
        assert found["contacts", first, ""].numerator == len(ways)
        for code, held in (("talks", talked), ("offers", offered), ("offers_same_day", same)):
            assert (found[code, first, ""].numerator, found[code, first, ""].denominator) == (len(held), len(ways))
        hours = [((w[3] if w in offered else until) - w[1]).total_seconds() / 3600 for w in ways]
        if not ways:
            assert ("hours_median", first, "") not in found
        else:
            assert found["hours_median", first, ""].value == pytest.approx(statistics.median(hours), abs=1e-3)
            p90 = statistics.quantiles(hours, n=10, method="inclusive")[8] if len(hours) >= 10 else None
            assert found["hours_p90", first, ""].value == (None if p90 is None else pytest.approx(p90, abs=1e-3))
        year = [a for a in rows["applications"] if add_months(first, -11) <= a[1] <= last]
        assert found["applications", first, ""].numerator == sum(first <= a[1] <= last for a in rows["applications"])
        closed = Counter(a[3] if a[2] and a[2] <= last else "open" for a in year)
        for part in definitions.load().figures["outcomes"].groups:
            assert found["outcomes", first, part].numerator == closed[part]
        assert found["outcomes", first, ""].numerator == len(year)
        for part in definitions.load().figures["beside"].groups:
            held = {
                a[0] for a in year for who, kind, start, end in rows["beside"]
                if who == a[0] and kind == part and start <= last and (not part.startswith("benefit") or end is None or end >= last)
            }  # fmt: skip
            assert found["beside", first, part].numerator == len(held)
        told = [r for r in rows["leaves"] if add_months(first, -11) <= r[1] <= last]
        for part in definitions.load().figures["leaves_year"].groups:
            assert found["leaves_year", first, part].numerator == sum(r[2] == part for r in told)
        assert found["leaves_year", first, ""].numerator == len({r[0] for r in told})
        for part in definitions.load().figures["leaves"].groups:
            assert found["leaves", first, part].numerator == sum(r[2] == f"act:{part}" and r[1] >= first for r in told)
        for part in definitions.load().figures["leaves_followed"].groups:
            after = {r[0] for r in rows["followed"] if add_months(first, -11) <= r[1] <= last and r[3] <= last and r[2] == part}
            assert found["leaves_followed", first, part].numerator == len(after)
    starts: list[tuple[str, date, str]] = []
    for who, kind in sorted({(s[0], s[2]) for s in rows["starts"]}):
        run: list[tuple[date, str]] = []
        for day, how in [*sorted((s[1], s[3]) for s in rows["starts"] if s[0] == who and s[2] == kind), (date(2030, 1, 1), "")]:
            if run and (day - run[-1][0]).days > 31:
                starts.append((kind, run[0][0], min((h for _, h in run), key=["placed", "own", "unknown"].index)))
                run = []
            run.append((day, how))
    for first, last, _ in marks():
        for part in ("placed", "own", "unknown"):
            number = sum(kind == "work" and how == part and first <= day <= last for kind, day, how in starts)
            assert found["work_started", first, part].numerator == number
        assert found["training_started", first, ""].numerator == sum(k == "training" and first <= d <= last for k, d, _ in starts)
        year = [add_months(first, -n) for n in range(12)]
        if not all(any(a[0] == m for a in rows["amounts"]) for m in year):
            assert ("luh_year", first, "") not in found
            continue
        cents = {m: sum(a[2] for a in rows["amounts"] if a[0] == m) for m in year}
        units = sum(a[1] for a in rows["amounts"] if a[0] in year)
        federal = sum(federal_share.split(c, "NI", m.year)[0] for m, c in cents.items())
        whole = found["luh_year", first, ""], found["luh_year", first, "federal"], found["luh_year", first, "county"]
        assert [v.numerator for v in whole] == [sum(cents.values()), federal, sum(cents.values()) - federal]
        assert found["luh_unit_year", first, ""].value == pytest.approx(12 * sum(cents.values()) / units)


# -- edges ----------------------------------------------------------------------------------------------------------------
OCTOBER = date(2026, 10, 1)


def receipts(*rows: tuple[Any, ...]) -> dict[tuple[str, date, str], Value]:
    return figures({"persons": list(rows)})


@pytest.mark.parametrize(("free_days", "exits"), [(7, 0), (8, 1)])
def test_seven_free_days_change_nothing_and_eight_are_an_exit_and_an_entry(free_days: int, exits: int) -> None:
    end = date(2026, 10, 5)
    found = receipts(("a", date(2026, 1, 1), end, "work"), ("a", end + timedelta(days=free_days + 1), None, ""))
    assert found["exits_persons", OCTOBER, "work"].numerator == exits
    assert found["entries_persons", OCTOBER, "back_3"].numerator == exits


@pytest.mark.parametrize(("end", "exits"), [(date(2026, 11, 12), 1), (date(2026, 11, 13), 0)])
def test_an_end_in_the_last_week_of_the_delivery_is_not_yet_an_exit(end: date, exits: int) -> None:
    found = receipts(("a", date(2026, 1, 1), end, "work"))
    assert found["exits_persons", date(2026, 11, 1), ""].numerator == exits


def test_an_exit_on_the_last_day_of_a_month_belongs_to_it_once_eight_days_are_delivered() -> None:
    row = ("a", date(2026, 1, 1), date(2026, 10, 31), "work")
    assert month.closable_from(OCTOBER) == date(2026, 11, 8)
    early, late = (figures({"persons": [row]}, state=day) for day in (date(2026, 11, 7), date(2026, 11, 8)))
    assert early["exits_persons", OCTOBER, "work"].numerator == 0
    assert late["exits_persons", OCTOBER, "work"].numerator == 1
    # In the last month nobody has been watched: the exit stands apart and is in no share.
    assert late["unseen_3", OCTOBER, ""].numerator == 1
    assert late["return_3", OCTOBER, ""].denominator == 0


@pytest.mark.parametrize(("days", "numbers"), [(31, (1, 0)), (32, (1, 1))])
def test_two_starts_within_31_days_are_one(days: int, numbers: tuple[int, int]) -> None:
    first = date(2026, 9, 10)
    found = figures({"starts": [("a", first, "work", "unknown"), ("a", first + timedelta(days=days), "work", "placed")]})
    counted = [sum(found["work_started", m, p].numerator or 0 for p in ("placed", "own", "unknown")) for m in (date(2026, 9, 1), OCTOBER)]
    assert tuple(counted) == numbers


def test_without_a_delivery_what_it_would_say_has_no_value_and_is_not_nothing() -> None:
    found = figures({"ways": []}, state=None, watched_from=None)
    codes = {code for code, _, _ in found}
    assert not codes & {"stock_persons", "exits_persons", "free_3", "return_3", "luh_year"}
    assert found["contacts", OCTOBER, ""].numerator == 0


def test_a_month_after_the_delivery_has_no_stock() -> None:
    found = figures({"persons": [("a", date(2026, 1, 1), None, "")]}, state=date(2026, 10, 20))
    assert found["stock_persons", OCTOBER, ""].numerator == 1
    assert ("stock_persons", date(2026, 11, 1), "") not in found


def test_who_is_gone_and_of_whom_nothing_is_known_is_no_success() -> None:
    rows: Rows = {"asked": [("a", date(2026, 6, 10))], "heads": [("a",)]}
    found = figures(rows)
    july = date(2026, 7, 1)
    assert found["free_1", july, "month"].numerator == 1
    assert (found["own_1", july, "month"].numerator, found["unknown_1", july, "month"].numerator) == (0, 1)


def test_months_before_the_entrance_began_have_no_figures_of_it_and_no_noughts() -> None:
    found = figures({"ways": []}, entrance_from=OCTOBER)
    assert ("contacts", date(2026, 9, 1), "") not in found
    assert ("outcomes", date(2026, 9, 1), "open") not in found
    assert found["contacts", OCTOBER, ""].numerator == 0
    # Work is told of by the delivery too.
    assert found["work_started", date(2026, 9, 1), "own"].numerator == 0


def test_without_refusals_from_before_both_sides_count_only_whose_receipt_began() -> None:
    rows: Rows = {
        "asked": [("a", date(2026, 6, 10))], "heads": [("a",), ("b",)], "persons": [("b", date(2026, 6, 12), date(2026, 6, 30), "work")],
    }  # fmt: skip
    july = date(2026, 7, 1)
    assert figures(rows)["free_1", july, "month"].denominator == 2
    assert figures(rows, refusals=False)["free_1", july, "month"].denominator == 1


def test_a_year_without_a_federal_share_leaves_the_payers_open() -> None:
    values = month.housing([(date(2021, n, 1), 3, 100_000) for n in range(1, 13)], [date(2021, 12, 1)], "NI")
    assert {(v.code, v.part) for v in values} == {("luh_year", ""), ("luh_unit_year", "")}


@pytest.mark.parametrize("seed", range(3))
def test_the_list_behind_a_number_is_as_long_as_the_number(seed: int) -> None:
    rows, known = a_world(seed), definitions.load()
    found = figures(rows)
    first = date(2026, 7, 1)
    with month.Engine(tables(rows), frame()) as engine:
        for figure in known.figures.values():
            if figure.unit not in {"count", "share"} or figure.code == "leaves_year":
                continue
            for part in ["", *figure.groups][:4]:
                value = found.get((figure.code, first, part))
                if value is not None:
                    # Somebody who leaves twice in a month stands in the list once.
                    behind = engine.behind(figure.code, first, part, figure.section)
                    assert bool(behind) == bool(value.numerator)
                    assert len(behind) <= (value.numerator or 0)


def test_another_day_needs_no_new_text_and_counts_by_its_own_dates() -> None:
    rows: Rows = {"persons": [("a", date(2026, 1, 1), date(2026, 9, 30), "work")]}
    assert figures(rows)["exits_persons", date(2026, 9, 1), "work"].numerator == 1
    compiled = month.plan.cache_info().misses
    # With data of seven days after it the end may still turn out to be none.
    assert figures(rows, state=date(2026, 10, 7))["exits_persons", date(2026, 9, 1), "work"].numerator == 0
    assert figures(rows, state=date(2026, 10, 8))["exits_persons", date(2026, 9, 1), "work"].numerator == 1
    assert month.plan.cache_info().misses == compiled


def test_a_table_without_a_column_is_refused_and_one_with_more_is_read() -> None:
    made = tables({"heads": [("a",)]})
    with pytest.raises(ValueError, match=r"heads: who \(fehlt statt string\)"):
        month.Engine(replace(made, heads=table_of({"whom": "string"}, [("a",)])), frame())
    more = replace(made, starts=table_of({"note": "string", **month.STARTS}, [("x", "a", date(2026, 10, 2), "work", "own")]))
    found = month.tally(more, frame(), {"work"})
    assert found["work_started", OCTOBER, "own"] == (1, 1)


# -- definitions and suppression ------------------------------------------------------------------------------------------
def test_every_part_that_is_counted_has_words_and_every_figure_is_computed() -> None:
    known = definitions.load()
    found = figures(a_world(3))
    assert {code for code, _, _ in found} == set(known.figures)
    assert {p for c, _, p in found if p} <= {p for f in known.figures.values() for p in f.groups}
