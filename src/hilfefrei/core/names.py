"""Names: folding for search, order for lists, sound for spelling, and how well two people agree.

The database folds no umlauts and knows no sound (neither SQLite nor a bare PostgreSQL), so what is
compared is stored: ``search_name``, ``sort_name`` and ``sound``.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

import cologne_phonetics
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

# DIN 5007-2, the order of telephone books: ä is ae. Letters that lose nothing but a stroke follow.
_LETTERS: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ħ": "h",
        "\u2019": "'",
        "\u02bc": "'",
    }
)
_BETWEEN: Final = re.compile(r"[\W_]+")
_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=\w)")
# Sorts before every letter and before the single space of a double name.
_NAME_BREAK: Final = "  "

NEAR: Final = 80
FAMILY_POINTS: Final = 45
GIVEN_POINTS: Final = 20
BIRTH_POINTS: Final = 35
SOUND_SHARE: Final = 0.85
LEAST_FOR_SOUND: Final = 0.6
# Somebody types the beginning of a name and looks; never as good as a name that is near as a whole.
BEGINNING_SHARE: Final = 0.75
LEAST_FOR_BEGINNING: Final = 3


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the text for comparison: lower case, ä as ae, ß as ss, no accents, one blank between words."""
    # Compatible forms first (mathematical letters, ligatures), then lower case, then ä before the dots are stripped.
    lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = lowered.casefold().translate(_LETTERS)
    stripped = plain
    if not plain.isascii():
        stripped = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _BETWEEN.sub(" ", _APOSTROPHE.sub("", stripped)).strip()


def search_name(*parts: str) -> str:
    """Return all parts folded in one line, as it is stored to be searched."""
    return " ".join(folded for folded in map(fold, parts) if folded)


def sort_name(family: str, given: str = "") -> str:
    """Return the key that sorts by family name, then given name (DIN 5007-2), under any byte order."""
    return f"{fold(family)}{_NAME_BREAK}{fold(given)}".rstrip()


@lru_cache(maxsize=8192)
def _code(word: str) -> str:
    return " ".join(code for _, code in cologne_phonetics.encode(word) if code)


def sound(text: str) -> str:
    """Return the Kölner Phonetik of each word, separated by blanks; words without a code are left out."""
    return " ".join(filter(None, map(_code, fold(text).split())))


def split_name(text: str) -> tuple[str, str]:
    """Return (family, given) of a typed name: ``Silberdistel, Jana`` or ``Jana Silberdistel``."""
    family, comma, given = text.partition(",")
    if comma:
        return family.strip(), given.strip()
    words = text.split()
    return (words[-1], " ".join(words[:-1])) if words else ("", "")


class Band(StrEnum):
    """How well a stored person agrees with what was asked; the value is what staff read."""

    EXACT = "passt genau"
    GOOD = "passt gut"
    NAME_ONLY = "nur der Name passt"
    LITTLE = "passt wenig"


