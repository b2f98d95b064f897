"""Where somebody goes on after ViA: rules as data, the first that fits, always with its reason."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

TEAMS: Final = frozenset({"agency", "placement", "rehabilitation", "migration", "under_25", "general"})
SPECIAL: Final = frozenset({"age_below", "age_from", "cannot_count_from", "missing"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``number`` is its place, counted from one."""

    number: int
    id: str
    team: str
    reason: str
    when: Mapping[str, Any]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in their order. Raises ValueError when the last one does not fit everybody or a team is unknown."""
    file = resources.files("hilfefrei.core.data") / "triage.toml"
    return parse(tomllib.loads(file.read_text(encoding="utf-8")))


def parse(raw: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Check raw rules."""
    made = tuple(
        Rule(number, r["id"], r["team"], r["reason"], r["when"]) for number, r in enumerate(raw["rule"], start=1)
    )
    if not made or made[-1].when:
        message = "triage: the last rule must fit everybody"
        raise ValueError(message)
    if unknown := {rule.team for rule in made} - TEAMS:
        message = f"triage: unknown teams {sorted(unknown)}"
        raise ValueError(message)
    return made


def propose(values: Mapping[str, Any], *, age: int | None) -> Rule:
    """The first rule that fits the answers. Nothing unknown ever counts against somebody."""
    return next(rule for rule in rules() if _fits(rule, values, age))


def _fits(rule: Rule, values: Mapping[str, Any], age: int | None) -> bool:
    for key, wanted in rule.when.items():
        if key == "age_below":
            if age is None or age >= wanted:
                return False
        elif key == "age_from":
            if age is None or age < wanted:
                return False
        elif key == "cannot_count_from":
            if len(set(values.get("cannot") or ()) - {"none"}) < wanted:
                return False
        elif key == "missing":
            if values.get(wanted):
                return False
        else:
            value = values.get(key)
            have = set(value) if isinstance(value, list | tuple | set) else {value}
            if have.isdisjoint(wanted):
                return False
    return True
