"""What lists, papers and tables say of protected people: a number and whom to ask, never a name; linked records alike."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import agreement, dates, leave
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.intake.workflows import EntryState, LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person, Restriction
from hilfefrei.apps.people.workflows import ChannelKind, ResponsibilityKind, RestrictionKind
from tests import desk
from tests.support.reading import whole
from tests.world import TODAY, World, at
from tests.www.test_first_contact import given, words

Login = Callable[[str], Client]
PHONE = "0171 39200 81"


def shield(world: World, person: Person, who: str = "entrance") -> None:
    people.restrict(
        actor=world.actor(who), at=at(9, 30), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )


def with_phone(world: World, entry: Entry) -> Entry:
    people.set_channel(actor=world.actor(), at=at(), person_id=entry.person_id, kind=ChannelKind.PHONE, value=PHONE, is_safe=False, valid_from=TODAY)
    return entry


# --- what leaves the house
def only_named(world: World) -> tuple[Entry, str]:
    """Protected by the only colleague who is named; where her seat is called off."""
    entry = with_phone(world, desk.applicant(world, "Jana", "Silberdistel", urgent=(UrgentKind.VIOLENCE,), language="ar"))
    date_ = desk.information(world)
    dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=date_.pk, entry_id=entry.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(9, 20), date_id=date_.pk, reason="Raum gesperrt")
    shield(world, entry.person)
    return entry, f"/via/termin/{date_.pk}/anrufen/?form=pdf"


def linked(world: World) -> tuple[Entry, str]:
    """The same, but the protected record is another one of the same human being, two links away."""
    entry = with_phone(world, desk.applicant(world, "Jana", "Silberdistel", urgent=(UrgentKind.VIOLENCE,), language="ar"))
    date_ = desk.information(world)
    dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=date_.pk, entry_id=entry.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(9, 20), date_id=date_.pk, reason="Raum gesperrt")
    between, other = world.person("Jana", "Silberdistl"), world.person("Janna", "Silbertistel")
    for keep, double in ((entry.person, between), (between, other)):
        people.link_duplicates(actor=world.actor(), at=at(9, 25), keep_id=keep.pk, other_id=double.pk, same=True, reason="Ausweis gesehen")
    shield(world, other)
    return entry, f"/via/termin/{date_.pk}/anrufen/?form=pdf"


@pytest.mark.parametrize("make", [only_named, linked])
def test_lists_on_paper_and_tables_do_not_name_them_whoever_takes_them_along(
    login: Login, world: World, make: Callable[[World], tuple[Entry, str]]
) -> None:
    entry, calls = make(world)
    client = login("entrance")
    assert "Silberdistel" in whole(client.get("/eingang/"))
    number = entry.person.callsign
    told = {
        "calls": (calls, f"Termin {number}"),
        "day": ("/eingang/tagesliste.pdf", f"Nummer {number}"),
        "xlsx": ("/personen/liste.xlsx", ""),
        "pdf": ("/personen/liste.pdf", ""),
    }
    for name, (path, shown) in told.items():
        answer = client.get(path)
        assert answer.status_code == 200, name
        words = whole(answer)
        assert shown in words, name
        for secret in ("Silberdistel", PHONE, "Arabisch", "Gewalt"):
            assert secret not in words, (name, secret)
    assert "dringend" in whole(client.get("/eingang/tagesliste.pdf"))
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.IN_VIA, via_from=TODAY, via_to=TODAY)
    assert "Silberdistel" in whole(client.get("/via/"))
    table = client.get("/via/teilnahme.xlsx")
    assert "dabei seit" in whole(table)
    assert "Silberdistel" not in whole(table)


def test_the_table_of_benefits_leaves_out_records_linked_to_a_protected_one(login: Login, world: World) -> None:
    entry, double = desk.applicant(world), world.person("Janna", "Silbertistel")
    people.link_duplicates(actor=world.actor(), at=at(9, 25), keep_id=entry.person_id, other_id=double.pk, same=True, reason="Ausweis gesehen")
    people.restrict(
        actor=world.actor(), at=at(9, 30), person_id=double.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle",
        user_ids=[world.users["benefits"].pk],
    )  # fmt: skip
    client = login("benefits")
    assert "Silberdistel" in whole(client.get("/leistung/"))
    table = whole(client.get("/leistung/?form=xlsx"))
    assert "Aktenzeichen" in table
    assert "Silberdistel" not in table


# --- the way of a protected person at the entrance
def test_a_protected_person_who_waits_stays_on_the_lists_of_the_entrance_as_a_number(login: Login, world: World) -> None:
    entry = with_phone(world, desk.applicant(world, "Wanda", "Tollkirsche", urgent=(UrgentKind.NO_MONEY,), language="ar"))
    desk.applicant(world, "Piet", "Ahornblatt")
    assert "2 Menschen warten" in words(login("colleague").get("/eingang/"))
    people.assign(
        actor=world.actor("benefits"), at=at(9, 20), person_id=entry.person_id, kind=ResponsibilityKind.BENEFITS,
        team_id=world.teams["benefits"].pk, valid_from=TODAY, reason="Antrag",
    )  # fmt: skip
    shield(world, entry.person, "benefits")
    line = f"Geschützter Fall, Nr. {entry.person.callsign}: fragen Sie Schutzstelle, 0171 39200 60 "
    client = login("colleague")
    for path in ("/eingang/", "/eingang/schichtende/"):
        page = words(client.get(path))
        assert "1 geschützter Fall ohne Namen" in page, path
        assert f"{line}wartet seit heute 08:52 auf das erste Gespräch" in page, path
        for secret in ("Tollkirsche", "Wanda", PHONE, "Arabisch", "Geld reicht", str(entry.pk), str(entry.person_id)):
            assert secret not in client.get(path).content.decode(), (path, secret)
    assert "2 Menschen warten" in words(client.get("/eingang/"))
    assert queries.waiting_count(world.actor("colleague"), TODAY) == 2
    # The table that asks anew every minute has it as well.
    assert line in words(client.get("/eingang/", headers={"HX-Request": "true"}))
    assert "2 ohne nächsten Schritt und Datum" in words(client.get("/eingang/schichtende/"))
    assert client.get(f"/eingang/gespraech/{entry.pk}/").status_code == 404
    # Of no other team, and by name for whom it names.
    assert "geschützter Fall" not in words(login("other_team").get("/eingang/"))
    people.name_user(actor=world.actor("benefits"), at=at(), restriction_id=Restriction.objects.get().pk, user_id=world.users["colleague"].pk)
    named = words(login("colleague").get("/eingang/"))
    assert "Wanda Tollkirsche" in named
    assert "geschützter Fall" not in named


def test_protecting_somebody_whose_way_is_open_says_that_nobody_of_the_entrance_is_named(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    people.assign(
        actor=world.actor("benefits"), at=at(9, 20), person_id=entry.person_id, kind=ResponsibilityKind.BENEFITS,
        team_id=world.teams["benefits"].pk, valid_from=TODAY, reason="Antrag",
    )  # fmt: skip
    path = f"/personen/{entry.person_id}/schutz/"
    client = login("benefits")
    assert "nennen Sie auch jemanden aus dem Team „ViA-Team“" in words(client.get(path))
    answer = client.post(path, {"op": str(uuid4()), "kind": "protected", "ask": "Schutzstelle", "phone": "0171 39200 60"}, follow=True)
    missing = "niemand aus dem Team „ViA-Team“ sieht die Akte"
    assert missing in words(answer)
    client.post(f"/personen/{entry.person_id}/namen-nennen/", {"op": str(uuid4()), "wer": str(world.users["coach"].pk)})
    assert missing not in words(client.get(path))


def test_a_way_that_is_over_needs_nobody_of_the_entrance(login: Login, world: World) -> None:
    person = world.person()
    shield(world, person, "via_lead")
    shown = words(login("via_lead").get(f"/personen/{person.pk}/schutz/"))
    assert "Diese Akte ist geschützt" in shown
    assert "niemand aus dem Team" not in shown
    assert "geschützter Fall" not in words(login("entrance").get("/eingang/"))


def test_protected_ways_cost_the_same_for_one_and_three(login: Login, world: World, django_assert_num_queries: Any) -> None:
    client = login("colleague")
    for count in (1, 2, 3):
        shield(world, desk.applicant(world, f"Wanda {count}", "Tollkirsche").person)
        if count == 1:
            client.get("/eingang/schichtende/")
            with CaptureQueriesContext(connection) as first:
                client.get("/eingang/schichtende/")
    with django_assert_num_queries(len(first)):
        assert "3 geschützte Fälle ohne Namen" in words(client.get("/eingang/schichtende/"))


# --- safe contact
def test_where_contact_must_be_safe_an_unsafe_number_is_on_no_list_and_no_paper(login: Login, world: World) -> None:
    entry = with_phone(world, desk.applicant(world))
    client = login("entrance")
    for shown in ("/eingang/", "/eingang/tagesliste.pdf"):
        assert PHONE in whole(client.get(shown)), shown
    client.post("/eingang/erstkontakt/", given(person=str(entry.person_id), contact_time="9:40", wishes=["information"], urgent=["violence"]))
    entry.person.refresh_from_db()
    assert entry.person.safe_contact
    date_ = desk.information(world)
    dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=date_.pk, entry_id=entry.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(9, 20), date_id=date_.pk, reason="Raum gesperrt")
    calls, seats = f"/via/termin/{date_.pk}/anrufen/", f"/via/termin/{date_.pk}/"
    pages = {
        "entrance": ["/eingang/", "/eingang/tagesliste.pdf", f"/eingang/not/{entry.person_id}/", calls, f"{calls}?form=pdf", seats],
        "benefits": ["/leistung/", f"/leistung/antrag/{entry.application_id}/"],
    }

    def read() -> None:
        for who, paths in pages.items():
            reader = login(who)
            for path in paths:
                answer = reader.get(path)
                assert answer.status_code == 200, path
                assert PHONE not in whole(answer), path
                assert "keine sichere Nummer" in whole(answer), path

    read()
    verbs.not_reached(actor=world.actor(), at=at(), entry_id=entry.pk)
    pages["entrance"][:2] = ["/eingang/", "/eingang/spaeter/"]
    read()
    # The file alone has it, and says what it is.
    client = login("entrance")
    file = words(client.get(f"/personen/{entry.person_id}/"))
    assert f"nicht anrufen {PHONE} kein sicherer Kontakt" in file
    assert "keine sichere Nummer" in file
    assert f"{PHONE} Telefon, seit 24.11.2026 nicht anrufen" in words(client.get(f"/personen/{entry.person_id}/kontakt/"))
    assert PHONE not in whole(client.get(f"/personen/{entry.person_id}/auszug.pdf"))
    people.set_channel(
        actor=world.actor(), at=at(), person_id=entry.person_id, kind=ChannelKind.MOBILE, value="0171 39200 82", is_safe=True, valid_from=TODAY
    )
    for who, paths in pages.items():
        reader = login(who)
        for path in paths:
            shown = whole(reader.get(path))
            assert "0171 39200 82" in shown, path
            assert "keine sichere Nummer" not in shown, path


# --- the privacy switch
def test_with_the_privacy_switch_on_no_list_behind_the_board_shows_full_names_or_words(login: Login, world: World) -> None:
    """Every list one gets to from the board and its navigation, with somebody on each of them."""
    said = "Mein Mann will das nicht"
    one = desk.applicant(world, "Kevin", "Fingerhut", urgent=(UrgentKind.NO_MONEY,))
    with_phone(world, one)
    for act in (1, 2, 3):
        entry = one if act == 1 else desk.applicant(world, f"Marta{act}", "Fingerhut")
        made = leave.record_leave(
            actor=world.actor("colleague"), at=at(9, 20), entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, words=said, rights=[],
            call_at=at(10, days=1),
        )  # fmt: skip
        if act > 1:
            leave.second_look(actor=world.actor("via_lead"), at=at(9, 30), leave_id=made.pk, ok=act == 2, note=said)
    date_ = desk.information(world, days=0, hour=9)
    away = desk.applicant(world, "Nora", "Fingerhut")
    for entry in (one, away):
        dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=date_.pk, entry_id=entry.pk)
    called = desk.information(world, days=1)
    dates.book_seat(actor=world.actor(), at=at(7, 30), date_id=called.pk, entry_id=one.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(9, 20), date_id=called.pk, reason="Raum gesperrt")
    verbs.later(actor=world.actor(), at=at(), entry_id=away.pk, resume_at=at(9, days=1), reason=said)
    Entry.objects.filter(pk=one.pk).update(state=EntryState.IN_VIA, via_from=TODAY, via_to=TODAY, next_step=said, next_step_at=at(8))
    desk.talking(world, desk.applicant(world, "Ivan", "Fingerhut"))
    handed = desk.talking(world, desk.applicant(world, "Emre", "Fingerhut"), minute=16)
    agreement.send_handover(
        actor=world.actor(), at=at(9, 40), entry_id=handed.pk, team_id=world.teams["placement"].pk, user_id=world.users["case_manager"].pk,
        reason=said, summary=f"{said}. Sie sucht Arbeit.",
    )  # fmt: skip
    client = login("entrance")
    seats, calls = f"/via/termin/{date_.pk}/", f"/via/termin/{called.pk}/anrufen/"
    board = client.get("/eingang/?sichtschutz=aus", follow=True).content.decode()
    behind = {path for path in re.findall(r'href="(/[^"?#]*)', board) if not path.endswith((".pdf", ".css", ".svg"))} - {"/abmelden/"}
    lists = {
        "/eingang/", "/eingang/spaeter/", "/eingang/schichtende/", "/eingang/zweite-blicke/", "/eingang/gespraeche/", "/via/", "/personen/", calls,
    }  # fmt: skip
    assert lists - {"/eingang/"} <= behind
    lists |= {seats, "/uebergaben/"}
    single = re.compile(r"/(eingang/(gespraech|not|weg|erklaerung)|personen)/[0-9a-f-]{36}/|/eingang/erstkontakt/$")
    walked = sorted({path for path in behind | lists if not single.match(path)})
    open_ = {path: answer for path in walked if (answer := client.get(path)).status_code == 200}
    shown = {path for path, answer in open_.items() if "Fingerhut" in readable(answer)}
    assert lists <= shown
    client.get("/eingang/?sichtschutz=an")
    for path in open_:
        words_ = readable(client.get(path))
        for secret in ("Fingerhut", said, PHONE):
            assert secret not in words_, (path, secret)


def test_with_the_privacy_switch_on_hit_cards_keep_name_and_birth_date_behind_a_click(login: Login, world: World) -> None:
    """Wherever somebody is looked for: first contact, what it asks, who was chosen, correction, persons, household, duplicates."""
    seen = world.person("Nora", "Fingerhut", birth_date=date(1989, 6, 14), team="placement")
    other = desk.applicant(world, "Emil", "Tollkirsche")
    client = login("entrance")
    who = {"first_name": "Nora", "last_name": "Fingerhut", "birth_date": "14.6.1989"}
    first = {"name": "Nora Fingerhut", "birth_date": "14.6.1989"}

    def looked_for() -> dict[str, Any]:
        contact, house = "/eingang/erstkontakt/", f"/personen/{other.person_id}/haushalt/"
        search = {"q": "Nora Fingerhutt"}
        return {
            "search": client.post(contact, given(step="search", **first)),
            "asked": client.post(contact, given(**first)),
            "chosen": client.post(contact, given(name="", birth_date="", step=f"pick:{seen.pk}")),
            "household": client.post(house, {"op": str(uuid4()), "form": "join", "role": "partner", "valid_from": "24.11.2026"} | who),
            "correct": client.post("/suche/", search | {"to": f"{contact}{other.first_contact_id}/berichtigen/"}, follow=True),
            "persons": client.post("/suche/", search | {"to": "/personen/"}, follow=True),
            "duplicates": client.post("/suche/", search | {"to": f"/personen/{other.person_id}/doppelt/"}, follow=True),
        }

    for name, page in looked_for().items():
        assert "Fingerhut</strong>, geb. 14.06.1989" in re.sub("</?a[^>]*>", "", page.content.decode()), name
        assert "Name und Geburtsdatum zeigen" not in words(page), name
    client.get("/eingang/?sichtschutz=an")
    for name, page in looked_for().items():
        # What was typed in this form is still in its fields.
        left = re.sub(r'(value="|„)[^"“]*', "", readable(page))
        assert "Nora F." in left, name
        for secret in ("Fingerhut", "14.06.1989"):
            assert secret not in left, (name, secret)
        assert "Nora Fingerhut, geb. 14.06.1989</details>" in page.content.decode(), name


def readable(answer: Any) -> str:
    """A page without what is folded away."""
    return re.sub(r"<details.*?</details>", "", answer.content.decode(), flags=re.DOTALL)


# --- safe contact of a linked record
def test_the_warning_of_a_linked_record_stands_on_every_page_that_tells_how_to_reach_somebody(login: Login, world: World) -> None:
    entry = with_phone(world, desk.applicant(world, "Jana", "Silberdistel", urgent=(UrgentKind.NO_MONEY,)))
    warned = world.person("Jana", "Silberdistl", team="placement")
    people.link_duplicates(actor=world.actor(), at=at(), keep_id=entry.person_id, other_id=warned.pk, same=True, reason="Ausweis")
    paths = [
        "/eingang/", "/personen/", f"/personen/{entry.person_id}/", f"/eingang/not/{entry.person_id}/", f"/eingang/gespraech/{entry.pk}/",
    ]  # fmt: skip
    client = login("entrance")
    assert PHONE in whole(client.get(paths[0]))
    people.set_contact(actor=world.actor(), at=at(), person_id=warned.pk, safe_contact=True, contact_hint="nur vormittags")
    for path in (*paths, f"/personen/{entry.person_id}/kontakt/"):
        shown = whole(client.get(path))
        assert "sicherer Kontakt" in shown or "keine sichere Nummer" in shown, path
        # Of a record of another team only the warning is told.
        assert "nur vormittags" not in shown, path
    assert PHONE not in whole(client.get("/eingang/"))
    contact = whole(client.get(f"/personen/{entry.person_id}/kontakt/"))
    assert "Ein verbundener Eintrag verlangt sicheren Kontakt." in contact
    assert "nicht anrufen" in contact
    assert "Post gesperrt" in whole(client.get(f"/personen/{entry.person_id}/"))
    benefits = whole(login("benefits").get("/leistung/"))
    assert "keine sichere Nummer" in benefits
    assert PHONE not in benefits
