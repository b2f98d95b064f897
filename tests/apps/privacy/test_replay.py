"""After a restore what was deleted is deleted again, from the log beside the database."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import tasks
from hilfefrei.apps.privacy.models import Erasure
from tests.apps.privacy.lives import LATER, everything, found, mark, moment, rows_of
from tests.apps.privacy.test_runs import WORD, released
from tests.world import TODAY, World


class Restored(Exception):
    """Takes the database back to where it was, as a restore does; the file beside it stays."""


def test_a_restored_database_forgets_again(world: World, tmp_path: Path) -> None:
    person = everything(world)
    mark(person, WORD)
    held = rows_of(person)
    with pytest.raises(Restored), transaction.atomic():
        released(world)
        tasks.work(world.id, moment(LATER), tmp_path)
        assert rows_of(person) == set()
        raise Restored
    assert rows_of(person) == held
    assert tasks.behind(world.id, tmp_path)
    file = tasks.log_file(world.id, tmp_path)
    assert WORD not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0
    result = tasks.replay_file(world.id, moment(LATER), tmp_path)
    assert result.lines == result.applied == Erasure.objects.count()
    assert result.rows > len(held)
    assert rows_of(person) == set()
    assert found(WORD) == []
    verdict = audit.verify(world.id)
    assert verdict.problems == ()
    assert verdict.payloads_erased > 20
    # A second time there is nothing to do.
    again = tasks.replay_file(world.id, moment(LATER), tmp_path)
    assert (again.lines, again.applied, again.rows) == (result.lines, 0, 0)
    assert not tasks.behind(world.id, tmp_path)


def test_the_worker_replays_by_itself_before_anything_else_goes(world: World, tmp_path: Path) -> None:
    person = everything(world)
    with pytest.raises(Restored), transaction.atomic():
        released(world)
        tasks.work(world.id, moment(LATER), tmp_path)
        raise Restored
    assert tasks.work(world.id, moment(LATER), tmp_path) == 0
    assert not Person.objects.filter(pk=person).exists()


def test_a_line_cut_off_by_a_crash_is_written_again(world: World, tmp_path: Path) -> None:
    everything(world)
    released(world)
    tasks.work(world.id, moment(LATER), tmp_path)
    file = tasks.log_file(world.id, tmp_path)
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[: len(whole) - 40], encoding="utf-8")
    assert tasks.write_log(world.id, tmp_path) == 1
    assert tasks.read_log(file) == [json.loads(line) for line in whole.splitlines()]
    assert tasks.write_log(world.id, tmp_path) == 0


def test_a_log_found_late_is_replayed_beside_what_was_erased_meanwhile(world: World, tmp_path: Path) -> None:
    """Two erasures of one number: that of the lost database, and that of the restored one in which somebody worked on."""
    person = everything(world)
    with pytest.raises(Restored), transaction.atomic():
        released(world)
        tasks.work(world.id, moment(LATER), tmp_path / "alt")
        raise Restored
    old = tasks.log_file(world.id, tmp_path / "alt")
    released(world, TODAY + timedelta(days=200))
    tasks.work(world.id, moment(TODAY + timedelta(days=200)), tmp_path / "neu")
    meanwhile = Erasure.objects.count()
    assert meanwhile > 0
    result = tasks.replay_file(world.id, moment(LATER), tmp_path / "neu", file=old)
    assert result.applied == result.lines > meanwhile
    assert rows_of(person) == set()
    numbers = list(Erasure.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(tasks.read_log(tasks.log_file(world.id, tmp_path / "neu"))) == len(numbers)
    assert audit.verify(world.id).problems == ()
