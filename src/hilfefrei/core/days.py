"""Days and times as people in Germany type and read them. A day is a Berlin day."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hilfefrei.core.periods import age_on

BERLIN: Final = ZoneInfo("Europe/Berlin")
OLDEST: Final = 115
WEEKDAYS: Final = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
WEEKDAYS_LONG: Final = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS: Final = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
# A year of two digits lies within the next few years or in the past, never further ahead.
YEARS_AHEAD: Final = 10

_EARLIEST_YEAR: Final = 1900
_LATEST_YEAR: Final = 2200
_LONG_YEAR: Final = 4
# No day and no time is written longer; a search through what somebody pasted must not take long.
_LONGEST: Final = 60
_MONTH_NUMBERS = {
    spelling: number
    for number, name in enumerate(MONTHS, start=1)
    for spelling in (name.lower(), name.lower()[:3])
} | {"jänner": 1, "feber": 2, "maerz": 3, "mrz": 3, "mär": 3, "sept": 9}
_WEEKDAY = re.compile(r"^(?:mo|di|mi|do|fr|sa|so)[a-zä]*[.,]?\s+", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})[./\- ]+(\d{1,2})[./\- ]+(\d{4}|\d{2})")
_WITHOUT_YEAR = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.?")
_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WORDED = re.compile(r"(\d{1,2})\.?\s*([A-Za-zäÄ]+)\.?,?\s*(\d{4}|\d{2})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?|(\d{2})(\d{2})")

_UNREADABLE = "„{}“ lesen wir nicht als Tag. Bitte schreiben Sie ihn so: 1.4.1992."


def berlin_day(moment: datetime) -> date:
    """Return the Berlin day of an aware moment.

    Raises:
        ValueError: the moment has no time zone.
    """
    return _berlin(moment).date()


def _berlin(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "A moment needs a time zone."
        raise ValueError(message)
    return moment.astimezone(BERLIN)


def parse_german_date(text: str, *, today: date, birth: bool = False) -> date:
    """Read ``1.4.92``, ``01041992``, ``1.4.1992``, ``1992-04-01``, ``1. April 1992`` and ``Do 19.11.2026``.

    A year of two digits becomes, for a birth date, the latest one that is neither in the future nor more
    than 115 years ago; otherwise the one in the hundred years that end ten years from today. Without
    ``birth`` a day may come without its year (``19.11.``): then it is the one nearest to today.

    Args:
        text: what was typed.
        today: the Berlin day on which it was typed.
        birth: whether it is a birth date: never in the future, never more than 115 years ago.

    Raises:
        ValueError: with a plain German sentence.
    """
    raw = text.strip()
    cleaned = _WEEKDAY.sub("", raw.replace("\u00a0", " "))
    if not cleaned:
        message = "Hier fehlt ein Tag. Bitte schreiben Sie ihn so: 1.4.1992."
        raise ValueError(message)
    shown = raw if len(raw) <= 20 else raw[:20] + "…"
    if not re.sub("[äÄ]", "", cleaned).isascii():
        raise ValueError(_UNREADABLE.format(shown))
    if not birth and (short := _WITHOUT_YEAR.fullmatch(cleaned)):
        return _nearest(int(short[1]), int(short[2]), today)
    day, month, year_text = _parts(cleaned, shown)
    year = int(year_text)
    if len(year_text) < _LONG_YEAR:
        year = _full_year(year, month, day, today=today, birth=birth)
    found = _real_day(year, month, day)
    if birth and found > today:
        message = "Dieser Geburtstag liegt in der Zukunft. Bitte prüfen Sie das Jahr."
        raise ValueError(message)
    if birth and age_on(found, today) > OLDEST:
        message = f"Dieser Geburtstag liegt mehr als {OLDEST} Jahre zurück. Bitte prüfen Sie das Jahr."
        raise ValueError(message)
    return found


def _parts(cleaned: str, shown: str) -> tuple[int, int, str]:
    if match := _ISO.fullmatch(cleaned):
        return int(match[3]), int(match[2]), match[1]
    if match := _NUMERIC.fullmatch(cleaned) or _DIGITS.fullmatch(cleaned):
        return int(match[1]), int(match[2]), match[3]
    match = _WORDED.fullmatch(cleaned)
    if match and (month := _MONTH_NUMBERS.get(match[2].lower())):
        return int(match[1]), month, match[3]
    raise ValueError(_UNREADABLE.format(shown))


def _full_year(short: int, month: int, day: int, *, today: date, birth: bool) -> int:
    year = today.year - today.year % 100 + short
    if birth:
        return year if (year, month, day) <= (today.year, today.month, today.day) else year - 100
    if year > today.year + YEARS_AHEAD:
        return year - 100
    return year + 100 if year <= today.year + YEARS_AHEAD - 100 else year


def _nearest(day: int, month: int, today: date) -> date:
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(_real_day(year, month, day))
        except ValueError:
            # 29 February: another of the three years may have it.
            continue
    if not found:
        return _real_day(today.year, month, day)
    return min(found, key=lambda d: (abs(d - today), d < today))


def _real_day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= len(MONTHS):
        message = f"Den Monat {month} gibt es nicht. Bitte prüfen Sie Tag und Monat."
        raise ValueError(message)
    if not _EARLIEST_YEAR <= year < _LATEST_YEAR:
        message = f"Das Jahr {year} passt hier nicht. Bitte prüfen Sie das Jahr."
        raise ValueError(message)
    try:
        return date(year, month, day)
    except ValueError:
        when = f"{MONTHS[month - 1]} {year}" if (day, month) == (29, 2) else MONTHS[month - 1]
        message = f"Den {day}. {when} gibt es nicht. Bitte prüfen Sie Tag und Monat."
        raise ValueError(message) from None


def parse_moment(text: str) -> datetime:
    """Read an ISO moment with its time zone, from outside or from a page of ours.

    Raises:
        ValueError: it is none, names no time zone, or lies in a year in which nothing here happens (its day in Berlin may not exist).
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        message = "no time zone"
        raise ValueError(message)
    if not _EARLIEST_YEAR <= found.year < _LATEST_YEAR:
        message = "no such year"
        raise ValueError(message)
    return found


