"""Child benefit (Kindergeld, § 66 EStG, § 6 BKGG) and advance on maintenance (Unterhaltsvorschuss, UhVorschG), in whole cents.

Elementwise over arrays; the caller numbers the children of a claimant by age and sums over them. Part months of the advance
(§ 2 (1) s. 3 UhVorschG) are the caller's; the single payment of July 2022 (§ 66 (1) s. 2 EStG, 100 EUR) is not in these amounts.

Reading: § 2 (4) UhVorschG halves income from assets and work; the half is rounded to the cent, the payment then up to the euro (§ 9 (3)).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilfefrei.core.law.arithmetic import Cents, times
from hilfefrei.core.periods import MONTHS

Flags: TypeAlias = NDArray[np.bool_]
EURO: Final = 100
# The first birthday of the second and third step of maintenance (§ 1612a (1) BGB), and the one that ends the advance (§ 1 (1a)).
SECOND_STEP: Final = 6
THIRD_STEP: Final = 12
GROWN_UP: Final = 18


def of_child(law: Mapping[str, Any], *, number: ArrayLike) -> Cents:
    """Child benefit per month in cents of the first, second, … child of a claimant; 0 for number 0 (no claim)."""
    amounts = np.array([0, *law["child_benefit.amount"]], dtype=np.int64)
    return np.asarray(amounts[np.minimum(np.maximum(np.asarray(number, dtype=np.int64), 0), len(amounts) - 1)])


def advance(
    law: Mapping[str, Any],
    *,
    age: ArrayLike,
    maintenance: ArrayLike = 0,
    child_benefit: ArrayLike = True,
    own_income: ArrayLike = 0,
    entitled: ArrayLike = True,
) -> Cents:
    """Advance on maintenance per month in cents, §§ 1, 2, 9 (3) UhVorschG.

    Args:
        law: parameters of the day.
        age: completed years of the child on the day; nothing from 18 on.
        maintenance: what the other parent pays, or orphan's pensions, § 2 (3).
        child_benefit: the parent (or a third person, not the other parent) has full child benefit, § 2 (2).
        own_income: income of :func:`income_out_of_school`, § 2 (4); 0 while at school.
        entitled: the child lives with a single parent (§ 1 (1)) and from 12 on :func:`from_twelve` holds.
    """
    years = np.asarray(age, dtype=np.int64)
    steps = np.array(law["child_benefit.minimum_maintenance"], dtype=np.int64)
    need = steps[(years >= SECOND_STEP).astype(np.int64) + (years >= THIRD_STEP)]
    left = need - np.asarray(child_benefit, dtype=np.int64) * law["child_benefit.amount"][0] - maintenance - own_income
    paid = -(-np.maximum(left, 0) // EURO) * EURO
    return np.asarray(paid * ((paid >= law["child_benefit.advance_least"]) & (years < GROWN_UP) & np.asarray(entitled, dtype=np.bool_)), dtype=np.int64)


def from_twelve(law: Mapping[str, Any], *, parent_gross: ArrayLike, receives: ArrayLike, ends_need: ArrayLike = False) -> Flags:
    """Whether a child from 12 on has a claim, § 1 (1a) UhVorschG.

    Args:
        law: parameters of the day.
        parent_gross: income of the parent (§ 11 (1) s. 1 SGB II) without child benefit, nothing of § 11b taken off, in cents.
        receives: the child gets benefits of SGB II.
        ends_need: with the advance the child would not need them.
    """
    gross = np.asarray(parent_gross, dtype=np.int64)
    without = ~np.asarray(receives, dtype=np.bool_) | np.asarray(ends_need, dtype=np.bool_)
    return np.asarray(without | (gross >= law["child_benefit.advance_income_of_parent"]))


def income_out_of_school(law: Mapping[str, Any], *, wage: ArrayLike = 0, trainee: ArrayLike = False, assets: ArrayLike = 0) -> Cents:
    """What counts per month in cents of the income of a child that has left school, § 2 (4) UhVorschG.

    Args:
        law: parameters of the day.
        wage: gross wage of the month; a twelfth of the allowance for employees is taken off, from a trainee's 100 EUR more.
        trainee: in vocational training.
        assets: income from assets in the month.
    """
    costs = -(-law["housing_benefit.work_costs"] // MONTHS) + np.asarray(trainee, dtype=np.int64) * law["child_benefit.advance_trainee_costs"]
    earned = np.maximum(np.asarray(wage, dtype=np.int64) - costs, 0)
    return times(earned + np.asarray(assets, dtype=np.int64), law["child_benefit.advance_share_of_income"])
