"""Small tables of published figures for tests; all values invented."""

from hilfefrei.core.comparison import Columns
from hilfefrei.core.published import PlaceKind, TableMapping

HEAD = "Trägernummer;Jobcenter;Monat;Kennzahl;Wert;Datenstand"
NAMES = {"23102": "Göttingen", "23106": "Northeim", "21124": "Goslar", "23406": "Holzminden", "31502": "Leverkusen"}


def long(*rows: tuple[str, str, str, str, str]) -> bytes:
    """A long table as the pattern on the page has it: number, month, code, value, state."""
    lines = [f"{place};{NAMES.get(place, place)};{month};{code};{value};{state}" for place, month, code, value, state in rows]
    return "\n".join([HEAD, *lines, ""]).encode()


def july(*values: tuple[str, str], state: str = "28.10.2026", code: str = "K1", month: str = "2026-07") -> bytes:
    """Values of one month."""
    return long(*((place, month, code, value, state) for place, value in values))


def listed(*rows: tuple[str, str, str, str], year: int = 2026) -> bytes:
    """A list of Jobcenters: number, name, form, comparison type."""
    head = "Trägernummer;Jobcenter;Form;Land;Vergleichstyp;Jahr"
    return "\n".join([head, *(f"{number};{name};{form};;{kind};{year}" for number, name, form, kind in rows), ""]).encode()


WIDE = TableMapping("Breit", PlaceKind.COUNTY, Columns(place="ags", name="kreis", period="jahr", wide={"q": "q_SGBII", "x": "eigene"}, decimal=","), "erfunden", "frei")
