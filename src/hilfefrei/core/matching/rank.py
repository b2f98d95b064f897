"""Proposals for one person: hard limits first, then a plain order, each with its reasons.

The order is no forecast and no score about a person: it says how near an advertisement is to what the
person wants. Occupation counts 60 of 100 points, nearness of the place 22, hours 12, freshness 6; an agency,
an unknown working time where time is short, work that is usually too heavy, a missing or unlawful wage cost
some.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from hilfefrei.core import geo
from hilfefrei.core.matching import occupations, wages
from hilfefrei.core.matching.index import StemIndex
from hilfefrei.core.matching.reasons import Told, tell
from hilfefrei.core.matching.vacancy import WEEKEND_MASK, WORK_FROM, Client, Vacancy
from hilfefrei.core.money import group_thousands
from hilfefrei.core.names import fold

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DEFAULT_K: Final = 5
# Below this likeness an advertisement is other work.
LEAST_LIKENESS: Final = 0.35
# From here an occupation the person rules out is met.
UNWANTED_LIKENESS: Final = 0.6
FLAT_LIKENESS: Final = 0.5
WISH_WEIGHTS: Final = {"wanted": 1.0, "last": 0.9, "open_for": 0.8}

POINTS_OCCUPATION: Final = 60.0
POINTS_NEAR: Final = 22.0
POINTS_HOURS: Final = 12.0
POINTS_FRESH: Final = 6.0
NEAR_SCALE_KM: Final = 15.0
FRESH_DAYS: Final = 60.0
STALE_DAYS: Final = 30
COST_AGENCY: Final = 6.0
COST_TIMES_UNKNOWN: Final = 4.0
COST_TYPICAL: Final = 10.0
COST_NO_WAGE: Final = 2.0
COST_LOW_WAGE: Final = 5.0
COST_FIXED_TERM: Final = 1.0
ROUNDING: Final = 6

AT_MOST_PER_EMPLOYER: Final = 2

DAY_MINUTES: Final = 24 * 60
BREAK_FROM_MINUTES: Final = 6 * 60
BREAK_MINUTES: Final = 30

FLAGS: Final = (
    "shift",
    "night",
    "weekend",
    "special",
    "heavy",
    "standing",
    "car",
    "temp_agency",
    "private_agency",
    "fixed_term",
)
TYPICAL: Final = ("heavy", "standing")

# JArbSchG: § 14(1) no work from 20 to 6 h, § 8(1) at most 40 hours a week.
YOUTH_FROM: Final = 6 * 60
YOUTH_UNTIL: Final = 20 * 60
YOUTH_HOURS: Final = 40

UNKNOWN: Final = -1
LICENCE_CLASSES: Final = ("B", "C", "D")
# What a class of licence covers beside itself.
COVERS: Final = {"C": {"B", "C"}, "CE": {"B", "C", "CE"}, "D": {"B", "D"}, "B": {"B"}}

# The first of two that hide as many is named: the law before wishes.
WALLS: Final = ("youth", "way", "hours", "time", "days", "special", "heavy", "licence", "unwanted")
WALL_WORDS: Final = {
    "way": "liegen zu weit weg",
    "hours": "haben andere Stunden",
    "time": "beginnen zu früh oder enden zu spät",
    "days": "brauchen andere Tage",
    "special": "brauchen Schicht, Nacht oder Wochenende",
    "heavy": "verlangen schweres Heben oder langes Stehen",
    "licence": "verlangen Führerschein oder Auto",
    "unwanted": "sind Arbeit, die Sie nicht möchten",
    "youth": "sind unter 18 Jahren in der Regel nicht erlaubt (Jugendarbeitsschutz)",
}
# One means "is hidden by this limit" in a sentence with a number of one.
WALL_WORDS_ONE: Final = {
    "way": "liegt zu weit weg",
    "hours": "hat andere Stunden",
    "time": "beginnt zu früh oder endet zu spät",
    "days": "braucht andere Tage",
    "special": "braucht Schicht, Nacht oder Wochenende",
    "heavy": "verlangt schweres Heben oder langes Stehen",
    "licence": "verlangt Führerschein oder Auto",
    "unwanted": "ist Arbeit, die Sie nicht möchten",
    "youth": "ist unter 18 Jahren in der Regel nicht erlaubt (Jugendarbeitsschutz)",
}


@dataclass(frozen=True)
class VacancyTable:
    """Vacancies as columns, built once and asked many times. All columns have shape (n,).

    Unknown is NaN in columns of numbers, -1 in columns of yes and no, 0 in ``days`` and ``published``.

    Attributes:
        rows: the vacancies themselves, in the order of the columns.
        lat: latitudes in radians.
        lon: longitudes in radians.
        cos_lat: cosines of the latitudes.
        hours_low: fewest weekly hours; 35 for full time without a number.
        hours_high: most weekly hours; 34 for part time without a number.
        hours_known: whether the advertisement gives a number or says full time.
        days: bit masks of working days.
        start: begin of work in minutes after midnight.
        end: end of work in minutes after midnight.
        flags: yes and no by name, int8.
        licence: position in ``LICENCE_CLASSES`` of the class needed, -1 none or unknown.
        hour_wage: lower gross wage per hour in cents.
        has_wage: whether a wage by hour or month is known.
        published: ordinal of the day of publication.
        closes: ordinal of the last open day, the last of all days where unknown.
        order: position of each key in the sorted keys, for ties.
        double: number shared by rows with one headline and one employer.
        employer: number of the employer, -1 unknown.
        level: 1 for upper level, 2 for training, 3 for both, 0 for neither.
        postings: rows and weights by word stem.
        names: rows by normal name of occupation or headline.
        index: finds stems near an asked one.
    """

    rows: tuple[Vacancy, ...]
    lat: Floats
    lon: Floats
    cos_lat: Floats
    hours_low: Floats
    hours_high: Floats
    hours_known: Bools
    days: Ints
    start: Floats
    end: Floats
    flags: Mapping[str, npt.NDArray[np.int8]]
    licence: npt.NDArray[np.int8]
    hour_wage: Floats
    has_wage: Bools
    published: Ints
    closes: Ints
    order: Ints
    double: Ints
    employer: Ints
    level: npt.NDArray[np.int8]
    postings: Mapping[str, tuple[Ints, Floats]]
    names: Mapping[str, Ints]
    index: StemIndex

    def __len__(self) -> int:
        """Return the number of vacancies."""
        return len(self.rows)

    @classmethod
    def from_rows(cls, vacancies: Iterable[Vacancy]) -> "VacancyTable":
        """Build the columns.

        Raises:
            ValueError: two vacancies share a key.
        """
        rows = tuple(vacancies)
        keys = [row.key for row in rows]
        if len(set(keys)) != len(keys):
            message = "Two vacancies share a key."
            raise ValueError(message)
        order = np.empty(len(rows), np.int64)
        order[sorted(range(len(rows)), key=keys.__getitem__)] = np.arange(len(rows))
        words = [occupations.words_of(row.occupation, row.title) for row in rows]
        employers = [fold(row.employer) for row in rows]
        hours = np.array([hours_of(row) for row in rows], np.float64).reshape(-1, 2)
        lat = np.radians(np.array([_number(row.lat) for row in rows], np.float64))
        flags = {name: np.array([_tri(getattr(row, name)) for row in rows], np.int8) for name in FLAGS}
        for kind in TYPICAL:
            usual = [occupations.typical(kind, row.occupation, row.title) for row in rows]
            flags[f"typical_{kind}"] = np.array(usual, np.int8)
        postings, names = _postings(words)
        level = [w.upper + 2 * (w.training or row.training) for w, row in zip(words, rows, strict=True)]
        wage = [row.wage_hour[0] if row.wage_hour else None for row in rows]
        return cls(
            rows=rows,
            lat=lat,
            lon=np.radians(np.array([_number(row.lon) for row in rows], np.float64)),
            cos_lat=np.cos(lat),
            hours_low=hours[:, 0],
            hours_high=hours[:, 1],
            hours_known=np.array([hours_stated(row) for row in rows], np.bool_),
            days=np.array([row.days or 0 for row in rows], np.int64),
            start=np.array([_number(row.start) for row in rows], np.float64),
            end=np.array([_number(row.end) for row in rows], np.float64),
            flags=flags,
            licence=np.array([licence_code(row.licence) for row in rows], np.int8),
            hour_wage=np.array([_number(cents) for cents in wage], np.float64),
            has_wage=np.array([bool(row.wage_hour or row.wage_month) for row in rows], np.bool_),
            published=np.array([row.published.toordinal() if row.published else 0 for row in rows], np.int64),
            closes=np.array([(row.closes or date.max).toordinal() for row in rows], np.int64),
            order=order,
            double=_numbered([(w.title, firm) for w, firm in zip(words, employers, strict=True)]),
            employer=np.where(np.array(employers, np.str_) == "", -1, _numbered(employers)),
            level=np.array(level, np.int8),
            postings=postings,
            names=names,
            index=StemIndex(postings),
        )

    def likeness(self, asked: str) -> Floats:
        """Return the likeness of all vacancies to one asked occupation, shape (n,), 0 to 1.

        The same values as ``occupations.likeness`` row by row, found through the index of stems.
        """
        total = np.zeros(len(self))
        for stem, share in occupations.stem_shares(asked):
            best = np.zeros(len(self))
            for found, strength in self.index.near(stem):
                rows, weights = self.postings[found]
                best[rows] = np.maximum(best[rows], strength * weights)
            total += share * best
        factors = [occupations.level_factor(asked, upper=bool(code & 1), training=bool(code & 2)) for code in range(4)]
        found_likeness: Floats = occupations.WORDS_CEILING * total * np.array(factors)[self.level]
        same = self.names.get(occupations.normal_name(asked))
        if same is not None:
            found_likeness[same] = occupations.SAME
        return found_likeness


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _tri(value: bool | None) -> int:
    return UNKNOWN if value is None else int(value)


def _numbered(values: list[str] | list[tuple[str, str]]) -> Ints:
    numbers: dict[str | tuple[str, str], int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)


def _postings(
    words: list[occupations.Words],
) -> tuple[dict[str, tuple[Ints, Floats]], dict[str, Ints]]:
    by_stem: dict[str, list[tuple[int, float]]] = {}
    by_name: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        for stem, weight in word.weights:
            by_stem.setdefault(stem, []).append((row, weight))
        for name in {word.occupation, word.title} - {""}:
            by_name.setdefault(name, []).append(row)
    postings = {
        stem: (np.array([row for row, _ in pairs], np.int64), np.array([weight for _, weight in pairs]))
        for stem, pairs in by_stem.items()
    }
    return postings, {name: np.array(found, np.int64) for name, found in by_name.items()}


def hours_of(row: Vacancy) -> tuple[float, float]:
    """Return the weekly hours of a vacancy as far as they are certain, NaN where nothing is."""
    if row.hours_low is not None or row.hours_high is not None:
        low = row.hours_low if row.hours_low is not None else row.hours_high
        high = row.hours_high if row.hours_high is not None else row.hours_low
        return _number(low), _number(high)
    if row.mini_job:
        return wages.MINI_JOB_RANGE
    if row.full_time is None:
        return np.nan, np.nan
    return wages.FULL_TIME_RANGE if row.full_time else (0.0, wages.PART_TIME_RANGE[1])


def hours_stated(row: Vacancy) -> bool:
    """Whether the advertisement gives a number of hours, or says full time."""
    return row.hours_low is not None or row.hours_high is not None or bool(row.full_time)


def licence_code(licence: str | None) -> int:
    """Return the position of the class in ``LICENCE_CLASSES``, -1 where none is needed or known."""
    return LICENCE_CLASSES.index(licence) if licence in LICENCE_CLASSES else UNKNOWN


@dataclass(frozen=True, slots=True)
class Proposal:
    """One vacancy for one person.

    Attributes:
        index: row of the table.
        vacancy: the vacancy itself.
        score: 0 to 100, for the order only.
        fits: clauses after "Passt, weil".
        would_mean: phrases after "Würde bedeuten".
        against: sentences under "Spricht dagegen"; never empty.
        km: length of the way, said with "etwa"; None where a place is not known.
        minutes: rough minutes for the way, None by bus (there is no timetable) or beyond the longest way.
        mode: the way of travel the minutes hold for.
    """

    index: int
    vacancy: Vacancy
    score: float
    fits: tuple[str, ...]
    would_mean: tuple[str, ...]
    against: tuple[str, ...]
    km: float | None
    minutes: int | None
    mode: str | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Proposals and what stands behind them.

    Attributes:
        proposals: at most ``k``, best first.
        fitting: number of vacancies that keep all limits.
        candidates: number of vacancies with fitting work, whatever the limits.
        hidden: number of candidates beyond each limit; one vacancy may count under several.
        opened_by: number of candidates beyond this limit alone: so many more without it.
        reason_fewer: German sentence where there are fewer than ``k`` proposals, else None.
    """

    proposals: tuple[Proposal, ...]
    fitting: int
    candidates: int
    hidden: Mapping[str, int]
    opened_by: Mapping[str, int]
    reason_fewer: str | None


