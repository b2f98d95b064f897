"""A backup back into an empty place: checked before, filled in one transaction, checked after, and only then a data folder.

Everything is prepared in ``.ruecksicherung`` under the data folder, which is a whole data folder of its own, so that the checks run
with the settings of the restored installation. The keys are moved last: without them a folder is no installation.
"""

import importlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from hilfefrei import secrets
from hilfefrei.backup import BackupError, archive, engines
from hilfefrei.backup.archive import STAGING, Opened, Say

PACKAGE = Path(__file__).resolve().parents[1]
# Where the replay of erasures lives, if the program has one; see :func:`replay_erasures`.
ERASURES = "hilfefrei.apps.privacy.tasks"


def unknown_migrations(manifest: dict[str, Any]) -> list[str]:
    """Migrations of our own apps that the backup has and this program does not know: it is of a newer version."""
    known = {f"{f.parents[1].name}.{f.stem}" for f in PACKAGE.glob("apps/*/migrations/[0-9]*.py")}
    own = {f.name for f in (PACKAGE / "apps").iterdir() if f.is_dir()}
    return sorted(f"{app}.{name}" for app, name in manifest["migrations"] if app in own and f"{app}.{name}" not in known)


def require_ours(opened: Opened, keys: secrets.Secrets) -> None:
    """What the first page of a backup says: these keys, and nothing newer than this program. Raises BackupError."""
    opened.require_keys(keys)
    if unknown := unknown_migrations(opened.manifest):
        raise BackupError(
            f"Die Sicherung ist von einer neueren Fassung ({opened.manifest['program']}; {unknown[0]} ist hier unbekannt). "
            "Bitte zuerst das Programm auf diese Fassung bringen."
        )


def require_whole(opened: Opened, say: Say) -> None:
    """Every byte is the one that was written, and every path stays inside. Raises BackupError."""
    say("Prüfsummen")
    opened.check()
    for _ in opened.files():
        pass


def require_empty_folder(data: Path) -> None:
    """Raises BackupError unless nothing but an earlier, broken restore lies in ``data``."""
    if not data.exists():
        return
    there = sorted(f.name for f in data.iterdir() if f.name != STAGING)
    if there:
        raise BackupError(
            f"Der Ordner {data} ist nicht leer ({', '.join(there[:3])}). Zurückgesichert wird nur in einen leeren oder neuen: "
            "HILFEFREI_DATA=/anderer/ordner ./hilfefrei restore …"
        )


@contextmanager
def filling(config: dict[str, Any], opened: Opened, say: Say, *, aside: str = "") -> Iterator[engines.Connection]:
    """A transaction in which the backup stands in the database of ``config``; committed at the end of the block.

    The database must be empty; with ``aside`` what is there is kept in a schema of that name instead. Raises BackupError.
    """
    with closing(engines.connect(config)) as link:
        try:
            with link.transaction():
                if found := engines.others(link):
                    raise BackupError(
                        f"An der Datenbank „{config['NAME']}“ sind noch {found} andere Verbindungen offen. "
                        + ("Bitte den Betrieb zuerst beenden." if aside else "Zurückgesichert wird nur in eine leere: --database-url mit einer anderen.")
                    )
                if aside:
                    link.execute(psycopg.sql.SQL("ALTER SCHEMA public RENAME TO {}").format(psycopg.sql.Identifier(aside)))
                    link.execute("CREATE SCHEMA public")
                elif why := engines.occupied(link):
                    raise BackupError(
                        f"Die Datenbank „{config['NAME']}“ ist nicht leer: {why}. Zurückgesichert wird nur in eine leere: "
                        "--database-url mit einer anderen, --create legt sie an."
                    )
                else:
                    engines.clear(link)
                say("Tabellen füllen")
                engines.fill(link, opened.schema(), opened.manifest["tables"], opened.table, say)
                yield link
            link.autocommit = True
            link.execute("ANALYZE")
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError("Der Nutzer der Datenbank darf darin keine Tabellen anlegen. Ihm muss die Datenbank gehören.") from None
        except psycopg.Error as error:
            # Not the message: it quotes the row.
            raise BackupError(f"Die Datenbank nimmt die Sicherung nicht an ({type(error).__name__}). Sie ist so leer wie vorher.") from error


def unpack_files(opened: Opened, target: Path) -> int:
    """The files of the backup under ``target``; give how many. Readable by nobody else."""
    count = 0
    for member, path, mtime in opened.files():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unpack(opened, member, file)
        if mtime:
            os.utime(file, (mtime, mtime))
        count += 1
    return count


