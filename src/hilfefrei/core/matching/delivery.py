"""Reading deliveries of vacancies: an answer of the BA job search (v6) or a CSV with a mapping of its columns.

Nothing is judged here; ``check`` does that row by row. A file that cannot be what it says is refused as a whole with a
plain sentence, and an answer whose shape has changed is an alarm, never "0 new vacancies".
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

MAX_BYTES: Final = 30 * 1024 * 1024
MAX_ROWS: Final = 200_000
# Share of rows without number or occupation from which an answer counts as changed in shape.
MISSING_SHARE: Final = 0.05
DELIMITERS: Final = ";,\t|"
ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")
DECIMALS: Final = (",", ".")

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS: Final = re.compile(r"\s+")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FOREIGN: Final = (
    (b"PK\x03\x04", "eine Excel- oder ZIP-Datei"),
    (b"\xd0\xcf\x11\xe0", "eine alte Excel-Datei"),
    (b"%PDF", "eine PDF-Datei"),
    (b"\x89PNG", "ein Bild"),
    (b"\xff\xd8\xff", "ein Bild"),
    (b"\x1f\x8b", "eine gepackte Datei"),
)


class DeliveryError(ValueError):
    """The file as a whole cannot be read; ``str()`` is the German sentence, ``code`` its short name."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the short name beside the sentence."""
        super().__init__(message)
        self.code = code


class InterfaceChange(DeliveryError):
    """The answer of the job search has another shape than agreed: somebody must look, nothing is taken over."""

    def __init__(self, what: str) -> None:
        """Say what is different."""
        message = f"Die Jobsuche der BA antwortet anders als bisher: {what} Es wurde nichts übernommen. Bitte melden Sie das."
        super().__init__("interface_change", message)


@dataclass(frozen=True, slots=True)
class RawVacancy:
    """One row as delivered: every value is the delivered text, empty where nothing was delivered.

    Attributes:
        line: line of the file, or position in the answer, from 1.
        broken: German sentence where the row itself cannot be read.
        decimal: decimal sign of its numbers, ``,`` or ``.``.
    """

    line: int
    reference: str = ""
    title: str = ""
    occupation: str = ""
    employer: str = ""
    plz: str = ""
    place: str = ""
    street: str = ""
    country: str = ""
    lat: str = ""
    lon: str = ""
    full_time: str = ""
    part_time: str = ""
    shift_night_weekend: str = ""
    weekend: str = ""
    mini_job: str = ""
    hours_low: str = ""
    hours_high: str = ""
    starts_at: str = ""
    ends_at: str = ""
    heavy: str = ""
    standing: str = ""
    licence: str = ""
    wage_kind: str = ""
    wage_fixed: str = ""
    wage_low: str = ""
    wage_high: str = ""
    published: str = ""
    starts: str = ""
    closes: str = ""
    lateral: str = ""
    temp_agency: str = ""
    private_agency: str = ""
    fixed_term: str = ""
    training: str = ""
    url: str = ""
    broken: str = ""
    decimal: str = "."

    def as_dict(self) -> dict[str, Any]:
        """Return the delivered values that are not empty, for keeping beside the row."""
        return {name: value for name in ("line", "broken", *FIELDS) if (value := getattr(self, name)) != ""}


