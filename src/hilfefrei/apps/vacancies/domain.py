"""Verbs on vacancies of the own employer service."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import policy
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.queries import locate, search_text
from hilfefrei.apps.vacancies.workflows import Source, VacancyState, WageUnit
from hilfefrei.core.matching.wages import normalise_wage

OWN_FIELDS = (
    "title", "occupation", "employer", "plz", "place", "street", "full_time", "part_time", "hours_min", "hours_max",
    "starts_at", "ends_at", "weekend", "night_or_shift", "heavy_lifting", "licence", "career_changers", "fixed_term", "seats",
    "starts_on", "expires_on", "contact", "remarks",
)


def set_wage(vacancy: Vacancy, unit: str, low: int | None, high: int | None) -> None:
    """Put a stated wage in order: unit repaired by the rule, month worked out where the hours are known."""
    wage = normalise_wage(
        unit,
        low=low,
        high=high,
        hours_low=float(vacancy.hours_min) if vacancy.hours_min is not None else None,
        hours_high=float(vacancy.hours_max) if vacancy.hours_max is not None else None,
        full_time=True if vacancy.full_time and not vacancy.part_time else None,
    )
    vacancy.wage_unit = WageUnit(wage.unit) if wage.unit else WageUnit.NONE
    vacancy.wage_low_cents = low if wage.unit else None
    vacancy.wage_high_cents = high if wage.unit else None
    vacancy.month_low_cents, vacancy.month_high_cents = wage.monthly or (None, None)
    vacancy.wage_repaired = wage.repaired
    vacancy.wage_note = wage.reason[:200]


@verb(Vacancy)
def save_own(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    values: dict[str, Any],
    wage_unit: str = "",
    wage_low: int | None = None,
    wage_high: int | None = None,
    vacancy_id: UUID | None = None,
    version: int | None = None,
    op: UUID | None = None,
) -> Vacancy:
    """Take up a vacancy an employer told us, or change one of ours. What is not stated stays open."""
    require(policy.may_edit(actor))
    if vacancy_id is None:
        vacancy = Vacancy(
            id=uuid4(),
            jobcenter_id=actor.jobcenter_id,
            source=Source.OWN,
            reference=f"E-{uuid4().hex[:10]}",
            created_at=at,
            changed_at=at,
            published_on=at.date(),
            version=0,
        )
    else:
        vacancy = locked(Vacancy, vacancy_id, version=version)
        if vacancy.source != Source.OWN:
            raise Refused("Diese Stelle kommt aus einer Lieferung und wird dort geändert.", code="foreign")
    for key in OWN_FIELDS:
        if key in values:
            setattr(vacancy, key, values[key])
    if not vacancy.title.strip():
        raise Refused("Bitte einen Titel eintragen.", code="title", field="title")
    if vacancy.hours_min and vacancy.hours_max and vacancy.hours_min > vacancy.hours_max:
        raise Refused("Höchstens ist weniger als mindestens. Bitte prüfen Sie die Stunden.", code="hours", field="hours_max")
    if vacancy.expires_on and vacancy.expires_on < at.date():
        raise Refused("Diese Stelle wäre schon abgelaufen. Bitte prüfen Sie den Tag.", code="expired", field="expires_on")
    where = locate(vacancy.plz, vacancy.place)
    vacancy.lat, vacancy.lon = where or (None, None)
    set_wage(vacancy, wage_unit, wage_low, wage_high)
    vacancy.search_text = search_text(vacancy)
    vacancy.changed_at = at
    vacancy.version += 1
    vacancy.save()
    ledger.event("vacancy.saved", vacancy, title=vacancy.title, employer=vacancy.employer, place=vacancy.place)
    return vacancy


@verb(Vacancy)
def set_state(
    ledger: Ledger, *, actor: Actor, at: datetime, vacancy_id: UUID, state: VacancyState, op: UUID | None = None
) -> Vacancy:
    """Filled, withdrawn or open again."""
    require(policy.may_edit(actor))
    vacancy = locked(Vacancy, vacancy_id)
    if vacancy.state != state:
        vacancy.state = state
        vacancy.changed_at = at
        vacancy.version += 1
        vacancy.save(update_fields=["state", "changed_at", "version"])
        ledger.event("vacancy.state", vacancy, state=state)
    return vacancy
