"""Sheets that go to the paying system and confirmations that come back: their fields as data, as CSV and as XML.

One sheet is one fact (an application, an urgent report, a declaration). Its key makes a repeat harmless: the same key is
the same delivery. What the fields mean stands in ``core/data/sheets.toml``, which is the documentation too.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final
from xml.etree import ElementTree as ET

from hilfefrei.core.days import parse_moment

VERSION: Final = "1"
MAX_BYTES: Final = 5 * 1024 * 1024
# A key becomes a file name and a header.
# No field of a confirmation needs more, and what is refused must stay a table that can be read.
_LONGEST: Final = 1000
# Characters that no database keeps as text: NUL, half of a pair.
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
KEY: Final = re.compile(r"[a-z]+-[0-9A-Za-z-]{1,60}")
PHONE: Final = re.compile(r"\+[\d ()/-]+")
Value = str | int | bool | date | datetime | None


class SheetError(ValueError):
    """A sheet or a confirmation is not what it should be; ``str(error)`` says what to do. ``code`` names the rule."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``name`` in the file, ``title`` for people."""

    name: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sheet."""

    name: str
    title: str
    lead: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``values`` by the names of its kind, ``people`` by those of the kind ``person`` (who else is meant)."""

    kind: str
    key: str
    values: Mapping[str, Value]
    people: Sequence[Mapping[str, Value]] = ()

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise SheetError("key", f"{self.key!r} is no key of a sheet.")
        for name, values in ((self.kind, self.values), *(("person", one) for one in self.people)):
            if unknown := set(values) - {one.name for one in kinds()[name].fields}:
                raise SheetError("field", f"{name}: there is no field {', '.join(sorted(unknown))}.")


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds of ``core/data/sheets.toml``, ``person`` (part of a sheet) and ``bestaetigung`` (comes back) among them."""
    raw = tomllib.loads((resources.files("hilfefrei.core") / "data" / "sheets.toml").read_text(encoding="utf-8"))
    return {
        name: Kind(name, one["title"], one["lead"], tuple(Field(**entry) for entry in one["fields"])) for name, one in raw.items()
    }


def told(value: Value) -> str:
    """A value as text of a file: days and moments as ISO 8601, yes and no, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def to_csv(sheet: Sheet) -> bytes:
    """The sheet as CSV (UTF-8, semicolon): a row of names, a row of the sheet, then a row per person with ``art`` = person."""
    own = [one.name for one in kinds()[sheet.kind].fields]
    more = [one.name for one in kinds()["person"].fields if one.name not in own]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["art", "schluessel", *own, *more])
    for name, values in ((sheet.kind, sheet.values), *(("person", one) for one in sheet.people)):
        writer.writerow([name, sheet.key, *(_harmless(told(values.get(column))) for column in (*own, *more))])
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    """No spreadsheet takes a name for a formula; a telephone number may begin with a plus."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} and not PHONE.fullmatch(text) else text


def to_xml(sheet: Sheet) -> bytes:
    """The sheet as XML (UTF-8); a field without value is left out."""
    root = ET.Element("blatt", {"art": sheet.kind, "version": VERSION, "schluessel": sheet.key})
    _fill(root, sheet.kind, sheet.values)
    for one in sheet.people:
        _fill(ET.SubElement(root, "person"), "person", one)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _fill(parent: ET.Element, kind: str, values: Mapping[str, Value]) -> None:
    for one in kinds()[kind].fields:
        text = told(values.get(one.name))
        if text:
            # Signs that XML cannot hold at all are left out.
            ET.SubElement(parent, one.name).text = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


# --- what comes back --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One answer of the paying system: which sheet (its ``key``), under which Aktenzeichen, when it came in, what follows.

    ``line`` is where it stood in its file; ``problem`` says why it cannot be read, with ``code``.
    """

    line: int
    key: str
    file_number: str = ""
    came_at: datetime | None = None
    result: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    problem: str = ""


