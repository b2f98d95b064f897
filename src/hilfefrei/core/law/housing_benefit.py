"""Housing benefit (Wohngeld) by the WoGG of the day: counted income, counted rent, benefit.

Everything works elementwise over arrays of whole cents that broadcast against each other; sums over the persons of a household are
made by the caller. Yearly amounts say so in their name. Not here: who belongs to the household and who is excluded (§§ 5 to 8), the
burden of owners (§ 10), and notices that run on over a change of the law (§§ 42d, 44: no less than before).

Readings where the law leaves room:

- § 13: a twelfth of the yearly income is rounded to the cent; Anlage 3 fixes decimals only from its first step on.
- Anlage 3 no. 2: the tenth decimal of z2 and z4 is rounded, not cut off. Both can differ only where the exact amount lies within
  a ten-thousandth of a millionth of 50 cents.
- § 19 (3): the more for the 13th person is added to what the formula gives, also where that is below nothing, and the sum is then
  held against the least payment. Otherwise thirteen persons would get it at any income.
- § 16: the ten percent are taken from all income of the person, also from what is not taxed, as the sentence says.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilfefrei.core.law.arithmetic import Cents, ratio, times
from hilfefrei.core.periods import MONTHS

Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

# Above this number § 19 (3) adds an amount per person; Anlage 1 counts on from 5.
MOST_OF_FORMULA: Final = 12
MOST_OF_TABLE: Final = 5
LEVELS: Final = 7
_BY_MEMBERS: Final = ("a", "b", "c", "least_rent", "least_income")
# a comes in hundredths, b and c in units of the seventh decimal, M and Y in cents: z1 is exact in units of its ninth decimal.
_HUNDREDTH: Final = 10**7
# M and Y are held at these amounts, so that no step leaves int64. By the tables of 2022 (the largest a, b, c): z1 stays below
# 4 * 10**7 + 5640 * 10**7 + 1157 * 5 * 10**6 < 6.3 * 10**10, z1 * Y below 3.2 * 10**17, 115 * z3 below 3.7 * 10**18 < 2**63.
# It changes no result: at 50,000 EUR c * Y alone is above 0.8 and the benefit nothing, and no § 12 rent comes near 100,000 EUR.
MOST_RENT: Final = 10**7
MOST_INCOME: Final = 5 * 10**6
# 1.15 * z3 with twelve decimals: half a unit of the tenth decimal, and half a euro.
_HALVES: Final = 50 + 5 * 10**11
_EURO: Final = 10**12


def income_of_person(
    law: Mapping[str, Any],
    *,
    wage_year: ArrayLike = 0,
    flat_taxed_year: ArrayLike = 0,
    pension_year: ArrayLike = 0,
    other_taxable: ArrayLike = 0,
    tax_free_counted: ArrayLike = 0,
    pays_tax: ArrayLike = False,
    pays_health: ArrayLike = False,
    pays_pension: ArrayLike = False,
    work_costs: ArrayLike | None = None,
) -> Cents:
    """Yearly income of a person in cents, §§ 14 to 16 WoGG.

    Args:
        law: parameters of the day.
        wage_year: gross wage expected for the coming twelve months, § 15 (1), (3), in cents.
        flat_taxed_year: mini-job wages taxed at a flat rate, § 14 (1) s. 3 no. 2: counted without the allowance for work costs.
        pension_year: pensions at their full amount, § 14 (2) no. 3 with (1).
        other_taxable: other taxable income after its costs, each kind at least 0.
        tax_free_counted: what § 14 (2) counts though it is tax-free: unemployment benefit (no. 6), parental allowance above what
            § 10 BEEG leaves out, maintenance (no. 19), advance on maintenance (no. 21), since 2026 § 3 no. 21 EStG (no. 12). Not:
            child benefit, child supplement, Grundsicherung of a person who is excluded.
        pays_tax: income tax is to be expected, § 16 s. 1 no. 1.
        pays_health: compulsory or equivalent contributions to health and care insurance, no. 2.
        pays_pension: the same for a pension, no. 3.
        work_costs: proven costs of work in the year; the flat amount counts where it is higher, § 9a EStG.
    """
    wage = np.asarray(wage_year, dtype=np.int64)
    costs = np.maximum(np.asarray(0 if work_costs is None else work_costs, dtype=np.int64), law["housing_benefit.work_costs"])
    pension = np.asarray(pension_year, dtype=np.int64)
    income = np.maximum(wage - costs, 0) + np.maximum(pension - law["housing_benefit.pension_costs"], 0)
    income = income + np.asarray(flat_taxed_year, dtype=np.int64) + other_taxable + tax_free_counted
    kinds = np.asarray(pays_tax, dtype=np.int64) + np.asarray(pays_health, dtype=np.int64) + np.asarray(pays_pension, dtype=np.int64)
    share: Fraction = law["housing_benefit.deduction"]
    kept = share.denominator - kinds * share.numerator
    return np.asarray((2 * income * kept + share.denominator) // (2 * share.denominator), dtype=np.int64)


def allowances(
    law: Mapping[str, Any],
    *,
    disabled: ArrayLike = False,
    persecuted: ArrayLike = False,
    lone_parent: ArrayLike = False,
    child_earnings: ArrayLike = 0,
    basic_pension: ArrayLike = 0,
) -> Cents:
    """Yearly allowances of a person in cents, §§ 17, 17a WoGG.

    Args:
        law: parameters of the day.
        disabled: degree 100, or less with care at home, no. 1.
        persecuted: victim of national socialist persecution, no. 2.
        lone_parent: lives with children alone, one of them under 18 with child benefit, no. 3; true for the parent only.
        child_earnings: own earnings in the year of a child of the household under 25, no. 4; 0 for everyone else.
        basic_pension: yearly statutory pension of someone with 33 years of Grundrentenzeiten, § 17a; 0 for everyone else.
    """
    flat = np.asarray(disabled, dtype=np.int64) * law["housing_benefit.disabled"]
    flat = flat + np.asarray(persecuted, dtype=np.int64) * law["housing_benefit.persecuted"]
    flat = flat + np.asarray(lone_parent, dtype=np.int64) * law["housing_benefit.lone_parent"]
    earned = np.minimum(np.maximum(np.asarray(child_earnings, dtype=np.int64), 0), law["housing_benefit.child_earnings"])
    pension = np.asarray(basic_pension, dtype=np.int64)
    base = law["housing_benefit.basic_pension"]
    above = times(np.maximum(pension - base, 0), law["housing_benefit.basic_pension_share"])
    return np.asarray(flat + earned + np.minimum(np.minimum(pension, base) + above, law["housing_benefit.basic_pension_most"]), dtype=np.int64)


def maintenance_deducted(law: Mapping[str, Any], *, paid_year: ArrayLike, former_spouse: ArrayLike = False, titled_year: ArrayLike = 0) -> Cents:
    """What is taken off for maintenance paid to one person in the year, in cents, § 18 WoGG.

    ``titled_year`` is the amount that a title, a notarial deed or a notice lays down, 0 without one: then what is paid counts up
    to it, otherwise up to the amounts of sentence 1.
    """
    other, spouse = law["housing_benefit.maintenance_paid"]
    titled = np.asarray(titled_year, dtype=np.int64)
    most = np.where(titled > 0, titled, np.where(former_spouse, spouse, other))
    return np.minimum(np.maximum(np.asarray(paid_year, dtype=np.int64), 0), most)


def monthly_income(*, income_year: ArrayLike, deducted_year: ArrayLike = 0) -> Cents:
    """Monthly total income of the household in cents, § 13: a twelfth of all yearly incomes less all allowances, at least 0."""
    left = np.maximum(np.asarray(income_year, dtype=np.int64) - np.asarray(deducted_year, dtype=np.int64), 0)
    return np.asarray((2 * left + MONTHS) // (2 * MONTHS), dtype=np.int64)


def rent_counted(
    law: Mapping[str, Any],
    *,
    members: ArrayLike,
    level: ArrayLike,
    rent: ArrayLike,
    persons_of_household: ArrayLike | None = None,
    persons_in_dwelling: ArrayLike | None = None,
    paid_by_others: ArrayLike = 0,
) -> Cents:
    """Counted rent per month in cents, §§ 9, 11, 12 WoGG, with relief for heating and climate component.

    Args:
        law: parameters of the day.
        members: members of the household who are counted (§ 6), so without the excluded ones.
        level: rent level 1 to 7 of the community.
        rent: rent with service charges, without heating, hot water, energy and garage, § 9, in cents.
        persons_of_household: all members, the excluded ones too, § 11 (3); as many as ``members`` if left out.
        persons_in_dwelling: also those who live there and are no members, § 11 (2) no. 3; as many as in the household if left out.
        paid_by_others: what these pay in all; where it is more than their share of the rent, it counts instead.

    Raises:
        ValueError: a rent level is not 1 to 7.
    """
    counted = np.asarray(members, dtype=np.int64)
    household = counted if persons_of_household is None else np.asarray(persons_of_household, dtype=np.int64)
    own = np.asarray(rent, dtype=np.int64)
    if persons_in_dwelling is not None:
        dwelling = np.asarray(persons_in_dwelling, dtype=np.int64)
        own = np.maximum(own - np.maximum(ratio(own, dwelling - household, dwelling), paid_by_others), 0)
    levels = np.asarray(level, dtype=np.int64)
    if np.any((levels < 1) | (levels > LEVELS)):
        message = f"Die Mietenstufe ist eine Zahl von 1 bis {LEVELS}."
        raise ValueError(message)
    size = np.minimum(np.maximum(household, 1), MOST_OF_TABLE)
    more = np.maximum(household - MOST_OF_TABLE, 0)
    ceilings = np.array(law["housing_benefit.ceiling"], dtype=np.int64)
    heating = np.array(law["housing_benefit.heating"], dtype=np.int64)
    climate = np.array(law["housing_benefit.climate"], dtype=np.int64)
    most = ceilings[size - 1, levels - 1] + more * ceilings[MOST_OF_TABLE, levels - 1] + climate[size - 1] + more * climate[MOST_OF_TABLE]
    whole = np.minimum(own, most) + heating[size - 1] + more * heating[MOST_OF_TABLE]
    # § 11 (3) takes the same share of rent, ceiling and relief: one share of the sum.
    return np.asarray(whole if persons_of_household is None else ratio(whole, counted, household), dtype=np.int64)


def considerable_assets(law: Mapping[str, Any], *, assets: ArrayLike, members: ArrayLike) -> Flags:
    """Whether the assets of the household are so large that the claim would be misuse, § 21 no. 3 WoGG."""
    first, further = law["housing_benefit.considerable_assets"]
    return np.asarray(np.asarray(assets, dtype=np.int64) > first + further * np.maximum(np.asarray(members, dtype=np.int64) - 1, 0))


def housing_benefit(law: Mapping[str, Any], *, members: ArrayLike, income: ArrayLike, rent: ArrayLike, misuse: ArrayLike = False) -> Cents:
    """Housing benefit per month in cents (whole euros up to twelve members), §§ 19, 21 WoGG with Anlagen 2 and 3.

    Args:
        law: parameters of the day.
        members: members who are counted; nobody, no benefit.
        income: monthly total income of :func:`monthly_income` in cents.
        rent: counted rent of :func:`rent_counted` in cents.
        misuse: no claim, above all because of :func:`considerable_assets`.
    """
    count = np.asarray(members, dtype=np.int64)
    row = np.minimum(np.maximum(count, 1), MOST_OF_FORMULA) - 1
    a, b, c, least_m, least_y = (np.array(law[f"housing_benefit.{key}"], dtype=np.int64)[row] for key in _BY_MEMBERS)
    m = np.minimum(np.maximum(np.asarray(rent, dtype=np.int64), least_m), MOST_RENT)
    y = np.minimum(np.maximum(np.asarray(income, dtype=np.int64), least_y), MOST_INCOME)
    z1 = c * y + (a * _HUNDREDTH + b * m)
    # z1 * Y has eleven decimals, ten are kept; 10**8 ten-digit units are a cent.
    z2 = z1 * y
    z2 += 5
    z2 //= 10
    z4 = 115 * (m * 10**8 - z2)
    z4 += _HALVES
    z4 //= _EURO
    z4 *= 100
    if np.any(count > MOST_OF_FORMULA):
        grown = np.minimum(z4 + law["housing_benefit.above_twelve"] * (count - MOST_OF_FORMULA), rent)
        z4 = np.where(count > MOST_OF_FORMULA, grown, z4)
    return np.asarray(z4 * ((z4 >= law["housing_benefit.least_payment"]) & (count > 0) & ~np.asarray(misuse, dtype=np.bool_)), dtype=np.int64)

