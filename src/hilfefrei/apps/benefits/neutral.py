"""The neutral tables (``core/data/deliveries``) as rows of the database: which column is which field, there and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import models

from hilfefrei.apps.benefits.models import Contradiction, Decision, Integration, MonthlyAmount, Officer, Participation, Receipt
from hilfefrei.apps.benefits.workflows import EndReason, IntegrationKind, IntegrationWay, Outcome, ParticipationEnd
from hilfefrei.apps.people.models import BenefitUnit, Membership, Number, Person, Responsibility
from hilfefrei.apps.people.workflows import MemberRole, Stay

# Rows of these kinds are written by deliveries, in the order in which they build on each other.
MODELS: Final[Mapping[str, type[models.Model]]] = {
    "person": Person,
    "unit": BenefitUnit,
    "number": Number,
    "responsibility": Responsibility,
    "member": Membership,
    "officer": Officer,
    "decision": Decision,
    "receipt": Receipt,
    "amount": MonthlyAmount,
    "integration": Integration,
    "participation": Participation,
    "contradiction": Contradiction,
}


def rows_of(kind: str) -> models.QuerySet[Any]:
    """All rows of a kind, in the Jobcenter in scope."""
    return MODELS[kind]._default_manager.all()


def choices_of(kind: str, field: str) -> dict[Any, str]:
    """The words of a field that has a closed list of values; empty for the others."""
    found = MODELS[kind]._meta.get_field(field)
    return {value: str(words) for value, words in getattr(found, "flatchoices", ())}


ROLES: Final = {"antragsteller": MemberRole.APPLICANT, "partner": MemberRole.PARTNER, "kind": MemberRole.CHILD, "weitere": MemberRole.OTHER}
OUTCOMES: Final = {
    "bewilligt": Outcome.GRANTED,
    "abgelehnt": Outcome.REFUSED,
    "versagt": Outcome.DENIED,
    "zurueckgenommen": Outcome.WITHDRAWN,
    "weggezogen": Outcome.MOVED,
}
REASONS: Final = {
    "arbeit": EndReason.WORK,
    "arbeit_partner": EndReason.PARTNER_WORK,
    "ausbildung": EndReason.TRAINING,
    "einkommen": EndReason.INCOME,
    "weggezogen": EndReason.MOVED,
    "haushalt": EndReason.HOUSEHOLD,
    "kein_antrag": EndReason.NO_RENEWAL,
    "rente": EndReason.PENSION,
    "tod": EndReason.DEATH,
    "sonstiges": EndReason.OTHER,
    "unbekannt": EndReason.UNKNOWN,
}
KINDS: Final = {
    "sv": IntegrationKind.INSURED,
    "ausbildung": IntegrationKind.TRAINING,
    "selbstaendig": IntegrationKind.OWN,
    "minijob": IntegrationKind.MARGINAL,
    "gefoerdert": IntegrationKind.FUNDED,
}
WAYS: Final = {"vermittelt": IntegrationWay.PLACED, "eigene_suche": IntegrationWay.OWN, "unbekannt": IntegrationWay.UNKNOWN}
ENDINGS: Final = {
    "beendet": ParticipationEnd.DONE,
    "abgebrochen": ParticipationEnd.BROKEN_OFF,
    "arbeit": ParticipationEnd.WORK,
    "nicht_angetreten": ParticipationEnd.NOT_STARTED,
}


def _same(value: Any) -> Any:
    return value


def _words(words: Mapping[str, Any], empty: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """There and back through ``words``; an empty cell is ``empty`` here."""
    plain = {name: str(value) for name, value in words.items()}
    back = {value: name for name, value in plain.items()}
    return (lambda cell: empty if cell is None else plain[cell]), back.get


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a neutral table and the field it is here."""

    name: str
    field: str
    ours: Callable[[Any], Any] = _same
    theirs: Callable[[Any], Any] = _same


