"""Who lives together, what they need, have and earn: the input of every calculation, checked field by field.

Money is in euros with at most two decimals where people and files write it, and integer cents from here on. A household is what
shares a dwelling; who of them forms which benefit unit (§ 7 (3) SGB II) is worked out, not asked.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from hilfefrei.core.money import CENTS
from hilfefrei.core.periods import LANDS, age_on

MOST: Final = 100_000_000
MOST_DIGITS: Final = 12
MOST_PERSONS: Final = 30
YOUNGEST_PARTNER: Final = 14
MOST_PARENTS: Final = 2
OLDEST: Final = date(1900, 1, 1)
FULL_MONTH: Final = 30
DAYS: Final = range(1, FULL_MONTH + 1)
LEVELS: Final = range(1, 8)
TAX_CLASSES: Final = range(1, 7)
_DECIMALS: Final = 2


class Kind(StrEnum):
    """Kinds of income other than wages, by what the law makes of them."""

    MAINTENANCE = "maintenance"
    ADVANCE_MAINTENANCE = "advance_maintenance"
    UNEMPLOYMENT = "unemployment_benefit"
    SICKNESS = "sickness_benefit"
    PARENTAL = "parental_allowance"
    PENSION = "pension"
    OLD_AGE_PENSION = "old_age_pension"
    TRAINING_GRANT = "training_grant"
    VOLUNTEER = "volunteer_allowance"
    SELF_EMPLOYED = "self_employed_profit"
    ARREARS = "arrears"
    ONE_OFF = "one_off"
    INHERITANCE = "inheritance"
    OTHER = "other"


class Education(StrEnum):
    """What of school and training matters for allowances (§ 11b (2b)) and for child benefit."""

    NONE = "none"
    SCHOOL = "school"
    TRAINING = "training"
    STUDIES = "studies"
    VOLUNTARY_SERVICE = "voluntary_service"


class Breach(StrEnum):
    """What a reduction answers (§§ 7b (4), 31a, 32)."""

    DUTY = "duty"
    APPOINTMENT = "appointment"
    REFUSED_WORK = "refused_work"
    # Three appointments in a row: not reachable, one month without the standard need (§ 7b (4)).
    UNREACHABLE = "unreachable"


class WaterHeating(StrEnum):
    """Where warm water is made: central is part of the heating cost, own is an additional need (§ 21 (7))."""

    CENTRAL = "central"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of the input, in plain German."""

    field: str
    reason: str


class HouseholdError(ValueError):
    """The input cannot be worked with; :attr:`problems` says which fields and why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep all problems; the message lists them."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.field}: {problem.reason}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Income:
    """Income of a month in cents that is no wage.

    ``tax`` and ``insurance`` are what was withheld of it, ``free`` what another law leaves to the person, as § 10 (5) BEEG does.
    """

    kind: Kind
    amount: int
    tax: int = 0
    insurance: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that runs in the month: what for, how often before within a year, and when the breach was."""

    breach: Breach
    on: date
    times: int = 1


