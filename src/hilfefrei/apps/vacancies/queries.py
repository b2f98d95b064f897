"""Reads of the exchange: the table that matching asks, the list, places."""

import threading
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count, Max, Q, QuerySet

from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import VacancyState
from hilfefrei.core import geo, names
from hilfefrei.core.matching import vacancy as core
from hilfefrei.core.matching.rank import VacancyTable
from hilfefrei.core.matching.wages import WEEKS_PER_MONTH

_lock = threading.Lock()
_tables: dict[UUID, tuple[tuple[object, ...], VacancyTable]] = {}


def _minutes(value: time | None) -> int | None:
    return None if value is None else value.hour * 60 + value.minute


def hour_range(row: Vacancy) -> tuple[int, int] | None:
    """Gross wage per hour in cents where it can be told."""
    if row.wage_unit == "hour" and row.wage_low_cents:
        return row.wage_low_cents, row.wage_high_cents or row.wage_low_cents
    hours = row.hours_max or row.hours_min
    if row.month_low_cents and hours:
        weeks = float(hours) * WEEKS_PER_MONTH
        return round(row.month_low_cents / weeks), round((row.month_high_cents or row.month_low_cents) / weeks)
    return None


def to_core(row: Vacancy) -> core.Vacancy:
    """A row as matching reads it; None stays None: not stated."""
    month = None
    if row.month_low_cents is not None:
        month = (row.month_low_cents, row.month_high_cents or row.month_low_cents)
    return core.Vacancy(
        key=str(row.pk),
        title=row.title,
        occupation=row.occupation,
        employer=row.employer,
        plz=row.plz,
        place=row.place,
        lat=row.lat,
        lon=row.lon,
        hours_low=float(row.hours_min) if row.hours_min is not None else None,
        hours_high=float(row.hours_max) if row.hours_max is not None else None,
        full_time=True if row.full_time and not row.part_time else False if row.part_time and not row.full_time else None,
        start=_minutes(row.starts_at),
        end=_minutes(row.ends_at),
        weekend=row.weekend,
        special=row.night_or_shift,
        mini_job=row.mini_job,
        heavy=row.heavy_lifting,
        standing=row.long_standing,
        licence=row.licence or None,
        wage_hour=hour_range(row),
        wage_month=month,
        temp_agency=row.temporary_work,
        private_agency=row.private_agency,
        fixed_term=row.fixed_term,
        lateral=row.career_changers,
        published=row.published_on,
        starts=row.starts_on,
        closes=row.expires_on,
        url=row.url,
    )


def vacancy_table(jobcenter_id: UUID) -> VacancyTable:
    """All open vacancies as columns; kept per process and built anew when anything changed."""
    rows = Vacancy.objects.filter(state=VacancyState.OPEN)
    stamp = rows.aggregate(n=Count("pk"), last=Max("changed_at"))
    mark = (stamp["n"], stamp["last"])
    held = _tables.get(jobcenter_id)
    if held is not None and held[0] == mark:
        return held[1]
    with _lock:
        held = _tables.get(jobcenter_id)
        if held is None or held[0] != mark:
            table = VacancyTable.from_rows(to_core(row) for row in rows.order_by("pk").iterator(chunk_size=2000))
            _tables[jobcenter_id] = held = (mark, table)
    return held[1]


def locate(plz: str, place: str = "") -> tuple[float, float] | None:
    """Coordinates of a postal code as the stock of vacancies knows them; None where none lies there."""
    for given in (Q(plz=plz) if plz else None, Q(place__iexact=place) if place else None):
        if given is not None:
            found = Vacancy.objects.filter(given, lat__isnull=False).aggregate(lat=Avg("lat"), lon=Avg("lon"))
            if found["lat"] is not None:
                return found["lat"], found["lon"]
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the exchange is asked for."""

    words: str = ""
    place: str = ""
    km: int | None = None
    hours_from: Decimal | None = None
    hours_to: Decimal | None = None
    full_time: str = ""
    month_from_cents: int | None = None
    latest_end: time | None = None
    career_changers: bool = False
    no_agency: bool = False
    new_days: int | None = None
    source: str = ""


SORTS: dict[str, tuple[str, ...]] = {
    "neu": ("-published_on", "title", "id"),
    "titel": ("title", "place", "id"),
    "ort": ("place", "title", "id"),
    "lohn": ("-month_low_cents", "title", "id"),
    "stunden": ("hours_min", "title", "id"),
}


def exchange(filters: Filters, today: date, sort: str = "neu") -> QuerySet[Vacancy]:
    """Open vacancies within the filters. What a vacancy does not state does not shut it out of hours or times."""
    rows = Vacancy.objects.filter(state=VacancyState.OPEN).exclude(expires_on__lt=today)
    for word in names.fold(filters.words).split():
        rows = rows.filter(search_text__contains=word)
    if filters.place:
        rows = rows.filter(_near(filters.place.strip(), filters.km or 0))
    if filters.hours_from is not None:
        rows = rows.filter(Q(hours_max__gte=filters.hours_from) | Q(hours_max=None))
    if filters.hours_to is not None:
        rows = rows.filter(Q(hours_min__lte=filters.hours_to) | Q(hours_min=None))
    if filters.full_time == "voll":
        rows = rows.filter(full_time=True)
    elif filters.full_time == "teil":
        rows = rows.filter(part_time=True)
    if filters.month_from_cents is not None:
        rows = rows.filter(month_high_cents__gte=filters.month_from_cents)
    if filters.latest_end is not None:
        rows = rows.filter(Q(ends_at__lte=filters.latest_end) | Q(ends_at=None))
    if filters.career_changers:
        rows = rows.filter(career_changers=True)
    if filters.no_agency:
        rows = rows.exclude(private_agency=True).exclude(temporary_work=True)
    if filters.new_days is not None:
        rows = rows.filter(published_on__gte=today - timedelta(days=filters.new_days))
    if filters.source:
        rows = rows.filter(source=filters.source)
    # Nulls would come first on one database and last on the other.
    if sort == "lohn":
        rows = rows.exclude(month_low_cents=None)
    return rows.order_by(*SORTS.get(sort, SORTS["neu"]))


def _near(place: str, km: int) -> Q:
    """Vacancies at a place or within ``km`` of it (box around the circle: a degree of latitude is 111 km)."""
    here = locate(place, place)
    if here is None or km <= 0:
        return Q(plz=place) | Q(place__istartswith=place)
    lat, lon = here
    reach = km / geo.DETOUR / 111.2
    return Q(lat__gte=lat - reach, lat__lte=lat + reach, lon__gte=lon - reach * 1.65, lon__lte=lon + reach * 1.65)


def search_text(row: Vacancy) -> str:
    """Folded words a vacancy is found by."""
    return names.fold(f"{row.title} {row.occupation} {row.employer} {row.place} {row.plz}")[:600]
