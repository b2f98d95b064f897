"""What a unit could be entitled to as far as it is known: a band that holds every result that the missing answers leave open.

Each thing that is not known has its possible values; the engine works out all of their combinations at once, and the band reaches from
the lowest result to the highest. Of what only shifts a result one way (where warm water is made, what of the rent is heating, the rent
level), the two outer cases stand for all between. Assets are not looked at: :attr:`Estimate.keeps` says up to where that is right.
An estimate is advice, no decision, and nothing of it is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final

import numpy as np

from hilfefrei.core.law import assets, parameters
from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.claim import Varied
from hilfefrei.core.law.columns import Batch, columns
from hilfefrei.core.law.curve import EURO, Points, points
from hilfefrei.core.law.household import Education, Household, Housing, Income, Kind, Person, WaterHeating
from hilfefrei.core.law.parameters import Parameters
from hilfefrei.core.law.results import Result, UnitResult, claims, name_of
from hilfefrei.core.periods import age_on

ME: Final = "me"
PARTNER: Final = "partner"
# Ages taken where a birth date is not known.
ADULT_AGE: Final = 35
ADULT: Final = 18
# Ages at which the need of a child or its parent changes (§§ 20 to 23, § 21 (3)).
TURNS: Final = (6, 7, 14, 15, 16, 18)
# Above this wage in cents nothing is looked at, and between two wages of the grid nothing either.
HIGHEST: Final = 6_000 * EURO
STEP: Final = 25 * EURO
# Income that may be there and was not said: no unit needs aid beside it.
PLENTY: Final = 12_000 * EURO
# Warm rent looked at where nobody said it and the county's limits are not known: for one person, and for each further one.
RENT_MOST: Final = (1_000 * EURO, 250 * EURO)
# Heating as a share of the warm rent, in percent: little and much.
HEATING: Final = (8, 30)
RENT_LEVELS: Final = (1, 7)
# What one-and-a-half times the county's limit leaves recognised (§ 22 (1) s. 6 f.).
CAP: Final = (3, 2)


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the unit, by its age in years: ``youngest`` to ``oldest`` where the birth date is not known."""

    youngest: int = 0
    oldest: int = 17
    birth: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a unit. None: not known. Money in cents a month.

    ``children`` None: nobody said whether there are any; ``more_children``: each child may stand for two. ``rent`` is what the unit pays
    for its dwelling, warm. ``other`` is all other income together but child benefit, ``other_kind`` what it is.
    """

    birth: date | None = None
    partner: bool | None = None
    partner_birth: date | None = None
    children: tuple[Child, ...] | None = None
    more_children: bool = False
    rent: int | None = None
    wage: int | None = None
    partner_wage: int | None = None
    other: int | None = None
    other_kind: Kind = Kind.OTHER
    land: str = "NI"
    rent_level: int | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """From ``low`` to ``high`` cents, both included."""

    low: int
    high: int

    @property
    def width(self) -> int:
        """How much is open."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Wage:
    """From which gross wage something holds for good; ``high`` None: perhaps not even with the highest wage looked at."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """A wage that might be earned, in cents a month, from ``low`` to ``high``."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The unit with a job: what is paid still (claim with immediate supplement), and what it has in the month.

    ``free`` and ``own``: never, perhaps or for sure (0, 1, 2) free of Grundsicherung, and without Wohngeld and Kinderzuschlag.
    """

    paid: Band
    disposable: Band
    free: int
    own: int
    housing_benefit: Band
    child_supplement: Band


@dataclass(frozen=True, slots=True)
class Estimate:
    """The band of a unit as it is, both end points, and the effect of jobs.

    ``claim`` is with the immediate supplement (§ 72), ``housing`` of it for the dwelling, ``living`` the rest. ``ends_need``: never,
    perhaps or for sure (0, 1, 2) Wohngeld and Kinderzuschlag are enough. ``missing``: names of :class:`Known` whose answer would narrow
    the band of the claim, what narrows most first. ``keeps``: up to these assets of all together the claim stands (§ 12).
    """

    day: date
    state: str
    benefit: str
    claim: Band
    housing: Band
    living: Band
    disposable: Band
    ends_need: int
    instead: Band
    free_from: Wage
    own_from: Wage
    keeps: int
    missing: tuple[str, ...]
    effects: tuple[Effect | None, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One combination of possible answers; ``chosen`` says by name which."""

    household: Household
    chosen: Mapping[str, int]


