"""The real web server and the real worker, each in its own process on the copy of the running test."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A process of the product with its own environment."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command = command
        self.environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; AssertionError when it does not run."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it in a process group of its own."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> int:
        """Ask it to stop and wait; return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Pull the plug: SIGKILL to the whole group."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        family: list[psutil.Process] = []
        if self._process.poll() is None:
            family = psutil.Process(self._process.pid).children(recursive=True)
            if number is signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)
        try:
            code = self._process.wait(30)
        finally:
            # gunicorn's children of a killed parent, and what did not stop in time.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        while any(_runs(process) for process in family):
            time.sleep(0.01)
        self._process = None
        return code


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def _runs(process: psutil.Process) -> bool:
    """Whether it still holds its port (a zombie does not; who reaps it is not ours to know)."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Server(Process):
    """gunicorn as ``demo`` starts it. ``url`` has no slash at its end; ``patience``: seconds until the first answer."""

    patience = START_SECONDS

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Of a killed run no server stays behind.
        self._bind = {"HILFEFREI_BIND": f"127.0.0.1:{self.port}", "HILFEFREI_PARENT": str(os.getpid())}
        self._started_in: dict[str, str] = {}
        super().__init__(
            ["-m", "gunicorn", "-c", "python:hilfefrei.gunicorn_conf"],
            environment | self._bind,
            log,
        )

    def start(self) -> None:
        """Start it and wait for the first answer. Raises RuntimeError with its log when there is none."""
        super().start()
        self._started_in = _surroundings() | self.environment
        end = time.monotonic() + self.patience
        while time.monotonic() < end and self.alive:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", "/static/hilfefrei.css")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()
        message = f"the server did not start:\n{self.log.read_text(encoding='utf-8')[-4000:]}"
        raise RuntimeError(message)

    def serves(self, environment: dict[str, str]) -> bool:
        """Whether it runs and was started just as one with ``environment`` would be now."""
        return self.alive and self._started_in == _surroundings() | self._bind | environment

    def restart(self) -> None:
        """Start again on the same port after ``kill`` or ``stop``."""
        if self.alive:
            self.stop()
        self.start()
