"""The ASVS table as a paper."""

from collections import Counter
from itertools import groupby

from hilfefrei.core.asvs import Asvs, Is
from hilfefrei.dossier import made, table
from hilfefrei.dossier.evidence import shown

WORDS = {Is.TEST: "Test", Is.DOCUMENT: "Dokument", Is.OPEN: "**offen**", Is.NONE: "entfällt"}
CHAPTERS = {
    1: "Kodieren und Säubern", 2: "Prüfen und Abläufe", 3: "Seiten im Browser", 4: "Schnittstellen", 5: "Dateien", 6: "Anmeldung", 7: "Sitzung",
    8: "Rechte", 9: "Token, die für sich stehen", 10: "OAuth und OpenID Connect", 11: "Verschlüsselung", 12: "Übertragung", 13: "Einstellungen",
    14: "Schutz der Daten", 15: "Aufbau und Bestandteile", 16: "Protokoll und Fehler", 17: "WebRTC",
}  # fmt: skip


def text(known: Asvs) -> str:
    """The paper as Markdown: figures, what is open, then all rows by chapter."""
    by_state = Counter(row.state for row in known.rows)
    levels = Counter(row.level for row in known.rows)
    parts = [
        f"# Sicherheit nach {known.standard}, Stufe 2\n\n",
        made("`core/data/asvs.toml`"),
        f"""
Fassung {known.version}. {len(known.rows)} Anforderungen: {levels[1]} der Stufe 1, {levels[2]} der Stufe 2. Nummer und Stufe sind die des Standards
(CC BY-SA 4.0, github.com/OWASP/ASVS); was verlangt ist, steht hier kurz in unseren Worten und ersetzt den Standard nicht. Selbst beurteilt, von niemandem
außen geprüft.

""",
        table(
            ("Stand", "was es heißt", "Zahl"),
            [
                ("Test", "ein genannter Test scheitert, wenn es bricht", str(by_state[Is.TEST])),
                ("Dokument", "beschrieben oder eingestellt; kein eigener Test", str(by_state[Is.DOCUMENT])),
                ("**offen**", "nicht oder nicht ganz erfüllt, mit Grund", str(by_state[Is.OPEN])),
                ("entfällt", "betrifft nicht, was das Programm tut", str(by_state[Is.NONE])),
            ],
        ),
        "\n## Offen\n\n",
        table(("Nr.", "Stufe", "verlangt", "was fehlt"), [(r.id, str(r.level), r.ours, r.note) for r in known.rows if r.state == Is.OPEN]),
        "\n## Alle\n",
    ]
    for chapter, rows in groupby(known.rows, key=lambda row: row.chapter):
        parts += [
            f"\n### V{chapter} {CHAPTERS[chapter]}\n\n",
            table(
                ("Nr.", "Stufe", "verlangt", "Stand", "wo, oder warum nicht"),
                [
                    (r.id, str(r.level), r.ours, WORDS[r.state], ". ".join(part for part in (", ".join(map(shown, r.where)), r.note) if part))
                    for r in rows
                ],
            ),
        ]
    return "".join(parts)
