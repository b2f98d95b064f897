"""A session that ended while somebody typed, without scripts: nothing typed is lost, and nobody else gets it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from hilfefrei.apps.intake.models import AnswerSet
from hilfefrei.core import clock
from hilfefrei.www import expired
from tests import desk
from tests.world import World
from tests.www.test_talk import posted, text, url

WORD = "Ein-langes-Wort-7"


def enter(client: Client, world: World, who: str) -> None:
    user = world.users[who]
    user.set_password(WORD)
    user.save()
    assert client.post("/anmelden/", {"login": user.username, "password": WORD}).status_code == 302
    client.get("/konto/")


def too_late(client: Client, world: World) -> str:
    """A talk was open, the session ends, the form is posted: where it went."""
    entry = desk.talking(world)
    enter(client, world, "entrance")
    del client.cookies[settings.SESSION_COOKIE_NAME]
    refused = client.post(url(entry, "antworten/work/"), posted("work"))
    assert (refused.status_code, refused["Location"]) == (302, "/anmelden/?next=/weiter/")
    return url(entry, "antworten/work/")


def hidden(client: Client) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in client.session[expired.HELD]["fields"]:
        found.setdefault(name, []).append(value)
    return found


def test_what_was_typed_is_sent_after_logging_in_again(client: Client, world: World) -> None:
    path = too_late(client, world)
    enter(client, world, "entrance")
    page = client.get("/weiter/")
    assert f'action="{path}"' in page.content.decode()
    assert client.post(path, hidden(client)).status_code == 302
    assert AnswerSet.objects.get().values == desk.WORK


def test_somebody_else_gets_nothing_of_it(client: Client, world: World) -> None:
    too_late(client, world)
    enter(client, world, "coach")
    page = client.get("/weiter/", follow=True)
    assert "ist nicht gespeichert" in text(page)
    assert expired.HELD not in client.session


def test_after_half_an_hour_it_is_gone(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    too_late(client, world)
    enter(client, world, "entrance")
    later = clock.now() + expired.KEPT + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get("/weiter/").status_code == 302
    assert expired.HELD not in client.session


def test_thrown_away(client: Client, world: World) -> None:
    too_late(client, world)
    enter(client, world, "entrance")
    client.post("/weiter/")
    assert expired.HELD not in client.session


def test_without_a_trace_of_who_it_was_nothing_is_kept(client: Client, world: World) -> None:
    entry = desk.talking(world)
    assert client.post(url(entry, "antworten/work/"), posted("work"))["Location"] == "/anmelden/?next=/weiter/"
    assert expired.HELD not in client.session
    client.cookies[settings.HILFEFREI_WHO_COOKIE] = f"{world.users['entrance'].pk}:gefaelscht"
    client.post(url(entry, "antworten/work/"), posted("work"))
    assert expired.HELD not in client.session


def test_too_much_is_not_kept(client: Client, world: World) -> None:
    entry = desk.talking(world)
    enter(client, world, "entrance")
    del client.cookies[settings.SESSION_COOKIE_NAME]
    client.post(url(entry, "antworten/work/"), {"words": "x" * (expired.MOST_CHARS + 1)})
    assert expired.HELD not in client.session


def test_the_address_of_a_button_says_so(client: Client, world: World) -> None:
    entry = desk.talking(world)
    client.force_login(world.users["entrance"])
    answer = client.get(url(entry, "antworten/work/"))
    assert answer.status_code == 405
    assert "gehört zu einem Knopf" in text(answer)
