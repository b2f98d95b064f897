"""A child of parted parents lives in two households; nobody else does, and neither household shows the other to the wrong reader."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.people import domain, policy, queries
from hilfefrei.apps.people.models import BenefitUnit, Membership, Number, Person
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, RestrictionKind, Stay
from tests.world import TODAY, World, at

SCHOOL = date(2016, 5, 3)


def add(world: World, parent: Person, who: str = "entrance", **given: Any) -> Membership:
    """A child of ``parent`` from today on."""
    asked = {"role": MemberRole.CHILD, "valid_from": TODAY} | given
    return domain.add_member(actor=world.actor(who), at=at(), person_id=parent.pk, **asked)


@pytest.fixture
def parents(world: World) -> tuple[Person, Person]:
    """Two, of two teams."""
    return world.person("Jana", "Silberdistel"), world.person("Bert", "Ackerwinde", team="via2")


def refused(world: World, parent: Person, **given: Any) -> Refused:
    """The refusal; nothing was written."""
    before = (Person.objects.count(), BenefitUnit.objects.count(), Membership.objects.count())
    with pytest.raises(Refused) as error:
        add(world, parent, **given)
    assert before == (Person.objects.count(), BenefitUnit.objects.count(), Membership.objects.count())
    return error.value


def test_a_child_lives_here_and_with_the_other_parent(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    child = add(world, mother, first_name="Jonte", birth_date=SCHOOL)
    assert child.stay == Stay.WHOLE
    no = refused(world, father, member_id=child.person_id)
    assert (no.code, no.field) == ("in_two_units", "stay")
    assert "„wohnt abwechselnd hier“ wählen" in str(no)
    made = add(world, father, member_id=child.person_id, stay=Stay.PART)
    assert made.stay == Stay.PART
    assert Membership.objects.filter(person=child.person_id, valid_to=None).count() == 2
    event = Event.objects.get(verb="unit.joined", object_id=made.pk)
    assert EventPayload.objects.get(event_id=event.pk).data["stay"] == "part"
    assert [(m.name, m.membership.stay) for m in queries.household(world.actor("other_team"), father, TODAY)] == [("Jonte Silberdistel", "part")]
    assert [(m.name, m.membership.stay) for m in queries.household(world.actor(), mother, TODAY)] == [("Jonte Silberdistel", "whole")]


def test_a_child_may_be_here_on_some_days_alone_or_wholly_there_later(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    child = add(world, mother, first_name="Jonte", birth_date=SCHOOL, stay=Stay.PART)
    add(world, father, member_id=child.person_id)
    held = queries.own_membership(Person.objects.get(pk=child.person_id))
    assert held is not None
    assert held.stay == Stay.WHOLE
    no = refused(world, world.person("Ole", "Hainbuche"), member_id=child.person_id, stay=Stay.PART)
    assert no.code == "in_three_units"
    assert "schon zu zwei Haushalten" in str(no)


def test_from_a_day_on_a_child_lives_here_on_some_days_and_the_time_before_stays_whole(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    first = TODAY - timedelta(days=20)
    child = add(world, mother, first_name="Jonte", birth_date=SCHOOL, valid_from=first)
    changed = domain.change_stay(
        actor=world.actor(), at=at(), membership_id=child.pk, stay=Stay.PART, valid_from=TODAY - timedelta(days=3), reason="  Mutter sagt es "
    )
    child.refresh_from_db()
    assert (child.stay, child.valid_from, child.valid_to) == (Stay.WHOLE, first, TODAY - timedelta(days=4))
    assert (changed.stay, changed.role, changed.benefit_unit_id, changed.valid_from, changed.valid_to) == (
        Stay.PART, MemberRole.CHILD, child.benefit_unit_id, TODAY - timedelta(days=3), None,
    )  # fmt: skip
    said = queries.stay_changes([changed])[changed.pk]
    assert (said["reason"], said["before"], said["previous"]) == ("Mutter sagt es", "whole", str(child.pk))
    add(world, father, member_id=child.person_id)
    with pytest.raises(Refused) as no:
        domain.change_stay(actor=world.actor(), at=at(), membership_id=changed.pk, stay=Stay.WHOLE, valid_from=TODAY, reason="doch")
    assert no.value.code == "in_two_units"
    with pytest.raises(Refused) as no:
        domain.undo_stay(actor=world.actor(), at=at(), membership_id=changed.pk)
    assert no.value.code == "in_two_units"


@pytest.mark.parametrize("days", [0, 5])
def test_a_changed_stay_is_taken_back_once(world: World, parents: tuple[Person, Person], days: int) -> None:
    """From its first day on it is put right in its place, later in a period of its own: taken back, both are as before."""
    first = TODAY - timedelta(days=5)
    child = add(world, parents[0], first_name="Jonte", birth_date=SCHOOL, valid_from=first)
    before = Membership.objects.values().get(pk=child.pk)
    changed = domain.change_stay(
        actor=world.actor(), at=at(), membership_id=child.pk, stay=Stay.PART, valid_from=first + timedelta(days=days), reason="gesagt"
    )
    assert (changed.pk == child.pk) == (days == 0)
    back = domain.undo_stay(actor=world.actor(), at=at(), membership_id=changed.pk)
    assert back.pk == child.pk
    assert Membership.objects.values().get(person=child.person_id) == before
    assert queries.stay_changes([back]) == {}
    with pytest.raises(Refused, match="nichts zurückzunehmen"):
        domain.undo_stay(actor=world.actor(), at=at(), membership_id=back.pk)
    assert Event.objects.filter(verb__in=["unit.stay_changed", "unit.stay_undone"], subject_id=child.person_id).count() == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"stay": Stay.WHOLE}, "same_stay"),
        ({"reason": " "}, "reason"),
        ({"valid_from": TODAY + timedelta(days=1)}, "future"),
        ({"valid_from": TODAY - timedelta(days=2)}, "period"),
    ],
)
def test_a_change_of_the_stay_that_cannot_be_writes_nothing(
    world: World, parents: tuple[Person, Person], given: dict[str, Any], code: str
) -> None:
    child = add(world, parents[0], first_name="Jonte", birth_date=SCHOOL)
    asked = {"stay": Stay.PART, "valid_from": TODAY, "reason": "gesagt"} | given
    with pytest.raises(Refused) as no:
        domain.change_stay(actor=world.actor(), at=at(), membership_id=child.pk, **asked)
    assert no.value.code == code
    assert Membership.objects.get(person=child.person_id).stay == Stay.WHOLE


def test_only_a_child_under_18_lives_somewhere_on_some_days(world: World, parents: tuple[Person, Person]) -> None:
    grown = add(world, parents[0], first_name="Jonte", birth_date=TODAY.replace(year=TODAY.year - 18))
    with pytest.raises(Refused) as no:
        domain.change_stay(actor=world.actor(), at=at(), membership_id=grown.pk, stay=Stay.PART, valid_from=TODAY, reason="gesagt")
    assert no.value.code == "stay_age"


def test_the_days_of_one_household_may_end_and_a_third_begin(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    child = add(world, mother, first_name="Jonte", birth_date=SCHOOL)
    second = add(world, father, member_id=child.person_id, stay=Stay.PART)
    domain.leave_unit(actor=world.actor(), at=at(), membership_id=second.pk, last_day=TODAY)
    tomorrow = TODAY + timedelta(days=1)
    aunt = world.person("Ada", "Hainbuche")
    assert add(world, aunt, member_id=child.person_id, stay=Stay.PART, valid_from=tomorrow).valid_from == tomorrow
    with pytest.raises(Refused, match="passt nicht zu den anderen Zeiträumen") as no:
        domain.leave_unit(actor=world.actor(), at=at(), membership_id=second.pk, last_day=tomorrow)
    assert no.value.field == "last_day"


@pytest.mark.parametrize(
    ("role", "birth", "code", "field"),
    [
        (MemberRole.CHILD, None, "stay_birth", "birth_date"),
        (MemberRole.CHILD, date(2008, 11, 24), "stay_age", "stay"),
        (MemberRole.PARTNER, date(1990, 1, 1), "stay_age", "stay"),
        (MemberRole.OTHER, SCHOOL, "stay_age", "stay"),
    ],
)
def test_only_a_child_under_18_lives_here_on_some_days(
    world: World, parents: tuple[Person, Person], role: MemberRole, birth: date | None, code: str, field: str
) -> None:
    no = refused(world, parents[0], role=role, first_name="Ole", birth_date=birth, stay=Stay.PART)
    assert (no.code, no.field) == (code, field)
    assert add(world, parents[0], first_name="Ida", birth_date=date(2008, 11, 25), stay=Stay.PART).stay == Stay.PART


def test_a_grown_up_is_in_one_household(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    partner = add(world, mother, role=MemberRole.PARTNER, first_name="Ole", birth_date=date(1990, 1, 1))
    no = refused(world, father, member_id=partner.person_id, role=MemberRole.OTHER)
    assert "Niemand kann in zwei Haushalten zugleich sein" in str(no)
    grown = add(world, mother, first_name="Ida", birth_date=date(2004, 1, 1))
    assert "Niemand kann in zwei Haushalten zugleich sein" in str(refused(world, father, member_id=grown.person_id))
    # A young person with a household of their own is nobody's child on some days.
    young = world.person("Mio", "Silberdistel", birth_date=date(2009, 1, 1))
    domain.open_unit(actor=world.actor(), at=at(), applicant_id=young.pk, valid_from=TODAY)
    assert "Niemand kann in zwei Haushalten zugleich sein" in str(refused(world, father, member_id=young.pk, stay=Stay.PART))


def test_who_moved_out_today_has_an_own_household_from_tomorrow(world: World) -> None:
    parent = world.person()
    grown = add(world, parent, first_name="Ida", birth_date=date(2004, 1, 1))
    domain.leave_unit(actor=world.actor(), at=at(), membership_id=grown.pk, last_day=TODAY)
    unit = domain.open_unit(actor=world.actor(), at=at(), applicant_id=grown.person_id, valid_from=TODAY)
    assert unit.memberships.get().valid_from == TODAY + timedelta(days=1)


# --- the other household is not shown to the wrong reader
@pytest.fixture
def fled(world: World, parents: tuple[Person, Person]) -> tuple[Person, Person, Person]:
    """A mother who fled with two children and is protected; the father's team sees the children."""
    mother, father = parents
    first = add(world, father, "other_team", first_name="Jonte", last_name="Silberdistel", birth_date=SCHOOL)
    second = add(world, father, "other_team", first_name="Fenja", last_name="Silberdistel", birth_date=date(2019, 1, 1))
    for child in (first, second):
        add(world, mother, member_id=child.person_id, stay=Stay.PART)
    domain.restrict(
        actor=world.actor(), at=at(), person_id=mother.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )
    return mother, father, first.person


