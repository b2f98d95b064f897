"""Which column of a CSV is which field: a guess from the names, a look at the first rows, the mapping that fits."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from hilfefrei.core.matching.delivery import (
    BA_JOBSUCHE_CSV,
    FIELD_WORDS,
    FIELDS,
    OWN_CSV,
    ColumnMapping,
    DeliveryError,
    decode,
    header_of,
    tidy,
)
from hilfefrei.core.names import fold

PREVIEW_ROWS: Final = 5
# From so many of our own names in the header, a file is in our own form.
LEAST_OWN: Final = 3

# Other names under which partners deliver a field, folded.
ALSO: Final[dict[str, tuple[str, ...]]] = {
    "reference": ("nummer", "id", "referenz", "referenznummer", "refnr", "stellennummer", "kennung", "angebotsnummer"),
    "title": ("titel", "stelle", "bezeichnung", "stellentitel", "stellenbezeichnung", "ueberschrift", "jobtitel"),
    "occupation": ("beruf", "hauptberuf", "berufsbezeichnung", "taetigkeit"),
    "employer": ("betrieb", "firma", "arbeitgeber", "unternehmen"),
    "plz": ("plz", "postleitzahl"),
    "place": ("ort", "arbeitsort", "stadt"),
    "street": ("strasse", "adresse", "anschrift"),
    "country": ("land", "staat"),
    "lat": ("breite", "breitengrad", "lat", "latitude"),
    "lon": ("laenge", "laengengrad", "lon", "longitude"),
    "full_time": ("vollzeit",),
    "part_time": ("teilzeit",),
    "mini_job": ("minijob", "geringfuegig"),
    "hours_low": ("stunden", "wochenstunden", "std", "stunden von", "wochenstunden von", "stunden pro woche", "stunden je woche"),
    "hours_high": ("stunden bis", "wochenstunden bis"),
    "starts_at": ("beginn", "arbeitsbeginn", "uhrzeit von", "zeit von"),
    "ends_at": ("arbeitsende", "ende", "feierabend", "uhrzeit bis", "zeit bis"),
    "weekend": ("wochenende",),
    "shift_night_weekend": ("schicht", "schichtarbeit", "nacht"),
    "licence": ("fuehrerschein", "fuehrerscheinklasse"),
    "wage_kind": ("lohnart", "verguetungsangabe", "einheit", "lohneinheit"),
    "wage_fixed": ("lohn", "gehalt", "festgehalt", "verguetung", "entgelt", "stundenlohn"),
    "wage_low": ("lohn von", "gehalt von", "gehaltsspanne von"),
    "wage_high": ("lohn bis", "gehalt bis", "gehaltsspanne bis"),
    "published": ("veroeffentlicht", "veroeffentlicht am", "datum", "eingestellt am"),
    "starts": ("eintritt", "eintritt ab", "eintritt von", "beginn ab", "eintrittsdatum"),
    "closes": ("gueltig bis", "laeuft ab", "bewerbungsfrist", "frist", "ende der frist"),
    "lateral": ("quereinstieg", "quereinsteiger", "quereinstieg geeignet"),
    "temp_agency": ("zeitarbeit", "leiharbeit"),
    "private_agency": ("vermittlung", "private vermittlung"),
    "fixed_term": ("befristet", "befristung"),
    "training": ("ausbildung",),
    "url": ("link", "url", "internet", "webseite"),
}


def _name(text: str) -> str:
    return fold(text.replace("_", " ").replace(".", " ").split("(")[0])


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Return the column of the header for each field whose name speaks for itself; each column serves once."""
    by_name = {_name(column): column for column in reversed(header) if column}
    found: dict[str, str] = {}
    for field in FIELDS:
        for word in (field, FIELD_WORDS[field], *ALSO.get(field, ())):
            column = by_name.get(_name(word))
            if column is not None and column not in found.values():
                found[field] = column
                break
    return found


def fitting(header: Sequence[str], mappings: Iterable[ColumnMapping]) -> ColumnMapping | None:
    """Return the mapping all of whose columns the header has, the one with most of them; None where none fits."""
    there = {tidy(name).casefold() for name in header}
    known = [*mappings, BA_JOBSUCHE_CSV]
    best = max(
        (m for m in known if m.columns and all(tidy(c).casefold() in there for c in m.columns.values())),
        key=lambda m: len(m.columns),
        default=None,
    )
    own = there & set(FIELDS)
    if best is None and {"title", "occupation"} & own and len(own) >= LEAST_OWN:
        return OWN_CSV
    return best


def preview(content: bytes, rows: int = PREVIEW_ROWS) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return (column names, first rows) of a CSV, each row cut or filled to the number of columns.

    Raises:
        DeliveryError: the file is empty, too big or no CSV.
    """
    names, delimiter, _ = header_of(content)
    text, _ = decode(content)
    found: list[list[str]] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if len(found) == rows:
                break
            if number and any(cell.strip() for cell in cells):
                found.append([tidy(cell) for cell in (*cells, *[""] * len(names))[: len(names)]])
    except csv.Error as error:
        raise DeliveryError("unreadable", "Die ersten Zeilen sind nicht lesbar. Bitte prüfen Sie die Anführungszeichen.") from error
    return names, found
