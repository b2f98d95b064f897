"""Published figures of other places, without personal data: read from tables that the user brings, and the rank in them.

A table comes long (place, period, code, value in rows) or wide (one column per figure), or is a list of places with their
names and kinds by year. Which column is what, a mapping says. Numbers of Jobcenters change over the years, so a place is a
key together with the year, and its name is only shown.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from statistics import median
from typing import Any, Final, NamedTuple

from hilfefrei.core import unpacking

ENCODINGS: Final = ("utf-8-sig", "cp1252")
DELIMITERS: Final = ";,\t|"
MAX_BYTES: Final = 50 * 1024 * 1024
# What an XLSX may unpack to, and how far down its header may stand below titles and remarks.
MAX_UNPACKED: Final = 500 * 1024 * 1024
MAX_PARTS: Final = 2_000
MAX_CELLS: Final = 20_000_000
# A table ends before so many empty rows; a number of a row that is a typing error or a trap stands for millions of them.
MAX_EMPTY_ROWS: Final = 50_000
HEADER_WITHIN: Final = 40
# Beyond that a table is no table of published figures.
MAX_VALUES: Final = 2_000_000
SUPPRESSED: Final = frozenset({"", "*", "x", ".", "-", "–", "…", "/", "...", "k.a.", "k. a.", "na", "n/a"})
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_BESIDE: Final = re.compile(r"[\s\u00a0\u202f%€]")
_MONTHS: Final = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
# A constant for the whole file stands in a mapping behind this sign instead of the name of a column.
CONSTANT: Final = "="


class ComparisonError(ValueError):
    """The table as a whole cannot be used; ``str()`` is the German sentence, ``code`` its short name."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the short name beside the sentence."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. ``code`` and ``value`` for a long table, ``wide`` (column -> code) for a wide one.

    With neither it is a list of places. Any of the names may be ``=TEXT``: that text holds for the whole file.
    ``decimal`` is ``,`` or ``.``; cells that are numbers in a spreadsheet stay what they are.
    """

    place: str
    period: str
    name: str = ""
    code: str = ""
    value: str = ""
    wide: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    form: str = ""
    land: str = ""
    type: str = ""
    decimal: str = "."
    sheet: str = ""

    @property
    def named(self) -> frozenset[str]:
        """The columns that must be there."""
        parts = (self.place, self.period, self.name, self.code, self.value, self.state, self.form, self.land, self.type)
        return frozenset({part for part in parts if part and not part.startswith(CONSTANT)} | set(self.wide))

    @property
    def is_list(self) -> bool:
        """Whether the table lists places and holds no figures."""
        return not self.wide and not self.value


class Figure(NamedTuple):
    """One published value: ``period`` is ``2014`` or ``2014-08``, ``state`` the state of the data as printed."""

    place: str
    name: str
    period: str
    code: str
    value: float
    state: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a year, as a list of places has it."""

    place: str
    name: str
    year: int
    form: str = ""
    land: str = ""
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be used: the rule it breaks, what is wrong, what helps, and the line."""

    line: int
    code: str
    text: str
    remedy: str
    raw: str = ""


@dataclass(slots=True)
class Table:
    """What a file holds: figures or places, the lines that could not be used, and how many cells are suppressed or empty."""

    figures: list[Figure] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    rows: int = 0
    suppressed: int = 0
    encoding: str = ""
    delimiter: str = ""


_Rows = Iterator[tuple[int, Sequence[Any]]]


def header_of(content: bytes, sheet: str = "") -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the first five rows, to choose from. Raises ComparisonError."""
    opened = _open(content, sheet)
    try:
        header = _header(opened, frozenset())
        return header, [[_text(cell) for cell in cells] for _, (_, cells) in zip(range(5), opened.rows, strict=False)]
    except csv.Error:
        raise _cut() from None


def head_of(content: bytes) -> list[list[str]]:
    """The first lines of each sheet, in one of which the names of the columns stand. Raises ComparisonError."""
    sheets = _book(content).worksheets if _is_xlsx(content) else [None]
    found: list[list[str]] = []
    for sheet in sheets:
        opened = _open(content, sheet.title if sheet else "")
        try:
            found += [[_text(cell) for cell in cells] for _, (_, cells) in zip(range(HEADER_WITHIN), opened.rows, strict=False)]
        except csv.Error:
            raise _cut() from None
    return found


