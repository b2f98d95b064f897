"""What both sides agree on, where the person goes next, and the hand-over."""

from datetime import date, datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.happened import typed_late
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain import after
from hilfefrei.apps.intake.domain.entry import close
from hilfefrei.apps.intake.domain.moments import check_agreed, check_ahead, check_happened
from hilfefrei.apps.intake.models import Booking, Entry, Handover, Promise
from hilfefrei.apps.intake.workflows import NOT_IN_VIA, EndKind, EntryState, HandoverState
from hilfefrei.apps.org.models import Jobcenter, Position, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import working_days_after

ANSWER_WORKING_DAYS = 2
PROMISE_MONTHS = 6


@verb(Entry)
def set_wish(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, wish: str, op: UUID | None = None
) -> Entry:
    """What matters to the person, in their words."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    entry.wish = wish.strip()
    entry.version += 1
    entry.save(update_fields=["wish", "version"])
    ledger.event("entry.wish", entry, subject=entry.person_id, wish=entry.wish)
    return entry


def _check_promise(actor: Actor, at: datetime, side: str, text: str, due_at: datetime | None) -> None:
    if not text.strip():
        raise Refused("Bitte eintragen, was zugesagt ist.", code="text", field="text")
    if due_at is None:
        if side == "office":
            raise Refused("Was wir zusagen, braucht einen Tag.", code="due", field="due_day")
    elif side == "person":
        # What people do themselves they may do on a Sunday.
        check_ahead(at, berlin_day(due_at), months=PROMISE_MONTHS, day_field="due_day")
    else:
        check_agreed(actor, at, due_at, months=PROMISE_MONTHS, day_field="due_day", time_field="due_time")


@verb(Promise)
def add_promise(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    side: str,
    text: str,
    due_at: datetime | None = None,
    user_id: UUID | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> Promise:
    """Add a promise. The office's own needs a name and a day; the person's is a wish without consequence.

    ``happened_at``: when it was given, where it is typed later. A day that still lay ahead then may be over by now.
    """
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    moment = check_happened(entry, at, happened_at)
    _check_promise(actor, moment, side, text, due_at)
    promise = Promise.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        side=side,
        user_id=(user_id or actor.id) if side == "office" else None,
        text=text.strip()[:200],
        due_at=due_at,
        made_at=moment,
    )
    ledger.event(
        "promise.made", promise, subject=entry.person_id, side=side, text=promise.text, due_at=due_at, **typed_late(at, moment)
    )
    return promise


@verb(Promise)
def change_promise(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    promise_id: UUID,
    side: str,
    text: str,
    due_at: datetime | None = None,
    version: int | None = None,
    op: UUID | None = None,
) -> Promise:
    """Say a promise anew: who, what, until when."""
    require(policy.may(actor, "talk"))
    promise = locked(Promise, promise_id, version=version)
    # The day of an old promise may be over; only a new one has to be ahead.
    if (side, due_at) != (promise.side, promise.due_at) or not text.strip():
        _check_promise(actor, at, side, text, due_at)
    if side != promise.side:
        promise.user_id = actor.id if side == "office" else None
    promise.side = side
    promise.text = text.strip()[:200]
    promise.due_at = due_at
    promise.version += 1
    promise.save(update_fields=["side", "text", "due_at", "user", "version"])
    ledger.event(
        "promise.changed", promise, subject=promise.entry.person_id, side=side, text=promise.text, due_at=due_at
    )
    return promise


@verb(Promise)
def keep_promise(
    ledger: Ledger, *, actor: Actor, at: datetime, promise_id: UUID, done: bool = True, op: UUID | None = None
) -> Promise:
    """Mark a promise as kept, or take that back."""
    require(policy.may(actor, "facts"))
    promise = locked(Promise, promise_id)
    promise.done_at = at if done else None
    promise.version += 1
    promise.save(update_fields=["done_at", "version"])
    ledger.event("promise.kept" if done else "promise.open_again", promise, subject=promise.entry.person_id)
    return promise


@verb(Promise)
def remove_promise(
    ledger: Ledger, *, actor: Actor, at: datetime, promise_id: UUID, op: UUID | None = None
) -> Promise:
    """Typed by mistake or no longer wanted; stays in the record."""
    require(policy.may(actor, "talk"))
    promise = locked(Promise, promise_id)
    promise.removed_at = at
    promise.version += 1
    promise.save(update_fields=["removed_at", "version"])
    ledger.event("promise.removed", promise, subject=promise.entry.person_id)
    return promise


@verb(Entry)
def decide_triage(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    rule: str,
    team: str,
    reason: str,
    own_team: str = "",
    own_reason: str = "",
    op: UUID | None = None,
) -> Entry:
    """Keep what the rule proposes; staff may decide otherwise with a reason of their own."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if own_team and own_team != team and not own_reason.strip():
        raise Refused("Bitte schreiben Sie, warum Sie anders entscheiden.", code="own_reason", field="own_reason")
    entry.triage_rule = rule
    entry.triage_team = own_team or team
    entry.triage_reason = reason[:300]
    entry.triage_own = own_reason.strip()[:300] if own_team and own_team != team else ""
    entry.version += 1
    entry.save(update_fields=["triage_rule", "triage_team", "triage_reason", "triage_own", "version"])
    ledger.event(
        "entry.triage", entry, subject=entry.person_id, rule=rule, proposed=team, team=entry.triage_team, own=entry.triage_own
    )
    return entry


