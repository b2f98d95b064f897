"""Board, week, lists and the operator's pages in a real browser: full of people, by keyboard, wide and narrow, light and dark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Booking, Entry, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, EndKind, EntryState
from hilfefrei.apps.org import domain as org
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import TODAY, World, at


def busy(world: World) -> dict[str, str]:
    """A morning on which everything happens; the addresses of its pages."""
    desk.applicant(world, "Kevin", "Fingerhut", asked=at(8, 15, days=-1), urgent=(UrgentKind.NO_MONEY, UrgentKind.ADVANCE))
    desk.applicant(world, "Ahmad", "Lindenhof", language="ar")
    desk.applicant(world, "Lieselotte", "Eibisch", wishes=("information",), reason="wollte nur fragen")
    late, missed = desk.applicant(world, "Uwe", "Moorlilie"), desk.applicant(world, "Elke", "Pestwurz")
    verbs.later(actor=world.actor(), at=at(), entry_id=late.pk, resume_at=at(13, 30), reason="Hausbesuch")
    verbs.not_reached(actor=world.actor(), at=at(), entry_id=missed.pk)
    desk.talking(world, desk.applicant(world, "Jana", "Silberdistel"))
    date_, gone, slot = desk.information(world, days=0), desk.information(world, days=2), desk.coaching(world, days=3)
    for n, last in enumerate(("Adler", "Goldregen", "Hagebutte")):
        entry = desk.applicant(world, f"Mona {n}", last)
        for seat in (date_, gone):
            dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=seat.pk, entry_id=entry.pk)
        Entry.objects.filter(pk=entry.pk).update(
            state=EntryState.IN_VIA, via_from=TODAY - timedelta(days=7), via_to=TODAY + timedelta(days=20), next_step="Anruf", next_step_at=at(8)
        )
        dates.add_own_application(actor=world.actor(), at=at(), entry_id=entry.pk, employer="Harzfaden", sent_on=TODAY)
    dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=slot.pk, entry_id=entry.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=gone.pk, reason="Heizung")
    org.enter_absence(actor=world.actor("operator"), at=at(), user_id=world.users["coach"].pk, valid_from=TODAY, valid_to=TODAY + timedelta(days=4))
    ended = desk.applicant(world, "Kai", "Pfefferminz")
    Entry.objects.filter(pk=ended.pk).update(state=EntryState.IN_VIA, via_from=TODAY)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=ended.pk, kind=EndKind.WORK, ended_on=TODAY)
    runs_out = desk.in_via(world, desk.applicant(world, "Selma", "Walnuss"))
    Entry.objects.filter(pk=runs_out.pk).update(via_to=TODAY)
    verbs.shift_note(actor=world.actor("colleague"), at=at(), entry_id=late.pk, text="klingelt nicht")
    return {
        "board": "/eingang/",
        "way_out": f"/eingang/antrag/{runs_out.application_id}/",
        "ended": f"/eingang/antrag/{ended.application_id}/",
        "privacy": "/eingang/?sichtschutz=an",
        "delayed": "/eingang/spaeter/",
        "week": "/via/",
        "list": f"/via/termin/{date_.pk}/",
        "walk_in": f"/via/termin/{date_.pk}/#kevin",
        "calls": f"/via/termin/{gone.pk}/anrufen/",
        "own": f"/via/weg/{entry.pk}/bewerbungen/",
        "dates": "/einrichtung/",
        "new": "/einrichtung/termin/neu/",
        "edit": f"/einrichtung/termin/{slot.pk}/",
        "away": "/einrichtung/abwesenheit/",
        "team": f"/einrichtung/teams/{world.teams['via'].pk}/",
        "logins": "/einrichtung/zugaenge/",
        "room": "/einrichtung/raeume/neu/",
        "house": "/einrichtung/haus/",
    }


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_every_page_stands_the_check_full_of_people(
    served: World, new_page: Callable[..., Page], axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    pages = busy(served)
    for who, names in (
        ("entrance", ["board", "privacy", "delayed", "week", "way_out", "ended", "list", "walk_in", "calls", "own", "dates", "edit", "away"]),
        ("operator", ["dates", "new", "edit", "away", "team", "logins", "room", "house"]),
    ):
        page = new_page(width=width, dark=dark)
        enter(page, who)
        for name in names:
            path, _, sought = pages[name].partition("#")
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, name
            if sought:
                page.locator("main input[name=q]").fill(sought)
                page.keyboard.press("Enter")
                page.wait_for_url("**/?s=*")
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_list_by_keyboard(served: World, page: Page) -> None:
    pages = busy(served)
    enter(page, "entrance")
    page.goto(pages["list"])
    page.locator("input[type=radio][value=no_word]").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Was stand im Weg").first.select_option("Bus, Weg")
    page.get_by_role("button", name="Alle übrigen waren da").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Anwesenheit gespeichert.").wait_for()
    date_ = ViaDate.objects.get(pk=pages["list"].split("/")[3])
    states = Booking.objects.filter(date=date_).order_by("entry__person__last_name").values_list("attendance", "obstacle")
    assert list(states) == [(Attendance.NO_WORD, "Bus, Weg"), (Attendance.PRESENT, ""), (Attendance.PRESENT, "")]


def test_the_table_asks_anew_and_keeps_the_focus(served: World, page: Page) -> None:
    busy(served)
    page.clock.install()
    enter(page, "entrance")
    page.goto("/eingang/")
    button = page.locator("button", has_text="übernehmen: Ahmad L.")
    button.focus()
    desk.applicant(served, "Nora", "Sanddorn")
    with page.expect_response(lambda answer: answer.url.endswith("/eingang/")):
        page.clock.run_for(61_000)
    page.get_by_role("link", name="Nora Sanddorn").wait_for()
    assert page.evaluate("document.activeElement.textContent").startswith("übernehmen: Ahmad")


def test_the_end_of_via_from_the_board_to_who_is_responsible_next(served: World, page: Page) -> None:
    busy(served)
    enter(page, "entrance")
    page.goto("/eingang/")
    page.get_by_label("ViA läuft ab").get_by_role("link", name="Selma Walnuss").click()
    page.get_by_label("Wie endet ViA?").select_option("auf eigenen Wunsch")
    page.get_by_label("am", exact=True).fill("24.11.2026")
    page.get_by_label("dazu").fill("sucht selbst weiter")
    page.get_by_role("button", name="ViA beenden").click()
    page.get_by_text("Deshalb bleibt jemand zuständig.").first.wait_for()
    page.get_by_label("Wer ist danach zuständig?").select_option("Mira Sperling, ViA-Team")
    page.get_by_role("button", name="ViA beenden").click()
    page.get_by_role("heading", name="Danach zuständig").wait_for()
    assert "Mira Sperling" in page.locator("main").inner_text()
    page.goto("/via/#danach")
    assert "Walnuss, Selma" in page.locator("#danach").inner_text()
