"""Verbs on the way through ViA: taking over, reaching, waiting, ending. None of them touches the application."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import typed_late
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.moments import check_agreed, check_happened
from hilfefrei.apps.intake.models import Booking, ContactAttempt, Conversation, Entry, ShiftNote
from hilfefrei.apps.intake.workflows import ENTRY_TRANSITIONS, EndKind, EntryState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Person
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day

ALLOWED = {(t.source, t.target): t for t in ENTRY_TRANSITIONS}


def move(ledger: Ledger, entry: Entry, target: EntryState, **data: object) -> None:
    """Move ``entry`` (locked) to ``target``; Refused when the workflow does not allow it, Forbidden without the right."""
    transition = ALLOWED.get((EntryState(entry.state), target))
    if transition is None:
        raise Refused(
            f"Das geht nicht, weil der Weg gerade auf „{entry.get_state_display()}“ steht. Bitte laden Sie die Seite neu.",
            code="transition",
        )
    require(policy.may(ledger.actor, transition.permission))
    before = entry.state
    entry.state = target
    entry.state_since = ledger.at
    entry.version += 1
    ledger.event("entry.moved", entry, subject=entry.person_id, before=before, after=target, **data)


@verb(Entry)
def take(ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None) -> Entry:
    """Take somebody over from the waiting list. The second colleague reads who was first."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
        raise Refused("Diese Person wartet nicht mehr. Bitte laden Sie die Seite neu.", code="not_waiting")
    if entry.taken_by_id == actor.id:
        return entry
    if entry.taken_by is not None and entry.taken_by_id not in actor.user_ids:
        raise Refused(f"{entry.taken_by.get_full_name()} hat diese Person gerade übernommen.", code="taken")
    entry.taken_by_id = actor.id
    entry.taken_at = at
    entry.version += 1
    entry.save(update_fields=["taken_by", "taken_at", "version"])
    ledger.event("entry.taken", entry, subject=entry.person_id)
    return entry


@verb(Entry)
def take_from(ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None) -> Entry:
    """Take over from a colleague on purpose; an open talk goes along."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    before = entry.taken_by_id
    entry.taken_by_id = actor.id
    entry.taken_at = at
    entry.version += 1
    entry.save(update_fields=["taken_by", "taken_at", "version"])
    Conversation.objects.filter(entry=entry, finished_at=None).update(led_by=actor.id)
    ledger.event("entry.taken_from", entry, subject=entry.person_id, before=before)
    return entry


@verb(Entry)
def release(ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None) -> Entry:
    """Give somebody back to the list."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    entry.taken_by = None
    entry.taken_at = None
    entry.version += 1
    entry.save(update_fields=["taken_by", "taken_at", "version"])
    ledger.event("entry.released", entry, subject=entry.person_id)
    return entry


