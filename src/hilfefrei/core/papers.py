"""Which papers a household is asked for: computed from the answers and its members, by rules that are data."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final
from uuid import UUID

from hilfefrei.core.periods import age_on, next_working_day

WHO: Final = frozenset({"household", "applicant", "adult", "adult_other", "child", "child_15", "child_part", "every"})
GROWN_UP: Final = 15
SPECIAL: Final = frozenset({"age_below", "title_given"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One paper: for whom, when, why, until when."""

    id: str
    title: str
    why: str
    who: str
    days: int
    form: str = ""
    follow: bool = False
    when: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the household; ``alternates``: here on some days only.

    ``birth`` None = not known: whoever lives there as a child (``is_child``) counts as one, everybody else as grown up.
    """

    id: UUID
    is_applicant: bool
    birth: date | None
    alternates: bool = False
    is_child: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """One paper to ask for. ``member`` None = for the household."""

    rule: Rule
    member: UUID | None
    due: date


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rules, and what we do not ask for."""

    version: str
    source: str
    checked: bool
    rules: tuple[Rule, ...]
    not_asked: tuple[tuple[str, str], ...]


@cache
def load() -> Catalogue:
    """Read and check ``core/data/papers.toml``. Raises ValueError."""
    raw = tomllib.loads((resources.files("hilfefrei.core.data") / "papers.toml").read_text(encoding="utf-8"))
    return parse(raw)


def parse(raw: Mapping[str, Any]) -> Catalogue:
    """Check raw rules."""
    rules = tuple(Rule(**r) for r in raw["paper"])
    for rule in rules:
        if rule.who not in WHO or rule.days < 1:
            message = f"papers: {rule.id}: who or days"
            raise ValueError(message)
    if len({rule.id for rule in rules}) != len(rules):
        message = "papers: an id stands twice"
        raise ValueError(message)
    return Catalogue(
        raw["version"], raw["source"], bool(raw["checked"]), rules, tuple((n["title"], n["why"]) for n in raw["not_asked"])
    )


def wanted(values: Mapping[str, Any], members: Iterable[Member], day: date, *, land: str) -> list[Wanted]:
    """Every paper that the situation asks for, in the order of the rules, household first within a rule.

    A term that would end on a day on which nobody works in ``land`` ends on the next working day (§ 26 (3) SGB X).
    """
    people = list(members)
    found = []
    for rule in load().rules:
        if not _when(rule, values, people, day):
            continue
        due = next_working_day(day + timedelta(days=rule.days), land)
        if rule.who == "household":
            found.append(Wanted(rule, None, due))
            continue
        found += [Wanted(rule, m.id, due) for m in people if _for(rule.who, m, day)]
    return found


def _grown(member: Member, day: date) -> bool:
    return not member.is_child if member.birth is None else age_on(member.birth, day) >= GROWN_UP


def _for(who: str, member: Member, day: date) -> bool:
    if who == "applicant":
        return member.is_applicant
    if who == "adult":
        return _grown(member, day)
    if who == "adult_other":
        return _grown(member, day) and not member.is_applicant
    if who == "child":
        return not _grown(member, day) and not member.is_applicant
    if who == "child_15":
        return not member.is_applicant and member.birth is not None and GROWN_UP <= age_on(member.birth, day) < 18
    if who == "child_part":
        return member.alternates
    return True


def _when(rule: Rule, values: Mapping[str, Any], people: list[Member], day: date) -> bool:
    for key, expected in (rule.when or {}).items():
        if key == "age_below":
            applicant = next((m for m in people if m.is_applicant), None)
            if applicant is None or applicant.birth is None or age_on(applicant.birth, day) >= expected:
                return False
        elif key == "title_given":
            if not values.get("title"):
                return False
        else:
            value = values.get(key)
            have = set(value) if isinstance(value, list | tuple | set) else {value}
            if have.isdisjoint(expected):
                return False
    return True
