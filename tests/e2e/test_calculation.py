"""A calculation in the browser: a job is tried, the sheet is printed, the facts are handed in; on a screen and on a phone."""

import os
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import MemberRole
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import TODAY, World, at

pytestmark = pytest.mark.one_database
# The first calculation of a process reads the law.
SLOW = 60_000


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_job_is_tried_and_the_facts_are_handed_in(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    person = desk.applicant(served, "Jana", "Silberdistel").person
    for name, birth, role in (("Uwe", date(1991, 1, 1), MemberRole.PARTNER), ("Mia", date(2015, 1, 1), MemberRole.CHILD), ("Jon", date(2021, 3, 12), MemberRole.CHILD)):
        people.add_member(actor=served.actor("entrance"), at=at(9), person_id=person.pk, role=role, valid_from=TODAY, first_name=name, last_name="Silberdistel", birth_date=birth)
    page = new_page(width=width, dark=dark)
    page.set_default_timeout(SLOW)
    shots = os.environ.get("SHOTS", "")

    def shot(name: str) -> None:
        if shots:
            page.screenshot(path=f"{shots}/{name}-{width}.png", full_page=True)

    enter(page, "entrance")
    page.goto(f"/personen/{person.pk}/")
    page.get_by_role("link", name="Berechnung", exact=True).click()
    expect(page.get_by_role("heading", name="Berechnung", exact=True)).to_be_visible(timeout=SLOW)
    shot("a-leer")
    axe(page)
    page.get_by_label("Kaltmiete", exact=True).fill("500")
    page.get_by_label("Nebenkosten", exact=True).fill("100")
    page.get_by_label("Heizung", exact=True).fill("heute")
    jana = page.get_by_role("region", name="Jana", exact=True)
    jana.get_by_label("Lohn brutto im Monat").fill("520")
    page.get_by_label("Stunden je Woche").fill("39")
    page.get_by_label("Lohn je Stunde").fill("15,80")
    page.get_by_role("button", name="Rechnen", exact=True).first.click()
    expect(page.get_by_text("Noch nicht gerechnet.")).to_be_visible(timeout=SLOW)
    axe(page)
    page.get_by_label("Heizung", exact=True).fill("100")
    page.get_by_role("button", name="Rechnen", exact=True).first.click()
    expect(page.get_by_role("heading", name="Was wäre, wenn: Jana verdient 2.670,20 € brutto")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("img", name="Verfügbares Geld im Monat").locator("visible=true")).to_have_count(1)
    expect(page.get_by_text("Beratung, keine Entscheidung").first).to_be_visible()
    page.get_by_text("Tabelle", exact=False).first.click()
    page.locator("summary", has_text="Einkommen: Jana").click()
    shot("c-ergebnis")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.context.expect_page(timeout=SLOW) as sheet:
        page.get_by_role("button", name="Rechenbogen drucken").click()
    sheet.value.close()
    page.get_by_label("gilt ab").fill("1.9.2026")
    page.get_by_label("Woher wir es wissen").select_option("person")
    page.get_by_role("button", name="Angaben übernehmen").click()
    expect(page.get_by_role("heading", name="Angaben, Fassung 1")).to_be_visible(timeout=SLOW)
    shot("d-angaben")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
