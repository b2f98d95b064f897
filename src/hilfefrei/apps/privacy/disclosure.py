"""Everything that is held on one person (Art. 15 DSGVO, § 83 SGB X), read from the tables by the field catalogue.

Third persons are left out or initialled: colleagues and attendants by initials, other people as „eine andere Person“. Who read
the file is not in it: readings open only with two keys (data protection and staff council), and a list of them would be a
picture of the work of named colleagues; the paper says that they are logged and whom to ask, and an open look gives the person
their own sheet (when, what for, never who). What was changed is in it with day and field, without who.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.models import Event, EventPayload, Outbox
from hilfefrei.apps.audit.workflows import DELIVERIES
from hilfefrei.apps.benefits.models import DeliveryRow
from hilfefrei.apps.intake.domain import first_contact
from hilfefrei.apps.intake.domain import leave as leaves
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import BenefitUnit, Person
from hilfefrei.apps.privacy import holdings, queries
from hilfefrei.apps.privacy.models import ErasureWish
from hilfefrei.apps.privacy.workflows import DELIVERED, Stays
from hilfefrei.core import catalogue, questions
from hilfefrei.core.catalogue import Entry, Pii
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.core.money import format_euro

OTHER_PERSON: Final = "eine andere Person"
NOT_GIVEN: Final = "liegt vor, gehört einer dritten Person"
KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Codes that stand in lists, in words; and what the parts of a noted thing are called.
CODES: Final[Mapping[str, Mapping[str, str]]] = {"intake.FirstContact.wishes": first_contact.WISHES, "intake.Leave.rights": leaves.RIGHTS}
# What is said in one row of all who live in a unit: of others nothing is disclosed but that they are there.
OF_A_UNIT: Final = frozenset({"benefits.Basis.household", "benefits.Calculation.result", "benefits.Calculation.steps"})
PARTS: Final = {
    "at": "wann", "how": "wie", "note": "Notiz", "mended": "nachgetragen", "mended_at": "nachgetragen am", "fits": "passt", "would_mean": "würde bedeuten",
    "against": "dagegen spricht",
}  # fmt: skip
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*[+-]\d\d:\d\d")
# Not reached by keys to a person, and about one.
DELIVERY: Final = "benefits.DeliveryRow"
WISH: Final = "privacy.ErasureWish"
# Tables that the paying system writes; what is wrong in them is put right there.
FOREIGN_TABLES: Final = frozenset(
    {DELIVERY, "benefits.Receipt", "benefits.Decision", "benefits.MonthlyAmount", "benefits.Officer", "benefits.Integration", "benefits.Participation", "people.Number"}
)
FOREIGN_FIELDS: Final = frozenset({"people.Person.first_name", "people.Person.last_name", "people.Person.birth_date"})
PAYING: Final = "zahlendes Verfahren der Leistungsstelle"
OURS: Final = "Angabe der Person oder Feststellung des Hauses"
# What the program sends where as such; single deliveries stand beside it with their day.
RECIPIENTS: Final = (
    "Leistungsstelle und ihr zahlendes Verfahren: Antrag, dringende Meldungen, Erklärungen",
    "E-Akte des Hauses: Gesprächsblatt, Bestätigungen",
)


@dataclass(frozen=True, slots=True)
class Value:
    """One field of one row: as data and in words."""

    entry: Entry
    label: str
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its key and what it says; ``values`` in the order of the catalogue."""

    id: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with the rows of the person."""

    table: str
    title: str
    area: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed: when, of what, which fields, to what (empty where it was deleted)."""

    at: datetime
    what: str
    verb: str
    fields: tuple[str, ...]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All of it."""

    person: Person
    sheets: tuple[Sheet, ...]
    changes: tuple[Change, ...]
    sent: tuple[tuple[date, str], ...]
    owner_is_foreign: bool

    def owner(self, entry: Entry) -> str:
        """Where a field comes from and who puts it right."""
        foreign = entry.model in FOREIGN_TABLES or (self.owner_is_foreign and f"{entry.model}.{entry.field}" in FOREIGN_FIELDS)
        return PAYING if foreign else OURS


def of(actor: Actor, person: Person, day: date, *, beside: bool = True) -> Disclosure:
    """Everything held on ``person`` and on records linked to it. The caller has asked whether ``actor`` may, and logs it.

    ``beside`` False: without what does not belong to the file itself (rows of deliveries, wishes); that is a search through all deliveries.
    """
    ids = people.linked_ids(person.pk)
    units = _units(actor, person, ids, day)
    sheets, keys, told = [], Q(pk=None), {str(one) for one in ids}
    staff = _Staff(actor.jobcenter_id)
    for label, model in sorted(holdings.tables().items(), key=lambda pair: _order(pair[0])):
        rows = list(_rows(label, model, ids, units))
        # A correction is delivered under the key of its row and a number.
        for row in rows if label in DELIVERED else ():
            keys |= Q(key__startswith=str(row.pk))
        if rows:
            known = catalogue.load().models[label]
            sheets.append(Sheet(label, known.title, known.app_title, tuple(Row(str(row.pk), tuple(_values(row, label, set(ids), staff))) for row in rows)))
        told |= {str(row.pk) for row in rows if getattr(row, "person_id", None) in ids}
    if beside:
        sheets += _beside(ids, told, staff)
    sent = Outbox.objects.filter(keys).exclude(done_at=None).order_by("done_at", "id").values_list("done_at", "kind")
    return Disclosure(
        person, tuple(sheets), tuple(_changes(ids)), tuple((berlin_day(at), DELIVERIES.get(kind, kind)) for at, kind in sent if at),
        people_policy.belongs_to_benefits(person),
    )  # fmt: skip


def _beside(ids: list[UUID], told: set[str], staff: "_Staff") -> Iterable[Sheet]:
    """What is about the person without belonging to their file: rows of deliveries (90 days), and wishes to be erased."""
    for label, found in ((DELIVERY, _delivered(ids, told)), (WISH, _wishes(ids, staff))):
        if rows := tuple(found):
            known = catalogue.load().models[label]
            yield Sheet(label, known.title, known.app_title, rows)


def _wishes(ids: list[UUID], staff: "_Staff") -> Iterable[Row]:
    for wish in ErasureWish.objects.filter(person_id__in=ids).order_by("asked_at", "id"):
        yield Row(str(wish.pk), tuple(_values(wish, WISH, set(ids), staff)))


def _delivered(ids: list[UUID], told: set[str]) -> Iterable[Row]:
    """Of each row what is about the person: many new ones may stand in it together."""
    named = Q(object_id__in=sorted(told))
    for one in ids:
        # A key in a list of keys, which is found in no other text.
        named |= Q(data__icontains=str(one))
    entries = {entry.field: entry for entry in holdings.entries(DELIVERY)}
    labels = queries.labels()
    for row in DeliveryRow.objects.filter(named).order_by("pk"):
        mine = [n for n, one in enumerate(row.data) if str(one[1]) in told or any(str(pk) in str(one) for pk in ids)]
        own = str(row.object_id) in told
        values = {
            "table": row.table,
            "state": row.get_state_display(),
            "reasons": [reason.get("text", "") for reason in row.reasons] if own else [],
            "raw": row.raw if own else {},
            "data": [_unkeyed(_scrubbed(row.data[n][2])) for n in mine],
            "before": [_unkeyed(_scrubbed(row.before[n])) for n in mine if n < len(row.before)],
        }
        yield Row(str(row.pk), tuple(Value(entries[name], labels[DELIVERY, name], value, _plain(value)) for name, value in values.items()))


def _order(label: str) -> tuple[int, str]:
    areas = ("people", "benefits", "intake", "privacy")
    app = label.partition(".")[0]
    return (areas.index(app) if app in areas else len(areas), "" if label == Person._meta.label else label)


def _units(actor: Actor, person: Person, ids: list[UUID], day: date) -> set[UUID]:
    """The units of which the person may read: of a child's two open ones those that the reader sees; the other parent may have fled."""
    units = set(BenefitUnit.objects.filter(memberships__person__in=ids).values_list("pk", flat=True))
    if actor.kind != "user":
        return units
    open_ = set(person.memberships.filter(valid_to=None).values_list("benefit_unit", flat=True))
    return units - (open_ - {m.benefit_unit_id for m in people_policy.memberships_shown(actor, person, day)})


