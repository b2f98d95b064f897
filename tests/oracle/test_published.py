"""Other people's numbers through our import and our page: INKAR's counties and the real lists of Jobcenters."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hilfefrei.apps.reporting.domain import comparison as verbs
from hilfefrei.apps.reporting.models import PublishedTable
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.core.published import PlaceKind
from tests.world import World, at

# Göttingen's SGB II quote (INKAR, BBSR; dl-de/by-2-0).
GOETTINGEN = {"2010": 10.46, "2014": 8.80, "2021": 7.14}


def take(world: World, file: Path, *, minute: int = 0, **more: Any) -> PublishedTable:
    staged = verbs.stage_table(actor=world.actor("controller"), at=at(minute=minute), file_name=file.name, content=file.read_bytes(), **more)
    return verbs.apply_table(actor=world.actor("controller"), at=at(minute=minute), table_id=staged.pk)


def text(page: Any) -> str:
    """What one reads: without tags, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))).strip()


@pytest.mark.timeout(300)
def test_goettingen_in_inkar(world: World, login: Callable[[str], Client], shared_data: Path) -> None:
    """Its SGB II quote and its rank among the counties of Lower Saxony, counted here by hand from the file."""
    file = shared_data / "inkar_sozialleistungen_kreise.csv"
    table = take(world, file, data_state="2024")
    verbs.choose_own(actor=world.actor("controller"), at=at(), kind=PlaceKind.COUNTY, place="03159")
    assert (table.mapping, table.source, table.licence) == ("INKAR, Kreise nach Jahren", "INKAR, BBSR Bonn", "dl-de/by-2-0")
    client = login("director")
    header, *lines = (line.split(",") for line in re.sub(r'"[^"]*"', "name", file.read_text(encoding="utf-8")).splitlines())
    column, year_column = header.index("q_SGBII"), header.index("year")
    for year, value in GOETTINGEN.items():
        others = [float(line[column]) for line in lines if line[0].startswith("03") and line[year_column] == year and line[column]]
        assert value in others
        rank, of = 1 + sum(other < value for other in others), len(others)
        shown = client.get("/vergleich/", {"kennzahl": "county.q_SGBII", "zeit": year, "gruppe": "land:NI"})
        assert shown.status_code == 200
        comparison = shown.context["found"]
        own = comparison.own
        assert (own.standing.value, own.standing.rank, own.standing.of) == (value, rank, of)
        words = text(shown)
        assert f"{value:.2f}".replace(".", ",") in words
        assert f"Rang {rank} von {of}" in words
        assert "INKAR, BBSR Bonn" in words
        assert "dl-de/by-2-0" in words
        assert "2024" in words
    # A second import changes nothing.
    again = verbs.stage_table(actor=world.actor("controller"), at=at(minute=9), file_name=file.name, content=file.read_bytes(), data_state="2024")
    assert verbs.changes(again.counts) == 0


@pytest.mark.timeout(300)
def test_the_lists_of_jobcenters_by_year(world: World, shared_data: Path) -> None:
    """45 in Lower Saxony since 2018; numbers and forms change between the years; Göttingen is one of the zkT."""
    file = shared_data / "einglmv_jobcenter_shares.csv"
    take(world, file)
    places = queries.directory(PlaceKind.TRAEGER)
    assert sorted(places.lists) == [2018, 2021, 2022, 2023, 2026]
    for year in (2018, 2022, 2026):
        here = places.list_of(year).values()
        assert sum(p.land == "NI" for p in here) == 45
    assert {year: len(places.list_of(year)) for year in (2018, 2021, 2022, 2023, 2026)} == {2018: 407, 2021: 406, 2022: 405, 2023: 405, 2026: 404}
    assert places.list_of(2026).keys() - places.list_of(2018).keys()
    assert places.list_of(2018).keys() - places.list_of(2026).keys()
    assert (places.at("23102", 2026).name, places.at("23102", 2026).form) == ("Göttingen", "zkT")
    again = verbs.stage_table(actor=world.actor("controller"), at=at(minute=9), file_name=file.name, content=file.read_bytes())
    assert verbs.changes(again.counts) == 0
    forms = {key for key, p in places.list_of(2018).items() if key in places.list_of(2026) and places.list_of(2026)[key].form != p.form}
    assert forms <= places.list_of(2018).keys()