def test_a_protected_household_is_not_shown_on_the_page_of_the_child(world: World, fled: tuple[Person, Person, Person]) -> None:
    mother, father, child = fled
    reader, named = world.actor("other_team"), world.actor("entrance")
    hers = Membership.objects.get(person=mother)
    number = Number.objects.create(
        jobcenter=world.jobcenter, kind=NumberKind.UNIT, value="23102//0000007", benefit_unit_id=hers.benefit_unit_id, valid_from=TODAY
    )
    # What could leak is there: whoever may see the mother reads it.
    assert {m.name for m in queries.household(named, mother, TODAY)} == {"Jonte Silberdistel", "Fenja Silberdistel"}
    assert number in queries.numbers(child, policy.memberships_shown(named, child, TODAY))
    assert [m.benefit_unit_id for m in policy.memberships_shown(named, child, TODAY)] == [hers.benefit_unit_id]
    # The father's team reads of his alone, although the sister is in both, and the card says nothing of her money.
    assert {m.name for m in queries.household(reader, child, TODAY)} == {"Bert Ackerwinde", "Fenja Silberdistel"}
    assert list(queries.numbers(child, policy.memberships_shown(reader, child, TODAY))) == []
    card = queries.card(reader, child.pk, day=TODAY)
    assert card is not None
    assert card.last_receipt == "kein Bezug bekannt"
    seen_by_named = queries.card(named, child.pk, day=TODAY)
    assert seen_by_named is not None
    assert seen_by_named.last_receipt == "Leistung läuft"
    assert father.pk in {m.membership.person_id for m in queries.household(reader, child, TODAY)}