def parse_time(text: str) -> time:
    """Read ``8:07``, ``0807``, ``8.07``, ``807``, ``8`` and ``8 Uhr``.

    Raises:
        ValueError: with a plain German sentence.
    """
    raw = text.strip()
    shown = raw if len(raw) <= 20 else raw[:20] + "…"
    cleaned = re.sub(r"\s*uhr$", "", raw, flags=re.IGNORECASE) if len(raw) <= _LONGEST else ""
    if re.fullmatch(r"\d{3}", cleaned):
        cleaned = "0" + cleaned
    match = _CLOCK.fullmatch(cleaned) if cleaned.isascii() else None
    if not match:
        what = f"„{shown}“ lesen wir nicht als Uhrzeit." if raw else "Hier fehlt eine Uhrzeit."
        message = f"{what} Bitte schreiben Sie sie so: 8:07."
        raise ValueError(message)
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    try:
        return time(hour, minute)
    except ValueError:
        message = f"{hour}:{minute:02d} Uhr gibt es nicht. Bitte prüfen Sie die Uhrzeit."
        raise ValueError(message) from None


def format_day(day: date, *, year: bool = False, weekday: bool = True, today: date | None = None) -> str:
    """Return ``Do 19.11.``, with ``year`` ``Do 19.11.2026``; without ``weekday`` just the date.

    Where ``today`` is given, a day of another year shows its year.
    """
    date_part = f"{day.day:02d}.{day.month:02d}." + (str(day.year) if year or (today and day.year != today.year) else "")
    return f"{WEEKDAYS[day.weekday()]} {date_part}" if weekday else date_part


def format_long_day(day: date, *, weekday: bool = False) -> str:
    """Return ``17. November 2026`` as letters write it, with ``weekday`` ``Dienstag, 17. November 2026``."""
    long = f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS_LONG[day.weekday()]}, {long}" if weekday else long


def format_time(moment: datetime | time) -> str:
    """Return ``08:07``; a moment is shown in Berlin time."""
    shown = _berlin(moment) if isinstance(moment, datetime) else moment
    return f"{shown.hour:02d}:{shown.minute:02d}"


def format_moment(moment: datetime, *, year: bool = False, today: date | None = None) -> str:
    """Return ``Do 19.11., 10:30`` in Berlin time; where ``today`` is given, a moment of another year shows its year."""
    return f"{format_day(berlin_day(moment), year=year, today=today)}, {format_time(moment)}"


def format_wait(wait: timedelta) -> str:
    """Return ``25 Std. 27 Min.``, ``12 Min.``; from two days on ``3 Tage``. Below zero counts as zero."""
    minutes = max(0, int(wait.total_seconds() // 60))
    days = minutes // (24 * 60)
    if days > 1:
        return f"{days} Tage"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} Min."
    return f"{hours} Std. {minutes} Min." if minutes else f"{hours} Std."
