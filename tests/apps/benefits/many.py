"""A large package of invented people without a generator behind it: for measuring, and for tests of size."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hilfefrei.core.periods import add_months

FIRST = ("Amsel", "Distel", "Erle", "Farn", "Ginster", "Holunder", "Iris", "Kiefer", "Linde", "Mohn", "Nelke", "Primel")
LAST = ("Ahornblatt", "Birkenzeisig", "Dompfaff", "Eichelhaeher", "Fichtenkreuz", "Gimpelfeld", "Haselmaus", "Krokuswiese", "Lerchenau", "Meisenheim")
STARTS = date(2023, 11, 1)


def spells(stock: int, entering: int, months: int) -> Iterator[tuple[int, date, date | None]]:
    """Number, first and last day of each unit: ``stock`` at the start, ``entering`` a month, as many leaving."""
    number = 0
    for place in range(stock):
        leaves = place < entering * months
        end = add_months(STARTS, 1 + place // entering) - timedelta(days=1 + place % 20) if leaves else None
        yield number, STARTS - timedelta(days=200 + place % 700), end
        number += 1
    for month in range(months):
        for place in range(entering):
            yield number, add_months(STARTS, month) + timedelta(days=place % 27), None
            number += 1


def package(*, stock: int = 3_100, entering: int = 90, months: int = 36) -> dict[str, list[dict[str, Any]]]:
    """Eight tables: ``stock`` units of 2.1 persons on average at any time, over ``months``."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("personen", "bedarfsgemeinschaften", "mitglieder", "entscheidungen", "bezug", "betraege", "integrationen", "teilnahmen")
    }
    last = add_months(STARTS, months) - timedelta(days=1)
    people = 0
    for unit, start, end in spells(stock, entering, months):
        bg = f"B{unit:06d}"
        rows["bedarfsgemeinschaften"].append({"bg_nummer": bg, "aktenzeichen": f"A{unit:06d}", "von": start, "bis": end, "zustaendig": f"Team {unit % 9}", "telefon": "0171 39200 30"})
        size = (1, 2, 1, 3, 1, 4, 2, 1, 3, 3)[unit % 10]
        for place in range(size):
            number = f"K{people:06d}"
            born = date(1960 + people % 45, 1 + people % 12, 1 + people % 28) if place < 2 else date(2010 + people % 12, 1 + people % 12, 1 + people % 28)
            rows["personen"].append({"kundennummer": number, "vorname": f"{FIRST[people % 12]}", "nachname": f"{LAST[unit % 10]} {unit}", "geburtsdatum": born})
            rows["mitglieder"].append({"bg_nummer": bg, "kundennummer": number, "rolle": ("antragsteller", "partner", "kind", "kind")[place], "von": start, "bis": end})
            rows["bezug"].append({"kundennummer": number, "bg_nummer": bg, "von": start, "bis": end, "endegrund": "arbeit" if end else None, "erwerbsfaehig": place < 2})
            if place == 0 and end is not None:
                rows["integrationen"].append({"kundennummer": number, "am": end, "art": "sv", "weg": "vermittelt" if unit % 3 else "eigene_suche"})
            if place < 2 and people % 4 == 0:
                rows["teilnahmen"].append({"kundennummer": number, "massnahme": f"Coaching {people % 7}", "von": max(start, STARTS), "bis": end})
            people += 1
        begins = start
        while begins <= (end or last):
            until = add_months(begins, 12) - timedelta(days=1)
            rows["entscheidungen"].append({"bg_nummer": bg, "art": "bewilligt", "vom": begins, "bewilligt_von": begins, "bewilligt_bis": until})
            begins = until + timedelta(days=1)
        month = max(start, STARTS).replace(day=1)
        while month <= (end or last):
            rows["betraege"].append({"bg_nummer": bg, "monat": month, "llu": 563_00 + unit % 300 * 100, "luh": 380_00 + unit % 200 * 100})
            month = add_months(month, 1)
    return rows
