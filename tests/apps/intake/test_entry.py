"""The acts on the waiting list. Two colleagues never take the same person, nobody is forgotten, no application is touched."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, dates, facts
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Booking, ContactAttempt, Conversation, Entry, ShiftNote
from hilfefrei.apps.intake.workflows import EndKind, EntryState
from hilfefrei.apps.org import domain as org
from tests import desk
from tests.world import TODAY, World, at


def refused(code: str, verb: Any, **given: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        verb(**{"at": at()} | given)
    assert refusal.value.code == code
    return refusal.value


@pytest.mark.parametrize("who", ["case_manager", "benefits", "operator", "via_lead", "employer_service"])
def test_others_may_not(world: World, who: str) -> None:
    entry = desk.applicant(world)
    before = Event.objects.count()
    for verb, given in (
        (verbs.take, {}),
        (verbs.take_from, {}),
        (verbs.release, {}),
        (verbs.not_reached, {}),
        (verbs.later, {"resume_at": at(12), "reason": "Arzt"}),
        (verbs.back_to_list, {}),
        (verbs.end_via, {"kind": EndKind.NO_CONTACT, "ended_on": TODAY, "note": "weg"}),
        (verbs.undo_end, {}),
        (verbs.let_go, {}),
        (verbs.shift_note, {"text": "bitte anrufen"}),
    ):
        with pytest.raises(Forbidden):
            verb(actor=world.actor(who), at=at(), entry_id=entry.pk, **given)
    assert Event.objects.count() == before


def test_the_second_reads_who_was_first(world: World) -> None:
    entry = desk.applicant(world)
    verbs.take(actor=world.actor("entrance"), at=at(), entry_id=entry.pk)
    assert "Nele Eisvogel hat diese Person gerade übernommen" in str(refused("taken", verbs.take, actor=world.actor("colleague"), entry_id=entry.pk))
    assert verbs.take(actor=world.actor("entrance"), at=at(10), entry_id=entry.pk).taken_at == at()
    verbs.release(actor=world.actor("colleague"), at=at(10), entry_id=entry.pk)
    assert verbs.take(actor=world.actor("colleague"), at=at(10), entry_id=entry.pk).taken_by_id == world.users["colleague"].pk


def test_whoever_stands_in_may_take_from_the_absent(world: World) -> None:
    entry = desk.applicant(world)
    verbs.take(actor=world.actor("entrance"), at=at(), entry_id=entry.pk)
    org.enter_absence(
        actor=world.actor("operator"), at=at(), user_id=world.users["entrance"].pk, substitute_id=world.users["coach"].pk, valid_from=TODAY, valid_to=TODAY
    )
    assert verbs.take(actor=world.actor("coach"), at=at(), entry_id=entry.pk).taken_by_id == world.users["coach"].pk


def test_each_attempt_is_kept(world: World) -> None:
    entry = desk.applicant(world)
    for minute in (10, 20):
        verbs.not_reached(actor=world.actor(), at=at(9, minute), entry_id=entry.pk, note="Mailbox")
    entry.refresh_from_db()
    assert entry.state == EntryState.NOT_REACHED
    assert ContactAttempt.objects.filter(reached=False).count() == 2
    line = queries.unreached(world.actor(), at())[0]
    assert (line.attempts, line.last_attempt) == (2, at(9, 20))
    assert Application.objects.get().version == entry.application.version


def test_somebody_in_via_stays_in_via_when_the_telephone_is_not_answered(world: World) -> None:
    entry = desk.talking(world)
    refused("transition", verbs.not_reached, actor=world.actor(), entry_id=entry.pk)
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.IN_VIA)
    verbs.not_reached(actor=world.actor(), at=at(), entry_id=entry.pk)
    entry.refresh_from_db()
    assert entry.state == EntryState.IN_VIA
    assert ContactAttempt.objects.filter(reached=False).count() == 1


def test_later_again_moves_the_moment(world: World) -> None:
    entry = desk.applicant(world)
    op = uuid4()
    for _ in range(2):
        verbs.later(actor=world.actor(), at=at(), entry_id=entry.pk, resume_at=at(12), reason="Arzt", op=op)
    verbs.later(actor=world.actor(), at=at(12, 5), entry_id=entry.pk, resume_at=at(9, days=1), reason="Bus weg")
    entry.refresh_from_db()
    assert (entry.resume_at, entry.resume_reason) == (at(9, days=1), "Bus weg")
    refused("past", verbs.later, actor=world.actor(), entry_id=entry.pk, resume_at=at(9), reason="Arzt")
    verbs.not_reached(actor=world.actor(), at=at(9, 5, days=1), entry_id=entry.pk)
    verbs.back_to_list(actor=world.actor(), at=at(9, 6, days=1), entry_id=entry.pk)
    entry.refresh_from_db()
    assert (entry.state, entry.resume_at, entry.resume_reason) == (EntryState.WAITING, None, "")


def test_the_end_gives_back_what_is_to_come_and_leaves_the_application(world: World) -> None:
    entry = desk.applicant(world)
    over, to_come = desk.information(world, days=0, hour=9), desk.information(world, days=1)
    for date_ in (over, to_come):
        dates.book_seat(actor=world.actor(), at=at(8, 55), date_id=date_.pk, entry_id=entry.pk)
    for kind in (EndKind.NO_CONTACT, EndKind.OWN_WISH, EndKind.MISTAKE):
        refused("note", verbs.end_via, actor=world.actor(), entry_id=entry.pk, kind=kind, ended_on=TODAY)
    refused("before", verbs.end_via, actor=world.actor(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY - timedelta(days=1))
    refused("future", verbs.end_via, actor=world.actor(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY + timedelta(days=32))
    with pytest.raises(Stale):
        verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY, version=99)
    ended = verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    assert (ended.state, ended.end_kind, ended.ended_on) == (EntryState.ENDED, EndKind.WORK, TODAY)
    assert [b.date_id for b in Booking.objects.filter(undone_at=None)] == [over.pk]
    assert not ApplicationOutcome.objects.exists()
    refused("not_waiting", verbs.take, actor=world.actor(), entry_id=entry.pk)


def test_an_end_can_be_taken_back_unless_a_new_way_has_begun(world: World) -> None:
    entry = desk.applicant(world)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    again = verbs.undo_end(actor=world.actor(), at=at(), entry_id=entry.pk)
    assert (again.state, again.ended_on, again.end_kind) == (EntryState.WAITING, None, "")
    assert (again.via_from, again.via_to) == (None, None)
    assert [line.entry for line in queries.waiting(world.actor(), at())] == [entry]
    verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    Entry.objects.create(jobcenter_id=world.id, person_id=entry.person_id, first_contact_id=entry.first_contact_id, since=at(), state_since=at())
    refused("entry_open", verbs.undo_end, actor=world.actor(), entry_id=entry.pk)


def ended_and_back(world: World, entry: Entry) -> Entry:
    verbs.end_via(actor=world.actor(), at=at(11), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    back = verbs.undo_end(actor=world.actor("colleague"), at=at(12), entry_id=entry.pk)
    assert (back.ended_on, back.end_kind, back.end_note) == (None, "", "")
    return back


def test_the_end_of_via_that_was_agreed_comes_back(world: World) -> None:
    entry = desk.talking(world)
    agreed = TODAY + timedelta(days=41)
    conversation.finish_talk(
        actor=world.actor(), at=at(9, 40), entry_id=entry.pk, next_step="Anruf", next_step_at=at(10, days=2),
        next_step_by_id=world.users["entrance"].pk, via_to=agreed,
    )  # fmt: skip
    back = ended_and_back(world, entry)
    assert (back.state, back.via_from, back.via_to) == (EntryState.IN_VIA, TODAY, agreed)
    assert not Conversation.objects.filter(finished_at=None).exists()
    # Once more, later: the day is still the agreed one.
    assert ended_and_back(world, entry).via_to == agreed


@pytest.mark.parametrize("later", [False, True])
def test_a_talk_that_was_not_finished_comes_back_interrupted(world: World, later: bool) -> None:
    entry = desk.talking(world)
    if later:
        verbs.later(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, resume_at=at(15), reason="Arzt")
    back = ended_and_back(world, entry)
    talk = Conversation.objects.get()
    assert (talk.finished_at, talk.paused_at) == (None, at(9, 30) if later else at(12))
    assert (back.state, back.resume_at) == ((EntryState.LATER, at(15)) if later else (EntryState.WAITING, None))
    assert conversation.start_talk(actor=world.actor(), at=at(13), entry_id=entry.pk).pk == talk.pk


@pytest.mark.parametrize("state", [EntryState.NOT_REACHED, EntryState.REFERRED])
def test_who_was_not_reached_or_went_to_the_agency_is_so_again(world: World, state: EntryState) -> None:
    entry = desk.applicant(world)
    if state == EntryState.NOT_REACHED:
        verbs.not_reached(actor=world.actor(), at=at(9, 10), entry_id=entry.pk)
    else:
        facts.refer_to_agency(actor=world.actor(), at=at(9, 10), entry_id=entry.pk, claim_until=None, note="Anspruch bis Januar")
    assert ended_and_back(world, entry).state == state


def test_where_the_record_of_the_end_was_deleted_the_row_says_whether_it_was_via(world: World) -> None:
    waiting, in_via = desk.applicant(world), desk.in_via(world, desk.applicant(world, "Kim", "Schachtelhalm"))
    for entry in (waiting, in_via):
        verbs.end_via(actor=world.actor(), at=at(11), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    EventPayload.objects.all().delete()
    back = [verbs.undo_end(actor=world.actor(), at=at(12), entry_id=entry.pk) for entry in (waiting, in_via)]
    assert [(entry.state, entry.via_to) for entry in back] == [
        (EntryState.WAITING, None), (EntryState.IN_VIA, TODAY + timedelta(days=27)),
    ]  # fmt: skip


def test_an_ended_way_goes_back_by_no_other_verb(world: World) -> None:
    entry = desk.applicant(world)
    verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.WORK, ended_on=TODAY)
    refused("transition", verbs.back_to_list, actor=world.actor(), entry_id=entry.pk)
    refused("transition", verbs.not_reached, actor=world.actor(), entry_id=entry.pk)
    refused("transition", verbs.later, actor=world.actor(), entry_id=entry.pk, resume_at=at(15), reason="Arzt")


def test_a_note_at_the_end_of_the_shift_reaches_the_right_people_once(world: World) -> None:
    entry = desk.applicant(world)
    refused("text", verbs.shift_note, actor=world.actor(), entry_id=entry.pk, text=" ")
    verbs.take(actor=world.actor(), at=at(), entry_id=entry.pk)
    note = verbs.shift_note(actor=world.actor(), at=at(15), entry_id=entry.pk, text="kommt um vier", to_id=world.users["colleague"].pk)
    entry.refresh_from_db()
    assert entry.taken_by_id == world.users["colleague"].pk

    def seen_by(who: str) -> list[ShiftNote]:
        return list(queries.shift_notes(world.actor(who), TODAY))

    assert seen_by("colleague") == [note]
    assert seen_by("entrance") == seen_by("coach") == seen_by("other_team") == []
    verbs.shift_note_seen(actor=world.actor("colleague"), at=at(15, 5), note_id=note.pk)
    assert seen_by("colleague") == []
    for_all = verbs.shift_note(actor=world.actor("colleague"), at=at(15, 10), entry_id=entry.pk, text="bitte noch einmal versuchen")
    assert seen_by("entrance") == seen_by("coach") == [for_all]
    # Another team does not read about people it does not see.
    assert seen_by("other_team") == []
