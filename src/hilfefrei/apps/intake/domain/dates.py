"""Verbs on dates, seats, attendance, and on what the person wrote."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Q

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.offers import refresh_first_offer
from hilfefrei.apps.intake.models import Booking, Entry, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, DateKind, EntryState, ReplyKind
from hilfefrei.apps.org.models import Room
from hilfefrei.apps.org.policy import require
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.core.periods import is_working_day

FULL = "Der Platz ist gerade vergeben worden. Ihre Eingaben sind noch da. Bitte wählen Sie einen anderen Termin."
LONGEST = timedelta(hours=10)


def _check_date(date_: ViaDate, at: datetime) -> None:
    if date_.ends_at <= date_.starts_at:
        raise Refused("Das Ende liegt vor dem Beginn. Bitte prüfen Sie die Uhrzeiten.", code="period", field="ends")
    if date_.ends_at - date_.starts_at > LONGEST:
        raise Refused("Ein Termin dauert höchstens zehn Stunden. Bitte prüfen Sie die Uhrzeiten.", code="long", field="ends")
    if date_.starts_at < at:
        raise Refused("Dieser Termin läge in der Vergangenheit. Bitte prüfen Sie den Tag.", code="past", field="day")
    if date_.kind == DateKind.COACHING:
        date_.seats = 1
        if date_.led_by_id is None:
            raise Refused("Bitte wählen Sie, wer das Coaching macht.", code="coach", field="led_by")
    elif date_.kind == DateKind.EXCHANGE:
        date_.seats = None
    elif not date_.seats:
        raise Refused("Bitte eintragen, wie viele Plätze es gibt.", code="seats", field="seats")
    room = date_.room
    if room is not None:
        day = berlin_day(date_.starts_at)
        if room.blocked_from and room.blocked_from <= day and (room.blocked_to is None or day <= room.blocked_to):
            raise Refused(f"{room.name} ist an diesem Tag gesperrt. Bitte wählen Sie einen anderen Raum.", code="room_blocked", field="room")
        if date_.seats and room.seats is not None and date_.seats > room.seats:
            raise Refused(
                f"{room.name} hat nur {room.seats} Plätze. Bitte weniger Plätze oder einen anderen Raum.",
                code="room_small",
                field="seats",
            )
    clash = ViaDate.objects.filter(cancelled_at=None, starts_at__lt=date_.ends_at, ends_at__gt=date_.starts_at).exclude(
        pk=date_.pk
    )
    if date_.led_by_id and (other := clash.filter(led_by_id=date_.led_by_id).first()):
        raise Refused(
            f"Diese Person leitet schon einen anderen Termin um {format_moment(other.starts_at)}.", code="led_by_busy", field="led_by"
        )
    if room is not None and room.seats is not None and date_.kind != DateKind.COACHING:
        other = clash.filter(room=room).exclude(kind=DateKind.COACHING).first()
        if other is not None:
            raise Refused(f"{room.name} ist um {format_moment(other.starts_at)} schon belegt.", code="room_busy", field="room")


@verb(ViaDate)
def plan_date(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    kind: DateKind,
    starts_at: datetime,
    ends_at: datetime,
    room_id: UUID | None = None,
    language: str = "de",
    led_by_id: UUID | None = None,
    seats: int | None = None,
    remarks: str = "",
    series: UUID | None = None,
    op: UUID | None = None,
) -> ViaDate:
    """Plan one date of ViA. Coaching has one seat and a coach, the open exchange no seats at all."""
    require(policy.may(actor, "plan_dates"))
    room = Room.objects.get(pk=room_id) if room_id else None
    planned = ViaDate(
        jobcenter_id=actor.jobcenter_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        room=room,
        language=language,
        led_by_id=led_by_id,
        seats=seats,
        remarks=remarks.strip(),
        series=series,
    )
    _check_date(planned, at)
    planned.save(force_insert=True)
    ledger.event("date.planned", planned, kind=kind, starts_at=starts_at, ends_at=ends_at, seats=planned.seats)
    return planned


@verb(ViaDate)
def plan_series(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    kind: DateKind,
    starts_at: datetime,
    ends_at: datetime,
    until: date,
    land: str,
    room_id: UUID | None = None,
    language: str = "de",
    led_by_id: UUID | None = None,
    seats: int | None = None,
    remarks: str = "",
    op: UUID | None = None,
) -> ViaDate:
    """Plan the same date every week up to ``until``, holidays left out. Gives the first one.

    All or nothing: one clash refuses the series and names the day.
    """
    if until < berlin_day(starts_at):
        raise Refused("Das Ende der Reihe liegt vor dem ersten Termin.", code="until", field="until")
    if until > berlin_day(starts_at) + timedelta(days=366):
        raise Refused("Eine Reihe läuft höchstens ein Jahr.", code="until_far", field="until")
    series = uuid4()
    first: ViaDate | None = None
    start, end = starts_at.astimezone(BERLIN), ends_at.astimezone(BERLIN)
    while start.date() <= until:
        if is_working_day(start.date(), land):
            try:
                made = plan_date(
                    actor=actor,
                    at=at,
                    kind=kind,
                    starts_at=start,
                    ends_at=end,
                    room_id=room_id,
                    language=language,
                    led_by_id=led_by_id,
                    seats=seats,
                    remarks=remarks,
                    series=series,
                )
            except Refused as error:
                raise Refused(f"{format_day(start.date())}: {error}", code=error.code, field=error.field) from error
            first = first or made
        # Wall-clock arithmetic in one zone: nine o'clock stays nine o'clock over the change of summer time.
        start, end = start + timedelta(days=7), end + timedelta(days=7)
    if first is None:
        raise Refused("In diesem Zeitraum liegt kein Arbeitstag.", code="no_day", field="until")
    return first


@verb(ViaDate)
def change_date(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    date_id: UUID,
    seats: int | None,
    room_id: UUID | None,
    led_by_id: UUID | None,
    language: str,
    remarks: str,
    version: int | None = None,
    op: UUID | None = None,
) -> ViaDate:
    """Change seats, room, leader, language. Never below what is booked; a new time is a new date."""
    require(policy.may(actor, "plan_dates"))
    changed = locked(ViaDate, date_id, version=version)
    if changed.cancelled_at is not None:
        raise Refused("Dieser Termin ist abgesagt.", code="cancelled")
    booked = changed.bookings.filter(undone_at=None).count()
    if seats is not None and seats < booked:
        raise Refused(
            f"{booked} Plätze sind schon belegt. Weniger geht nicht, sonst verliert jemand seinen Platz.",
            code="below_booked",
            field="seats",
        )
    changed.seats = seats
    changed.room = Room.objects.get(pk=room_id) if room_id else None
    changed.led_by_id = led_by_id
    changed.language = language
    changed.remarks = remarks.strip()
    if changed.starts_at > at:
        _check_date(changed, at)
    changed.version += 1
    changed.save()
    ledger.event("date.changed", changed, seats=changed.seats, room=room_id, led_by=led_by_id, language=language)
    return changed


@verb(ViaDate)
def cancel_date(
    ledger: Ledger, *, actor: Actor, at: datetime, date_id: UUID, reason: str, op: UUID | None = None
) -> ViaDate:
    """Call a date off. Nobody has missed it; everybody booked is on the call list."""
    require(policy.may(actor, "plan_dates"))
    if not reason.strip():
        raise Refused("Bitte eintragen, warum der Termin ausfällt (ohne Namen).", code="reason", field="reason")
    cancelled = locked(ViaDate, date_id)
    if cancelled.cancelled_at is None:
        cancelled.cancelled_at = at
        cancelled.cancel_reason = reason.strip()[:160]
        cancelled.version += 1
        cancelled.save(update_fields=["cancelled_at", "cancel_reason", "version"])
        cancelled.bookings.filter(undone_at=None).update(attendance=Attendance.EXPECTED)
        ledger.event("date.cancelled", cancelled, reason=cancelled.cancel_reason)
    return cancelled


@verb(Booking)
def book_seat(
    ledger: Ledger, *, actor: Actor, at: datetime, date_id: UUID, entry_id: UUID, op: UUID | None = None
) -> Booking:
    """Take a seat. The row lock on the date decides who was first; it counts as an offer at once."""
    require(policy.may(actor, "book"))
    wanted = locked(ViaDate, date_id)
    entry = locked(Entry, entry_id)
    held = Booking.objects.filter(date=wanted, entry=entry, undone_at=None).first()
    if held is not None:
        return held
    if wanted.cancelled_at is not None:
        raise Refused("Dieser Termin fällt aus. Bitte wählen Sie einen anderen.", code="cancelled")
    if wanted.ends_at <= at:
        raise Refused("Dieser Termin ist schon vorbei. Bitte wählen Sie einen anderen.", code="past")
    if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
        raise Refused("Der Weg durch ViA ist beendet. Nehmen Sie zuerst das Ende zurück.", code="ended")
    if wanted.seats is not None and wanted.bookings.filter(undone_at=None).count() >= wanted.seats:
        raise Refused(FULL, code="full")
    clash = (
        Booking.objects.filter(
            Q(date__starts_at__lt=wanted.ends_at, date__ends_at__gt=wanted.starts_at),
            entry=entry,
            undone_at=None,
            date__cancelled_at=None,
        )
        .select_related("date")
        .order_by("date__starts_at", "id")
        .first()
    )
    if clash is not None:
        raise Refused(
            f"Zu dieser Zeit ist schon etwas gebucht: {clash.date.get_kind_display()}, {format_moment(clash.date.starts_at)}.",
            code="clash",
        )
    booking = Booking.objects.create(
        jobcenter_id=actor.jobcenter_id, date=wanted, entry=entry, booked_at=at, booked_by_id=actor.id
    )
    refresh_first_offer(entry)
    ledger.event("seat.booked", booking, subject=entry.person_id, date=wanted.pk)
    return booking


@verb(Booking)
def undo_booking(
    ledger: Ledger, *, actor: Actor, at: datetime, booking_id: UUID, op: UUID | None = None
) -> Booking:
    """Give a seat back; the first offer is found anew."""
    require(policy.may(actor, "book"))
    booking = locked(Booking, booking_id)
    if booking.undone_at is None:
        booking.undone_at = at
        booking.version += 1
        booking.save(update_fields=["undone_at", "version"])
        refresh_first_offer(locked(Entry, booking.entry_id))
        ledger.event("seat.given_back", booking, subject=booking.entry.person_id)
    return booking


@verb(Booking)
def mark_attendance(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    booking_id: UUID,
    attendance: Attendance,
    arrived_at: datetime | None = None,
    obstacle: str = "",
    op: UUID | None = None,
) -> Booking:
    """Note who came, when, and what stood in the way. Whoever comes late has come (§ 309(3) SGB III in spirit)."""
    require(policy.may(actor, "attendance"))
    booking = locked(Booking, booking_id)
    if booking.date.cancelled_at is not None:
        raise Refused("Dieser Termin ist ausgefallen. Das zählt für niemanden.", code="cancelled")
    if berlin_day(booking.date.starts_at) > berlin_day(at) and attendance in {Attendance.PRESENT, Attendance.NO_WORD}:
        raise Refused("Dieser Termin kommt erst noch.", code="not_yet")
    booking.attendance = attendance
    booking.arrived_at = (arrived_at or at) if attendance == Attendance.PRESENT else None
    booking.obstacle = obstacle.strip()[:120] if attendance in {Attendance.EXCUSED, Attendance.NO_WORD} else ""
    booking.version += 1
    booking.save(update_fields=["attendance", "arrived_at", "obstacle", "version"])
    ledger.event("seat.attendance", booking, subject=booking.entry.person_id, attendance=attendance, obstacle=booking.obstacle)
    return booking


@verb(Booking)
def note_call(
    ledger: Ledger, *, actor: Actor, at: datetime, booking_id: UUID, result: str, op: UUID | None = None
) -> Booking:
    """After a cancelled date: what came of the call."""
    require(policy.may(actor, "call_list"))
    booking = locked(Booking, booking_id)
    if not result.strip():
        raise Refused("Bitte eintragen, was der Anruf ergeben hat.", code="result", field="result")
    booking.called_at = at
    booking.call_result = result.strip()[:160]
    booking.version += 1
    booking.save(update_fields=["called_at", "call_result", "version"])
    ledger.event("seat.called", booking, subject=booking.entry.person_id, result=booking.call_result)
    return booking


@verb(OwnApplication)
def add_own_application(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    employer: str,
    title: str = "",
    sent_on: date,
    vacancy_id: UUID | None = None,
    op: UUID | None = None,
) -> OwnApplication:
    """A job application the person wrote."""
    require(policy.may(actor, "attendance"))
    entry = locked(Entry, entry_id)
    if not employer.strip():
        raise Refused("Bitte den Betrieb eintragen.", code="employer", field="employer")
    if sent_on > berlin_day(at):
        raise Refused("Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum.", code="future", field="sent_on")
    made = OwnApplication.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        employer=employer.strip()[:160],
        title=title.strip()[:160],
        sent_on=sent_on,
        vacancy_id=vacancy_id,
    )
    ledger.event("own_application.added", made, subject=entry.person_id, employer=made.employer, sent_on=sent_on)
    return made


@verb(OwnApplication)
def set_reply(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    own_application_id: UUID,
    reply: ReplyKind,
    reply_on: date | None = None,
    op: UUID | None = None,
) -> OwnApplication:
    """What the employer answered."""
    require(policy.may(actor, "attendance"))
    made = locked(OwnApplication, own_application_id)
    made.reply = reply
    made.reply_on = (reply_on or berlin_day(at)) if reply != ReplyKind.NONE else None
    made.version += 1
    made.save(update_fields=["reply", "reply_on", "version"])
    ledger.event("own_application.reply", made, subject=made.entry.person_id, reply=reply)
    return made


@verb(OwnApplication)
def remove_own_application(
    ledger: Ledger, *, actor: Actor, at: datetime, own_application_id: UUID, op: UUID | None = None
) -> OwnApplication:
    """Typed by mistake."""
    require(policy.may(actor, "attendance"))
    made = locked(OwnApplication, own_application_id)
    made.removed_at = at
    made.save(update_fields=["removed_at"])
    ledger.event("own_application.removed", made, subject=made.entry.person_id)
    return made
