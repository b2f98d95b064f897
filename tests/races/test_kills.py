"""Pulled plugs: what was acknowledged is there, nothing is half, the chain holds, a repeat gives the first result."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django_scopes import scope, scopes_disabled

from hilfefrei import structure
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.models import FirstContact
from hilfefrei.apps.people.models import Person
from tests import desk
from tests.races.rush import Rush, contact_form, durable_postgres, halves, kill_back_end, lost, somebody
from tests.support import databases
from tests.support.http import Desk
from tests.support.server import ROOT, Process, Server
from tests.world import PASSWORD, World
from tests.world import make as make_world

# Enough acts under way that the plug is pulled in the middle of some.
ACKNOWLEDGED = 25


def everything_acknowledged_is_there(rush: Rush) -> None:
    assert lost(rush.acknowledged) == []
    assert len(rush.acknowledged.contacts) >= ACKNOWLEDGED


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
    assert halves(served) == []
    # Who got no answer sends the same form again: once, whether or not it had arrived.
    again = at_desk("entrance")
    before = FirstContact.objects.count()
    for path, form in rush.unanswered:
        first = again.post(path, **form)
        second = again.post(path, **form)
        assert first.status == second.status == 302
        assert first.location == second.location
    assert before <= FirstContact.objects.count() <= before + len(rush.unanswered)
    assert halves(served) == []


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
    assert halves(served) == []


def server_environment(server: Process) -> dict[str, str]:
    """The environment in which the server of this test runs."""
    return os.environ | server.environment


@pytest.fixture
def own_cluster(django_db_blocker: Any) -> Iterator[str]:
    """The address of a database in a PostgreSQL of its own with durable settings: no other test feels it fall."""
    before = connections.settings["default"]
    with durable_postgres() as url:
        with django_db_blocker.unblock():
            yield url
            connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = connections.create_connection("default")


def test_a_killed_back_end_takes_nothing_acknowledged_along(own_cluster: str, tmp_path: Path) -> None:
    """kill -9 of one back end makes PostgreSQL throw everybody out and recover from its log; pages then go on."""
    databases.Databases._connect(own_cluster)
    structure.migrate()
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
            kill_back_end([witness.info.backend_pid])
            connection.close()
            # Everybody's connection is gone, this one too; the same server goes on by itself.
            with pytest.raises(psycopg.OperationalError):
                while True:
                    witness.execute("SELECT pg_sleep(0.05)")
            rush.wait_for(len(rush.acknowledged.contacts) + ACKNOWLEDGED)
            rush.stop()
            connection.close()
            everything_acknowledged_is_there(rush)
            assert halves(world) == []
            connection.close()
    finally:
        server.stop()
