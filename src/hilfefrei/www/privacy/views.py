"""The field catalogue for data protection: what is kept about whom, what for, on which basis, how long. No data of persons."""

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


def fields(request: Request) -> HttpResponse:
    """The list by table, with what its classes, zones and periods mean. Not in pages: it is printed as a whole."""
    require(policy.may_read_catalogue(request.actor))
    given = _given(request)
    rows = _rows(given)
    known = catalogue.load()
    groups: list[dict[str, Any]] = [
        {"name": f"{app}.{model}", "rows": list(found)}
        for (app, model), found in groupby(rows, key=lambda row: (row.app, row.model))
    ]
    used = {row.retention.key for row in rows}
    return page(
        request,
        "privacy/fields.html",
        {
            "known": known,
            "groups": groups,
            "count": len(rows),
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
