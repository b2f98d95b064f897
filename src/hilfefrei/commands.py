"""The commands and their options. Standard library only: the launcher shows help before anything is installed."""

import argparse

# What a command needs of requirements/: the product alone, or tests and checks on top.
NEEDS_DEV = frozenset({"test", "lint", "bench"})
# Everything after these belongs to pytest, or to Django.
PASS_ON = frozenset({"test", "manage"})

DESCRIPTION = """\
Hilfefrei – womit ein Jobcenter vom ersten Kontakt an arbeitet.

Zum Ausprobieren:   ./hilfefrei demo    (erfundene Personen, nur auf diesem Rechner)
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="./hilfefrei", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    top.add_argument("-h", "--help", action="help", help="diese Hilfe")
    commands = top.add_subparsers(dest="command", metavar="BEFEHL", title="Befehle")

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_text, description=help_text, add_help=False)
        sub.add_argument("-h", "--help", action="help", help="diese Hilfe")
        return sub

    demo = command("demo", "Übungsbetrieb mit erfundenen Personen starten")
    demo.add_argument("--port", type=int, default=8000, help="Anschluss (8000); ist er belegt, der nächste freie")
    demo.add_argument("--day", help="Tag der Übung, z. B. 2026-11-24 (sonst der letzte Arbeitstag)")
    demo.add_argument("--build-only", action="store_true", help="nur Datenbank und Übungsdaten anlegen, nichts starten")

    serve = command("serve", "Echten Betrieb starten (Datenbank, Schlüssel und Namen kommen aus setup)")
    serve.add_argument("--bind", default="127.0.0.1:8000", help="Adresse und Anschluss für den vorgeschalteten Server")
    serve.add_argument("--processes", type=int, default=2, help="Prozesse (2)")
    serve.add_argument("--threads", type=int, default=4, help="gleichzeitige Seiten je Prozess (4)")
    serve.add_argument("--check", action="store_true", help="nur prüfen, ob der Betrieb starten darf")

    command("worker", "Nur den Hintergrunddienst starten (demo und serve starten ihn selbst)")

    setup = command("setup", "Echte Installation anlegen, ohne Übungsdaten. Fragt, was nicht angegeben ist.")
    setup.add_argument("--database-url", help="postgresql://nutzer:passwort@rechner/name")
    setup.add_argument("--host", action="append", help="Name, unter dem die Seiten erreichbar sind (mehrfach möglich)")
    setup.add_argument("--proxies", type=int, help="Zahl der vorgeschalteten Server (meist 1)")
    setup.add_argument("--jobcenter", help="Name des Jobcenters")
    setup.add_argument("--traeger-number", help="Trägernummer")
    setup.add_argument("--land", help="Land für die Feiertage, z. B. NI")
    setup.add_argument("--username", help="Anmeldename des ersten Kontos (Betrieb)")
    setup.add_argument("--first-name", help="Vorname dazu")
    setup.add_argument("--last-name", help="Nachname dazu")
    setup.add_argument("--password-file", help="Datei, deren erste Zeile das Passwort ist (sonst wird es gefragt)")

    reset = command("reset", "Übungsdaten löschen (fragt vorher)")
    reset.add_argument("--yes", action="store_true", help="ohne Frage")

    command("doctor", "Prüfen, was fehlt oder nicht stimmt")

    audit = command("audit", "Protokoll prüfen")
    audit_commands = audit.add_subparsers(dest="audit_command", metavar="BEFEHL", required=True)
    verify = audit_commands.add_parser("verify", help="Kette des Protokolls nachrechnen", add_help=False)
    verify.add_argument("-h", "--help", action="help", help="diese Hilfe")
    verify.add_argument("--anchor", metavar="DATEI", help="früher ausgelagerter Stand (anchor.jsonl), der noch stimmen muss")
    verify.add_argument("--demo", action="store_true", help="die Übungsdaten prüfen")

    catalogue = command("catalogue", "Feldkatalog: Klasse, Zone, Zweck, Rechtsgrundlage und Frist jedes Felds")
    form = catalogue.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="als CSV (Semikolon, UTF-8)")
    form.add_argument("--json", action="store_true", help="als JSON")

    keys = command("keys", "Schlüssel erneuern; die alten prüfen weiter")
    keys_commands = keys.add_subparsers(dest="keys_command", metavar="BEFEHL", required=True)
    rotate = keys_commands.add_parser("rotate", help="neuen Schlüssel voranstellen", add_help=False)
    rotate.add_argument("-h", "--help", action="help", help="diese Hilfe")
    rotate.add_argument("key", choices=["secret_key", "audit_key"])

    vacancies = command("vacancies", "Lieferungen von Stellen prüfen, übernehmen, zurücknehmen")
    acts = vacancies.add_subparsers(dest="vacancies_command", metavar="BEFEHL", required=True)
    for name, words in (
        ("check", "nur prüfen und vergleichen; schreibt nichts"),
        ("import", "prüfen und übernehmen, alles oder nichts; ist nichts neu, wird nichts geschrieben"),
        ("undo", "die Übernahme dieser Datei als Ganzes zurücknehmen"),
    ):
        act = acts.add_parser(name, help=words, description=words, add_help=False)
        act.add_argument("-h", "--help", action="help", help="diese Hilfe")
        act.add_argument("file", metavar="DATEI", help="CSV oder Antwort der BA-Jobsuche Version 6 (JSON)")
        act.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
        act.add_argument("--json", action="store_true", help="Ergebnis als JSON; der Fortschritt geht nach stderr")
        if name == "undo":
            continue
        act.add_argument("--full", action="store_true", help="vollständige Lieferung: was darin fehlt, gilt als zurückgezogen")
        act.add_argument("--mapping", metavar="NAME", help="Zuordnung der Spalten (sonst aus der Kopfzeile)")
        act.add_argument(
            "--column", metavar="FELD=SPALTE", action="append", default=[], help="eine Spalte zuordnen (mehrfach); gemerkt unter --mapping"
        )
        act.add_argument("--value", metavar="FELD=WERT", action="append", default=[], help="Wert, der in der ganzen Datei gilt (mehrfach)")
        act.add_argument("--rejects", metavar="DATEI", help="zurückgewiesene Zeilen mit Gründen als CSV schreiben")

    report = command("report", "Zahlen eines Monats: Definitionen und Stand stehen dabei, unter zehn wird nichts gezeigt")
    report.add_argument("--month", metavar="JJJJ-MM", default="", help="Monat, z. B. 2026-10 (sonst der letzte ganze)")
    report.add_argument("--json", action="store_true", help="als JSON")
    report.add_argument("--pdf", metavar="DATEI", help="Bericht als PDF schreiben")
    report.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
    report.add_argument("--definitions", action="store_true", help="nur die Definitionen, als Text für docs/indicators.md")

    comparison = command("comparison", "Veröffentlichte Zahlen anderer Jobcenter oder Kreise prüfen, übernehmen")
    acts = comparison.add_subparsers(dest="comparison_command", metavar="BEFEHL", required=True)
    for name, words in (
        ("check", "nur prüfen und vergleichen; schreibt nichts"),
        ("import", "prüfen und übernehmen, alles oder nichts; ist nichts neu, wird nichts geschrieben"),
        ("undo", "die Übernahme dieser Datei als Ganzes zurücknehmen"),
    ):
        act = acts.add_parser(name, help=words, description=words, add_help=False)
        act.add_argument("-h", "--help", action="help", help="diese Hilfe")
        act.add_argument("file", metavar="DATEI", help="CSV oder XLSX, bis 50 MB")
        act.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
        act.add_argument("--json", action="store_true", help="Ergebnis als JSON; der Fortschritt geht nach stderr")
        if name == "undo":
            continue
        act.add_argument("--mapping", metavar="NAME", help="Zuordnung der Spalten (sonst aus der Kopfzeile)")
        act.add_argument(
            "--column", metavar="TEIL=SPALTE", action="append", default=[], help="eine Spalte zuordnen (mehrfach); gemerkt unter --mapping"
        )
        act.add_argument("--value", metavar="TEIL=WERT", action="append", default=[], help="Wert, der in der ganzen Datei gilt (mehrfach)")
        act.add_argument("--wide", metavar="SPALTE[=KÜRZEL]", action="append", default=[], help="diese Spalte ist eine Kennzahl (mehrfach)")
        act.add_argument("--decimal", choices=[",", "."], default=",", help="Dezimalzeichen der Zuordnung (,)")
        act.add_argument("--kind", choices=["traeger", "county"], default="traeger", help="Orte sind Jobcenter (traeger) oder Kreise (county)")
        act.add_argument("--state", metavar="STAND", default="", help="Stand der Daten, wenn keine Spalte ihn hat: 28.07.2026, 2026-07, 2026")
        act.add_argument("--source", default="", help="Quelle (sonst die der Zuordnung)")
        act.add_argument("--licence", default="", help="Lizenz (sonst die der Zuordnung)")
        act.add_argument("--rejects", metavar="DATEI", help="zurückgewiesene Zeilen mit Gründen als CSV schreiben")

    command("test", "Alle Tests; alles dahinter geht an pytest (z. B. -k uhr --db sqlite)")
    command("lint", "Alle Prüfungen des Quelltexts")
    bench = command("bench", "Messen")
    bench.add_argument("name", help="Name einer Datei in benchmarks/")
    bench.add_argument("--json", action="store_true", help="Ergebnis als JSON")
    command("manage", "Befehle von Django für die Übungsdaten (für Entwicklung)")
    return top


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options and what is passed on. Exits with 0 for help, 2 for a wrong command line, like argparse."""
    top = parser()
    if argv and argv[0] in PASS_ON and argv[1:] not in (["-h"], ["--help"]):
        return argparse.Namespace(command=argv[0]), argv[1:]
    options = top.parse_args(argv)
    if options.command is None:
        top.print_help()
        raise SystemExit(2 if argv else 0)
    return options, []
