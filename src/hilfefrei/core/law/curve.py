"""The claim over the wage: from which gross wage a unit is free of Grundsicherung, and from which it lives from its own income.

Two end points, never one: *free of Grundsicherung* is where no benefit of SGB II is left to pay (Wohngeld and Kinderzuschlag may help),
*living from own income* where there is no claim even without them. Net contributions and thresholds make the curve jump in places, so an
end point is the wage from which on it holds for good, up to the highest wage looked at.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from hilfefrei.core.law import parameters
from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.claim import Varied, claim
from hilfefrei.core.law.columns import Batch, columns
from hilfefrei.core.law.household import Household
from hilfefrei.core.law.needs import needs
from hilfefrei.core.law.parameters import Parameters
from hilfefrei.core.law.priority import others
from hilfefrei.core.law.results import instead_of, own_money, single_payment

EURO: Final = 100
HIGHEST: Final = 10_000 * EURO
# Weeks in a month: a year has twelve months and fifty-two weeks.
WEEKS: Final = Fraction(52, 12)


@dataclass(frozen=True, slots=True)
class Points:
    """Figures of units over wages, (U, k) in cents."""

    claim: Cents
    supplement: Cents
    housing_benefit: Cents
    child_supplement: Cents
    ends_need: Any
    own_income: Any
    paid: Cents
    net: Cents
    disposable: Cents


@dataclass(frozen=True, slots=True)
class Event:
    """A wage in cents at which something begins or ends."""

    wage: int
    what: str
    begins: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of one earner. ``wages`` (k,) in cents; the figures are of the earner's unit, (k,).

    ``free`` and ``own`` are the two end points in cents, None where the highest wage does not reach them.
    """

    earner: str
    wages: Cents
    claim: Cents
    paid: Cents
    housing_benefit: Cents
    child_supplement: Cents
    net: Cents
    disposable: Cents
    free: int | None
    own: int | None
    events: tuple[Event, ...]


def points(law: Any, batch: Batch, varied: Varied) -> Points:
    """Figures of all units for other wages of some persons.

    End points are about income: assets and reductions of payment are not looked at.
    """
    if batch.has("assets"):
        batch = replace(batch, column=batch.column | {"assets": np.zeros_like(batch.column["assets"])}, present=batch.present - {"assets"})
    needed = needs(law, batch)
    found = claim(law, batch, varied=varied, needed=needed)
    besides = others(law, batch, found)
    money = own_money(batch, found)
    pays = (found.total > 0) & ~besides.must_claim
    paid = np.where(pays, found.total, 0)
    disposable = money + np.where(pays, found.total + found.supplement + found.schooling, instead_of(batch, found, besides))
    disposable = disposable + single_payment(law, batch, found, besides)
    # Whoever cannot claim reaches no end point.
    eligible = batch.total(found.members.member.astype(np.int64)) > 0
    return Points(
        found.total, found.supplement, besides.housing_benefit, besides.child_supplement, besides.ends_need & eligible,
        (found.total == 0) & eligible, paid, money, disposable,
    )  # fmt: skip


def wage_of_hours(hourly: int, hours: Fraction | int) -> int:
    """Gross wage of a month in cents of an hourly wage in cents and hours a week."""
    return round(Fraction(hourly) * Fraction(hours) * WEEKS)


def curve(household: Household, earner: str, *, highest: int = HIGHEST, step: int = EURO, known: Parameters | None = None) -> Curve:
    """The curve of one person's wage, all else as it is.

    Args:
        household: with the wages of all others.
        earner: whose wage varies.
        highest: the highest wage looked at, in cents.
        step: distance of the wages in cents; end points and events are exact to the cent whatever it is.
        known: other parameters than those that come with the program.

    Raises:
        KeyError: no such person.
        UnknownDayError: the law of the day is not known.
    """
    law = (known or parameters.shipped()).on(household.day)
    batch = columns([household])
    row = next((number for number, person in enumerate(batch.persons) if person.id == earner), None)
    if row is None:
        raise KeyError(earner)
    unit = int(batch.unit[row])

    def at(wages: Cents) -> Points:
        return points(law, batch, Varied(np.array([row]), wages[None, :]))

    wages = np.arange(0, highest + 1, step, dtype=np.int64)
    found = at(wages)
    states = _states(law, found, unit, wages)
    # Where a state flips between two wages of the grid, every cent between them is looked at.
    flips = np.flatnonzero((states[:, 1:] != states[:, :-1]).any(axis=0))
    fine = np.concatenate([np.arange(wages[flip], wages[flip + 1] + 1, dtype=np.int64) for flip in flips]) if len(flips) else wages[:0]
    events: list[Event] = []
    ends: dict[str, int | None] = {}
    exact = _states(law, at(fine), unit, fine) if len(fine) else states[:, :0]
    for number, name in enumerate(_STATES):
        turns = np.flatnonzero((exact[number, 1:] != exact[number, :-1]) & (fine[1:] == fine[:-1] + 1)) + 1 if len(fine) else fine
        mine = [Event(int(fine[turn]), name, bool(exact[number, turn])) for turn in turns]
        events += mine
        if states[number, -1]:
            ends[name] = mine[-1].wage if mine else 0
        else:
            ends[name] = None
    unique = sorted(set(events), key=lambda event: (event.wage, event.what))
    return Curve(
        earner, wages, found.claim[unit], found.paid[unit], found.housing_benefit[unit], found.child_supplement[unit],
        found.net[unit], found.disposable[unit], ends["free"], ends["own_income"], tuple(unique),
    )  # fmt: skip


_STATES: Final = ("free", "own_income", "housing_benefit", "child_supplement", "insured", "beyond_transition")


def _states(law: Any, found: Points, unit: int, wages: Cents) -> Any:
    width = len(wages)

    def row(values: Any) -> Any:
        return np.broadcast_to(values[unit], (width,))

    return np.array(
        [
            row(found.ends_need),
            row(found.own_income),
            row(found.housing_benefit) > 0,
            row(found.child_supplement) > 0,
            wages > law["social_insurance.marginal"],
            wages > law["social_insurance.transition_top"],
        ]
    )
