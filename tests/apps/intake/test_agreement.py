"""Promises, triage, and the hand-over from one team to the next."""

from datetime import datetime

import pytest

from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import agreement
from hilfefrei.apps.intake.models import Entry, Handover, Promise
from hilfefrei.apps.intake.workflows import HandoverState
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Responsibility
from hilfefrei.apps.people.workflows import ResponsibilityKind, RestrictionKind
from tests import desk
from tests.world import TODAY, World, at


def sent(world: World, entry: Entry | None = None) -> Handover:
    entry = entry or desk.talking(world)
    return agreement.send_handover(
        actor=world.actor(),
        at=at(9, 40),
        entry_id=entry.pk,
        team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk,
        summary="Möchte zurück in den Verkauf.",
        reason="nichts steht im Weg",
    )


# --- promises
def test_what_the_office_promises_has_a_name_and_a_day(world: World) -> None:
    entry = desk.talking(world)
    with pytest.raises(Refused) as refusal:
        agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft an")
    assert refusal.value.code == "due"
    made = agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text=" ruft an ", due_at=at(12))
    assert (made.text, made.user_id) == ("ruft an", world.users["entrance"].pk)
    theirs = agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="person", text="möchte sich melden")
    assert (theirs.user_id, theirs.due_at) == (None, None)


@pytest.mark.parametrize(
    ("side", "due", "code", "field"),
    [
        ("office", at(9, days=-13474), "past", "due_day"),
        ("office", at(9), "past", "due_day"),
        ("office", at(9, days=26335), "too_far", "due_day"),
        ("office", at(3, days=5), "no_working_day", "due_day"),
        ("office", at(10, days=31), "no_working_day", "due_day"),
        ("office", at(3, days=2), "at_night", "due_time"),
        ("benefits", at(12, days=4), "no_working_day", "due_day"),
        ("person", at(9, days=-1), "past", "due_day"),
        ("person", at(9, days=200), "too_far", "due_day"),
    ],
)
def test_a_promise_has_a_day_that_can_be(world: World, side: str, due: datetime, code: str, field: str) -> None:
    entry = desk.talking(world)
    with pytest.raises(Refused) as refusal:
        agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side=side, text="ruft an", due_at=due)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Promise.objects.exists()
    made = agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side=side, text="ruft an", due_at=at(12, days=1))
    with pytest.raises(Refused) as refusal:
        agreement.change_promise(actor=world.actor(), at=at(), promise_id=made.pk, side=side, text="ruft an", due_at=due)
    assert refusal.value.code == code


def test_what_people_do_themselves_may_be_on_any_day_to_come(world: World) -> None:
    entry = desk.talking(world)
    for due in (at(8), at(3, days=5), at(16, days=181)):
        assert agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="person", text="schreibt", due_at=due).due_at == due


def test_an_old_promise_may_be_said_in_other_words(world: World) -> None:
    entry = desk.talking(world)
    made = agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft an", due_at=at(12))
    later = at(9, days=1)
    said = agreement.change_promise(actor=world.actor(), at=later, promise_id=made.pk, side="office", text="ruft zurück", due_at=at(12))
    assert said.text == "ruft zurück"
    with pytest.raises(Refused) as refusal:
        agreement.change_promise(actor=world.actor(), at=later, promise_id=made.pk, side="office", text=" ", due_at=at(12))
    assert refusal.value.code == "text"
    with pytest.raises(Refused) as refusal:
        agreement.change_promise(actor=world.actor(), at=later, promise_id=made.pk, side="benefits", text="ruft an", due_at=at(12))
    assert refusal.value.code == "past"


def test_a_promise_is_changed_kept_opened_again_and_removed_but_never_lost(world: World) -> None:
    entry = desk.talking(world)
    made = agreement.add_promise(actor=world.actor(), at=at(), entry_id=entry.pk, side="office", text="ruft an", due_at=at(12))
    changed = agreement.change_promise(
        actor=world.actor("colleague"), at=at(), promise_id=made.pk, side="benefits", text="prüft vorrangig", due_at=at(9, days=3), version=1
    )
    assert (changed.side, changed.text, changed.user_id, changed.due_at) == ("benefits", "prüft vorrangig", None, at(9, days=3))
    with pytest.raises(Stale):
        agreement.change_promise(actor=world.actor(), at=at(), promise_id=made.pk, side="person", text="x", version=1)
    agreement.keep_promise(actor=world.actor(), at=at(10), promise_id=made.pk)
    assert Promise.objects.get().done_at == at(10)
    agreement.keep_promise(actor=world.actor(), at=at(11), promise_id=made.pk, done=False)
    assert Promise.objects.get().done_at is None
    agreement.remove_promise(actor=world.actor(), at=at(12), promise_id=made.pk)
    assert not queries.promises(entry.pk).exists()
    assert Promise.objects.get().removed_at == at(12)


