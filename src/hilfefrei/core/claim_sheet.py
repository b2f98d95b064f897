"""One calculation as somebody reads it: a household today, the same household if something changes, and who pays what.

Pure figures out of :mod:`hilfefrei.core.law`; pages, paper and stored claims are made from these. Amounts are cents per month. A sheet
is advice, no decision. Two end points everywhere: *free of Grundsicherung* and *living from own income*.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from hilfefrei.core import federal_share
from hilfefrei.core.law import curve as curves
from hilfefrei.core.law import parameters
from hilfefrei.core.law.claim import Varied
from hilfefrei.core.law.columns import columns
from hilfefrei.core.law.curve import Curve
from hilfefrei.core.law.explain import Explained, Step, explain
from hilfefrei.core.law.household import Household, Person
from hilfefrei.core.law.readings import Reading
from hilfefrei.core.law.results import PersonResult, UnitResult
from hilfefrei.core.periods import add_months

EURO: Final = 100
# As far as the picture goes; where an end point lies further up, it goes on to the highest wage of the engine.
SHOWN: Final = 5_000 * EURO
# Wages at which the table beside the picture has a row, beside the end points.
ROWS: Final = tuple(euro * EURO for euro in (0, 520, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000))
# So far apart are the wages of the picture; the end points are exact to the cent all the same.
STEP: Final = EURO
CHILD_STEPS: Final = (6, 14)


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise than today; nothing set changes nothing.

    ``earner`` has the wage ``wage`` and the tax class, ``second`` is another earner. ``day`` is another day (a child turns six),
    ``rent`` the whole rent with service charges and heating after moving.
    """

    earner: str = ""
    wage: int | None = None
    tax_class: int | None = None
    second: str = ""
    second_wage: int | None = None
    day: date | None = None
    rent: int | None = None
    limit: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return self.wage is None and self.second_wage is None and self.day is None and self.rent is None and self.tax_class is None


def changed(household: Household, change: Change) -> Household:
    """The household as it would be then."""

    def person(one: Person) -> Person:
        more: dict[str, Any] = {}
        if one.id == change.earner:
            if change.wage is not None:
                more["wage"] = change.wage
            if change.tax_class is not None:
                more["tax_class"] = change.tax_class
        elif one.id == change.second and change.second_wage is not None:
            more["wage"] = change.second_wage
        return replace(one, **more) if more else one

    housing = household.housing
    if change.rent is not None:
        # Who moves has no time to lower costs in the new dwelling.
        housing = replace(housing, rent=change.rent, service_charges=0, heating=0, lowering_until=None)
        if change.limit is not None:
            housing = replace(housing, limit=(change.limit,), heating_limit=())
    return replace(household, day=change.day or household.day, persons=tuple(person(one) for one in household.persons), housing=housing)


@dataclass(frozen=True, slots=True)
class Side:
    """Figures of one unit in one situation.

    ``claim`` before Wohngeld and Kinderzuschlag; ``with_claim`` is what the unit has if the claim is paid, ``with_others`` what it has
    with these two in its place, None where there is neither. ``federal_housing`` and ``county_housing`` part the housing of the claim.
    """

    day: date
    benefit: str
    unit: UnitResult
    standard: int
    additional: int
    housing: int
    need: int
    gross: int
    contributions: int
    tax: int
    net: int
    free: int
    child_benefit: int
    other: int
    counted: int
    claim: int
    paid: int
    supplement: int
    schooling: int
    with_claim: int
    housing_benefit: int
    child_supplement: int
    with_others: int | None
    federal_living: int
    federal_housing: int
    county_housing: int

    @property
    def ends(self) -> bool:
        """Whether no Grundsicherung is left to pay: out of the own income, or with Wohngeld and Kinderzuschlag."""
        return self.unit.is_free

    @property
    def own(self) -> bool:
        """Whether the unit lives from its own income; not where nobody can claim, and not because of assets."""
        return self.unit.lives_from_own_income

    @property
    def disposable(self) -> int:
        """What the unit has in the end: with the other two where they end the need, with the claim else."""
        others = self.ends or not self.unit.eligible
        return self.with_others if others and self.with_others is not None else self.with_claim


