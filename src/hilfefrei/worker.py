"""The background service: one loop over the outbox and the regular work. Started and stopped by ``demo`` and ``serve``."""

import logging
import os
import signal
import threading
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from django_scopes import scope

from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.benefits import delivery_tasks as paying
from hilfefrei.apps.benefits import tasks as benefits
from hilfefrei.apps.intake import tasks as intake
from hilfefrei.apps.org import tasks as org
from hilfefrei.apps.org.models import Jobcenter
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
# Regular work: name, how often, what. Each may be killed and repeated; two workers at once do it once.
REGULAR: tuple[tuple[str, timedelta, Job], ...] = (
    ("escalate", timedelta(0), lambda house, now, _data: benefits.escalate_overdue(house, now)),
    ("confirmations", timedelta(0), benefits.take_confirmations),
    ("emergency", timedelta(seconds=30), lambda house, now, _data: org.end_emergencies(house, now)),
    ("seal", timedelta(minutes=1), lambda house, now, _data: tasks.seal(house, now)),
    ("anchor", timedelta(minutes=5), tasks.write_anchor),
    ("vacancies", timedelta(hours=1), lambda house, now, _data: vacancies.age_out(house, now)),
    ("read_waiting", timedelta(0), paying.read_waiting),
    ("take_in", timedelta(seconds=30), paying.take_in),
    ("deliveries", timedelta(hours=1), lambda house, now, _data: paying.age_out(house, now)),
    ("comparison", timedelta(hours=6), lambda house, now, _data: reporting.tidy_tables(house, now)),
    ("access", timedelta(hours=6), lambda _house, now, _data: tasks.expire_access(now)),
    ("factors", timedelta(hours=12), lambda _house, _now, _data: crypt.renew()),
    ("sessions", timedelta(hours=1), lambda _house, _now, _data: tasks.expire_sessions()),
)


def run_once(now: datetime, done: MutableMapping[tuple[UUID, str], datetime] | None = None) -> int:
    """Do what is due at ``now`` for every Jobcenter of this database; give how many deliveries were made.

    ``done`` remembers when regular work was done last; without it all of it is due. Work that fails is logged (its
    type only: a message could hold a name) and does not keep the rest from being done.
    """
    data = Path(settings.DATA)
    last = {} if done is None else done
    delivered = 0
    for house in Jobcenter.objects.order_by("pk").values_list("pk", flat=True):
        with scope(jobcenter=house):
            delivered += tasks.deliver(house, HANDLERS, now, data, ports=PORTS)
            for name, every, job in REGULAR:
                before = last.get((house, name))
                if before is not None and now - before < every:
                    continue
                try:
                    job(house, now, data)
                except Exception as error:  # noqa: BLE001 - one job that fails must not stop the others
                    log.error("regular work %s failed: %s", name, type(error).__name__)  # noqa: TRY400 - see above
                last[house, name] = now
    return delivered


def alive_file() -> Path:
    """Touched after each round; ``doctor`` reads its age."""
    return Path(settings.DATA) / "worker.alive"


def run() -> int:
    """Loop until asked to stop; a round that fails is logged (its type only) and tried again."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    # The process that started us, if it stays to stop us. Asking for it here could be too late.
    parent = int(os.environ.get("HILFEFREI_PARENT", "0"))
    done: dict[tuple[UUID, str], datetime] = {}
    while not stop.is_set():
        try:
            close_old_connections()
            run_once(clock.now(), done)
            alive_file().touch()
        except Exception as error:  # noqa: BLE001 - the worker outlives a database that is away for a minute
            # No traceback: its message could hold a name.
            log.error("worker round failed: %s", type(error).__name__)  # noqa: TRY400 - see above
        if parent and os.getppid() != parent:
            # Whoever started us was killed; nobody would stop us.
            break
        stop.wait(PAUSE_SECONDS)
    return 0
