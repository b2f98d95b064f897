"""The field catalogue in a real browser: nothing for axe to find, readable on a phone, and whole on paper."""

import io
from collections.abc import Callable
from unicodedata import normalize

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.test_first_contact import enter
from tests.world import World

# Looks and words: the database decides nothing here.
pytestmark = pytest.mark.one_database

PATH = "/datenschutz/felder/"
ACCESSES = "/datenschutz/zugriffe/"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    enter(page, "data_protection")
    for path in (f"{PATH}?zone=health", f"{PATH}?q=Blutgruppe", f"{PATH}?tabelle=people.Person", PATH):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if path != PATH:
            # All fields in one page are the same kinds of rows seven hundred times.
            axe(page)


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (360, False)])
def test_two_keys_open_the_accesses_of_a_colleague(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    asking, agreeing = new_page(width=width, dark=dark), new_page(width=width, dark=dark)
    enter(asking, "data_protection")
    asking.goto(ACCESSES)
    axe(asking)
    asking.get_by_label("Was hat diese Kollegin").check()
    asking.get_by_label("Kollegin oder Kollege", exact=True).select_option(label=served.users["entrance"].get_full_name())
    asking.get_by_label("von", exact=True).fill("24.11.2026")
    asking.get_by_label("bis", exact=True).fill("24.11.2026")
    asking.get_by_label("Anlass").fill("Beschwerde 7/2026")
    asking.get_by_role("button", name="Um Zustimmung bitten").click()
    expect(asking.get_by_text("Zustimmen muss: Personalrat")).to_be_visible()
    enter(agreeing, "staff_council")
    agreeing.goto(ACCESSES)
    agreeing.get_by_role("link", name=served.users["entrance"].get_full_name()).click()
    axe(agreeing)
    agreeing.get_by_role("button", name="Zustimmen").click()
    expect(agreeing.locator("#toasts")).to_contain_text("Zugestimmt")
    for page in (agreeing, asking):
        page.goto(agreeing.url)
        expect(page.get_by_role("heading", name="Zugriffe")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        axe(page)


def test_on_paper_every_page_has_its_heads_and_no_field_is_lost(served: World, page: Page) -> None:
    enter(page, "data_protection")
    page.goto(f"{PATH}?zone=contact")
    wanted = page.locator("table tbody th .hf-small").all_inner_texts()
    assert len(wanted) > 80
    # The font joins f and i to one sign.
    sheets = [
        " ".join(normalize("NFKC", sheet.extract_text()).split())
        for sheet in PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    ]
    assert len(sheets) > 3
    whole = " ".join(sheets)
    assert [name for name in wanted if name not in whole] == []
    assert "Suchen" not in whole, "the search stays on the screen"
    rows = [
        sheet for sheet in sheets if any(name in sheet for name in ("safe_contact", "no_letters", "needs_interpreter", "is_safe"))
    ]
    assert len(rows) > 1
    assert all("Zweck und Grundlage" in sheet for sheet in rows), "the head of the table stands on each page"
