"""``./hilfefrei accounts``: the list of staff closes who has gone, and nobody by a slip."""

import argparse
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from hilfefrei import commands, leaving
from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.org.models import Position
from hilfefrei.core import clock
from tests.world import World


def run(*arguments: str) -> int:
    options, _ = commands.parse(["accounts", *arguments])
    assert isinstance(options, argparse.Namespace)
    return leaving.run(options)


def listed(folder: Path, world: World, *without: str) -> str:
    file = folder / "beschaeftigte.csv"
    names = [u.username for key, u in world.users.items() if key not in without]
    file.write_text("Name;Anmeldename\n" + "".join(f"x;{name}\n" for name in names), encoding="utf-8-sig")
    return str(file)


def test_compares_first_and_closes_when_told(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = listed(tmp_path, world, "buyer")
    assert run("sync", file) == 0
    assert "schließen: buyer" in capsys.readouterr().out
    assert User.objects.get(username="buyer").is_active
    inside = Client()
    inside.force_login(world.users["buyer"])
    assert inside.get("/konto/").status_code == 200
    assert run("sync", file, "--apply") == 0
    assert not LoginSession.objects.filter(user=world.users["buyer"]).exists()
    assert not Session.objects.filter(session_key=inside.cookies[settings.SESSION_COOKIE_NAME].value).exists(), "at once"
    user = User.objects.get(username="buyer")
    assert (user.is_active, user.closed_because) == (False, Closed.LIST)
    assert Position.objects.get(holder=user).valid_to == clock.today() - timedelta(days=1)
    assert run("sync", file, "--apply") == 0, "again: nothing more to do"
    assert run("open", "buyer") == 0
    assert User.objects.get(username="buyer").is_active
    assert inside.get("/konto/").status_code == 302, "and for good"


def test_a_slip_closes_nobody(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = listed(tmp_path, world, *[key for key in world.users if key not in {"operator", "director"}])
    assert run("sync", few, "--apply") == 1
    assert "unglaubhaft" in capsys.readouterr().err
    empty = tmp_path / "leer.csv"
    empty.write_text("anmeldename\n", encoding="utf-8")
    assert run("sync", str(empty), "--apply", "--anyway") == 1
    no_operator = listed(tmp_path, world, "operator")
    assert run("sync", no_operator, "--apply", "--anyway") == 1
    assert User.objects.filter(is_active=False).count() == 0


@pytest.mark.parametrize("content", ["name\nx\n", "", "\x00"])
def test_a_file_without_the_column_is_a_sentence(world: World, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text(content, encoding="utf-8")
    assert run("sync", str(file)) == 2
    assert "fehlt die Spalte" in capsys.readouterr().err
    assert run("sync", str(tmp_path / "gibt-es-nicht.csv")) == 2


def test_unused_logins_are_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.filter(username="buyer").update(last_login=clock.now() - timedelta(days=100))
    User.objects.filter(username="bca").update(last_login=clock.now() - timedelta(days=10))
    assert run("unused") == 0
    out = capsys.readouterr().out
    assert "buyer" in out
    assert "bca" not in out
    assert run("open", "niemand") == 2
