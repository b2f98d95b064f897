"""The entrance in a real browser, by keyboard: first contact, receipt, board."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page

from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import leave
from hilfefrei.apps.intake.workflows import LeaveAct
from tests import desk
from tests.world import PASSWORD, World, at


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


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_what_is_asked_at_the_counter_and_what_reaches_benefits(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    served.person("Mika", "Hainbuche", birth_date=date(2020, 11, 24))
    gone = desk.applicant(served)
    leave.record_leave(
        actor=served.actor(), at=at(9, 20), entry_id=gone.pk, act=LeaveAct.WITHDRAWN, words="x", rights=list(leave.RIGHTS), signed=True
    )
    desk.talking(served, taken := desk.applicant(served, "Marta", "Kirschbaum"), who="colleague")
    desk.answer(served, taken, who="colleague")
    entry_verbs.take(actor=served.actor("colleague"), at=at(9, 40), entry_id=desk.applicant(served, "Emre", "Wiesenklee").pk)

    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    axe(page)
    page.get_by_role("link", name="von Sperling übernehmen").click()
    axe(page)
    page.get_by_role("button", name="Ja, übernehmen").click()
    page.wait_for_url("**/eingang/")
    page.goto("/eingang/erstkontakt/")
    page.get_by_label("Geld zum Leben").focus()
    page.keyboard.press("Space")
    page.locator("input[name=name]").fill("Hainbuche, Mika")
    page.locator("input[name=birth_date]").fill("24.11.2020")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Niemand davon, neu anlegen").wait_for()
    axe(page)
    page.get_by_role("button", name="Das ist die Person").click()
    page.get_by_text("gewählt", exact=True).wait_for()
    page.locator("input[name=representative]").fill("Wiebke Hainbuche")
    page.locator("select[name=relation]").select_option("Mutter")
    page.locator("input[name=birth_date]").fill("25.11.2020")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Mika Hainbuche steht auf der Liste").wait_for()
    axe(page)
    with page.context.expect_event("response", predicate=lambda answer: answer.url.endswith(".pdf")):
        page.get_by_role("button", name="Bestätigung drucken").click()
    assert Application.objects.get(applicant__first_name="Mika").receipt_at is not None

    office = new_page(width=width, dark=dark)
    enter(office, "benefits")
    office.goto("/leistung/")
    axe(office)
    office.goto(f"/leistung/antrag/{taken.application_id}/")
    axe(office)
    office.get_by_role("button", name="gesehen").first.click()
    office.get_by_role("button", name="zurück").first.wait_for()
    office.goto("/leistung/")
    office.locator("section[aria-labelledby=d-h]").get_by_role("button", name="bestätigen").click()
    office.get_by_text("Antrag zurückgenommen: bestätigt.").wait_for()
    axe(office)
