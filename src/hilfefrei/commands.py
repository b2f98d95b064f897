"""The commands and their options. Standard library only: the launcher shows help before anything is installed."""

import argparse
import difflib
import re
from typing import NoReturn

# What a command needs of requirements/: the product alone, or tests and checks on top.
NEEDS_DEV = frozenset({"test", "lint", "bench", "structure"})
# Everything after these belongs to pytest, or to Django.
PASS_ON = frozenset({"test", "manage"})

DESCRIPTION = """\
Hilfefrei – womit ein Jobcenter vom ersten Kontakt an arbeitet.

Zum Ausprobieren:   ./hilfefrei demo    (erfundene Personen, nur auf diesem Rechner)
"""

# What argparse says (Python 3.11 to 3.14), in the words of the house. It has no German catalogue of its own.
ERRORS: tuple[tuple[str, str], ...] = (
    (r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*?)\)", r"{0}: „{1}“ gibt es nicht.{near} Es gibt: {choices}"),
    (r"argument (\S+): invalid int value: '(.*)'", "{0}: „{1}“ ist keine ganze Zahl."),
    (r"argument (\S+): expected .*", "{0}: Es fehlt der Wert."),
    (r"argument (\S+): not allowed with argument (\S+)", "{0} und {1} gehen nicht zusammen."),
    (r"argument (\S+): ignored explicit argument '(.*)'", "{0} hat keinen Wert, „{1}“ ist zu viel."),
    (r"the following arguments are required: (.*)", "Es fehlt: {0}"),
    (r"unrecognized arguments: (.*)", "Unbekannt: {0}"),
    (r"ambiguous option: (\S+) could match (.*)", "„{0}“ ist nicht eindeutig: {1}"),
)
HELP_WORDS = (("usage: ", "Aufruf: "), ("\npositional arguments:\n", "\nWerte:\n"), ("\noptions:\n", "\nAngaben:\n"))


def in_german(message: str) -> str:
    """An error of argparse as a German sentence; what is not known keeps its words behind a German start."""
    for pattern, sentence in ERRORS:
        if found := re.fullmatch(pattern, message):
            parts = found.groups()
            choices = re.findall(r"[\w-]+", parts[2]) if len(parts) > 2 else []
            close = difflib.get_close_matches(parts[1], choices, 1) if choices else []
            near = f" Meinten Sie {close[0]}?" if close else ""
            return sentence.format(*parts, near=near, choices=", ".join(choices))
    return f"Der Aufruf stimmt nicht: {message}"


class Parser(argparse.ArgumentParser):
    """argparse that speaks German."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is; leaves with 2."""
        self.exit(2, f"{in_german(message)}\nHilfe: {self.prog} --help\n")

    def format_usage(self) -> str:
        """How it is called."""
        return _german_words(super().format_usage())

    def format_help(self) -> str:
        """The whole help."""
        return _german_words(super().format_help())


