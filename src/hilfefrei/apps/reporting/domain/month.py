"""Closing a month keeps what was told; what the data say later comes in only as a correction with who and why."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.apps.reporting.queries import month as queries
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.core.indicators import definitions
from hilfefrei.core.indicators.definitions import Value
from hilfefrei.core.indicators.month import closable_from
from hilfefrei.core.indicators.words import month_name
from hilfefrei.core.periods import first_of_month, last_of_month


def _row(closing: MonthClosing, value: Value, *, actor: Actor, at: datetime, state: date, reason: str = "") -> MonthFigure:
    return MonthFigure(
        jobcenter_id=actor.jobcenter_id,
        closing=closing,
        code=value.code,
        part=value.part,
        value=value.value,
        numerator=value.numerator,
        denominator=value.denominator,
        as_of=last_of_month(closing.month),
        data_state=state,
        definition=definitions.load().version,
        told_at=at,
        told_by_id=actor.id if actor.kind == "user" else None,
        reason=reason,
    )


def _not_closed(first: date) -> None:
    held = MonthClosing.objects.filter(month=first).select_related("closed_by").first()
    if held is not None:
        who = held.closed_by.get_full_name() if held.closed_by else "Hilfefrei"
        raise Refused(
            f"{month_name(first)} ist schon abgeschlossen: {who}, {format_moment(held.closed_at, year=True)} Uhr. Es gelten die Zahlen von da; "
            "was die Daten seither anders sagen, lässt sich berichtigen.",
            code="closed",
        )


@verb(MonthClosing)
def close_month(ledger: Ledger, *, actor: Actor, at: datetime, month: date, op: UUID | None = None) -> MonthClosing:
    """Keep the figures of a month that is over, once its exits are certain (data of eight days after its end)."""
    require(policy.may(actor, "close_month"))
    first = first_of_month(month)
    if last_of_month(first) >= berlin_day(at):
        raise Refused(f"{month_name(first)} ist noch nicht zu Ende.", code="not_over")
    state = queries.data_state()
    if state is None:
        raise Refused("Es gibt noch keine Lieferung des zahlenden Verfahrens. Ohne sie lässt sich kein Monat abschließen.", code="no_delivery")
    if state < closable_from(first):
        raise Refused(
            f"Die Daten stehen auf dem {format_day(state, year=True, weekday=False)}. Abgänge im {month_name(first)} sind erst mit Daten vom "
            f"{format_day(closable_from(first), year=True, weekday=False)} sicher. Bitte die nächste Lieferung abwarten.",
            code="too_early",
        )
    _not_closed(first)
    if first not in queries.all_months(at):
        raise Refused("Dieser Monat liegt zu weit zurück.", code="too_old")
    # Before the row is written: whoever closes the same month must not wait at its unique key while we count.
    values = queries.fresh(actor.jobcenter_id, first, at)
    try:
        with transaction.atomic():
            closing = MonthClosing.objects.create(
                jobcenter_id=actor.jobcenter_id,
                month=first,
                data_state=state,
                definition=definitions.load().version,
                closed_at=at,
                closed_by_id=actor.id if actor.kind == "user" else None,
            )
    except IntegrityError:
        # Somebody else closed it while we waited for the unique key.
        _not_closed(first)
        raise
    MonthFigure.objects.bulk_create(_row(closing, value, actor=actor, at=at, state=state) for value in values)
    ledger.event("month.closed", closing, month=first, data_state=state, figures=len(values))
    return closing


@verb(MonthClosing)
def correct_month(
    ledger: Ledger, *, actor: Actor, at: datetime, closing_id: UUID, reason: str, version: int | None = None, op: UUID | None = None
) -> MonthClosing:
    """Take over what the data say of a closed month by now. Old and new value stay to be seen, with who and why."""
    require(policy.may(actor, "close_month"))
    if not reason.strip():
        raise Refused("Bitte schreiben Sie in einem Satz, was sich warum geändert hat.", code="reason", field="reason")
    closing = locked(MonthClosing, closing_id, version=version)
    state = queries.data_state() or closing.data_state
    values = queries.fresh(actor.jobcenter_id, closing.month, at)
    changed = queries.late(actor.jobcenter_id, closing, at, values)
    known = set(MonthFigure.objects.filter(closing=closing).order_by("id").values_list("code", "part"))
    added = [value for value in values if (value.code, value.part) not in known]
    if not changed and not added:
        raise Refused("Die Daten sagen über diesen Monat dasselbe wie bei Abschluss.", code="same")
    for change in changed:
        MonthFigure.objects.filter(closing=closing, code=change.code, part=change.part, replaced_at=None).update(replaced_at=at)
    rows = [change.new for change in changed] + added
    MonthFigure.objects.bulk_create(_row(closing, value, actor=actor, at=at, state=state, reason=reason.strip()[:300]) for value in rows)
    closing.version += 1
    closing.save(update_fields=["version"])
    ledger.event("month.corrected", closing, figures=sorted({value.code for value in rows}), reason=reason.strip()[:300])
    return closing
