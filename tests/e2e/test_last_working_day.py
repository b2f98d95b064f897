"""The controller's last working day in a real browser and by the keyboard alone: data state, figures, closing, correction, export, rank.

The figures come from a delivery as the paying system sends it; what the pages say is counted again here, row by row.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits.models import Receipt
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake.domain import first_contact
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import LeaveAct, OfferKind
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.core.periods import add_months
from tests.apps.benefits import packages
from tests.apps.reporting.tables import july, listed
from tests.e2e.test_monday import Desk
from tests.support.keyboard import Keyboard
from tests.world import TODAY, World, at

OCTOBER, LAST = date(2026, 10, 1), date(2026, 10, 31)
VIA_FROM = date(2025, 11, 1)
FIRST_STATE, SECOND_STATE = date(2026, 11, 20), date(2026, 11, 23)
# A month is counted anew when it is closed or corrected; on a busy machine that takes its time.
COUNTED_MS = 30_000
HIDDEN = "unter 10 oder gesperrt"
PLACES = [("23102", "Göttingen", "zkT", "IIb"), ("23106", "Northeim", "gE", "IIb"), ("21124", "Goslar", "gE", "Ia"), ("23406", "Holzminden", "gE", "Ia")]
VALUES = (("23102", "-2,5"), ("23106", "1,0"), ("21124", "-4,0"), ("23406", "0,5"))


class House:
    """Single people as the paying system delivers them, one unit each."""

    def __init__(self) -> None:
        self.rows: list[list[dict[str, Any]]] = []

    def add(self, number: int, start: date, *ends: tuple[date, str], back: int = 0) -> None:
        """``number`` people in receipt from ``start``; with an end, and ``back`` days after it in receipt again."""
        for _ in range(number):
            key = f"{len(self.rows):03}"
            rows = [packages.receipt(f"B{key}", f"K{key}", von=start)]
            for end, reason in ends:
                rows[-1] |= {"bis": end, "endegrund": reason}
                if back:
                    rows.append(packages.receipt(f"B{key}", f"K{key}", von=end + timedelta(days=back)))
            self.rows.append(rows)

    def tables(self) -> packages.Tables:
        """The neutral tables."""
        keys = [f"{n:03}" for n in range(len(self.rows))]
        return {
            "personen": [packages.person(f"K{key}", "Test", f"Kiesel{key}", date(1990, 1, 1) + timedelta(days=int(key))) for key in keys],
            "bedarfsgemeinschaften": [packages.unit(f"B{key}") for key in keys],
            "mitglieder": [packages.member(f"B{key}", f"K{key}") for key in keys],
            "bezug": [row for rows in self.rows for row in rows],
            "betraege": [{"bg_nummer": f"B{key}", "monat": date(2026, 10, 1), "llu": 563_00, "luh": 406_50} for key in keys]
            + [{"bg_nummer": "B000", "monat": date(2025, 1, 1), "llu": 563_00, "luh": 406_50}],
        }


def house() -> House:
    """A stock, ten who came each month before ViA, twelve each month since, and who left in October."""
    made = House()
    made.add(30, date(2025, 1, 1))
    for n in range(8):
        start = add_months(date(2025, 2, 5), n)
        made.add(3, start, (start + timedelta(days=45), "arbeit"))
        made.add(1, start, (start + timedelta(days=45), "einkommen"))
        made.add(2, start, (start + timedelta(days=20), "unbekannt"), back=60)
        made.add(4, start)
    for n in range(12):
        start = add_months(date(2025, 11, 5), n)
        gone = (start + timedelta(days=45), "arbeit")
        made.add(5, start, *([gone] if gone[0] <= FIRST_STATE else []))
        made.add(2, start, (start + timedelta(days=20), "unbekannt"), back=60 if n < 9 else 0)
        made.add(5, start)
    for number, reason in ((11, "arbeit"), (10, "unbekannt"), (6, "weggezogen"), (4, "kein_antrag")):
        made.add(number, date(2025, 1, 1), (date(2026, 10, 12), reason))
    return made


def entrance(world: World, number: int = 14, declared: int = 3) -> None:
    """So many at the entrance in October, all but two with an offer after two hours; the last few said "then I leave it"."""
    for n in range(number):
        came = at(9, days=-40)
        first_contact.record_first_contact(
            actor=world.actor(), at=came, contact_at=came, channel=Channel.IN_PERSON, wishes=("money", "work"),
            new_person=NewPerson(first_name="Eva", last_name=f"Moos{'abcdefghijklmnop'[n]}", birth_date=date(1991, 2, 3 + n), sex="w"),
        )  # fmt: skip
    ways = list(Entry.objects.order_by("id"))
    for way in ways[2:]:
        way.first_offer_at, way.first_offer_kind = way.since + timedelta(hours=2), OfferKind.COACHING
        way.save()
    for way in ways[-declared:]:
        Leave.objects.create(
            jobcenter_id=world.id, entry=way, application=way.application, act=LeaveAct.STAYS_OPEN, words="Ich lasse es.",
            explained_by=world.users["entrance"], explained_at=way.since, at=way.since, second_due_on=LAST,
        )  # fmt: skip


# -- counted by hand ------------------------------------------------------------------------------------------------------
def in_receipt(day: date) -> int:
    """People in receipt on a day."""
    return len({r.person_id for r in Receipt.objects.order_by("id") if r.starts <= day and (r.ends is None or r.ends >= day)})


def exits(first: date, last: date) -> list[tuple[Receipt, int | None]]:
    """Receipts that ended in these days, with the days to the next one (None: not yet). Up to a week without is no exit."""
    rows = list(Receipt.objects.order_by("starts", "id"))
    found: list[tuple[Receipt, int | None]] = []
    for row in rows:
        if row.ends is not None and first <= row.ends <= last:
            later = [(r.starts - row.ends).days for r in rows if r.person_id == row.person_id and r.starts > row.ends]
            if not later or min(later) > 8:
                found.append((row, min(later, default=None)))
    return found


def in_fives(number: int) -> int:
    """What is told of a number whose months share people."""
    return 5 * ((number + 2) // 5)


def returned(days: int) -> tuple[int, int]:
    """(came back, all) of the exits of a year that had been watched so long on 31 October."""
    last = LAST - timedelta(days=days)
    watched = exits(last - timedelta(days=364), last)
    return sum(back is not None and back <= days for _, back in watched), len(watched)


def free_after(months: int, *, before_via: bool) -> tuple[int, int]:
    """(not in receipt so many months after they came, all who came so long ago), before ViA or with it."""
    rows = list(Receipt.objects.order_by("starts", "id"))
    came = [r for r in rows if r.starts > date(2025, 1, 1) and (r.starts < VIA_FROM) is before_via]
    seen = [(r.person_id, add_months(r.starts, months)) for r in came if add_months(r.starts, months) <= LAST]
    paid = [any(r.person_id == who and r.starts <= day and (r.ends is None or r.ends >= day) for r in rows) for who, day in seen]
    return paid.count(False), len(paid)


# -- reading the page -----------------------------------------------------------------------------------------------------
def line(page: Page, title: str) -> Locator:
    """The line of a figure on the page of the month."""
    return page.locator("#inhalt tbody tr", has=page.get_by_role("link", name=title, exact=True))


def group(page: Page, title: str, label: str) -> Locator:
    """The line of one group of a figure on the page of the month."""
    body = page.locator("#inhalt tbody", has=page.get_by_role("link", name=title, exact=True))
    return body.locator("tr", has=page.get_by_role("cell", name=f"– {label}", exact=True))


def cell(row: Locator, label: str = "Oktober 2026") -> Locator:
    """One cell of it."""
    return row.locator(f"td[data-label='{label}']")


def share(above: int, below: int) -> str:
    """A share of two numbers in fives, as it is written."""
    return f"{100 * in_fives(above) / in_fives(below):.1f} %".replace(".", ",")


@pytest.fixture
def at_desk(new_page: Callable[..., Page], axe: Callable[[Page], None]) -> Callable[[str], Desk]:
    """``at_desk("controller")``: somebody logged in in a browser session of their own; each kind of page is checked once."""
    checked: set[str] = set()

    def make(who: str) -> Desk:
        page = new_page()
        # The first page of the day counts three years.
        page.set_default_timeout(2 * COUNTED_MS)
        made = Desk(page, Keyboard(page), axe, checked)
        made.log_in(who)
        return made

    return make


def before_the_day(world: World) -> House:
    """The first delivery is in; three whose end nobody knows are people of the entrance team."""
    world.jobcenter.via_from = VIA_FROM
    world.jobcenter.save()
    made = house()
    packages.take(world, made.tables(), as_of=FIRST_STATE)
    entrance(world)
    for number in unknown_of(made)[:3]:
        person = Person.objects.get(last_name=f"Kiesel{number}")
        people.assign(
            actor=world.actor(), at=at(8), person_id=person.pk, kind=ResponsibilityKind.ENTRANCE, team_id=world.teams["via"].pk,
            valid_from=TODAY, reason="Erstkontakt",
        )  # fmt: skip
    return made


def unknown_of(made: House) -> list[str]:
    """Keys of those who left in October, nobody knows why."""
    return [
        rows[0]["kundennummer"][1:] for rows in made.rows
        if len(rows) == 1 and rows[0].get("endegrund") == "unbekannt" and OCTOBER <= rows[0]["bis"] <= LAST
    ]  # fmt: skip


def step_1_the_state_of_the_data(me: Desk) -> None:
    """The day begins on the last whole month; the state of the data is printed."""
    me.arrive("Oktober 2026")
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text("Datenstand 20.11.2026, nicht abgeschlossen, heute berechnet")


def step_2_a_number_what_it_means_and_the_count(me: Desk) -> None:
    """The headline figures are those of a plain count; behind them is what they mean, and for steering nobody's name."""
    stock = in_receipt(LAST)
    assert stock > 100
    expect(cell(line(me.page, "Personen im Bezug"))).to_have_text(str(stock))
    me.go("Personen im Bezug", "Personen im Bezug")
    for part in ("Was die Zahl sagt", "Wie gezählt wird", "Was nicht darin ist", "Datenstand 20.11.2026", "Namen sieht nur, wer für die Menschen zuständig ist"):
        expect(me.page.locator("#inhalt")).to_contain_text(part)
    expect(me.page.locator("#inhalt")).not_to_contain_text("Kiesel")
    me.keys.press(me.page.locator("summary", has_text="Tabelle"))
    row = me.page.locator("details tbody tr")
    for first in (date(2025, 12, 1), date(2026, 6, 1)):
        last = add_months(first, 1) - timedelta(days=1)
        expect(row.filter(has=me.page.locator(f"a[href='?monat={first:%Y-%m}']")).locator("td")).to_have_text(str(in_receipt(last)))
    me.check()
    me.keys.press(me.page.locator(".hf-crumb a"))
    me.arrive("Oktober 2026")


