"""The second factor: set up, asked for, required by role, reset by the operator, encrypted in the database."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from hilfefrei import secrets
from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.org.queries import actor_of
from tests.world import PASSWORD, TODAY, World, at

Login = Callable[[str], Client]
INDEX, START = reverse("mfa_index"), reverse("shared:start")
REAL = override_settings(HILFEFREI_DEMO=False)


def enter(who: str, password: str = PASSWORD) -> tuple[Client, Any]:
    """Log in by the page; the client and the answer."""
    client = Client()
    return client, client.post(reverse("account_login"), {"login": who, "password": password})


def confirm(client: Client, to: str = INDEX) -> None:
    """Type the password once more, as the page asks before anything that only the holder may do."""
    client.post(f"{reverse('account_reauthenticate')}?next={to}", {"password": PASSWORD})


def code_of(secret: str, step: int = 0) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step)))


def with_app(client: Client) -> str:
    """Set an app up by the pages; gives its secret."""
    path = reverse("mfa_activate_totp")
    confirm(client, path)
    shown = client.get(path).content.decode()
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown)
    assert secret, shown[:3000]
    answer = client.post(path, {"code": code_of(secret[1])})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return secret[1]


@pytest.mark.parametrize("password", ["Jobcenter-2026!", "J0bcenter Soesetal", "Osterode-Leitung-1", "Teamleitung-Eingang", "Hilfefrei-Hilfefrei-9", "p@$$w0rt-Fallmanagement"])
def test_words_of_the_house_are_no_password(world: World, password: str) -> None:
    user, operator = world.users["entrance"], world.actor("operator")
    with pytest.raises(Refused, match="Zu leicht zu raten"):
        accounts.set_password(actor=operator, at=at(), user_id=user.pk, password=password)
    with pytest.raises(Refused, match="Zu leicht zu raten"):
        accounts.create_login(actor=operator, at=at(), username="neu", first_name="Kim", last_name="Dohle", password=password)
    accounts.set_password(actor=operator, at=at(), user_id=user.pk, password=f"{password} Apfelbaum")


def verbs_of(user: User) -> list[str]:
    return list(Event.objects.filter(object_id=user.pk).order_by("seq").values_list("verb", flat=True))


def test_an_app_is_set_up_and_from_then_on_asked_for(world: World) -> None:
    client, _ = enter("entrance")
    secret = with_app(client)
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", codes)) == 10
    again, answer = enter("entrance")
    assert answer["Location"] == reverse("mfa_authenticate")
    assert again.get(START)["Location"].startswith(reverse("account_login")), "the password alone opens nothing"
    wrong = again.post(answer["Location"], {"code": "000000" if code_of(secret) != "000000" else "111111"})
    assert "Der Code stimmt nicht" in wrong.content.decode()
    good = again.post(answer["Location"], {"code": code_of(secret, 1)})
    assert good.status_code == 302
    assert again.get(reverse("shared:profile")).status_code == 200
    user = world.users["entrance"]
    assert verbs_of(user) == ["factor.added", "factor.added", "factor.failed"]
    payloads = json.dumps(list(EventPayload.objects.values_list("data", flat=True)))
    assert secret not in payloads
    assert "Eisvogel" not in payloads


def test_a_code_of_the_app_works_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    moment = time.time() // 30 * 30 + 15
    monkeypatch.setattr(time, "time", lambda: moment)
    client, _ = enter("entrance")
    secret = with_app(client)
    assert Authenticator.objects.get(type="totp").data[crypt.USED_STEP] == moment // 30

    def second_step(step: int) -> int:
        # The library keeps used codes in the cache, for a third of the time that they are good.
        cache.clear()
        other, answer = enter("entrance")
        return int(other.post(answer["Location"], {"code": code_of(secret, step)}).status_code)

    assert second_step(0) == 200, "it has set the app up"
    assert second_step(1) == 302
    assert [second_step(1), second_step(0), second_step(-1)] == [200, 200, 200], "and none from before"
    moment += 30
    assert [second_step(0), second_step(1), second_step(1)] == [200, 302, 200]
    assert verbs_of(world.users["entrance"]).count("factor.failed") == 6


def test_a_used_code_confirms_nothing_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    moment = time.time() // 30 * 30 + 15
    monkeypatch.setattr(time, "time", lambda: moment)
    client, _ = enter("entrance")
    secret = with_app(client)
    cache.clear()
    page = client.post(f"{reverse('mfa_reauthenticate')}?next=/", {"code": code_of(secret)})
    assert "schon einmal benutzt" in page.content.decode()
    assert client.post(f"{reverse('mfa_reauthenticate')}?next=/", {"code": code_of(secret, 1)}).status_code == 302


def test_a_recovery_code_opens_once(world: World) -> None:
    client, _ = enter("entrance")
    with_app(client)
    code = re.findall(r"<code>(\d{8})</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode())[0]
    assert not re.findall(r"<code>\d{8}</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode()), "shown once"
    for expected in (302, 200):
        other, answer = enter("entrance")
        assert other.post(answer["Location"], {"code": code}).status_code == expected
    assert verbs_of(world.users["entrance"])[2:] == ["factor.recovery_used", "factor.failed"]


def test_nothing_of_a_factor_lies_readable_and_keys_rotate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = enter("entrance")
    secret = with_app(client)
    rows = {row.type: row.data for row in Authenticator.objects.order_by("pk")}
    assert secret not in json.dumps(rows)
    assert crypt.decrypt(rows["totp"]["secret"]) == secret
    current = secrets.current()
    fresh = "neu-und-nur-fuer-diesen-test-0000000000000000000"
    changed = {"mfa_key": (fresh, *current.mfa_key)}
    monkeypatch.setattr(secrets, "_current", secrets.replace(current, **changed))
    assert crypt.decrypt(rows["totp"]["secret"]) == secret, "an older key still opens"
    assert crypt.renew() == 2
    assert crypt.renew() == 0
    monkeypatch.setattr(secrets, "_current", secrets.replace(current, mfa_key=(fresh,)))
    assert crypt.decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret, "the old key may go"
    monkeypatch.setattr(secrets, "_current", secrets.replace(current, mfa_key=("ein-anderer-00000000000000000000000000000000",)))
    with pytest.raises(Refused, match="lässt sich"):
        crypt.decrypt(Authenticator.objects.get(type="totp").data["secret"])


@REAL
def test_a_role_that_needs_one_gets_no_further_without(world: World) -> None:
    client, _ = enter("operator")
    for path in (START, reverse("operator:team_logins"), reverse("shared:profile")):
        assert client.get(path)["Location"] == INDEX
    assert client.post(reverse("operator:team_login_act", args=[world.users["buyer"].pk, "sperren"]))["Location"] == INDEX
    world.users["buyer"].refresh_from_db()
    assert world.users["buyer"].is_active
    assert "Bitte richten Sie einen zweiten Faktor ein" in client.get(INDEX).content.decode()
    with_app(client)
    assert client.get(reverse("operator:team_logins")).status_code == 200
    factor = accounts.factors(world.users["operator"].pk)[0]
    confirm(client)
    client.post(reverse("factor_remove", args=[factor.pk]))
    assert accounts.factors(world.users["operator"].pk) == [factor], "the last one of a role that needs one stays"
    other, _ = enter("entrance")
    assert other.get(reverse("shared:profile")).status_code == 200, "others are not asked"


def test_practising_stays_one_step(world: World) -> None:
    assert settings.HILFEFREI_DEMO
    client, _ = enter("operator")
    assert client.get(reverse("operator:team_logins")).status_code == 200


@REAL
def test_the_house_says_which_roles_need_one(world: World) -> None:
    from hilfefrei.apps.org import domain as org

    client, _ = enter("controller")
    assert client.get(reverse("shared:profile")).status_code == 200
    org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"factor_roles": ["controller"]})
    assert client.get(reverse("shared:profile"))["Location"] == INDEX
    operator, _ = enter("operator")
    assert operator.get(reverse("shared:profile")).status_code == 200


def test_one_removes_ones_own_factor_and_the_codes_go_with_the_last(world: World) -> None:
    client, _ = enter("entrance")
    with_app(client)
    factor = accounts.factors(world.users["entrance"].pk)[0]
    other, _ = enter("colleague")
    confirm(other)
    assert other.post(reverse("factor_remove", args=[factor.pk])).status_code == 404
    fresh = Client()
    fresh.force_login(world.users["entrance"])
    assert reverse("account_reauthenticate") in fresh.post(reverse("factor_remove", args=[factor.pk]))["Location"], "asks for the password first"
    client.post(reverse("factor_remove", args=[factor.pk]))
    assert not Authenticator.objects.exists()
    assert verbs_of(world.users["entrance"])[-1] == "factor.removed"


def test_the_operator_resets_a_factor_and_it_is_said(world: World, login: Login) -> None:
    client, _ = enter("data_protection")
    with_app(client)
    user = world.users["data_protection"]
    shown = login("operator").get(reverse("operator:team_login", args=[user.pk])).content.decode()
    assert "Zweiten Faktor entfernen" in shown
    login("operator").post(reverse("operator:team_login_act", args=[user.pk, "faktor"]))
    assert not Authenticator.objects.exists()
    assert client.get(reverse("shared:profile")).status_code == 302, "its sessions are over"
    user.refresh_from_db()
    assert actor_of(user, TODAY).key_from is not None, "and it turns no key for a week"
    again, _ = enter("data_protection")
    assert "hat die Betriebsrolle entfernt" in again.get(INDEX).content.decode()
    assert verbs_of(user)[-1] == "factor.reset"
    with pytest.raises(Forbidden):
        accounts.reset_factors(actor=world.actor("director"), at=at(), user_id=user.pk)
    with pytest.raises(Refused, match="Kollegin"):
        accounts.reset_factors(actor=world.actor("operator"), at=at(), user_id=world.users["operator"].pk)


# --- sessions
def test_one_sees_and_ends_ones_own_sessions_only(world: World) -> None:
    desk, phone, foreign = Client(), Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Firefox/130.0"}), Client()
    for client, who in ((desk, "entrance"), (phone, "entrance"), (foreign, "colleague")):
        client.force_login(world.users[who])
        client.get(reverse("shared:profile"))
    shown = desk.get(reverse("shared:profile")).content.decode()
    assert "Firefox unter Android" in shown
    assert "127.0.0.x" in shown
    assert shown.count("dieses Gerät") == 1
    theirs = LoginSession.objects.get(user=world.users["colleague"])
    desk.post(reverse("sessions_end"), {"session": str(theirs.pk)})
    assert foreign.get(reverse("shared:profile")).status_code == 200, "not somebody else's"
    other = LoginSession.objects.get(user=world.users["entrance"], device="Firefox unter Android")
    desk.post(reverse("sessions_end"), {"session": str(other.pk)})
    assert phone.get(reverse("shared:profile")).status_code == 302
    assert desk.get(reverse("shared:profile")).status_code == 200


def test_all_others_end_at_once_and_a_new_password_ends_them_too(world: World) -> None:
    clients = [enter("entrance")[0] for _ in range(3)]
    clients[0].post(reverse("sessions_end"))
    assert [c.get(reverse("shared:profile")).status_code for c in clients] == [200, 302, 302]
    other, _ = enter("entrance")
    new = "Vier-neue-Woerter-2026"
    clients[0].post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert clients[0].get(reverse("shared:profile")).status_code == 200
    assert other.get(reverse("shared:profile")).status_code == 302
    assert LoginSession.objects.filter(user=world.users["entrance"]).order_by("pk").values_list("pk").count() == 1


def test_closing_a_login_ends_all_its_sessions(world: World, login: Login) -> None:
    held = [enter("buyer")[0] for _ in range(2)]
    login("operator").post(reverse("operator:team_login_act", args=[world.users["buyer"].pk, "sperren"]))
    assert [c.get(reverse("shared:profile")).status_code for c in held] == [302, 302]
    assert not LoginSession.objects.filter(user=world.users["buyer"]).exists()
    _, answer = enter("buyer")
    assert answer.status_code == 403
    assert "Dieser Zugang ist gesperrt" in answer.content.decode()


# --- the pause
LIMIT = override_settings(ACCOUNT_RATE_LIMITS={"login": "1000/m/ip", "login_failed": "1000/m/ip,5/5m/key"})


@LIMIT
def test_after_five_wrong_passwords_the_page_says_until_when_and_the_operator_lifts_it(world: World, login: Login) -> None:
    from django.core.cache import cache

    cache.clear()
    user = world.users["entrance"]
    page = reverse("operator:team_login", args=[user.pk])
    assert "Pause nach" not in login("operator").get(page).content.decode()
    for _ in range(5):
        enter("entrance", "falsch-und-lang-genug")
    _, answer = enter("entrance")
    assert re.search(r"Weiter geht es ab \d\d:\d\d Uhr", answer.content.decode())
    assert "Pause nach zu vielen falschen Versuchen" in login("operator").get(page).content.decode()
    login("operator").post(reverse("operator:team_login_act", args=[user.pk, "pause"]))
    assert verbs_of(user)[-1] == "login.unlocked"
    _, answer = enter("entrance")
    assert answer.status_code == 302
    cache.clear()


# --- substitution
def test_a_substitute_has_the_rights_for_the_period_and_it_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from hilfefrei.apps.org import domain as org

    away, cover = world.users["entrance"], world.users["other_team"]
    org.enter_absence(
        actor=world.actor("operator"), at=at(8), user_id=away.pk, substitute_id=cover.pk, valid_from=TODAY, valid_to=TODAY + timedelta(days=1)
    )
    via = world.teams["via"].pk
    held = [via in actor_of(cover, TODAY + timedelta(days=n)).teams for n in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]
    client = Client()
    client.force_login(cover)
    assert "Sie vertreten Nele Eisvogel bis" in client.get(reverse("shared:profile")).content.decode()
    client.force_login(away)
    assert "Meike Buchfink vertritt Sie bis" in client.get(reverse("shared:profile")).content.decode()
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-26T09:42:00")
    client.force_login(cover)
    assert "Sie vertreten heute niemanden." in client.get(reverse("shared:profile")).content.decode()


def test_no_way_to_write_a_login_gives_further_tries(rf: RequestFactory) -> None:
    keys = {get_adapter()._get_login_attempts_cache_key(rf.get("/"), username=name) for name in ("Smith", "smith", "ſmith", "SMıTH")}
    assert len(keys) == 1
