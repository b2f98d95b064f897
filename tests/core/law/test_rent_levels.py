"""Rent levels: the two lists, how a place is found, and what an unknown one is told."""

import csv
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hilfefrei.core.law import parameters
from hilfefrei.core.law.rent_levels import UnknownPlaceError, rent_level

# By the first two digits of the key of the Kreis.
LANDS = {
    "01": "Schleswig-Holstein",
    "02": "Hamburg",
    "03": "Niedersachsen",
    "04": "Bremen",
    "05": "Nordrhein-Westfalen",
    "06": "Hessen",
    "07": "Rheinland-Pfalz",
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "10": "Saarland",
    "11": "Berlin",
    "12": "Brandenburg",
    "13": "Mecklenburg-Vorpommern",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}


def law(year: int) -> Mapping[str, Any]:
    return parameters.shipped().on(date(year, 6, 1))


@pytest.mark.parametrize(
    ("year", "land", "community", "county", "level"),
    [
        (2026, "Niedersachsen", "Osterode am Harz", "", 1),
        (2026, "Niedersachsen", "Bad Lauterberg im Harz", "Göttingen", 1),
        (2022, "Niedersachsen", "Göttingen", "", 4),
        (2026, "Niedersachsen", "Göttingen, Stadt", "Landkreis Göttingen", 4),
        (2026, "Niedersachsen", "", "Landkreis Göttingen", 1),
        # Not listed: the Kreis.
        (2026, "Niedersachsen", "Bad Sachsa", "Landkreis Göttingen", 1),
        (2026, "Bayern", "Polling", "Landkreis Mühldorf am Inn", 1),
        # Level of a city that is a Kreis of its own, and of the Kreis around it.
        (2026, "Bayern", "", "Kreisfreie Stadt Landshut", 4),
        (2026, "Bayern", "Ergoldsbach", "Landshut", 2),
        # Changed in 2023.
        (2022, "Baden-Württemberg", "Asperg", "", 5),
        (2022, "Baden-Württemberg", "Bad Friedrichshall", "", 3),
        (2023, "Baden-Württemberg", "Bad Friedrichshall", "", 4),
        # Several bear the name.
        (2026, "Niedersachsen", "Winsen (Luhe)", "Harburg", 4),
        (2026, "Niedersachsen", "Burgdorf", "Region Hannover", 3),
        (2026, "Niedersachsen", "Burgdorf", "Wolfenbüttel", 1),
        (2026, "Baden-Württemberg", "Weingarten", "Ravensburg", 5),
        (2022, "Baden-Württemberg", "Weingarten", "Karlsruhe", 2),
        # Islands.
        (2022, "Niedersachsen", "Norderney", "", 5),
        (2026, "Schleswig-Holstein", "Wyk auf Föhr", "Nordfriesland", 5),
        (2026, "Schleswig-Holstein", "Sylt", "", 5),
        # An addition on one side only, or shortened.
        (2026, "Hessen", "Neustadt (Hessen)", "Marburg-Biedenkopf", 1),
        (2026, "Nordrhein-Westfalen", "Werther (Westfalen)", "Kreis Gütersloh", 1),
        (2026, "Rheinland-Pfalz", "Neustadt an der Weinstraße", "", 3),
        (2026, "Rheinland-Pfalz", "Neustadt (Wied)", "Neuwied", 1),
        (2026, "Hessen", "Homberg (Ohm)", "Vogelsbergkreis", 1),
        (2026, "Hamburg", "Hamburg", "", 6),
        (2026, "Niedersachsen", "Soltau", "Heidekreis", 2),
    ],
)
def test_a_place_is_found(year: int, land: str, community: str, county: str, level: int) -> None:
    assert rent_level(law(year), land=land, community=community, county=county) == level


def test_the_kreis_on_demand() -> None:
    """For a small community that bears the name of a large one."""
    assert rent_level(law(2026), land="Niedersachsen", community="Göttingen", county="Göttingen", small=True) == 1


@pytest.mark.parametrize(
    ("land", "community", "county", "says"),
    [
        ("Preußen", "Berlin", "", "Das Land „Preußen“ steht nicht"),
        ("Niedersachsen", "Götingen", "", "Bitte den Kreis angeben.*Ähnlich heißen: Göttingen"),
        ("Niedersachsen", "Winsen", "", "mehrmals.*Bitte den Kreis dazu angeben"),
        ("Niedersachsen", "Burgdorf", "", "Bitte den Kreis dazu angeben"),
        ("Niedersachsen", "Bad Sachsa", "Nirgendwo", "Den Kreis „Nirgendwo“ kennt"),
        ("Niedersachsen", "", "", "Bitte den Kreis angeben"),
    ],
)
def test_an_unknown_place_says_what_to_do(land: str, community: str, county: str, says: str) -> None:
    with pytest.raises(UnknownPlaceError, match=says):
        rent_level(law(2026), land=land, community=community, county=county)


@pytest.mark.parametrize("year", [2022, 2026])
def test_every_row_of_the_list_is_found_by_its_own_name(year: int) -> None:
    file = Path(parameters.__file__).parent / law(year)["rent_levels.list"]
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    assert len(rows) == {2022: 1897, 2026: 1908}[year]
    for row in rows:
        place = {"community": row["name"], "county": row["county"]} if row["kind"] == "Gemeinde" else {"community": "", "county": row["name"]}
        assert rent_level(law(year), land=row["land"], **place) == int(row["level"]), row


def test_every_kreis_and_place_of_the_postal_codes_has_a_level(shared_data: Path) -> None:
    """Names as others write them: every place of the list of postal codes, with its Kreis."""
    rows = list(csv.DictReader((shared_data / "plz_koordinaten_de.csv").read_text(encoding="utf-8").splitlines()))
    asked = {(LANDS[row["kreis_schluessel"][:2]], row["ort"], row["kreis"]) for row in rows if row["kreis_schluessel"]}
    assert len(asked) > 5000
    # Without a row of their own, as all communities are listed; "places" beside these are firms. Two are old or foreign names.
    whole = "Ammerland|Minden-Lübbecke|Oberbergischer|Rhein-Erft|Rhein-Kreis Neuss|Rhein-Sieg|Rheinisch-Bergischer|Landkreis Sächsische Schweiz$|Nuremberg"
    lost = []
    for land, community, county in sorted(asked):
        try:
            rent_level(law(2026), land=land, community=community, county=county)
        except UnknownPlaceError as error:
            if re.search(whole, county):
                continue
            lost.append(f"{land}; {community}; {county}: {error}")
    assert not lost, "\n".join(lost)