def by_reason(first: date, last: date) -> dict[str, int]:
    """Exits by the reason that was delivered."""
    found: dict[str, int] = {}
    for row, _ in exits(first, last):
        found[row.end_reason] = found.get(row.end_reason, 0) + 1
    return found


def step_3_exits_by_kind(me: Desk, lead: Desk, made: House, world: World) -> None:
    """Work and unknown are told, small groups are not; the unknown ones are a list for the team whose people they are."""
    count = by_reason(OCTOBER, LAST)
    assert sorted(count) == ["moved", "no_renewal", "unknown", "work"]
    assert max(count["moved"], count["no_renewal"]) < 10 <= min(count["work"], count["unknown"])
    expect(cell(line(me.page, "Abgänge, Personen"))).to_have_text(str(sum(count.values())))
    for label, text in (
        ("Arbeit", str(count["work"])), ("unbekannt", str(count["unknown"])), ("weggezogen", HIDDEN), ("kein neuer Antrag", HIDDEN),
        ("anderes Einkommen oder andere Leistung", HIDDEN), ("verstorben", HIDDEN),
    ):  # fmt: skip
        expect(cell(group(me.page, "Abgänge, Personen", label))).to_have_text(text)

    lead.keys.press(lead.page.get_by_label("Hauptnavigation").get_by_role("link", name="Monat"))
    lead.arrive("Oktober 2026")
    lead.go("Abgänge, Personen", "Abgänge, Personen")
    row = lead.page.locator("#inhalt tbody tr", has=lead.page.get_by_role("rowheader", name="unbekannt", exact=True))
    lead.keys.press(row.get_by_role("link"))
    listed_here = lead.page.locator("#faelle")
    expect(listed_here).to_contain_text("Wer dahintersteht: unbekannt")
    mine = unknown_of(made)[:3]
    expect(listed_here.locator("tbody th")).to_have_text([f"Kiesel{number}, Test" for number in mine])
    lead.check()
    looks = AccessEvent.objects.filter(page="cockpit:figure", kind="search")
    assert {look.actor_id for look in looks} == {world.users["via_lead"].pk}
    lead.keys.press(lead.link(f"Kiesel{mine[0]}, Test"))
    lead.arrive(re.compile(f"Kiesel{mine[0]}"))


