"""The role and permission concept: the policies are asked for every role, the addresses come from the table of the tests."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hilfefrei.apps.audit import policy as audit
from hilfefrei.apps.audit.actor import ROLE_LABELS, Actor, Role
from hilfefrei.apps.benefits import policy as benefits
from hilfefrei.apps.intake import policy as intake
from hilfefrei.apps.org import policy as org
from hilfefrei.apps.people import policy as people
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.apps.privacy import policy as privacy
from hilfefrei.apps.reporting import policy as reporting
from hilfefrei.apps.vacancies import policy as vacancies
from hilfefrei.core.catalogue import Catalogue, Zone
from hilfefrei.dossier import FILL, made, table
from hilfefrei.www.context import NAVIGATION

Ask = Callable[[Actor], bool]
NOBODY: Final = UUID(int=0)
# Where the table of the addresses lies in a checkout.
PERMISSIONS: Final = "tests/permissions.toml"


def coded(module: Any, code: str) -> Ask:
    """The question behind a code of a policy."""
    return lambda actor: bool(module.may(actor, code))


# Every right of every policy, in words: (group, module, name of the function or code, words). A test fails where one is missing.
RIGHTS: Final[tuple[tuple[str, Any, str, str], ...]] = (
    ("Personen", people, "may_see_people", "Akten öffnen, für die das eigene Team heute zuständig ist"),
    ("Personen", people, "may_search", "Suchen (vor dem Anlegen nur Trefferkarten)"),
    ("Personen", people, "may_change", "Aufnehmen, Anschrift und Erreichbarkeit ändern"),
    ("Personen", people, "may_set_numbers", "Nummern des zahlenden Verfahrens eintragen"),
    ("Personen", people, "may_see_placement", "Zonen Vermittlung und Gesundheit lesen"),
    ("Personen", people, "may_protect", "Akte schützen und Schutz aufheben (aufheben nur, wer genannt ist)"),
    ("Personen", people, "may_settle_foreign", "Melden, dass das zahlende Verfahren berichtigt ist"),
    ("Antrag", benefits, "may_record", "Antrag aufnehmen"),
    ("Antrag", benefits, "may_hand_receipt", "Bestätigung aushändigen"),
    ("Antrag", benefits, "may_handle_papers", "Unterlagen vermerken"),
    ("Antrag", benefits, "may_confirm", "Antrag und dringende Meldung bestätigen"),
    ("Antrag", benefits, "may_decide", "Entscheidung festhalten"),
    ("Antrag", benefits, "may_deliver", "Lieferung des zahlenden Verfahrens übernehmen und zurücknehmen"),
    ("Antrag", benefits, "may_see_deliveries", "Lieferungen in Zahlen sehen, ohne Namen"),
    ("Antrag", benefits, "may_calculate", "Berechnung ansehen und ausprobieren"),
    ("Antrag", benefits, "may_keep_basis", "Angaben für die Berechnung übernehmen und zurücknehmen"),
    ("Antrag", benefits, "may_keep_housing_limits", "Mietgrenzen des Kreises ansehen und pflegen"),
    ("ViA", intake, "first_contact", "Erstkontakt aufnehmen"),
    ("ViA", intake, "talk", "Gespräch führen"),
    ("ViA", intake, "read_talk", "Gespräch lesen"),
    ("ViA", intake, "book", "Plätze und Coaching buchen, Stellen mitgeben"),
    ("ViA", intake, "attendance", "Teilnahme eintragen"),
    ("ViA", intake, "facts", "Tatsachen (Arbeit, Ausbildung) eintragen"),
    ("ViA", intake, "end", "ViA beenden und übergeben"),
    ("ViA", intake, "answer_handover", "Übergabe annehmen oder zurückgeben"),
    ("ViA", intake, "leave", "„Dann lasse ich es“ aufnehmen"),
    ("ViA", intake, "second_look", "Zweiter Blick darauf (nie dieselbe Person)"),
    ("ViA", intake, "follow_up", "Nachfragen, wie es geht"),
    ("ViA", intake, "call_list", "Anrufliste sehen"),
    ("ViA", intake, "board", "Eingangsliste sehen"),
    ("ViA", intake, "week", "ViA-Woche sehen"),
    ("ViA", intake, "plan_dates", "Termine und Plätze planen"),
    ("Stellen", vacancies, "may_read", "Stellenbörse lesen"),
    ("Stellen", vacancies, "may_edit", "Eigene Stellen pflegen"),
    ("Stellen", vacancies, "may_import", "Lieferungen von Stellen übernehmen"),
    ("Zahlen", reporting, "month", "Monat lesen, ohne Namen, unter zehn keine Zahl"),
    ("Zahlen", reporting, "close_month", "Monat abschließen und berichtigen"),
    ("Zahlen", reporting, "caseload", "„Zuständig je Stelle“ sehen, nur heute"),
    ("Zahlen", reporting, "comparison", "Vergleich veröffentlichter Zahlen lesen"),
    ("Zahlen", reporting, "import_comparison", "Veröffentlichte Tabellen übernehmen"),
    ("Zahlen", reporting, "may_import_comparison", "dasselbe, auch von der Befehlszeile"),
    ("Haus", org, "may_operate", "Jobcenter, Teams, Stellen, Räume, Zugänge einrichten"),
    ("Haus", org, "may_plan", "Termine, Abwesenheit und Vertretung eintragen"),
    ("Haus", org, "may_oversee", "Überblick über die Einrichtung, ohne Personen"),
    ("Haus", audit, "may_deliver_again", "Liegengebliebene Zustellung noch einmal versuchen"),
    ("Datenschutz", audit, "may_read_catalogue", "Feldkatalog lesen"),
    ("Datenschutz", audit, "may_hold_key", "Blick in die Zugriffe verlangen oder zustimmen (zwei Schlüssel)"),
    ("Datenschutz", privacy, "may_see_runs", "Löschläufe in Zahlen sehen"),
    ("Datenschutz", privacy, "may_ask_run", "Probelauf verlangen"),
    ("Datenschutz", privacy, "may_release_run", "Löschlauf freigeben (nie, wer ihn verlangt hat)"),
    ("Datenschutz", privacy, "may_see_wishes", "Löschwünsche mit Nummer sehen"),
    ("Datenschutz", privacy, "may_note_wish", "Löschwunsch aufnehmen, Brief mitgeben (Art. 17 DSGVO)"),
    ("Datenschutz", privacy, "may_note_by_number", "Löschwunsch aus einem Brief aufnehmen, nur mit der Nummer"),
    ("Datenschutz", privacy, "may_decide_wish", "Löschwunsch entscheiden (nie, wer ihn aufgenommen hat)"),
    ("Datenschutz", privacy, "may_hold", "Vormerken, Verarbeitung einschränken"),
    ("Datenschutz", privacy, "may_export", "Auskunft nach Art. 15 DSGVO ausgeben"),
    ("Datenschutz", privacy, "may_note", "Bestrittene Angabe vermerken, Einwilligung zurücknehmen"),
)
# Who reads a zone of the catalogue. What is told in words has no question of its own.
READERS: Final[Mapping[Zone, Ask | str]] = {
    Zone.NONE: "–",
    Zone.ORGANISATION: lambda actor: org.may_plan(actor) or org.may_oversee(actor),
    Zone.CONTACT: people.may_see_people,
    Zone.BENEFITS: people.may_see_people,
    Zone.PLACEMENT: people.may_see_placement,
    Zone.HEALTH: people.may_see_placement,
    Zone.RECORD: "Zugriffe nur mit zwei Schlüsseln; sonst niemand",
}
# The logins of the small Jobcenter of the tests (tests/world.py) and what they are.
WHO: Final[Mapping[str, str]] = {
    "entrance": ROLE_LABELS[Role.ENTRANCE],
    "colleague": ROLE_LABELS[Role.ENTRANCE],
    "other_team": ROLE_LABELS[Role.ENTRANCE],
    "coach": ROLE_LABELS[Role.COACH],
    "via_lead": ROLE_LABELS[Role.TEAM_LEAD],
    "case_manager": ROLE_LABELS[Role.CASE_MANAGER],
    "placement_lead": ROLE_LABELS[Role.TEAM_LEAD],
    "benefits": ROLE_LABELS[Role.BENEFITS],
    "employer_service": ROLE_LABELS[Role.EMPLOYER_SERVICE],
    "operator": ROLE_LABELS[Role.OPERATOR],
    "controller": ROLE_LABELS[Role.CONTROLLER],
    "director": ROLE_LABELS[Role.DIRECTOR],
    "buyer": ROLE_LABELS[Role.BUYER],
    "data_protection": ROLE_LABELS[Role.DATA_PROTECTION],
    "staff_council": ROLE_LABELS[Role.STAFF_COUNCIL],
    "bca": ROLE_LABELS[Role.EQUAL_OPPORTUNITY],
}
AREAS: Final[Mapping[str, str]] = {
    "": "Anmeldung, Konto, Überwachung", "aftercare": "Nachfragen", "api": "Schnittstelle", "benefits": "Leistung", "calculation": "Berechnung", "cockpit": "Monat",
    "comparison": "Vergleich", "desk": "Übergaben", "entrance": "Eingang und Gespräch", "jobs": "Stellenbörse", "operator": "Einrichtung",
    "people": "Personen", "privacy": "Datenschutz", "shared": "Für alle", "via": "ViA-Woche",
}  # fmt: skip


def ask(module: Any, name: str) -> Ask:
    """What answers a line of :data:`RIGHTS`."""
    return getattr(module, name) if hasattr(module, name) else coded(module, name)


def roles_that(may: Ask) -> tuple[Role, ...]:
    """The roles to which a policy says yes when they are the only one somebody has."""
    return tuple(role for role in Role if may(Actor("user", NOBODY, NOBODY, roles=frozenset({role}))))


def names(roles: Iterable[Role]) -> str:
    """Roles in words."""
    return "; ".join(ROLE_LABELS[role] for role in roles) or "niemand (nur das Programm)"


def addresses(root: Path) -> dict[str, dict[str, Any]]:
    """The table of the tests. Raises FileNotFoundError outside of a checkout."""
    return tomllib.loads((root / PERMISSIONS).read_text(encoding="utf-8"))


def text(known: Catalogue, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The paper as Markdown."""
    fields = [entry for model in known.models.values() for entry in model.entries]
    return "".join(
        (
            "# Rollen- und Rechtekonzept\n\n",
            made("Rollen, Menü und Regeln des Programms und `tests/permissions.toml`"),
            """
Was jemand darf, folgt aus der **Stelle** (Rolle, Team, Zeitraum), nie aus einem Recht an einer einzelnen Person. Welche Akte jemand sieht, folgt aus der
**Zuständigkeit** des Teams an diesem Tag. Beides prüft der Server bei jedem Aufruf; was jemand nicht sehen darf, gibt es für ihn nicht (404).

## Rollen

""",
            table(("Rolle", "Menü", "sieht Akten, für die das Team zuständig ist als"), [_role(role) for role in Role]),
            """
Zwei Rollen in einer Hand zählen zusammen; wer ein Team führt, auch die Leitung, ist dort zugleich Teamleitung. Nie in einer Hand: Betrieb und Personen (`docs/adr/018-operator-apart.md`). Niemand gibt sich selbst eine Stelle.

## Zonen: wer welche Angaben liest

""",
            table(
                ("Zone", "was darin liegt", "Felder", "Rollen"),
                [(word.title, word.text, str(sum(entry.zone == zone for entry in fields)), _readers(zone)) for zone, word in known.zones.items()],
            ),
            """
Die Teamleitung der Leistung liest keine Vermittlung. Jedes einzelne Feld mit seiner Zone: „Feldkatalog“ oder `./hilfefrei catalogue`.

## Wer was darf

Jede Zeile ist eine Regel in `apps/*/policy.py`, für jede Rolle gefragt.

""",
            table(("Bereich", "Recht", "Rollen"), [(group, words, names(roles_that(ask(module, name)))) for group, module, name, words in RIGHTS]),
            f"""
## Welche Akte

| Beziehung | was gilt |
|---|---|
| eigenes Team zuständig | Akte offen, in den Zonen der Rolle |
| anderes Team, früheres Team, anderes Jobcenter | gibt es nicht (404); die Suche zeigt beim Anlegen nur eine Trefferkarte |
| Vertretung | die Teams der vertretenen Person, nicht ihre Rolle, vom ersten bis zum letzten Tag |
| geschützt | nur wer darin genannt ist und zuständig; Vertretung öffnet nicht; Listen zeigen eine Nummer und wen man fragt |
| eingeschränkt (Art. 18 DSGVO) | niemand; Listen zeigen „bitte fragen: Datenschutz“ |
| Übergabe | der Empfänger liest Name und zwei Sätze, die Akte nach der Annahme |

Geprüft für jede Adresse, jede Rolle und jede Beziehung: `tests/test_permissions.py`. Jede geöffnete Akte und jede Suche ist ein Zugriff, festgehalten vor der Antwort.

## Vier Augen

| was | eine Seite | andere Seite |
|---|---|---|
| Zugriffe lesen | {names(audit.KEYS[:1])} | {names(audit.KEYS[1:])} |
| Löschlauf | {names(roles_that(privacy.may_ask_run))} verlangt | {names(roles_that(privacy.may_release_run))} gibt frei |
| Löschwunsch einer Person (Art. 17 DSGVO) | {names(roles_that(privacy.may_note_wish))} nimmt auf | {names(roles_that(privacy.may_decide_wish))} entscheidet |
| „Dann lasse ich es“ | wer es aufnimmt | zweiter Blick: {names(roles_that(coded(intake, "second_look")))} |

## Vergeben, ändern, entziehen

Stellen und Zugänge trägt der Betrieb ein, oder sie folgen aus Gruppen des Anmeldedienstes; wer geht, verliert Zugang und Sitzungen sofort
(`docs/security.md`, „Wer hereinkommt“). Wer im Haus eine Stelle beantragt, genehmigt und jährlich überprüft: {FILL}.

## Anhang: jede Adresse

Rollen, die hereinkommen. „Person“: nur zu Menschen, für die man zuständig ist; die Rollen sind die an der Beispielperson der Tests (im ViA-Team und in der
Leistung), andere Teams kommen zu ihren eigenen Menschen herein. „Liste“: zeigt nur die eigenen. Adressen mit denselben Rollen stehen in einer Zeile.
""",
            _annex(rows),
        )
    )


