"""A retention run whose worker is killed: every household is whole or gone, the next worker goes on, the log has every line."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits.models import ApplicationOutcome
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import due, tasks
from hilfefrei.apps.privacy.models import Erasure, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import ItemState, RunState
from tests import desk
from tests.apps.privacy.lives import LATER, over, rows_of
from tests.apps.privacy.test_runs import released
from tests.races.rush import PATIENCE
from tests.support.server import ROOT, Process
from tests.world import PASSWORD, TODAY, World, at
from tests.world import make as make_world

HOUSEHOLDS = 24


@pytest.fixture
def lives(task_worker: Process) -> Iterator[tuple[World, list[UUID]]]:
    """People whose data are over, and a run that was released."""
    with scopes_disabled():
        world = make_world(password_hash=make_password(PASSWORD))
    with scope(jobcenter=world.id):
        persons = []
        for number in range(HOUSEHOLDS):
            entry = desk.applicant(world, "Jana", f"Silberdistel{number}", birth=None)
            ApplicationOutcome.objects.create(
                jobcenter_id=world.id, application=entry.application, kind="refused", decided_on=TODAY, source="Bescheid", recorded_at=at(9)
            )
            over(entry.person_id)
            persons.append(entry.person_id)
        released(world, LATER)
        yield world, persons


def whole_or_gone(persons: list[UUID], full: set[str]) -> int:
    """How many are gone; of the others everything is there."""
    gone = 0
    for person in persons:
        held = rows_of(person)
        assert held in (set(), full), held
        gone += not held
    return gone


def test_a_killed_run_goes_on_where_it_stopped(lives: tuple[World, list[UUID]], task_worker: Process) -> None:
    world, persons = lives
    folder = Path(task_worker.environment["HILFEFREI_DATA"])
    full = rows_of(persons[0])
    assert len(full) > 6
    kills = 0
    end = time.monotonic() + 4 * PATIENCE
    while RetentionRun.objects.filter(state=RunState.RELEASED).exists():
        assert time.monotonic() < end, "the worker is too slow"
        task_worker.start()
        before = RetentionItem.objects.filter(state=ItemState.DONE).count()
        while kills < 3 and RetentionItem.objects.filter(state=ItemState.DONE).count() < before + 3 and RetentionRun.objects.filter(state=RunState.RELEASED).exists():
            time.sleep(0.02)
        if kills < 3:
            task_worker.kill()
            kills += 1
            connection.close()
            assert whole_or_gone(persons, full) == RetentionItem.objects.filter(state=ItemState.DONE).count()
            assert audit.verify(world.id).problems == ()
            continue
        while RetentionRun.objects.filter(state=RunState.RELEASED).exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)
        task_worker.stop()
    assert kills
    assert not Person.objects.filter(pk__in=persons).exists()
    assert set(RetentionItem.objects.values_list("state", flat=True)) == {ItemState.DONE}
    tasks.write_log(world.id, folder)
    assert [line["number"] for line in tasks.read_log(tasks.log_file(world.id, folder))] == list(range(1, Erasure.objects.count() + 1))
    verdict = audit.verify(world.id)
    assert verdict.problems == ()
    assert verdict.payloads_erased >= HOUSEHOLDS
    assert list(due.plans(LATER)) == []


# Everything of a household is deleted, and the last statement before commit does not come.
MIDDLE = """
import sys, time
from uuid import UUID
import django
django.setup()
from django_scopes import scope
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.privacy.domain import erasing
from hilfefrei.core import clock

def stand(*_args):
    print("deleted", flush=True)
    time.sleep(600)

audit._append = stand
with scope(jobcenter=UUID(sys.argv[1])):
    erasing.erase_item(actor=system(UUID(sys.argv[1])), at=clock.now(), item_id=UUID(sys.argv[2]), day=clock.today())
"""


def test_a_household_half_deleted_is_whole_again(lives: tuple[World, list[UUID]], task_worker: Process) -> None:
    world, persons = lives
    item = RetentionItem.objects.filter(state=ItemState.OPEN).order_by("id").first()
    assert item is not None
    full = rows_of(persons[0])
    half = subprocess.Popen(
        [sys.executable, "-c", MIDDLE, str(world.id), str(item.pk)],
        cwd=ROOT, env=os.environ | task_worker.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert half.stdout is not None
    assert half.stdout.readline().strip() == "deleted"
    half.kill()
    half.wait()
    half.stdout.close()
    assert whole_or_gone(persons, full) == 0
    assert Erasure.objects.count() == 0
    assert RetentionItem.objects.filter(state=ItemState.OPEN).count() == HOUSEHOLDS
    assert audit.verify(world.id).problems == ()
