"""The own module in a real browser: an expired session, a dead server, a draft, a key."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django_scopes import scopes_disabled
from playwright.sync_api import Page, Route, expect

from tests.support.server import Server
from tests.world import PASSWORD, World

FORM = """<form method="post" action="/passwort/" id="probe" data-draft="entry-1/work" data-main>
<input type="hidden" name="version" value="3"><label>Beruf <input name="job"></label>
<label><input type="checkbox" name="days" value="mo"> Mo</label><label><input type="checkbox" name="days" value="di"> Di</label>
<label>Geheim <input type="password" name="password"></label><button type="submit">Speichern</button></form>
<table data-rows><tbody><tr><td><a href="#1">eins</a></td></tr><tr><td><a href="#2">zwei</a></td></tr></tbody></table>"""


@pytest.fixture
def entered(page: Page, served: World) -> Page:
    """Logged in at the counter, on the own account page with a form for drafts added to it."""
    page.goto("/anmelden/?next=/konto/")
    page.get_by_label("Anmeldename").fill("entrance")
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()

    def with_form(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", FORM + "</main>"))

    page.route("**/konto/", with_form)
    page.goto("/konto/")
    return page


def expire() -> None:
    with scopes_disabled():
        Session.objects.all().delete()


def fill_new_password(page: Page, new: str) -> None:
    page.goto("/passwort/")
    page.locator("[name=oldpassword]").fill(PASSWORD)
    page.locator("[name=password1]").fill(new)
    page.locator("[name=password2]").fill(new)


def test_after_an_expired_session_one_logs_in_on_the_page_and_the_answer_is_taken(entered: Page, axe: Callable[[Page], None]) -> None:
    new = "Vier-neue-Woerter-2026"
    fill_new_password(entered, new)
    expire()
    entered.get_by_role("button", name="Passwort ändern").click()
    dialog = entered.get_by_role("dialog", name="Bitte melden Sie sich noch einmal an")
    expect(dialog).to_be_visible()
    axe(entered)
    dialog.get_by_label("Anmeldename").fill("entrance")
    dialog.get_by_label("Passwort", exact=True).fill("falsch")
    dialog.get_by_role("button", name="Anmelden").click()
    expect(dialog.get_by_role("alert")).to_contain_text("passen nicht zusammen")
    dialog.get_by_label("Passwort", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Anmelden").click()
    expect(dialog).to_be_hidden()
    entered.wait_for_load_state()
    expect(entered.get_by_role("status").filter(has_text="Passwort")).to_be_visible()
    expire()
    entered.goto("/anmelden/")
    entered.get_by_label("Anmeldename").fill("entrance")
    entered.get_by_label("Passwort", exact=True).fill(new)
    entered.get_by_role("button", name="Anmelden", exact=True).click()
    expect(entered.locator(".hf-user__name")).to_have_text("Nele Eisvogel")


def test_the_answer_is_not_sent_in_somebody_elses_name(entered: Page) -> None:
    fill_new_password(entered, "Vier-neue-Woerter-2026")
    expire()
    entered.get_by_role("button", name="Passwort ändern").click()
    dialog = entered.get_by_role("dialog")
    dialog.get_by_label("Anmeldename").fill("coach")
    dialog.get_by_label("Passwort", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Anmelden").click()
    expect(entered.locator("#toasts")).to_contain_text("Jetzt ist jemand anderes angemeldet.")
    assert entered.locator("[name=password1]").input_value() == "Vier-neue-Woerter-2026"


@pytest.mark.one_database
def test_a_dead_server_is_said_and_what_was_typed_stays(entered: Page, server: Server) -> None:
    fill_new_password(entered, "Vier-neue-Woerter-2026")
    server.kill()
    entered.get_by_role("button", name="Passwort ändern").click()
    expect(entered.locator("#toasts")).to_contain_text("Keine Verbindung. Ihre Eingaben sind noch da.")
    assert entered.locator("[name=password1]").input_value() == "Vier-neue-Woerter-2026"
    server.restart()
    entered.get_by_role("button", name="Passwort ändern").click()
    expect(entered.get_by_role("status").filter(has_text="Passwort")).to_be_visible()


@pytest.mark.one_database
def test_a_draft_comes_back_after_the_page_was_lost_and_goes_with_logging_out(entered: Page) -> None:
    entered.get_by_label("Beruf").fill("Verkäuferin")
    entered.get_by_label("Di", exact=True).check()
    entered.get_by_label("Geheim").fill("nie speichern")
    assert "nie speichern" not in entered.evaluate("JSON.stringify(sessionStorage)")
    entered.goto("/konto/")
    expect(entered.locator("#toasts")).to_contain_text("Ihre nicht gespeicherten Eingaben sind wieder da.")
    expect(entered.get_by_label("Beruf")).to_have_value("Verkäuferin")
    expect(entered.get_by_label("Di", exact=True)).to_be_checked()
    expect(entered.get_by_label("Mo", exact=True)).not_to_be_checked()
    entered.get_by_role("button", name="Verwerfen").click()
    expect(entered.get_by_label("Beruf")).to_have_value("")
    entered.goto("/konto/")
    expect(entered.get_by_label("Beruf")).to_have_value("")

    entered.get_by_label("Beruf").fill("Koch")
    entered.locator(".hf-user summary").click()
    entered.get_by_role("button", name="Abmelden").click()
    expect(entered.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert "Koch" not in entered.evaluate("JSON.stringify(sessionStorage)")
    assert entered.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('hf:'))") == []


@pytest.mark.one_database
def test_keys_lead_to_search_and_rows_and_can_be_switched_off(entered: Page) -> None:
    first = entered.get_by_role("link", name="eins")
    first.focus()
    entered.keyboard.press("j")
    expect(entered.get_by_role("link", name="zwei", exact=True)).to_be_focused()
    entered.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    entered.locator(".hf-user summary").click()
    entered.get_by_role("button", name="Tastenkürzel ausschalten").click()
    entered.keyboard.press("Escape")
    first.focus()
    entered.keyboard.press("j")
    expect(first).to_be_focused()
    entered.keyboard.press("ArrowDown")
    expect(entered.get_by_role("link", name="zwei", exact=True)).to_be_focused()


@pytest.mark.one_database
def test_control_enter_sends_the_form_one_is_in(entered: Page) -> None:
    entered.get_by_label("Beruf").fill("Koch")
    with entered.expect_request(lambda request: request.method == "POST" and request.url.endswith("/passwort/")):
        entered.get_by_label("Beruf").press("Control+Enter")


def test_a_double_click_sends_once(entered: Page) -> None:
    sent = []
    entered.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    fill_new_password(entered, "zu kurz")
    entered.get_by_role("button", name="Passwort ändern").dblclick()
    expect(entered.get_by_role("alert")).to_be_focused()
    assert len(sent) == 1


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)])
def test_login_and_frame_stand_the_check(
    new_page: Callable[..., Page], served: World, axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    page.goto("/anmelden/?next=/konto/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="anmelden als Tim Goldammer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Konto")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_address_of_a_button_is_answered_in_words(entered: Page, server: Server) -> None:
    """With a real server: in the test room a scope is open that no page of an error may lean on."""
    answer = entered.goto(f"{server.url}/suche/")
    assert answer is not None
    assert answer.status == 405
    expect(entered.get_by_role("heading", name="Unter dieser Adresse ist nichts zu sehen")).to_be_visible()


# What a finger hits: a choice by its label, the rest by itself. Links in a line of text are as high as the line.
SMALL = """() => [...document.querySelectorAll('button, summary, select, input:not([type=hidden]), textarea, a.kern-btn')]
    .map((field) => (field.matches('[type=radio], [type=checkbox]') && field.closest('label')) || field)
    .filter((hit) => hit.checkVisibility() && hit.getBoundingClientRect().height > 0 && hit.getBoundingClientRect().height < 44)
    .map((hit) => `${Math.round(hit.getBoundingClientRect().height)} px: ${hit.textContent.trim().slice(0, 40) || hit.name}`)"""


@pytest.mark.one_database
def test_on_a_phone_whatever_is_pressed_or_filled_in_is_44_px_high(new_page: Callable[..., Page], served: World) -> None:
    page = new_page(width=360)
    page.goto("/anmelden/")
    found = {"/anmelden/": page.evaluate(SMALL)}
    for name, paths in {
        "entrance": ("/konto/", "/passwort/", "/personen/", "/eingang/erstkontakt/"),
        "operator": ("/einrichtung/zugaenge/", "/einrichtung/zugaenge/neu/", "/einrichtung/zugaenge/gruppen/"),
        "data_protection": ("/datenschutz/zugriffe/",),
    }.items():
        page.context.clear_cookies()
        page.goto("/anmelden/?next=/konto/")
        page.get_by_label("Anmeldename").fill(name)
        page.get_by_label("Passwort", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Anmelden", exact=True).click()
        expect(page.get_by_role("heading", name="Mein Konto")).to_be_visible()
        for path in paths:
            page.goto(path)
            found[path] = page.evaluate(SMALL)
    assert {path: small for path, small in found.items() if small} == {}