FIELDS: Final = tuple(f.name for f in fields(RawVacancy) if f.name not in {"line", "broken", "decimal"})
FIELD_WORDS: Final = {
    "reference": "Nummer der Stelle",
    "title": "Titel",
    "occupation": "Beruf",
    "employer": "Betrieb",
    "plz": "Postleitzahl",
    "place": "Ort",
    "street": "Straße",
    "country": "Land",
    "lat": "Breitengrad",
    "lon": "Längengrad",
    "full_time": "Vollzeit (ja/nein)",
    "part_time": "Teilzeit (ja/nein)",
    "shift_night_weekend": "Schicht, Nacht oder Wochenende (ja/nein)",
    "weekend": "Wochenende (ja/nein)",
    "mini_job": "Minijob (ja/nein)",
    "hours_low": "Wochenstunden von",
    "hours_high": "Wochenstunden bis",
    "starts_at": "Arbeitsbeginn (Uhrzeit)",
    "ends_at": "Arbeitsende (Uhrzeit)",
    "heavy": "schwer heben (ja/nein)",
    "standing": "lange stehen (ja/nein)",
    "licence": "Führerschein",
    "wage_kind": "Einheit des Lohns",
    "wage_fixed": "Lohn",
    "wage_low": "Lohn von",
    "wage_high": "Lohn bis",
    "published": "veröffentlicht am",
    "starts": "Eintritt ab",
    "closes": "läuft ab am",
    "lateral": "Quereinstieg (ja/nein)",
    "temp_agency": "Zeitarbeit (ja/nein)",
    "private_agency": "private Vermittlung (ja/nein)",
    "fixed_term": "befristet (ja/nein)",
    "training": "Ausbildung (ja/nein)",
    "url": "Adresse im Netz",
}
NUMBERS: Final = ("hours_low", "hours_high", "wage_fixed", "wage_low", "wage_high")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column of a CSV is which field.

    Attributes:
        name: name of the mapping.
        columns: column name by field; the names are compared without case and blanks at the ends.
        constants: value by field for what the file leaves out, for example ``{"wage_kind": "STUNDENLOHN"}``.
        decimal: ``,`` or ``.``; empty: found out from the numbers of the file.
    """

    name: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""

    def __post_init__(self) -> None:
        """Refuse fields that do not exist and a mapping without a title.

        Raises:
            ValueError: with a plain German sentence.
        """
        unknown = sorted((set(self.columns) | set(self.constants)) - set(FIELDS))
        if unknown:
            message = f"Diese Felder kennen wir nicht: {', '.join(unknown)}."
            raise ValueError(message)
        if not {"title", "occupation"} & set(self.columns):
            message = "Bitte ordnen Sie eine Spalte dem Titel oder dem Beruf zu."
            raise ValueError(message)
        if self.decimal not in {"", *DECIMALS}:
            message = "Als Dezimalzeichen gibt es Komma und Punkt."
            raise ValueError(message)


BA_JOBSUCHE_CSV: Final = ColumnMapping(
    name="ba-jobsuche-csv",
    columns={
        "reference": "referenznummer",
        "title": "titel",
        "occupation": "hauptberuf",
        "employer": "firma",
        "full_time": "vollzeit",
        "wage_kind": "verguetungsangabe",
        "wage_fixed": "festgehalt",
        "wage_low": "gehaltsspanne_von",
        "wage_high": "gehaltsspanne_bis",
        "plz": "plz",
        "place": "ort",
        "street": "strasse",
        "published": "veroeffentlicht_am",
        "starts": "eintritt_von",
        "lateral": "quereinstieg_geeignet",
    },
    decimal=".",
)
OWN_CSV: Final = ColumnMapping(name="hilfefrei-csv", columns={name: name for name in FIELDS})
BUILT_IN: Final = {mapping.name: mapping for mapping in (BA_JOBSUCHE_CSV, OWN_CSV)}


@dataclass(frozen=True, slots=True)
class Read:
    """A file as read.

    Attributes:
        rows: its rows in order.
        stated: number of vacancies the source says it has, None where it does not say.
        encoding: encoding of a CSV, ``utf-8`` for an answer.
        delimiter: delimiter of a CSV, empty for an answer.
    """

    rows: tuple[RawVacancy, ...]
    stated: int | None = None
    encoding: str = "utf-8"
    delimiter: str = ""


def tidy(value: object) -> str:
    """Return a delivered value as text that any database takes: no control characters, no half surrogates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # "Kindergarten &amp; Vorschule": some boards deliver the text of their pages.
    text = html.unescape(str(value)).encode("utf-8", "ignore").decode("utf-8")
    return _BLANKS.sub(" ", _CONTROL.sub("", text)).strip()


