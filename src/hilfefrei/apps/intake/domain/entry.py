"""Verbs on the way through ViA: taking over, reaching, waiting, ending. None of them touches the application."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import typed_late
from hilfefrei.apps.audit.queries import last_said
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain import after
from hilfefrei.apps.intake.domain.follow_up import asked_until
from hilfefrei.apps.intake.domain.moments import check_agreed, check_happened
from hilfefrei.apps.intake.models import Booking, ContactAttempt, Conversation, Entry, ShiftNote
from hilfefrei.apps.intake.workflows import ENTRY_TRANSITIONS, NOT_IN_VIA, EndKind, EntryState
from hilfefrei.apps.org.policy import require
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day

ALLOWED = {(t.source, t.target): t for t in ENTRY_TRANSITIONS}


def move(
    ledger: Ledger, entry: Entry, target: EntryState, *, permission: str = "", undo: bool = False, **data: object
) -> None:
    """Move ``entry`` (locked) to ``target``; Refused when the workflow does not allow it, Forbidden without the right.

    ``permission`` stands in for that of the transition where another verb carries it out (a hand-over that is accepted).
    An ended way goes back only by taking its end back (``undo``).
    """
    transition = ALLOWED.get((EntryState(entry.state), target))
    if transition is None or (entry.state == EntryState.ENDED and not undo):
        raise Refused(
            f"Das geht nicht, weil der Weg gerade auf „{entry.get_state_display()}“ steht. Bitte laden Sie die Seite neu.",
            code="transition",
        )
    require(policy.may(ledger.actor, permission or transition.permission))
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
def take_from(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, version: int | None = None, op: UUID | None = None
) -> Entry:
    """Take over from a colleague on purpose; an open talk goes along."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id, version=version)
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
    Conversation.objects.filter(entry=entry, finished_at=None, paused_at=None).update(paused_at=at)
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
    next_team_id: UUID | None = None,
    next_user_id: UUID | None = None,
    version: int | None = None,
    op: UUID | None = None,
) -> Entry:
    """End the way through ViA with date, kind and who is responsible next; the application goes on.

    ``next_team_id`` and ``next_user_id`` name a colleague of the entrance who stays responsible, or whoever has taken the
    person on. Without a choice :func:`after.next_of` says who it is, or refuses. Seats after that day are given back.
    """
    require(policy.may(actor, "end"))
    entry = locked(Entry, entry_id, version=version)
    if ended_on > berlin_day(at) + timedelta(days=31):
        raise Refused("Dieser Tag liegt zu weit in der Zukunft.", code="future", field="ended_on")
    if ended_on < berlin_day(entry.since):
        raise Refused("Dieser Tag liegt vor dem ersten Kontakt.", code="before", field="ended_on")
    if kind in {EndKind.NO_CONTACT, EndKind.OWN_WISH, EndKind.MISTAKE} and not note.strip():
        raise Refused("Bitte schreiben Sie kurz, was war.", code="note", field="note")
    stays = after.next_of(actor, at, entry, kind=kind, team_id=next_team_id, user_id=next_user_id)
    close(ledger, entry, kind=kind, ended_on=ended_on, note=note)
    if stays is None:
        after.let_go(actor, at, entry, last_day=ended_on, asked_until=asked_until(entry, ended_on))
    else:
        after.stay(actor, at, entry, stays, kind=kind, ended_on=ended_on)
    return entry


def close(ledger: Ledger, entry: Entry, *, kind: EndKind, ended_on: date, note: str = "", permission: str = "") -> None:
    """The end itself, of a locked way (inside a verb): state, day, seats after it, an open talk.

    The event keeps what :func:`undo_end` needs: the end of ViA that was agreed, and the talk that was not finished.
    """
    talk = Conversation.objects.filter(entry=entry, finished_at=None).first()
    kept: dict[str, Any] = {"via_to": entry.via_to} if entry.via_to else {}
    if talk is not None:
        kept["talk"] = talk.pk
    move(ledger, entry, EntryState.ENDED, permission=permission, kind=kind, ended_on=ended_on, **kept)
    entry.ended_on = ended_on
    entry.end_kind = kind
    entry.end_note = note.strip()[:300]
    if entry.via_from is not None:
        entry.via_to = max(ended_on, entry.via_from)
    entry.save(
        update_fields=["state", "state_since", "version", "ended_on", "end_kind", "end_note", "via_to"]
    )
    free_seats(ledger, entry, ledger.at, after=ended_on)
    Conversation.objects.filter(entry=entry, finished_at=None).update(finished_at=ledger.at)


@verb(Entry)
def let_go(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, version: int | None = None, op: UUID | None = None
) -> Entry:
    """Whoever stayed responsible after ViA no longer is: today the entrance sees the file for the last time."""
    require(policy.may(actor, "end"))
    entry = locked(Entry, entry_id, version=version)
    if entry.state != EntryState.ENDED:
        raise Refused("ViA läuft noch. Bitte beenden Sie zuerst ViA.", code="not_ended")
    after.check_nobody(at, entry, "Bitte übergeben Sie zuerst.")
    after.let_go(actor, at, entry, last_day=berlin_day(at))
    entry.version += 1
    entry.save(update_fields=["version"])
    ledger.event("entry.let_go", entry, subject=entry.person_id)
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
    """The way goes on where it stood, and the entrance with it: who waited waits again, ViA ends on the day that was agreed.

    A talk that was not finished comes back interrupted, as nobody sits in it any more. Seats that were given back are
    booked anew by hand: others may have them. Where the record of the end was deleted, the row says whether it was ViA.
    """
    require(policy.may(actor, "end"))
    entry = locked(Entry, entry_id)
    if Entry.objects.filter(person=entry.person_id).exclude(state__in=["ended", "referred"]).exists():
        raise Refused("Für diese Person läuft schon ein neuer Weg durch ViA.", code="entry_open")
    end = last_said(entry.pk, ("entry.moved",), field="before")
    stood = end.get("before")
    if stood not in {*NOT_IN_VIA, EntryState.IN_VIA, EntryState.REFERRED}:
        stood = EntryState.WAITING if entry.via_from is None else EntryState.IN_VIA
    move(ledger, entry, EntryState(stood), undo=True)
    entry.ended_on = None
    entry.end_kind = ""
    entry.end_note = ""
    if entry.via_from is not None:
        agreed = end.get("via_to")
        entry.via_to = date.fromisoformat(agreed) if agreed else entry.via_from + timedelta(days=27)
    entry.save(update_fields=["state", "state_since", "version", "ended_on", "end_kind", "end_note", "via_to"])
    if end.get("talk"):
        talks = Conversation.objects.filter(pk=end["talk"], entry=entry)
        talks.update(finished_at=None, paused_at=Coalesce("paused_at", Value(at, output_field=DateTimeField())))
    after.take_back(actor, at, entry)
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
