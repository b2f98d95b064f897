"""Dates, seats, attendance and calls as verbs. Nobody has missed what did not take place, nobody loses a seat by a plan."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, dates, facts, offers
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain.dates import Mark
from hilfefrei.apps.intake.models import Booking, Entry, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, CallState, DateKind, EndKind, EntryState, OfferKind, ReplyKind
from hilfefrei.apps.org import domain as org
from hilfefrei.core.clock import BERLIN
from tests import desk
from tests.world import TODAY, World, at


def refused(code: str, verb: Any, **given: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        verb(**{"at": at()} | given)
    assert refusal.value.code == code
    return refusal.value


def plan(world: World, *, who: str = "operator", days: int = 1, hour: int = 9, minutes: int = 90, **more: Any) -> ViaDate:
    start = desk.local(TODAY + timedelta(days=days), hour)
    given: dict[str, Any] = {"kind": DateKind.INFORMATION, "seats": 12, "room_id": world.rooms["104"].pk} | more
    return dates.plan_date(actor=world.actor(who), at=at(7), starts_at=start, ends_at=start + timedelta(minutes=minutes), **given)


def book(world: World, date_: ViaDate, entry: Entry, minute: int = 20) -> Booking:
    return dates.book_seat(actor=world.actor(), at=at(9, minute), date_id=date_.pk, entry_id=entry.pk)


def talks(world: World, count: int) -> list[Entry]:
    return [desk.applicant(world, f"Jana {n}", "Silberdistel", birth=date(1992, 4, 1 + n), home=False) for n in range(count)]


# --- planning
@pytest.mark.parametrize("who", ["case_manager", "coach", "benefits", "controller"])
def test_who_plans(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        plan(world, who=who)
    date_ = plan(world)
    for verb, given in (
        (dates.change_date, {"seats": 9, "room_id": None, "led_by_id": None, "language": "de", "remarks": ""}),
        (dates.cancel_date, {"reason": "Raum"}),
        (dates.undo_cancel, {}),
    ):
        with pytest.raises(Forbidden):
            verb(actor=world.actor(who), at=at(), date_id=date_.pk, **given)


@pytest.mark.parametrize(
    ("days", "hour", "minutes", "code", "field", "said"),
    [
        (5, 9, 60, "no_working_day", "day", "Am So 29.11.2026 wird nicht gearbeitet. Der nächste Arbeitstag ist Mo 30.11.2026."),
        (4, 9, 60, "no_working_day", "day", "Der nächste Arbeitstag ist Mo 30.11.2026."),
        (31, 9, 60, "no_working_day", "day", "Am Fr 25.12.2026 wird nicht gearbeitet."),
        (1, 2, 60, "at_night", "starts", "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
        (1, 19, 90, "at_night", "ends", "Bitte eine Uhrzeit von 6 bis 20 Uhr wählen."),
        (26365, 9, 60, "too_far", "day", "Das sind mehr als vierundzwanzig Monate."),
    ],
)
def test_a_date_is_when_the_house_works(world: World, days: int, hour: int, minutes: int, code: str, field: str, said: str) -> None:
    with pytest.raises(Refused, match=re.escape(said)) as refusal:
        plan(world, days=days, hour=hour, minutes=minutes)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not ViaDate.objects.exists()


def test_a_date_of_before_the_rule_may_still_be_changed(world: World) -> None:
    old = plan(world)
    ViaDate.objects.filter(pk=old.pk).update(starts_at=at(9, days=5), ends_at=at(10, days=5))
    changed = dates.change_date(
        actor=world.actor("operator"), at=at(), date_id=old.pk, seats=9, room_id=old.room_id, led_by_id=None, language="de", remarks=""
    )
    assert changed.seats == 9


def test_impossible_dates(world: World) -> None:
    operator, start = world.actor("operator"), desk.local(TODAY + timedelta(days=1), 9)
    room = world.rooms["104"].pk
    given = {"actor": operator, "kind": DateKind.INFORMATION, "starts_at": start, "ends_at": start + timedelta(hours=1), "seats": 12}
    refused("period", dates.plan_date, **given | {"ends_at": start})
    refused("long", dates.plan_date, **given | {"ends_at": start + timedelta(hours=11)})
    refused("past", dates.plan_date, **given, at=start + timedelta(minutes=1))
    refused("seats", dates.plan_date, **given | {"seats": None})
    refused("coach", dates.plan_date, **given | {"kind": DateKind.COACHING})
    assert "nur 14 Plätze" in str(refused("room_small", dates.plan_date, **given | {"seats": 15, "room_id": room}))
    org.save_room(actor=operator, at=at(), room_id=room, name="Osterode 104", place="Osterode", seats=14, step_free=True,
                  blocked_from=TODAY, blocked_to=TODAY + timedelta(days=1))  # fmt: skip
    refused("room_blocked", dates.plan_date, **given | {"room_id": room})
    org.save_room(actor=operator, at=at(), room_id=room, name="Osterode 104", place="Osterode", seats=14, step_free=True, closed_on=TODAY)
    refused("room_closed", dates.plan_date, **given | {"room_id": room})
    assert not ViaDate.objects.exists()


def test_a_room_holds_one_group_but_coaches_may_share_it(world: World) -> None:
    plan(world, hour=9)
    assert "09:00 Uhr schon belegt" in str(refused("room_busy", lambda **_: plan(world, hour=10)))
    plan(world, hour=11)
    coach, lead = world.users["coach"].pk, world.users["entrance"].pk
    small = world.rooms["108"].pk
    plan(world, kind=DateKind.COACHING, led_by_id=coach, room_id=small)
    plan(world, kind=DateKind.COACHING, led_by_id=lead, room_id=small)
    refused("led_by_busy", lambda **_: plan(world, kind=DateKind.EXCHANGE, led_by_id=coach, room_id=None))
    assert ViaDate.objects.filter(kind=DateKind.COACHING, seats=1).count() == 2


def test_an_open_exchange_has_no_seats_and_is_no_offer(world: World) -> None:
    open_ = plan(world, kind=DateKind.EXCHANGE, seats=5)
    assert open_.seats is None
    entry = desk.applicant(world)
    book(world, open_, entry)
    entry.refresh_from_db()
    assert (entry.first_offer_at, entry.first_offer_kind) == (None, "")


def test_a_series_keeps_its_hour_over_the_change_of_summer_time_and_leaves_holidays_out(world: World) -> None:
    start = desk.local(date(2027, 3, 22), 9)
    first = dates.plan_series(
        actor=world.actor("operator"), at=at(), kind=DateKind.WORKSHOP, starts_at=start, ends_at=start + timedelta(hours=2),
        until=date(2027, 4, 5), land="NI", seats=8,
    )  # fmt: skip
    rows = list(ViaDate.objects.filter(series=first.series).order_by("starts_at"))
    # 29 March 2027 is Easter Monday; the clocks changed on the 28th.
    assert [(r.starts_at.astimezone(BERLIN).date(), r.starts_at.astimezone(BERLIN).hour) for r in rows] == [(date(2027, 3, 22), 9), (date(2027, 4, 5), 9)]


def test_a_series_is_all_or_nothing(world: World) -> None:
    start = desk.local(TODAY + timedelta(days=1), 9)
    plan(world, days=8)
    given = {
        "actor": world.actor("operator"), "kind": DateKind.WORKSHOP, "starts_at": start, "ends_at": start + timedelta(hours=1),
        "room_id": world.rooms["104"].pk, "seats": 8, "land": "NI",
    }  # fmt: skip
    before = ViaDate.objects.count()
    assert str(refused("room_busy", dates.plan_series, until=TODAY + timedelta(days=20), **given)).startswith("Mi 02.12.:")
    assert ViaDate.objects.count() == before
    refused("until", dates.plan_series, until=TODAY, **given)
    refused("until_far", dates.plan_series, until=TODAY + timedelta(days=400), **given)
    sunday = desk.local(date(2026, 11, 29), 9)
    refused("no_day", dates.plan_series, until=date(2026, 11, 29), **given | {"starts_at": sunday, "ends_at": sunday + timedelta(hours=1)})


def change(world: World, date_: ViaDate, **more: Any) -> ViaDate:
    given = {"seats": date_.seats, "room_id": date_.room_id, "led_by_id": date_.led_by_id, "language": "de", "remarks": ""} | more
    return dates.change_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, **given)


def test_seats_never_go_below_what_is_booked(world: World) -> None:
    date_ = plan(world)
    for entry in talks(world, 2):
        book(world, date_, entry)
    with pytest.raises(Refused, match="2 Plätze sind schon belegt") as refusal:
        change(world, date_, seats=1)
    assert refusal.value.field == "seats"
    assert change(world, date_, seats=2).seats == 2
    with pytest.raises(Stale):
        change(world, date_, seats=5, version=1)
    with pytest.raises(Refused):
        change(world, date_, seats=None)


def test_the_rest_of_a_series_changes_with_it_or_not_at_all(world: World) -> None:
    start = desk.local(TODAY + timedelta(days=1), 9)
    first = dates.plan_series(
        actor=world.actor("operator"), at=at(7), kind=DateKind.INFORMATION, starts_at=start, ends_at=start + timedelta(hours=1),
        until=TODAY + timedelta(days=15), land="NI", seats=12,
    )  # fmt: skip
    rows = list(ViaDate.objects.filter(series=first.series).order_by("starts_at"))
    assert len(rows) == 3
    for entry in talks(world, 3):
        book(world, rows[2], entry)
    with pytest.raises(Refused, match=r"^Mi 09\.12\.: 3 Plätze"):
        change(world, rows[1], seats=2, following=True)
    assert set(ViaDate.objects.values_list("seats", flat=True)) == {12}
    change(world, rows[1], seats=6, following=True)
    assert list(ViaDate.objects.order_by("starts_at").values_list("seats", flat=True)) == [12, 6, 6]
    change(world, rows[0], seats=10)
    assert list(ViaDate.objects.order_by("starts_at").values_list("seats", flat=True)) == [10, 6, 6]
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=rows[1].pk, reason="Umbau", following=True)
    assert list(ViaDate.objects.order_by("starts_at").values_list("cancel_reason", flat=True)) == ["", "Umbau", "Umbau"]


# --- seats
def test_a_seat_counts_at_once_and_giving_it_back_finds_the_next_offer(world: World) -> None:
    entry, early, late = desk.applicant(world), plan(world), plan(world, days=2)
    first = book(world, early, entry, 20)
    book(world, late, entry, 25)
    job = desk.vacancy(world)
    handed = conversation.hand_vacancy(actor=world.actor(), at=at(9, 23), entry_id=entry.pk, vacancy_id=job.pk)

    def offer() -> tuple[Any, str]:
        entry.refresh_from_db()
        return entry.first_offer_at, entry.first_offer_kind

    assert offer() == (at(9, 20), OfferKind.INFORMATION)
    dates.undo_booking(actor=world.actor(), at=at(9, 30), booking_id=first.pk)
    assert offer() == (at(9, 23), OfferKind.VACANCY)
    conversation.undo_vacancy(actor=world.actor(), at=at(9, 31), handed_id=handed.pk)
    assert offer() == (at(9, 25), OfferKind.INFORMATION)
    dates.undo_booking(actor=world.actor(), at=at(9, 32), booking_id=Booking.objects.get(undone_at=None).pk)
    assert offer() == (None, "")
    assert Booking.objects.count() == 2


def test_a_full_date_refuses_and_a_seat_given_back_is_free(world: World) -> None:
    date_ = plan(world, seats=1)
    one, two = talks(world, 2)
    held = book(world, date_, one)
    assert "Ihre Eingaben sind noch da" in str(refused("full", dates.book_seat, actor=world.actor(), date_id=date_.pk, entry_id=two.pk))
    assert book(world, date_, one).pk == held.pk
    dates.undo_booking(actor=world.actor(), at=at(9, 30), booking_id=held.pk)
    assert dates.undo_booking(actor=world.actor(), at=at(9, 31), booking_id=held.pk).undone_at == at(9, 30)
    assert book(world, date_, two).pk != held.pk


def test_the_same_post_twice_books_once(world: World) -> None:
    date_, entry, op = plan(world), desk.applicant(world), uuid4()
    given = {"actor": world.actor(), "at": at(9, 20), "date_id": date_.pk, "entry_id": entry.pk, "op": op}
    assert dates.book_seat(**given).pk == dates.book_seat(**given).pk
    assert Event.objects.filter(verb="seat.booked").count() == 1


def test_nobody_is_in_two_places(world: World) -> None:
    entry, date_ = desk.applicant(world), plan(world)
    book(world, date_, entry)
    slot = plan(world, hour=10, minutes=60, kind=DateKind.COACHING, led_by_id=world.users["coach"].pk)
    refusal = refused("clash", dates.book_seat, actor=world.actor(), date_id=slot.pk, entry_id=entry.pk)
    assert "Informationsgespräch, Mi 25.11., 09:00" in str(refusal)
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Raum")
    assert dates.book_seat(actor=world.actor(), at=at(), date_id=slot.pk, entry_id=entry.pk).date_id == slot.pk


def test_no_seat_where_nothing_takes_place(world: World) -> None:
    entry, date_ = desk.applicant(world), plan(world, days=0, hour=10)
    refused("past", dates.book_seat, actor=world.actor(), at=at(12), date_id=date_.pk, entry_id=entry.pk)
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Raum")
    refused("cancelled", dates.book_seat, actor=world.actor(), date_id=date_.pk, entry_id=entry.pk)
    entry_verbs.end_via(actor=world.actor(), at=at(), entry_id=entry.pk, kind=EndKind.MOVED, ended_on=TODAY)
    refused("ended", dates.book_seat, actor=world.actor(), date_id=plan(world).pk, entry_id=entry.pk)
    with pytest.raises(Forbidden):
        dates.book_seat(actor=world.actor("case_manager"), at=at(), date_id=date_.pk, entry_id=entry.pk)


def test_a_coach_who_is_away_is_neither_planned_nor_offered_nor_booked(world: World) -> None:
    slot, other = desk.coaching(world, days=1), desk.coaching(world, days=2)
    org.enter_absence(
        actor=world.actor("operator"), at=at(), user_id=world.users["coach"].pk, valid_from=TODAY + timedelta(days=1), valid_to=TODAY + timedelta(days=1)
    )
    entry = desk.applicant(world)
    assert [d.pk for d in queries.free_dates(at(), DateKind.COACHING)] == [other.pk]
    refused("away", dates.book_seat, actor=world.actor(), date_id=slot.pk, entry_id=entry.pk)
    with pytest.raises(Refused, match="Tim Goldammer ist an diesem Tag abwesend"):
        desk.coaching(world, days=1, hour=16)
    assert [d.pk for d in queries.uncovered(at(), at(days=7))] == [slot.pk]
    change(world, slot, led_by_id=world.users["entrance"].pk)
    assert queries.uncovered(at(), at(days=7)) == []
    book(world, slot, entry)


# --- who came
def test_attendance(world: World) -> None:
    date_ = plan(world, days=0, hour=10)
    seat = book(world, date_, desk.applicant(world))
    mark = {"actor": world.actor("coach"), "booking_id": seat.pk}
    refused("not_yet", dates.mark_attendance, at=at(8, 30), attendance=Attendance.PRESENT, **mark)
    refused("not_yet", dates.mark_attendance, at=at(8, 30), attendance=Attendance.NO_WORD, **mark)
    done = dates.mark_attendance(at=at(8, 30), attendance=Attendance.EXCUSED, obstacle=" Kinderbetreuung ", **mark)
    assert (done.attendance, done.obstacle, done.arrived_at) == (Attendance.EXCUSED, "Kinderbetreuung", None)
    done = dates.mark_attendance(at=at(10, 40), attendance=Attendance.PRESENT, arrived_at=at(10, 35), obstacle="Bus", **mark)
    assert (done.attendance, done.obstacle, done.arrived_at) == (Attendance.PRESENT, "", at(10, 35))
    refused("arrival", dates.mark_attendance, at=at(10, 40), attendance=Attendance.PRESENT, arrived_at=at(10, 50), **mark)
    refused("arrival", dates.mark_attendance, at=at(10, 40), attendance=Attendance.PRESENT, arrived_at=at(10, 0, days=-1), **mark)
    refused("was_there", dates.undo_booking, actor=world.actor(), booking_id=seat.pk)
    refused("took_place", dates.cancel_date, actor=world.actor("operator"), date_id=date_.pk, reason="Raum")
    back = dates.mark_attendance(at=at(10, 41), attendance=Attendance.EXPECTED, **mark)
    assert (back.attendance, back.arrived_at) == (Attendance.EXPECTED, None)


def test_a_list_is_saved_as_a_whole_or_not_at_all(world: World) -> None:
    date_ = plan(world, days=0, hour=9)
    seats = [book(world, date_, entry, 5) for entry in talks(world, 3)]
    marks = [Mark(seats[0].pk, 1, Attendance.PRESENT), Mark(seats[1].pk, 1, Attendance.NO_WORD), Mark(seats[2].pk, 1, Attendance.EXPECTED)]
    dates.mark_attendance(actor=world.actor("colleague"), at=at(9, 10), booking_id=seats[1].pk, attendance=Attendance.EXCUSED, obstacle="Bus, Weg")
    refusal = refused("stale", dates.mark_list, actor=world.actor(), date_id=date_.pk, marks=marks)
    assert "Silberdistel, Jana 1" in str(refusal)
    assert "entschuldigt" in str(refusal)
    assert Booking.objects.get(pk=seats[0].pk).attendance == Attendance.EXPECTED
    # A line that already says the same is no conflict, whoever wrote it.
    again = [marks[0], Mark(seats[1].pk, 1, Attendance.EXCUSED, None, "Bus, Weg"), marks[2]]
    dates.mark_list(actor=world.actor(), at=at(9, 30), date_id=date_.pk, marks=again)
    states = dict(Booking.objects.values_list("pk", "attendance"))
    assert [states[s.pk] for s in seats] == [Attendance.PRESENT, Attendance.EXCUSED, Attendance.EXPECTED]
    assert Event.objects.filter(verb="seat.attendance").count() == 2
    other = book(world, plan(world), desk.applicant(world, "Rosa", "Wegwarte"))
    refused("other_date", dates.mark_list, actor=world.actor(), date_id=date_.pk, marks=[Mark(other.pk, 1, Attendance.PRESENT)])


def test_who_comes_without_a_seat_has_been_there_and_has_an_offer(world: World) -> None:
    one, two = talks(world, 2)
    date_ = plan(world, days=0, hour=10, seats=1)
    book(world, date_, one)
    walk = {"actor": world.actor("coach"), "date_id": date_.pk, "entry_id": two.pk}
    refused("not_yet", dates.walk_in, at=at(8, 0), **walk)
    came = dates.walk_in(at=at(10, 15), **walk)
    assert (came.attendance, came.date_id) == (Attendance.PRESENT, date_.pk)
    two.refresh_from_db()
    assert (two.first_offer_at, two.first_offer_kind) == (at(10, 15), OfferKind.INFORMATION)
    assert dates.walk_in(at=at(10, 20), **walk).pk == came.pk
    assert Event.objects.filter(verb="seat.walked_in").count() == 1


# --- called off
def called_off(world: World) -> tuple[ViaDate, list[Booking]]:
    date_ = plan(world)
    seats = [book(world, date_, entry) for entry in talks(world, 2)]
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Raum gesperrt")
    return date_, seats


def test_nobody_has_missed_a_date_that_was_called_off(world: World) -> None:
    date_, (one, two) = called_off(world)
    before = Application.objects.order_by("id").values_list("pk", "version")
    refused("cancelled", dates.mark_attendance, actor=world.actor(), at=at(12, 0, days=1), booking_id=one.pk, attendance=Attendance.NO_WORD)
    refused("reason", dates.cancel_date, actor=world.actor("operator"), date_id=plan(world, days=3).pk, reason=" ")
    assert {b.attendance for b in (one, two)} == {Attendance.EXPECTED}
    assert queries.obstacles(world.actor(), at(0, days=-7), at(0, days=7)) == []
    assert list(before) == list(Application.objects.order_by("id").values_list("pk", "version"))
    assert [b.pk for b in queries.seats_on(world.actor(), date_, TODAY)] == [one.pk, two.pk]


def test_calls_are_shared_out_and_a_yes_is_a_seat(world: World) -> None:
    _, (one, two) = called_off(world)
    new = plan(world, days=2, seats=1)
    dates.take_call(actor=world.actor("entrance"), at=at(), booking_id=one.pk)
    refused("taken", dates.take_call, actor=world.actor("colleague"), booking_id=one.pk)
    missed = dates.note_call(actor=world.actor(), at=at(), booking_id=one.pk, result=CallState.NOT_REACHED)
    assert (missed.call_state, missed.called_at) == (CallState.NOT_REACHED, None)
    called = dates.note_call(actor=world.actor(), at=at(10), booking_id=one.pk, result=CallState.AGREED, new_date_id=new.pk)
    assert (called.call_state, called.called_at, called.call_result) == (CallState.AGREED, at(10), "neu: Do 26.11., 09:00")
    assert Booking.objects.filter(date=new, entry=one.entry_id, undone_at=None).exists()
    # The one seat has gone: nothing is noted, the other can be offered another date.
    refused("full", dates.note_call, actor=world.actor("colleague"), booking_id=two.pk, result=CallState.AGREED, new_date_id=new.pk)
    two.refresh_from_db()
    assert two.call_state == CallState.OPEN
    dates.note_call(actor=world.actor("colleague"), at=at(10), booking_id=two.pk, result=CallState.DECLINED, note="überlegt noch")
    refused("called", dates.note_call, actor=world.actor("entrance"), booking_id=two.pk, result=CallState.NOT_REACHED)
    with pytest.raises(Forbidden):
        dates.note_call(actor=world.actor("operator"), at=at(), booking_id=two.pk, result=CallState.DECLINED)


def test_a_date_called_off_by_mistake_takes_place_after_all_until_somebody_knows(world: World) -> None:
    date_, (one, two) = called_off(world)
    dates.take_call(actor=world.actor(), at=at(), booking_id=one.pk)
    back = dates.undo_cancel(actor=world.actor("operator"), at=at(), date_id=date_.pk)
    assert (back.cancelled_at, back.cancel_reason) == (None, "")
    assert set(Booking.objects.values_list("undone_at", "caller", "call_state")) == {(None, None, "open")}
    dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=date_.pk, reason="Raum")
    plan(world, hour=9)
    refused("room_busy", dates.undo_cancel, actor=world.actor("operator"), date_id=date_.pk)
    dates.note_call(actor=world.actor(), at=at(), booking_id=two.pk, result=CallState.DECLINED)
    refused("told", dates.undo_cancel, actor=world.actor("operator"), date_id=date_.pk)


def test_a_date_does_not_come_back_over_another_seat_of_the_same_person(world: World) -> None:
    date_, (one, _) = called_off(world)
    other = desk.coaching(world, days=(date_.starts_at.date() - TODAY).days, hour=10)
    dates.book_seat(actor=world.actor(), at=at(), date_id=other.pk, entry_id=one.entry_id)
    assert other.starts_at < date_.ends_at
    refused("booked_elsewhere", dates.undo_cancel, actor=world.actor("operator"), date_id=date_.pk)
    dates.undo_booking(actor=world.actor(), at=at(), booking_id=one.pk)
    assert dates.undo_cancel(actor=world.actor("operator"), at=at(), date_id=date_.pk).cancelled_at is None


# --- what the person wrote
def test_own_applications(world: World) -> None:
    entry = desk.applicant(world)
    made = dates.add_own_application(actor=world.actor("coach"), at=at(), entry_id=entry.pk, employer=" Harzfaden ", title="Näherin", sent_on=TODAY)
    assert (made.employer, made.reply) == ("Harzfaden", ReplyKind.NONE)
    given = {"actor": world.actor(), "entry_id": entry.pk, "employer": "Harzfaden"}
    refused("future", dates.add_own_application, sent_on=TODAY + timedelta(days=1), **given)
    refused("employer", dates.add_own_application, sent_on=TODAY, **given | {"employer": " "})
    answered = dates.set_reply(actor=world.actor(), at=at(), own_application_id=made.pk, reply=ReplyKind.INTERVIEW)
    assert answered.reply_on == TODAY
    assert dates.set_reply(actor=world.actor(), at=at(), own_application_id=made.pk, reply=ReplyKind.NONE).reply_on is None
    dates.remove_own_application(actor=world.actor(), at=at(), own_application_id=made.pk)
    assert OwnApplication.objects.get().removed_at == at()
    assert queries.own_applications_by_week(world.actor(), TODAY)[-1][1:] == (0, 0)


def test_first_offer_counts_the_earliest_that_stands(world: World) -> None:
    entry = desk.applicant(world)
    offers.refresh_first_offer(entry)
    assert entry.first_offer_at is None


# --- seats of those who leave ViA
def test_an_end_frees_the_seats_after_it_and_a_referral_all(world: World) -> None:
    near, far = desk.information(world, days=1), desk.information(world, days=8)
    works, referred = desk.applicant(world), desk.applicant(world, "Rosa", "Wegwarte")
    for entry in (works, referred):
        for date_ in (near, far):
            dates.book_seat(actor=world.actor(), at=at(), date_id=date_.pk, entry_id=entry.pk)
    Entry.objects.filter(pk=works.pk).update(state=EntryState.IN_VIA, via_from=TODAY)
    offered = Entry.objects.get(pk=works.pk).first_offer_at
    entry_verbs.end_via(actor=world.actor(), at=at(), entry_id=works.pk, kind=EndKind.WORK, ended_on=TODAY + timedelta(days=4))
    facts.refer_to_agency(actor=world.actor(), at=at(), entry_id=referred.pk, claim_until=TODAY + timedelta(days=60), note="bis Januar")
    standing = Booking.objects.filter(undone_at=None).values_list("entry", "date")
    assert list(standing) == [(works.pk, near.pk)]
    assert Event.objects.filter(verb="seat.given_back").count() == 3
    assert Entry.objects.get(pk=works.pk).first_offer_at == offered is not None
    for entry in (works, referred):
        refused(
            "ended", conversation.save_group, actor=world.actor(), entry_id=entry.pk, group="work", values=desk.WORK, catalogue=desk.CATALOGUE
        )


def test_in_operation_dates_of_the_house_are_worked_out_once_a_minute(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HILFEFREI_FIGURES_SECONDS = 60
    monkeypatch.setattr(queries, "_kept", {})
    first = plan(world)
    dates_, as_of = queries.house_dates(world.actor(), at(12))
    assert ([d.pk for d in dates_.information], as_of) == ([first.pk], at(12))
    second = plan(world, days=2)
    assert queries.house_dates(world.actor("colleague"), at(12) + timedelta(seconds=59)) == (dates_, at(12))
    again, as_of = queries.house_dates(world.actor(), at(12) + timedelta(seconds=60))
    assert ([d.pk for d in again.information], as_of) == ([first.pk, second.pk], at(12) + timedelta(seconds=60))
