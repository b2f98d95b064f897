"""Benefits that go before: what Wohngeld and Kinderzuschlag would be, and whether both together end the need of all (§§ 5 (1), 12a SGB II).

Both are worked out as if nobody drew benefits of SGB II. Readings (``docs/law.md``): the household of the Wohngeld is the benefit unit; what
is earned this month is earned in the coming twelve; a mini-job is taxed at the flat rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from hilfefrei.core.law import child_supplement, housing_benefit
from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.claim import Claim, placed
from hilfefrei.core.law.columns import Batch, Flags, Rows
from hilfefrei.core.law.income import Income
from hilfefrei.core.periods import MONTHS, add_months

# § 85 SGB II: no duty to claim Wohngeld for approval periods that begin then.
NO_DUTY: Final = (date(2023, 1, 1), date(2023, 6, 30))


@dataclass(frozen=True, slots=True)
class Others:
    """Per unit, (U, k) in cents: what both would be, whether both end the need, whether the unit has to claim them."""

    housing_benefit: Cents
    child_supplement: Cents
    ends_need: Flags
    must_claim: Flags
    # Kinderzuschlag that a family may choose instead of the claim though up to 100 euros are missing (§ 6a (1a) BKGG).
    by_choice: Cents


def others(law: Mapping[str, Any], batch: Batch, found: Claim) -> Others:
    """Wohngeld and Kinderzuschlag of each unit, and what becomes of its claim."""
    wohngeld = _housing_benefit(law, batch, found)
    supplement = _child_supplement(law, batch, found)
    missing = found.total - supplement - wohngeld
    by_choice = np.zeros_like(supplement)
    if ((missing > 0) & (missing <= law["child_supplement.extended_missing"])).any():
        members, heads = found.members, batch.flag["head"]
        theirs = None if members.varied is None else np.where(heads[members.rows], members.varied.base + members.varied.bands, 0)
        deductions = batch.total_with(np.where(heads, members.income.base + members.income.bands, 0), theirs, members.rows)
        chosen = (missing > 0) & child_supplement.extended_access(law, missing=missing, deductions=deductions)
        by_choice = np.where(chosen, supplement, 0)
    # § 6a (1) no. 3 BKGG: only where no need is left with it.
    supplement = np.where(found.total <= supplement + wohngeld, supplement, 0)
    ends = found.total <= supplement + wohngeld
    # § 85 frees from Wohngeld alone: where the Kinderzuschlag is enough by itself it goes before.
    must = ends & (~_free_to_choose(batch) | (found.total <= supplement))
    return Others(wohngeld, supplement, ends, must, by_choice)


def _free_to_choose(batch: Batch) -> Flags:
    first, last = NO_DUTY
    free = []
    for household in batch.households:
        began = household.approved_from or batch.day
        # Periods that run on 31 December 2022, and those that begin until June 2023; as a rule they last a year (§ 41 (3)).
        free.append(began <= last and first <= batch.day < add_months(began, MONTHS))
    return np.array(free, dtype=np.bool_)[batch.household][:, None]


def _housing_benefit(law: Mapping[str, Any], batch: Batch, found: Claim) -> Cents:
    column, flag, members = batch.column, batch.flag, found.members
    # § 7 (1) WoGG: whoever draws subsistence of SGB XII is no member; a child that comes now and then is none either.
    counted = members.income.counted
    apart = flag["permanently_incapable"] | flag["pensioner"]
    if members.varied is not None and members.rows is not None and apart[members.rows].any():
        counted = placed(counted, members.varied.counted, members.rows)
    inside = ~((apart & (counted < found.needs.total)) | flag["visitor"])
    whole = batch.total((~flag["visitor"]).astype(np.int64))
    size = batch.total(inside.astype(np.int64))
    houses = [batch.households[number] for number in batch.household]
    rent = np.array([house.housing.rent + house.housing.service_charges for house in houses], dtype=np.int64)[:, None]
    level = np.array([house.rent_level for house in houses], dtype=np.int64)[:, None]
    dwellers = column["dwellers"][batch.start]
    counted = housing_benefit.rent_counted(law, members=size, level=level, rent=rent, persons_of_household=whole, persons_in_dwelling=dwellers)
    fixed = np.where(inside, _year(law, batch, members.income, None), 0)
    varied = None if members.varied is None else np.where(inside[members.rows], _year(law, batch, members.varied, members.rows), 0)
    income_year = batch.total_with(fixed, varied, members.rows)
    child = ~batch.flag["head"] & batch.flag["young"]
    deducted = batch.total(
        housing_benefit.allowances(law, lone_parent=batch.flag["lone"], child_earnings=np.where(child, members.income.gross * MONTHS, 0))
    )
    if batch.has("maintenance_paid"):
        paid = column["maintenance_paid"] * MONTHS
        deducted = deducted + batch.total(housing_benefit.maintenance_deducted(law, paid_year=paid, titled_year=paid))
    # § 20 (2) WoGG: a household of students alone has none.
    misuse: Any = False
    if batch.has("excluded"):
        misuse = batch.total((~(flag["excluded"] & flag["studies"])).astype(np.int64)) == 0
    if batch.has("assets"):
        misuse = misuse | housing_benefit.considerable_assets(law, assets=batch.total(column["assets"]), members=size)
    monthly = housing_benefit.monthly_income(income_year=income_year, deducted_year=deducted)
    return housing_benefit.housing_benefit(law, members=size, income=monthly, rent=counted, misuse=misuse)


def _year(law: Mapping[str, Any], batch: Batch, income: Income, rows: Rows | None) -> Cents:
    """Yearly income of persons as Wohngeld counts it."""
    at = slice(None) if rows is None else rows
    column = {name: batch.column[name][at] for name in _LOOKED_AT}
    wage = income.wage.net + income.wage.taxes.total + income.wage.contributions.total
    marginal = wage <= law["social_insurance.marginal"]
    flat = wage * marginal
    return housing_benefit.income_of_person(
        law,
        wage_year=(wage - flat) * MONTHS,
        flat_taxed_year=flat * MONTHS,
        pension_year=column["gross_pension"] * MONTHS,
        other_taxable=column["gross_taxable"] * MONTHS,
        tax_free_counted=column["gross_tax_free"] * MONTHS,
        pays_tax=(income.wage.taxes.total > 0) | (column["tax_withheld"] > 0),
        pays_health=(income.wage.contributions.health > 0) | ~marginal | (column["gross_pension"] > 0) | (column["insurance_withheld"] > 0),
        pays_pension=(income.wage.contributions.pension > 0) | ~marginal,
    )


_LOOKED_AT: Final = ("gross_pension", "gross_taxable", "gross_tax_free", "tax_withheld", "insurance_withheld")


def _child_supplement(law: Mapping[str, Any], batch: Batch, found: Claim) -> Cents:
    column, flag, members = batch.column, batch.flag, found.members
    drawn = column["child_number"] > 0
    if not batch.has("child_number"):
        return np.zeros_like(found.need)
    head = flag["head"]
    children = batch.total(drawn.astype(np.int64))
    adults = batch.total(head.astype(np.int64))
    of_children = batch.total(np.where(drawn, child_supplement.of_child(law, own_income=members.income.counted), 0))
    needed = found.needs
    housing = batch.total(needed.housing)
    need = batch.total(np.where(head, needed.living, 0)) + child_supplement.housing_share_of_parents(
        law, adults=adults, children=children, cost=housing
    )

    def of_parents(income: Income, heads: Flags) -> tuple[Cents, Cents]:
        titled_of_other = np.minimum(income.titled, np.maximum(income.other - income.lump, 0))
        earned = np.where(heads, income.earned - (income.titled - titled_of_other), 0)
        return earned, np.where(heads, income.other - income.lump - titled_of_other, 0)

    earned, other = of_parents(members.income, head)
    gross = np.where(head, members.income.gross + column["gross_counted"], 0)
    theirs: tuple[Cents | None, Cents | None, Cents | None] = (None, None, None)
    if members.varied is not None and members.rows is not None:
        rows = members.rows
        theirs = (
            *of_parents(members.varied, head[rows]),
            np.where(head[rows], members.varied.gross + column["gross_counted"][rows], 0),
        )
    lone = batch.total((flag["lone"] & head).astype(np.int64)) > 0
    return child_supplement.of_family(
        law,
        sum_of_children=of_children,
        parents_earned=batch.total_with(earned, theirs[0], members.rows),
        parents_other=batch.total_with(other, theirs[1], members.rows),
        parents_need=need,
        gross_income_ok=batch.total_with(gross, theirs[2], members.rows) >= child_supplement.minimum_income(law, lone_parent=lone),
        assets=child_supplement.considerable_assets(law, assets=batch.total(column["assets"]), persons=batch.total(np.ones_like(column["age"]))),
    )
