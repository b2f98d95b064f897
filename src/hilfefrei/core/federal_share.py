"""What part of the cost of housing (§ 22 (1) SGB II) the federation pays to a Land in a year (§ 46 (5)-(10) SGB II)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final

from hilfefrei.core.periods import LANDS

_FILE: Final = "federal_share.toml"


@dataclass(frozen=True, slots=True)
class Share:
    """Percent of the year, the ordinance it stands in, and whether next summer may still change it."""

    year: int
    percent: Decimal
    source: str
    preliminary: bool


@cache
def _years() -> Mapping[int, Mapping[str, object]]:
    text = (resources.files("hilfefrei.core") / "data" / _FILE).read_text(encoding="utf-8")
    return {int(year): row for year, row in tomllib.loads(text, parse_float=Decimal).items()}


def share_of(land: str, year: int) -> Share:
    """The share of ``land`` (ISO code as in :data:`hilfefrei.core.periods.LANDS`) in ``year``.

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
    row = years[year]
    return Share(year, Decimal(str(row[land])), str(row["source"]), bool(row.get("preliminary", False)))


def split(luh_cents: int, land: str, year: int) -> tuple[int, int]:
    """Return (federation, county) of a housing amount in cents; the county takes the rest, so both add up."""
    federal = int((Decimal(luh_cents) * share_of(land, year).percent / 100).to_integral_value())
    return federal, luh_cents - federal
