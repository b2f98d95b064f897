"""The entrance in a real browser, by keyboard: first contact, receipt, board."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from hilfefrei.apps.benefits.models import Application, UrgentReport
from tests.world import PASSWORD, World


def enter(page: Page, who: str) -> None:
    page.goto("/anmelden/")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.fill("input[name=login]:not([type=hidden])", who)
    page.fill("input[name=password]:not([type=hidden])", PASSWORD)
    page.press("input[name=password]:not([type=hidden])", "Enter")
    page.wait_for_url(lambda url: "anmelden" not in url)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_first_contact_to_board(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    axe(page)
    page.goto("/eingang/erstkontakt/")
    axe(page)
    page.get_by_label("Geld zum Leben").focus()
    page.keyboard.press("Space")
    page.get_by_label("kein Geld").focus()
    page.keyboard.press("Space")
    page.locator("input[name=name]").fill("Wiebke Hainbuche")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "/erstkontakt/" in url and not url.endswith("/erstkontakt/"))
    axe(page)
    application = Application.objects.get()
    assert application.asked_at.minute == 42
    assert UrgentReport.objects.filter(confirmed_at=None).count() == 1
    page.goto("/eingang/")
    assert "Wiebke Hainbuche" in page.content()
    axe(page)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("entrance", "/personen/"),
        ("entrance", "/via/"),
        ("entrance", "/stellen/"),
        ("entrance", "/eingang/gespraeche/"),
        ("benefits", "/leistung/"),
        ("case_manager", "/uebergaben/"),
        ("operator", "/einrichtung/"),
        ("operator", "/einrichtung/raeume/"),
        ("operator", "/einrichtung/abwesenheit/"),
        ("operator", "/einrichtung/teams/"),
        ("operator", "/einrichtung/haus/"),
        ("employer_service", "/stellen/neu/"),
    ],
)
def test_pages_stand_the_check(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], who: str, path: str
) -> None:
    page = new_page()
    enter(page, who)
    page.goto(path)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
