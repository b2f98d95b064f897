"""From a file to rows: a ZIP or folder's worth of tables, a single CSV, a Parquet file. Cells are read, not yet judged together.

A package names its day (``stand``) in ``lieferung.json``; without it whoever delivers says it. A file that cannot be what
it says is refused as a whole with a plain sentence; a cell that cannot be read is a remark on its row.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hilfefrei.core import unpacking
from hilfefrei.core.days import format_day
from hilfefrei.core.deliveries.schema import Field, TableSchema, tables
from hilfefrei.core.money import parse_euro

MAX_BYTES: Final = 200 * 1024 * 1024
MAX_ROWS: Final = 3_000_000
# What a package may hold, asked before anything of it is unpacked. Vendors deliver a dozen tables.
MAX_UNPACKED: Final = 4 * MAX_BYTES
MAX_PARTS: Final = 500
MAX_MANIFEST: Final = 64 * 1024
MANIFEST: Final = "lieferung.json"
DELIMITERS: Final = ";,\t|"
EXTENTS: Final = {"voll": "vollständig", "teil": "Teil"}
KINDS: Final = {"naechtlich": "nächtlich", "monat": "Monat", "grundbestand": "Grundbestand"}
_EARLIEST: Final = date(1900, 1, 1)
_YES: Final = frozenset({"1", "ja", "j", "true", "wahr", "x"})
_NO: Final = frozenset({"0", "nein", "n", "false", "falsch"})
_GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
# What vendors write where a stretch has no end.
FOREVER: Final = frozenset({date(9999, 12, 31), date(2999, 12, 31)})
OPEN_ENDS: Final = "bis"
# Of the lines that are more than plain letters: so many that fit UTF-8 are no chance, so many garbled ones no slip of one name.
_MIXED_SHARE: Final = 0.05
_GARBLED_SHARE: Final = {"UTF-8": 0.5, "Windows-1252": 0.2}
# Letters of UTF-8 or of DOS (CP850) that were read as Windows-1252 on the way: "Ã¼", "ÅŸ", a bow inside a word, control characters,
# the sign for a letter that was lost.
_GARBLED: Final = re.compile(
    "Ã[\x80-\x9f¡-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[ÄÅ][\x80-\x9f¡-©«-´¶-¹»-¿€‚†‡ˆ‰‹•˜™›Ÿ]|[\x80-\x84\x86-\x9f\ufffd]"
    r"|(?<=[^\W\d_])[„”“‚†‡ˆ‰‹›](?=[^\W\d_])|™(?=[^\W\d_])"
)
# In JSON: NUL and half of a pair, which no database keeps as text.
_NO_TEXT: Final = re.compile(r"\\u0000|[\ud800-\udfff]")
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_MONTH: Final = re.compile(r"(?:(\d{4})-(\d{2})|(\d{1,2})[./](\d{4})|(\d{4})(\d{2}))(?:-01)?")


class DeliveryError(ValueError):
    """The delivery as a whole cannot be taken; ``str()`` is the German sentence, ``code`` its short name."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the short name beside the sentence."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a row: short name, sentence, what to do."""

    code: str
    text: str
    remedy: str


@dataclass(slots=True)
class Row:
    """One row: ``line`` of the file (the header is line 1), values by column (None: empty), what was found."""

    table: str
    line: int
    values: dict[str, Any]
    raw: Mapping[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether it can be taken over."""
        return not self.remarks

    @property
    def key(self) -> str:
        """The value of the primary key as text."""
        values = self.values
        return "|".join(["" if values[name] is None else str(values[name]) for name in tables()[self.table].key])


@dataclass(frozen=True, slots=True)
class VendorMapping:
    """How a vendor writes our tables: file name pattern, columns, values, decimal sign. See ``docs/deliveries.md``."""

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    # Per table: our columns that this vendor does not deliver, and columns of theirs that we do not heed.
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Package:
    """What was delivered: day of the data, kind, whether complete, rows per table in the order of the tables.

    ``endless``: rows per table whose end is a sign for "still runs" (:data:`FOREVER`) and counts as open.
    ``columns``: our columns that a table has; ``unheeded``: columns that are none of ours; ``without``: of both, those that
    the mapping says are left out.
    """

    as_of: date | None
    kind: str = ""
    complete: bool = False
    sender: str = ""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    endless: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    unheeded: dict[str, list[str]] = field(default_factory=dict)
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def absent(self, table: str) -> frozenset[str]:
        """Columns that a table does not have: about these it says nothing, which is not the same as empty."""
        return frozenset(tables()[table].columns) - set(self.columns[table]) if table in self.columns else frozenset()

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(len(rows) for rows in self.rows.values())


