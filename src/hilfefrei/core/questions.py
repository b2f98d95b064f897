"""The questions of the first talk as versioned data, what an answered group says in one line, and its limits."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from hilfefrei.core.matching.vacancy import ALL_DAYS, DAY_IDS, Client
from hilfefrei.core.money import format_euro

CURRENT: Final = "2026-11"
KINDS: Final = frozenset({"choice", "many", "text", "names", "euro", "hours", "number", "time"})
ZONES: Final = frozenset({"placement", "benefits"})
MAX_NAMES: Final = 6


class CatalogueError(ValueError):
    """A data file is not what it should be; the message names the place."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a group. ``number`` joins fields that belong to one spoken question."""

    id: str
    number: int
    text: str
    kind: str
    purpose: str
    hint: str = ""
    options: Mapping[str, str] | None = None
    exclusive: str = ""
    low: int = 0
    high: int = 0
    zone: str = "placement"


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are asked and saved together."""

    id: str
    title: str
    next: str
    questions: tuple[Question, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the spoken questions in it."""
        return tuple(dict.fromkeys(q.number for q in self.questions))

    @property
    def range_text(self) -> str:
        """"Fragen 5 und 6", "Fragen 1 bis 4" or "Frage 7"."""
        numbers = self.numbers
        if len(numbers) == 1:
            return f"Frage {numbers[0]}"
        return f"Fragen {numbers[0]} {'und' if len(numbers) == 2 else 'bis'} {numbers[-1]}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All groups of one version."""

    version: str
    source: str
    checked: bool
    groups: tuple[Group, ...]

    def group(self, group_id: str) -> Group:
        """The group, KeyError when there is none."""
        for group in self.groups:
            if group.id == group_id:
                return group
        raise KeyError(group_id)

    @property
    def spoken(self) -> int:
        """How many questions are asked in all."""
        return len({q.number for g in self.groups for q in g.questions})


@cache
def load(version: str = CURRENT) -> Catalogue:
    """Read and check ``core/data/questions-<version>.toml``. Raises CatalogueError."""
    file = resources.files("hilfefrei.core.data") / f"questions-{version}.toml"
    return parse(tomllib.loads(file.read_text(encoding="utf-8")))


def parse(raw: Mapping[str, Any]) -> Catalogue:
    """Check the raw data of a catalogue. Raises CatalogueError for anything unknown or missing."""
    groups = []
    seen: set[str] = set()
    for raw_group in raw["group"]:
        questions = []
        for raw_question in raw_group["question"]:
            unknown = set(raw_question) - set(Question.__slots__)
            if unknown:
                message = f"{raw_group['id']}: unknown keys {sorted(unknown)}"
                raise CatalogueError(message)
            try:
                question = Question(**raw_question)
            except TypeError as error:
                message = f"{raw_group['id']}: {error}"
                raise CatalogueError(message) from error
            _check(question, seen)
            questions.append(question)
        groups.append(Group(raw_group["id"], raw_group["title"], raw_group["next"], tuple(questions)))
    return Catalogue(raw["version"], raw["source"], bool(raw["checked"]), tuple(groups))


def _check(question: Question, seen: set[str]) -> None:
    where = question.id
    if question.id in seen:
        message = f"{where}: twice"
        raise CatalogueError(message)
    seen.add(question.id)
    if question.kind not in KINDS or question.zone not in ZONES:
        message = f"{where}: kind or zone unknown"
        raise CatalogueError(message)
    if (question.kind in {"choice", "many"}) != bool(question.options):
        message = f"{where}: options belong to choice and many, and to these only"
        raise CatalogueError(message)
    if question.exclusive and question.exclusive not in (question.options or {}):
        message = f"{where}: exclusive option unknown"
        raise CatalogueError(message)