def _refuse_foreign(content: bytes) -> None:
    if not content.strip():
        raise DeliveryError("empty", "Die Datei ist leer. Bitte prüfen Sie, ob der Versand vollständig war.")
    if len(content) > MAX_BYTES:
        size = MAX_BYTES // 1024 // 1024
        raise DeliveryError("too_big", f"Die Datei ist größer als {size} MB. Bitte teilen Sie sie auf.")
    for start, what in _FOREIGN:
        if content.startswith(start):
            raise DeliveryError("foreign", f"Das ist {what}. Wir lesen CSV und die Antwort der BA-Jobsuche (JSON).")


# --- the answer of the BA job search, version 6 ---------------------------------------------------------------------

_PART_TIME: Final = ("Vormittag", "Nachmittag", "Abend", "Flexibel")


def parse_v6(content: bytes) -> Read:
    """Read one answer of ``/pc/v6/jobs``, or a JSON list of such answers (its pages).

    Raises:
        DeliveryError: the file is empty, too big, cut off or no JSON.
        InterfaceChange: hits are stated but there is no list, the names are those of another version, or more than
            5 % of the rows lack number or occupation.
    """
    _refuse_foreign(content)
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise DeliveryError("foreign", "Die Datei ist kein Text in UTF-8, also keine Antwort der BA-Jobsuche.") from error
    except (ValueError, RecursionError) as error:
        message = "Die Datei ist abgeschnitten oder kein JSON. Bitte holen Sie sie noch einmal."
        raise DeliveryError("truncated", message) from error
    answers = data if isinstance(data, list) else [data]
    if not answers:
        raise DeliveryError("empty", "Die Datei enthält keine Antwort.")
    rows: list[RawVacancy] = []
    stated = 0
    for answer in answers:
        found, hits = _list_of(answer)
        stated = max(stated, hits)
        rows += [_v6_row(len(rows) + number, raw) for number, raw in enumerate(found, start=1)]
    missing = sum(1 for row in rows if not row.reference or not row.occupation)
    if rows and missing > MISSING_SHARE * len(rows):
        raise InterfaceChange(f"{missing} von {len(rows)} Stellen kommen ohne Nummer oder Beruf.")
    if stated and not rows:
        raise InterfaceChange(f"{stated} Stellen sind angekündigt, keine ist enthalten.")
    if len(rows) > MAX_ROWS:
        raise DeliveryError("too_big", f"Die Datei hat mehr als {MAX_ROWS:,} Stellen.".replace(",", "."))
    return Read(tuple(rows), stated)


def _no_constant(name: str) -> None:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _list_of(answer: object) -> tuple[list[object], int]:
    if not isinstance(answer, dict):
        raise DeliveryError("foreign", "Das ist JSON, aber keine Antwort der BA-Jobsuche.")
    if "stellenangebote" in answer:
        raise InterfaceChange("Das ist die Form der alten Version 4.")
    if "maxErgebnisse" not in answer and "ergebnisliste" not in answer:
        if "messages" in answer or "_http_status" in answer:
            raise InterfaceChange("Sie meldet einen Fehler statt einer Liste.")
        raise DeliveryError("foreign", "Das ist JSON, aber keine Antwort der BA-Jobsuche.")
    hits = answer.get("maxErgebnisse", 0)
    if not isinstance(hits, int) or isinstance(hits, bool) or hits < 0:
        raise InterfaceChange("Die Zahl der Treffer ist keine Zahl.")
    # On no match the list is absent; with hits it must be there.
    found = answer.get("ergebnisliste")
    if found is None:
        if hits > 0:
            raise InterfaceChange(f"{hits} Treffer sind angekündigt, aber die Liste fehlt.")
        return [], 0
    if not isinstance(found, list):
        raise InterfaceChange("Die Liste der Stellen ist keine Liste.")
    return found, hits


