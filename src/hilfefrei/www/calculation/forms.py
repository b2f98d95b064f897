"""The household as somebody types it: few fields first, the rest folded. Cleaned to what the law engine reads."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict

from hilfefrei.apps.benefits.queries import limits_for
from hilfefrei.apps.benefits.workflows import FactSource
from hilfefrei.core import claim_sheet, clock
from hilfefrei.core.claim_sheet import Change
from hilfefrei.core.law import Household, HouseholdError, from_json
from hilfefrei.core.law.explain import INCOMES
from hilfefrei.core.money import CENTS
from hilfefrei.core.periods import age_on
from hilfefrei.www.fields import EuroField, GermanDateField, HoursField
from hilfefrei.www.verbs import VerbForm

MOST_PERSONS: Final = 12
WORKS_FROM: Final = 15
INCOME_ROWS: Final = 2
SELF, PARTNER, CHILD, CHILD_OF_FIRST, CHILD_OF_PARTNER, OTHER = "self", "partner", "child", "child_first", "child_partner", "other"
PLACES: Final = (
    (PARTNER, "Partner/in"), (CHILD, "Kind"), (CHILD_OF_FIRST, "Kind nur der ersten Person"),
    (CHILD_OF_PARTNER, "Kind nur der zweiten Person"), (OTHER, "wohnt nur mit hier"),
)  # fmt: skip
EDUCATION: Final = (
    ("none", "keine"), ("school", "Schule"), ("training", "Ausbildung"), ("studies", "Studium"), ("voluntary_service", "Freiwilligendienst"),
)  # fmt: skip
CHILD_BENEFIT: Final = (("", "wie üblich nach dem Alter"), ("yes", "ja"), ("no", "nein"))
TAX: Final = tuple((str(n), roman) for n, roman in enumerate(("I", "II", "III", "IV", "V", "VI"), start=1))
LEVELS: Final = tuple((str(n), roman) for n, roman in enumerate(("I", "II", "III", "IV", "V", "VI", "VII"), start=1))
FLAGS: Final = (
    "pregnant", "mobility_mark", "participation_aid", "church", "pension_exempt", "minor_child_elsewhere", "moved_without_consent", "excluded",
    "permanently_incapable",
)  # fmt: skip
AMOUNTS: Final = ("wage", "diet", "special_need", "work_costs", "car_insurance", "maintenance_paid", "assets")
HOUSING_AMOUNTS: Final = ("rent", "service_charges", "heating")
EMPTY: Final[Mapping[str, str]] = {}


def _euro(label: str, hint: str = "") -> EuroField:
    return EuroField(label=label, help_text=hint)


def _flag(label: str, hint: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=hint, required=False)


class PersonForm(forms.Form):
    """One person of the dwelling."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    birth = GermanDateField(label="geboren", birth=True, required=True)
    place = forms.ChoiceField(label="Rolle", choices=PLACES, required=False)
    wage = _euro("Lohn brutto im Monat")
    tax_class = forms.ChoiceField(label="Steuerklasse", choices=TAX, required=False)
    income1_kind = forms.ChoiceField(label="Anderes Einkommen", choices=(("", "keines"), *((k.value, v) for k, v in INCOMES.items())), required=False)
    income1_amount = _euro("Betrag im Monat", "was ankommt")
    income2_kind = forms.ChoiceField(label="Noch ein Einkommen", choices=(("", "keines"), *((k.value, v) for k, v in INCOMES.items())), required=False)
    income2_amount = _euro("Betrag im Monat", "was ankommt")
    child_benefit = forms.ChoiceField(label="Kindergeld für diese Person", choices=CHILD_BENEFIT, required=False)
    education = forms.ChoiceField(label="Schule oder Ausbildung", choices=EDUCATION, required=False)
    work_costs = _euro("Kosten für die Arbeit", "nachgewiesen, statt der Pauschale")
    car_insurance = _euro("Kfz-Versicherung")
    maintenance_paid = _euro("Gezahlter Unterhalt", "mit Titel")
    assets = _euro("Vermögen")
    diet = _euro("Mehrbedarf Ernährung")
    special_need = _euro("Unabweisbarer Bedarf")
    not_employable = _flag("kann zurzeit nicht drei Stunden am Tag arbeiten")
    permanently_incapable = _flag("auf Dauer voll erwerbsgemindert")
    pregnant = _flag("schwanger, ab der 13. Woche")
    participation_aid = _flag("Teilhabe am Arbeitsleben, § 49 SGB IX")
    mobility_mark = _flag("Merkzeichen G")
    church = _flag("zahlt Kirchensteuer")
    pension_exempt = _flag("im Minijob von der Rentenversicherung befreit")
    minor_child_elsewhere = _flag("hat ein Kind unter 18, das woanders lebt")
    moved_without_consent = _flag("unter 25 ohne Zusicherung ausgezogen")
    excluded = _flag("bekommt kein Grundsicherungsgeld", "zum Beispiel im Studium")
    gone = _flag("zählt nicht mit", "wohnt nicht hier")

    def __init__(self, *args: Any, name: str = "", first: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.name, self.first = name, first
        if first:
            # Everything is worked out around the first person.
            del self.fields["place"]
            del self.fields["gone"]

    @property
    def few(self) -> list[forms.BoundField]:
        """The fields that stand open."""
        return [self[name] for name in ("birth", "place", "wage") if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        """The folded amounts and choices."""
        shown = {"key", "birth", "place", "wage"}
        return [field for field in self if field.name not in shown and field.widget_type != "checkbox"]

    @property
    def ticks(self) -> list[forms.BoundField]:
        """The folded boxes."""
        return [field for field in self if field.widget_type == "checkbox"]

    @property
    def open(self) -> bool:
        """Whether something stands in the folded fields, or is wrong with them."""
        usual = {"tax_class": "1", "education": "none"}
        return any(field.errors or (field.value() not in {None, "", False, usual.get(field.name)}) for field in [*self.more, *self.ticks])

    def clean(self) -> dict[str, Any]:
        """An amount without a kind says nothing."""
        cleaned = super().clean() or {}
        for n in range(1, INCOME_ROWS + 1):
            if cleaned.get(f"income{n}_amount") and not cleaned.get(f"income{n}_kind"):
                self.add_error(f"income{n}_kind", "Bitte wählen Sie, woher dieses Geld kommt.")
        return cleaned

    def data_of(self, key: str) -> dict[str, Any]:
        """The person as the engine reads it, without family."""
        given = self.cleaned_data
        row: dict[str, Any] = {"id": key, "birth": given["birth"].isoformat(), "tax_class": int(given.get("tax_class") or 1)}
        row |= {name: _euros(given[name]) for name in AMOUNTS if given.get(name)}
        row |= {name: True for name in FLAGS if given.get(name)}
        if given.get("not_employable") or given.get("permanently_incapable"):
            row["employable"] = False
        if given.get("education") not in {None, "", "none"}:
            row["education"] = given["education"]
        if given.get("child_benefit"):
            row["child_benefit"] = given["child_benefit"] == "yes"
        incomes = [
            {"kind": given[f"income{n}_kind"], "amount": _euros(given[f"income{n}_amount"])}
            for n in range(1, INCOME_ROWS + 1)
            if given.get(f"income{n}_kind") and given.get(f"income{n}_amount")
        ]
        return row | ({"incomes": incomes} if incomes else {})


def _euros(cents: int) -> int | float:
    return cents // CENTS if cents % CENTS == 0 else cents / CENTS


class HouseholdForm(VerbForm):
    """The dwelling, what may change, and (only when it is handed in) from when it holds and who says so."""

    count = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=MOST_PERSONS)
    day = GermanDateField(label="gerechnet für")
    rent = _euro("Kaltmiete")
    service_charges = _euro("Nebenkosten")
    heating = _euro("Heizung")
    water_heating = forms.ChoiceField(
        label="Warmwasser", choices=(("central", "über die Heizung"), ("own", "eigenes Gerät, zum Beispiel Boiler")), required=False
    )
    limit = _euro("Anerkannt höchstens", "Kaltmiete und Nebenkosten; leer = Tabelle des Landkreises, ohne Tabelle alles")
    heating_limit = _euro("Heizung anerkannt höchstens", "leer = Tabelle des Landkreises, ohne Tabelle alles")
    benefits_since = GermanDateField(label="Leistungen seit", help_text="für das erste Jahr in der Wohnung; leer = ab jetzt")
    lowering_until = GermanDateField(label="Kosten anerkannt bis", help_text="solange sie gesenkt werden")
    above_cap = _flag("mehr als das Anderthalbfache ist hier unvermeidbar")
    rent_level = forms.ChoiceField(label="Mietstufe für Wohngeld", choices=LEVELS, required=False)
    approved_from = GermanDateField(label="Bewilligt seit", help_text="altes Vermögensrecht bei Bewilligung vor Juli 2026")
    lone_parent = forms.ChoiceField(label="Alleinerziehend", choices=(("", "wie es sich ergibt"), ("yes", "ja"), ("no", "nein")), required=False)
    # What changes.
    earner = forms.ChoiceField(label="Wer arbeitet", required=False)
    hours = HoursField(label="Stunden je Woche")
    hourly = _euro("Lohn je Stunde")
    new_wage = _euro("oder brutto im Monat")
    new_tax = forms.ChoiceField(label="Steuerklasse", choices=(("", "wie heute"), *TAX), required=False)
    second_wage = _euro("Zweite Person, brutto")
    turn = forms.ChoiceField(label="Außerdem", required=False)
    new_rent = _euro("Umzug: Miete warm")
    new_limit = _euro("dort anerkannt")
    # Handing in.
    valid_from = GermanDateField(label="gilt ab", help_text="der ganze Monat")
    valid_to = GermanDateField(label="gilt bis", help_text="leer = bis es sich ändert")
    source = forms.ChoiceField(label="Woher wir es wissen", choices=(("", "bitte wählen"), *FactSource.choices), required=False)
    source_detail = forms.CharField(label="Genauer", max_length=120, required=False, help_text="zum Beispiel Lohnzettel Oktober")

    def __init__(self, *args: Any, earners: Iterable[tuple[str, str]] = (), turns: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.fields["earner"].choices = list(earners)  # type: ignore[attr-defined]  # a choice field
        self.fields["turn"].choices = [("", "nichts weiter"), *turns]  # type: ignore[attr-defined]  # a choice field

    def _some(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def home(self) -> list[forms.BoundField]:
        """Of the dwelling what stands open."""
        return self._some("day", *HOUSING_AMOUNTS)

    @property
    def home_more(self) -> list[forms.BoundField]:
        """Of the dwelling what is folded."""
        return self._some(
            "water_heating", "rent_level", "limit", "heating_limit", "benefits_since", "lowering_until", "approved_from", "lone_parent", "above_cap"
        )

    @property
    def home_open(self) -> bool:
        """Whether something is wrong in the folded part."""
        return any(field.errors for field in self.home_more)

    @property
    def job(self) -> list[forms.BoundField]:
        """What may change, first line."""
        return self._some("earner", "hours", "hourly", "new_wage", "new_tax")

    @property
    def besides(self) -> list[forms.BoundField]:
        """What may change, second line."""
        return self._some("second_wage", "turn", "new_rent", "new_limit")

    @property
    def handing_in(self) -> list[forms.BoundField]:
        """From when it holds and who says so."""
        return self._some("valid_from", "valid_to", "source", "source_detail")

    @property
    def handing_in_open(self) -> bool:
        """Whether something is wrong there."""
        return any(field.errors for field in self.handing_in)

    def clean(self) -> dict[str, Any]:
        """Hours and wage per hour belong together."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("hours")) != bool(cleaned.get("hourly")) and not ({"hours", "hourly"} & set(self.errors)):
            missing = "hourly" if cleaned.get("hours") else "hours"
            self.add_error(missing, "Stunden und Lohn je Stunde gehören zusammen. Bitte beides eintragen.")
        return cleaned


@dataclass
class Typed:
    """What was typed, and what came of it; ``household`` None where something is wrong."""

    form: HouseholdForm
    persons: list[PersonForm]
    household: Household | None = None
    change: Change | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether any field cannot be worked with."""
        return bool(self.form.errors) or any(one.errors for one in self.persons)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the dwelling whom we know: key, name, birth, place."""

    key: str
    name: str
    birth: date | None
    place: str


def _initial(row: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A person of stored facts as the form shows it."""
    found: dict[str, Any] = {"place": place, "tax_class": str(row.get("tax_class", 1)), "education": row.get("education", "none")}
    found |= {name: round(row[name] * CENTS) for name in AMOUNTS if row.get(name)}
    found |= {name: True for name in FLAGS if row.get(name)}
    found["not_employable"] = row.get("employable") is False
    found["child_benefit"] = {True: "yes", False: "no"}.get(row.get("child_benefit"), "")  # type: ignore[arg-type]  # None is neither
    for n, income in enumerate(row.get("incomes", ())[:INCOME_ROWS], start=1):
        found |= {f"income{n}_kind": income["kind"], f"income{n}_amount": round(income["amount"] * CENTS)}
    return found


def _places(rows: list[Mapping[str, Any]]) -> dict[str, str]:
    """The place of each person of stored facts around the first one."""
    if not rows:
        return {}
    first = rows[0]["id"]
    partner = rows[0].get("partner", "")
    found = {first: SELF}
    for row in rows[1:]:
        parents = set(row.get("parents", ()))
        if row["id"] == partner:
            found[row["id"]] = PARTNER
        elif first in parents:
            found[row["id"]] = CHILD if not partner or partner in parents else CHILD_OF_FIRST
        elif partner and partner in parents:
            found[row["id"]] = CHILD_OF_PARTNER
        else:
            found[row["id"]] = OTHER
    return found


def blank(known: list[Known], stored: Mapping[str, Any] | None, **initial: Any) -> Typed:
    """The form before anything was typed: whom we know, with what was handed in before."""
    facts = stored or {}
    rows = {row["id"]: row for row in facts.get("persons", ())}
    places = _places(list(facts.get("persons", ())))
    persons = [
        PersonForm(
            prefix=f"p{n}", name=one.name, first=n == 0,
            initial={**_initial(rows.get(one.key, EMPTY), places.get(one.key, one.place)), "key": one.key, "birth": one.birth},
        )
        for n, one in enumerate(known)
    ]  # fmt: skip
    there = {one.key for one in known}
    for row in facts.get("persons", ()):
        if row["id"] not in there and len(persons) < MOST_PERSONS:
            n = len(persons)
            about = {**_initial(row, places.get(row["id"], OTHER)), "key": f"p{n}", "birth": date.fromisoformat(row["birth"])}
            persons.append(PersonForm(prefix=f"p{n}", initial=about))
    housing = facts.get("housing", {})
    shown: dict[str, Any] = {name: round(housing[name] * CENTS) for name in HOUSING_AMOUNTS if housing.get(name)}
    # One amount was typed; a table is the county's and comes anew.
    shown |= {name: round(housing[name][0] * CENTS) for name in ("limit", "heating_limit") if len(housing.get(name, ())) == 1}
    shown |= {name: date.fromisoformat(housing[name]) for name in ("benefits_since", "lowering_until") if housing.get(name)}
    shown |= {"water_heating": housing.get("water_heating", "central"), "above_cap": housing.get("above_cap", False)}
    shown |= {"rent_level": str(facts.get("rent_level", initial.pop("rent_level", 1)))}
    if facts.get("approved_from"):
        shown["approved_from"] = date.fromisoformat(facts["approved_from"])
    shown["lone_parent"] = {True: "yes", False: "no"}.get(facts.get("lone_parent"), "")  # type: ignore[arg-type]  # None is neither
    day = initial.get("day") or clock.today()
    start = {"count": len(persons), "day": day, "valid_from": day.replace(day=1), **shown, **initial}
    form = HouseholdForm(initial=start, version=initial.get("version"), earners=_earners(persons, day))
    return Typed(form, persons)


def _earners(persons: list[PersonForm], day: date) -> list[tuple[str, str]]:
    return [(str(n), label(one, n)) for n, one in enumerate(persons) if _may_work(one.initial.get("birth"), day)]


def _may_work(birth: date | None, day: date) -> bool:
    """From fifteen on (§ 7 (1) no. 1); and whoever's birth is not known."""
    return birth is None or age_on(birth, day) >= WORKS_FROM


def label(one: PersonForm, number: int) -> str:
    """What a person is called on the page: the name, else the number."""
    return one.name or f"Person {number + 1}"


def read(data: QueryDict, known: list[Known], land: str, *, more: bool = False) -> Typed:
    """What was typed. ``more``: one person more than there was, nothing is worked out."""
    count = data.get("count", "")
    number = int(count) if count.isdecimal() and len(count) < 3 else len(known)
    number = max(1, min(MOST_PERSONS, number))
    names = {one.key: one for one in known}
    persons = []
    for n in range(number):
        # Keys are those of people we showed; whatever else is posted is somebody without a file.
        key = data.get(f"p{n}-key", "")
        one = names.get(key)
        persons.append(PersonForm(data, prefix=f"p{n}", name=one.name if one else "", first=n == 0))
    form = HouseholdForm(data, earners=[(str(n), label(one, n)) for n, one in enumerate(persons)])
    if more and number < MOST_PERSONS:
        persons.append(PersonForm(prefix=f"p{number}", initial={"key": f"p{number}", "place": CHILD}))
        shown = data.copy()
        shown["count"] = str(number + 1)
        form.data = shown
        return Typed(form, persons)
    good = [one.is_valid() for one in persons]
    births = {n: one.cleaned_data.get("birth") for n, one in enumerate(persons)}
    workers = [(str(n), label(one, n)) for n, one in enumerate(persons) if _may_work(births[n], clock.today()) or data.get("earner") == str(n)]
    form.fields["earner"].choices = workers  # type: ignore[attr-defined]  # a choice field
    form.fields["turn"].choices = [("", "nichts weiter"), *_turns(births, persons, data.get("day", ""))]  # type: ignore[attr-defined]  # a choice field
    if not form.is_valid() or not all(good):
        return Typed(form, persons)
    typed = Typed(form, persons)
    _build(typed, names, land)
    return typed


def _turns(births: Mapping[int, date | None], persons: list[PersonForm], day: str) -> list[tuple[str, str]]:
    """Birthdays ahead that change a need: value "n-age", words."""
    start = clock.today()
    with suppress(forms.ValidationError):
        start = GermanDateField().clean(day) or start
    found = []
    for n, birth in births.items():
        for age in claim_sheet.CHILD_STEPS:
            first = claim_sheet.first_month_with(birth, age) if birth else None
            if first is not None and start < first and first.year <= start.year + 2:
                found.append((f"{n}-{age}", f"{label(persons[n], n)} wird {age}, ab {first:%d.%m.%Y}", first))
    return [(value, words) for value, words, _ in sorted(found, key=lambda one: one[2])]


def _build(typed: Typed, names: Mapping[str, Known], land: str) -> None:
    """The household and what changes; problems of the engine come back to their fields."""
    given = typed.form.cleaned_data
    counted = [(n, one) for n, one in enumerate(typed.persons) if not one.cleaned_data.get("gone")]
    keys = {n: (one.cleaned_data["key"] if one.cleaned_data.get("key") in names else f"p{n}") for n, one in counted}
    rows = {n: one.data_of(keys[n]) for n, one in counted}
    partners = [n for n, one in counted if one.cleaned_data.get("place") == PARTNER]
    if len(partners) > 1:
        typed.persons[partners[1]].add_error("place", "Hier steht schon eine Partnerin oder ein Partner. Bitte wählen Sie die Rolle neu.")
        return
    first, partner = keys[0], keys[partners[0]] if partners else ""
    if partner:
        rows[0]["partner"], rows[partners[0]]["partner"] = partner, first
    parents: dict[str, Callable[[], list[str]]] = {
        CHILD: lambda: [one for one in (first, partner) if one], CHILD_OF_FIRST: lambda: [first], CHILD_OF_PARTNER: lambda: [partner] if partner else [],
    }  # fmt: skip
    for n, one in counted[1:]:
        if found := parents.get(one.cleaned_data.get("place") or "", list)():
            rows[n]["parents"] = found
    housing: dict[str, Any] = {name: _euros(given[name]) for name in HOUSING_AMOUNTS if given.get(name)}
    housing |= _limits(given)
    housing |= {name: given[name].isoformat() for name in ("benefits_since", "lowering_until") if given.get(name)}
    housing |= {"water_heating": given.get("water_heating") or "central", "above_cap": bool(given.get("above_cap"))}
    data: dict[str, Any] = {"persons": list(rows.values()), "housing": housing, "land": land, "rent_level": int(given.get("rent_level") or 1)}
    if given.get("approved_from"):
        data["approved_from"] = given["approved_from"].isoformat()
    if given.get("lone_parent"):
        data["lone_parent"] = given["lone_parent"] == "yes"
    try:
        typed.household = from_json(data, day=given.get("day") or clock.today())
    except HouseholdError as error:
        order = list(rows)
        for problem in error.problems:
            show_problem(typed, problem.field, problem.reason, order)
        return
    typed.change = _change(typed, keys, partner)


def _limits(given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What was typed, else the table of the county for units of 1, 2, 3 … persons."""
    cold, heating = limits_for(given.get("day") or clock.today())
    found = {}
    for name, table in (("limit", cold), ("heating_limit", heating)):
        if given.get(name):
            found[name] = [_euros(given[name])]
        elif table:
            found[name] = [_euros(one) for one in table]
    return found


def show_problem(typed: Typed, where: str, reason: str, order: list[int] | None = None) -> None:
    """Put what the engine says of "persons[1].birth" to the field on the page."""
    head, _, name = where.rpartition(".")
    if head.startswith("persons[") and (number := head[8:].split("]")[0]).isdecimal():
        n = int(number) if order is None else order[int(number)]
        one = typed.persons[n]
        field = {"parents": "place", "partner": "place"}.get(name, name)
        one.add_error(field if field in one.fields else None, reason)
        if field not in one.fields:
            typed.form.add_error(None, f"{label(one, n)}: {reason}")
    else:
        typed.form.add_error(name if name in typed.form.fields else None, reason)


def _change(typed: Typed, keys: Mapping[int, str], partner: str) -> Change:
    given = typed.form.cleaned_data
    number = int(given["earner"]) if (given.get("earner") or "").isdecimal() else 0
    earner = keys.get(number, keys[0])
    wage = given.get("new_wage")
    if given.get("hours") and given.get("hourly"):
        wage = claim_sheet.wage(given["hourly"], given["hours"])
    second = partner if earner == keys[0] else keys[0]
    day = None
    if turn := given.get("turn"):
        n, _, age = turn.partition("-")
        birth = typed.persons[int(n)].cleaned_data.get("birth")
        day = claim_sheet.first_month_with(birth, int(age)) if birth else None
    return Change(
        earner=earner,
        wage=wage,
        tax_class=int(given["new_tax"]) if given.get("new_tax") else None,
        second=second,
        second_wage=given.get("second_wage") if second else None,
        day=day,
        rent=given.get("new_rent"),
        limit=given.get("new_limit"),
    )
