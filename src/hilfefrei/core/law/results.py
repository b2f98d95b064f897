"""One household worked out to the end: who gets what from whom, as figures to show, to store and to explain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from hilfefrei.core import federal_share
from hilfefrei.core.law import parameters
from hilfefrei.core.law.arithmetic import times
from hilfefrei.core.law.claim import Claim, Shares, claim, shares
from hilfefrei.core.law.columns import Batch, columns
from hilfefrei.core.law.household import Household
from hilfefrei.core.law.income import is_young_in_education
from hilfefrei.core.law.parameters import Parameters
from hilfefrei.core.law.priority import Others, others
from hilfefrei.core.law.reductions import Reduced, reduced

# What the benefit is called on sheets (§ 65a (4): authorities may say the old name until the end of 2026, we say the new one).
NAMES: Final = {"alg2": "Arbeitslosengeld II", "buergergeld": "Bürgergeld", "grundsicherungsgeld": "Grundsicherungsgeld"}


@dataclass(frozen=True, slots=True)
class PersonResult:
    """Figures of a person in cents per month; see :class:`UnitResult`."""

    id: str
    member: bool
    age: int
    stage: int
    standard: int
    additional: dict[str, int]
    housing: int
    need: int
    gross: int
    net: int
    tax: int
    contributions: int
    base: int
    bands: int
    # Where the last band ends, and whether the first one is left out (§ 11b (3) s. 3 and 4).
    last_band: int
    no_first_band: bool
    earned: int
    other: int
    lump: int
    titled: int
    income: int
    child_benefit: int
    child_benefit_used: int
    child_benefit_passed: int
    own: int
    share: int
    claim: int
    living: int
    housing_claim: int
    supplement: int
    reduction: int
    payment: int
    schooling: int


@dataclass(frozen=True, slots=True)
class UnitResult:
    """Figures of a benefit unit in cents per month.

    ``claim`` is the claim of a whole month to living and housing before other benefits are looked at and before reductions; ``paid`` what is paid of it,
    nothing where Wohngeld and Kinderzuschlag end the need (``must_claim``). ``disposable`` is all the unit has in the month then. ``days`` are the days of the
    month with a claim; what is paid is for them. ``insurance`` is what the federation pays for the health and care insurance of those who
    draw the benefit. ``federal`` and ``county`` part what is paid, without insurance, supplement and schooling.
    """

    persons: tuple[PersonResult, ...]
    need: int
    income: int
    claim: int
    living: int
    housing: int
    supplement: int
    schooling: int
    single_payment: int
    reduction: int
    days: int
    paid: int
    # Whether somebody of the unit can claim at all (§ 7 (1)).
    eligible: bool
    asset_excess: int
    housing_benefit: int
    child_supplement: int
    ends_need: bool
    must_claim: bool
    supplement_by_choice: int
    net: int
    disposable: int
    federal: int
    county: int
    insurance: int

    @property
    def is_free(self) -> bool:
        """Free of Grundsicherung by income; Wohngeld and Kinderzuschlag may help."""
        return self.ends_need and not self.asset_excess and self.eligible

    @property
    def lives_from_own_income(self) -> bool:
        """No claim even without Wohngeld and Kinderzuschlag, and not because of assets."""
        return self.claim == 0 and not self.asset_excess and self.eligible


@dataclass(frozen=True, slots=True)
class Result:
    """A household on a day, unit by unit."""

    id: str
    day: date
    state: str
    benefit: str
    units: tuple[UnitResult, ...]


def name_of(state: str) -> str:
    """What the benefit is called in a state of the law."""
    return NAMES[state.split("-", maxsplit=1)[0]]


def claims(households: Iterable[Household], *, known: Parameters | None = None, share_known_on: date | None = None) -> list[Result]:
    """Work households out, whatever their days are; results in their order.

    ``share_known_on``: the federal share of housing as it was known on that day; else the last one known.

    Raises:
        UnknownDayError: the law of a day is not known.
    """
    given = list(households)
    known = known or parameters.shipped()
    by_day: dict[date, list[int]] = {}
    for number, household in enumerate(given):
        by_day.setdefault(household.day, []).append(number)
    found: list[Result | None] = [None] * len(given)
    for day, numbers in by_day.items():
        law = known.on(day)
        worked = work(law, known, [given[number] for number in numbers])
        for number, result in zip(numbers, results_of(law, worked, share_known_on), strict=True):
            found[number] = result
    return [result for result in found if result is not None]


@dataclass(frozen=True, slots=True)
class Worked:
    """Everything about the households of a day, as arrays."""

    batch: Batch
    claim: Claim
    shares: Shares
    others: Others
    reduced: Reduced
    disposable: Any
    net: Any


def work(law: Any, known: Parameters, households: Sequence[Household]) -> Worked:
    """Work households of one day out as arrays."""
    batch = columns(households)
    found = claim(law, batch)
    parts = shares(law, batch, found)
    after = reduced(law, batch, found, parts, known)
    besides = others(law, batch, found)
    money = own_money(batch, found)
    on_top = paid_out(batch, found, besides, after) + single_payment(law, batch, found, besides)
    return Worked(batch, found, parts, besides, after, money + on_top, money)


def own_money(batch: Batch, found: Claim) -> Any:
    """What a unit has without benefits for its need: net wages, other income, child benefit, (U, k)."""
    members, column = found.members, batch.column
    # Child benefit is with whoever draws it, also of a child with a unit of its own.
    drawn = np.zeros_like(members.child_benefit)
    np.add.at(drawn, batch.recipient, members.child_benefit)
    other = column["unearned_gross"] - column["tax_withheld"] - column["insurance_withheld"] + drawn
    rows, varied = members.rows, members.varied
    theirs = None if varied is None else varied.wage.net + other[rows]
    return batch.total_with(members.income.wage.net + other, theirs, rows)


def paid_out(batch: Batch, found: Claim, besides: Others, after: Reduced) -> Any:
    """What comes on top: the claim after reductions with supplement and schooling, or the benefits that go before it."""
    claimed = batch.total(after.payment) + found.supplement + found.schooling
    return np.where((found.total > 0) & ~besides.must_claim, claimed, instead_of(batch, found, besides))


def instead_of(batch: Batch, found: Claim, besides: Others) -> Any:
    """What comes where nothing of the claim is paid: Wohngeld, Kinderzuschlag, education and participation.

    Whoever draws one of the first two has the last one whole, whatever the income is (§ 6b BKGG).
    """
    both = besides.housing_benefit + besides.child_supplement
    schooling = batch.total(np.where(batch.flag["out"], 0, found.needs.schooling))
    return both + np.where(both > 0, schooling, found.schooling + np.where(found.total > 0, 0, found.supplement))


def _insurance(law: Any, batch: Batch, found: Claim, parts: Shares) -> Any:
    """Contributions the federation pays for health and care insurance, per person (§§ 232a, 243, 251 (4) SGB V, § 59 (1) SGB XI).

    For whoever is fit for work and has a claim, and is not insured by a job already.
    """
    base = times(np.asarray(law["recipients.reference"]), law["recipients.base"])
    health = times(base, law["social_insurance.health_rate_reduced"] + law["social_insurance.additional_rate"])
    care = times(base, law["social_insurance.care_rate"])
    insured = found.members.income.wage.contributions.health > 0
    return np.where(batch.flag["elb"] & (parts.claim > 0) & ~insured, health + care, 0)


def single_payment(law: Any, batch: Batch, found: Claim, besides: Others) -> Any:
    """The payment of July 2022 for each member of stage 1 or 2 with a claim (§ 73), (U, k)."""
    amount = law["needs.single_payment"]
    if not amount:
        return 0
    of_them = (batch.column["stage"] <= 2) & (found.members.open_need > 0)
    return np.where((found.total > 0) & ~besides.must_claim, batch.total(of_them.astype(np.int64)) * amount, 0)


def results_of(law: Any, worked: Worked, share_known_on: date | None = None) -> list[Result]:
    """The figures of households that were worked out, in their order."""
    households = worked.batch.households
    batch, found, parts, besides, after = worked.batch, worked.claim, worked.shares, worked.others, worked.reduced
    members, column = found.members, batch.column
    income = members.income
    # Sums once for all rows: as properties they would be worked out row by row.
    taxes, contributions, needed = income.wage.taxes.total, income.wage.contributions.total, found.needs.total
    state = str(law["states.sgb2"])
    by_household: list[list[UnitResult]] = [[] for _ in households]
    ends = [*batch.start[1:], len(batch.persons)]
    living, housing = batch.total(parts.living)[:, 0], batch.total(parts.housing)[:, 0]
    paid, paid_housing = batch.total(after.payment)[:, 0], batch.total(after.housing)[:, 0]
    reduction = batch.total(after.amount)[:, 0]
    open_need = batch.total(members.open_need)[:, 0]
    insurance = batch.total(_insurance(law, batch, found, parts))[:, 0]
    single = np.broadcast_to(single_payment(law, batch, found, besides), (batch.units, 1))[:, 0]
    young = (is_young_in_education(batch.flag) | batch.flag["in_service"]) & bool(law["income.young"])
    for number, (start, end) in enumerate(zip(batch.start, ends, strict=True)):
        people = tuple(
            PersonResult(
                id=batch.persons[row].id,
                member=bool(members.member[row, 0]),
                age=int(column["age"][row, 0]),
                stage=int(column["stage"][row, 0]),
                standard=int(found.needs.standard[row, 0]),
                additional={kind: int(amount[row, 0]) for kind, amount in found.needs.additional.items() if amount[row, 0]},
                housing=int(found.needs.housing[row, 0]),
                need=int(needed[row, 0]),
                gross=int(income.gross[row, 0]),
                net=int(income.wage.net[row, 0]),
                tax=int(taxes[row, 0] + column["profit_tax"][row, 0]),
                contributions=int(contributions[row, 0] + column["profit_insurance"][row, 0]),
                base=int(income.base[row, 0]),
                bands=int(income.bands[row, 0]),
                last_band=law["income.last_band_with_child"] if batch.flag["with_minor"][row, 0] else law["income.bands"][-1][1],
                no_first_band=bool(young[row, 0]),
                earned=int(income.earned[row, 0]),
                other=int(income.other[row, 0]),
                lump=int(income.lump[row, 0]),
                titled=int(income.titled[row, 0]),
                income=int(income.counted[row, 0]),
                child_benefit=int(members.child_benefit[row, 0]),
                child_benefit_used=int(members.child_benefit_used[row, 0]),
                child_benefit_passed=int(members.child_benefit_passed[row, 0]),
                own=int(members.own[row, 0]),
                share=int(parts.share[row, 0]),
                claim=int(parts.claim[row, 0]),
                living=int(parts.living[row, 0]),
                housing_claim=int(parts.housing[row, 0]),
                supplement=int(parts.supplement[row, 0]),
                reduction=int(after.amount[row, 0]),
                payment=int(after.payment[row, 0]),
                schooling=int(found.needs.schooling[row, 0]),
            )
            for row in range(start, end)
        )
        must = bool(besides.must_claim[number, 0])
        total = int(found.total[number, 0])
        household = batch.households[batch.household[number]]
        of_housing = 0 if must else int(paid_housing[number])
        federal, county = federal_share.split(of_housing, household.land, household.day.year, known_on=share_known_on)
        payment = 0 if must else int(paid[number])
        by_household[batch.household[number]].append(
            UnitResult(
                persons=people,
                need=int(found.need[number, 0]),
                income=int(found.need[number, 0] - open_need[number] + min(found.pool[number, 0], found.wanted[number, 0])),
                claim=total,
                living=int(living[number]),
                housing=int(housing[number]),
                supplement=int(found.supplement[number, 0]),
                schooling=int(found.schooling[number, 0]),
                single_payment=int(single[number]),
                reduction=int(reduction[number]),
                days=household.days,
                paid=payment,
                eligible=any(person.member for person in people),
                asset_excess=int(found.asset_excess[number, 0]),
                housing_benefit=int(besides.housing_benefit[number, 0]),
                child_supplement=int(besides.child_supplement[number, 0]),
                ends_need=bool(besides.ends_need[number, 0]),
                must_claim=must,
                supplement_by_choice=int(besides.by_choice[number, 0]),
                net=int(worked.net[number, 0]),
                disposable=int(worked.disposable[number, 0]),
                federal=payment - of_housing + federal,
                county=county,
                insurance=0 if must else int(insurance[number]),
            )
        )
    return [
        Result(household.id, household.day, state, name_of(state), tuple(units))
        for household, units in zip(households, by_household, strict=True)
    ]