def estimate(
    known: Known, day: date, *, limits: Sequence[int] = (), jobs: Iterable[Job | None] = (), law: Parameters | None = None
) -> Estimate:
    """The band of what a unit could be entitled to on ``day``.

    Args:
        known: what was answered.
        day: whose law holds.
        limits: what the county holds to be appropriate for 1, 2, 3 … persons, warm, in cents; empty: all costs are recognised.
        jobs: wages that the applicant might earn instead of today's; None stays None in the result.
        law: other parameters than the shipped ones.

    Raises:
        UnknownDayError: the law of the day is not known.
    """
    known_law = law or parameters.shipped()
    cases = _cases(known, day, tuple(limits))
    households = [case.household for case in cases]
    results = claims(households, known=known_law)
    units = [_mine(result) for result in results]
    wanted = list(jobs)
    curve = _Curve(known_law.on(day), households, wanted)
    # (cases, wages of today): the wage that is known, or none and whatever else it may be.
    claim, housing, disposable = (
        np.array([value(unit) for unit in units], dtype=np.int64)[:, None] for value in (_paid, _housing, _disposable)
    )
    ends = np.array([[unit.ends_need] for unit in units])
    instead = np.array([[unit.housing_benefit + unit.child_supplement] for unit in units], dtype=np.int64)
    if known.wage is None:
        claim = np.hstack([claim, curve.paid])
        # Income goes against the need for living first (§ 19 (3) s. 2).
        housing = np.hstack([housing, np.minimum(curve.paid, housing)])
        disposable = np.hstack([disposable, curve.disposable])
        ends = np.hstack([ends, curve.free])
        instead = np.hstack([instead, curve.housing_benefit + curve.child_supplement])
    return Estimate(
        day=day,
        state=results[0].state,
        benefit=name_of(results[0].state),
        claim=_band(claim),
        housing=_band(housing),
        living=_band(claim - housing),
        disposable=_band(disposable),
        ends_need=_sure(ends),
        instead=_band(instead),
        free_from=curve.wage(curve.free),
        own_from=curve.wage(curve.own),
        keeps=_keeps(known_law.on(day), curve.batch),
        missing=_missing(known, cases, claim),
        effects=tuple(curve.effect(job) for job in wanted),
    )


def _open(value: int | None, possible: tuple[int, ...]) -> tuple[int, ...]:
    return possible if value is None else (value,)


def _band(values: Any) -> Band:
    return Band(int(np.min(values)), int(np.max(values)))


def _sure(flags: Any) -> int:
    """0 never, 1 perhaps, 2 for sure."""
    return int(np.any(flags)) + int(np.all(flags))


def _mine(result: Result) -> UnitResult:
    return next(unit for unit in result.units if any(person.id == ME for person in unit.persons))


def _paid(unit: UnitResult) -> int:
    return unit.claim + unit.supplement if unit.claim else 0


def _housing(unit: UnitResult) -> int:
    return unit.housing


def _disposable(unit: UnitResult) -> int:
    return unit.disposable


# ---- the combinations


def _cases(known: Known, day: date, limits: tuple[int, ...]) -> list[_Case]:
    """All combinations of what is not known but the applicant's wage, which is the axis of the curve."""
    partners = (False, True) if known.partner is None else (known.partner,)
    found = []
    for (at_partner, partner), (at_children, children) in product(enumerate(partners), enumerate(_children(known, day))):
        rents = _open(known.rent, (0, _most(limits, 1 + partner + len(children))))
        for (at_rent, rent), (theirs, their, other), generous in product(enumerate(rents), _moneys(known, partner=partner), (False, True)):
            chosen = {"partner": at_partner, "children": at_children, "rent": at_rent, "partner_wage": theirs, "other": theirs}
            household = _household(known, day, limits, partner, children, (rent, their, other), generous=generous)
            found.append(_Case(household, chosen))
    return found


