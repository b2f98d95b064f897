"""Verbs on persons: what they refuse, what they keep, and that records can be linked and parted in any order."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import data, sampled_from

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.people import domain, policy, queries
from hilfefrei.apps.people.models import (
    Address,
    Attendant,
    BenefitUnit,
    ForeignError,
    Membership,
    Number,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import (
    AttendantKind,
    ChannelKind,
    ForeignField,
    MemberRole,
    NumberKind,
    ResponsibilityKind,
    RestrictionKind,
)
from tests.world import STAFF, TODAY, World, at


def correct(world: World, person: Person, **changed: Any) -> Person:
    given = {
        f: getattr(person, f)
        for f in ("first_name", "last_name", "birth_name", "birth_date", "sex", "language", "needs_interpreter")
    } | changed
    return domain.correct_person(actor=world.actor(), at=at(), person_id=person.pk, version=person.version, **given)


def known_to_benefits(world: World, person: Person, kind: NumberKind = NumberKind.CUSTOMER) -> None:
    if kind == NumberKind.CUSTOMER:
        domain.set_number(
            actor=world.actor("benefits"), at=at(), kind=kind, value="231D004711", person_id=person.pk, valid_from=TODAY
        )
        return
    unit = domain.open_unit(actor=world.actor(), at=at(), applicant_id=person.pk, valid_from=TODAY)
    domain.set_number(
        actor=world.actor("benefits"), at=at(), kind=kind, value="23102//0004711", unit_id=unit.pk, valid_from=TODAY
    )


# --- who may
TAKES_PEOPLE_UP = {"entrance", "colleague", "other_team", "coach", "case_manager", "benefits", "via_lead", "placement_lead", "director"}


@pytest.mark.parametrize("who", sorted(STAFF))
def test_only_who_stands_before_people_changes_them(world: World, who: str) -> None:
    person = world.person()
    actor = world.actor(who)
    acts: list[Any] = [
        lambda: domain.create_person(actor=actor, at=at(), last_name="Neu"),
        lambda: domain.set_channel(
            actor=actor, at=at(), person_id=person.pk, kind=ChannelKind.MOBILE, value="0171 39200 61", valid_from=TODAY
        ),
        lambda: domain.set_address(actor=actor, at=at(), person_id=person.pk, place="Herzberg", valid_from=TODAY),
        lambda: domain.set_consent(actor=actor, at=at(), person_id=person.pk, may_remind=True, may_follow_up=None),
        lambda: domain.add_attendant(actor=actor, at=at(), person_id=person.pk, kind=AttendantKind.COMPANION, name="Ute"),
    ]
    for act in acts:
        if who in TAKES_PEOPLE_UP:
            act()
        else:
            with pytest.raises(Forbidden):
                act()


def test_numbers_are_written_by_benefits_and_deliveries_only(world: World) -> None:
    person = world.person()
    given: dict[str, Any] = {"at": at(), "kind": NumberKind.CUSTOMER, "value": "231D004711", "person_id": person.pk, "valid_from": TODAY}
    with pytest.raises(Forbidden):
        domain.set_number(actor=world.actor("entrance"), **given)
    domain.set_number(actor=Actor("import", world.id, world.id, roles=frozenset({Role.BENEFITS})), **given)
    assert Number.objects.get().value == "231D004711"


# --- names belong to whoever knows them
def test_correcting_refills_what_search_uses(world: World) -> None:
    person = world.person("Jana", "Silberdistel")
    correct(world, person, last_name="Weißdorn", birth_name="Silberdistel")
    found = queries.search(world.actor(), day=TODAY, name="Weissdorn").hits
    assert [h.name for h in found] == ["Jana Weißdorn"]
    assert [h.name for h in queries.search(world.actor(), day=TODAY, name="Silberdistel").hits] == ["Jana Weißdorn"]


@pytest.mark.parametrize("kind", [NumberKind.CUSTOMER, NumberKind.UNIT])
@pytest.mark.parametrize("field", ["first_name", "last_name", "birth_date"])
def test_name_and_birth_date_belong_to_benefits_once_they_know_the_person(world: World, kind: NumberKind, field: str) -> None:
    person = world.person()
    known_to_benefits(world, person, kind)
    new = date(1990, 1, 1) if field == "birth_date" else "Anders"
    with pytest.raises(Refused, match="gehören der Leistungsstelle") as refused:
        correct(world, person, **{field: new})
    assert refused.value.field == field
    # What is ours stays ours.
    assert correct(world, person, language="uk").language == "uk"


def test_a_number_that_ended_gives_the_name_back(world: World) -> None:
    person = world.person()
    known_to_benefits(world, person)
    Number.objects.update(valid_to=TODAY)
    assert correct(world, person, last_name="Anders").last_name == "Anders"


@pytest.mark.parametrize(("birth", "code"), [(TODAY + timedelta(days=1), "birth_future"), (date(1899, 1, 1), "birth_too_old")])
def test_impossible_birth_dates(world: World, birth: date, code: str) -> None:
    with pytest.raises(Refused) as refused:
        correct(world, world.person(), birth_date=birth)
    assert refused.value.code == code


def test_an_edit_in_between_is_stale_and_changes_nothing(world: World) -> None:
    person = world.person()
    correct(world, person, language="uk")
    with pytest.raises(Stale) as stale:
        correct(world, person, language="ar")
    assert stale.value.current.language == "uk"
    assert Person.objects.get(pk=person.pk).language == "uk"


def test_saving_the_same_again_is_no_event(world: World) -> None:
    person = world.person()
    before = Event.objects.count()
    correct(world, person)
    domain.set_contact(actor=world.actor(), at=at(), person_id=person.pk, safe_contact=False, contact_hint="")
    domain.set_consent(actor=world.actor(), at=at(), person_id=person.pk, may_remind=None, may_follow_up=None)
    assert Event.objects.count() == before


def test_events_carry_no_names(world: World) -> None:
    person = world.person("Jana", "Silberdistel")
    correct(world, person, last_name="Weißdorn")
    domain.add_attendant(actor=world.actor(), at=at(), person_id=person.pk, kind=AttendantKind.GUARDIAN, name="Ute Sonnentau")
    rows = repr(list(Event.objects.order_by("seq").values()))
    for name in ("Silberdistel", "Weißdorn", "Sonnentau"):
        assert name not in rows
    assert "Weißdorn" in repr(list(EventPayload.objects.order_by("event_id").values_list("data", flat=True)))


def test_sources_say_who_noted_a_field_last(world: World) -> None:
    person = world.person()
    domain.correct_person(
        actor=world.actor("colleague"), at=at(10), person_id=person.pk, first_name="Jana", last_name="Silberdistel", birth_name="",
        birth_date=date(1992, 4, 13), sex="w", language="de", needs_interpreter=False,
    )  # fmt: skip
    found = queries.sources(person)
    assert (found["person.birth_date"].by, found["person.birth_date"].at) == ("Sperling", at(10))
    assert found["person.first_name"].by == "Eisvogel"


# --- foreign errors
def test_a_foreign_error_is_reported_once_and_settled_by_benefits(world: World) -> None:
    person = world.person()
    given: dict[str, Any] = {"actor": world.actor(), "at": at(), "person_id": person.pk, "what": ForeignField.NAME}
    domain.report_foreign_error(text="Silberdistl, Ausweis gesehen", **given)
    domain.report_foreign_error(text="Silberdiestel, Ausweis gesehen", **given)
    error = ForeignError.objects.get()
    assert error.text == "Silberdiestel, Ausweis gesehen"
    with pytest.raises(Refused, match="wie es richtig ist"):
        domain.report_foreign_error(text=" ", **given)
    with pytest.raises(Forbidden):
        domain.settle_foreign_error(actor=world.actor(), at=at(), error_id=error.pk)
    domain.settle_foreign_error(actor=world.actor("benefits"), at=at(), error_id=error.pk)
    assert ForeignError.objects.get().settled_by_id == world.users["benefits"].pk


# --- reaching somebody
def test_safe_contact_hides_numbers_that_are_not_safe(world: World) -> None:
    person = world.person()
    for value, safe in (("0171 39200 61", False), ("0171 39200 62", True)):
        domain.set_channel(
            actor=world.actor(), at=at(), person_id=person.pk, kind=ChannelKind.MOBILE, value=value, is_safe=safe, valid_from=TODAY
        )
    assert [c.value for c in queries.reach(world.actor(), person, TODAY).use] == ["0171 39200 62", "0171 39200 61"]
    person = domain.set_contact(actor=world.actor(), at=at(), person_id=person.pk, safe_contact=True, contact_hint="9 bis 14 Uhr")
    reach = queries.reach(world.actor(), person, TODAY)
    assert [c.value for c in reach.use] == ["0171 39200 62"]
    assert [c.value for c in reach.avoid] == ["0171 39200 61"]
    assert (reach.words, reach.no_safe) == ("0171 39200 62", False)


@pytest.mark.parametrize("kind", [ChannelKind.PHONE, ChannelKind.MOBILE, ChannelKind.EMAIL])
def test_without_a_safe_number_there_is_none_to_call(world: World, kind: ChannelKind) -> None:
    person = world.person()
    assert (queries.reach(world.actor(), person, TODAY).words, queries.reach(world.actor(), person, TODAY).no_safe) == ("", False)
    domain.set_channel(actor=world.actor(), at=at(), person_id=person.pk, kind=kind, value="0171 39200 61", is_safe=False, valid_from=TODAY)
    person = domain.set_contact(actor=world.actor(), at=at(), person_id=person.pk, safe_contact=True, contact_hint="")
    reach = queries.reach(world.actor(), person, TODAY)
    assert (reach.use, reach.phone, reach.words, reach.no_safe) == ((), "", "keine sichere Nummer", True)
    queries.with_reach(world.actor(), [person], TODAY)
    assert person.known_reach == reach
    person = Person.objects.get(pk=person.pk)
    # A safe e-mail address is a safe way, but no number.
    domain.set_channel(actor=world.actor(), at=at(), person_id=person.pk, kind=ChannelKind.EMAIL, value="jana@beispiel.de", is_safe=True, valid_from=TODAY)
    reach = queries.reach(world.actor(), person, TODAY)
    assert ([c.value for c in reach.use], reach.no_safe) == (["jana@beispiel.de"], True)


def _linked_pair(world: World, *, team: str = "via") -> tuple[Person, Person]:
    """A warned record of ``team`` with one safe number and one that is not, and an open record of the same human being."""
    warned, record = world.person(team=team), world.person(last="Silberdistl")
    for value, safe in (("0171 39200 62", True), ("0171 39200 61", False)):
        domain.set_channel(
            actor=world.actor(), at=at(), person_id=warned.pk, kind=ChannelKind.MOBILE, value=value, is_safe=safe, valid_from=TODAY
        )
    for value in ("+49 171 39200-61", "0171 39200 63"):
        domain.set_channel(
            actor=world.actor(), at=at(), person_id=record.pk, kind=ChannelKind.MOBILE, value=value, is_safe=True, valid_from=TODAY
        )
    between = world.person(last="Silberdiestel")
    for keep, other in ((record, between), (between, warned)):
        domain.link_duplicates(actor=world.actor(), at=at(), keep_id=keep.pk, other_id=other.pk, same=True, reason="Ausweis")
    domain.set_contact(actor=world.actor(), at=at(), person_id=warned.pk, safe_contact=True, contact_hint="nur vormittags")
    return Person.objects.get(pk=warned.pk), record


def test_safe_contact_holds_for_every_linked_record(world: World) -> None:
    """Two links away: the number that is not safe there is called from nowhere, the safe one is offered."""
    _, record = _linked_pair(world)
    reach = queries.reach(world.actor(), record, TODAY)
    assert (reach.must_be_safe, reach.linked, reach.hint) == (True, True, "nur vormittags")
    assert {c.value for c in reach.use} == {"0171 39200 62", "0171 39200 63"}
    assert {c.value for c in reach.avoid} == {"+49 171 39200-61"}
    assert queries.letters_blocked(record)


def test_of_a_linked_record_that_is_not_open_only_the_warning_is_told(world: World) -> None:
    warned, record = _linked_pair(world, team="placement")
    assert not policy.visible_to(world.actor(), TODAY).filter(pk=warned.pk).exists()
    reach = queries.reach(world.actor(), record, TODAY)
    assert (reach.must_be_safe, reach.hint) == (True, "")
    assert {c.value for c in reach.use} == {"0171 39200 63"}
    assert {c.value for c in reach.avoid} == {"+49 171 39200-61"}


def test_after_the_records_are_parted_each_has_its_own_ways_again(world: World) -> None:
    warned, record = _linked_pair(world)
    link = queries.links(warned).get()
    domain.unlink(actor=world.actor(), at=at(), link_id=link.pk)
    reach = queries.reach(world.actor(), record, TODAY)
    assert (reach.must_be_safe, len(reach.use), queries.letters_blocked(record)) == (False, 2, False)
    assert queries.reach(world.actor(), warned, TODAY).must_be_safe


def test_a_list_reads_the_ways_of_all_its_people_in_a_fixed_number_of_queries(world: World) -> None:
    warned, record = _linked_pair(world)
    people = [record, warned, *(world.person(last=f"Ranke{i}") for i in range(5))]
    alone = {p.pk: queries.reach(world.actor(), p, TODAY) for p in people}
    actor = world.actor()
    with CaptureQueriesContext(connection) as seen:
        queries.with_reach(actor, people, TODAY)
    assert {p.pk: p.known_reach for p in people} == alone
    assert len(seen) <= 10


def test_letters_are_blocked_and_allowed_again(world: World) -> None:
    person = world.person()
    address = domain.set_address(actor=world.actor(), at=at(), person_id=person.pk, place="Herzberg", valid_from=TODAY)
    for blocked in (True, False):
        domain.block_letters(actor=world.actor(), at=at(), address_id=address.pk, blocked=blocked)
        assert Address.objects.get().no_letters is blocked


def test_an_attendant_ends_and_stays_to_be_seen(world: World) -> None:
    person = world.person()
    made = domain.add_attendant(actor=world.actor(), at=at(), person_id=person.pk, kind=AttendantKind.COMPANION, name="Ute Sonnentau")
    domain.end_attendant(actor=world.actor(), at=at(11), attendant_id=made.pk)
    assert list(queries.attendants(person, TODAY)) == []
    assert person.attendants.get().valid_to == TODAY


def test_a_page_is_told_which_tables_have_anything_of_a_person(world: World) -> None:
    tables = {Attendant: ("person",), PersonLink: ("keep", "other")}
    warned, record = _linked_pair(world)
    stranger = world.person(last="Ranke")
    domain.add_attendant(actor=world.actor(), at=at(), person_id=record.pk, kind=AttendantKind.COMPANION, name="Ute Sonnentau")
    assert queries.filled([warned.pk], tables) == {Attendant: False, PersonLink: True}
    assert queries.filled([stranger.pk, record.pk], tables) == {Attendant: True, PersonLink: True}
    assert queries.filled([stranger.pk], tables) == queries.filled([], tables) == {Attendant: False, PersonLink: False}


# --- household
def test_a_child_joins_and_the_same_teams_see_it(world: World) -> None:
    person = world.person()
    made = domain.add_member(
        actor=world.actor(), at=at(), person_id=person.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Jonte", birth_date=date(2015, 2, 2)
    )
    child = made.person
    assert child.full_name == "Jonte Silberdistel"
    assert policy.visible_to(world.actor("colleague"), TODAY).filter(pk=child.pk).exists()
    assert [m.name for m in queries.household(world.actor(), person, TODAY)] == ["Jonte Silberdistel"]
    assert [m.name for m in queries.household(world.actor(), child, TODAY)] == ["Jana Silberdistel"]


def test_nobody_is_in_two_units(world: World) -> None:
    one, two = world.person("Jana", "Silberdistel"), world.person("Bert", "Ackerwinde")
    child = domain.add_member(actor=world.actor(), at=at(), person_id=one.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Jonte")
    before = (Person.objects.count(), BenefitUnit.objects.count(), Membership.objects.count(), Responsibility.objects.count())
    with pytest.raises(Refused, match="Lebt das Kind in beiden Haushalten") as refused:
        domain.add_member(
            actor=world.actor(), at=at(), person_id=two.pk, role=MemberRole.CHILD, valid_from=TODAY, member_id=child.person_id
        )
    assert refused.value.code == "in_two_units"
    assert before == (Person.objects.count(), BenefitUnit.objects.count(), Membership.objects.count(), Responsibility.objects.count())
    domain.leave_unit(actor=world.actor(), at=at(), membership_id=child.pk, last_day=TODAY)
    domain.add_member(
        actor=world.actor(), at=at(), person_id=two.pk, role=MemberRole.CHILD, valid_from=TODAY + timedelta(days=1), member_id=child.person_id
    )
    assert Membership.objects.filter(person=child.person_id).count() == 2


def test_one_partner_at_a_time_and_none_that_is_too_young(world: World) -> None:
    person = world.person()

    def add(role: MemberRole, birth: date | None, day: date = TODAY) -> Membership:
        return domain.add_member(
            actor=world.actor(), at=at(), person_id=person.pk, role=role, valid_from=day, first_name="Ole", birth_date=birth
        )

    first = add(MemberRole.PARTNER, date(2010, 11, 24))
    add(MemberRole.CHILD, date(2001, 11, 25))
    add(MemberRole.OTHER, date(1950, 1, 1))
    for role, birth, code in (
        (MemberRole.PARTNER, None, "second_partner"),
        (MemberRole.PARTNER, date(2010, 11, 25), "partner_age"),
        (MemberRole.CHILD, date(2001, 11, 24), "child_age"),
    ):
        with pytest.raises(Refused) as refused:
            add(role, birth)
        assert refused.value.code == code
    domain.leave_unit(actor=world.actor(), at=at(), membership_id=first.pk, last_day=TODAY)
    assert add(MemberRole.PARTNER, None, TODAY + timedelta(days=1)).role == MemberRole.PARTNER


def test_a_household_hides_a_protected_member(world: World) -> None:
    person = world.person()
    child = domain.add_member(actor=world.actor(), at=at(), person_id=person.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Jonte")
    domain.restrict(actor=world.actor(), at=at(), person_id=child.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert [(m.name, m.may_open) for m in queries.household(world.actor("entrance"), person, TODAY)] == [("Jonte Silberdistel", True)]
    assert [(m.name, m.birth_date, m.may_open) for m in queries.household(world.actor("colleague"), person, TODAY)] == [("", None, False)]


# --- protection
def protect(world: World, person: Person, who: str = "entrance", **more: Any) -> Restriction:
    return domain.restrict(
        actor=world.actor(who), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", **more
    )


def test_only_the_named_change_a_protection(world: World) -> None:
    person = world.person()
    held = protect(world, person)
    for act in (
        lambda: protect(world, person, "colleague"),
        lambda: domain.lift_restriction(actor=world.actor("colleague"), at=at(), restriction_id=held.pk),
        lambda: domain.name_user(
            actor=world.actor("colleague"), at=at(), restriction_id=held.pk, user_id=world.users["colleague"].pk
        ),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_named"
    assert not policy.visible_to(world.actor("colleague"), TODAY).exists()
    domain.name_user(actor=world.actor(), at=at(), restriction_id=held.pk, user_id=world.users["colleague"].pk)
    assert policy.visible_to(world.actor("colleague"), TODAY).get() == person
    domain.name_user(actor=world.actor("colleague"), at=at(), restriction_id=held.pk, user_id=world.users["entrance"].pk, named=False)
    assert not policy.visible_to(world.actor("entrance"), TODAY).exists()
    with pytest.raises(Refused, match="mindestens einen"):
        domain.name_user(
            actor=world.actor("colleague"), at=at(), restriction_id=held.pk, user_id=world.users["colleague"].pk, named=False
        )


def test_a_lifted_protection_is_gone_at_once(world: World) -> None:
    person = world.person()
    held = protect(world, person)
    assert not policy.visible_to(world.actor("colleague"), TODAY).exists()
    domain.lift_restriction(actor=world.actor(), at=at(), restriction_id=held.pk)
    assert policy.visible_to(world.actor("colleague"), TODAY).get() == person
    assert Event.objects.filter(verb="person.restriction_lifted", subject_id=person.pk).exists()


def test_being_named_opens_nothing_without_being_responsible(world: World) -> None:
    person = world.person()
    protect(world, person, user_ids=[world.users["other_team"].pk])
    assert not policy.visible_to(world.actor("other_team"), TODAY).exists()
    assert policy.visible_to(world.actor("entrance"), TODAY).exists()


# --- duplicates
def link(world: World, keep: Person, other: Person, *, same: bool = True) -> PersonLink:
    return domain.link_duplicates(
        actor=world.actor(), at=at(), keep_id=keep.pk, other_id=other.pk, same=same, reason="Ausweis gesehen"
    )


def test_linking_needs_a_reason_and_two_records(world: World) -> None:
    one, two = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche")
    with pytest.raises(Refused, match="woran man es sieht"):
        domain.link_duplicates(actor=world.actor(), at=at(), keep_id=one.pk, other_id=two.pk, same=True, reason=" ")
    with pytest.raises(Refused, match="derselbe Eintrag"):
        link(world, one, one)


def test_no_ring_and_no_second_link(world: World) -> None:
    a, b, c = (world.person(name, "Hainbuche") for name in ("Wiebke", "Wibke", "Wiepke"))
    link(world, a, b)
    link(world, b, c)
    for keep, other in ((b, a), (c, a), (a, b), (a, c)):
        with pytest.raises(Refused) as refused:
            link(world, keep, other)
        assert refused.value.code == "linked"
    assert queries.linked_ids(a.pk) == sorted([a.pk, b.pk, c.pk])


def test_told_apart_is_proposed_no_more_until_looked_at_again(world: World) -> None:
    one, two = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche")
    actor = world.actor()
    assert [h.person_id for h in queries.look_alikes(actor, one, TODAY)] == [two.pk]
    made = domain.link_duplicates(actor=actor, at=at(), keep_id=one.pk, other_id=two.pk, same=False, reason="")
    assert queries.look_alikes(actor, one, TODAY) == []
    assert queries.look_alikes(actor, two, TODAY) == []
    domain.unlink(actor=actor, at=at(), link_id=made.pk)
    assert [h.person_id for h in queries.look_alikes(actor, one, TODAY)] == [two.pk]


def test_told_apart_and_then_found_to_be_one_after_all(world: World) -> None:
    one, two = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche")
    domain.link_duplicates(actor=world.actor(), at=at(), keep_id=one.pk, other_id=two.pk, same=False, reason="")
    link(world, one, two)
    assert [(x.same, x.undone_at) for x in queries.links(one)] == [(True, None)]
    with pytest.raises(Refused):
        domain.link_duplicates(actor=world.actor(), at=at(), keep_id=two.pk, other_id=one.pk, same=False, reason="")


def test_a_repeated_post_links_once(world: World) -> None:
    one, two, op = world.person("Wiebke", "Hainbuche"), world.person("Wibke", "Hainbuche"), uuid4()
    made = [
        domain.link_duplicates(
            actor=world.actor(), at=at(), op=op, keep_id=one.pk, other_id=two.pk, same=True, reason="Ausweis gesehen"
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert PersonLink.objects.count() == 1


def test_responsibility_goes_on_without_a_gap(world: World) -> None:
    person = world.person()
    Responsibility.objects.update(valid_from=TODAY - timedelta(days=10))
    domain.assign(
        actor=world.actor(), at=at(), person_id=person.pk, kind=ResponsibilityKind.ENTRANCE, team_id=world.teams["via2"].pk, valid_from=TODAY, reason="Umzug"
    )
    assert [(r.team.name, r.valid_from, r.valid_to) for r in queries.responsibilities(person)] == [
        ("ViA-Team Herzberg", TODAY, None),
        ("ViA-Team", TODAY - timedelta(days=10), TODAY - timedelta(days=1)),
    ]
    assert not policy.visible_to(world.actor("entrance"), TODAY).exists()
    assert policy.visible_to(world.actor("other_team"), TODAY).exists()


class Links(RuleBasedStateMachine):
    """Linking, telling apart and parting four records in any order."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        PersonLink.objects.all().delete()
        Person.objects.all().delete()
        self.people = [
            Person.objects.create(jobcenter=self.world.jobcenter, callsign=i, last_name="Hainbuche", created_at=at(), search_name="hainbuche")
            for i in range(4)
        ]
        self.actor = self.world.actor()

    @rule(keep=sampled_from(range(4)), other=sampled_from(range(4)), same=sampled_from([True, False]))
    def link(self, keep: int, other: int, same: bool) -> None:
        before = PersonLink.objects.count()
        try:
            link(self.world, self.people[keep], self.people[other], same=same)
        except Refused:
            assert PersonLink.objects.count() == before

    @precondition(lambda self: self.links().exists())
    @rule(data=data())
    def part(self, data: Any) -> None:
        # By number: ids are chance, and a run that is played again must draw the same link.
        found = list(self.links().order_by("keep__callsign", "other__callsign", "id"))
        domain.unlink(actor=self.actor, at=at(), link_id=data.draw(sampled_from(found)).pk)

    def links(self) -> Any:
        """The links in force."""
        return PersonLink.objects.filter(undone_at=None)

    @invariant()
    def every_record_has_one_card_and_no_ring(self) -> None:
        keeps = dict(PersonLink.objects.filter(same=True, undone_at=None).order_by("id").values_list("other", "keep"))
        for person in self.people:
            seen, at_ = set(), person.pk
            while at_ in keeps:
                assert at_ not in seen
                seen.add(at_)
                at_ = keeps[at_]
        roots = {p.pk for p in self.people} - keeps.keys()
        assert {h.person_id for h in queries.search(self.actor, day=TODAY, name="Hainbuche").hits} == roots


def test_links_in_any_order(world: World) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Links.world = world
    run_state_machine_as_test(Links, settings=settings(max_examples=15, stateful_step_count=12))
