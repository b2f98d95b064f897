"""A Monday at the entrance, from eight to four, in a real browser and by the keyboard alone. Ten steps, one test.

The clock stands still within a step and is moved between parts of the day by starting the server anew, as after a failure.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db.models import Q
from playwright.sync_api import Browser, Locator, Page, Response, expect
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, Outcome, PaperState, UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, first_contact
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Booking, Conversation, Entry, Fact, FirstContact, HandedVacancy, Leave
from hilfefrei.apps.intake.workflows import DateKind, EntryState, FactKind, LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Address, Number, Person, PersonLink
from hilfefrei.apps.people.workflows import NumberKind
from tests import desk
from tests.support.keyboard import Keyboard
from tests.support.server import Server
from tests.world import PASSWORD, World
from tests.world import at as on_tuesday

MONDAY = date(2026, 11, 23)
OPENING = "2026-11-23T08:09:00"

Answers = dict[str, str | list[str]]
ALONE = {"care": ["none"], "modes": ["car"], "licence": ["B"], "german": ["native"], "cannot": ["none"], "home": ["safe"]}


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A moment of the Monday, ``days`` later or earlier."""
    return on_tuesday(hour, minute, days=days - 1)


@dataclass
class Desk:
    """One work place: a page, its keys, and the check of every page that is passed."""

    page: Page
    keys: Keyboard
    axe: Callable[[Page], None]
    checked: set[str]

    def log_in(self, who: str) -> None:
        """The one address that is typed; everything after it is reached by keys."""
        self.page.goto("/anmelden/")
        self.keys.write(self.page.get_by_label("Anmeldename"), who)
        self.keys.write(self.page.get_by_label("Passwort", exact=True), PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "anmelden" not in url)

    def arrive(self, heading: str | re.Pattern[str]) -> None:
        """The page with this heading is there; the first time one comes to it axe looks at it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.page.wait_for_load_state()
        kind = re.sub(r"[0-9a-f-]{36}", "…", urlsplit(self.page.url).path)
        if kind not in self.checked:
            self.check()
            self.checked.add(kind)

    def check(self) -> None:
        """Axe finds nothing on the page as it stands now."""
        self.axe(self.page)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button of the main part."""
        return self.page.locator("#inhalt").get_by_role("button", name=name, exact=isinstance(name, str))

    def link(self, name: str | re.Pattern[str]) -> Locator:
        """A link of the main part."""
        return self.page.locator("#inhalt").get_by_role("link", name=name, exact=isinstance(name, str))

    def go(self, name: str | re.Pattern[str], heading: str | re.Pattern[str]) -> None:
        """Follow a link of the page."""
        # The board may show somebody in two panels; both links lead to the same page.
        self.keys.press(self.link(name).first)
        self.arrive(heading)

    def board(self) -> None:
        """Home by the main navigation."""
        self.keys.press(self.page.get_by_label("Hauptnavigation").get_by_role("link", name="Eingang"))
        self.arrive("Eingang")

    def field(self, name: str, value: str = "", form: str = "") -> Locator:
        """A field by its name (and value, where there are several)."""
        return self.page.locator(f"{form} [name={name}]" + (f"[value='{value}']" if value else "")).and_(
            self.page.locator(":not([type=hidden])")
        )

    def row(self, name: str) -> Locator:
        """The line of somebody in a table."""
        return self.page.locator("#inhalt tbody tr", has_text=name)

    def said(self, text: str) -> None:
        """The short message of what was done."""
        expect(self.page.locator("#toasts")).to_contain_text(text)

    def paper(self, link: Locator) -> str:
        """Press a link to a PDF, or a button that notes it as handed out and shows it. Returns the words of the PDF."""
        path = link.get_attribute("href") or ".pdf"

        def is_it(answer: Response) -> bool:
            return answer.url.endswith(path)

        with self.page.context.expect_event("response", predicate=is_it) as caught:
            self.keys.press(link)
        assert (caught.value.status, caught.value.headers["content-type"]) == (200, "application/pdf"), path
        for other in self.page.context.pages:
            if other != self.page:
                other.close()
        content = self.page.context.request.get(caught.value.url).body()
        return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages).split())

    def answer(self, group: str, answers: Answers) -> None:
        """Fill in the open group of questions and send it by Ctrl+Enter."""
        form = f"#naechste form[action$='/{group}/']"
        for name, value in answers.items():
            if isinstance(value, str):
                self.keys.write(self.field(name, form=form), value)
            else:
                for one in value:
                    self.keys.tick(self.field(name, one, form))
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator(f"form[action$='/{group}/']")).to_have_count(0)
        self.page.wait_for_load_state()

    def first_contact(self, name: str, wishes: list[str]) -> Person:
        """Take down somebody new from the board."""
        self.go("Erstkontakt erfassen", "Erstkontakt erfassen")
        for wish in wishes:
            self.keys.tick(self.field("wishes", wish))
        self.keys.write(self.field("name"), name)
        self.page.keyboard.press("Control+Enter")
        self.arrive(f"{name} steht auf der Liste")
        first, last = name.split()
        return Person.objects.get(first_name=first, last_name=last)

    def finish(self, step: str, day: str) -> None:
        """Close the talk with a next step and a date."""
        self.keys.write(self.field("next_step"), step)
        self.keys.write(self.field("next_day"), day)
        self.keys.press(self.button("Abschließen und Handzettel drucken"))
        self.arrive("Gespräch abgeschlossen")


