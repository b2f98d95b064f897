"""The command line of backup, restore and upgrade. Exit codes: 0 done, 1 refused or damaged, 2 wrong command line."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hilfefrei
from hilfefrei import secrets
from hilfefrei.backup import BackupError, archive, noted, restoring, upgrading
from hilfefrei.core import clock
from hilfefrei.core.money import group_thousands
from hilfefrei.settings import database

Say = Callable[[str], Any]


def installation(data: Path) -> archive.Source:
    """What lies in ``data``. Raises BackupError where there is nothing, SecretsError for keys that cannot be used."""
    file = data / secrets.FILE_NAME
    if not file.exists():
        raise BackupError(secrets.nothing_in(data))
    keys = secrets.load(file)
    url = os.environ.get("HILFEFREI_DATABASE_URL") or keys.database_url or f"sqlite:///{data / archive.DEMO_DATABASE}"
    return archive.Source(data, keys, _parsed(url))


def _parsed(url: str) -> dict[str, Any]:
    try:
        return database.parse(url)
    except ValueError as error:
        raise BackupError(str(error)) from None


def _passphrase(options: argparse.Namespace) -> str:
    if not options.passphrase_file:
        return ""
    file = Path(options.passphrase_file)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"Die Datei {file} lässt sich nicht lesen ({getattr(error, 'strerror', None) or 'kein Text'}).") from error
    if not lines or not lines[0]:
        raise BackupError(f"In der ersten Zeile von {file} steht kein Passwort.")
    return lines[0]


def _told(manifest: dict[str, Any]) -> str:
    rows = group_thousands(sum(manifest["tables"].values()))
    names = ", ".join(name for _, name in manifest["houses"]) or "ohne Jobcenter"
    return f"{names}: {rows} Zeilen in {len(manifest['tables'])} Tabellen, Stand {manifest['made_at'][:19].replace('T', ' ')} UTC, Fassung {manifest['program']}"


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s".replace(".", ",")


def backup(options: argparse.Namespace, data: Path, say: Say) -> int:
    """Make or verify a backup."""
    began = time.monotonic()
    if options.where[0] == "verify":
        if len(options.where) != 2:
            sys.stderr.write("Es fehlt die Datei: ./hilfefrei backup verify DATEI\n")
            return 2
        passphrase = _passphrase(options)
        with archive.Opened(Path(options.where[1]), passphrase) as opened:
            if options.keys:
                opened.require_keys(archive.read_keys(Path(options.keys), passphrase))
            opened.check()
            say(_told(opened.manifest))
        say(f"Die Sicherung ist ganz{' und gehört zu diesen Schlüsseln' if options.keys else ''} ({_seconds(began)}).")
        return 0
    if len(options.where) != 1:
        sys.stderr.write("Gemeint ist ein Ordner: ./hilfefrei backup ORDNER [--keys ORDNER]\n")
        return 2
    if options.keep < 0:
        sys.stderr.write("--keep: höchstens so viele Sicherungen bleiben liegen, mindestens 1.\n")
        return 2
    made = archive.make(
        installation(data),
        Path(options.where[0]),
        keys_folder=Path(options.keys) if options.keys else None,
        passphrase=_passphrase(options),
        keep=options.keep,
        now=clock.now(),
        say=say,
    )
    noted.write(data, made.manifest["made_at"], with_keys=made.keys is not None)
    say(_told(made.manifest))
    say(f"Gesichert in {_seconds(began)}: {made.file} ({made.file.stat().st_size // 2**20} MB)")
    say(f"Schlüssel: {made.keys}" if made.keys else "Ohne Schlüssel. Sie gehören in einen anderen Ordner: --keys ORDNER")
    if made.removed:
        say(f"{made.removed} ältere gelöscht.")
    return 0


def restore(options: argparse.Namespace, data: Path, say: Say, load: Callable[[str], None]) -> int:
    """Bring a backup back into an empty place. ``load(mode)`` sets Django up for it."""
    began, passphrase = time.monotonic(), _passphrase(options)
    keys = archive.read_keys(Path(options.keys), passphrase)
    url = options.database_url or os.environ.get("HILFEFREI_DATABASE_URL") or keys.database_url
    config = _parsed(url) if url else None
    with archive.Opened(Path(options.file), passphrase) as opened:
        if opened.manifest["vendor"] == "sqlite" and not options.database_url:
            url, config = "", None
        if config is not None and config["ENGINE"].endswith("sqlite3"):
            raise BackupError("Für echte Personen braucht Hilfefrei PostgreSQL: --database-url postgresql://nutzer:passwort@rechner/name")

    def then(folder: Path, manifest: dict[str, Any]) -> list[str]:
        os.environ["HILFEFREI_DATA"] = str(folder)
        os.environ["HILFEFREI_STATEMENT_TIMEOUT_MS"] = "0"
        if config is not None:
            os.environ["HILFEFREI_DATABASE_URL"] = url
        else:
            os.environ.pop("HILFEFREI_DATABASE_URL", None)
        load("production" if config is not None else "demo")
        from django.db import connection  # noqa: PLC0415 - only with Django set up

        try:
            return _after(folder, manifest, Path(options.erasures) if options.erasures else None, say)
        finally:
            connection.close()

    manifest = restoring.restore(
        Path(options.file), data=data, keys=keys, config=config, url=url, create=options.create, passphrase=passphrase, say=say, then=then
    )
    say(_told(manifest))
    say(f"Zurückgesichert in {_seconds(began)} nach {data}.")
    say("Was danach geschah, fehlt. Weiter: ./hilfefrei doctor, dann ./hilfefrei serve")
    return 0


def _after(folder: Path, manifest: dict[str, Any], log: Path | None, say: Say) -> list[str]:
    """Bring it to the state of this program, check it, erase again, and note in the record that it was brought back."""
    from django_scopes import scope  # noqa: PLC0415 - only with Django set up

    from hilfefrei.apps.audit.actor import system  # noqa: PLC0415 - the same
    from hilfefrei.apps.org import domain as org  # noqa: PLC0415 - the same
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - the same

    older, _ = upgrading.estimate()
    if older:
        say(f"Auf den Stand dieses Programms bringen: {len(older)} Umstellungen")
    # Also where nothing is to come: triggers and the table of the cache belong to it.
    upgrading.migrate()
    say("Nachrechnen: Zeilen, Schutzregeln, Kette")
    if problems := restoring.problems_of(manifest, exact=not older):
        return problems
    erased = restoring.replay_erasures(folder, log, clock.now())
    if erased is not None:
        say(f"Löschungen nachgeholt: {erased}")
        if log is None:
            say("Ohne --erasures ist wieder da, was seit der Sicherung gelöscht wurde. Vor der Arbeit: ./hilfefrei erasure replay --file DATEI")
    for house in Jobcenter.objects.order_by("pk").values_list("pk", flat=True):
        with scope(jobcenter=house):
            org.note_restored(
                actor=system(house), at=clock.now(), made_at=manifest["made_at"], seq=manifest["chains"].get(str(house), {}).get("seq", 0)
            )
    return []


def upgrade(options: argparse.Namespace, data: Path, say: Say, load: Callable[[], None]) -> int:
    """Plan, try, do or take back the upgrade. ``load()`` sets Django up for the data that lie here."""
    source = installation(data)
    if options.back:
        state = upgrading.back(source, now=clock.now(), say=say)
        say(f"Wie vor dem Upgrade vom {state['at'][:10]}, Fassung {state['from']}. Was seitdem geschah, liegt daneben („verworfen“).")
        say("Jetzt das Programm dieser Fassung einspielen; dann ./hilfefrei audit verify und ./hilfefrei serve")
        return 0
    os.environ["HILFEFREI_STATEMENT_TIMEOUT_MS"] = "0"
    load()
    if options.only_migrate:
        say(f"{upgrading.migrate():.1f}")
        if options.against:
            with archive.Opened(Path(options.against)) as opened:
                problems = restoring.problems_of(opened.manifest, exact=False)
            if problems:
                raise BackupError("; ".join(problems))
        return 0
    folder = Path(options.backup) if options.backup else data / upgrading.FOLDER
    steps, seconds = upgrading.estimate()
    if not steps:
        say(f"Die Datenbank ist auf dem Stand des Programms ({hilfefrei.__version__}).")
        return 0
    for step in steps:
        say(f"{step.name}: {'; '.join(step.what)}" + (f" ({group_thousands(step.rows)} Zeilen, etwa {step.seconds:.0f} s)" if step.rows else ""))
    say(f"{len(steps)} Umstellungen, mit Sicherung und Nachrechnen geschätzt {_duration(seconds)}.")
    if options.copy:
        _try(options, source, folder, say)
    if options.check or options.copy:
        say("Nichts geändert. Umstellen: Betrieb beenden, dann ./hilfefrei upgrade")
        return 0
    began = time.monotonic()
    upgrading.upgrade(source, folder, now=clock.now(), say=say)
    say(f"Fertig in {_seconds(began)}. Weiter: ./hilfefrei doctor, dann ./hilfefrei serve. Zurück: ./hilfefrei upgrade --back")
    return 0


def _try(options: argparse.Namespace, source: archive.Source, folder: Path, say: Say) -> None:
    """The dry run on a copy: in the database named, or beside the file of the training world."""
    with tempfile.TemporaryDirectory(prefix="hilfefrei-") as held:
        url = f"sqlite:///{held}/kopie.sqlite3" if source.is_sqlite else options.copy
        config = _parsed(url)
        if not source.is_sqlite and (config["ENGINE"], config["HOST"], config["PORT"], config["NAME"]) == tuple(
            source.config[key] for key in ("ENGINE", "HOST", "PORT", "NAME")
        ):
            raise BackupError("Das ist der Bestand selbst. Die Kopie braucht eine eigene, leere Datenbank.")
        took = upgrading.try_on_copy(source, folder, url, config, now=clock.now(), say=say)
        say(f"An der Kopie geprüft: Umstellung in {took:.1f} s, Zeilen, Schutzregeln und Kette stimmen.".replace(".", ",", 1))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
