"""A result line by line, in the order of a notice: label, paragraph, how it was worked out, amount, person.

Every step says what it does to the figure before: ``sums`` adds it (or takes it off, where it is negative), ``result`` must be what the
steps since the last result of its group add up to. A test adds them up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from hilfefrei.core.law import parameters
from hilfefrei.core.law.claim import claim
from hilfefrei.core.law.columns import ELIGIBLE, UNEARNED, Batch
from hilfefrei.core.law.household import FULL_MONTH, Household, Kind
from hilfefrei.core.law.parameters import Parameters
from hilfefrei.core.law.readings import READINGS, Otherwise, with_other
from hilfefrei.core.law.results import PersonResult, Result, UnitResult, Worked, results_of, work
from hilfefrei.core.money import format_euro

STAGES: Final = {
    1: "alleinstehend, alleinerziehend oder mit minderjährigem Partner", 2: "Partner", 3: "18 bis 24 Jahre im Haushalt der Eltern, oder unter 25 ohne Zusicherung ausgezogen",
    4: "14 bis 17 Jahre", 5: "6 bis 13 Jahre", 6: "bis 5 Jahre",
}  # fmt: skip
ADDITIONAL: Final = {
    "pregnancy": ("Mehrbedarf Schwangerschaft", "§ 21 Abs. 2 SGB II"),
    "lone_parent": ("Mehrbedarf Alleinerziehende", "§ 21 Abs. 3 SGB II"),
    "participation": ("Mehrbedarf Teilhabe am Arbeitsleben", "§ 21 Abs. 4 SGB II"),
    "mobility_mark": ("Mehrbedarf Merkzeichen G", "§ 23 Nr. 4 SGB II"),
    "diet": ("Mehrbedarf kostenaufwändige Ernährung", "§ 21 Abs. 5 SGB II"),
    "special_need": ("Unabweisbarer besonderer Bedarf", "§ 21 Abs. 6 SGB II"),
    "school_books": ("Schulbücher", "§ 21 Abs. 6a SGB II"),
    "warm_water": ("Mehrbedarf Warmwasser", "§ 21 Abs. 7 SGB II"),
}
INCOMES: Final = {
    Kind.MAINTENANCE: "Unterhalt", Kind.ADVANCE_MAINTENANCE: "Unterhaltsvorschuss", Kind.UNEMPLOYMENT: "Arbeitslosengeld",
    Kind.SICKNESS: "Krankengeld", Kind.PARENTAL: "Elterngeld", Kind.PENSION: "Rente", Kind.OLD_AGE_PENSION: "Altersrente",
    Kind.TRAINING_GRANT: "Ausbildungsförderung", Kind.VOLUNTEER: "Aufwandsentschädigung aus Ehrenamt",
    Kind.SELF_EMPLOYED: "Gewinn aus selbständiger Arbeit", Kind.ARREARS: "Nachzahlung", Kind.ONE_OFF: "Einmalige Einnahme",
    Kind.INHERITANCE: "Erbschaft", Kind.OTHER: "Sonstiges Einkommen",
}  # fmt: skip
# § 11b (2b) is in force since then.
YOUNG_SINCE: Final = date(2023, 7, 1)
# The ordinance to § 13 changed its name with the benefit.
ORDINANCES: Final = {"alg2": "Alg II-V", "buergergeld": "Bürgergeld-V", "grundsicherungsgeld": "GrusiGV"}


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the explanation. ``amount`` in cents; ``person`` the id, empty for the unit; ``result`` ends a group of lines."""

    group: str
    label: str
    paragraph: str
    formula: str
    amount: int
    person: str = ""
    result: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A result with its lines, unit by unit, and what other readings of the law would give where it differs."""

    result: Result
    steps: tuple[tuple[Step, ...], ...]
    otherwise: tuple[Otherwise, ...] = ()


def explain(household: Household, *, known: Parameters | None = None) -> Explained:
    """Work a household out and say how.

    Raises:
        UnknownDayError: the law of the day is not known.
    """
    known = known or parameters.shipped()
    law = known.on(household.day)
    worked = work(law, known, [household])
    result = results_of(law, worked)[0]
    steps = tuple(tuple(_unit(law, household, unit, result.benefit)) for unit in result.units)
    return Explained(result, steps, tuple(_otherwise(law, worked)))


def _otherwise(law: Mapping[str, Any], worked: Worked) -> Iterator[Otherwise]:
    """Readings that would change a claim; asked for only where a doubt can touch the household."""
    taken = worked.claim.total
    for reading in READINGS:
        if _TOUCHED[reading.key](worked.batch):
            others = claim(with_other(law, reading.key), worked.batch, needed=worked.claim.needs).total
            if (others != taken).any():
                yield Otherwise(reading, tuple(int(one) for one in others[:, 0]))


# Whether a doubt can touch a household at all.
_TOUCHED: Final[Mapping[str, Callable[[Batch], bool]]] = {
    "young_bands": lambda batch: batch.day >= YOUNG_SINCE and bool((batch.flag["young"] & batch.flag["in_education"] & (batch.column["wage"] > 0)).any()),
    "care_discount": lambda batch: bool(((batch.column["children"] > 1) & (batch.column["wage"] > 0)).any()),
    "insurance_of_excluded": lambda batch: bool((batch.flag["out"] & batch.flag["adult"] & (batch.column["unearned"] > 0)).any()),
    "limit_of_siblings": lambda batch: bool((batch.flag["with_minor"] & ~batch.flag["head"] & (batch.column["wage"] > 0)).any()),
    "volunteer_month": lambda batch: bool((batch.column[f"income_{Kind.VOLUNTEER}"] > 0).any()),
}


def ordinance(law: Mapping[str, Any]) -> str:
    """The name of the ordinance to § 13 on the day."""
    return ORDINANCES[str(law["states.sgb2"]).split("-", maxsplit=1)[0]]


def _euro(cents: int) -> str:
    return format_euro(cents)


def _percent(share: Fraction) -> str:
    value = share * 100
    text = str(int(value)) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0").replace(".", ",")
    return f"{text} %"


def _unit(law: Mapping[str, Any], household: Household, unit: UnitResult, benefit: str) -> Iterator[Step]:
    given = {person.id: person for person in household.persons}
    for person in unit.persons:
        yield from _need(law, household, person, len(given))
    members = [person for person in unit.persons if person.member]
    for person in members:
        yield Step("need", "Bedarf", "§ 19 Abs. 1 SGB II", "", person.need, person.id)
    yield Step("need", "Gesamtbedarf", "§ 9 Abs. 2 Satz 3 SGB II", "Summe der Bedarfe", unit.need, result=True)
    for person in unit.persons:
        yield from _income(law, given[person.id], person)
    yield from _against(unit)
    if unit.asset_excess:
        yield Step("claim", "Vermögen über den Freibeträgen", "§ 12 SGB II", "kein Anspruch, solange es reicht", -unit.asset_excess)
    for person in members:
        yield from _share(unit, person)
    if unit.supplement and not unit.must_claim:
        for person in unit.persons:
            if person.supplement:
                yield Step("supplement", "Sofortzuschlag", "§ 72 SGB II", "neben dem Anspruch", person.supplement, person.id)
        yield Step("supplement", "Sofortzuschläge zusammen", "§ 72 SGB II", "", unit.supplement, result=True)
    if unit.single_payment:
        yield Step("single", "Einmalzahlung für Juli 2022", "§ 73 SGB II", "", unit.single_payment, result=True)
    if unit.schooling and not (unit.must_claim and unit.claim):
        yield Step("schooling", "Bildung und Teilhabe", "§ 28 SGB II", "neben dem Anspruch", unit.schooling, result=True)
    yield from _other_benefits(unit, benefit)


def _need(law: Mapping[str, Any], household: Household, person: PersonResult, heads: int) -> Iterator[Step]:
    paragraph = "§ 20 SGB II" if person.age >= ELIGIBLE else "§ 23 Nr. 1 SGB II"
    group = f"need:{person.id}"
    yield Step(group, "Regelbedarf", paragraph, f"Stufe {person.stage}: {STAGES[person.stage]}", person.standard, person.id)
    for kind, amount in person.additional.items():
        label, where = ADDITIONAL[kind]
        yield Step(group, label, where, _additional_formula(law, kind, person), amount, person.id)
    extra = person.need - person.standard - person.housing - sum(person.additional.values())
    if extra:
        yield Step(group, "Mehrbedarfe zusammen höchstens der Regelbedarf", "§ 21 Abs. 8 SGB II", "", extra, person.id)
    house = household.housing
    total = house.rent + house.service_charges + house.heating
    formula = f"{_euro(total)} für {heads} Personen" if heads > 1 else ""
    if person.housing == 0 and total:
        formula = "nicht anerkannt: nur zeitweise hier oder ohne Zusicherung ausgezogen"
    elif person.housing < total // heads:
        formula += f"{', ' if formula else ''}anerkannt bis zur Grenze"
    yield Step(group, "Unterkunft und Heizung", "§ 22 Abs. 1 SGB II", formula, person.housing, person.id)
    yield Step(group, "Bedarf", "§ 19 Abs. 1 SGB II", "", person.need, person.id, result=True)


def _additional_formula(law: Mapping[str, Any], kind: str, person: PersonResult) -> str:
    rates = {"pregnancy": "needs.pregnancy", "participation": "needs.participation", "mobility_mark": "needs.mobility_mark"}
    if kind in rates:
        return f"{_percent(law[rates[kind]])} von {_euro(person.standard)}"
    if kind == "warm_water":
        return f"{_percent(law['needs.warm_water'][person.stage - 1])} von {_euro(person.standard)}"
    if kind == "lone_parent":
        first = law["needs.standard"][0]
        return f"{_percent(Fraction(round(Fraction(person.additional[kind], first) * 100), 100))} von {_euro(first)}"
    return "anerkannt"


def _income(law: Mapping[str, Any], given: Any, person: PersonResult) -> Iterator[Step]:
    group = f"income:{person.id}"
    if person.gross:
        yield Step(group, "Einkommen aus Erwerbstätigkeit, brutto", "§ 11 Abs. 1 SGB II", "", person.gross, person.id)
        if person.tax:
            yield Step(group, "Steuern", "§ 11b Abs. 1 Nr. 1 SGB II", f"Lohnsteuerklasse {given.tax_class}", -person.tax, person.id)
        if person.contributions:
            yield Step(group, "Beiträge zur Sozialversicherung", "§ 11b Abs. 1 Nr. 2 SGB II", "", -person.contributions, person.id)
        net = person.gross - person.tax - person.contributions
        base = min(person.base, net)
        if base:
            yield Step(group, "Grundabsetzbetrag", "§ 11b Abs. 2, 2b SGB II" if law["income.young"] else "§ 11b Abs. 2 SGB II", "", -base, person.id)
        bands = min(person.bands, net - base)
        if bands:
            yield Step(group, "Freibetrag für Erwerbstätige", "§ 11b Abs. 3 SGB II", _bands_formula(law, person), -bands, person.id)
        rest = net - base - bands - person.earned
        if rest:
            yield Step(group, "Bleibt einem Kind", f"§ 1 Abs. 1 Nr. 9 {ordinance(law)}", "", -rest, person.id)
    other = 0
    for income in given.incomes:
        kept = income.amount - income.tax - income.insurance - income.free
        other += kept if income.kind in UNEARNED else 0
        if income.kind in UNEARNED and kept:
            yield Step(group, INCOMES[income.kind], "§ 11 Abs. 1 SGB II", "nach Abzügen" if kept < income.amount else "", kept, person.id)
    if person.other - other:
        yield Step(group, "Weiteres Einkommen, soweit es zählt", "§§ 11, 11a SGB II", _other_formula(given), person.other - other, person.id)
    if person.lump:
        yield Step(group, "Versicherungen, Pauschbetrag", f"§ 6 Abs. 1 {ordinance(law)}", "", -person.lump, person.id)
    if person.titled:
        yield Step(group, "Gezahlter Unterhalt", "§ 11b Abs. 1 Nr. 7 SGB II", "", -person.titled, person.id)
    if person.gross or person.other or person.income:
        yield Step(group, "Anrechenbares Einkommen", "§ 11 Abs. 1 SGB II", "", person.income, person.id, result=True)
    if person.child_benefit:
        text = f"{_euro(person.child_benefit)} Kindergeld"
        if person.child_benefit_passed:
            text += f", {_euro(person.child_benefit_passed)} braucht das Kind nicht: Einkommen des Elternteils"
        yield Step(f"child_benefit:{person.id}", "Kindergeld beim Kind", "§ 11 Abs. 1 Satz 5 SGB II", text, person.child_benefit_used, person.id, result=True)


def _bands_formula(law: Mapping[str, Any], person: PersonResult) -> str:
    parts = []
    bands = list(zip(law["income.bands"], law["income.band_rates"], strict=True))
    for number, ((low, high), rate) in enumerate(bands):
        if person.gross <= low or (number == 0 and person.no_first_band):
            continue
        top = min(person.gross, person.last_band if number == len(bands) - 1 else high)
        parts.append(f"{_percent(rate)} von {_euro(low)} bis {_euro(top)}")
    return ", ".join(parts)


def _other_formula(given: Any) -> str:
    kinds = [INCOMES[income.kind] for income in given.incomes if income.kind not in UNEARNED and income.kind is not Kind.SELF_EMPLOYED]
    return ", ".join(kinds or ["Kindergeld, das ein Kind nicht braucht"])


def _against(unit: UnitResult) -> Iterator[Step]:
    yield Step("claim", "Gesamtbedarf", "§ 9 SGB II", "", unit.need)
    own = sum(person.own for person in unit.persons if person.member)
    if own:
        yield Step("claim", "Einkommen der Kinder auf ihren Bedarf", "§ 9 Abs. 2 Satz 2, § 11 Abs. 1 Satz 5 SGB II", "", -own)
    rest = unit.income - own
    if rest:
        yield Step("claim", "Einkommen der Erwachsenen", "§ 9 Abs. 2 SGB II", "", -rest)
    if not unit.asset_excess:
        yield Step("claim", "Anspruch", "§ 19 Abs. 3 SGB II", "", unit.claim, result=True)


def _share(unit: UnitResult, person: PersonResult) -> Iterator[Step]:
    if not person.claim:
        return
    group = f"share:{person.id}"
    open_need = person.need - person.own
    yield Step(group, "Offener Bedarf", "§ 9 Abs. 2 Satz 3 SGB II", "Bedarf nach eigenem Einkommen des Kindes" if person.own else "", open_need, person.id)
    if person.share:
        yield Step(group, "Anteil am Einkommen", "§ 9 Abs. 2 Satz 3 SGB II", "im Verhältnis der Bedarfe", -person.share, person.id)
    text = f"davon Lebensunterhalt {_euro(person.living)}, Unterkunft {_euro(person.housing_claim)}"
    yield Step(group, "Anspruch der Person", "§ 19 Abs. 3 Satz 2 SGB II", text, person.claim, person.id, result=True)
    if person.reduction:
        yield Step(f"reduction:{person.id}", "Anspruch der Person", "", "", person.claim, person.id)
        yield Step(f"reduction:{person.id}", "Minderung", "§§ 7b Abs. 4, 31a, 32 SGB II", "", -person.reduction, person.id)
        left = person.claim - person.reduction
        if unit.days == FULL_MONTH and person.payment > left:
            yield Step(f"reduction:{person.id}", "Mindestens", "§ 31a Abs. 4 Satz 3 SGB II", "", person.payment - left, person.id)
            left = person.payment
        yield Step(f"reduction:{person.id}", "Zahlung für einen ganzen Monat", "§ 31b Abs. 1 SGB II", "", left, person.id, result=True)
    if unit.days < FULL_MONTH:
        text = f"{unit.days} von {FULL_MONTH} Tagen"
        yield Step(f"days:{person.id}", "Zahlung für einen Teil des Monats", "§ 41 Abs. 1 SGB II", text, person.payment, person.id, result=True)


def _other_benefits(unit: UnitResult, benefit: str) -> Iterator[Step]:
    if unit.supplement_by_choice:
        text = "statt des Anspruchs, wenn niemand Leistungen beantragt; zum Bedarf fehlen dann höchstens 100 €"
        yield Step("choice", "Kinderzuschlag nach Wahl", "§ 6a Abs. 1a BKGG", text, unit.supplement_by_choice, result=True)
    if not (unit.housing_benefit or unit.child_supplement):
        return
    yield Step("others", "Wohngeld", "§ 19 WoGG", "wenn es bewilligt wird", unit.housing_benefit)
    yield Step("others", "Kinderzuschlag", "§ 6a BKGG", "wenn er bewilligt wird", unit.child_supplement)
    if unit.must_claim and unit.eligible and unit.claim:
        text = f"decken den Bedarf: {benefit} wird nicht gezahlt"
    elif not unit.eligible:
        text = "einen Anspruch auf Leistungen nach dem SGB II hat hier niemand"
    elif not unit.claim:
        text = "kommen zum eigenen Einkommen dazu"
    elif unit.ends_need:
        text = "decken den Bedarf; sie können gewählt werden"
    else:
        text = f"decken den Bedarf nicht: {benefit} wird gezahlt"
    yield Step("others", "Zusammen", "§ 12a SGB II", text, unit.housing_benefit + unit.child_supplement, result=True)
