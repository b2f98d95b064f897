"""Security keys in a real browser (Chromium's virtual authenticator), the code in the dialog of an expired session, the pages in axe."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org.models import Jobcenter
from tests.support.server import Server
from tests.world import PASSWORD, TODAY, World, at

NewPage = Callable[..., Page]
Axe = Callable[[Page], None]


@pytest.fixture
def key(page: Page, server: Server) -> dict[str, Any]:
    """A security key that touches itself. WebAuthn wants a name, not an address."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = client.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return {"client": client, "id": made["authenticatorId"], "at": f"http://localhost:{server.port}"}


def log_in(page: Page, base: str = "", who: str = "entrance", to: str = "/konto/zweiter-faktor/") -> None:
    page.goto(f"{base}/anmelden/?next={to}")
    page.get_by_label("Anmeldename").fill(who)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_label("Passwort", exact=False).fill(PASSWORD)
    page.get_by_role("button", name="Bestätigen").click()


def add_key(page: Page, *, passwordless: bool = False) -> None:
    page.get_by_role("link", name="Sicherheitsschlüssel oder Passkey einrichten").click()
    confirm(page)
    page.get_by_label("Name").fill("blauer Stick")
    if passwordless:
        page.get_by_label("auch ohne Passwort anmelden").check()
    page.get_by_role("button", name="Schlüssel einrichten").click()
    expect(page.get_by_role("heading", name="Ersatzcodes")).to_be_visible()


