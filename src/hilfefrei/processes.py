"""Web server and workers side by side: started together, stopped together, a dead worker is started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

START_SECONDS = 60.0
STOP_SECONDS = 25.0
TICK_SECONDS = 10.0
# A worker that dies at once is not started again without a breath.
RESTART_PAUSE_SECONDS = 3.0
# Two, so that what leaves in the same minute does not wait for a large delivery.
WORKERS = (["hilfefrei.cli", "worker", "--part", "post"], ["hilfefrei.cli", "worker", "--part", "deliveries"])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there, as gunicorn binds (a port that only waits for stragglers is free)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(wanted: int, *, tries: int = 50) -> int:
    """``wanted`` or the next free port after it. Raises OSError when there is none."""
    for port in range(wanted, min(wanted + tries, 65536)):
        if is_free(port):
            return port
    message = f"Zwischen {wanted} und {wanted + tries - 1} ist kein Anschluss frei."
    raise OSError(message)


def _spawn(module: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the children only through us, so that they finish what they do.
    return subprocess.Popen(
        [sys.executable, "-m", *module], env={**os.environ, "HILFEFREI_PARENT": str(os.getpid())}, start_new_session=True
    )


def answers(host: str, port: int) -> bool:
    """Whether the web server there answers. Asked what needs no name of the house: any other page would be refused and told as an error."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def run(bind: str, on_ready: str, *, tick: Callable[[], None] | None = None, beside: Sequence[list[str]] = ()) -> int:
    """Run them, and the modules ``beside`` them, until Ctrl-C or SIGTERM; gives the exit code.

    ``on_ready`` is printed once the first page answers, ``tick`` called every ten seconds and at the end.
    """
    os.environ["HILFEFREI_BIND"] = bind
    stopping = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    web = _spawn(["gunicorn", "-c", "python:hilfefrei.gunicorn_conf"])
    workers = [_spawn(module) for module in WORKERS]
    others = [_spawn(module) for module in beside]
    host, _, port = bind.rpartition(":")
    deadline, ready = time.monotonic() + START_SECONDS, False
    ticked = time.monotonic()
    started = [ticked for _ in workers]
    code = 0
    try:
        while not stopping:
            if web.poll() is not None:
                sys.stderr.write("Der Webserver ist beendet. Einzelheiten stehen darüber.\n")
                code = web.returncode or 1
                break
            if not ready and answers(host or "127.0.0.1", int(port)):
                ready = True
                sys.stdout.write(on_ready)
                sys.stdout.flush()
            if not ready and time.monotonic() > deadline:
                sys.stderr.write("Die erste Seite kommt nicht. Bitte ./hilfefrei doctor aufrufen.\n")
                code = 1
                break
            if tick is not None and time.monotonic() - ticked > TICK_SECONDS:
                tick()
                ticked = time.monotonic()
            for place, worker in enumerate(workers):
                if worker.poll() is not None and time.monotonic() - started[place] > RESTART_PAUSE_SECONDS:
                    sys.stderr.write("Der Hintergrunddienst war weg und wird neu gestartet.\n")
                    workers[place] = _spawn(WORKERS[place])
                    started[place] = time.monotonic()
            time.sleep(0.2)
    finally:
        for process in (web, *workers, *others):
            if process.poll() is None:
                process.terminate()
        for process in (web, *workers, *others):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if tick is not None:
            tick()
    return code
