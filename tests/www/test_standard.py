"""What the ASVS asks (``core/data/asvs.toml``) and no other test tries."""

import json
import logging
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.accounts.models import User
from hilfefrei.logs import JsonFormatter
from tests.world import PASSWORD, World

LOGIN = "/anmelden/"
LONG = " Vier zufaellige Woerter, ein Leerzeichen davor und danach, zusammen weit ueber vierundsechzig Zeichen "


def enter(password: str = PASSWORD, **more: str) -> tuple[Client, str]:
    """Log in at the entrance by the page; where it leads to."""
    client = Client()
    answer = client.post(LOGIN, {"login": "entrance", "password": password, **more})
    return client, answer.get("Location", "")


@pytest.mark.parametrize("to", ["https://anderswo.example/", "//anderswo.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_a_foreign_address(world: World, to: str) -> None:
    _, led = enter(next=to)
    assert led == "/"
    _, led = enter(next="/konto/")
    assert led == "/konto/"


def test_a_password_is_taken_as_typed_however_long(world: World) -> None:
    user = world.users["entrance"]
    client, _ = enter()
    path = reverse("account_change_password")
    assert client.post(path, {"oldpassword": "nicht dieses Wort", "password1": LONG, "password2": LONG}).status_code == 200
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    assert client.post(path, {"oldpassword": PASSWORD, "password1": LONG, "password2": LONG}).status_code == 302
    held = User.objects.get(pk=user.pk)
    assert held.password.startswith("argon2$argon2id$")
    assert len(LONG) > 64
    for other in (LONG.strip(), LONG.lower(), LONG[:64]):
        assert enter(other)[1] == ""
    assert enter(LONG)[1] == "/"


def test_the_key_of_the_session_is_new_after_logging_in_and_no_script_reads_it(world: World) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    client.post(LOGIN, {"login": "entrance", "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != before
    assert len(cookie.value) >= 32
    assert not type(session)(before).exists(before)
    for held in client.cookies.values():
        assert held["httponly"], held.key
        assert held["samesite"] == "Lax", held.key


def test_the_field_of_a_password_hides_it_and_takes_what_is_pasted(client: Client, world: World) -> None:
    answer = client.get(LOGIN)
    page = answer.content.decode()
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert 'type="password"' in page
    assert 'autocomplete="current-password"' in page
    script = "".join(file.read_text(encoding="utf-8") for file in settings.STATICFILES_DIRS[0].glob("*.js"))
    assert script
    assert "paste" not in script


def test_nobody_writes_a_second_line_into_the_log() -> None:
    record = logging.LogRecord("hilfefrei.x", logging.WARNING, __file__, 1, "told %s", ('x\n{"level": "INFO"}',), None)
    [line] = JsonFormatter().format(record).splitlines()
    assert json.loads(line)["message"] == 'told x\n{"level": "INFO"}'
    assert json.loads(line)["time"].endswith("+00:00")


def test_who_is_turned_away_stands_in_the_log(
    login: Callable[[str], Client], world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The lines of Django go to its own handler and no further.
    monkeypatch.setattr(logging.getLogger("django"), "propagate", True)
    person = world.person()
    addresses = {reverse("operator:teams"): 403, reverse("people:detail", args=[person.pk]): 404}
    for path, status in addresses.items():
        caplog.clear()
        answer = login("other_team").get(path)
        assert answer.status_code == status
        told = [JsonFormatter().format(record) for record in caplog.records]
        lines = [json.loads(line) for line in told]
        assert {(line["status"], line["request"]) for line in lines if "status" in line} == {(status, answer["X-Request-ID"])}
        assert str(person.pk) not in "".join(told)