@verb(Handover)
def send_handover(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    team_id: UUID,
    user_id: UUID,
    summary: str,
    reason: str,
    op: UUID | None = None,
) -> Handover:
    """Send somebody on to a team and a named colleague. Until they accept, the entrance stays responsible."""
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if not summary.strip():
        raise Refused("Bitte das Wichtigste in zwei Sätzen aufschreiben.", code="summary", field="summary")
    if not reason.strip():
        raise Refused("Bitte schreiben Sie, warum dieses Team.", code="reason", field="reason")
    day = berlin_day(at)
    if not Position.objects.filter(in_force(day), team_id=team_id, holder_id=user_id).exists():
        raise Refused("Diese Person arbeitet nicht in diesem Team. Bitte wählen Sie neu.", code="not_in_team", field="user")
    held = Handover.objects.filter(entry=entry, state=HandoverState.SENT).first()
    if held is not None:
        raise Refused(
            f"Eine Übergabe an {held.user.get_full_name()} wartet schon auf Antwort.", code="handover_open"
        )
    land = Jobcenter.objects.get(pk=actor.jobcenter_id).land
    handover = Handover.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        team_id=team_id,
        user_id=user_id,
        summary=summary.strip(),
        reason=reason.strip()[:300],
        sent_at=at,
        sent_by_id=actor.id,
        answer_due_on=working_days_after(day, ANSWER_WORKING_DAYS, land),
    )
    ledger.event("handover.sent", handover, subject=entry.person_id, team=team_id, user=user_id, summary=handover.summary)
    return handover


def _answerable(actor: Actor, handover: Handover) -> None:
    require(policy.may(actor, "answer_handover"))
    if handover.team_id not in actor.teams | actor.leads:
        raise Forbidden
    if handover.state != HandoverState.SENT:
        raise Refused(f"Diese Übergabe ist schon {handover.get_state_display()}.", code="answered")


@verb(Handover)
def accept_handover(
    ledger: Ledger, *, actor: Actor, at: datetime, handover_id: UUID, op: UUID | None = None
) -> Handover:
    """Take the person on: from now the team is responsible for integration, with all open promises.

    ViA is four weeks that one attends, so it goes on beside the new team until it ends: whoever is in ViA keeps seats,
    coach and the entrance. What ends at once is the work that waits: nobody at the entrance keeps the person in hand,
    and a way that never came into ViA ends as handed over, on the day of its last seat where one is booked. A way that
    has ended already leaves the entrance nothing more to do. A talk that is being held is not ended by somebody else.
    """
    handover = locked(Handover, handover_id)
    _answerable(actor, handover)
    entry = locked(Entry, handover.entry_id)
    handover.state = HandoverState.ACCEPTED
    handover.answered_at = at
    handover.answered_by_id = actor.id
    handover.version += 1
    handover.save(update_fields=["state", "answered_at", "answered_by", "version"])
    people.assign(
        actor=actor,
        at=at,
        person_id=handover.entry.person_id,
        kind=ResponsibilityKind.INTEGRATION,
        team_id=handover.team_id,
        user_id=handover.user_id,
        valid_from=berlin_day(at),
        reason="Übergabe aus ViA",
    )
    ledger.event("handover.accepted", handover, subject=entry.person_id)
    if entry.state in NOT_IN_VIA and entry.via_from is None:
        ended_on = _last_seat(entry, at)
        close(ledger, entry, kind=EndKind.HANDED_OVER, ended_on=ended_on, permission="answer_handover")
        after.let_go(actor, at, entry, last_day=ended_on)
    elif entry.state == EntryState.ENDED:
        after.let_go(actor, at, entry, last_day=berlin_day(at))
    if entry.state != EntryState.IN_TALK and entry.taken_by_id is not None:
        entry.taken_by = None
        entry.taken_at = None
        entry.version += 1
        entry.save(update_fields=["taken_by", "taken_at", "version"])
    return handover


def _last_seat(entry: Entry, at: datetime) -> date:
    """The day of the last seat to come, today where none is booked: nobody loses a seat by being taken on."""
    seats = Booking.objects.filter(entry=entry, undone_at=None, date__cancelled_at=None, date__starts_at__gte=at)
    last = seats.order_by("-date__starts_at", "id").values_list("date__starts_at", flat=True).first()
    return berlin_day(last or at)


@verb(Handover)
def return_handover(
    ledger: Ledger, *, actor: Actor, at: datetime, handover_id: UUID, reason: str, op: UUID | None = None
) -> Handover:
    """Give the person back with a reason; the entrance sees it at once."""
    handover = locked(Handover, handover_id)
    _answerable(actor, handover)
    if not reason.strip():
        raise Refused("Bitte schreiben Sie, warum. Sonst weiß der Eingang nicht weiter.", code="reason", field="reason")
    handover.state = HandoverState.RETURNED
    handover.answered_at = at
    handover.answered_by_id = actor.id
    handover.return_reason = reason.strip()[:300]
    handover.version += 1
    handover.save(update_fields=["state", "answered_at", "answered_by", "return_reason", "version"])
    ledger.event("handover.returned", handover, subject=handover.entry.person_id, reason=handover.return_reason)
    return handover


@verb(Handover)
def withdraw_handover(
    ledger: Ledger, *, actor: Actor, at: datetime, handover_id: UUID, op: UUID | None = None
) -> Handover:
    """The sender takes it back before it was answered."""
    require(policy.may(actor, "talk"))
    handover = locked(Handover, handover_id)
    if handover.state != HandoverState.SENT:
        raise Refused(f"Diese Übergabe ist schon {handover.get_state_display()}.", code="answered")
    handover.state = HandoverState.WITHDRAWN
    handover.answered_at = at
    handover.version += 1
    handover.save(update_fields=["state", "answered_at", "version"])
    ledger.event("handover.withdrawn", handover, subject=handover.entry.person_id)
    return handover
