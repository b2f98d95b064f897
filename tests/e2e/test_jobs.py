"""The exchange and its deliveries in a real browser: nothing for axe to find, nothing runs out of the page, a file goes in by hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hilfefrei.apps.vacancies import domain
from hilfefrei.apps.vacancies.models import Vacancy
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import World, at

OWN = b"reference;title;employer;place;plz\r\nK-1;Lagerhelfer/in;Rotmilan Logistik;Osterode;37520\r\nK-2;;Harzfaden;Herzberg;37412\r\n"
FILE = b"Nummer;Stelle;Betrieb;Ort;PLZ;Stunden von;Lohn von;Einheit\r\nK-1;Lagerhelfer/in;Rotmilan Logistik;Osterode;37520;30;14,50;Stunde\r\nK-2;;Harzfaden;Herzberg;37412;20;13,90;Stunde\r\n"


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_pages_stand_the_check(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    desk.five_vacancies(served)
    entry = desk.talking(served)
    desk.answer(served, entry, "work", "time")
    staged = domain.stage_delivery(actor=served.actor("employer_service"), at=at(8, 0), file_name="stellen.csv", content=OWN)
    vacancy = Vacancy.objects.order_by("title", "pk")[0].pk
    for who, paths in (
        ("entrance", ["/stellen/", f"/stellen/?entry={entry.pk}", f"/stellen/{vacancy}/", "/stellen/neu/", "/stellen/?q=gibtesnicht"]),
        ("employer_service", ["/stellen/lieferungen/", f"/stellen/lieferungen/{staged.pk}/", f"/stellen/lieferungen/{staged.pk}/zeilen/"]),
    ):
        page = new_page(width=width, dark=dark)
        enter(page, who)
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            axe(page)


def test_a_file_is_mapped_looked_at_taken_over_and_taken_back(served: World, page: Page, axe: Callable[[Page], None]) -> None:
    enter(page, "employer_service")
    page.goto("/stellen/lieferungen/")
    page.get_by_label("Datei").set_input_files({"name": "stellen.csv", "mimeType": "text/csv", "buffer": FILE})
    page.get_by_role("button", name="Datei prüfen").click()
    page.wait_for_url("**/spalten/")
    axe(page)
    page.get_by_label("Name der Zuordnung").fill("Partner im Harz")
    page.get_by_role("button", name="Zuordnen und prüfen").click()
    expect(page.get_by_role("button", name="1 Änderung übernehmen").first).to_be_visible()
    axe(page)
    assert not Vacancy.objects.exists(), "looked at, not yet taken over"
    page.get_by_role("button", name="1 Änderung übernehmen").first.press("Enter")
    expect(page.get_by_role("button", name="Lieferung zurücknehmen")).to_be_visible()
    assert list(Vacancy.objects.values_list("title", "state")) == [("Lagerhelfer/in", "open")]
    page.get_by_role("button", name="Lieferung zurücknehmen").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("zurückgenommen")
    assert not Vacancy.objects.filter(state="open").exists()
