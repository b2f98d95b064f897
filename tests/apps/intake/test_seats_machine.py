"""Whatever is planned, booked, called off and marked: no seat is given twice and nobody sits in two places."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake.domain import dates, offers
from hilfefrei.apps.intake.models import Booking, Entry, ViaDate
from hilfefrei.apps.intake.workflows import CALL_DONE, Attendance, CallState, DateKind
from tests import desk
from tests.world import TODAY, World, at

STARTS = (9, 10, 14)
WHO = st.integers(0, 1)
DATE = st.integers(0, 2)


class Seats(RuleBasedStateMachine):
    """Two people; tomorrow two talks with one seat each that overlap, and an hour of coaching."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.scope = scope(jobcenter=self.world.id)
        self.scope.__enter__()
        self.point = transaction.savepoint()
        self.now = at(9, 10)
        self.walked_in: set[tuple[UUID, UUID]] = set()
        self.entries = [desk.applicant(self.world, first, "Silberdistel").pk for first in ("Jana", "Rosa")]
        self.dates = [
            dates.plan_date(
                actor=self.world.actor("entrance"), at=at(7), kind=DateKind.INFORMATION, starts_at=desk.local(TODAY + timedelta(days=1), hour),
                ends_at=desk.local(TODAY + timedelta(days=1), hour) + timedelta(minutes=90), seats=1,
            ).pk
            for hour in STARTS[:2]
        ] + [desk.coaching(self.world, days=1, hour=STARTS[2]).pk]  # fmt: skip

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            transaction.savepoint_rollback(self.point)
            self.scope.__exit__(None, None, None)

    def act(self, verb: Any, who: str = "entrance", **given: Any) -> Any:
        """Do it, or be refused: then nothing has changed."""
        self.now += timedelta(minutes=1)
        before = self.everything()
        try:
            return verb(actor=self.world.actor(who), at=self.now, **given)
        except Refused:
            assert self.everything() == before
            return None

    def everything(self) -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (ViaDate, Booking, Entry)]

    def seat(self, who: int, date: int) -> Booking | None:
        return Booking.objects.filter(entry=self.entries[who], date=self.dates[date], undone_at=None).first()

    @rule(who=WHO, date=DATE)
    def book(self, who: int, date: int) -> None:
        self.act(dates.book_seat, date_id=self.dates[date], entry_id=self.entries[who])

    @rule(who=WHO, date=DATE)
    def give_back(self, who: int, date: int) -> None:
        if (seat := self.seat(who, date)) is not None:
            self.act(dates.undo_booking, booking_id=seat.pk)

    @rule(date=DATE)
    def call_off(self, date: int) -> None:
        self.act(dates.cancel_date, date_id=self.dates[date], reason="Heizung")

    @rule(date=DATE)
    def takes_place_after_all(self, date: int) -> None:
        self.act(dates.undo_cancel, date_id=self.dates[date])

    @rule(date=DATE, seats=st.integers(0, 3))
    def other_seats(self, date: int, seats: int) -> None:
        held = ViaDate.objects.get(pk=self.dates[date])
        self.act(
            dates.change_date, date_id=held.pk, seats=seats, room_id=held.room_id, led_by_id=held.led_by_id, language="de", remarks="", version=held.version
        )

    @rule(who=WHO, date=DATE, result=st.sampled_from(CallState), to=DATE)
    def call(self, who: int, date: int, result: CallState, to: int) -> None:
        if (seat := self.seat(who, date)) is not None and seat.date.cancelled_at is not None:
            self.act(dates.note_call, booking_id=seat.pk, result=result, new_date_id=self.dates[to] if result == CallState.AGREED else None)

    @rule(who=WHO, date=DATE, what=st.sampled_from(Attendance))
    def mark(self, who: int, date: int, what: Attendance) -> None:
        if (seat := self.seat(who, date)) is not None:
            self.act(dates.mark_attendance, "coach", booking_id=seat.pk, attendance=what, obstacle="Bus, Weg")

    @rule(who=WHO, date=DATE)
    def walk_in(self, who: int, date: int) -> None:
        if self.seat(who, date) is None and self.act(dates.walk_in, "coach", date_id=self.dates[date], entry_id=self.entries[who]):
            self.walked_in.add((self.entries[who], self.dates[date]))

    @rule(hours=st.integers(1, 30))
    def time_goes_on(self, hours: int) -> None:
        self.now = min(self.now + timedelta(hours=hours), at(23, 0, days=1))

    def standing(self) -> list[Booking]:
        return list(Booking.objects.filter(undone_at=None).select_related("date").order_by("pk"))

    @invariant()
    def no_seat_twice(self) -> None:
        for date in ViaDate.objects.order_by("pk"):
            booked = [b for b in self.standing() if b.date_id == date.pk and (b.entry_id, b.date_id) not in self.walked_in]
            assert len(booked) <= (date.seats or 0)

    @invariant()
    def nobody_in_two_places(self) -> None:
        taking_place = [b for b in self.standing() if b.date.cancelled_at is None and (b.entry_id, b.date_id) not in self.walked_in]
        for one in taking_place:
            for two in taking_place:
                if one.pk < two.pk and one.entry_id == two.entry_id:
                    assert one.date.ends_at <= two.date.starts_at or two.date.ends_at <= one.date.starts_at

    @invariant()
    def who_missed_a_cancelled_date_missed_nothing(self) -> None:
        for seat in self.standing():
            if seat.date.cancelled_at is not None:
                assert seat.attendance == Attendance.EXPECTED
            if seat.attendance in {Attendance.PRESENT, Attendance.NO_WORD}:
                assert seat.date.starts_at - dates.EARLY <= self.now
            assert (seat.arrived_at is not None) == (seat.attendance == Attendance.PRESENT)
            assert (seat.called_at is not None) == (seat.call_state in CALL_DONE)

    @invariant()
    def the_first_offer_is_true(self) -> None:
        for entry in Entry.objects.order_by("pk"):
            stored = (entry.first_offer_at, entry.first_offer_kind)
            offers.refresh_first_offer(entry)
            assert (entry.first_offer_at, entry.first_offer_kind) == stored


def test_whatever_is_done_with_seats_they_stay_true(world: World) -> None:
    Seats.world = world
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
        ),
    )
