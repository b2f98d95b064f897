"""The conversation in a real browser: in place, by keyboard, without scripts, after an expired session."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from hilfefrei.apps.intake.domain import leave
from hilfefrei.apps.intake.models import AnswerSet, Booking, Entry, HandedVacancy
from hilfefrei.apps.intake.workflows import EntryState
from tests import desk
from tests.e2e.test_first_contact import enter
from tests.world import PASSWORD, World


@pytest.fixture
def entry(served: World) -> Entry:
    """Somebody in a talk who has said what they are looking for; five vacancies and three dates are there."""
    desk.five_vacancies(served)
    desk.information(served)
    desk.coaching(served)
    desk.coaching(served, hour=16)
    made = desk.talking(served)
    desk.answer(served, made, "work", "time")
    return made


def log_in_again(page: Page) -> None:
    dialog = page.get_by_role("dialog", name="Bitte melden Sie sich noch einmal an")
    dialog.get_by_label("Anmeldename").fill("entrance")
    dialog.get_by_label("Passwort", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Anmelden").click()
    expect(dialog).to_be_hidden()


def expire() -> None:
    with scopes_disabled():
        Session.objects.all().delete()


def test_offers_are_taken_and_given_back_in_place_and_nothing_jumps(page: Page, entry: Entry) -> None:
    enter(page, "entrance")
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    page.get_by_label("Miete warm im Monat").fill("598")
    press = page.get_by_role("button", name=re.compile("mitgeben ?: Küchenhilfe"))
    press.scroll_into_view_if_needed()
    press.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Space")
    chosen = page.get_by_role("button", name=re.compile("mitgegeben ?: Küchenhilfe"))
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toasts")).to_contain_text("Stelle mitgegeben.")
    expect(page.locator("#zusagen")).to_contain_text("Küchenhilfe, Gasthof Kupferkessel")
    assert abs(page.evaluate("scrollY") - before) <= 1
    assert page.get_by_label("Miete warm im Monat").input_value() == "598"
    assert HandedVacancy.objects.filter(undone_at=None).count() == 1

    page.get_by_role("button", name=re.compile("^heute 14:00")).click()
    expect(page.locator("#toasts")).to_contain_text("ist reserviert")
    assert Booking.objects.filter(undone_at=None).count() == 1
    page.locator("#toasts").get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_role("button", name=re.compile("^heute 14:00"))).to_have_attribute("aria-pressed", "false")
    assert Booking.objects.filter(undone_at=None).count() == 0
    expect(page.get_by_label("Miete warm im Monat")).to_have_value("598")


def test_a_seat_taken_meanwhile_is_said_where_one_looks(page: Page, entry: Entry, served: World) -> None:
    other = desk.talking(served, desk.applicant(served, "Uwe", "Hartriegel"), who="colleague")
    enter(page, "entrance")
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    slot = desk.ViaDate.objects.order_by("starts_at").filter(kind="coaching").first()
    assert slot is not None
    desk.dates.book_seat(actor=served.actor("colleague"), at=desk.at(9, 43), date_id=slot.pk, entry_id=other.pk)
    page.get_by_role("button", name=re.compile("^heute 14:00")).click()
    toasts = page.locator("#toasts")
    expect(toasts).to_contain_text("Der Platz ist gerade vergeben worden. Ihre Eingaben sind noch da.")
    expect(page.get_by_role("button", name=re.compile("^heute 14:00"))).to_have_count(0)
    toasts.get_by_role("button", name="Schließen").click()
    expect(toasts).to_be_empty()


def test_after_an_expired_session_answer_and_seat_are_taken(page: Page, entry: Entry) -> None:
    enter(page, "entrance")
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    page.get_by_label("schwer heben").check()
    page.get_by_label("Miete warm im Monat").fill("1.500")
    expire()
    page.keyboard.press("Control+Enter")
    log_in_again(page)
    expect(page.get_by_role("heading", name="Weg und Sprache")).to_be_visible()
    page.wait_for_url("**#naechste")
    saved = AnswerSet.objects.get(group="health")
    assert (saved.values["cannot"], saved.values["rent"]) == (["heavy"], 150_000)

    expire()
    page.get_by_role("button", name=re.compile("^heute 16:00")).click()
    log_in_again(page)
    expect(page.get_by_role("button", name=re.compile("^heute 16:00"))).to_have_attribute("aria-pressed", "true")
    assert Booking.objects.filter(undone_at=None).count() == 1


def test_from_the_first_question_to_the_handout_by_keyboard(page: Page, served: World, axe: Callable[[Page], None]) -> None:
    desk.five_vacancies(served)
    made = desk.applicant(served)
    enter(page, "entrance")
    page.goto(f"/eingang/gespraech/{made.pk}/")
    page.get_by_role("button", name="Gespräch beginnen").press("Enter")
    page.wait_for_url("**#naechste")
    # After each group the next tab stop is its first field.
    page.keyboard.press("Tab")
    expect(page.get_by_label("Was haben Sie zuletzt gearbeitet?")).to_be_focused()
    page.keyboard.type("Verkäuferin")
    page.get_by_label("Welche Arbeit suchen Sie?").fill("Verkäuferin, Küchenhilfe")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Wie viele Stunden in der Woche mindestens?").fill("20")
    page.keyboard.press("Control+Enter")
    page.get_by_label("schwer heben").press("Space")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Bus und Bahn").press("Space")
    page.keyboard.press("Control+Enter")
    page.get_by_label("knapp").press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**#verabredung")
    axe(page)
    page.get_by_label("Was ist Ihnen wichtig?").fill("Bis Weihnachten wieder arbeiten")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gespräch abgeschlossen")
    axe(page)
    made.refresh_from_db()
    assert (made.state, made.wish, made.triage_team) == (EntryState.IN_VIA, "Bis Weihnachten wieder arbeiten", "placement")
    assert AnswerSet.objects.count() == 5


def test_everything_works_without_scripts(new_page: Callable[..., Page], entry: Entry) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/anmelden/")
    page.get_by_label("Anmeldename").fill("entrance")
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    page.get_by_label("schwer heben").check()
    page.get_by_role("button", name="Weiter: Weg und Sprache").click()
    assert AnswerSet.objects.get(group="health").values["cannot"] == ["heavy"]
    page.get_by_role("button", name=re.compile("mitgeben ?: Küchenhilfe")).click()
    page.get_by_role("button", name=re.compile("^heute 14:00")).click()
    page.locator("#unterlagen").get_by_role("button", name=re.compile("gesehen")).first.click()
    assert (HandedVacancy.objects.count(), Booking.objects.count()) == (1, 1)
    page.get_by_text("Zusage hinzufügen").first.click()
    page.get_by_label("macht was").fill("ruft bei Sösefrisch an")
    page.get_by_label("bis wann").fill("25.11.2026")
    page.get_by_role("button", name="Zusage hinzufügen").click()
    expect(page.locator("#zusagen")).to_contain_text("ruft bei Sösefrisch an")
    page.get_by_label("Was ist Ihnen wichtig?").fill("Verkauf")
    page.get_by_role("button", name="Abschließen und Handzettel drucken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gespräch abgeschlossen")
    entry.refresh_from_db()
    assert (entry.state, entry.wish) == (EntryState.IN_VIA, "Verkauf")


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True), (820, False)])
def test_pages_of_the_talk_stand_the_check(
    new_page: Callable[..., Page], entry: Entry, served: World, axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    waiting = desk.applicant(served, "Wiebke", "Hainbuche")
    led = desk.talking(served, desk.applicant(served, "Uwe", "Hartriegel"), who="colleague")
    done = leave.record_leave(
        actor=served.actor("colleague"), at=desk.at(9, 20), entry_id=waiting.pk, act="stays_open", words="x", rights=[], call_at=desk.at(9, 30)
    )
    gone = leave.record_leave(
        actor=served.actor(), at=desk.at(9, 20), entry_id=desk.applicant(served, "Jette", "Haselnuss").pk, act="withdrawn", words="Ich fange am 1. Dezember an.",
        rights=list(leave.RIGHTS), signed=True, representative="Annegret Haselnuss-Wegwarte, Betreuerin", call_at=desk.at(10, days=2),
        benefits_appointment_at=desk.at(10, days=1),
    )  # fmt: skip
    leave.second_look(
        actor=served.actor("colleague"), at=desk.at(9, 30), leave_id=gone.pk, ok=False, note="Es fehlt, ob jemand die Bearbeitungsdauer erklärt hat."
    )
    asked = desk.talking(served, desk.applicant(served, "Kim", "Schachtelhalm", wishes=("information",)))
    here = f"/eingang/gespraech/{entry.pk}/"
    for path in (
        f"/eingang/erklaerung/{gone.pk}/",
        f"/eingang/gespraech/{asked.pk}/",
        f"/eingang/erstkontakt/{asked.first_contact_id}/",
        "/eingang/",
        here,
        f"{here}?gruppe=way",
        f"/eingang/gespraech/{waiting.pk}/",
        f"/eingang/gespraech/{led.pk}/",
        f"{here}fertig/",
        f"{here}ohne-antrag/",
        f"/eingang/erklaerung/{done.pk}/",
        "/eingang/zweite-blicke/",
        "/eingang/gespraeche/",
    ):
        page.goto(path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.one_database
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_late_entry_stands_the_check_and_its_time_goes_with_a_press_in_place(
    new_page: Callable[..., Page], served: World, axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    seat = desk.information(served)
    entry = desk.applicant(served, asked=desk.at(10, 0, days=-1))
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    for fold in ("das Gespräch war früher", "nicht erreicht"):
        page.locator("summary", has_text=fold).click()
    axe(page)
    begin = page.locator("form[action$='/beginnen/']")
    begin.get_by_label("Tag").fill("23.11.2026")
    begin.get_by_label("begonnen um").fill("10:20")
    begin.get_by_role("button").click()
    expect(page.get_by_text("Nachtrag vom Papier: Gespräch am Mo 23.11.2026, 10:20 Uhr.")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press = page.get_by_role("button", name=re.compile("Informationsgespräch, Mi 25.11., 09:00 Uhr"))
    press.click()
    expect(press).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toasts")).to_contain_text("Nachtrag für Mo 23.11., 10:20 Uhr.")
    assert Booking.objects.get(date=seat).booked_at == desk.at(10, 20, days=-1)
    page.get_by_role("button", name="Nachtrag beenden").click()
    expect(page.locator("#toasts")).to_contain_text("Nachtrag beendet.")
    page.locator("summary", has_text="Vom Papier nachtragen").click()
    axe(page)
    page.goto(f"/eingang/not/{entry.person_id}/")
    page.locator("summary", has_text="War früher").click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_estimate_narrows_in_place_and_the_proposals_with_it(
    new_page: Callable[..., Page], axe: Callable[[Page], None], served: World, entry: Entry, width: int, *, dark: bool
) -> None:
    """By keyboard: the band, one answer more, a narrower band; who leaves sees the same."""
    desk.answer(served, entry, "time", "health", "way", "money", care=["none"], alone="no", income=["none"])
    page = new_page(width=width, dark=dark)
    enter(page, "entrance")
    page.goto(f"/eingang/gespraech/{entry.pk}/")
    panel = page.locator("#schaetzung")
    expect(panel).to_contain_text("ob Sie mit Partnerin oder Partner leben")
    axe(page)
    panel.get_by_text("Für die Schätzung ergänzen").click()
    panel.get_by_label("nein", exact=True).check()
    panel.get_by_role("button", name="Neu schätzen").press("Enter")
    expect(panel).not_to_contain_text("ob Sie mit Partnerin oder Partner leben")
    expect(page.locator("#angebot")).to_contain_text("Mit dieser Stelle")
    said = panel.locator(".hf-estimate strong").inner_text()
    axe(page)
    page.goto(f"/eingang/gespraech/{entry.pk}/ohne-antrag/")
    expect(page.locator("#inhalt")).to_contain_text(said)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
