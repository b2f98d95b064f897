"""Late entry from paper: each row has its real moment, the record also has the one of the typing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import queries as benefits_queries
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import agreement, conversation, dates, first_contact, needs
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import (
    AnswerSet,
    Booking,
    ContactAttempt,
    Conversation,
    Entry,
    FirstContact,
    HandedVacancy,
    Promise,
)
from hilfefrei.apps.intake.workflows import Attendance, EntryState, OfferKind
from hilfefrei.core import clocks
from tests import desk
from tests.world import TODAY, World, at


def on_paper(world: World) -> Entry:
    """Somebody who came yesterday at ten, while the system was down; typed today at nine."""
    return desk.applicant(world, asked=at(10, 0, days=-1))


def finish(world: World, entry: Entry, **more: Any) -> Entry:
    given: dict[str, Any] = {"next_step": "Anruf", "next_step_at": at(10, days=2), "next_step_by_id": world.users["entrance"].pk} | more
    return conversation.finish_talk(actor=world.actor(), at=at(9, 50), entry_id=entry.pk, **given)


def last_event(verb: str) -> tuple[datetime, str | None]:
    """When it was typed, and the real moment beside it (None where it was typed as it happened)."""
    event = Event.objects.filter(verb=verb).latest("seq")
    return event.at, EventPayload.objects.get(event_id=event.pk).data.get("happened_at")


def moment_in(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# --- each row
def test_a_whole_talk_from_paper_stands_at_its_real_times_and_the_record_keeps_both(world: World) -> None:
    entry, job = on_paper(world), desk.vacancy(world)
    seat = desk.information(world, days=1)
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk}
    conversation.start_talk(at=at(9, 42), happened_at=at(10, 20, days=-1), **given)
    dates.book_seat(at=at(9, 44), happened_at=at(10, 35, days=-1), date_id=seat.pk, **given)
    conversation.hand_vacancy(at=at(9, 45), happened_at=at(10, 30, days=-1), vacancy_id=job.pk, **given)
    conversation.save_group(
        at=at(9, 46), happened_at=at(10, 25, days=-1), group="work", values=desk.WORK, catalogue=desk.CATALOGUE, **given
    )
    agreement.add_promise(at=at(9, 47), happened_at=at(10, 40, days=-1), side="office", text="ruft an", due_at=at(16, 0, days=-1), **given)
    finish(world, entry, happened_at=at(10, 45, days=-1))
    assert AnswerSet.objects.get().saved_at == at(10, 25, days=-1)
    # Its day lay ahead when it was given; that it is over by now is what has to be seen.
    assert Promise.objects.get().made_at == at(10, 40, days=-1)
    talk = Conversation.objects.get()
    assert (talk.started_at, talk.finished_at) == (at(10, 20, days=-1), at(10, 45, days=-1))
    assert ContactAttempt.objects.get().at == at(10, 20, days=-1)
    assert Booking.objects.get().booked_at == at(10, 35, days=-1)
    assert HandedVacancy.objects.get().handed_at == at(10, 30, days=-1)
    entry.refresh_from_db()
    assert entry.via_from == TODAY - timedelta(days=1)
    assert (entry.first_offer_at, entry.first_offer_kind) == (at(10, 30, days=-1), OfferKind.VACANCY)
    for verb, typed, real in (
        ("talk.started", at(9, 42), at(10, 20, days=-1)),
        ("seat.booked", at(9, 44), at(10, 35, days=-1)),
        ("vacancy.handed", at(9, 45), at(10, 30, days=-1)),
        ("answers.saved", at(9, 46), at(10, 25, days=-1)),
        ("promise.made", at(9, 47), at(10, 40, days=-1)),
        ("talk.finished", at(9, 50), at(10, 45, days=-1)),
    ):
        found, happened = last_event(verb)
        assert (found, moment_in(happened)) == (typed, real), verb


def test_on_a_normal_day_nothing_is_late(world: World) -> None:
    entry = desk.talking(world)
    conversation.hand_vacancy(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, vacancy_id=desk.vacancy(world).pk)
    assert HandedVacancy.objects.get().handed_at == at(9, 30)
    assert last_event("vacancy.handed") == (at(9, 30), None)
    assert last_event("talk.started") == (at(9, 15), None)


def test_answers_from_paper_replace_what_was_typed_before_and_its_time_does_not_run_backwards(world: World) -> None:
    entry = desk.talking(world, on_paper(world))
    (typed,) = desk.answer(world, entry, "work")
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk, "group": "work", "catalogue": desk.CATALOGUE}
    late = conversation.save_group(at=at(9, 40), happened_at=at(10, 20, days=-1), values={"wanted": ["Köchin"]}, **given)
    typed.refresh_from_db()
    assert (typed.saved_at, typed.superseded_at) == (at(9, 31), at(9, 31))
    assert (late.saved_at, late.version) == (at(10, 20, days=-1), 2)
    assert queries.current_answers(entry.pk)["work"].values == {"wanted": ["Köchin"]}


def test_a_promise_from_paper_cannot_have_been_due_when_it_was_given(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        agreement.add_promise(
            actor=world.actor(), at=at(9, 47), entry_id=on_paper(world).pk, happened_at=at(10, 40, days=-1), side="office", text="ruft an",
            due_at=at(10, 30, days=-1),
        )  # fmt: skip
    assert refusal.value.code == "past"


# --- how far it goes
def acts(world: World, entry: Entry) -> dict[str, Callable[..., Any]]:
    """Everything that can be typed late, by name."""
    job, seat = desk.vacancy(world), desk.information(world, days=3)
    given: dict[str, Any] = {"actor": world.actor(), "at": at(9, 42)}
    way = {"entry_id": entry.pk}
    return {
        "start": lambda when: conversation.start_talk(happened_at=when, **given, **way),
        "seat": lambda when: dates.book_seat(happened_at=when, date_id=seat.pk, **given, **way),
        "vacancy": lambda when: conversation.hand_vacancy(happened_at=when, vacancy_id=job.pk, **given, **way),
        "attempt": lambda when: entry_verbs.not_reached(happened_at=when, **given, **way),
        "answers": lambda when: conversation.save_group(
            happened_at=when, group="time", values=desk.TIME, catalogue=desk.CATALOGUE, **given, **way
        ),
        "promise": lambda when: agreement.add_promise(
            happened_at=when, side="office", text="ruft an", due_at=at(10, days=2), **given, **way
        ),
        "need": lambda when: needs.report_need(happened_at=when, person_id=entry.person_id, kind=UrgentKind.NO_MONEY, **given),
    }


@pytest.mark.parametrize("act", ["start", "seat", "vacancy", "attempt", "answers", "promise", "need"])
def test_never_in_the_future_never_over_a_week_never_before_the_contact(world: World, act: str) -> None:
    entry = desk.applicant(world, asked=at(10, 0, days=-9))
    typed = acts(world, entry)[act]
    before = desk.counts(), Booking.objects.count(), ContactAttempt.objects.count(), UrgentReport.objects.count(), Event.objects.count()
    for wrong, code, field in (
        (at(9, 43), "future", "happened_time"),
        (at(8, 0, days=1), "future", "happened_day"),
        (at(23, 59, days=-8), "too_long_ago", "happened_day"),
    ):
        with pytest.raises(Refused) as refusal:
            typed(wrong)
        assert (refusal.value.code, refusal.value.field) == (code, field)
    Entry.objects.filter(pk=entry.pk).update(since=at(10, 0, days=-2))
    for wrong, field in ((at(9, 59, days=-2), "happened_time"), (at(11, 0, days=-3), "happened_day")):
        with pytest.raises(Refused, match="vor dem ersten Kontakt") as refusal:
            typed(wrong)
        assert (refusal.value.code, refusal.value.field) == ("before_contact", field)
    assert before == (desk.counts(), Booking.objects.count(), ContactAttempt.objects.count(), UrgentReport.objects.count(), Event.objects.count())
    typed(at(10, 0, days=-2))


def test_seven_days_back_is_the_whole_day(world: World) -> None:
    entry = desk.applicant(world, asked=at(7, 0, days=-7))
    conversation.start_talk(actor=world.actor(), at=at(9, 42), entry_id=entry.pk, happened_at=at(7, 5, days=-7))
    assert Conversation.objects.get().started_at == at(7, 5, days=-7)


def test_a_talk_does_not_end_before_it_began(world: World) -> None:
    entry = on_paper(world)
    conversation.start_talk(actor=world.actor(), at=at(9, 42), entry_id=entry.pk, happened_at=at(10, 20, days=-1))
    with pytest.raises(Refused, match="vor seinem Beginn") as refusal:
        finish(world, entry, happened_at=at(10, 19, days=-1))
    assert (refusal.value.code, refusal.value.field) == ("before_start", "happened_time")
    assert Conversation.objects.get().finished_at is None


# --- seats
def test_a_seat_that_lay_ahead_then_and_is_over_now_may_be_typed_so_that_one_can_say_who_came(world: World) -> None:
    entry, seat = on_paper(world), desk.information(world, days=0, hour=8)
    given: dict[str, Any] = {"actor": world.actor(), "at": at(9, 42), "date_id": seat.pk, "entry_id": entry.pk}
    with pytest.raises(Refused) as refusal:
        dates.book_seat(**given)
    assert refusal.value.code == "past"
    with pytest.raises(Refused) as refusal:
        dates.book_seat(**given, happened_at=at(8, 0))
    assert refusal.value.code == "begun"
    booking = dates.book_seat(**given, happened_at=at(11, 0, days=-1))
    dates.mark_attendance(actor=world.actor("coach"), at=at(9, 43), booking_id=booking.pk, attendance=Attendance.PRESENT)
    booking.refresh_from_db()
    assert (booking.booked_at, booking.arrived_at) == (at(11, 0, days=-1), at(8, 0))


def test_a_late_seat_is_no_way_around_a_full_date(world: World) -> None:
    entry, seat = on_paper(world), desk.information(world, days=0, hour=8, seats=1)
    other = desk.applicant(world, "Rosa", "Ahorn", asked=at(9, days=-1))
    given: dict[str, Any] = {"actor": world.actor(), "at": at(9, 42), "date_id": seat.pk, "happened_at": at(11, 0, days=-1)}
    dates.book_seat(entry_id=other.pk, **given)
    with pytest.raises(Refused) as refusal:
        dates.book_seat(entry_id=entry.pk, **given)
    assert refusal.value.code == "full"
    assert Booking.objects.count() == 1


def test_taking_back_what_was_typed_late_finds_the_first_offer_anew(world: World) -> None:
    entry = on_paper(world)
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk}
    late = conversation.hand_vacancy(at=at(9, 45), happened_at=at(10, 30, days=-1), vacancy_id=desk.vacancy(world).pk, **given)
    dates.book_seat(at=at(9, 46), date_id=desk.information(world, days=1).pk, **given)
    conversation.undo_vacancy(actor=world.actor(), at=at(9, 47), handed_id=late.pk)
    entry.refresh_from_db()
    assert (entry.first_offer_at, entry.first_offer_kind) == (at(9, 46), OfferKind.INFORMATION)


# --- hours to the first offer
@pytest.mark.parametrize(("happened", "hours"), [(at(11, 30, days=-1), 1.5), (None, 23.7)])
def test_the_hours_to_the_first_offer_are_the_real_ones(world: World, happened: datetime | None, hours: float) -> None:
    entry = on_paper(world)
    conversation.hand_vacancy(actor=world.actor(), at=at(9, 42), entry_id=entry.pk, vacancy_id=desk.vacancy(world).pk, happened_at=happened)
    found = queries.speed(Entry.objects.values_list("since", "first_offer_at"), at(9, 42))
    assert (found.with_offer, found.median) == (1, hours)


OFFERS = st.lists(
    st.tuples(st.sampled_from(["seat", "vacancy"]), st.integers(0, 2), st.integers(-30, 60 * 24 * 8) | st.none(), st.booleans()), max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tried=OFFERS)
def test_the_first_offer_is_the_earliest_that_stands_in_real_time_and_never_before_the_contact(
    world: World, tried: list[tuple[str, int, int | None, bool]]
) -> None:
    """Whatever is typed in whatever order, late or not, and taken back."""
    point = transaction.savepoint()
    try:
        entry = desk.applicant(world, asked=at(10, 0, days=-6))
        jobs = [desk.vacancy(world, f"Stelle {n}") for n in range(3)]
        seats = [desk.coaching(world, days=n + 1) for n in range(3)]
        now, standing = at(9, 10), {}
        for kind, which, ago, taken_back in tried:
            now += timedelta(minutes=1)
            happened = None if ago is None else now - timedelta(minutes=ago)
            given: dict[str, Any] = {"actor": world.actor(), "at": now, "entry_id": entry.pk, "happened_at": happened}
            try:
                if kind == "seat":
                    made: Any = dates.book_seat(date_id=seats[which].pk, **given)
                else:
                    made = conversation.hand_vacancy(vacancy_id=jobs[which].pk, **given)
            except Refused:
                assert happened is not None
                assert happened > now or happened < max(entry.since, at(0, 0, days=-7))
                continue
            standing.setdefault((kind, which), happened or now)
            if taken_back:
                if kind == "seat":
                    dates.undo_booking(actor=world.actor(), at=now, booking_id=made.pk)
                else:
                    conversation.undo_vacancy(actor=world.actor(), at=now, handed_id=made.pk)
                del standing[kind, which]
        entry.refresh_from_db()
        assert entry.first_offer_at == min(standing.values(), default=None)
        assert entry.first_offer_at is None or entry.since <= entry.first_offer_at <= now
    finally:
        transaction.savepoint_rollback(point)


# --- attempts
def test_a_late_attempt_stands_at_its_time_and_does_not_undo_what_came_after(world: World) -> None:
    entry = on_paper(world)
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk}
    entry_verbs.not_reached(at=at(9, 5), happened_at=at(10, 30, days=-1), **given)
    entry.refresh_from_db()
    assert entry.state == EntryState.NOT_REACHED
    assert ContactAttempt.objects.get().at == at(10, 30, days=-1)
    found, happened = last_event("entry.moved")
    assert (found, moment_in(happened)) == (at(9, 5), at(10, 30, days=-1))
    entry_verbs.later(at=at(9, 10), resume_at=at(14), reason="ruft zurück", **given)
    entry_verbs.not_reached(at=at(9, 20), happened_at=at(8, 0), **given)
    entry.refresh_from_db()
    assert (entry.state, entry.resume_at) == (EntryState.LATER, at(14))
    assert moment_in(last_event("entry.attempt")[1]) == at(8, 0)
    entry_verbs.not_reached(at=at(9, 30), **given)
    entry.refresh_from_db()
    assert entry.state == EntryState.NOT_REACHED


# --- urgent needs
def test_the_clock_of_an_urgent_need_runs_from_its_real_time_and_is_red_at_once(world: World) -> None:
    entry = on_paper(world)
    report = needs.report_need(
        actor=world.actor(), at=at(9, 42), person_id=entry.person_id, kind=UrgentKind.NO_MONEY, happened_at=at(8, 15)
    )
    assert (report.reported_at, report.due_at) == (at(8, 15), at(9, 15))
    assert report.application_id == entry.application_id
    assert entry.application is not None
    [clock] = [c for c in benefits_queries.clocks_of(entry.application, at(9, 42), "NI") if c.rule.key == "urgent"]
    assert (clock.state, clock.due) == (clocks.State.ALARM, at(9, 15))
    found, happened = last_event("urgent.reported")
    assert (found, moment_in(happened)) == (at(9, 42), at(8, 15))


def test_an_earlier_word_on_paper_moves_the_clock_of_a_waiting_report_a_later_one_does_not(world: World) -> None:
    entry = on_paper(world)
    given: dict[str, Any] = {"actor": world.actor(), "person_id": entry.person_id, "kind": UrgentKind.NO_MONEY}
    first = needs.report_need(at=at(9, 10), **given)
    needs.report_need(at=at(9, 20), detail="Kühlschrank leer", happened_at=at(9, 15), **given)
    first.refresh_from_db()
    assert (first.reported_at, first.due_at, first.detail) == (at(9, 10), at(10, 10), "Kühlschrank leer")
    needs.report_need(at=at(9, 30), happened_at=at(8, 15), **given)
    first.refresh_from_db()
    assert (first.reported_at, first.due_at) == (at(8, 15), at(9, 15))
    assert UrgentReport.objects.count() == 1


def test_benefits_alone_know_no_contact_but_the_other_bounds(world: World) -> None:
    person = world.person()
    with pytest.raises(Refused) as refusal:
        benefits.report_urgent(
            actor=world.actor(), at=at(9, 42), person_id=person.pk, kind=UrgentKind.NO_ROOF, happened_at=at(9, 0, days=-8)
        )
    assert refusal.value.code == "too_long_ago"


def contact(world: World, **given: Any) -> FirstContact:
    """Typed today at nine."""
    known: dict[str, Any] = {"channel": "in_person", "contact_at": at(8, 0), "wishes": ("other",), "urgent": (UrgentKind.VIOLENCE,)} | given
    return first_contact.record_first_contact(
        actor=world.actor(), at=at(9, 0), new_person=NewPerson(first_name="Jana", last_name="Silberdistel"), no_application_reason="nur Auskunft", **known
    )


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({}, at(8, 0)),
        ({"channel": "phone", "contact_at": at(16, 0, days=-1)}, at(16, 0, days=-1)),
        ({"channel": "email"}, at(9, 0)),
        ({"channel": "letter", "contact_at": at(8, 0, days=-3)}, at(9, 0)),
        ({"contact_at": at(8, 0, days=-8)}, at(9, 0)),
    ],
)
def test_a_need_told_at_the_first_contact_counts_from_there_where_one_of_us_heard_it(
    world: World, given: dict[str, Any], reported: datetime
) -> None:
    contact(world, **given)
    report = UrgentReport.objects.get()
    assert (report.reported_at, report.due_at) == (reported, clocks.urgent_due(reported))


def test_such_a_report_still_goes_along_to_the_right_person(world: World) -> None:
    """Asked only, no application: the report hangs on the contact alone, whatever its time."""
    made = contact(world)
    assert made.application is None
    assert UrgentReport.objects.get().reported_at != made.entered_at
    other = needs.report_need(actor=world.actor(), at=at(9, 10), person_id=made.person_id, kind=UrgentKind.NO_INSURANCE)
    right = world.person("Rosa", "Ahorn")
    first_contact.correct_person(actor=world.actor(), at=at(9, 20), contact_id=made.pk, person_id=right.pk, reason="verwechselt")
    moved = UrgentReport.objects.get(kind=UrgentKind.VIOLENCE)
    other.refresh_from_db()
    assert (moved.person_id, other.person_id) == (right.pk, made.person_id)


# --- the application
def test_an_application_made_in_a_talk_on_paper_has_the_day_of_the_paper(world: World) -> None:
    entry = desk.applicant(world, asked=at(10, 0, days=-1), wishes=("information",), reason="nur Auskunft")
    assert entry.application_id is None
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk}
    with pytest.raises(Refused) as refusal:
        conversation.apply(at=at(9, 42), happened_at=at(9, 59, days=-1), **given)
    assert refusal.value.code == "before_contact"
    conversation.apply(at=at(9, 42), happened_at=at(10, 30, days=-1), **given)
    made = Application.objects.get()
    assert (made.asked_at, made.recorded_at, made.time_source) == (at(10, 30, days=-1), at(9, 42), "Nachtrag vom Papier")


def test_an_application_on_paper_in_an_earlier_month_needs_to_say_how_we_know(world: World) -> None:
    entry = desk.applicant(world, asked=at(8, 0), wishes=("information",), reason="nur Auskunft")
    given: dict[str, Any] = {"actor": world.actor(), "entry_id": entry.pk, "happened_at": at(11, 0)}
    with pytest.raises(Refused) as refusal:
        conversation.apply(at=at(9, 0, days=7), **given)
    assert (refusal.value.code, refusal.value.field) == ("reason", "reason")
    conversation.apply(at=at(9, 0, days=7), reason="steht auf dem Bogen", **given)
    made = Application.objects.get()
    assert (made.effect_from, made.time_source) == (TODAY.replace(day=1), "Nachtrag vom Papier: steht auf dem Bogen")
