"""The comparison in a real browser: nothing for axe to find, nothing runs out of the page, a table goes in by hand and back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hilfefrei.apps.reporting.domain import comparison as verbs
from tests.apps.reporting.tables import listed, long
from tests.e2e.test_first_contact import enter
from tests.world import World, at

PLACES = [("23102", "Göttingen", "zkT", "IIb"), ("23106", "Northeim", "gE", "IIb"), ("21124", "Goslar", "gE", "Ia"), ("23406", "Holzminden", "gE", "Ia")]
FILE = "Nr;Wo;Quote\r\n3159;Göttingen;7,14\r\n3155;Northeim;8,20\r\nx;y;viel\r\n".encode("cp1252")


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_pages_stand_the_check(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    enter(page, "controller")
    page.goto("/vergleich/")
    axe(page)
    actor = served.actor("controller")
    values = [(key, f"2026-0{month}", "K1", f"-{month + number},5", "T-3") for number, (key, *_) in enumerate(PLACES) for month in (5, 6, 7)]
    for content in (listed(*PLACES), long(*values, ("nirgends", "2026-07", "K1", "1", "T-3"))):
        staged = verbs.stage_table(actor=actor, at=at(8, 0), file_name="k1.csv", content=content)
        verbs.apply_table(actor=actor, at=at(8, 0), table_id=staged.pk)
    waiting = verbs.stage_table(actor=actor, at=at(8, 0), file_name="kreise.csv", content=FILE)
    for path in (
        "", "?gruppe=alle&sort=name", "kennzahlen/?code=K1", "tabellen/", f"tabellen/{staged.pk}/", f"tabellen/{staged.pk}/zeilen/",
        f"tabellen/{staged.pk}/zeilen/?art=new", f"tabellen/{waiting.pk}/spalten/",
    ):  # fmt: skip
        answer = page.goto(f"/vergleich/{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        axe(page)


@pytest.mark.one_database
def test_a_table_is_mapped_looked_at_taken_over_and_taken_back(served: World, page: Page) -> None:
    enter(page, "controller")
    page.goto("/vergleich/tabellen/")
    page.get_by_label("Datei").set_input_files({"name": "kreise.csv", "mimeType": "text/csv", "buffer": FILE})
    page.get_by_role("button", name="Datei prüfen").click()
    page.wait_for_url("**/spalten/")
    page.get_by_label("Name der Zuordnung").fill("Kreise quer")
    page.get_by_label("Nummer oder Schlüssel des Orts").select_option("Nr")
    page.get_by_label("Name des Orts").select_option("Wo")
    page.get_by_label("Orte sind").select_option("county")
    page.get_by_label("Jahr oder Monat, wenn er nur im Titel steht").fill("2021")
    page.get_by_label("Stand der Daten").fill("2024")
    page.get_by_label("Quote").check()
    page.get_by_role("button", name="Zuordnen und prüfen").click()
    expect(page.get_by_text("„x“ ist kein Kreisschlüssel").or_(page.get_by_text("„viel“ ist keine Zahl")).first).to_be_visible()
    page.get_by_role("button", name="Änderungen übernehmen").first.press("Enter")
    expect(page.get_by_role("button", name="Tabelle zurücknehmen")).to_be_visible()
    page.goto("/vergleich/")
    page.get_by_label("Das sind wir").select_option("03159")
    page.get_by_role("button", name="Merken").press("Enter")
    expect(page.get_by_text("Rang 2 von 2").first).to_be_visible()
    page.goto("/vergleich/tabellen/")
    page.get_by_role("link", name="Kreise quer").click()
    page.get_by_role("button", name="Tabelle zurücknehmen").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("zurückgenommen")