def step_4_what_lasts_and_who_came_back(me: Desk) -> None:
    """Returns within 3, 6 and 12 months from exits that were watched so long; the young ones stand apart."""
    for months, days in ((3, 92), (6, 183), (12, 365)):
        back, seen = returned(days)
        assert 13 <= back <= seen - 13, (months, back, seen)
        row = line(me.page, f"Zurück binnen {months} Monaten")
        expect(cell(row)).to_have_text(share(back, seen))
        expect(cell(row, "gebildet aus")).to_have_text(f"{in_fives(back)} von {in_fives(seen)}")
        young = len(exits(LAST - timedelta(days=days - 1), LAST))
        expect(cell(line(me.page, f"Abgänge, noch keine {months} Monate beobachtet"))).to_have_text(str(in_fives(young)))
    expect(me.page.locator("#inhalt")).to_contain_text("Wer noch nicht lange genug beobachtet ist, steht für sich und in keinem Anteil.")


def step_5_via_and_what_would_have_been_anyway(me: Desk) -> None:
    """Applications and first offers; beside those with ViA stand those before it, counted alike; who leaves it is no success."""
    for title, text in (("Anträge", "14"), ("Erstkontakte", "14"), ("Stunden bis zum ersten Angebot, Mitte", "2,0 Std.")):
        expect(cell(line(me.page, title))).to_have_text(text)
    section = me.page.locator("section", has=me.page.get_by_role("heading", name="Nach 1, 3 und 6 Monaten", exact=True))
    for part in ("kein Beweis, dass ViA die Ursache ist", "Abgelehnte und zurückgenommene Anträge aus der Zeit vor ViA liegen nicht vor", "ViA seit 01.11.2025"):
        expect(section).to_contain_text(part)
    for months in (1, 3, 6):
        row = line(me.page, f"Frei von Grundsicherung nach {months} Monat{'en' if months > 1 else ''}")
        for label, before_via in (("alle seit Beginn von ViA", False), ("alle vor ViA", True)):
            free, came = free_after(months, before_via=before_via)
            assert 13 <= free <= came - 13, (months, before_via, free, came)
            expect(cell(row, label)).to_have_text(f"{share(free, came)} {in_fives(free)} von {in_fives(came)}")
    leaves = me.page.locator("section", has=me.page.get_by_role("heading", name="„Dann lasse ich es“", exact=True))
    expect(leaves).to_contain_text("nie ein Erfolg, nie eine Ersparnis")
    # Three people said so: a small group is told nowhere.
    expect(cell(group(me.page, "„Dann lasse ich es“ im Monat", "Der Antrag bleibt offen"))).to_have_text(HIDDEN)


