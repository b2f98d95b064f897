"""What the worker does: deliver the outbox, seal accesses, anchor the chain outside, delete what has expired.

Every step may be killed at any time and is repeated without harm: a delivery is marked done in the transaction that
locked it, its effect is idempotent by ``key``.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.db.models import Count, Min

from hilfefrei.apps.audit import domain
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.models import AccessEvent, AccessSeal, ChainHead, Outbox
from hilfefrei.apps.audit.ports import Down
from hilfefrei.apps.audit.workflows import DELIVERIES

Handler = Callable[[UUID, dict[str, Any], datetime, Path], None]

log = logging.getLogger("hilfefrei.worker")

MOST_TRIES = 20
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=1)
# Whoever is away is asked again at least so often, for as long as it takes.
LONGEST_AWAY = timedelta(minutes=2)
SEAL_AFTER = timedelta(minutes=2)
ANCHOR_EVERY = timedelta(hours=1)
ACCESS_KEPT = timedelta(days=366)


def deliver(
    jobcenter_id: UUID,
    handlers: dict[str, Handler],
    now: datetime,
    data: Path,
    *,
    most: int = 100,
    ports: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Deliver due outbox rows, oldest first; give how many. Two workers share the rows, they do not double them.

    ``ports``: kind -> outside system it goes to. Where one is away (:class:`Down`), the round goes on with the rest.
    """
    done = 0
    down: set[str] = set()
    due = Outbox.objects.filter(done_at=None, tries__lt=MOST_TRIES).exclude(next_try_at__gt=now).order_by("created_at", "id")
    for _ in range(most):
        due = due.exclude(kind__in=down)
        # On SQLite a transaction keeps all others from writing, so there is none where nothing is due.
        if not due.exists():
            return done
        with transaction.atomic():
            rows = due.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else due
            row = rows.first()
            if row is None:
                return done
            row.tries += 1
            try:
                with transaction.atomic():
                    handlers[row.kind](jobcenter_id, row.payload, now, data)
            except Down as error:
                # Nobody there: what waits for the same one is not tried in this round, and it is no fault of the row.
                down |= {row.kind, *(kind for kind, port in ports.items() if port == error.port)}
                row.last_error = f"{error.port}: {error.why}"[:300]
                row.next_try_at = now + min(LONGEST_AWAY, FIRST_WAIT * 2 ** min(row.tries - 1, 10))
                row.tries = min(row.tries, MOST_TRIES - 1)
                log.warning("delivery %s: %s", row.kind, row.last_error)
            except Exception as error:  # noqa: BLE001 - a delivery that fails is tried again, whatever the reason
                # The type only: a message may hold a name.
                row.last_error = type(error).__name__[:300]
                row.next_try_at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (row.tries - 1))
                log.warning("delivery %s failed, try %d: %s", row.kind, row.tries, row.last_error)
            else:
                row.done_at = now
                row.last_error = ""
                done += 1
            row.save(update_fields=["tries", "done_at", "next_try_at", "last_error"])
    return done


@dataclass(frozen=True)
class Stuck:
    """Deliveries of one kind that were given up after all tries; counts and times only, nothing of what they hold."""

    kind: str
    count: int
    oldest: datetime

    @property
    def label(self) -> str:
        """What it is, in words."""
        return DELIVERIES.get(self.kind, self.kind)


def stuck() -> list[Stuck]:
    """Deliveries given up after all tries, by kind: somebody must look (``doctor``, the operator's pages)."""
    rows = Outbox.objects.filter(done_at=None, tries__gte=MOST_TRIES).values("kind")
    return [
        Stuck(row["kind"], row["count"], row["oldest"])
        for row in rows.annotate(count=Count("pk"), oldest=Min("created_at")).order_by("oldest", "kind")
    ]


def write_anchor(jobcenter_id: UUID, now: datetime, data: Path) -> Path | None:
    """Write the head of the chain outside the database, at most once an hour."""
    head = ChainHead.objects.filter(jobcenter_id=jobcenter_id).first()
    if head is None:
        return None
    file = data / "anchors" / f"{jobcenter_id}.jsonl"
    if file.exists():
        last = read_anchor(file)
        if last is not None and (last["seq"] == head.seq or now - datetime.fromisoformat(last["at"]) < ANCHOR_EVERY):
            return None
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps({"at": now.isoformat(), "seq": head.seq, "hash": head.hash})
    with file.open("a", encoding="utf-8") as out:
        # A line cut off by a crash ends here; the new one stands alone.
        out.write(("" if _ends_whole(file) else "\n") + line + "\n")
        out.flush()
        os.fsync(out.fileno())
    return file


def _ends_whole(file: Path) -> bool:
    content = file.read_bytes()
    return not content or content.endswith(b"\n")


def read_anchor(file: Path) -> dict[str, Any] | None:
    """The last whole line of an anchor file; a half-written one (killed while writing) is skipped."""
    for line in reversed(file.read_text(encoding="utf-8").splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and {"at", "seq", "hash"} <= found.keys():
            return found
    return None


def expire_access(now: datetime) -> int:
    """Delete whole sealed runs of access events older than a year (rule 6); give how many events went."""
    limit = now - ACCESS_KEPT
    gone = 0
    oldest = AccessEvent.objects.order_by("id").values_list("id", flat=True).first()
    if oldest is None:
        return 0
    # One after the other: a year holds half a million.
    while (seal := AccessSeal.objects.filter(last_id__gte=oldest).order_by("last_id").first()) is not None:
        with transaction.atomic():
            rows = AccessEvent.objects.filter(id__gte=seal.first_id, id__lte=seal.last_id)
            newest = rows.order_by("-at", "-id").first()
            if newest is not None and newest.at > limit:
                break
            gone += rows.delete()[0]
        oldest = seal.last_id + 1
    return gone


def expire_sessions() -> None:
    """Delete sessions that are over: they hold ids of persons that the entrance has shown."""
    SessionStore.clear_expired()


def seal(jobcenter_id: UUID, now: datetime) -> None:
    """Put what was opened and searched into the chain."""
    domain.seal_access(actor=system(jobcenter_id), at=now, before=now - SEAL_AFTER)