def answered(group: Group, values: Mapping[str, Any]) -> int:
    """How many spoken questions of the group have an answer."""
    return len({q.number for q in group.questions if values.get(q.id) not in (None, "", [])})


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what was answered; ``strong`` pieces are what one looks for first."""

    text: str
    strong: bool = False


NOTHING_SAID: Final = "nichts gesagt, das ist in Ordnung"
# Two fields that are one thing when read back: the first shows both.
PAIRS: Final = {"hours_low": "hours_high", "care_from": "care_until"}
STRONG: Final = frozenset({"last", "wanted", "hours_low", "hours_high", "days", "care_until", "care_from", "home", "german", "enough"})


def said(group: Group, values: Mapping[str, Any]) -> tuple[Said, ...]:
    """What was answered in a group, piece by piece."""
    by_id = {q.id: q for q in group.questions}
    second = {b for a, b in PAIRS.items() if values.get(a) not in (None, "") and values.get(b) not in (None, "")}
    pieces = []
    for question in group.questions:
        if question.id in second:
            continue
        other = PAIRS.get(question.id, "")
        if other in second:
            text = _both(question, values[question.id], by_id[other], values[other])
        else:
            text = _said(question, values.get(question.id))
        if text:
            pieces.append(Said(text, question.id in STRONG))
    return tuple(pieces)


def _both(low: Question, first: Any, high: Question, last: Any) -> str:
    if low.kind == "hours":
        return f"{_number(first)} bis {_number(last)} Std." if first != last else f"{_number(first)} Std."
    return f"betreut {first} bis {last} Uhr"


def _number(value: float) -> str:
    return f"{float(value):g}".replace(".", ",")


def summary(group: Group, values: Mapping[str, Any]) -> str:
    """What was answered, in one line: "Verkäuferin · sucht Verkauf, Küchenhilfe"."""
    return " · ".join(piece.text for piece in said(group, values)) or NOTHING_SAID


LEAD: Final = {
    "last": "",
    "last_until": "bis ",
    "wanted": "sucht ",
    "unwanted": "nicht ",
    "hours_low": "ab ",
    "hours_high": "bis ",
    "care_from": "betreut ab ",
    "care_until": "betreut bis ",
    "rent": "Miete warm ",
    "max_km": "bis ",
    "title": "Aufenthalt ",
    "licence": "Führerschein ",
    "applied": "beantragt: ",
    "income": "Einkommen: ",
}
ONLY_NONE: Final = {
    "care": "sorgt für niemanden",
    "cannot": "keine Grenzen genannt",
    "licence": "ohne Führerschein",
    "income": "kein Einkommen",
    "applied": "sonst nichts beantragt",
}
SHORT: Final = {
    ("alg", "no"): "kein Anspruch auf Arbeitslosengeld",
    ("alg", "yes"): "Anspruch auf Arbeitslosengeld",
    ("alg", "unknown"): "Arbeitslosengeld ungeklärt",
    ("alone", "yes"): "allein sorgend",
    ("alone", "no"): "",
    ("capacity", "yes"): "",
    ("capacity", "no"): "unter drei Stunden am Tag",
    ("capacity", "unsure"): "Leistungsfähigkeit ungeklärt",
    ("home", "safe"): "Wohnung sicher",
    ("home", "arrears"): "Mietrückstand",
    ("home", "none"): "ohne Wohnung",
    ("german", "native"): "Deutsch sehr gut",
    ("german", "good"): "Deutsch gut",
    ("german", "some"): "etwas Deutsch",
    ("german", "little"): "kaum Deutsch",
    ("enough", "yes"): "Geld reicht",
    ("enough", "scarce"): "Geld knapp",
    ("enough", "no"): "Geld reicht nicht",
}


def _said(question: Question, value: Any) -> str:
    if value in (None, "", []):
        return ""
    lead = LEAD.get(question.id, "")
    options = question.options or {}
    if question.kind == "choice":
        return SHORT.get((question.id, value), lead + options.get(value, str(value)))
    if question.kind == "many":
        words = [options.get(v, v) for v in value]
        if value == [question.exclusive]:
            return ONLY_NONE.get(question.id, ", ".join(words))
        if question.id == "cannot":
            return "nicht " + ", ".join(words)
        if question.id == "days":
            return _days(value)
        return lead + ", ".join(words)
    if question.kind == "names":
        return lead + ", ".join(value)
    if question.kind == "euro":
        return lead + format_euro(value)
    if question.kind == "hours":
        return f"{lead}{_number(value)} Std."
    if question.kind == "number":
        return f"{lead}{value} km"
    if question.kind == "time":
        return f"{lead}{value} Uhr"
    return f"{lead}{value}"


def _days(chosen: Any) -> str:
    """"Mo bis Fr" for a run of three and more days, else "Mo, Mi"."""
    places = sorted(DAY_IDS.index(d) for d in chosen if d in DAY_IDS)
    names = [DAY_IDS[i].capitalize() for i in places]
    if len(names) > 2 and places[-1] - places[0] + 1 == len(names):
        return f"{names[0]} bis {names[-1]}"
    return ", ".join(names)


def split_names(text: str) -> list[str]:
    """Occupations as typed, parted by comma, semicolon or line."""
    raw = text.replace(";", ",").replace("\n", ",").split(",")
    return list(dict.fromkeys(name.strip()[:80] for name in raw if name.strip()))[:MAX_NAMES]


def _minutes(value: Any) -> int | None:
    if not value:
        return None
    hour, _, minute = str(value).partition(":")
    return int(hour) * 60 + int(minute or 0)


def limits(values: Mapping[str, Any], *, lat: float | None, lon: float | None, age: int | None = None) -> Client:
    """Turn answers of all groups into wishes and walls. Nothing answered means no limit.

    ``age`` comes from the birth date: under 18 the Jugendarbeitsschutzgesetz is a limit too, whatever was answered.
    """
    cannot = set(values.get("cannot") or ())
    days = values.get("days") or []
    mask = sum(1 << DAY_IDS.index(d) for d in days if d in DAY_IDS) or ALL_DAYS
    licence = values.get("licence")
    modes = frozenset(values.get("modes") or ())
    cares = set(values.get("care") or ()) - {"none"}
    return Client(
        wanted=tuple(values.get("wanted") or ()),
        last=tuple(values.get("last") or ()),
        unwanted=tuple(values.get("unwanted") or ()),
        lat=lat,
        lon=lon,
        max_km=values.get("max_km"),
        modes=modes,
        hours_low=values.get("hours_low"),
        hours_high=values.get("hours_high"),
        days=mask,
        care_from=_minutes(values.get("care_from")) if cares or values.get("care_from") else None,
        care_until=_minutes(values.get("care_until")) if cares or values.get("care_until") else None,
        no_shift="shift" in cannot,
        no_night="night" in cannot,
        no_weekend="weekend" in cannot,
        no_heavy="heavy" in cannot,
        no_standing="standing" in cannot,
        licences=None if licence is None or licence == [] else frozenset(licence) - {"none"},
        car=None if not modes else "car" in modes,
        age=age,
    )
