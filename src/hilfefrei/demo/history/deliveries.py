"""The rows as deliveries: a complete one half a year ago, then what changed, at the last three ends of a month, and last night's.

Some rows are wrong on purpose, as in every real house; :data:`DIRT` says how many and which rule finds them.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.deliveries.write import pack
from hilfefrei.core.periods import ONE_DAY, add_months, first_of_month
from hilfefrei.demo.history.rows import Row, Rows
from hilfefrei.demo.office import before

SENDER: Final = "Übungsverfahren"
BASELINE, MONTHLY, NIGHTLY = "grundbestand", "monat", "naechtlich"
BASELINE_MONTHS: Final = 6
# The monthly deliveries begin so late: the first of them brings all that became known since the baseline.
MONTHLY_COUNT: Final = 3
# Wrong rows by the rule that finds them: in the baseline, in each later delivery.
DIRT: Final[Mapping[str, tuple[int, int]]] = {
    "duplicate": (4, 1),
    "end_before_start": (3, 1),
    "amount": (2, 0),
    "unknown_person": (2, 1),
    "birth_after": (1, 0),
    "future": (1, 0),
    "two_units": (1, 0),
}
YEAR: Final = timedelta(days=365)


@dataclass(slots=True)
class Delivered:
    """One delivery. ``wrong`` names the rows that are wrong on purpose: ``(table, rule)`` with their number."""

    as_of: date
    kind: str
    complete: bool
    rows: dict[str, list[Row]] = field(default_factory=dict)
    wrong: dict[tuple[str, str], int] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The ZIP that is delivered, byte for byte the same for the same rows."""
        return pack(self.rows, as_of=self.as_of, kind=self.kind, complete=self.complete, sender=SENDER)


def schedule(day: date) -> list[tuple[date, str]]:
    """Days of the data and kind: the baseline, the last three ends of a month, the last working day before ``day``."""

    def end(months: int) -> date:
        return first_of_month(add_months(day, -months)) - ONE_DAY

    found = [(end(BASELINE_MONTHS), BASELINE), *((end(n), MONTHLY) for n in reversed(range(MONTHLY_COUNT)))]
    last = before(day)
    return found + ([(last, NIGHTLY)] if last > found[-1][0] else [])


def deliveries(made: Rows, day: date, rng: Random, *, dirt: bool = True) -> list[Delivered]:
    """All deliveries up to ``day``; each holds the newest version of every row that became known since the one before."""
    found = [Delivered(as_of, kind, kind == BASELINE) for as_of, kind in schedule(day)]
    ends = [one.as_of for one in found]
    for name, schema in tables().items():
        parts: list[dict[tuple[Any, ...], Row]] = [{} for _ in found]
        for known, row in sorted(made.held.get(name, ()), key=_first):
            number = bisect_left(ends, known)
            if number == len(ends):
                break
            parts[number][tuple(row[column] for column in schema.key)] = row
        for one, rows in zip(found, parts, strict=True):
            one.rows[name] = [rows[key] for key in sorted(rows)]
    if dirt:
        held: list[tuple[str, Row]] = []
        for number, one in enumerate(found):
            for table, row in held:
                # What was wrong is delivered again as it is.
                one.rows[table].append(row)
            held = _soil(rng, one, 0 if number == 0 else 1)
    return found


def _first(version: tuple[date, Row]) -> date:
    return version[0]


def _soil(rng: Random, one: Delivered, which: int) -> list[tuple[str, Row]]:
    """Put wrong rows among the right ones; gives what the next delivery repairs."""
    repaired: list[tuple[str, Row]] = []
    for rule, counts in DIRT.items():
        for number in range(counts[which]):
            table, row = _wrong(rng, one, rule, number, repaired)
            if table:
                one.rows[table].append(row)
                one.wrong[table, rule] = one.wrong.get((table, rule), 0) + 1
    return repaired


def _wrong(rng: Random, one: Delivered, rule: str, number: int, repaired: list[tuple[str, Row]]) -> tuple[str, Row]:
    """A row that breaks a rule. A slip of the comma takes the place of the right row, which comes with the next delivery."""
    rows, as_of = one.rows, one.as_of
    if rule == "duplicate" and rows["betraege"]:
        return "betraege", dict(rng.choice(rows["betraege"]))
    if rule == "amount" and rows["betraege"]:
        right = rows["betraege"].pop(rng.randrange(len(rows["betraege"])))
        repaired.append(("betraege", right))
        return "betraege", right | {"llu": max(right["llu"], 300_00) * 100}
    if rule == "end_before_start" and rows["bezug"]:
        right = rng.choice(rows["bezug"])
        start = as_of - timedelta(days=5 + number)
        return "bezug", right | {"von": start, "bis": start - timedelta(days=40), "endegrund": "unbekannt"}
    if rule == "unknown_person" and rows["bezug"]:
        right = rng.choice(rows["bezug"])
        return "bezug", right | {"kundennummer": f"231X{as_of:%y%m}{number:02d}", "bis": None, "endegrund": None}
    if rule == "birth_after":
        return "personen", {
            "kundennummer": f"231X{as_of:%y%m}99",
            "vorname": "Edith",
            "nachname": "Zwergmispel",
            "geburtsdatum": as_of + 30 * YEAR,
        }
    if rule == "future" and rows["teilnahmen"]:
        return "teilnahmen", rng.choice(rows["teilnahmen"]) | {"von": as_of + timedelta(days=20), "bis": None, "ende": None}
    if rule == "two_units":
        running = [row for row in rows["mitglieder"] if row["bis"] is None and not row["zeitweise"]]
        children = [row for row in running if row["rolle"] == "kind" and row["von"] < as_of - YEAR]
        if children:
            child = rng.choice(children)
            other = rng.choice([row for row in running if row["bg_nummer"] != child["bg_nummer"]])
            return "mitglieder", child | {"bg_nummer": other["bg_nummer"], "von": child["von"] + timedelta(days=90)}
    return "", {}
