"""The background service: one loop over the outbox and the regular work. Started and stopped by ``demo`` and ``serve``."""

import logging
import os
import signal
import threading
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import close_old_connections
from django_scopes import scope

from hilfefrei.apps.audit import tasks
from hilfefrei.apps.benefits import tasks as benefits
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core import clock

PAUSE_SECONDS = 2.0
log = logging.getLogger("hilfefrei.worker")


def run_once() -> int:
    """Do what is due for every Jobcenter of this database; give how many deliveries were made."""
    now, data = clock.now(), Path(settings.DATA)
    done = 0
    for jobcenter_id in Jobcenter.objects.order_by("pk").values_list("pk", flat=True):
        with scope(jobcenter=jobcenter_id):
            done += tasks.deliver(jobcenter_id, benefits.HANDLERS, now, data)
            benefits.escalate_overdue(jobcenter_id, now)
            tasks.tidy(jobcenter_id, now, data)
    return done


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
    parent = os.getppid()
    while not stop.is_set():
        try:
            close_old_connections()
            run_once()
            alive_file().touch()
        except Exception as error:  # noqa: BLE001 - the worker outlives a database that is away for a minute
            # No traceback: its message could hold a name.
            log.error("worker round failed: %s", type(error).__name__)  # noqa: TRY400 - see above
        if os.environ.get("HILFEFREI_WITH_PARENT") == "1" and os.getppid() != parent:
            # Whoever started us was killed; nobody would stop us.
            break
        stop.wait(PAUSE_SECONDS)
    return 0
