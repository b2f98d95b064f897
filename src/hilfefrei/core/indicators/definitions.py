"""What each figure says and how it is counted: ``core/data/indicators.toml``. The page, the paper and the docs read it here."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

_FILE: Final = "indicators.toml"
# Fewer people than this are not shown (rule of the house, as in official statistics).
LEAST_SHOWN: Final = 10
UNITS: Final = frozenset({"count", "share", "change", "hours", "cents"})
CASES: Final = frozenset({"", "person", "unit", "application", "way", "leave"})
GOOD: Final = frozenset({"up", "down", "none"})


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. ``groups``: key to words; ``sums``: whether the groups add up to the whole; ``cases``: what stands behind it."""

    code: str
    section: str
    title: str
    unit: str
    sentence: str
    source: str
    counted: str
    excludes: str
    good: str
    suppress: bool
    cases: str = ""
    sums: bool = True
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definitions:
    """All figures in the order of the file, with the version of what they count."""

    version: str
    sections: Mapping[str, str]
    remarks: Mapping[str, str]
    figures: Mapping[str, Definition]

    def of(self, section: str) -> list[Definition]:
        """The figures of a section."""
        return [figure for figure in self.figures.values() if figure.section == section]


@cache
def load() -> Definitions:
    """Read and check the file.

    Raises:
        ValueError: a figure of an unknown section, unit, direction or kind of case.
    """
    data: dict[str, Any] = tomllib.loads((resources.files("hilfefrei.core") / "data" / _FILE).read_text(encoding="utf-8"))
    figures = {code: Definition(code=code, **row) for code, row in data["figure"].items()}
    for code, figure in figures.items():
        if (
            figure.section not in data["section"]
            or figure.unit not in UNITS
            or figure.good not in GOOD
            or figure.cases not in CASES
        ):
            message = f"{_FILE}: {code} hat einen unbekannten Abschnitt, eine unbekannte Einheit oder Richtung"
            raise ValueError(message)
    if unknown := set(data["remark"]) - set(data["section"]):
        message = f"{_FILE}: Bemerkung zu unbekanntem Abschnitt {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return Definitions(data["version"], data["section"], data["remark"], figures)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one figure in one month. ``part`` is a key of the groups, empty for the whole.

    ``numerator`` and ``denominator`` are what it was made of, null where there is nothing to divide. ``value`` is null where
    nothing can be said: no delivery, nobody to count.
    """

    code: str
    month: date
    part: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None


def _small(count: int | None) -> bool:
    return count is not None and 0 < count < LEAST_SHOWN


def hidden(figure: Definition, values: Sequence[Value]) -> frozenset[str]:
    """Which parts of one figure of one month are not shown because fewer than ten people stand behind them.

    Of a share neither the part nor the rest may be so small. Where groups add up to a whole that is shown, and only one of
    them would be hidden, the next smallest is hidden too: else a subtraction would tell it.
    """
    if not figure.suppress:
        return frozenset()
    found: set[str] = set()
    for value in values:
        if figure.unit == "share" and value.numerator is not None and value.denominator is not None:
            if _small(value.denominator) or _small(value.numerator) or _small(value.denominator - value.numerator):
                found.add(value.part)
        elif figure.unit == "hours" or figure.code == "luh_unit_year":
            if _small(value.denominator):
                found.add(value.part)
        elif figure.unit == "change":
            if _small(value.numerator) or _small(value.denominator):
                found.add(value.part)
        elif _small(value.numerator):
            found.add(value.part)
    if figure.sums and figure.unit == "count":
        splits: dict[str, list[Value]] = {}
        for value in values:
            if value.part:
                splits.setdefault(value.part.partition(":")[0] if ":" in value.part else "", []).append(value)
        for rows in splits.values():
            gone = [row for row in rows if row.part in found]
            rest = sorted((row for row in rows if row.part not in found and row.numerator), key=lambda r: (r.numerator or 0, r.part))
            if len(gone) == 1 and rest and "" not in found:
                found.add(rest[0].part)
    return frozenset(found)
