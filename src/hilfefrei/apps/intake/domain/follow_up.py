"""Asking how it goes after work began or ViA ended: what came of a call, and taking a wrong note back."""

from datetime import date, datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.models import Entry, Fact, FollowUp
from hilfefrei.apps.intake.workflows import FollowUpBasis, FollowUpResult
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Person
from hilfefrei.core import follow_up
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months


@verb(FollowUp)
def record_follow_up(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    result: FollowUpResult,
    fact_id: UUID | None = None,
    entry_id: UUID | None = None,
    ended_on: date | None = None,
    next_on: date | None = None,
    note: str = "",
    op: UUID | None = None,
) -> FollowUp:
    """Keep what came of the question that is due after a start of work (``fact_id``) or an end of ViA (``entry_id``).

    Refused where nothing is due or nothing carries it (§ 16g (2) SGB II for six months after work began, else consent). Work
    that is over gets its last day, so that no figure counts it any longer.
    """
    require(policy.may(actor, "follow_up"))
    person = locked(Person, person_id)
    day = berlin_day(at)
    anchor = queries.anchor_of(person, fact_id=fact_id, entry_id=entry_id)
    if anchor is None:
        raise Refused("Diese Arbeit oder dieses Ende von ViA gilt nicht mehr. Bitte laden Sie die Seite neu.", code="gone")
    due = queries.next_of(person.may_follow_up, anchor, day)
    if due is None:
        raise Refused(
            "Dafür fehlt die Grundlage: Sechs Monate nach Arbeitsbeginn trägt § 16g Abs. 2 SGB II, danach nur die Einwilligung der Person.",
            code="no_basis",
        )
    if due.due_on > day + queries.AHEAD:
        raise Refused("Die nächste Nachfrage ist noch nicht fällig.", code="not_due")
    if result == FollowUpResult.ENDED and anchor.fact_id is not None:
        if ended_on is None:
            raise Refused("Bitte eintragen, bis wann die Arbeit ging.", code="ended_on", field="ended_on")
        if not anchor.start <= ended_on <= day:
            raise Refused("Das Ende liegt vor dem Beginn oder in der Zukunft. Bitte prüfen Sie den Tag.", code="ended_on", field="ended_on")
    if result == FollowUpResult.NOT_REACHED and (next_on is None or not day < next_on <= add_months(day, 2)):
        raise Refused("Bitte eintragen, wann wir es wieder versuchen: ein Tag in den nächsten zwei Monaten.", code="next_on", field="next_on")
    if result == FollowUpResult.HELP and not note.strip():
        raise Refused("Bitte schreiben Sie in einem Satz, welche Hilfe gebraucht wird.", code="note", field="note")
    made = FollowUp.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        fact_id=fact_id,
        entry_id=entry_id,
        months=due.months,
        basis=FollowUpBasis.AFTER_CARE if due.by_law else FollowUpBasis.CONSENT,
        result=result,
        ended_on=ended_on if result == FollowUpResult.ENDED else None,
        next_on=next_on if result == FollowUpResult.NOT_REACHED else None,
        note=note.strip()[:200],
        at=at,
        by_id=actor.id,
    )
    ledger.event("follow_up.recorded", made, subject=person.pk, months=made.months, result=result, basis=made.basis, note=made.note)
    if made.ended_on is not None and anchor.fact_id is not None:
        fact = locked(Fact, anchor.fact_id)
        if fact.until is None:
            fact.until = made.ended_on
            fact.save(update_fields=["until"])
            ledger.event("fact.ended", fact, subject=person.pk, until=made.ended_on)
    return made


@verb(FollowUp)
def revoke_follow_up(
    ledger: Ledger, *, actor: Actor, at: datetime, follow_up_id: UUID, reason: str, op: UUID | None = None
) -> FollowUp:
    """Take a wrong note back: the question is due again, and work that it ended goes on."""
    require(policy.may(actor, "follow_up"))
    made = locked(FollowUp, follow_up_id)
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, was nicht stimmt.", code="reason", field="reason")
    if made.revoked_at is not None:
        return made
    made.revoked_at, made.revoked_reason = at, reason.strip()[:200]
    made.save(update_fields=["revoked_at", "revoked_reason"])
    ledger.event("follow_up.revoked", made, subject=made.person_id, reason=made.revoked_reason)
    if made.ended_on is not None and made.fact_id is not None:
        fact = locked(Fact, made.fact_id)
        if fact.until == made.ended_on:
            fact.until = None
            fact.save(update_fields=["until"])
            ledger.event("fact.goes_on", fact, subject=made.person_id)
    return made


def asked_until(entry: Entry, ended_on: date) -> date | None:
    """Until when the team sees somebody who may be asked later with consent; None without one.

    Inside :func:`hilfefrei.apps.intake.domain.entry.end_via`: without this nobody could see whom to call.
    """
    if not entry.person.may_follow_up or entry.end_kind not in queries.FOLLOWED_ENDS:
        return None
    return add_months(ended_on, max(follow_up.MONTHS)) + follow_up.LAPSES
