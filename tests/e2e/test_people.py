"""The pages of a person in a real browser: nothing for axe to find, readable on a phone, usable by keyboard."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from hilfefrei.apps.people import domain
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ChannelKind, MemberRole, RestrictionKind, Stay
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import TODAY, World, at


def _filled(world: World) -> Person:
    person = desk.talking(world).person
    domain.add_member(
        actor=world.actor(), at=at(), person_id=person.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Jonte", birth_date=date(2015, 2, 2),
        stay=Stay.PART,
    )
    domain.set_channel(actor=world.actor(), at=at(), person_id=person.pk, kind=ChannelKind.MOBILE, value="0171 39200 61", valid_from=TODAY)
    world.person("Jana", "Silberdistl")
    guarded = world.person("Wiebke", "Hainbuche")
    domain.restrict(actor=world.actor("colleague"), at=at(), person_id=guarded.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    return person


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    person = _filled(served)
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    ends = ("", "?verlauf=alles", "angaben/", "melden/", "kontakt/", "anschrift/", "einwilligungen/", "haushalt/", "schutz/", "doppelt/")
    for path in (
        "/personen/", "Silberdistel", "niemand", "Wiebke Hainbuche 12.04.1992", "/personen/geschuetzt/", *(f"/personen/{person.pk}/{end}" for end in ends),
    ):  # fmt: skip
        if path.startswith("/"):
            page.goto(path)
        else:
            page.goto("/personen/")
            page.locator("main input[name=q]").fill(path)
            page.keyboard.press("Enter")
            page.wait_for_url("**/personen/?s=*")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        axe(page)


def test_by_keyboard_from_anywhere_to_a_corrected_name(served: World, page: Page) -> None:
    person = served.person("Jana", "Silberdistel")
    enter(page, "entrance")
    page.keyboard.press("/")
    page.keyboard.type("silberdiestel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/personen/?s=*")
    link = page.get_by_role("link", name="Jana Silberdistel")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jana Silberdistel")
    page.get_by_role("link", name="Berichtigen", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Geburtsname").focus()
    page.keyboard.type("Weißdorn")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Berichtigt.")).to_be_visible()
    assert Person.objects.get(pk=person.pk).birth_name == "Weißdorn"
