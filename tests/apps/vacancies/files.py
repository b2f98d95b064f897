"""Deliveries of invented vacancies, as partners would send them."""

import json
from datetime import timedelta
from typing import Any

from hilfefrei.core.matching.delivery import ColumnMapping
from tests.world import TODAY

PARTNER = ColumnMapping(
    "Kreishandwerk",
    {
        "reference": "Nummer", "title": "Stelle", "employer": "Betrieb", "plz": "PLZ", "place": "Ort", "hours_low": "Stunden",
        "wage_fixed": "Lohn", "published": "Datum",
    },
    {"wage_kind": "STUNDENLOHN"},
)  # fmt: skip
HEAD = "Nummer;Stelle;Betrieb;PLZ;Ort;Stunden;Lohn;Datum"
PLACES = b"plz;ort;lat;lon\n37412;Herzberg;51,655;10,341\n37520;Osterode;51,728;10,252\n"


def line(number: str, title: str = "Lagerhelfer/in", *, firm: str = "Rotmilan Logistik", plz: str = "37412", hours: str = "30", wage: str = "14,60", day: str = "20.11.2026") -> str:
    """One line of the partner's CSV."""
    return f"{number};{title};{firm};{plz};Herzberg;{hours};{wage};{day}"


def partner(*lines: str, encoding: str = "utf-8") -> bytes:
    """The partner's CSV."""
    return ("\n".join([HEAD, *lines]) + "\n").encode(encoding)


def many(count: int, first: int = 1) -> bytes:
    """``count`` different vacancies."""
    return partner(*(line(f"K-{n}", f"Helfer/in {n}") for n in range(first, first + count)))


def hit(number: int, **given: Any) -> dict[str, Any]:
    """One vacancy as the BA job search answers it in version 6."""
    return {
        "referenznummer": f"10000-{number}-S",
        "stellenangebotsTitel": f"Küchenhilfe {number}",
        "hauptberuf": "Küchenhilfe",
        "firma": "Gasthof Kupferkessel",
        "stellenangebotsart": "ARBEIT",
        "arbeitszeitVollzeit": True,
        "verguetungsangabe": "STUNDENLOHN",
        "festgehalt": 14.6,
        "stellenlokationen": [{"adresse": {"plz": "37412", "ort": "Herzberg", "land": "DEUTSCHLAND"}, "breite": 51.655, "laenge": 10.341}],
        "datumErsteVeroeffentlichung": (TODAY - timedelta(days=3)).isoformat(),
    } | given


def answer(*hits: dict[str, Any], stated: int | None = None) -> bytes:
    """An answer of the BA job search, version 6."""
    return json.dumps({"ergebnisliste": list(hits), "maxErgebnisse": len(hits) if stated is None else stated, "page": 1}).encode()
