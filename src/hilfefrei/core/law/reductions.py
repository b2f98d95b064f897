"""Reductions of the payment (§§ 7b (4), 31a, 31b, 32, 65a (2), 84 SGB II) and part months (§ 41 (1)); rare, so worked out for those who have one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

import numpy as np

from hilfefrei.core.law.arithmetic import Cents, ratio, times
from hilfefrei.core.law.claim import Claim, Shares
from hilfefrei.core.law.columns import Batch
from hilfefrei.core.law.household import FULL_MONTH, Breach, Person
from hilfefrei.core.law.parameters import Parameters

# Value of the parameter: only whoever had a reduction in the last year.
AFTER_ANOTHER: Final = 2
NEW_RULES: Final = date(2026, 7, 1)
LAST_OLD_DAY: Final = date(2026, 6, 30)
HOUSING_PROTECTED_FROM: Final = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class Reduced:
    """Per person, (P, k) in cents: what is taken off, what is paid after it, and what of that falls on housing."""

    amount: Cents
    payment: Cents
    housing: Cents


def reduced(law: Mapping[str, Any], batch: Batch, found: Claim, parts: Shares, known: Parameters) -> Reduced:
    """What of each claim is paid out.

    How much is the law of the month; for breaches before July 2026 that of June 2026 (§ 65a (2)). Whether work may be refused at the price
    of the whole standard need is the law of the day of the breach; ``known`` holds both. A breach that is still to come reduces nothing.
    """
    amount = np.zeros_like(parts.claim)
    new = np.zeros_like(batch.flag["head"])
    standard = found.needs.standard
    for row, person in enumerate(batch.persons):
        if not person.reductions:
            continue
        part, whole, newly = _share(law, batch.day, known, person)
        new[row] = newly
        wanted = standard[row] if whole else times(standard[row], part)
        # § 31a (4) s. 2: what falls on housing stays untouched.
        protected = parts.living[row] if batch.day >= HOUSING_PROTECTED_FROM else parts.claim[row]
        amount[row] = np.minimum(wanted, protected)
    payment = parts.claim - amount
    least = law["reductions.after_reduction"]
    payment = np.where(new & (amount > 0) & (payment == 0), least, payment)
    housing = np.minimum(parts.housing, payment)
    days = batch.column["unit_days"]
    if (days < FULL_MONTH).any():
        month = np.full_like(days, FULL_MONTH)
        payment, housing = (ratio(value, days, month) for value in (payment, housing))
    return Reduced(amount, payment, housing)


def _share(law: Mapping[str, Any], day: date, known: Parameters, person: Person) -> tuple[Fraction, bool, bool]:
    """The part of the standard need that all reductions of a person take together; whether it is all of it; whether the new law says so."""
    part, most, whole, new = Fraction(0), Fraction(0), False, False
    for reduction in person.reductions:
        if reduction.on > day:
            continue
        is_new = reduction.on >= NEW_RULES
        new |= is_new
        rules = known.on(LAST_OLD_DAY) if day >= NEW_RULES and not is_new else law
        then = known.on(min(max(reduction.on, known.first_day), day))
        if reduction.breach is Breach.REFUSED_WORK:
            rule = then["reductions.refused_work"]
            whole |= rule == 1 or (rule == AFTER_ANOTHER and reduction.times > 1)
            # Where no such rule is in force a refused job is a breach of duty like others (§ 31 (1) no. 2).
        if reduction.breach is Breach.UNREACHABLE:
            whole |= bool(then["reductions.unreachable"])
            continue
        steps = rules["reductions.appointment" if reduction.breach is Breach.APPOINTMENT else "reductions.duty"]
        part += Fraction(steps[min(reduction.times, len(steps)) - 1])
        most = max(most, Fraction(rules["reductions.most"]))
    return min(part, most), whole, new