def _rows(label: str, model: holdings.Rows, ids: list[UUID], units: set[UUID]) -> Iterable[Any]:
    """The rows that are about the person: by their own key to a person where they have one, else by the way of the table."""
    mine = [key.attname for key in holdings.keys(model) if key.related_model is Person]
    found = set(holdings.owners(label, person_ids=ids))
    for name in mine:
        found |= set(model._default_manager.filter(**{f"{name}__in": ids}).values_list("pk", flat=True))
    beside = [field.name for field in model._meta.local_many_to_many]
    for row in model._default_manager.filter(pk__in=found).prefetch_related(*beside).order_by("pk"):
        named = [getattr(row, name) for name in mine if getattr(row, name) is not None]
        unit = row.pk if model is BenefitUnit else getattr(row, "benefit_unit_id", None)
        if named and not set(named) & set(ids):
            # A paper of the application that is about another member of the household.
            continue
        if unit is not None and unit not in units:
            continue
        yield row


class _Staff:
    """Colleagues by their initials, asked for once."""

    def __init__(self, jobcenter_id: UUID) -> None:
        users = User.objects.filter(jobcenter_id=jobcenter_id).order_by("pk")
        self.known = {user.pk: initials(user.get_full_name()) for user in users}

    def initials(self, pk: UUID) -> str:
        return self.known.get(pk, "?")