MAPPING_PARTS: Final = ("name", "dateien", "spalten", "werte", "ohne", "uebergehen")


def _wrong(place: str, expected: str) -> DeliveryError:
    return DeliveryError("mapping", f"Zuordnung, {place}: Erwartet wird {expected}. Aufbau und Beispiel stehen in docs/deliveries.md.")


def _object(raw: Any, place: str, of: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise _wrong(place, f"ein Objekt in geschweiften Klammern ({of})")
    return raw


def _word(raw: Any, place: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise _wrong(place, "ein Text in Anführungszeichen, nicht leer")
    return raw


def _list(raw: Any, place: str) -> list[str]:
    if not isinstance(raw, list | tuple):
        raise _wrong(place, "eine Liste von Texten in eckigen Klammern")
    return [_word(one, place) for one in raw]


def _columns(raw: Any, table: str, part: str) -> Mapping[str, Any]:
    place = f"„{part}“, Tabelle „{table}“"
    wrong = set(_object(raw, place, "unser Feld zu dem des Verfahrens")) - set(tables()[table].columns)
    if wrong:
        raise DeliveryError("mapping", f"Die Zuordnung nennt in „{table}“ unbekannte Felder: {', '.join(sorted(wrong))}.")
    return raw  # type: ignore[no-any-return]  # an object, as _object has seen


def mapping_of(raw: Any) -> VendorMapping:
    """Read a mapping file, as JSON gives it.

    Raises:
        DeliveryError: a part is not of the kind it must be, or names a table or column that does not exist.
    """
    found = tables()
    if _NO_TEXT.search(json.dumps(raw, ensure_ascii=False)):
        raise DeliveryError("mapping", "In der Zuordnung stehen Zeichen, die kein Text sind. Bitte speichern Sie die Datei noch einmal als UTF-8.")
    unknown = set(_object(raw, "die ganze Datei", ", ".join(MAPPING_PARTS))) - set(MAPPING_PARTS)
    if unknown:
        text = f"Die Zuordnung hat Teile, die wir nicht kennen: {', '.join(sorted(unknown))[:200]}. Möglich: {', '.join(MAPPING_PARTS)}."
        raise DeliveryError("mapping", text)
    for part in ("dateien", "spalten", "werte", "ohne"):
        for table in _object(raw.get(part, {}), f"„{part}“", "Tabelle zu Inhalt"):
            if table not in found:
                raise DeliveryError(
                    "mapping", f"Die Zuordnung nennt die Tabelle „{table}“, die es nicht gibt. Es gibt: {', '.join(found)}."
                )
    name = raw.get("name", "")
    if not isinstance(name, str):
        raise _wrong("„name“", "ein Text in Anführungszeichen")
    return VendorMapping(
        name=name[:80],
        files={table: _word(pattern, f"„dateien“, Tabelle „{table}“") for table, pattern in raw.get("dateien", {}).items()},
        columns={
            table: {ours: _word(theirs, f"„spalten“, {table}.{ours}") for ours, theirs in _columns(columns, table, "spalten").items()}
            for table, columns in raw.get("spalten", {}).items()
        },
        values={
            table: {
                ours: {
                    theirs: _word(value, f"„werte“, {table}.{ours}, Wert „{theirs}“")
                    for theirs, value in _object(words, f"„werte“, {table}.{ours}", "ihr Wert zu unserem").items()
                }
                for ours, words in _columns(columns, table, "werte").items()
            }
            for table, columns in raw.get("werte", {}).items()
        },
        ignore=frozenset(_list(raw.get("uebergehen", []), "„uebergehen“")),
        without={
            table: frozenset(name.strip().lower() for name in _list(names, f"„ohne“, Tabelle „{table}“"))
            for table, names in raw.get("ohne", {}).items()
        },
    )


# --- the package ------------------------------------------------------------------------------------------------------


def read(content: bytes, file_name: str, *, as_of: date | None = None, mapping: VendorMapping | None = None) -> Package:
    """Read a delivery: ZIP with tables, or one table as CSV or Parquet.

    Args:
        content: the file.
        file_name: its name; a single table is recognised by it, or by its columns.
        as_of: day of the data where the file does not say it.
        mapping: how this vendor names tables and columns.

    Raises:
        DeliveryError: it cannot be read as a whole, or a table misses a column.
    """
    if not content:
        raise DeliveryError("empty", "Die Datei ist leer. Bitte lassen Sie sie neu erzeugen.")
    if len(content) > MAX_BYTES:
        raise DeliveryError(
            "too_big", f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB. Bitte teilen Sie die Lieferung."
        )
    mapping = mapping or VendorMapping("")
    package = Package(as_of, without=mapping.without)
    try:
        if content.startswith(b"PK\x03\x04"):
            _read_zip(package, content, mapping)
        else:
            name, rows = _read_one(content, file_name, mapping, package)
            package.rows[name] = rows
    except DeliveryError:
        raise
    except Exception as error:
        # Whatever a broken file makes a library raise: it is the file that is refused, not the page or the folder that stops.
        text = (
            f"„{file_name[-80:]}“ lässt sich nicht lesen ({type(error).__name__}). Es wurde nichts übernommen. "
            "Bitte lassen Sie die Datei neu erzeugen; bleibt es so, hilft die Technik weiter."
        )
        raise DeliveryError("unreadable", text) from error
    if not package.rows:
        raise DeliveryError("no_table", f"In der Datei ist keine Tabelle, die wir kennen. Wir kennen: {', '.join(tables())}.")
    package.rows = {name: package.rows[name] for name in tables() if name in package.rows}
    return package


def sender_of(content: bytes) -> str:
    """The name of the paying system that a package gives in ``lieferung.json``; empty where there is none."""
    if not content.startswith(b"PK\x03\x04"):
        return ""
    try:
        with unpacking.opened(content, parts=MAX_PARTS, size=MAX_UNPACKED) as archive:
            entry = next((e for e in archive.infolist() if PurePosixPath(e.filename).name == MANIFEST), None)
            raw = json.loads(_manifest(archive, entry).decode("utf-8-sig")) if entry else {}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError):
        # An encrypted, strangely packed (RuntimeError) or overlarge ZIP is refused when it is read.
        return ""
    return _shown(raw.get("verfahren", ""))[:80] if isinstance(raw, dict) else ""


def _read_zip(package: Package, content: bytes, mapping: VendorMapping) -> None:
    try:
        archive = unpacking.opened(content, parts=MAX_PARTS, size=MAX_UNPACKED)
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise DeliveryError("encrypted", "Die ZIP-Datei ist mit einem Kennwort verschlüsselt. Bitte liefern Sie sie ohne Kennwort.")
        broken = archive.testzip()
    except unpacking.TooManyParts:
        text = f"In der ZIP-Datei sind mehr als {MAX_PARTS} Dateien. Bitte liefern Sie nur die Tabellen und {MANIFEST}."
        raise DeliveryError("too_many_files", text) from None
    except unpacking.TooLarge:
        raise _too_big_unpacked() from None
    except NotImplementedError:
        text = "Die ZIP-Datei ist auf eine Weise gepackt, die wir nicht lesen (zum Beispiel Deflate64). Bitte packen Sie sie mit „Deflate“, dem üblichen Verfahren."
        raise DeliveryError("packing", text) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise DeliveryError("truncated", "Die ZIP-Datei ist unvollständig oder beschädigt. Bitte laden Sie sie neu.") from None
    if broken is not None:
        raise DeliveryError("truncated", f"In der ZIP-Datei ist „{broken}“ beschädigt. Bitte laden Sie sie neu.")
    entries = [
        entry for entry in archive.infolist() if not entry.is_dir() and not PurePosixPath(entry.filename).name.startswith(".")
    ]
    for entry in entries:
        name = PurePosixPath(entry.filename).name
        if name == MANIFEST:
            _read_manifest(package, _manifest(archive, entry))
    for entry in entries:
        name = PurePosixPath(entry.filename).name
        if name == MANIFEST or name in mapping.ignore or not name.lower().endswith((".csv", ".txt", ".parquet")):
            continue
        table, rows = _read_one(archive.read(entry), name, mapping, package)
        if table in package.rows:
            raise DeliveryError("table_twice", f"Die Tabelle „{table}“ ist in der Lieferung zweimal. Bitte eine davon weglassen.")
        package.rows[table] = rows


def _too_big_unpacked() -> DeliveryError:
    text = f"Ausgepackt ist die Lieferung größer als {MAX_UNPACKED // 1024 // 1024} MB. Bitte teilen Sie sie."
    return DeliveryError("too_big", text)


def _too_many_rows(name: str) -> DeliveryError:
    rows = f"{MAX_ROWS:,}".replace(",", ".")
    return DeliveryError("too_big", f"Die Tabelle „{name}“ hat mehr als {rows} Zeilen. Bitte teilen Sie die Lieferung.")


def _manifest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > MAX_MANIFEST:
        raise DeliveryError("manifest", f"{MANIFEST} ist größer als {MAX_MANIFEST // 1024} KB. Darin stehen nur Stand, Art und Umfang der Lieferung.")
    return archive.read(entry)


def _read_manifest(package: Package, content: bytes) -> None:
    try:
        raw = json.loads(content.decode("utf-8-sig"))
        said = date.fromisoformat(raw["stand"])
    except (ValueError, KeyError, TypeError):
        text = f'{MANIFEST} ist nicht lesbar. Nötig ist mindestens der Stand der Daten, zum Beispiel: {{"stand": "2026-10-31"}}.'
        raise DeliveryError("manifest", text) from None
    if said < _EARLIEST:
        raise DeliveryError("manifest", f"Der Stand {format_day(said, year=True)} in {MANIFEST} liegt vor 1900. Bitte prüfen Sie das Jahr.")
    if package.as_of is not None and package.as_of != said:
        text = f"Die Lieferung sagt Stand {format_day(said, year=True)}, angegeben wurde {format_day(package.as_of, year=True)}. Bitte prüfen Sie, welche Datei gemeint ist."
        raise DeliveryError("wrong_day", text)
    kind = str(raw.get("art", ""))
    if kind and kind not in KINDS:
        raise DeliveryError("manifest", f"Die Art „{_shown(kind)}“ in {MANIFEST} kennen wir nicht. Möglich: {', '.join(KINDS)}.")
    extent = str(raw.get("umfang", ""))
    if extent and extent not in EXTENTS:
        raise DeliveryError("manifest", f"Den Umfang „{_shown(extent)}“ in {MANIFEST} kennen wir nicht. Möglich: {', '.join(EXTENTS)}.")
    package.as_of, package.kind = said, kind
    package.complete = extent == "voll"
    package.sender = _shown(raw.get("verfahren", ""))[:80]


def _table_by_name(file_name: str, mapping: VendorMapping) -> str | None:
    path = PurePosixPath(file_name.lower())
    for table, pattern in mapping.files.items():
        if path.match(pattern.lower()):
            return table
    stem = path.stem
    return next((name for name in tables() if stem == name or stem.startswith(f"{name}_") or stem.endswith(f"_{name}")), None)


def _read_one(content: bytes, file_name: str, mapping: VendorMapping, package: Package) -> tuple[str, list[Row]]:
    if content[:4] == b"PAR1":
        header, lines = _parquet(content, file_name)
    else:
        header, lines = _csv(content, file_name, package)
    if len(set(filter(None, header))) != len(list(filter(None, header))):
        raise DeliveryError("columns", f"In „{file_name}“ heißt mehr als eine Spalte gleich. Bitte benennen Sie sie eindeutig.")
    table = _table_by_name(file_name, mapping) or _table_by_columns(header, file_name)
    schema = tables()[table]
    own = mapping.columns.get(table, {})
    places = {name: position for position, name in enumerate(header)}
    where: dict[str, int] = {}
    missing: list[str] = []
    for one in schema.fields:
        wanted = own.get(one.name, one.name).strip().lower()
        if wanted in places:
            where[one.name] = places[wanted]
        elif one.required or one.name in own:
            missing.append(own.get(one.name, one.name))
    if missing:
        text = (
            f"In „{file_name}“ fehlen Spalten: {', '.join(missing)}. Da sind: {', '.join(header)[:300]}. "
            "Hat sich das zahlende Verfahren geändert? Dann hilft eine neue Zuordnung der Spalten. Es wurde nichts übernommen."
        )
        raise DeliveryError("columns", text)
    extra = [name for name in header if name and name not in {h for h, p in places.items() if p in where.values()}]
    package.columns[table], package.unheeded[table] = list(where), extra
    rows = list(_rows(schema, where, lines, mapping.values.get(table, {})))
    endless = _without_end(rows) if OPEN_ENDS in where else 0
    if endless:
        package.endless[table] = endless
    return table, rows


def _without_end(rows: list[Row]) -> int:
    """Empty the ends that are the vendor's sign for "still runs"; how many."""
    count = 0
    for row in rows:
        if row.values[OPEN_ENDS] in FOREVER:
            row.values[OPEN_ENDS] = None
            count += 1
    return count


def _table_by_columns(header: Sequence[str], file_name: str) -> str:
    there = set(header)
    fitting = [t for t in tables().values() if {f.name for f in t.fields if f.required} <= there]
    if len(fitting) != 1:
        best = max(fitting, key=lambda t: len(t.columns), default=None)
        if best is None:
            raise DeliveryError(
                "no_table",
                f"„{file_name}“ passt zu keiner Tabelle. Bitte benennen Sie die Datei nach der Tabelle ({', '.join(tables())}) oder ordnen Sie die Spalten zu.",
            )
        return best.name
    return fitting[0].name


# --- files ------------------------------------------------------------------------------------------------------------


def _numbers(lines: Sequence[int]) -> str:
    """Line numbers as words; the first few of many."""
    first = ", ".join(str(number) for number in lines[:5])
    return f"Zeile {first}" if len(lines) == 1 else f"{len(lines)} Zeilen (Zeile {first}{' …' if len(lines) > 5 else ''})"


def _text_of(content: bytes, file_name: str) -> tuple[str, str]:
    """The text of a file and the encoding it is in; refused where letters would come in garbled.

    UTF-8 where all of it is. Windows-1252 where nothing speaks against it: a file that is UTF-8 but for some lines is
    broken, and not another encoding.
    """
    if b"\x00" in content:
        raise DeliveryError("unreadable", f"„{file_name}“ ist keine Textdatei. Erwartet wird CSV (UTF-8) oder Parquet.")
    fits, fails = 0, []
    try:
        text, encoding = content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        for number, line in enumerate(content.split(b"\n"), start=1):
            if not line.isascii():
                try:
                    line.decode()
                except UnicodeDecodeError:
                    fails.append(number)
                else:
                    fits += 1
        if fits > _MIXED_SHARE * (fits + len(fails)):
            said = (
                f"„{file_name}“ ist in UTF-8, aber {_numbers(fails)} nicht. Es wurde nichts übernommen, sonst wären Namen entstellt. "
                "Bitte lassen Sie die Datei neu erzeugen, ganz in UTF-8."
            )
            raise DeliveryError("encoding", said) from None
        try:
            text, encoding = content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError as error:
            number = content.count(b"\n", 0, error.start) + 1
            said = f"„{file_name}“ ist weder UTF-8 noch Windows-1252 (Zeile {number}), vielleicht DOS (CP850). Es wurde nichts übernommen. Bitte als UTF-8 liefern."
            raise DeliveryError("encoding", said) from None
    _not_garbled(text, _GARBLED_SHARE[encoding], file_name)
    return text, encoding


def is_garbled(text: str) -> bool:
    """Whether letters went through a wrong encoding on the way."""
    return not text.isascii() and _GARBLED.search(text) is not None


def _not_garbled(text: str, share: float, file_name: str) -> None:
    """Refuse a file most of whose umlauts went through a wrong encoding; a single name that did is set aside with its row."""
    if not is_garbled(text):
        return
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if not line.isascii()]
    garbled = [number for number, line in lines if _GARBLED.search(line)]
    if len(garbled) >= share * len(lines):
        said = (
            f"In „{file_name}“ sind Umlaute entstellt, in {_numbers(garbled)}: Der Zeichensatz wurde unterwegs falsch oder zweimal umgewandelt (DOS/CP850, "
            "„Ã¼“ statt „ü“). Es wurde nichts übernommen. Bitte lassen Sie die Datei ohne Umwandlung neu erzeugen, in UTF-8."
        )
        raise DeliveryError("encoding", said)


