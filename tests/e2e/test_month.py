"""The controller's last working day, and asking how it goes: in a real browser, on a screen and on a phone."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from hilfefrei.apps.benefits.models import Receipt
from hilfefrei.apps.intake.domain import facts
from hilfefrei.apps.intake.workflows import FactKind
from tests import desk
from tests.apps.reporting.world import build
from tests.e2e.test_first_contact import enter
from tests.world import World, at

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_month_is_asked_closed_and_put_right(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    build(served, 5, people=60)
    page = new_page(width=width, dark=dark)
    enter(page, "controller")
    expect(page.get_by_role("heading", name="Oktober 2026", exact=True)).to_be_visible()
    expect(page.get_by_text("Datenstand 20.11.2026, nicht abgeschlossen, heute berechnet").first).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Personen im Bezug", exact=True).click()
    expect(page.get_by_role("heading", name="Was die Zahl sagt")).to_be_visible()
    expect(page.get_by_role("img", name="Personen im Bezug, Verlauf").locator("visible=true")).to_have_count(1)
    page.get_by_text("Tabelle", exact=False).last.click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/monat/?monat=2026-10")
    page.get_by_role("button", name="Monat abschließen").click()
    expect(page.get_by_text("abgeschlossen am 24.11.2026").first).to_be_visible()
    gone = Receipt.objects.filter(starts__lte=date(2026, 10, 1), ends=None).order_by("id")[0]
    gone.ends, gone.end_reason = date(2026, 10, 9), "death"
    gone.save()
    # Nothing was written by a verb, so the figures are computed anew with the next one.
    desk.applicant(served, "Uwe", "Bachkiesel")
    page.reload()
    expect(page.get_by_role("heading", name="Seit dem Abschluss sagen die Daten etwas anderes")).to_be_visible()
    axe(page)
    page.get_by_label("Was hat sich warum geändert?").fill("Sterbefall nachgemeldet")
    page.get_by_role("button", name="Berichtigen").click()
    expect(page.get_by_role("heading", name="Berichtigt nach dem Abschluss")).to_be_visible()
    expect(page.get_by_text("Sterbefall nachgemeldet").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_the_page_has_no_caseload(served: World, page: Page) -> None:
    build(served, 5, people=40)
    desk.applicant(served)
    enter(page, "director")
    page.goto("/monat/")
    words = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages).split())
    assert "Oktober 2026" in words
    assert "je volle Stelle" not in words


@pytest.mark.parametrize("width", [1280, 360])
def test_asking_how_it_goes_by_keyboard(served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int) -> None:
    way = desk.applicant(served)
    facts.add_fact(actor=served.actor(), at=at(9, 10), person_id=way.person_id, kind=FactKind.WORK, since=date(2026, 10, 24), source="sagt sie selbst")
    page = new_page(width=width)
    enter(page, "entrance")
    page.goto("/nachfragen/")
    axe(page)
    page.get_by_role("link", name="eintragen").press("Enter")
    page.get_by_label("Was kam heraus?").select_option("still")
    axe(page)
    page.get_by_label("in einem Satz").press("Enter")
    expect(page.get_by_text("noch in dieser Arbeit")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