@dataclass(frozen=True)
class _Wish:
    likeness: Floats
    best: Ints
    asked: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Way:
    km: Floats
    minutes: Floats
    mode: str | None


def rank(client: Client, table: VacancyTable, *, today: date, k: int = DEFAULT_K) -> Ranking:
    """Return the ``k`` best vacancies within all limits of the person.

    Args:
        client: wishes and limits.
        table: the vacancies.
        today: the Berlin day, for the age of advertisements and closed ones.
        k: number of proposals asked for.

    Ties fall to the shorter way, then the newer advertisement, then the smaller key: the same input gives the
    same answer. Of one headline by one employer only one is proposed, and at most two by one employer as long
    as others are left.
    """
    wish = _wish(client, table)
    open_now = table.closes >= today.toordinal()
    rows = np.flatnonzero((wish.likeness >= LEAST_LIKENESS) & open_now)
    way = _way(client, table, rows)
    walls = _walls(client, table, rows, way)
    beyond = np.column_stack([walls[name] for name in WALLS]) if len(rows) else np.zeros((0, len(WALLS)), bool)
    count = beyond.sum(axis=1)
    inside = count == 0
    score = _score(client, table, rows, wish, way, today)
    kept = np.flatnonzero(inside)
    shown_km = np.where(np.isnan(way.km[kept]), np.inf, way.km[kept])
    sequence = kept[np.lexsort((table.order[rows[kept]], -table.published[rows[kept]], shown_km, -score[kept]))]
    chosen = _choose(table, rows, sequence, k)
    proposals = tuple(_proposal(client, table, int(rows[i]), int(i), score, wish, way, today) for i in chosen)
    hidden = {name: int(beyond[:, i].sum()) for i, name in enumerate(WALLS)}
    opened_by = {name: int((beyond[:, i] & (count == 1)).sum()) for i, name in enumerate(WALLS)}
    fitting = int(inside.sum())
    reason = reason_fewer(len(proposals), k, len(rows), fitting, hidden, opened_by, asked=bool(wish.asked))
    return Ranking(proposals, fitting, len(rows), hidden, opened_by, reason)


