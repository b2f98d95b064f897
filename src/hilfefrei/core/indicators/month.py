"""The month as cases: every figure is a table of who stands behind it, so that a number and its list cannot differ.

A block holds who counts in some figures of a month, and who is in the upper part of a share. Each month looks at the world as it was on its last day (``MONTHS``): what is noted later about an earlier day
changes it, what merely happens later does not. Only an exit needs a look beyond, see :data:`CERTAIN_DAYS`.
"""

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, Self

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hilfefrei.core import federal_share
from hilfefrei.core.indicators import spells
from hilfefrei.core.indicators.definitions import Definitions, Value
from hilfefrei.core.indicators.spells import AFTER_MONTHS, MOVEMENT_GAP, RETURN_DAYS
from hilfefrei.core.indicators.tables import LIVING, check, table_of
from hilfefrei.core.month import LASTING
from hilfefrei.core.periods import add_months, first_of_month

# One row per month that is asked for: its first, the last day that is looked at and the moment up to which.
MONTHS: Final[Mapping[str, str]] = {"month": "date", "last": "date", "until": "timestamp"}
# Receipt with the reason of its end (empty: none given) and, for units, of each of their members.
STRETCHES: Final[Mapping[str, str]] = {"who": "string", "start": "date", "end": "date", "reason": "string"}
# One row per way through the entrance. ``since`` is the first contact, ``offer`` the first offer, ``talked`` when a talk that
# counts was begun; null where there was none.
WAYS: Final[Mapping[str, str]] = {
    "way": "string",
    "since": "timestamp",
    "day": "date",
    "offer": "timestamp",
    "offer_day": "date",
    "talked": "timestamp",
}
# One row per application: when it was made, when and how it was closed (null: open).
APPLICATIONS: Final[Mapping[str, str]] = {"application": "string", "day": "date", "closed": "date", "outcome": "string"}
# What is known beside an application, of its ways: kind, first and last day.
BESIDE: Final[Mapping[str, str]] = {"application": "string", "kind": "string", "start": "date", "end": "date"}
# Work or training that began. ``kind``: work, training; ``how``: placed, own, unknown.
STARTS: Final[Mapping[str, str]] = {"who": "string", "day": "date", "kind": "string", "how": "string"}
# Who asked for benefits on a day, beside whose receipt began: applications, and decisions that granted nothing.
ASKED: Final[Mapping[str, str]] = {"who": "string", "day": "date"}
# The persons by whom a unit is followed, one for each.
HEADS: Final[Mapping[str, str]] = {"who": "string"}
# Cost of housing of each month that was delivered: units with an amount above nothing, and cents.
AMOUNTS: Final[Mapping[str, str]] = {"month": "date", "units": "int64", "cents": "int64"}
# "Then I leave it": one row per declaration and group it belongs to; and what followed, on which day.
LEAVES: Final[Mapping[str, str]] = {"leave": "string", "day": "date", "part": "string"}
FOLLOWED: Final[Mapping[str, str]] = {"leave": "string", "day": "date", "part": "string", "then": "date"}

# An end is an exit when more than seven days have passed: so long after its last day a month can be closed.
CERTAIN_DAYS: Final = MOVEMENT_GAP + 1
# From so many on a 90th percentile says something.
LEAST_FOR_P90: Final = 10
# Two starts of one person so close are one: the entrance and the paying system do not always name the same day.
SAME_START_DAYS: Final = 31
# Applying, deciding and the first day of receipt of one arrival lie no farther apart.
SAME_ARRIVAL_DAYS: Final = 62
# In this order one of several reasons of an end is taken.
REASONS: Final = (
    "work", "partner_work", "training", "income", "pension", "household", "moved", "no_renewal", "death", "other", "unknown",
)  # fmt: skip
_NO_END = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Tables:
    """All that a month is computed from, without a name in it."""

    months: ir.Table
    persons: ir.Table
    units: ir.Table
    ways: ir.Table
    applications: ir.Table
    beside: ir.Table
    starts: ir.Table
    asked: ir.Table
    heads: ir.Table
    living: ir.Table
    amounts: ir.Table
    leaves: ir.Table
    followed: ir.Table


