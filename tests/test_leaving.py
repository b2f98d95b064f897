"""``./hilfefrei accounts``: the list of staff closes who has gone, and nobody by a slip; who runs the machine lets an operator in again."""

import argparse
import logging
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from hilfefrei import commands, leaving, worker
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Position
from hilfefrei.core import clock
from tests.world import PASSWORD, TODAY, World, at

FRESH = "Rotmilan ueber Herzberg"


def run(*arguments: str, typed: str | None = None) -> int:
    options, _ = commands.parse(["accounts", *arguments])
    assert isinstance(options, argparse.Namespace)

    def ask() -> str:
        assert typed is not None, "nobody is asked for a password"
        return typed

    return leaving.run(options, ask)


def listed(folder: Path, world: World, *without: str) -> str:
    file = folder / "beschaeftigte.csv"
    names = [u.username for key, u in world.users.items() if key not in without]
    file.write_text("Name;Anmeldename\n" + "".join(f"x;{name}\n" for name in names), encoding="utf-8-sig")
    return str(file)


def test_compares_first_and_closes_when_told(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = listed(tmp_path, world, "buyer")
    assert run("sync", file) == 0
    assert "schließen: buyer" in capsys.readouterr().out
    assert User.objects.get(username="buyer").is_active
    inside = Client()
    inside.force_login(world.users["buyer"])
    assert inside.get("/konto/").status_code == 200
    assert run("sync", file, "--apply") == 0
    assert not LoginSession.objects.filter(user=world.users["buyer"]).exists()
    assert not Session.objects.filter(session_key=inside.cookies[settings.SESSION_COOKIE_NAME].value).exists(), "at once"
    user = User.objects.get(username="buyer")
    assert (user.is_active, user.closed_because) == (False, Closed.LIST)
    assert Position.objects.get(holder=user).valid_to == clock.today() - timedelta(days=1)
    assert run("sync", file, "--apply") == 0, "again: nothing more to do"
    assert run("open", "buyer") == 0
    assert User.objects.get(username="buyer").is_active
    assert inside.get("/konto/").status_code == 302, "and for good"


def test_a_slip_closes_nobody(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = listed(tmp_path, world, *[key for key in world.users if key not in {"operator", "director"}])
    assert run("sync", few, "--apply") == 1
    assert "unglaubhaft" in capsys.readouterr().err
    empty = tmp_path / "leer.csv"
    empty.write_text("anmeldename\n", encoding="utf-8")
    assert run("sync", str(empty), "--apply", "--anyway") == 1
    no_operator = listed(tmp_path, world, "operator")
    assert run("sync", no_operator, "--apply", "--anyway") == 1
    assert User.objects.filter(is_active=False).count() == 0


@pytest.mark.parametrize("content", ["name\nx\n", "", "\x00"])
def test_a_file_without_the_column_is_a_sentence(world: World, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text(content, encoding="utf-8")
    assert run("sync", str(file)) == 2
    assert "fehlt die Spalte" in capsys.readouterr().err
    assert run("sync", str(tmp_path / "gibt-es-nicht.csv")) == 2


def test_unused_logins_are_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.filter(username="buyer").update(last_login=clock.now() - timedelta(days=100))
    User.objects.filter(username="bca").update(last_login=clock.now() - timedelta(days=10))
    assert run("unused") == 0
    out = capsys.readouterr().out
    assert "buyer" in out
    assert "bca" not in out
    assert run("open", "niemand") == 2


# --- the login of an operator, reset on the machine
def enter(name: str, password: str) -> tuple[Client, int]:
    client = Client()
    return client, client.post(reverse("account_login"), {"login": name, "password": password}).status_code


def state(user: User) -> tuple[object, ...]:
    found = User.objects.get(pk=user.pk)
    return (found.password, found.must_change, found.reset_at, Authenticator.objects.filter(user=user).count(), Event.objects.filter(object_id=user.pk).count())


@override_settings(HILFEFREI_DEMO=False, ACCOUNT_RATE_LIMITS={"login": "1000/m/ip", "login_failed": "1000/m/ip,5/5m/key"})
def test_the_only_operator_gets_in_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    cache.clear()
    user = world.users["operator"]
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    inside = Client()
    inside.force_login(user)
    assert inside.get("/konto/").status_code == 302, "the second factor is still to be shown"
    assert LoginSession.objects.filter(user=user).exists()
    for _ in range(5):
        enter("operator", "falsch-und-lang-genug")
    assert run("reset", "operator", typed=FRESH) == 0
    told = capsys.readouterr()
    assert "operator hat ein neues Passwort" in told.out
    assert FRESH not in told.out + told.err
    assert not Authenticator.objects.filter(user=user).exists()
    assert not LoginSession.objects.filter(user=user).exists()
    assert inside.get("/konto/")["Location"].startswith(reverse("account_login")), "who was in is out"
    assert enter("operator", PASSWORD)[1] == 200, "the old password is wrong now"
    client, status = enter("operator", FRESH)
    assert status == 302, "the pause is over, no second factor is asked"
    assert client.get("/konto/")["Location"] == reverse("account_change_password")
    page = client.get(reverse("account_change_password")).content.decode()
    assert "auf dem Server gesetzt" in page
    mine = {"oldpassword": FRESH, "password1": "Wasseramsel an der Soese", "password2": "Wasseramsel an der Soese"}
    client.post(reverse("account_change_password"), mine)
    answer = client.get(reverse("shared:start"))
    assert answer["Location"] == reverse("mfa_index")
    assert "auf dem Server entfernt" in client.get(reverse("mfa_index")).content.decode()
    cache.clear()


def test_a_reset_is_an_alarm_until_both_have_seen_it(world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    user = world.users["operator"]
    second = User.objects.create_user("zweite", PASSWORD, jobcenter_id=world.id, first_name="Edda", last_name="Wiesenpieper")
    org.create_position(
        actor=identity.gatekeeper(world.id), at=at(8), team_id=world.teams["staff"].pk, role=Role.OPERATOR, fte=Decimal(1), valid_from=TODAY, holder_id=second.pk
    )
    assert run("reset", "Operator", typed=FRESH) == 0
    assert Event.objects.get(verb="login.reset", object_id=user.pk).actor_kind == "system"
    with caplog.at_level(logging.ERROR):
        assert tasks.deliver(world.id, worker.HANDLERS, at(), tmp_path) == 1
    assert f"reset on this machine: login {user.pk}" in caplog.text
    assert user.last_name not in caplog.text
    User.objects.filter(pk=user.pk).update(must_change=False)
    inside = {key: Client() for key in ("own", "second", "privacy", "entrance")}
    for key, who in (("own", user), ("second", second), ("privacy", world.users["data_protection"]), ("entrance", world.users["entrance"])):
        inside[key].force_login(User.objects.get(pk=who.pk))

    def shown(key: str) -> tuple[bool, bool]:
        text = inside[key].get(reverse("shared:profile")).content.decode()
        return "zurückgesetzt:</strong> Greta Wendehals" in text, "Ich habe es gesehen" in text

    seen = reverse("login_reset_seen", args=[user.pk])
    assert shown("entrance") == (False, False)
    assert shown("own") == (True, False), "whose login it is cannot confirm it"
    assert shown("second") == shown("privacy") == (True, True)
    inside["own"].post(seen)
    assert shown("second") == (True, True)
    inside["second"].post(seen)
    assert shown("second") == (False, False)
    assert shown("privacy") == (True, True), "each side for itself"
    inside["privacy"].post(seen)
    assert shown("privacy") == shown("own") == (False, False)
    assert [e.actor_id for e in Event.objects.filter(verb="login.reset_seen").order_by("seq")] == [second.pk, world.users["data_protection"].pk]
    assert run("reset", "operator", typed="Gartenrotschwanz am Harz") == 0
    assert shown("second") == shown("privacy") == (True, True), "who has seen the first has not seen this one"
    assert Outbox.objects.filter(kind="login.alarm").count() == 2


def test_a_login_made_after_the_reset_does_not_put_the_alarm_out(world: World) -> None:
    assert run("reset", "Operator", typed=FRESH) == 0
    own, later = world.actor("operator"), clock.now() + timedelta(minutes=5)
    made = accounts.create_login(actor=own, at=later, username="neu", first_name="Edda", last_name="Wiesenpieper", password="Gartenrotschwanz am Harz")
    post = org.create_position(
        actor=own, at=later, team_id=world.teams["staff"].pk, role=Role.DATA_PROTECTION, fte=Decimal(1), valid_from=TODAY, holder_id=made.pk
    )
    newcomer = Actor("user", made.pk, world.id, roles=frozenset({Role.DATA_PROTECTION}))
    with pytest.raises(Refused, match="neuer als dieser Hinweis"):
        identity.reset_seen(actor=newcomer, at=later, user_id=own.id)
    assert identity.reset_notices(world.actor("data_protection")) != []
    # Where nobody older is left to say it, the newcomer may.
    Position.objects.filter(role=Role.DATA_PROTECTION).exclude(pk=post.pk).delete()
    identity.reset_seen(actor=newcomer, at=later, user_id=own.id)


@pytest.mark.parametrize(
    ("name", "before", "code", "words"),
    [
        ("niemand", {}, 2, "„niemand“ gibt es hier nicht"),
        ("director", {}, 1, "keine Betriebsrolle"),
        ("entrance", {}, 1, "setzt der Betrieb in der Anwendung zurück"),
        ("operator", {"is_active": False}, 1, "./hilfefrei accounts open operator"),
        ("operator", {"subject": "4711", "issuer": "https://haus.example"}, 1, "meldet sich über das Haus an"),
    ],
)
def test_nobody_else_is_reset(world: World, name: str, before: dict[str, object], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.filter(username=name).update(**before)
    held = {key: state(user) for key, user in world.users.items()}
    assert run("reset", name) == code
    told = capsys.readouterr().err
    assert words in told
    assert "Zugänge mit Betriebsrolle: operator." in told
    assert {key: state(user) for key, user in world.users.items()} == held


def test_the_emergency_login_is_sealed_not_reset(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    held = identity.seal_emergency(actor=world.actor("operator"), at=at(), password=identity.new_words()).login
    before = state(held)
    assert run("reset", held.username) == 1
    assert "neu versiegelt" in capsys.readouterr().err
    assert state(held) == before


def test_an_operator_whose_post_is_over_is_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Position.objects.filter(holder=world.users["operator"]).update(valid_to=TODAY - timedelta(days=1))
    assert run("reset", "operator") == 1
    assert "Zugänge mit Betriebsrolle: keiner." in capsys.readouterr().err


@pytest.mark.parametrize("weak", ["kurz", "hilfefrei-jobcenter"])
def test_a_weak_password_changes_nothing(world: World, weak: str, capsys: pytest.CaptureFixture[str]) -> None:
    Authenticator.objects.create(user=world.users["operator"], type=Authenticator.Type.TOTP, data={"secret": "x"})
    before = state(world.users["operator"])
    assert run("reset", "operator", typed=weak) == 1
    assert "Es wurde nichts geändert." in capsys.readouterr().err
    assert state(world.users["operator"]) == before


def test_only_the_machine_resets(world: World) -> None:
    for who in ("operator", "data_protection", "director"):
        with pytest.raises(Forbidden):
            identity.reset_operator(actor=world.actor(who), at=at(), user_id=world.users["operator"].pk, password=FRESH)
