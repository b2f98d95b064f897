"""Search before create: what is found, how it ranks, and what must never be seen."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilfefrei.apps.people import domain, policy, queries
from hilfefrei.apps.people.models import Membership, Number, Person, PersonLink
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, ResponsibilityKind, RestrictionKind
from hilfefrei.core import names
from tests.world import TODAY, World, at

BIRTH = date(1992, 4, 12)


def _found(world: World, who: str = "entrance", **given: object) -> list[str]:
    result = queries.search(world.actor(who), day=TODAY, **given)
    return [hit.name for hit in result.hits]


@pytest.mark.parametrize(
    "typed",
    [
        "Silberdistel Jana", "Silberdistel, Jana", "Jana Silberdistel", "Silberdiestel Jana", "Silberdißtel Jana", "silberdistl jana",
        "SILBERDISTEL", "Silb", "Zilberdistel", "Jana", "Bilberdistel Jana", "Silber-Distel Jana",
    ],
)  # fmt: skip
def test_spelling_and_sound(world: World, typed: str) -> None:
    world.person("Jana", "Silberdistel")
    world.person("Bert", "Ackerwinde")
    assert _found(world, name=typed)[:1] == ["Jana Silberdistel"]


@pytest.mark.parametrize("typed", ["Unterholzer Moos", "Hunterholzner Moos", "Hinterholzer-Moos", "Unterholzner-Mohs"])
def test_one_of_several_words_and_a_wrong_half(world: World, typed: str) -> None:
    world.person("Jana Maria", "Unterholzner Moos")
    assert _found(world, name=typed)[:1] == ["Jana Maria Unterholzner Moos"]


def test_names_are_found_by_an_index(world: World, django_db_setup: str) -> None:
    # A record without a name stands in it as well.
    Person.objects.create(jobcenter=world.jobcenter, callsign=4711, created_at=at())
    by_index = django_db_setup == "postgres"
    if by_index:
        # So few rows are read faster without.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    asked = queries._by_name_or_birth(names.Who("Silberdistel", "Jana", BIRTH))
    # Of all houses, for all of so few are found faster by their house.
    with scopes_disabled():
        plan = Person.objects.filter(asked).order_by().explain()
    assert ("person_by_word" in plan) == by_index


def test_of_a_name_of_one_letter_nobody_is_asked_for(world: World, django_assert_num_queries: Any) -> None:
    # Nothing to look for must not become everybody.
    person, reader = world.person("O", "E", birth_date=None), world.actor()
    world.person("Jana", "Silberdistel", birth_date=None)
    with django_assert_num_queries(0):
        assert queries.look_alikes(reader, person, TODAY) == []


def test_while_a_page_is_read_who_is_protected_is_asked_once(world: World, django_assert_num_queries: Any) -> None:
    person = world.person()
    domain.restrict(actor=world.actor(), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    colleague = world.actor("colleague")
    with policy.unchanging():
        assert policy.hidden_from(colleague, [person.pk], TODAY) == {person.pk}
        with django_assert_num_queries(0):
            assert policy.hidden_from(colleague, [person.pk], TODAY) == {person.pk}
        # Who is named in it sees more than the colleague.
        assert policy.hidden_from(world.actor(), [person.pk], TODAY) == set()
    with django_assert_num_queries(2):
        policy.hidden_from(colleague, [person.pk], TODAY)


def test_a_former_name_is_found(world: World) -> None:
    world.person("Jana", "Weißdorn", birth_name="Silberdistel")
    assert _found(world, name="Silberdistel Jana") == ["Jana Weißdorn"]


def test_a_new_name_is_found_by_first_name_and_birth_date(world: World) -> None:
    world.person("Jana", "Weißdorn", birth_date=BIRTH)
    world.person("Jana", "Ackerwinde", birth_date=date(1970, 1, 1))
    assert _found(world, name="Silberdistel Jana", birth_date=BIRTH) == ["Jana Weißdorn"]


def test_day_and_month_exchanged(world: World) -> None:
    world.person(birth_date=date(1992, 4, 12))
    hit = queries.search(world.actor(), day=TODAY, name="Silberdistel Jana", birth_date=date(1992, 12, 4)).hits[0]
    assert "Geburtsdatum: Tag und Monat vertauscht" in hit.reasons


def test_a_frequent_first_name_does_not_push_anybody_out(world: World) -> None:
    for i in range(130):
        Person.objects.create(
            jobcenter=world.jobcenter, callsign=i, first_name="Anna", last_name=f"Ahorn{i}", created_at=at(),
            search_name=f"anna ahorn{i}", sort_name=f"ahorn{i}  anna", sound=names.sound(f"ahorn{i} anna"),
        )  # fmt: skip
    world.person("Anna", "Zittergras")
    assert _found(world, name="Zittergraß Anna")[0] == "Anna Zittergras"


def test_exact_stands_before_near_and_says_why(world: World) -> None:
    world.person("Jana", "Silberdistl", birth_date=date(1996, 9, 3))
    world.person("Jana", "Silberdistel", birth_date=BIRTH)
    hits = queries.search(world.actor(), day=TODAY, name="Silberdistel Jana", birth_date=BIRTH).hits
    assert [(h.name, h.band) for h in hits] == [
        ("Jana Silberdistel", "passt genau"),
        ("Jana Silberdistl", "passt wenig"),
    ]
    assert "Geburtsdatum gleich" in hits[0].reasons


def test_numbers(world: World) -> None:
    person = world.person()
    other = world.person("Bert", "Ackerwinde")
    child = world.person("Timo", "Ackerwinde", birth_date=date(2018, 1, 1))
    unit = domain.open_unit(actor=world.actor(), at=at(), applicant_id=other.pk, valid_from=TODAY)
    domain.join_unit(actor=world.actor(), at=at(), person_id=child.pk, unit_id=unit.pk, role=MemberRole.CHILD, valid_from=TODAY)
    Number.objects.create(jobcenter=world.jobcenter, kind=NumberKind.UNIT, value="23102//0004711", benefit_unit=unit, valid_from=TODAY)
    Number.objects.create(jobcenter=world.jobcenter, kind=NumberKind.CUSTOMER, value="231D004711", person=person, valid_from=TODAY)
    assert _found(world, number=str(person.callsign)) == ["Jana Silberdistel"]
    assert _found(world, number="231d004711") == ["Jana Silberdistel"]
    assert set(_found(world, number="23102//0004711")) == {"Bert Ackerwinde", "Timo Ackerwinde"}
    # A number is a key, whatever name stands beside it.
    assert _found(world, number="231D004711", name="Ackerwinde")[0] == "Jana Silberdistel"
    assert _found(world, number="nirgends") == []


def test_nothing_asked_finds_nothing(world: World) -> None:
    world.person()
    assert _found(world) == []
    assert _found(world, name="  ") == []
    assert _found(world, name="%") == []


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Silberdistel 12.4.1992", ("Silberdistel", BIRTH, "")),
        ("12041992 Jana Silberdistel", ("Jana Silberdistel", BIRTH, "")),
        ("231D004711", ("", None, "231D004711")),
        ("Silberdistel 4711", ("Silberdistel", None, "4711")),
        ("31.2.1990", ("", None, "31.2.1990")),
    ],
)
def test_one_line_is_parted(line: str, parts: tuple[str, date | None, str]) -> None:
    assert queries.split_query(line, today=TODAY) == parts


def test_the_card_has_place_receipt_and_team_and_nothing_else(world: World) -> None:
    person = world.person()
    domain.set_address(
        actor=world.actor(), at=at(), person_id=person.pk, street="Ahornweg 4", plz="37412", place="Herzberg", valid_from=TODAY
    )
    domain.set_channel(actor=world.actor(), at=at(), person_id=person.pk, kind="mobile", value="0171 39200 61", valid_from=TODAY)
    hit = queries.search(world.actor("other_team"), day=TODAY, name="Silberdistel").hits[0]
    assert (hit.place, hit.last_receipt, hit.team, hit.may_open) == ("Herzberg", "kein Bezug bekannt", "ViA-Team", False)
    assert "Ahornweg" not in repr(hit)
    assert "39200" not in repr(hit)
    assert queries.search(world.actor(), day=TODAY, name="Silberdistel").hits[0].may_open


@pytest.mark.parametrize(
    ("member_to", "number_to", "words"),
    [
        (None, None, "Leistung läuft"),
        (None, date(2022, 8, 31), "zuletzt Leistung bis 31.08.2022"),
        (date(2021, 6, 30), None, "zuletzt Leistung bis 30.06.2021"),
        (date(2021, 6, 30), date(2021, 1, 31), "zuletzt Leistung bis 31.01.2021"),
    ],
)
def test_last_receipt(world: World, member_to: date | None, number_to: date | None, words: str) -> None:
    person = world.person()
    unit = domain.open_unit(actor=world.actor(), at=at(), applicant_id=person.pk, valid_from=date(2020, 3, 1))
    Membership.objects.filter(person=person).update(valid_to=member_to)
    Number.objects.create(
        jobcenter=world.jobcenter, kind=NumberKind.UNIT, value="23102//0000001", benefit_unit=unit, valid_from=date(2020, 3, 1), valid_to=number_to
    )
    assert queries.search(world.actor(), day=TODAY, name="Silberdistel").hits[0].last_receipt == words


def test_linked_records_are_one_card_whichever_is_found(world: World) -> None:
    keep = world.person("Wiebke", "Hainbuche")
    other = world.person("Wibke", "Rotdorn")
    actor = world.actor()
    assert _found(world, name="Rotdorn Wibke") == ["Wibke Rotdorn"]
    link = domain.link_duplicates(actor=actor, at=at(), keep_id=keep.pk, other_id=other.pk, same=True, reason="Ausweis gesehen")
    assert _found(world, name="Rotdorn Wibke") == ["Wiebke Hainbuche"]
    assert _found(world, name="Hainbuche Wiebke") == ["Wiebke Hainbuche"]
    domain.unlink(actor=actor, at=at(), link_id=link.pk)
    assert _found(world, name="Rotdorn Wibke") == ["Wibke Rotdorn"]


def test_restricted_gives_no_card_and_no_count(world: World) -> None:
    person = world.person(birth_date=BIRTH)
    world.person("Jana", "Silberdistl", birth_date=BIRTH)
    asked = {"name": "Silberdistel Jana", "birth_date": BIRTH}
    assert len(_found(world, "colleague", **asked)) == 2
    domain.restrict(
        actor=world.actor(), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )
    seen = queries.search(world.actor("colleague"), day=TODAY, **asked)
    assert [h.name for h in seen.hits] == ["Jana Silberdistl"]
    assert seen.hint is not None
    assert (seen.hint.ask, seen.hint.phone) == ("Schutzstelle", "0171 39200 60")
    # Who read the hint is known to the log.
    assert person.pk in seen.person_ids
    named = queries.search(world.actor("entrance"), day=TODAY, **asked)
    assert (named.hits[0].name, named.hits[0].is_protected, named.hint) == ("Jana Silberdistel", True, None)
    assert _found(world, "colleague", number=str(person.callsign)) == []
    assert queries.card(world.actor("colleague"), person.pk, day=TODAY) is None
    assert queries.card(world.actor("entrance"), person.pk, day=TODAY) is not None


@pytest.mark.parametrize(
    ("name", "birth"),
    [
        ("Silberdistel Jana", None), ("Silberdistel", BIRTH), ("Silberdiestel Jana", BIRTH),
        ("Jana Silberdistel", date(1992, 4, 13)), ("", BIRTH),
    ],
)  # fmt: skip
def test_the_hint_needs_the_exact_name_and_birth_date(world: World, name: str, birth: date | None) -> None:
    person = world.person(birth_date=BIRTH)
    domain.restrict(actor=world.actor(), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert queries.search(world.actor("colleague"), day=TODAY, name="Jana Silberdistel", birth_date=BIRTH).hint
    assert queries.search(world.actor("colleague"), day=TODAY, name=name, birth_date=birth).hint is None


def test_a_duplicate_of_a_protected_person_is_protected_too(world: World) -> None:
    person, double = world.person(), world.person("Jana", "Silberdistl")
    domain.link_duplicates(actor=world.actor(), at=at(), keep_id=double.pk, other_id=person.pk, same=True, reason="Ausweis gesehen")
    assert _found(world, "colleague", name="Silberdistl Jana") == ["Jana Silberdistl"]
    domain.restrict(actor=world.actor(), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert _found(world, "colleague", name="Silberdistl Jana") == []
    assert policy.visible_to(world.actor("colleague"), TODAY).count() == 0
    assert policy.visible_to(world.actor("entrance"), TODAY).count() == 2


@pytest.mark.parametrize("who", ["operator", "controller", "buyer", "data_protection", "staff_council", "bca", "employer_service"])
def test_whoever_takes_nobody_up_finds_nobody(world: World, who: str) -> None:
    world.person()
    assert _found(world, name="Silberdistel") == ["Jana Silberdistel"]
    assert _found(world, who, name="Silberdistel") == []


def test_another_jobcenter_is_not_searched(world: World) -> None:
    from django_scopes import scope, scopes_disabled

    from tests.world import make

    with scopes_disabled():
        other = make("anderswo-")
    with scope(jobcenter=other.id):
        other.person()
        assert [h.name for h in queries.search(other.actor(), day=TODAY, name="Silberdistel").hits] == ["Jana Silberdistel"]
    assert _found(world, name="Silberdistel") == []


def test_a_responsibility_that_ended_shows_no_team(world: World) -> None:
    person = world.person()
    held = person.responsibilities.get(kind=ResponsibilityKind.ENTRANCE)
    held.valid_from = TODAY - timedelta(days=9)
    held.valid_to = TODAY - timedelta(days=1)
    held.save()
    hit = queries.search(world.actor(), day=TODAY, name="Silberdistel").hits[0]
    assert (hit.team, hit.may_open) == ("", False)


WORDS = st.text(alphabet="abcdefghiklmnoprstuwzäöü", min_size=6, max_size=12)


@given(name=WORDS, data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_wrong_letter_is_always_a_candidate(world: World, name: str, data: st.DataObject) -> None:
    """One letter exchanged, left out or put in: the halves of the word still lead to the record."""
    folded = names.fold(name)
    place = data.draw(st.integers(0, len(folded) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnoprstuw"))
    wrong = data.draw(st.sampled_from([folded[:place] + letter + folded[place + 1 :], folded[:place] + letter + folded[place:]]))
    person = Person.objects.create(
        jobcenter=world.jobcenter, callsign=1, last_name=name, created_at=at(), search_name=folded, sort_name=folded, sound=names.sound(name)
    )
    try:
        assert [h.person_id for h in queries.search(world.actor(), day=TODAY, name=wrong).hits] == [person.pk]
    finally:
        Person.objects.filter(pk=person.pk).delete()


def test_whom_to_ask_is_found_over_any_number_of_links(world: World) -> None:
    persons = [world.person("Jana", f"Silberdist{n}l") for n in range(3)]
    for keep, double in ((persons[0], persons[1]), (persons[2], persons[0])):
        domain.link_duplicates(actor=world.actor(), at=at(), keep_id=keep.pk, other_id=double.pk, same=True, reason="Ausweis gesehen")
    held = domain.restrict(actor=world.actor(), at=at(), person_id=persons[2].pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    ids = [p.pk for p in persons]
    assert policy.guarded(ids, TODAY) == set(ids)
    assert policy.guarded(ids[:1], TODAY) == {ids[0]}
    assert policy.visible_to(world.actor("colleague"), TODAY).count() == 0
    assert {pk: r.pk for pk, r in queries.guards(ids[:2], TODAY).items()} == {ids[0]: held.pk, ids[1]: held.pk}
    link = PersonLink.objects.get(keep=persons[2])
    domain.unlink(actor=world.actor(), at=at(), link_id=link.pk)
    assert policy.guarded(ids, TODAY) == {ids[2]}
    assert queries.guards(ids[:1], TODAY) == {}
