"""The template of the data protection impact assessment (Art. 35 DSGVO), along the Standard-Datenschutzmodell."""

from hilfefrei.core.catalogue import Catalogue, Pii
from hilfefrei.dossier import FILL, made, table
from hilfefrei.dossier.data import Data
from hilfefrei.dossier.evidence import shown


def text(known: Catalogue, data: Data) -> str:
    """The paper as Markdown."""
    entries = [entry for model in known.models.values() for entry in model.entries]
    special = sum(entry.pii == Pii.SPECIAL for entry in entries)
    goals = "".join(
        f"\n### {one.title}\n\n{one.says}\n\nGrenze: {one.gap}\n\nGezeigt in: {', '.join(map(shown, one.where))}.\n" for one in data.goals
    )
    return "".join(
        (
            "# Datenschutz-Folgenabschätzung (Art. 35 DSGVO), Vorlage\n\n",
            made("Feldkatalog und `core/data/impact.toml`"),
            f"""
Was das Programm tut, steht hier; was nur das Haus weiß und abwägt, ist mit {FILL} bezeichnet. Eine Vorlage ersetzt weder die Abwägung noch den Rat der
Datenschutzbeauftragten (Art. 35 Abs. 2 DSGVO).

## 1 Warum eine Folgenabschätzung

Sozialdaten vieler, oft abhängiger Menschen, darunter besondere Kategorien (Art. 35 Abs. 1 und 3 lit. b DSGVO): {len(entries)} Felder in {len(known.models)} Tabellen, davon
{sum(entry.pii == Pii.SOCIAL for entry in entries)} Sozialdaten und {special} besondere Kategorien oder freier Text, der sie enthalten kann. Zahl der Menschen und Beschäftigten: {FILL}.

## 2 Was verarbeitet wird

Tätigkeiten, Zwecke, Grundlagen, Empfänger, Fristen: `docs/papers/processing.md`. Wer was sieht: `docs/papers/roles.md`. Löschen: `docs/papers/deletion.md`.
Beschäftigte: `docs/works-agreement.md`. Ablauf im Haus, Schnittstellen, Auftragsverarbeiter: {FILL}.

## 3 Notwendig und verhältnismäßig

""",
            table(
                ("Frage", "Antwort des Programms", "Haus"),
                [
                    ("Braucht es jedes Feld?", "Zweck und Grundlage je Feld", FILL),
                    ("Geht es mit weniger?", "Erstkontakt ohne Namen; Gesundheit nur als Grenze; Zahlen ohne Namen", FILL),
                    ("Wie lange?", "Frist je Feld mit Grund", "Beschluss über die Fristen: " + FILL),
                    ("Was wissen die Betroffenen?", "Blatt „Welche Daten“, Auskunft, Einwilligungen mit Zweck", "Datenschutzhinweise: " + FILL),
                    ("Entscheidet das Programm?", "nein (Art. 22 DSGVO): es ordnet Stellen und zeigt Fristen, mit Gründen", FILL),
                ],
            ),
            "\n## 4 Die sieben Gewährleistungsziele\n",
            goals,
            "\n## 5 Risiken\n\n",
            table(
                ("Risiko", "Schaden", "was dagegen steht", "gezeigt in", "was bleibt", "Eintritt, Schwere, Entscheidung"),
                [(one.title, one.harm, one.against, ", ".join(map(shown, one.where)), one.left, FILL) for one in data.risks],
            ),
            f"""
## 6 Ergebnis

| was | wer, wann |
|---|---|
| Rat der Datenschutzbeauftragten | {FILL} |
| Standpunkt der Betroffenen oder ihrer Vertretung (Art. 35 Abs. 9 DSGVO) | {FILL} |
| Beteiligung des Personalrats | {FILL} |
| verbleibendes Risiko hoch? Dann vorherige Konsultation (Art. 36 DSGVO) | {FILL} |
| Entscheidung des Verantwortlichen | {FILL} |
| nächste Überprüfung, spätestens mit jeder neuen Fassung des Feldkatalogs (heute {known.version}) | {FILL} |
""",
        )
    )