def step_6_closing_once(me: Desk, at_desk: Callable[[str], Desk]) -> None:
    """The month is closed by a double press; who had the page open in another window reads that it is closed, by whom and when."""
    other = at_desk("controller")
    other.arrive("Oktober 2026")
    me.keys.reach(me.button("Monat abschließen"))
    me.page.keyboard.press("Enter")
    me.page.keyboard.press("Enter")
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text("abgeschlossen am 24.11.2026", timeout=COUNTED_MS)
    expect(me.button("Monat abschließen")).to_have_count(0)
    assert MonthClosing.objects.get().month == OCTOBER
    other.keys.press(other.button("Monat abschließen"))
    expect(other.page.get_by_role("alert")).to_contain_text("Oktober 2026 ist schon abgeschlossen: Uta Zaunkoenig, Di 24.11.2026, 09:42 Uhr.", timeout=COUNTED_MS)
    other.check()
    # From here the way back to another month works.
    other.keys.press(other.link("Monat davor"))
    other.arrive("September 2026")
    assert MonthClosing.objects.count() == 1


def step_7_a_late_correction(me: Desk, made: House, world: World) -> None:
    """A delivery says that three more had left in October. What was reported stays until it is corrected, with a reason, for all to see."""
    stock, work = in_receipt(LAST), by_reason(OCTOBER, LAST)["work"]
    for rows in made.rows[:3]:
        rows[0] |= {"bis": date(2026, 10, 9), "endegrund": "arbeit"}
    packages.take(world, made.tables(), as_of=SECOND_STATE, minute=30)
    assert in_receipt(LAST) == stock - 3
    me.page.reload()
    expect(cell(line(me.page, "Personen im Bezug"))).to_have_text(str(stock))
    differs = me.page.locator("section", has=me.page.get_by_role("heading", name="Seit dem Abschluss sagen die Daten etwas anderes"))
    row = differs.locator("tbody tr", has=me.page.get_by_role("rowheader", name="Personen im Bezug", exact=True))
    expect(row.locator("td")).to_have_text([str(stock), str(stock - 3)])
    me.check()
    me.keys.press(me.button("Berichtigen"))
    # Pressed with nothing in it: the page says what is missing, nothing is changed.
    expect(me.page.get_by_label("Was hat sich warum geändert?")).to_have_attribute("aria-invalid", "true", timeout=COUNTED_MS)
    me.check()
    assert not MonthFigure.objects.exclude(replaced_at=None).exists()
    me.keys.write(me.page.get_by_label("Was hat sich warum geändert?"), "Drei Enden kamen mit der Lieferung vom 23.11.")
    me.keys.press(me.button("Berichtigen"))
    expect(me.page.locator(".hf-pagehead__meta")).to_contain_text("berichtigt am 24.11.2026 mit Daten vom 23.11.2026", timeout=COUNTED_MS)
    changed = me.page.locator("#berichtigt tbody tr")
    for title, old, new in (("Personen im Bezug", stock, stock - 3), ("Abgänge, Personen, Arbeit", work, work + 3)):
        row = changed.filter(has=me.page.get_by_role("rowheader", name=title, exact=True))
        expect(row.locator("td")).to_have_text(
            [str(old), str(new), "heute 09:42, Uta Zaunkoenig", "Drei Enden kamen mit der Lieferung vom 23.11."]
        )
    expect(cell(line(me.page, "Personen im Bezug"))).to_have_text(str(stock - 3))
    expect(me.page.get_by_text("Seit dem Abschluss sagen die Daten etwas anderes")).to_have_count(0)
    me.check()