def initials(name: str) -> str:
    """"N. E." for a name."""
    return " ".join(f"{word[0]}." for word in name.split() if word[0].isalpha()) or "?"


def _values(row: Any, label: str, ids: set[UUID], staff: _Staff) -> Iterable[Value]:
    known = queries.labels()
    model = catalogue.load().models[label]
    for entry in holdings.entries(label):
        head, _, key = entry.field.partition(".")
        if entry.field in {"jobcenter", "version"}:
            continue
        field = row._meta.get_field(head)
        if key:
            held = getattr(row, head) or {}
            if key in held:
                yield Value(entry, known[label, entry.field], held[key], _answer(key, held[key]))
            continue
        value = _value(row, field, entry, ids, staff)
        if f"{label}.{head}" in OF_A_UNIT:
            value = _own_part(value, {str(one) for one in ids})
        if head == model.answers:
            listed = {e.field.partition(".")[2] for e in model.entries}
            value = {k: v for k, v in (value or {}).items() if k not in listed}
        yield Value(entry, known[label, entry.field], value, _text(row, field, value))


def _value(row: Any, field: Any, entry: Entry, ids: set[UUID], staff: _Staff) -> Any:
    if field.many_to_many:
        return sorted(staff.initials(user.pk) for user in getattr(row, field.name).all())
    value = getattr(row, field.attname)
    if value in (None, ""):
        return value
    if isinstance(field, models.ForeignKey):
        if field.related_model is User:
            return staff.initials(value)
        if field.related_model is Person:
            return str(value) if value in ids else OTHER_PERSON
        return str(value)
    if entry.pii in {Pii.PERSONAL, Pii.STAFF} and isinstance(value, str):
        return initials(value) if "name" in entry.field.lower() else NOT_GIVEN
    return _scrubbed(value)


def _own_part(value: Any, ids: set[str]) -> Any:
    """Of facts and figures of a unit what is about the person or about all: no birth date, wage or line of anybody else."""
    if isinstance(value, list):
        return [line for line in value if not isinstance(line, dict) or line.get("person", "") in {"", *ids}]
    others = {"partner", "parents"}
    if not isinstance(value, dict):
        return value
    persons = [{k: v for k, v in one.items() if k not in others} for one in value.get("persons", []) if one.get("id") in ids]
    return {**value, "persons": persons} if "persons" in value else value


def _scrubbed(value: Any) -> Any:
    """Data as JSON keeps them, without the keys of colleagues."""
    if isinstance(value, dict):
        return {k: _scrubbed(v) for k, v in value.items() if k != "by" and not k.endswith("_by")}
    if isinstance(value, list):
        return [_scrubbed(v) for v in value]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value


def _answer(key: str, value: Any) -> str:
    """An answer of the first talk in the words of its question."""
    options = next((q.options or {} for group in questions.load().groups for q in group.questions if q.id == key), {})
    return ", ".join(options.get(one, _plain(one)) for one in (value if isinstance(value, list) else [value]))


