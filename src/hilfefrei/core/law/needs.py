"""What people need: standard need (§§ 20, 23), additional needs (§ 21), housing and heating (§ 22), education and participation (§ 28)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from hilfefrei.core.law.arithmetic import Cents, ratio, times
from hilfefrei.core.law.columns import ELIGIBLE, Batch
from hilfefrei.core.law.household import FULL_MONTH, Household, Housing
from hilfefrei.core.periods import add_months, first_of_month

AUGUST: Final = 8
FEBRUARY: Final = 2
_SEVERAL: Final = (2, 3)
# More than any dwelling costs, and one and a half times of it is still a number.
NO_LIMIT: Final = 10**12
FULL_YEAR: Final = 12
WAITING_BEGAN: Final = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs per person, (P, 1), in cents; ``additional`` by kind, ``schooling`` is beside all else."""

    standard: Cents
    additional: dict[str, Cents]
    # The additional needs together, after the limit of § 21 (8).
    extra: Cents
    # Recognised cost of the dwelling, by head.
    housing: Cents
    schooling: Cents

    @property
    def living(self) -> Cents:
        """What the federation pays for: §§ 20, 21, 23."""
        return self.standard + self.extra

    @property
    def total(self) -> Cents:
        """The need against which income stands (§ 9 (2) s. 3: without § 28)."""
        return self.standard + self.extra + self.housing


def needs(law: Mapping[str, Any], batch: Batch) -> Needs:
    """Needs of everybody in the batch, members without a claim of their own included."""
    standard = np.array(law["needs.standard"], dtype=np.int64)[batch.column["stage"] - 1]
    additional = _additional(law, batch, standard)
    # § 21 (8): those of (2) to (5) together are never more than the standard need.
    zero = np.zeros_like(standard)
    limited = np.minimum(sum((additional[name] for name in _LIMITED if name in additional), zero), standard)
    extra = sum((amount for name, amount in additional.items() if name not in _LIMITED), limited)
    days, month = batch.column["days"], np.full_like(standard, FULL_MONTH)
    if batch.has("visitor"):
        # A child that comes now and then: by days (§ 41 (1)), and without a share of the dwelling.
        standard, extra = (ratio(amount, days, month) for amount in (standard, extra))
        additional = {name: ratio(amount, days, month) for name, amount in additional.items()}
    return Needs(standard, additional, extra, _housing(law, batch), _schooling(law, batch))


_LIMITED: Final = ("pregnancy", "lone_parent", "participation", "mobility_mark", "diet")


def _additional(law: Mapping[str, Any], batch: Batch, standard: Cents) -> dict[str, Cents]:
    """The kinds that somebody has."""
    column, flag = batch.column, batch.flag
    grown = column["age"] >= ELIGIBLE
    found = {name: column[name] for name in ("diet", "special_need", "school_books") if batch.has(name)}
    if batch.has("pregnant"):
        found["pregnancy"] = np.where(flag["pregnant"], times(standard, law["needs.pregnancy"]), 0)
    if batch.has("participation_aid"):
        found["participation"] = np.where(flag["participation_aid"] & grown, times(standard, law["needs.participation"]), 0)
    if batch.has("mobility_mark"):
        # § 23 no. 4: whoever is not fit for work at all, and gets no additional need for participation (no. 2).
        marked = flag["mobility_mark"] & grown & ~flag["employable"] & ~flag["participation_aid"]
        found["mobility_mark"] = np.where(marked, times(standard, law["needs.mobility_mark"]), 0)
    if batch.has("own_water"):
        found["warm_water"] = np.where(flag["own_water"], _warm_water(law, batch), 0)
    if batch.has("lone"):
        found["lone_parent"] = np.where(flag["lone"], _lone_parent(law, batch, standard), 0)
    return found


def _lone_parent(law: Mapping[str, Any], batch: Batch, standard: Cents) -> Cents:
    column = batch.column
    fixed, per_child, most = law["needs.lone_parent"]
    # § 21 (3) no. 1: one child under seven, or two or three under sixteen; no. 2: by child where that is more.
    several = column["minors_under_16"]
    first = (column["minors_under_7"] >= 1) | (several == _SEVERAL[0]) | (several == _SEVERAL[1])
    stage_one = np.full_like(standard, law["needs.standard"][0])
    by_child = np.minimum(times(stage_one * column["minors"], per_child), times(stage_one, most))
    return np.maximum(np.where(first, times(stage_one, fixed), 0), by_child)


def _warm_water(law: Mapping[str, Any], batch: Batch) -> Cents:
    rates = law["needs.warm_water"]
    by_stage = [times(np.asarray(amount), rate) for amount, rate in zip(law["needs.standard"], rates, strict=True)]
    return np.array(by_stage, dtype=np.int64)[batch.column["stage"] - 1]


