"""The deletion concept after DIN 66398: classes, when their term starts, how long it is, what the program does by itself."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from hilfefrei.apps.privacy import due, holdings, policy
from hilfefrei.apps.privacy.workflows import HoldKind, Stays
from hilfefrei.core.catalogue import Catalogue, Pii, Retention
from hilfefrei.dossier import FILL, made, table
from hilfefrei.dossier.roles import names, roles_that

ROW: Final = "Ende der Zeile selbst"
PERSON: Final = "was aus der Person wurde"


def text(known: Catalogue) -> str:
    """The paper as Markdown."""
    classes = [one for one in known.retentions.values() if one.key != "none"]
    state = "fachlich geprüft" if known.checked else "fachlich noch nicht geprüft"
    late = [one for one in classes if one.deletes == "noch nicht"]
    return "".join(
        (
            "# Löschkonzept\n\n",
            made("Feldkatalog, Löschlauf und Vormerkungen"),
            f"""
Aufgebaut nach DIN 66398: Löschklasse = Startzeitpunkt und Regelfrist, jede Datenart gehört zu einer. Feldkatalog Fassung {known.version}, {state}: Fristen sind ein
Vorschlag. Beschluss des Jobcenters über die Fristen, Tag und Aktenzeichen: {FILL}.

Grundlagen: {known.source}

## Löschklassen

""",
            table(
                ("Klasse", "Regelfrist", "Beginn", "Uhr im Programm", "löscht", "warum so lange"),
                [(one.title, one.period, one.starts, _clock(one), _deletes(one), one.why) for one in classes],
            ),
            """
**löscht**: „selbst“ = der Hintergrunddienst ohne Zutun; „Löschlauf“ = nach Freigabe durch zwei Menschen; „noch nicht“ = das Programm löscht es nicht.

## Was wozu gehört

Ganze Zeilen einer Tabelle folgen ihrer Klasse; einzelne Felder mit einer kürzeren Frist werden vorher geleert. Felder ohne Personenbezug stehen nicht hier.

""",
            table(("Klasse", "ganze Zeilen", "einzelne Felder"), _kinds(known, classes)),
            f"""
## Der Löschlauf

{names(roles_that(policy.may_ask_run))} verlangt einen Probelauf (es wird nur gezählt), {names(roles_that(policy.may_release_run))} gibt frei, nie dieselbe Person, binnen 30 Tagen.
Danach geht Haushalt für Haushalt, jeder ganz oder gar nicht und jeder vorher neu gerechnet. Was zu einer Person gehört, folgt aus den Schlüsseln der Tabellen; eine neue
Tabelle ohne Weg, ein Feld ohne Eintrag und eine Frist ohne Uhr lassen Tests scheitern (`tests/apps/privacy/test_runs.py`). Ablauf: `docs/retention.md`.

## Löschen auf Wunsch (Art. 17 DSGVO)

{names(roles_that(policy.may_note_wish))} nimmt auf, {names(roles_that(policy.may_decide_wish))} entscheidet über jede Frist einzeln, nie derselbe Mensch. Dann der Brief, erst danach wird
gelöscht: Er braucht den Namen. Der Antrag bleibt, solange er läuft, seine Frist nicht um ist oder andere im Haushalt daran hängen; eine Vormerkung hält alles an. Was bleiben kann:

""",
            table(("Grund im Brief",), [(why.label,) for why in Stays]),
            """
## Was zurückhält

Von selbst: offener Antrag, laufende Leistungen, Zeile in einer Lieferung der letzten 90 Tage. Als Vormerkung ({names(roles_that(policy.may_hold))}):

""",
            table(("Vormerkung",), [(kind.label,) for kind in HoldKind]),
            """
## Was stehen bleibt und warum

""",
            table(("Daten", "Grund"), [(_title(known, label), why) for label, why in holdings.EXEMPT.items()]),
            f"""
Abgeschlossene Monate und veröffentlichte Zahlen enthalten keine Person. Die Ereigniskette hält auch ohne die gelöschten Inhalte (`audit verify`).

## Nachweis und Rücksicherung

Jede Löschung steht ohne Inhalt in der Datenbank und in `erasures/<Nummer>.jsonl`. Nach einer Rücksicherung wird noch einmal gelöscht (`./hilfefrei erasure replay`,
`tests/apps/privacy/test_replay.py`). Sicherungen enthalten Gelöschtes, bis sie selbst gelöscht sind: `backup --keep ZAHL` ist darum eine Frist. Zahl und Aufbewahrung der
Sicherungen: {FILL}.

## Was das Programm noch nicht löscht

""",
            table(("Klasse", "Regelfrist", "bis dahin"), [(one.title, one.period, FILL) for one in late]),
            f"""
Nicht Teil dieses Konzepts: das zahlende Verfahren, die E-Akte und Blätter, die sie abgeholt haben; ihre Löschkonzepte:
{FILL}. Verantwortlich für Umsetzung und jährliche Prüfung dieses Konzepts: {FILL}.
""",
        )
    )


def _clock(one: Retention) -> str:
    if one.key in due.PERSON_CLOCKS:
        return PERSON
    if any(retention == one.key for _, retention in due.ROW_ENDS):
        return ROW
    if one.key in due.WITH_THE_PERSON:
        return "mit der Person"
    return "mit dem Datensatz" if one.released else "Hintergrunddienst" if one.automatic else "keine"


def _deletes(one: Retention) -> str:
    return {"ja": "selbst", "im Löschlauf": "Löschlauf"}.get(one.deletes, "noch nicht")


def _kinds(known: Catalogue, classes: list[Retention]) -> list[tuple[str, ...]]:
    rows: Mapping[str, list[str]] = defaultdict(list)
    fields: Mapping[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for label, model in known.models.items():
        title = _title(known, label)
        own = {entry.retention for entry in model.entries if entry.field == "id"} or {model.entries[0].retention}
        for entry in model.entries:
            if entry.pii != Pii.NONE and entry.retention not in own:
                fields[entry.retention][title] += 1
        if any(entry.pii != Pii.NONE and entry.retention in own for entry in model.entries):
            rows[next(iter(own))].append(title)
    return [
        (one.title, ", ".join(rows[one.key]) or "–", ", ".join(f"{title} ({count})" for title, count in fields[one.key].items()) or "–")
        for one in classes
        if rows[one.key] or fields[one.key]
    ]


def _title(known: Catalogue, label: str) -> str:
    """The German name of a table, with its part of the program where two are called alike."""
    model = known.models[label]
    alike = sum(other.title == model.title for other in known.models.values()) > 1
    return f"{model.title} ({model.app_title})" if alike else model.title
