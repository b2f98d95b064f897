"""From households to columns: one row per person, benefit unit by benefit unit, so that a thousand are as easy as one.

Who forms a unit is § 7 (3) SGB II: partners; a mother or father with unmarried children under 25; a child of under 25 who has a partner
or a child of their own in the house is a unit of its own (reading: ``docs/law.md``). Whether a child leaves its unit because it has enough
of its own depends on income and is decided in :mod:`~hilfefrei.core.law.claim`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from hilfefrei.core.law.arithmetic import Cents
from hilfefrei.core.law.household import FULL_MONTH, Education, Household, Income, Kind, Person, WaterHeating
from hilfefrei.core.periods import MONTHS, ONE_DAY, add_months, age_on, last_of_month

ADULT: Final = 18
ELIGIBLE: Final = 15
YOUNG: Final = 25
# § 7a: months beyond the completed 65th year by year of birth.
_LIMIT_MONTHS: Final = {1947 + n: 1 + n for n in range(12)} | {1959 + n: 14 + 2 * n for n in range(5)}
_LIMIT_AGE: Final = 65
_LAST_MONTHS: Final = 24
# Church tax is eight per cent there, nine elsewhere.
LOW_CHURCH_RATE: Final = frozenset({"BW", "BY"})

Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
Array = TypeVar("Array", bound=NDArray[Any])

# Amounts of a person that are taken over as they are.
_AMOUNTS: Final = (
    "diet", "special_need", "school_books", "wage", "work_costs", "car_insurance", "subsidised_saving", "maintenance_paid", "assets",
)  # fmt: skip
_FLAGS: Final = (
    "employable", "permanently_incapable", "moved_without_consent", "pregnant", "participation_aid", "mobility_mark", "church",
    "pension_exempt", "minor_child_elsewhere", "excluded",
)  # fmt: skip
_AMOUNTS_OF: Final = attrgetter(*_AMOUNTS)
_FLAGS_OF: Final = attrgetter(*_FLAGS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Households of one day as columns. P persons, U units, H households; person columns have the shape (P, 1).

    ``start`` (U,) is the first row of each unit, ``unit`` (P,) the unit of each row, ``household`` (U,) the household of each unit.
    ``column`` holds what people are and have by name; amounts in cents.
    """

    day: date
    households: tuple[Household, ...]
    persons: tuple[Person, ...]
    start: Rows
    unit: Rows
    household: Rows
    column: dict[str, Cents]
    flag: dict[str, Flags]
    # Row of whoever draws the child benefit of a child, else its own row.
    recipient: Rows
    # Names that somebody has.
    present: frozenset[str]

    def has(self, name: str) -> bool:
        """Whether anybody has a fact or an amount: what nobody has need not be worked out."""
        return name in self.present

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.start)

    def total(self, values: Cents) -> Cents:
        """Sums of person rows by unit: (P, k) to (U, k)."""
        return np.add.reduceat(values, self.start, axis=0)

    def total_with(self, values: Cents, others: Cents | None, rows: Rows | None) -> Cents:
        """Sums by unit with the values of some rows put in: (P, 1 or k), (rows, k) to (U, k); at most one row in a unit."""
        if others is None or rows is None:
            return self.total(values)
        rest = values.copy()
        rest[rows] = 0
        sums = np.broadcast_to(self.total(rest), (self.units, others.shape[1])).copy()
        sums[self.unit[rows]] += others
        return sums

    def each(self, values: Array) -> Array:
        """Values of units given to each of their persons: (U, k) to (P, k)."""
        return values[self.unit]  # type: ignore[return-value]  # the rows of an array are one of its kind


def age_limit(birth: date) -> date:
    """The last day of the month in which somebody reaches the age limit (§ 7a SGB II).

    § 187 (2) s. 2 BGB: the day of birth counts, so whoever is born on the first completes a year on the last day of the month before.
    """
    months = 0 if birth.year < min(_LIMIT_MONTHS) else _LIMIT_MONTHS.get(birth.year, _LAST_MONTHS)
    completed = add_months(birth, _LIMIT_AGE * MONTHS + months)
    last = date.fromordinal(completed.toordinal() - 1) if completed.day == birth.day else completed
    return last_of_month(last)