def read(content: bytes, file_name: str, columns: Columns) -> Table:
    """Read a CSV or XLSX table. Empty cells and the signs of suppression (``*``, ``x``, ``.``, ``-``) are no values.

    Raises:
        ComparisonError: the file is no table, a named column is missing, or no line can be used.
    """
    opened = _open(content, columns.sheet, columns.named)
    try:
        header = _header(opened, columns.named)
        missing = sorted(columns.named - set(header))
        if missing:
            text = f"In „{file_name}“ fehlen Spalten: {', '.join(missing)}. Da sind: {', '.join(filter(None, header))[:300]}."
            raise ComparisonError("columns", text)
        table = Table(encoding=opened.encoding, delimiter=opened.delimiter)
        reader = _Reader(columns, {name: position for position, name in reversed(list(enumerate(header)))}, table)
        for line, cells in opened.rows:
            table.rows += 1
            reader.row(line, cells)
            if len(table.figures) > MAX_VALUES:
                raise ComparisonError("too_big", f"Die Tabelle hat mehr als {MAX_VALUES // 1_000_000} Millionen Werte. Bitte weniger Spalten zuordnen.")
    except csv.Error:
        raise _cut() from None
    if not table.figures and not table.places:
        why = f" Zuerst: Zeile {table.unread[0].line}, {table.unread[0].text}." if table.unread else ""
        text = f"In „{file_name}“ ist keine Zeile mit Werten. Passt die Zuordnung der Spalten?{why}"
        raise ComparisonError("nothing_usable", text)
    return table


class _Reader:
    """Turns rows into figures or places, and says of the others why not."""

    def __init__(self, columns: Columns, positions: Mapping[str, int], table: Table) -> None:
        self.columns, self.table = columns, table
        self.at = {
            part: (name.removeprefix(CONSTANT), -1) if name.startswith(CONSTANT) else ("", positions[name])
            for part in ("place", "period", "name", "code", "value", "state", "form", "land", "type")
            if (name := getattr(columns, part))
        }
        self.wide = [(code, positions[column]) for column, code in columns.wide.items()]
        self.needed = max([position for _, position in self.at.values()] + [position for _, position in self.wide])

    def _cell(self, cells: Sequence[Any], part: str) -> Any:
        if part not in self.at:
            return ""
        constant, position = self.at[part]
        return constant if position < 0 else cells[position] if position < len(cells) else ""

    def _reject(self, line: int, cells: Sequence[Any], code: str, text: str, remedy: str) -> None:
        self.table.unread.append(Unread(line, code, text, remedy, ";".join(_text(cell) for cell in cells)[:300]))

    def row(self, line: int, cells: Sequence[Any]) -> None:
        """One line: figures, a place, or a rejection with its rule."""
        if self.needed >= len(cells):
            text = f"die Zeile hat {len(cells)} statt mindestens {self.needed + 1} Spalten"
            self._reject(line, cells, "short", text, "Zeile vervollständigen; am Ende der Datei: noch einmal herunterladen")
            return
        place = _text(self._cell(cells, "place"))
        if not place:
            self._reject(line, cells, "place_missing", "ohne Ort", "Nummer des Jobcenters oder Schlüssel des Kreises eintragen")
            return
        when = _text(self._cell(cells, "period"))
        period = parse_period(self._cell(cells, "period"))
        if not period:
            self._reject(line, cells, "period", f"„{when[:30]}“ ist kein Jahr und kein Monat" if when else "ohne Zeitraum", "zum Beispiel 2021 oder 2026-07")
            return
        name = _text(self._cell(cells, "name"))
        if self.columns.is_list:
            form, land, kind = (_text(self._cell(cells, part)) for part in ("form", "land", "type"))
            self.table.places.append(Place(place, name[:120], int(period[:4]), form[:20], land[:40], kind[:20], line))
            return
        state = _text(self._cell(cells, "state"))
        values = [(code, cells[position]) for code, position in self.wide] or [(_text(self._cell(cells, "code")), self._cell(cells, "value"))]
        for code, cell in values:
            if not code or len(code) > 60:
                self._reject(line, cells, "code", "ohne Kürzel der Kennzahl" if not code else "das Kürzel der Kennzahl ist zu lang", "höchstens 60 Zeichen")
                continue
            if _text(cell).lower() in SUPPRESSED:
                self.table.suppressed += 1
                continue
            value = parse_number(cell, self.columns.decimal)
            if value is None:
                self._reject(line, cells, "number", f"„{_text(cell)[:20]}“ ist keine Zahl ({code})", "Zahl prüfen, auch das Dezimalzeichen der Zuordnung")
                continue
            self.table.figures.append(Figure(place, name[:120], period, code, value, state[:40], line))


def parse_period(given: Any) -> str:
    """``2014`` or ``2014-08`` from the ways tables print it, a day standing for its month; empty when it is none of them."""
    if isinstance(given, date):
        return _period({"y": f"{given.year:04}", "m": f"{given.month:02}"})
    return _worded_period(_text(given))