def side(household: Household, explained: Explained, unit: UnitResult) -> Side:
    """Figures of a unit of an explained household."""
    members = [one for one in unit.persons if one.member]
    gross, net = sum(one.gross for one in unit.persons), sum(one.net for one in unit.persons)
    child_benefit = sum(one.child_benefit for one in unit.persons)
    supplement = unit.supplement if unit.claim else 0
    schooling = unit.schooling if unit.claim else 0
    # After reductions and for the days of the month that it is for.
    paid = sum(one.payment for one in unit.persons)
    federal, county = federal_share.split(unit.housing, household.land, household.day.year)
    others = unit.housing_benefit + unit.child_supplement
    return Side(
        day=household.day,
        benefit=explained.result.benefit,
        unit=unit,
        standard=sum(one.standard for one in members),
        additional=sum(sum(one.additional.values()) for one in members),
        housing=sum(one.housing for one in members),
        need=unit.need,
        gross=gross,
        contributions=sum(one.contributions for one in unit.persons),
        tax=sum(one.tax for one in unit.persons),
        net=net,
        free=sum(_free(one) for one in unit.persons),
        child_benefit=child_benefit,
        other=unit.net - net - child_benefit,
        counted=unit.income,
        claim=unit.claim,
        paid=paid,
        supplement=supplement,
        schooling=schooling,
        with_claim=unit.net + paid + supplement + schooling,
        housing_benefit=unit.housing_benefit,
        child_supplement=unit.child_supplement,
        with_others=unit.net + others if others else None,
        federal_living=paid - unit.housing,
        federal_housing=federal,
        county_housing=county,
    )


def _free(one: PersonResult) -> int:
    """What of a net wage is not counted (§ 11b)."""
    return max(0, one.net - one.earned) if one.gross else 0


@dataclass(frozen=True, slots=True)
class Payer:
    """What somebody pays before and after, in cents; ``sure`` False: another office decides."""

    name: str
    before: int
    after: int
    sure: bool = True

    @property
    def difference(self) -> int:
        """Below zero: pays less."""
        return self.after - self.before


