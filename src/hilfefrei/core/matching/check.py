"""Judging delivered vacancies row by row: accepted, repaired or refused, each with reasons and what helps."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from hilfefrei.core.days import parse_german_date, parse_time
from hilfefrei.core.matching import occupations
from hilfefrei.core.matching.delivery import RawVacancy
from hilfefrei.core.matching.vacancy import Vacancy
from hilfefrei.core.matching.wages import Wage, normalise_wage
from hilfefrei.core.names import fold

MAX_AGE_DAYS: Final = 365
MAX_AMOUNT: Final = 10_000_000
MAX_HOURS: Final = 60
LENGTHS: Final = {"reference": 80, "title": 200, "occupation": 160, "employer": 160, "place": 80, "street": 120, "url": 300}
GERMANY: Final = frozenset({"", "deutschland", "de", "d", "germany", "deu"})
YES: Final = frozenset({"true", "ja", "j", "yes", "y", "1", "x", "wahr"})
NO: Final = frozenset({"false", "nein", "n", "no", "0", "falsch", "-"})
# Bounding box of Germany in degrees, with some room.
LATITUDES: Final = (47.0, 55.3)
LONGITUDES: Final = (5.5, 15.5)

_TEMP: Final = re.compile(r"zeitarbeit|zeitpersonal|personalservice|personaldienst|personalleasing|arbeitnehmerueberlassung")
_BROKER: Final = re.compile(r"arbeitsvermittlung|personalvermittlung|jobvermittlung|stellenvermittlung|private vermittlung")
_MINI: Final = re.compile(r"\bmini ?job|\b(?:538|556|603) ?euro\b|geringfuegig")
_LICENCE: Final = {"b": "B", "be": "B", "c": "C", "ce": "C", "c1": "C", "c1e": "C", "d": "D", "de": "D"}


class Outcome(StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Weight(StrEnum):
    """What a remark means for its row."""

    HINT = "hint"
    REPAIR = "repair"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Remark:
    """One reason: short name, German sentence, what helps."""

    code: str
    text: str
    remedy: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Checked:
    """A row with its outcome; ``vacancy`` is None exactly where the row is rejected.

    Attributes:
        row: as delivered.
        outcome: accepted, repaired, rejected or duplicate.
        remarks: the reasons, in the order found; hints change no outcome.
        vacancy: what would be taken over.
        part_time: part time is possible (``vacancy.full_time`` is None where both are).
        full_time: full time is possible.
        street: street of the place of work.
        wage: the wage with its unit.
        double_of: line of the row this one repeats.
    """

    row: RawVacancy
    outcome: Outcome
    remarks: tuple[Remark, ...]
    vacancy: Vacancy | None = None
    full_time: bool | None = None
    part_time: bool | None = None
    street: str = ""
    wage: Wage = field(default_factory=Wage)
    double_of: int | None = None


class _Refused(Exception):
    """The row cannot be taken over; the remark is noted already."""


class _Notes:
    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def hint(self, code: str, text: str, remedy: str = "") -> None:
        self.remarks.append(Remark(code, text, remedy, Weight.HINT))

    def repair(self, code: str, text: str, remedy: str = "") -> None:
        self.remarks.append(Remark(code, text, remedy, Weight.REPAIR))

    def refuse(self, code: str, text: str, remedy: str) -> None:
        self.remarks.append(Remark(code, text, remedy, Weight.REFUSAL))
        raise _Refused

    @property
    def outcome(self) -> Outcome:
        weights = {remark.weight for remark in self.remarks}
        if Weight.REFUSAL in weights:
            return Outcome.REJECTED
        return Outcome.REPAIRED if Weight.REPAIR in weights else Outcome.ACCEPTED


def check_all(
    rows: Iterable[RawVacancy],
    *,
    today: date,
    places: Mapping[str, tuple[float, float]] | None = None,
    max_age_days: int = MAX_AGE_DAYS,
) -> list[Checked]:
    """Judge all rows of a file and mark those that repeat an earlier one of it.

    A row repeats another with the same number, or with the same headline, employer and postal code.

    Args:
        rows: the rows of one file.
        today: the Berlin day.
        places: (latitude, longitude) in degrees by postal code, for rows that bring no coordinates.
        max_age_days: age in days from which an advertisement is refused.
    """
    numbers: dict[str, int] = {}
    contents: dict[tuple[str, str, str], int] = {}
    checked = []
    for row in rows:
        found = validate(row, today=today, places=places, max_age_days=max_age_days)
        if found.vacancy is not None:
            content = (occupations.normal_name(found.vacancy.title), fold(found.vacancy.employer), found.vacancy.plz)
            first = numbers.get(found.vacancy.key) or contents.get(content)
            if first is None:
                numbers[found.vacancy.key] = contents[content] = row.line
            else:
                text = f"Dieselbe Stelle steht schon in Zeile {first}."
                remark = Remark("duplicate", text, "Nichts zu tun, sie wird einmal übernommen.", Weight.HINT)
                found = replace(found, outcome=Outcome.DUPLICATE, remarks=(*found.remarks, remark), double_of=first)
        checked.append(found)
    return checked


def validate(
    row: RawVacancy,
    *,
    today: date,
    places: Mapping[str, tuple[float, float]] | None = None,
    max_age_days: int = MAX_AGE_DAYS,
) -> Checked:
    """Judge one row; never raises for what a file may contain."""
    notes = _Notes()
    try:
        return _validate(row, notes, today, places or {}, max_age_days)
    except _Refused:
        return Checked(row, Outcome.REJECTED, tuple(notes.remarks))


def _validate(
    row: RawVacancy, notes: _Notes, today: date, places: Mapping[str, tuple[float, float]], max_age_days: int
) -> Checked:
    if row.broken:
        notes.refuse("broken", row.broken, "Die Zeile in der Datei ansehen, oft fehlt ein Anführungszeichen.")
    if not row.reference:
        notes.refuse("reference_missing", "Die Nummer der Stelle fehlt.", "Ohne Nummer erkennen wir sie beim nächsten Mal nicht.")
    if len(row.reference) > LENGTHS["reference"]:
        notes.refuse("reference_long", "Die Nummer der Stelle ist zu lang.", "Die Zuordnung der Spalten prüfen.")
    title, occupation = _title(row, notes)
    plz, place = _place(row, notes)
    lat, lon = _coordinates(row, plz, places, notes)
    published, starts, closes = _days(row, today, max_age_days, notes)
    employer = _short(row.employer, "employer", notes)
    if not employer:
        notes.hint("employer_missing", "Der Betrieb ist nicht genannt.", "Beim Anbieten nachfragen.")
    temp, broker = _agency(row, employer, notes)
    full, part = _flag(row, "full_time", notes), _flag(row, "part_time", notes)
    mini = _flag(row, "mini_job", notes)
    if mini is None and _MINI.search(fold(title)):
        mini = True
    hours_low, hours_high = _hours(row, notes)
    only = True if full and not part else False if part and not full else None
    if full is False and part is None:
        part, only = True, False
    wage = _wage(row, hours_low, hours_high, only, mini, notes)
    start, end = _time(row, "starts_at", notes), _time(row, "ends_at", notes)
    licence = _licence(row, occupation, title, notes)
    vacancy = Vacancy(
        key=row.reference,
        title=title,
        occupation=occupation,
        employer=employer,
        plz=plz,
        place=place,
        lat=lat,
        lon=lon,
        hours_low=hours_low,
        hours_high=hours_high,
        full_time=only,
        start=start,
        end=end,
        weekend=_flag(row, "weekend", notes),
        special=_flag(row, "shift_night_weekend", notes),
        mini_job=mini,
        heavy=_flag(row, "heavy", notes),
        standing=_flag(row, "standing", notes),
        licence=licence,
        wage_hour=wage.hourly,
        wage_month=wage.monthly,
        temp_agency=temp,
        private_agency=broker,
        fixed_term=_flag(row, "fixed_term", notes),
        lateral=_flag(row, "lateral", notes),
        training=bool(_flag(row, "training", notes)) or occupations.is_training(title),
        published=published,
        starts=starts,
        closes=closes,
        url=_url(row, notes),
    )
    street = _short(row.street, "street", notes)
    return Checked(row, notes.outcome, tuple(notes.remarks), vacancy, full, part, street, wage)


def _short(text: str, name: str, notes: _Notes) -> str:
    if len(text) <= LENGTHS[name]:
        return text
    notes.repair(f"{name}_long", f"Ein Text war länger als {LENGTHS[name]} Zeichen und wurde gekürzt.")
    return text[: LENGTHS[name] - 1].rstrip() + "…"


def _title(row: RawVacancy, notes: _Notes) -> tuple[str, str]:
    title, occupation = _short(row.title, "title", notes), _short(row.occupation, "occupation", notes)
    if not title and not occupation:
        notes.refuse("title_missing", "Titel und Beruf fehlen.", "Ohne beides findet die Stelle niemand.")
    if not title:
        notes.repair("title_from_occupation", f"Der Titel fehlt, es gilt der Beruf: {occupation}.")
        title = occupation
    if not occupation:
        notes.hint("occupation_missing", "Der Beruf fehlt, gesucht wird nach dem Titel.")
    return title, occupation


def _place(row: RawVacancy, notes: _Notes) -> tuple[str, str]:
    if fold(row.country) not in GERMANY:
        notes.refuse("abroad", f"Die Stelle liegt im Ausland: {row.country[:40]}.", "Nichts zu tun.")
    place, plz = _short(row.place, "place", notes), row.plz.removesuffix(".0").replace(" ", "")
    if re.fullmatch(r"\d{4}", plz):
        notes.repair("plz_zero", f"Der Postleitzahl {plz} fehlte die Null am Anfang.")
        plz = f"0{plz}"
    if plz and not (re.fullmatch(r"[0-9]{5}", plz) and plz >= "01000"):
        notes.repair("plz_wrong", f"„{plz[:12]}“ ist keine Postleitzahl und bleibt weg.", "Ort prüfen.")
        plz = ""
    if not plz and not place:
        notes.refuse("place_missing", "Ort und Postleitzahl fehlen.", "Ohne Ort lässt sich kein Weg berechnen.")
    return plz, place


def _coordinates(
    row: RawVacancy, plz: str, places: Mapping[str, tuple[float, float]], notes: _Notes
) -> tuple[float | None, float | None]:
    if row.lat or row.lon:
        lat, lon = _float(row.lat), _float(row.lon)
        if lat is not None and lon is not None and _within(lat, LATITUDES) and _within(lon, LONGITUDES):
            return lat, lon
        notes.repair("coordinates_wrong", "Die Lage auf der Karte passt nicht zu Deutschland und bleibt weg.")
    if plz in places:
        return places[plz]
    notes.hint("place_unknown", "Die Lage des Ortes ist nicht bekannt.", "Ohne sie fehlt die Stelle, wo ein Weg begrenzt ist.")
    return None, None


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _float(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _day(text: str, name: str, today: date, notes: _Notes) -> date | None:
    if not text:
        return None
    try:
        return parse_german_date(re.split(r"[T ]", text)[0] if re.match(r"\d{4}-", text) else text, today=today)
    except ValueError as error:
        notes.repair(f"{name}_wrong", f"{error} Der Tag bleibt weg.")
        return None


def _days(row: RawVacancy, today: date, max_age_days: int, notes: _Notes) -> tuple[date | None, date | None, date | None]:
    published = _day(row.published, "published", today, notes)
    starts, closes = _day(row.starts, "starts", today, notes), _day(row.closes, "closes", today, notes)
    if published and published > today + timedelta(days=1):
        notes.repair("published_future", "Der Tag der Veröffentlichung liegt in der Zukunft und bleibt weg.")
        published = None
    if published and (today - published).days > max_age_days:
        text = f"Die Anzeige ist {(today - published).days} Tage alt."
        notes.refuse("stale", text, "Beim Betrieb nachfragen und dann selbst erfassen.")
    if closes and closes < today:
        notes.refuse("closed", "Die Stelle ist schon abgelaufen.", "Nichts zu tun.")
    return published, starts, closes


def _flag(row: RawVacancy, name: str, notes: _Notes) -> bool | None:
    value = str(getattr(row, name)).casefold()
    if not value:
        return None
    if value in YES or value in NO:
        return value in YES
    notes.repair("flag_wrong", f"„{value[:20]}“ ist weder ja noch nein und bleibt weg.", "Die Zuordnung der Spalten prüfen.")
    return None


def _agency(row: RawVacancy, employer: str, notes: _Notes) -> tuple[bool | None, bool | None]:
    temp, broker = _flag(row, "temp_agency", notes), _flag(row, "private_agency", notes)
    name = fold(employer)
    if temp is None and _TEMP.search(name):
        notes.hint("temp_by_name", "Dem Namen nach ist es Zeitarbeit.")
        temp = True
    if broker is None and _BROKER.search(name):
        notes.hint("agency_by_name", "Dem Namen nach ist es eine private Vermittlung.")
        broker = True
    return temp, broker


def amount(text: str, decimal: str) -> Decimal | None:
    """Return the number of a delivered amount, None where it is none. ``decimal`` is the sign of the file."""
    cleaned = re.sub(r"[\s'€]|eur(?:o)?", "", text, flags=re.IGNORECASE)
    thousands = "." if decimal == "," else ","
    if not re.fullmatch(r"(?a)\d+|\d{1,3}(?:[.,]\d{3})+|\d[\d.,]*[.,]\d*", cleaned):
        return None
    whole, _, rest = cleaned.partition(decimal)
    groups = whole.split(thousands)
    wrong_groups = len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:]))
    if wrong_groups or (rest and not rest.isdigit()):
        return None
    try:
        return Decimal(f"{''.join(groups)}.{rest or 0}")
    except InvalidOperation:
        return None


def _cents(row: RawVacancy, name: str, notes: _Notes) -> int | None:
    text = str(getattr(row, name))
    if not text:
        return None
    value = amount(text, row.decimal)
    if value is None or value > MAX_AMOUNT:
        notes.repair("wage_unreadable", f"„{text[:20]}“ lesen wir nicht als Lohn. Er bleibt weg.")
        return None
    return int((value * 100).to_integral_value())


def _hours(row: RawVacancy, notes: _Notes) -> tuple[float | None, float | None]:
    found: list[float | None] = []
    for name in ("hours_low", "hours_high"):
        text = str(getattr(row, name))
        value = amount(text, row.decimal) if text else None
        # "19.25" hours in a file with decimal commas: no weekly hours have thousands.
        if text and (value is None or value > MAX_HOURS):
            value = amount(text, "." if row.decimal == "," else ",")
        if text and (value is None or not 0 < value <= MAX_HOURS):
            notes.repair("hours_wrong", f"„{text[:20]}“ sind keine Wochenstunden und bleiben weg.")
            value = None
        found.append(None if value is None else float(value))
    low, high = found
    if low is not None and high is not None and low > high:
        notes.repair("hours_swapped", "Die kleinste und die größte Stundenzahl waren vertauscht.")
        return high, low
    return low, high


def _wage(row: RawVacancy, low: float | None, high: float | None, only: bool | None, mini: bool | None, notes: _Notes) -> Wage:
    wage = normalise_wage(
        row.wage_kind,
        fixed=_cents(row, "wage_fixed", notes),
        low=_cents(row, "wage_low", notes),
        high=_cents(row, "wage_high", notes),
        hours_low=low,
        hours_high=high,
        full_time=only,
        mini_job=mini,
    )
    if wage.rejected:
        notes.repair(wage.code, wage.reason, "Beim Betrieb nach dem Lohn fragen.")
    elif wage.repaired:
        notes.repair(wage.code, wage.reason)
    return wage


def _time(row: RawVacancy, name: str, notes: _Notes) -> int | None:
    text = str(getattr(row, name))
    if not text:
        return None
    try:
        found = parse_time(re.sub(r"(\d{1,2}:\d{2}):\d{2}", r"\1", text))
    except ValueError as error:
        notes.repair("time_wrong", f"{error} Die Zeit bleibt weg.")
        return None
    return found.hour * 60 + found.minute


def _licence(row: RawVacancy, occupation: str, title: str, notes: _Notes) -> str | None:
    if row.licence:
        stated = fold(row.licence)
        if stated in {"nein", "keiner", "keine", "kein", "no", "false"}:
            return ""
        found = {_LICENCE[word] for word in stated.split() if word in _LICENCE}
        if found:
            return max(found)
        notes.repair("licence_wrong", f"„{row.licence[:20]}“ ist keine Klasse des Führerscheins und bleibt weg.")
    implied = occupations.licence_from(occupation, title)
    if implied:
        notes.hint("licence_by_title", f"Dem Beruf nach ist der Führerschein {implied} nötig.")
    return implied


def _url(row: RawVacancy, notes: _Notes) -> str:
    if not row.url:
        return ""
    if len(row.url) > LENGTHS["url"] or not re.match(r"https?://[^\s/]+\.[^\s]+$", row.url):
        notes.repair("url_wrong", "Die Adresse im Netz ist keine und bleibt weg.")
        return ""
    return row.url
