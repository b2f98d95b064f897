"""``./hilfefrei papers``: write all papers, or say which of them no longer say what the program does.

Exit codes: 0 done, 1 a paper differs, lies nowhere, or names something that is not there.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.core import asvs as requirements
from hilfefrei.core import catalogue, works_agreement
from hilfefrei.core.law import coverage
from hilfefrei.dossier import accessibility, asvs, data, deletion, evidence, impact, processing, roles

DONE, FAILED = 0, 1
FOLDER: Final = "docs"
# What stands in the index, in the order in which one reads: file below ``docs``, title, who it is for.
PAPERS: Final = (
    ("papers/roles.md", "Rollen- und Rechtekonzept", "Datenschutz, Leitung"),
    ("papers/deletion.md", "Löschkonzept (DIN 66398)", "Datenschutz, Leitung"),
    ("works-agreement.md", "Muster der Dienstvereinbarung mit der Liste, wo Beschäftigte erscheinen", "Personalrat, Dienststelle"),
    ("papers/processing.md", "Verzeichnis der Verarbeitungstätigkeiten (Art. 30 DSGVO)", "Datenschutz"),
    ("papers/impact.md", "Folgenabschätzung (Art. 35 DSGVO), Vorlage", "Datenschutz, Leitung"),
    ("papers/asvs.md", "Sicherheit nach OWASP ASVS 5.0, Stufe 2", "Rechenzentrum, Prüfung"),
    ("papers/accessibility.md", "Erklärung zur Barrierefreiheit, Entwurf", "Leitung, Schwerbehindertenvertretung"),
    ("law.md", "Was die Rechnung vom Recht kann, und wo es Zweifel lässt", "Leistung, Leitung"),
)


def texts(root: Path) -> dict[str, str]:
    """Every paper as it is made now: place below the root to text. Raises FileNotFoundError outside of a checkout."""
    known, beside = catalogue.load(), data.load()
    made = {
        "papers/roles.md": roles.text(known, roles.addresses(root)),
        "papers/deletion.md": deletion.text(known),
        "works-agreement.md": works_agreement.text(works_agreement.load()),
        "papers/processing.md": processing.text(known, catalogue.rows(known, tables.tables()), beside),
        "papers/impact.md": impact.text(known, beside),
        "papers/asvs.md": asvs.text(requirements.load()),
        "papers/accessibility.md": accessibility.text(beside),
        # Written by hand around a table that is made.
        "law.md": coverage.within((root / FOLDER / "law.md").read_text(encoding="utf-8")),
    }
    return {f"{FOLDER}/{name}": made[name] for name, _, _ in PAPERS} | {f"{FOLDER}/papers/README.md": index()}


def index() -> str:
    """The list of the papers."""
    lines = [f"| [{title}]({name.removeprefix('papers/') if name.startswith('papers/') else '../' + name}) | {who} |" for name, title, who in PAPERS]
    return "\n".join(
        (
            "# Blätter für Datenschutz, Personalrat und Rechenzentrum",
            "",
            "Erzeugt mit `./hilfefrei papers` aus dem Programm; `./hilfefrei papers --check` sagt, was nicht mehr stimmt. Nicht von Hand ändern.",
            "",
            "| Blatt | für wen |",
            "|---|---|",
            *lines,
            "",
            "Dazu, von Hand geschrieben: [Schutz](../security.md), [Löschen und Rechte](../retention.md), [Betrieb](../operations.md).",
            "",
        )
    )


def problems(root: Path, written: dict[str, str]) -> list[str]:
    """What the papers name and is not there, and tables that stand in no activity."""
    named = {where for row in requirements.load().rows for where in row.where} | set(data.load().where)
    found = [wrong for where in sorted(named) if (wrong := evidence.problem(root, where, written))]
    return found + [f"{label}: steht in keiner Tätigkeit (core/data/processing.toml)" for label in processing.lost(catalogue.load(), data.load())]


def run(options: argparse.Namespace, root: Path) -> int:
    """Write or compare."""
    try:
        written = texts(root)
    except FileNotFoundError:
        sys.stderr.write(f"Die Tabelle der Rechte ({roles.PERMISSIONS}) liegt hier nicht. Bitte im Ordner des Quelltexts aufrufen.\n")
        return FAILED
    if wrong := problems(root, written):
        sys.stderr.write("Die Blätter nennen, was es nicht gibt:\n" + "".join(f"  {words}\n" for words in wrong))
        return FAILED
    if options.check:
        late = [name for name, text in written.items() if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text]
        if late:
            sys.stderr.write("Diese Blätter sagen nicht mehr, was das Programm tut:\n" + "".join(f"  {name}\n" for name in late) + "Neu schreiben: ./hilfefrei papers\n")
            return FAILED
        sys.stdout.write(f"{len(written)} Blätter stimmen mit dem Programm überein.\n")
        return DONE
    folder = Path(options.out) if options.out else root / FOLDER
    try:
        for name, text in written.items():
            place = folder / name.removeprefix(f"{FOLDER}/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{folder} lässt sich nicht beschreiben ({error.strerror}). Bitte einen anderen Ordner nennen: --out ORDNER\n")
        return FAILED
    sys.stdout.write(f"{len(written)} Blätter geschrieben: {folder}\n")
    return DONE