def _housing(law: Mapping[str, Any], batch: Batch) -> Cents:
    """Recognised cost by person: by head of all who live there (§ 22 (1)), odd cents to the oldest."""
    houses = [household.housing for household in batch.households]
    of_unit = batch.household
    cold = np.array([house.rent + house.service_charges for house in houses], dtype=np.int64)[of_unit][batch.unit][:, None]
    heat = np.array([house.heating for house in houses], dtype=np.int64)[of_unit][batch.unit][:, None]
    heads, place = batch.column["dwellers"], batch.column["place"]
    lives = batch.column["days"] == FULL_MONTH
    cold_share = np.where(lives, cold // heads + (place < cold % heads), 0)
    actual = np.where(lives, (cold + heat) // heads + (place < (cold + heat) % heads), 0)
    heat_share = actual - cold_share
    # § 22 (5): without consent before moving out under 25 nothing is recognised.
    consented = ~(batch.flag["moved_without_consent"] & batch.flag["young"])
    if not any(house.limit or house.heating_limit for house in houses):
        return np.where(consented, actual, 0)
    members = np.maximum(batch.total(lives.astype(np.int64))[:, 0], 1)
    unit_cold, unit_heat = batch.total(cold_share)[:, 0], batch.total(heat_share)[:, 0]
    cap = law["needs.waiting_cap"]
    limit = np.array([_limit(houses[h].limit, n) for h, n in zip(of_unit, members, strict=True)], dtype=np.int64)
    heat_limit = np.array([_limit(houses[h].heating_limit, n) for h, n in zip(of_unit, members, strict=True)], dtype=np.int64)
    waiting = np.array([_waits(law, household, batch.day) for household in batch.households], dtype=np.bool_)[of_unit]
    lowering = np.array([_lowers(house, batch.day) for house in houses], dtype=np.bool_)[of_unit]
    above = np.array([house.above_cap for house in houses], dtype=np.bool_)[of_unit]
    capped = np.minimum(unit_cold, limit * cap.numerator // cap.denominator) if cap else unit_cold
    while_waiting = np.where(above, unit_cold, capped)
    # Once the waiting period is over actual costs go on while they are being lowered, as a rule for six months (s. 9, 10).
    afterwards = np.where(lowering, unit_cold, np.minimum(unit_cold, limit))
    recognised_cold = np.where(waiting, while_waiting, afterwards)
    heat_waits = waiting & bool(law["needs.waiting_covers_heating"])
    recognised_heat = np.where(heat_waits | lowering, unit_heat, np.minimum(unit_heat, heat_limit))
    recognised = (recognised_cold + recognised_heat)[:, None]
    # Where nothing is cut the shares by head of the dwelling stay as they are; else what is recognised is parted anew.
    cut = batch.each(recognised) < batch.each(batch.total(actual))
    size = members[:, None]
    order = np.arange(len(heads))[:, None] - batch.start[batch.unit][:, None]
    anew = np.where(lives, batch.each(recognised) // batch.each(size) + (order < batch.each(recognised) % batch.each(size)), 0)
    return np.where(consented, np.where(cut, anew, actual), 0)


def _limit(limits: tuple[int, ...], members: int) -> int:
    return limits[min(members, len(limits)) - 1] if limits else NO_LIMIT


def _waits(law: Mapping[str, Any], household: Household, day: date) -> bool:
    """Whether the waiting period runs on the day; periods before 2023 do not count (§ 65 (2)), § 67 (3) counts approval periods."""
    months = law["needs.waiting_months"]
    began = household.housing.benefits_since
    if months != FULL_YEAR:
        began = household.approved_from or began
    if began is None:
        return True
    since = first_of_month(began)
    if months == FULL_YEAR:
        since = max(since, WAITING_BEGAN)
    return since <= day < add_months(since, months)


def _lowers(house: Housing, day: date) -> bool:
    return house.lowering_until is not None and day <= house.lowering_until


def _schooling(law: Mapping[str, Any], batch: Batch) -> Cents:
    """Needs for education and participation of the month (§ 28)."""
    flag, found = batch.flag, batch.column["schooling_costs"]
    first, second = law["needs.school_supplies"]
    of_month = {AUGUST: first, FEBRUARY: second}.get(batch.day.month, 0)
    if of_month and batch.has("pupil"):
        found = found + np.where(flag["pupil"] & flag["young"], of_month, 0)
    if batch.has("schooling_trips"):
        found = found + np.where(flag["schooling_trips"], law["needs.school_trips"], 0)
    if batch.has("schooling_participation"):
        found = found + np.where(flag["schooling_participation"] & ~flag["adult"], law["needs.participation_in_society"], 0)
    return found
