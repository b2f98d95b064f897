"""Wages of advertisements: finding the unit that was meant, and stating them by hour and by month.

Job boards carry hourly and monthly amounts under the label "per year" and the other way round. The rule:
of hour, month and year take the unit under which the hourly wage lies between 12 and 60 euros; where two
fit, the declared one. What fits nowhere is left out and said, never guessed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from hilfefrei.core.money import format_euro

# 365.25 days / 7 / 12 months; the same factor as § 24 (3) TVöD.
WEEKS_PER_MONTH: Final = 4.348
MONTHS_PER_YEAR: Final = 12
LEAST_HOURLY: Final = 1200
MOST_HOURLY: Final = 6000

FULL_TIME_RANGE: Final = (35.0, 40.0)
FULL_TIME_HOURS: Final = 39.0
# Part time without a number. From 15 hours on month and year cannot be mistaken for each other.
PART_TIME_RANGE: Final = (15.0, 34.0)
MINI_JOB_RANGE: Final = (1.0, 10.0)
ANY_RANGE: Final = (15.0, 40.0)

UNITS: Final = ("hour", "month", "year")
UNIT_WORDS: Final = {"hour": "in der Stunde", "month": "im Monat", "year": "im Jahr"}
KINDS: Final = {
    "STUNDENLOHN": "hour",
    "MONATSGEHALT": "month",
    "JAHRESGEHALT": "year",
    "HOUR": "hour",
    "MONTH": "month",
    "YEAR": "year",
    "STUNDE": "hour",
    "MONAT": "month",
    "JAHR": "year",
}
NO_WAGE_KINDS: Final = frozenset({"", "KEINE_ANGABEN", "KEINE_ANGABE", "AUSBILDUNGSVERGUETUNG_NACH_JAHREN"})

# § 1 (2) MiLoG with the Fifth Minimum Wage Adjustment Ordinance (MiLoV5); cents per hour from the day on.
MINIMUM_WAGE: Final = ((date(2025, 1, 1), 1282), (date(2026, 1, 1), 1390), (date(2027, 1, 1), 1460))


def minimum_wage(day: date) -> int | None:
    """Return the statutory minimum wage in cents per hour, None for days before the table begins."""
    known = [cents for start, cents in MINIMUM_WAGE if start <= day]
    return known[-1] if known else None


@dataclass(frozen=True, slots=True)
class Wage:
    """What is known of a wage; all amounts gross, in cents.

    Attributes:
        unit: ``hour``, ``month`` or ``year`` as found, None without a usable wage.
        stated: lowest and highest amount as stated, in that unit.
        hourly: lowest and highest wage per hour, None where the weekly hours are not known.
        monthly: lowest and highest wage per month, None where the weekly hours are not known.
        repaired: the amount or its unit was put right.
        rejected: an amount was stated but cannot be used.
        code: short name of the reason, empty where all was well.
        reason: German sentence for it.
    """

    unit: str | None = None
    hourly: tuple[int, int] | None = None
    monthly: tuple[int, int] | None = None
    repaired: bool = False
    rejected: bool = False
    code: str = ""
    reason: str = ""
    stated: tuple[int, int] | None = None


def hours_range(
    hours_low: float | None, hours_high: float | None, *, full_time: bool | None, mini_job: bool | None
) -> tuple[tuple[float, float], bool]:
    """Return the weekly hours to reckon with, and whether they are exact enough to convert amounts.

    Full time without a number counts as 39 hours for conversion; part time without one cannot be converted.
    """
    if hours_low or hours_high:
        low, high = hours_low or hours_high or 0.0, hours_high or hours_low or 0.0
        return (min(low, high), max(low, high)), True
    if mini_job:
        return MINI_JOB_RANGE, False
    if full_time is None:
        return ANY_RANGE, False
    return ((FULL_TIME_HOURS, FULL_TIME_HOURS), True) if full_time else (PART_TIME_RANGE, False)


def normalise_wage(
    kind: str,
    *,
    fixed: int | None = None,
    low: int | None = None,
    high: int | None = None,
    hours_low: float | None = None,
    hours_high: float | None = None,
    full_time: bool | None = None,
    mini_job: bool | None = None,
) -> Wage:
    """Return the wage by hour and month, with the unit put right where it cannot be what was declared.

    Args:
        kind: declared unit, a name of ``KINDS`` or ``NO_WAGE_KINDS``; anything else is treated as undeclared.
        fixed: a single amount in cents.
        low: lower end of a range in cents, used where there is no single amount.
        high: upper end of a range in cents.
        hours_low: fewest weekly hours.
        hours_high: most weekly hours.
        full_time: True full time, False part time, None not stated.
        mini_job: marginal employment.
    """
    if kind.strip().upper() in NO_WAGE_KINDS:
        return Wage()
    amounts = sorted(amount for amount in ([fixed] if fixed else [low, high]) if amount and amount > 0)
    if not amounts:
        stated = any(amount is not None for amount in (fixed, low, high))
        reason = "Der Lohn ist mit null angegeben." if stated else ""
        return Wage(rejected=stated, code="wage_zero" if stated else "", reason=reason)
    declared = KINDS.get(kind.strip().upper())
    hours, exact = hours_range(hours_low, hours_high, full_time=full_time, mini_job=mini_job)
    unit = _unit_of(amounts[0], declared, hours)
    low_dropped = unit is None and len(amounts) > 1
    if low_dropped:
        # A range often begins at a minimum wage of years ago; its upper end is today's.
        unit = _unit_of(amounts[-1], declared, hours)
    if unit is None:
        return Wage(rejected=True, code="wage_implausible", reason=_implausible(amounts[0], declared))
    swapped = not fixed and low is not None and high is not None and 0 < high < low
    notes: list[tuple[str, str]] = []
    if low_dropped:
        was = f"{format_euro(amounts[0])} {UNIT_WORDS[unit]}"
        notes.append(("wage_low_dropped", f"{was} ist zu wenig für einen heutigen Lohn und bleibt weg."))
        amounts = amounts[1:]
    if unit != declared:
        was = f"als Lohn {UNIT_WORDS[declared]} gemeldet" if declared else "ohne bekannte Einheit gemeldet"
        notes.append(("wage_unit", f"{format_euro(amounts[0])} war {was}, gemeint ist {UNIT_WORDS[unit]}."))
    if not _fits(amounts[-1], unit, hours):
        was = f"{format_euro(amounts[-1])} {UNIT_WORDS[unit]}"
        notes.append(("wage_high_dropped", f"{was} passt nicht zum unteren Betrag und bleibt weg."))
        amounts = amounts[:1]
    if swapped and not notes:
        notes.append(("wage_swapped", "Der untere und der obere Lohn waren vertauscht."))
    code, reason = (notes[0][0], " ".join(text for _, text in notes)) if notes else ("", "")
    hourly, monthly = _both(amounts[0], amounts[-1], unit, hours, exact=exact)
    ends = (amounts[0], amounts[-1])
    return Wage(unit, hourly, monthly, repaired=bool(code), code=code, reason=reason, stated=ends)


def _unit_of(amount: int, declared: str | None, hours: tuple[float, float]) -> str | None:
    """Return the declared unit where it fits, else the only one that does."""
    fitting = [unit for unit in UNITS if _fits(amount, unit, hours)]
    return declared if declared in fitting else (fitting[0] if len(fitting) == 1 else None)


def _fits(amount: int, unit: str, hours: tuple[float, float]) -> bool:
    """Whether the hourly wage can lie within the bounds for some number of weekly hours in the range."""
    least, most = hours
    if unit == "hour":
        return LEAST_HOURLY <= amount <= MOST_HOURLY
    months = MONTHS_PER_YEAR if unit == "year" else 1
    weeks = WEEKS_PER_MONTH * months
    return LEAST_HOURLY * least * weeks <= amount <= MOST_HOURLY * most * weeks


def _both(
    low: int, high: int, unit: str, hours: tuple[float, float], *, exact: bool
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    if unit == "hour":
        monthly = (round(low * hours[0] * WEEKS_PER_MONTH), round(high * hours[1] * WEEKS_PER_MONTH))
        return (low, high), (monthly if exact else None)
    months = MONTHS_PER_YEAR if unit == "year" else 1
    monthly = (round(low / months), round(high / months))
    # The lower month belongs to the fewer hours, the upper one to the more.
    hourly = sorted((round(monthly[0] / (hours[0] * WEEKS_PER_MONTH)), round(monthly[1] / (hours[1] * WEEKS_PER_MONTH))))
    return ((hourly[0], hourly[1]) if exact else None), monthly


def _implausible(amount: int, declared: str | None) -> str:
    shown = format_euro(amount)
    if declared == "hour" and amount < LEAST_HOURLY:
        return f"{shown} in der Stunde ist zu wenig für einen heutigen Lohn. Der Lohn bleibt weg."
    if declared and _near_month(amount):
        return f"{shown} im Monat wären weniger als 12 € in der Stunde. Der Lohn bleibt weg."
    return f"{shown} passt weder als Stunden- noch als Monats- noch als Jahreslohn. Der Lohn bleibt weg."


def _near_month(amount: int) -> bool:
    """Whether an amount would be a month's wage, were it not too low for full time."""
    full_month = LEAST_HOURLY * FULL_TIME_HOURS * WEEKS_PER_MONTH
    return full_month / 2 <= amount < full_month
