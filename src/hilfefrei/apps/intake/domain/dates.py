"""Verbs on dates, seats, attendance, calls after a cancellation, and on what the person wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import typed_late
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.moments import check_happened
from hilfefrei.apps.intake.domain.offers import refresh_first_offer
from hilfefrei.apps.intake.models import Booking, Entry, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import CALL_DONE, Attendance, CallState, DateKind, EntryState, ReplyKind
from hilfefrei.apps.org.models import Absence, Room, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day, format_day, format_moment, format_time
from hilfefrei.core.periods import add_months, is_working_day

FULL = "Der Platz ist gerade vergeben worden. Ihre Eingaben sind noch da. Bitte wählen Sie einen anderen Termin."
LONGEST = timedelta(hours=10)
# So long before the beginning somebody may be noted as there.
EARLY = timedelta(hours=1)
AWAY = frozenset({Attendance.EXCUSED, Attendance.NO_WORD})


def _away(date_: ViaDate) -> bool:
    """Whether the one who leads it is away on that day."""
    if date_.led_by_id is None:
        return False
    day = berlin_day(date_.starts_at)
    return Absence.objects.filter(in_force(day), user_id=date_.led_by_id, cancelled_at=None).exists()


def _check_date(date_: ViaDate, at: datetime, *, new_time: bool = True) -> None:
    """Refuse a date that cannot take place. Room and leader are locked, so two planners at once cannot both have them."""
    if date_.ends_at <= date_.starts_at:
        raise Refused("Das Ende liegt vor dem Beginn. Bitte prüfen Sie die Uhrzeiten.", code="period", field="ends")
    if date_.ends_at - date_.starts_at > LONGEST:
        raise Refused("Ein Termin dauert höchstens zehn Stunden. Bitte prüfen Sie die Uhrzeiten.", code="long", field="ends")
    if new_time and date_.starts_at < at:
        raise Refused("Dieser Termin läge in der Vergangenheit. Bitte prüfen Sie den Tag.", code="past", field="day")
    if date_.kind == DateKind.COACHING:
        date_.seats = 1
        if date_.led_by_id is None:
            raise Refused("Bitte wählen Sie, wer das Coaching macht.", code="coach", field="led_by")
    elif date_.kind == DateKind.EXCHANGE:
        date_.seats = None
    elif not date_.seats:
        raise Refused("Bitte eintragen, wie viele Plätze es gibt.", code="seats", field="seats")
    day = berlin_day(date_.starts_at)
    clash = ViaDate.objects.filter(cancelled_at=None, starts_at__lt=date_.ends_at, ends_at__gt=date_.starts_at).exclude(
        pk=date_.pk
    )
    if date_.led_by_id is not None:
        leader = locked(User.objects.filter(jobcenter_id=date_.jobcenter_id), date_.led_by_id)
        if _away(date_):
            raise Refused(
                f"{leader.get_full_name()} ist an diesem Tag abwesend. Bitte jemand anderen oder einen anderen Tag wählen.",
                code="led_by_away",
                field="led_by",
            )
        other = clash.filter(led_by=leader).first()
        if other is not None:
            raise Refused(
                f"{leader.get_full_name()} leitet schon einen anderen Termin um {format_time(other.starts_at)} Uhr.",
                code="led_by_busy",
                field="led_by",
            )
    if date_.room_id is not None:
        _check_room(date_, locked(Room, date_.room_id), day, clash)


def _check_room(date_: ViaDate, room: Room, day: date, clash: QuerySet[ViaDate]) -> None:
    if room.closed_on is not None and room.closed_on <= day:
        raise Refused(f"{room.name} gibt es an diesem Tag nicht mehr. Bitte wählen Sie einen anderen Raum.", code="room_closed", field="room")
    if room.blocked_from and room.blocked_from <= day and (room.blocked_to is None or day <= room.blocked_to):
        raise Refused(f"{room.name} ist an diesem Tag gesperrt. Bitte wählen Sie einen anderen Raum.", code="room_blocked", field="room")
    if date_.seats and room.seats is not None and date_.seats > room.seats:
        raise Refused(
            f"{room.name} hat nur {room.seats} Plätze. Bitte weniger Plätze oder einen anderen Raum.",
            code="room_small",
            field="seats",
        )
    # Coaches may share a room; a group needs it alone.
    if room.seats is not None and date_.kind != DateKind.COACHING:
        other = clash.filter(room=room).exclude(kind=DateKind.COACHING).first()
        if other is not None:
            raise Refused(f"{room.name} ist um {format_time(other.starts_at)} Uhr schon belegt.", code="room_busy", field="room")


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
    planned = ViaDate(
        jobcenter_id=actor.jobcenter_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        room_id=room_id,
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


def _and_following(first: ViaDate, at: datetime, *, following: bool) -> list[ViaDate]:
    """The date itself, or with the later ones of its series that still stand; all locked, in time order."""
    if not following or first.series is None:
        return [first]
    later = ViaDate.objects.filter(series=first.series, cancelled_at=None, starts_at__gt=max(at, first.starts_at))
    return [first, *later.select_for_update(of=("self",)).order_by("starts_at", "id")]


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
    following: bool = False,
    version: int | None = None,
    op: UUID | None = None,
) -> ViaDate:
    """Change seats, room, leader, language, for one date or for it and the rest of its series (``following``).

    Never below what is booked; a new time is a new date. All or nothing: the day that stands against it is named.
    """
    require(policy.may(actor, "plan_dates"))
    first = locked(ViaDate, date_id, version=version)
    if first.cancelled_at is not None:
        raise Refused("Dieser Termin ist abgesagt.", code="cancelled")
    for changed in _and_following(first, at, following=following):
        try:
            _change(changed, at, seats=seats, room_id=room_id, led_by_id=led_by_id)
        except Refused as error:
            if changed.pk == first.pk:
                raise
            raise Refused(f"{format_day(berlin_day(changed.starts_at))}: {error}", code=error.code, field=error.field) from error
        changed.language = language
        changed.remarks = remarks.strip()
        changed.version += 1
        changed.save()
        ledger.event("date.changed", changed, seats=changed.seats, room=room_id, led_by=led_by_id, language=language)
    return first


def _change(changed: ViaDate, at: datetime, *, seats: int | None, room_id: UUID | None, led_by_id: UUID | None) -> None:
    booked = changed.bookings.filter(undone_at=None).count()
    if seats is not None and seats < booked:
        raise Refused(
            f"{booked} Plätze sind schon belegt. Weniger geht nicht, sonst verliert jemand seinen Platz.",
            code="below_booked",
            field="seats",
        )
    changed.seats = seats
    changed.room_id = room_id
    changed.led_by_id = led_by_id
    # What is over may still be put right in the books (who led it); whether it could take place is no question any more.
    if changed.starts_at > at:
        _check_date(changed, at)
    elif changed.kind == DateKind.COACHING:
        changed.seats = 1
    elif changed.kind == DateKind.EXCHANGE:
        changed.seats = None
    elif seats is None:
        raise Refused("Bitte eintragen, wie viele Plätze es gibt.", code="seats", field="seats")


@verb(ViaDate)
def cancel_date(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    date_id: UUID,
    reason: str,
    following: bool = False,
    op: UUID | None = None,
) -> ViaDate:
    """Call a date off, or it and the rest of its series. Nobody has missed it; everybody booked is on the call list."""
    require(policy.may(actor, "plan_dates"))
    if not reason.strip():
        raise Refused("Bitte eintragen, warum der Termin ausfällt (ohne Namen).", code="reason", field="reason")
    first = locked(ViaDate, date_id)
    if first.cancelled_at is not None:
        return first
    if first.bookings.filter(undone_at=None, attendance=Attendance.PRESENT).exists():
        raise Refused("Zu diesem Termin waren schon Menschen da. Er kann nicht mehr ausfallen.", code="took_place")
    for cancelled in _and_following(first, at, following=following):
        cancelled.cancelled_at = at
        cancelled.cancel_reason = reason.strip()[:160]
        cancelled.version += 1
        cancelled.save(update_fields=["cancelled_at", "cancel_reason", "version"])
        cancelled.bookings.filter(undone_at=None).update(attendance=Attendance.EXPECTED, obstacle="", arrived_at=None)
        ledger.event("date.cancelled", cancelled, reason=cancelled.cancel_reason)
    return first


@verb(ViaDate)
def undo_cancel(ledger: Ledger, *, actor: Actor, at: datetime, date_id: UUID, op: UUID | None = None) -> ViaDate:
    """The date takes place after all. Only while nobody has been told that it does not, and all who are needed are still free."""
    require(policy.may(actor, "plan_dates"))
    found = locked(ViaDate, date_id)
    if found.cancelled_at is None:
        return found
    if found.bookings.filter(undone_at=None, called_at__isnull=False).exists():
        raise Refused("Es wissen schon Menschen von der Absage. Bitte legen Sie einen neuen Termin an.", code="told")
    _check_date(found, at)
    elsewhere = Booking.objects.filter(
        entry__in=found.bookings.filter(undone_at=None).values("entry"),
        undone_at=None,
        date__cancelled_at=None,
        date__starts_at__lt=found.ends_at,
        date__ends_at__gt=found.starts_at,
    )
    if elsewhere.exists():
        # Without a name: whoever plans dates need not see people.
        raise Refused(
            "Jemand, der hier gebucht war, hat zu dieser Zeit inzwischen einen anderen Platz. Bitte legen Sie einen neuen Termin an.",
            code="booked_elsewhere",
        )
    found.cancelled_at = None
    found.cancel_reason = ""
    found.version += 1
    found.save(update_fields=["cancelled_at", "cancel_reason", "version"])
    found.bookings.filter(undone_at=None).update(caller=None, call_state=CallState.OPEN, call_result="")
    ledger.event("date.reinstated", found)
    return found


@verb(Booking)
def book_seat(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    date_id: UUID,
    entry_id: UUID,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> Booking:
    """Take a seat. The row lock on the date decides who was first; it counts as an offer at once.

    ``happened_at``: when it was promised, where it is typed later. A date that still lay ahead then may be over by now:
    the seat is booked all the same, so that one can note who came. One that had begun then is refused.
    """
    require(policy.may(actor, "book"))
    wanted = locked(ViaDate, date_id)
    entry = locked(Entry, entry_id)
    held = Booking.objects.filter(date=wanted, entry=entry, undone_at=None).first()
    if held is not None:
        return held
    if wanted.cancelled_at is not None:
        raise Refused("Dieser Termin fällt aus. Bitte wählen Sie einen anderen.", code="cancelled")
    moment = check_happened(entry, at, happened_at)
    if wanted.ends_at <= moment:
        raise Refused("Dieser Termin ist schon vorbei. Bitte wählen Sie einen anderen.", code="past")
    if moment < at and wanted.starts_at <= moment:
        raise Refused(
            f"Dieser Termin hatte {format_moment(moment)} Uhr schon begonnen. Bitte prüfen Sie die Zeit des Nachtrags.", code="begun"
        )
    if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
        raise Refused("Der Weg durch ViA ist beendet. Nehmen Sie zuerst das Ende zurück.", code="ended")
    if wanted.seats is not None and wanted.bookings.filter(undone_at=None).count() >= wanted.seats:
        raise Refused(FULL, code="full")
    if wanted.kind == DateKind.COACHING and _away(wanted):
        raise Refused("Der Coach ist an diesem Tag abwesend. Bitte wählen Sie einen anderen Termin.", code="away")
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
        jobcenter_id=actor.jobcenter_id, date=wanted, entry=entry, booked_at=moment, booked_by_id=actor.id
    )
    refresh_first_offer(entry)
    ledger.event("seat.booked", booking, subject=entry.person_id, date=wanted.pk, **typed_late(at, moment))
    return booking


@verb(Booking)
def undo_booking(
    ledger: Ledger, *, actor: Actor, at: datetime, booking_id: UUID, op: UUID | None = None
) -> Booking:
    """Give a seat back; the first offer is found anew. Who was there was there: that seat stays."""
    require(policy.may(actor, "book"))
    booking = locked(Booking, booking_id)
    if booking.undone_at is not None:
        return booking
    if booking.attendance == Attendance.PRESENT:
        raise Refused("Zu diesem Termin war die Person da. Der Platz bleibt stehen.", code="was_there")
    booking.undone_at = at
    booking.version += 1
    booking.save(update_fields=["undone_at", "version"])
    refresh_first_offer(locked(Entry, booking.entry_id))
    ledger.event("seat.given_back", booking, subject=booking.entry.person_id)
    return booking


def _mark(
    ledger: Ledger, booking: Booking, at: datetime, attendance: Attendance, arrived_at: datetime | None, obstacle: str
) -> None:
    """Set what became of a locked seat."""
    when = booking.date
    if booking.undone_at is not None:
        raise Refused("Dieser Platz wurde zurückgegeben. Bitte laden Sie die Seite neu.", code="undone")
    if when.cancelled_at is not None:
        raise Refused("Dieser Termin ist ausgefallen. Das zählt für niemanden.", code="cancelled")
    if when.starts_at - EARLY > at and attendance in {Attendance.PRESENT, Attendance.NO_WORD}:
        raise Refused("Dieser Termin kommt erst noch.", code="not_yet")
    if arrived_at is not None and (arrived_at > at or berlin_day(arrived_at) != berlin_day(when.starts_at)):
        raise Refused(
            f"Die Ankunft um {format_time(arrived_at)} Uhr passt nicht zum Termin. Bitte prüfen Sie die Uhrzeit.", code="arrival"
        )
    booking.attendance = attendance
    booking.arrived_at = (arrived_at or min(at, when.starts_at)) if attendance == Attendance.PRESENT else None
    booking.obstacle = obstacle.strip()[:120] if attendance in AWAY else ""
    booking.version += 1
    booking.save(update_fields=["attendance", "arrived_at", "obstacle", "version"])
    ledger.event("seat.attendance", booking, subject=booking.entry.person_id, attendance=attendance, obstacle=booking.obstacle)


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
    """Note who came, when, and what stood in the way. Whoever comes late has come (§ 309(3) SGB III in spirit).

    Without a time the beginning counts as the arrival.
    """
    require(policy.may(actor, "attendance"))
    booking = locked(Booking, booking_id)
    _mark(ledger, booking, at, attendance, arrived_at, obstacle)
    return booking


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of an attendance list; ``version`` is that of the seat as it was shown."""

    booking_id: UUID
    version: int
    attendance: Attendance
    arrived_at: datetime | None = None
    obstacle: str = ""