@dataclass(frozen=True, slots=True)
class Frame:
    """What the tables know: the newest delivery, the first watched day, the first day of ViA, the Land (payers).

    ``entrance_from``: the first month of which the entrance tells (None: all); before it there are no figures, not noughts.
    ``entrance_since``: the first day of it (None: not told).
    ``refusals``: whether applications before ViA that were not granted are known. Without them ``asked`` is left out of the
    comparison on both sides, so that nobody counts with ViA who would not have been seen before it.
    """

    state: date | None
    watched_from: date | None
    via_from: date | None
    land: str
    entrance_from: date | None = None
    refusals: bool = True
    entrance_since: date | None = None

    def short_window(self, section: str, last: date) -> date | None:
        """From when the data begin, where the twelve months up to ``last`` of a section's figures reach back before that."""
        year = first_of_month(add_months(last, -11))
        if section in {"outcome", "leave"}:
            return self.entrance_since if self.entrance_since is not None and self.entrance_since > year else None
        # Returns look at the exits of a year that itself ended up to a year ago.
        reach = last - timedelta(days=365 + max(RETURN_DAYS.values()))
        return self.watched_from if section == "returns" and self.watched_from is not None and self.watched_from > reach else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a block. ``part`` is a group, or None where the block's own column says it; ``of`` and ``hit`` name columns
    of true and false: who counts at all (empty: everybody), and who is in the upper part of the share (empty: everybody)."""

    code: str
    part: str | None = ""
    of: str = ""
    hit: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Who stands behind some figures: ``rows`` with ``month``, ``who``, ``part`` and the columns that the measures name."""

    rows: ir.Table
    measures: tuple[Measure, ...]


def _plain(rows: ir.Table, who: str, part: ir.Value | str = "", **flags: ir.BooleanValue) -> ir.Table:
    return rows.select(month=rows.month, who=rows[who], part=ibis.literal(part) if isinstance(part, str) else part, **flags)


def _in_month(months: ir.Table, rows: ir.Table, day: str = "day") -> ir.Table:
    """``rows`` with the month in which ``day`` lies, up to the last day looked at."""
    return months.inner_join(rows, [months.month <= rows[day], months["last"] >= rows[day]])


def _in_year(months: ir.Table, rows: ir.Table, day: str = "day") -> ir.Table:
    """``rows`` with each month whose twelve months hold ``day``."""
    months = months.mutate(first=(months.month - ibis.interval(months=11)).cast("date"))
    return months.inner_join(rows, [months["first"] <= rows[day], months["last"] >= rows[day]])


def stock(months: ir.Table, stretches: ir.Table, code: str) -> Block:
    """Everybody in receipt on the last day of each month, once."""
    rows = stretches.select("who", "start", end=stretches.end.coalesce(_NO_END))
    held = months.inner_join(rows, [rows.start <= months["last"], rows.end >= months["last"]])
    return Block(_plain(held.select("month", "who").distinct(), "who"), (Measure(code),))


def with_reason(exits: ir.Table, stretches: ir.Table) -> ir.Table:
    """Exits with ``reason``: of the stretches that ended on their day the first of :data:`REASONS`."""
    rank = ibis.cases(*((stretches.reason == reason, place) for place, reason in enumerate(REASONS)), else_=len(REASONS) - 1)
    ends = stretches.filter(stretches.end.notnull()).select(his="who", day_of="end", rank=rank)
    ends = ends.group_by("his", "day_of").aggregate(rank=ends["rank"].min())
    found = exits.left_join(ends, [exits.who == ends.his, exits.day == ends.day_of]).drop("his", "day_of")
    place = found["rank"].coalesce(len(REASONS) - 1)
    return found.mutate(reason=ibis.cases(*((place == n, reason) for n, reason in enumerate(REASONS)), else_="unknown")).drop("rank")


