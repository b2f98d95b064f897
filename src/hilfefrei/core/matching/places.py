"""Reading lists of postal codes with coordinates: a CSV with header, or the tab-separated form of GeoNames."""

import csv
import io
import re
from dataclasses import dataclass
from typing import Final

from hilfefrei.core.matching.check import LATITUDES, LONGITUDES
from hilfefrei.core.matching.delivery import DeliveryError, cells_of, decode, tidy
from hilfefrei.core.names import fold

MAX_PLACES: Final = 100_000
# country, postal code, place, three levels of administration (name, code), latitude, longitude, accuracy
GEONAMES: Final = {"plz": 1, "place": 2, "lat": 9, "lon": 10}
HEADERS: Final = {
    "plz": ("plz", "postleitzahl", "postal code"),
    "place": ("ort", "place", "name", "stadt"),
    "lat": ("lat", "breite", "breitengrad", "latitude"),
    "lon": ("lon", "lng", "laenge", "laengengrad", "longitude"),
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with its postal code; latitude and longitude in degrees."""

    plz: str
    name: str
    lat: float
    lon: float


def read_places(content: bytes) -> list[PlaceRow]:
    """Read the list; each postal code and place once, in order.

    Raises:
        DeliveryError: the file is empty, too big, has other columns or no usable row.
    """
    text, _ = decode(content)
    if not text.strip():
        raise DeliveryError("empty", "Die Datei ist leer.")
    first = text.lstrip("\r\n").splitlines()[0]
    if re.match(r"DE\t\d{5}\t", first):
        columns, delimiter, skip = GEONAMES, "\t", 0
    else:
        delimiter = max(";,\t", key=first.count)
        header = [fold(name) for name in cells_of(first, delimiter)]
        columns = {}
        for field, words in HEADERS.items():
            named = [header.index(word) for word in words if word in header]
            if named:
                columns[field] = named[0]
        if len(columns) < len(HEADERS):
            raise DeliveryError("columns", "Gebraucht werden die Spalten PLZ, Ort, Breite (lat) und Länge (lon).")
        skip = 1
    found: dict[tuple[str, str], PlaceRow] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE if not skip else csv.QUOTE_MINIMAL)
    try:
        for number, cells in enumerate(reader):
            row = _row(cells, columns) if number >= skip else None
            if row is not None:
                found.setdefault((row.plz, row.name), row)
            if len(found) > MAX_PLACES:
                raise DeliveryError("too_big", "So viele Postleitzahlen gibt es nicht. Bitte prüfen Sie die Datei.")
    except csv.Error as error:
        raise DeliveryError("unreadable", f"Zeile {reader.line_num} ist nicht lesbar.") from error
    if not found:
        raise DeliveryError("empty", "In der Datei steht keine Postleitzahl mit Koordinaten in Deutschland.")
    return list(found.values())


def _row(cells: list[str], columns: dict[str, int]) -> PlaceRow | None:
    if len(cells) <= max(columns.values()):
        return None
    plz = tidy(cells[columns["plz"]])
    try:
        lat, lon = float(cells[columns["lat"]].replace(",", ".")), float(cells[columns["lon"]].replace(",", "."))
    except ValueError:
        return None
    inside = LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]
    return PlaceRow(plz.zfill(5), tidy(cells[columns["place"]])[:80], lat, lon) if inside and re.fullmatch(r"\d{4,5}", plz) else None