def payers(before: Side, after: Side | None, land: str) -> list[Payer]:
    """Who pays less and who pays more, if what ends the need is granted then; ``after`` None: who pays what today.

    Today whoever has a claim gets it: what else could be applied for has not been granted.
    """
    paid = {id(before): bool(before.claim)}
    last = before if after is None else after
    if after is not None:
        paid[id(after)] = not after.ends

    def of(one: Side, amount: int) -> int:
        return amount if paid[id(one)] else 0

    def instead(one: Side, amount: int) -> int:
        return 0 if paid[id(one)] else amount

    share = f" ({federal_share.share_of(land, last.day.year).percent.normalize():f} %)".replace(".", ",")
    rows = [
        Payer("Bund, Lebensunterhalt", of(before, before.federal_living), of(last, last.federal_living)),
        Payer("Bund, Sofortzuschlag", of(before, before.supplement), of(last, last.supplement)),
        Payer(f"Bund, Anteil an der Wohnung{share}", of(before, before.federal_housing), of(last, last.federal_housing)),
        Payer("Landkreis, Wohnung", of(before, before.county_housing), of(last, last.county_housing)),
        Payer("Landkreis, Bildung und Teilhabe", of(before, before.schooling), of(last, last.schooling)),
        Payer("Familienkasse (Bund), Kinderzuschlag", instead(before, before.child_supplement), instead(last, last.child_supplement), sure=False),
        Payer("Wohngeldstelle (Bund und Land), Wohngeld", instead(before, before.housing_benefit), instead(last, last.housing_benefit), sure=False),
    ]
    return [row for row in rows if row.before or row.after]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table beside the picture; amounts in cents."""

    wage: int
    claim: int
    housing_benefit: int
    child_supplement: int
    disposable: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """From which gross wage of one earner: free of Grundsicherung, own income alone, no help at all. None: not within the curve."""

    earner: str
    free: int | None
    own: int | None
    none: int | None
    wages: tuple[int, ...]
    disposable: tuple[int, ...]
    rows: tuple[Row, ...]


def reach(household: Household, earner: str) -> Reach:
    """The wage curve of one earner as a picture and a table.

    Raises:
        KeyError: no such person.
        UnknownDayError: the law of the day is not known.
    """
    found = curves.curve(household, earner, highest=SHOWN, step=STEP)
    beyond = _no_help(found)
    if found.own is None or found.free is None or beyond is None:
        found = curves.curve(household, earner, step=STEP)
        beyond = _no_help(found)
    last = max([SHOWN, *(point for point in (found.free, found.own) if point is not None)])
    shown = found.wages <= last + 500 * EURO if last > SHOWN else found.wages <= SHOWN
    marks = {found.free: "ohne Grundsicherung", found.own: "vom eigenen Einkommen", beyond: "ohne jede Hilfe"}
    marks = {wage: words for wage, words in marks.items() if wage}
    if found.free == found.own and found.free:
        marks[found.free] = "ohne Grundsicherung, vom eigenen Einkommen"
    wages = sorted({wage for wage in (*ROWS, *marks) if wage is not None and wage <= int(found.wages[-1])})
    batch = columns([household])
    row = next(number for number, person in enumerate(batch.persons) if person.id == earner)
    unit = int(batch.unit[row])
    at = curves.points(parameters.shipped().on(household.day), batch, Varied(np.array([row]), np.array([wages], dtype=np.int64)))
    rows = tuple(
        Row(
            wage, int(at.claim[unit, n]), int(at.housing_benefit[unit, n]), int(at.child_supplement[unit, n]), int(at.disposable[unit, n]),
            marks.get(wage, ""),
        )
        for n, wage in enumerate(wages)
    )  # fmt: skip
    return Reach(earner, found.free, found.own, beyond, tuple(found.wages[shown].tolist()), tuple(found.disposable[shown].tolist()), rows)


def _no_help(found: Curve) -> int | None:
    """From where on nothing is paid, neither claim nor Wohngeld nor Kinderzuschlag."""
    if found.own is None or found.housing_benefit[-1] or found.child_supplement[-1]:
        return None
    ends = [event.wage for event in found.events if event.what in {"housing_benefit", "child_supplement"} and not event.begins]
    return max([found.own, *ends])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A calculation: today, then (None: nothing changes), and from which wage. ``other_units`` are further units of the dwelling."""

    household: Household
    now: Explained
    before: Side
    then: Explained | None
    after: Side | None
    reach: Reach | None
    other_units: tuple[UnitResult, ...]

    @property
    def last(self) -> Side:
        """The situation that counts: then, or today where nothing changes."""
        return self.after or self.before

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lines of the situation that counts, of the unit asked about."""
        explained = self.then or self.now
        return next(lines for unit, lines in zip(explained.result.units, explained.steps, strict=True) if unit is self.last.unit)

    @property
    def otherwise(self) -> tuple[tuple[Reading, int], ...]:
        """Where the law leaves doubt and it matters here: the reading, and the claim by the other one."""
        explained = self.then or self.now
        number = next(n for n, unit in enumerate(explained.result.units) if unit is self.last.unit)
        return tuple((one.reading, one.claims[number]) for one in explained.otherwise if one.claims[number] != self.last.claim)


def of(household: Household, change: Change | None = None) -> Sheet:
    """The sheet of the unit of the first person of ``household``.

    Raises:
        UnknownDayError: the law of a day is not known.
    """
    change = change or Change()
    first = household.persons[0].id
    now = explain(household)
    unit = _unit_of(now, first)
    before = side(household, now, unit)
    then = after = None
    other = household
    if not change.is_none:
        other = changed(household, change)
        then = explain(other)
        after = side(other, then, _unit_of(then, first))
    earner = change.earner or first
    asked = next((one for one in other.persons if one.id == earner), None)
    rest = tuple(one for one in (then or now).result.units if one is not (after or before).unit)
    curve = reach(other, earner) if asked is not None and not asked.permanently_incapable else None
    return Sheet(household, now, before, then, after, curve, rest)


def _unit_of(explained: Explained, person: str) -> UnitResult:
    return next(unit for unit in explained.result.units if any(one.id == person for one in unit.persons))


def first_month_with(birth: date, age: int) -> date:
    """The first of the first month in which somebody is so old from its first day on."""
    birthday = add_months(birth, 12 * age)
    return birthday if birthday.day == 1 else add_months(birthday.replace(day=1), 1)


def wage(hourly: int, hours: Decimal) -> int:
    """Gross wage of a month in cents of an hourly wage in cents and hours a week."""
    return curves.wage_of_hours(hourly, Fraction(hours))


# --- as data ----------------------------------------------------------------------------------------------------------

def fingerprint(day: date) -> str:
    """A short sum over everything the law of a day says: two claims with the same sum were worked out by the same law.

    Raises:
        UnknownDayError: the law of the day is not known.
    """
    law = parameters.shipped().on(day)
    text = json.dumps({name: _text(law[name]) for name in sorted(law)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _text(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_text(one) for one in value]
    return str(value)


def unit_to_json(unit: UnitResult) -> dict[str, Any]:
    """Figures of a unit as they are kept with a claim, in cents."""
    return asdict(unit)


def steps_to_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The lines as they are kept with a claim; amounts in cents."""
    return [asdict(step) for step in steps]