def entries(months: ir.Table, came: ir.Table, code: str) -> Block:
    """Entries of each month by how long ago the last exit was."""
    rows = _in_month(months, came)
    limits = [(rows.back <= span, f"back_{n}") for n, span in RETURN_DAYS.items()]
    part = ibis.cases((rows.back.isnull(), "first"), *limits, else_="back_later")
    return Block(_plain(rows, "who", part), (Measure(code, None),))


def exits(months: ir.Table, left: ir.Table, code: str) -> Block:
    """Exits of each month by reason."""
    rows = _in_month(months, left)
    return Block(_plain(rows, "who", rows.reason), (Measure(code, None),))


def returns(months: ir.Table, left: ir.Table, n: int) -> Block:
    """Returns: the exits of the year that ended ``span`` days before the end of the month, and whether the person came back.

    Exits younger than that are in no share: nobody has watched them long enough.
    """
    span = RETURN_DAYS[n]
    marks = months.mutate(
        mark=(months["last"] - ibis.interval(days=span)).cast("date"),
        first=(months["last"] - ibis.interval(days=span + 365)).cast("date"),
    )
    rows = marks.inner_join(left, [marks["first"] < left.day, marks["last"] >= left.day])
    seen = rows.day <= rows.mark
    rows = _plain(
        rows, "who", seen=seen, young=~seen, work=seen & (rows.reason == "work"), back=rows.back.notnull() & (rows.back <= span)
    )
    return Block(
        rows,
        (
            Measure(f"return_{n}", "", "seen", "back"),
            Measure(f"return_{n}", "work", "work", "back"),
            Measure(f"unseen_{n}", "", "young"),
        ),
    )


def contacts(months: ir.Table, ways: ir.Table) -> Block:
    """First contacts of each month, and what they had by its end."""
    rows = _in_month(months, check(ways, WAYS, "Wege"))
    offered = rows.offer.notnull() & (rows.offer <= rows.until)
    rows = _plain(
        rows,
        "way",
        offered=offered,
        talked=rows.talked.notnull() & (rows.talked <= rows.until),
        same_day=offered & (rows.offer_day == rows.day),
    )
    return Block(
        rows,
        (
            Measure("contacts"),
            Measure("talks", "", "", "talked"),
            Measure("offers", "", "", "offered"),
            Measure("offers_same_day", "", "", "same_day"),
            Measure("hours_median", "", "", "offered"),
            Measure("hours_p90", "", "", "offered"),
        ),
    )


def waits(months: ir.Table, ways: ir.Table) -> ir.Table:
    """Hours to the first offer per month: ``month, ways, waiting, median, p90`` (null below ten).

    A way without an offer has waited until the end of the month and enters with that time: leaving people without an offer
    never makes the figure better.
    """
    rows = _in_month(months, check(ways, WAYS, "Wege"))
    offered = rows.offer.notnull() & (rows.offer <= rows.until)
    until = offered.ifelse(rows.offer, rows.until)
    hours = (until.epoch_seconds() - rows.since.epoch_seconds()).cast("float64") / 3600
    rows = rows.mutate(hours=hours, offered=offered)
    found = rows.group_by("month").aggregate(
        ways=lambda t: t.count(),
        waiting=lambda t: t.offered.ifelse(0, 1).sum(),
        median=lambda t: t.hours.quantile(0.5),
        p90=lambda t: t.hours.quantile(0.9),
    )
    return found.mutate(p90=(found.ways >= LEAST_FOR_P90).ifelse(found.p90, ibis.null("float64"))).order_by("month")


