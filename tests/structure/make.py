"""``./hilfefrei structure``: run all migrations on both databases and keep what they made as SQL (``src/hilfefrei/structure``)."""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

os.environ.setdefault("HILFEFREI_NOW", "2026-11-24T09:42:00")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hilfefrei.settings.test")

import django
from django.core.management import call_command
from django.db import connection

from hilfefrei import structure
from hilfefrei.backup import engines
from hilfefrei.settings import database as addresses

HEAD = "-- What the migrations make of an empty database. Written by ./hilfefrei structure, never by hand.\n"
SKIPPED = ("BEGIN TRANSACTION;", "COMMIT;", 'DELETE FROM "sqlite_sequence"', 'INSERT INTO "sqlite_sequence"')
# These are filled in each database anew.
FILLED = tuple(f'INSERT INTO "{table}"' for table in engines.BOOKKEEPING)
NAMES = "SELECT app, name FROM django_migrations ORDER BY id"


def of_sqlite(file: Path) -> str:
    """The snapshot of a migrated SQLite file."""
    with closing(sqlite3.connect(file)) as link:
        lines = [line for line in link.iterdump() if not line.startswith((*SKIPPED, *FILLED))]
        lines.sort(key=lambda line: (not line.startswith("CREATE TABLE"), not line.startswith("INSERT"), line))
        return text(link.execute(NAMES).fetchall(), lines)


def of_postgres(url: str) -> str:
    """The snapshot of a migrated PostgreSQL database. Raises BackupError where something in it cannot be carried."""
    with closing(engines.connect(addresses.parse(url))) as link:
        made = engines.schema(link)
        names = [table for table in made["tables"] if table not in engines.BOOKKEEPING]
        held = [line for table in names for line in rows(link, table, made["columns"][table], made["identities"].get(table))]
        before = ["SET LOCAL check_function_bodies = off", *made["functions"], *made["tables"].values()]
        return text(link.execute(NAMES).fetchall(), [*map(anywhere, before), *held, *map(anywhere, made["after"])])


def anywhere(line: str) -> str:
    """A statement for whatever schema comes first where it is loaded, as the migrations do it."""
    line = re.sub(r"\bpublic\.", "", line).rstrip() + ";"
    # Read back as it stands, PostgreSQL would note each word of a list as cast, not the list.
    return line.replace("])::text[]", "]::character varying[])::text[]")


def rows(link: engines.Connection, table: str, columns: list[str], identity: list[object] | None) -> Iterator[str]:
    """What migrations put into a table."""
    (values,) = link.execute(f'SELECT quote_literal(json_agg(t)::text) FROM "{table}" t'.encode()).fetchone() or (None,)
    if values:
        names = ", ".join(f'"{name}"' for name in columns)
        yield f'INSERT INTO "{table}" ({names}) SELECT {names} FROM json_populate_recordset(NULL::"{table}", {values});'
        if identity:
            name, last, called = identity
            yield f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{name}'), {last}, {str(called).lower()});"


def text(names: list[tuple[str, str]], lines: list[str]) -> str:
    """A snapshot of its parts."""
    return HEAD + "".join(f"{structure.APPLIED}{app}.{name}\n" for app, name in names) + "\n" + "\n".join(lines) + "\n"


def main() -> None:
    from tests.support import databases

    django.setup()
    run = databases.open_run()
    try:
        held = databases.Databases(run, "structure")
        held._connect(f"sqlite:///{run / 'structure.sqlite3'}")
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
        made = {"sqlite": of_sqlite(run / "structure.sqlite3")}
        with held.empty_postgres() as url:
            held._connect(url)
            call_command("migrate", verbosity=0, interactive=False)
            connection.close()
            made["postgresql"] = of_postgres(url)
    finally:
        databases.close_run(run)
    for vendor, script in made.items():
        (structure.FOLDER / f"{vendor}.sql").write_text(script, encoding="utf-8")
        print(f"src/hilfefrei/structure/{vendor}.sql: {len(structure.applied(script))} Migrationen")


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]
    main()