def _csv(content: bytes, file_name: str, package: Package) -> tuple[list[str], Iterator[tuple[int, Sequence[Any]]]]:
    text, encoding = _text_of(content, file_name)
    package.notes.setdefault("zeichensatz", encoding)
    first = text.splitlines()[0] if text.strip() else ""
    if not first.strip():
        raise DeliveryError("empty", f"„{file_name}“ ist leer. Es wurde nichts übernommen.")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def lines() -> Iterator[tuple[int, Sequence[Any]]]:
        start = 1
        try:
            for cells in reader:
                # One quote too many and a cell goes on for lines: rows would be swallowed, and no rule would miss them.
                if reader.line_num != start:
                    raise _quotes(file_name, start)
                if start == 1 or "".join(cells).strip():
                    yield start, cells
                start += 1
        except csv.Error:
            raise _quotes(file_name, start) from None

    rows = lines()
    header = [cell.strip().lower() for cell in next(rows)[1]]
    return header, rows


def _quotes(file_name: str, line: int) -> DeliveryError:
    text = (
        f"„{file_name}“ ist ab Zeile {line} nicht lesbar: Dort steht ein Anführungszeichen zu viel, oder eine Zelle geht über mehrere Zeilen. "
        'Es wurde nichts übernommen. Bitte diese Zeile prüfen; ein Anführungszeichen im Text wird verdoppelt ("").'
    )
    return DeliveryError("quotes", text)