def applications(months: ir.Table, made: ir.Table) -> list[Block]:
    """Applications of the month, and the outcome of each of the year once, as it stood."""
    made = check(made, APPLICATIONS, "Anträge")
    year = _in_year(months, made)
    closed = year.closed.notnull() & (year.closed <= year["last"])
    return [
        Block(_plain(_in_month(months, made), "application"), (Measure("applications"),)),
        Block(_plain(year, "application", closed.ifelse(year.outcome, "open")), (Measure("outcomes", None),)),
    ]


def beside(months: ir.Table, made: ir.Table, known: ir.Table) -> Block:
    """What is known beside the applications of the year; other benefits count only while they pay or are asked for."""
    year = _in_year(months, check(made, APPLICATIONS, "Anträge"))
    known = check(known, BESIDE, "Tatsachen").rename(to="application")
    facts = year.inner_join(known, [year.application == known.to, known.start <= year["last"]])
    facts = facts.filter(facts.kind.notin(sorted(LASTING)) | facts.end.isnull() | (facts.end >= facts["last"]))
    facts = facts.select("month", "application", "kind").distinct()
    return Block(_plain(facts, "application", facts.kind), (Measure("beside", None),))


def starts_of(starts: ir.Table) -> ir.Table:
    """Starts that are one: ``who, kind, day, how``. Through us counts before own search, own search before unknown."""
    rows = check(starts, STARTS, "Beginne")
    rows = rows.mutate(rank=ibis.cases((rows.how == "placed", 0), (rows.how == "own", 1), else_=2))
    order = ibis.window(group_by=["who", "kind"], order_by=["day", "rank"])
    rows = rows.mutate(before=rows.day.lag().over(order))
    fresh = rows.before.isnull() | (rows.day.delta(rows.before, unit="day") > SAME_START_DAYS)
    rows = rows.mutate(fresh=fresh.ifelse(1, 0))
    until = ibis.window(group_by=["who", "kind"], order_by=["day", "rank"], preceding=(None, 0))
    rows = rows.mutate(number=rows.fresh.sum().over(until))
    each = rows.group_by("who", "kind", "number").aggregate(day=rows.day.min(), rank=rows["rank"].min())
    how = ibis.cases((each["rank"] == 0, "placed"), (each["rank"] == 1, "own"), else_="unknown")
    return each.select("who", "kind", "day", how=how)


def begun(months: ir.Table, starts: ir.Table) -> Block:
    """Work and training that began in each month."""
    rows = _in_month(months, starts_of(starts))
    rows = _plain(rows, "who", rows.how, work=rows.kind == "work", training=rows.kind == "training")
    return Block(rows, (Measure("work_started", None, "work"), Measure("training_started", "", "training")))


def arrivals(moves: ir.Table, asked: ir.Table, heads: ir.Table, watched_from: ir.DateValue, via_from: ir.DateValue) -> ir.Table:
    """Who came and when, before ViA and with it on the same terms: ``who, day, cohort`` (``before``, ``with``).

    A unit comes when its receipt begins, or when it asks and gets nothing; what lies at most 62 days apart is one coming.
    Whoever asks while receipt runs has not come.
    """
    began = moves.semi_join(heads, "who").filter(lambda t: t.start > watched_from).select("who", day="start")
    wished = check(asked, ASKED, "Anliegen").filter(lambda t: t.day > watched_from).distinct()
    runs = moves.select(his="who", start="start", end=moves.end.coalesce(_NO_END))
    inside = wished.inner_join(runs, [wished.who == runs.his, runs.start < wished.day, runs.end >= wished.day])
    wished = wished.anti_join(inside.select("who", "day"), ["who", "day"])
    rows = ibis.union(began, wished, distinct=True)
    rows = rows.mutate(before=rows.day.lag().over(ibis.window(group_by="who", order_by="day")))
    rows = rows.filter(rows.before.isnull() | (rows.day.delta(rows.before, unit="day") > SAME_ARRIVAL_DAYS))
    return rows.select("who", "day", cohort=(rows.day >= via_from).ifelse("with", "before"))


