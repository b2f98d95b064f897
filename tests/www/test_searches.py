"""What somebody searches for stays out of addresses: the session keeps it, a key stands for it."""

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.www.requests import SEARCHES
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
