"""When a session ends: an hour after it was used last, ten hours after logging in, and with the login itself."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.accounts.store import BEGAN
from hilfefrei.www.adapter import Adapter
from hilfefrei.www.entrance import board
from tests.world import PASSWORD, World, at

PROFILE, BOARD, LOGIN = reverse("shared:profile"), reverse("entrance:board"), reverse("account_login")
Later = Callable[[float], None]


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Later:
    """``minutes(61)``: so long after the beginning of the test, for whatever a session asks."""
    start = datetime.now(UTC).replace(microsecond=0)

    def go(passed: float) -> None:
        moment = start + timedelta(minutes=passed)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        monkeypatch.setattr(time, "time", moment.timestamp)

    go(0)
    return go


def enter(world: World, who: str = "entrance") -> Client:
    client = Client()
    answer = client.post(LOGIN, {"login": world.users[who].username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def row(client: Client) -> Session:
    return Session.objects.get(session_key=client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_it_ends_an_hour_after_it_was_used_last(world: World, minutes: Later) -> None:
    client = enter(world)
    for passed, status in ((55, 200), (110, 200), (165, 200), (226, 302)):
        minutes(passed)
        assert client.get(PROFILE).status_code == status, passed


def test_a_table_that_asks_anew_by_itself_is_no_use(world: World, minutes: Later) -> None:
    client, used = enter(world), enter(world)
    ends = row(client).expire_date
    minutes(30)
    polled = client.get(BOARD, headers={"X-Polled": "1", "HX-Request": "true"})
    assert polled.status_code == 200
    assert board.SEEN in client.session, "it has written into the session"
    used.get(BOARD)
    assert row(client).expire_date == ends
    assert row(used).expire_date == ends + timedelta(minutes=30)
    minutes(61)
    assert client.get(PROFILE).status_code == 302
    assert used.get(PROFILE).status_code == 200


def test_what_asks_by_itself_says_so() -> None:
    for folder in settings.TEMPLATES[0]["DIRS"]:
        for file in folder.rglob("*.html"):
            text = file.read_text(encoding="utf-8")
            assert text.count('hx-trigger="every') == text.count("""hx-headers='{"X-Polled": "1"}'"""), file.name


def test_it_ends_ten_hours_after_logging_in_whatever_was_done(world: World, minutes: Later) -> None:
    client = enter(world)
    ends = row(client).expire_date + timedelta(hours=9)
    for passed in range(50, 600, 50):
        minutes(passed)
        assert client.get(PROFILE).status_code == 200
        held = client.session
        held["gesucht"] = passed
        held.save()
    minutes(599)
    new = "Vier-neue-Woerter-2026"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.get(PROFILE).status_code == 200
    assert row(client).expire_date == ends, "a new key of the session is no new session"
    minutes(601)
    assert client.get(PROFILE).status_code == 302


def test_logging_in_again_begins_anew(world: World, minutes: Later) -> None:
    client = enter(world)
    began = client.session[BEGAN]
    minutes(50)
    client.post(LOGIN, {"login": "entrance", "password": PASSWORD})
    assert client.session[BEGAN] == began, "who is in is led on"
    minutes(120)
    client.post(LOGIN, {"login": "entrance", "password": PASSWORD})
    assert client.session[BEGAN] == began + 120 * 60
    assert client.get(PROFILE).status_code == 200


def test_confirming_changes_the_key_of_the_session_and_ends_nothing(world: World) -> None:
    client = enter(world)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(f"{reverse('account_reauthenticate')}?next=/", {"password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not Session.objects.filter(session_key=before).exists()
    assert client.get(PROFILE).content.decode().count("hf-stack-end") == 1
    assert LoginSession.objects.get().session_key == client.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_own_list_shows_none_that_is_over(world: World, minutes: Later) -> None:
    enter(world)
    minutes(61)
    other = enter(world)
    assert other.get(PROFILE).content.decode().count("hf-stack-end") == 1
    assert LoginSession.objects.count() == 1


def test_a_login_closed_in_the_moment_of_logging_in_leaves_no_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, user = world.actor("operator"), world.users["entrance"]
    library = Adapter.login

    def login(self: Adapter, request: HttpRequest, whom: User) -> None:
        accounts.set_login_active(actor=operator, at=at(), user_id=user.pk, active=False)
        library(self, request, whom)

    monkeypatch.setattr(Adapter, "login", login)
    client = Client()
    answer = client.post(LOGIN, {"login": "entrance", "password": PASSWORD})
    assert answer.status_code == 403
    assert "Dieser Zugang ist gesperrt" in answer.content.decode()
    accounts.set_login_active(actor=operator, at=at(), user_id=user.pk, active=True)
    assert client.get(PROFILE).status_code == 302, "it does not come back to life with the login"
    assert not LoginSession.objects.exists()
