"""Whether a unit has more than the law lets it keep (§ 12, § 67 (2), § 65a (1) SGB II)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import numpy as np

from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.columns import Batch, Flags
from hilfefrei.core.law.household import Household
from hilfefrei.core.periods import add_months, first_of_month

OLD_RULES_UNTIL: Final = date(2026, 6, 30)
WAITING_MONTHS: Final = 12
SIMPLIFIED_MONTHS: Final = 6
WAITING_BEGAN: Final = date(2023, 1, 1)


def excess(law: Mapping[str, Any], batch: Batch) -> tuple[Flags, Cents]:
    """Whose assets lie above the allowances: children by themselves (P, 1), the grown-ups of each unit together (U, 1) in cents.

    What one member does not use of its allowance passes to another (§ 12 (2) s. 3). A child's assets are the child's (§ 9 (2)): one that has
    too much leaves the unit. For approval periods that began before July 2026 the rules of June 2026 go on (§ 65a (1)).
    """
    owned, head = batch.column["assets"], batch.flag["head"]
    if not batch.has("assets"):
        return np.zeros_like(head), np.zeros((batch.units, 1), dtype=np.int64)
    allowed = allowances(law, batch)
    # What the others leave unused of their allowances.
    unused = np.maximum(allowed - owned, 0)
    of_others = batch.each(batch.total(unused)) - unused
    rich = ~head & (owned > allowed + of_others)
    children = np.where(head | rich, 0, unused)
    grown = batch.total(np.where(head, owned - allowed, 0)) - batch.total(children)
    return rich, np.maximum(grown, 0)


def allowances(law: Mapping[str, Any], batch: Batch) -> Cents:
    """The allowance of each person, (P, 1) in cents; the larger one of a unit's first person is the oldest grown-up's."""
    column = batch.column
    first_of_unit = (np.arange(len(batch.persons)) == batch.start[batch.unit])[:, None]
    if "assets.basic_2022" in law:
        first, further = law["assets.simplified"]
        simple = _of_household(batch, _is_simplified)
        return np.where(simple, np.where(first_of_unit, first, further), _basic(law, batch))
    old = np.zeros_like(column["assets"])
    if "assets.per_person" in law:
        first, further = law["assets.waiting"]
        old = np.where(_of_household(batch, _waits), np.where(first_of_unit, first, further), law["assets.per_person"])
    if "assets.by_age" not in law:
        return old
    steps = law["assets.by_age"]
    ages, amounts = (np.array([step[n] for step in steps], dtype=np.int64) for n in (0, 1))
    # From the beginning of the month in which the age is reached (s. 2).
    by_age = amounts[np.searchsorted(ages, column["age_in_month"], side="right") - 1]
    return np.where(_of_household(batch, _goes_on), old, by_age)


def _of_household(batch: Batch, holds: Callable[[Household], bool]) -> Flags:
    """What holds for a household, at each of its persons, (P, 1)."""
    return np.array([holds(household) for household in batch.households])[batch.household][batch.unit][:, None]


def _goes_on(household: Household) -> bool:
    """The approval period began under the old rules (§ 65a (1))."""
    return (household.approved_from or household.day) <= OLD_RULES_UNTIL


def _waits(household: Household) -> bool:
    """Within a year of the first benefits; times before 2023 do not count (§ 12 (3), § 65 (2), (3))."""
    since = household.housing.benefits_since
    if since is None:
        return True
    began = max(first_of_month(since), WAITING_BEGAN)
    return began <= household.day < add_months(began, WAITING_MONTHS)


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
