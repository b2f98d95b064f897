"""Vacancies as lines of a list and as the panel beside it."""

from dataclasses import dataclass
from datetime import time
from uuid import UUID

from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.queries import hour_range, way_km
from hilfefrei.core.money import format_input
from hilfefrei.www.proposals import Offer, month_words

DASH = "–"


def short_time(value: time) -> str:
    """``08`` or ``14:30``."""
    return f"{value:%H}" if value.minute == 0 else f"{value:%H:%M}"


def times(row: Vacancy) -> str:
    """``08–13``, empty where one end is not stated."""
    return f"{short_time(row.starts_at)}–{short_time(row.ends_at)}" if row.starts_at and row.ends_at else ""


def hours(row: Vacancy) -> str:
    """``25``, ``20–30``, or full and part time in a word."""
    numbers = list(dict.fromkeys(f"{h.normalize():f}".replace(".", ",") for h in (row.hours_min, row.hours_max) if h is not None))
    if numbers:
        return "–".join(numbers)
    if row.mini_job:
        return "Minijob"
    if row.full_time and row.part_time:
        return "Voll/Teil"
    return "Vollzeit" if row.full_time else "Teilzeit" if row.part_time else ""


def hour_wage(row: Vacancy) -> str:
    """``14,60``, the lower end where there is a range; empty where it is not known."""
    found = hour_range(row)
    return format_input(found[0]) if found else ""


def way(km: float | None) -> str:
    """Whole kilometres, ``unter 1`` below one."""
    return "" if km is None else "unter 1" if km < 1 else str(round(km))


@dataclass(frozen=True)
class Line:
    """One vacancy of a list; for a person with its proposal."""

    row: Vacancy
    km: str
    offer: Offer | None = None

    @property
    def id(self) -> UUID:
        """The vacancy."""
        return self.row.pk

    @property
    def hours(self) -> str:
        """Weekly hours."""
        return hours(self.row)

    @property
    def times(self) -> str:
        """Begin and end of work."""
        return times(self.row)

    @property
    def hour_wage(self) -> str:
        """Gross wage per hour."""
        return hour_wage(self.row)

    @property
    def month(self) -> str:
        """Gross wage per month, the lower end where there is a range: the list has room for one number."""
        low, high = self.row.month_low_cents, self.row.month_high_cents
        if low is None:
            return ""
        return f"ab {month_words((low, low))}" if high and high != low else month_words((low, low))


def line_of(row: Vacancy, offer: Offer | None = None) -> Line:
    """A row of the list."""
    return Line(row, way(offer.proposal.km if offer else way_km(row)), offer)


# Columns of the sheet: head, width, value.
SHEET = (
    ("Titel", 40, lambda v: v.title),
    ("Beruf", 30, lambda v: v.occupation),
    ("Betrieb", 30, lambda v: v.employer),
    ("PLZ", 8, lambda v: v.plz),
    ("Ort", 20, lambda v: v.place),
    ("Std. von", 9, lambda v: float(v.hours_min) if v.hours_min is not None else ""),
    ("Std. bis", 9, lambda v: float(v.hours_max) if v.hours_max is not None else ""),
    ("Beginn", 9, lambda v: f"{v.starts_at:%H:%M}" if v.starts_at else ""),
    ("Ende", 9, lambda v: f"{v.ends_at:%H:%M}" if v.ends_at else ""),
    ("€ je Std. von", 12, lambda v: (found[0] / 100) if (found := hour_range(v)) else ""),
    ("€ je Std. bis", 12, lambda v: (found[1] / 100) if (found := hour_range(v)) else ""),
    ("€ im Monat von", 14, lambda v: v.month_low_cents / 100 if v.month_low_cents is not None else ""),
    ("€ im Monat bis", 14, lambda v: v.month_high_cents / 100 if v.month_high_cents is not None else ""),
    ("Lohn repariert", 30, lambda v: v.wage_note),
    ("Quereinstieg", 12, lambda v: {True: "ja", False: "nein"}.get(v.career_changers, "")),
    ("Zeitarbeit", 12, lambda v: {True: "ja", False: "nein"}.get(v.temporary_work, "")),
    ("Vermittlung", 12, lambda v: {True: "ja", False: "nein"}.get(v.private_agency, "")),
    ("veröffentlicht", 14, lambda v: f"{v.published_on:%d.%m.%Y}" if v.published_on else ""),
    ("Eintritt", 14, lambda v: f"{v.starts_on:%d.%m.%Y}" if v.starts_on else ""),
    ("Herkunft", 20, lambda v: v.get_source_display()),
    ("Nummer", 26, lambda v: v.reference),
)