def _moneys(known: Known, *, partner: bool) -> list[tuple[int, int, int]]:
    """(number, the partner's wage, other income): what is open is all nothing or all plenty; what lies between gives what lies between."""
    their = known.partner_wage if partner else 0
    closed = their is not None and known.other is not None
    return [
        (number, their if their is not None else much, known.other if known.other is not None else much)
        for number, much in enumerate((0,) if closed else (0, PLENTY))
    ]


def _most(limits: tuple[int, ...], size: int) -> int:
    if limits:
        times, of = CAP
        return limits[min(size, len(limits)) - 1] * times // of
    first, further = RENT_MOST
    return first + further * (size - 1)


def _children(known: Known, day: date) -> list[tuple[tuple[date, Education], ...]]:
    """Possible sets of children, each by birth and schooling. Where one may stand for two, both are of an age."""
    guesses = (Child(),) if known.children is None else known.children
    twice = (0, 1, 2) if known.children is None else (1, 2) if known.more_children else (1,)
    found = [
        tuple(sorted(child for child in one for _ in range(times)))
        for times in twice
        for one in product(*(_child(child, day) for child in guesses))
    ]
    return list(dict.fromkeys(found))


def _child(child: Child, day: date) -> list[tuple[date, Education]]:
    if child.birth is not None:
        ages, births = [age_on(child.birth, day)], [child.birth]
    else:
        # Between two turns nothing changes.
        ages = [child.youngest, *(age for age in TURNS if child.youngest < age <= child.oldest)]
        births = [_born(day, age) for age in ages]
    return [
        (birth, education)
        for age, birth in zip(ages, births, strict=True)
        for education in ((Education.NONE, Education.SCHOOL) if age >= ADULT else (Education.NONE,))
    ]


def _born(day: date, years: int) -> date:
    """Somebody who became ``years`` old in the month before last, so that no birthday falls into the month."""
    month = day.month - 2 or 12
    return date(day.year - years - (day.month <= 2), month if day.month > 1 else 11, 1)


def _household(
    known: Known, day: date, limits: tuple[int, ...], partner: bool, children: tuple[tuple[date, Education], ...],
    money: tuple[int, int, int], *, generous: bool,
) -> Household:  # fmt: skip
    rent, their_wage, other = money
    adult = _born(day, ADULT_AGE)
    eldest = min((birth for birth, _ in children), default=day)
    mine = min(known.birth or adult, _before(eldest))
    minors = any(age_on(birth, day) < ADULT for birth, _ in children)
    incomes = (Income(known.other_kind, other),) if other else ()
    of_child = known.other_kind in {Kind.MAINTENANCE, Kind.ADVANCE_MAINTENANCE} and bool(children)
    parents = (ME, PARTNER) if partner else (ME,)
    persons = [
        Person(
            ME, mine, partner=PARTNER if partner else "", tax_class=4 if partner else 2 if minors else 1, wage=known.wage or 0,
            incomes=() if of_child else incomes,
        )
    ]
    if partner:
        theirs = min(known.partner_birth or adult, _before(eldest))
        persons.append(Person(PARTNER, theirs, partner=ME, tax_class=4, wage=their_wage))
    persons += [
        Person(f"child{number}", birth, parents=parents, education=education, incomes=incomes if of_child and number == 0 else ())
        for number, (birth, education) in enumerate(children)
    ]
    heating = rent * HEATING[not generous] // 100
    housing = Housing(
        rent=rent - heating,
        heating=heating,
        water_heating=WaterHeating.CENTRAL if generous else WaterHeating.OWN,
        limit=limits,
    )
    level = RENT_LEVELS[generous] if known.rent_level is None else known.rent_level
    return Household(id="", day=day, persons=tuple(persons), housing=housing, land=known.land, rent_level=level)


