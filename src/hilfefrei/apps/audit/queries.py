"""Reads of the record that a file may show: who noted a field, and when. Never who read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hilfefrei.apps.audit.models import Event


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
