"""``docs/deliveries.md`` says what the schemas and rules say; ``python -m tests.core.deliveries.test_document`` writes it anew."""

import json
import re
from pathlib import Path

from hilfefrei.core.deliveries import read, schema
from hilfefrei.core.deliveries.check import HINTS, RULES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "deliveries.md"
TYPES = {"string": "Text", "date": "Tag", "yearmonth": "Monat", "number": "EUR", "boolean": "ja/nein"}


def tables() -> str:
    """Every table with its fields."""
    parts = []
    for table in schema.tables().values():
        lines = [f"### {table.name}", "", f"{table.description} Schlüssel: {', '.join(f'`{name}`' for name in table.key)}. XSozial: {table.xsozial}.", ""]
        lines += ["| Spalte | Inhalt | Art | Pflicht |", "|---|---|---|---|"]
        for one in table.fields:
            words = "; ".join(filter(None, (one.title, one.description, ", ".join(f"`{value}` {name}" if name != value else f"`{value}`" for value, name in one.choices.items()))))
            kind = TYPES[one.type] + (f", bis {one.max_length} Zeichen" if one.max_length else "")
            target = table.points_to.get(one.name)
            lines.append(f"| `{one.name}` | {words}{f'; steht in `{target[0]}`' if target else ''} | {kind} | {'ja' if one.required else ''} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def rules() -> str:
    """Every rule and hint with its short name."""
    lines = ["| Kurzname | Regel |", "|---|---|"]
    lines += [f"| `{code}` | {words} |" for code, words in RULES.items()]
    lines += [f"| `{code}` | Hinweis: {words} |" for code, words in HINTS.items()]
    return "\n".join(lines)


def written(text: str) -> str:
    """The document with both parts as they should be."""
    for name, part in (("tables", tables()), ("rules", rules())):
        text = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _, n=name, p=part: f"<!-- {n} -->\n{p}\n<!-- /{n} -->", text, flags=re.DOTALL)
    return text


def test_the_document_says_what_the_schemas_say() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "python -m tests.core.deliveries.test_document"


def test_its_examples_work() -> None:
    manifest, mapping = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL))
    assert manifest["art"] in read.KINDS
    found = read.mapping_of(mapping)
    text = b"KDNR;VNAME;NNAME;GEB\nK1;Sabine;Kornblume;3.4.1988\n"
    assert read.read(text, "PERS_2026.TXT", mapping=found).rows["personen"][0].usable


def test_no_claim_of_conformity() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert "behauptet keine Konformität" in text


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