# The same few periods stand in every line.
@lru_cache(maxsize=4096)
def _worded_period(text: str) -> str:
    for pattern in (r"(?P<y>\d{4})", r"(?P<y>\d{4})[-./]?(?P<m>\d{2})", r"(?P<m>\d{1,2})[-./ ](?P<y>\d{4})", r"(?P<y>\d{4})-(?P<m>\d{2})-\d{2}", r"\d{1,2}\.(?P<m>\d{1,2})\.(?P<y>\d{4})"):
        found = re.fullmatch(pattern, text)
        if found:
            return _period(found.groupdict())
    worded = re.fullmatch(r"([A-Za-zä]{3,9})\.? +'?(\d{4}|\d{2})", text)
    if worded:
        month = worded[1].lower().replace("maerz", "märz")[:3]
        if month in _MONTHS:
            return _period({"y": worded[2] if len(worded[2]) == 4 else f"20{worded[2]}", "m": str(_MONTHS.index(month) + 1)})
    return ""


def _period(parts: Mapping[str, str | None]) -> str:
    year, month = parts["y"] or "", parts.get("m")
    if not 1950 <= int(year) <= 2100 or (month is not None and not 1 <= int(month) <= 12):
        return ""
    return year if month is None else f"{year}-{int(month):02}"