def _wish(client: Client, table: VacancyTable) -> _Wish:
    asked = tuple((kind, name) for kind in WISH_WEIGHTS for name in getattr(client, kind) if name.strip())
    if not asked:
        flat = np.full(len(table), FLAT_LIKENESS)
        return _Wish(flat, np.full(len(table), -1, np.int64), ())
    best, which = np.zeros(len(table)), np.full(len(table), -1, np.int64)
    for number, (kind, name) in enumerate(asked):
        found = table.likeness(name) * WISH_WEIGHTS[kind]
        better = found > best
        best[better], which[better] = found[better], number
    return _Wish(best, which, asked)


def fastest_mode(modes: frozenset[str]) -> str | None:
    """Return the fastest of the ways of travel, None where none was named."""
    return max(modes, key=geo.SPEED_KMH.__getitem__, default=None)


def way_limit(client: Client) -> float | None:
    """Return the longest way in kilometres: the tighter of kilometres and minutes, None without a limit."""
    limits = [] if client.max_km is None else [client.max_km]
    if client.max_minutes is not None:
        limits.append(geo.km_within(client.max_minutes, fastest_mode(client.modes) or "bus"))
    return min(limits, default=None)


def _way(client: Client, table: VacancyTable, rows: Ints) -> _Way:
    mode = fastest_mode(client.modes)
    if client.lat is None or client.lon is None:
        nothing = np.full(len(rows), np.nan)
        return _Way(nothing, nothing, mode)
    straight = geo.distances_km(client.lat, client.lon, table.lat[rows], table.lon[rows], table.cos_lat[rows])
    km = straight * geo.DETOUR
    speed = geo.SPEED_KMH[mode or "bus"]
    return _Way(km, np.ceil(km * geo.MINUTES_PER_HOUR / speed), mode)