def lasting(months: ir.Table, lives: ir.Table, n: int) -> Block:
    """Free, from own income, unknown after ``n`` months: whose day fell into the month, all with ViA, all before it."""
    seen = lives.filter(lives[f"seen_{n}"])
    rows = months.inner_join(seen, months["last"] >= seen[f"then_{n}"])
    names = ("free", "own", "unknown")
    rows = _plain(
        rows,
        "who",
        in_month=rows[f"then_{n}"] >= rows.month,
        with_via=rows.cohort == "with",
        before_via=rows.cohort == "before",
        **{name: rows[f"{name}_{n}"] for name in names},
    )
    parts = (("month", "in_month"), ("with", "with_via"), ("before", "before_via"))
    return Block(rows, tuple(Measure(f"{name}_{n}", part, of, name) for name in names for part, of in parts))


def leaves(months: ir.Table, told: ir.Table, followed: ir.Table) -> list[Block]:
    """"Then I leave it": by act in the month, by group over twelve months, what followed. Never a success, never a saving."""
    told = check(told, LEAVES, "Erklärungen")
    act = _in_month(months, told.filter(told.part.startswith("act:")))
    year = _in_year(months, told)
    after = _in_year(months, check(followed, FOLLOWED, "Folgen"))
    after = after.filter(after.then <= after["last"]).select("month", "leave", "part").distinct()
    return [
        Block(_plain(act, "leave", act.part.replace("act:", "")), (Measure("leaves", None),)),
        Block(_plain(year, "leave", year.part), (Measure("leaves_year", None),)),
        Block(_plain(after, "leave", after.part), (Measure("leaves_followed", None),)),
    ]


# What comes in, by the name that the compiled figures read it under; and the one row of the days of a :class:`Frame`.
SHAPES: Final[Mapping[str, Mapping[str, str]]] = {
    "months": MONTHS, "persons": STRETCHES, "units": STRETCHES, "ways": WAYS, "applications": APPLICATIONS, "beside": BESIDE,
    "starts": STARTS, "asked": ASKED, "heads": HEADS, "living": LIVING, "amounts": AMOUNTS, "leaves": LEAVES, "followed": FOLLOWED,
}  # fmt: skip
FRAME: Final[Mapping[str, str]] = {"state": "date", "watched_from": "date", "via_from": "date"}


def _sql(table: ir.Table) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))


def _named(name: str, shape: Mapping[str, str]) -> ir.Table:
    return ibis.table(table_of(shape, ()).schema(), name=name)


