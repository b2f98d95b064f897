"""Reads of the record: who noted a field and when, and what a verb said, to take it back. Never who read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.models import Event, EventPayload


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