# --- triage
def test_deciding_otherwise_needs_a_reason_of_ones_own(world: World) -> None:
    entry = desk.talking(world)
    proposal = {"rule": "placement", "team": "placement", "reason": "nichts steht im Weg"}
    with pytest.raises(Refused) as refusal:
        agreement.decide_triage(actor=world.actor(), at=at(), entry_id=entry.pk, own_team="general", **proposal)
    assert refusal.value.code == "own_reason"
    kept = agreement.decide_triage(actor=world.actor(), at=at(), entry_id=entry.pk, **proposal)
    assert (kept.triage_team, kept.triage_own) == ("placement", "")
    other = agreement.decide_triage(
        actor=world.actor(), at=at(), entry_id=entry.pk, own_team="general", own_reason="Die Wohnung geht vor", **proposal
    )
    assert (other.triage_team, other.triage_rule, other.triage_own) == ("general", "placement", "Die Wohnung geht vor")


# --- hand-over
def test_until_somebody_accepts_the_entrance_stays_responsible(world: World) -> None:
    handover = sent(world)
    person = handover.entry.person
    assert handover.answer_due_on.isoformat() == "2026-11-26"
    assert not people_policy.visible_to(world.actor("case_manager"), TODAY).filter(pk=person.pk).exists()
    agreement.accept_handover(actor=world.actor("case_manager"), at=at(11), handover_id=handover.pk)
    held = Responsibility.objects.get(person=person, kind=ResponsibilityKind.INTEGRATION)
    assert (held.team_id, held.user_id) == (world.teams["placement"].pk, world.users["case_manager"].pk)
    assert people_policy.visible_to(world.actor("case_manager"), TODAY).filter(pk=person.pk).exists()
    assert people_policy.visible_to(world.actor(), TODAY).filter(pk=person.pk).exists()


def test_a_hand_over_goes_to_somebody_who_works_there_and_only_one_waits(world: World) -> None:
    entry = desk.talking(world)
    with pytest.raises(Refused) as refusal:
        agreement.send_handover(
            actor=world.actor(), at=at(), entry_id=entry.pk, team_id=world.teams["placement"].pk,
            user_id=world.users["coach"].pk, summary="x", reason="y",
        )  # fmt: skip
    assert refusal.value.code == "not_in_team"
    sent(world, entry)
    with pytest.raises(Refused, match="Paula Steinkauz"):
        sent(world, entry)


def test_coming_back_needs_a_reason_and_is_seen_until_it_is_sent_anew(world: World) -> None:
    handover = sent(world)
    with pytest.raises(Refused) as refusal:
        agreement.return_handover(actor=world.actor("case_manager"), at=at(11), handover_id=handover.pk, reason=" ")
    assert refusal.value.code == "reason"
    agreement.return_handover(actor=world.actor("case_manager"), at=at(11), handover_id=handover.pk, reason="Wohnung zuerst")
    assert [h.pk for h in queries.returned(world.actor(), TODAY)] == [handover.pk]
    assert list(queries.returned(world.actor("other_team"), TODAY)) == []
    again = agreement.send_handover(
        actor=world.actor(), at=at(12), entry_id=handover.entry_id, team_id=world.teams["placement"].pk,
        user_id=world.users["placement_lead"].pk, summary="Wohnung ist geklärt.", reason="x",
    )  # fmt: skip
    assert again.state == HandoverState.SENT
    assert list(queries.returned(world.actor(), TODAY)) == []


@pytest.mark.parametrize("act", ["accept", "return", "withdraw"])
def test_an_answered_hand_over_is_answered(world: World, act: str) -> None:
    handover = sent(world)
    agreement.accept_handover(actor=world.actor("case_manager"), at=at(11), handover_id=handover.pk)
    with pytest.raises(Refused) as refusal:
        if act == "accept":
            agreement.accept_handover(actor=world.actor("placement_lead"), at=at(12), handover_id=handover.pk)
        elif act == "return":
            agreement.return_handover(actor=world.actor("case_manager"), at=at(12), handover_id=handover.pk, reason="x")
        else:
            agreement.withdraw_handover(actor=world.actor(), at=at(12), handover_id=handover.pk)
    assert refusal.value.code == "answered"


@pytest.mark.parametrize("who", ["entrance", "via_lead", "benefits", "operator"])
def test_only_the_team_it_was_sent_to_answers(world: World, who: str) -> None:
    handover = sent(world)
    with pytest.raises(Forbidden):
        agreement.accept_handover(actor=world.actor(who), at=at(11), handover_id=handover.pk)
    assert Handover.objects.get().state == HandoverState.SENT


def test_the_receiver_does_not_see_a_restricted_person_by_the_hand_over(world: World) -> None:
    handover = sent(world)
    receiver = world.actor("case_manager")
    assert policy.handovers_for(receiver, TODAY).filter(pk=handover.pk).exists()
    people.restrict(
        actor=world.actor(), at=at(10), person_id=handover.entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle"
    )
    assert not policy.handovers_for(receiver, TODAY).filter(pk=handover.pk).exists()
    assert policy.handovers_for(world.actor(), TODAY).filter(pk=handover.pk).exists()
