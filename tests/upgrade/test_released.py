"""The schema of every release is kept, and each comes up to this program with all its rows."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import hilfefrei
from hilfefrei import secrets
from hilfefrei.backup import archive, engines, restoring
from hilfefrei.settings import database as addresses
from tests.upgrade.test_contracts import CONTRACTS, RELEASED, releases

ROOT = Path(__file__).resolve().parents[2]
GONE = {column for row in CONTRACTS for column in row.get("columns", [])}


def call(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    given = {"HILFEFREI_DATA": str(data), "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test"}
    return subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", *arguments],
        check=False, text=True, capture_output=True, cwd=ROOT, env=clean | given | more,
    )  # fmt: skip


def test_both_databases_of_every_release_are_kept_and_hold_something_of_everything() -> None:
    assert releases()
    for version in releases():
        for vendor in ("sqlite", "postgres"):
            file = RELEASED / f"{version}-{vendor}.sicherung"
            assert file.stat().st_size < 400_000
            with archive.Opened(file) as opened:
                opened.check()
                opened.require_keys(secrets.DEFAULTS)
                assert opened.manifest["program"] == version
                assert [t for t, count in opened.manifest["tables"].items() if not count] == []


def test_the_schema_of_this_version_is_kept() -> None:
    """Whoever raises the version keeps its schema with ``tests/upgrade/make.py``."""
    assert hilfefrei.__version__ in releases()


Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def read_sqlite(file: Path) -> Rows:
    found = {}
    with closing(sqlite3.connect(file)) as link:
        for (table,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            cursor = link.execute(f'SELECT * FROM "{table}"')
            found[table] = [c[0] for c in cursor.description], cursor.fetchall()
    return found


def read_postgres(url: str) -> Rows:
    found = {}
    with psycopg.connect(url) as link:
        for (table,) in link.execute(engines.TABLES).fetchall():
            cursor = link.execute(f'SELECT * FROM "{table}"')
            found[table] = [c.name for c in cursor.description or ()], cursor.fetchall()
    return found


def lost(before: Rows, after: Rows) -> list[str]:
    """Rows of ``before`` that ``after`` does not hold with the same values, but for columns listed as gone."""
    found = []
    for table, (columns, rows) in before.items():
        if f"{table}.*" in GONE or table == "django_migrations":
            continue
        if table not in after:
            found.append(f"{table} is gone")
            continue
        now, there = after[table]
        kept = [c for c in columns if f"{table}.{c}" not in GONE]
        if missing := [c for c in kept if c not in now]:
            found.append(f"{table} has lost {missing}")
            continue
        held = [tuple(repr(row[now.index(c)]) for c in kept) for row in there]
        found += [f"{table}: a row is gone or changed" for row in rows if tuple(repr(row[columns.index(c)]) for c in kept) not in held]
    return found


def up(data: Path, file: Path, url: str, read: Callable[[], Rows]) -> None:
    secrets.store(data / secrets.FILE_NAME, secrets.DEFAULTS)
    before = read()
    done = call(data, "upgrade", "--only-migrate", "--against", str(file), HILFEFREI_DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    after = read()
    assert lost(before, after) == []
    verified = call(data, "audit", "verify", HILFEFREI_DATABASE_URL=url)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Die Kette stimmt" in verified.stdout
    assert "ist auf dem Stand" in call(data, "upgrade", "--check", HILFEFREI_DATABASE_URL=url).stdout


@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", releases())
def test_a_released_postgres_schema_comes_up(version: str, empty_postgres: str, tmp_path: Path) -> None:
    file = RELEASED / f"{version}-postgres.sicherung"
    with archive.Opened(file) as opened, restoring.filling(addresses.parse(empty_postgres), opened, lambda _: None):
        pass
    up(tmp_path, file, empty_postgres, lambda: read_postgres(empty_postgres))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", releases())
def test_a_released_sqlite_schema_comes_up(version: str, tmp_path: Path) -> None:
    file, held = RELEASED / f"{version}-sqlite.sicherung", tmp_path / archive.DEMO_DATABASE
    with archive.Opened(file) as opened:
        restoring.unpack_sqlite(opened, held)
    up(tmp_path, file, f"sqlite:///{held}", lambda: read_sqlite(held))


def test_a_lost_row_is_seen() -> None:
    before: Rows = {"a": (["id", "x"], [(1, "eins"), (2, "zwei")])}
    assert lost(before, {"a": (["x", "id", "new"], [("zwei", 2, None), ("eins", 1, None)])}) == []
    assert lost(before, {}) == ["a is gone"]
    assert lost(before, {"a": (["id"], [(1,), (2,)])}) == ["a has lost ['x']"]
    assert lost(before, {"a": (["id", "x"], [(1, "eins"), (2, "drei")])}) == ["a: a row is gone or changed"]

