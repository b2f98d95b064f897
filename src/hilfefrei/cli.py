"""The commands of ``./hilfefrei``. The launcher has made sure that everything of the lock is installed."""

import argparse
import compileall
import fcntl
import getpass
import json
import os
import secrets as token
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, execute_from_command_line
from django.db import DatabaseError, connection

from hilfefrei import commands, processes, secrets
from hilfefrei.backup import BackupError
from hilfefrei.backup import run as saving
from hilfefrei.core import clock, periods
from hilfefrei.core.days import format_moment
from hilfefrei.core.deliveries import schema
from hilfefrei.settings import database

ROOT = Path(__file__).resolve().parents[2]
# Where the receiver for training keeps what came.
RECEIVED = "empfaenger"
DEMO_TIME = "09:42"


def say(text: str) -> None:
    """One line for whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def settings_of(mode: str) -> None:
    """Load Django with the settings of a mode."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"hilfefrei.settings.{mode}"
    django.setup()


def data_dir() -> Path:
    """Where the data of this installation lie."""
    return Path(os.environ.get("HILFEFREI_DATA") or ROOT / "var").resolve()


def demo_day(wanted: str | None, today: date) -> date:
    """The day the training world stands on: the one asked for, else the latest working day (Lower Saxony)."""
    if wanted:
        return date.fromisoformat(wanted)
    while not periods.is_working_day(today, "NI"):
        today -= timedelta(days=1)
    return today


def is_real() -> bool:
    """Whether ``setup`` made the data folder for a real Jobcenter."""
    file = data_dir() / secrets.FILE_NAME
    return file.exists() and bool(secrets.load(file).database_url)


def mode() -> str:
    """The settings that fit the data folder."""
    return "production" if is_real() else "demo"


class CliError(Exception):
    """The command cannot go on; its text says why and what to do."""