def columns(households: Iterable[Household]) -> Batch:
    """Lay households of one day out as columns.

    Raises:
        ValueError: they are of different days, or there is none.
    """
    kept = tuple(households)
    days = {household.day for household in kept}
    if len(days) != 1:
        message = "Ein Stapel besteht aus Haushalten eines Tages."
        raise ValueError(message)
    day = days.pop()
    rows: list[tuple[Person, dict[str, int]]] = []
    unit_of: list[int] = []
    drawers: list[tuple[int, str]] = []
    row_of: dict[tuple[int, str], int] = {}
    starts: list[int] = []
    unit_household: list[int] = []
    for number, household in enumerate(kept):
        for members in units_of(household):
            starts.append(len(rows))
            unit_household.append(number)
            for person, facts in members:
                row_of[number, person.id] = len(rows)
                drawers.append((number, person.parents[0] if person.parents and facts["child_number"] else person.id))
                unit_of.append(len(starts) - 1)
                rows.append((person, facts))
    persons = tuple(person for person, _ in rows)
    names = list(rows[0][1])
    told = np.array([list(mine.values()) for _, mine in rows], dtype=np.int64).T.copy()
    column = {name: told[number][:, None] for number, name in enumerate(names)}
    amounts = np.array([_AMOUNTS_OF(person) for person in persons], dtype=np.int64).T.copy()
    column |= {name: amounts[number][:, None] for number, name in enumerate(_AMOUNTS)}
    true = told != 0
    flag = {name: true[number][:, None] for number, name in enumerate(names) if isinstance(rows[0][1][name], bool)}
    said = np.array([_FLAGS_OF(person) for person in persons], dtype=np.bool_).T.copy()
    flag |= {name: said[number][:, None] for number, name in enumerate(_FLAGS)}
    tables: tuple[tuple[Sequence[str], Any], ...] = ((names, true), (_AMOUNTS, amounts != 0), (_FLAGS, said))
    present = frozenset(name for of, table in tables for name, some in zip(of, table.any(axis=1).tolist(), strict=True) if some)
    unit, household_of = np.array(unit_of, dtype=np.intp), np.array(unit_household, dtype=np.intp)
    recipient = np.array([row_of[drawer] for drawer in drawers], dtype=np.intp)
    return Batch(day, kept, persons, np.array(starts, dtype=np.intp), unit, household_of, column, flag, recipient, present)