class Plan:
    """The figures of some sections over tables that are only named: Ibis writes their SQL once, and any day's tables run it.

    ``held``: what many figures rest on, in the order in which it is to be computed, with its name.
    """

    def __init__(self, sections: AbstractSet[str], *, delivered: bool, refusals: bool) -> None:
        self.tables = Tables(**{name: _named(name, shape) for name, shape in SHAPES.items()})
        self.sections, self.refusals = sections, refusals
        self.held: list[tuple[str, str]] = []
        self.blocks = self._known() + (self._delivered() if delivered else [])

    def _hold(self, table: ir.Table) -> ir.Table:
        name = f"held_{len(self.held)}"
        self.held.append((name, _sql(table)))
        return ibis.table(table.schema(), name=name)

    def _known(self) -> list[Block]:
        """Of what Hilfefrei itself knows, which needs no delivery."""
        tables, months, sections = self.tables, self.tables.months, self.sections
        found: list[Block] = []
        if "entrance" in sections:
            found.append(contacts(months, tables.ways))
        if "entrance" in sections or "outcome" in sections:
            found += applications(months, tables.applications)
        if "outcome" in sections:
            found.append(beside(months, tables.applications, tables.beside))
        if "work" in sections:
            found.append(begun(months, tables.starts))
        if "leave" in sections:
            found += leaves(months, tables.leaves, tables.followed)
        return found

    def _delivered(self) -> list[Block]:
        sections, months = self.sections, self.tables.months
        wanted = [n for n in ("persons", "units") if sections & {"stock", "movement"} or (n == "persons" and sections & {"returns", "lasting"})]
        if not wanted:
            return []
        frame = _named("frame", FRAME)
        state, watched_from, via_from = (frame[name].as_scalar() for name in FRAME)
        months = months.mutate(last=ibis.least(months["last"], state))
        months = self._hold(months.filter((months["last"] >= months.month) & (months["last"] >= watched_from)))
        found: list[Block] = []
        for name in wanted:
            rows = getattr(self.tables, name)
            if "stock" in sections:
                found.append(stock(months, rows, f"stock_{name}"))
            if not sections & {"movement", "returns", "lasting"}:
                continue
            moves = self._hold(spells.movements(rows, state))
            left = with_reason(spells.left(moves, state).select("who", "day", "back"), rows)
            left = self._hold(left.filter(left.day >= watched_from))
            if "movement" in sections:
                found += [entries(months, spells.came(moves, watched_from), f"entries_{name}"), exits(months, left, f"exits_{name}")]
            if name == "units":
                continue
            if "returns" in sections:
                found += [returns(months, left, n) for n in RETURN_DAYS]
            if "lasting" in sections:
                asked = self.tables.asked if self.refusals else self.tables.asked.limit(0)
                came = self._hold(arrivals(moves, asked, self.tables.heads, watched_from, via_from))
                lives = self._hold(spells.afterwards(came, rows.select("who", "start", "end"), self.tables.living, state))
                found += [lasting(months, lives, n) for n in AFTER_MONTHS]
        return found

    @cached_property
    def tallies(self) -> list[tuple[tuple[Measure, ...], str]]:
        """The measures of each block, and what gives ``month, part`` and for each of them who is in the upper part and all."""
        return [(block.measures, _sql(_tallied(block))) for block in self.blocks]


def _tallied(block: Block) -> ir.Table:
    rows = block.rows
    sums: dict[str, ir.Value] = {}
    for place, measure in enumerate(block.measures):
        of = rows[measure.of] if measure.of else rows.month.notnull()
        hit = of & rows[measure.hit] if measure.hit else of
        sums |= {f"hits_{place}": hit.ifelse(1, 0).sum(), f"all_{place}": of.ifelse(1, 0).sum()}
    return rows.group_by("month", "part").aggregate(**sums)


# Each holds some ten thousand characters of SQL; the pages ask for single sections, all slow ones and all others.
plan = lru_cache(maxsize=64)(Plan)


@lru_cache(maxsize=1)
def _waits_sql() -> str:
    return _sql(waits(_named("months", MONTHS), _named("ways", WAYS)))


def _arrow(table: ir.Table) -> pa.Table:
    """The rows as they were read, without a run of the engine, which may order them differently each time."""
    held: pa.Table = table.op().data.to_pyarrow(table.schema())
    return held


