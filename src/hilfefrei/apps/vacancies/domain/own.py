"""Verbs on single vacancies: those of the own employer service, and what staff learn about any of them."""

from datetime import datetime
from decimal import Decimal
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
from hilfefrei.core.days import berlin_day
from hilfefrei.core.matching.wages import FULL_TIME_RANGE, Wage, normalise_wage

OWN_FIELDS = (
    "title", "occupation", "employer", "plz", "place", "street", "full_time", "part_time", "hours_min", "hours_max",
    "starts_at", "ends_at", "weekend", "night_or_shift", "mini_job", "heavy_lifting", "long_standing", "licence", "german_level",
    "career_changers", "temporary_work", "fixed_term", "training", "seats", "starts_on", "expires_on", "contact", "url", "remarks",
)  # fmt: skip
# From so many weekly hours a vacancy counts as full time.
FULL_TIME_FROM = Decimal(str(FULL_TIME_RANGE[0]))


def wage_values(wage: Wage) -> dict[str, Any]:
    """The columns of a wage that was put in order: as stated, by hour and by month, and what was repaired."""
    low, high = wage.stated or (None, None)
    hour_low, hour_high = wage.hourly or (None, None)
    month_low, month_high = wage.monthly or (None, None)
    return {
        "wage_unit": wage.unit or WageUnit.NONE.value,
        "wage_low_cents": low,
        "wage_high_cents": high,
        "hour_low_cents": hour_low,
        "hour_high_cents": hour_high,
        "month_low_cents": month_low,
        "month_high_cents": month_high,
        "wage_repaired": wage.repaired,
        "wage_note": wage.reason[:200],
    }


def set_wage(vacancy: Vacancy, unit: str, low: int | None, high: int | None) -> None:
    """Put a stated wage in order: unit repaired by the rule, month worked out where the hours are known."""
    wage = normalise_wage(
        unit,
        low=low,
        high=high,
        hours_low=float(vacancy.hours_min) if vacancy.hours_min is not None else None,
        hours_high=float(vacancy.hours_max) if vacancy.hours_max is not None else None,
        full_time=True if vacancy.full_time and not vacancy.part_time else None,
        mini_job=vacancy.mini_job,
    )
    for name, value in wage_values(wage).items():
        setattr(vacancy, name, value)


def _set_working_time(vacancy: Vacancy) -> None:
    """Full and part time follow from the hours where they are stated."""
    low, high = vacancy.hours_min or vacancy.hours_max, vacancy.hours_max or vacancy.hours_min
    if low is not None and high is not None:
        vacancy.full_time, vacancy.part_time = high >= FULL_TIME_FROM, low < FULL_TIME_FROM


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
            published_on=berlin_day(at),
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
    if not (vacancy.place.strip() or vacancy.plz):
        raise Refused("Bitte einen Ort eintragen. Ohne Ort lässt sich kein Weg berechnen.", code="place", field="place")
    if vacancy.hours_min and vacancy.hours_max and vacancy.hours_min > vacancy.hours_max:
        raise Refused("Höchstens ist weniger als mindestens. Bitte prüfen Sie die Stunden.", code="hours", field="hours_max")
    if vacancy.expires_on and vacancy.expires_on < berlin_day(at):
        raise Refused("Diese Stelle wäre schon abgelaufen. Bitte prüfen Sie den Tag.", code="expired", field="expires_on")
    if (wage_low or wage_high) and not wage_unit:
        raise Refused("Gilt der Lohn je Stunde, im Monat oder im Jahr?", code="wage_unit", field="wage_unit")
    if vacancy.state == VacancyState.EXPIRED:
        vacancy.state = VacancyState.OPEN
    vacancy.lat, vacancy.lon = locate(vacancy.plz, vacancy.place) or (None, None)
    _set_working_time(vacancy)
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
    """Filled, withdrawn or open again. A delivered vacancy can be filled (we asked); withdrawing is its deliverer's."""
    require(policy.may_edit(actor))
    vacancy = locked(Vacancy, vacancy_id)
    if state == VacancyState.EXPIRED or (state == VacancyState.WITHDRAWN and vacancy.source not in {Source.OWN, Source.DEMO}):
        raise Refused("Diese Stelle kommt aus einer Lieferung und wird dort zurückgezogen.", code="foreign")
    if state == VacancyState.OPEN and vacancy.expires_on and vacancy.expires_on < berlin_day(at):
        raise Refused("Diese Stelle ist abgelaufen. Bitte ändern Sie zuerst den Tag.", code="expired")
    if vacancy.state != state:
        before, vacancy.state = vacancy.state, state
        vacancy.changed_at = at
        vacancy.version += 1
        vacancy.save(update_fields=["state", "changed_at", "version"])
        ledger.event("vacancy.state", vacancy, state=state, before=before)
    return vacancy