def download(me: Desk, name: str) -> bytes:
    """Press a link that saves a file; its content."""
    with me.page.expect_download() as caught:
        me.keys.press(me.link(name))
    return caught.value.path().read_bytes()


def of_code(rows: Iterable[dict[str, Any]], code: str, part: str = "") -> Any:
    """One value of a table that was put out."""
    return next(row["Wert"] for row in rows if row["Kurzname"] == code and (row["Gruppe"] or "") == part)


def step_8_for_the_county_council(me: Desk) -> None:
    """PDF, CSV and XLSX say what the page says: the same figures, the same state, the small ones hidden, nobody named."""
    stock, state = in_receipt(LAST), "Datenstand 20.11.2026, abgeschlossen am 24.11.2026, berichtigt am 24.11.2026 mit Daten vom 23.11.2026"
    words = me.paper(me.link("Bericht (PDF)"))
    for part in ("Monatsbericht Oktober 2026", state, "Personen im Bezug", str(stock), "kein Beweis, dass ViA die Ursache ist", HIDDEN):
        assert part in words, part
    text = download(me, "CSV").decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["Stand"] for row in table} == {state}
    sheet = load_workbook(io.BytesIO(download(me, "Tabelle (XLSX)"))).worksheets[0]
    heads, *rows = sheet.iter_rows(values_only=True)
    cells = [dict(zip(heads, row, strict=True)) for row in rows]
    work = by_reason(OCTOBER, LAST)["work"]
    assert (of_code(table, "stock_persons"), of_code(cells, "stock_persons")) == (str(stock), stock)
    assert (of_code(table, "exits_persons", "Arbeit"), of_code(cells, "exits_persons", "Arbeit")) == (str(work), work)
    assert (of_code(table, "exits_persons", "weggezogen"), of_code(cells, "exits_persons", "weggezogen")) == (HIDDEN, HIDDEN)
    for out in (words, text, str(rows)):
        assert "Kiesel" not in out
        assert "Moos" not in out


