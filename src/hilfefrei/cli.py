"""The commands of ``./hilfefrei``. The launcher has made sure that everything of the lock is installed."""

import argparse
import getpass
import os
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, execute_from_command_line
from django.db import DatabaseError, connection

from hilfefrei import commands, processes, secrets
from hilfefrei.core import clock, periods
from hilfefrei.settings import database

ROOT = Path(__file__).resolve().parents[2]
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


def demo(options: argparse.Namespace) -> int:
    """Build the training world if it is not there, then serve it on this machine only."""
    day_file = data_dir() / "demo.day"
    database_file = data_dir() / "demo.sqlite3"
    if day_file.exists() and database_file.exists() and not options.day:
        day = date.fromisoformat(day_file.read_text(encoding="utf-8").strip())
    else:
        day = demo_day(options.day, date.today())  # noqa: DTZ011 - the day of the machine decides, before the clock is set
    os.environ["HILFEFREI_NOW"] = f"{day.isoformat()}T{DEMO_TIME}:00"
    settings_of("demo")
    from hilfefrei.demo.load import LOGINS, PASSWORD, build  # noqa: PLC0415 - models can only be imported after django.setup()

    started = time.monotonic()
    if not day_file.exists() or day_file.read_text(encoding="utf-8").strip() != day.isoformat():
        remove_demo()
        say("Datenbank anlegen …")
        call_command("migrate", verbosity=0, interactive=False)
        summary = build(day, report=say)
        day_file.write_text(day.isoformat(), encoding="utf-8")
        say(f"Übungsdaten in {time.monotonic() - started:.0f} s: {summary}")
    else:
        call_command("migrate", verbosity=0, interactive=False)
    if options.build_only:
        return 0
    connection.close()
    try:
        port = processes.free_port(options.port)
    except OSError as error:
        sys.stderr.write(f"{error} Mit --port einen anderen wählen.\n")
        return 1
    if port != options.port:
        say(f"Anschluss {options.port} ist belegt, genommen wird {port}.")
    os.environ["HILFEFREI_NOW_RUNS"] = "1"
    os.environ["HILFEFREI_NOW_SINCE"] = str(time.time())
    logins = "\n".join(f"  {login.username:<18} {login.what}" for login in LOGINS)
    ready = (
        f"\nHilfefrei läuft: http://localhost:{port}/\n"
        f"Übungstag {day:%d.%m.%Y}, {DEMO_TIME} Uhr. Kennwort für alle: {PASSWORD}\n{logins}\n"
        "Beenden mit Strg+C.\n"
    )
    return processes.run(f"127.0.0.1:{port}", ready)


def remove_demo() -> None:
    """Delete the training database and its marks."""
    for name in ("demo.sqlite3", "demo.sqlite3-wal", "demo.sqlite3-shm", "demo.day"):
        (data_dir() / name).unlink(missing_ok=True)
    for folder in ("anchors", "ausgang"):
        shutil.rmtree(data_dir() / folder, ignore_errors=True)


def reset(options: argparse.Namespace) -> int:
    """Delete the training data after a question. Real data are out of its reach."""
    if os.environ.get("HILFEFREI_DATABASE_URL", "").startswith("postgres"):
        sys.stderr.write("reset löscht nur Übungsdaten in SQLite. Echte Daten löscht dieser Befehl nie.\n")
        return 1
    if not (data_dir() / "demo.sqlite3").exists():
        say("Es gibt keine Übungsdaten.")
        return 0
    if not options.yes:
        answer = input("Alle Übungsdaten löschen? (ja/nein) ") if sys.stdin.isatty() else ""
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

    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit:
        sys.stderr.write("Die Datenbank ist nicht auf dem Stand des Programms. Bitte: ./hilfefrei setup\n")
        return 1
    if User.objects.filter(is_demo=True).exists():
        sys.stderr.write("In dieser Datenbank stehen Übungskonten. So startet der echte Betrieb nicht.\n")
        return 1
    if lost := triggers.missing():
        sys.stderr.write(f"Es fehlen Schutzregeln der Datenbank ({', '.join(sorted(lost))}). Bitte: ./hilfefrei setup\n")
        return 1
    if options.check:
        say("Der Betrieb darf starten.")
        return 0
    call_command("collectstatic", verbosity=0, interactive=False)
    connection.close()
    os.environ["HILFEFREI_WEB_PROCESSES"] = str(options.processes)
    os.environ["HILFEFREI_WEB_THREADS"] = str(options.threads)
    return processes.run(options.bind, f"Hilfefrei läuft auf {options.bind}\n")