def _parquet(content: bytes, file_name: str) -> tuple[list[str], Iterator[tuple[int, Sequence[Any]]]]:
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        if file.metadata.num_rows > MAX_ROWS:
            raise _too_many_rows(file_name)
        if sum(file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups)) > MAX_UNPACKED:
            raise _too_big_unpacked()
        table = file.read()
    except (pa.ArrowException, OSError):
        raise DeliveryError(
            "truncated", f"„{file_name}“ ist unvollständig oder beschädigt. Bitte laden Sie die Datei neu."
        ) from None
    header = [_shown(name).strip().lower() for name in table.column_names]
    columns = [column.to_pylist() for column in table.columns]
    return header, ((number, cells) for number, cells in enumerate(zip(*columns, strict=True), start=2))


# --- cells ------------------------------------------------------------------------------------------------------------


def _rows(
    schema: TableSchema,
    where: Mapping[str, int],
    lines: Iterable[tuple[int, Sequence[Any]]],
    words: Mapping[str, Mapping[str, str]],
) -> Iterator[Row]:
    fields = [(one, where[one.name]) for one in schema.fields if one.name in where]
    # What a cell says is worked out once per column: most stand in many rows.
    columns: list[tuple[Field, str, int, dict[str, Any]]] = [(one, one.name, place, {}) for one, place in fields]
    blank = dict.fromkeys(schema.columns)
    width = max(where.values(), default=-1) + 1
    count = 0
    for line, cells in lines:
        count += 1
        if count > MAX_ROWS:
            raise _too_many_rows(schema.name)
        row = Row(schema.name, line, blank.copy())
        if len(cells) < width:
            row.raw = {one.name: _shown(cells[place]) for one, place in fields if place < len(cells)}
            row.remarks.append(
                Remark(
                    "short_row", f"Zeile {line} hat zu wenige Spalten.", "Trennzeichen und Anführungszeichen dieser Zeile prüfen"
                )
            )
            yield row
            continue
        values = row.values
        for one, name, place, known in columns:
            written = cell = cells[place]
            is_text = isinstance(cell, str)
            if is_text:
                if cell in known:
                    values[name] = known[cell]
                    continue
                cell = cell.strip()
                if words:
                    cell = words.get(name, {}).get(cell, cell)
            try:
                if is_text and _NO_CHARACTER.search(cell):
                    message = "enthält Zeichen, die kein Text sind"
                    raise ValueError(message)
                values[name] = found = _value(one, cell)
                if is_text:
                    known[written] = found
            except ValueError as error:
                row.remarks.append(
                    Remark("unreadable_cell", f"{one.title}: {error}", f"Feld „{one.title}“ in dieser Zeile berichtigen")
                )
        if row.remarks:
            row.raw = {one.name: "" if cells[place] is None else _shown(cells[place]) for one, place in fields}
        yield row


