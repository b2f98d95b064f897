"""Deleting what is over, and deleting it again after a restore.

Rows and fields go by their keys, together with the payloads of the events that tell of them; the chain keeps the salted
hash of a payload and still verifies. What was deleted stands in :class:`Erasure` without its content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Max

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.models import Event, EventPayload, Outbox
from hilfefrei.apps.audit.rows import remove
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import due, holdings
from hilfefrei.apps.privacy.models import Erasure, ErasureWish, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import DELIVERED, ItemState, RunState

CHANGED = "hat sich seit dem Probelauf geändert"
HANGS = "etwas anderes hängt noch daran"


@verb(RetentionItem)
def erase_item(
    ledger: Ledger, *, actor: Actor, at: datetime, item_id: UUID, day: date, in_deliveries: frozenset[str] | None = None, op: UUID | None = None
) -> RetentionItem:
    """Delete what is over of one household of a released run, as it is *now*: whoever came back meanwhile is left alone.

    One transaction; a second call finds the item done and changes nothing. Nothing goes that two people have not looked at: a
    household in which something else has run out meanwhile waits for the next run.
    """
    item = locked(RetentionItem, item_id)
    run = locked(RetentionRun, item.run_id)
    if item.state != ItemState.OPEN or run.state != RunState.RELEASED:
        return item
    persons = [UUID(one) for one in item.person_ids]
    # Nobody adds to a file while it goes.
    list(Person.objects.filter(pk__in=persons).select_for_update(of=("self",)).order_by("pk"))
    groups = due.households(persons)
    found = list(due.plans(run.as_of or day, groups, in_deliveries=in_deliveries))
    seen = {(retention, table) for retention, tables in item.counts.items() for table in tables}
    parts = [part for plan in found for part in plan.parts]
    why = next((plan.held for plan in found if plan.held), "")
    if not why and (not parts or any((part.retention, part.table) not in seen for part in parts)):
        why = CHANGED
    if not why:
        erase(ledger, at=at, by=run.answered_by_id or actor.id, run_id=run.pk, parts=parts)
    return _told(item, at, why)


@verb(RetentionItem)
def keep_item(ledger: Ledger, *, actor: Actor, at: datetime, item_id: UUID, op: UUID | None = None) -> RetentionItem:
    """Leave a household alone whose rows the database would not let go; the next run tries it again."""
    item = locked(RetentionItem, item_id)
    ledger.event("retention.kept", item)
    return _told(item, at, HANGS)


def _told(item: RetentionItem, at: datetime, why: str) -> RetentionItem:
    item.state = ItemState.KEPT if why else ItemState.DONE
    item.why, item.done_at = why, at
    item.save(update_fields=["state", "why", "done_at"])
    return item


def erase(ledger: Ledger, *, at: datetime, by: UUID, run_id: UUID | None, parts: Iterable[due.Part]) -> list[Erasure]:
    """Delete ``parts`` in their order and log them; part of a verb. Events name table and period, their payload the number."""
    number = Erasure.objects.aggregate(last=Max("number"))["last"] or 0
    logged = []
    for part in parts:
        number += 1
        done = Erasure(
            jobcenter_id=ledger.actor.jobcenter_id, run_id=run_id, at=at, by=by, retention=part.retention, table=part.table,
            row_ids=[str(pk) for pk in part.ids], fields=list(part.fields), number=number,
        )  # fmt: skip
        _carry_out(part.table, part.ids, part.fields)
        done.save(force_insert=True)
        logged.append(done)
        ledger.event("retention.erased", done, rows=len(part.ids))
    return logged


def _carry_out(label: str, ids: Iterable[Any], fields: Iterable[str], *, again: bool = False) -> int:
    """Delete rows, or empty fields of them, and what events said of them; give how many rows were there.

    ``again``: of an older state of the database, in which rows may still hang on these that were gone when they went.
    """
    model, wanted = holdings.tables()[label], list(ids)
    there = list(model._default_manager.filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))
    if names := tuple(fields):
        for pk in there:
            _empty(model, pk, names)
    elif there:
        _delete(model, there, again=again)
    _forget(model, wanted)
    return len(there)


def _empty(model: type[models.Model], pk: Any, names: tuple[str, ...]) -> None:
    """Empty fields; of answers in a JSON field only the named ones."""
    changes: dict[str, Any] = {}
    for name in names:
        head, _, key = name.partition(".")
        if key:
            held = changes.get(head) or model._default_manager.values_list(head, flat=True).get(pk=pk)
            changes[head] = {one: value for one, value in (held or {}).items() if one != key}
        else:
            changes[head] = holdings.empty_value(model._meta.get_field(head))  # type: ignore[arg-type]  # a column of the table
    model._default_manager.filter(pk=pk).update(**changes)


def _delete(model: type[models.Model], ids: list[Any], *, again: bool) -> None:
    """Delete rows; keys of rows that stay and may be empty are emptied."""
    for other in apps.get_models(include_auto_created=True):
        for key in holdings.keys(other):
            if key.related_model is not model:
                continue
            rows = other._default_manager.filter(**{f"{key.attname}__in": ids})
            if key.null:
                rows.update(**{key.attname: None})
            elif again and (hanging := list(rows.order_by("pk").values_list("pk", flat=True))):
                _delete(other, hanging, again=True)
                _forget(other, hanging)
    remove(model, ids)


def _forget(model: type[models.Model], ids: list[Any]) -> None:
    """What events said of these rows; with a person everything that was said about them, of whatever it was said."""
    keys = [pk for pk in ids if isinstance(pk, UUID) or "-" in str(pk)]
    told = Event.objects.filter(object_kind=model._meta.label_lower, object_id__in=keys)
    EventPayload.objects.filter(event_id__in=told.values("id")).delete()
    # What was delivered of them: „to whom“ is part of a disclosure as long as there is something to disclose.
    for pk in keys if model._meta.label in DELIVERED else ():
        Outbox.objects.filter(key__startswith=str(pk)).exclude(done_at=None).delete()
    if model is Person and (gone := set(keys) - set(Person.objects.filter(pk__in=keys).values_list("pk", flat=True))):
        EventPayload.objects.filter(event_id__in=Event.objects.filter(subject_id__in=gone).values("id")).delete()
        ErasureWish.objects.filter(person_id__in=gone).update(cause="", answer="")


# --- once more, after a restore ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replayed:
    """What a second deletion did: lines of the log, those that were new to this database, rows that were there again."""

    lines: int
    applied: int
    rows: int


def line_of(done: Erasure) -> dict[str, Any]:
    """One line of the log as it is kept beside the database."""
    return {
        "number": done.number, "id": str(done.pk), "at": done.at.isoformat(), "by": str(done.by), "run": str(done.run_id or ""),
        "retention": done.retention, "table": done.table, "rows": done.row_ids, "fields": done.fields,
    }  # fmt: skip


def replay(*, actor: Actor, at: datetime, lines: Iterable[Mapping[str, Any]]) -> Replayed:
    """Delete again what ``lines`` of the log say, in their order. Lines that this database knows are left out.

    To be called after every restore, before anybody works with the data (``tasks.replay_file`` reads the file). Idempotent and,
    line by line, safe to be killed. Raises KeyError or ValueError for a line that is none.
    """
    count, applied, rows = 0, 0, 0
    for line in sorted(lines, key=lambda one: int(one["number"])):
        count += 1
        before = Erasure.objects.filter(pk=UUID(line["id"])).exists()
        if not before:
            rows += _replay_line(actor=actor, at=at, line=line).rows_again
            applied += 1
    return Replayed(count, applied, rows)


@verb(Erasure)
def _replay_line(ledger: Ledger, *, actor: Actor, at: datetime, line: Mapping[str, Any], op: UUID | None = None) -> Erasure:
    number = line["number"]
    if Erasure.objects.filter(number=number).exists():
        # Somebody worked, and erased, in the restored database before the log was found.
        number = (Erasure.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    done = Erasure(
        pk=UUID(line["id"]), jobcenter_id=actor.jobcenter_id, run_id=UUID(line["run"]) if line["run"] else None,
        at=datetime.fromisoformat(line["at"]), by=UUID(line["by"]), retention=line["retention"], table=line["table"],
        row_ids=line["rows"], fields=line["fields"], number=number,
    )  # fmt: skip
    done.rows_again = _carry_out(done.table, done.row_ids, done.fields, again=True)
    done.save(force_insert=True)
    ledger.event("retention.erased_again", done, rows=done.rows_again)
    return done