@dataclass(frozen=True, slots=True)
class Spec:
    """A neutral table that is one row here.

    ``group``: those of one group are one after another; ``day``: of what has no period; ``span``: what its rows are about, where
    this is not when they run.
    """

    kind: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    start: str = ""
    end: str = ""
    group: tuple[str, ...] = ()
    day: str = ""
    span: tuple[str, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields, in the order of the columns."""
        return tuple(column.field for column in self.columns)


UNIT, PERSON = Column("bg_nummer", "benefit_unit_id"), Column("kundennummer", "person_id")
SPECS: Final[Mapping[str, Spec]] = {
    "mitglieder": Spec(
        "member",
        (
            UNIT,
            PERSON,
            Column("rolle", "role", *_words(ROLES, "")),
            Column("von", "valid_from"),
            Column("bis", "valid_to"),
            Column("zeitweise", "stay", lambda cell: str(Stay.PART if cell else Stay.WHOLE), lambda value: value == Stay.PART or None),
        ),
        key=("benefit_unit_id", "person_id", "valid_from"),
        start="valid_from",
        end="valid_to",
        group=("benefit_unit_id", "person_id"),
    ),
    "entscheidungen": Spec(
        "decision",
        (
            UNIT,
            Column("zeichen", "reference", lambda cell: cell or "", lambda value: value or None),
            Column("art", "kind", *_words(OUTCOMES, "")),
            Column("vom", "decided_on"),
            Column("bewilligt_von", "granted_from"),
            Column("bewilligt_bis", "granted_to"),
            Column("vorlaeufig", "provisional", bool, lambda value: bool(value) or None),
        ),
        # Two periods may be granted on one day; one whose first day is put right is still the same decision.
        key=("benefit_unit_id", "decided_on", "kind", "granted_from"),
        group=("benefit_unit_id", "decided_on", "kind"),
        day="decided_on",
        span=("granted_from", "granted_to"),
    ),
    "bezug": Spec(
        "receipt",
        (
            PERSON,
            UNIT,
            Column("von", "starts"),
            Column("bis", "ends"),
            Column("endegrund", "end_reason", *_words(REASONS, "")),
            Column("erwerbsfaehig", "employable"),
        ),
        key=("person_id", "benefit_unit_id", "starts"),
        start="starts",
        end="ends",
        group=("person_id", "benefit_unit_id"),
    ),
    "betraege": Spec(
        "amount",
        (UNIT, Column("monat", "month"), Column("llu", "llu_cents"), Column("luh", "luh_cents")),
        key=("benefit_unit_id", "month"),
        day="month",
    ),
    "integrationen": Spec(
        "integration",
        (
            PERSON,
            Column("am", "started_on"),
            Column("art", "kind", *_words(KINDS, "")),
            Column("weg", "way", *_words(WAYS, str(IntegrationWay.UNKNOWN))),
            Column("bis", "ended_on"),
        ),
        key=("person_id", "started_on", "kind"),
        day="started_on",
    ),
    "teilnahmen": Spec(
        "participation",
        (
            PERSON,
            Column("massnahme", "measure"),
            Column("von", "starts"),
            Column("bis", "ends"),
            Column("ende", "ended_how", *_words(ENDINGS, "")),
        ),
        key=("person_id", "measure", "starts"),
        start="starts",
        end="ends",
        group=("person_id", "measure"),
    ),
}  # fmt: skip

Parser = Callable[[str], Any]


def parsers(model: type[models.Model]) -> dict[str, Parser]:
    """How the values of a stored step become Python again, by field; what JSON knows itself needs none."""
    found: dict[str, Parser] = {}
    for field in model._meta.concrete_fields:
        target: Any = field
        while isinstance(target, models.ForeignKey):
            target = target.target_field
        if isinstance(target, models.UUIDField):
            found[field.attname] = UUID
        elif isinstance(target, models.DateField) and not isinstance(target, models.DateTimeField):
            found[field.attname] = date.fromisoformat
    return found