def _shown(cell: Any) -> str:
    """What stood there, as far as it can be kept."""
    return _NO_CHARACTER.sub("\ufffd", str(cell)[:200])


def _value(one: Field, cell: Any) -> Any:
    if cell is None or cell == "":
        if one.required:
            message = "fehlt"
            raise ValueError(message)
        return None
    if one.type == "date":
        return _day(cell)
    if one.type == "yearmonth":
        return _month(cell)
    if one.type == "number":
        return _cents(cell)
    if one.type == "boolean":
        return _bool(cell)
    text = str(cell)
    if is_garbled(text):
        message = f"„{text[:40]}“ ist entstellt: Der Zeichensatz wurde unterwegs falsch umgewandelt"
        raise ValueError(message)
    if "\n" in text or "\r" in text:
        message = "geht über mehrere Zeilen"
        raise ValueError(message)
    if one.choices and text not in one.choices:
        message = f"„{text[:40]}“ kennen wir nicht. Möglich: {', '.join(one.choices)}"
        raise ValueError(message)
    if one.max_length is not None and len(text) > one.max_length:
        message = f"länger als {one.max_length} Zeichen"
        raise ValueError(message)
    if one.pattern and not re.fullmatch(one.pattern, text):
        message = f"„{text[:40]}“ hat nicht die erwartete Form"
        raise ValueError(message)
    return text


