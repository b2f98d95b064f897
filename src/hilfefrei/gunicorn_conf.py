"""gunicorn: one start that loads the code, threads for the pages, time to finish when stopped.

``HILFEFREI_BIND`` (address:port), ``HILFEFREI_WEB_PROCESSES`` and ``HILFEFREI_WEB_THREADS`` come from the command line.
"""

import os

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
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - shared memory, not a predictable file
