"""The room itself: what it forbids is forbidden, what it hands out is fresh."""

import http.client
import os
import random
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.template import engines
from playwright.sync_api import Page

from hilfefrei.apps.audit import triggers
from hilfefrei.settings.test import UndefinedVariable
from tests.support.databases import PREFIX, open_run
from tests.support.server import Server
from tests.support.strict import NetworkForbiddenError


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_no_way_out(address: tuple[str, int]) -> None:
    with pytest.raises(NetworkForbiddenError):
        socket.create_connection(address, timeout=1)


def test_a_variable_that_nobody_gave_fails() -> None:
    with pytest.raises(UndefinedVariable, match="nobody"):
        engines["django"].from_string("{{ nobody }}").render({})


@pytest.mark.django_db
def test_an_order_nobody_asked_for_is_none() -> None:
    random.seed(1)
    seen = {tuple(ContentType.objects.values_list("pk", flat=True)) for _ in range(4)}
    assert len(seen) > 1
    assert len({tuple(ContentType.objects.order_by("pk").values_list("pk", flat=True)) for _ in range(4)}) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_afterwards(turn: int) -> None:
    assert not ContentType.objects.filter(app_label="room").exists(), turn
    ContentType.objects.create(app_label="room", model="left_behind")


def test_both_databases_carry_the_triggers_of_the_record(database: str) -> None:
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[database]
    assert triggers.missing() == set()


@pytest.mark.django_db
def test_sqlite_runs_with_the_pragmas_of_the_house() -> None:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        values = {}
        for name in ("journal_mode", "recursive_triggers", "foreign_keys"):
            cursor.execute(f"PRAGMA {name}")
            values[name] = cursor.fetchone()[0]
    assert values == {"journal_mode": "wal", "recursive_triggers": 1, "foreign_keys": 1}


def _status(server: Server, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as client:
        client.request("GET", path)
        with client.getresponse() as answer:
            return answer.status


def test_the_server_is_real_and_survives_a_pulled_plug(server: Server) -> None:
    before = server.pid
    assert _status(server, "/anmelden/") == 200
    server.kill()
    with pytest.raises(OSError, match=r"refused|reset"):
        _status(server, "/anmelden/")
    server.restart()
    assert server.pid != before
    assert _status(server, "/anmelden/") == 200


def test_the_browser_sees_a_page_without_findings(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/anmelden/")
    assert page.get_by_role("heading", level=1).is_visible()
    axe(page)


def test_a_killed_run_is_cleared_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("HILFEFREI_TEST_RUN")
    ended = subprocess.Popen(["true"])
    ended.wait()
    left_behind = tmp_path / f"{PREFIX}run-{ended.pid}-x"
    left_behind.mkdir()
    alive = tmp_path / f"{PREFIX}run-{os.getppid()}-x"
    alive.mkdir()
    monkeypatch.setenv("HILFEFREI_TEST_RUN", "")
    run = open_run()
    assert run.parent == tmp_path
    assert not left_behind.exists()
    assert alive.exists()


def test_killing_is_sigkill(server: Server) -> None:
    assert server.kill() == -signal.SIGKILL