@pytest.fixture
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, nine minutes past eight, before the server starts."""
    monkeypatch.setenv("HILFEFREI_NOW", OPENING)


@pytest.fixture
def at_desk(new_page: Callable[..., Page], axe: Callable[[Page], None]) -> Callable[[str], Desk]:
    """``at_desk("entrance")``: somebody logged in in a browser session of their own; each kind of page is checked once."""

    checked: set[str] = set()

    def make(who: str) -> Desk:
        page = new_page()
        made = Desk(page, Keyboard(page), axe, checked)
        made.log_in(who)
        return made

    return make


def set_clock(server: Server, monkeypatch: pytest.MonkeyPatch, hour: str) -> None:
    """Go on at another hour of the same day."""
    moment = f"{MONDAY}T{hour}:00"
    monkeypatch.setenv("HILFEFREI_NOW", moment)
    server.environment["HILFEFREI_NOW"] = moment
    server.restart()


# ---- what is there when the doors open


def known(world: World, first: str, last: str, birth: date, place: str) -> Person:
    """Somebody the house has known for two years."""
    actor, then = world.actor(), at(9, days=-700)
    person = people.create_person(actor=actor, at=then, first_name=first, last_name=last, birth_date=birth, sex="w")
    people.set_address(
        actor=actor, at=then, person_id=person.pk, street="Lange Straße 4", plz="37412", place=place, valid_from=then.date()
    )
    return person


def asked(world: World, new: NewPerson, moment: datetime, channel: Channel, phone: str = "") -> Entry:
    """A first contact that a colleague took down."""
    contact = first_contact.record_first_contact(
        actor=world.actor("colleague"), at=max(moment, at(7, 40, days=-3)), contact_at=moment, channel=channel,
        wishes=["money", "work"], new_person=new, phone=phone,
    )  # fmt: skip
    return Entry.objects.get(first_contact=contact)


def before_eight(world: World) -> None:
    """Two since Friday, a talk half done, three who sound alike, dates with few seats, vacancies for a fitter."""
    colleague = world.actor("colleague")
    asked(world, NewPerson(first_name="Kevin", last_name="Fingerhut"), at(7, 50, days=-3), Channel.PHONE, "0171 39200 17")
    fitter = asked(
        world,
        NewPerson(first_name="Timo", last_name="Eisenhut", birth_date=date(1992, 5, 3), sex="m"),
        at(20, 15, days=-1),
        Channel.EMAIL,
    )
    people.set_address(
        actor=colleague, at=at(7, 30), person_id=fitter.person_id, street="Am Röddenberg 2", valid_from=MONDAY, **desk.HERZBERG
    )

    olena = asked(
        world,
        NewPerson(
            first_name="Olena", last_name="Kalyna", birth_date=date(1990, 8, 24), sex="w", language="uk", needs_interpreter=True
        ),
        at(7, 42),
        Channel.IN_PERSON,
    )
    conversation.start_talk(actor=colleague, at=at(7, 45), entry_id=olena.pk)
    conversation.save_group(
        actor=colleague, at=at(7, 55), entry_id=olena.pk, group="work", catalogue=desk.CATALOGUE,
        values={"last": ["Köchin"], "alg": "no", "wanted": ["Köchin"], "training": "foreign"},
    )  # fmt: skip

    known(world, "Sabine", "Kornblume", date(1988, 4, 3), "Herzberg")
    known(world, "Sabine", "Kornblume", date(1979, 9, 12), "Bad Lauterberg")
    before = known(world, "Sabina", "Kornblum", date(1990, 1, 30), "Osterode")
    then = at(9, days=-690)
    former = benefits.record_application(actor=world.actor(), at=then, person_id=before.pk, asked_at=then, channel=Channel.LETTER)
    number = people.set_number(
        actor=world.actor("benefits"), at=then, kind=NumberKind.UNIT, value="23102//0004711", unit_id=former.benefit_unit_id,
        valid_from=then.date(),
    )  # fmt: skip
    # The paying system, which alone ends a number, does not deliver yet.
    Number.objects.filter(pk=number.pk).update(valid_to=date(2025, 12, 31))
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, days=-650), application_id=former.pk, kind=Outcome.GRANTED, decided_on=at(9, days=-650).date(),
        source="Bescheid", granted_from=date(2025, 1, 1), granted_to=date(2025, 12, 31),
    )  # fmt: skip

    goldregen = asked(world, NewPerson(first_name="Mona", last_name="Goldregen"), at(7, 43), Channel.IN_PERSON)
    conversation.start_talk(actor=colleague, at=at(7, 50), entry_id=goldregen.pk)
    conversation.finish_talk(
        actor=colleague,
        at=at(7, 58),
        entry_id=goldregen.pk,
        next_step="Anruf",
        next_step_at=at(10, days=2),
        next_step_by_id=colleague.id,
    )
    thursday = desk.information(world, days=2, seats=1)
    desk.information(world, days=3, hour=11, seats=8)
    desk.coaching(world, hour=10)
    assert thursday.starts_at == at(9, days=3)

    full = {"part_time": False, "full_time": True, "hours_min": 38, "hours_max": 38, "ends_at": None, "starts_at": None}
    for title, employer in (
        ("Schlosser Instandhaltung", "Harzwerk Herzberg"),
        ("Schlosser Metallbau", "Metallbau Sieber"),
        ("Industrieschlosser", "Oderwerk"),
        ("Schlosser Montage", "Kranbau Osterode"),
        ("Bauschlosser", "Geländer Lonau"),
    ):
        desk.vacancy(world, title, "Schlosser/in", employer=employer, **full)


# ---- the ten steps


def step_1_the_board_and_a_talk_half_done(me: Desk) -> None:
    """Two since Friday, one overdue; who does not answer stays in sight; a colleague's talk is taken over with its answers."""
    me.arrive("Eingang")
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text("2 Menschen warten, 1 länger als einen Tag")
    expect(me.page.locator("#next-h")).to_have_text("Kevin Fingerhut")
    expect(me.row("Kevin Fingerhut").first).to_have_class(re.compile("is-late"))
    expect(me.row("Timo Eisenhut").first).not_to_have_class(re.compile("is-late"))
    me.keys.press(me.button("Nicht erreicht"))
    me.said("Versuch vermerkt. Der Antrag läuft weiter.")
    me.arrive("Eingang")

    me.go("Olena Kalyna", re.compile("Gespräch mit Olena Kalyna"))
    expect(me.page.locator("#inhalt")).to_contain_text("Mira Sperling spricht gerade mit dieser Person.")
    me.keys.press(me.button("Gespräch übernehmen"))
    me.said("Sie führen das Gespräch jetzt. Alle Antworten sind da.")
    me.arrive(re.compile("Gespräch mit Olena Kalyna"))
    expect(me.page.locator("#naechste h2")).to_have_text("Zeit und Familie")
    expect(me.page.locator(".hf-qgroup.is-done")).to_contain_text(["Antrag", "Olena Kalyna", "Köchin"])
    assert Conversation.objects.get(entry__person__last_name="Kalyna").led_by.username == "entrance"


