"""The field catalogue for data protection: what is kept about whom, what for, on which basis, how long. No data of persons."""

from collections import Counter
from functools import cache
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render as page

from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.apps.audit import policy
from hilfefrei.apps.org.policy import require
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import COLUMNS, Pii, Row, Zone, cells
from hilfefrei.core.names import fold
from hilfefrei.www.requests import Request
from hilfefrei.www.sheets import xlsx

# So many fields of a search stand on one page; more are counted by table.
FEW = 60


@cache
def _all() -> tuple[tuple[Row, str], ...]:
    """Every line with the text that the search looks through; it changes with the program only."""
    rows = catalogue.rows(catalogue.load(), tables.tables())
    return tuple((row, fold(" ".join(cells(row)))) for row in rows)


def _given(request: Request) -> dict[str, str]:
    """What the list is narrowed to; anything unknown means all."""
    zone, pii = request.GET.get("zone", ""), request.GET.get("klasse", "")
    return {
        "q": request.GET.get("q", "").strip()[:160],
        "zone": zone if zone in set(Zone) else "",
        "klasse": pii if pii in set(Pii) else "",
    }


def _rows(given: dict[str, str]) -> list[Row]:
    words = fold(given["q"]).split()
    return [
        row
        for row, text in _all()
        if given["zone"] in {"", row.zone.key} and given["klasse"] in {"", row.pii.key} and all(word in text for word in words)
    ]


def _tables(rows: list[Row]) -> list[dict[str, Any]]:
    """Rows by table: its name, the rows, and how many of them are special or social data."""
    found = []
    for (app, model), group in groupby(rows, key=lambda row: (row.app, row.model)):
        held = list(group)
        counts = Counter(row.pii.key for row in held)
        found.append({
            "name": f"{app}.{model}", "title": held[0].model_title, "area": held[0].app_title, "rows": held,
            "special": counts[Pii.SPECIAL], "social": counts[Pii.SOCIAL],
        })  # fmt: skip
    # Tables of Django stand under one head, wherever their app comes in the alphabet.
    areas = list(dict.fromkeys(table["area"] for table in found))
    return sorted(found, key=lambda table: areas.index(table["area"]))


def fields(request: Request) -> HttpResponse:
    """What tables there are and how much of what is in them; the fields of one table, or the few that a search finds."""
    require(policy.may_read_catalogue(request.actor))
    given = _given(request)
    rows = _rows(given)
    known = catalogue.load()
    tables_ = _tables(rows)
    wanted = request.GET.get("tabelle", "")
    here = next((i for i, table in enumerate(tables_) if table["name"] == wanted), None)
    few = any(given.values()) and len(rows) <= FEW
    groups = [tables_[here]] if here is not None else tables_ if few else []
    used = {row.retention.key for row in rows}
    return page(
        request,
        "privacy/fields.html",
        {
            "known": known,
            "groups": groups,
            "areas": [] if groups else [(area, list(held)) for area, held in groupby(tables_, key=lambda table: table["area"])],
            "table": tables_[here] if here is not None else None,
            "before": tables_[here - 1] if here else None,
            "after": tables_[here + 1] if here is not None and here + 1 < len(tables_) else None,
            "count": len(rows),
            "table_count": len(tables_),
            "zones": known.zones.values(),
            "classes": known.pii.values(),
            "periods": [period for key, period in known.retentions.items() if key in used],
            "narrowed": any(given.values()),
            **given,
        },
    )


def export(request: Request) -> HttpResponse:
    """The list as it is filtered, as XLSX."""
    require(policy.may_read_catalogue(request.actor))
    return xlsx("feldkatalog.xlsx", "Feldkatalog", COLUMNS, map(cells, _rows(_given(request))))
