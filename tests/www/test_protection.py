"""What lists, papers and tables say of protected people: a number and whom to ask, never a name; linked records alike."""

from collections.abc import Callable

import pytest
from django.test import Client

from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.intake.workflows import EntryState
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ChannelKind, RestrictionKind
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