@verb(ViaDate)
def mark_list(
    ledger: Ledger, *, actor: Actor, at: datetime, date_id: UUID, marks: Sequence[Mark], op: UUID | None = None
) -> ViaDate:
    """The whole list of a date in one act: all lines or none. A line that a colleague changed in between is refused by name."""
    require(policy.may(actor, "attendance"))
    date_ = ViaDate.objects.get(pk=date_id)
    seats = {b.pk: b for b in Booking.objects.filter(date=date_).select_for_update(of=("self",)).select_related("entry__person", "date").order_by("id")}
    for mark in marks:
        booking = seats.get(mark.booking_id)
        if booking is None:
            raise Refused("Ein Platz dieser Liste gehört zu einem anderen Termin. Bitte laden Sie die Seite neu.", code="other_date")
        same = booking.attendance == mark.attendance and booking.obstacle == mark.obstacle
        if same and (mark.arrived_at is None or mark.arrived_at == booking.arrived_at):
            continue
        if booking.version != mark.version:
            raise Refused(
                f"Bei {booking.entry.person.list_name} hat gerade jemand anderes eingetragen: {booking.get_attendance_display()}. "
                "Es ist noch nichts gespeichert, Ihre Eingaben stehen noch da.",
                code="stale",
            )
        _mark(ledger, booking, at, mark.attendance, mark.arrived_at, mark.obstacle)
    return date_


