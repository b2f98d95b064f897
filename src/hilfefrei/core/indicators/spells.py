"""Spells of receipt, who came and who left, who came back.

Rules (``docs/indicators.md``): an interruption counts as exit and entry when it lasts more than seven days (XSozial
handbook Grundsicherung 2.2, ch. 4.2.1); for durations gaps of up to 31 days are joined (BT-Drs. 19/31608). A return is a new
entry within 92, 183 or 365 days after an exit, whichever unit it is into; only exits that have been watched that long count.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeAlias

import ibis
import ibis.expr.types as ir

from hilfefrei.core.indicators.tables import ENTRANTS, LIVING, RECEIPT, check, ratio, table_of

MOVEMENT_GAP: Final = 7
DURATION_GAP: Final = 31
# Days of three, six and twelve months.
RETURN_DAYS: Final = {3: 92, 6: 183, 12: 365}
AFTER_MONTHS: Final = (1, 3, 6)
_OPEN = date(9000, 1, 1)
# A day as it is, or as a column of one row says it: then one compiled text serves every day.
Day: TypeAlias = "date | ir.DateValue"


def _day(value: Day) -> ir.DateValue:
    return ibis.literal(value) if isinstance(value, date) else value


def known(receipt: ir.Table, as_of: Day) -> ir.Table:
    """The receipt as it is known on ``as_of``: what begins later is not there yet, what ends later still runs."""
    rows = check(receipt, RECEIPT, "Bezug").filter(lambda t: t.start <= as_of)
    return rows.mutate(end=lambda t: (t.end >= as_of).ifelse(ibis.null("date"), t.end))


def spells(receipt: ir.Table, gap_days: int) -> ir.Table:
    """Join the stretches of each ``who`` that overlap, touch or lie at most ``gap_days`` free days apart.

    Returns ``who, start, end`` (null: runs), one row per spell.
    """
    rows = check(receipt, RECEIPT, "Bezug").mutate(last=lambda t: t.end.coalesce(_OPEN))
    before = ibis.window(group_by="who", order_by=["start", "last"], preceding=(None, 1))
    rows = rows.mutate(held=lambda t: t["last"].max().over(before))
    rows = rows.mutate(fresh=lambda t: (t.held.isnull() | (t.start > t.held + ibis.interval(days=gap_days + 1))).ifelse(1, 0))
    until = ibis.window(group_by="who", order_by=["start", "last"], preceding=(None, 0))
    rows = rows.mutate(number=lambda t: t.fresh.sum().over(until))
    joined = rows.group_by("who", "number").aggregate(start=lambda t: t.start.min(), last=lambda t: t["last"].max())
    return joined.select("who", "start", end=lambda t: t["last"].nullif(_OPEN))


def movements(receipt: ir.Table, as_of: Day) -> ir.Table:
    """Spells by the rule of movements, each with what came before and after it.

    Returns ``who, start, end, days_before, days_after, left``: ``days_before`` from the end of the spell before (null: none
    known), ``days_after`` to the next start (null: none yet). ``left`` is true when the spell is over: an end within the
    last seven days may still turn out to be none.
    """
    found = spells(known(receipt, as_of), MOVEMENT_GAP)
    order = ibis.window(group_by="who", order_by="start")
    found = found.mutate(before=lambda t: t.end.lag().over(order), after=lambda t: t.start.lead().over(order))
    found = found.mutate(
        days_before=lambda t: t.start.delta(t.before, unit="day"),
        days_after=lambda t: t.after.delta(t.end, unit="day"),
        left=lambda t: t.end.notnull() & (_day(as_of).delta(t.end, unit="day") > MOVEMENT_GAP),
    )
    return found.select("who", "start", "end", "days_before", "days_after", "left")


def stock(receipt: ir.Table, days: Sequence[date]) -> ir.Table:
    """How many are in receipt on each of ``days``: ``day, count``, a day without anybody with 0."""
    marks = table_of({"day": "date"}, [(day,) for day in days])
    rows = check(receipt, RECEIPT, "Bezug").mutate(end=lambda t: t.end.coalesce(_OPEN))
    held = marks.left_join(rows, [rows.start <= marks.day, rows.end >= marks.day])
    return held.group_by("day").aggregate(count=lambda t: t.who.nunique()).order_by("day")


def came(moves: ir.Table, watched_from: Day) -> ir.Table:
    """Entries: one row ``who, day, back`` per spell that began after the first watched day (what ran then is stock).

    ``back`` are the days since the last exit, null for whom no earlier spell is known.
    """
    return moves.filter(lambda t: t.start > watched_from).select("who", day="start", back="days_before")


def left(moves: ir.Table, as_of: Day) -> ir.Table:
    """Exits with what became of them: ``who, day, back``, and for 3, 6, 12 months ``seen_n`` and ``back_n``.

    ``day`` is the last day of receipt, ``back`` the days to the next entry. ``seen_n`` is true when so long a time has passed;
    ``back_n`` is null where it has not: who is not yet watched long enough is no success and no failure.
    """
    found = moves.filter(lambda t: t["left"]).select("who", day="end", back="days_after")
    for months, span in RETURN_DAYS.items():
        seen = _day(as_of).delta(found.day, unit="day") >= span
        again = found.back.notnull() & (found.back <= span)
        found = found.mutate(**{f"seen_{months}": seen, f"back_{months}": seen.ifelse(again, ibis.null("boolean"))})
    return found


def return_rates(exits: ir.Table) -> ir.Table:
    """Per month of exit: ``month, exits`` and for 3, 6, 12 months ``seen_n, back_n`` (numbers) and ``rate_n`` (null: none seen)."""
    rows = exits.mutate(month=lambda t: t.day.truncate("month"))
    counts: dict[str, ir.Value] = {"exits": rows.count()}
    for months in RETURN_DAYS:
        counts[f"seen_{months}"] = rows[f"seen_{months}"].ifelse(1, 0).sum()
        counts[f"back_{months}"] = rows[f"back_{months}"].ifelse(1, 0).sum().coalesce(0)
    found = rows.group_by("month").aggregate(**counts)
    rates = {f"rate_{months}": ratio(found[f"back_{months}"], found[f"seen_{months}"]) for months in RETURN_DAYS}
    return found.mutate(**rates).order_by("month")


def afterwards(entrants: ir.Table, receipt: ir.Table, living: ir.Table, as_of: Day) -> ir.Table:
    """How people live 1, 3, 6 months after they came: one row per entrant.

    Returns ``who, day, cohort`` and for each n ``then_n`` (the day), ``seen_n`` (it has come), ``free_n`` (no Grundsicherung on
    that day), ``own_n`` (free, lives from own work, and nothing else is known to pay) and ``unknown_n`` (free, and nobody knows
    what from): figures of their own, never one. They are null where the day has not come. Months end by § 188 (2), (3) BGB.
    """
    came_in = check(entrants, ENTRANTS, "Ankommende")
    paid = check(receipt, RECEIPT, "Bezug").mutate(end=lambda t: t.end.coalesce(_OPEN))
    lives = check(living, LIVING, "Lebensunterhalt").mutate(end=lambda t: t.end.coalesce(_OPEN))
    found = came_in
    for n in AFTER_MONTHS:
        days = came_in.mutate(then=came_in.day + ibis.interval(months=n))
        now = _any_on(days, paid, f"in_{n}")
        own = _any_on(days, lives.filter(lives.source == "own"), f"work_{n}")
        other = _any_on(days, lives.filter(lives.source == "other"), f"other_{n}")
        for part in (now, own, other):
            found = found.left_join(part, ["who", "day"]).drop("who_right", "day_right")
        then = (found.day + ibis.interval(months=n)).cast("date")
        seen = then <= _day(as_of)
        free = ~found[f"in_{n}"]
        carries = free & found[f"work_{n}"] & ~found[f"other_{n}"]
        nobody_knows = free & ~found[f"work_{n}"] & ~found[f"other_{n}"]
        nothing = ibis.null("boolean")
        found = found.mutate(
            **{
                f"then_{n}": then,
                f"seen_{n}": seen,
                f"free_{n}": seen.ifelse(free, nothing),
                f"own_{n}": seen.ifelse(carries, nothing),
                f"unknown_{n}": seen.ifelse(nobody_knows, nothing),
            }
        ).drop(f"in_{n}", f"work_{n}", f"other_{n}")
    return found


def _any_on(days: ir.Table, stretches: ir.Table, name: str) -> ir.Table:
    """``who, day`` and whether a stretch of theirs holds the day ``then``."""
    stretches = stretches.select("who", "start", "end")
    held = days.left_join(stretches, [days.who == stretches.who, stretches.start <= days.then, stretches.end >= days.then])
    return held.group_by("who", "day").aggregate(**{name: held.start.notnull().any()})
