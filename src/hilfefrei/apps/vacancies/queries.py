"""Reads of the exchange: the table that matching asks, the list, places, deliveries."""

import csv
import io
import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Case, Count, ExpressionWrapper, F, FloatField, Max, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from hilfefrei.apps.vacancies.models import CsvMapping, Delivery, DeliveryRow, PostalPlace, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, VacancyState, WageUnit
from hilfefrei.core import geo, names
from hilfefrei.core.matching import vacancy as core
from hilfefrei.core.matching.delivery import FIELD_WORDS, ColumnMapping
from hilfefrei.core.matching.rank import VacancyTable
from hilfefrei.core.matching.wages import WEEKS_PER_MONTH

# Kilometres of one degree of latitude.
DEGREE_KM = 111.195

_lock = threading.Lock()


# A version and the row as matching reads it, by key.
Rows = dict[UUID, tuple[int, core.Vacancy]]
# From one row of so many on, reading all is no slower than reading those that changed.
MANY = 4


@dataclass(frozen=True)
class _Held:
    """The table as of ``mark``, with the rows it was made of."""

    mark: tuple[object, ...]
    table: VacancyTable
    rows: Rows


_tables: dict[UUID, _Held] = {}


def _minutes(value: time | None) -> int | None:
    return None if value is None else value.hour * 60 + value.minute


def hour_range(row: Vacancy) -> tuple[int, int] | None:
    """Gross wage per hour in cents where it can be told."""
    if row.hour_low_cents is not None:
        return row.hour_low_cents, row.hour_high_cents or row.hour_low_cents
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
        training=row.training,
        published=row.published_on,
        starts=row.starts_on,
        closes=row.expires_on,
        url=row.url,
    )


def vacancy_table(jobcenter_id: UUID) -> VacancyTable:
    """All open vacancies as columns; kept per process and made anew when anything changed, from the rows that did."""
    rows = Vacancy.objects.filter(state=VacancyState.OPEN)
    # Of all rows, not of the open ones: one that closes and one that opens in the same moment would cancel out.
    stamp = Vacancy.objects.aggregate(n=Count("pk"), last=Max("changed_at"), versions=Sum("version"))
    mark = (stamp["n"], stamp["last"], stamp["versions"])
    held = _tables.get(jobcenter_id)
    if held is not None and held.mark == mark:
        return held.table
    with _lock:
        held = _tables.get(jobcenter_id)
        if held is None or held.mark != mark:
            kept = _kept_rows(rows, held.rows if held else {})
            _tables[jobcenter_id] = held = _Held(mark, VacancyTable.from_rows(row for _, row in kept.values()), kept)
    return held.table


def _kept_rows(rows: QuerySet[Vacancy], before: Rows) -> Rows:
    """The rows in the order of their keys; only those of another version are read (every change counts it up)."""
    now = dict(rows.order_by("pk").values_list("pk", "version")) if before else {}
    stale = {pk for pk, version in now.items() if pk not in before or before[pk][0] != version}
    if not before or len(stale) > len(now) // MANY or (not stale and len(now) == len(before)):
        return {row.pk: (row.version, to_core(row)) for row in rows.order_by("pk").iterator(chunk_size=2000)}
    read: Rows = {}
    keys = sorted(stale)
    for start in range(0, len(keys), 500):
        part = rows.filter(pk__in=keys[start : start + 500]).order_by("pk")
        read |= {row.pk: (row.version, to_core(row)) for row in part}
    # A row that was closed since is in neither.
    return {pk: read.get(pk) or before[pk] for pk in now if pk in read or pk not in stale}


def locate(plz: str, place: str = "") -> tuple[float, float] | None:
    """Coordinates of a postal code or a place: from the list of postal codes, else as the stock of vacancies knows them.

    None where neither knows it.
    """
    asked = [Q(plz=plz)] if plz else []
    asked += [Q(place__iexact=place)] if place else []
    for given in asked:
        for rows in (PostalPlace.objects.filter(given), Vacancy.objects.filter(given, lat__isnull=False)):
            found = rows.aggregate(lat=Avg("lat"), lon=Avg("lon"))
            if found["lat"] is not None:
                return found["lat"], found["lon"]
    return None


def coordinates() -> dict[str, tuple[float, float]]:
    """Coordinates by postal code, the mean of its places."""
    rows = PostalPlace.objects.values("plz").annotate(y=Avg("lat"), x=Avg("lon")).order_by("plz")
    return {row["plz"]: (row["y"], row["x"]) for row in rows}