@verb(Booking)
def walk_in(
    ledger: Ledger, *, actor: Actor, at: datetime, date_id: UUID, entry_id: UUID, op: UUID | None = None
) -> Booking:
    """Somebody came without a seat: they have been there, whatever the number of seats says."""
    require(policy.may(actor, "attendance"))
    date_ = locked(ViaDate, date_id)
    entry = locked(Entry, entry_id)
    if date_.cancelled_at is not None:
        raise Refused("Dieser Termin ist ausgefallen.", code="cancelled")
    if date_.starts_at - EARLY > at:
        raise Refused("Dieser Termin kommt erst noch. Bitte buchen Sie einen Platz.", code="not_yet")
    held = Booking.objects.filter(date=date_, entry=entry, undone_at=None).first()
    if held is None:
        held = Booking.objects.create(
            jobcenter_id=actor.jobcenter_id, date=date_, entry=entry, booked_at=at, booked_by_id=actor.id
        )
        ledger.event("seat.walked_in", held, subject=entry.person_id, date=date_.pk)
        refresh_first_offer(entry)
    if held.attendance != Attendance.PRESENT:
        _mark(ledger, held, at, Attendance.PRESENT, None, "")
    return held


@verb(Booking)
def take_call(ledger: Ledger, *, actor: Actor, at: datetime, booking_id: UUID, op: UUID | None = None) -> Booking:
    """"Ich rufe an": so that nobody is called twice and nobody is forgotten."""
    require(policy.may(actor, "call_list"))
    booking = locked(Booking, booking_id)
    if booking.caller is not None and booking.caller_id not in actor.user_ids:
        raise Refused(f"{booking.caller.get_full_name()} ruft schon an.", code="taken")
    if booking.caller_id != actor.id:
        booking.caller_id = actor.id
        booking.version += 1
        booking.save(update_fields=["caller", "version"])
        ledger.event("seat.call_taken", booking, subject=booking.entry.person_id)
    return booking


