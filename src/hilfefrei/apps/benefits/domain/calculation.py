"""Verbs on what a calculation rests on: facts that somebody hands in, and the claims that follow from them month by month.

Nothing is overwritten (rule 5). Facts are a further version; each month they decide is worked out by the law of its first day and kept
with facts, law and lines. What the paying system pays is its own; this is advice that can be worked out again.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused, Stale
from hilfefrei.apps.benefits import policy
from hilfefrei.apps.benefits.calculated import in_force
from hilfefrei.apps.benefits.models import Basis, Calculation
from hilfefrei.apps.benefits.queries import current_of
from hilfefrei.apps.benefits.workflows import FactSource
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import BenefitUnit, Membership, Person
from hilfefrei.apps.people.queries import first_of
from hilfefrei.core import claim_sheet
from hilfefrei.core.days import berlin_day
from hilfefrei.core.law import HouseholdError, UnknownDayError, from_json, parameters
from hilfefrei.core.law.explain import explain
from hilfefrei.core.periods import add_months

# As long as a benefit that was wrong is looked into at the most (§ 50 (4) SGB X), and a little more.
MOST_MONTHS: Final = 60
PROTECTED: Final = "In diesem Haushalt ist jemand geschützt. Angaben nimmt auf, wer dort genannt ist."
IN_BETWEEN: Final = "Gerade hat jemand andere Angaben zu diesem Haushalt übernommen. Bitte vergleichen Sie. Ihre Eingaben sind noch da."


@verb(Basis)
def keep_basis(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    household: Mapping[str, Any],
    valid_from: date,
    source: FactSource,
    valid_to: date | None = None,
    source_detail: str = "",
    version: int | None = None,
    op: UUID | None = None,
) -> Basis:
    """Take over as facts of the unit what somebody hands in, and work out the months that it decides.

    ``household`` is what :func:`hilfefrei.core.law.from_json` reads, for any day; ``valid_from`` and ``valid_to`` are meant as whole
    months. ``version`` is the number of the facts that were shown (0: none).

    Raises:
        Stale: other facts were taken over in between.
        Refused: a household that cannot be (``household``, field = where), a period before the law we know (``valid_from``) or one
            that ends before it begins (``period``), somebody protected in the unit (``protected``).
    """
    require(policy.may_keep_basis(actor))
    person = locked(Person, person_id)
    first, last = _period(valid_from, valid_to)
    facts = {name: value for name, value in household.items() if name != "as_of"}
    _check(facts, first)
    unit = _unit(actor, at, person, berlin_day(at))
    # Two who hand in at once: the second waits here and then sees the first.
    locked(BenefitUnit, unit.pk)
    held = Basis.objects.filter(benefit_unit=unit).order_by("-number").first()
    number = held.number if held else 0
    if held is not None and version is not None and version != number:
        raise Stale(held, IN_BETWEEN)
    application = current_of(person)
    if application is not None and application.benefit_unit_id != unit.pk:
        application = None
    since = min(first, application.effect_from) if application is not None else first
    # Left open, the first year in the dwelling would begin anew with every month (§ 22 (1)).
    housing = dict(facts.get("housing", {}))
    housing.setdefault("benefits_since", since.isoformat())
    basis = Basis.objects.create(
        jobcenter_id=actor.jobcenter_id,
        benefit_unit=unit,
        application=application,
        number=number + 1,
        household=facts | {"housing": housing},
        valid_from=first,
        valid_to=last,
        source=source,
        source_detail=source_detail.strip()[:120],
        recorded_at=at,
        recorded_by_id=actor.id if actor.kind == "user" else None,
    )
    made = _work_out(actor, at, unit, _months(basis, at))
    ledger.event("basis.kept", basis, subject=person.pk, number=basis.number, valid_from=first, valid_to=last, months=made)
    return basis


@verb(Basis)
def revoke_basis(ledger: Ledger, *, actor: Actor, at: datetime, basis_id: UUID, reason: str, op: UUID | None = None) -> Basis:
    """Facts were taken over by mistake: they count no more, and stay to be seen. What counted before counts again."""
    require(policy.may_keep_basis(actor))
    basis = locked(Basis, basis_id)
    if not reason.strip():
        raise Refused("Bitte sagen Sie kurz, warum.", code="reason", field="reason")
    if basis.revoked_at is not None:
        return basis
    locked(BenefitUnit, basis.benefit_unit_id)
    basis.revoked_at, basis.revoked_reason = at, reason.strip()[:200]
    basis.save(update_fields=["revoked_at", "revoked_reason"])
    made = _work_out(actor, at, basis.benefit_unit, _months(basis, at))
    ledger.event("basis.revoked", basis, number=basis.number, reason=basis.revoked_reason, months=made)
    return basis


def _period(valid_from: date, valid_to: date | None) -> tuple[date, date | None]:
    first = valid_from.replace(day=1)
    last = None if valid_to is None else _end(valid_to)
    if last is not None and last < first:
        raise Refused("Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Tage.", code="period", field="valid_to")
    return first, last


def _end(day: date) -> date:
    return date.fromordinal(add_months(day.replace(day=1), 1).toordinal() - 1)


def _check(facts: Mapping[str, Any], first: date) -> None:
    known = parameters.shipped()
    if first < known.first_day:
        raise Refused(
            f"Das Recht vor dem {known.first_day:%d.%m.%Y} kennen wir nicht. Bitte beginnen Sie frühestens dort.", code="law", field="valid_from"
        )
    try:
        from_json(facts, day=first)
    except HouseholdError as error:
        problem = error.problems[0]
        raise Refused(problem.reason, code="household", field=problem.field) from error


def _unit(actor: Actor, at: datetime, person: Person, day: date) -> BenefitUnit:
    shown = first_of(people_policy.memberships_shown(actor, person, day))
    if shown is None:
        return people.open_unit(actor=actor, at=at, applicant_id=person.pk, valid_from=day)
    lived = set(Membership.objects.filter(benefit_unit=shown.benefit_unit_id).order_by().values_list("person", flat=True))
    if people_policy.hidden_from(actor, lived, day):
        raise Refused(PROTECTED, code="protected")
    return BenefitUnit.objects.get(pk=shown.benefit_unit_id)


def _months(basis: Basis, at: datetime) -> list[date]:
    """The months that the facts may decide: up to this one, or the first of a period to come; as far as the law is known."""
    known = parameters.shipped()
    until = min(max(berlin_day(at), basis.valid_from), known.last_day, basis.valid_to or date.max)
    return list(_firsts(basis.valid_from, until))[-MOST_MONTHS:]


def _firsts(first: date, until: date) -> Iterator[date]:
    while first <= until:
        yield first
        first = add_months(first, 1)


def _work_out(actor: Actor, at: datetime, unit: BenefitUnit, months: list[date]) -> int:
    """Keep the claims of months from the facts in force, where they are not kept already; how many were made."""
    bases = list(Basis.objects.filter(benefit_unit=unit).order_by("number"))
    there = set(Calculation.objects.filter(basis__benefit_unit=unit).order_by().values_list("basis", "month", "law_sum"))
    last = Calculation.objects.filter(basis__benefit_unit=unit).order_by("-number").values_list("number", flat=True).first() or 0
    rows: list[Calculation] = []
    for month in months:
        basis = in_force(bases, month)
        if basis is None:
            continue
        law = claim_sheet.fingerprint(month)
        if (basis.pk, month, law) in there:
            continue
        rows.append(_calculation(actor, at, basis, month, law, last + len(rows) + 1))
    Calculation.objects.bulk_create(rows)
    return len(rows)


def _calculation(actor: Actor, at: datetime, basis: Basis, month: date, law: str, number: int) -> Calculation:
    try:
        household = from_json(basis.household, day=month)
    except (HouseholdError, UnknownDayError) as error:
        raise Refused(f"{month:%m/%Y} lässt sich damit nicht rechnen: {error}", code="household") from error
    explained = explain(household)
    units = zip(explained.result.units, explained.steps, strict=True)
    first = household.persons[0].id
    mine, steps = next((one, lines) for one, lines in units if any(person.id == first for person in one.persons))
    return Calculation(
        jobcenter_id=actor.jobcenter_id,
        basis=basis,
        number=number,
        month=month,
        law_state=explained.result.state,
        law_sum=law,
        benefit=explained.result.benefit,
        claim_cents=mine.claim,
        supplement_cents=mine.supplement if mine.claim else 0,
        result=claim_sheet.unit_to_json(mine),
        steps=claim_sheet.steps_to_json(steps),
        calculated_at=at,
    )