def settings_of_data(*, demo: bool = False) -> None:
    """Load Django for the data that lie here. Raises CliError where there are none: looking makes no empty database."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        django.setup()
        return
    there = None if is_real() else built_day(data_dir())
    if demo and there is None:
        message = "Es gibt hier keine Übungsdaten. Bitte zuerst: ./hilfefrei demo"
        raise CliError(message)
    if there is None and not is_real():
        raise CliError(secrets.nothing_in(data_dir()))
    if there is not None and not os.environ.get("HILFEFREI_NOW"):
        # In the training world it is the day on which its events lie.
        start_clock(data_dir(), there)
    settings_of(mode())


@contextmanager
def demo_folder() -> Iterator[Path]:
    """The data folder for the training world, held against a second start. Never one of a real installation."""
    folder = data_dir()
    if is_real():
        message = (
            f"Der Ordner {folder} gehört zu einer echten Installation.\nAbhilfe: HILFEFREI_DATA=/anderer/ordner ./hilfefrei …"
        )
        raise CliError(message)
    if os.environ.get("HILFEFREI_DATABASE_URL"):
        message = "Der Übungsbetrieb legt seine Datenbank selbst an. Abhilfe: unset HILFEFREI_DATABASE_URL"
        raise CliError(message)
    folder.mkdir(parents=True, exist_ok=True)
    with _demo_lock(folder):
        yield folder


@contextmanager
def _demo_lock(folder: Path) -> Iterator[None]:
    """Held by whoever serves or changes the training world in ``folder``."""
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = (
                f"In {folder} läuft der Übungsbetrieb schon. Bitte dort mit Strg+C beenden, "
                "oder einen zweiten in einem eigenen Ordner starten: HILFEFREI_DATA=/anderer/ordner ./hilfefrei demo"
            )
            raise CliError(message) from None
        yield


def built_day(folder: Path) -> date | None:
    """The day of the training world that lies here whole; None where there is none (or a half-built one)."""
    file = folder / "demo.day"
    if not file.exists() or not (folder / "demo.sqlite3").exists():
        return None
    return date.fromisoformat(file.read_text(encoding="utf-8").strip())


def start_clock(folder: Path, day: date) -> str:
    """Let the clock run on from where it last stood: never back, because events lie there. Gives its start."""
    file = folder / "demo.clock"
    start = file.read_text(encoding="utf-8").strip() if file.exists() else f"{day.isoformat()}T{DEMO_TIME}:00"
    os.environ["HILFEFREI_NOW"] = start
    os.environ["HILFEFREI_NOW_RUNS"] = "1"
    os.environ["HILFEFREI_NOW_SINCE"] = str(time.time())
    return start


def keep_clock(folder: Path) -> None:
    """Note where the running clock is."""
    draft = folder / "demo.clock.neu"
    draft.write_text(clock.now().astimezone(clock.BERLIN).isoformat(timespec="seconds"), encoding="utf-8")
    draft.replace(folder / "demo.clock")


def demo(options: argparse.Namespace) -> int:
    """Build the training world if it is not there, then serve it on this machine only."""
    with demo_folder() as folder:
        return _demo(options, folder)


def _demo(options: argparse.Namespace, folder: Path) -> int:
    there = built_day(folder)
    fixed = os.environ.get("HILFEFREI_NOW", "")
    try:
        day = demo_day(options.day or fixed[:10] or None, clock.today())
    except ValueError:
        message = f"„{options.day or fixed}“ ist kein Tag. Beispiel: --day 2026-11-24"
        raise CliError(message) from None
    if there is not None and there != day:
        if options.day:
            message = f"Es gibt schon Übungsdaten für den {there:%d.%m.%Y}. Löschen mit ./hilfefrei reset, dann noch einmal starten."
            raise CliError(message)
        say(f"Die Übungsdaten gelten für den {there:%d.%m.%Y}. Neue für heute: ./hilfefrei reset")
        day = there
    os.environ["HILFEFREI_NOW"] = fixed or f"{day.isoformat()}T{DEMO_TIME}:00"
    settings_of("demo")
    from hilfefrei import structure  # noqa: PLC0415 - as below
    from hilfefrei.demo.load import LOGINS, PASSWORD, build  # noqa: PLC0415 - models can only be imported after django.setup()

    if there is None:
        started = time.monotonic()
        # What a killed build left behind.
        remove_demo()
        say("Datenbank anlegen …")
        structure.migrate()
        summary = build(day, report=say)
        (folder / "demo.day").write_text(day.isoformat(), encoding="utf-8")
        say(f"Übungsdaten in {time.monotonic() - started:.0f} s: {summary}")
    else:
        structure.migrate()
    if options.build_only:
        return 0
    connection.close()
    try:
        port = processes.free_port(options.port)
        opposite = processes.free_port(port + 1)
    except OSError as error:
        message = f"{error} Mit --port einen anderen wählen."
        raise CliError(message) from None
    if port != options.port:
        say(f"Anschluss {options.port} ist belegt, genommen wird {port}.")
    runs = not fixed
    start = datetime.fromisoformat(start_clock(folder, day) if runs else fixed)
    logins = "\n".join(f"  {login.username:<18} {login.what}" for login in LOGINS)
    ready = (
        f"\nHilfefrei läuft: http://localhost:{port}/\n"
        f"Übungszeit {start:%d.%m.%Y, %H:%M} Uhr. Passwort für alle: {PASSWORD}\n{logins}\n"
        f"Das zahlende Verfahren zum Üben: http://localhost:{opposite}/\n"
        "Beenden mit Strg+C.\n"
    )
    tick = (lambda: keep_clock(folder)) if runs else None
    return processes.run(f"127.0.0.1:{port}", ready, tick=tick, beside=[receiver_beside(folder, port, opposite)])


def receiver_beside(folder: Path, port: int, own_port: int) -> list[str]:
    """What stands for the paying system in training: how to start it, and, in the environment, how to reach it."""
    sending, calling = token.token_urlsafe(24), token.token_urlsafe(24)
    os.environ["HILFEFREI_NEIGHBOUR_URL"] = f"http://127.0.0.1:{own_port}/"
    os.environ["HILFEFREI_NEIGHBOUR_TOKEN"], os.environ["HILFEFREI_CONFIRM_TOKEN"] = sending, calling
    back = f"http://127.0.0.1:{port}/api/v1/bestaetigungen"
    return ["hilfefrei.receiver", "--port", str(own_port), "--folder", str(folder / RECEIVED), "--confirm-url", back]


def remove_demo() -> None:
    """Delete the training database and what belongs to it."""
    for name in ("demo.sqlite3", "demo.sqlite3-wal", "demo.sqlite3-shm", "demo.day", "demo.clock"):
        (data_dir() / name).unlink(missing_ok=True)
    for folder in ("anchors", "ausgang", "eingang", "akte", "erasures", RECEIVED):
        shutil.rmtree(data_dir() / folder, ignore_errors=True)


def reset(options: argparse.Namespace) -> int:
    """Delete the training data after a question. Real data are out of its reach."""
    with demo_folder() as folder:
        if not (folder / "demo.sqlite3").exists():
            say("Es gibt keine Übungsdaten.")
            return 0
        if not options.yes:
            question = f"Alle Übungsdaten in {folder} löschen, auch was Sie eingegeben haben? (ja/nein) "
            answer = input(question) if sys.stdin.isatty() else ""
            if answer.strip().lower() != "ja":
                say("Nichts gelöscht. Ohne Frage: ./hilfefrei reset --yes")
                return 1
        remove_demo()
    say("Übungsdaten gelöscht. Neu anlegen: ./hilfefrei demo")
    return 0


def serve(options: argparse.Namespace) -> int:
    """Real operation; says what is missing instead of starting with less."""
    settings_of("production")
    from hilfefrei.apps.accounts.models import User  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.audit import triggers  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except DatabaseError:
        sys.stderr.write("Die Datenbank ist nicht zu erreichen. Läuft sie, und stimmt die Adresse in secret.toml?\n")
        return 1
    except SystemExit:
        sys.stderr.write("Die Datenbank ist nicht auf dem Stand des Programms. Bitte: ./hilfefrei upgrade\n")
        return 1
    if User.objects.filter(is_demo=True).exists() or Jobcenter.objects.filter(is_demo=True).exists():
        sys.stderr.write(
            "In dieser Datenbank stehen Übungskonten. So startet der echte Betrieb nicht.\n"
            "Abhilfe: eine leere Datenbank anlegen und mit ./hilfefrei setup einrichten.\n"
        )
        return 1
    if not Jobcenter.objects.exists():
        sys.stderr.write("Es gibt noch kein Jobcenter. Bitte: ./hilfefrei setup\n")
        return 1
    if lost := triggers.missing():
        sys.stderr.write(f"Es fehlen Schutzregeln der Datenbank ({', '.join(sorted(lost))}). Bitte: ./hilfefrei setup\n")
        return 1
    if options.check:
        say("Der Betrieb darf starten.")
        return 0
    host, _, port = options.bind.rpartition(":")
    if not port.isdecimal():
        message = f"„{options.bind}“ ist keine Adresse. Beispiel: --bind 127.0.0.1:8000"
        raise CliError(message)
    if not processes.is_free(int(port), host or "127.0.0.1"):
        message = f"Der Anschluss {port} ist belegt. Läuft der Betrieb schon?"
        raise CliError(message)
    call_command("collectstatic", verbosity=0, interactive=False)
    connection.close()
    os.environ["HILFEFREI_WEB_PROCESSES"] = str(options.processes)
    os.environ["HILFEFREI_WEB_THREADS"] = str(options.threads)
    return processes.run(options.bind, f"Hilfefrei läuft auf {options.bind}\n")


def worker(options: argparse.Namespace) -> int:
    """The background service alone, or a part of it."""
    settings_of(mode()) if "DJANGO_SETTINGS_MODULE" not in os.environ else django.setup()
    from hilfefrei import worker as loop  # noqa: PLC0415 - models can only be imported after django.setup()

    return loop.run(options.part)


def _ask(options: argparse.Namespace, name: str, question: str) -> str:
    value = getattr(options, name)
    if value:
        return str(value)
    if not sys.stdin.isatty():
        sys.stderr.write(f"Es fehlt --{name.replace('_', '-')} ({question}).\n")
        raise SystemExit(2)
    return input(f"{question}: ").strip()


def setup(options: argparse.Namespace) -> int:
    """Set up a real installation: keys, database, Jobcenter, first account. Repeats only do what is missing."""
    file = data_dir() / secrets.FILE_NAME
    data_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
    url = _ask(options, "database_url", "Adresse der Datenbank (postgresql://nutzer:passwort@rechner/name)")
    try:
        parsed = database.parse(url)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if parsed["ENGINE"] != "django.db.backends.postgresql":
        sys.stderr.write("Für echte Personen braucht Hilfefrei PostgreSQL. SQLite ist nur für Übung und Tests da.\n")
        return 2
    hosts = options.host or [_ask(options, "host", "Name, unter dem die Seiten erreichbar sind")]
    password = _first_line(Path(options.password_file)) if options.password_file else ""
    current = secrets.complete(secrets.load(file)) if file.exists() else secrets.new()
    wanted = replace(
        current,
        database_url=url,
        hosts=tuple(hosts),
        proxies=options.proxies if options.proxies is not None else current.proxies or 1,
    )
    os.environ["HILFEFREI_STATEMENT_TIMEOUT_MS"] = "600000"
    with _kept_if_good(file):
        secrets.store(file, wanted)
        settings_of("production")
        from hilfefrei import structure  # noqa: PLC0415 - no command without a database needs it

        try:
            structure.migrate()
            call_command("createcachetable", verbosity=0)
        except DatabaseError as error:
            message = f"Die Datenbank antwortet nicht wie erwartet: {str(error).strip()}\nBitte Adresse, Nutzer und Rechte prüfen."
            raise CliError(message) from error
    return _found(options, password)


@contextmanager
def _kept_if_good(file: Path) -> Iterator[None]:
    """``file`` as it was if the block fails: a set-up that came to nothing must not claim the folder for real operation."""
    before = file.read_bytes() if file.exists() else None
    try:
        yield
    except BaseException:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(before)
        raise


def _first_line(file: Path) -> str:
    """The password in ``file``. Raises CliError where there is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"Die Datei {file} lässt sich nicht lesen ({getattr(error, 'strerror', None) or 'kein Text'})."
        raise CliError(message) from error
    if not lines or not lines[0]:
        message = f"In der ersten Zeile von {file} steht kein Passwort."
        raise CliError(message)
    return lines[0]


