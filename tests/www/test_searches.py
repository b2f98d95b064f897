"""What somebody searches for stays out of addresses: the session keeps it, a key stands for it."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.www.requests import SEARCHES
from hilfefrei.www.shared import views
from tests import desk
from tests.world import World

SEARCH = reverse("shared:search")
PEOPLE = reverse("people:list")


def test_the_address_carries_a_key_and_the_filters(client: Client, world: World) -> None:
    client.force_login(world.users["entrance"])
    answer = client.post(SEARCH, {"to": f"{PEOPLE}#liste", "q": " Silberdistel ", "stand": "via", "team": "", "op": "x"})
    key, words = client.session["searches"].popitem()
    assert words == "Silberdistel"
    assert answer["Location"] == f"{PEOPLE}?stand=via&s={key}#liste"
    again = client.post(SEARCH, {"to": PEOPLE, "q": "Silberdistel"})
    assert again["Location"] == f"{PEOPLE}?s={key}"


def test_nothing_typed_shows_all(client: Client, world: World) -> None:
    client.force_login(world.users["entrance"])
    assert client.post(SEARCH, {"to": PEOPLE, "q": "  "})["Location"] == PEOPLE
    assert "searches" not in client.session


def test_old_searches_go_and_a_lost_one_says_so(client: Client, world: World) -> None:
    client.force_login(world.users["entrance"])
    first = client.post(SEARCH, {"to": PEOPLE, "q": "Erste"})["Location"]
    for number in range(SEARCHES):
        client.post(SEARCH, {"to": PEOPLE, "q": f"Suche {number}"})
    assert len(client.session["searches"]) == SEARCHES
    assert "Diese Suche ist nicht mehr gespeichert" in client.get(first).content.decode()
    assert "nicht mehr gespeichert" not in desk.look_for(client, PEOPLE, "Suche 3").content.decode()


@pytest.mark.parametrize("to", ["", "personen/", "https://example.org/", "//example.org/", "/\\example.org"])
def test_it_leads_nowhere_else(client: Client, world: World, to: str) -> None:
    client.force_login(world.users["entrance"])
    assert client.post(SEARCH, {"to": to, "q": "x"}).status_code == 404
    assert client.get(SEARCH).status_code == 405


def test_only_filters_of_the_pages_reach_the_address(client: Client, world: World) -> None:
    client.force_login(world.users["entrance"])
    to = client.post(SEARCH, {"to": PEOPLE, "q": "Erste", "team": "via", "last_name": "Silberdistel"})["Location"]
    assert "team=via" in to
    assert "Silberdistel" not in to
    templates = Path(views.__file__).parents[1] / "templates"
    forms = [form for file in templates.rglob("*.html") for form in re.findall(r"<form[^>]*shared:search.*?</form>", file.read_text(encoding="utf-8"), re.DOTALL)]
    assert len(forms) >= 10
    assert {name for form in forms for name in re.findall(r'name="([^"]+)"', form)} - {"q", "to"} == views.FILTERS