@verb(Booking)
def note_call(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    booking_id: UUID,
    result: CallState,
    note: str = "",
    new_date_id: UUID | None = None,
    op: UUID | None = None,
) -> Booking:
    """What a call brought. "Passt" books the new seat at once; the old one stays as what it was, missed by nobody.

    Refused (nothing is written) when the new seat has gone in the meantime.
    """
    require(policy.may(actor, "call_list"))
    booking = locked(Booking, booking_id)
    if booking.call_state in CALL_DONE and booking.caller is not None and booking.caller_id != actor.id:
        raise Refused(f"{booking.caller.get_full_name()} hat schon angerufen: {booking.get_call_state_display()}.", code="called")
    note = note.strip()
    if result == CallState.AGREED and new_date_id is not None:
        new = book_seat(actor=actor, at=at, date_id=new_date_id, entry_id=booking.entry_id)
        note = f"neu: {format_moment(new.date.starts_at)}" + (f", {note}" if note else "")
    booking.call_state = result
    booking.called_at = at if result in CALL_DONE else None
    booking.caller_id = actor.id
    booking.call_result = note[:160]
    booking.version += 1
    booking.save(update_fields=["call_state", "called_at", "caller", "call_result", "version"])
    ledger.event("seat.called", booking, subject=booking.entry.person_id, state=result, result=booking.call_result)
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
    if sent_on < add_months(berlin_day(at), -12):
        raise Refused("Dieser Tag liegt mehr als ein Jahr zurück. Bitte prüfen Sie das Jahr.", code="too_old", field="sent_on")
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