def _before(birth: date) -> date:
    """A parent is older than the child, whatever is written."""
    return birth if birth == date.min else date.fromordinal(birth.toordinal() - 1)


def _keeps(law: Mapping[str, Any], batch: Batch) -> int:
    """Assets that the smallest unit may keep, for a first application of today."""
    units = batch.unit[[number for number, person in enumerate(batch.persons) if person.id == ME]]
    return int(batch.total(assets.allowances(law, batch))[units].min())


# ---- what is missing


def _missing(known: Known, cases: Sequence[_Case], claim: Cents) -> tuple[str, ...]:
    """Names whose answer would narrow the band (or may: not every answer does), what can narrow most first."""
    whole = _band(claim).width
    gains = []
    for name in cases[0].chosen:
        asked = getattr(known, name) is None or (name == "children" and known.more_children)
        if not asked or (name == "partner_wage" and known.partner is False):
            continue
        chosen = np.array([case.chosen[name] for case in cases])
        values = np.unique(chosen)
        if len(values) > 1:
            gains.append((whole - min(_band(claim[chosen == value]).width for value in values), name))
    if claim.shape[1] > 1:
        gains.append((whole - min(_band(column).width for column in claim.T), "wage"))
    return tuple(name for narrowed, name in sorted(gains, key=lambda pair: -pair[0]) if narrowed)


# ---- over the wage


class _Curve:
    """All combinations over a grid of wages of the applicant, the wages of the jobs among them."""

    def __init__(self, law: Mapping[str, Any], households: Sequence[Household], jobs: Sequence[Job | None]) -> None:
        grid = np.arange(0, HIGHEST + 1, STEP, dtype=np.int64)
        ends = [wage for job in jobs if job is not None for wage in (job.low, job.high)]
        self.wages: Cents = np.unique(np.concatenate([grid, np.array(ends, dtype=np.int64)]))
        self.batch = batch = columns(households)
        rows = np.array([number for number, person in enumerate(batch.persons) if person.id == ME], dtype=np.intp)
        found: Points = points(law, batch, Varied(rows, np.broadcast_to(self.wages, (len(rows), len(self.wages)))))
        units = batch.unit[rows]
        shape = (len(rows), len(self.wages))

        def of(values: Any) -> Any:
            return np.broadcast_to(np.asarray(values)[units], shape)

        self.own, self.free = of(found.own_income), of(found.ends_need)
        self.disposable = of(found.disposable)
        pays = of(found.paid) > 0
        self.paid = np.where(pays, of(found.claim) + of(found.supplement), 0)
        self.housing_benefit, self.child_supplement = of(found.housing_benefit), of(found.child_supplement)

    def wage(self, holds: Any) -> Wage:
        """From where it holds for good: the outer wages of the grid, whatever the combination."""
        wages, seen = self.wages[self.wages <= HIGHEST], holds[:, self.wages <= HIGHEST]
        last_not = seen.shape[1] - 1 - np.argmax(~seen[:, ::-1], axis=1)
        always = seen.all(axis=1)
        reached = seen[:, -1]
        if not reached.any():
            return Wage(None, None)
        lows = np.where(always, 0, wages[last_not])[reached]
        highs = np.where(always, 0, wages[np.minimum(last_not + 1, len(wages) - 1)])
        return Wage(int(lows.min()), int(highs.max()) if reached.all() else None)

    def effect(self, job: Job | None) -> Effect | None:
        """What a job would change, over all combinations and all wages of its band."""
        if job is None:
            return None
        at = (self.wages >= job.low) & (self.wages <= job.high)
        disposable = self.disposable[:, at]
        return Effect(
            paid=_band(self.paid[:, at]),
            disposable=_band(disposable),
            free=_sure(self.free[:, at]),
            own=_sure(self.own[:, at]),
            housing_benefit=_band(self.housing_benefit[:, at]),
            child_supplement=_band(self.child_supplement[:, at]),
        )