def worker(_options: argparse.Namespace) -> int:
    """The background service alone."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hilfefrei.settings.production")
    django.setup()
    from hilfefrei import worker as loop  # noqa: PLC0415 - models can only be imported after django.setup()

    return loop.run()


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
    current = secrets.load(file) if file.exists() else secrets.new()
    secrets.store(
        file,
        secrets.Secrets(
            secret_key=current.secret_key,
            audit_key=current.audit_key,
            database_url=url,
            hosts=tuple(hosts),
            proxies=options.proxies if options.proxies is not None else current.proxies or 1,
        ),
    )
    os.environ["HILFEFREI_STATEMENT_TIMEOUT_MS"] = "600000"
    settings_of("production")
    from hilfefrei.apps.audit.errors import Refused  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org import domain as org  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        sys.stderr.write(f"Die Datenbank antwortet nicht wie erwartet: {error}Bitte Adresse, Nutzer und Rechte prüfen.\n")
        return 1
    if Jobcenter.objects.exists():
        say("Datenbank und Schlüssel sind auf dem Stand. Das Jobcenter gibt es schon.")
        return 0
    name = _ask(options, "jobcenter", "Name des Jobcenters")
    number = _ask(options, "traeger_number", "Trägernummer")
    land = _ask(options, "land", "Land für die Feiertage, z. B. NI")
    username = _ask(options, "username", "Anmeldename des ersten Kontos (Betrieb)")
    first = _ask(options, "first_name", "Vorname dazu")
    last = _ask(options, "last_name", "Nachname dazu")
    if options.password_file:
        password = Path(options.password_file).read_text(encoding="utf-8").splitlines()[0]
    elif sys.stdin.isatty():
        password = getpass.getpass("Kennwort (mindestens 12 Zeichen): ")
    else:
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
    demo_there = (data_dir() / "demo.sqlite3").exists()
    real = (data_dir() / secrets.FILE_NAME).exists() and not demo_there
    bad = os.environ.get("HILFEFREI_DOCTOR_FOUND") == "1"

    def check(good: bool, what: str, remedy: str = "") -> None:
        nonlocal bad
        bad = bad or not good
        say(f"{'gut   ' if good else 'FEHLT '} {what}{'' if good else ' → ' + remedy}")

    try:
        settings_of("production" if real else "demo")
    except ImproperlyConfigured as error:
        check(good=False, what="Einstellungen", remedy=str(error))
        return 1
    from hilfefrei import worker as loop  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.audit import triggers  # noqa: PLC0415 - models can only be imported after django.setup()

    port = 8000
    free = processes.free_port(port)
    check(good=True, what=f"Anschluss {free} frei" + ("" if free == port else f" ({port} ist belegt)"))
    browser = os.environ.get("HILFEFREI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    check(browser is not None, "Chromium für Browsertests", "sudo apt install chromium (nur für Tests)")
    if not demo_there and not real:
        say("leer    noch keine Daten → ./hilfefrei demo oder ./hilfefrei setup")
        return int(bad)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        check(good=True, what=f"Datenbank antwortet ({connection.vendor})")
        lost = triggers.missing()
        check(not lost, "Schutzregeln des Protokolls", "./hilfefrei setup legt sie neu an: " + ", ".join(sorted(lost)))
    except DatabaseError as error:
        check(good=False, what="Datenbank", remedy=f"antwortet nicht ({type(error).__name__})")
    alive = loop.alive_file()
    age = time.time() - alive.stat().st_mtime if alive.exists() else None
    say(f"{'gut   ' if age is not None and age < 60 else 'steht '} Hintergrunddienst (läuft mit demo und serve)")
    return int(bad)


def audit(options: argparse.Namespace) -> int:
    """Recalculate the chain of every Jobcenter of this database."""
    settings_of("demo" if options.demo or not (data_dir() / secrets.FILE_NAME).exists() else _mode())
    from django_scopes import scope  # noqa: PLC0415 - models can only be imported after django.setup()

    from hilfefrei.apps.audit import domain, tasks  # noqa: PLC0415 - models can only be imported after django.setup()
    from hilfefrei.apps.org.models import Jobcenter  # noqa: PLC0415 - models can only be imported after django.setup()

    anchor = None
    if options.anchor:
        found = tasks.read_anchor(Path(options.anchor))
        if found is None:
            sys.stderr.write("In dieser Datei steht kein Anker.\n")
            return 2
        anchor = (int(found["seq"]), str(found["hash"]))
    bad = False
    for jobcenter in Jobcenter.objects.order_by("pk"):
        with scope(jobcenter=jobcenter.pk):
            verdict = domain.verify(jobcenter.pk, anchor=anchor)
        bad = bad or bool(verdict.problems)
        say(f"{jobcenter.name}: {verdict.events} Ereignisse, {verdict.payloads_erased} Inhalte gelöscht")
        for problem in verdict.problems:
            say(f"  FEHLER {problem}")
        if not verdict.problems:
            say(f"  Die Kette stimmt. Stand {verdict.head_seq}, {verdict.head_hash[:16]}…")
    return int(bad)


def _mode() -> str:
    return "demo" if (data_dir() / "demo.sqlite3").exists() else "production"


def keys(options: argparse.Namespace) -> int:
    """Put a new key in front; old ones go on verifying."""
    try:
        secrets.rotate(data_dir() / secrets.FILE_NAME, options.key)
    except secrets.SecretsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say("Neuer Schlüssel eingesetzt. Er gilt ab dem nächsten Start.")
    return 0


def test(arguments: list[str]) -> int:
    """Everything in the test room, in random order, on both databases, on all cores."""
    command = [sys.executable, "-m", "pytest"]
    if not any(a.startswith("-n") for a in arguments):
        command += ["-n", str(max(2, os.cpu_count() or 2))]
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
    result = subprocess.run([sys.executable, str(file), *(["--json"] if options.json else [])], cwd=ROOT, check=False)
    return result.returncode


COMMANDS = {
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "setup": setup,
    "reset": reset,
    "doctor": doctor,
    "audit": audit,
    "keys": keys,
    "bench": bench,
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options, rest = commands.parse(sys.argv[1:] if argv is None else argv)
    if options.command == "manage":
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hilfefrei.settings.demo")
        execute_from_command_line(["hilfefrei manage", *rest])
        return 0
    if options.command == "test":
        return test(rest)
    if options.command == "lint":
        return lint()
    try:
        return COMMANDS[options.command](options)
    except (ImproperlyConfigured, secrets.SecretsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
