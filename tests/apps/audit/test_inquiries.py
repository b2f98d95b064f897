"""Looks into the accesses: two keys, a cause, two weeks; and no name of a client on any page of them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from hilfefrei.apps.audit import domain, queries
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import AccessInquiry, Event
from hilfefrei.apps.audit.workflows import InquiryAbout, InquiryState
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake.domain import first_contact
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.www.privacy import accesses
from tests.world import TODAY, World, at

NAME = "Sumpfdotter"


def a_person(world: World, name: str = NAME) -> Person:
    contact = first_contact.record_first_contact(
        actor=world.actor("entrance"),
        at=at(8),
        contact_at=at(8),
        channel=Channel.IN_PERSON,
        wishes=["work"],
        new_person=first_contact.NewPerson(first_name="Jana", last_name=name),
    )
    return Person.objects.get(pk=contact.person_id)


def client_of(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.users[who])
    return client


def ask(world: World, who: str, **given: Any) -> AccessInquiry:
    values = {"about": InquiryAbout.PERSON, "about_id": uuid4(), "cause": "Beschwerde 7/2026", "first_day": TODAY, "last_day": TODAY} | given
    return domain.ask_accesses(actor=world.actor(who), at=at(10), **values)


def answer(world: World, who: str, asked: AccessInquiry, *, agree: bool = True, text: str = "") -> AccessInquiry:
    return domain.answer_accesses(actor=world.actor(who), at=at(11), inquiry_id=asked.pk, agree=agree, answer=text)


@pytest.mark.parametrize(("one", "other"), [("data_protection", "staff_council"), ("staff_council", "data_protection")])
def test_either_key_asks_and_the_other_opens(world: World, one: str, other: str) -> None:
    asked = ask(world, one)
    assert not queries.is_readable(asked, TODAY)
    assert [r.pk for r in queries.waiting_for(world.actor(other))] == [asked.pk]
    assert not queries.waiting_for(world.actor(one)).exists()
    with pytest.raises(Refused, match="zweiten Schlüssel"):
        answer(world, one, asked)
    opened = answer(world, other, asked)
    assert queries.is_readable(opened, TODAY)
    assert queries.is_readable(opened, TODAY + timedelta(days=domain.READABLE_DAYS))
    assert not queries.is_readable(opened, TODAY + timedelta(days=domain.READABLE_DAYS + 1))
    with pytest.raises(Refused, match="schon beantwortet"):
        answer(world, other, opened, agree=False, text="doch nicht")


def test_whoever_holds_no_key_neither_asks_nor_knows(world: World) -> None:
    asked = ask(world, "data_protection")
    for who in ("entrance", "via_lead", "director", "operator", "controller"):
        with pytest.raises(Forbidden):
            ask(world, who)
        with pytest.raises(Forbidden):
            answer(world, who, asked)
        assert not queries.inquiries(world.actor(who)).exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"cause": "weil"}, "cause"),
        ({"last_day": TODAY - timedelta(days=1)}, "period"),
        ({"first_day": TODAY + timedelta(days=1), "last_day": TODAY + timedelta(days=2)}, "future"),
        ({"about": InquiryAbout.USER, "first_day": TODAY - timedelta(days=31)}, "too_long"),
    ],
)
def test_without_a_cause_or_with_days_that_cannot_be_nothing_is_asked(world: World, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        ask(world, "data_protection", **given)
    assert caught.value.code == code
    assert not AccessInquiry.objects.exists()


def test_a_refusal_has_a_reason_and_shows_nothing(world: World) -> None:
    asked = ask(world, "data_protection")
    with pytest.raises(Refused, match="warum nicht"):
        answer(world, "staff_council", asked, agree=False)
    refused = answer(world, "staff_council", asked, agree=False, text="kein Anlass erkennbar")
    assert (refused.state, queries.is_readable(refused, TODAY)) == (InquiryState.REFUSED, False)


def test_of_a_file_all_records_of_the_person_and_only_these_days(world: World) -> None:
    one, other = a_person(world), a_person(world, "Sumpfdotterin")
    stranger = a_person(world, "Wiesenkerbel")
    people.link_duplicates(actor=world.actor("entrance"), at=at(9), keep_id=one.pk, other_id=other.pk, same=True, reason="dieselbe")
    for moment, ids in ((at(9, 0), [one.pk]), (at(9, 1), [other.pk]), (at(9, 2), [stranger.pk]), (at(9, 0, days=-1), [one.pk])):
        domain.log_access(actor=world.actor("entrance"), kind="open", page="people:detail", person_ids=ids, at=moment)
    domain.log_access(actor=world.actor("colleague"), kind="search", page="people:list", person_ids=[stranger.pk, one.pk], at=at(9, 3))
    opened = answer(world, "staff_council", ask(world, "data_protection", about_id=one.pk))
    found = list(queries.accesses(opened, [one.pk, other.pk]).filter(at__gte=at(9, 0)))
    assert [(e.actor_id, e.kind) for e in found] == [
        (world.users["entrance"].pk, "open"),
        (world.users["entrance"].pk, "open"),
        (world.users["colleague"].pk, "search"),
    ]


def test_of_a_file_they_are_found_by_an_index(world: World, django_db_setup: str) -> None:
    opened = answer(world, "staff_council", ask(world, "data_protection", about_id=a_person(world).pk))
    by_index = django_db_setup == "postgres"
    asked = str(queries.accesses(opened, [opened.about_id]).query)
    assert ('"person_ids" @> ' in asked) == by_index
    if by_index:
        with connection.cursor() as cursor:
            # So few rows are read faster without.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN SELECT id FROM audit_accessevent WHERE person_ids @> %s::jsonb", [f'"{opened.about_id}"'])
            assert "access_by_person" in "".join(line for (line,) in cursor.fetchall())


def test_the_pages_from_asking_to_closing_name_no_client(world: World) -> None:
    person = a_person(world)
    client_of(world, "entrance").get(f"/personen/{person.pk}/")
    asking, agreeing = client_of(world, "data_protection"), client_of(world, "staff_council")
    day = f"{TODAY:%d.%m.%Y}"
    form = {"about": "person", "number": str(person.callsign), "first_day": day, "last_day": day, "cause": "Beschwerde 7/2026"}
    assert asking.post("/datenschutz/zugriffe/", form | {"number": "999999"}).status_code == 422
    assert asking.post("/datenschutz/zugriffe/", form | {"about": "user"}).status_code == 422
    page = asking.post("/datenschutz/zugriffe/", form, follow=True)
    address = page.redirect_chain[-1][0]
    assert "Zugriff auf" not in page.content.decode()
    assert asking.get(f"{address}zugriffe.xlsx").status_code == 404
    waiting = agreeing.get("/datenschutz/zugriffe/").content.decode()
    assert "1 Anfrage wartet auf Ihren Schlüssel" in waiting
    opened = agreeing.post(f"{address}antwort/", {"ja": "1"}, follow=True).content.decode()
    shown = asking.get(address).content.decode()
    for text in (opened, shown):
        assert f"Nummer {person.callsign}" in text
        assert "Nele" in text or world.users["entrance"].get_full_name() in text
        assert ">Akte</span>" in text
        assert "people:detail" not in text
        assert NAME not in text
    assert asking.get(f"{address}zugriffe.xlsx").status_code == 200
    assert Event.objects.filter(verb="inquiry.read").count() == 3
    agreeing.post(f"{address}schliessen/")
    assert ">Akte</span>" not in asking.get(address).content.decode()


def test_every_page_that_notes_an_access_has_a_word_for_both_keys() -> None:
    """The place in the program, people:detail, says nothing to the staff council."""
    noting = re.compile(r"""(?:page=|_(?:log|open|held)\(request, (?:\w+, )?)"([a-z]+:[a-z_]+)\"""")
    found = {name for path in Path(accesses.__file__).parents[1].rglob("*.py") for name in noting.findall(path.read_text(encoding="utf-8"))}
    assert {"people:detail", "people:address", "people:disclosure", "entrance:board", "via:date"} <= found
    assert found == set(accesses.PLACES)
