"""One application counts for a way: who was refused, or withdrew, and asks again stands beside the new one."""

from datetime import date
from typing import Any

import pytest

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import Channel, Outcome, PaperState
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, first_contact, leave
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import LeaveAct
from tests import desk
from tests.world import TODAY, World, at


def withdrawn(world: World, entry: Entry) -> None:
    leave.record_leave(
        actor=world.actor(), at=at(9, 33), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="lieber nicht", rights=list(leave.RIGHTS),
        signed=True, call_at=at(10, days=2),
    )  # fmt: skip


def refused(world: World, entry: Entry) -> None:
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 33), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )


def comes_again(world: World, entry: Entry, **more: Any) -> Application | None:
    given = {"wishes": ["money"], "channel": Channel.PHONE, "person_id": entry.person_id} | more
    return first_contact.record_first_contact(actor=world.actor("colleague"), at=at(9, 36), contact_at=at(9, 35), **given).application


def talks_again(world: World, entry: Entry) -> Application | None:
    return conversation.apply(actor=world.actor(), at=at(9, 36), entry_id=entry.pk).application


@pytest.mark.parametrize("again", [comes_again, talks_again])
@pytest.mark.parametrize("ends", [withdrawn, refused])
def test_the_new_application_counts_for_the_way_and_its_papers_are_asked(world: World, ends: Any, again: Any) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    asked = set(Paper.objects.values_list("rule", "person").order_by("pk"))
    ends(world, entry)
    new = again(world, entry)
    old = entry.application
    entry.refresh_from_db()
    assert new is not None
    assert new != old
    assert entry.application == new
    assert set(new.papers.values_list("rule", "person")) == asked
    assert {paper.state for paper in new.papers.all()} <= {PaperState.MISSING, PaperState.CAN_FOLLOW}
    assert queries.way_of(new) == queries.way_of(old) == entry
    assert [made.revoked_at for made in Leave.objects.all()] == ([at(9, 36)] if ends is withdrawn else [])


def test_an_open_application_stays_the_one_that_counts(world: World) -> None:
    entry = desk.talking(world)
    second = comes_again(world, entry, anyway=True)
    assert second is not None
    assert conversation.apply(actor=world.actor(), at=at(9, 37), entry_id=entry.pk).application == entry.application
    assert Application.objects.count() == 2
    entry.refresh_from_db()
    assert entry.application != second
    assert queries.way_of(second) == entry


def test_a_grant_that_runs_is_asked_about_first(world: World) -> None:
    entry = desk.talking(world)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 33), application_id=entry.application_id, kind=Outcome.GRANTED, decided_on=TODAY,
        source="Bescheid", granted_to=date(2027, 10, 31),
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        talks_again(world, entry)
    assert (refusal.value.code, refusal.value.field) == ("already_in_benefit", "anyway")
    made = conversation.apply(actor=world.actor(), at=at(9, 36), entry_id=entry.pk, anyway=True)
    assert made.application == Application.objects.get(asked_at=at(9, 36))


def test_a_question_after_a_refusal_is_no_application_but_can_become_one(world: World) -> None:
    entry = desk.applicant(world)
    refused(world, entry)
    asked = first_contact.record_first_contact(
        actor=world.actor(), at=at(9, 36), contact_at=at(9, 35), channel=Channel.PHONE, wishes=["information"], person_id=entry.person_id
    )
    assert asked.application is None
    made = conversation.apply(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, contact_id=asked.pk)
    assert made.application == Application.objects.get(asked_at=at(9, 35), channel=Channel.PHONE)


def test_a_contact_of_the_wrong_person_gives_back_what_counted_before(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry)
    refused(world, entry)
    contact = first_contact.record_first_contact(
        actor=world.actor(), at=at(9, 36), contact_at=at(9, 35), channel=Channel.PHONE, wishes=["money"], person_id=entry.person_id
    )
    first_contact.correct_person(
        actor=world.actor(), at=at(9, 39), contact_id=contact.pk, reason="verwechselt", new_person=NewPerson(first_name="Kim", last_name="Ulme")
    )
    old = entry.application
    entry.refresh_from_db()
    assert entry.application == old
    other = Entry.objects.exclude(pk=entry.pk).get()
    assert (other.person.full_name, other.application) == ("Kim Ulme", Application.objects.get(asked_at=at(9, 35)))
