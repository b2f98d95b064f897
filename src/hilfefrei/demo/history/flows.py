"""Three years of units in benefit as arrays: who asks, who is granted, how long it lasts, why it ends, who comes back.

A *line* is one stay of a benefit unit in benefit, joined over interruptions of a month. Days are ``datetime64[D]``. Nothing
here knows a person: names, amounts and rows are made of it in :mod:`hilfefrei.demo.history.rows`. Shares stand as constants
with their source, or with the remark that they are assumed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hilfefrei.core.periods import ONE_DAY, add_months
from hilfefrei.demo.office import working

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MONTHS: Final = 36
VIA_MONTHS: Final = 14
DAYS_A_YEAR: Final = 365.25
# Time in benefit of entrants: Weibull (practice notes 4.4, least squares on six published figures). It keeps 3,440 units with 84 entries a month.
SHAPE: Final = 0.65
SCALE_YEARS: Final = 2.5
UNITS: Final = 3480
# 115 to 120 a month, before ViA and with it (practice notes 4.4). Some thirty of them are never entitled, refused or moved.
A_MONTH: Final = 117.0
BLOCK: Final = 240
# Entries by month, January first (practice notes 4.4); Mondays and the first days of a month are the long queue (assumed).
MONTH_WEIGHTS: Final = (1.2, 1.05, 1.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9)
WEEKDAY_WEIGHTS: Final = (1.35, 1.1, 0.85, 1.0, 0.7)
FIRST_DAYS: Final = 3
FIRST_DAYS_WEIGHT: Final = 1.25
# Starts of work by month, January first: training in August and September, the peak of October (practice notes 4.4).
WORK_WEIGHTS: Final = (0.85, 0.85, 1.0, 1.0, 0.95, 0.95, 0.95, 1.2, 1.25, 1.2, 0.95, 0.85)
# What becomes of an application: fate, share before ViA, share with ViA, how often benefits are granted. Before: 84 of 117 enter, thirty are
# refused or moved. With ViA about forty find work or something else or leave it, and 47 to 52 enter (model S10).
FATES: Final[tuple[tuple[str, float, float, float], ...]] = (
    ("granted", 0.718, 0.320, 1.0),
    ("work", 0.0, 0.22, 0.15),
    ("training", 0.0, 0.028, 0.6),
    ("pays", 0.0, 0.045, 0.0),
    ("applied", 0.0, 0.028, 1.0),
    ("withdrawn", 0.025, 0.036, 0.0),
    ("waiver", 0.0, 0.008, 0.0),
    ("refused", 0.195, 0.186, 0.0),
    ("denied", 0.027, 0.024, 0.0),
    ("moved", 0.035, 0.035, 0.0),
    ("alg", 0.0, 0.04, 0.5),
    ("unreached", 0.0, 0.03, 0.67),
)
FATE_NAMES: Final = tuple(row[0] for row in FATES)
# Why benefit ends (practice notes 4.4): work of somebody in the unit 45 to 50 %, other income 15, moved 15, household 10, no renewal 10 to 15.
REASONS: Final[tuple[tuple[str, float], ...]] = (
    ("arbeit", 0.36),
    ("arbeit_partner", 0.085),
    ("ausbildung", 0.03),
    ("einkommen", 0.15),
    ("weggezogen", 0.15),
    ("haushalt", 0.09),
    ("kein_antrag", 0.065),
    ("unbekannt", 0.05),
    ("rente", 0.015),
    ("tod", 0.005),
)
REASON_NAMES: Final = tuple(row[0] for row in REASONS)
INTO_WORK: Final = 3
# Before this day there was no benefit after SGB II.
SGB_II: Final = np.datetime64("2005-01-01")
# Nobody comes back from there.
FOR_GOOD: Final = frozenset({"rente", "tod", "weggezogen"})
# A month without benefit, for a late renewal or a month of income: a movement, but no end of the stay (practice notes 4.4: 3.25 % of the
# employable leave in a month, 2.4 % by the stays alone).
GAP_A_MONTH: Final = 0.0085
# Of all applications those of people who left within the last year or so (assumed); less than a month away is no end of a stay.
BACK: Final = 0.1
BACK_AFTER: Final = 32
BACK_MEAN_DAYS: Final = 150.0
# Days from the application to the decision: least, most frequent, most (practice notes 1.5).
DECIDED: Final = (6, 14, 34)


@dataclass(frozen=True, slots=True)
class Flows:
    """Applications and lines. Arrays of one group have one length; the order is that of time.

    ``asked``, ``fate`` (place in :data:`FATES`), ``grant``, ``decided``, ``known`` (line of somebody who comes back, or -1),
    ``works`` (days to the first day of work, for the fate "work") belong to the applications.
    ``application`` (-1: was there on the first day), ``start``, ``end`` (last day, NaT: goes on), ``reason`` (place in
    :data:`REASONS`, -1: goes on) belong to the lines; ``gap_line`` and ``gap_month`` are months without benefit in a line.
    """

    day: date
    first: date
    via: date
    asked: Days
    fate: Ints
    grant: Bools
    decided: Days
    known: Ints
    works: Ints
    application: Ints
    start: Days
    end: Days
    reason: Ints
    gap_line: Ints
    gap_month: Days

    def stock(self, day: date) -> int:
        """Units in benefit on a day, those whose application is not decided yet among them."""
        at = np.datetime64(day)
        held = (self.start <= at) & (np.isnat(self.end) | (self.end >= at))
        return int(held.sum()) - int(np.isin(self.gap_month, at.astype("M8[M]")).sum())

    @property
    def year_on_year(self) -> float:
        """Change of the stock in twelve months up to the end of the last month that is over, in percent."""
        then = self.day.replace(day=1)
        return 100.0 * (self.stock(then - ONE_DAY) / self.stock(add_months(then, -12) - ONE_DAY) - 1.0)


def draw(
    seed: int, day: date, *, units: int = UNITS, a_month: float = A_MONTH, lately: tuple[date, int] | None = None
) -> Flows:
    """The flows of :data:`MONTHS` months up to ``day``.

    About ``units`` stand in benefit on the first day, ``a_month`` ask each month; with ``lately`` so many ask from a day on instead.
    """
    rng = np.random.default_rng([seed, day.toordinal()])
    first = add_months(day, -MONTHS).replace(day=1)
    via = add_months(day, -VIA_MONTHS)
    clock = _clock(first, day)
    asked = _asked(rng, first, day, a_month, lately)
    fate, grant, decided, works = _applications(rng, asked, via)
    entered = np.flatnonzero(grant)
    kept = clock.place(asked[entered]) + DAYS_A_YEAR * entrants(rng, len(entered))
    start = asked[entered].astype("M8[M]").astype("M8[D]")
    elapsed, left = stationary(rng, units)
    began = (np.datetime64(first) - (elapsed * DAYS_A_YEAR).astype("m8[D]")).astype("M8[M]").astype("M8[D]")
    # Benefit begins on the first of the month of the application (§ 37 (2) SGB II), on the average half a month before it; it ends as much
    # before the day on which need would have ended, so that the stay keeps its length.
    nominal = clock.day(np.concatenate([clock.place(np.datetime64(first)) + left * DAYS_A_YEAR, kept]))
    start = np.concatenate([np.maximum(began, SGB_II), start])
    ends = nominal.astype("M8[M]")
    earliest = start.astype("M8[M]") + 1
    application = np.concatenate([np.full(units, -1), entered])
    quick = np.flatnonzero((application >= 0) & (fate[application] == FATE_NAMES.index("work")))
    # Who begins work while the application runs is paid until the wage comes: the month in which the work began.
    ends[quick] = (asked[application[quick]] + works[application[quick]].astype("m8[D]")).astype("M8[M]") + 1
    end = np.maximum(ends, earliest).astype("M8[D]") - 1
    held = end >= np.datetime64(first)
    into_work = np.isin(np.flatnonzero(held), quick)
    application, start, end = application[held], start[held], end[held]
    over = end < np.datetime64(day)
    reason = _reasons(rng, end)
    reason[into_work] = REASON_NAMES.index("arbeit")
    reason[~over] = -1
    end[~over] = np.datetime64("NaT")
    order = np.argsort(start, kind="stable")
    application, start, end, reason = application[order], start[order], end[order], reason[order]
    gap_line, gap_month = _gaps(rng, first, day, start, end)
    known = _returns(rng, asked, end, reason)
    return Flows(
        day, first, via, asked, fate, grant, decided, known, works, application, start, end, reason, gap_line, gap_month
    )


def _spread(rng: np.random.Generator, count: int) -> Floats:
    """``count`` numbers between 0 and 1, one out of each of ``count`` equal parts, in any order: one seed lies close to the mean of all."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def _blocks(count: int) -> list[int]:
    """``count`` in blocks of about two months."""
    return [BLOCK] * (count // BLOCK) + [count % BLOCK]


def entrants(rng: np.random.Generator, count: int) -> Floats:
    """Years in benefit of people who come in."""
    return SCALE_YEARS * (-np.log1p(-_spread(rng, count))) ** (1.0 / SHAPE)


def stationary(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Years so far and years to come of people met in benefit on any one day.

    Who is met stays longer than who comes: a stay is met in proportion to its length (its power ``SHAPE`` is then
    gamma-distributed), and the day cuts it anywhere.
    """
    whole = SCALE_YEARS * rng.standard_gamma(1.0 + 1.0 / SHAPE, count) ** (1.0 / SHAPE)
    left = rng.random(count) * whole
    return whole - left, left


@dataclass(frozen=True, slots=True)
class _Clock:
    """Time that runs faster in months in which more people find work."""

    days: Floats
    run: Floats

    def place(self, at: Any) -> Any:
        """Where the clock stands on days."""
        return np.interp(np.asarray(at, "M8[D]").astype("i8"), self.days, self.run)

    def day(self, place: Floats) -> Days:
        """The day on which the clock stands there; beyond the table the last day of it."""
        return np.floor(np.interp(place, self.run, self.days)).astype("i8").astype("M8[D]")


@lru_cache(maxsize=16)
def _clock(first: date, day: date) -> _Clock:
    last = np.datetime64(add_months(day, 2), "M")
    months = np.arange(np.datetime64(first, "M"), last + 1)
    at = months.astype("M8[D]").astype("i8").astype("f8")
    # A line ends in the month before the one that the clock shows (see draw).
    speed = np.array([0.5 + 0.5 * WORK_WEIGHTS[int(m) - 1] for m in months.astype("i8") % 12])
    return _Clock(at, at[0] + np.concatenate([[0.0], np.cumsum(np.diff(at) * speed[:-1] / np.mean(WORK_WEIGHTS))]))


@lru_cache(maxsize=16)
def queue(first: date, day: date) -> tuple[Days, Floats]:
    """Working days and how many come on each, as shares of all."""
    days = [first + timedelta(days=n) for n in range((day - first).days)]
    days = [d for d in days if working(d)]
    weights = [
        MONTH_WEIGHTS[d.month - 1] * WEEKDAY_WEIGHTS[d.weekday()] * (FIRST_DAYS_WEIGHT if d.day <= FIRST_DAYS else 1.0)
        for d in days
    ]
    return np.array(days, "M8[D]"), np.array(weights) / sum(weights)


def _asked(rng: np.random.Generator, first: date, day: date, a_month: float, lately: tuple[date, int] | None) -> Days:
    until = lately[0] if lately else day
    parts = [(first, until, round(a_month * 12 * (until - first).days / DAYS_A_YEAR))]
    parts += [(until, day, lately[1])] if lately else []
    drawn = []
    for begin, end, count in parts:
        days, weights = queue(begin, end)
        # About as many in each month as there should be.
        drawn.append(np.sort(days[np.searchsorted(np.cumsum(weights), _spread(rng, count) * 0.999999)]))
    return np.concatenate(drawn)


def _applications(rng: np.random.Generator, asked: Days, via: date) -> tuple[Ints, Bools, Days, Ints]:
    count = len(asked)
    with_via = asked >= np.datetime64(via)
    fate, grant = np.zeros(count, "i8"), np.zeros(count, bool)
    granted = np.array([row[3] for row in FATES])
    for column, who in ((1, ~with_via), (2, with_via)):
        share = np.array([row[column] for row in FATES])
        # Granted and not granted, fate by fate.
        parts = np.cumsum(np.stack([share * granted, share * (1 - granted)], axis=1).ravel() / share.sum())
        place = np.searchsorted(parts, np.concatenate([_spread(rng, n) for n in _blocks(int(who.sum()))]))
        fate[who], grant[who] = place // 2, place % 2 == 0
    low, mode, high = DECIDED
    decided = asked + rng.triangular(low, mode, high, count).astype("m8[D]")
    works = rng.triangular(5, 18, 55, count).astype("i8")
    return fate, grant, decided, works


def _reasons(rng: np.random.Generator, end: Days) -> Ints:
    """Why each line ended: more for work in the months in which more work begins."""
    shares = np.array([share for _, share in REASONS])
    weight = np.array(WORK_WEIGHTS)[end.astype("M8[M]").astype("i8") % 12]
    work = shares[:INTO_WORK].sum() * weight / (0.5 + 0.5 * weight)
    into = rng.random(len(end)) < work
    first = rng.choice(INTO_WORK, len(end), p=shares[:INTO_WORK] / shares[:INTO_WORK].sum())
    other = rng.choice(len(shares) - INTO_WORK, len(end), p=shares[INTO_WORK:] / shares[INTO_WORK:].sum()) + INTO_WORK
    return np.where(into, first, other).astype("i8")


def _gaps(rng: np.random.Generator, first: date, day: date, start: Days, end: Days) -> tuple[Ints, Days]:
    """Months without benefit, in the middle of a stay and never two in a row."""
    months = np.arange(np.datetime64(first, "M") + 1, np.datetime64(day, "M"))
    drawn = rng.random((len(start), len(months))) < GAP_A_MONTH
    drawn[:, 1:] &= ~drawn[:, :-1]
    last = np.where(np.isnat(end), np.datetime64(day), end).astype("M8[M]")
    inside = (months > start.astype("M8[M]")[:, None] + 1) & (months < last[:, None] - 1)
    line, month = np.nonzero(drawn & inside)
    return line, months[month]


def _returns(rng: np.random.Generator, asked: Days, end: Days, reason: Ints) -> Ints:
    """For each application the line of somebody who comes back, or -1. Nobody comes back from one line twice."""
    known = np.full(len(asked), -1)
    good = [n for n, name in enumerate(REASON_NAMES) if name not in FOR_GOOD]
    pool = np.flatnonzero(np.isin(reason, good))
    pool = pool[np.argsort(end[pool], kind="stable")]
    free = np.ones(len(pool), bool)
    back = np.flatnonzero(rng.random(len(asked)) < BACK)
    latest_end = asked[back].astype("M8[M]").astype("M8[D]") - BACK_AFTER
    wanted = latest_end - rng.exponential(BACK_MEAN_DAYS, len(back)).astype("m8[D]")
    latest = np.searchsorted(end[pool], latest_end)
    for n, place, limit in zip(back, np.searchsorted(end[pool], wanted), latest, strict=True):
        here = int(place)
        while here < limit and not free[here]:
            here += 1
        if here < limit:
            free[here] = False
            known[n] = pool[here]
    return known
