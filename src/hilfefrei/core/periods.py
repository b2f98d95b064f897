"""Periods of days, inclusive at both ends, and the counting of months and working days.

Months are counted by §§ 187, 188 BGB, working days by the public holidays of the Land.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 5
MONTHS = 12

# Codes of ISO 3166-2:DE without the prefix.
LANDS = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HB": "Bremen",
    "HE": "Hessen",
    "HH": "Hamburg",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included; ``end`` None means open.

    Raises:
        ValueError: the end lies before the start.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuse a period that would hold no day."""
        if self.end is not None and self.end < self.start:
            message = "Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Tage."
            raise ValueError(message)

    @property
    def days(self) -> int | None:
        """Number of days, at least 1; None for an open period."""
        return None if self.end is None else (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        """Whether the day lies inside, ends included."""
        return self.start <= day and (self.end is None or day <= self.end)

    def covers(self, other: "Period") -> bool:
        """Whether every day of the other period lies inside."""
        if other.end is None:
            return self.end is None and self.start <= other.start
        return self.start <= other.start and (self.end is None or other.end <= self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether both share at least one day."""
        return (self.end is None or other.start <= self.end) and (
            other.end is None or self.start <= other.end
        )

    def intersect(self, other: "Period") -> "Period | None":
        """Return the shared days, or None."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return Period(max(self.start, other.start), min(ends) if ends else None)


def join(periods: Iterable[Period], gap_days: int = 0) -> list[Period]:
    """Merge periods that overlap, touch, or lie at most ``gap_days`` free days apart.

    Returns them in order of start; two neighbours of the result are more than ``gap_days`` days apart.
    """
    joined: list[Period] = []
    for period in sorted(periods, key=lambda p: p.start):
        last = joined[-1] if joined else None
        if last is None:
            joined.append(period)
        elif last.end is None:
            break
        elif (period.start - last.end).days - 1 <= gap_days:
            end = None if period.end is None else max(last.end, period.end)
            joined[-1] = Period(last.start, end)
        else:
            joined.append(period)
    return joined


def first_of_month(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Return the last day of the month."""
    return add_months(first_of_month(day), 1) - ONE_DAY


def add_months(day: date, n: int) -> date:
    """Return the day on which a term of ``n`` months ends that an event on ``day`` sets off.

    §§ 187 (1), 188 (2) BGB: the day of the same number; § 188 (3) BGB: where the last month has no such
    day, its last day. Negative ``n`` counts backwards by the same rule.
    """
    months = day.year * MONTHS + day.month - 1 + n
    year, month = divmod(months, MONTHS)
    following = date(year + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)
    return date(year, month + 1, min(day.day, (following - ONE_DAY).day))


def months_from(start: date, n: int) -> Period:
    """Return the period of ``n`` months that begins with the day ``start``.

    §§ 187 (2), 188 (2) BGB: it ends on the day before the one of the same number.

    Raises:
        ValueError: ``n`` is below 1.
    """
    if n < 1:
        message = "Ein Zeitraum hat mindestens einen Monat."
        raise ValueError(message)
    end = add_months(start, n)
    return Period(start, end if end.day < start.day else end - ONE_DAY)


def age_on(birth: date, day: date) -> int:
    """Return the completed years of life (§ 187 (2) sentence 2 BGB: the day of birth counts)."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@lru_cache(maxsize=512)
def holidays_of(year: int, land: str) -> frozenset[date]:
    """Return the public holidays that hold in the whole Land.

    Raises:
        ValueError: no such Land.
    """
    if land not in LANDS:
        message = f"Dieses Land kennen wir nicht: {land}. Bitte nehmen Sie ein Kürzel wie NI."
        raise ValueError(message)
    return frozenset(holidays.country_holidays("DE", subdiv=land, years=year))


def is_working_day(day: date, land: str) -> bool:
    """Whether the day is Monday to Friday and no public holiday of the Land."""
    return day.weekday() < SATURDAY and day not in holidays_of(day.year, land)


def working_days_after(day: date, n: int, land: str) -> date:
    """Return the ``n``-th working day after ``day``, which itself does not count.

    Raises:
        ValueError: ``n`` is negative. ``n`` = 0 gives ``day`` itself or the next working day.
    """
    if n < 0:
        message = "Arbeitstage zählen wir nur nach vorn."
        raise ValueError(message)
    if n == 0:
        return next_working_day(day, land)
    while n:
        day += ONE_DAY
        n -= is_working_day(day, land)
    return day


def next_working_day(day: date, land: str) -> date:
    """Return ``day``, or the next working day where it is none (§ 193 BGB, § 26 (3) SGB X)."""
    while not is_working_day(day, land):
        day += ONE_DAY
    return day
