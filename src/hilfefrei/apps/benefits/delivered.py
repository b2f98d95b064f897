"""Reads of what the paying system delivers: deliveries and their rows, contradictions, everything as neutral tables again."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Max, Q, QuerySet, Sum, When

from hilfefrei.apps.benefits.models import Contradiction, Delivery, DeliveryRow, Officer
from hilfefrei.apps.benefits.neutral import SPECS, Spec, rows_of
from hilfefrei.apps.benefits.workflows import DeliveryState, RowState
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people.models import Number, Person
from hilfefrei.apps.people.workflows import NumberKind
from hilfefrei.core.deliveries import schema, write

OPEN = date(9000, 1, 1)


def basis() -> int:
    """A number that grows whenever a delivery is taken over or back: whether a comparison still holds."""
    done = Delivery.objects.filter(state__in=(DeliveryState.APPLIED, DeliveryState.UNDONE))
    return int(done.aggregate(n=Sum("version"))["n"] or 0)


def last_day(kind: str, *, is_complete: bool) -> date | None:
    """Day of the newest delivery of this kind that holds, or of a complete one for a complete one."""
    like = Q(kind=kind) | Q(is_complete=True) if is_complete else Q(kind=kind)
    found: date | None = Delivery.objects.filter(like, state=DeliveryState.APPLIED).aggregate(last=Max("as_of"))["last"]
    return found


def newest_tables() -> dict[str, date]:
    """Per table the day of the newest delivery that brought it and holds."""
    found: dict[str, date] = {}
    rows = Delivery.objects.filter(state=DeliveryState.APPLIED).exclude(as_of=None).order_by("as_of", "id")
    for as_of, counts in rows.values_list("as_of", "counts"):
        if as_of is not None:
            found |= dict.fromkeys(counts.get("tables", ()), as_of)
    return found


def newest_day(table: str) -> date | None:
    """Day of the newest delivery that brought ``table`` and holds: what other tables say later tells nothing of it."""
    rows = Delivery.objects.filter(state=DeliveryState.APPLIED).exclude(as_of=None).order_by("-as_of", "-id")
    # Read whole, as below.
    for as_of, counts in rows.values_list("as_of", "counts").iterator(20):
        if table in counts.get("tables", ()):
            return as_of
    return None


def last_columns(sender: str) -> dict[str, frozenset[str]]:
    """Per table the columns of the last delivery of ``sender`` that brought it and holds."""
    rows = Delivery.objects.filter(state=DeliveryState.APPLIED).order_by("applied_at", "id")
    found: dict[str, frozenset[str]] = {}
    # Read whole: asked for a key of it, Django keeps an error with its frames in a circle, and with them the caller's delivery.
    for counts in rows.filter(sender=sender).values_list("counts", flat=True):
        found |= {table: frozenset(names) for table, names in (counts.get("columns") or {}).items()}
    return found


def deliveries() -> QuerySet[Delivery]:
    """All deliveries, the newest first; what waits to be looked at before everything else."""
    waits = Case(When(state__in=(DeliveryState.STAGED, DeliveryState.WAITING), then=0), default=1)
    return Delivery.objects.select_related("uploaded_by").annotate(waits=waits).order_by("waits", "-uploaded_at", "id")


def waiting() -> int:
    """How many wait for somebody."""
    return Delivery.objects.filter(state=DeliveryState.STAGED).count()


def alarms() -> list[Delivery]:
    """Deliveries that need a look: held back, or refused with none of their kind taken over since."""
    found = []
    rows = Delivery.objects.filter(state=DeliveryState.APPLIED).order_by("kind")
    good: dict[str, datetime] = dict(rows.values("kind").annotate(last=Max("uploaded_at")).values_list("kind", "last"))
    for one in Delivery.objects.filter(state__in=(DeliveryState.STAGED, DeliveryState.REFUSED)).order_by("-uploaded_at", "id")[:20]:
        told = one.counts.get("held") or one.refusal_code == "interface_change"
        if told and (one.kind not in good or one.uploaded_at > good[one.kind]):
            found.append(one)
    return found


def before(delivery: Delivery) -> Delivery | None:
    """The one of its kind that was taken over last before it, to lay its numbers beside."""
    rows = Delivery.objects.filter(state=DeliveryState.APPLIED, kind=delivery.kind, uploaded_at__lt=delivery.uploaded_at)
    return rows.order_by("-as_of", "-uploaded_at", "id").first()


def rows_of_delivery(delivery: Delivery, *, table: str = "", state: str = "", code: str = "") -> QuerySet[DeliveryRow]:
    """The rows behind a number."""
    rows = delivery.rows.all()
    if table:
        rows = rows.filter(table=table)
    if state:
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(codes__contains=f" {code} ")
    return rows.order_by("table", "line", "id")


def contradictions(person: Person) -> QuerySet[Contradiction]:
    """What reads differently here and in the paying system about a person whose file is open, and nobody has settled yet."""
    rows = Contradiction.objects.filter(person=person, settled_on=None)
    return rows.select_related("application").order_by("what", "-since", "id")


# -- what was refused ----------------------------------------------------------------------------------------------------

REJECT_HEAD = ("tabelle", "zeile", "regel", "grund", "abhilfe")


def rejected(delivery: Delivery) -> QuerySet[DeliveryRow]:
    """Rows that were refused."""
    return delivery.rows.filter(state__in=(RowState.REJECTED, RowState.DUPLICATE)).order_by("table", "line", "id")


def rejects_csv(rows: Iterable[DeliveryRow]) -> bytes:
    """Rows that were refused, with rule, reason and remedy, and the cells as they came: what the paying system puts right."""
    return _csv((row.table, row.line, row.reasons, row.raw) for row in rows)


def rejects_of(lines: Iterable[tuple[str, int, list[dict[str, str]], Mapping[str, str]]]) -> bytes:
    """The same for a comparison that was not stored."""
    return _csv(lines)


def _cell(value: object) -> object:
    """No cell is a formula in a table program."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"} else value