def _asked_twice(again: str) -> str:
    """A password from the keyboard; nobody else could set another one if it were mistyped. Raises CliError where the two differ."""
    password = getpass.getpass("Passwort (mindestens 12 Zeichen): ")
    if getpass.getpass("Noch einmal: ") != password:
        message = f"Das war nicht zweimal dasselbe Passwort. Bitte ./hilfefrei {again} noch einmal aufrufen, mit denselben Angaben."
        raise CliError(message)
    return password


def _given_password(options: argparse.Namespace) -> str:
    """The password in the file, else from the keyboard. Raises CliError where there is neither."""
    if options.password_file:
        return _first_line(Path(options.password_file))
    if not sys.stdin.isatty():
        message = "Das Passwort wird hier gefragt, aber es gibt keine Tastatur. Bitte in einem Terminal aufrufen, oder mit --password-file DATEI."
        raise CliError(message)
    return _asked_twice("accounts reset")


def _found(options: argparse.Namespace, password: str) -> int:
    """The Jobcenter and its first account, where there is none yet."""
    from hilfefrei.apps.audit.errors import Refused  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org import domain as org  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    if Jobcenter.objects.exists():
        say("Datenbank und Schlüssel sind auf dem Stand. Das Jobcenter gibt es schon.")
        return 0
    name = _ask(options, "jobcenter", "Name des Jobcenters")
    number = _ask(options, "traeger_number", "Trägernummer")
    land = _ask(options, "land", "Land für die Feiertage, z. B. NI")
    username = _ask(options, "username", "Anmeldename des ersten Kontos (Betrieb)")
    first = _ask(options, "first_name", "Vorname dazu")
    last = _ask(options, "last_name", "Nachname dazu")
    if not password and sys.stdin.isatty():
        password = _asked_twice("setup")
    if not password:
        sys.stderr.write("Es fehlt --password-file.\n")
        return 2
    try:
        org.found_jobcenter(
            at=clock.now(),
            name=name,
            traeger_number=number,
            land=land,
            username=username,
            first_name=first,
            last_name=last,
            password=password,
        )
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say(f"Eingerichtet. Starten: ./hilfefrei serve · anmelden als {username}, dann Teams und Stellen anlegen.")
    return 0