def step_2_a_woman_without_money(me: Desk, at_desk: Callable[[str], Desk]) -> Person:
    """Three children, 40 euros, the account is joint: the application counts from 8:07, benefits answer, letters stay away."""
    me.board()
    me.go("Erstkontakt erfassen", "Erstkontakt erfassen")
    me.keys.write(me.field("contact_time"), "8:07")
    me.keys.tick(me.field("wishes", "money"))
    me.keys.write(me.field("words"), "Der Mann ist seit Samstag weg, noch 40 Euro, das Konto ist gemeinsam.")
    me.keys.tick(me.field("urgent", "no_money"))
    me.keys.write(me.field("money_until"), "24.11.2026")
    me.keys.tick(me.field("advance", "yes"))
    expect(me.page.locator("#antrag")).to_contain_text("Antrag gestellt: Mo 23.11.2026, 08:07 Uhr, persönlich")
    person = step_3_the_right_one_of_three(me)

    made = Application.objects.get(applicant=person)
    assert (made.asked_at, made.recorded_at, made.effect_from) == (at(8, 7), at(8, 9), date(2026, 11, 1))
    words = me.paper(me.button("Bestätigung drucken"))
    for part in ("Sabine Kornblume", "08:07", made.reference):
        assert part in words, part
    assert "40 Euro" not in words
    made.refresh_from_db()
    assert made.receipt_at == at(8, 9)
    assert Address.objects.get(person=person, valid_to=None).no_letters

    me.board()
    red = me.row("Sabine Kornblume").first
    expect(red).to_have_class(re.compile("is-late"))
    expect(red).to_contain_text("noch nicht bestätigt")
    me.check()
    office = at_desk("benefits")
    office.arrive("2 dringende Meldungen warten auf Antwort")
    for left in (1, 0):
        office.keys.press(office.row("Sabine Kornblume").get_by_role("button", name=re.compile("bestätigen ?: Sabine")).first)
        office.said("bestätigt.")
        expect(office.page.get_by_role("button", name=re.compile("bestätigen ?: Sabine"))).to_have_count(left)
    office.keys.press(office.button(re.compile(f"bestätigen ?: {made.reference}")))
    office.said(f"Antrag {made.reference} bestätigt.")
    office.arrive(re.compile("auf Bestätigung"))
    office.keys.press(office.link(re.compile("Kornblume, Sabine")))
    office.arrive(re.compile("Kornblume"))
    expect(office.page.locator("#inhalt")).to_contain_text(re.compile("Post\\s*gesperrt"))

    me.board()
    answered = me.row("Sabine Kornblume").first
    expect(answered).not_to_have_class(re.compile("is-late"))
    expect(answered).to_contain_text("bestätigt 08:09")
    assert not UrgentReport.objects.filter(person=person, confirmed_at=None).exists()
    assert set(UrgentReport.objects.filter(person=person).values_list("kind", flat=True)) == {
        UrgentKind.NO_MONEY,
        UrgentKind.ADVANCE,
    }
    return person