def _walls(client: Client, table: VacancyTable, rows: Ints, way: _Way) -> dict[str, Bools]:
    flags = {name: column[rows] for name, column in table.flags.items()}
    none = np.zeros(len(rows), np.bool_)
    limit = way_limit(client)
    home = client.lat is not None and client.lon is not None
    # A place nobody knows cannot be shown to lie within the limit.
    walls = {"way": ~(way.km <= limit) if limit is not None and home else none}
    walls["hours"] = none.copy()
    if client.hours_low is not None:
        walls["hours"] |= table.hours_high[rows] < client.hours_low
    if client.hours_high is not None:
        walls["hours"] |= table.hours_low[rows] > client.hours_high
    walls["days"] = (table.days[rows] & ~client.days) != 0
    # Hours that the stated times do not hold on all possible days need one day more.
    most = span_minutes(table.start[rows], table.end[rows]) * client.days.bit_count()
    walls["days"] |= (table.days[rows] == 0) & (table.hours_low[rows] * 60 > most)
    walls["time"] = _beyond_time(client, table, rows, way)
    no_weekend = client.no_weekend or not client.days & WEEKEND_MASK
    walls["special"] = (
        ((flags["shift"] == 1) & client.no_shift)
        | ((flags["night"] == 1) & client.no_night)
        | ((flags["weekend"] == 1) & no_weekend)
        | ((flags["special"] == 1) & (client.no_shift or client.no_night or no_weekend))
    )
    walls["heavy"] = ((flags["heavy"] == 1) & client.no_heavy) | ((flags["standing"] == 1) & client.no_standing)
    walls["licence"] = (flags["car"] == 1) & (client.car is False)
    if client.licences is not None:
        covered = set().union(*(COVERS.get(one, {one}) for one in client.licences))
        missing = [code for code, name in enumerate(LICENCE_CLASSES) if name not in covered]
        walls["licence"] |= np.isin(table.licence[rows], missing)
    walls["unwanted"] = none.copy()
    for name in client.unwanted:
        walls["unwanted"] |= table.likeness(name)[rows] >= UNWANTED_LIKENESS
    walls["youth"] = _beyond_youth(client, table, rows) if client.young else none
    return walls


