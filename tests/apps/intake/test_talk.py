"""The talk as verbs: who leads it, answers that are never lost, offers that count at once, the close."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import Channel, PaperState
from hilfefrei.apps.intake.domain import agreement, conversation, dates, household
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.models import AnswerSet, ContactAttempt, Conversation, Entry, HandedVacancy
from hilfefrei.apps.intake.workflows import EntryState, OfferKind
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.apps.vacancies.workflows import VacancyState
from tests import desk
from tests.world import TODAY, World, at


def finish(world: World, entry: Entry, **more: object) -> Entry:
    given = {
        "next_step": "Anruf",
        "next_step_at": at(10, days=2),
        "next_step_by_id": world.users["entrance"].pk,
    } | more
    return conversation.finish_talk(actor=world.actor(), at=at(9, 44), entry_id=entry.pk, **given)


# --- who leads it
def test_a_talk_is_a_contact_that_was_reached_and_belongs_to_who_leads_it(world: World) -> None:
    entry = desk.talking(world)
    talk = Conversation.objects.get()
    assert (entry.state, entry.taken_by_id) == (EntryState.IN_TALK, world.users["entrance"].pk)
    assert (talk.led_by_id, talk.started_at, talk.finished_at) == (world.users["entrance"].pk, at(9, 15), None)
    assert ContactAttempt.objects.get().reached


def test_the_second_colleague_reads_who_leads_and_may_take_over(world: World) -> None:
    entry = desk.talking(world)
    with pytest.raises(Refused, match="Nele Eisvogel spricht gerade") as refusal:
        conversation.start_talk(actor=world.actor("colleague"), at=at(9, 20), entry_id=entry.pk)
    assert refusal.value.code == "led_by_other"
    desk.answer(world, entry, "work")
    entry_verbs.take_from(actor=world.actor("colleague"), at=at(9, 21), entry_id=entry.pk)
    talk = Conversation.objects.get()
    assert talk.led_by_id == world.users["colleague"].pk
    assert AnswerSet.objects.get().values == desk.WORK


def test_a_talk_held_on_paper_keeps_its_real_time_but_not_one_before_the_contact_or_to_come(world: World) -> None:
    entry = desk.applicant(world)
    for wrong, code in ((at(10), "future"), (at(8, 51), "before_contact")):
        with pytest.raises(Refused) as refusal:
            conversation.start_talk(actor=world.actor(), at=at(9, 42), entry_id=entry.pk, happened_at=wrong)
        assert refusal.value.code == code
    talk = conversation.start_talk(
        actor=world.actor(), at=at(9, 42), entry_id=entry.pk, happened_at=at(9, 5), how=Channel.PHONE, room_id=world.rooms["104"].pk
    )
    assert (talk.started_at, talk.how, talk.room_id) == (at(9, 5), Channel.PHONE, world.rooms["104"].pk)
    assert ContactAttempt.objects.get().at == at(9, 5)


def test_later_is_a_state_with_reason_and_moment_and_the_talk_goes_on_where_it_was(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    for bad, code in (({"reason": " ", "resume_at": at(14)}, "reason"), ({"reason": "Arzt", "resume_at": at(9, 0)}, "past")):
        with pytest.raises(Refused) as refusal:
            entry_verbs.later(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, **bad)
        assert refusal.value.code == code
    entry_verbs.later(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, reason="Arzt", resume_at=at(14))
    talk = Conversation.objects.get()
    assert talk.paused_at == at(9, 30)
    again = conversation.start_talk(actor=world.actor("colleague"), at=at(14, 2), entry_id=entry.pk)
    assert again.pk == talk.pk
    assert (again.paused_at, again.led_by_id) == (None, world.users["colleague"].pk)
    entry.refresh_from_db()
    assert (entry.state, entry.resume_at, entry.resume_reason) == (EntryState.IN_TALK, None, "")


@pytest.mark.parametrize("who", ["case_manager", "benefits", "operator", "via_lead", "director"])
def test_only_entrance_and_coach_talk(world: World, who: str) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Forbidden):
        conversation.start_talk(actor=world.actor(who), at=at(), entry_id=entry.pk)
    with pytest.raises(Forbidden):
        conversation.save_answers(
            actor=world.actor(who), at=at(), entry_id=entry.pk, group="work", values=desk.WORK, catalogue=desk.CATALOGUE
        )
    assert desk.counts() == {"AnswerSet": 0, "Conversation": 0, "HandedVacancy": 0, "Entry": 1}


# --- answers
def test_an_answer_is_superseded_and_kept(world: World) -> None:
    entry = desk.talking(world)
    (first,) = desk.answer(world, entry, "work")
    (second,) = desk.answer(world, entry, "work", wanted=["Köchin"])
    first.refresh_from_db()
    assert (first.superseded_at, first.version, second.version) == (at(9, 31), 1, 2)
    assert first.values["wanted"] == ["Verkäuferin", "Küchenhilfe"]
    assert second.values["wanted"] == ["Köchin"]


def test_the_same_answers_again_write_nothing(world: World) -> None:
    entry = desk.talking(world)
    (first,) = desk.answer(world, entry, "time")
    events = Event.objects.count()
    (again,) = desk.answer(world, entry, "time")
    assert (again.pk, again.version, AnswerSet.objects.count(), Event.objects.count()) == (first.pk, 1, 1, events)


def test_a_stale_form_gets_the_answers_in_between_and_changes_nothing(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    with pytest.raises(Stale) as stale:
        conversation.save_group(
            actor=world.actor(), at=at(), entry_id=entry.pk, group="work", values={"wanted": ["Köchin"]}, catalogue=desk.CATALOGUE, version=0
        )
    assert stale.value.current.values == desk.WORK
    assert AnswerSet.objects.get().values == desk.WORK


def test_a_double_click_saves_once(world: World) -> None:
    entry, op = desk.talking(world), uuid4()
    given = {"entry_id": entry.pk, "group": "work", "values": desk.WORK, "catalogue": desk.CATALOGUE, "version": 0, "op": op}
    first = conversation.save_group(actor=world.actor(), at=at(9, 20), **given)
    second = conversation.save_group(actor=world.actor(), at=at(9, 20), **given)
    assert (first.pk, AnswerSet.objects.count()) == (second.pk, 1)


def test_answers_stand_in_the_payload_and_not_in_the_event(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "health")
    event = Event.objects.get(verb="answers.saved")
    assert "heavy" not in str([getattr(event, f.attname) for f in event._meta.fields])
    assert EventPayload.objects.get(event_id=event.id).data["values"]["cannot"] == ["heavy"]


def test_papers_follow_the_answers_and_what_was_seen_stays(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "health")
    lease = Paper.objects.get(title__startswith="Mietvertrag")
    conversation.benefits.set_paper_state(actor=world.actor(), at=at(), paper_id=lease.pk, state=PaperState.SEEN)
    child = household.join(
        actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.CHILD, first_name="Mio", birth_date=TODAY - timedelta(days=2500)
    )
    assert child.person.last_name == "Silberdistel"
    assert Paper.objects.filter(person=child.person_id).exists()
    desk.answer(world, entry, "health", home="none", rent=None)
    lease.refresh_from_db()
    assert lease.state == PaperState.SEEN


# --- the application is beside the talk
def test_who_only_asked_may_apply_in_the_talk_and_the_papers_come_at_once(world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, wishes=("information",)))
    desk.answer(world, entry, "work")
    assert not Paper.objects.exists()
    op = uuid4()
    for _ in range(2):
        conversation.apply(actor=world.actor(), at=at(9, 33), entry_id=entry.pk, op=op)
    application = Application.objects.get()
    assert (application.asked_at, application.applicant_id) == (at(9, 33), entry.person_id)
    entry.refresh_from_db()
    assert entry.application_id == application.pk
    assert Paper.objects.exists()


def test_a_wish_that_was_voiced_at_the_contact_keeps_its_moment(world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, wishes=("information",), asked=at(8, 5)))
    contact = entry.first_contact
    conversation.apply(actor=world.actor(), at=at(9, 33), entry_id=entry.pk, contact_id=contact.pk)
    application = Application.objects.get()
    assert (application.asked_at, application.recorded_at, application.channel) == (at(8, 5), at(9, 33), contact.channel)
    contact.refresh_from_db()
    assert contact.application_id == application.pk
    assert conversation.apply(actor=world.actor(), at=at(9, 34), entry_id=entry.pk, contact_id=contact.pk).application_id == application.pk


def test_a_wish_of_an_earlier_month_says_how_we_know(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",), asked=at(8, 5, days=-30))
    contact = entry.first_contact
    with pytest.raises(Refused) as refusal:
        conversation.apply(actor=world.actor(), at=at(9, 33), entry_id=entry.pk, contact_id=contact.pk)
    assert (refusal.value.code, refusal.value.field) == ("reason", "reason")
    conversation.apply(actor=world.actor(), at=at(9, 33), entry_id=entry.pk, contact_id=contact.pk, reason="steht in der E-Mail")
    assert f"{Application.objects.get().effect_from}" == "2026-10-01"


# --- offers
def test_a_handed_vacancy_is_the_first_offer_at_once_and_an_undo_finds_the_next(world: World) -> None:
    entry = desk.talking(world)
    job, other = desk.vacancy(world), desk.vacancy(world, "Küchenhilfe")
    handed = conversation.hand_vacancy(
        actor=world.actor(), at=at(9, 20), entry_id=entry.pk, vacancy_id=job.pk, reasons={"fits": ["es nah ist"]}
    )
    entry.refresh_from_db()
    assert (entry.first_offer_at, entry.first_offer_kind) == (at(9, 20), OfferKind.VACANCY)
    same = conversation.hand_vacancy(actor=world.actor("colleague"), at=at(9, 21), entry_id=entry.pk, vacancy_id=job.pk)
    assert (same.pk, HandedVacancy.objects.count()) == (handed.pk, 1)
    slot = desk.coaching(world)
    dates.book_seat(actor=world.actor(), at=at(9, 25), date_id=slot.pk, entry_id=entry.pk)
    conversation.hand_vacancy(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, vacancy_id=other.pk)
    conversation.undo_vacancy(actor=world.actor(), at=at(9, 31), handed_id=handed.pk)
    entry.refresh_from_db()
    assert (entry.first_offer_at, entry.first_offer_kind) == (at(9, 25), OfferKind.COACHING)


def test_a_vacancy_that_is_gone_cannot_be_handed(world: World) -> None:
    entry = desk.talking(world)
    job = desk.vacancy(world, state=VacancyState.FILLED)
    with pytest.raises(Refused, match="nicht mehr offen"):
        conversation.hand_vacancy(actor=world.actor(), at=at(), entry_id=entry.pk, vacancy_id=job.pk)
    entry.refresh_from_db()
    assert entry.first_offer_at is None


# --- the close
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"next_step": "  "}, "next_step"),
        ({"next_step_at": at(9, 44)}, "past"),
        ({"via_to": TODAY - timedelta(days=1)}, "via_to"),
        ({"via_to": date(2099, 1, 1)}, "too_far"),
        ({"next_step_at": at(9, days=5)}, "no_working_day"),
    ],
)
def test_nobody_leaves_without_a_next_step_that_is_still_to_come(world: World, bad: dict[str, object], code: str) -> None:
    entry = desk.talking(world)
    with pytest.raises(Refused) as refusal:
        finish(world, entry, **bad)
    assert refusal.value.code == code
    entry.refresh_from_db()
    assert entry.state == EntryState.IN_TALK
    assert Conversation.objects.get().finished_at is None


def test_closing_keeps_wish_and_proposal_and_starts_four_weeks_of_via(world: World) -> None:
    entry = desk.talking(world)
    done = finish(world, entry, wish=" bis Weihnachten wieder arbeiten ", proposed=("placement", "placement", "nichts steht im Weg"))
    assert (done.state, done.wish) == (EntryState.IN_VIA, "bis Weihnachten wieder arbeiten")
    assert (done.triage_rule, done.triage_team) == ("placement", "placement")
    assert (done.via_from, done.via_to) == (TODAY, TODAY + timedelta(days=27))
    assert (done.next_step, done.next_step_at, done.next_step_by_id) == ("Anruf", at(10, days=2), world.users["entrance"].pk)
    assert Conversation.objects.get().finished_at == at(9, 44)


def test_closing_does_not_overrule_what_was_decided(world: World) -> None:
    entry = desk.talking(world)
    Entry.objects.filter(pk=entry.pk).update(triage_team="general", triage_rule="placement", triage_own="Wohnung zuerst")
    done = finish(world, Entry.objects.get(pk=entry.pk), proposed=("placement", "placement", "x"))
    assert (done.triage_team, done.triage_own) == ("general", "Wohnung zuerst")


def test_closing_a_stale_page_is_refused(world: World) -> None:
    entry = desk.talking(world)
    entry_verbs.take_from(actor=world.actor("colleague"), at=at(9, 30), entry_id=entry.pk)
    with pytest.raises(Stale):
        finish(world, entry, version=entry.version)


def test_without_a_talk_there_is_nothing_to_close(world: World) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Refused) as refusal:
        finish(world, entry)
    assert refusal.value.code == "no_talk"


def test_via_can_be_talked_about_again_and_keeps_its_first_day(world: World) -> None:
    entry = finish(world, desk.talking(world))
    conversation.start_talk(actor=world.actor(), at=at(9, days=3), entry_id=entry.pk)
    done = conversation.finish_talk(
        actor=world.actor(), at=at(10, days=3), entry_id=entry.pk, next_step="Coaching", next_step_at=at(9, days=6), next_step_by_id=world.users["coach"].pk
    )
    assert (done.via_from, Conversation.objects.count()) == (TODAY, 2)


def test_the_first_printed_handout_counts(world: World) -> None:
    entry = desk.talking(world)
    conversation.hand_out(actor=world.actor(), at=at(9, 45), entry_id=entry.pk)
    conversation.hand_out(actor=world.actor(), at=at(9, 50), entry_id=entry.pk)
    assert Conversation.objects.get().handout_at == at(9, 45)


# --- broken off
def broken_off(world: World, entry: Entry, *, minute: int = 20, who: str = "entrance") -> Entry:
    return conversation.break_off(actor=world.actor(who), at=at(9, minute), entry_id=entry.pk)


def test_a_talk_that_began_by_a_wrong_click_never_began(world: World) -> None:
    entry = desk.applicant(world)
    op = uuid4()
    conversation.start_talk(actor=world.actor(), at=at(9, 15), entry_id=entry.pk, op=op)
    back = broken_off(world, entry)
    assert (back.state, back.taken_by, back.taken_at) == (EntryState.WAITING, None, None)
    assert not Conversation.objects.exists()
    assert not ContactAttempt.objects.exists()
    # The same click posted once more is refused in words.
    with pytest.raises(Refused) as refusal:
        conversation.start_talk(actor=world.actor(), at=at(9, 21), entry_id=entry.pk, op=op)
    assert refusal.value.code == "op_reused"
    conversation.start_talk(actor=world.actor(), at=at(9, 22), entry_id=entry.pk)
    assert Conversation.objects.get().started_at == at(9, 22)
    assert audit.verify(world.id).problems == ()


def test_what_was_said_is_kept_and_the_talk_goes_on_another_time(world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work")
    back = broken_off(world, entry, minute=40)
    talk = Conversation.objects.get()
    assert (back.state, talk.paused_at, talk.finished_at) == (EntryState.WAITING, at(9, 40), None)
    assert back.taken_by_id == world.users["entrance"].pk
    again = conversation.start_talk(actor=world.actor("colleague"), at=at(10), entry_id=entry.pk)
    assert (again.pk, again.paused_at) == (talk.pk, None)
    # Opened again and nothing new: what was said before stays all the same.
    assert conversation.break_off(actor=world.actor("colleague"), at=at(10, 5), entry_id=entry.pk).state == EntryState.WAITING
    assert Conversation.objects.get().paused_at == at(10, 5)


@pytest.mark.parametrize("said", [False, True])
def test_whoever_is_in_via_stays_in_via_with_the_next_step(world: World, said: bool) -> None:
    entry = desk.in_via(world)
    before = (entry.via_from, entry.via_to, entry.next_step, entry.next_step_at)
    conversation.start_talk(actor=world.actor(), at=at(9, 50), entry_id=entry.pk)
    if said:
        agreement.set_wish(actor=world.actor(), at=at(9, 51), entry_id=entry.pk, wish="im Verkauf")
    back = broken_off(world, entry, minute=55)
    assert (back.state, back.via_from, back.via_to, back.next_step, back.next_step_at) == (EntryState.IN_VIA, *before)
    assert Conversation.objects.filter(finished_at=None).exists() == said


@pytest.mark.parametrize("said", [False, True])
def test_a_talk_put_off_keeps_its_moment_unless_something_was_said_meanwhile(world: World, said: bool) -> None:
    entry = desk.applicant(world)
    entry_verbs.later(actor=world.actor(), at=at(9, 5), entry_id=entry.pk, resume_at=at(15), reason="Arzt")
    conversation.start_talk(actor=world.actor(), at=at(9, 15), entry_id=entry.pk)
    if said:
        desk.answer(world, entry, "work")
    back = broken_off(world, entry, minute=40)
    assert (back.state, back.resume_at, back.resume_reason) == ((EntryState.WAITING, None, "") if said else (EntryState.LATER, at(15), "Arzt"))


def test_only_who_leads_a_running_talk_breaks_it_off(world: World) -> None:
    entry = desk.applicant(world)
    for running, who, code in ((False, "entrance", "no_talk"), (True, "colleague", "led_by_other")):
        if running:
            desk.talking(world, entry)
        with pytest.raises(Refused) as refusal:
            broken_off(world, entry, who=who)
        assert refusal.value.code == code
    with pytest.raises(Forbidden):
        broken_off(world, entry, who="benefits")