def _csv(rows: Iterable[tuple[str, int, list[dict[str, str]], Mapping[str, str]]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*REJECT_HEAD, "felder"])
    for table, line, reasons, raw in rows:
        cells = "; ".join(f"{name}={value}" for name, value in raw.items() if value)
        for reason in reasons:
            values = (table, line, reason["code"], reason["text"], reason["remedy"], cells)
            writer.writerow([_cell(value) for value in values])
    return out.getvalue().encode("utf-8-sig")


# -- back into neutral tables ------------------------------------------------------------------------------------------

Neutral = dict[str, Any]


class _Numbers:
    """Numbers of people and units, to be written instead of ids."""

    def __init__(self) -> None:
        self.of: dict[str, dict[UUID, list[tuple[date, date | None, str]]]] = {kind: {} for kind in NumberKind.values}
        rows = Number.objects.order_by("valid_from", "value", "id")
        for kind, value, person, unit, start, end in rows.values_list("kind", "value", "person_id", "benefit_unit_id", "valid_from", "valid_to"):
            self.of[kind].setdefault(person or unit, []).append((start, end, value))
        # Who and what stands in the export: rows about others have nothing to point to.
        self.told: dict[str, set[UUID]] = {kind: set() for kind in NumberKind.values}
        # The one that holds longest; a table has one number for each.
        self.now = {kind: {owner: max(held, key=lambda n: (n[1] or OPEN, n[0]))[2] for owner, held in owned.items()} for kind, owned in self.of.items()}

    def at(self, kind: str, owner: UUID, day: date) -> str:
        """The number of ``owner`` on ``day``, or the one that holds longest."""
        held = self.of[kind][owner]
        if len(held) == 1:
            return held[0][2]
        return next((value for start, end, value in held if start <= day <= (end or OPEN)), self.now[kind][owner])