def _beyond_youth(client: Client, table: VacancyTable, rows: Ints) -> Bools:
    """Whether the protection of young workers forbids the work as advertised, or a licence for it comes with 18 only.

    JArbSchG § 5 (children), § 8 (40 hours), § 14 (night), §§ 16, 17 (Saturday, Sunday), § 22 (dangerous work). Its
    exceptions (bakery from 5 h, restaurants until 22 h, Saturdays in shops, § 14(2), § 16(2), § 22(2)) depend on firm
    and training; they are for people to look into. Driving alone needs 18 years (§ 10 FeV; B at 17 with company only).
    """
    if client.age is not None and client.age < WORK_FROM:
        return np.ones(len(rows), np.bool_)
    forbidden = ("shift", "night", "weekend", "special", "heavy", "car")
    beyond: Bools = np.any([table.flags[name][rows] == 1 for name in forbidden], axis=0)
    beyond |= (table.days[rows] & WEEKEND_MASK) != 0
    beyond |= table.licence[rows] != UNKNOWN
    start, end = table.start[rows], table.end[rows]
    beyond |= (start < YOUTH_FROM) | (start >= YOUTH_UNTIL) | (end > YOUTH_UNTIL) | (end <= start) | (end <= YOUTH_FROM)
    beyond |= table.hours_low[rows] > YOUTH_HOURS
    return beyond


