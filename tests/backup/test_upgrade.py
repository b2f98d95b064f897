"""From an older database to this program and back, with the command, on both databases."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from hilfefrei.backup import archive, upgrading
from tests.backup.conftest import House

# The newest step of one app that can be taken back: what the release before did not have.
OLDER = ("reporting", "0001_comparison")
STEP = "reporting.0002_month"


def older(house: House) -> None:
    """Take the house back to the state of the release before."""
    connection.close()
    done = house.run("manage", "migrate", *OLDER)
    assert done.returncode == 0, done.stderr


def execute(house: House, statement: str) -> list[tuple[object, ...]]:
    if house.vendor == "sqlite":
        with closing(sqlite3.connect(house.data / archive.DEMO_DATABASE)) as link:
            found = link.execute(statement).fetchall()
            link.commit()
            return found
    with psycopg.connect(house.url, autocommit=True) as link:
        cursor = link.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def applied(house: House) -> bool:
    return bool(execute(house, "SELECT 1 FROM django_migrations WHERE app = 'reporting' AND name = '0002_month'"))


def upgrade(house: House, *more: str) -> subprocess.CompletedProcess[str]:
    return house.run("upgrade", *more)


@pytest.mark.timeout(300)
def test_there_and_back(house: House) -> None:
    older(house)
    before = execute(house, "SELECT seq, hash FROM audit_event ORDER BY seq")
    plan = upgrade(house, "--check")
    assert plan.returncode == 0, plan.stderr
    assert f"{STEP}: Create model" in plan.stdout
    assert "Nichts geändert" in plan.stdout
    assert not applied(house)

    done = upgrade(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "umgestellt in" in done.stdout
    assert applied(house)
    assert execute(house, "SELECT seq, hash FROM audit_event ORDER BY seq") == before
    assert "Die Kette stimmt" in house.run("audit", "verify").stdout
    state = json.loads((house.data / upgrading.STATE).read_text(encoding="utf-8"))
    assert Path(state["backup"]).parent == house.data / upgrading.FOLDER
    again = upgrade(house)
    assert again.returncode == 0
    assert "auf dem Stand des Programms" in again.stdout

    # Work goes on, then back: what was done since is kept aside.
    execute(house, "UPDATE org_team SET name = 'Nach dem Upgrade' WHERE name = 'Leistung'")
    (house.data / "ausgang" / "neu.json").write_text("{}", encoding="utf-8")
    (house.data / "ausgang" / "x.json").unlink()
    back = upgrade(house, "--back")
    assert back.returncode == 0, back.stdout + back.stderr
    assert not applied(house)
    assert execute(house, "SELECT count(*) FROM org_team WHERE name = 'Leistung'") == [(1,)]
    assert (house.data / "ausgang" / "neu.json").exists(), "what came since stays"
    assert (house.data / "ausgang" / "x.json").exists(), "what was collected since comes back with its row"
    assert execute(house, "SELECT seq, hash FROM audit_event ORDER BY seq") == before
    if house.vendor == "postgres":
        (name,) = execute(house, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'verworfen%'")
        assert execute(house, f"SELECT count(*) FROM {name[0]}.org_team WHERE name = 'Nach dem Upgrade'") == [(1,)]
    else:
        (aside,) = house.data.glob(f"{archive.DEMO_DATABASE}.verworfen-*")
        with closing(sqlite3.connect(aside)) as link:
            assert link.execute("SELECT count(*) FROM org_team WHERE name = 'Nach dem Upgrade'").fetchone() == (1,)
    twice = upgrade(house, "--back")
    assert twice.returncode == 1
    assert "kein Zurück" in twice.stderr
    # And forward again, from what came back.
    assert upgrade(house).returncode == 0
    assert applied(house)
    assert "Die Kette stimmt" in house.run("audit", "verify").stdout


@pytest.mark.timeout(240)
def test_a_step_that_fails_leaves_the_way_back(house: House) -> None:
    older(house)
    before = execute(house, "SELECT seq, hash FROM audit_event ORDER BY seq")
    table = "reporting_month"
    names = [t for (t,) in execute(house, _tables(house))]
    upgraded = upgrade(house, "--check").stdout
    assert STEP in upgraded
    table = next(f"reporting_{w}" for w in _made_models(upgraded) if f"reporting_{w}" not in names)
    execute(house, f"CREATE TABLE {table} (a integer)")
    done = upgrade(house)
    assert done.returncode == 1
    assert "Zurück: ./hilfefrei upgrade --back" in done.stderr
    assert "Traceback" not in done.stderr
    assert not applied(house)
    assert upgrade(house, "--back").returncode == 0
    assert execute(house, "SELECT seq, hash FROM audit_event ORDER BY seq") == before
    assert "Die Kette stimmt" in house.run("audit", "verify").stdout


def _tables(house: House) -> str:
    if house.vendor == "sqlite":
        return "SELECT name FROM sqlite_master WHERE type = 'table'"
    return "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def _made_models(plan: str) -> list[str]:
    line = next(line for line in plan.splitlines() if line.startswith(STEP))
    return [part.split()[-1].strip("().").lower() for part in line.split(";") if "Create model" in part]


@pytest.mark.timeout(240)
def test_the_dry_run_on_a_copy_changes_nothing(house: House) -> None:
    older(house)
    if house.vendor == "postgres":
        with psycopg.connect(house.url, autocommit=True) as link:
            link.execute(f'CREATE DATABASE "{house.name("kopie")}"'.encode())
        url = house.address("kopie")
        own = upgrade(house, "--copy", house.url)
        assert own.returncode == 1
        assert "Das ist der Bestand selbst" in own.stderr
    else:
        url = "hier"
    done = upgrade(house, "--copy", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "An der Kopie geprüft" in done.stdout
    assert not applied(house)
    assert not (house.data / upgrading.STATE).exists()
    if house.vendor == "postgres":
        with psycopg.connect(url) as link:
            assert link.execute("SELECT 1 FROM django_migrations WHERE name = '0002_month' AND app = 'reporting'").fetchone()


@pytest.mark.timeout(240)
def test_nobody_works_while_the_tables_change(house: House) -> None:
    older(house)
    if house.vendor == "postgres":
        with psycopg.connect(house.url) as other:
            other.execute("SELECT 1")
            done = upgrade(house)
    else:
        import fcntl

        with (house.data / "demo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = upgrade(house)
    assert done.returncode == 1
    assert "andere Verbindungen offen" in done.stderr or "läuft der Übungsbetrieb schon" in done.stderr
    assert not applied(house)


@pytest.mark.timeout(240)
def test_a_database_of_a_newer_program_is_left_alone(house: House) -> None:
    connection.close()
    execute(house, "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', CURRENT_TIMESTAMP)")
    for more in ((), ("--check",)):
        done = upgrade(house, *more)
        assert done.returncode == 1
        assert "neuer als das Programm" in done.stderr
        assert "people.9999_later" in done.stderr