@dataclass(frozen=True, slots=True)
class Who:
    """A person as asked for or as stored; ``former`` are earlier family names."""

    family: str
    given: str = ""
    birth: date | None = None
    place: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Agreement of one stored person: 0 to 100 points, a band, and the reasons in words."""

    points: int
    band: Band
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Likeness:
    share: float
    reason: str

    @property
    def exact(self) -> bool:
        return self.share == 1


def score(query: Who, candidate: Who) -> Hit:
    """Return how well a stored person agrees with the one asked for.

    Family name counts 45 points, given name 20, birth date 35; what was not asked does not count, and the
    rest is scaled to 100 with the birth date, to 85 without. A swapped family and given name is found too.
    """
    hit = _score(query, candidate)
    if query.given:
        swapped = Who(query.given, query.family, query.birth, query.place)
        other = _score(swapped, candidate)
        if other.points > hit.points:
            return Hit(other.points, other.band, ("Vor- und Nachname vertauscht", *other.reasons))
    return hit


def rank_hits(query: Who, candidates: Iterable[Who], *, least: int = 40) -> list[tuple[int, Hit]]:
    """Return (position, hit) of the candidates with at least ``least`` points, best first, stable."""
    hits = [(i, score(query, candidate)) for i, candidate in enumerate(candidates)]
    return sorted(((i, hit) for i, hit in hits if hit.points >= least), key=lambda pair: -pair[1].points)


def _score(query: Who, candidate: Who) -> Hit:
    family = _best_family(query.family, candidate)
    given = _likeness(query.given, candidate.given, "Vorname") if query.given and candidate.given else None
    birth = _birth(query.birth, candidate.birth) if query.birth and candidate.birth else None
    points = FAMILY_POINTS * family.share
    possible = FAMILY_POINTS
    if query.given:
        points += GIVEN_POINTS * (given.share if given else 0)
        possible += GIVEN_POINTS
    if query.birth:
        points += BIRTH_POINTS * (birth.share if birth else 0)
        possible += BIRTH_POINTS
    scaled = (100 if query.birth else 85) * points / possible
    reasons = [birth.reason] if birth else []
    reasons += [part.reason for part in (family, given) if part]
    if query.place and candidate.place:
        same = fold(query.place) == fold(candidate.place)
        reasons.append("Ort gleich" if same else "Ort anders")
    return Hit(round(scaled), _band(family, given, birth, query), tuple(reasons))


def _band(family: _Likeness, given: _Likeness | None, birth: _Likeness | None, query: Who) -> Band:
    name_exact = family.exact and (given is None or given.exact)
    name_near = family.share >= NEAR / 100 and (given is None or given.share >= NEAR / 100)
    if birth and birth.exact:
        if name_exact and (given or not query.given):
            return Band.EXACT
        # A new family name by marriage leaves given name and birth date.
        return Band.GOOD if name_near or (given and given.exact) else Band.LITTLE
    if birth and birth.share > 0 and name_near:
        return Band.GOOD
    return Band.NAME_ONLY if name_exact else Band.LITTLE


def _best_family(asked: str, candidate: Who) -> _Likeness:
    best = _likeness(asked, candidate.family, "Nachname")
    for former in candidate.former:
        likeness = _likeness(asked, former, "Früherer Name")
        if likeness.share > best.share:
            best = likeness
    return best


def _likeness(asked: str, stored: str, what: str) -> _Likeness:
    a, b = fold(asked), fold(stored)
    if not a or not b:
        return _Likeness(0, f"{what} fehlt")
    if a == b:
        return _Likeness(1, f"{what} gleich")
    close, small, long_enough = ratio(a, b) / 100, OSA.distance(a, b), min(len(a), len(b)) > 2
    # Short names share a code too easily (Jana, Ina), so the spelling must be near as well.
    sounds_same = long_enough and close >= LEAST_FOR_SOUND and sound(a) == sound(b) != ""
    shared = set(a.split()) & set(b.split())
    remarks = []
    if sounds_same:
        remarks.append(f"{what} klingt gleich")
    if small == 1 and long_enough:
        remarks.append("ein Buchstabe anders" if sounds_same else f"{what}: ein Buchstabe anders")
    if sounds_same or (small == 1 and long_enough):
        return _Likeness(min(0.99, max(close, SOUND_SHARE)), ", ".join(remarks))
    if shared:
        return _Likeness(min(0.99, max(close, SOUND_SHARE)), f"{what}: ein Teil gleich")
    if close * 100 >= NEAR:
        return _Likeness(close, f"{what} ähnlich")
    if len(a) >= LEAST_FOR_BEGINNING and b.startswith(a):
        return _Likeness(BEGINNING_SHARE, f"{what} beginnt so")
    return _Likeness(close / 2, f"{what} anders")


def _birth(asked: date, stored: date) -> _Likeness:
    if asked == stored:
        return _Likeness(1, "Geburtsdatum gleich")
    if (asked.year, asked.month, asked.day) == (stored.year, stored.day, stored.month):
        return _Likeness(0.8, "Geburtsdatum: Tag und Monat vertauscht")
    if OSA.distance(f"{asked:%d%m%Y}", f"{stored:%d%m%Y}") == 1:
        return _Likeness(0.7, "Geburtsdatum: eine Ziffer anders")
    if asked.year == stored.year and (asked.month, asked.day) == (1, 1):
        return _Likeness(0.5, "Geburtsjahr gleich")
    return _Likeness(0, "Geburtsdatum anders")
