"""The background service: a loop over the outbox and the regular work, and one over the deliveries of the paying system.

Started and stopped by ``demo`` and ``serve``, as two processes: a large delivery takes minutes, and a sheet leaves in the same minute.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from django_scopes import scope

from hilfefrei import condition
from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.benefits import delivery_tasks as paying
from hilfefrei.apps.benefits import tasks as benefits
from hilfefrei.apps.intake import tasks as intake
from hilfefrei.apps.org import tasks as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.privacy import tasks as privacy
from hilfefrei.apps.reporting import tasks as reporting
from hilfefrei.apps.vacancies import tasks as vacancies
from hilfefrei.core import clock
from hilfefrei.www import efile

PAUSE_SECONDS = 2.0
HANDLERS: dict[str, tasks.Handler] = {
    **vacancies.HANDLERS, **benefits.HANDLERS, **paying.HANDLERS, **intake.HANDLERS, **efile.HANDLERS, **org.HANDLERS,
}  # fmt: skip
# Kind -> the outside system it goes to.
PORTS: dict[str, str] = benefits.PORTS | dict.fromkeys(efile.HANDLERS, efile.PORT)
log = logging.getLogger("hilfefrei.worker")

Job = Callable[[UUID, datetime, Path], object]
# Which part of the work a process does; "" is all of it.
POST, DELIVERIES = "post", "deliveries"
# Regular work: name, how often, what. Each may be killed and repeated; two workers at once do it once.
REGULAR: tuple[tuple[str, timedelta, Job], ...] = (
    ("escalate", timedelta(0), lambda house, now, _data: benefits.escalate_overdue(house, now)),
    ("confirmations", timedelta(0), benefits.take_confirmations),
    ("emergency", timedelta(seconds=30), lambda house, now, _data: org.end_emergencies(house, now)),
    ("seal", timedelta(minutes=1), lambda house, now, _data: tasks.seal(house, now)),
    ("anchor", timedelta(minutes=5), tasks.write_anchor),
    ("vacancies", timedelta(hours=1), lambda house, now, _data: vacancies.age_out(house, now)),
    ("comparison", timedelta(hours=6), lambda house, now, _data: reporting.tidy_tables(house, now)),
    ("retention", timedelta(0), privacy.work),
    ("house", timedelta(hours=6), lambda house, now, _data: privacy.tidy_house(house, now)),
    ("erasure", timedelta(minutes=1), privacy.erase_wished),
    ("access", timedelta(hours=6), lambda _house, now, _data: tasks.expire_access(now)),
    ("factors", timedelta(hours=12), lambda _house, _now, _data: crypt.renew()),
    ("sessions", timedelta(hours=1), lambda _house, _now, _data: tasks.expire_sessions()),
)
# What may take minutes.
LONG: tuple[tuple[str, timedelta, Job], ...] = (
    ("read_waiting", timedelta(0), paying.read_waiting),
    ("take_in", timedelta(seconds=30), paying.take_in),
    ("deliveries", timedelta(hours=1), lambda house, now, _data: paying.age_out(house, now)),
)


def run_once(now: datetime, done: MutableMapping[tuple[UUID, str], datetime] | None = None, part: str = "") -> int:
    """Do what is due at ``now`` for every Jobcenter of this database; give how many letters of the outbox were delivered.

    ``done`` remembers when regular work was done last; without it all of it is due. Work that fails is logged (its
    type only: a message could hold a name) and does not keep the rest from being done.
    """
    data = Path(settings.DATA)
    last = {} if done is None else done
    delivered = 0
    for house in Jobcenter.objects.order_by("pk").values_list("pk", flat=True):
        with scope(jobcenter=house):
            if part != DELIVERIES:
                delivered += tasks.deliver(house, HANDLERS, now, data, ports=PORTS)
            for name, every, job in ((*REGULAR, *LONG) if not part else LONG if part == DELIVERIES else REGULAR):
                before = last.get((house, name))
                if before is not None and now - before < every:
                    continue
                try:
                    job(house, now, data)
                except Exception as error:  # noqa: BLE001 - one job that fails must not stop the others
                    log.error("regular work %s failed: %s", name, type(error).__name__)  # noqa: TRY400 - see above
                last[house, name] = now
    return delivered


class Night:
    """The nightly walk along the chain, in a process of its own: what must go out does not wait for it."""

    # Berlin hours in which it begins; who was off all night is late after a day and does it at once.
    HOURS = range(1, 5)
    AGAIN = timedelta(hours=20)
    LATE = timedelta(hours=30)
    # A walk that failed is not begun again and again.
    PAUSE = timedelta(hours=1)

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._tried: datetime | None = None

    @classmethod
    def is_due(cls, now: datetime) -> bool:
        """Whether a Jobcenter's chain should be walked now."""
        at_night = now.astimezone(clock.BERLIN).hour in cls.HOURS
        checks = [condition.chain_check(house) for house in Jobcenter.objects.order_by("pk").values_list("pk", flat=True)]
        return any(at_night if check is None else now - check.at > (cls.AGAIN if at_night else cls.LATE) for check in checks)

    def look(self, now: datetime) -> None:
        """Begin when it is due; say when one ended badly."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            if code:
                log.error("the chain of the record: audit verify ended with %d, call it by hand", code)
        if self._tried is not None and now - self._tried < self.PAUSE:
            return
        # Asked of the database once in so long, not in each round.
        self._tried = now
        if self.is_due(now):
            environment = os.environ | {"HILFEFREI_STATEMENT_TIMEOUT_MS": "3600000"}
            command = [sys.executable, "-m", "hilfefrei.cli", "audit", "verify"]
            self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        """End a walk that is under way: it only reads."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def run(part: str = "") -> int:
    """Loop until asked to stop; a round that fails is logged (its type only) and tried again."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    # The process that started us, if it stays to stop us. Asking for it here could be too late.
    parent = int(os.environ.get("HILFEFREI_PARENT", "0"))
    done: dict[tuple[UUID, str], datetime] = {}
    night = Night()
    while not stop.is_set():
        try:
            close_old_connections()
            run_once(clock.now(), done, part)
            if part != DELIVERIES:
                condition.alive_file().touch()
                night.look(clock.now())
        except Exception as error:  # noqa: BLE001 - the worker outlives a database that is away for a minute
            # No traceback: its message could hold a name.
            log.error("worker round failed: %s", type(error).__name__)  # noqa: TRY400 - see above
        if parent and os.getppid() != parent:
            # Whoever started us was killed; nobody would stop us.
            break
        stop.wait(PAUSE_SECONDS)
    night.stop()
    return 0
