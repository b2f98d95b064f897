"""What is known of published figures before any table comes: their names and direction, the Land of a place, known tables."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from hilfefrei.core.comparison import Columns
from hilfefrei.core.periods import LANDS

_FILE: Final = "published.toml"


class PlaceKind(StrEnum):
    """What the key of a place is: the number of a Träger, or the official key of a county (AGS)."""

    TRAEGER = "traeger"
    COUNTY = "county"


KIND_WORDS: Final = {PlaceKind.TRAEGER: "Jobcenter (Trägernummer)", PlaceKind.COUNTY: "Kreise (amtlicher Schlüssel)"}
# Rank 1 is the lowest value, the highest one, or there is no good end and the rank only orders.
DIRECTION_WORDS: Final = {"low": "niedriger ist besser", "high": "höher ist besser", "": "weder noch"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """A published figure. ``direction`` is ``low``, ``high`` or empty; ``unit`` stands behind the value."""

    code: str
    label: str
    unit: str = ""
    direction: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How one table is read, and what to say about its origin when nobody says more."""

    name: str
    kind: PlaceKind
    columns: Columns
    source: str = ""
    licence: str = ""


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("hilfefrei.core") / "data" / _FILE).read_text(encoding="utf-8"))


@cache
def indicators() -> Mapping[str, Indicator]:
    """The figures that are known by their code."""
    return {code: Indicator(code=code, **raw) for code, raw in _file()["figure"].items()}


@cache
def tables() -> tuple[TableMapping, ...]:
    """The tables that are recognised by their columns."""
    return tuple(
        TableMapping(
            raw["name"],
            PlaceKind(raw["kind"]),
            Columns(**raw["columns"], wide={code: code for code in raw.get("wide", ())}, decimal=raw["decimal"]),
            raw["source"],
            raw["licence"],
        )
        for raw in _file()["table"]
    )


def place_key(kind: PlaceKind, text: str) -> str:
    """The key of a place in one spelling: five digits, whatever a spreadsheet made of it. Empty when it is none.

    Spreadsheets drop the leading zero (3159, 3159000), and tables of counties carry three zeros for "no municipality".
    """
    digits = re.sub(r"[ .]", "", text.strip())
    if not digits.isascii() or not digits.isdecimal():
        return ""
    if kind == PlaceKind.COUNTY and len(digits) in {7, 8}:
        digits = digits.zfill(8)
        if not digits.endswith("000"):
            return ""
        digits = digits[:5]
    if len(digits) not in {4, 5}:
        return ""
    digits = digits.zfill(5)
    return digits if land_of(kind, digits) else ""


def land_of(kind: PlaceKind, key: str) -> str:
    """The Land of a place as in :data:`hilfefrei.core.periods.LANDS`, empty where its number fits none."""
    known: Mapping[str, str] = _file()[f"land_of_{kind}"]
    return next((known[key[:length]] for length in range(len(key), 0, -1) if key[:length] in known), "")


_LAND_NAMES: Final = {name.lower(): code for code, name in LANDS.items()}


def land_code(text: str) -> str:
    """``NI`` for "NI" or "Niedersachsen"; empty for anything else."""
    given = text.strip()
    return given.upper() if given.upper() in LANDS else _LAND_NAMES.get(given.lower(), "")


def fitting(head: Sequence[Sequence[str]], known: Sequence[TableMapping]) -> TableMapping | None:
    """The mapping all of whose columns stand in one of the first lines; of several the one that names most."""
    fits = [one for one in known if any(one.columns.named <= set(line) for line in head)]
    return max(fits, key=lambda one: len(one.columns.named), default=None)


# What a column of a table of published figures is often called, small letters.
_GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "place": ("trägernummer", "träger-nr", "traeger_nr", "traegernummer", "träger", "ags", "kreisschlüssel", "kreis_schluessel", "schlüssel", "region_code"),
    "name": ("jobcenter", "kreis", "name", "region", "bezeichnung", "region_label"),
    "period": ("monat", "berichtsmonat", "jahr", "year", "month", "zeitraum", "periode", "stichtag", "reference_month"),
    "code": ("kennzahl", "code", "indikator", "merkmal", "measure"),
    "value": ("wert", "value", "ist", "istwert"),
    "state": ("datenstand", "stand", "wartezeit"),
    "form": ("form", "traeger_form", "organisationsform", "aufgabenwahrnehmung"),
    "land": ("land", "bundesland"),
    "type": ("vergleichstyp", "typ", "sgb-ii-typ"),
}


def guess(header: Sequence[str]) -> dict[str, str]:
    """Which column is probably what, each once."""
    by_word = {name.strip().lower(): name for name in reversed(header) if name.strip()}
    return {part: found for part, names in _GUESSES.items() if (found := next((by_word[n] for n in names if n in by_word), ""))}
