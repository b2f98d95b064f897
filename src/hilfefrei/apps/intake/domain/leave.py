"""„Dann lasse ich es“: three legal acts kept apart, under the eight fairness rules of the practice notes, § 1.7.

Nothing is chosen beforehand but "the application stays open"; silence, absence or missing papers never come here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.benefits.workflows import Channel, DeclarationKind, Outcome
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain import after
from hilfefrei.apps.intake.domain.asking import FULL_AGE
from hilfefrei.apps.intake.domain.conversation import file_leave_again, returned
from hilfefrei.apps.intake.domain.first_contact import record_first_contact
from hilfefrei.apps.intake.domain.moments import check_agreed
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import BACK_BY_APPLICATION, LeaveAct
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Attendant, Person
from hilfefrei.apps.people.workflows import AttendantKind
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.periods import add_months, age_on, next_working_day, working_days_after

SECOND_LOOK_WORKING_DAYS = 2
# "Are you in need?": after the first call, where the person allowed it.
CALL_MONTHS = (1, 3, 6)
CALL_TIME = time(10)

# What must have been explained (§ 14 SGB I); the person reads along.
RIGHTS: dict[str, str] = {
    "open_and_work": "Sie dürfen den Antrag offen lassen und trotzdem arbeiten.",
    "bridge": "Bis zum ersten Lohn kann Geld zustehen, auch als Darlehen.",
    "no_consequence": "Ein Nein zum Angebot hat keine Folgen für Ihr Geld.",
    "counsel": "Sie können sich erst unabhängig beraten lassen und jemanden mitbringen.",
    "coming_back": "Was Wiederkommen heißt, für alle drei Wege.",
}


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """The estimate of the claim that was shown: a band in cents a month, the version of the law, the day it is for."""

    low: int
    high: int
    law: str
    on: date


# These end or give up something: they need a signature and, where there is one, the legal representative.
SIGNED = frozenset({LeaveAct.WITHDRAWN, LeaveAct.WAIVER})
FARTHEST_MONTHS = 13


def consent_needed(person: Person, day: date) -> str:
    """Why the legal representative has to consent to withdrawing and waiving (§ 36(2) SGB I); empty where nobody has to.

    From 15 on one applies alone, but giving up what was applied for is not for a minor alone.
    """
    if person.birth_date is not None and age_on(person.birth_date, day) < FULL_AGE:
        return "Diese Person ist noch nicht 18."
    if Attendant.objects.filter(person=person, kind=AttendantKind.GUARDIAN, valid_to=None).exists():
        return "Diese Person hat eine gesetzliche Vertretung."
    return ""


def possible_acts(application: Application | None) -> dict[LeaveAct, str]:
    """For each act an empty text when it is possible, else why not."""
    outcome = (
        ApplicationOutcome.objects.filter(application=application, revoked_at=None).first() if application else None
    )
    granted = outcome is not None and outcome.kind == Outcome.GRANTED
    closed = outcome is not None
    return {
        LeaveAct.STAYS_OPEN: "" if application is not None and not closed else "Es gibt keinen offenen Antrag.",
        LeaveAct.ONLY_ASKED: "Sie haben einen Antrag gestellt." if application is not None else "",
        LeaveAct.WITHDRAWN: (
            "Es gibt keinen Antrag."
            if application is None
            else "Über den Antrag ist schon entschieden."
            if closed
            else ""
        ),
        LeaveAct.WAIVER: "" if granted else "Der Anspruch ist noch nicht entschieden.",
    }


def withdrawal_undone(leave: Leave) -> bool:
    """Whether benefits took the outcome of this withdrawal back: then the application counts again with its old day."""
    if leave.act != LeaveAct.WITHDRAWN or leave.application_id is None:
        return False
    return not ApplicationOutcome.objects.filter(application=leave.application_id, kind=Outcome.WITHDRAWN, revoked_at=None).exists()


@verb(Leave)
def record_leave(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    act: LeaveAct,
    words: str,
    rights: Sequence[str],
    signed: bool = False,
    signed_on: date | None = None,
    representative: str = "",
    call_at: datetime | None = None,
    may_call: bool = False,
    benefits_appointment_at: datetime | None = None,
    estimate: ShownEstimate | None = None,
    op: UUID | None = None,
) -> Leave:
    """Record what somebody decided who said "then I leave it".

    Without a signature an application stays open whatever was said: the act is then refused and "stays open" offered.
    The estimate that was shown is kept as a band with its law and day, nothing of what it was made from; None says that none
    was shown. A second person looks within two working days; it counts neither as success nor as saving.
    """
    require(policy.may(actor, "leave"))
    entry = locked(Entry, entry_id)
    application = locked(Application, entry.application_id) if entry.application_id else None
    why_not = possible_acts(application)[act]
    if why_not:
        raise Refused(f"Das trifft hier nicht zu: {why_not}", code="act_impossible", field="act")
    if not words.strip():
        raise Refused("Bitte schreiben Sie den Grund in den Worten der Person.", code="words", field="words")
    for moment, name in ((call_at, "call"), (benefits_appointment_at, "appointment")):
        if moment is not None:
            check_agreed(actor, at, moment, months=FARTHEST_MONTHS, day_field=f"{name}_day", time_field=f"{name}_time")
    missing = [text for key, text in RIGHTS.items() if key not in rights]
    if act != LeaveAct.STAYS_OPEN and missing:
        raise Refused(
            "Bitte erklären Sie zuerst alle Rechte. Es fehlt noch: " + " ".join(missing), code="rights", field="rights"
        )
    if act in SIGNED and not signed:
        raise Refused(
            "Ohne Unterschrift bleibt der Antrag offen. Wählen Sie „Der Antrag bleibt offen“, das ist jederzeit gut.",
            code="unsigned",
            field="signed",
        )
    if signed and signed_on is not None and signed_on > berlin_day(at):
        raise Refused("Der Tag der Unterschrift liegt in der Zukunft.", code="future", field="signed_on")
    if signed and signed_on is not None and application is not None and signed_on < berlin_day(application.asked_at):
        raise Refused(
            f"Die Unterschrift wäre älter als der Antrag vom {format_day(berlin_day(application.asked_at), year=True)}. "
            "Bitte prüfen Sie den Tag.",
            code="before_application",
            field="signed_on",
        )
    if act in SIGNED and not representative.strip() and (why := consent_needed(entry.person, berlin_day(at))):
        raise Refused(
            f"{why} Ohne Zustimmung der gesetzlichen Vertretung sind Rücknahme und Verzicht unwirksam "
            "(§ 36 Abs. 2 SGB I). Bitte eintragen, wer zugestimmt hat.",
            code="representative",
            field="representative",
        )
    land = Jobcenter.objects.get(pk=actor.jobcenter_id).land
    day = berlin_day(at)
    if benefits_appointment_at is not None:
        # Who only asked is not on their list yet.
        benefits.to_benefits(actor, at, entry.person, "Termin zur Beratung")
    leave = Leave.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        application=application,
        act=act,
        words=words.strip(),
        rights=[key for key in RIGHTS if key in rights],
        explained_by_id=actor.id,
        explained_at=at,
        estimate_cents=estimate.low if estimate else None,
        estimate_high_cents=estimate.high if estimate else None,
        estimate_law=estimate.law[:40] if estimate else "",
        estimate_on=estimate.on if estimate else None,
        benefits_appointment_at=benefits_appointment_at,
        signed=signed and act in SIGNED,
        signed_on=(signed_on or day) if signed and act in SIGNED else None,
        representative=representative.strip()[:120],
        at=at,
        second_due_on=working_days_after(day, SECOND_LOOK_WORKING_DAYS, land),
        call_at=call_at,
        may_call=may_call,
    )
    ledger.event(
        "leave.recorded", leave, subject=entry.person_id, act=act, words=leave.words, rights=leave.rights, signed=leave.signed
    )
    ledger.follow_up("efile.leave", str(leave.pk), leave=leave.pk, user=actor.id)
    if leave.signed and application is not None:
        benefits.declare(
            actor=actor,
            at=at,
            application_id=application.pk,
            kind=DeclarationKind(act),
            signed_on=leave.signed_on,
            representative=leave.representative,
        )
    after.keep(actor, at, entry)
    if act == LeaveAct.WITHDRAWN and application is not None:
        benefits.record_outcome(
            actor=actor,
            at=at,
            application_id=application.pk,
            kind=Outcome.WITHDRAWN,
            decided_on=leave.signed_on or day,
            source="unterschriebene Rücknahme",
            signed_withdrawal=True,
        )
    return leave


@verb(Leave)
def hand_copy(ledger: Ledger, *, actor: Actor, at: datetime, leave_id: UUID, op: UUID | None = None) -> Leave:
    """The person has a copy in hand."""
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if leave.copy_at is None:
        leave.copy_at = at
        leave.save(update_fields=["copy_at"])
        ledger.event("leave.copy", leave, subject=leave.entry.person_id)
    return leave


@verb(Leave)
def second_look(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    leave_id: UUID,
    ok: bool,
    note: str = "",
    op: UUID | None = None,
) -> Leave:
    """Somebody else reads it within two working days; "not in order" needs a sentence and goes back.

    Somebody else is neither who explained it nor who added what was missing.
    """
    require(policy.may(actor, "second_look"))
    leave = locked(Leave, leave_id)
    if {leave.explained_by_id, leave.mended_by_id}.intersection(actor.user_ids):
        raise Refused("Das muss eine zweite Person ansehen, nicht dieselbe.", code="same_person")
    if not ok and not note.strip():
        raise Refused("Bitte schreiben Sie, was fehlt oder nicht stimmt.", code="note", field="note")
    if leave.second_at is not None:
        raise Refused("Das hat schon jemand angesehen.", code="seen")
    leave.second_at = at
    leave.second_by_id = actor.id
    leave.second_ok = ok
    leave.second_note = note.strip()[:300]
    leave.version += 1
    leave.save(update_fields=["second_at", "second_by", "second_ok", "second_note", "version"])
    ledger.event("leave.second_look", leave, subject=leave.entry.person_id, ok=ok, note=leave.second_note)
    after.settle(actor, at, leave.entry)
    return leave


@verb(Leave)
def mend_leave(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    leave_id: UUID,
    note: str,
    rights: Sequence[str] = (),
    op: UUID | None = None,
) -> Leave:
    """What the second look found missing is added, in words and with rights explained since; then somebody looks anew.

    The look that sent it back stays in ``looks``.
    """
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if leave.second_ok is not False or leave.second_at is None:
        raise Refused("Diese Erklärung ist nicht vom zweiten Blick zurückgekommen.", code="not_returned")
    if not note.strip():
        raise Refused("Bitte schreiben Sie, was Sie nachgetragen haben.", code="note", field="note")
    look = {
        "at": leave.second_at.isoformat(),
        "by": str(leave.second_by_id),
        "note": leave.second_note,
        "mended_at": at.isoformat(),
        "mended_by": str(actor.id),
        "mended": note.strip()[:300],
    }
    leave.looks = [*leave.looks, look]
    leave.rights = [key for key in RIGHTS if key in {*leave.rights, *rights}]
    leave.mended_at, leave.mended_by_id = at, actor.id
    leave.second_at = leave.second_by_id = leave.second_ok = None
    leave.second_note = ""
    land = Jobcenter.objects.get(pk=actor.jobcenter_id).land
    leave.second_due_on = working_days_after(berlin_day(at), SECOND_LOOK_WORKING_DAYS, land)
    leave.version += 1
    leave.save()
    ledger.event("leave.mended", leave, subject=leave.entry.person_id, note=look["mended"], rights=leave.rights)
    file_leave_again(ledger, leave)
    return leave


def _next_call(leave: Leave, at: datetime, land: str) -> datetime | None:
    """After the first call those that the person allowed: 1, 3 and 6 months after the decision, each once."""
    if not leave.may_call:
        return None
    decided = leave.at.astimezone(BERLIN)
    for months in CALL_MONTHS:
        day = next_working_day(add_months(decided.date(), months), land)
        moment = datetime.combine(day, CALL_TIME, tzinfo=BERLIN)
        if moment > at:
            return moment
    return None


@verb(Leave)
def note_leave_call(
    ledger: Ledger, *, actor: Actor, at: datetime, leave_id: UUID, note: str, op: UUID | None = None
) -> Leave:
    """We asked: is the money enough? What was said is kept; the next call is set only where the person allowed it."""
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if not note.strip():
        raise Refused("Bitte schreiben Sie in einem Satz, was die Person gesagt hat.", code="note", field="note")
    leave.calls = [*leave.calls, {"at": at.isoformat(), "by": str(actor.id), "note": note.strip()[:200]}]
    leave.call_at = _next_call(leave, at, Jobcenter.objects.get(pk=actor.jobcenter_id).land)
    leave.version += 1
    leave.save(update_fields=["calls", "call_at", "version"])
    ledger.event("leave.called", leave, subject=leave.entry.person_id, note=note.strip()[:200])
    after.settle(actor, at, leave.entry)
    return leave


@verb(Leave)
def withdraw_calls(ledger: Ledger, *, actor: Actor, at: datetime, leave_id: UUID, op: UUID | None = None) -> Leave:
    """The person takes back that we may ask again. The first call was agreed on and stays; those after it do not take place."""
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if leave.may_call:
        leave.may_call = False
        if leave.calls:
            leave.call_at = None
        leave.version += 1
        leave.save(update_fields=["may_call", "call_at", "version"])
        ledger.event("leave.consent", leave, subject=leave.entry.person_id, may_call=False)
        after.settle(actor, at, leave.entry)
    return leave


@verb(Leave)
def revoke_leave(
    ledger: Ledger, *, actor: Actor, at: datetime, leave_id: UUID, note: str = "", op: UUID | None = None
) -> Leave:
    """The person comes back: a waiver is revoked for the future (§ 46(1) SGB I), no new application is needed.

    After a withdrawal or a mere question there is nothing to revoke: :func:`apply_again`.
    """
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if leave.act in BACK_BY_APPLICATION:
        raise Refused("Hier hilft kein Widerruf, sondern ein neuer Antrag. Bitte nehmen Sie ihn auf.", code="needs_application")
    if leave.revoked_at is None:
        returned(ledger, leave, note=note)
        if leave.act == LeaveAct.WAIVER and leave.application_id is not None:
            benefits.declare(actor=actor, at=at, application_id=leave.application_id, kind=DeclarationKind.REVOKED)
        after.settle(actor, at, leave.entry)
    return leave


@verb(Leave)
def apply_again(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    leave_id: UUID,
    channel: Channel,
    note: str = "",
    anyway: bool = False,
    op: UUID | None = None,
) -> Leave:
    """Who withdrew, or had only asked, comes back and wants money: the new application counts from now.

    The withdrawn one stays to be seen with its date, and benefits decide whether that still counts; the calls go on.
    """
    require(policy.may(actor, "leave"))
    leave = locked(Leave, leave_id)
    if leave.act not in BACK_BY_APPLICATION:
        raise Refused("Der Antrag gilt noch, ein neuer ist nicht nötig.", code="act_impossible")
    if leave.revoked_at is not None:
        return leave
    if withdrawal_undone(leave):
        raise Refused(
            "Die Leistungsstelle hat die Rücknahme aufgehoben. Der Antrag gilt wieder, ein neuer ist nicht nötig.", code="act_impossible"
        )
    record_first_contact(
        actor=actor,
        at=at,
        contact_at=at,
        channel=channel,
        wishes=["money"],
        person_id=leave.entry.person_id,
        words=note,
        anyway=anyway,
    )
    leave.refresh_from_db()
    # What was declared on an earlier way does not come back with the application of the present one.
    if leave.revoked_at is None:
        returned(ledger, leave, note=note)
    return leave