def step_3_the_right_one_of_three(me: Desk) -> Person:
    """Two of the same name and a former benefit unit that sounds like it: the right one is taken, nobody is merged."""
    before = Person.objects.count()
    me.keys.write(me.field("name"), "Sabine Kornblume")
    me.keys.press(me.button("Suchen"))
    hits = me.page.locator("#treffer .hf-match")
    expect(hits).to_have_count(3)
    expect(hits.filter(has_text="Sabine Kornblume")).to_have_count(2)
    expect(hits.filter(has_text="Sabina Kornblum")).to_contain_text("zuletzt Leistung bis 31.12.2025")
    me.check()
    me.keys.press(me.button(re.compile("Das ist die Person ?: Sabine Kornblume, geboren 03.04.1988")))
    expect(me.page.locator(".hf-match--best", has_text="gewählt")).to_contain_text("03.04.1988")
    expect(me.field("contact_time")).to_have_value("8:07")
    expect(me.field("urgent", "no_money")).to_be_checked()
    me.keys.tick(me.field("block_letters"))
    me.page.keyboard.press("Control+Enter")
    me.arrive("Sabine Kornblume steht auf der Liste")
    person = FirstContact.objects.get(contact_at=at(8, 7)).person
    assert (person.birth_date, Person.objects.count(), PersonLink.objects.count()) == (date(1988, 4, 3), before, 0)
    return person


