"""To the state of a newer program, and back: plan, dry run on a copy, backup, migration, proof."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import hilfefrei
from hilfefrei.backup import BackupError, archive, engines, restoring
from hilfefrei.backup.archive import Opened, Say, Source

STATE = "upgrade.json"
FOLDER = "vor-upgrade"
# Rows a second, measured with `./hilfefrei bench upgrade` on two busy cores and rounded down: a plan should not promise too much.
REBUILT_PER_SECOND = 60_000
VERIFIED_PER_SECOND = 7_000
SAVED_PER_SECOND = 80_000
# A guess: what a migration thinks about its rows is known only by trying (--copy).
THOUGHT_ABOUT_PER_SECOND = 3_000


@dataclass(frozen=True)
class Step:
    """One migration that is still to come; ``rows`` are those of the tables that it rewrites or walks through."""

    name: str
    what: tuple[str, ...]
    rows: int
    seconds: float


def estimate() -> tuple[list[Step], float]:
    """What is to come, and the seconds for backup, migration and proof. Raises BackupError where the database is newer than the program."""
    from django.apps import apps  # noqa: PLC0415 - only with Django set up
    from django.db import connection  # noqa: PLC0415 - the same
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - the same

    executor = MigrationExecutor(connection)
    replaced = {name for node in executor.loader.replacements.values() for name in node.replaces}
    if unknown := sorted(set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations) - replaced):
        raise BackupError(
            f"Die Datenbank ist neuer als das Programm ({'.'.join(unknown[0])} ist hier unbekannt). "
            "Bitte das neuere Programm einspielen, oder mit dem neueren ./hilfefrei upgrade --back"
        )
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of the catalogue
            counts[table] = cursor.fetchone()[0]
    steps = []
    for migration in plan:
        what, rows, seconds = [], 0, 0.0
        for operation in migration.operations:
            what.append(operation.describe())
            kind, model = type(operation).__name__, getattr(operation, "model_name", None)
            if kind.startswith("Run"):
                # Whatever it does, it does it to this app.
                touched = sum(n for table, n in counts.items() if table.startswith(f"{migration.app_label}_"))
                rows, seconds = max(rows, touched), seconds + touched / THOUGHT_ABOUT_PER_SECOND
            elif model is not None:
                table = f"{migration.app_label}_{model}".lower()
                with suppress(LookupError):
                    table = apps.get_model(migration.app_label, model)._meta.db_table  # noqa: SLF001 - documented by Django
                rows, seconds = max(rows, counts.get(table, 0)), seconds + counts.get(table, 0) / REBUILT_PER_SECOND
        steps.append(Step(f"{migration.app_label}.{migration.name}", tuple(what), rows, seconds))
    whole = sum(counts.values())
    rest = whole / SAVED_PER_SECOND + counts.get("audit_event", 0) / VERIFIED_PER_SECOND
    return steps, sum(step.seconds for step in steps) + rest


def migrate() -> float:
    """Bring the connected database to the state of this program; gives the seconds. Raises BackupError where a migration fails."""
    from django.conf import settings  # noqa: PLC0415 - only with Django set up
    from django.core.management import call_command  # noqa: PLC0415 - the same
    from django.db import DatabaseError  # noqa: PLC0415 - the same

    began = time.monotonic()
    try:
        call_command("migrate", verbosity=0, interactive=False)
        if "cache" in str(settings.CACHES["default"].get("LOCATION", "")):
            call_command("createcachetable", verbosity=0)
    except (DatabaseError, ValueError) as error:
        # The type only: a message may quote a row.
        raise BackupError(f"Eine Umstellung ist gescheitert ({type(error).__name__}). Zurück: ./hilfefrei upgrade --back") from error
    return time.monotonic() - began


def upgrade(source: Source, folder: Path, *, now: datetime, say: Say) -> dict[str, Any]:
    """Backup, migration, proof. Gives the manifest of the backup. Raises BackupError; the way back is then :func:`back`."""
    from django.db import connection  # noqa: PLC0415 - only with Django set up

    connection.close()
    with _alone(source):
        made = archive.make(source, folder, keys_folder=None, passphrase="", keep=0, now=now, say=say)
        say(f"Gesichert: {made.file}")
        state = {"from": made.manifest["program"], "to": hilfefrei.__version__, "at": now.isoformat(), "backup": str(made.file.resolve())}
        draft = source.data / f"{STATE}{archive.DRAFT_SUFFIX}"
        draft.write_text(json.dumps(state, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(source.data / STATE)
        say("Umstellen")
        say(f"umgestellt in {migrate():.1f} s".replace(".", ","))
        say("Nachrechnen: Zeilen, Schutzregeln, Kette")
        if problems := restoring.problems_of(made.manifest, exact=False):
            raise BackupError("Umgestellt, aber nicht heil: " + "; ".join(problems) + ". Zurück: ./hilfefrei upgrade --back")
    return made.manifest


@contextmanager
def _alone(source: Source) -> Iterator[None]:
    """Nobody else is connected. Raises BackupError where somebody is."""
    if not source.is_sqlite:
        with closing(engines.connect(source.config, autocommit=True)) as link:
            if found := engines.others(link):
                raise BackupError(f"An der Datenbank sind noch {found} andere Verbindungen offen. Bitte den Betrieb zuerst beenden.")
    yield


def try_on_copy(source: Source, folder: Path, url: str, config: dict[str, Any], *, now: datetime, say: Say) -> float:
    """Migrate a copy and prove it; gives the seconds of the migration. ``config`` and ``url`` name the empty copy. People go on working."""
    if source.is_sqlite:
        Path(config["NAME"]).unlink(missing_ok=True)
        engines.copy_sqlite(Path(source.config["NAME"]), Path(config["NAME"]))
        manifest = None
    else:
        made = archive.make(source, folder, keys_folder=None, passphrase="", keep=0, now=now, say=say)
        with Opened(made.file) as opened, restoring.filling(config, opened, say):
            manifest = made.file
    command = [sys.executable, "-m", "hilfefrei.cli", "upgrade", "--only-migrate", *(["--against", str(manifest)] if manifest else [])]
    done = subprocess.run(command, env=os.environ | {"HILFEFREI_DATABASE_URL": url}, check=False, text=True, capture_output=True)
    if manifest:
        manifest.unlink()
    if done.returncode:
        raise BackupError(f"An der Kopie gescheitert, am Bestand ist nichts geändert: {done.stderr.strip()}")
    return float(done.stdout.split()[-1])


def back(source: Source, *, now: datetime, say: Say) -> dict[str, Any]:
    """The backup of the last upgrade in place of what stands there, which is kept aside. Gives the noted state. Raises BackupError.

    Knows nothing of the tables' meaning: the old and the new program can do it.
    """
    file = source.data / STATE
    try:
        state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        path = Path(state["backup"])
    except (OSError, ValueError, KeyError):
        raise BackupError("Hier wurde noch kein upgrade gemacht, es gibt kein Zurück. Eine andere Sicherung: ./hilfefrei restore") from None
    stamp = f"{now:%Y%m%d_%H%M%S}"
    with Opened(path) as opened:
        opened.require_keys(source.keys)
        say("Prüfsummen")
        opened.check()
        if source.is_sqlite:
            restored = source.data / f"zurueck{archive.DRAFT_SUFFIX}"
            restoring.unpack_sqlite(opened, restored)
            held = Path(source.config["NAME"])
            with closing(engines.sqlite3.connect(held)) as link:
                link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for ending in ("-wal", "-shm"):
                held.with_name(held.name + ending).unlink(missing_ok=True)
            held.rename(held.with_name(f"{held.name}.verworfen-{stamp}"))
            restored.rename(held)
        else:
            with restoring.filling(source.config, opened, say, aside=f"verworfen_{stamp}"):
                pass
        _files_back(opened, source.data, stamp)
    file.rename(file.with_name(f"upgrade-verworfen-{stamp}.json"))
    return state


def _files_back(opened: Opened, data: Path, stamp: str) -> None:
    """What the backup held and is gone comes back, what came since stays; anchors younger than the chain step aside."""
    for anchor in (data / "anchors").glob("*.jsonl"):
        anchor.rename(anchor.with_name(f"{anchor.name}.verworfen-{stamp}"))
    for member, path, _ in opened.files():
        target = data / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            restoring.unpack(opened, member, target)