def _beyond_time(client: Client, table: VacancyTable, rows: Ints, way: _Way) -> Bools:
    """Whether work cannot lie between the person's earliest and latest times, with the way."""
    travel = np.nan_to_num(way.minutes, nan=0.0)
    earliest, latest = np.full(len(rows), -np.inf), np.full(len(rows), np.inf)
    for limit, extra, sign in (
        (client.earliest, 0.0, 1),
        (client.care_from, travel, 1),
        (client.latest, 0.0, -1),
        (client.care_until, travel, -1),
    ):
        if limit is None:
            continue
        if sign > 0:
            earliest = np.maximum(earliest, limit + extra)
        else:
            latest = np.minimum(latest, limit - extra)
    least = least_daily_minutes(client, table.hours_low[rows], table.days[rows])
    start = table.start[rows]
    end = start + span_minutes(start, table.end[rows])
    end = np.where(np.isnan(start), table.end[rows], end)
    # Where one end is not stated, the hours say by when work has begun or until when it lasts at least.
    latest_start = np.where(np.isnan(start), end - least, start)
    earliest_end = np.where(np.isnan(end), np.fmax(start, earliest) + least, end)
    beyond: Bools = (latest_start < earliest) | (earliest_end > latest)
    return beyond


def least_daily_minutes(client: Client, hours_low: Floats, days: Ints) -> Floats:
    """Return the minutes a working day has at least, spread over all days that are possible, shape (n,).

    Over six hours a day 30 minutes of break come on top (§ 4 ArbZG). 0 where the hours are not known.
    """
    possible = np.where(days == 0, client.days, days & client.days)
    number = np.maximum(1, np.bitwise_count(possible.astype(np.uint8)))
    work: Floats = np.nan_to_num(hours_low, nan=0.0) * 60 / number.astype(np.float64)
    return work + BREAK_MINUTES * (work > BREAK_FROM_MINUTES)


def span_minutes(start: Floats, end: Floats) -> Floats:
    """Return the minutes from begin to end of work, over midnight too, breaks among them; NaN where one is not known."""
    return np.where(end <= start, end + DAY_MINUTES, end) - start


def has_time_limit(client: Client) -> bool:
    """Whether the person's working time has an early or a late end."""
    return any(t is not None for t in (client.earliest, client.latest, client.care_from, client.care_until))


def _score(client: Client, table: VacancyTable, rows: Ints, wish: _Wish, way: _Way, today: date) -> Floats:
    flags = table.flags
    near = np.where(np.isnan(way.km), 0.5, np.exp(-np.nan_to_num(way.km) / NEAR_SCALE_KM))
    age = np.where(table.published[rows] > 0, today.toordinal() - table.published[rows], FRESH_DAYS)
    fresh = np.clip(1 - age / FRESH_DAYS, 0, 1)
    hours = np.where(table.hours_known[rows], 1.0, 0.5)
    score: Floats = POINTS_OCCUPATION * wish.likeness[rows] + POINTS_NEAR * near + POINTS_HOURS * hours + POINTS_FRESH * fresh
    agency = (flags["temp_agency"][rows] == 1) | (flags["private_agency"][rows] == 1)
    score -= COST_AGENCY * agency
    score -= COST_FIXED_TERM * (flags["fixed_term"][rows] == 1)
    score -= COST_NO_WAGE * ~table.has_wage[rows]
    least_wage = wages.minimum_wage(today)
    if least_wage is not None:
        score -= COST_LOW_WAGE * (table.hour_wage[rows] < least_wage)
    if has_time_limit(client):
        score -= COST_TIMES_UNKNOWN * (np.isnan(table.start[rows]) | np.isnan(table.end[rows]))
    for kind, wall in (("heavy", client.no_heavy or client.young), ("standing", client.no_standing)):
        if wall:
            score -= COST_TYPICAL * ((flags[f"typical_{kind}"][rows] == 1) & (flags[kind][rows] != 0))
    rounded: Floats = np.maximum(score, 0.0).round(ROUNDING).astype(np.float64, copy=False)
    return rounded