def _v6_row(line: int, raw: object) -> RawVacancy:
    if not isinstance(raw, dict):
        return RawVacancy(line, broken="Dieser Eintrag ist keine Stelle.")
    where = _location(raw.get("stellenlokationen"))
    address = where.get("adresse")
    address = address if isinstance(address, dict) else {}
    street = " ".join(part for part in (tidy(address.get("strasse")), tidy(address.get("hausnummer"))) if part)
    part_time = [raw[key] for key in (f"arbeitszeitTeilzeit{part}" for part in _PART_TIME) if key in raw]
    term = tidy(raw.get("vertragsdauer")).upper()
    kind = tidy(raw.get("verguetungsangabe"))
    return RawVacancy(
        line,
        reference=tidy(raw.get("referenznummer")),
        title=tidy(raw.get("stellenangebotsTitel")),
        occupation=tidy(raw.get("hauptberuf")),
        employer=tidy(raw.get("firma")),
        plz=tidy(address.get("plz")),
        place=tidy(address.get("ort")),
        street=street,
        country=tidy(address.get("land")),
        lat=tidy(where.get("breite")),
        lon=tidy(where.get("laenge")),
        full_time=tidy(raw.get("arbeitszeitVollzeit")),
        part_time="" if not part_time else tidy(any(value is True for value in part_time)),
        shift_night_weekend=tidy(raw.get("arbeitszeitSchichtNachtWochenende")),
        mini_job=tidy(raw.get("istGeringfuegigeBeschaeftigung")),
        wage_kind=kind,
        wage_fixed=tidy(raw.get("festgehalt")),
        wage_low=tidy(raw.get("gehaltsspanneVon")),
        wage_high=tidy(raw.get("gehaltsspanneBis")),
        published=tidy(raw.get("datumErsteVeroeffentlichung")) or _from(raw.get("veroeffentlichungszeitraum")),
        starts=_from(raw.get("eintrittszeitraum")),
        lateral=tidy(raw.get("quereinstiegGeeignet")),
        temp_agency=tidy(raw.get("istArbeitnehmerUeberlassung")),
        private_agency=tidy(raw.get("istPrivateArbeitsvermittlung")),
        fixed_term={"BEFRISTET": "true", "UNBEFRISTET": "false"}.get(term, ""),
        training=tidy(raw.get("stellenangebotsart") == "AUSBILDUNG" or kind.startswith("AUSBILDUNG")),
        url=tidy(raw.get("externeURL")),
    )


def _location(places: object) -> dict[str, Any]:
    """Return the first place in Germany, else the first place."""
    listed = [place for place in places if isinstance(place, dict)] if isinstance(places, list) else []
    for place in listed:
        address = place.get("adresse")
        if isinstance(address, dict) and tidy(address.get("land")) in {"", "DEUTSCHLAND"}:
            return place
    return listed[0] if listed else {}


def _from(period: object) -> str:
    return tidy(period.get("von")) if isinstance(period, dict) else ""


# --- CSV ------------------------------------------------------------------------------------------------------------


def decode(content: bytes) -> tuple[str, str]:
    """Return text and encoding: by its mark, else UTF-8 where it is valid, else Windows-1252, else Latin-1.

    Raises:
        DeliveryError: UTF-16 that is cut off, or bytes no text has.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise DeliveryError("truncated", "Die Datei bricht mitten in einem Zeichen ab.") from error
    if b"\x00" in content:
        raise DeliveryError("foreign", "Das ist keine Textdatei. Wir lesen CSV und die Antwort der BA-Jobsuche (JSON).")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError  # Latin-1 reads every byte.


def header_of(content: bytes) -> tuple[tuple[str, ...], str, str]:
    """Return (column names, delimiter, encoding) of a CSV, for choosing a mapping.

    Raises:
        DeliveryError: the file is empty, too big or no CSV.
    """
    _refuse_foreign(content)
    text, encoding = decode(content)
    if text.lstrip()[:1] in {"{", "[", "<"}:
        raise DeliveryError("foreign", "Das ist keine CSV-Datei, sondern JSON, XML oder eine Webseite.")
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    delimiter = max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))
    if not first.count(delimiter):
        raise DeliveryError("foreign", "Die erste Zeile hat nur eine Spalte. Erwartet sind Spalten mit Semikolon oder Komma.")
    names = tuple(tidy(name) for name in cells_of(first, delimiter))
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise DeliveryError("columns", f"Diese Spalten stehen doppelt in der Kopfzeile: {', '.join(doubled)}.")
    return names, delimiter, encoding


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of one line that stands alone, a header.

    Raises:
        DeliveryError: it is no line of a table (a cell as long as a book).
    """
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise DeliveryError("unreadable", "Die erste Zeile ist nicht lesbar. Erwartet sind die Namen der Spalten.") from error