def step_4_questions_and_papers(me: Desk, person: Person) -> None:
    """Five groups of questions; of the papers the identity card was seen and not copied, two are asked for with a date."""
    expect(me.page.locator("#next-h")).to_have_text("Sabine Kornblume")
    me.keys.press(me.button("Gespräch beginnen"))
    me.arrive(re.compile("Gespräch mit Sabine Kornblume"))
    for first, birth in (("Jonte", "4.5.2014"), ("Fenja", "17.8.2017"), ("Mats", "2.2.2021")):
        me.keys.press(me.page.locator("summary", has_text="Wer lebt mit Ihnen?"))
        form = "form[action$='/haushalt/']"
        me.keys.choose(me.field("role", form=form), "Kind")
        me.keys.write(me.field("first_name", form=form), first)
        me.keys.write(me.field("birth_date", form=form), birth)
        me.keys.press(me.button("Hinzufügen"))
        expect(me.page.locator("#person")).to_contain_text(f"Kind {first}")
    me.answer("work", {"last": "Verkäuferin", "alg": ["no"], "wanted": "Verkäuferin", "training": ["vocational"]})
    me.answer(
        "time",
        {"hours_low": "20", "hours_high": "25", "care": ["child"], "alone": ["yes"], "care_from": "7:30", "care_until": "14"},
    )
    me.answer("health", {"cannot": ["none"], "capacity": ["yes"], "home": ["safe"], "rent": "720"})
    me.answer("way", {"modes": ["bus"], "max_km": "15", "licence": ["B"], "german": ["native"]})
    me.answer("money", {"enough": ["no"], "income": ["child_benefit"], "applied": ["none"]})

    papers = me.page.locator("#unterlagen")
    me.keys.press(papers.get_by_role("button", name=re.compile("gesehen ?: Ausweis")))
    expect(papers.get_by_role("button", name=re.compile("zurück ?: Ausweis"))).to_be_visible()
    me.keys.press(papers.get_by_role("button", name=re.compile("^da ?: Karte der Krankenkasse")))
    expect(papers.get_by_role("button", name=re.compile("zurück ?: Karte der Krankenkasse"))).to_be_visible()
    me.keys.press(papers.get_by_role("link", name="Liste drucken"))
    me.arrive("2 Unterlagen fehlen, der Antrag gilt schon")
    expect(me.row("Ausweis oder Pass")).to_contain_text("gesehen, nicht kopiert")
    rows = Paper.objects.filter(application__applicant=person)
    missing = {paper.title: paper.due_on for paper in rows.filter(state=PaperState.MISSING)}
    assert missing == {
        "Kontoauszüge, drei Monate": date(2026, 12, 7),
        "Mietvertrag und letzte Nebenkostenabrechnung": date(2026, 12, 7),
    }
    for title in missing:
        expect(me.row(title)).to_contain_text("Mo 07.12.")
    assert rows.filter(rule="birth").count() == 3
    words = me.paper(me.link("Bitte drucken und mitgeben"))
    for part in (*missing, "Montag, 7. Dezember 2026"):
        assert part in words, part
    assert "Ausweis oder Pass" not in words

    me.go("Antwort ändern", re.compile("Gespräch mit Sabine Kornblume"))
    me.finish("Anruf: Ist das Geld da?", "24.11.2026")


def step_5_a_man_with_unemployment_benefit(me: Desk) -> None:
    """Arbeitslosengeld until next month: the Agentur helps with work and gets a note, the date of the application here stays."""
    me.board()
    person = me.first_contact("Bernd Ahorn", ["money", "work"])
    me.keys.press(me.button("Gespräch beginnen"))
    me.arrive(re.compile("Gespräch mit Bernd Ahorn"))
    me.answer("work", {"last": "Lagerist", "alg": ["yes"], "wanted": "Lagerist"})
    form = "#agentur form"
    me.keys.write(me.field("claim_until", form=form), "31.12.2026")
    me.keys.write(me.field("note", form=form), "Anspruch endet im Dezember, sucht Arbeit im Lager")
    me.check()
    me.keys.press(me.button("An die Agentur verweisen"))
    me.said("An die Agentur verwiesen. Der Antrag hier läuft weiter.")
    me.arrive(re.compile("Bernd Ahorn"))
    fact = Fact.objects.get(person=person)
    assert (fact.kind, fact.until, fact.what) == (
        FactKind.ALG_CLAIM,
        date(2026, 12, 31),
        "Anspruch endet im Dezember, sucht Arbeit im Lager",
    )
    made = Application.objects.get(applicant=person)
    assert (made.asked_at, made.outcomes.count()) == (at(8, 9), 0)
    assert Entry.objects.get(person=person).state == EntryState.REFERRED
    me.go(re.compile("^Bernd Ahorn|^ändern"), "Bernd Ahorn")
    me.go(re.compile(f"Antrag {made.reference}"), "Wie ging es aus?")
    expect(me.page.locator("#tatsachen")).to_contain_text("Anspruch auf Arbeitslosengeld")
    expect(me.page.locator("#inhalt")).to_contain_text("an die Agentur verwiesen")


