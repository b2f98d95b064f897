"""What stands beside a person's file: holds, notes on disputed data, consents; and the runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import QuerySet

from hilfefrei.apps.audit import catalogue as there
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.intake.models import Leave
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import policy
from hilfefrei.apps.privacy.models import ErasureWish, FieldNote, Hold, RetentionRun
from hilfefrei.apps.privacy.workflows import CONSENTS, Consent
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import NOT_FOR_BENEFITS


def runs(actor: Actor) -> QuerySet[RetentionRun]:
    """All runs, for whoever may look at them."""
    return RetentionRun.objects.all() if policy.may_see_runs(actor) else RetentionRun.objects.none()


def open_run(actor: Actor) -> RetentionRun | None:
    """The run that is under way."""
    return runs(actor).filter(state__in=["asked", "checked", "released"]).first()


def open_holds(actor: Actor) -> QuerySet[Hold]:
    """What is held back now, for data protection; the person stands there as a number."""
    return Hold.objects.filter(lifted_at=None).select_related("person") if policy.may_hold(actor) else Hold.objects.none()


def holds_of(person_ids: Iterable[UUID]) -> QuerySet[Hold]:
    """Open holds of somebody's records."""
    return Hold.objects.filter(person__in=list(person_ids), lifted_at=None)


def wishes(actor: Actor) -> QuerySet[ErasureWish]:
    """Who wanted to be erased out of turn, for whoever may look at it; the person stands there as a key."""
    return ErasureWish.objects.all() if policy.may_see_wishes(actor) else ErasureWish.objects.none()


def wish_of(person: Person) -> ErasureWish | None:
    """The last wish of somebody to be erased. For whoever may open the file."""
    found = ErasureWish.objects.filter(person_id__in=people.linked_ids(person.pk)).select_related("asked_by", "decided_by")
    return found.order_by("-asked_at", "id").first()


@dataclass(frozen=True)
class Disputed:
    """A note with the words for what it is about."""

    note: FieldNote
    label: str
    by: str


def notes_of(actor: Actor, person: Person) -> list[Disputed]:
    """Open notes on disputed data of a person, as far as the field itself is open to the reader."""
    known = catalogue.load()
    rows = FieldNote.objects.filter(person=person, settled_at=None).select_related("noted_by").order_by("noted_at", "id")
    found = []
    for note in rows:
        try:
            entry = known.entry(note.table, note.field)
        except KeyError:
            continue
        if entry.zone in NOT_FOR_BENEFITS and not people_policy.may_see_placement(actor):
            continue
        by = note.noted_by.get_full_name() if note.noted_by else ""
        found.append(Disputed(note, label_of(note.table, note.field), by))
    return found


def label_of(table: str, field: str) -> str:
    """What a field is called for people: "Person: Geburtsdatum"."""
    model = catalogue.load().models[table]
    return f"{model.title}: {labels().get((table, field), field)}"


@cache
def labels() -> dict[tuple[str, str], str]:
    """The German name of every field: (table, field) to what it is called."""
    return {(f"{row.app}.{row.model}", row.field): row.label for row in catalogue.rows(catalogue.load(), there.tables())}


@dataclass(frozen=True)
class Given:
    """A consent as it stands: None = never asked; who took down the last word on it, and when."""

    consent: Consent
    row_id: UUID
    value: bool | None
    source: people.Source | None


def consents_of(person: Person, sources: Mapping[str, people.Source], *, leaves: bool = True) -> list[Given]:
    """What a person allows, for what, since when, who took it down. ``sources``: of ``people.queries.sources``.

    ``leaves``: whether the person may ever have said "then I leave it"; a page that knows better need not ask.
    """
    found = [
        Given(consent, person.pk, getattr(person, consent.field), sources.get(f"person.{consent.field}"))
        for consent in CONSENTS
        if consent.table == "people.Person"
    ]
    if not leaves:
        return found
    of_leave = [consent for consent in CONSENTS if consent.table == "intake.Leave"]
    for leave in Leave.objects.filter(entry__person=person, may_call=True).order_by("at", "id"):
        source = sources.get("intake.leave.act")
        found += [Given(consent, leave.pk, leave.may_call, source) for consent in of_leave]
    return found