@dataclass(frozen=True, slots=True)
class Schooling:
    """Needs for education and participation in the month, in cents (§ 28); the lump sums come from the law of the day."""

    trips: bool = False
    class_trip: int = 0
    transport: int = 0
    tutoring: int = 0
    lunch: int = 0
    participation: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the household; amounts per month in cents."""

    id: str
    birth: date
    # Days of the month with the unit: fewer than 30 for a child that comes to one parent now and then.
    days: int = 30
    partner: str = ""
    parents: tuple[str, ...] = ()
    # Fit for work at least three hours a day (§ 8). False: not for the time being.
    employable: bool = True
    # Not fit for work for good: subsistence comes from the fourth chapter of SGB XII.
    permanently_incapable: bool = False
    # No claim to subsistence for another reason of § 7 (1) s. 2, (4), (4a) or (5); stays a member of the unit.
    excluded: bool = False
    # Moved out under 25 without consent: standard need stage 3 (§ 20 (3)).
    moved_without_consent: bool = False
    # After the twelfth week (§ 21 (2)).
    pregnant: bool = False
    # Takes part in working life by § 49 SGB IX (§ 21 (4)).
    participation_aid: bool = False
    # Pass with the mark G (§ 23 no. 4).
    mobility_mark: bool = False
    diet: int = 0
    special_need: int = 0
    school_books: int = 0
    education: Education = Education.NONE
    schooling: Schooling = Schooling()
    # None: as the law gives it for the age.
    child_benefit: bool | None = None
    wage: int = 0
    tax_class: int = 1
    # Has a minor child who lives elsewhere: the higher limit of § 11b (3) s. 3.
    minor_child_elsewhere: bool = False
    # In halves: 1 is half an allowance for a child (§ 32 (6) EStG). None: worked out from the children in the household.
    child_allowances: int | None = None
    church: bool = False
    # Freed from the pension contribution of a mini-job (§ 6 (1b) SGB VI).
    pension_exempt: bool = False
    # Proven costs of §11b (1) no. 3 to 5 together, instead of the lump sum.
    work_costs: int = 0
    car_insurance: int = 0
    subsidised_saving: int = 0
    maintenance_paid: int = 0
    incomes: tuple[Income, ...] = ()
    # What counts as assets before the allowance (§ 12 (1) is the caller's), in cents.
    assets: int = 0
    reductions: tuple[Reduction, ...] = ()


@dataclass(frozen=True, slots=True)
class Housing:
    """What the dwelling costs in a month, in cents, for all who live in it."""

    rent: int = 0
    service_charges: int = 0
    heating: int = 0
    water_heating: WaterHeating = WaterHeating.CENTRAL
    # First month of benefits in this spell: the waiting period of a year runs from here (§ 22 (1)). None: it begins now.
    benefits_since: date | None = None
    # Costs are being lowered: actual costs are recognised until this day (§ 22 (1) s. 9). None: no such time runs.
    lowering_until: date | None = None
    # What the county holds to be appropriate for a unit of 1, 2, 3 … persons, in cents; the last one for all larger ones.
    # Empty: all costs are recognised.
    limit: tuple[int, ...] = ()
    heating_limit: tuple[int, ...] = ()
    # Above one and a half times the limit all the same: unavoidable, or a unit with children (§ 22 (1) s. 7).
    above_cap: bool = False


@dataclass(frozen=True, slots=True)
class Household:
    """All who share a dwelling in the month of ``day``."""

    id: str
    day: date
    persons: tuple[Person, ...]
    housing: Housing = Housing()
    # By name alone: a field more must never move the others.
    _: KW_ONLY
    land: str = "NI"
    # Days of the month with a claim, a whole month is 30 (§ 41 (1)).
    days: int = 30
    # Rent level of Wohngeld (I to VII as 1 to 7).
    rent_level: int = 1
    # First day of the approval period; before July 2026 the old rules on assets go on (§ 65a (1)). None: the day itself.
    approved_from: date | None = None
    # A mother or father alone, decided by hand where the household does not show it. None: worked out.
    lone_parent: bool | None = None


def from_json(data: Any, *, day: date | None = None, where: str = "") -> Household:
    """Read a household as files and the API write it.

    Args:
        data: the parsed JSON; numbers as int or :class:`~decimal.Decimal`.
        day: instead of the day in the data.
        where: put before the names of fields in messages.

    Raises:
        HouseholdError: with every field that cannot be worked with.
    """
    reader = _Reader(where)
    found = reader.household(data, day)
    if reader.problems or found is None:
        raise HouseholdError(reader.problems)
    check(found, where=where)
    return found


def check(household: Household, *, where: str = "") -> None:
    """Refuse what cannot be: somebody their own parent, a child older than its mother, a partner who does not say so.

    Raises:
        HouseholdError: with every field that cannot be.
    """
    problems: list[Problem] = []
    known = {person.id: person for person in household.persons}

    def bad(at: int, name: str, reason: str) -> None:
        problems.append(Problem(f"{where}persons[{at}].{name}", reason))

    if len(known) != len(household.persons):
        problems.append(Problem(f"{where}persons", "Zwei Personen haben dieselbe Kennung."))
    for at, person in enumerate(household.persons):
        if person.birth > household.day:
            bad(at, "birth", "Das Geburtsdatum liegt nach dem Tag, für den gerechnet wird.")
        if person.partner:
            partner = known.get(person.partner)
            if partner is None or partner is person:
                bad(at, "partner", f"Die Person „{person.partner}“ gibt es in diesem Haushalt nicht.")
            elif age_on(person.birth, household.day) < YOUNGEST_PARTNER:
                bad(at, "partner", f"Unter {YOUNGEST_PARTNER} Jahren hat niemand eine Partnerin oder einen Partner.")
            elif partner.partner != person.id:
                bad(at, "partner", f"„{person.partner}“ nennt „{person.id}“ nicht als Partnerin oder Partner.")
        for parent_id in person.parents:
            parent = known.get(parent_id)
            if parent is None or parent is person:
                bad(at, "parents", f"Die Person „{parent_id}“ gibt es in diesem Haushalt nicht.")
            elif parent.birth >= person.birth:
                bad(at, "parents", f"„{parent_id}“ ist nicht älter als das Kind „{person.id}“.")
            elif person.partner and person.partner == parent_id:
                bad(at, "partner", "Eine Person kann nicht zugleich Elternteil und Partner sein.")
    if problems:
        raise HouseholdError(problems)


class _Reader:
    """Reads one household and collects what is wrong."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []

    def bad(self, name: str, reason: str) -> None:
        self.problems.append(Problem(self.where + name, reason))

    def household(self, data: Any, day: date | None) -> Household | None:
        if not isinstance(data, Mapping):
            self.bad("household", "Ein Haushalt ist ein Objekt mit „persons“ und „housing“.")
            return None
        self.strange(data, "", {"id", "as_of", "persons", "housing", "land", "days", "rent_level", "approved_from", "lone_parent"})
        if day is None:
            day = self.day(data, "as_of", "", needed=True)
        rows = data.get("persons")
        if not isinstance(rows, list) or not 0 < len(rows) <= MOST_PERSONS:
            self.bad("persons", f"Bitte nennen Sie 1 bis {MOST_PERSONS} Personen.")
            rows = []
        persons = [self.person(row, f"persons[{at}].") for at, row in enumerate(rows)]
        housing = self.housing(data.get("housing", {}))
        land = data.get("land", "NI")
        if not isinstance(land, str) or land not in LANDS:
            self.bad("land", f"Dieses Land kennen wir nicht. Möglich sind {', '.join(LANDS)}.")
        days = self.number(data, "days", "", DAYS, FULL_MONTH)
        level = self.number(data, "rent_level", "", LEVELS, 1)
        approved = self.day(data, "approved_from", "")
        lone = data.get("lone_parent")
        if not (lone is None or isinstance(lone, bool)):
            self.bad("lone_parent", "Möglich sind true, false oder keine Angabe.")
        if self.problems or day is None:
            return None
        return Household(
            str(data.get("id", "")), day, tuple(p for p in persons if p), housing,
            land=land, days=days, rent_level=level, approved_from=approved, lone_parent=lone,
        )  # fmt: skip

    def housing(self, data: Any) -> Housing:
        at = "housing."
        if not isinstance(data, Mapping):
            self.bad("housing", "Die Wohnung ist ein Objekt mit „rent“, „service_charges“ und „heating“.")
            return Housing()
        self.strange(data, at, {one.name for one in fields(Housing)})
        limits = {name: self.sizes(data, name, at) for name in ("limit", "heating_limit")}
        return Housing(
            rent=self.cents(data, "rent", at),
            service_charges=self.cents(data, "service_charges", at),
            heating=self.cents(data, "heating", at),
            water_heating=self.word(data, "water_heating", at, WaterHeating, WaterHeating.CENTRAL),
            benefits_since=self.day(data, "benefits_since", at),
            lowering_until=self.day(data, "lowering_until", at),
            above_cap=self.flag(data, "above_cap", at),
            **limits,
        )

    def sizes(self, data: Mapping[str, Any], name: str, at: str) -> tuple[int, ...]:
        value = data.get(name)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        if not 0 < len(values) <= MOST_PERSONS:
            self.bad(at + name, "Bitte geben Sie einen Betrag an, oder eine Liste mit Beträgen für 1, 2, 3 … Personen.")
        return tuple(self.cents({name: one}, name, at) for one in values)

    def person(self, data: Any, at: str) -> Person | None:
        if not isinstance(data, Mapping):
            self.bad(at.removesuffix("."), "Eine Person ist ein Objekt mit „id“ und „birth“.")
            return None
        self.strange(data, at, {one.name for one in fields(Person)})
        name = data.get("id")
        if not isinstance(name, str) or not name or len(name) > 64:
            self.bad(f"{at}id", "Jede Person braucht eine Kennung aus bis zu 64 Zeichen.")
        birth = self.day(data, "birth", at, needed=True)
        partner = data.get("partner") or ""
        parents = data.get("parents") or []
        if not isinstance(partner, str):
            self.bad(f"{at}partner", "Die Partnerin oder der Partner wird mit der Kennung genannt.")
        if not isinstance(parents, list) or len(parents) > MOST_PARENTS or not all(isinstance(one, str) for one in parents):
            self.bad(f"{at}parents", "Die Eltern sind eine Liste aus höchstens zwei Kennungen.")
            parents = []
        elif len(set(parents)) < len(parents):
            self.bad(f"{at}parents", "Ein Elternteil ist zweimal genannt.")
        benefit = data.get("child_benefit")
        if not (benefit is None or isinstance(benefit, bool)):
            self.bad(f"{at}child_benefit", "Möglich sind true, false oder keine Angabe.")
        allowances = None if data.get("child_allowances") is None else self.number(data, "child_allowances", at, range(41), 0)
        incomes = self.rows(data, "incomes", at, self.income)
        reductions = self.rows(data, "reductions", at, self.reduction)
        flags: dict[str, Any] = {
            one: self.flag(data, one, at, default=one == "employable")
            for one in (
                "employable", "permanently_incapable", "excluded", "moved_without_consent", "pregnant", "participation_aid",
                "mobility_mark", "church", "pension_exempt", "minor_child_elsewhere",
            )
        }  # fmt: skip
        amounts: dict[str, Any] = {
            one: self.cents(data, one, at)
            for one in (
                "diet", "special_need", "school_books", "wage", "work_costs", "car_insurance", "subsidised_saving",
                "maintenance_paid", "assets",
            )
        }  # fmt: skip
        schooling = self.schooling(data.get("schooling"), at)
        if birth is None:
            return None
        return Person(
            id=str(name),
            birth=birth,
            days=self.number(data, "days", at, DAYS, FULL_MONTH),
            partner=str(partner),
            parents=tuple(parents),
            education=self.word(data, "education", at, Education, Education.NONE),
            schooling=schooling,
            child_benefit=benefit,
            tax_class=self.number(data, "tax_class", at, TAX_CLASSES, 1),
            child_allowances=allowances,
            incomes=incomes,
            reductions=reductions,
            **flags,
            **amounts,
        )

    def schooling(self, data: Any, at: str) -> Schooling:
        if data is None:
            return Schooling()
        at = f"{at}schooling."
        if not isinstance(data, Mapping):
            self.bad(at.removesuffix("."), "Bildung und Teilhabe ist ein Objekt.")
            return Schooling()
        self.strange(data, at, {one.name for one in fields(Schooling)})
        amounts = {one: self.cents(data, one, at) for one in ("class_trip", "transport", "tutoring", "lunch")}
        return Schooling(trips=self.flag(data, "trips", at), participation=self.flag(data, "participation", at), **amounts)

    def income(self, data: Any, at: str) -> Income | None:
        if not isinstance(data, Mapping):
            self.bad(at.removesuffix("."), "Ein Einkommen ist ein Objekt mit „kind“ und „amount“.")
            return None
        self.strange(data, at, {one.name for one in fields(Income)})
        amount, tax, insurance, free = (self.cents(data, one, at) for one in ("amount", "tax", "insurance", "free"))
        if tax + insurance + free > amount:
            self.bad(f"{at}amount", "Abzüge sind höher als das Einkommen.")
        return Income(self.word(data, "kind", at, Kind, None), amount, tax, insurance, free)

    def reduction(self, data: Any, at: str) -> Reduction | None:
        if not isinstance(data, Mapping):
            self.bad(at.removesuffix("."), "Eine Minderung ist ein Objekt mit „breach“ und „on“.")
            return None
        self.strange(data, at, {one.name for one in fields(Reduction)})
        on = self.day(data, "on", at, needed=True)
        breach, times = self.word(data, "breach", at, Breach, None), self.number(data, "times", at, range(1, 100), 1)
        return None if on is None else Reduction(breach, on, times)

    def rows(self, data: Mapping[str, Any], name: str, at: str, read: Any) -> tuple[Any, ...]:
        rows = data.get(name) or []
        if not isinstance(rows, list) or len(rows) > MOST_PERSONS:
            self.bad(at + name, f"Bitte geben Sie eine Liste mit höchstens {MOST_PERSONS} Einträgen an.")
            return ()
        found = (read(row, f"{at}{name}[{number}].") for number, row in enumerate(rows))
        return tuple(one for one in found if one is not None)

    def strange(self, data: Mapping[str, Any], at: str, known: set[str]) -> None:
        for name in data:
            if name not in known:
                self.bad(f"{at}{name}", "Diese Angabe kennen wir nicht.")

    def cents(self, data: Mapping[str, Any], name: str, at: str) -> int:
        value = data.get(name, 0)
        if isinstance(value, float):
            value = Decimal(repr(value))
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            self.bad(at + name, "Bitte geben Sie einen Betrag in Euro an, zum Beispiel 563 oder 563.50.")
            return 0
        amount = Decimal(value)
        if not amount.is_finite() or amount.adjusted() > MOST_DIGITS:
            self.bad(at + name, "Der Betrag ist zu groß.")
            return 0
        if amount < 0:
            self.bad(at + name, "Der Betrag darf nicht unter null liegen.")
            return 0
        _, digits, exponent = amount.as_tuple()
        if isinstance(exponent, int) and exponent < -_DECIMALS and any(digits[exponent + _DECIMALS :]):
            self.bad(at + name, "Der Betrag hat mehr als zwei Stellen nach dem Komma.")
            return 0
        cents = int(amount.scaleb(_DECIMALS))
        if cents > MOST * CENTS:
            self.bad(at + name, "Der Betrag ist zu groß.")
            return 0
        return cents

    def flag(self, data: Mapping[str, Any], name: str, at: str, *, default: bool = False) -> bool:
        value = data.get(name, default)
        if not isinstance(value, bool):
            self.bad(at + name, "Möglich sind true oder false.")
            return default
        return value

    def number(self, data: Mapping[str, Any], name: str, at: str, allowed: range, default: int) -> int:
        value = data.get(name, default)
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < MOST_DIGITS and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            self.bad(at + name, f"Möglich ist eine ganze Zahl von {allowed.start} bis {allowed.stop - 1}.")
            return default
        return value

    def word(self, data: Mapping[str, Any], name: str, at: str, words: Any, default: Any) -> Any:
        value = data.get(name, default)
        try:
            return words(value)
        except ValueError:
            self.bad(at + name, f"Möglich sind {', '.join(words)}.")
            return default or next(iter(words))

    def day(self, data: Mapping[str, Any], name: str, at: str, *, needed: bool = False) -> date | None:
        value = data.get(name)
        if isinstance(value, date):
            return value
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            self.bad(at + name, "Bitte geben Sie einen Tag als JJJJ-MM-TT an.")
            return None
        try:
            found = date.fromisoformat(value)
        except ValueError:
            self.bad(at + name, "Diesen Tag gibt es nicht.")
            return None
        if found < OLDEST:
            self.bad(at + name, "Der Tag liegt vor 1900.")
            return None
        return found
