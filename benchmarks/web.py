"""The pages of a working morning in the largest municipal Jobcenter, against a bare list in the same frame.

45,000 units, 1,200 staff, five years, 90 million access events, PostgreSQL, real settings, the read log on. Sixteen people
at once, each with a session of their own. Page and floor take turns in short windows on one server; a ratio is the page's
answers per second to the floor's, of the median pair. Above 0.5 is the goal; the 95th percentile at most 500 ms.
"""

import argparse
import http.client
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks import large

CONNECTIONS = 16
WINDOW_SECONDS = 4.0
PAIRS = 7
GOAL_RATIO, GOAL_P95_MS, GOAL_SEARCH_MS = 0.5, 500.0, 200.0
HOST = "bench.example"


@dataclass
class Visitor:
    """Somebody with a session: asks, reads, asks again."""

    port: int
    cookies: dict[str, str]
    people: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, str, bytes, str]:
        """Status, where it leads, body and number of queries."""
        headers = {
            "Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "Referer": f"https://{HOST}/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }  # fmt: skip
        body = None
        if form is not None:
            token = self.cookies["__Host-hilfefrei_csrf"]
            body = urlencode({"csrfmiddlewaretoken": token, **form}, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.client.request(method, path, body, headers)
        answer = self.client.getresponse()
        content = answer.read()
        return answer.status, answer.headers.get("Location", ""), content, answer.headers.get("X-Queries", "")


def board(one: Visitor) -> None:
    _page(one, "/eingang/")


def people(one: Visitor) -> None:
    _page(one, "/personen/")


def person(one: Visitor) -> None:
    one.number += 1
    _page(one, f"/personen/{one.people[one.number % len(one.people)]}/")


def vacancies(one: Visitor) -> None:
    _page(one, "/stellen/")


def floor(one: Visitor) -> None:
    _page(one, "/boden/")


WORDS = ("Eisvogel", "Linde", "Zwergmispel", "Kiesel", "Ahorn", "Bergmann", "Sander")


def search(one: Visitor) -> None:
    """As from the field in the head of every page: the form, then the page it leads to."""
    one.number += 1
    status, to, _, _ = one.ask("POST", "/suche/", {"to": "/personen/", "q": WORDS[one.number % len(WORDS)]})
    if status not in {302, 303}:
        raise SystemExit(f"search: {status}")
    _page(one, to)


LETTERS = str.maketrans("0123456789", "ghijklmnop")


def write(one: Visitor) -> None:
    """A first contact with a wish for money: person, application, entry, record, sheet to be sent."""
    one.number += 1
    given = {
        "op": str(uuid4()), "step": "save", "name": _name(), "contact_day": "24.11.2026", "contact_time": "09:40",
        "channel": "in_person", "wishes": "money", "urgent": [], "new": "yes",
    }  # fmt: skip
    status, to, body, _ = one.ask("POST", "/eingang/erstkontakt/", given)
    if status != 302:
        raise SystemExit(f"write: {status} {to} {re.findall(rb'(?s)error[^>]*>([^<]+)<', body)[:5]}")


def _name() -> str:
    """Nobody's name, and near to nobody's: who may be meant is asked before somebody new is made, and a number is no name."""
    letters = uuid4().hex.translate(LETTERS)
    return f"{letters[:10].title()} {letters[10:22].title()}"


def _page(one: Visitor, path: str) -> None:
    status, to, _, _ = one.ask("GET", path)
    if status != 200:
        raise SystemExit(f"{path}: {status} {to}")


CASES: dict[str, Callable[[Visitor], None]] = {
    "board": board, "persons list": people, "person page": person, "vacancy list": vacancies, "search": search, "one write": write,
}  # fmt: skip


@dataclass
class Window:
    """What one window saw: answers, seconds, milliseconds of each, processor seconds of server and database."""

    answers: int
    seconds: float
    waits: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def window(visitors: list[Visitor], act: Callable[[Visitor], None], cpu: Callable[[], float]) -> Window:
    """Everybody asks as fast as answers come, for one window."""
    waits: list[list[float]] = [[] for _ in visitors]
    until = time.monotonic() + WINDOW_SECONDS
    failed: list[BaseException] = []

    def go(place: int) -> None:
        try:
            while (start := time.monotonic()) < until:
                act(visitors[place])
                waits[place].append((time.monotonic() - start) * 1000)
        except BaseException as error:  # noqa: BLE001 - a thread keeps to itself what stops it
            failed.append(error)

    began, before = time.monotonic(), cpu()
    threads = [threading.Thread(target=go, args=(n,)) for n in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    seconds = time.monotonic() - began
    told = [one for many in waits for one in many]
    return Window(len(told), seconds, told, cpu() - before)


def _cpu_of(*roots: int) -> Callable[[], float]:
    """Processor seconds of processes and all their children, the ended ones too."""

    def told() -> float:
        total = 0.0
        for root in roots:
            top = psutil.Process(root)
            for process in (top, *top.children(recursive=True)):
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                total += times.user + times.system + times.children_user + times.children_system
        return total

    return told


SESSIONS = r"""
import json, sys
import django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.middleware.csrf import _get_new_csrf_string
from django_scopes import scopes_disabled
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Position
from hilfefrei.apps.people.models import Responsibility
from hilfefrei.core import clock
found = []
with scopes_disabled():
    # Spread over the teams that have people of their own.
    teams = set(Responsibility.objects.filter(valid_to=None, kind="entrance").order_by("team").values_list("team", flat=True).distinct())
    held = Position.objects.filter(role=sys.argv[1], team__in=teams).exclude(holder=None).order_by("id").values_list("holder_id", "team_id")
    places = {}
    turns = sorted((places.setdefault(team, []).append(holder) or len(places[team]), str(team), holder, team) for holder, team in held)
    for _, _, holder, team in turns[: int(sys.argv[2])]:
        user = User.objects.get(pk=holder)
        store = SessionStore()
        store.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend", HASH_SESSION_KEY: user.get_session_auth_hash()})
        store.set_expiry(36000)
        store.create()
        known = Responsibility.objects.filter(team_id=team, valid_to=None).order_by("id").values_list("person_id", flat=True)[:200]
        found.append({"session": store.session_key, "csrf": _get_new_csrf_string(), "people": [str(p) for p in known]})
print(json.dumps(found))
"""


def _visitors(port: int, role: str, environment: dict[str, str]) -> list[Visitor]:
    """So many sessions, or as many as there are people in that role."""
    done = subprocess.run([sys.executable, "-c", SESSIONS, role, str(CONNECTIONS)], env=environment, cwd=ROOT, check=True, text=True, capture_output=True)
    people = json.loads(done.stdout)
    return [
        Visitor(port, {"__Host-hilfefrei_session": one["session"], "__Host-hilfefrei_csrf": one["csrf"]}, one["people"])
        for one in (people[n % len(people)] for n in range(CONNECTIONS))
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(environment: dict[str, str], port: int, processes: int, threads: int, *, count: bool = False) -> subprocess.Popen[bytes]:
    more = {"HILFEFREI_BIND": f"127.0.0.1:{port}", "HILFEFREI_WEB_PROCESSES": str(processes), "HILFEFREI_WEB_THREADS": str(threads)}
    if count:
        more["HILFEFREI_BENCH_COUNT"] = "1"
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "-c", "python:hilfefrei.gunicorn_conf"], cwd=ROOT, env=environment | more)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return server
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server does not answer")


def _queries(environment: dict[str, str], role: str) -> dict[str, int]:
    """Queries of each case, counted on a server of its own."""
    port = _free_port()
    server = _serve(environment, port, 1, 1, count=True)
    try:
        one = _visitors(port, role, environment)[0]
        found = {}
        for name, path in (("floor", "/boden/"), ("board", "/eingang/"), ("persons list", "/personen/"), ("person page", f"/personen/{one.people[0]}/"), ("vacancy list", "/stellen/")):
            one.ask("GET", path)
            found[name] = int(one.ask("GET", path)[3] or 0)
        return found
    finally:
        server.terminate()
        server.wait(30)


def measure(size: large.Size, cache: Path, processes: int, threads: int, only: list[str], pairs: int) -> dict[str, Any]:
    """All cases on one house."""
    cache.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"
    import django

    django.setup()
    from hilfefrei import secrets

    with tempfile.TemporaryDirectory(prefix="hilfefrei-bench-") as data, large.postgres(cache / "postgres") as url:
        folder = Path(data)
        large.prepare(size, url, size.name, folder)
        base = secrets.new()
        secrets.store(folder / secrets.FILE_NAME, secrets.replace(base, database_url=large._named(url, size.name), hosts=(HOST,), proxies=1))
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HILFEFREI_")} | {
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "HILFEFREI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "benchmarks.web_settings",
        }  # fmt: skip
        subprocess.run([sys.executable, "-m", "django", "collectstatic", "--noinput", "-v0"], env=environment, cwd=ROOT, check=True)
        queries = _queries(environment, "entrance")
        port = _free_port()
        server = _serve(environment, port, processes, threads)
        postmaster = int((cache / "postgres" / "postmaster.pid").read_text().split()[0])
        cpu = _cpu_of(server.pid, postmaster)
        cases = []
        try:
            visitors = _visitors(port, "entrance", environment)
            for name, act in CASES.items():
                if only and name not in only:
                    continue
                for warm in (floor, act):
                    window(visitors, warm, cpu)
                seen = [(window(visitors, floor, cpu), window(visitors, act, cpu)) for _ in range(pairs)]
                cases.append(_case(name, seen, queries))
        finally:
            server.terminate()
            server.wait(30)
        peak = sum(p.memory_info().rss for p in psutil.Process().children(recursive=True)) / 2**20
    worst = min(cases, key=lambda case: case["ratio"])
    return {
        "name": "web",
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GB, Python {platform.python_version()}",
        "size": size.name,
        "runs": pairs,
        "cases": cases,
        "ratio": worst["ratio"],
        "ours_s": worst["ours"],
        "peak_mb": round(peak),
    }


def _case(name: str, pairs: list[tuple[Window, Window]], queries: dict[str, int]) -> dict[str, Any]:
    ratios = [page.rate / bare.rate for bare, page in pairs]
    waits = sorted(wait for _, page in pairs for wait in page.waits)
    answers = sum(page.answers for _, page in pairs)
    bare = sum(base.answers for base, _ in pairs)
    return {
        "case": name,
        "ours": round(statistics.median(page.rate for _, page in pairs), 1),
        "unit": "answers/s",
        "peer": "bare list of 25 rows in the same frame",
        "peer_value": round(statistics.median(base.rate for base, _ in pairs), 1),
        "ratio": round(statistics.median(ratios), 3),
        "spread": round((max(ratios) - min(ratios)) / statistics.median(ratios), 3),
        "median_ms": round(statistics.median(waits), 1),
        "p95_ms": round(waits[int(0.95 * (len(waits) - 1))], 1),
        "cpu_ms": round(1000 * sum(page.cpu for _, page in pairs) / answers, 2),
        "cpu_ms_floor": round(1000 * sum(base.cpu for base, _ in pairs) / bare, 2),
        "queries": queries.get(name),
        "queries_floor": queries.get("floor"),
        "peak_mb": 0,
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accesses", type=int, default=large.Size.accesses)
    parser.add_argument("--copies", type=int, default=large.Size.copies)
    parser.add_argument("--half-years", type=int, default=large.Size.half_years)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hilfefrei-bench")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--only", action="append", default=[], choices=list(CASES))
    options = parser.parse_args()
    size = large.Size(copies=options.copies, staff_copies=max(options.copies, 2) if options.copies < 14 else 20, half_years=options.half_years, accesses=options.accesses)
    result = measure(size, options.cache, options.processes, options.threads, options.only, options.pairs)
    if options.json:
        print(json.dumps(result))
    else:
        for case in result["cases"]:
            print(f"{case['case']}: {case['ours']}/s against {case['peer_value']}/s ({case['ratio']}), p95 {case['p95_ms']} ms, {case['cpu_ms']} ms of processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
