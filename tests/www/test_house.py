"""The log-in of the house against a real provider process: groups become posts, leavers are out, nobody by e-mail."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, override_settings
from django.urls import reverse

from hilfefrei import secrets
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Position, in_force
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.settings.identity import oidc
from hilfefrei.www.identity.house import OpenID, claimed
from tests.support.elsewhere import sending_elsewhere
from tests.support.provider import Provider, provider
from tests.world import TODAY, World, at

PROFILE = reverse("shared:profile")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider") / "log") as found:
        yield found


@pytest.fixture
def house(running: Provider, world: World) -> Iterator[Provider]:
    """The provider is entered, and two groups are mapped."""
    held = replace(secrets.current(), oidc_url=running.url, oidc_client="hilfefrei", oidc_secret="geheim")
    operator = world.actor("operator")
    for group, team, role in (("jc-eingang", "via", Role.ENTRANCE), ("jc-fall", "general", Role.CASE_MANAGER), ("jc-betrieb", "staff", Role.OPERATOR)):
        identity.add_group_role(actor=operator, at=at(), group=group, team_id=world.teams[team].pk, role=role)
    with override_settings(SOCIALACCOUNT_PROVIDERS=oidc(held)):
        yield running


def posts(user: User) -> list[tuple[str, str]]:
    return [(p.role, str(p.fte.normalize())) for p in Position.objects.filter(in_force(TODAY), holder=user).order_by("role")]


def test_the_first_log_in_makes_the_login_and_its_post(house: Provider, world: World) -> None:
    house.knows("s-1", given_name="Mara", family_name="Feldlerche", preferred_username="feldlerche", email="entrance@example.org", groups=["jc-eingang", "alle"])
    client = Client()
    answer = house.log_in(client, "s-1")
    assert answer.status_code == 302, answer.content.decode()
    user = User.objects.get(subject="s-1")
    assert (user.username, user.get_full_name(), user.has_usable_password()) == ("feldlerche", "Mara Feldlerche", False)
    assert user.email == "", "nothing is taken that is not needed"
    assert posts(user) == [("entrance", "1")]
    page = client.get(PROFILE).content.decode()
    assert "Sie melden sich über das Haus an" in page
    for name in ("mfa_index", "mfa_activate_totp", "account_change_password"):
        assert client.get(reverse(name))["Location"] == PROFILE, "password and second factor are the provider's matter"
    again = house.log_in(Client(), "s-1")
    assert again.status_code == 302
    assert User.objects.filter(subject="s-1").count() == 1
    assert posts(user) == [("entrance", "1")], "a second time changes nothing"
    assert not SocialAccount.objects.exists()
    assert not SocialToken.objects.exists()


def test_one_comes_back_to_where_one_was_going(house: Provider, world: World) -> None:
    house.knows("s-12", name="Iris Ammer", groups=["jc-eingang"])
    client = Client()
    page = client.get(reverse("account_login"), {"next": "/konto/?a=b&c"}).content.decode()
    form = page.partition("data-login-form")[2].partition("</form>")[0]
    link = re.search(r'href="(/anmelden/haus/[^"]*)"', form)
    assert link, "inside the form: the page of an expired session shows it too"
    assert form.index(link[0]) < form.index('name="login"'), "first what most people use"
    assert page.count("kern-btn--primary") == 1
    away = client.get(unescape(link[1]))["Location"]
    back = urlsplit(house.agree(away, "s-12"))
    assert client.get(f"{back.path}?{back.query}")["Location"] == "/konto/?a=b&c"


def test_nobody_becomes_somebody_by_name_or_e_mail(house: Provider, world: World) -> None:
    world.users["entrance"].email = "nele@example.org"
    world.users["entrance"].save()
    house.knows("s-2", name="Nele Eisvogel", preferred_username="entrance", email="nele@example.org", email_verified=True, groups=["jc-fall"])
    house.log_in(Client(), "s-2")
    made = User.objects.get(subject="s-2")
    assert made.pk != world.users["entrance"].pk
    assert made.username == "entrance-2"


def test_without_a_mapped_group_there_is_a_page_and_no_login(house: Provider, world: World) -> None:
    house.knows("s-3", name="Ida Fremd", groups=["kantine"])
    before = User.objects.count()
    client = Client()
    answer = house.log_in(client, "s-3")
    assert answer.status_code == 403
    assert "Für Sie gibt es hier keinen Zugang" in answer.content.decode()
    assert User.objects.count() == before
    assert client.get(PROFILE).status_code == 302


def test_groups_that_change_change_the_posts(house: Provider, world: World) -> None:
    house.knows("s-4", name="Jo Star", groups=["jc-eingang"])
    house.log_in(Client(), "s-4")
    user = User.objects.get(subject="s-4")
    Position.objects.filter(holder=user).update(valid_from=TODAY - timedelta(days=30))
    house.knows("s-4", name="Jo Star", groups=["jc-eingang", "jc-fall"])
    house.log_in(Client(), "s-4")
    assert posts(user) == [("case_manager", "0.5"), ("entrance", "0.5")]
    house.knows("s-4", name="Jo Star-Specht", groups=["jc-fall"])
    house.log_in(Client(), "s-4")
    assert posts(user) == [("case_manager", "1")]
    ended = Position.objects.filter(role="entrance", holder=user, valid_from__lt=TODAY).get()
    assert ended.valid_to == TODAY - timedelta(days=1), "the past stays true"
    user.refresh_from_db()
    assert user.last_name == "Star-Specht"


def test_who_has_lost_all_groups_is_out_at_once_and_comes_back_with_one(house: Provider, world: World) -> None:
    house.knows("s-5", name="Ute Amsel", groups=["jc-eingang"])
    inside = Client()
    house.log_in(inside, "s-5")
    assert inside.get(PROFILE).status_code == 200
    user = User.objects.get(subject="s-5")
    house.knows("s-5", name="Ute Amsel", groups=[])
    assert house.log_in(Client(), "s-5").status_code == 403
    user.refresh_from_db()
    assert (user.is_active, user.closed_because) == (False, Closed.GROUP)
    assert posts(user) == []
    assert inside.get(PROFILE).status_code == 302, "the session that was open is over"
    assert not LoginSession.objects.filter(user=user).exists()
    assert "login.left" in Event.objects.filter(object_id=user.pk).order_by("seq").values_list("verb", flat=True)
    house.knows("s-5", name="Ute Amsel", groups=["jc-eingang"])
    assert house.log_in(Client(), "s-5").status_code == 302
    assert posts(user) == [("entrance", "1")]
    accounts.set_login_active(actor=world.actor("operator"), at=at(), user_id=user.pk, active=False)
    closed = house.log_in(Client(), "s-5")
    assert closed.status_code == 403, "what the operator has closed, no group opens"
    assert "Betriebsrolle gesperrt" in closed.content.decode()


def test_a_provider_that_says_nothing_of_groups_closes_nobody(house: Provider, world: World, caplog: pytest.LogCaptureFixture) -> None:
    house.knows("s-6", name="Kai Fink", groups=["jc-eingang"])
    house.log_in(Client(), "s-6")
    house.knows("s-6", name="Kai Fink")
    with caplog.at_level(logging.ERROR):
        answer = house.log_in(Client(), "s-6")
    assert answer.status_code == 502
    assert "keine Gruppen mitgeteilt" in answer.content.decode()
    assert User.objects.get(subject="s-6").is_active
    assert "Fink" not in caplog.text


def test_posts_that_do_not_fit_are_refused_in_words(house: Provider, world: World) -> None:
    house.knows("s-7", name="Bo Specht", groups=["jc-betrieb", "jc-fall"])
    answer = house.log_in(Client(), "s-7")
    assert answer.status_code == 403
    assert "steht deshalb für sich" in answer.content.decode()
    assert not User.objects.filter(subject="s-7").exists()


def test_who_turns_back_and_a_forged_way_back(house: Provider, world: World) -> None:
    client = Client()
    away = client.get("/anmelden/haus/")["Location"]
    back = house.agree(away, "s-8", action="deny")
    # This provider forgets the state when somebody says no; others hand it back.
    state = parse_qs(urlsplit(away).query)["state"][0]
    answer = client.get(f"/anmelden/haus/zurueck/?{urlsplit(back).query}&state={state}")
    assert answer["Location"] == reverse("socialaccount_login_cancelled")
    assert "abgebrochen" in client.get(answer["Location"], follow=True).content.decode()
    forged = client.get("/anmelden/haus/zurueck/", {"code": "x", "state": "y"})
    assert forged.status_code == 502
    assert "nicht geklappt" in forged.content.decode()
    assert client.get(PROFILE).status_code == 302


def test_a_provider_that_is_away_is_said(world: World) -> None:
    away = replace(secrets.current(), oidc_url="http://127.0.0.1:9", oidc_client="hilfefrei", oidc_secret="geheim")
    with override_settings(SOCIALACCOUNT_PROVIDERS=oidc(away)):
        assert "/anmelden/haus/" in Client().get(reverse("account_login")).content.decode()
        answer = Client().get("/anmelden/haus/")
    assert answer.status_code == 502
    assert "antwortet nicht" in answer.content.decode()
    assert Client().get("/anmelden/haus/").status_code == 404, "where none is entered there is no such page"


def test_a_provider_that_sends_elsewhere_is_not_followed(world: World) -> None:
    with sending_elsewhere() as (url, asked), override_settings(SOCIALACCOUNT_PROVIDERS=oidc(replace(secrets.current(), oidc_url=url, oidc_client="hilfefrei", oidc_secret="geheim"))):
        answer = Client().get("/anmelden/haus/")
    assert answer.status_code == 502
    assert "Der Anmeldedienst antwortet nicht" in answer.content.decode()
    assert asked == ["/.well-known/openid-configuration"]


def test_the_operator_links_a_login_that_there_is(house: Provider, world: World) -> None:
    operator = Client()
    operator.force_login(world.users["operator"])
    user = world.users["case_manager"]
    path = reverse("operator:team_login_link", args=[user.pk])
    assert operator.post(path, {"subject": ""}).status_code == 422
    assert operator.post(path, {"subject": "s-9"}).status_code == 302
    house.knows("s-9", name="Paula Steinkauz", groups=["jc-fall"])
    answer = house.log_in(Client(), "s-9")
    assert answer.status_code == 403, "the post that the operator gave is a whole one already"
    Position.objects.filter(holder=user).update(fte="0.5")
    assert house.log_in(Client(), "s-9").status_code == 302
    assert posts(user) == [("case_manager", "0.5"), ("case_manager", "0.5")]
    with pytest.raises(Refused, match="kein Passwort"):
        accounts.set_password(actor=world.actor("operator"), at=at(), user_id=user.pk, password="Vier-neue-Woerter-2026")
    with pytest.raises(Refused, match="schon zu einem anderen"):
        accounts.link_house_login(
            actor=world.actor("operator"), at=at(), user_id=world.users["buyer"].pk, issuer=User.objects.get(pk=user.pk).issuer, subject="s-9"
        )


@pytest.mark.parametrize(
    ("data", "path", "found"),
    [
        ({"groups": ["a", "b"]}, "groups", ["a", "b"]),
        ({"groups": "a b"}, "groups", ["a", "b"]),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"]),
        ({"groups": []}, "groups", []),
        ({}, "groups", None),
        ({"groups": None}, "groups", None),
        ({"groups": {"a": 1}}, "groups", None),
        ({"groups": "x"}, "groups.deeper", None),
    ],
)
def test_groups_are_read_from_the_claim(data: dict[str, object], path: str, found: list[str] | None) -> None:
    assert claimed(data, path) == found


# --- leavers by a list
def test_a_list_of_staff_closes_who_is_not_on_it(world: World) -> None:
    names = [u.username for u in world.users.values() if u.username != "buyer"]
    compared = identity.compare_staff(world.id, [*names, "niemand"], [], TODAY)
    assert [u.username for u in compared.leave] == ["buyer"]
    assert (compared.unknown, compared.problem) == (1, "")
    identity.close_leaver(actor=identity.gatekeeper(world.id), at=at(), user_id=world.users["buyer"].pk, because=Closed.LIST)
    user = User.objects.get(username="buyer")
    assert not user.is_active
    assert actor_of(user, TODAY).roles == frozenset()


def test_an_implausible_list_closes_nobody(world: World) -> None:
    assert "leer" in identity.compare_staff(world.id, [], [], TODAY).problem
    assert "unglaubhaft" in identity.compare_staff(world.id, ["operator", "director"], [], TODAY).problem
    assert not identity.compare_staff(world.id, ["operator", "director"], [], TODAY).never, "somebody may insist"
    all_but = [u.username for u in world.users.values() if u.username != "operator"]
    refused = identity.compare_staff(world.id, all_but, [], TODAY)
    assert "Betriebsrolle" in refused.problem
    assert refused.never


def test_the_last_operator_loses_the_login_and_not_the_post(world: World) -> None:
    user = world.users["operator"]
    identity.close_leaver(actor=identity.gatekeeper(world.id), at=at(), user_id=user.pk, because=Closed.LIST)
    assert not User.objects.get(pk=user.pk).is_active
    assert posts(user) == [("operator", "1")]


# --- a provider that is not what it says
def test_a_provider_that_names_another_issuer_lets_nobody_in(house: Provider, world: World, caplog: pytest.LogCaptureFixture) -> None:
    house.knows("s-10", name="Ole Dohle", groups=["jc-eingang"])
    held = replace(secrets.current(), oidc_url=house.url, oidc_client="hilfefrei", oidc_secret="geheim")
    entered = oidc(held)
    settings = entered["openid_connect"]["APPS"][0]["settings"]
    settings["openid_configuration_overrides"] = {"issuer": "https://anmelden.fremd.example"}
    client = Client()
    away = client.get("/anmelden/haus/")["Location"]
    with override_settings(SOCIALACCOUNT_PROVIDERS=entered), caplog.at_level(logging.ERROR):
        answer = client.get("/anmelden/haus/")
        assert answer.status_code == 502, "not even sent there"
        assert "gibt sich für einen anderen aus" in answer.content.decode()
        assert "another issuer" in caplog.text
        back = urlsplit(house.agree(away, "s-10"))
        assert client.get(f"{back.path}?{back.query}").status_code == 502
    assert not User.objects.filter(subject="s-10").exists()
    del settings["openid_configuration_overrides"]
    settings["server_url"] = house.url + "/.well-known/openid-configuration"
    with override_settings(SOCIALACCOUNT_PROVIDERS=entered):
        assert house.log_in(Client(), "s-10").status_code == 302, "the whole address is no other name"


@pytest.mark.parametrize("how", ["unsigned", "with our password", "with another key"])
def test_a_token_without_the_signature_of_the_provider_lets_nobody_in(house: Provider, world: World, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    house.knows("s-11", name="Ole Dohle", groups=["jc-eingang"])
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forge = {
        "unsigned": lambda told: jwt.encode(told, None, algorithm="none"),
        "with our password": lambda told: jwt.encode(told, "geheim" * 8, algorithm="HS256"),
        "with another key": lambda told: jwt.encode(told, other, algorithm="RS256"),
    }[how]
    real = OpenID._decode_id_token
    tokens = []

    def swapped(self: OpenID, app: object, id_token: str) -> dict[str, object]:
        tokens.append(id_token)
        told = jwt.decode(id_token, options={"verify_signature": False})
        return real(self, app, forge(told))

    monkeypatch.setattr(OpenID, "_decode_id_token", swapped)
    answer = house.log_in(Client(), "s-11")
    assert tokens, "the provider sends one"
    assert answer.status_code == 502
    assert "nicht geklappt" in answer.content.decode()
    assert not User.objects.filter(subject="s-11").exists()