def step_6_a_fitter_and_the_last_seat(me: Desk, at_desk: Callable[[str], Desk]) -> None:
    """Five proposals with reasons, one handed over, coaching tomorrow; the last seat goes to a colleague in the same second."""
    me.board()
    me.go("Timo Eisenhut", "Timo Eisenhut")
    me.keys.press(me.button("Gespräch beginnen"))
    me.arrive(re.compile("Gespräch mit Timo Eisenhut"))
    me.answer("work", {"last": "Schlosser", "alg": ["no"], "wanted": "Schlosser", "training": ["vocational"]})
    me.answer("time", {"hours_low": "35", "hours_high": "40", "care": ["none"]})
    me.answer("health", {"cannot": ["none"], "capacity": ["yes"], "home": ["safe"]})
    me.answer("way", {"modes": ["car"], "max_km": "40", "licence": ["B"], "german": ["native"]})
    offers = me.page.locator("#angebot ol.hf-offers > li")
    expect(offers).to_have_count(5)
    for offer in offers.all():
        expect(offer).to_contain_text("Passt, weil")
        expect(offer).to_contain_text("Spricht dagegen:")
    me.check()
    me.keys.press(me.button(re.compile("^mitgeben ?: Schlosser Instandhaltung")))
    me.said("Stelle mitgegeben.")
    me.keys.press(me.button(re.compile("Einzelcoaching, Di 24.11., 10:00 Uhr")))
    expect(me.button(re.compile("Einzelcoaching, Di 24.11., 10:00 Uhr"))).to_have_attribute("aria-pressed", "true")

    half = me.field("helped", form="#naechste form")
    me.keys.write(half, "Ruft bei zwei Betrieben an")
    seat = re.compile("Informationsgespräch, Do 26.11., 09:00 Uhr")
    me.keys.reach(me.button(seat))
    other = at_desk("colleague")
    other.arrive("Eingang")
    other.keys.press(other.page.get_by_label("Hauptnavigation").get_by_role("link", name="Gespräche"))
    other.arrive("Gespräche")
    other.go("Mona Goldregen", "Gespräch abgeschlossen")
    other.keys.press(other.page.locator(".hf-crumb").get_by_role("link", name="Gespräch"))
    other.arrive("Mona Goldregen")
    other.keys.press(other.button(seat))
    other.said("ist reserviert")
    me.page.keyboard.press("Enter")
    me.said("Der Platz ist gerade vergeben worden. Ihre Eingaben sind noch da.")
    expect(me.button(seat)).to_have_count(0)
    expect(half).to_have_value("Ruft bei zwei Betrieben an")
    expect(me.button(re.compile("^mitgegeben ?: Schlosser Instandhaltung"))).to_have_attribute("aria-pressed", "true")
    me.check()
    me.keys.press(me.button(re.compile("Informationsgespräch, Fr 27.11., 11:00 Uhr")))
    me.said("Informationsgespräch, Fr 27.11., 11:00 Uhr, ist reserviert.")

    taken = Booking.objects.filter(entry__person__last_name="Eisenhut", undone_at=None)
    assert set(taken.values_list("date__kind", "date__starts_at")) == {
        (DateKind.COACHING, at(10, days=1)),
        (DateKind.INFORMATION, at(11, days=4)),
    }
    assert Booking.objects.get(date__starts_at=at(9, days=3)).entry.person.last_name == "Goldregen"
    handed = HandedVacancy.objects.get(undone_at=None)
    assert handed.vacancy.title == "Schlosser Instandhaltung"
    assert handed.reasons["fits"]
    me.answer("money", {"enough": ["scarce"], "income": ["none"], "applied": ["none"]})
    me.finish("Anruf: Wie war das Gespräch?", "25.11.2026")


