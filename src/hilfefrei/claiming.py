"""``./hilfefrei claim``: what households are entitled to, from a file or standard input. Needs no data and keeps none.

Exit codes: 0 all worked out; 2 wrong command line, no readable document, or a household that cannot be worked with (the others are).
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from hilfefrei.core.law import documents
from hilfefrei.core.law.household import HouseholdError
from hilfefrei.core.money import format_euro

DONE, USAGE = 0, 2
STDIN: Final = "-"
GAP: Final = "  "


def run(options: argparse.Namespace) -> int:
    """Print a schema, or the claims of the households in a file."""
    if options.schema:
        sys.stdout.write(documents.schema_text(options.schema))
        return DONE
    try:
        day = _day(options.as_of)
        data = documents.read(_content(options.file))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{_why(error, options.file)}\n")
        return USAGE
    entries = documents.answer(data, day=day, steps=options.explain, end_points=options.end_points or not options.json)
    if options.json:
        sys.stdout.write(json.dumps({"claims": entries}, ensure_ascii=False, indent=1) + "\n")
    else:
        good = [entry for entry in entries if "problems" not in entry]
        sys.stdout.write("\n\n".join("\n".join(_sheet(entry)) for entry in good) + ("\n" if good else ""))
    refused = documents.problems_of(entries)
    for entry in refused if not options.json else ():
        name = f" „{entry['id']}“" if entry["id"] else ""
        sys.stderr.write(f"Haushalt {entry['index'] + 1}{name} lässt sich nicht rechnen:\n")
        for problem in entry["problems"]:
            sys.stderr.write(f"{GAP}{problem['field']}: {problem['reason']}\n")
    if not entries:
        sys.stderr.write("In diesem Dokument steht kein Haushalt. Ein Beispiel steht in docs/law-api.md.\n")
    return USAGE if refused or not entries else DONE


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    message = f"„{text}“ ist kein Tag. Beispiel: --as-of 2026-09-01"
    raise ValueError(message)


def _content(name: str | None) -> bytes:
    if not name:
        message = "Es fehlt die Datei mit den Haushalten. Von der Standardeingabe: ./hilfefrei claim -"
        raise ValueError(message)
    return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()


def _why(error: Exception, name: str | None) -> str:
    if isinstance(error, HouseholdError):
        return f"{name}: {error.problems[0].reason}"
    if isinstance(error, OSError):
        return f"Die Datei {name} lässt sich nicht lesen ({error.strerror})."
    return str(error)


def _money(value: float | None) -> str:
    return "nicht erreicht" if value is None else format_euro(round(value * 100))


def _sheet(entry: Mapping[str, Any]) -> Iterator[str]:
    """The sheet of a household, line by line."""
    year, month, day = entry["as_of"].split("-")
    name = f"Haushalt „{entry['id']}“, " if entry["id"] else ""
    yield f"{name}{day}.{month}.{year}, {entry['benefit']} · {entry['note']}"
    for number, unit in enumerate(entry["units"], start=1):
        yield ""
        yield f"Bedarfsgemeinschaft {number}" if len(entry["units"]) > 1 else "Bedarfsgemeinschaft"
        yield from _table(_rows(unit))
        yield ""
        yield from _table(_sums(unit, entry["benefit"]), ruled=False)
        if "steps" in unit:
            yield ""
            yield from _steps(unit["steps"])
    for other in entry.get("otherwise", ()):
        yield ""
        yield f"Zweifel im Recht ({other['paragraph']}): {other['question']}"
        yield f"Hier: {other['taken']} {other['reason']}"
        yield f"Andere Lesart: {other['other']} Anspruch dann {', '.join(map(_money, other['claims']))}"
    for points in entry.get("end_points", ()):
        yield ""
        yield f"Ab welchem Bruttolohn von „{points['person']}“ (bis {format_euro(round(points['highest'] * 100), whole=True)} angesehen)"
        yield from _table(
            [("frei von Grundsicherung", _money(points["is_free_from"])), ("lebt aus eigenem Einkommen", _money(points["lives_from_own_income_from"]))],
            ruled=False,
        )


def _rows(unit: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows = [("Person", "Bedarf", "Einkommen", "Anspruch")]
    for person in unit["persons"]:
        income = round(person["income"] * 100) + round(person["child_benefit_used"] * 100)
        name = person["id"] if person["member"] else f"{person['id']} (gehört nicht dazu)"
        rows.append((name, _money(person["need"]), format_euro(income), _money(person["claim"])))
    return [*rows, ("zusammen", _money(unit["need"]), _money(unit["income"]), _money(unit["claim"]))]


def _sums(unit: Mapping[str, Any], benefit: str) -> Iterator[tuple[str, ...]]:
    """What follows from the claim; nothing is said of what is not there."""
    for label, name in (
        ("Vermögen über den Freibeträgen", "asset_excess"),
        ("Minderung", "reduction"),
        ("Sofortzuschlag, neben dem Anspruch", "supplement"),
        ("Bildung und Teilhabe, neben dem Anspruch", "schooling"),
        ("Wohngeld, wenn es bewilligt wird", "housing_benefit"),
        ("Kinderzuschlag, wenn er bewilligt wird", "child_supplement"),
    ):
        if unit[name]:
            yield label, _money(unit[name])
    if unit["must_claim"]:
        yield f"Wohngeld und Kinderzuschlag gehen vor (§ 12a SGB II); {benefit}", _money(unit["paid"])
    else:
        yield f"{benefit}, Zahlung", _money(unit["paid"])
    yield "Geld im Monat, alles zusammen", _money(unit["disposable"])
    yield "frei von Grundsicherung", "ja" if unit["is_free"] else "nein"
    yield "lebt aus eigenem Einkommen", "ja" if unit["lives_from_own_income"] else "nein"


def _table(rows: Any, *, ruled: bool = True) -> Iterator[str]:
    """Rows under each other, the first column left, the others right; ``ruled`` draws lines under the first and over the last row."""
    kept = [tuple(row) for row in rows]
    widths = [max(len(row[at]) for row in kept) for at in range(len(kept[0]))]
    rule = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    for number, row in enumerate(kept):
        if ruled and number in {1, len(kept) - 1}:
            yield rule
        cells = (cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        yield GAP.join(cells).rstrip()


def _steps(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    """The explanation: a group of lines, then what they come to."""
    labels = [f"{'= ' if step['result'] else ''}{step['label']}{' · ' + step['person'] if step['person'] else ''}" for step in steps]
    amounts = [_money(step["amount"]) for step in steps]
    label_width, amount_width = max(map(len, labels), default=0), max(map(len, amounts), default=0)
    begins = False
    for step, label, amount in zip(steps, labels, amounts, strict=True):
        if begins:
            yield ""
        why = "; ".join(part for part in (step["paragraph"], step["formula"]) if part)
        yield f"{label.ljust(label_width)}{GAP}{amount.rjust(amount_width)}{GAP}{why}".rstrip()
        begins = step["result"]
