"""German occupation names and headlines: one spelling, word stems, and how near two names are.

Women's and men's forms, "(m/w/d)" and general words ("Helfer", "Kraft", "Mitarbeiter") must not decide, and
compounds carry their meaning at the end: a "Bäckereifachverkäufer" is a "Verkäufer".
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from rapidfuzz.distance import OSA

from hilfefrei.core.names import fold

SAME: Final = 1.0
# Word matches stay below the same name, so that the same name always comes first.
WORDS_CEILING: Final = 0.95
HEAD_SHARE: Final = 0.7
LEVEL_FACTOR: Final = 0.5
BESIDE_HEAD: Final = 0.8
# Where the occupation is stated, what a headline says behind a dash or "für" is the place or the branch, not the work.
CONTEXT: Final = 0.35

TAIL_MATCH: Final = 0.9
PART_AT_END: Final = 0.6
FRONT_MATCH: Final = 0.5
# "Pflegeheim" says where, not what.
PLACE_MATCH: Final = 0.3
PART_AT_FRONT: Final = 0.4
TYPO_MATCH: Final = 0.8
LEAST_TAIL: Final = 4
LEAST_FRONT: Final = 5
LEAST_TYPO: Final = 7

_GENDER_MARK: Final = re.compile(
    r"\(\s*(?:mwd|wmd|gn|ag|d|all genders?|a|[mwfdxi](?:\s*[/|,*+-]\s*[a-z]+){1,3})\s*\)"
    r"|\b[mwfdx](?:\s*[/|]\s*[mwfdxi]){1,3}\b",
    re.IGNORECASE,
)
# Verkäufer/in, /-in, *in, :in, _in, (in) and their plurals; VerkäuferIn with the capital inside.
_FEMALE_MARK: Final = re.compile(r"(?<=\w)(?:[/*:_]-?\s?|\(-?)in(?:nen)?\)?(?![a-zäöüß])", re.IGNORECASE)
# "Auslieferungsfahrer/in (nicht Verkaufsfahrer/in)": what the list of occupations rules out must not match.
_EXCEPT: Final = re.compile(r"\((?:nicht|ohne)\b[^()]*\)", re.IGNORECASE)
_FEMALE_WORD: Final = re.compile(r"(?<=\w{3}er)in(?:nen)?\b|(?<=\w{3}ist)in(?:nen)?\b")
_WOMAN: Final = re.compile(r"(?<=\w{4})frau\b")
_INNER_I: Final = re.compile(r"(?<=[a-zäöü])In(?:nen)?\b")

_MERCHANT: Final = "kaufman"
_PLACES: Final = ("heim", "haus", "klinik", "zentr", "schul", "markt", "betrieb")
_CONTEXT_BEGINS: Final = re.compile(r"\s[-–—|]+\s|(?<=\w)\s+(?:für|im|in|bei|beim|am|auf|zur|zum)\s", re.IGNORECASE)
_OR: Final = re.compile(r"[/,&+;]|\b(?:und|oder|bzw)\b", re.IGNORECASE)
_HEADS: Final = (
    "kaufmann",
    "hilfskraft",
    "fachkraft",
    "mitarbeiter",
    "arbeiter",
    "gehilfe",
    "helfer",
    "hilfe",
    "krafte",
    "kraft",
    "personal",
    "dienst",
)
_FEMALE_ENDS: Final = ("innen", "in")
_ENDS: Final = ("ungen", "ung", "isten", "ist", "ern", "er", "en", "e", "s", "n")
_LEAST_STEM: Final = 4
_LEAST_WORD: Final = 3
_LEVEL: Final = re.compile(
    r"\w*leit(?:er|ung)\b|\bmanager|\bdirektor|\bhead\b|\bsenior\b|\w*ingenieur|\w*meister(?!ei)\b|\barzt|\w+arzt\b"
    r"|\bconsultant|\bprofessor|\bdozent|\breferent"
)
_NOT_LEVEL: Final = re.compile(r"\bhausmeister\w*|\w*begleit\w*")
# "Köchin mit abgeschlossener Ausbildung" is a job.
_HAS_TRAINING: Final = re.compile(r"\b(?:mit|ohne)\s+(?:\w+\s+)?ausbildung\b|\babgeschlossene\w?\s+\w*ausbildung\b")
_TRAINING: Final = re.compile(r"\bausbildung|\bazubi|\bauszubildend|\bdual(?:es|er)?\b|\bpraktik|\bwerkstudent|\btrainee")


def clean_title(text: str) -> str:
    """Return the title without "(m/w/d)" and without the marks of women's forms, one blank between words."""
    without = _INNER_I.sub("", _FEMALE_MARK.sub("", _GENDER_MARK.sub(" ", _EXCEPT.sub(" ", text))))
    return re.sub(r"\s+", " ", without).strip(" -–|,/")