class Engine:
    """One connection for one computation: the tables under their names, over which compiled figures run.

    Ibis' default connection is shared by all threads of a process and must not be used from two of them.

    Raises:
        ValueError: a column of ``tables`` is missing or of another type.
    """

    def __init__(self, tables: Tables, frame: Frame) -> None:
        self.frame = frame
        self._run = ibis.duckdb.connect()
        for name, shape in SHAPES.items():
            held = getattr(tables, name)
            check(held, shape, name)
            self._run.con.register(name, _arrow(held).select(list(shape)))
        days = [(frame.state, frame.watched_from, frame.via_from or _NO_END)]
        self._run.con.register("frame", _arrow(table_of(FRAME, days)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run.disconnect()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a table in SQL, of which the order means nothing."""
        found: list[tuple[Any, ...]] = self._run.con.execute(sql).fetchall()
        return found

    def _planned(self, sections: AbstractSet[str]) -> Plan:
        """The plan of some sections, with what it holds computed. Without a delivery only of what Hilfefrei itself knows."""
        delivered = self.frame.state is not None and self.frame.watched_from is not None
        found = plan(frozenset(sections), delivered=delivered, refusals=self.frame.refusals)
        for name, sql in found.held:
            self._run.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        return found

    def tally(self, sections: AbstractSet[str]) -> dict[tuple[str, date, str], tuple[int, int]]:
        """(code, month, part) -> (in the upper part, all) of the figures of ``sections``."""
        found: dict[tuple[str, date, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for measures, sql in self._planned(sections).tallies:
            for month, part, *sums in self.rows(sql):
                for measure, hits, whole in zip(measures, sums[::2], sums[1::2], strict=True):
                    key = measure.code, month, part if measure.part is None else measure.part
                    before = found[key]
                    found[key] = before[0] + int(hits), before[1] + int(whole)
        return dict(found)

    def hours(self) -> dict[date, tuple[int, int, float | None, float | None]]:
        """Month -> what :func:`waits` says of it."""
        return {month: tuple(told) for month, *told in self.rows(_waits_sql())}

    def behind(self, code: str, month: date, part: str, section: str) -> list[str]:
        """Who stands behind one number, each once: of a share those in its upper part."""
        found: set[str] = set()
        for block in self._planned({section}).blocks:
            for measure in block.measures:
                if measure.code != code or (measure.part is not None and measure.part != part):
                    continue
                rows = block.rows.filter(block.rows.month == ibis.literal(month))
                for flag in (measure.of, measure.hit):
                    rows = rows.filter(rows[flag]) if flag else rows
                rows = rows.filter(rows.part == part) if measure.part is None and part else rows
                found |= {who for (who,) in self.rows(_sql(rows.select("who").distinct()))}
        return sorted(found)


def housing(amounts: Iterable[tuple[date, int, int]], months: Sequence[date], land: str) -> list[Value]:
    """Cost of housing of twelve months, as a whole and per unit, and by payer.

    Args:
        amounts: (month, units with an amount above nothing, cents) for each month that was delivered.
        months: the months asked for; one is answered where all twelve up to it are there.
        land: whose federal share; a year without one leaves the payers open.
    """
    held = {month: (units, cents) for month, units, cents in amounts}
    found = []
    for month in months:
        year = [add_months(month, -n) for n in range(12)]
        if any(m not in held for m in year):
            continue
        units, total = sum(held[m][0] for m in year), sum(held[m][1] for m in year)
        parts: dict[str, int] = {"": total}
        try:
            shares = [federal_share.split(held[m][1], land, m.year) for m in year]
        except ValueError:
            shares = []
        if shares:
            parts |= {"federal": sum(s[0] for s in shares), "county": sum(s[1] for s in shares)}
        for part, cents in parts.items():
            found += [
                Value("luh_year", month, part, float(cents), cents, units),
                Value("luh_unit_year", month, part, 12 * cents / units if units else None, cents, units),
            ]
    return found


Tally = Mapping[tuple[str, date, str], tuple[int, int]]
# Counted from receipt, from who asked and from what somebody lives from: most of the work, and what a day at the entrance seldom moves.
SLOW: Final = frozenset({"stock", "movement", "lasting", "returns"})


def tally(tables: Tables, frame: Frame, sections: AbstractSet[str]) -> Tally:
    """(code, month, part) -> (in the upper part, all) of the figures of ``sections``."""
    with Engine(tables, frame) as engine:
        return engine.tally(sections)


def fingerprint(tables: Tables, frame: Frame) -> str:
    """Of all that :data:`SLOW` is counted from, so that the same inputs need not be counted twice."""
    found = hashlib.sha256(repr(frame).encode())
    for table in (tables.months, tables.persons, tables.units, tables.asked, tables.heads, tables.living):
        held = _arrow(table)
        held = held.drop_columns([name for name in held.column_names if name == "until"])
        with io.BytesIO() as out:
            with pa.ipc.new_stream(out, held.schema) as stream:
                stream.write_table(held)
            found.update(out.getbuffer())
    return found.hexdigest()


def compute(tables: Tables, frame: Frame, months: Sequence[date], definitions: Definitions, slow: Tally | None = None) -> list[Value]:
    """All values of ``months``. A figure about which the data say nothing has no value at all, never a zero.

    ``slow``: what :func:`tally` found for :data:`SLOW` from the same inputs, where it is known.
    """
    with Engine(tables, frame) as engine:
        counted = {**(engine.tally(SLOW) if slow is None else slow), **engine.tally(definitions.sections.keys() - SLOW)}
        hours = engine.hours()
    luh = [(row["month"], row["units"], row["cents"]) for row in _arrow(tables.amounts).to_pylist()]
    found = _counts(counted, frame, months, definitions) + _hours(hours) + housing(luh, months, frame.land)
    return found + _changes(found, months)


_OF_DELIVERIES: Final = frozenset({"stock", "movement", "lasting", "returns"})


def _counts(
    counted: Mapping[tuple[str, date, str], tuple[int, int]], frame: Frame, months: Sequence[date], definitions: Definitions
) -> list[Value]:
    found = []
    for month in months:
        for code, figure in definitions.figures.items():
            if figure.unit not in {"count", "share"} or not _is_known(figure.section, month, frame):
                continue
            totals: dict[str, int] = defaultdict(int)
            for part in figure.groups or [""]:
                hits, cases = counted.get((code, month, part), (0, 0))
                totals[part.partition(":")[0] if ":" in part else ""] += hits
                found.append(_value(figure.unit, code, month, part, hits, cases))
            if figure.unit == "count" and figure.groups and figure.sums:
                found.append(_value("count", code, month, "", next(iter(totals.values())), 0))
            elif figure.unit == "share" and figure.section == "returns":
                found.append(_value("share", code, month, "", *counted.get((code, month, ""), (0, 0))))
    return found


def _value(unit: str, code: str, month: date, part: str, hits: int, cases: int) -> Value:
    if unit == "count":
        return Value(code, month, part, float(hits), hits, None)
    return Value(code, month, part, 100 * hits / cases if cases else None, hits, cases)


def _is_known(section: str, month: date, frame: Frame) -> bool:
    told = frame.entrance_from is None or month >= frame.entrance_from
    if section in _OF_DELIVERIES:
        return _is_delivered(month, frame)
    return told or (section == "work" and _is_delivered(month, frame))


def _is_delivered(month: date, frame: Frame) -> bool:
    return (
        frame.state is not None
        and frame.watched_from is not None
        and month <= frame.state
        and add_months(month, 1) > frame.watched_from
    )


def _hours(hours: Mapping[date, tuple[int, int, float | None, float | None]]) -> list[Value]:
    found = []
    for month, (ways, waiting, median, p90) in hours.items():
        found += [Value(code, month, "", value, ways - waiting, ways) for code, value in (("hours_median", median), ("hours_p90", p90))]
    return found


def _changes(values: Iterable[Value], months: Sequence[date]) -> list[Value]:
    stock = {(v.code, v.month): v.numerator for v in values if v.code in {"stock_units", "stock_persons"}}
    found = []
    for month in months:
        for code in ("stock_units", "stock_persons"):
            now, before = stock.get((code, month)), stock.get((code, add_months(month, -12)))
            if now is not None and before:
                found.append(Value(f"{code}_yoy", month, "", 100 * (now / before - 1), now, before))
    return found


def closable_from(month: date) -> date:
    """The first data state with which ``month`` can be closed: eight days after its last one."""
    return add_months(month, 1) + timedelta(days=CERTAIN_DAYS - 1)
