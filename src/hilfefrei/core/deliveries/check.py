"""What rows say together: plausibility rules with codes. A row that breaks one is quarantined, never bent."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final

from hilfefrei.core.days import format_day
from hilfefrei.core.deliveries.read import DeliveryError, Package, Remark, Row
from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.money import group_thousands
from hilfefrei.core.names import fold
from hilfefrei.core.periods import add_months, first_of_month

FIRST_YEAR: Final = 1900
# With no more than this share of what runs here a complete table is not believed: 40 % fewer are too many.
LEAST_SHARE: Final = 0.6
# Of the amounts of the stated month and of another one no more than so many may be of the other: late corrections are few.
MOST_OTHER: Final = 0.6
# Till this day a month that closes is delivered in the next.
MID_MONTH: Final = 15
# So far ahead an approval may reach (§ 41 (3) SGB II: a year, with room for a late start).
MONTHS_AHEAD: Final = 15
# More than so much in a month is a slip of the comma, in cents.
MOST_CENTS: Final = 20_000_00
# From so many unreadable rows of a table on, its interface has changed.
BROKEN_SHARE: Final = 0.2
LEAST_BROKEN: Final = 10
PERIODS: Final = {
    "personen": ("von", "bis"),
    "bedarfsgemeinschaften": ("von", "bis"),
    "mitglieder": ("von", "bis"),
    "bezug": ("von", "bis"),
    "teilnahmen": ("von", "bis"),
    "integrationen": ("am", "bis"),
    "entscheidungen": ("bewilligt_von", "bewilligt_bis"),
}
# Days that may lie ahead of the day of the data: what is known to end, and what is granted.
AHEAD: Final = frozenset({"bis", "bewilligt_von", "bewilligt_bis"})
_OPEN: Final = date(9000, 1, 1)

RULES: Final[Mapping[str, str]] = {
    "short_row": "Zeile unvollständig",
    "unreadable_cell": "Feld nicht lesbar oder leer",
    "duplicate": "Zeile doppelt",
    "contradiction": "gleicher Schlüssel, anderer Inhalt",
    "end_before_start": "Ende vor Beginn",
    "future": "Tag in der Zukunft",
    "too_far_ahead": "zu weit voraus",
    "birth_after": "Geburtstag nach dem Stand der Daten",
    "unknown_person": "Kundennummer ohne Person",
    "unknown_unit": "BG-Nummer ohne Bedarfsgemeinschaft",
    "two_people": "zwei Menschen hinter einer Nummer",
    "other_person": "Nummer gehört hier einem anderen Menschen",
    "unknown_former": "frühere Nummer unbekannt",
    "other_agency": "BG eines anderen Jobcenters",
    "file_twice": "ein Aktenzeichen für zwei Bedarfsgemeinschaften",
    "two_units": "Person in zwei Bedarfsgemeinschaften",
    "overlap": "Zeiträume überschneiden sich",
    "amount": "Betrag nicht glaubhaft",
    "not_granted": "Zeitraum ohne Bewilligung",
    # What only a look into what is here can find (apps/benefits/domain/difference.py).
    "other_applicant": "Zeichen eines anderen Antrags",
    "held_elsewhere": "Person gehört hier zu einem anderen Haushalt",
    "newer_known": "neuerer Stand schon übernommen",
}
# What is told and not refused.
HINTS: Final[Mapping[str, str]] = {
    "possible_duplicate": "könnte hier schon geführt sein",
    "unknown_reference": "Zeichen des Antrags unbekannt",
}
# Tables whose running rows are counted before a complete delivery is believed, and what is counted of each.
RUNNING: Final[Mapping[str, tuple[str, str]]] = {
    "personen": ("kundennummer", "Personen"),
    "bedarfsgemeinschaften": ("bg_nummer", "Bedarfsgemeinschaften"),
    "mitglieder": ("kundennummer", "Personen"),
    "bezug": ("kundennummer", "Personen"),
}


@dataclass(frozen=True, slots=True)
class Stock:
    """What is known already: who stands behind which number, which units, how many run per table of :data:`RUNNING`.

    ``bearers``: customer number -> who of those that run bears it. ``columns``: the columns, ours and unheeded, of the last
    delivery of this sender, per table. ``as_of_last``: day of the last delivery of the same kind, or of a complete one for a
    complete one. ``agency``: our own Träger number.
    """

    people: Mapping[str, tuple[str, str, date | None]] = field(default_factory=dict)
    units: frozenset[str] = frozenset()
    running: Mapping[str, int] = field(default_factory=dict)
    bearers: Mapping[str, Hashable] = field(default_factory=dict)
    as_of_last: date | None = None
    agency: str = ""
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


def check(package: Package, stock: Stock, *, today: date) -> None:
    """Put remarks on rows that cannot be taken over.

    Raises:
        DeliveryError: the delivery as a whole is not to be believed: no day, a day to come, older than the last one, the
            persons of the last one missing, a table most of whose rows cannot be read.
    """
    _same_columns(package, stock)
    _whole(package, stock, today)
    as_of = package.as_of or today
    for name, rows in package.rows.items():
        _broken(name, rows)
        _once(rows)
        days = [one.name for one in tables()[name].fields if one.type in {"date", "yearmonth"} and one.name != "geburtsdatum"]
        for row in _left(rows):
            _days(row, as_of, days)
    _people(package, stock)
    _units(package, stock)
    _points(package, stock)
    # Without a column that matters here only the look into what is known can tell (apps/benefits/domain/difference.py).
    if not package.absent("mitglieder") & {"bis", "zeitweise"}:
        _apart(
            package.rows.get("mitglieder", []),
            lambda r: r.values["kundennummer"],
            _two_units,
            skip=lambda r: bool(r.values["zeitweise"]),
        )
    if "bis" not in package.absent("bezug"):
        _apart(package.rows.get("bezug", []), lambda r: (r.values["kundennummer"], r.values["bg_nummer"]), _overlap)
    _amounts(package.rows.get("betraege", []))
    for row in _left(package.rows.get("entscheidungen", [])):
        if row.values["art"] == "bewilligt" and row.values["bewilligt_von"] is None and "bewilligt_von" not in package.absent("entscheidungen"):
            _mark(row, "not_granted", "Eine Bewilligung ohne Zeitraum.", "bewilligt_von und bewilligt_bis mitliefern")


def _mark(row: Row, code: str, text: str, remedy: str) -> None:
    row.remarks.append(Remark(code, text, remedy))
    if not row.raw:
        row.raw = {name: "" if value is None else str(value) for name, value in row.values.items()}


def _left(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row.remarks]


def _same_columns(package: Package, stock: Stock) -> None:
    """Refuse a table that lost a column since the last delivery of this sender, or got one that we do not know."""
    for name in package.rows:
        last, left_out = stock.columns.get(name), package.without.get(name, frozenset())
        if last is None or name not in package.columns:
            continue
        gone = sorted(last & set(tables()[name].columns) - set(package.columns[name]) - left_out)
        added = sorted(set(package.unheeded.get(name, ())) - last - left_out)
        if not gone and not added:
            continue
        parts = [f"es fehlt, was die letzte Lieferung hatte: {', '.join(gone)}"] if gone else []
        parts += [f"unbekannt ist: {', '.join(added)[:120]}"] if added else []
        text = (
            f"In „{name}“ sind die Spalten anders als bisher: {'; '.join(parts)}. Es wurde nichts übernommen. "
            "Ist es gewollt, hilft eine neue Zuordnung der Spalten; was nicht mehr geliefert wird, steht dort unter „ohne“."
        )
        raise DeliveryError("interface_change", text)


def _whole(package: Package, stock: Stock, today: date) -> None:
    as_of = package.as_of
    if as_of is None:
        raise DeliveryError(
            "no_day", "Zu welchem Tag sind die Daten? Bitte geben Sie den Stand an oder legen Sie lieferung.json bei."
        )
    if as_of.year < FIRST_YEAR:
        raise DeliveryError("no_day", f"Der Stand der Daten, {format_day(as_of, year=True)}, liegt vor {FIRST_YEAR}. Bitte prüfen Sie das Jahr.")
    if as_of > today:
        raise DeliveryError(
            "future", f"Der Stand der Daten, {format_day(as_of, year=True)}, liegt in der Zukunft. Es wurde nichts übernommen."
        )
    if stock.as_of_last is not None and as_of < stock.as_of_last:
        text = (
            f"Diese Lieferung hat den Stand {format_day(as_of, year=True)}, übernommen ist schon der {format_day(stock.as_of_last, year=True)}. "
            "Ältere Daten überschreiben neuere nicht. Ist es die richtige Datei?"
        )
        raise DeliveryError("older", text)
    _month(package, as_of)
    if package.complete:
        for name in RUNNING:
            _enough(name, package, stock, as_of)


def stated_months(as_of: date) -> frozenset[date]:
    """The months that a delivery of this day may be about: its own; in the first half also the one that closes just then."""
    own = first_of_month(as_of)
    return frozenset({own, add_months(own, -1)} if as_of.day <= MID_MONTH else {own})


def _month(package: Package, as_of: date) -> None:
    """Refuse the amounts of another month under the day of this one; corrections of months before come along with it."""
    if package.kind != "monat":
        return
    months = Counter(row.values["monat"] for row in _left(package.rows.get("betraege", [])))
    fits = stated_months(as_of)
    told = max((months[one] for one in fits), default=0)
    other, most = max(((one, count) for one, count in months.items() if one not in fits and one <= as_of), key=lambda one: (one[1], one[0]), default=(as_of, 0))
    if most > MOST_OTHER * (told + most):
        text = (
            f"Der Stand der Daten ist {format_day(as_of, year=True)}, die meisten Beträge sind aber für {other:%m.%Y} ({group_thousands(most)}; "
            f"für den Monat des Stands {group_thousands(told)}). Ist es die Datei des richtigen Monats? Es wurde nichts übernommen. "
            "Nachträge zu früheren Monaten bitte mit der Lieferung des laufenden Monats oder als nächtliche Lieferung schicken."
        )
        raise DeliveryError("wrong_month", text)


def _enough(name: str, package: Package, stock: Stock, as_of: date) -> None:
    """Refuse a complete table that lacks too many of those whom it would end."""
    before = stock.running.get(name, 0)
    if name not in package.rows or not before:
        return
    rows = _left(package.rows[name])
    column, what = RUNNING[name]
    if name == "personen" and stock.bearers:
        # The table keeps everybody who ever had a number: counted is who of those that run is still in it.
        numbers = (row.values[one] for row in rows for one in ("kundennummer", "frueher"))
        held = len({stock.bearers[number] for number in numbers if number in stock.bearers})
    else:
        held = len({row.values[column] for row in rows if name == "personen" or (row.values["bis"] or _OPEN) >= as_of})
    # One alone is no sign of half a file, however few there are.
    if held <= LEAST_SHARE * before and before - held > 1:
        text = (
            f"Die vollständige Lieferung hat in „{tables()[name].title}“ {held} {what}, hier sind es {before}, die laufen. "
            "Es wurde nichts übernommen. Bitte prüfen Sie, ob die Datei vollständig ist; stimmt sie, liefern Sie sie als Teillieferung."
        )
        raise DeliveryError("too_small", text)


def _broken(name: str, rows: list[Row]) -> None:
    broken = [row for row in rows if not row.usable]
    if len(broken) >= LEAST_BROKEN and len(broken) > BROKEN_SHARE * len(rows):
        worst = Counter(remark.text for row in broken for remark in row.remarks).most_common(1)[0][0]
        text = (
            f"In „{name}“ sind {len(broken)} von {len(rows)} Zeilen nicht lesbar, am häufigsten: {worst}. "
            "Hat sich das zahlende Verfahren geändert? Es wurde nichts übernommen."
        )
        raise DeliveryError("interface_change", text)


def _once(rows: list[Row]) -> None:
    first: dict[tuple[Any, ...], Row] = {}
    names = tables()[rows[0].table].key if rows else ()
    for row in _left(rows):
        held = first.setdefault(tuple([row.values[name] for name in names]), row)
        if held is row:
            continue
        if held.values == row.values:
            _mark(row, "duplicate", f"Steht schon in Zeile {held.line}.", "nichts zu tun")
        elif row.table == "personen":
            for one in (held, row):
                if one.usable:
                    text = f"Die Kundennummer steht auch in Zeile {(row if one is held else held).line}, mit anderem Namen oder Geburtstag."
                    _mark(one, "two_people", text, "im zahlenden Verfahren klären, wem die Nummer gehört")
        else:
            _mark(
                row,
                "contradiction",
                f"Zeile {held.line} sagt zum selben Schlüssel etwas anderes.",
                "im zahlenden Verfahren klären, was gilt",
            )


def _days(row: Row, as_of: date, names: Iterable[str]) -> None:
    """``names``: the columns of the table that hold days, the birthday aside."""
    values = row.values
    if row.table in PERIODS:
        start, end = (values[name] for name in PERIODS[row.table])
        if start is not None and end is not None and end < start:
            text = f"Das Ende {format_day(end, year=True)} liegt vor dem Beginn {format_day(start, year=True)}."
            _mark(row, "end_before_start", text, "beide Tage im zahlenden Verfahren prüfen")
            return
    birth = values.get("geburtsdatum")
    if birth is not None and birth > as_of:
        _mark(row, "birth_after", f"Geboren am {format_day(birth, year=True)}, nach dem Stand der Daten.", "Geburtsdatum prüfen")
        return
    for name in names:
        value = values[name]
        if value is None or value <= as_of:
            continue
        title = next(one.title for one in tables()[row.table].fields if one.name == name)
        if name not in AHEAD:
            if name == "monat" and value == first_of_month(as_of):
                continue
            _mark(row, "future", f"{title}: {format_day(value, year=True)} liegt nach dem Stand der Daten.", "Tag prüfen")
            return
        if value > add_months(as_of, MONTHS_AHEAD):
            _mark(
                row,
                "too_far_ahead",
                f"{title}: {format_day(value, year=True)} ist mehr als {MONTHS_AHEAD} Monate voraus.",
                "Tag prüfen",
            )
            return


def is_other(known: tuple[str, str, date | None], values: Mapping[str, Any]) -> bool:
    """Whether a row of ``personen`` is about somebody else: two of first name, last name and birth date are others.

    One alone changes: by a wedding, or because it is put right. First and last name that changed places are the same.
    """
    first, last, birth = known
    ours, theirs = [fold(first), fold(last)], [fold(values["vorname"]), fold(values["nachname"])]
    others = 0 if ours == theirs[::-1] else sum(1 for here, there in zip(ours, theirs, strict=True) if here and here != there)
    return others + (birth is not None and birth != values["geburtsdatum"]) > 1


def is_stranger(known: tuple[str, str, date | None], values: Mapping[str, Any]) -> bool:
    """Whether a row of ``personen`` has nothing of somebody whom more than the number speaks for: birth date and both names."""
    first, last, birth = known
    names = {fold(first), fold(last)} & {fold(values["vorname"]), fold(values["nachname"])}
    return birth is not None and birth != values["geburtsdatum"] and not names


def _people(package: Package, stock: Stock) -> None:
    there = set(stock.people) | {row.values["kundennummer"] for row in package.rows.get("personen", [])}
    for row in _left(package.rows.get("personen", [])):
        if row.values["frueher"] is not None and row.values["frueher"] not in there:
            text = f"Die frühere Kundennummer {row.values['frueher']} ist weder hier noch in der Lieferung bekannt."
            _mark(row, "unknown_former", text, "Nummer prüfen oder die Zeile der früheren Nummer mitliefern")
            continue
        known = stock.people.get(row.values["kundennummer"])
        if known is None:
            continue
        if is_other(known, row.values):
            text = "Hinter dieser Kundennummer steht hier ein anderer Mensch: Von Vorname, Nachname und Geburtstag sind mindestens zwei anders."
            _mark(row, "other_person", text, "Nummer im zahlenden Verfahren und hier prüfen, dann neu liefern")


def _units(package: Package, stock: Stock) -> None:
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in _left(package.rows.get("bedarfsgemeinschaften", [])):
        agency = row.values["traegernummer"]
        if stock.agency and agency is not None and agency != stock.agency:
            text = f"Die Zeile gehört zum Träger {agency}, hier ist {stock.agency}."
            _mark(row, "other_agency", text, "Ist es die Lieferung dieses Jobcenters?")
        else:
            by_file[row.values["aktenzeichen"]].append(row)
    for rows in by_file.values():
        rows.sort(key=lambda r: (r.values["von"], r.line))
        for held, row in pairwise(rows):
            if held.values["bg_nummer"] != row.values["bg_nummer"] and row.values["von"] <= (held.values["bis"] or _OPEN):
                text = f"Das Aktenzeichen steht zur selben Zeit in Zeile {held.line} bei einer anderen Bedarfsgemeinschaft."
                _mark(row, "file_twice", text, "im zahlenden Verfahren klären, wem das Aktenzeichen gehört")


def _points(package: Package, stock: Stock) -> None:
    known = {
        ("personen", "kundennummer"): set(stock.people)
        | {r.values["kundennummer"] for r in _left(package.rows.get("personen", []))},
        ("bedarfsgemeinschaften", "bg_nummer"): stock.units
        | {r.values["bg_nummer"] for r in _left(package.rows.get("bedarfsgemeinschaften", []))},
    }
    for name, rows in package.rows.items():
        for column, target in tables()[name].points_to.items():
            there = known[target]
            doubted = {r.values["kundennummer"] for r in package.rows.get("personen", []) if any(m.code == "other_person" for m in r.remarks)}
            code, words = ("unknown_person", "Kundennummer") if target[0] == "personen" else ("unknown_unit", "BG-Nummer")
            for row in _left(rows):
                if target[0] == "personen" and row.values[column] in doubted:
                    text = "Zu dieser Kundennummer nennt die Lieferung einen anderen Menschen als den, der hier steht."
                    _mark(row, "other_person", text, "zuerst klären, wem die Nummer gehört")
                elif row.values[column] not in there:
                    text = f"Die {words} steht weder in dieser Lieferung noch ist sie bekannt."
                    _mark(row, code, text, f"Zeile in „{target[0]}“ mitliefern oder berichtigen")


def _apart(
    rows: list[Row], of: Callable[[Row], Any], told: Callable[[Row, Row], None], skip: Callable[[Row], bool] = lambda _: False
) -> None:
    """Let ``told`` speak about every row whose period overlaps that of the row before it of the same ``of``."""
    held: dict[Any, list[Row]] = defaultdict(list)
    for row in _left(rows):
        if not skip(row):
            held[of(row)].append(row)
    for same in held.values():
        if len(same) == 1:
            continue
        same.sort(key=lambda r: (r.values["von"], r.values["bis"] or _OPEN))
        last = same[0]
        for row in same[1:]:
            if row.values["von"] <= (last.values["bis"] or _OPEN):
                told(last, row)
            else:
                last = row


def _two_units(last: Row, row: Row) -> None:
    if last.values["bg_nummer"] == row.values["bg_nummer"]:
        _overlap(last, row)
        return
    text = f"Am {format_day(row.values['von'], year=True)} gehört die Person nach Zeile {last.line} noch zu einer anderen Bedarfsgemeinschaft."
    _mark(row, "two_units", text, "Ende in der ersten eintragen; lebt ein Kind in beiden Haushalten, „zeitweise“ liefern")


def _overlap(last: Row, row: Row) -> None:
    _mark(row, "overlap", f"Der Zeitraum überschneidet sich mit Zeile {last.line}.", "Beginn und Ende prüfen")


def _amounts(rows: list[Row]) -> None:
    for row in _left(rows):
        for name in ("llu", "luh"):
            cents = row.values[name]
            if not -MOST_CENTS <= cents <= MOST_CENTS:
                _mark(row, "amount", f"{name.upper()}: mehr als {group_thousands(MOST_CENTS // 100)} Euro im Monat.", "Betrag und Komma prüfen")
                break