def neutral_tables() -> dict[str, list[Neutral]]:
    """What the paying system knows of people and units, in its own tables; rows in the order of their keys."""
    numbers = _Numbers()
    agency = Jobcenter.objects.order_by("pk").values_list("traeger_number", flat=True).first()
    people, units = _people(numbers), _units(numbers, agency)
    return {
        "personen": people,
        "bedarfsgemeinschaften": units,
        **{table: _rows(table, spec, numbers) for table, spec in SPECS.items()},
    }


def _people(numbers: _Numbers) -> list[Neutral]:
    names = {pk: rest for pk, *rest in Person.objects.order_by("pk").values_list("pk", "first_name", "last_name", "birth_date")}
    rows: list[Neutral] = []
    for person, held in numbers.of[NumberKind.CUSTOMER].items():
        former = None
        first, last, birth = names[person]
        if birth is None or not first or not last:
            # Numbered by hand before anybody knew the name: the paying system has told nothing of this person yet.
            continue
        numbers.told[NumberKind.CUSTOMER].add(person)
        for start, end, value in held:
            rows.append(
                {"kundennummer": value, "vorname": first, "nachname": last, "geburtsdatum": birth, "von": start, "bis": end, "frueher": former}
            )
            former = value
    return sorted(rows, key=lambda row: str(row["kundennummer"]))


def _units(numbers: _Numbers, agency: str | None) -> list[Neutral]:
    fields = ("benefit_unit_id", "valid_from", "name", "phone")
    officers = {(unit, start): (name, phone) for unit, start, name, phone in Officer.objects.order_by("pk").values_list(*fields)}
    rows: list[Neutral] = []
    for unit, held in numbers.of[NumberKind.UNIT].items():
        files = numbers.of[NumberKind.FILE].get(unit, [])
        for start, end, value in held:
            meets = [name for first, last, name in files if first <= (end or OPEN) and start <= (last or OPEN)]
            file = next((name for first, _, name in files if first == start), meets[0] if meets else None)
            if file is None:
                # A BG number typed here without an Aktenzeichen: the paying system has not told of this unit yet.
                continue
            numbers.told[NumberKind.UNIT].add(unit)
            name, phone = officers.get((unit, start), (None, None))
            rows.append(
                {
                    "bg_nummer": value, "aktenzeichen": file, "traegernummer": agency, "von": start, "bis": end, "zustaendig": name,
                    "telefon": phone or None,
                }
            )  # fmt: skip
    return sorted(rows, key=lambda row: (str(row["bg_nummer"]), row["von"]))


def _rows(table: str, spec: Spec, numbers: _Numbers) -> list[Neutral]:
    day = spec.fields.index(spec.start or spec.day)
    told = {"person_id": NumberKind.CUSTOMER, "benefit_unit_id": NumberKind.UNIT}
    columns = [(column.name, told.get(column.field), column.theirs) for column in spec.columns]
    rows: list[Neutral] = []
    for values in rows_of(spec.kind).order_by("pk").values_list(*spec.fields):
        if any(kind is not None and value not in numbers.told[kind] for (_, kind, _), value in zip(columns, values, strict=True)):
            # A household that only we know.
            continue
        rows.append(
            {
                name: numbers.at(kind, value, values[day]) if kind is not None else back(value)
                for (name, kind, back), value in zip(columns, values, strict=True)
            }
        )
    keys = schema.tables()[table].key
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in keys))


# Tables of which a row may also be made by hand here, after the last delivery.
BY_HAND = ("personen", "bedarfsgemeinschaften", "mitglieder")


def export(*, as_of: date, parquet: bool = False, exact: bool = True) -> bytes:
    """Everything as the complete delivery that would bring it, byte for byte the same for the same data.

    Not ``exact``: its day is the newest that the data are of, at the latest ``as_of``: that of the last delivery, or of what was
    noted here since. Data that are older than the day they bear would later stand against newer ones.
    """
    found = neutral_tables()
    if not exact:
        told = max(newest_tables().values(), default=as_of)
        as_of = min(as_of, max([told, *(row["von"] for name in BY_HAND for row in found[name])]))
    return write.pack(found, as_of=as_of, kind="grundbestand", complete=True, sender="Hilfefrei", parquet=parquet)
