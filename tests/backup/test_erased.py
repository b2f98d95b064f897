"""The drill with a real erasure log: what two people let go after the backup is gone again when the backup comes back."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django_scopes import scope

from hilfefrei.apps.privacy import holdings, tasks
from hilfefrei.apps.privacy.domain import rights
from hilfefrei.apps.privacy.models import Erasure
from hilfefrei.apps.privacy.workflows import HoldKind
from hilfefrei.backup import archive
from tests.apps.privacy.lives import LATER, everything, mark, moment, rows_of
from tests.apps.privacy.test_runs import released
from tests.backup.conftest import House
from tests.backup.test_drill import rows, said_by
from tests.world import TODAY, at

WORD, STAYS = "Zaunwicke", "Mauerraute"


def _copied(house: House) -> None:
    """On SQLite the folder holds a copy of the database that the test is connected to: make it anew."""
    if house.vendor == "sqlite":
        (house.data / archive.DEMO_DATABASE).unlink()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(house.data / archive.DEMO_DATABASE)])


def _lives(house: House) -> tuple[UUID, UUID]:
    """Somebody whose file is over in :data:`LATER`, and somebody whose file is held back."""
    with scope(jobcenter=house.world.id):
        gone = everything(house.world)
        mark(gone, WORD)
        stays = house.world.person("Tarek", STAYS)
        rights.hold(
            actor=house.world.actor("data_protection"), at=at(10), person_id=stays.pk, kind=HoldKind.COMPLAINT, cause="B 4/26", limit=False
        )
    return gone, stays.pk


def _erased(house: House) -> Path:
    """Two runs as they are done (fields and rows, then the whole file): asked for, looked at, released by a second one; gives the log."""
    with scope(jobcenter=house.world.id):
        for day in (TODAY + timedelta(days=800), LATER):
            released(house.world, day)
            while tasks.work(house.world.id, moment(day), house.data):
                pass
        return tasks.log_file(house.world.id, house.data)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["with the restore", "by hand afterwards"])
def test_what_was_erased_after_the_backup_is_erased_again(house: House, how: str) -> None:
    gone, stays = _lives(house)
    _copied(house)
    saved, keys = house.back_up()
    log = _erased(house)
    with scope(jobcenter=house.world.id):
        assert rows_of(gone) == set()
        logged = list(Erasure.objects.order_by("number").values_list("pk", "number", "table", "row_ids", "fields"))
        left = {label: model._default_manager.count() for label, model in holdings.tables().items()}
    assert len(logged) > 20
    assert any(fields for *_, fields in logged)
    assert WORD not in log.read_text(encoding="utf-8")

    new = house.tmp / "neu"
    with_log = ("--erasures", str(log)) if how == "with the restore" else ()
    done = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), *with_log, data=new)
    assert done.returncode == 0, done.stderr
    if with_log:
        assert f"Löschungen nachgeholt: {len(logged)}" in done.stdout
    else:
        assert "Löschungen nachgeholt: 0" in done.stdout
        assert WORD in repr(rows(house, new)["people_person"]), "the old state stands there until the log is read"
        again = house.run("erasure", "replay", "--file", str(log), "--json", data=new)
        assert again.returncode == 0, again.stderr
        told = json.loads(again.stdout)
        assert (told["lines"], told["applied"]) == (len(logged), len(logged))
        assert told["rows"] > 20
    after = rows(house, new)
    assert WORD not in repr(after)
    assert gone.hex not in repr(after["people_person"]).replace("-", "")
    assert stays.hex in repr(after["people_person"]).replace("-", "")
    assert STAYS in repr(after["people_person"]), "nobody else goes"
    for label, model in holdings.tables().items():
        assert len(after[model._meta.db_table]) == left[label], label
    assert len(after["privacy_erasure"]) == len(logged)
    said = said_by(house, new)
    assert "Die Kette stimmt" in said
    assert "Inhalte gelöscht" in said
    mine = tasks.log_file(house.world.id, new)
    assert mine.read_bytes() == log.read_bytes(), "the log of this installation goes on where it was"
    assert mine.stat().st_mode & 0o077 == 0

    # A second time nothing is left to do, neither by hand nor by the background service.
    again = house.run("erasure", "replay", "--json", data=new)
    assert json.loads(again.stdout) == {"lines": len(logged), "applied": 0, "rows": 0}
    assert len(rows(house, new)["privacy_erasure"]) == len(logged)
