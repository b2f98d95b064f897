"""Pulled plugs under load: what a client has read the answer to is there, nothing is half, the chain holds, each sheet arrives once.

The real server, the real worker and a receiver of sheets; several people take first contacts, talk, book seats. At random moments
the server, the worker or (PostgreSQL) a back end gets kill -9 and is started again; who got no answer sends the same form again.
What was acknowledged is kept by the clients. After every kill everything is looked at. Exit 1 on any loss.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["HILFEFREI_NOW_RUNS"] = "1"
os.environ["HILFEFREI_NOW_SINCE"] = str(time.time())
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"
os.environ["HILFEFREI_WEB_PROCESSES"] = "2"

import django

django.setup()

from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection
from django_scopes import scope, scopes_disabled

from hilfefrei import structure
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.models import ChainHead, Outbox
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.models import Booking, FirstContact
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.receiver import Receiver, handler_of
from tests import desk
from tests.races.rush import Acknowledged, Rush, durable_postgres, halves, kill_back_end, lost
from tests.support.databases import VENDORS, Databases, close_run, open_run
from tests.support.http import Desk
from tests.support.server import Process, Server
from tests.world import PASSWORD, TODAY, World, at, make

TOKEN = "blatt-kennzeichen"  # noqa: S105 - of a receiver that lives as long as the run
PEOPLE = ("entrance", "colleague", "coach", "entrance")
SHEETS = ("application.sheet", "urgent.sheet", "declaration.sheet")
PATIENCE = 180.0
# The worker looks for work every few seconds, and needs some to start.
SHEET = 15.0
# More seats than anybody takes in 200 kills.
SLOTS, SEATS = 60, 90


class Counting(Receiver):
    """Counts how often each sheet came, and how often it was taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, TOKEN)
        self.came: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.kept_now = Event()

    def keep(self, key: str, files: Mapping[str, bytes]) -> bool:
        self.came[key] += 1
        first = super().keep(key, files)
        self.taken[key] += first
        # The sheet lies here and its sender does not know it yet: the worst moment for the worker to die.
        self.kept_now.set()
        return first


@contextmanager
def database(vendor: str) -> Iterator[str]:
    """The address of an empty database that forgets nothing it has said."""
    if vendor == "postgres":
        with durable_postgres() as url:
            Databases._connect(url)
            structure.migrate()
            yield url
            connection.close()
        return
    folder = open_run()
    try:
        databases = Databases(folder, "crash")
        databases.use(vendor)
        yield databases.url
        connection.close()
    finally:
        close_run(folder)


