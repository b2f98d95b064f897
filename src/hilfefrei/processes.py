"""Web server and worker side by side: started together, stopped together, a dead worker is started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

START_SECONDS = 60.0
STOP_SECONDS = 25.0


def free_port(wanted: int, *, tries: int = 50) -> int:
    """``wanted`` or the next free port after it. Raises OSError when there is none."""
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    message = f"Zwischen {wanted} und {wanted + tries - 1} ist kein Anschluss frei."
    raise OSError(message)


def _spawn(module: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *module], env={**os.environ, "HILFEFREI_WITH_PARENT": "1"})


def answers(host: str, port: int) -> bool:
    """Whether somebody answers pages there."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/anmelden/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def run(bind: str, on_ready: str) -> int:
    """Run both until Ctrl-C or SIGTERM; gives the exit code. ``on_ready`` is printed once the first page answers."""
    os.environ["HILFEFREI_BIND"] = bind
    stopping = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    web = _spawn(["gunicorn", "-c", "python:hilfefrei.gunicorn_conf"])
    worker = _spawn(["hilfefrei.cli", "worker"])
    host, _, port = bind.rpartition(":")
    deadline, ready = time.monotonic() + START_SECONDS, False
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
            if worker.poll() is not None:
                sys.stderr.write("Der Hintergrunddienst war weg und wird neu gestartet.\n")
                worker = _spawn(["hilfefrei.cli", "worker"])
            time.sleep(0.2)
    finally:
        for process in (web, worker):
            if process.poll() is None:
                process.terminate()
        for process in (web, worker):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return code
