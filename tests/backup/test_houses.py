"""Several Jobcenters on one host: one is lost and brought back while the others work, and none of them notices.

``HILFEFREI_TEST_HOUSES=12`` runs it with as many as the issue names; each is the real ``serve`` with its worker.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from hilfefrei import secrets
from tests.backup.conftest import ROOT
from tests.support.server import free_port

COUNT = int(os.environ.get("HILFEFREI_TEST_HOUSES") or 3)
START_SECONDS = 240.0
HOST = "jobcenter.example"
PASSWORD = "Wendehals-und-Pirol-7"
# The first page of the operator, who still has to set up a second factor.
PAGE = "/konto/zweiter-faktor/"


class Browser:
    """One login at one house. Cookies are kept by hand: they are for HTTPS, which ends before the server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}
        headers |= {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        body = None
        if method == "POST":
            body = urlencode({"csrfmiddlewaretoken": self.cookies["__Host-hilfefrei_csrf"], **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            client.request(method, path, body, headers)
            with client.getresponse() as answer:
                for line in answer.headers.get_all("Set-Cookie") or ():
                    self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
                return answer.status, answer.read().decode()
        finally:
            client.close()

    def log_in(self) -> "Browser":
        self.ask("GET", "/anmelden/")
        status, page = self.ask("POST", "/anmelden/", login="wendehals", password=PASSWORD)
        assert status == 302, page[:2000]
        return self


@dataclass
class Running:
    """One house on the host: folder, database, port, process."""

    number: int
    data: Path
    url: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def marker(self) -> str:
        return f"Haus{self.number:02d}"

    def start(self) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hilfefrei.cli", "serve", "--bind", f"127.0.0.1:{self.port}", "--processes", "1", "--threads", "2"],
                cwd=ROOT, env=clean | {"HILFEFREI_DATA": str(self.data), "PYTHONPATH": str(ROOT / "src")}, stdout=log, stderr=log,
            )  # fmt: skip

    def wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        log = self.data.with_suffix(".log")
        while "Hilfefrei läuft" not in log.read_text(encoding="utf-8"):
            assert self.process is not None
            assert self.process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "it does not start"
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.process = None


class Work:
    """Somebody in one house reads its pages until told to stop; keeps what was wrong."""

    def __init__(self, house: Running, markers: list[str]) -> None:
        self.house, self.others = house, [m for m in markers if m != house.marker]
        self.pages, self.slowest, self.wrong = 0, 0.0, []
        self._stop = threading.Event()
        self._browser = Browser(house.port).log_in()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                status, page = self._browser.ask("GET", PAGE)
            except OSError as error:
                self.wrong.append(repr(error))
                return
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.pages += 1
            if status != 200 or self.house.marker not in page:
                self.wrong.append(f"{status}: {page[:300]}")
            self.wrong += [f"foreign: {m}" for m in self.others if m in page]
            self._stop.wait(0.2)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(90)


def call(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", *arguments],
        check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL, cwd=ROOT,
        env=clean | {"HILFEFREI_DATA": str(data), "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


def admin(url: str, statement: str) -> None:
    with psycopg.connect(re.sub(r"/[^/?]*[?]", "/postgres?", url, count=1), autocommit=True) as link:
        link.execute(statement.encode())


@pytest.fixture
def houses(empty_postgres: str, tmp_path: Path) -> Iterator[list[Running]]:
    """One installation made by ``setup``, and copies of it, each with a database, keys, a folder and names of its own."""
    (tmp_path / "wort").write_text(f"{PASSWORD}\n", encoding="utf-8")
    first = tmp_path / "erstes"
    done = call(
        first, "setup", "--database-url", empty_postgres, "--host", HOST, "--jobcenter", "Jobcenter", "--traeger-number", "12345", "--land", "NI",
        "--username", "wendehals", "--first-name", "Greta", "--last-name", "Wendehals", "--password-file", str(tmp_path / "wort"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    base = secrets.load(first / secrets.FILE_NAME)
    source = re.search(r"/([^/?]+)[?]", empty_postgres)
    assert source
    made = []
    for number in range(1, COUNT + 1):
        name = f"{source[1]}_haus{number:02d}"
        one = Running(number, tmp_path / f"haus{number:02d}", empty_postgres.replace(f"/{source[1]}?", f"/{name}?"))
        admin(empty_postgres, f'CREATE DATABASE "{name}" TEMPLATE "{source[1]}"')
        with psycopg.connect(one.url) as link:
            link.execute("UPDATE org_jobcenter SET name = %s", [f"Jobcenter {one.marker}"])
            link.execute("UPDATE org_team SET name = %s", [f"Leitung {one.marker}"])
        new = secrets.new()
        keys = replace(base, secret_key=new.secret_key, audit_key=(*new.audit_key, *base.audit_key), database_url=one.url)
        secrets.store(one.data / secrets.FILE_NAME, keys)
        made.append(one)
    try:
        for one in made:
            one.start()
        for one in made:
            one.wait()
        yield made
    finally:
        for one in made:
            one.stop()
            admin(empty_postgres, f'DROP DATABASE IF EXISTS "{source[1]}_{one.data.name}" WITH (FORCE)')


@pytest.mark.timeout(900)
def test_one_house_is_brought_back_while_the_others_work(houses: list[Running], tmp_path: Path) -> None:
    markers = [one.marker for one in houses]
    lost, *rest = houses
    saved, kept = tmp_path / "s", tmp_path / "k"
    done = call(lost.data, "backup", str(saved), "--keys", str(kept))
    assert done.returncode == 0, done.stderr
    stranger = Browser(lost.port).log_in()
    at_work = [Work(one, markers) for one in rest]
    try:
        # A session of one house is none in the next.
        other = Browser(rest[0].port)
        other.cookies = dict(stranger.cookies)
        assert other.ask("GET", PAGE)[0] == 302

        lost.stop()
        admin(lost.url, f'DROP DATABASE "{re.search(r"/([^/?]+)[?]", lost.url)[1]}" WITH (FORCE)')
        shutil.rmtree(lost.data)
        began = time.monotonic()
        done = call(lost.data, "restore", str(next(saved.iterdir())), "--keys", str(next(kept.iterdir())), "--create")
        assert done.returncode == 0, done.stdout + done.stderr
        lost.data.with_suffix(".log").unlink()
        lost.start()
        lost.wait()
        took = time.monotonic() - began
        status, page = Browser(lost.port).log_in().ask("GET", PAGE)
        assert status == 200
        assert lost.marker in page
        assert not re.search("|".join(m for m in markers if m != lost.marker), page)
        assert "Die Kette stimmt" in call(lost.data, "audit", "verify").stdout
    finally:
        for one in at_work:
            one.stop()
    assert [one.wrong for one in at_work] == [[] for _ in at_work]
    assert all(one.pages > 3 for one in at_work)
    print(f"{len(houses)} Häuser, zurück in {took:.1f} s, {sum(w.pages for w in at_work)} Seiten nebenher, langsamste {max(w.slowest for w in at_work):.2f} s")
