"""A broken delivery and the repaired one, in a real browser: nothing for axe to find, readable on a phone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.apps.benefits.packages import AS_OF, base, packed, receipt
from tests.e2e.test_first_contact import enter
from tests.world import World

# Looks and words: the database decides nothing here.
pytestmark = pytest.mark.one_database

PATH = "/leistung/lieferungen/"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_broken_delivery_and_the_repaired_one(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], tmp_path: Path, width: int, dark: bool
) -> None:
    wrong = base()
    wrong["bezug"][3] = receipt("B2", "K2", bis=AS_OF - timedelta(days=900))
    (tmp_path / "kaputt.zip").write_bytes(packed(wrong))
    (tmp_path / "heil.zip").write_bytes(packed(base()))
    page = new_page(width=width, dark=dark)

    def look() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        axe(page)

    enter(page, "benefits")
    page.goto(PATH)
    look()
    page.get_by_label("Datei", exact=True).set_input_files(tmp_path / "kaputt.zip")
    page.get_by_role("button", name="Datei prüfen").click()
    expect(page.get_by_role("heading", name="24 Änderungen")).to_be_visible()
    look()
    page.get_by_role("link", name="1 Zeile: Ende vor Beginn").click()
    expect(page.get_by_text("Abhilfe:")).to_be_visible()
    look()
    page.go_back()
    page.get_by_role("button", name="24 Änderungen übernehmen").click()
    expect(page.get_by_role("heading", name="Übernommen: 24 Änderungen")).to_be_visible()
    page.goto(PATH)
    page.get_by_label("Datei", exact=True).set_input_files(tmp_path / "heil.zip")
    page.get_by_role("button", name="Datei prüfen").click()
    expect(page.get_by_role("heading", name="1 Änderung")).to_be_visible()
    page.get_by_role("button", name="1 Änderung übernehmen").click()
    page.get_by_role("button", name="Lieferung zurücknehmen").click()
    expect(page.get_by_role("heading", name="Zurückgenommen, alles ist wie vorher")).to_be_visible()
    look()
