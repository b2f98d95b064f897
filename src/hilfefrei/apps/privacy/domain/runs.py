"""A retention run: asked for and looked at with two eyes, released with two others."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.privacy import due, policy
from hilfefrei.apps.privacy.models import RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import ItemState, RunState
from hilfefrei.core.days import berlin_day

# So long a list that was looked at may be released; then it is calculated anew.
GOOD_FOR = timedelta(days=30)


@verb(RetentionRun)
def ask(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> RetentionRun:
    """Let the worker calculate what is over. Nothing is deleted by this."""
    require(policy.may_ask_run(actor))
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(jobcenter_id=actor.jobcenter_id, asked_by_id=actor.id, asked_at=at)
    except IntegrityError:
        raise Refused("Es läuft schon ein Löschlauf. Bitte geben Sie ihn frei oder verwerfen Sie ihn zuerst.", code="open") from None
    ledger.event("retention.asked", run)
    return run


@verb(RetentionRun)
def store(
    ledger: Ledger, *, actor: Actor, at: datetime, run_id: UUID, day: date, plans: Sequence[due.Plan], begun: str = "", reached: str = "",
    whole: bool = True, op: UUID | None = None,
) -> RetentionRun:
    """Keep what a stretch of the dry run found: by household, and by period and table for the page; ``whole``: it was the last.

    A stretch that does not begin where the run stands (``begun``), because somebody else has calculated it too, is left out.
    """
    run = locked(RetentionRun, run_id)
    if run.state != RunState.ASKED or run.reached != begun:
        return run
    counts = {retention: dict(tables) for retention, tables in run.counts.items()}
    held = dict(run.held)
    items = []
    for plan in plans:
        if plan.held:
            held[plan.held] = held.get(plan.held, 0) + len(plan.persons)
            continue
        for retention, tables in plan.counts.items():
            sums = counts.setdefault(retention, {})
            for table, count in tables.items():
                sums[table] = sums.get(table, 0) + count
        items.append(
            RetentionItem(jobcenter_id=actor.jobcenter_id, run=run, person_ids=sorted(str(one) for one in plan.persons), counts=plan.counts)
        )
    RetentionItem.objects.bulk_create(items, batch_size=500)
    run.as_of, run.reached, run.counts, run.held = day, reached, counts, held
    run.version += 1
    if whole:
        run.state, run.checked_at = RunState.CHECKED, at
        ledger.event("retention.checked", run, households=run.items.count())
    run.save()
    return run


@verb(RetentionRun)
def release(ledger: Ledger, *, actor: Actor, at: datetime, run_id: UUID, version: int | None = None, op: UUID | None = None) -> RetentionRun:
    """Release what was looked at: never the one who asked, never an old list."""
    require(policy.may_release_run(actor))
    run = locked(RetentionRun, run_id, version=version)
    if run.state != RunState.CHECKED:
        raise Refused("Dieser Löschlauf wartet nicht auf Freigabe.", code="state")
    if run.asked_by_id == actor.id:
        raise Refused("Vier Augen: Wer den Probelauf veranlasst hat, gibt ihn nicht frei. Bitte eine zweite Person.", code="same_person")
    if run.checked_at is None or at - run.checked_at > GOOD_FOR:
        raise Refused("Der Probelauf ist älter als 30 Tage. Bitte verwerfen und neu rechnen lassen.", code="old")
    run.state, run.answered_by_id, run.answered_at = RunState.RELEASED, actor.id, at
    run.version += 1
    run.save()
    ledger.event("retention.released", run, as_of=run.as_of)
    return run


@verb(RetentionRun)
def discard(ledger: Ledger, *, actor: Actor, at: datetime, run_id: UUID, answer: str = "", op: UUID | None = None) -> RetentionRun:
    """Do not delete: either side may, with a reason. What is released goes on."""
    require(policy.may_see_runs(actor))
    run = locked(RetentionRun, run_id)
    if run.state not in {RunState.ASKED, RunState.CHECKED}:
        raise Refused("Dieser Löschlauf lässt sich nicht mehr verwerfen.", code="state")
    if not answer.strip():
        raise Refused("Bitte schreiben Sie kurz, warum nicht.", code="answer", field="answer")
    run.state, run.answered_by_id, run.answered_at, run.answer = RunState.DISCARDED, actor.id, at, answer.strip()[:300]
    run.version += 1
    run.save()
    run.items.all().delete()
    ledger.event("retention.discarded", run, answer=run.answer)
    return run


@verb(RetentionRun)
def finish(ledger: Ledger, *, actor: Actor, at: datetime, run_id: UUID, op: UUID | None = None) -> RetentionRun:
    """Everything of the run is done or kept; who was in it is not needed any more for what is gone."""
    run = locked(RetentionRun, run_id)
    if run.state == RunState.RELEASED and not run.items.filter(state=ItemState.OPEN).exists():
        run.state, run.done_at = RunState.DONE, at
        run.version += 1
        run.save()
        kept = run.items.filter(state=ItemState.KEPT).count()
        ledger.event("retention.done", run, kept=kept)
    return run


def as_of(at: datetime) -> date:
    """The day on which periods are looked at."""
    return berlin_day(at)
