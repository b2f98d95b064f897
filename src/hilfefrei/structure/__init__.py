"""All tables of an empty database at once, out of a snapshot of what the migrations make.

One after another they render the models hundreds of times. ``./hilfefrei structure`` writes the snapshots (``sqlite.sql``,
``postgresql.sql``) anew, a test wants them to be what the migrations make. A database in which anything stands is migrated.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FOLDER = Path(__file__).parent
# So begins a line of a snapshot that names a migration.
APPLIED = "-- applied: "
# The number is any that nobody else uses. Making takes a second or two; a page would give up sooner.
WAIT_FOR_EACH_OTHER = "SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(20261124)"


def migrate() -> None:
    """Bring the connected database to the state of this program. Raises DatabaseError."""
    if not _made():
        call_command("migrate", verbosity=0, interactive=False)


def _made() -> bool:
    """Whether the database was empty and now has everything; in one transaction, so that there is no half of it."""
    script = snapshot(connection.vendor)
    names = applied(script)
    if set(names) != on_disk():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(WAIT_FOR_EACH_OTHER)
        if connection.introspection.table_names(cursor, include_views=True):
            return False
        for statement in [script] if connection.vendor == "postgresql" else statements(script):
            cursor.execute(statement)
        recorder = MigrationRecorder(connection)
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in names)
        # Content types, permissions, triggers: as after every migrate.
        emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
    return True


def snapshot(vendor: str) -> str:
    """The snapshot for ``sqlite`` or ``postgresql``."""
    return (FOLDER / f"{vendor}.sql").read_text(encoding="utf-8")


def applied(script: str) -> list[tuple[str, str]]:
    """App and name of each migration in a snapshot, in the order in which they were applied."""
    lines = (line.removeprefix(APPLIED).partition(".") for line in script.splitlines() if line.startswith(APPLIED))
    return [(app, name) for app, _, name in lines]


def on_disk() -> set[tuple[str, str]]:
    """App and name of each migration of this program, and of those that one of them replaces."""
    found = MigrationLoader(None).disk_migrations
    return {*found, *(replaced for migration in found.values() for replaced in migration.replaces)}


def statements(script: str) -> Iterator[str]:
    """One by one: SQLite's own ``executescript`` would commit what came before."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
