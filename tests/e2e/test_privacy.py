"""The field catalogue in a real browser: nothing for axe to find, readable on a phone, and whole on paper."""

import io
from collections.abc import Callable
from unicodedata import normalize

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.e2e.test_first_contact import enter
from tests.world import World

PATH = "/datenschutz/felder/"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    enter(page, "data_protection")
    for path in (f"{PATH}?zone=health", f"{PATH}?q=Blutgruppe", PATH):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
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
