"""Facts beside application and entry: work, training, other benefits, a claim to Arbeitslosengeld."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.entry import free_seats, move
from hilfefrei.apps.intake.models import Conversation, Entry, Fact
from hilfefrei.apps.intake.workflows import EntryState, FactKind
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Person
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months

FAR = timedelta(days=366)
# What began longer ago is no change any more, a year that begins so is a slip of the pen.
RECENT_MONTHS = 24
# SGB II holds since.
FIRST_DAY = date(2005, 1, 1)
PLANNED = frozenset({FactKind.WORK, FactKind.TRAINING, FactKind.COURSE})


@verb(Fact)
def add_fact(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: FactKind,
    since: date,
    source: str,
    entry_id: UUID | None = None,
    until: date | None = None,
    what: str = "",
    hours: Decimal | None = None,
    gross_cents: int | None = None,
    through_us: bool | None = None,
    vacancy_id: UUID | None = None,
    op: UUID | None = None,
) -> Fact:
    """Note what changed, since when and how we know. It closes neither application nor entry."""
    require(policy.may(actor, "facts"))
    person = locked(Person, person_id)
    if not source.strip():
        raise Refused("Bitte eintragen, woher wir es wissen, zum Beispiel „sagt sie selbst“.", code="source", field="source")
    today = berlin_day(at)
    if since > today and kind not in PLANNED:
        raise Refused("Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum.", code="future", field="since")
    if since > today + FAR:
        raise Refused("Dieser Tag liegt mehr als ein Jahr in der Zukunft.", code="future", field="since")
    if kind in PLANNED and since < add_months(today, -RECENT_MONTHS):
        raise Refused("Dieser Tag liegt mehr als zwei Jahre zurück. Bitte prüfen Sie das Jahr.", code="too_old", field="since")
    if since < FIRST_DAY:
        raise Refused("Dieser Tag liegt vor 2005. Bitte prüfen Sie das Jahr.", code="too_old", field="since")
    if until is not None and until < since:
        raise Refused("Das Ende liegt vor dem Anfang. Bitte prüfen Sie den Zeitraum.", code="period", field="until")
    fact = Fact.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        entry_id=entry_id,
        kind=kind,
        since=since,
        until=until,
        what=what.strip()[:200],
        hours=hours,
        gross_cents=gross_cents,
        through_us=through_us,
        vacancy_id=vacancy_id,
        source=source.strip()[:120],
        recorded_at=at,
        recorded_by_id=actor.id,
    )
    ledger.event("fact.added", fact, subject=person.pk, kind=kind, since=since, what=fact.what, source=fact.source)
    return fact


@verb(Fact)
def revoke_fact(
    ledger: Ledger, *, actor: Actor, at: datetime, fact_id: UUID, reason: str, op: UUID | None = None
) -> Fact:
    """Take a fact back with a reason; it stays to be seen."""
    require(policy.may(actor, "facts"))
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, warum es nicht stimmt.", code="reason", field="reason")
    fact = locked(Fact, fact_id)
    if fact.revoked_at is None:
        fact.revoked_at = at
        fact.revoked_reason = reason.strip()[:200]
        fact.save(update_fields=["revoked_at", "revoked_reason"])
        ledger.event("fact.revoked", fact, subject=fact.person_id, reason=fact.revoked_reason)
    return fact


@verb(Entry)
def refer_to_agency(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    claim_until: date | None,
    note: str,
    source: str = "sagt die Person selbst",
    op: UUID | None = None,
) -> Entry:
    """Somebody with a claim to Arbeitslosengeld gets integration from the Agentur (§ 5(4) SGB II).

    Referred with a note and counted apart; seats still to come go to others. The application for a top-up stays as it is.
    """
    entry = locked(Entry, entry_id)
    if not note.strip():
        raise Refused(
            "Bitte schreiben Sie, was die Agentur wissen soll. Die Person bekommt den Satz mit.", code="note", field="note"
        )
    add_fact(
        actor=actor,
        at=at,
        person_id=entry.person_id,
        entry_id=entry.pk,
        kind=FactKind.ALG_CLAIM,
        since=berlin_day(at),
        until=claim_until,
        what=note,
        source=source,
    )
    move(ledger, entry, EntryState.REFERRED, note=note.strip())
    entry.resume_at = None
    entry.save(update_fields=["state", "state_since", "version", "resume_at"])
    free_seats(ledger, entry, at)
    Conversation.objects.filter(entry=entry, finished_at=None).update(finished_at=at)
    return entry