def _german_words(text: str) -> str:
    for english, german in HELP_WORDS:
        text = text.replace(english, german, 1)
    return text


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
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

    worker = command("worker", "Nur den Hintergrunddienst starten (demo und serve starten ihn selbst, als zwei Prozesse)")
    worker.add_argument("--part", choices=["post", "deliveries"], default="", help="nur Postausgang und Fristen, oder nur Lieferungen (sonst beides)")

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

    command("install", "Nur die Python-Umgebung anlegen, aus dem Bündel oder dem Paketverzeichnis (demo, setup und serve tun es sonst selbst)")

    bundle = command("bundle", "Ein Archiv packen, das sich ohne Netz installieren lässt: Quelltext, Pakete, Teileliste, Prüfsummen")
    bundle.add_argument("--out", metavar="ORDNER", help="wohin (sonst dist/); ein Name auf .tar ist der des Archivs")
    bundle.add_argument("--wheels", metavar="ORDNER", help="Pakete nur von hier nehmen; geprüft werden sie wie sonst")

    command("doctor", "Prüfen, was fehlt oder nicht stimmt")

    audit = command("audit", "Protokoll prüfen")
    audit_commands = audit.add_subparsers(dest="audit_command", metavar="BEFEHL", required=True)
    verify = audit_commands.add_parser("verify", help="Kette des Protokolls nachrechnen", add_help=False)
    verify.add_argument("-h", "--help", action="help", help="diese Hilfe")
    verify.add_argument("--anchor", metavar="DATEI", help="früher ausgelagerter Stand (anchors/….jsonl), der noch stimmen muss")
    verify.add_argument("--demo", action="store_true", help="die Übungsdaten prüfen")

    claim = command("claim", "Was Haushalten zusteht: Bedarf, Einkommen, Anspruch und ab welchem Lohn keine Hilfe mehr nötig ist")
    claim.add_argument("file", metavar="DATEI", nargs="?", help="JSON mit einem Haushalt oder einer Liste (docs/law-api.md); - liest von der Standardeingabe")
    claim.add_argument("--as-of", metavar="TAG", help="für diesen Tag rechnen, z. B. 2026-09-01 (sonst der Tag im Haushalt)")
    claim.add_argument("--explain", action="store_true", help="Zeile für Zeile, mit Paragraf und Rechenweg")
    claim.add_argument("--json", action="store_true", help="als JSON")
    claim.add_argument("--end-points", action="store_true", help="im JSON auch, ab welchem Lohn keine Hilfe mehr nötig ist")
    claim.add_argument("--schema", choices=["households", "claims"], help="nur das JSON-Schema der Frage oder der Antwort ausgeben")

    catalogue = command("catalogue", "Feldkatalog: Klasse, Zone, Zweck, Rechtsgrundlage und Frist jedes Felds")
    form = catalogue.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="als CSV (Semikolon, UTF-8)")
    form.add_argument("--json", action="store_true", help="als JSON")

    papers = command("papers", "Blätter für Datenschutz, Personalrat und Rechenzentrum aus dem Programm schreiben (docs/papers)")
    how = papers.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="nichts schreiben, nur vergleichen; 1, wenn eines nicht mehr stimmt")
    how.add_argument("--out", metavar="ORDNER", help="anderswohin schreiben")

    backup = command("backup", "Sichern, während gearbeitet wird: Daten und Dateien in einen Ordner, Schlüssel getrennt davon. „backup verify DATEI“ prüft.")
    backup.add_argument("where", nargs="+", metavar="ORDNER", help="Ordner für Daten und Dateien; oder verify DATEI")
    backup.add_argument("--keys", metavar="ORDNER", help="anderer Ordner für die Schlüssel; bei verify die Schlüssel-Datei")
    backup.add_argument("--passphrase-file", metavar="DATEI", help="beides versiegeln; das Passwort ist die erste Zeile dieser Datei")
    backup.add_argument("--keep", type=int, default=0, metavar="ZAHL", help="nur die neuesten ZAHL Sicherungen dieser Installation behalten")

    restore = command("restore", "Eine Sicherung zurückholen, nur in eine leere Datenbank und einen leeren Datenordner (HILFEFREI_DATA)")
    restore.add_argument("file", metavar="SICHERUNG", help="Datei aus ./hilfefrei backup")
    restore.add_argument("--keys", metavar="DATEI", required=True, help="die Schlüssel dazu (….schluessel oder secret.toml)")
    restore.add_argument("--database-url", metavar="ADRESSE", help="leere Datenbank (sonst die, die in den Schlüsseln steht)")
    restore.add_argument("--create", action="store_true", help="die Datenbank anlegen, wenn es sie nicht gibt")
    restore.add_argument("--passphrase-file", metavar="DATEI", help="Passwort der Sicherung (erste Zeile)")
    restore.add_argument("--erasures", metavar="DATEI", help="Verzeichnis der Löschungen seit der Sicherung; sie werden nachgeholt")

    upgrade = command("upgrade", "Die Datenbank auf den Stand des Programms bringen: sichert, stellt um, rechnet nach")
    ways = upgrade.add_mutually_exclusive_group()
    ways.add_argument("--check", action="store_true", help="nur zeigen, was käme und wie lange es dauert")
    ways.add_argument("--back", action="store_true", help="zurück zum Stand vor dem letzten upgrade")
    upgrade.add_argument("--copy", metavar="ADRESSE", help="an einer Kopie in dieser leeren Datenbank erproben und messen; am Bestand nichts ändern")
    upgrade.add_argument("--backup", metavar="ORDNER", help="wohin vorher gesichert wird (sonst vor-upgrade im Datenordner)")
    # The dry run calls itself with these.
    upgrade.add_argument("--only-migrate", action="store_true", help=argparse.SUPPRESS)
    upgrade.add_argument("--against", help=argparse.SUPPRESS)

    keys = command("keys", "Schlüssel erneuern; die alten prüfen weiter")
    keys_commands = keys.add_subparsers(dest="keys_command", metavar="BEFEHL", required=True)
    rotate = keys_commands.add_parser("rotate", help="neuen Schlüssel voranstellen", add_help=False)
    rotate.add_argument("-h", "--help", action="help", help="diese Hilfe")
    rotate.add_argument("key", choices=["secret_key", "audit_key", "mfa_key"])

    accounts = command("accounts", "Zugänge mit der Liste der Beschäftigten abgleichen, unbenutzte nennen, einen wieder öffnen, einen des Betriebs zurücksetzen")
    acts = accounts.add_subparsers(dest="accounts_command", metavar="BEFEHL", required=True)
    for name, words in (
        ("sync", "wer nicht in der Liste steht, dessen Stellen enden und dessen Zugang wird geschlossen; ohne --apply nur vergleichen"),
        ("unused", "Zugänge, die lange niemand benutzt hat"),
        ("open", "einen geschlossenen Zugang wieder öffnen (wenn sich niemand aus dem Betrieb mehr anmelden kann)"),
        ("reset", "einem Zugang mit Betriebsrolle ein neues Passwort geben, zweite Faktoren, Pause und Sitzungen beenden (löst einen Alarm aus)"),
    ):
        act = acts.add_parser(name, help=words, description=words, add_help=False)
        act.add_argument("-h", "--help", action="help", help="diese Hilfe")
        act.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
        if name == "sync":
            act.add_argument("file", metavar="DATEI", help="CSV mit der Spalte anmeldename oder kennung (im Anmeldedienst)")
            act.add_argument("--apply", action="store_true", help="schließen, nicht nur vergleichen")
            act.add_argument("--anyway", action="store_true", help="auch, wenn unglaubhaft viele geschlossen würden")
        elif name == "unused":
            act.add_argument("--days", type=int, default=90, help="seit so vielen Tagen (90)")
        else:
            act.add_argument("name", metavar="ANMELDENAME")
            if name == "reset":
                act.add_argument("--password-file", metavar="DATEI", help="Datei, deren erste Zeile das Passwort ist (sonst wird es gefragt)")

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

    delivery = command("delivery", "Lieferungen des zahlenden Verfahrens prüfen, übernehmen, schreiben, zurücknehmen")
    steps = delivery.add_subparsers(dest="delivery_command", metavar="BEFEHL", required=True)
    for name, words in (
        ("check", "nur prüfen und vergleichen; schreibt nichts"),
        ("import", "prüfen und übernehmen, alles oder nichts; ist nichts neu, wird nichts geschrieben"),
        ("undo", "die Übernahme dieser Datei als Ganzes zurücknehmen"),
        ("export", "alles, was das zahlende Verfahren hier kennt, als neutrale Lieferung schreiben"),
    ):
        step = steps.add_parser(name, help=words, description=words, add_help=False)
        step.add_argument("-h", "--help", action="help", help="diese Hilfe")
        step.add_argument("file", metavar="DATEI", help="ZIP mit Tabellen, oder eine Tabelle als CSV oder Parquet (docs/deliveries.md)")
        step.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
        step.add_argument("--json", action="store_true", help="Ergebnis als JSON; der Fortschritt geht nach stderr")
        if name == "undo":
            continue
        said = "sonst der neueste Tag der Daten" if name == "export" else "wenn die Datei ihn nicht sagt"
        step.add_argument("--as-of", metavar="TAG", help=f"Stand der Daten (JJJJ-MM-TT), {said}")
        if name == "export":
            step.add_argument("--parquet", action="store_true", help="Tabellen als Parquet statt CSV")
            continue
        step.add_argument("--kind", choices=["naechtlich", "monat", "grundbestand"], help="Art, wenn die Datei sie nicht sagt")
        step.add_argument("--full", action="store_true", help="vollständige Lieferung: was darin fehlt, läuft nicht mehr")
        step.add_argument("--mapping", metavar="NAME", help="Zuordnung des Verfahrens: gespeicherter Name oder Datei (JSON)")
        step.add_argument("--rejects", metavar="DATEI", help="zurückgewiesene Zeilen mit Regel, Grund und Abhilfe als CSV schreiben")
        if name == "import":
            step.add_argument("--anyway", action="store_true", help="auch übernehmen, wenn unglaubhaft viele Zeilen enden, sich ändern oder zurückgewiesen sind")
    shape = steps.add_parser("schema", help="die Tabellen als JSON Table Schema", add_help=False)
    shape.add_argument("-h", "--help", action="help", help="diese Hilfe")
    shape.add_argument("table", nargs="?", metavar="TABELLE", help="nur diese")

    for name, words, kinds in (
        ("retention", "Was seine Frist hinter sich hat: zählen, freigegebene Läufe ausführen", (("check", "nur zählen; schreibt nichts"), ("run", "den freigegebenen Löschlauf bis zum Ende ausführen"))),
        ("erasure", "Löschprotokoll", (("replay", "nach einer Rücksicherung noch einmal löschen, was seit der Sicherung gelöscht wurde"),)),
        ("person", "Auskunft nach Art. 15 DSGVO", (("export", "alles über eine Person als JSON und PDF; der Zugriff wird festgehalten"),)),
    ):
        steps = command(name, words).add_subparsers(dest="act", metavar="BEFEHL", required=True)
        for key, text in kinds:
            step = steps.add_parser(key, help=text, description=text, add_help=False)
            step.add_argument("-h", "--help", action="help", help="diese Hilfe")
            step.add_argument("--jobcenter", metavar="NUMMER", help="Trägernummer oder Name, wenn es mehrere gibt")
            if key != "export":
                step.add_argument("--json", action="store_true", help="Ergebnis als JSON")
            if key == "replay":
                step.add_argument("--file", metavar="DATEI", help="Löschprotokoll (sonst das im Datenordner)")
            if key == "export":
                step.add_argument("number", metavar="NUMMER", help="unsere Nummer oder Kundennummer")
                step.add_argument("--file", metavar="DATEI", help="als JSON dorthin schreiben")
                step.add_argument("--pdf", metavar="DATEI", help="als PDF dorthin schreiben")

    command("test", "Alle Tests; alles dahinter geht an pytest (z. B. -k uhr --db sqlite)")
    command("lint", "Alle Prüfungen des Quelltexts")
    command("oracle", "Die zweite Meinung zum Recht (GETTSIM) in eine eigene Umgebung holen; Tests und Messungen brauchen sie, der Betrieb nie")
    bench = command("bench", "Messen")
    bench.add_argument("name", help="Name einer Datei in benchmarks/")
    bench.add_argument("--json", action="store_true", help="Ergebnis als JSON")
    bench.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="Angaben dieser Messung, zum Beispiel --inputs 1000")
    command("structure", "Das Abbild der Tabellen, mit dem eine leere Datenbank beginnt, neu schreiben (nach jeder Migration)")
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
