"""Published figures of other places, without personal data: read from tables that the user brings, and the rank in them.

A table comes long (place, period, code, value in rows) or wide (one column per figure). Which column is what, a mapping says.
Numbers of Jobcenters change over the years, so a place is a key together with the year, and its name is only shown.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

ENCODINGS: Final = ("utf-8-sig", "cp1252")
DELIMITERS: Final = ";,\t|"
MAX_BYTES: Final = 50 * 1024 * 1024
_PERIOD: Final = re.compile(r"(\d{4})(?:[-./]?(\d{2}))?")


class ComparisonError(ValueError):
    """The table as a whole cannot be used; ``str()`` is the German sentence, ``code`` its short name."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the short name beside the sentence."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. ``code`` and ``value`` for a long table, ``wide`` (column -> code) for a wide one."""

    place: str
    period: str
    name: str = ""
    code: str = ""
    value: str = ""
    wide: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    decimal: str = "."
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published value: ``period`` is ``2014`` or ``2014-08``, ``state`` the state of the data as printed."""

    place: str
    name: str
    period: str
    code: str
    value: float
    state: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be used, and why."""

    line: int
    text: str


def read(content: bytes, file_name: str, columns: Columns) -> tuple[list[Figure], list[Unread]]:
    """Read a CSV or XLSX table. Empty cells and the signs of suppression (``*``, ``x``, ``.``, ``-``) are no values.

    Raises:
        ComparisonError: the file is no table, a named column is missing, or no line can be used.
    """
    if not content:
        raise ComparisonError("empty", "Die Datei ist leer.")
    if len(content) > MAX_BYTES:
        raise ComparisonError("too_big", f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB.")
    header, rows = _xlsx(content, columns.sheet) if content.startswith(b"PK\x03\x04") else _csv(content)
    places = {name: position for position, name in enumerate(header)}
    wanted = [columns.place, columns.period, *filter(None, (columns.name, columns.code, columns.value, columns.state)), *columns.wide]
    missing = [name for name in wanted if name not in places]
    if missing:
        text = f"In „{file_name}“ fehlen Spalten: {', '.join(missing)}. Da sind: {', '.join(header)[:300]}."
        raise ComparisonError("columns", text)
    found: list[Figure] = []
    unread: list[Unread] = []
    for line, cells in rows:
        _row(line, cells, columns, places, found, unread)
    if not found:
        raise ComparisonError("nothing_usable", f"In „{file_name}“ ist keine Zeile mit Werten. Passt die Zuordnung der Spalten?")
    return found, unread


def _row(
    line: int, cells: Sequence[Any], columns: Columns, places: Mapping[str, int], found: list[Figure], unread: list[Unread]
) -> None:
    def cell(name: str) -> str:
        return _text(cells[places[name]]) if name and places[name] < len(cells) else ""

    period = _PERIOD.fullmatch(cell(columns.period))
    if not cell(columns.place) or not period:
        unread.append(Unread(line, f"ohne Ort oder Zeit: „{cell(columns.place)}“, „{cell(columns.period)}“"))
        return
    values = {code: cell(column) for column, code in columns.wide.items()} or {cell(columns.code): cell(columns.value)}
    for code, text in values.items():
        if text.lower() in {"", "*", "x", ".", "-", "–", "/"}:
            continue
        try:
            value = float(text.replace(".", "").replace(",", ".") if columns.decimal == "," else text.replace(",", ""))
        except ValueError:
            unread.append(Unread(line, f"„{text[:20]}“ ist keine Zahl ({code})"))
            continue
        when = f"{period[1]}-{period[2]}" if period[2] else period[1]
        found.append(Figure(cell(columns.place), cell(columns.name), when, code, value, cell(columns.state)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv(content: bytes) -> tuple[list[str], Iterable[tuple[int, Sequence[Any]]]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise ComparisonError("unreadable", "Die Datei ist keine Textdatei. Erwartet wird CSV oder XLSX.")
    if "\x00" in text or not text.strip():
        raise ComparisonError("unreadable", "Die Datei ist keine Textdatei. Erwartet wird CSV oder XLSX.")
    delimiter = max(DELIMITERS, key=text.splitlines()[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [cell.strip() for cell in next(reader)]
    return header, ((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))


def _xlsx(content: bytes, sheet: str) -> tuple[list[str], Iterable[tuple[int, Sequence[Any]]]]:
    import openpyxl  # noqa: PLC0415 - half a second that only this file type costs

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception:  # noqa: BLE001 - a broken archive raises whatever its inside happens to break
        raise ComparisonError("truncated", "Die Excel-Datei ist unvollständig oder beschädigt. Bitte laden Sie sie neu.") from None
    if sheet and sheet not in book.sheetnames:
        raise ComparisonError("sheet", f"Das Blatt „{sheet}“ gibt es nicht. Es gibt: {', '.join(book.sheetnames)}.")
    rows = enumerate((book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True), start=1)
    # Titles and remarks often stand above: the header is the first line with three cells filled.
    for _, cells in rows:
        if sum(value is not None for value in cells) >= 3:
            return [_text(value) for value in cells], ((n, c) for n, c in rows if any(v is not None for v in c))
    raise ComparisonError("columns", "In der Excel-Datei ist keine Zeile mit Spaltennamen.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one place stands among others: ``rank`` of ``of``, distance to the median and to the best."""

    place: str
    name: str
    value: float
    rank: int
    of: int
    to_median: float
    to_best: float


def standings(values: Mapping[str, tuple[str, float]], *, low_is_good: bool) -> list[Standing]:
    """All places in order of rank; equal values share the better rank.

    Args:
        values: place -> (name, value).
        low_is_good: whether rank 1 is the lowest value.
    """
    if not values:
        return []
    ordered = sorted(values.items(), key=lambda item: (item[1][1] if low_is_good else -item[1][1], item[1][0], item[0]))
    middle, best = median(value for _, value in values.values()), ordered[0][1][1]
    result: list[Standing] = []
    for position, (place, (name, value)) in enumerate(ordered, start=1):
        rank = result[-1].rank if result and result[-1].value == value else position
        result.append(Standing(place, name, value, rank, len(ordered), value - middle, value - best))
    return result
