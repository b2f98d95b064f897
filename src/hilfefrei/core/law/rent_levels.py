"""Rent level (Mietenstufe, § 12 (2) to (5) WoGG) of a community, from the list of the day.

The list names communities from 10,000 inhabitants on and the islands without a road; for all others the level of their Kreis holds.
A community is found by Land and name, with or without what the list puts behind it (", Stadt", "(Harz)"). The name of the Kreis is
needed where the community is not listed, or where several of the Land bear the name (the column ``county`` of the list says where
the listed one lies). An unlisted community that bears the name of a listed one of its Land, and is not noted there, has to be asked
for with ``small``.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

# Left out on both sides, so that "Landkreis Mühldorf am Inn" finds "Mühldorf a. Inn".
_WORDS: Final = frozenset((
    "stadt", "kreisstadt", "landeshauptstadt", "hansestadt", "universitätsstadt", "lutherstadt", "klingenstadt", "kolpingstadt",
    "kupferstadt", "widukindstadt", "markt", "flecken", "freie", "und", "auf", "der", "höhe", "sport", "freizeitgemeinde",
    "sennegemeinde", "kurort", "landkreis", "kreis", "kreisfreie", "region", "regionalverband", "städteregion",
    "nationalparklandkreis", "ostseebad", "nordseebad", "a", "am", "an", "b", "bei", "d", "den", "die", "des", "i", "im", "in",
    "o", "ob", "v", "vor", "von",
))
_SPELLINGS: Final = (("landeshautpstadt", "landeshauptstadt"), ("sankt ", "st "), ("st. ", "st "), ("bergstr.", "bergstraße"))


class UnknownPlaceError(ValueError):
    """The place is not in the list, or several are meant; the message says what to name."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    county: str
    level: int


def rent_level(law: Mapping[str, Any], *, land: str, community: str, county: str = "", small: bool = False) -> int:
    """Rent level 1 to 7 of a community.

    Args:
        law: parameters of the day.
        land: name of the Land, as "Niedersachsen".
        community: its name, as "Bad Lauterberg im Harz"; may be empty where only the Kreis is known.
        county: name of its Kreis, as "Göttingen" or "Landkreis Göttingen"; not needed for a listed community with a name of its own.
        small: take the Kreis, though a larger community of the Land bears the same name.

    Raises:
        UnknownPlaceError: no such Land, community or Kreis, or the Kreis is needed to tell two apart.
    """
    communities, counties = _places(law["rent_levels.list"])
    if land not in communities:
        message = f"Das Land „{land}“ steht nicht in der Liste der Mietenstufen. Bekannt sind: {', '.join(sorted(communities))}."
        raise UnknownPlaceError(message)
    if community.strip() and not small:
        found = communities[land].get(_fold(community)) or communities[land].get(_fold(_first(community)), ())
        fits = [row for row in found if not row.county or not county or _fold(row.county) == _fold(county)]
        noted = any(row.county for row in fits)
        if len(fits) > 1 or (noted and not county):
            names = "; ".join(f"{row.name} (Kreis {row.county})" for row in fits)
            message = f"„{community}“ gibt es in {land} mehrmals: {names}. Bitte den Kreis dazu angeben."
            raise UnknownPlaceError(message)
        if fits:
            return fits[0].level
    if not county.strip():
        near = get_close_matches(community, [row.name for rows in communities[land].values() for row in rows], n=3)
        hint = f" Ähnlich heißen: {', '.join(dict.fromkeys(near))}." if near else ""
        message = f"„{community}“ steht für {land} nicht in der Liste der Mietenstufen. Bitte den Kreis angeben: dann gilt dessen Mietenstufe.{hint}"
        raise UnknownPlaceError(message)
    # A city that is its own Kreis stands among the communities, often beside a Kreis of the same name.
    city = re.search(r"kreisfrei|\bstadt\b", county.casefold())
    of_county: tuple[_Row, ...] = ()
    for table in (communities, counties) if city else (counties, communities):
        of_county = of_county or table[land].get(_fold(county)) or table[land].get(_fold(_first(county)), ())
    if len(of_county) != 1:
        message = f"Den Kreis „{county}“ kennt die Liste der Mietenstufen für {land} nicht. Bitte Land und Schreibweise prüfen."
        raise UnknownPlaceError(message)
    return of_county[0].level


def _fold(name: str) -> str:
    """The telling words of a name in small letters."""
    text = name.casefold()
    for spelling, other in _SPELLINGS:
        text = text.replace(spelling, other)
    words = re.findall(r"\w+", text)
    return " ".join([word for word in words if word not in _WORDS] or words)


def _first(name: str) -> str:
    """A name without what follows in brackets, behind a stroke or a comma."""
    return re.split(r"[(/,]", name)[0]


@cache
def _places(file: str) -> tuple[Mapping[str, Mapping[str, tuple[_Row, ...]]], Mapping[str, Mapping[str, tuple[_Row, ...]]]]:
    """Communities and Kreise of a list by Land and folded name, each under its whole and its short name."""
    text = resources.files("hilfefrei.core.law.parameters").joinpath(file).read_text(encoding="utf-8")
    rows: dict[str, list[tuple[str, _Row]]] = {"Gemeinde": [], "Kreis": []}
    for row in csv.DictReader(text.splitlines(), delimiter=";"):
        rows[row["kind"]].append((row["land"], _Row(row["name"], row["county"], int(row["level"]))))
    lands = {land for land, _ in rows["Gemeinde"]}
    return _by_name(lands, rows["Gemeinde"]), _by_name(lands, rows["Kreis"])


def _by_name(lands: Iterable[str], rows: Iterable[tuple[str, _Row]]) -> Mapping[str, Mapping[str, tuple[_Row, ...]]]:
    whole: dict[str, dict[str, list[_Row]]] = {land: defaultdict(list) for land in lands}
    for land, row in rows:
        bracket = re.search(r"\((.+)\)", row.name)
        names = {_fold(row.name), _fold(_first(row.name))} | ({_fold(bracket[1])} if bracket and "kreis" in bracket[1].casefold() else set())
        for name in names:
            whole[land][name].append(row)
    return {land: {name: tuple(found) for name, found in names.items()} for land, names in whole.items()}