def parse_csv(content: bytes, mapping: ColumnMapping) -> Read:
    """Read a CSV by its mapping.

    Raises:
        DeliveryError: the file is empty, too big, cut off, no CSV, or lacks mapped columns.
    """
    names, delimiter, encoding = header_of(content)
    text, _ = decode(content)
    if not text.endswith(("\n", "\r")) and text.count('"') % 2:
        raise _cut(text.count("\n") + 1)
    places = {name.casefold(): number for number, name in enumerate(names)}
    if mapping is OWN_CSV:
        known = {name: places[name] for name in FIELDS if name in places}
        missing = sorted({"title", "occupation"} - set(known)) if not {"title", "occupation"} & set(known) else []
    else:
        known = {name: places[c] for name, column in mapping.columns.items() if (c := tidy(column).casefold()) in places}
        missing = [column for name, column in mapping.columns.items() if name not in known]
    if missing:
        raise DeliveryError(
            "columns",
            f"In der Datei fehlen Spalten: {', '.join(missing)}. Vielleicht ist es eine andere Datei oder Zuordnung.",
        )
    table = _table(text, delimiter, len(names))
    numbers = [place for name, place in known.items() if name in NUMBERS]
    whole = [cells for _, cells in table if len(cells) == len(names)]
    decimal = mapping.decimal or _decimal(cells[place] for cells in whole for place in numbers)
    rows = []
    for line, cells in table:
        if len(cells) != len(names):
            broken = f"Die Zeile hat {len(cells)} statt {len(names)} Spalten."
            rows.append(RawVacancy(line, broken=broken, decimal=decimal))
            continue
        values = dict(mapping.constants) | {name: value for name, place in known.items() if (value := tidy(cells[place]))}
        rows.append(RawVacancy(line, decimal=decimal, **values))
    if not rows:
        raise DeliveryError("empty", "Die Datei hat nur eine Kopfzeile. Bitte prüfen Sie, ob der Versand vollständig war.")
    return Read(tuple(rows), None, encoding, delimiter)


def _table(text: str, delimiter: str, width: int) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader):
            if number and any(cell.strip() for cell in cells):
                table.append((reader.line_num, cells))
            if len(table) > MAX_ROWS:
                raise DeliveryError("too_big", f"Die Datei hat mehr als {MAX_ROWS:,} Zeilen.".replace(",", "."))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise _cut(reader.line_num) from error
        message = f"Zeile {reader.line_num} ist nicht lesbar. Bitte prüfen Sie die Anführungszeichen in der Datei."
        raise DeliveryError("unreadable", message) from error
    if table and len(table[-1][1]) < width and not text.endswith(("\n", "\r")):
        raise _cut(table[-1][0])
    return table


def _cut(line: int) -> DeliveryError:
    message = f"Die Datei bricht in Zeile {line} ab. Bitte liefern Sie sie noch einmal vollständig."
    return DeliveryError("truncated", message)


def _decimal(numbers: Iterable[str]) -> str:
    """Return the decimal sign of a file: a comma anywhere means the German way, else a point that parts no thousands."""
    sign = ","
    for number in numbers:
        if "," in number:
            return ","
        if re.search(r"\.\d{1,2}$|\.\d{4,}$", number):
            sign = "."
    return sign
