"""What each figure says and how it is counted: ``core/data/indicators.toml``. The page, the paper and the docs read it here."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
    """One figure. ``groups``: key to words; ``sums``: whether the groups add up to the whole; ``cases``: what stands behind it;
    ``rounded``: told in fives, because neighbouring months share people."""

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
    rounded: bool = False
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


# One word for whatever is not told: it must not say which of several is the small one.
HIDDEN: Final = f"unter {LEAST_SHOWN} oder gesperrt"
# Figures whose months share people are told in fives; the least of these behind which never fewer than ten stand is 15.
STEP: Final = 5
_LEAST_ROUNDED: Final = 13
# The stock of two months differs by entries less exits: who knows one of them knows the other.
_MIRRORS: Final = (("entries_units", "exits_units"), ("entries_persons", "exits_persons"))
Key = tuple[str, str]


def rounded(count: int) -> int:
    """``count`` to the nearest multiple of :data:`STEP`."""
    return STEP * ((count + STEP // 2) // STEP)


def tell(values: Iterable[Value]) -> dict[Key, Value | None]:
    """What may be told of the values of one month, by figure and part; None: not told. The only way from a number to a reader.

    Fewer than ten people are never told, and of a share neither the part nor the rest (at the entrance the rest is who still waits
    for us, which says nothing about them), nor what a part leaves of the whole. Where groups add up to a whole that is told, so
    many of them are hidden, noughts too, that at least two share a rest of ten or more. Entries and exits are told together.
    Windows that share people with the month before (``rounded``) are told in fives, and a share is then made of these: two told
    neighbours leave five values or more for what came between them.
    """
    months: dict[str, dict[str, Value]] = {}
    for value in values:
        months.setdefault(value.code, {})[value.part] = value
    known = load().figures
    gone = {code: _gone(known[code], parts) for code, parts in months.items() if code in known}
    for pair in _MIRRORS:
        if any("" in gone.get(code, ()) for code in pair):
            for code in pair:
                gone[code] = set(months.get(code, ()))
    found = {
        (code, part): None if part in gone[code] else _told(known[code], value)
        for code, parts in months.items()
        if code in known
        for part, value in parts.items()
    }
    for code, part in list(found):
        kind, _, after = code.partition("_")
        if kind == "unknown" and _leaves_little(found.get((f"free_{after}", part)), found.get((f"own_{after}", part)), found[code, part]):
            found[code, part] = None
    return found


def _leaves_little(free: Value | None, own: Value | None, unknown: Value | None) -> bool:
    """Whether the three together would leave fewer than five values for who is free on another benefit, told nowhere."""
    if free is None or own is None or unknown is None or not own.numerator or not unknown.numerator:
        return False
    return (free.numerator or 0) + STEP // 2 - (own.numerator + unknown.numerator - 2 * (STEP // 2)) < STEP - 1


def _told(figure: Definition, value: Value) -> Value:
    if not figure.rounded or value.numerator is None:
        return value
    above = rounded(value.numerator)
    if figure.unit == "count":
        return replace(value, value=float(above), numerator=above)
    below = rounded(value.denominator or 0)
    return replace(value, value=100 * above / below if below else None, numerator=above, denominator=below)


def _gone(figure: Definition, parts: Mapping[str, Value]) -> set[str]:
    if not figure.suppress:
        return set()
    least = _LEAST_ROUNDED if figure.rounded else LEAST_SHOWN
    found = {part for part, value in parts.items() if any(0 < count < least for count in _people(figure, value))}
    whole = parts.get("")
    if whole is not None and "" in found:
        return set(parts)
    if figure.unit == "share" and whole is not None:
        for part, value in parts.items():
            above = (whole.numerator or 0) - (value.numerator or 0)
            below = (whole.denominator or 0) - (value.denominator or 0)
            if part and any(0 < count < least for count in (above, below, below - above)):
                found.add(part)
    if figure.sums and figure.unit == "count":
        splits: dict[str, list[Value]] = {}
        for part, value in parts.items():
            if part:
                splits.setdefault(part.partition(":")[0] if ":" in part else "", []).append(value)
        for split in splits.values():
            if not any(value.part in found for value in split):
                continue
            rows = sorted(split, key=lambda v: (v.part not in found, v.numerator or 0, v.part))
            rest = hidden = 0
            for row in rows:
                if row.part not in found and row.numerator and hidden > 1 and rest >= least:
                    break
                found.add(row.part)
                rest, hidden = rest + (row.numerator or 0), hidden + 1
            if hidden < 2 or rest < least:
                return set(parts)
    return found


def _people(figure: Definition, value: Value) -> tuple[int, ...]:
    """The counts of people that a told value lets one know."""
    above, below = value.numerator or 0, value.denominator or 0
    if figure.unit == "cents":
        return (below,)
    if figure.unit == "share" and figure.section != "entrance":
        return above, below, below - above
    return above, below


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
        f"Hinter gezeigten Zahlen stehen mindestens {LEAST_SHOWN} Menschen. Was nicht gezeigt wird, heißt überall „{HIDDEN}“: die kleine Zahl, die "
        "nächstgrößeren und die Nullen daneben, bis sich aus Summe und Rest keine errechnen lässt (mindestens zwei, zusammen mindestens "
        f"{LEAST_SHOWN}). Zugänge und Abgänge eines Monats stehen nur zusammen da, weil der Bestand den Unterschied sagt. Zahlen, deren Monate sich "
        f"Menschen teilen (zwölf Monate, seit Beginn von ViA, „Dann lasse ich es“), stehen in Schritten von {STEP}, ab {STEP * 3}; Anteile sind aus diesen "
        "gebildet. Zwei Monate voneinander abgezogen lassen so für das, was dazwischen geschah, mindestens fünf Möglichkeiten. Am Eingang wird "
        "genau gesagt, wer noch auf uns wartet. So ist es auf der Seite, im Bericht, in den Tabellen, im Terminal und neben Berichtigungen. Intern "
        "bleiben die genauen Zahlen. Keine Zahl ist nach Beschäftigten geteilt; „zuständig je Stelle“ gibt es nur für heute, ohne Namen, Verlauf und Ausgabe.",
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
            counted = figure.counted + (f" Gezeigt in Schritten von {STEP}." if figure.rounded else "")
            cells = (
                f"{figure.title} (`{figure.code}`)", figure.sentence + groups, counted, figure.excludes, figure.source, _DIRECTION[figure.good],
            )  # fmt: skip
            out.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(out) + "\n"