@lru_cache(maxsize=65536)
def normal_name(text: str) -> str:
    """Return the name for exact comparison: cleaned, folded, the women's form as the men's."""
    return _WOMAN.sub("mann", _FEMALE_WORD.sub("", fold(clean_title(text))))


@lru_cache(maxsize=65536)
def word_stem(word: str) -> str:
    """Return the stem of one folded word, or an empty string for a word that says nothing about the work."""
    word = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    for end in _FEMALE_ENDS:
        if word.endswith(end) and len(word) - len(end) >= _LEAST_STEM and word[: -len(end)].endswith(("er", "ist")):
            word = word[: -len(end)]
            break
    if word in _stop_words() or len(word) < _LEAST_WORD or word.isdigit():
        return ""
    word = _without_head(word)
    if word.startswith("fach") and len(word) - len("fach") > _LEAST_STEM:
        word = word[len("fach") :]
    for end in _ENDS:
        if word.endswith(end) and len(word) - len(end) >= _LEAST_STEM:
            word = word[: -len(end)]
            break
    return "" if word in _stop_words() else word


def _without_head(word: str) -> str:
    for head in _HEADS:
        rest = word.removesuffix(head)
        if rest != word and len(rest) >= _LEAST_STEM:
            return rest.removesuffix("s") if rest.endswith(("ungs", "ions", "eits")) else rest
    return word


@lru_cache(maxsize=65536)
def stems(text: str) -> tuple[str, ...]:
    """Return the distinct word stems of a name or headline, in order."""
    found = dict.fromkeys(stem for word in normal_name(text).split() if (stem := word_stem(word)))
    # "Kaufmann/-frau - Spedition": the branch is the work, the merchant says nothing beside it.
    if len(found) > 1:
        found.pop(_MERCHANT, None)
    return tuple(found)


@lru_cache(maxsize=65536)
def is_training(text: str) -> bool:
    """Whether a headline offers an apprenticeship, a placement or a student job."""
    return bool(_TRAINING.search(_HAS_TRAINING.sub(" ", normal_name(text))))


@lru_cache(maxsize=65536)
def is_upper_level(text: str) -> bool:
    """Whether a headline asks for somebody who leads or has a degree."""
    name = _NOT_LEVEL.sub(" ", normal_name(text))
    return bool(_LEVEL.search(name))


@lru_cache(maxsize=262144)
def stem_strength(asked: str, found: str) -> float:
    """Return how far one stem stands for another, 0 to 1.

    1 the same; 0.9 the asked stem is the last part of the compound found; 0.8 both differ by one letter; 0.6 the
    found one is the last part of the asked one (a forklift driver is not any driver), or related by the list;
    0.5 / 0.4 the same at the front, 0.3 where that names a place. Compounds that the list says to be other work
    ("Raumpfleger" does not nurse) do not stand for their last part.
    """
    if asked == found:
        return 1.0
    strength = related().get((asked, found), 0.0)
    apart = {asked, found} & _other_work()
    if not apart and len(asked) >= LEAST_TAIL and found.endswith(asked):
        strength = max(strength, TAIL_MATCH)
    if not apart and len(found) >= LEAST_TAIL and asked.endswith(found):
        strength = max(strength, PART_AT_END)
    if len(asked) >= LEAST_FRONT and found.startswith(asked):
        strength = max(strength, PLACE_MATCH if found.endswith(_PLACES) else FRONT_MATCH)
    if len(found) >= LEAST_FRONT and asked.startswith(found):
        strength = max(strength, PART_AT_FRONT)
    near_length = min(len(asked), len(found)) >= LEAST_TYPO
    if near_length and strength < TYPO_MATCH and OSA.distance(asked, found, score_cutoff=1) <= 1:
        strength = TYPO_MATCH
    return strength


@dataclass(frozen=True, slots=True)
class Words:
    """Stems of one vacancy with the weight of their place: heads of name and headline 1, others 0.8, context 0.35."""

    occupation: str
    title: str
    weights: tuple[tuple[str, float], ...]
    upper: bool
    training: bool


def _parts(title: str) -> tuple[str, str]:
    """A headline as work and context: the first part that says anything about the work, and what follows."""
    at = 0
    for mark in _CONTEXT_BEGINS.finditer(title):
        if stems(title[at : mark.start()]):
            return title[: mark.start()], title[mark.end() :]
        at = mark.end()
    return title, ""


@lru_cache(maxsize=65536)
def words_of(occupation: str, title: str) -> Words:
    """Return the words of a vacancy by which it is found."""
    weights: dict[str, float] = {}
    stated = stems(occupation)
    work, context = _parts(title) if stated else (title, "")
    segments = [found for part in _OR.split(clean_title(work)) if (found := stems(part))]
    # "Reinigungskraft Büro" where the occupation says cleaner: the office is where.
    confirmed = bool(segments) and any(stem_strength(segments[0][0], one) >= PART_AT_END for one in stated)
    behind = CONTEXT if confirmed else BESIDE_HEAD
    placed = [(stem, SAME if number == 0 else BESIDE_HEAD) for number, stem in enumerate(stated)]
    for number, segment in enumerate(segments):
        placed += [(stem, (BESIDE_HEAD if number else SAME) if place == 0 else behind) for place, stem in enumerate(segment)]
    for stem, weight in [*placed, *((stem, CONTEXT) for stem in stems(context))]:
        weights[stem] = max(weight, weights.get(stem, 0.0))
    return Words(
        normal_name(occupation),
        normal_name(title),
        tuple(weights.items()),
        is_upper_level(title) or is_upper_level(occupation),
        is_training(title),
    )