class Trial:
    """One run on one database."""

    def __init__(self, vendor: str, url: str, place: Path, seed: int) -> None:
        self.vendor = vendor
        self.random = random.Random(seed)
        self.kept = Acknowledged()
        self.lost: list[str] = []
        self.half: list[str] = []
        self.twice: list[str] = []
        self.refused: list[str] = []
        self.unanswered = 0
        self.kills: Counter[str] = Counter()
        self.anchor: tuple[int, str] | None = None
        self.receiver = Counting(place / "empfaenger")
        self.gate = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self.receiver))
        Thread(target=self.gate.serve_forever, daemon=True).start()
        self.data = place / "data"
        self.data.mkdir()
        environment = {
            "HILFEFREI_DATABASE_URL": url,
            "HILFEFREI_DATA": str(self.data),
            "HILFEFREI_PARENT": str(os.getpid()),
            "HILFEFREI_NEIGHBOUR_URL": f"http://127.0.0.1:{self.gate.server_port}/",
            "HILFEFREI_NEIGHBOUR_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONWARNINGS": "ignore",
        }
        self.server = Server(environment, place / "server.log")
        self.server.patience = PATIENCE
        self.worker = Process(["-m", "hilfefrei.cli", "worker"], environment, place / "worker.log")
        with scopes_disabled():
            self.world: World = make(password_hash=make_password(PASSWORD))

    def run(self, kills: int) -> None:
        with scope(jobcenter=self.world.id):
            days = [self._date(n) for n in range(SLOTS)]
            connection.close()
            self.server.start()
            self.worker.start()
            try:
                desks = [Desk(self.server.url).log_in(self.world.users[who].username, PASSWORD) for who in PEOPLE]
                for number in range(kills):
                    rush = Rush(desks, goes_on=True, acknowledged=self.kept, dates=days, patience=PATIENCE)
                    time.sleep(self.random.uniform(0.3, 3.0))
                    self._kill()
                    time.sleep(self.random.uniform(0.1, 0.5))
                    rush.stop()
                    self.refused += rush.refused
                    self.unanswered += sum("contact_day" in form for _, form in rush.unanswered)
                    self._look()
                    told = f"  {self.vendor}: kill {number + 1}, {len(self.kept)} acknowledged, {len(self.lost)} lost, {len(self.half)} half"
                    print(told, *self.lost[-3:], *self.half[-3:], sep="\n    ", file=sys.stderr, flush=True)
                self._deliver()
                self._look()
            finally:
                for process in (self.server, self.worker):
                    if process.alive:
                        process.stop()
                self.gate.shutdown()
                connection.close()

    def _date(self, number: int) -> UUID:
        start = desk.local(TODAY + timedelta(days=desk.ahead(number // 4 + 1)), 8 + 2 * (number % 4))
        planned = dates.plan_date(
            actor=self.world.actor("entrance"), at=at(7), kind=DateKind.INFORMATION, starts_at=start, ends_at=start + timedelta(minutes=60), seats=SEATS
        )
        return planned.pk

    def _kill(self) -> None:
        what = self.random.choice(["server", "worker", "both"] + ["back end"] * 2 * (self.vendor == "postgres"))
        self.kills[what] += 1
        if what == "back end":
            kill_back_end()
            connection.close()
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    connection.ensure_connection()
                except DatabaseError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.05)
                else:
                    return
        if what != "server" and self.random.random() < 0.7:
            self.receiver.kept_now.clear()
            self.receiver.kept_now.wait(SHEET)
        killed = [process for name, process in (("server", self.server), ("worker", self.worker)) if what in {name, "both"}]
        for process in killed:
            process.kill()
        connection.close()
        for process in killed:
            process.start()

    def _look(self) -> None:
        connection.close()
        self.lost = lost(self.kept)
        self.half += halves(self.world, self.anchor)
        head = ChainHead.objects.get()
        self.anchor = (head.seq, head.hash)
        noted = tasks.read_anchor(self.data / "anchors" / f"{self.world.id}.jsonl") if (self.data / "anchors").exists() else None
        if noted is not None:
            self.half += [one for one in halves(self.world, (noted["seq"], noted["hash"])) if one.startswith("chain")]
        # Every form was answered in the end (or is known to have waited in vain), so what is there beyond that was made by a repeat.
        surplus = FirstContact.objects.count() - len(self.kept.contacts) - self.unanswered
        doubled = [f"{kind} {key}" for (kind, key), count in Counter(Outbox.objects.values_list("kind", "key")).items() if count > 1]
        doubled += [f"seat {entry}" for entry, count in Counter(Booking.objects.filter(undone_at=None).values_list("date", "entry")).items() if count > 1]
        self.twice = doubled + [f"{surplus} first contacts nobody sent"] * (surplus > 0) + [f"sheet {key}" for key, count in self.receiver.taken.items() if count > 1]
        connection.close()

    def _deliver(self) -> None:
        """Wait until the worker is done; then every sheet lies at the receiver."""
        end = time.monotonic() + PATIENCE
        while (waiting := Outbox.objects.filter(kind__in=SHEETS, done_at=None).count()) and time.monotonic() < end:
            connection.close()
            time.sleep(0.5)
        sent = Outbox.objects.filter(kind__in=SHEETS).count()
        here = len(self.receiver.sheets())
        if waiting or sent != here:
            self.half.append(f"outbox: {sent} sheets, {waiting} waiting, {here} at the receiver")

    def result(self, seconds: float) -> dict[str, Any]:
        chain = [one for one in self.half if one.startswith("chain")]
        return {
            "database": self.vendor,
            "kills": sum(self.kills.values()),
            "killed": dict(sorted(self.kills.items())),
            "acknowledged": len(self.kept),
            "contacts": len(self.kept.contacts),
            "talks": len(self.kept.talks),
            "answers": len(self.kept.answers),
            "seats": len(self.kept.seats),
            "lost": self.lost,
            "half": [one for one in self.half if one not in chain],
            "twice": self.twice,
            "chain": chain or "verifies",
            "events": self.anchor[0] if self.anchor else 0,
            "sheets": len(self.receiver.taken),
            "sheets_came_again_and_were_known": sum(self.receiver.came.values()) - len(self.receiver.came),
            "unanswered": self.unanswered,
            "refused": dict(Counter(self.refused)),
            "seconds": round(seconds),
        }


def main() -> int:
    """Pull and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=VENDORS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hilfefrei-crash-") as place, database(options.database) as url:
        trial = Trial(options.database, url, Path(place), options.seed)
        trial.run(options.kills)
    told = trial.result(time.monotonic() - started)
    machine = f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    result = {"name": "crash", "machine": machine, "seed": options.seed, **told}
    print(json.dumps(result, ensure_ascii=False) if options.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    return int(bool(trial.lost or trial.half or trial.twice))


if __name__ == "__main__":
    sys.exit(main())
