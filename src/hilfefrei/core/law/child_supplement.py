"""Child supplement (Kinderzuschlag, § 6a BKGG), elementwise over arrays of whole cents; the caller sums over the children.

Not here: who counts as a child (§ 6a (1) no. 1), the average of six months (§ 6a (8)), and the need of the whole unit for § 6a (1)
no. 3; the caller compares it and asks :func:`extended_access` where little is missing.

Readings where the law leaves room:

- § 11 (2): the total is rounded to whole euros, since the total is what is paid; the part of each child stays in cents.
- § 6a (5): costs of housing are split by the exact ratio of the 12th report, not by its percentages with two decimals. The report of
  2018 names two years; its ratio for 2020 is taken, the year the report is written for.
- § 6a (2): the amount of 2023 (250 EUR, § 20 (3a)) has the immediate supplement in it and is the least amount of 2024 before it.
- § 6a (3) s. 6: assets that just equal the claim take the first month only, as only higher ones end the claim.
- § 6a (3) s. 5: of assets only what lies above the limit counts (§ 12 (4) s. 4 SGB II says so since 2023).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilfefrei.core.law.arithmetic import Cents, ratio, times

Flags: TypeAlias = NDArray[np.bool_]
EURO: Final = 100


def minimum_income(law: Mapping[str, Any], *, lone_parent: ArrayLike) -> Cents:
    """Least gross income of the parents per month in cents, § 6a (1) no. 2: nothing of § 11b SGB II is taken off before."""
    couple, lone = law["child_supplement.minimum_income"]
    return np.asarray(np.where(lone_parent, lone, couple), dtype=np.int64)


def considerable_assets(law: Mapping[str, Any], *, assets: ArrayLike, persons: ArrayLike = 1) -> Cents:
    """What counts of assets in cents: what lies above the limit for this many persons of the unit, § 6a (3) s. 5."""
    first, further = law["child_supplement.considerable_assets"]
    limit = first + further * np.maximum(np.asarray(persons, dtype=np.int64) - 1, 0)
    return np.asarray(np.maximum(np.asarray(assets, dtype=np.int64) - limit, 0), dtype=np.int64)


def housing_share_of_parents(law: Mapping[str, Any], *, adults: ArrayLike, children: ArrayLike, cost: ArrayLike) -> Cents:
    """What of the unit's cost of housing and heating is need of the parents, in cents, § 6a (5) s. 4 (2022: s. 3).

    Args:
        law: parameters of the day.
        adults: parents of the unit, 1 or 2.
        children: children of the unit; without one all is the parents' need.
        cost: housing and heating per month in cents.
    """
    single, couple, child = law["child_supplement.housing_need"]
    parents = np.where(np.asarray(adults) > 1, np.int64(couple), np.int64(single))
    return ratio(np.asarray(cost, dtype=np.int64), parents, parents + child * np.asarray(children, dtype=np.int64))


def of_child(law: Mapping[str, Any], *, own_income: ArrayLike = 0, assets: ArrayLike = 0, first_month: ArrayLike = False) -> Cents:
    """Supplement of one child per month in cents before the parents' income, § 6a (2), (3).

    Args:
        law: parameters of the day.
        own_income: countable income of the child (§§ 11 to 11b SGB II) without housing benefit, child benefit and supplement.
        assets: what counts of the child's assets, see :func:`considerable_assets`.
        first_month: the month is the first of the grant; only in it assets below the claim count.
    """
    income = np.maximum(np.asarray(own_income, dtype=np.int64), 0)
    left = np.maximum(law["child_supplement.most"] - times(income, law["child_supplement.share_of_child"]), 0)
    wealth = np.asarray(assets, dtype=np.int64)
    return np.where(wealth > left, 0, left - wealth * np.asarray(first_month, dtype=np.int64))


def of_family(
    law: Mapping[str, Any],
    *,
    sum_of_children: ArrayLike,
    parents_earned: ArrayLike,
    parents_other: ArrayLike,
    parents_need: ArrayLike,
    gross_income_ok: ArrayLike = True,
    assets: ArrayLike = 0,
    first_month: ArrayLike = False,
) -> Cents:
    """Total supplement of the family per month in cents, whole euros, § 6a (4) to (6), § 11 (2).

    Args:
        law: parameters of the day.
        sum_of_children: sum of :func:`of_child`.
        parents_earned: earnings of the parents that count (after § 11b SGB II).
        parents_other: their other income that counts, child benefit the children do not need among it.
        parents_need: their need: standard and additional needs, and :func:`housing_share_of_parents`.
        gross_income_ok: the parents have the :func:`minimum_income`.
        assets: what counts of the parents' assets, see :func:`considerable_assets`.
        first_month: the month is the first of the grant; only in it assets below the claim count.
    """
    total = np.asarray(sum_of_children, dtype=np.int64)
    earned = np.maximum(np.asarray(parents_earned, dtype=np.int64), 0)
    other = np.maximum(np.asarray(parents_other, dtype=np.int64), 0)
    need = np.asarray(parents_need, dtype=np.int64)
    wealth = np.asarray(assets, dtype=np.int64)
    first = np.asarray(first_month, dtype=np.int64)
    share = law["child_supplement.share_of_parents"]
    # All in parts of a cent, so that only the payment is rounded.
    parts = share.denominator
    left = parts * total - _reduction(share.numerator, parts, earned, other, need)
    if np.any(wealth > 0):
        if law["child_supplement.assets_like_income"]:
            with_assets = parts * total - _reduction(share.numerator, parts, earned, other + wealth, need)
        else:
            with_assets = left - parts * wealth
        left = np.where((wealth > 0) & (with_assets < 0), 0, np.where(first == 1, with_assets, left))
    euros = (2 * left + parts * EURO) // (2 * parts * EURO)
    return np.asarray(np.maximum(euros, 0) * EURO * np.asarray(gross_income_ok, dtype=np.int64), dtype=np.int64)


def extended_access(law: Mapping[str, Any], *, missing: ArrayLike, deductions: ArrayLike, receives: ArrayLike = False) -> Flags:
    """Whether the supplement is paid though need remains, § 6a (1a).

    Args:
        law: parameters of the day.
        missing: what the unit lacks with income, supplement and housing benefit, in cents.
        deductions: what § 11b (2) to (3) SGB II takes off the parents' earnings, in cents.
        receives: a member gets or has applied for benefits of SGB II or SGB XII.
    """
    few = np.asarray(missing, dtype=np.int64) <= law["child_supplement.extended_missing"]
    works = np.asarray(deductions, dtype=np.int64) >= law["child_supplement.extended_deductions"]
    return np.asarray(few & works & ~np.asarray(receives, dtype=np.bool_))


def _reduction(numerator: int, parts: int, earned: Cents, other: Cents, need: Cents) -> Cents:
    """What the parents' income takes off, in parts of a cent: other income above the need wholly, earnings by their share.

    Up to the need other income comes first, so that what exceeds it is earned (§ 6a (6) s. 2).
    """
    of_other = np.maximum(other - need, 0)
    of_all = np.maximum(earned + other - need, 0)
    return np.asarray(numerator * (of_all - of_other) + parts * of_other, dtype=np.int64)