def stem_shares(asked: str) -> tuple[tuple[str, float], ...]:
    """Return the stems of an asked occupation with their shares, which add up to 1: the first carries 0.7."""
    found = stems(asked)
    if len(found) < 2:
        return tuple((stem, 1.0) for stem in found)
    rest = (1 - HEAD_SHARE) / (len(found) - 1)
    return tuple((stem, HEAD_SHARE if number == 0 else rest) for number, stem in enumerate(found))


def likeness(asked: str, words: Words) -> float:
    """Return how near a vacancy is to an asked occupation, 0 to 1.

    1 for the same name of occupation or headline; else up to 0.95: for each asked stem its share times the
    best stem of the vacancy, halved where only one side is about leading or about training.
    """
    name = normal_name(asked)
    if name and name in (words.occupation, words.title):
        return SAME
    total = 0.0
    for stem, share in stem_shares(asked):
        best = max((stem_strength(stem, found) * weight for found, weight in words.weights), default=0.0)
        total += share * best
    factor = level_factor(asked, upper=words.upper, training=words.training)
    return WORDS_CEILING * total * factor


def level_factor(asked: str, *, upper: bool, training: bool) -> float:
    """Return 0.5 for each of: only one side is about leading, only one side is about training; else 1."""
    factor = SAME
    if is_upper_level(asked) != upper:
        factor *= LEVEL_FACTOR
    if is_training(asked) != training:
        factor *= LEVEL_FACTOR
    return factor


@lru_cache(maxsize=1)
def _word_file() -> dict[str, Any]:
    text = resources.files("hilfefrei.core.data").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    return frozenset(_word_file()["say_nothing"].split())


@lru_cache(maxsize=1)
def _other_work() -> frozenset[str]:
    return frozenset(stem for word in _word_file()["other_work"] for stem in stems(word))


@lru_cache(maxsize=1)
def _word_data() -> tuple[dict[tuple[str, str], float], dict[str, tuple[str, ...]]]:
    data = _word_file()
    pairs: dict[tuple[str, str], float] = {}
    for group in data["groups"]:
        group_stems = {stem for word in group for stem in stems(word)}
        pairs |= {(a, b): float(data["strength"]) for a in group_stems for b in group_stems if a != b}
    typical = {key: tuple(stem for word in words for stem in stems(word)) for key, words in data["typical"].items()}
    return pairs, typical


def related() -> dict[tuple[str, str], float]:
    """Return the strengths of stems that mean nearly the same work, by pair."""
    return _word_data()[0]


@lru_cache(maxsize=65536)
def typical(kind: str, occupation: str, title: str) -> bool:
    """Whether work like this usually is ``heavy`` or ``standing``, by its words.

    Raises:
        KeyError: an unknown kind.
    """
    listed = _word_data()[1][kind]
    found = {stem for name in (occupation, title) for stem in stems(name)}
    return any(stem == one or stem.startswith(one) or stem.endswith(one) for one in listed for stem in found)


_TRUCK: Final = re.compile(
    r"\blkw|\bberufskraftfahr|\bkraftfahrer|sattelzug|\w*misch\w*fahr|\w*fahrmischer|\bklasse ce?\b|\bce\b"
)
_BUS: Final = re.compile(r"\bbusfahr|\bomnibus")
_DRIVER: Final = re.compile(r"\b\w*fahrer\b|\bpkw\b|(?<!ohne )\bfuehrerschein\w*")
_OTHER_DRIVER: Final = re.compile(r"bei|\w*rad|\w*stapler|kran(?!ken)|lok|zug|bagger|raupen|mit")
_BY_BIKE: Final = re.compile(r"\b\w*rad(?:kurier\w*|fahrer\w*)?\b|\brider\b|\be ?bike\b")


@lru_cache(maxsize=65536)
def licence_from(occupation: str, title: str) -> str | None:
    """Return the class of driving licence that name and headline imply: ``B``, ``C``, ``D`` or None."""
    name = f"{normal_name(title)} | {normal_name(occupation)}"
    if is_training(title) or _BY_BIKE.search(name):
        return None
    if _BUS.search(name):
        return "D"
    if _TRUCK.search(name):
        return "C"
    words = (found.group() for found in _DRIVER.finditer(name))
    return "B" if any(not _OTHER_DRIVER.match(word) for word in words) else None
