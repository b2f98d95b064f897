"""The pages of benefits in a real browser, with everything that can be taken back standing open."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from hilfefrei.apps.benefits import domain
from hilfefrei.apps.benefits.workflows import UrgentKind
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import World, at


def _filled(world: World) -> str:
    """The page of one application: one report confirmed, one done, one waiting; the application confirmed with a number, and complete."""
    entry = desk.applicant(world, urgent=(UrgentKind.NO_MONEY, UrgentKind.NO_ROOF, UrgentKind.VIOLENCE))
    office = world.actor("benefits")
    assert entry.application_id is not None
    domain.confirm_application(actor=office, at=at(9, 10), application_id=entry.application_id, file_number="4817-26")
    domain.mark_complete(actor=office, at=at(9, 11), application_id=entry.application_id, complete=True)
    money, roof, _ = entry.person.urgent_reports.order_by("kind")
    domain.confirm_report(actor=office, at=at(9, 12), report_id=money.pk, result="Barcode ab 13 Uhr")
    domain.close_report(actor=office, at=at(9, 13), report_id=roof.pk, result="Vermieter angerufen")
    return f"/leistung/antrag/{entry.application_id}/"


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    url = _filled(served)
    page = new_page(width=width, dark=dark)
    enter(page, "benefits")
    for path in ("/leistung/", url):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        axe(page)