def units_of(household: Household) -> list[list[tuple[Person, dict[str, int]]]]:
    """The people of a household by benefit unit (§ 7 (3)), with what follows from who lives with whom.

    A unit without anybody who can claim (§ 7 (1)) is one as well; nothing will be claimed for it.
    """
    day, month_end = household.day, last_of_month(household.day)
    known = {person.id: person for person in household.persons}
    # The oldest first, whatever the order they are named in: odd cents go by it.
    # Who is only there now and then is no head of the dwelling and comes last.
    by_age = sorted(household.persons, key=lambda one: (one.days < FULL_MONTH, one.birth, one.id))
    place = {person.id: number for number, person in enumerate(by_age)}
    age = {person.id: age_on(person.birth, day) for person in household.persons}
    parents = {parent for person in household.persons for parent in person.parents}
    heads = {
        person.id
        for person in household.persons
        if age[person.id] >= YOUNG or person.partner or person.id in parents or not person.parents
    }
    unit: dict[str, int] = {}
    count = 0
    for person in household.persons:
        if person.id in heads and person.id not in unit:
            unit[person.id] = count
            if person.partner:
                unit[person.partner] = count
            count += 1
    for person in household.persons:
        if person.id not in unit:
            # Two parents who are no partners share a child: it is counted with the first of them who is named.
            unit[person.id] = unit[person.parents[0]]
    found: list[list[tuple[Person, dict[str, int]]]] = [[] for _ in range(count)]
    size = max(sum(person.days == FULL_MONTH for person in household.persons), 1)
    minors_of: dict[str, list[int]] = {}
    children_of: dict[str, int] = {}
    has_minor = {parent for person in household.persons if age[person.id] < ADULT for parent in person.parents}
    minors_in = [0] * count
    for person in household.persons:
        for parent in person.parents:
            children_of[parent] = children_of.get(parent, 0) + (age[person.id] < YOUNG)
        if age[person.id] < ADULT and person.id not in heads:
            minors_in[unit[person.id]] += 1
            # Alone is who shares the care with nobody: neither with the other parent in the house nor with one the child comes from.
            if person.days == FULL_MONTH and (household.lone_parent or len(person.parents) == 1):
                for parent in person.parents:
                    minors_of.setdefault(parent, []).append(age[person.id])
    number_of = _numbers(household, age)
    order = sorted(household.persons, key=lambda one: (one.id not in heads, place[one.id]))
    own_water = household.housing.water_heating is WaterHeating.OWN
    for person in order:
        years, head = age[person.id], person.id in heads
        partner = known.get(person.partner) if person.partner else None
        minors = minors_of.get(person.id, [])
        lone = bool(head and partner is None and minors) and household.lone_parent is not False
        got = _incomes(person.incomes) if person.incomes else _NOTHING
        old = got["income_old_age_pension"] > 0 or (years >= _LIMIT_AGE and day > age_limit(person.birth))
        schooling = person.schooling
        pensioner = old and years >= _LIMIT_AGE
        out = person.excluded or person.permanently_incapable or old
        facts: dict[str, int] = {
            "age": years,
            # Whoever is born on the first completes the year on the last day before (§ 187 (2) s. 2 BGB), as § 7a counts it too.
            "age_in_month": age_on(person.birth, month_end + ONE_DAY),
            "head": head,
            "adult": years >= ADULT,
            "young": years < YOUNG,
            "stage": _stage(person, years, partner, age, head=head),
            "elb": person.employable and years >= ELIGIBLE and not out,
            "out": out,
            "minors": len(minors),
            "children": children_of.get(person.id, 0),
            "parent": person.id in children_of or person.minor_child_elsewhere,
            "pensioner": pensioner,
            "visitor": person.days < FULL_MONTH,
            "studies": person.education is Education.STUDIES,
            # § 11b (3) s. 3: lives in the unit with a minor child, or has one.
            "with_minor": bool(person.id in has_minor or person.minor_child_elsewhere or minors_in[unit[person.id]] > (not head and years < ADULT)),
            "minors_under_7": sum(one < 7 for one in minors),
            "minors_under_16": sum(one < 16 for one in minors),
            "lone": lone,
            "own_water": own_water,
            "saxony": household.land == "SN",
            "low_church_rate": household.land in LOW_CHURCH_RATE,
            "place": place[person.id],
            "dwellers": size,
            "days": person.days,
            "unit_days": household.days,
            "in_training": person.education is Education.TRAINING,
            "pupil": person.education is Education.SCHOOL,
            "tax_class": person.tax_class,
            # -1: worked out from the children of the unit.
            "child_allowances": -1 if person.child_allowances is None else person.child_allowances,
            # After the month in which 23 years are completed (§ 55 (3) s. 3 SGB XI).
            "over_23": age_on(person.birth, day.replace(day=1)) >= 23,
            "in_education": person.education is not Education.NONE,
            "in_service": person.education is Education.VOLUNTARY_SERVICE,
            "child_number": number_of.get(person.id, 0),
            "schooling_trips": schooling.trips,
            "schooling_participation": schooling.participation,
            "schooling_costs": schooling.class_trip + schooling.transport + schooling.tutoring + schooling.lunch,
        }
        facts.update(got)
        found[unit[person.id]].append((person, facts))
    return found


