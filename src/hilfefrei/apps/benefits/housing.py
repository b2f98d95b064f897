"""The county's table of appropriate housing cost as a file: one line per day and size of the unit, German CSV."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from hilfefrei.core.law.household import MOST_PERSONS
from hilfefrei.core.money import format_input, parse_euro

COLUMNS: Final = ("gilt_ab", "personen", "bruttokaltmiete", "heizung", "quelle")
MOST_BYTES: Final = 200_000
_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)


class TableError(ValueError):
    """The file is not what it should be; :attr:`reasons` names the lines."""

    def __init__(self, *reasons: str) -> None:
        """Keep the reasons."""
        self.reasons = reasons
        super().__init__(" ".join(reasons[:5]))


@dataclass(frozen=True, slots=True)
class Limits:
    """A table: amounts in cents for units of 1, 2, 3 … persons, the last for all larger; no heating: actual costs are recognised."""

    valid_from: date
    cold: tuple[int, ...]
    heating: tuple[int, ...]
    source: str


def read_csv(content: bytes) -> list[Limits]:
    """The tables of a file, in order of their days.

    Raises:
        TableError: with every line that cannot be read; nothing of the file counts then.
    """
    if len(content) > MOST_BYTES:
        raise TableError("Die Datei ist zu groß für eine Tabelle mit Mietgrenzen.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    if not rows or [cell.strip().lower() for cell in rows[0]] != list(COLUMNS):
        raise TableError(f"Die erste Zeile muss heißen: {';'.join(COLUMNS)}")
    found: dict[date, dict[int, tuple[int, int | None, str, int]]] = {}
    wrong: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            day, size, line = _row(row, number)
        except ValueError as error:
            wrong.append(f"Zeile {number}: {error}")
            continue
        if size in found.setdefault(day, {}):
            wrong.append(f"Zeile {number}: {size} Personen stehen für den {day:%d.%m.%Y} schon da.")
        found[day][size] = line
    tables = []
    for day, lines in sorted(found.items()):
        try:
            tables.append(_table(day, lines))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise TableError(*wrong)
    if not tables:
        raise TableError("In der Datei steht keine Zeile mit Beträgen.")
    return tables


def _day(text: str) -> date:
    parts = _DAY.fullmatch(text)
    try:
        if parts and parts[3]:
            return date(int(parts[3]), int(parts[2]), int(parts[1]))
        if parts:
            return date(int(parts[4]), int(parts[5]), int(parts[6]))
    except ValueError:
        pass
    raise ValueError(f"„{text[:20]}“ ist kein Tag. Bitte so: 01.01.2026.")


def _row(row: list[str], number: int) -> tuple[date, int, tuple[int, int | None, str, int]]:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} Spalten statt {len(COLUMNS)}.")
    day = _day(cells[0])
    if not cells[1].isascii() or not cells[1].isdecimal() or not 1 <= int(cells[1]) <= MOST_PERSONS:
        raise ValueError(f"Die Zahl der Personen ist 1 bis {MOST_PERSONS}, nicht „{cells[1][:20]}“.")
    heating = parse_euro(cells[3]) if cells[3] else None
    if not cells[4]:
        raise ValueError("Es fehlt die Quelle.")
    return day, int(cells[1]), (parse_euro(cells[2]), heating, cells[4], number)


def _table(day: date, lines: dict[int, tuple[int, int | None, str, int]]) -> Limits:
    sizes = sorted(lines)
    if sizes != list(range(1, len(sizes) + 1)):
        raise ValueError(f"{day:%d.%m.%Y}: Die Personen müssen lückenlos von 1 an dastehen.")
    heating = [lines[size][1] for size in sizes]
    if any(one is None for one in heating) and any(one is not None for one in heating):
        raise ValueError(f"{day:%d.%m.%Y}: Heizung steht entweder in jeder Zeile oder in keiner.")
    sources = {lines[size][2] for size in sizes}
    if len(sources) > 1:
        raise ValueError(f"{day:%d.%m.%Y}: Eine Tabelle hat eine Quelle, hier stehen {len(sources)}.")
    return Limits(day, tuple(lines[size][0] for size in sizes), tuple(one for one in heating if one is not None), sources.pop())


def as_csv(tables: list[Limits]) -> str:
    """Tables as :func:`read_csv` reads them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in tables:
        for number, cold in enumerate(table.cold, start=1):
            heating = format_input(table.heating[number - 1]) if table.heating else ""
            # A source is free text: what a spreadsheet would take for a formula is made harmless when it is recorded.
            writer.writerow([f"{table.valid_from:%d.%m.%Y}", number, format_input(cold), heating, table.source])
    return "\ufeff" + out.getvalue()