# Amounts below are meant per hour, from here on per month.
LEAST_MONTH_CENTS = 200_00


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the exchange is asked for. ``km`` is the length of the way, as it is shown."""

    words: str = ""
    place: str = ""
    km: int | None = None
    hours_from: Decimal | None = None
    hours_to: Decimal | None = None
    working_time: str = ""
    wage_from_cents: int | None = None
    earliest_start: time | None = None
    latest_end: time | None = None
    career_changers: bool = False
    no_agency: bool = False
    no_special: bool = False
    new_days: int | None = None
    source: str = ""
    with_closed: bool = False


SORTS: dict[str, tuple[str, ...]] = {
    "neu": ("-published_on", "title", "id"),
    "titel": ("title", "place", "id"),
    "ort": ("place", "title", "id"),
    "km": ("square_km", "title", "id"),
    "lohn": ("-hour_wage", "title", "id"),
    "stunden": ("hours_min", "title", "id"),
}


def exchange(filters: Filters, today: date, sort: str = "neu") -> QuerySet[Vacancy]:
    """Open vacancies within the filters, in order.

    What a vacancy does not state does not shut it out of hours and times; a wage or a place that is asked for must be
    known. Where a place is asked for, each row has ``square_km``, the square of its distance as the crow flies.
    """
    rows = Vacancy.objects.all()
    if not filters.with_closed:
        rows = rows.filter(state=VacancyState.OPEN).exclude(expires_on__lt=today)
    for word in names.fold(filters.words).split():
        rows = rows.filter(search_text__contains=word)
    rows, here = _near(rows, filters.place.strip(), filters.km)
    if filters.hours_from is not None:
        rows = rows.filter(Q(hours_max__gte=filters.hours_from) | Q(hours_max=None))
    if filters.hours_to is not None:
        rows = rows.filter(Q(hours_min__lte=filters.hours_to) | Q(hours_min=None))
    if filters.working_time == "voll":
        rows = rows.filter(full_time=True)
    elif filters.working_time == "teil":
        rows = rows.filter(part_time=True)
    elif filters.working_time == "mini":
        rows = rows.filter(mini_job=True)
    if filters.wage_from_cents is not None:
        rows = rows.filter(_paid(filters.wage_from_cents))
    if filters.earliest_start is not None:
        rows = rows.filter(Q(starts_at__gte=filters.earliest_start) | Q(starts_at=None))
    if filters.latest_end is not None:
        # Over midnight: the end belongs to the next day.
        rows = rows.filter(Q(ends_at__lte=filters.latest_end) & ~Q(ends_at__lte=F("starts_at")) | Q(ends_at=None))
    if filters.career_changers:
        rows = rows.filter(career_changers=True)
    if filters.no_agency:
        rows = rows.exclude(private_agency=True).exclude(temporary_work=True)
    if filters.no_special:
        rows = rows.exclude(weekend=True).exclude(night_or_shift=True)
    if filters.new_days is not None:
        rows = rows.filter(published_on__gte=today - timedelta(days=filters.new_days))
    if filters.source:
        rows = rows.filter(source=filters.source)
    if sort == "km" and not here:
        sort = "neu"
    # Nothing stated comes last on both databases.
    if sort == "lohn":
        wage = Coalesce("hour_low_cents", Case(When(wage_unit=WageUnit.HOUR, then="wage_low_cents")))
        return rows.annotate(hour_wage=wage).order_by(F("hour_wage").desc(nulls_last=True), "title", "id")
    first, *others = SORTS.get(sort, SORTS["neu"])
    column = F(first.removeprefix("-"))
    ordered = column.desc(nulls_last=True) if first.startswith("-") else column.asc(nulls_last=True)
    return rows.order_by(ordered, *others)


def _paid(cents: int) -> Q:
    if cents >= LEAST_MONTH_CENTS:
        return Q(month_high_cents__gte=cents)
    return Q(hour_high_cents__gte=cents) | Q(hour_high_cents=None, wage_unit=WageUnit.HOUR, wage_high_cents__gte=cents)


def _near(rows: QuerySet[Vacancy], place: str, km: int | None) -> tuple[QuerySet[Vacancy], bool]:
    """Vacancies at a place or within ``km`` of it; whether the place is known.

    The distance is taken on a plane, which is right to a tenth of a per cent over a county.
    """
    if not place:
        return rows, False
    plz, name = _parts(place)
    there = Q(plz__startswith=plz) if plz else Q(place__istartswith=name)
    here = locate(plz, name)
    if here is None:
        return rows.filter(there), False
    lat, lon = here
    high = (F("lat") - lat) * DEGREE_KM
    wide = (F("lon") - lon) * (DEGREE_KM * math.cos(math.radians(lat)))
    rows = rows.annotate(square_km=ExpressionWrapper(high * high + wide * wide, output_field=FloatField()))
    if km:
        return rows.filter(square_km__lte=(km / geo.DETOUR) ** 2), True
    return rows.filter(there), True


def _parts(place: str) -> tuple[str, str]:
    """Postal code and name of what somebody typed as a place; each may be empty."""
    first, _, rest = place.strip().partition(" ")
    return (first, rest.strip()) if first.isdigit() else ("", place.strip())


def is_known_place(place: str) -> bool:
    """Whether a distance to what somebody typed as a place can be told."""
    return locate(*_parts(place)) is not None


def way_km(row: Vacancy) -> float | None:
    """Length of the way to a row of :func:`exchange` asked with a place; None where one of both is not known."""
    square = getattr(row, "square_km", None)
    return None if square is None else geo.way_km(math.sqrt(square))


def search_text(row: Vacancy) -> str:
    """Folded words a vacancy is found by."""
    return names.fold(f"{row.title} {row.occupation} {row.employer} {row.place} {row.plz}")[:600]


# --- deliveries -----------------------------------------------------------------------------------------------------


def deliveries() -> QuerySet[Delivery]:
    """All deliveries, newest first."""
    return Delivery.objects.select_related("uploaded_by").order_by("-uploaded_at", "id")


def basis(source: str, feed: str) -> int:
    """A number that grows whenever a delivery of this kind is taken over or back: whether a comparison still holds."""
    done = Delivery.objects.filter(source=source, feed=feed, state__in=(ImportState.APPLIED, ImportState.UNDONE))
    return int(done.aggregate(n=Sum("version"))["n"] or 0)


def is_latest(delivery: Delivery) -> bool:
    """Whether nothing of its kind was taken over or back since ``delivery`` was taken over."""
    return bool(delivery.state == ImportState.APPLIED and basis(delivery.source, delivery.feed) == delivery.counts.get("after"))


def alarms() -> list[Delivery]:
    """Refused deliveries whose interface has changed, as long as no later one of their kind could be read."""
    newest: dict[tuple[str, str], Delivery] = {}
    for delivery in Delivery.objects.exclude(state=ImportState.COLUMNS).order_by("uploaded_at", "id"):
        before = newest.get((delivery.source, delivery.feed))
        same_moment = before is not None and before.uploaded_at == delivery.uploaded_at
        if not (same_moment and delivery.state == ImportState.REFUSED):
            newest[delivery.source, delivery.feed] = delivery
    return [d for d in newest.values() if d.state == ImportState.REFUSED and d.refusal_code == "interface_change"]


def waiting() -> int:
    """How many deliveries wait for somebody."""
    return Delivery.objects.filter(state__in=(ImportState.STAGED, ImportState.COLUMNS)).count()


def delivery_rows(delivery: Delivery, states: Iterable[str], *, repaired: bool = False, code: str = "") -> QuerySet[DeliveryRow]:
    """Rows of a delivery in the order of its file."""
    rows = delivery.rows.filter(state__in=list(states))
    if repaired:
        rows = rows.filter(repaired=True)
    if code:
        rows = rows.filter(codes__contains=f" {code} ")
    return rows.order_by("line", "reference", "id")


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def gone(vacancy: Vacancy, day: date) -> str:
    """Why nobody can take a vacancy that was handed over any more ("inzwischen besetzt"); empty while it is open."""
    if vacancy.state != VacancyState.OPEN:
        return f"inzwischen {vacancy.get_state_display()}"
    return "inzwischen abgelaufen" if vacancy.expires_on and vacancy.expires_on < day else ""


def rejects_csv(rows: Iterable[DeliveryRow]) -> bytes:
    """Rejected rows as a file for whoever delivered them: line, reason, what helps, and the row itself."""
    listed = list(rows)
    fields = [name for name in FIELD_WORDS if any(name in row.raw for row in listed)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Zeile", "Grund", "Was hilft", *(FIELD_WORDS[name] for name in fields)])
    for row in listed:
        told = " ".join(reason["text"] for reason in row.reasons)
        helps = " ".join(reason["remedy"] for reason in row.reasons)
        writer.writerow([row.line, _cell(told), _cell(helps), *(_cell(str(row.raw.get(name, ""))) for name in fields)])
    return out.getvalue().encode("utf-8-sig")


def mappings() -> list[ColumnMapping]:
    """The saved mappings, by name."""
    return [
        ColumnMapping(row.name, row.columns, row.constants, row.decimal) for row in CsvMapping.objects.order_by("name")
    ]