def _numbers(household: Household, age: dict[str, int]) -> dict[str, int]:
    """Which child of whoever draws the child benefit each child is, the oldest first (§ 66 EStG, § 6 BKGG).

    Said by hand, or: under 18, and under 25 in school, training, studies or voluntary service (§ 32 (4) EStG). The first parent who is
    named draws it, for a child with a unit of its own as well.
    """
    of_parent: dict[str, list[Person]] = {}
    for person in household.persons:
        gets = person.child_benefit
        if gets is None:
            # For a child that comes now and then the other parent draws it.
            may = age[person.id] < ADULT or (age[person.id] < YOUNG and person.education is not Education.NONE)
            gets = may and person.days == FULL_MONTH
        if gets and person.parents:
            of_parent.setdefault(person.parents[0], []).append(person)
    return {
        child.id: number
        for children in of_parent.values()
        for number, child in enumerate(sorted(children, key=lambda one: (one.birth, one.id)), start=1)
    }


# Income that counts in its month as it comes.
UNEARNED: Final = (
    Kind.MAINTENANCE, Kind.ADVANCE_MAINTENANCE, Kind.UNEMPLOYMENT, Kind.SICKNESS, Kind.PARENTAL, Kind.PENSION, Kind.OLD_AGE_PENSION,
    Kind.OTHER,
)  # fmt: skip


_PENSIONS: Final = (Kind.PENSION, Kind.OLD_AGE_PENSION)
_TAXABLE: Final = (Kind.SELF_EMPLOYED, Kind.OTHER)
_TAX_FREE: Final = (Kind.UNEMPLOYMENT, Kind.SICKNESS, Kind.PARENTAL, Kind.MAINTENANCE, Kind.ADVANCE_MAINTENANCE, Kind.TRAINING_GRANT)
# Profit is counted with wages; what § 11a leaves out is no income.
_NOT_COUNTED: Final = (Kind.SELF_EMPLOYED, Kind.VOLUNTEER, Kind.INHERITANCE)


def _incomes(incomes: tuple[Income, ...]) -> dict[str, int]:
    """Income by kind after what was withheld and what another law leaves free, and sums of it."""
    found = {f"income_{kind}": 0 for kind in Kind}
    for income in incomes:
        found[f"income_{income.kind}"] += income.amount - income.tax - income.insurance - income.free
    return found | {
        "tax_withheld": sum(one.tax for one in incomes),
        "insurance_withheld": sum(one.insurance for one in incomes),
        "unearned_gross": sum(one.amount for one in incomes),
        # What the other benefits look at, before anything is taken off (§ 14 WoGG, § 6a (1) no. 2 BKGG).
        "gross_pension": sum(one.amount for one in incomes if one.kind in _PENSIONS),
        "gross_taxable": sum(one.amount for one in incomes if one.kind in _TAXABLE),
        "gross_tax_free": sum(one.amount - one.free for one in incomes if one.kind in _TAX_FREE),
        "gross_counted": sum(one.amount - one.free for one in incomes if one.kind not in _NOT_COUNTED),
        # § 11b (3) looks at earnings before anything is taken off.
        "profit_gross": sum(one.amount for one in incomes if one.kind is Kind.SELF_EMPLOYED),
        "profit_tax": sum(one.tax for one in incomes if one.kind is Kind.SELF_EMPLOYED),
        "profit_insurance": sum(one.insurance for one in incomes if one.kind is Kind.SELF_EMPLOYED),
        # What counts wholly and month by month.
        "unearned": sum(found[f"income_{kind}"] for kind in UNEARNED),
    }


_NOTHING: Final = _incomes(())


def _stage(person: Person, years: int, partner: Person | None, age: dict[str, int], *, head: bool) -> int:
    """The stage of the standard need (§§ 20 (2)-(4), 23 no. 1)."""
    if partner is not None:
        if years < ADULT:
            return 4
        return 1 if age[partner.id] < ADULT else 2
    if head and years >= ELIGIBLE:
        # § 20 (3) departs from the first sentence of (2) alone.
        return 3 if person.moved_without_consent and years < YOUNG else 1
    if years < 6:
        return 6
    if years < 14:
        return 5
    return 4 if years < ADULT else 3
