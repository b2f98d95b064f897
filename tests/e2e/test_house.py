"""The log-in of the house in a real browser, against a real provider process: there, back, turned away, out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.org import identity
from tests.support.provider import Provider, provider
from tests.world import World, at

Axe = Callable[[Page], None]
NAME = "Anmeldung des Hauses"

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Runs before the server, which is told of it."""
    with provider(tmp_path / "provider.log") as running:
        monkeypatch.setenv("HILFEFREI_OIDC_URL", running.url)
        monkeypatch.setenv("HILFEFREI_OIDC_CLIENT", "hilfefrei")
        monkeypatch.setenv("HILFEFREI_OIDC_SECRET", "geheim")
        yield running


@pytest.fixture
def mapped(house: Provider, served: World) -> World:
    identity.add_group_role(actor=served.actor("operator"), at=at(), group="jc-eingang", team_id=served.teams["via"].pk, role=Role.ENTRANCE)
    house.knows("s-1", given_name="Mara", family_name="Feldlerche", groups=["jc-eingang"])
    house.knows("s-2", given_name="Ida", family_name="Fremd", groups=["kantine"])
    return served


def at_the_provider(page: Page, subject: str) -> None:
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_there_and_back_and_again_when_the_session_is_over(page: Page, mapped: World, house: Provider, axe: Axe) -> None:
    page.goto("/anmelden/?next=/konto/")
    axe(page)
    page.get_by_role("link", name=NAME).press("Enter")
    at_the_provider(page, "s-1")
    expect(page.get_by_role("heading", name="Mein Konto")).to_be_visible()
    expect(page.locator(".hf-user__name")).to_have_text("Mara Feldlerche")
    expect(page.get_by_text("Sie melden sich über das Haus an.")).to_be_visible()
    axe(page)
    page.goto("/eingang/erstkontakt/")
    page.locator("[name=name]").fill("Wiebke Silberdistel")
    with scopes_disabled():
        Session.objects.all().delete()
    page.get_by_role("button", name="Erfassen").click()
    dialog = page.get_by_role("dialog", name="Bitte melden Sie sich noch einmal an")
    expect(dialog.get_by_role("link", name=NAME)).to_be_visible()
    axe(page)


def test_who_has_no_group_is_told_and_stays_out(page: Page, mapped: World, house: Provider, axe: Axe) -> None:
    page.goto("/anmelden/")
    page.get_by_role("link", name=NAME).click()
    at_the_provider(page, "s-2")
    expect(page.get_by_role("heading", name="Für Sie gibt es hier keinen Zugang")).to_be_visible()
    axe(page)
    page.goto("/konto/")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


def test_who_turns_back_is_told(page: Page, mapped: World, house: Provider, axe: Axe) -> None:
    page.goto("/anmelden/")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="Deny").click()
    # This provider does not say for which log-in it says no; others do, and then the page says "abgebrochen" (tests/www/test_house.py).
    expect(page.get_by_role("heading", name="Die Anmeldung über das Haus hat nicht geklappt")).to_be_visible()
    axe(page)


def test_a_provider_that_is_away_is_told(page: Page, mapped: World, house: Provider, axe: Axe) -> None:
    house.process.stop()
    page.goto("/anmelden/")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", name="Der Anmeldedienst antwortet nicht")).to_be_visible()
    axe(page)
