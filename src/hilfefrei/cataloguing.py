"""``./hilfefrei catalogue``: the field catalogue as text, CSV or JSON.

Exit codes: 0 done, 1 the catalogue and the tables do not agree (what is wrong goes to stderr, nothing is printed).
"""

import argparse
import csv
import json
import sys
from itertools import groupby

from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import COLUMNS, Row, cells


def run(options: argparse.Namespace) -> int:
    """Print the list sorted by app, table and field."""
    if wrong := tables.problems():
        sys.stderr.write("Der Feldkatalog passt nicht zu den Tabellen:\n" + "".join(f"  {words}\n" for words in wrong))
        return 1
    known = catalogue.load()
    rows = catalogue.rows(known, tables.tables())
    if options.csv:
        out = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
        out.writerow(heading for heading, _ in COLUMNS)
        out.writerows(map(cells, rows))
    elif options.json:
        head = {"version": known.version, "source": known.source, "checked": known.checked}
        lines = [dict(zip((heading for heading, _ in COLUMNS), cells(row), strict=True)) for row in rows]
        sys.stdout.write(json.dumps(head | {"fields": lines}, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_text(known, rows)) + "\n")
    return 0


def _text(known: catalogue.Catalogue, rows: list[Row]) -> list[str]:
    state = "geprüft" if known.checked else "fachlich noch nicht geprüft"
    lines = [f"Feldkatalog, Fassung {known.version} ({state}), {len(rows)} Felder", known.source]
    for (app, model), group in groupby(rows, key=lambda row: (row.app, row.model)):
        fields = list(group)
        lines += ["", f"{fields[0].app_title} – {fields[0].model_title} ({app}.{model})"]
        for row in fields:
            lines.append(f"  {row.field}: {row.label}")
            lines.append(f"    {row.pii.title} · Zone {row.zone.title} · {row.retention.title}")
            lines.append(f"    {row.purpose}" + (f" · {row.basis}" if row.basis else ""))
            lines += [f"    {row.note}"] if row.note else []
    return lines