def unpack(opened: Opened, member: str, file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with opened.member(member) as source, os.fdopen(descriptor, "wb") as out:
        shutil.copyfileobj(source, out, engines.CHUNK)
        out.flush()
        os.fsync(out.fileno())


def unpack_sqlite(opened: Opened, file: Path) -> None:
    """The training database. Raises BackupError where it is damaged or its counts are not those of the backup."""
    unpack(opened, archive.SQLITE, file)
    try:
        with closing(sqlite3.connect(file)) as link:
            sound = link.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            counts = engines.tell_sqlite(link).tables if sound else {}
    except sqlite3.Error:
        sound, counts = False, {}
    if not sound or counts != opened.manifest["tables"]:
        raise BackupError(f"{opened.path.name} ist beschädigt: Die Datenbank darin ist nicht heil.")


def restore(
    path: Path,
    *,
    data: Path,
    keys: secrets.Secrets,
    config: dict[str, Any] | None,
    url: str,
    create: bool,
    passphrase: str,
    say: Say,
    then: Callable[[Path, dict[str, Any]], list[str]],
) -> dict[str, Any]:
    """Bring a backup back. ``config``: the empty PostgreSQL database (None for the training world, which is a file), made with ``create``.

    ``then(folder, manifest)`` checks what was restored, with ``folder`` as data folder; what it complains of undoes everything.
    Gives the manifest. Raises BackupError; then data folder and database are as empty as before.
    """
    with Opened(path, passphrase) as opened:
        manifest = opened.manifest
        require_ours(opened, keys)
        require_whole(opened, say)
        require_empty_folder(data)
        if (config is None) != (manifest["vendor"] == "sqlite"):
            raise BackupError(
                "Das ist eine Sicherung des Übungsbetriebs; sie geht nur in einen Übungsbetrieb zurück."
                if config is not None
                else "Diese Sicherung braucht eine PostgreSQL-Datenbank. Bitte mit --database-url angeben."
            )
        if config is not None and create and not engines.exists(config):
            engines.create(config)
            say(f"Datenbank „{config['NAME']}“ angelegt.")
        staging = data / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True, mode=0o700)
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, staging, ignore_errors=True)
            say(f"{unpack_files(opened, staging)} Dateien")
            if config is None:
                unpack_sqlite(opened, staging / archive.DEMO_DATABASE)
            else:
                with filling(config, opened, say):
                    pass
                undo.callback(_empty_again, config)
            secrets.store(staging / secrets.FILE_NAME, replace(keys, database_url=url))
            if problems := then(staging, manifest):
                raise BackupError("Zurückgesichert, aber nicht heil, darum wieder entfernt: " + "; ".join(problems))
            _move_up(staging, data)
            undo.pop_all()
        return manifest


def _empty_again(config: dict[str, Any]) -> None:
    with closing(engines.connect(config)) as link, link.transaction():
        engines.clear(link)


def _move_up(staging: Path, data: Path) -> None:
    """Out of the staging folder, the keys last."""
    for entry in sorted(staging.iterdir(), key=lambda f: f.name == secrets.FILE_NAME):
        entry.rename(data / entry.name)
    staging.rmdir()


# --- after it stands there --------------------------------------------------------------------------------------------


def problems_of(manifest: dict[str, Any], *, exact: bool = True) -> list[str]:
    """What is wrong with the database that Django is connected to, measured against ``manifest``; empty where all is well.

    Counts per table (``exact``; otherwise at least as many rows), triggers, every chain with the head of the backup as its anchor, and,
    where it was brought back from a file (``exact``), the seals of the accesses.
    """
    from django.db import connection  # noqa: PLC0415 - Django is set up for what was restored, not before
    from django_scopes import scope  # noqa: PLC0415 - the same

    from hilfefrei.apps.audit import domain, triggers  # noqa: PLC0415 - the same

    found = []
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table, count in manifest["tables"].items():
            if table not in there:
                found += [f"Die Tabelle „{table}“ fehlt"] if exact else []
                continue
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own manifest
            rows = cursor.fetchone()[0]
            if rows != count and (exact or (rows < count and table != "audit_accessevent")):
                found.append(f"„{table}“ hat {rows} Zeilen statt {count}")
    if lost := triggers.missing():
        found.append(f"Schutzregeln fehlen: {', '.join(sorted(lost))}")
    for house, head in manifest["chains"].items():
        with scope(jobcenter=house):
            found += domain.verify(house, anchor=(head["seq"], head["hash"]) if head["seq"] else None, seals=exact).problems
    return found


def replay_erasures(data: Path, log: Path | None, now: datetime) -> int | None:
    """Erase again what was erased after the backup was made; give how many, None where this program has no erasures.

    ``log``: the log of erasures as it is now (a file, or a folder with one for each Jobcenter); it takes the place of the one in the
    backup, which is as old as its database. Needed of :data:`ERASURES`: ``log_file(jobcenter_id, data) -> Path`` and
    ``replay_file(jobcenter_id, now, data)``, called in the scope of the Jobcenter, whose result says ``applied``. It changes nothing the
    second time, as the log begins long before the backup. Raises BackupError where ``log`` cannot be read.
    """
    from django_scopes import scope  # noqa: PLC0415 - only with Django set up

    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - the same

    try:
        hook = importlib.import_module(ERASURES)
    except ModuleNotFoundError as error:
        if error.name is None or not ERASURES.startswith(error.name):
            raise
        if log is not None:
            raise BackupError("Dieses Programm kennt noch keine Löschungen, die nachzuholen wären. Bitte ohne --erasures.") from None
        return None
    done = 0
    for house in Jobcenter.objects.order_by("pk").values_list("pk", flat=True):
        with scope(jobcenter=house):
            if log is not None:
                given, target = log / f"{house}.jsonl" if log.is_dir() else log, hook.log_file(house, data)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                try:
                    shutil.copyfile(given, target)
                except OSError as error:
                    raise BackupError(f"{given} lässt sich nicht lesen ({error.strerror}).") from error
                target.chmod(0o600)
            done += hook.replay_file(house, now, data).applied
    return done