def test_the_refusal_says_nothing_of_a_protected_household_but_whom_to_ask(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    child = add(world, mother, first_name="Jonte", birth_date=SCHOOL, valid_from=date(2026, 11, 3))
    assert "03.11.2026" in str(refused(world, father, member_id=child.person_id, who="other_team"))
    domain.restrict(actor=world.actor(), at=at(), person_id=mother.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60")
    no = refused(world, father, member_id=child.person_id, who="other_team")
    assert str(no) == "Jonte Silberdistel lässt sich hier nicht eintragen. Bitte fragen Sie: Schutzstelle, 0171 39200 60."
    assert (no.code, no.field) == ("ask", None)
    # Who is named reads when and what.
    assert "03.11.2026" in str(refused(world, father, member_id=child.person_id))
    # A statement that the child is here on some days tells nothing and is taken.
    assert add(world, father, "other_team", member_id=child.person_id, stay=Stay.PART).stay == Stay.PART


def test_whoever_has_neither_parent_reads_of_both_unless_one_is_protected(world: World, parents: tuple[Person, Person]) -> None:
    mother, father = parents
    child = add(world, mother, first_name="Jonte", birth_date=date(2009, 1, 1))
    add(world, father, member_id=child.person_id, stay=Stay.PART)
    reader = world.actor("case_manager")
    names = lambda: {m.name for m in queries.household(reader, child.person, TODAY)}  # noqa: E731 - asked twice
    assert names() == {"Jana Silberdistel", "Bert Ackerwinde"}
    domain.restrict(actor=world.actor(), at=at(), person_id=mother.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert names() == {"Bert Ackerwinde"}


# --- in any order
BIRTHS = (date(2016, 5, 3), date(2009, 1, 1), date(2005, 1, 1), None)
DAYS = st.integers(-20, 20).map(lambda n: TODAY + timedelta(days=n))


class Households(RuleBasedStateMachine):
    """Joining, leaving, opening and passing on in any order of days."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        Membership.objects.all().delete()
        BenefitUnit.objects.all().delete()
        Person.objects.all().delete()
        self.actor = self.world.actor()
        # In the order in which they came: ids are drawn by chance.
        self.made: list[UUID] = []
        self.people = [
            Person.objects.create(jobcenter=self.world.jobcenter, callsign=i, first_name=f"P{i}", birth_date=birth, created_at=at())
            for i, birth in enumerate(BIRTHS)
        ]
        self.units = [BenefitUnit.objects.create(jobcenter=self.world.jobcenter, created_at=at()) for _ in range(3)]

    def _try(self, verb: Any, **given: Any) -> None:
        before = list(Membership.objects.order_by("id").values())
        try:
            verb(actor=self.actor, at=at(), **given)
            now = Membership.objects.order_by("id").values_list("pk", flat=True)
            self.made += [pk for pk in now if pk not in self.made]
        except Refused:
            assert before == list(Membership.objects.order_by("id").values())

    @rule(who=st.integers(0, 3), unit=st.integers(0, 2), role=st.sampled_from([MemberRole.CHILD, MemberRole.CHILD, MemberRole.OTHER]),
          stay=st.sampled_from(list(Stay)), day=DAYS)
    def join(self, who: int, unit: int, role: MemberRole, stay: Stay, day: date) -> None:
        self._try(domain.join_unit, person_id=self.people[who].pk, unit_id=self.units[unit].pk, role=role, stay=stay, valid_from=day)

    @rule(who=st.integers(0, 3), day=DAYS)
    def open(self, who: int, day: date) -> None:
        self._try(domain.open_unit, applicant_id=self.people[who].pk, valid_from=day)

    @precondition(lambda self: self.made)
    @rule(which=st.integers(0, 99), day=DAYS)
    def leave(self, which: int, day: date) -> None:
        self._try(domain.leave_unit, membership_id=self.made[which % len(self.made)], last_day=day)

    @precondition(lambda self: self.made)
    @rule(which=st.integers(0, 99), who=st.integers(0, 3))
    def pass_on(self, which: int, who: int) -> None:
        self._try(domain.pass_on_membership, membership_id=self.made[which % len(self.made)], person_id=self.people[who].pk)

    @invariant()
    def one_whole_and_two_at_most_on_each_day(self) -> None:
        rows = list(Membership.objects.order_by("id"))
        for start in {m.valid_from for m in rows}:
            for person in self.people:
                held = [m for m in rows if m.person_id == person.pk and m.valid_from <= start and (m.valid_to is None or m.valid_to >= start)]
                assert sum(m.stay == Stay.WHOLE for m in held) <= 1
                assert len(held) <= 2
                assert len({m.benefit_unit_id for m in held}) == len(held)
                assert len(held) < 2 or {m.role for m in held} == {MemberRole.CHILD}
                assert all(m.role == MemberRole.CHILD for m in held if m.stay == Stay.PART)


def test_households_in_any_order(world: World) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Households.world = world
    run_state_machine_as_test(Households, settings=settings(max_examples=20, stateful_step_count=16, deadline=None))