def _choose(table: VacancyTable, rows: Ints, sequence: Ints, k: int) -> list[int]:
    """Walk down the order: no double, at most two per employer; then fill up from those left over."""
    chosen: list[int] = []
    left: list[int] = []
    doubles: set[int] = set()
    employers: dict[int, int] = {}
    for i in sequence.tolist():
        if len(chosen) == k:
            break
        row = rows[i]
        double, employer = int(table.double[row]), int(table.employer[row])
        if double in doubles:
            continue
        doubles.add(double)
        if employer >= 0 and employers.get(employer, 0) == AT_MOST_PER_EMPLOYER:
            left.append(i)
            continue
        employers[employer] = employers.get(employer, 0) + 1
        chosen.append(i)
    places = {i: place for place, i in enumerate(sequence.tolist())} if left and len(chosen) < k else {}
    filled = chosen + left[: k - len(chosen)]
    return sorted(filled, key=places.__getitem__) if places else filled


def _proposal(
    client: Client, table: VacancyTable, row: int, i: int, score: Floats, wish: _Wish, way: _Way, today: date
) -> Proposal:
    km = None if np.isnan(way.km[i]) else round(float(way.km[i]), 1)
    mode = fastest_mode(client.modes - {"bus"})
    shown = None if km is None or mode is None else geo.minutes(km, mode)
    if shown is not None and shown > (client.max_minutes or geo.MINUTES_PER_HOUR):
        shown = None
    asked = wish.asked[wish.best[row]] if wish.best[row] >= 0 else None
    told = tell(
        Told(
            client=client,
            vacancy=table.rows[row],
            today=today,
            asked=asked,
            likeness=float(wish.likeness[row]) / (WISH_WEIGHTS[asked[0]] if asked else 1),
            km=km,
            minutes=shown,
            mode=mode,
            hours_stated=bool(table.hours_known[row]),
            usually_heavy=table.flags["typical_heavy"][row] == 1,
            usually_standing=table.flags["typical_standing"][row] == 1,
        )
    )
    return Proposal(row, table.rows[row], float(score[i]), *told, km, shown, mode if shown else None)


def reason_fewer(
    found: int,
    k: int,
    candidates: int,
    fitting: int,
    hidden: Mapping[str, int],
    opened_by: Mapping[str, int],
    *,
    asked: bool = True,
) -> str | None:
    """Return the German sentence why there are fewer than ``k`` proposals, None where there are enough.

    ``asked``: whether the person named work at all; without, no word of "these occupations".
    """
    if found >= k:
        return None
    if not candidates:
        return "Zu diesen Berufen gibt es gerade keine Stelle." if asked else "Es ist gerade keine Stelle offen."
    numbers = {0: "Keine Stelle hält", 1: "Nur eine Stelle hält"}
    first = f"{numbers.get(found, f'Nur {found} Stellen halten')} alle Ihre Grenzen ein."
    if not any(opened_by.values()) and fitting > found:
        return f"{first} Weitere Anzeigen sind dieselben noch einmal."
    source = opened_by if any(opened_by.values()) else hidden
    name = max(WALLS, key=lambda wall: (source[wall], -WALLS.index(wall)))
    number = source[name]
    if not number:
        return f"{first} Mehr Stellen {'zu diesen Berufen ' if asked else ''}gibt es gerade nicht."
    if number == 1:
        return f"{first} Eine weitere {WALL_WORDS_ONE[name]}."
    shown = group_thousands(number)
    return f"{first} {shown} weitere {WALL_WORDS[name]}."
