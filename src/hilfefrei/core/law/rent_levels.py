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
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

# Left out on both sides, so that "Landkreis Mühldorf am Inn" finds "Mühldorf a. Inn".
_WORDS: Final = frozenset((
    "stadt", "kreisstadt", "landeshauptstadt", "hansestadt", "universitätsstadt", "lutherstadt", "klingenstadt", "kolpingstadt",
    "kupferstadt", "widukindstadt", "markt", "flecken", "freie", "und", "auf", "der", "höhe", "sport", "freizeitgemeinde",
    "sennegemeinde", "kurort", "landkreis", "kreis", "kreisfreie", "stadtkreis", "eifelkreis", "region", "regionalverband", "städteregion",
    "nationalparklandkreis", "ostseebad", "nordseebad", "a", "am", "an", "b", "bei", "d", "den", "die", "des", "i", "im", "in",
    "o", "ob", "v", "vor", "von",
))
_SPELLINGS: Final = (("landeshautpstadt", "landeshauptstadt"), ("sankt ", "st "), ("st. ", "st "), ("str.)", "strasse"), ("opf.", "oberpfalz"), ("saarpfalz", "saar-pfalz"))


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
        found = communities[land].find(community)
        fits = [row for row in found if not row.county or not county or _fold(row.county) == _fold(county)]
        noted = any(row.county for row in fits)
        if len(fits) > 1 or (noted and not county):
            names = "; ".join(f"{row.name} (Kreis {row.county})" for row in fits)
            message = f"„{community}“ gibt es in {land} mehrmals: {names}. Bitte den Kreis dazu angeben."
            raise UnknownPlaceError(message)
        if fits:
            return fits[0].level
    if not county.strip():
        near = get_close_matches(community, communities[land].names(), n=3)
        hint = f" Ähnlich heißen: {', '.join(dict.fromkeys(near))}." if near else ""
        message = f"„{community}“ steht für {land} nicht in der Liste der Mietenstufen. Bitte den Kreis angeben: dann gilt dessen Mietenstufe.{hint}"
        raise UnknownPlaceError(message)
    # A city that is its own Kreis stands among the communities, often beside a Kreis of the same name.
    city = re.search(r"kreisfrei|\bstadt(kreis)?\b", county.casefold())
    first, second = (communities, counties) if city else (counties, communities)
    of_county = first[land].find(county) or second[land].find(county)
    if len(of_county) != 1:
        message = (
            f"Den Kreis „{county}“ kennt die Liste der Mietenstufen für {land} nicht. Bitte Land und Schreibweise prüfen;"
            " manche Kreise stehen nicht darin, weil alle ihre Gemeinden einzeln genannt sind: dann bitte die Gemeinde prüfen."
        )
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


class _Names:
    """The rows of a Land by folded name: the whole of it, and what stands before a bracket, a stroke or a comma."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._whole: dict[str, list[_Row]] = defaultdict(list)
        self._short: dict[str, list[_Row]] = defaultdict(list)

    def add(self, row: _Row) -> None:
        self._rows.append(row)
        self._whole[_fold(row.name)].append(row)
        self._short[_fold(_first(row.name))].append(row)
        # "Soltau-Fallingbostel (Heidekreis)" has two names.
        second = re.search(r"\((\w+kreis)\)", row.name)
        if second:
            self._whole[_fold(second[1])].append(row)

    def names(self) -> list[str]:
        return [row.name for row in self._rows]

    def find(self, name: str) -> tuple[_Row, ...]:
        """Rows of this name, or where only one side has an addition, or where one addition is short for the other ("Westf.")."""
        whole, short = _fold(name), _fold(_first(name))
        found = self._whole.get(whole) or self._short.get(whole) or self._whole.get(short)
        if not found:
            found = [row for row in self._short.get(short, ()) if _short_for(whole, _fold(row.name))]
        return tuple(found)


def _short_for(one: str, other: str) -> bool:
    words, others = one.split(), other.split()
    return len(words) == len(others) and all(a.startswith(b) or b.startswith(a) for a, b in zip(words, others, strict=True))


@cache
def _places(file: str) -> tuple[Mapping[str, _Names], Mapping[str, _Names]]:
    """Communities and Kreise of a list by Land."""
    text = resources.files("hilfefrei.core.law.parameters").joinpath(file).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    kinds: dict[str, dict[str, _Names]] = {kind: {row["land"]: _Names() for row in rows} for kind in ("Gemeinde", "Kreis")}
    for row in rows:
        kinds[row["kind"]][row["land"]].add(_Row(row["name"], row["county"], int(row["level"])))
    return kinds["Gemeinde"], kinds["Kreis"]