def doctor(_options: argparse.Namespace) -> int:
    """What can be checked once everything is installed."""
    bad = os.environ.get("HILFEFREI_DOCTOR_FOUND") == "1"

    def check(good: bool, what: str, remedy: str = "") -> None:
        nonlocal bad
        bad = bad or not good
        say(f"{'gut   ' if good else 'FEHLT '} {what}{'' if good else ' → ' + remedy}")

    def note(good: bool, what: str, remedy: str) -> None:
        say(f"{'gut   ' if good else 'Hinweis'} {what}{'' if good else ' → ' + remedy}")

    port = 8000
    note(processes.is_free(port), f"Anschluss {port}", "belegt; demo nimmt den nächsten freien")
    browser = os.environ.get("HILFEFREI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    note(browser is not None, "Chromium für Browsertests", "sudo apt install chromium (nur für Tests)")
    # The "WAL-reset" bug (SQLite documentation, wal.html): very rare, needs two connections that write at once.
    if not is_real():  # those stand in PostgreSQL
        note(
            sqlite3.sqlite_version_info >= (3, 51, 3),
            f"SQLite {sqlite3.sqlite_version}",
            "vor 3.51.3 kann ein seltener Fehler die Datei beschädigen; für Übung gut genug, für echte Personen PostgreSQL",
        )
    if not is_real() and not (data_dir() / "demo.sqlite3").exists():
        note(good=False, what=f"noch keine Daten in {data_dir()}", remedy=secrets.BEGIN)
        return int(bad)
    try:
        settings_of(mode())
    except ImproperlyConfigured as error:
        check(good=False, what="Einstellungen", remedy=str(error))
        return 1
    from django.conf import settings  # noqa: PLC0415 - only there after the settings are chosen
    from django_scopes import scope  # noqa: PLC0415 - models can only be imported after django.setup()

    from hilfefrei import condition  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.audit import tasks, triggers  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.benefits import tasks as benefits  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    check(not secrets.current().is_default, "eigene Schlüssel", "./hilfefrei keys rotate secret_key, audit_key und mfa_key")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        check(good=True, what=f"Datenbank antwortet ({connection.vendor})")
        lost = triggers.missing()
        again = "./hilfefrei setup" if is_real() else "./hilfefrei demo"
        check(not lost, "Schutzregeln des Protokolls", f"{again} legt sie neu an: " + ", ".join(sorted(lost)))
        for house in Jobcenter.objects.order_by("pk") if not lost else ():
            with scope(jobcenter=house.pk):
                for given_up in tasks.stuck():
                    what = f"{given_up.count} × {given_up.label} nicht zugestellt, seit {format_moment(given_up.oldest, today=clock.today())}"
                    check(good=False, what=what, remedy="Grund im Protokoll des Hintergrunddiensts; dann als Betrieb „noch einmal versuchen“")
                for alarm in condition.alarms(house, clock.now()):
                    if alarm.code != "worker":  # is said below, also where none ever ran
                        check(good=False, what=alarm.text, remedy=alarm.remedy)
                walked = condition.chain_check(house.pk)
                note(
                    walked is not None,
                    f"Kette nachgerechnet, {format_moment(walked.at, today=clock.today())} Uhr: {walked.events} Ereignisse" if walked else "Kette des Protokolls noch nicht nachgerechnet",
                    "geschieht nachts von selbst; jetzt: ./hilfefrei audit verify",
                )
        refused = len(benefits.refusals(Path(settings.DATA)))
        what = f"{refused} × zurückgewiesene Bestätigungen in eingang/abgelehnt" if refused else "keine Bestätigung des zahlenden Verfahrens zurückgewiesen"
        note(not refused, what, "Gründe stehen in der Leistungsliste; dort „erledigt“")
    except DatabaseError as error:
        check(good=False, what="Datenbank", remedy=f"antwortet nicht ({type(error).__name__})")
    age = condition.worker_age()
    note(age is not None and age < condition.WORKER_SILENT, "Hintergrunddienst", "steht; er läuft mit demo und serve")
    return int(bad)


def audit(options: argparse.Namespace) -> int:
    """Recalculate the chain of every Jobcenter of this database."""
    settings_of_data(demo=options.demo)
    from django_scopes import scope  # noqa: PLC0415 - models can only be imported after django.setup()

    from hilfefrei import condition  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.audit import domain, tasks  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    anchor = None
    if options.anchor:
        try:
            found = tasks.read_anchor(Path(options.anchor))
        except (OSError, UnicodeDecodeError) as error:
            message = f"Die Datei {options.anchor} lässt sich nicht lesen ({getattr(error, 'strerror', None) or 'kein Text'})."
            raise CliError(message) from error
        if found is None:
            sys.stderr.write("In dieser Datei steht kein Anker.\n")
            return 2
        anchor = (int(found["seq"]), str(found["hash"]))
    bad = False
    for jobcenter in Jobcenter.objects.order_by("pk"):
        started = time.monotonic()
        with scope(jobcenter=jobcenter.pk):
            verdict = domain.verify(jobcenter.pk, anchor=anchor)
        checked = condition.ChainCheck(clock.now(), verdict.events, len(verdict.problems), time.monotonic() - started)
        try:
            condition.keep_chain_check(jobcenter.pk, checked)
        except OSError as error:
            sys.stderr.write(f"Das Ergebnis lässt sich nicht ablegen ({error.strerror}): {condition.chain_file(jobcenter.pk)}\n")
        bad = bad or bool(verdict.problems)
        say(f"{jobcenter.name}: {verdict.events} Ereignisse, {verdict.payloads_erased} Inhalte gelöscht")
        for problem in verdict.problems:
            say(f"  FEHLER {problem}")
        if not verdict.problems:
            say(f"  Die Kette stimmt. Stand {verdict.head_seq}, {verdict.head_hash[:16]}…")
    return int(bad)


def vacancies(options: argparse.Namespace) -> int:
    """Check, take over or take back a delivery of vacancies."""
    settings_of_data()
    from hilfefrei import delivering  # noqa: PLC0415 - models can only be imported after django.setup()

    return delivering.run(options)


def comparison(options: argparse.Namespace) -> int:
    """Check, take over or take back a table of published figures."""
    settings_of_data()
    from hilfefrei import comparing  # noqa: PLC0415 - models can only be imported after django.setup()

    return comparing.run(options)


def delivery_schema(table: str | None) -> int:
    """Print the tables that a paying system delivers as Table Schema, one or all; needs no data."""
    found = schema.raw()
    if table and table not in found:
        message = f"Die Tabelle „{table}“ gibt es nicht. Es gibt: {', '.join(found)}."
        raise CliError(message)
    whole = {"resources": [{"name": name, "schema": one} for name, one in found.items()]}
    say(json.dumps(found[table] if table else whole, ensure_ascii=False, indent=1))
    return 0


def delivery(options: argparse.Namespace) -> int:
    """Check, take over, write or take back a delivery of the paying system."""
    if options.delivery_command == "schema":
        return delivery_schema(options.table)
    settings_of_data()
    from hilfefrei import paying  # noqa: PLC0415 - the same

    return paying.run(options)


def accounts(options: argparse.Namespace) -> int:
    """Compare the logins with the list of staff, name unused ones, open one again, reset one of an operator."""
    settings_of_data()
    from hilfefrei import leaving  # noqa: PLC0415 - models can only be imported after django.setup()

    return leaving.run(options, lambda: _given_password(options))


def report(options: argparse.Namespace) -> int:
    """The figures of a month in the terminal, as JSON or as the paper for the county council."""
    if options.definitions:
        from hilfefrei.core.indicators import definitions  # noqa: PLC0415 - for this alone nothing else is loaded

        sys.stdout.write(definitions.as_markdown())
        return 0
    settings_of_data()
    from hilfefrei import reporting  # noqa: PLC0415 - models can only be imported after django.setup()

    return reporting.run(options)


def claim(options: argparse.Namespace) -> int:
    """What households are entitled to; needs no data, only the law."""
    from hilfefrei import claiming  # noqa: PLC0415 - NumPy is loaded for this alone

    return claiming.run(options)


def catalogue(options: argparse.Namespace) -> int:
    """The field catalogue on paper or for another program; fails where a field has no entry."""
    django.setup() if "DJANGO_SETTINGS_MODULE" in os.environ else settings_of(mode())
    from hilfefrei import cataloguing  # noqa: PLC0415 - models can only be imported after django.setup()

    return cataloguing.run(options)


def papers(options: argparse.Namespace) -> int:
    """The papers for data protection, staff council and data centre; needs no data, only the source."""
    django.setup() if "DJANGO_SETTINGS_MODULE" in os.environ else settings_of(mode())
    from hilfefrei.dossier import run  # noqa: PLC0415 - models can only be imported after django.setup()

    return run.run(options, ROOT)


def erasing(options: argparse.Namespace) -> int:
    """What is over, deleting it, deleting it again after a restore, everything on one person."""
    settings_of_data()
    from hilfefrei import erasing as commands_of_it  # noqa: PLC0415 - models can only be imported after django.setup()

    return commands_of_it.run(options)


def keys(options: argparse.Namespace) -> int:
    """Put a new key in front; old ones go on verifying."""
    try:
        secrets.rotate(data_dir() / secrets.FILE_NAME, options.key)
    except secrets.SecretsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say("Neuer Schlüssel eingesetzt. Er gilt ab dem nächsten Start.")
    return 0


def backup(options: argparse.Namespace) -> int:
    """Make or verify a backup; needs no Django, so it also works where program and database do not fit."""
    return saving.backup(options, data_dir(), say)


def restore(options: argparse.Namespace) -> int:
    """Bring a backup back into an empty place."""

    def load(wanted: str) -> None:
        day = built_day(Path(os.environ["HILFEFREI_DATA"])) if wanted == "demo" else None
        if day is not None:
            start_clock(Path(os.environ["HILFEFREI_DATA"]), day)
        settings_of(wanted)

    return saving.restore(options, data_dir(), say, load)


def upgrade(options: argparse.Namespace) -> int:
    """Bring the database to the state of the program, or back."""
    if is_real():
        return saving.upgrade(options, data_dir(), say, lambda: settings_of("production"))
    if options.check or options.copy or options.only_migrate:
        return saving.upgrade(options, data_dir(), say, settings_of_data)
    with _demo_lock(data_dir()):
        return saving.upgrade(options, data_dir(), say, settings_of_data)


def test(arguments: list[str]) -> int:
    """Everything in the test room, in random order, on both databases, on all cores."""
    command = [sys.executable, "-m", "pytest"]
    if not any(a.startswith("-n") for a in arguments):
        # A process that is done takes over half of what another still has to do.
        command += ["-n", str(max(2, os.cpu_count() or 2)), "--dist", "worksteal"]
    return subprocess.call([*command, *arguments], cwd=ROOT)


def lint() -> int:
    """All checks of the source."""
    tool = Path(sys.executable).parent
    templates = [str(p) for p in sorted((ROOT / "src").rglob("*.html"))]
    checks = {
        "ruff": [str(tool / "ruff"), "check", "."],
        "mypy": [str(tool / "mypy"), "src/hilfefrei"],
        "import-linter": [str(tool / "lint-imports"), "--no-cache"],
        "djade": [str(tool / "djade"), "--check", "--target-version", "5.2", *templates],
        "Migrationen": [sys.executable, "-m", "hilfefrei.cli", "manage", "makemigrations", "--check", "--dry-run"],
    }
    failed = []
    for name, command in checks.items():
        started = time.monotonic()
        result = subprocess.run(command, cwd=ROOT, check=False, text=True, capture_output=True)
        good = result.returncode == 0
        say(f"{'gut   ' if good else 'FEHLER'} {name} ({time.monotonic() - started:.1f} s)")
        if not good:
            failed.append(name)
            say((result.stdout + result.stderr).strip()[-6000:])
    return int(bool(failed))


def bench(options: argparse.Namespace) -> int:
    """Run ``benchmarks/NAME.py``."""
    file = ROOT / "benchmarks" / f"{options.name}.py"
    if not file.is_file():
        there = ", ".join(sorted(p.stem for p in file.parent.glob("[a-z]*.py")))
        sys.stderr.write(f"Diese Messung gibt es nicht. Es gibt: {there}\n")
        return 2
    result = subprocess.run([sys.executable, str(file), *(["--json"] if options.json else []), *options.rest], cwd=ROOT, check=False)
    return result.returncode


def tables_again(_options: argparse.Namespace) -> int:
    """Write the snapshot of all tables anew (``hilfefrei.structure``)."""
    return subprocess.call([sys.executable, str(ROOT / "tests" / "structure" / "make.py")], cwd=ROOT)


def bundle(options: argparse.Namespace) -> int:
    """Pack everything that an installation without a network needs."""
    from hilfefrei import bundling  # noqa: PLC0415 - no other command needs it

    try:
        return bundling.run(options)
    except bundling.BundleError as error:
        raise CliError(str(error)) from error


def install(_options: argparse.Namespace) -> int:
    """The launcher has done it; what is left is to compile the source for whoever may not write here."""
    compileall.compile_dir(ROOT / "src", quiet=1)
    say("Die Umgebung ist eingerichtet. Weiter: ./hilfefrei demo (Übung) oder ./hilfefrei setup (docs/operations.md)")
    return 0


COMMANDS = {
    "bundle": bundle,
    "install": install,
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "setup": setup,
    "reset": reset,
    "doctor": doctor,
    "audit": audit,
    "vacancies": vacancies,
    "comparison": comparison,
    "delivery": delivery,
    "accounts": accounts,
    "claim": claim,
    "catalogue": catalogue,
    "papers": papers,
    "report": report,
    "retention": erasing,
    "erasure": erasing,
    "person": erasing,
    "keys": keys,
    "backup": backup,
    "restore": restore,
    "upgrade": upgrade,
    "bench": bench,
    "structure": tables_again,
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options, rest = commands.parse(sys.argv[1:] if argv is None else argv)
    if options.command == "manage":
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"hilfefrei.settings.{mode()}")
        execute_from_command_line(["hilfefrei manage", *rest])
        return 0
    if options.command == "test":
        return test(rest)
    if options.command == "lint":
        return lint()
    try:
        return COMMANDS[options.command](options)
    except (CliError, BackupError, ImproperlyConfigured, secrets.SecretsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except PermissionError as error:
        remedy = "Bitte als der Nutzer aufrufen, dem die Daten gehören (sudo -u NUTZER …); einen neuen Ordner legt root für ihn an."
        sys.stderr.write(f"Kein Zugriff auf {error.filename}. {remedy}\n")
        return 1
    except DatabaseError as error:
        # The type only: a message may hold a name, or the password of the address.
        sys.stderr.write(f"Die Datenbank antwortet nicht wie erwartet ({type(error).__name__}). Was ihr fehlt: ./hilfefrei doctor\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nAbgebrochen.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
