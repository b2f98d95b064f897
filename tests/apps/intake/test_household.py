"""Who joins and leaves a household: the same teams see them from both pages, and papers follow."""

from datetime import date, timedelta

import pytest

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import Outcome, PaperState
from hilfefrei.apps.intake.domain import household
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import MemberRole
from tests import desk
from tests.world import TODAY, World, at

BORN = date(2019, 5, 3)


def joins(world: World, entry: Entry, who: str = "entrance", **more: object) -> Membership:
    given = {"role": MemberRole.CHILD, "first_name": "Mio"} | more
    return household.join(actor=world.actor(who), at=at(9, 35), person_id=entry.person_id, **given)


def asked(person: Person) -> set[str]:
    """The rules of the papers that are asked of ``person``."""
    return set(Paper.objects.filter(person=person).exclude(state=PaperState.NOT_NEEDED).values_list("rule", flat=True).order_by("rule"))


def corrected(world: World, person: Person, birth: date | None) -> None:
    household.correct(
        actor=world.actor(), at=at(9, 38), person_id=person.pk, first_name=person.first_name, last_name=person.last_name, birth_name="",
        birth_date=birth, sex="", language="de", needs_interpreter=False,
    )  # fmt: skip


@pytest.mark.parametrize("valid_from", [None, TODAY])
def test_entrance_and_benefits_see_who_joins_from_wherever(world: World, valid_from: date | None) -> None:
    entry = desk.talking(world, desk.applicant(world, asked=at(9, days=-3)))
    made = joins(world, entry, valid_from=valid_from)
    assert made.valid_from == (valid_from or TODAY - timedelta(days=3))
    assert made.person.last_name == "Silberdistel"
    for who, seen in (("entrance", True), ("colleague", True), ("benefits", True), ("other_team", False), ("case_manager", False)):
        assert policy.visible_to(world.actor(who), TODAY).filter(pk=made.person_id).exists() == seen


def test_papers_follow_who_joins_leaves_and_turns_out_to_be_a_child(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    own = asked(entry.person)
    child = joins(world, entry)
    as_grown_up = asked(child.person)
    assert as_grown_up
    corrected(world, child.person, BORN)
    as_child = asked(child.person)
    assert as_child
    assert as_child < as_grown_up | as_child
    assert as_child != as_grown_up
    household.leave(actor=world.actor(), at=at(9, 40), membership_id=child.pk, last_day=TODAY)
    assert asked(child.person) == set()
    partner = joins(world, entry, role=MemberRole.PARTNER, first_name="Ole", birth_date=date(1990, 5, 3))
    assert asked(partner.person)
    assert asked(entry.person) == own


@pytest.mark.parametrize("who", ["entrance", "case_manager", "benefits", "via_lead"])
def test_whoever_may_change_a_household_brings_the_papers_along(world: World, who: str) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    assert asked(joins(world, entry, who, birth_date=BORN).person)


def test_before_the_first_answer_and_after_the_decision_no_papers_are_asked(world: World) -> None:
    entry = desk.talking(world)
    joins(world, entry, birth_date=BORN)
    assert not Paper.objects.exists()
    desk.answer(world, entry)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 33), application_id=entry.application_id, kind=Outcome.GRANTED, decided_on=TODAY,
        source="Bescheid", granted_to=date(2027, 10, 31),
    )  # fmt: skip
    assert asked(joins(world, entry, first_name="Ida", birth_date=BORN).person) == set()


def test_without_an_application_the_unit_begins_today_and_a_refusal_makes_nobody(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    made = joins(world, entry, birth_date=BORN)
    assert (made.valid_from, Application.objects.exists()) == (TODAY, False)
    before = Person.objects.count()
    with pytest.raises(Refused):
        joins(world, entry, birth_date=date(1950, 1, 1))
    assert Person.objects.count() == before


def test_a_child_that_lived_elsewhere_until_yesterday_joins_today(world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, asked=at(9, days=-3)))
    father = world.person("Bert", "Ackerwinde")
    there = people.add_member(
        actor=world.actor(), at=at(8), person_id=father.pk, role=MemberRole.CHILD, valid_from=date(2024, 1, 1), first_name="Mio", birth_date=BORN
    )
    people.leave_unit(actor=world.actor(), at=at(8), membership_id=there.pk, last_day=TODAY - timedelta(days=1))
    assert joins(world, entry, member_id=there.person_id).valid_from == TODAY
