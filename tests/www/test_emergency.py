"""The emergency login: sealed once, its use is an alarm, it ends by itself and must be sealed anew."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from hilfefrei import worker
from hilfefrei.apps.accounts.models import EmergencySeal, User
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Position
from hilfefrei.apps.org.queries import actor_of
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
PAGE = reverse("operator:team_emergency")
LOGINS = reverse("operator:team_logins")


def seal(client: Client) -> tuple[str, str]:
    """Seal by the page; login name and words as they are printed."""
    shown = client.post(PAGE, {"op": str(uuid4())}).content.decode()
    name, words = re.findall(r"<code>([^<]+)</code>", shown)[:2]
    return name, words


def enter(name: str, words: str) -> tuple[Client, int]:
    client = Client()
    return client, client.post(reverse("account_login"), {"login": name, "password": words}).status_code


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    moment = at() + timedelta(hours=hours + 1)  # Berlin in November
    monkeypatch.setenv("HILFEFREI_NOW", moment.strftime("%Y-%m-%dT%H:%M:%S"))


def test_it_is_shown_once_and_works_as_the_operator(world: World, login: Login) -> None:
    client, op = login("operator"), str(uuid4())
    assert "Es gibt noch keinen" in client.get(PAGE).content.decode()
    words = re.findall(r"<code>([^<]+)</code>", client.post(PAGE, {"op": op}).content.decode())[1]
    assert re.fullmatch(r"([a-z2-9]{5}-){5}[a-z2-9]{5}", words)
    again = client.post(PAGE, {"op": op}, follow=True).content.decode()
    assert words not in again
    assert "schon gezeigt" in again
    assert EmergencySeal.objects.count() == 1
    inside, status = enter("notfall", words)
    assert status == 302
    assert inside.get(LOGINS).status_code == 200
    assert actor_of(User.objects.get(is_emergency=True), TODAY).roles == {Role.OPERATOR}


@override_settings(HILFEFREI_DEMO=False)
def test_its_use_is_an_alarm_until_both_have_seen_it(world: World, login: Login, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    name, words = seal_by_verb(world)
    inside, _ = enter(name, words)
    assert inside.get(LOGINS).status_code == 200, "no second factor is asked of it"
    held = EmergencySeal.objects.get()
    assert Event.objects.filter(verb="emergency.used", object_id=held.pk).exists()
    with caplog.at_level(logging.ERROR), override_settings(DATA=tmp_path):
        from hilfefrei.apps.audit import tasks

        assert tasks.deliver(world.id, worker.HANDLERS, at(), tmp_path) == 1
    assert "emergency login in use" in caplog.text
    assert Outbox.objects.get(kind="emergency.alarm").done_at is not None
    with override_settings(HILFEFREI_DEMO=True):
        privacy, operator = Client(), Client()
        privacy.force_login(world.users["data_protection"])
        operator.force_login(world.users["operator"])
        red = "ist in Benutzung"
        assert red in privacy.get(reverse("privacy:accesses")).content.decode()
        assert red in operator.get(reverse("operator:dates")).content.decode()
        assert red not in login("entrance").get(reverse("shared:profile")).content.decode()
        identity.end_emergency(actor=world.actor("operator"), at=at(), seal_id=held.pk)
        assert "wurde benutzt" in privacy.get(reverse("privacy:accesses")).content.decode()
        privacy.post(reverse("emergency_seen", args=[held.pk]))
        assert "wurde benutzt" not in privacy.get(reverse("privacy:accesses")).content.decode()
        assert "wurde benutzt" in operator.get(reverse("operator:dates")).content.decode(), "each side for itself"
        operator.post(reverse("emergency_seen", args=[held.pk]))
        assert "wurde benutzt" not in operator.get(reverse("operator:dates")).content.decode()


def test_each_use_is_an_alarm_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name, words = seal_by_verb(world)
    enter(name, words)
    held = EmergencySeal.objects.get()
    operator = Client()
    operator.force_login(world.users["operator"])
    page, button = reverse("operator:dates"), "Ich habe es gesehen"
    assert button in operator.get(page).content.decode()
    operator.post(reverse("emergency_seen", args=[held.pk]))
    shown = operator.get(page).content.decode()
    assert "ist in Benutzung" in shown
    assert button not in shown, "it is asked once per use"
    later(monkeypatch, 2)
    enter(name, words)
    shown = operator.get(page).content.decode()
    assert button in shown, "who has seen the first use has not seen this one"
    assert "noch einmal" in shown
    assert Outbox.objects.filter(kind="emergency.alarm").count() == 2
    held.refresh_from_db()
    assert held.ends_at is not None
    assert held.used_at is not None
    assert held.ends_at - held.used_at == timedelta(hours=identity.EMERGENCY_HOURS), "the second use does not lengthen it"


def seal_by_verb(world: World) -> tuple[str, str]:
    words = identity.new_words()
    made = identity.seal_emergency(actor=world.actor("operator"), at=at(), password=words)
    return made.login.username, words


def test_it_ends_by_itself_and_must_be_sealed_anew(world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    name, words = seal(login("operator"))
    inside, _ = enter(name, words)
    later(monkeypatch, 3.9)
    assert inside.get(LOGINS).status_code == 200
    later(monkeypatch, 4.1)
    assert inside.get(LOGINS)["Location"] == reverse("account_login")
    assert inside.get(LOGINS).status_code == 302
    _, status = enter(name, words)
    assert status == 403, "the same paper opens nothing more"
    worker_job = next(job for known, _, job in worker.REGULAR if known == "emergency")
    worker_job(world.id, at(14), Path())
    held = EmergencySeal.objects.get()
    assert held.ended_at == at(14)
    assert not User.objects.get(is_emergency=True).has_usable_password()
    assert "Er muss neu versiegelt werden" in login("operator").get(PAGE).content.decode()
    name, fresh = seal(login("operator"))
    assert enter(name, words)[1] == 200, "the old words are wrong now"
    assert enter(name, fresh)[1] == 302


def test_a_new_seal_voids_the_one_before_and_ends_who_is_in(world: World) -> None:
    name, words = seal_by_verb(world)
    inside, _ = enter(name, words)
    seal_by_verb(world)
    assert inside.get(LOGINS).status_code == 302
    assert EmergencySeal.objects.filter(ended_at=None).count() == 1
    assert User.objects.filter(is_emergency=True).count() == 1


def test_who_may_and_what_it_is_not(world: World) -> None:
    with pytest.raises(Forbidden):
        identity.seal_emergency(actor=world.actor("director"), at=at(), password=identity.new_words())
    name, words = seal_by_verb(world)
    enter(name, words)
    login = User.objects.get(is_emergency=True)
    actor = actor_of(login, TODAY)
    with pytest.raises(Refused, match="nicht neu versiegelt"):
        identity.seal_emergency(actor=actor, at=at(), password=identity.new_words())
    with pytest.raises(Refused, match="nicht selbst benutzt"):
        identity.emergency_seen(actor=actor, at=at(), seal_id=EmergencySeal.objects.get().pk)
    with pytest.raises(Refused, match="steht deshalb für sich"):
        org.create_position(
            actor=world.actor("operator"), at=at(), team_id=world.teams["via"].pk, role=Role.ENTRANCE, fte=Position.objects.get(holder=login).fte,
            valid_from=TODAY, holder_id=login.pk,
        )  # fmt: skip
    last = Position.objects.get(holder=world.users["operator"])
    with pytest.raises(Refused, match="letzte Stelle der Betriebsrolle"):
        org.end_position(actor=world.actor("operator"), at=at(), position_id=last.pk, last_day=TODAY)
