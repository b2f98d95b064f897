"""The whole database as sorted lines without ids: two that say the same are the same."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from hilfefrei.apps.audit.models import Event, EventPayload

ROOMS = ("accounts", "org", "people", "vacancies", "benefits", "intake")
# Drawn anew in each run: the salted password, the number that our own vacancies get.
CHANCE = {"accounts.user": {"password"}, "vacancies.vacancy": {"reference"}}


def _text(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)


class Export:
    """Reads everything once; an id is replaced by what stands in its row."""

    def __init__(self) -> None:
        self.rows: dict[UUID, tuple[str, list[models.Field[Any, Any]], tuple[Any, ...]]] = {}
        self.known: dict[UUID, str] = {}
        self.links: list[tuple[str, tuple[Any, ...]]] = []
        for room in ROOMS:
            for model in apps.get_app_config(room).get_models():
                label = model._meta.label_lower
                fields = [f for f in model._meta.concrete_fields if f.name not in CHANCE.get(label, set()) | {"id"}]
                for pk, *values in model.objects.order_by("pk").values_list("pk", *(f.attname for f in fields)):
                    self.rows[pk] = (label, fields, tuple(values))
                for many in model._meta.many_to_many:
                    through = many.remote_field.through
                    names = [f.attname for f in through._meta.concrete_fields if f.is_relation]
                    self.links += [(through._meta.label_lower, row) for row in through.objects.order_by("pk").values_list(*names)]

    def name(self, pk: Any) -> str:
        """What stands for an id: a hash of its row, or ``?`` for something outside."""
        if pk not in self.rows:
            return "?"
        if pk not in self.known:
            self.known[pk] = hashlib.sha256(self.line(pk).encode()).hexdigest()[:16]
        return self.known[pk]

    def line(self, pk: UUID) -> str:
        label, fields, values = self.rows[pk]
        return f"{label} " + _text({f.name: self.plain(v) for f, v in zip(fields, values, strict=True)})

    def plain(self, value: Any) -> Any:
        """A value without ids, at any depth."""
        if isinstance(value, UUID):
            return self.name(value)
        if isinstance(value, dict):
            return {key: self.plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.plain(inner) for inner in value]
        if isinstance(value, str) and len(value) == 36:
            try:
                return self.name(UUID(value))
            except ValueError:
                return value
        return value

    def tables(self) -> list[str]:
        """One line for each row, sorted."""
        lines = [self.line(pk) for pk in self.rows]
        lines += [f"{label} {[self.name(pk) for pk in row]}" for label, row in self.links]
        return sorted(lines)

    def record(self) -> list[str]:
        """One line for each event with its payload, sorted."""
        payloads = {p.event_id: p.data for p in EventPayload.objects.order_by("pk")}
        return sorted(
            f"{self._object(e)} {e.verb} "
            + _text([e.at, e.actor_kind, self.name(e.actor_id), self.name(e.subject_id), e.fields, self.plain(payloads[e.pk])])
            for e in Event.objects.order_by("seq")
        )

    def _object(self, event: Event) -> str:
        return f"{event.object_kind} {self.name(event.object_id)}"

    def hash(self) -> str:
        """Of everything."""
        return hashlib.sha256("\n".join(self.tables() + self.record()).encode()).hexdigest()