def _day(cell: Any) -> date:
    if isinstance(cell, date):
        return _not_before(cell.date() if isinstance(cell, datetime) else cell, f"{cell}")
    return _day_of(str(cell))


def _not_before(found: date, text: str) -> date:
    if found < _EARLIEST:
        message = f"„{text[:20]}“ liegt vor 1900"
        raise ValueError(message)
    return found


@lru_cache(maxsize=50_000)
def _day_of(text: str) -> date:
    german = _GERMAN.fullmatch(text)
    try:
        found = date(int(german[3]), int(german[2]), int(german[1])) if german else date.fromisoformat(text[:10])
    except ValueError:
        message = f"„{text[:20]}“ ist kein Tag. Bitte als JJJJ-MM-TT oder TT.MM.JJJJ schreiben"
        raise ValueError(message) from None
    return _not_before(found, text)


def _month(cell: Any) -> date:
    if isinstance(cell, date):
        return _day(cell).replace(day=1)
    return _month_of(str(cell))


@lru_cache(maxsize=2_000)
def _month_of(text: str) -> date:
    found = _MONTH.fullmatch(text)
    year, month = (found[1] or found[4] or found[5], found[2] or found[3] or found[6]) if found else ("", "")
    try:
        first = date(int(year), int(month), 1)
    except ValueError:
        message = f"„{text[:20]}“ ist kein Monat. Bitte als JJJJ-MM schreiben"
        raise ValueError(message) from None
    return _not_before(first, text)


def _cents(cell: Any) -> int:
    if isinstance(cell, bool):
        message = "kein Betrag"
        raise ValueError(message)  # noqa: TRY004 - the remark on the row is made from ValueError
    if isinstance(cell, int | float | Decimal):
        amount = Decimal(str(cell))
        if not amount.is_finite():
            message = "kein Betrag"
            raise ValueError(message)
        return round(amount * 100)
    return _cents_of(str(cell))


@lru_cache(maxsize=100_000)
def _cents_of(text: str) -> int:
    return parse_euro(text, negative=True)


def _bool(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    message = f"„{text[:20]}“ ist weder ja noch nein"
    raise ValueError(message)
