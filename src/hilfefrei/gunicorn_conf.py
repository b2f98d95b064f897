"""gunicorn: one start that loads the code, threads for the pages, time to finish when stopped.

``HILFEFREI_BIND`` (address:port), ``HILFEFREI_WEB_PROCESSES`` and ``HILFEFREI_WEB_THREADS`` come from the command line;
with ``HILFEFREI_PARENT`` (its process id) the server ends when whoever started it was killed.
"""

import gc
import os
import signal
import threading
import time
from pathlib import Path

# Read by the settings, which are loaded later: connections as pages use them.
os.environ["HILFEFREI_PAGES"] = "1"
bind = os.environ.get("HILFEFREI_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("HILFEFREI_WEB_PROCESSES", "1"))
threads = int(os.environ.get("HILFEFREI_WEB_THREADS", "4"))
worker_class = "gthread"
wsgi_app = "hilfefrei.wsgi"
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
# Addresses hold ids of people's files: no access log.
accesslog = None
loglevel = "warning"
# The heartbeat file must not lie on a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - shared memory; the file's name is random
# Nobody talks to a control socket, and two servers would fight for it.
control_socket_disable = True


def when_ready(_server: object) -> None:
    """Before the pages' processes begin: lay what is loaded aside for good, and watch whoever started us, if asked to."""
    # A page makes tens of thousands of objects and drops them again: Python looked through all that is loaded several times
    # for each page (a tenth of the time). What is laid aside here the processes also go on sharing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)
    parent = int(os.environ.get("HILFEFREI_PARENT", "0"))
    if parent:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