@pytest.mark.one_database
def test_a_security_key_is_the_second_step(page: Page, served: World, key: dict[str, Any], axe: Axe) -> None:
    log_in(page, key["at"])
    expect(page.get_by_role("heading", name="Zweiter Faktor")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Sicherheitsschlüssel oder Passkey einrichten").click()
    expect(page.get_by_role("heading", name="Bitte bestätigen Sie")).to_be_visible()
    axe(page)
    confirm(page)
    expect(page.get_by_role("heading", name="Passkey einrichten")).to_be_visible()
    axe(page)
    page.get_by_label("Name").fill("blauer Stick")
    page.get_by_role("button", name="Schlüssel einrichten").click()
    expect(page.get_by_role("heading", name="Ersatzcodes")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Fertig").click()
    expect(page.get_by_role("rowheader", name="blauer Stick")).to_be_visible()
    page.context.clear_cookies()
    log_in(page, key["at"], to="/konto/")
    expect(page.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()
    expect(page.get_by_text("Das hat nicht geklappt")).to_be_hidden()
    axe(page)
    page.get_by_role("button", name="Sicherheitsschlüssel benutzen").press("Enter")
    expect(page.get_by_role("heading", name="Mein Konto")).to_be_visible()
    axe(page)


@pytest.mark.one_database
def test_a_key_that_is_not_there_says_so_and_a_foreign_one_opens_nothing(page: Page, served: World, key: dict[str, Any]) -> None:
    log_in(page, key["at"])
    add_key(page)
    page.context.clear_cookies()
    key["client"].send("WebAuthn.clearCredentials", {"authenticatorId": key["id"]})
    log_in(page, key["at"], to="/konto/")
    page.get_by_role("button", name="Sicherheitsschlüssel benutzen").click()
    expect(page.get_by_role("alert").filter(has_text="nicht geklappt")).to_be_visible()
    page.goto(f"{key['at']}/konto/")
    expect(page.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()


@pytest.mark.one_database
def test_a_passkey_opens_without_a_password(page: Page, served: World, key: dict[str, Any]) -> None:
    log_in(page, key["at"])
    add_key(page, passwordless=True)
    page.context.clear_cookies()
    page.goto(f"{key['at']}/anmelden/")
    page.get_by_role("button", name="Passkey benutzen").click()
    expect(page.locator(".hf-user__name")).to_have_text("Nele Eisvogel")


def code_of(secret: str, step: int = 0) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step)))


@pytest.mark.one_database
def test_an_expired_session_asks_for_both_steps_on_the_page(page: Page, served: World, axe: Axe) -> None:
    log_in(page)
    page.get_by_role("link", name="App mit Codes einrichten").click()
    confirm(page)
    expect(page.get_by_role("heading", name="App mit Codes einrichten")).to_be_visible()
    axe(page)
    page.emulate_media(color_scheme="dark")
    ground = page.get_by_role("img", name="QR-Code").evaluate("image => getComputedStyle(image).backgroundColor")
    assert ground in {"rgb(255, 255, 255)", "oklch(1 0 0)"}, "no camera reads black on dark"
    page.emulate_media(color_scheme="light")
    secret = re.search(r"[A-Z2-7]{32}", page.locator("code").first.inner_text())
    assert secret
    page.get_by_label("Code aus der App").fill(code_of(secret[0]))
    page.get_by_role("button", name="App einrichten").click()
    expect(page.get_by_role("heading", name="Ersatzcodes")).to_be_visible()
    page.goto("/passwort/")
    page.locator("[name=oldpassword]").fill(PASSWORD)
    page.locator("[name=password1]").fill("Vier-neue-Woerter-2026")
    page.locator("[name=password2]").fill("Vier-neue-Woerter-2026")
    with scopes_disabled():
        Session.objects.all().delete()
    page.get_by_role("button", name="Passwort ändern").click()
    dialog = page.get_by_role("dialog", name="Bitte melden Sie sich noch einmal an")
    dialog.get_by_label("Anmeldename").fill("entrance")
    dialog.get_by_label("Passwort", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Anmelden").click()
    dialog.get_by_label("Code").fill(code_of(secret[0], 1))
    dialog.get_by_role("button", name="Weiter").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Passwort")).to_be_visible()


@pytest.mark.one_database
def test_the_pages_of_the_operator_hold(page: Page, served: World, axe: Axe) -> None:
    org.enter_absence(
        actor=served.actor("operator"), at=at(8), user_id=served.users["buyer"].pk, substitute_id=served.users["bca"].pk, valid_from=TODAY, valid_to=TODAY
    )
    log_in(page, who="operator", to="/einrichtung/zugaenge/")
    expect(page.get_by_role("heading", name="Zugänge")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Eisvogel, Nele").click()
    expect(page.get_by_role("heading", name="Nele Eisvogel")).to_be_visible()
    axe(page)
    page.goto("/einrichtung/zugaenge/gruppen/")
    page.get_by_role("textbox", name="Gruppe").fill("jc-eingang")
    page.get_by_role("button", name="Gruppe eintragen").press("Enter")
    expect(page.get_by_role("rowheader", name="jc-eingang")).to_be_visible()
    axe(page)
    page.goto("/einrichtung/zugaenge/notfall/")
    axe(page)
    page.get_by_role("button", name="Versiegeln").press("Enter")
    expect(page.get_by_role("heading", name="Notfallzugang: bitte jetzt drucken")).to_be_visible()
    axe(page)
    name, words = (page.locator("code").nth(n).inner_text() for n in (0, 1))
    page.context.clear_cookies()
    page.goto("/anmelden/")
    page.get_by_label("Anmeldename").fill(name)
    page.get_by_label("Passwort", exact=True).fill(words)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="ist in Benutzung")).to_be_visible()
    axe(page)


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_what_a_new_house_lacks_and_who_was_reset(new_page: NewPage, served: World, axe: Axe, width: int, dark: bool) -> None:
    Jobcenter.objects.filter(pk=served.id).update(is_demo=False)
    User.objects.filter(pk=served.users["buyer"].pk).update(reset_at=at(8))
    page = new_page(width=width, dark=dark)
    log_in(page, who="operator", to="/einrichtung/")
    steps = page.get_by_role("region", name="Noch einzurichten")
    expect(steps.get_by_role("listitem")).to_have_count(10)
    expect(page.get_by_text("Auf dem Server wurde ein Zugang des Betriebs zurückgesetzt:")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    steps.get_by_role("link", name="Notfallzugang versiegeln").press("Enter")
    expect(page.get_by_role("heading", name="Notfallzugang")).to_be_visible()
    page.get_by_role("button", name="Ich habe es gesehen").press("Enter")
    expect(page.get_by_text("Festgehalten, dass Sie es gesehen haben.")).to_be_visible()
    expect(page.get_by_text("Auf dem Server wurde ein Zugang")).to_have_count(0)
