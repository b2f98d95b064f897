"""What is held on a person, found from the tables themselves: a new field or table cannot be forgotten.

A table belongs to a person by its keys: one that points to a person, else one that points to a table that does. Every
table about people either has such a path or stands in :data:`EXEMPT` with a reason; a test fails otherwise.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from hilfefrei.apps.people.models import BenefitUnit, Person
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import Entry, Pii

Rows = type[models.Model]

# Tables that say something about clients and have no path to one, and what happens to them.
EXEMPT: Final[dict[str, str]] = {
    "audit.Event": "Schlüssel und Feldnamen, nie ein Inhalt; bleibt, damit die Kette hält",
    "audit.EventPayload": "wird mit dem Datensatz gelöscht, von dem er erzählt (event_id)",
    "audit.AccessEvent": "löscht der Hintergrunddienst nach zwölf Monaten selbst",
    "audit.AccessInquiry": "Schlüssel, kein Name",
    "audit.Operation": "Schlüssel eines abgesendeten Formulars",
    "audit.Outbox": "Schlüssel dessen, was zugestellt wurde; geht mit ihm",
    "benefits.DeliveryRow": "löscht der Hintergrunddienst nach 90 Tagen; so lange wartet, was sie nennt",
    "privacy.RetentionItem": "Schlüssel und Zahlen, damit ein Lauf nachvollzogen werden kann",
    "privacy.ErasureWish": "Schlüssel, Fristen und Gründe, damit die Entscheidung belegt ist; freier Text geht mit der Person",
    "privacy.Erasure": "Schlüssel ohne Inhalt, damit nach einer Rücksicherung noch einmal gelöscht wird",
    "sessions.Session": "endet nach einer Stunde ohne Benutzung, spätestens nach zehn",
    "vacancies.DeliveryFile": "Stellen und Ansprechpersonen von Betrieben, keine Klienten",
    "vacancies.DeliveryRow": "Stellen und Ansprechpersonen von Betrieben, keine Klienten",
    "vacancies.Vacancy": "Stellen und Ansprechpersonen von Betrieben, keine Klienten",
}
# The place of everything that a unit has; the persons stand in its memberships.
ROOTS: Final[dict[str, tuple[str, ...]]] = {Person._meta.label: ("pk",), BenefitUnit._meta.label: ("memberships__person",)}
WORDS: Final = (models.CharField, models.TextField, models.JSONField, models.BigIntegerField, models.DecimalField, models.FloatField)
# Classes that say something about a client (or somebody near) and not about staff.
ABOUT_CLIENTS: Final = frozenset({Pii.PSEUDONYMOUS, Pii.PERSONAL, Pii.SOCIAL, Pii.SPECIAL})


def label_of(model: Rows) -> str:
    """The name of a table in the catalogue."""
    return model._meta.label


def keys(model: Rows) -> list["models.ForeignKey[Any, Any]"]:
    """The foreign keys of a table, one-to-one ones too."""
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


@cache
def paths(model: Rows, deep: int = 0) -> tuple[str, ...]:
    """How a row leads to the persons whose it is, as lookups; of several the first one that is set counts. Empty: to nobody.

    A key that is always set goes before one that may be empty: a paper belongs to its application, whomever it names.
    """
    if model._meta.label in ROOTS:
        return ROOTS[model._meta.label]
    if deep > 3:
        return ()
    always: list[tuple[bool, tuple[str, ...]]] = []
    sometimes: list[tuple[bool, tuple[str, ...]]] = []
    for key in keys(model):
        further = (key.attname,) if key.related_model is Person else tuple(f"{key.name}__{path}" for path in paths(key.related_model, deep + 1))
        if key.related_model is BenefitUnit:
            further = (f"{key.name}__memberships__person",)
        if further:
            (sometimes if key.null else always).append((key.related_model is Person, further))
    if direct := [path for is_person, further in always if is_person for path in further]:
        return tuple(direct)
    if always:
        return always[0][1]
    return tuple(path for _, further in sorted(sometimes, key=lambda pair: not pair[0]) for path in further)


@cache
def tables() -> dict[str, Rows]:
    """Every table that belongs to persons, those that point to others first: in this order rows can be deleted."""
    # A key between two tables makes the table a table of ours too (who is named in a protection).
    there = {label_of(model): model for model in apps.get_models(include_auto_created=True)}
    found = {label: model for label, model in there.items() if label in catalogue.load().models and paths(model)}
    ordered: dict[str, Rows] = {}

    def visit(label: str, above: frozenset[str]) -> None:
        if label in ordered or label in above:
            return
        for other, model in sorted(found.items()):
            if other != label and any(key.related_model._meta.label == label for key in keys(model)):
                visit(other, above | {label})
        ordered[label] = found[label]

    for label in sorted(found):
        visit(label, frozenset())
    return ordered


def forgotten() -> list[str]:
    """Tables about clients that lead to none and stand in no list: neither a run nor an export would see them."""
    known = catalogue.load()
    return [
        label
        for label, model in known.models.items()
        if label not in tables() and label not in EXEMPT and any(entry.pii in {Pii.SOCIAL, Pii.SPECIAL} for entry in model.entries)
    ]


@cache
def entries(label: str) -> tuple[Entry, ...]:
    """What the catalogue says about the fields of a table."""
    return catalogue.load().models[label].entries


@cache
def retention_of(label: str) -> str:
    """The period of whole rows of a table: that of its key."""
    return catalogue.load().entry(label, "id").retention


@cache
def sooner(label: str) -> dict[str, tuple[str, ...]]:
    """Fields that have a period of their own: period to their names. Answers in a JSON field are ``values.cannot``."""
    own: dict[str, list[str]] = {}
    for entry in entries(label):
        if entry.pii in ABOUT_CLIENTS and entry.retention not in {retention_of(label), "none"}:
            own.setdefault(entry.retention, []).append(entry.field)
    return {retention: tuple(names) for retention, names in own.items()}


def owners(label: str, *, person_ids: Iterable[UUID] | None = None, row_ids: Iterable[Any] | None = None) -> dict[Any, set[UUID]]:
    """Rows of a table and whose they are, for these persons or these rows."""
    model = tables()[label]
    found: dict[Any, set[UUID]] = {}
    wanted = list(person_ids) if person_ids is not None else None
    left = Q()
    for path in paths(model):
        rows = model._default_manager.filter(left)
        rows = rows.filter(pk__in=list(row_ids)) if row_ids is not None else rows.filter(**{f"{path}__in": wanted})
        for pk, person in rows.exclude(**{path: None}).values_list("pk", path).order_by("pk"):
            found.setdefault(pk, set()).add(person)
        if keys_may_be_empty(model):
            # Of several keys that may be empty the first one that is set counts.
            left &= Q(**{f"{path.split('__')[0]}": None})
    return found


@cache
def keys_may_be_empty(model: Rows) -> bool:
    """Whether all ways to a person begin with a key that may be empty."""
    heads = {path.split("__")[0] for path in paths(model)}
    if heads <= {"pk", "memberships"}:
        return False
    return all(key.null for key in keys(model) if {key.name, key.attname} & heads)


def empty_value(field: "models.Field[Any, Any]") -> Any:
    """What a field holds when it holds nothing; raises LookupError where it must hold something."""
    if field.null:
        return None
    if isinstance(field, models.JSONField):
        return field.get_default()
    if isinstance(field, (models.CharField, models.TextField)) and (field.blank or not field.choices) and not field.unique:
        return ""
    if isinstance(field, models.BooleanField) and field.has_default():
        return field.get_default()
    raise LookupError(field.name)


@cache
def shell(label: str) -> tuple[str, ...]:
    """What is emptied when a row is over and something that is not still hangs on it: words, amounts, names of staff.

    Keys to other rows and days stay: constraints say which rows may stand beside each other by them.
    """
    model, names = tables()[label], []
    known = {entry.field: entry for entry in entries(label)}
    in_constraints = {name for one in model._meta.constraints for name in getattr(one, "fields", ())}
    for field in model._meta.concrete_fields:
        entry = known[field.name]
        of_staff = isinstance(field, models.ForeignKey) and entry.pii == Pii.STAFF
        words = isinstance(field, WORDS) and entry.pii in ABOUT_CLIENTS
        if field.primary_key or field.name in in_constraints or not (of_staff or words):
            continue
        try:
            empty_value(field)
        except LookupError:
            continue
        names.append(field.name)
    return tuple(names)