def step_7_a_student_leaves_it(me: Desk) -> None:
    """A student would rather leave it: rights explained, "stays open" stands first, an estimate as a band, no waiver, a call in four weeks."""
    me.board()
    person = me.first_contact("Lena Wegwarte", ["money"])
    me.keys.press(me.button("Gespräch beginnen"))
    me.arrive(re.compile("Gespräch mit Lena Wegwarte"))
    me.go("„Dann lasse ich es“", re.compile("was möchten Sie mit Ihrem Antrag tun"))
    acts = me.page.locator("input[name=act]")
    assert acts.evaluate_all("all => all.map((one) => [one.value, one.checked])") == [
        [LeaveAct.STAYS_OPEN, True], [LeaveAct.ONLY_ASKED, False], [LeaveAct.WITHDRAWN, False], [LeaveAct.WAIVER, False],
    ]  # fmt: skip
    expect(me.page.locator("#inhalt .kern-btn--primary")).to_have_text("Antrag offen lassen")
    expect(me.field("act", "waiver")).to_be_disabled()
    expect(me.page.locator("#inhalt")).to_contain_text("und dazu die Wohnung, soweit angemessen")
    me.keys.write(me.field("words"), "Dann frage ich lieber meine Eltern.")
    rights = me.page.locator("input[name=rights]")
    assert rights.count() == 5
    for right in rights.all():
        me.keys.tick(right)
    me.keys.write(me.field("appointment_day"), "27.11.2026")
    me.keys.write(me.field("appointment_time"), "10:30")
    me.keys.write(me.field("call_day"), "21.12.2026")
    me.keys.tick(me.field("may_call"))
    me.keys.press(me.button("Antrag offen lassen"))
    me.arrive("Der Antrag bleibt offen")
    for part in ("im Monat, Recht vom", "Termin bei der Leistungsstelle Fr 27.11., 10:30", "5 von 5", "Mo 21.12., 10:00"):
        expect(me.page.locator("#inhalt")).to_contain_text(part)
    assert "Dann frage ich lieber meine Eltern." in me.paper(me.button(re.compile("^Kopie drucken")))
    made = Leave.objects.get()
    assert (made.act, made.signed, made.estimate_cents, made.call_at) == (LeaveAct.STAYS_OPEN, False, 0, at(10, days=28))
    assert made.estimate_high_cents
    assert made.copy_at == at(8, 9)
    assert not ApplicationOutcome.objects.filter(application__applicant=person).exists()

    me.go("Zum Gespräch", re.compile("Gespräch mit Lena Wegwarte"))
    me.go("Später fortsetzen", "Später sprechen")
    me.keys.write(me.field("resume_day"), "21.12.2026")
    me.keys.write(me.field("reason"), "Anruf: Reicht das Geld?")
    me.page.keyboard.press("Enter")
    me.arrive("Eingang")
    me.said("Später: Mo 21.12., 09:00 Uhr.")


def step_8_handouts_in_two_languages(me: Desk) -> None:
    """The talk of the morning is closed; its handout is German with a sheet in Ukrainian, that of the fitter German alone."""
    me.go("Olena Kalyna", re.compile("Gespräch mit Olena Kalyna"))
    me.finish("Anruf mit Sprachmittlung", "25.11.2026")
    words = me.paper(me.button(re.compile("^Handzettel drucken")))
    for part in ("Frau Kalyna, Ihr Antrag ist da", "Anruf mit Sprachmittlung", "Вашу заяву отримано", "Ваші документи"):
        assert part in words, part
    me.board()
    me.go("Timo Eisenhut", "Timo Eisenhut")
    me.go("Handzettel und Übergabe", "Gespräch abgeschlossen")
    words = me.paper(me.button(re.compile("^Handzettel drucken")))
    for part in ("Schlosser Instandhaltung", "Einzelcoaching", "Informationsgespräch"):
        assert part in words, part
    assert "Ваші" not in words


