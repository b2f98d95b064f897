"""What the worker does: calculates dry runs, deletes what was released or granted, keeps the log of it beside the database.

Every step may be killed at any time: a dry run goes on with its next stretch, a run goes on with the next household, a log that lags
behind the database is caught up, one that is ahead of it (a restore) is carried out again before anything else goes.
"""

import json
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.privacy import due
from hilfefrei.apps.privacy.domain import erasing, house, runs, wishes
from hilfefrei.apps.privacy.domain.erasing import Replayed
from hilfefrei.apps.privacy.models import Erasure, ErasureWish, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import ItemState, RunState, WishState

log = logging.getLogger("hilfefrei.worker")

# Households in one round of the worker: the other work goes on in between.
AT_ONCE = 50
STRETCH = 300


def log_file(jobcenter_id: UUID, data: Path) -> Path:
    """Where the log of what was deleted is kept. It must survive the loss of the database, so it belongs into another backup."""
    return data / "erasures" / f"{jobcenter_id}.jsonl"


def work(jobcenter_id: UUID, now: datetime, data: Path, *, most: int = AT_ONCE) -> int:
    """One round: calculate a dry run that was asked for, delete of a released one; give how many households were dealt with."""
    if behind(jobcenter_id, data):
        replay_file(jobcenter_id, now, data)
    asked = RetentionRun.objects.filter(state=RunState.ASKED).first()
    if asked is not None:
        check(jobcenter_id, now, asked.pk, most=STRETCH)
    released = RetentionRun.objects.filter(state=RunState.RELEASED).first()
    done = erase_some(jobcenter_id, now, released.pk, most=most) if released is not None else 0
    write_log(jobcenter_id, data)
    return done


# What stands in deliveries, for the run that is being calculated: read once, not for every stretch of it.
_told: dict[UUID, frozenset[str]] = {}


def check(jobcenter_id: UUID, now: datetime, run_id: UUID, *, most: int | None = None) -> RetentionRun:
    """Calculate what is over and keep it: the next ``most`` households, or all that are left."""
    run = RetentionRun.objects.get(pk=run_id)
    day = run.as_of or runs.as_of(now)
    left = [group for group in due.households() if str(min(group)) > run.reached]
    stretch = left[:most]
    if run_id not in _told:
        _told.clear()
        _told[run_id] = due.delivered()
    found = list(due.plans(day, stretch, in_deliveries=_told[run_id]))
    whole = len(stretch) == len(left)
    if whole:
        _told.clear()
    return runs.store(
        actor=system(jobcenter_id), at=now, run_id=run_id, day=day, plans=found, begun=run.reached,
        reached=str(min(stretch[-1])) if stretch else run.reached, whole=whole,
    )  # fmt: skip


def erase_some(jobcenter_id: UUID, now: datetime, run_id: UUID, *, most: int = AT_ONCE) -> int:
    """Delete the next ``most`` households of a released run, each in its own transaction; close the run after the last."""
    actor = system(jobcenter_id)
    rows = RetentionItem.objects.filter(run=run_id, state=ItemState.OPEN).order_by("id")
    ids = list(rows.values_list("pk", flat=True)[:most])
    waits = due.delivered() if ids else frozenset()
    for pk in ids:
        try:
            erasing.erase_item(actor=actor, at=now, item_id=pk, day=runs.as_of(now), in_deliveries=waits)
        except IntegrityError as error:
            # The type only: a message may hold a value.
            log.error("erasure of one household refused: %s", type(error).__name__)  # noqa: TRY400 - see above
            erasing.keep_item(actor=actor, at=now, item_id=pk)
    if len(ids) < most:
        runs.finish(actor=actor, at=now, run_id=run_id)
    return len(ids)


def erase_wished(jobcenter_id: UUID, now: datetime, data: Path) -> None:
    """Erase what was granted to single persons whose letter is out; what has to wait is looked at again the next time."""
    if behind(jobcenter_id, data):
        return
    actor = system(jobcenter_id)
    for pk in ErasureWish.objects.filter(state=WishState.TOLD).order_by("told_at", "id").values_list("pk", flat=True):
        try:
            wishes.carry_out(actor=actor, at=now, wish_id=pk, day=runs.as_of(now))
        except IntegrityError as error:
            # The type only: a message may hold a value.
            log.error("erasure on request refused: %s", type(error).__name__)  # noqa: TRY400 - see above
    write_log(jobcenter_id, data)


def tidy_house(jobcenter_id: UUID, now: datetime) -> None:
    """Delete what the house keeps about its own work and no longer needs."""
    house.tidy(actor=system(jobcenter_id), at=now)


def read_log(file: Path) -> list[dict[str, Any]]:
    """The whole lines of a log; one that was cut off while it was written is left out, for it is in the database."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and {"number", "id", "table", "rows"} <= said.keys():
            found.append(said)
    return found


# The last number of a log, by file and its size: it is asked for in every round of the worker.
_last: dict[tuple[Path, int], int] = {}


def last_number(file: Path) -> int:
    """The highest number in a log, 0 where there is none."""
    size = file.stat().st_size if file.exists() else 0
    if (file, size) not in _last:
        _last.clear()
        _last[file, size] = max((int(line["number"]) for line in read_log(file)), default=0)
    return _last[file, size]


def behind(jobcenter_id: UUID, data: Path) -> bool:
    """Whether the log knows of more than the database: an older state was restored."""
    return last_number(log_file(jobcenter_id, data)) > (Erasure.objects.aggregate(last=Max("number"))["last"] or 0)


def write_log(jobcenter_id: UUID, data: Path) -> int:
    """Add to the file what the database has more; give how many lines."""
    file = log_file(jobcenter_id, data)
    rows = list(Erasure.objects.filter(number__gt=last_number(file)).order_by("number"))
    if not rows:
        return 0
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = not file.exists() or file.stat().st_size == 0 or file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as out:
        # A line cut off by a crash ends here; the new one stands alone.
        out.write("" if whole else "\n")
        out.writelines(json.dumps(erasing.line_of(row)) + "\n" for row in rows)
        out.flush()
        os.fsync(out.fileno())
    file.chmod(0o600)
    return len(rows)


def replay_file(jobcenter_id: UUID, now: datetime, data: Path, *, file: Path | None = None) -> Replayed:
    """Delete again, after a restore, what the log (``file``, else the one of ``data``) says was deleted; the log of ``data`` knows it then too."""
    lines = read_log(file or log_file(jobcenter_id, data))
    done = erasing.replay(actor=system(jobcenter_id), at=now, lines=lines)
    write_log(jobcenter_id, data)
    return done
