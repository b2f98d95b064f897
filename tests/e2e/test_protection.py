"""Numbers in the place of names, folded telephone numbers, no safe number: nothing for axe to find, readable on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.people import domain
from hilfefrei.apps.people.workflows import ChannelKind, RestrictionKind
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import TODAY, World, at


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    shut = desk.applicant(served, "Wanda", "Tollkirsche")
    one = desk.applicant(served, "Jana", "Silberdistel", urgent=(UrgentKind.VIOLENCE,))
    domain.set_channel(
        actor=served.actor(), at=at(), person_id=one.person_id, kind=ChannelKind.PHONE, value="0171 39200 81", is_safe=False, valid_from=TODAY
    )
    date_ = desk.information(served, days=1)
    dates.book_seat(actor=served.actor(), at=at(7, 30), date_id=date_.pk, entry_id=one.pk)
    dates.cancel_date(actor=served.actor("operator"), at=at(9, 20), date_id=date_.pk, reason="Raum gesperrt")
    domain.restrict(
        actor=served.actor("via_lead"), at=at(9, 30), person_id=shut.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle",
        phone="0171 39200 60",
    )  # fmt: skip
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    lists = ("/eingang/", "/eingang/schichtende/", f"/via/termin/{date_.pk}/anrufen/")
    for path in (
        *lists, f"/eingang/not/{one.person_id}/", f"/personen/{one.person_id}/", f"/personen/{one.person_id}/kontakt/",
        "/eingang/?sichtschutz=an", *lists,
    ):  # fmt: skip
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        axe(page)