def step_9_on_paper_at_noon(me: Desk, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Day list and empty form before the power goes; what was taken down on paper comes in with its real time."""
    set_clock(server, monkeypatch, "12:00")
    me.board()
    words = me.paper(me.link("Tagesliste drucken"))
    for part in ("Sabine Kornblume", "Timo Eisenhut", "Eisvogel"):
        assert part in words, part
    assert AccessEvent.objects.filter(page="entrance:day_list", kind="export").exists()
    me.go("Erstkontakt erfassen", "Erstkontakt erfassen")
    me.keys.write(me.field("name"), "Hanno Fichte")
    assert "Erstkontakt" in me.paper(me.link("Leeres Blatt (PDF)"))
    expect(me.field("name")).to_have_value("Hanno Fichte")

    set_clock(server, monkeypatch, "13:05")
    me.board()
    me.go("Erstkontakt erfassen", "Erstkontakt erfassen")
    me.keys.write(me.field("contact_time"), "12:20")
    me.keys.choose(me.field("time_source"), "Zettel vom Empfang")
    me.keys.tick(me.field("wishes", "money"))
    me.keys.write(me.field("name"), "Hanno Fichte")
    me.page.keyboard.press("Control+Enter")
    me.arrive("Hanno Fichte steht auf der Liste")
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text(
        "Kontakt Mo 23.11.2026, 12:20 Uhr, persönlich · eingetragen heute 13:05 Uhr"
    )
    late = FirstContact.objects.get(person__last_name="Fichte")
    assert (late.contact_at, late.entered_at, late.time_source) == (at(12, 20), at(13, 5), "Zettel vom Empfang")
    assert late.application is not None
    assert (late.application.asked_at, late.application.recorded_at) == (at(12, 20), at(13, 5))
    me.board()
    me.go("Hanno Fichte", "Hanno Fichte")
    me.keys.press(me.page.locator("summary", has_text="das Gespräch war früher"))
    me.keys.write(me.field("happened_time", form="form[action$='/beginnen/']"), "12:25")
    me.keys.press(me.button("Gespräch beginnen"))
    me.arrive(re.compile("Gespräch mit Hanno Fichte"))
    assert Conversation.objects.get(entry__person__last_name="Fichte").started_at == at(12, 25)
    strip = me.page.locator(".hf-alert--info", has_text="Nachtrag vom Papier:")
    expect(strip).to_contain_text("Gespräch am Mo 23.11.2026, 12:25 Uhr.")
    me.check()
    me.keys.write(me.field("happened_time", form="form[action$='/nachtrag/']"), "12:40")
    me.keys.press(me.button("Zeit ändern"))
    expect(strip).to_contain_text("Es war Mo 23.11.2026, 12:40 Uhr.")
    me.keys.press(me.button(re.compile("Informationsgespräch, Fr 27.11., 11:00 Uhr")))
    me.said("Informationsgespräch, Fr 27.11., 11:00 Uhr, ist reserviert. Nachtrag für Mo 23.11., 12:40 Uhr.")
    entry = Entry.objects.get(person__last_name="Fichte")
    assert entry.bookings.get().booked_at == at(12, 40)
    assert entry.first_offer_at is not None
    assert entry.first_offer_at - entry.since == timedelta(minutes=20)


def step_10_nobody_without_a_next_step(me: Desk, server: Server, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """At four the page for the end of the shift names who has no step and no date; then nobody is left."""
    set_clock(server, monkeypatch, "16:00")
    me.board()
    me.go("Schichtende", "Schichtende")
    expect(me.page.locator("#inhalt tbody tr")).to_contain_text(["Kevin Fingerhut", "Hanno Fichte"])
    expect(me.row("Kevin Fingerhut")).to_contain_text("nicht erreicht, kein neuer Tag")
    expect(me.row("Hanno Fichte")).to_contain_text("Gespräch läuft noch")
    for name, reason in (("Kevin F", "noch einmal anrufen"), ("Hanno F", "kommt mit dem Mietvertrag")):
        me.go(re.compile(f"später, mit Tag ?: {name}"), "Später sprechen")
        expect(me.field("resume_day")).to_have_value("24.11.2026")
        me.keys.write(me.field("reason"), reason)
        me.page.keyboard.press("Enter")
        me.arrive("Schichtende")
        me.said("Später: Di 24.11., 09:00 Uhr.")
    expect(me.page.locator("#inhalt")).to_contain_text("Niemand bleibt ohne nächsten Schritt und Datum.")
    assert not queries.undated(world.actor(), at(16)).exists()
    dated = Entry.objects.filter(Q(resume_at__gt=at(16)) | Q(next_step_at__gt=at(16))).values_list("person__last_name", flat=True)
    assert sorted(dated) == ["Eisenhut", "Fichte", "Fingerhut", "Goldregen", "Kalyna", "Kornblume", "Wegwarte"]
    me.board()
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text("niemand wartet")


@pytest.mark.one_database
@pytest.mark.timeout(300)
def test_a_monday_at_the_entrance_by_keyboard(
    morning: None, served: World, server: Server, at_desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    before_eight(served)
    me = at_desk("entrance")
    step_1_the_board_and_a_talk_half_done(me)
    woman = step_2_a_woman_without_money(me, at_desk)
    step_4_questions_and_papers(me, woman)
    step_5_a_man_with_unemployment_benefit(me)
    step_6_a_fitter_and_the_last_seat(me, at_desk)
    step_7_a_student_leaves_it(me)
    step_8_handouts_in_two_languages(me)
    step_9_on_paper_at_noon(me, server, monkeypatch)
    step_10_nobody_without_a_next_step(me, server, monkeypatch, served)


def test_what_tab_does_not_reach_is_not_reached(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        """<button>eins</button><button tabindex="-1">nur mit der Maus</button><div onclick="1">kein Knopf</div>
        <input type="radio" name="r" value="a"><input type="radio" name="r" value="b"><button>zwei</button>"""
    )
    keys = Keyboard(page, most_stops=12)
    keys.press(page.get_by_text("zwei"))
    keys.reach(page.get_by_text("eins"))
    keys.tick(page.locator("[value=b]"))
    for shut in ("nur mit der Maus", "kein Knopf"):
        with pytest.raises(AssertionError, match="no way by Tab"):
            keys.reach(page.get_by_text(shut))
    page.close()