def parse_state(text: str, period: str) -> date | None:
    """The day that a state of the data stands for, to tell the newer from the older; None when it says none.

    A day, a month or a year (its first day), or ``T-3``: three months after the month of the figure.
    """
    given = text.strip()
    for pattern, form in ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y")):
        if re.fullmatch(pattern, given):
            try:
                return datetime.strptime(given, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                return None
    waiting = re.fullmatch(r"[Tt] ?[-−–+] ?(\d{1,2})", given)
    if waiting and len(period) == 7:
        months = int(period[:4]) * 12 + int(period[5:]) - 1 + int(waiting[1])
        return date(months // 12, months % 12 + 1, 1)
    found = parse_period(given)
    return date(int(found[:4]), int(found[5:] or 1), 1) if found else None


def parse_number(given: Any, decimal: str) -> float | None:
    """A finite number from a cell, with or without percent sign and thousands; None when it is none."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given) if abs(given) < 1e15 else None
    text = _BESIDE.sub("", str(given or "")).replace("\N{MINUS SIGN}", "-")
    thousands = "." if decimal == "," else ","
    if thousands in text:
        if not re.fullmatch(rf"[-+]?\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", text):
            return None
        text = text.replace(thousands, "")
    text = text.replace(decimal, ".")
    return float(text) if _NUMBER.fullmatch(text) and abs(float(text)) < 1e15 else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return " ".join(str(value).split())


# --- opening a file ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Opened:
    rows: _Rows
    encoding: str = ""
    delimiter: str = ""


def _is_xlsx(content: bytes) -> bool:
    return len(content) <= MAX_BYTES and content.startswith(b"PK\x03\x04")


def _open(content: bytes, sheet: str, wanted: frozenset[str] = frozenset()) -> _Opened:
    if not content:
        raise ComparisonError("empty", "Die Datei ist leer.")
    if len(content) > MAX_BYTES:
        raise ComparisonError("too_big", f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB. Bitte teilen Sie sie, zum Beispiel nach Jahren.")
    if _is_xlsx(content):
        return _xlsx(content, sheet, wanted)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ComparisonError("foreign", "Das ist eine Datei des alten Excel (.xls). Bitte speichern Sie sie als .xlsx oder CSV.")
    if content.startswith((b"%PDF", b"{", b"[", b"\x1f\x8b")) or content.lstrip()[:1] == b"<":
        raise ComparisonError("foreign", "Das ist keine Tabelle. Erwartet wird CSV oder XLSX.")
    return _csv(content)


def _header(opened: _Opened, wanted: frozenset[str]) -> list[str]:
    """The first line that has all wanted columns, else the first one with three cells filled: titles often stand above."""
    first: list[str] = []
    seen: list[tuple[int, Sequence[Any]]] = []
    for number, cells in opened.rows:
        names = [_text(cell) for cell in cells]
        if wanted and wanted <= set(names):
            return names
        seen.append((number, cells))
        if not first and sum(bool(name) for name in names) >= 3:
            first = names
            if not wanted:
                return first
        if len(seen) >= HEADER_WITHIN:
            break
    if not first and seen:
        first = [_text(cell) for cell in seen[0][1]]
    if not first:
        raise ComparisonError("columns", "In der Datei ist keine Zeile mit Spaltennamen.")
    return first


def _csv(content: bytes) -> _Opened:
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise ComparisonError("unreadable", "Die Datei ist keine Textdatei. Erwartet wird CSV oder XLSX.")
    if "\x00" in text or not text.strip():
        raise ComparisonError("unreadable", "Die Datei ist keine Textdatei. Erwartet wird CSV oder XLSX.")
    head = text[:20_000].splitlines()[:HEADER_WITHIN]
    delimiter = max(DELIMITERS, key=lambda sign: max(line.count(sign) for line in head))
    # Strict: an open quotation mark at the end is a file that breaks off.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return _Opened(((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)), encoding, delimiter)


def _cut() -> ComparisonError:
    return ComparisonError("truncated", "Die Datei bricht mitten in einer Zeile ab. Bitte laden Sie sie noch einmal herunter.")


def _broken() -> ComparisonError:
    return ComparisonError("truncated", "Die Excel-Datei ist unvollständig oder beschädigt. Bitte laden Sie sie neu.")


def _too_large() -> ComparisonError:
    return ComparisonError("too_big", "Die Excel-Datei wird beim Auspacken zu groß. Bitte speichern Sie das Blatt als CSV.")


# Parts of a book that are pictures, objects and settings.
_NO_XML: Final = ("xl/media/", "xl/embeddings/", "xl/printerSettings/", "xl/vbaProject", "docProps/thumbnail", "customXml/")


def _book(content: bytes) -> Any:
    import openpyxl  # noqa: PLC0415 - half a second that only this file type costs

    try:
        with unpacking.opened(content, parts=MAX_PARTS, size=MAX_UNPACKED) as archive:
            long = any(unpacking.has_long_token(archive.read(part)) for part in archive.namelist() if not part.startswith(_NO_XML))
        if long:
            raise _broken()
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (unpacking.TooLarge, unpacking.TooManyParts):
        raise _too_large() from None
    except ComparisonError:
        raise
    except Exception:  # noqa: BLE001 - a broken archive raises whatever its inside happens to break
        raise _broken() from None


def _xlsx(content: bytes, sheet: str, wanted: frozenset[str]) -> _Opened:
    """The sheet asked for, else the one with the columns that are wanted (covers and imprints stand before it), else the largest."""
    book = _book(content)
    if sheet and sheet not in book.sheetnames:
        raise ComparisonError("sheet", f"Das Blatt „{sheet}“ gibt es nicht. Es gibt: {', '.join(book.sheetnames)}.")
    sheets = [book[sheet]] if sheet else book.worksheets
    if not sheets:
        raise _broken()

    def fits(one: Any) -> bool:
        return any(wanted <= {_text(cell) for cell in cells} for _, cells in zip(range(HEADER_WITHIN), _cells(one), strict=False))

    # Asked before the cells are read: that forgets it.
    sizes = {one.title: int((one.max_row or 0) * (one.max_column or 0)) for one in sheets}
    chosen = next((one for one in sheets if wanted and fits(one)), None) or max(sheets, key=lambda one: sizes[one.title])
    return _Opened((n, cells) for n, cells in enumerate(_cells(chosen), start=1) if any(value is not None for value in cells))


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    # Else each row is filled up to the size that the sheet gives itself, which may be any.
    sheet.reset_dimensions()
    count = empty = 0
    try:
        for n, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            # Rows and cells that are left out count: they come as empty ones.
            count += 1 + len(cells)
            if count > MAX_CELLS:
                raise _too_large()
            empty = 0 if cells else empty + 1
            if empty > MAX_EMPTY_ROWS:
                raise ComparisonError("too_big", f"Nach Zeile {n - empty} kommen mehr als 50.000 leere Zeilen. Bitte löschen Sie in Excel alles darunter, oder speichern Sie das Blatt als CSV.")
            yield cells
    except ComparisonError:
        raise
    except Exception:  # noqa: BLE001 - a sheet that breaks off raises whatever its inside happens to break
        raise _broken() from None


# --- rank -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one place stands among others: ``rank`` of ``of``, distance to the median and to rank 1."""

    place: str
    name: str
    value: float
    rank: int
    of: int
    to_median: float
    to_best: float


def standings(values: Mapping[str, tuple[str, float]], *, low_is_good: bool) -> list[Standing]:
    """All places in order of rank.

    Equal values share the better rank, and the ranks after them stay free (1, 2, 2, 4). A place without a value has no
    rank and does not count in ``of``: leave it out of ``values``.

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
        result.append(Standing(place, name, value, rank, len(ordered), round(value - middle, 9), round(value - best, 9)))
    return result