def step_9_the_rank(me: Desk) -> None:
    """Without a file the page says so; with the one that is read in here it gives the rank."""
    me.go("Vergleich", "Vergleich")
    expect(me.page.locator("#inhalt")).to_contain_text("Den Rang unter den 45 Jobcentern in Niedersachsen zeigt diese Seite erst, wenn die Tabelle")
    assert "Rang 1" not in me.page.locator("#inhalt").inner_text()
    for name, content in (("liste.csv", listed(*PLACES)), ("k1.csv", july(*VALUES))):
        me.page.goto("/vergleich/tabellen/")
        me.arrive("Veröffentlichte Zahlen einlesen")
        me.page.get_by_label("Datei").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        me.keys.press(me.button("Datei prüfen"))
        me.page.wait_for_url(re.compile(r"/tabellen/[0-9a-f-]{36}/$"))
        me.keys.press(me.button(re.compile("übernehmen$")))
        expect(me.button("Tabelle zurücknehmen")).to_be_visible()
        me.check()
    me.keys.press(me.page.locator(".hf-crumb a").first)
    me.arrive("Vergleich")
    expect(me.page.get_by_text(f"Rang {rank()} von {len(VALUES)}").first).to_be_visible()


def rank() -> int:
    """Where we stand: of K1 less is better."""
    numbers = {place: float(value.replace(",", ".")) for place, value in VALUES}
    return 1 + sum(value < numbers["23102"] for value in numbers.values())


@pytest.mark.one_database
@pytest.mark.timeout(300)
def test_the_last_working_day_of_the_controller_by_keyboard(served: World, at_desk: Callable[[str], Desk]) -> None:
    made = before_the_day(served)
    me, lead = at_desk("controller"), at_desk("via_lead")
    step_1_the_state_of_the_data(me)
    step_2_a_number_what_it_means_and_the_count(me)
    step_3_exits_by_kind(me, lead, made, served)
    step_4_what_lasts_and_who_came_back(me)
    step_5_via_and_what_would_have_been_anyway(me)
    step_6_closing_once(me, at_desk)
    step_7_a_late_correction(me, made, served)
    step_8_for_the_county_council(me)
    step_9_the_rank(me)
