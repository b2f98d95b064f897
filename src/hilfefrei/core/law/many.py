"""Many households and many wages at once: what every vacancy would do for every client.

Households are laid out in pieces that stay in the cache of a processor, pieces of one day on all processors (NumPy lets go of the
interpreter while it calculates). Each piece is the same calculation as for a single household.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from hilfefrei.core.law import parameters
from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.claim import Varied
from hilfefrei.core.law.columns import Flags, columns
from hilfefrei.core.law.curve import points
from hilfefrei.core.law.household import Household
from hilfefrei.core.law.parameters import Parameters

# Household-wage points in a piece.
PIECE: Final = 32_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Figures of the earners' units, (households, wages) in cents of a whole month, without reductions of payment.

    ``claim`` before other benefits are looked at, ``paid`` what of it is paid, ``free`` whether nothing of SGB II is left to pay,
    ``own_income`` whether there is no claim at all, ``disposable`` what the unit has in the end. Assets are
    not looked at: this is about income.
    """

    claim: Cents
    paid: Cents
    housing_benefit: Cents
    child_supplement: Cents
    free: Flags
    own_income: Flags
    net: Cents
    disposable: Cents


def grid(
    households: Sequence[Household], earners: Sequence[str], wages: Cents, *, known: Parameters | None = None, workers: int | None = None
) -> Grid:
    """Work all households out for all wages.

    Args:
        households: of any days.
        earners: whose wage varies, one for each household.
        wages: gross wages a month in cents, (k,) for all or (households, k).
        known: other parameters than those that come with the program.
        workers: how many threads; as many as there are processors.

    Raises:
        KeyError: an earner who is not in the household.
        UnknownDayError: the law of a day is not known.
    """
    known = known or parameters.shipped()
    asked = np.broadcast_to(np.asarray(wages, dtype=np.int64), (len(households), np.shape(wages)[-1]))
    by_day: dict[object, list[int]] = {}
    for number, household in enumerate(households):
        by_day.setdefault(household.day, []).append(number)
    each = max(PIECE // max(asked.shape[1], 1), 1)
    pieces = [numbers[at : at + each] for numbers in by_day.values() for at in range(0, len(numbers), each)]
    result = Grid(**{one.name: np.zeros(asked.shape, dtype=np.bool_ if one.type is Flags else np.int64) for one in fields(Grid)})

    def work(numbers: list[int]) -> None:
        batch = columns([households[number] for number in numbers])
        rows_of = {(batch.household[unit], person.id): row for row, (unit, person) in enumerate(zip(batch.unit, batch.persons, strict=True))}
        rows = np.array([rows_of[place, earners[number]] for place, number in enumerate(numbers)], dtype=np.intp)
        found = points(known.on(batch.day), batch, Varied(rows, asked[numbers]))
        units = batch.unit[rows]
        result.claim[numbers] = found.claim[units]
        result.paid[numbers] = found.paid[units]
        result.housing_benefit[numbers] = found.housing_benefit[units]
        result.child_supplement[numbers] = found.child_supplement[units]
        result.free[numbers] = found.ends_need[units]
        result.own_income[numbers] = found.own_income[units]
        result.net[numbers] = found.net[units]
        result.disposable[numbers] = found.disposable[units]

    if len(pieces) == 1:
        work(pieces[0])
    else:
        with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            list(pool.map(work, pieces))
    return result
