"""Verbs on the county's limits for housing. No second pair of eyes, but a reason where a table is corrected."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import require_fit
from hilfefrei.apps.benefits import policy
from hilfefrei.apps.benefits.housing import TableError, read_csv
from hilfefrei.apps.benefits.models import HousingLimits
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.core.days import format_day
from hilfefrei.core.law.household import MOST, MOST_PERSONS

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@verb(HousingLimits)
def save_housing_limits(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    valid_from: date,
    cold_cents: Sequence[int],
    heating_cents: Sequence[int] = (),
    source: str,
    reason: str = "",
    op: UUID | None = None,
) -> HousingLimits:
    """Record the limits from ``valid_from`` on. Where there is a table of that day it is corrected, which takes a reason.

    Amounts in cents for units of 1, 2, 3 … persons, the last one for all larger. No heating: actual costs are recognised.
    """
    require(policy.may_keep_housing_limits(actor))
    source, reason = source.strip(), reason.strip()
    _check(cold_cents, heating_cents, source)
    # One after another: two tables of a day would both count.
    locked(Jobcenter.objects.all(), actor.jobcenter_id)
    before = HousingLimits.objects.filter(valid_from=valid_from, replaced_at=None).first()
    if before is not None:
        if (before.cold_cents, before.heating_cents, before.source) == (list(cold_cents), list(heating_cents), source):
            return before
        if not reason:
            raise Refused(
                f"Für den {format_day(valid_from, year=True)} gibt es schon eine Tabelle. Bitte schreiben Sie, warum sie berichtigt wird.",
                code="reason",
                field="reason",
            )
        before.replaced_at = at
        before.save(update_fields=["replaced_at"])
    made = HousingLimits(
        jobcenter_id=actor.jobcenter_id,
        valid_from=valid_from,
        cold_cents=list(cold_cents),
        heating_cents=list(heating_cents),
        source=source,
        reason=reason if before is not None else "",
        recorded_at=at,
        recorded_by_id=actor.id if actor.kind == "user" else None,
    )
    require_fit(made)
    made.save()
    ledger.event(
        "housing_limits.corrected" if before is not None else "housing_limits.recorded",
        made,
        valid_from=valid_from,
        cold_cents=list(cold_cents),
        heating_cents=list(heating_cents),
        source=source,
        reason=made.reason,
        before=before.pk if before is not None else None,
    )
    return made


def _check(cold: Sequence[int], heating: Sequence[int], source: str) -> None:
    if not 0 < len(cold) <= MOST_PERSONS:
        raise Refused("Bitte mindestens den Betrag für eine Person eintragen.", code="cold", field="cold_1")
    if heating and len(heating) != len(cold):
        raise Refused("Heizung bitte für ebenso viele Größen eintragen wie die Bruttokaltmiete, oder gar nicht.", code="heating", field="heating_1")
    if any(not 0 < one <= MOST * 100 for one in (*cold, *heating)):
        raise Refused("Jede Grenze liegt über null Euro.", code="amount", field="cold_1")
    if any(later < earlier for row in (cold, heating) for earlier, later in pairwise(row)):
        raise Refused("Für mehr Personen ist der Betrag kleiner als für weniger. Bitte prüfen Sie die Reihenfolge.", code="order", field="cold_1")
    if not source:
        raise Refused("Bitte schreiben Sie, woher die Beträge sind: Beschluss, Satzung oder Gutachten mit Datum.", code="source", field="source")
    if source.startswith(FORMULA):
        raise Refused("Die Quelle beginnt mit einem Zeichen, das eine Tabelle für eine Formel hält.", code="formula", field="source")


@verb(HousingLimits)
def import_housing_limits(ledger: Ledger, *, actor: Actor, at: datetime, content: bytes, reason: str = "", op: UUID | None = None) -> HousingLimits:
    """Record all tables of a CSV file, or none; one that is already so stays. Gives the latest of them."""
    require(policy.may_keep_housing_limits(actor))
    try:
        tables = read_csv(content)
    except TableError as error:
        raise Refused(" ".join(error.reasons[:5]), code="file", field="file") from error
    made = [
        save_housing_limits(
            actor=actor, at=at, valid_from=one.valid_from, cold_cents=one.cold, heating_cents=one.heating, source=one.source, reason=reason
        )
        for one in tables
    ]
    return made[-1]
