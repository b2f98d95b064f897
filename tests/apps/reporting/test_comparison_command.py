"""``./hilfefrei comparison`` as the operator calls it: in a process of its own, on a database that others see."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.reporting.models import PublishedFigure, PublishedMapping, PublishedTable
from tests.apps.reporting.tables import july
from tests.support.server import Process
from tests.world import World, make

Run = Callable[..., tuple[int, dict[str, Any]]]
WIDE = "Schlüssel;Kreis;Quote\n3159;Göttingen;7,14\n3155;Northeim;viel\n".encode("cp1252")
COLUMNS = (
    "--mapping", "Quer", "--kind", "county", "--column", "place=Schlüssel", "--column", "name=Kreis", "--value", "period=2021",
    "--wide", "Quote=q_SGBII", "--source", "Landesamt",
)  # fmt: skip


@pytest.fixture
def house(transactional_db: None) -> Any:
    with scopes_disabled():
        made = make(password_hash=make_password("Eingang-2026!"))
    with scope(jobcenter=made.id):
        yield made


@pytest.fixture
def run(task_worker: Process, tmp_path: Path) -> Run:
    """Run the command on this test's copy of the database."""

    def finish(act: str, content: bytes, *more: str) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "k1.csv"
        file.write_bytes(content)
        command = [sys.executable, "-m", "hilfefrei.cli", "comparison", act, str(file), "--json", *more]
        done = subprocess.run(command, env=os.environ | task_worker.environment, text=True, capture_output=True, timeout=100, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    return finish


def everything() -> dict[str, int]:
    """All that a table may write."""
    return {model.__name__: model.objects.count() for model in (PublishedTable, PublishedFigure, PublishedMapping, Event)}


@pytest.mark.timeout(300)
def test_check_import_repeat_and_undo(house: World, run: Run) -> None:
    content = july(("23102", "-8,0"), ("23106", "-6,8"), ("77777x", "1"))
    before = everything()
    code, told = run("check", content)
    assert (code, told["state"], told["counts"]["new"], told["rejected"][0]["code"]) == (0, "differs", 2, "place")
    assert everything() == before
    code, told = run("import", content)
    assert (code, told["state"], told["counts"]["rejected"]) == (0, "applied", 1)
    applied = everything()
    assert (applied["PublishedFigure"], applied["PublishedTable"]) == (2, 1)
    code, told = run("import", content)
    assert (code, told["state"], told["counts"]["unchanged"]) == (0, "nothing", 2)
    assert everything() == applied
    code, told = run("undo", content)
    assert (code, told["state"]) == (0, "undone")
    assert not PublishedFigure.objects.exists()
    assert run("undo", content)[0] == 1
    assert audit.verify(house.id).problems == ()


@pytest.mark.timeout(300)
def test_columns_on_the_command_line_are_kept_and_bad_input_is_told(house: World, run: Run, tmp_path: Path) -> None:
    code, told = run("import", WIDE)
    assert (code, told["state"]) == (1, "columns")
    assert "Schlüssel, Kreis, Quote" in told["text"]
    code, told = run("import", WIDE, *COLUMNS)
    assert (code, told["code"]) == (1, "state_missing")
    assert PublishedMapping.objects.count() == 0
    rejects = tmp_path / "zurueck.csv"
    code, told = run("import", WIDE, *COLUMNS, "--state", "2024", "--rejects", str(rejects))
    assert (code, told["state"], told["source"], told["counts"]["new"], told["counts"]["rejected"]) == (0, "applied", "Landesamt", 1, 1)
    assert "keine Zahl" in rejects.read_text(encoding="utf-8-sig")
    assert run("check", WIDE, "--mapping", "Quer", "--state", "2024")[1]["counts"]["unchanged"] == 1
    assert run("check", WIDE, "--mapping", "Anders")[0] == 2
    assert run("check", WIDE, "--column", "ort=Schlüssel", "--mapping", "x")[0] == 2
    assert run("check", b"")[1]["code"] == "empty"
    code, told = run("import", b"x" * (50 * 1024 * 1024 + 5))
    assert (code, told["code"]) == (1, "too_big")
