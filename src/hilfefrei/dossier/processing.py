"""The record of processing activities (Art. 30 DSGVO), counted from the field catalogue."""

from collections.abc import Iterable, Mapping

from hilfefrei.core.catalogue import Catalogue, Pii, Row, Zone
from hilfefrei.dossier import FILL, made, table
from hilfefrei.dossier.data import Activity, Data
from hilfefrei.dossier.evidence import shown


def text(known: Catalogue, rows: Iterable[Row], data: Data) -> str:
    """The paper as Markdown; ``rows`` say how fields are called in German."""
    labels = {f"{row.app}.{row.model}.{row.field}": row.label for row in rows}
    return "".join(
        (
            "# Verzeichnis der Verarbeitungstätigkeiten (Art. 30 DSGVO)\n\n",
            made("Feldkatalog und `core/data/processing.toml`"),
            f"""
Fassung des Feldkatalogs {known.version}, {"fachlich geprüft" if known.checked else "fachlich noch nicht geprüft"}. Grundlagen der Tätigkeiten sind die im Katalog genannten;
eine Rechtsprüfung steht aus.

## Angaben des Verantwortlichen

""",
            table(
                ("was", "wer"),
                [
                    ("Verantwortlicher (§ 50 Abs. 2, § 51b SGB II; Art. 4 Nr. 7 DSGVO), Anschrift, Vertretung", FILL),
                    ("Datenschutzbeauftragte", FILL),
                    ("Auftragsverarbeiter (Rechenzentrum, Wartung): Name, Vertrag nach § 80 SGB X, Anzeige an die Aufsicht", FILL),
                    ("Übermittlung in Drittländer", "keine durch das Programm; durch Auftragsverarbeiter: " + FILL),
                    ("Stand dieses Verzeichnisses im Haus", FILL),
                ],
            ),
            *(_activity(known, labels, number, one) for number, one in enumerate(data.activities, 1)),
            "\n## Technische und organisatorische Maßnahmen (Art. 32 DSGVO)\n\n",
            table(("Maßnahme", "was gilt", "gezeigt in"), [(one.title, one.says, ", ".join(map(shown, one.where))) for one in data.measures]),
            f"\nGebäude, Netz, Arbeitsplätze, Verpflichtung und Schulung der Beschäftigten: {FILL}.\n",
        )
    )


def lost(known: Catalogue, data: Data) -> list[str]:
    """Tables of the catalogue that stand in no activity, or in two."""
    listed = [app for one in data.activities for app in one.apps]
    return [label for label in known.models if listed.count(label.partition(".")[0]) != 1]


def _activity(known: Catalogue, labels: Mapping[str, str], number: int, one: Activity) -> str:
    models = [model for label, model in known.models.items() if label.partition(".")[0] in one.apps]
    entries = [entry for model in models for entry in model.entries if entry.pii != Pii.NONE]
    special = _listed(f"{known.models[entry.model].title}: {labels[f'{entry.model}.{entry.field}']}" for entry in entries if entry.pii == Pii.SPECIAL)
    about = [model.title for model in models if any(entry.pii != Pii.NONE for entry in model.entries)]
    return f"\n## {number} {one.title}\n\n" + table(
        ("was", "Angabe"),
        [
            ("Zweck", one.purpose),
            ("betroffene Menschen", one.people),
            ("Kategorien von Daten", _listed(about)),
            ("Klassen", _listed(f"{word.title} ({count})" for pii, word in known.pii.items() if (count := sum(e.pii == pii for e in entries)))),
            ("besondere Kategorien (Art. 9 DSGVO)", special or "keine"),
            ("Zonen", _listed(known.zones[zone].title for zone in Zone if any(e.zone == zone for e in entries))),
            ("Grundlagen", "; ".join(basis.source for key, basis in known.bases.items() if any(key in e.basis for e in entries))),
            ("Empfänger im Haus", one.inside),
            ("Empfänger außerhalb", one.outside),
            ("Fristen (Löschkonzept)", _listed(term.title for key, term in known.retentions.items() if any(e.retention == key for e in entries))),
        ],
    )


def _listed(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))