def _role(role: Role) -> tuple[str, ...]:
    kinds = people.KINDS_OF_ROLE.get(role, frozenset())
    menu = ", ".join(entry.label for entry in NAVIGATION.get(role, ())) or "noch keine Seiten"
    return ROLE_LABELS[role], menu, ", ".join(kind.label for kind in ResponsibilityKind if kind in kinds) or "keine"


def _readers(zone: Zone) -> str:
    reader = READERS[zone]
    return reader if isinstance(reader, str) else names(roles_that(reader))


def _annex(rows: Mapping[str, Mapping[str, Any]]) -> str:
    areas: dict[str, dict[tuple[str, str], list[str]]] = {}
    for address, row in rows.items():
        area, _, name = address.rpartition(":")
        method = "GET" if "GET" in row else "POST"
        remark = ["ändert"] if method == "POST" else []
        remark += ["Person"] if row.get("personal") else ["Liste"] if row.get("names") else []
        remark += ["ohne Anmeldung"] if row.get("open") else []
        remark += ["mit Kennzeichen"] if row.get("token") else []
        remark += ["ohne geschützte Menschen"] if row.get("leaves_out") else []
        keys = (_who(str(row[method])), ", ".join(remark))
        areas.setdefault(area, {}).setdefault(keys, []).append(name)
    parts = []
    for area, groups in sorted(areas.items(), key=lambda pair: AREAS[pair[0]]):
        lines = [(", ".join(f"`{name}`" for name in found), who, remark) for (who, remark), found in groups.items()]
        parts.append(f"\n### {AREAS[area]}\n\n" + table(("Adressen", "Rollen", "Art"), lines))
    return "".join(parts)


def _who(keys: str) -> str:
    if keys == "all":
        return "alle Angemeldeten"
    return "; ".join(dict.fromkeys(WHO[key] for key in keys.split())) or "niemand"
