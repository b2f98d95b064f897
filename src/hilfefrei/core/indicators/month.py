"""The month at the entrance: who came, was talked to, got an offer, what became of the application, what people did.

Everything counts in the month of the first contact, the outcome in the month of the application, work in the month it
began. An application counts once, however many ways it has; facts stand beside it and never in its place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import ibis
import ibis.expr.types as ir

from hilfefrei.core.indicators.spells import AFTER_MONTHS
from hilfefrei.core.indicators.tables import check, ratio

# One row per way through the entrance. ``since`` is the first contact, ``offer`` the first offer, ``talked`` whether a talk was
# held. ``application`` is a key or null, ``outcome`` what closed it (null: open), ``leave`` the legal act of who left it
# (null: none), ``work`` the day work began, ``how`` whether through us (``placed``), ``own`` search or ``unknown``.
WAYS: Final[Mapping[str, str]] = {
    "way": "string",
    "who": "string",
    "since": "timestamp",
    "day": "date",
    "offer": "timestamp",
    "offer_day": "date",
    "talked": "boolean",
    "application": "string",
    "applied": "date",
    "outcome": "string",
    "leave": "string",
    "work": "date",
    "how": "string",
}
# From so many on a 90th percentile says something.
LEAST_FOR_P90: Final = 10
OPEN: Final = "open"


def funnel(ways: ir.Table) -> ir.Table:
    """Per month of the first contact: ``month, contacts, applied, talked, offered, same_day`` (numbers of ways)."""
    rows = check(ways, WAYS, "Wege")
    return (
        rows.group_by(month=rows.day.truncate("month"))
        .aggregate(
            contacts=rows.count(),
            applied=rows.application.notnull().ifelse(1, 0).sum(),
            talked=rows.talked.ifelse(1, 0).sum(),
            offered=rows.offer.notnull().ifelse(1, 0).sum(),
            same_day=(rows.offer_day == rows.day).ifelse(1, 0).sum().coalesce(0),
        )
        .order_by("month")
    )


def waits(ways: ir.Table, now: datetime) -> ir.Table:
    """Hours to the first offer per month of the first contact: ``month, ways, waiting, median, p90`` (null below ten).

    A way without an offer has waited at least until ``now`` and enters with that time: leaving people without an offer
    never makes the figure better.
    """
    rows = check(ways, WAYS, "Wege")
    until = rows.offer.coalesce(ibis.literal(now, type="timestamp('UTC')"))
    hours = ratio((until.epoch_seconds() - rows.since.epoch_seconds()), ibis.literal(3600))
    found = (
        rows.mutate(hours=hours)
        .group_by(month=rows.day.truncate("month"))
        .aggregate(
            ways=lambda t: t.count(),
            waiting=lambda t: t.offer.isnull().ifelse(1, 0).sum(),
            median=lambda t: t.hours.quantile(0.5),
            p90=lambda t: t.hours.quantile(0.9),
        )
    )
    return found.mutate(p90=(found.ways >= LEAST_FOR_P90).ifelse(found.p90, ibis.null("float64"))).order_by("month")


def outcomes(ways: ir.Table) -> ir.Table:
    """Each application once, by the month it was made: ``month, outcome, count``; ``open`` where nothing closed it."""
    rows = check(ways, WAYS, "Wege").filter(lambda t: t.application.notnull())
    each = rows.group_by("application").aggregate(month=rows.applied.min().truncate("month"), outcome=rows.outcome.max())
    each = each.mutate(outcome=each.outcome.coalesce(OPEN))
    return each.group_by("month", "outcome").aggregate(count=each.count()).order_by("month", "outcome")


def work(ways: ir.Table) -> ir.Table:
    """Work taken up, each person once a month, by how it was found: ``month, how, count``. Through us counts before own search."""
    rows = check(ways, WAYS, "Wege").filter(lambda t: t.work.notnull())
    rows = rows.mutate(
        month=rows.work.truncate("month"),
        rank=ibis.cases((rows.how == "placed", 0), (rows.how == "own", 1), else_=2),
    )
    each = rows.group_by("month", "who").aggregate(rank=rows["rank"].min())
    each = each.mutate(how=ibis.cases((each["rank"] == 0, "placed"), (each["rank"] == 1, "own"), else_="unknown"))
    return each.group_by("month", "how").aggregate(count=each.count()).order_by("month", "how")


def left_it(ways: ir.Table) -> ir.Table:
    """Who left it, by legal act, in the month of the first contact: ``month, act, count``. Never a success, never a saving."""
    rows = check(ways, WAYS, "Wege").filter(lambda t: t.leave.notnull())
    found = rows.group_by(month=rows.day.truncate("month"), act=rows.leave).aggregate(count=rows.count())
    return found.order_by("month", "act")


def cohorts(lives: ir.Table) -> ir.Table:
    """Shares per cohort of :func:`hilfefrei.core.indicators.spells.afterwards`: ``cohort, came`` and ``seen_n, free_n, own_n`` as numbers.

    A person who is not yet watched for n months is in neither ``free_n`` nor ``seen_n``.
    """
    counts: dict[str, ir.Value] = {"came": lives.count()}
    for n in AFTER_MONTHS:
        for name in ("seen", "free", "own"):
            counts[f"{name}_{n}"] = lives[f"{name}_{n}"].ifelse(1, 0).sum().coalesce(0)
    return lives.group_by("cohort").aggregate(**counts).order_by("cohort")
