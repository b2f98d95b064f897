"""Reads of the record: who noted a field and when, what a verb said, to take it back; and, behind two keys, who opened a file."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from hilfefrei.apps.audit import policy
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.models import AccessEvent, AccessInquiry, Event, EventPayload
from hilfefrei.apps.audit.workflows import InquiryAbout, InquiryState
from hilfefrei.core.days import BERLIN


@dataclass(frozen=True)
class Noted:
    """Who noted something and when."""

    at: datetime
    actor_kind: str
    actor_id: UUID


def last_noted(subject_id: UUID) -> dict[tuple[str, str], Noted]:
    """For each (kind of object, field) of a person: the last event that set it."""
    found: dict[tuple[str, str], Noted] = {}
    rows = Event.objects.filter(subject_id=subject_id).order_by("seq")
    for kind, fields, at, actor_kind, actor_id in rows.values_list(
        "object_kind", "fields", "at", "actor_kind", "actor_id"
    ):
        for name in fields:
            found[kind, name] = Noted(at, actor_kind, actor_id)
    return found


def last_said(object_id: UUID, verbs: Collection[str], *, field: str) -> dict[str, Any]:
    """What the last of the events ``verbs`` that says ``field`` said about an object; empty where its payload was deleted."""
    rows = Event.objects.filter(object_id=object_id, verb__in=verbs).order_by("-seq").values_list("id", "fields")
    found = next((event_id for event_id, fields in rows if field in fields), None)
    payload = EventPayload.objects.filter(event_id=found).first() if found is not None else None
    return payload.data if payload is not None else {}


def moments(object_id: UUID, verb: str) -> tuple[datetime, ...]:
    """Each time ``verb`` happened to an object, the oldest first."""
    return tuple(Event.objects.filter(object_id=object_id, verb=verb).order_by("seq").values_list("at", flat=True))


def inquiries(actor: Actor) -> QuerySet[AccessInquiry]:
    """All inquiries, for whoever holds one of the two keys; nobody else knows of any."""
    return AccessInquiry.objects.all() if policy.may_hold_key(actor) else AccessInquiry.objects.none()


def waiting_for(actor: Actor) -> QuerySet[AccessInquiry]:
    """What waits for the key of the actor: asked with the other one, by somebody else."""
    rows = inquiries(actor).filter(state=InquiryState.ASKED)
    return rows.exclude(asked_as=policy.key_of(actor) or "").exclude(asked_by=actor.id)


def is_readable(inquiry: AccessInquiry, day: date) -> bool:
    """Whether the accesses may be read on ``day``: agreed to, not closed, not run out."""
    return inquiry.state == InquiryState.OPEN and inquiry.open_until is not None and day <= inquiry.open_until


def accesses(inquiry: AccessInquiry, person_ids: Iterable[UUID] = ()) -> QuerySet[AccessEvent]:
    """What was opened or found in the days of the inquiry; ``person_ids``: all records of the human being asked about."""
    start = datetime.combine(inquiry.first_day, time(), tzinfo=BERLIN)
    end = datetime.combine(inquiry.last_day + timedelta(days=1), time(), tzinfo=BERLIN)
    rows = AccessEvent.objects.filter(at__gte=start, at__lt=end).order_by("at", "id")
    if inquiry.about == InquiryAbout.USER:
        return rows.filter(actor_id=inquiry.about_id)
    wanted = Q()
    # An id in a list of ids. SQLite knows no containment in JSON, and an id is found in no other text.
    lookup = "person_ids__contains" if connection.vendor == "postgresql" else "person_ids__icontains"
    for one in {inquiry.about_id, *person_ids}:
        wanted |= Q(**{lookup: str(one)})
    return rows.filter(wanted)