def _text(row: Any, field: Any, value: Any) -> str:
    """A value as somebody reads it; empty where there is none."""
    if value in (None, "", [], {}):
        return ""
    if field.many_to_many or isinstance(field, models.ForeignKey) or field.primary_key:
        return ", ".join(value) if isinstance(value, list) else str(value)
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    real = getattr(row, field.attname)
    if isinstance(real, datetime):
        return format_moment(real, year=True)
    if isinstance(real, date):
        return format_day(real, year=True, weekday=False)
    if field.name.endswith("_cents"):
        return format_euro(real)
    if (codes := CODES.get(f"{row._meta.label}.{field.name}")) is not None:
        return ", ".join(codes.get(one, _plain(one)) for one in value)
    if row._meta.label == WISH and field.name in {"goes", "stays", "counts"}:
        return _of_wish(field.name, value)
    return _plain(value)


def short_title(period: str) -> str:
    """A kind of data as the answer to a wish names it: the retention period's title without its length."""
    return catalogue.load().retentions[period].title.partition(":")[0]


def _of_wish(name: str, value: Any) -> str:
    """What goes or stays by kind of data, in the words of the letter."""
    said = [(short_title(key), key) for key in value]
    return ", ".join(f"{title}: {Stays(value[key]).label}" if name == "stays" else title for title, key in said)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, dict):
        return "; ".join(f"{PARTS.get(key, key)}: {_plain(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return format_moment(datetime.fromisoformat(value), year=True)
    return "" if value is None else str(value)


def _changes(ids: list[UUID]) -> Iterable[Change]:
    """What was changed, from the record: day, what, fields and values; never who."""
    events = list(Event.objects.filter(subject_id__in=ids).order_by("seq"))
    said = dict(EventPayload.objects.filter(event_id__in=[event.pk for event in events]).values_list("event_id", "data"))
    titles = {label.lower(): model for label, model in catalogue.load().models.items()}
    for event in events:
        model = titles.get(event.object_kind)
        third = {entry.field for entry in model.entries if entry.pii in {Pii.PERSONAL, Pii.STAFF}} if model else set()
        data = {key: _unkeyed(value) for key, value in _scrubbed(said.get(event.pk, {})).items() if key not in third | {"user", "users"}}
        yield Change(event.at, model.title if model else event.object_kind, event.verb, tuple(event.fields), data)


def _unkeyed(value: Any) -> Any:
    """Keys of other rows mean nothing outside, and may be those of other people."""
    if isinstance(value, str) and KEY.fullmatch(value):
        return "Schlüssel"
    if isinstance(value, list):
        return [_unkeyed(one) for one in value]
    if isinstance(value, dict):
        return {key: _unkeyed(one) for key, one in value.items()}
    return value


def as_json(held: Disclosure, now: datetime, office: str) -> dict[str, Any]:
    """The export for a machine (Art. 15(3), Art. 20 DSGVO): every row, and of every field what for, how long, from where, for whom."""
    known = catalogue.load()
    fields: dict[str, dict[str, Any]] = defaultdict(dict)
    for sheet in held.sheets:
        for row in sheet.rows:
            for value in row.values:
                fields[sheet.table].setdefault(value.entry.field, value)
    return {
        "what": "Auskunft nach Art. 15 DSGVO und § 83 SGB X",
        "office": office,
        "made_at": now.isoformat(),
        "number": held.person.callsign,
        "catalogue": known.version,
        "tables": [
            {
                "table": sheet.table,
                "title": sheet.title,
                "area": sheet.area,
                "fields": {
                    name: {
                        "label": value.label,
                        "class": known.pii[value.entry.pii].title,
                        "purpose": value.entry.purpose,
                        "basis": [known.bases[key].source for key in value.entry.basis],
                        "kept": known.retentions[value.entry.retention].period,
                        "kept_from": known.retentions[value.entry.retention].starts,
                        "source": held.owner(value.entry),
                        "recipients": known.zones[value.entry.zone].text,
                    }
                    for name, value in fields[sheet.table].items()
                },
                "rows": [{value.entry.field: value.value for value in row.values} for row in sheet.rows],
            }
            for sheet in held.sheets
        ],
        "recipients": [*RECIPIENTS, *(f"{day.isoformat()}: {what}" for day, what in held.sent)],
        "changes": [
            {"at": one.at.isoformat(), "what": one.what, "verb": one.verb, "fields": list(one.fields), "said": one.said} for one in held.changes
        ],
        "accesses": "Jede geöffnete Akte und jede Suche wird zwölf Monate lang festgehalten. Auskunft dazu gibt der Datenschutz.",
        "profiling": "Keine automatisierte Entscheidung (Art. 22 DSGVO). Vorschläge für Stellen nennen ihre Gründe; entschieden wird im Gespräch.",
    }
