"""What part of the cost of housing (§ 22 (1) SGB II) the federation pays to a Land in a year (§ 46 (5)-(10) SGB II)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from hilfefrei.core.periods import LANDS

_FILE: Final = "federal_share.toml"


@dataclass(frozen=True, slots=True)
class Share:
    """Percent of the year, the ordinance it stands in, since when it is known, and whether next summer may still change it."""

    year: int
    percent: Decimal
    source: str
    known: date
    preliminary: bool


@cache
def _years() -> Mapping[int, list[Mapping[str, Any]]]:
    text = (resources.files("hilfefrei.core") / "data" / _FILE).read_text(encoding="utf-8")
    return {int(year): rows for year, rows in tomllib.loads(text, parse_float=Decimal).items()}


def share_of(land: str, year: int, *, known_on: date | None = None) -> Share:
    """The share of ``land`` (ISO code as in :data:`hilfefrei.core.periods.LANDS`) in ``year``.

    ``known_on``: as it was known on that day; the last one known, where none is given or it lies before the first one that we have.

    Raises:
        ValueError: no such Land, or a year that no ordinance of ours speaks of; the message names the last one known.
    """
    years = _years()
    if land not in LANDS:
        message = f"Dieses Land kennen wir nicht: {land}."
        raise ValueError(message)
    if year not in years:
        message = f"Für {year} ist die Bundesbeteiligung nicht hinterlegt. Bekannt sind {min(years)} bis {max(years)}."
        raise ValueError(message)
    rows = sorted(years[year], key=lambda row: row["known"])
    row = next((row for row in reversed(rows) if known_on is not None and row["known"] <= known_on), rows[-1 if known_on is None else 0])
    return Share(year, Decimal(str(row[land])), row["source"], row["known"], row.get("preliminary", False))


def split(luh_cents: int, land: str, year: int, *, known_on: date | None = None) -> tuple[int, int]:
    """Return (federation, county) of a housing amount in cents; the county takes the rest, so both add up."""
    federal = int((Decimal(luh_cents) * share_of(land, year, known_on=known_on).percent / 100).to_integral_value())
    return federal, luh_cents - federal
