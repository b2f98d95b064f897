"""What counts of what people earn and get (§§ 11 to 11b SGB II and the ordinance to § 13).

Everything is worked out for single persons; what of it stands against whose need is :mod:`~hilfefrei.core.law.claim`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from hilfefrei.core.law.arithmetic import Cents, merged, times
from hilfefrei.core.law.columns import Batch, Flags, Rows
from hilfefrei.core.law.household import Kind
from hilfefrei.core.law.readings import takes_other
from hilfefrei.core.law.wages import Pay, net
from hilfefrei.core.periods import MONTHS


@dataclass(frozen=True, slots=True)
class Income:
    """Income of person rows, in cents; child benefit is only in it where it was passed on to the person.

    ``gross`` is wage and profit, ``wage`` the wage after tax and contributions, ``base`` and ``bands`` what is left free of it
    (§ 11b (2), (3)), ``earned`` what counts of it, ``other`` what counts of all else, ``lump`` what insurance takes of that,
    ``titled`` maintenance paid, ``counted`` what counts in the end.
    """

    gross: Cents
    wage: Pay
    base: Cents
    bands: Cents
    earned: Cents
    other: Cents
    lump: Cents
    titled: Cents
    counted: Cents
    # The most that insurance may take, and the most maintenance there is: both grow with what is passed on.
    lump_most: Cents
    titled_most: Cents

    def with_received(self, received: Cents) -> "Income":
        """The same with child benefit that children passed on (§ 11 (1) s. 5)."""
        return _counted(self, self.other + received)


def income(
    law: Mapping[str, Any], batch: Batch, *, wage: Cents | None = None, rows: Rows | None = None, spread: bool = False
) -> Income:
    """Income of the rows (all, unless some are named).

    Args:
        law: parameters of the day.
        batch: the persons.
        wage: gross wage of the rows instead of the one in the batch, (rows, k).
        rows: of whom; None for all.
        spread: count a sixth of one-off income instead of all of it (§ 11 (3)).
    """
    column: Mapping[str, Cents] = batch.column
    flag: Mapping[str, Flags] = batch.flag
    if rows is not None:
        column = {name: values[rows] for name, values in column.items()}
        flag = {name: values[rows] for name, values in flag.items()}
    gross_wage = column["wage"] if wage is None else wage
    paid = wages_of(law, batch, column, flag, gross_wage)
    gross, net_of_all = gross_wage, paid.net
    volunteer: Any = column[f"income_{Kind.VOLUNTEER}"] if batch.has(f"income_{Kind.VOLUNTEER}") else 0
    # Until June 2023 an allowance for voluntary work was earned income with a higher base; since then
    # it does not count up to a sum a year (reading: a twelfth of it a month).
    year = law["income.volunteer_year"] // (1 if takes_other(law, "volunteer_month") else MONTHS)
    voluntary = np.maximum(volunteer - year, 0) if year else volunteer
    if batch.has("profit_gross") or batch.has(f"income_{Kind.VOLUNTEER}"):
        gross = gross + column["profit_gross"] + voluntary
        net_of_all = net_of_all + column[f"income_{Kind.SELF_EMPLOYED}"] + voluntary
    # § 11b (2), (3): whoever can claim as fit for work and works.
    works = flag["elb"] & (gross > 0)
    base = np.where(works, _base(law, column, flag, gross, voluntary), 0)
    # Until June 2023 pocket money of a voluntary service had its own deduction and no bands (§ 11b (2) s. 6).
    banded = works if law["income.young"] else works & ~flag["in_service"]
    bands = np.where(banded, _bands(law, column, flag, gross), 0)
    # A child of under 15 keeps 100 euros of what it earns (§ 1 (1) no. 9 of the ordinance).
    childs = np.where(column["age"] < YOUNGEST, law["income.base"], 0)
    earned = np.maximum(net_of_all - base - bands - childs, 0)
    other = _other(law, batch, column, works, spread=spread)
    # § 1 (1) no. 1 of the ordinance: what is no more than ten euros in a month.
    other = np.where(other <= law["income.small"], 0, other)
    # § 6 (1) no. 1, 3 and 4: thirty euros for an adult, what the law makes people insure, saving; a worker has all three in the base.
    insured = np.where(flag["adult"], law["income.insurance"], 0) + column["car_insurance"] + column["subsidised_saving"]
    if takes_other(law, "insurance_of_excluded"):
        insured = np.where(flag["out"], 0, insured)
    # A grant has its own hundred euros for the same three (§ 11b (2b) s. 4).
    granted = column[f"income_{Kind.TRAINING_GRANT}"] > 0 if batch.has(f"income_{Kind.TRAINING_GRANT}") else False
    lump = np.where(works | granted, 0, insured)
    zero = np.zeros_like(other)
    return _counted(Income(gross, paid, base, bands, earned, zero, zero, zero, zero, lump, column["maintenance_paid"]), other)


def _counted(found: Income, other: Cents) -> Income:
    # Of all income; for a worker it is in the base already.
    lump = np.minimum(found.lump_most, found.earned + other)
    before = found.earned + other - lump
    titled = np.minimum(found.titled_most, before)
    return replace(found, other=other, lump=lump, titled=titled, counted=before - titled)


YOUNGEST: Final = 15
MARRIED_ONE_EARNER: Final = 3
CHURCH_RATE: Final = Fraction(9, 100)
LOW_CHURCH_RATE: Final = Fraction(8, 100)


def wages_of(law: Mapping[str, Any], batch: Batch, column: Mapping[str, Cents], flag: Mapping[str, Flags], gross: Cents) -> Pay:
    """Net wages of person rows; ``column`` and ``flag`` hold theirs."""
    said = column["child_allowances"]
    # Not said: a half for each minor child, both halves in class III (§ 38b (2) EStG); it matters for the surcharges alone.
    halves = np.where(said >= 0, said, column["minors"] * np.where(column["tax_class"] == MARRIED_ONE_EARNER, 2, 1))
    # Of the pocket money of a voluntary service the employer bears everything (§ 20 (3) s. 1 no. 2 SGB IV).
    serves = flag["in_service"]
    charged = np.where(serves, 0, gross) if batch.has("in_service") else gross

    def paid(*, saxony: bool = False, church_rate: Fraction = CHURCH_RATE) -> Pay:
        return net(
            law,
            charged,
            tax_class=column["tax_class"],
            child_allowances=halves,
            children=column["children"],
            parent=flag["parent"],
            over_23=flag["over_23"],
            pension_exempt=flag["pension_exempt"],
            in_training=flag["in_training"],
            church=flag["church"],
            pensioner=flag["pensioner"],
            church_rate=church_rate,
            saxony=saxony,
        )

    found = paid()
    if batch.has("saxony"):
        found = merged(paid(saxony=True), found, lambda a, b: np.where(flag["saxony"], a, b))
    if batch.has("church") and batch.has("low_church_rate"):
        low = flag["church"] & flag["low_church_rate"]
        found = merged(paid(church_rate=LOW_CHURCH_RATE), found, lambda a, b: np.where(low, a, b))
    return replace(found, net=found.net + gross - charged) if batch.has("in_service") else found


def _base(law: Mapping[str, Any], column: Mapping[str, Cents], flag: Mapping[str, Flags], gross: Cents, voluntary: Cents) -> Cents:
    base = np.full_like(gross, law["income.base"])
    threshold: Any = law["income.proof_above"]
    if "income.volunteer_base" in law:
        raised = np.minimum(law["income.volunteer_base"], base + voluntary)
        base = np.where(voluntary > 0, raised, base)
        threshold = np.where(voluntary > 0, raised, threshold)
    if law["income.young"]:
        base = np.where(is_young_in_education(flag), law["social_insurance.marginal"], base)
    # Voluntary service: 250 euros, for the young ones of July 2023 the limit of a mini-job.
    service = flag["in_service"] & ~(flag["young"] & bool(law["income.young"]))
    base = np.where(service, law["income.voluntary_service"], base)
    proven = column["work_costs"]
    return np.where((gross > threshold) & (proven > base), proven, base)


def is_young_in_education(flag: Mapping[str, Flags]) -> Flags:
    """Under 25 and in school, training, studies or voluntary service (§ 11b (2b))."""
    return flag["young"] & flag["in_education"]


def _bands(law: Mapping[str, Any], column: Mapping[str, Cents], flag: Mapping[str, Flags], gross: Cents) -> Cents:
    """§ 11b (3): shares of the parts of the gross wage."""
    bands, rates = law["income.bands"], law["income.band_rates"]
    with_minor = flag["with_minor"]
    if takes_other(law, "limit_of_siblings"):
        with_minor = with_minor & flag["head"]
    last = np.where(with_minor, law["income.last_band_with_child"], bands[-1][1])
    result = np.zeros_like(gross)
    for number, ((low, high), rate) in enumerate(zip(bands, rates, strict=True)):
        top: Any = last if number == len(bands) - 1 else high
        part = times(np.minimum(np.maximum(gross, low), top) - low, rate)
        if number == 0 and law["income.young"]:
            # § 11b (3) s. 4: the first band is not for those with the limit of a mini-job as their base.
            part = np.where(is_young_in_education(flag) | flag["in_service"], 0, part)
        elif takes_other(law, "young_bands"):
            above = np.maximum(gross, law["social_insurance.marginal"])
            young = times(np.minimum(np.maximum(above, low), top) - np.minimum(np.maximum(law["social_insurance.marginal"], low), top), rate)
            part = np.where(is_young_in_education(flag), young, part)
        result = result + part
    return result


def _other(law: Mapping[str, Any], batch: Batch, column: Mapping[str, Cents], works: Flags, *, spread: bool) -> Cents:
    """Everything but wages, profit and voluntary work; nothing deducted but what was withheld."""
    result = column["unearned"]
    # § 11b (2b) s. 4: at least 100 euros of a grant, where no job has taken them already.
    if batch.has(f"income_{Kind.TRAINING_GRANT}"):
        grant = column[f"income_{Kind.TRAINING_GRANT}"]
        result = result + np.maximum(grant - np.where(works, 0, law["income.training_grant"]), 0)
    share = Fraction(1, law["income.spread_months"] if spread else 1)
    arrears, once, inherited = (f"income_{kind}" for kind in (Kind.ARREARS, Kind.ONE_OFF, Kind.INHERITANCE))
    if batch.has(arrears):
        result = result + times(column[arrears], share)
    for name in (once, inherited) if law["income.inheritance_counts"] else (once,):
        if batch.has(name):
            result = result + (times(column[name], share) if law["income.spread_all"] else column[name])
    return result


def is_spread(law: Mapping[str, Any], batch: Batch) -> Flags:
    """Units with income that is spread if it would end the claim (§ 11 (3)), (U, 1)."""
    kinds = [Kind.ARREARS] + ([Kind.ONE_OFF] if law["income.spread_all"] else [])
    kinds += [Kind.INHERITANCE] if law["income.spread_all"] and law["income.inheritance_counts"] else []
    held = [batch.column[f"income_{kind}"] for kind in kinds if batch.has(f"income_{kind}")]
    if not held:
        return np.zeros((batch.units, 1), dtype=np.bool_)
    return batch.total(sum(held[1:], held[0])) > 0


