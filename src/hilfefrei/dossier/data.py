"""What the papers say beside the catalogue: activities and measures, goals and risks, what was tried for accessibility."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity of the record of processing, made of all tables of these ``apps`` of the catalogue."""

    title: str
    apps: tuple[str, ...]
    purpose: str
    people: str
    inside: str
    outside: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that is claimed, with the places that show it (:mod:`hilfefrei.dossier.evidence`) and what is left."""

    title: str
    says: str
    where: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk to people: what harm, what stands against it, what is left."""

    title: str
    harm: str
    against: str
    left: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """All of it."""

    activities: tuple[Activity, ...]
    measures: tuple[Shown, ...]
    goals: tuple[Shown, ...]
    risks: tuple[Risk, ...]
    tried: tuple[Shown, ...]
    missing: tuple[Shown, ...]

    @property
    def where(self) -> tuple[str, ...]:
        """Every place that is named."""
        shown = (*self.measures, *self.goals, *self.tried)
        return tuple(where for one in shown for where in one.where) + tuple(where for risk in self.risks for where in risk.where)


@cache
def load() -> Data:
    """Read the three files. Raises TypeError where an entry lacks a field or has one too many."""
    record, impact, access = (_read(name) for name in ("processing", "impact", "accessibility"))
    return Data(
        activities=tuple(Activity(**_frozen(raw)) for raw in record["activity"]),
        measures=_shown(record["measure"]),
        goals=_shown(impact["goal"]),
        risks=tuple(Risk(**_frozen(raw)) for raw in impact["risk"]),
        tried=_shown(access["tried"]),
        missing=_shown(access["missing"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("hilfefrei.core.data") / f"{name}.toml").read_text(encoding="utf-8"))


def _shown(rows: list[dict[str, Any]]) -> tuple[Shown, ...]:
    return tuple(Shown(**_frozen(raw)) for raw in rows)


def _frozen(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
