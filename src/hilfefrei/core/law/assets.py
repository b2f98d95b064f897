"""Whether a unit has more than the law lets it keep (§ 12, § 67 (2), § 65a (1) SGB II)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np

from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.columns import Batch
from hilfefrei.core.law.household import Household
from hilfefrei.core.periods import add_months, first_of_month

OLD_RULES_UNTIL: Final = date(2026, 6, 30)
WAITING_MONTHS: Final = 12
SIMPLIFIED_MONTHS: Final = 6


def excess(law: Mapping[str, Any], batch: Batch) -> Cents:
    """What of the assets of each unit lies above its allowances, (U, 1) in cents; more than nothing ends the claim.

    Allowances that one member does not use pass to another (§ 12 (2) s. 3), so sums of the unit are compared. For approval periods that
    began before July 2026 the rules of June 2026 go on (§ 65a (1)).
    """
    column = batch.column
    owned = batch.total(column["assets"])
    if not owned.any():
        return np.zeros_like(owned)
    members = batch.total(np.ones_like(column["assets"]))
    if "assets.basic_2022" in law:
        first, further = law["assets.simplified"]
        simple = np.array([_is_simplified(household) for household in batch.households])[batch.household][:, None]
        return np.asarray(np.maximum(owned - np.where(simple, first + further * (members - 1), batch.total(_basic(law, batch))), 0))
    old = np.zeros_like(owned)
    if "assets.per_person" in law:
        first, further = law["assets.waiting"]
        waiting = np.array([_waits(household.housing.benefits_since, batch.day) for household in batch.households])[batch.household][:, None]
        old = np.where(waiting, first + further * (members - 1), law["assets.per_person"] * members)
    if "assets.by_age" not in law:
        return np.asarray(np.maximum(owned - old, 0))
    steps = law["assets.by_age"]
    ages, amounts = (np.array([step[n] for step in steps], dtype=np.int64) for n in (0, 1))
    # From the beginning of the month in which the age is reached (s. 2).
    by_age = amounts[np.searchsorted(ages, column["age_in_month"], side="right") - 1]
    before = np.array([(household.approved_from or batch.day) <= OLD_RULES_UNTIL for household in batch.households])[batch.household][:, None]
    return np.asarray(np.maximum(owned - np.where(before, old, batch.total(by_age)), 0))


def _waits(since: date | None, day: date) -> bool:
    return since is None or first_of_month(since) <= day < add_months(first_of_month(since), WAITING_MONTHS)


def _is_simplified(household: Household) -> bool:
    """Within six months of an approval period that began in time (§ 67 (1), (2))."""
    began = household.approved_from or household.housing.benefits_since
    return began is None or first_of_month(began) <= household.day < add_months(first_of_month(began), SIMPLIFIED_MONTHS)


def _basic(law: Mapping[str, Any], batch: Batch) -> Cents:
    """Allowance by person of § 12 (2) s. 1 no. 1, 1a and 4 until 2022: by year of life, within limits by year of birth; purchases."""
    per_year, least, child, purchases = law["assets.basic_2022"]
    most = np.array([_most(person.birth) for person in batch.persons], dtype=np.int64)[:, None]
    grown = np.minimum(np.maximum(batch.column["age"] * per_year, least), most)
    return np.asarray(np.where(batch.flag["adult"], grown, child) + purchases)


def _most(birth: date) -> int:
    return next(amount for before, amount in _MOST if birth < before)


# § 12 (2) s. 2 in the version until 2022, in cents.
_MOST: Final = ((date(1958, 1, 1), 975_000), (date(1964, 1, 1), 990_000), (date.max, 1_005_000))