def read_confirmations(content: bytes) -> list[Confirmation]:
    """Read a file of confirmations: JSON (an object or a list), XML (``<bestaetigung>``) or CSV with a header.

    Raises:
        SheetError: the file as a whole cannot be read (``too_big``, ``unreadable``, ``columns``).
    """
    if len(content) > MAX_BYTES:
        raise SheetError("too_big", f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB. Das ist keine Bestätigung.")
    text = _text(content).strip()
    if not text:
        raise SheetError("unreadable", "Die Datei ist leer.")
    rows = _json(text) if text[0] in "{[" else _xml(text) if text[0] == "<" else _csv(text)
    if not rows:
        raise SheetError("unreadable", "In der Datei steht keine Bestätigung.")
    return [_confirmation(line, row) for line, row in rows]


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("unreadable", "Die Zeichen der Datei lassen sich nicht lesen. Bitte UTF-8 senden.")


def _json(text: str) -> list[tuple[int, dict[str, Any]]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SheetError("unreadable", "Die Datei ist kein vollständiges JSON. Bitte noch einmal senden.") from None
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise SheetError("unreadable", "Erwartet wird ein Objekt je Bestätigung.")
    return list(enumerate(rows, 1))


def _xml(text: str) -> list[tuple[int, dict[str, Any]]]:
    # No entities: a file from outside shall not grow in memory or read other files.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SheetError("unreadable", "XML mit DOCTYPE wird nicht gelesen.")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no DOCTYPE, so no entities
    except ET.ParseError:
        raise SheetError("unreadable", "Die Datei ist kein vollständiges XML. Bitte noch einmal senden.") from None
    found = [root] if root.tag == "bestaetigung" else list(root.iter("bestaetigung"))
    return [(line, {child.tag: child.text or "" for child in one}) for line, one in enumerate(found, 1)]


def _csv(text: str) -> list[tuple[int, dict[str, Any]]]:
    lines = text.splitlines()
    delimiter = max(";,\t", key=lines[0].count)
    try:
        reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if "schluessel" not in names:
            raise SheetError("columns", "Es fehlt die Spalte „schluessel“. Erwartet: " + ", ".join(_names()) + ".")
        reader.fieldnames = names
        return [(reader.line_num, {k: v or "" for k, v in row.items() if isinstance(k, str)}) for row in reader]
    except csv.Error:
        raise SheetError("unreadable", "Die Tabelle ist abgeschnitten oder kein CSV. Bitte noch einmal senden.") from None


def _names() -> Iterable[str]:
    return (one.name for one in kinds()["bestaetigung"].fields)


def _confirmation(line: int, row: Mapping[str, Any]) -> Confirmation:
    given = {name: str(row[name]).strip()[:_LONGEST] for name in _names() if row.get(name) not in (None, "")}
    raw = {name: _NO_TEXT.sub("\ufffd", value) for name, value in given.items()}
    key = raw.get("schluessel", "")
    came_at, code, problem = None, "", ""
    if not key:
        code, problem = "no_key", "Es fehlt „schluessel“: der Schlüssel des Blatts, das bestätigt wird."
    elif not KEY.fullmatch(key):
        code, problem = "key", f"„{key[:60]}“ ist kein Schlüssel eines Blatts."
    elif raw != given:
        code, problem = "text", "In der Bestätigung stehen Zeichen, die kein Text sind. Bitte noch einmal als UTF-8 senden."
    if moment := raw.get("eingegangen", ""):
        try:
            came_at = parse_moment(moment)
        except ValueError:
            code, problem = "moment", f"„{moment[:40]}“ ist kein Zeitpunkt mit Zeitzone. Beispiel: 2026-11-27T08:10:00+01:00"
    return Confirmation(
        line=line,
        key=key,
        file_number=raw.get("aktenzeichen", "")[:30],
        came_at=came_at,
        result=raw.get("ergebnis", "")[:300],
        raw=raw,
        code=code,
        problem=problem,
    )