@verb(Entry)
def not_reached(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    how: Channel = Channel.PHONE,
    note: str = "",
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> Entry:
    """We tried and did not reach the person. Each attempt is kept; the application is not touched.

    ``happened_at``: when that was, where it is typed later. What came of the person since then stays as it is.
    """
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    moment = check_happened(entry, at, happened_at)
    overtaken = moment < at and entry.state != EntryState.WAITING and entry.state_since > moment
    ContactAttempt.objects.create(
        jobcenter_id=actor.jobcenter_id, entry=entry, at=moment, how=how, reached=False, note=note.strip()[:200], by_id=actor.id
    )
    if overtaken or entry.state in {EntryState.NOT_REACHED, EntryState.IN_VIA}:
        # Somebody in ViA stays in ViA when the telephone is not answered.
        ledger.event("entry.attempt", entry, subject=entry.person_id, how=how, **typed_late(at, moment))
        return entry
    move(ledger, entry, EntryState.NOT_REACHED, **typed_late(at, moment))
    entry.resume_at = None
    entry.resume_reason = ""
    entry.save(update_fields=["state", "state_since", "version", "resume_at", "resume_reason"])
    return entry


@verb(UrgentReport)
def report_need(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: UrgentKind,
    detail: str = "",
    money_until: date | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> UrgentReport:
    """The entrance reports a need beside the newest application; never before the contact that the way through ViA began with."""
    person = locked(Person, person_id)
    entry = Entry.objects.filter(person=person).exclude(state__in=[EntryState.ENDED, EntryState.REFERRED]).first()
    if entry is not None:
        check_happened(entry, at, happened_at)
    application = person.applications.order_by("-asked_at", "id").first()
    return benefits.report_urgent(
        actor=actor,
        at=at,
        person_id=person.pk,
        kind=kind,
        application_id=application.pk if application else None,
        detail=detail,
        money_until=money_until,
        happened_at=happened_at,
    )


@verb(Entry)
def later(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    resume_at: datetime,
    reason: str,
    op: UUID | None = None,
) -> Entry:
    """Talk later: a state with a moment and a reason, so that nobody is forgotten. Again later: only the moment moves."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, warum später.", code="reason", field="reason")
    check_agreed(actor, at, resume_at, months=3, day_field="resume_day", time_field="resume_time")
    if entry.state != EntryState.LATER:
        move(ledger, entry, EntryState.LATER, resume_at=resume_at, reason=reason.strip())
    else:
        entry.version += 1
        ledger.event("entry.later_again", entry, subject=entry.person_id, resume_at=resume_at, reason=reason.strip())
    entry.resume_at = resume_at
    entry.resume_reason = reason.strip()[:200]
    entry.save(update_fields=["state", "state_since", "version", "resume_at", "resume_reason"])
    Conversation.objects.filter(entry=entry, finished_at=None).update(paused_at=at)
    return entry


@verb(Entry)
def back_to_list(ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None) -> Entry:
    """Put somebody back on the waiting list."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    move(ledger, entry, EntryState.WAITING)
    entry.resume_at = None
    entry.resume_reason = ""
    entry.save(update_fields=["state", "state_since", "version", "resume_at", "resume_reason"])
    return entry


@verb(Entry)
def end_via(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    kind: EndKind,
    ended_on: date,
    note: str = "",
    version: int | None = None,
    op: UUID | None = None,
) -> Entry:
    """End the way through ViA with date and kind. Seats after that day are given back; the application goes on."""
    require(policy.may(actor, "end"))
    entry = locked(Entry, entry_id, version=version)
    if ended_on > berlin_day(at) + timedelta(days=31):
        raise Refused("Dieser Tag liegt zu weit in der Zukunft.", code="future", field="ended_on")
    if ended_on < berlin_day(entry.since):
        raise Refused("Dieser Tag liegt vor dem ersten Kontakt.", code="before", field="ended_on")
    if kind in {EndKind.NO_CONTACT, EndKind.OWN_WISH, EndKind.MISTAKE} and not note.strip():
        raise Refused("Bitte schreiben Sie kurz, was war.", code="note", field="note")
    move(ledger, entry, EntryState.ENDED, kind=kind, ended_on=ended_on)
    entry.ended_on = ended_on
    entry.end_kind = kind
    entry.end_note = note.strip()[:300]
    if entry.via_from is not None:
        entry.via_to = max(ended_on, entry.via_from)
    entry.save(
        update_fields=["state", "state_since", "version", "ended_on", "end_kind", "end_note", "via_to"]
    )
    free_seats(ledger, entry, at, after=ended_on)
    Conversation.objects.filter(entry=entry, finished_at=None).update(finished_at=at)
    return entry


def free_seats(ledger: Ledger, entry: Entry, at: datetime, *, after: date | None = None) -> int:
    """Give back the seats still to come, those after the day ``after`` if one is given (inside a verb); how many there were.

    What was offered was offered: the first offer stays.
    """
    begin = at if after is None else max(at, datetime.combine(after + timedelta(days=1), time(), tzinfo=BERLIN))
    seats = list(Booking.objects.filter(entry=entry, undone_at=None, date__starts_at__gte=begin).select_for_update(of=("self",)).order_by("id"))
    for seat in seats:
        seat.undone_at = at
        seat.version += 1
        seat.save(update_fields=["undone_at", "version"])
        ledger.event("seat.given_back", seat, subject=entry.person_id)
    return len(seats)


@verb(Entry)
def undo_end(ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None) -> Entry:
    """ViA goes on. Seats that were given back are booked anew by hand: others may have them."""
    require(policy.may(actor, "end"))
    entry = locked(Entry, entry_id)
    if Entry.objects.filter(person=entry.person_id).exclude(state__in=["ended", "referred"]).exists():
        raise Refused("Für diese Person läuft schon ein neuer Weg durch ViA.", code="entry_open")
    move(ledger, entry, EntryState.IN_VIA)
    entry.ended_on = None
    entry.end_kind = ""
    entry.end_note = ""
    entry.via_from = entry.via_from or berlin_day(at)
    entry.via_to = entry.via_from + timedelta(days=27)
    entry.save(
        update_fields=["state", "state_since", "version", "ended_on", "end_kind", "end_note", "via_from", "via_to"]
    )
    return entry


@verb(ShiftNote)
def shift_note(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    text: str,
    to_id: UUID | None = None,
    op: UUID | None = None,
) -> ShiftNote:
    """Hand somebody over at the end of the shift with one sentence."""
    require(policy.may(actor, "talk"))
    if not text.strip():
        raise Refused("Bitte schreiben Sie in einem Satz, was offen ist.", code="text", field="text")
    entry = locked(Entry, entry_id)
    note = ShiftNote.objects.create(
        jobcenter_id=actor.jobcenter_id, entry=entry, text=text.strip()[:300], at=at, by_id=actor.id, to_id=to_id
    )
    entry.taken_by_id = to_id
    entry.taken_at = at if to_id else None
    entry.version += 1
    entry.save(update_fields=["taken_by", "taken_at", "version"])
    ledger.event("entry.shift_note", entry, subject=entry.person_id, text=note.text, to=to_id)
    return note


@verb(ShiftNote)
def shift_note_seen(
    ledger: Ledger, *, actor: Actor, at: datetime, note_id: UUID, op: UUID | None = None
) -> ShiftNote:
    """The colleague has read it."""
    require(policy.may(actor, "talk"))
    note = locked(ShiftNote, note_id)
    if note.seen_at is None:
        note.seen_at = at
        note.save(update_fields=["seen_at"])
        ledger.event("entry.shift_note_seen", note, subject=note.entry.person_id)
    return note


@verb(Entry)
def join_application(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, application_id: UUID, op: UUID | None = None
) -> Entry:
    """Note that an application of the same person was made during ViA."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if entry.application_id is None:
        entry.application_id = application_id
        entry.version += 1
        entry.save(update_fields=["application", "version"])
        ledger.event("entry.application", entry, subject=entry.person_id, application=application_id)
    return entry
