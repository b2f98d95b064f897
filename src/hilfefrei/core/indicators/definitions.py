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


TOO_FEW: Final = f"unter {LEAST_SHOWN}"
LOCKED: Final = "gesperrt"


def hidden(figure: Definition, values: Sequence[Value]) -> Mapping[str, str]:
    """Which parts of one figure of one month are not shown, and the word in their place.

    Fewer than ten people: "unter 10"; of a share neither the part nor the rest may be so small (at the entrance the rest is who
    still waits for us, which says nothing about them). Where groups add up to a whole
    that is shown, and only one of them would be hidden, the next smallest is "gesperrt": else a subtraction would tell.
    """
    if not figure.suppress:
        return {}
    found: dict[str, str] = {}
    for value in values:
        if figure.unit == "share" and value.numerator is not None and value.denominator is not None:
            rest = None if figure.section == "entrance" else value.denominator - value.numerator
            if _small(value.denominator) or _small(value.numerator) or _small(rest):
                found[value.part] = TOO_FEW
        elif figure.unit == "hours" or figure.code == "luh_unit_year":
            if _small(value.denominator):
                found[value.part] = TOO_FEW
        elif figure.unit == "change":
            if _small(value.numerator) or _small(value.denominator):
                found[value.part] = TOO_FEW
        elif _small(value.numerator):
            found[value.part] = TOO_FEW
    if figure.sums and figure.unit == "count":
        splits: dict[str, list[Value]] = {}
        for value in values:
            if value.part:
                splits.setdefault(value.part.partition(":")[0] if ":" in value.part else "", []).append(value)
        for rows in splits.values():
            gone = [row for row in rows if row.part in found]
            told = sorted((row for row in rows if row.part not in found and row.numerator), key=lambda r: (r.numerator or 0, r.part))
            if len(gone) == 1 and told and "" not in found:
                found[told[0].part] = LOCKED
    return found


_DIRECTION: Final = {"up": "mehr ist gut", "down": "weniger ist gut", "none": "kein Erfolg in der einen oder anderen Richtung"}


def as_markdown() -> str:
    """``docs/indicators.md``: every definition, for reading."""
    known = load()
    out = [
        "# Zahlen des Monats",
        "",
        f"Fassung {known.version}. Diese Seite entsteht aus `core/data/indicators.toml` (`./hilfefrei report --definitions`).",
        "",
        "Jeder Monat sieht die Welt, wie sie an seinem letzten Tag war: Was später über einen früheren Tag bekannt wird, ändert ihn, was später nur "
        "geschieht, nicht. Abgeschlossen wird ein Monat mit Daten von mindestens acht Tagen nach seinem Ende; danach ändert ihn nur eine Berichtigung "
        "mit Grund, alte und neue Zahl bleiben zu sehen. Datenstand ist der Stand der neuesten übernommenen Lieferung; ohne Lieferung gibt es keine Zahl, "
        "nicht null.",
        "",
        f"Hinter gezeigten Zahlen stehen mindestens {LEAST_SHOWN} Menschen. Ließe sich eine kleine Zahl aus den anderen errechnen, ist auch die "
        "nächstkleine gesperrt. Keine Zahl ist nach Beschäftigten geteilt; „zuständig je Stelle“ gibt es nur für heute, ohne Namen, Verlauf und Ausgabe.",
        "",
        "„Vor ViA“ und „mit ViA“ werden gleich gezählt: Es kommt, wer einen Antrag stellt oder in den Bezug kommt; was höchstens 62 Tage auseinanderliegt, "
        "ist ein Kommen. Anträge aus der Zeit vor ViA, die nicht bewilligt wurden, kennt nur das zahlende Verfahren; liefert es sie nicht, sagt die Seite das.",
    ]
    for key, title in known.sections.items():
        out += ["", f"## {title}", ""]
        if key in known.remarks:
            out += [known.remarks[key], ""]
        out += ["| Zahl | was sie sagt | wie gezählt wird | was nicht darin ist | Grundlage | Richtung |", "|---|---|---|---|---|---|"]
        for figure in known.of(key):
            groups = f" Gruppen: {', '.join(figure.groups.values())}." if figure.groups else ""
            cells = (
                f"{figure.title} (`{figure.code}`)", figure.sentence + groups, figure.counted, figure.excludes, figure.source, _DIRECTION[figure.good],
            )  # fmt: skip
            out.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(out) + "\n"
