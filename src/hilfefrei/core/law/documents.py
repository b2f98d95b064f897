"""Households and results as JSON: what files, the command ``claim`` and the API read and write, and its JSON Schema.

Money is a JSON number in euros with at most two decimals, going in and coming out, so that an answer can be a question again. The
text is exact: a number of cents is divided by one hundred only while it is written, and the shortest text of that float is the amount
(up to 10**13 euros; a test). Whoever reads it with decimals gets the cents; whoever reads floats rounds to two places.

The schema is made from the dataclasses, so a new field is in it at once; :data:`WORDS` says in German what a field means.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from hilfefrei.core.law import household as reading
from hilfefrei.core.law import parameters
from hilfefrei.core.law.columns import YOUNG, age_limit
from hilfefrei.core.law.curve import Curve, Event, curve
from hilfefrei.core.law.explain import Explained, Step, explain
from hilfefrei.core.law.household import MOST, MOST_PARENTS, MOST_PERSONS, Household, HouseholdError, Problem, from_json
from hilfefrei.core.law.parameters import Parameters, UnknownDayError
from hilfefrei.core.law.readings import Reading
from hilfefrei.core.law.results import PersonResult, Result, UnitResult, claims
from hilfefrei.core.money import CENTS
from hilfefrei.core.periods import LANDS, age_on

ADVICE: Final = "Auskunft, keine Entscheidung"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
# Schemas that lie beside this file as they are printed by ``./hilfefrei claim --schema``.
SCHEMAS: Final = ("households", "claims")
FIRST_WORKING_AGE: Final = 15

# Whole numbers that are no money, with their least and greatest value.
NUMBERS: Final = {
    "tax_class": (1, 6), "rent_level": (1, 7), "child_allowances": (0, 40), "times": (1, 99), "stage": (1, 6), "days": (1, 30),
}  # fmt: skip
# What a field is called outside.
NAMES: Final = {"day": "as_of"}

WORDS: Final = {
    "Household": {
        "id": "Kennung des Haushalts; sie steht in der Antwort wieder",
        "as_of": "Tag, für dessen Monat gerechnet wird",
        "persons": "alle, die zusammen wohnen",
        "housing": "was die Wohnung kostet",
        "land": "Land, für den Bundesanteil",
        "days": "Tage des Monats mit Anspruch, ein ganzer Monat hat 30 (§ 41 Abs. 1 SGB II)",
        "rent_level": "Mietstufe der Gemeinde beim Wohngeld, I bis VII als 1 bis 7",
        "approved_from": "erster Tag des Bewilligungszeitraums (§ 65a Abs. 1 SGB II); keine Angabe: der Tag selbst",
        "lone_parent": "von Hand entschieden, ob allein erzogen wird; keine Angabe: aus dem Haushalt",
    },
    "Person": {
        "id": "Kennung der Person im Haushalt; bitte kein Name",
        "birth": "Geburtsdatum",
        "partner": "Kennung der Partnerin oder des Partners; beide nennen einander",
        "parents": "Kennungen der Eltern im Haushalt; wer zuerst steht, bezieht das Kindergeld",
        "employable": "kann mindestens drei Stunden täglich arbeiten (§ 8 SGB II)",
        "permanently_incapable": "dauerhaft voll erwerbsgemindert (Viertes Kapitel SGB XII)",
        "excluded": "aus anderem Grund ohne Leistungen (§ 7 Abs. 1 Satz 2, Abs. 4, 4a, 5 SGB II)",
        "moved_without_consent": "unter 25 ohne Zusicherung ausgezogen (§ 20 Abs. 3 SGB II)",
        "pregnant": "schwanger nach der zwölften Woche (§ 21 Abs. 2 SGB II)",
        "participation_aid": "Leistungen zur Teilhabe am Arbeitsleben (§ 21 Abs. 4 SGB II)",
        "mobility_mark": "Ausweis mit Merkzeichen G (§ 23 Nr. 4 SGB II)",
        "diet": "Mehrbedarf für kostenaufwändige Ernährung (§ 21 Abs. 5 SGB II)",
        "special_need": "unabweisbarer besonderer Bedarf (§ 21 Abs. 6 SGB II)",
        "school_books": "Schulbücher (§ 21 Abs. 6a SGB II)",
        "education": "Schule, Ausbildung, Studium oder Freiwilligendienst",
        "schooling": "Bildung und Teilhabe (§ 28 SGB II)",
        "child_benefit": "ob es Kindergeld gibt; keine Angabe: nach Alter und Ausbildung",
        "wage": "Bruttolohn des Monats",
        "tax_class": "Lohnsteuerklasse",
        "minor_child_elsewhere": "hat ein minderjähriges Kind, das anderswo wohnt (§ 11b Abs. 3 Satz 3 SGB II)",
        "child_allowances": "Kinderfreibeträge in halben; keine Angabe: aus dem Haushalt",
        "church": "zahlt Kirchensteuer",
        "pension_exempt": "im Minijob von der Rentenversicherung befreit (§ 6 Abs. 1b SGB VI)",
        "work_costs": "nachgewiesene Beträge nach § 11b Abs. 1 Nr. 3 bis 5 SGB II zusammen",
        "car_insurance": "Haftpflichtversicherung für das Kraftfahrzeug im Monat",
        "subsidised_saving": "geförderte Altersvorsorge im Monat, Mindesteigenbeitrag",
        "maintenance_paid": "gezahlter Unterhalt mit Titel (§ 11b Abs. 1 Nr. 7 SGB II)",
        "incomes": "Einkommen, das kein Lohn ist",
        "assets": "Vermögen, das zu berücksichtigen ist, vor den Freibeträgen (§ 12 SGB II)",
        "reductions": "laufende Minderungen (§§ 31a, 32 SGB II)",
        "days": "Tage im Monat in der Bedarfsgemeinschaft; weniger als 30 bei einem Kind, das im Wechsel bei einem Elternteil ist",
    },
    "Housing": {
        "rent": "Kaltmiete", "service_charges": "Betriebskosten", "heating": "Heizkosten",
        "water_heating": "Warmwasser mit der Heizung (central) oder eigene Geräte (own, § 21 Abs. 7 SGB II)",
        "benefits_since": "erster Monat mit Leistungen; von da läuft die Karenzzeit (§ 22 Abs. 1 SGB II)",
        "lowering_until": "letzter Tag, an dem zu hohe Kosten noch anerkannt sind",
        "limit": "angemessen für 1, 2, 3 … Personen: Miete und Betriebskosten; leer: alles ist anerkannt",
        "heating_limit": "angemessen für 1, 2, 3 … Personen: Heizung; leer: alles ist anerkannt",
        "above_cap": "auch über dem Anderthalbfachen anerkannt (§ 22 Abs. 1 SGB II)",
    },
    "Income": {
        "kind": "Art des Einkommens", "amount": "Betrag im Monat vor Abzügen", "tax": "davon einbehaltene Steuern",
        "insurance": "davon einbehaltene Beiträge zur Sozialversicherung",
        "free": "was ein anderes Gesetz davon frei lässt, wie § 10 Abs. 5 BEEG",
    },
    "Reduction": {
        "breach": "Pflichtverletzung, Meldeversäumnis oder verweigerte Arbeit", "on": "Tag der Pflichtverletzung",
        "times": "die wievielte im Jahr",
    },
    "Schooling": {
        "trips": "Ausflüge als Pauschale", "class_trip": "mehrtägige Klassenfahrt im Monat", "transport": "Schülerbeförderung",
        "tutoring": "Lernförderung", "lunch": "Mittagessen", "participation": "Teilhabe als Pauschale",
    },
    "Problem": {"field": "welche Angabe", "reason": "warum sie nicht geht und was hilft"},
    "Result": {
        "id": "Kennung des Haushalts", "as_of": "Tag", "state": "Fassung des SGB II", "benefit": "wie die Leistung an dem Tag heißt",
        "units": "Bedarfsgemeinschaften",
    },
    "UnitResult": {
        "persons": "wer dazu gehört", "need": "Gesamtbedarf", "income": "Einkommen, das den Bedarf mindert",
        "claim": "Anspruch, bevor andere Leistungen und Minderungen angesehen werden", "living": "davon Lebensunterhalt",
        "housing": "davon Unterkunft und Heizung", "supplement": "Sofortzuschläge (§ 72 SGB II), neben dem Anspruch",
        "schooling": "Bildung und Teilhabe, neben dem Anspruch", "reduction": "Minderungen zusammen",
        "paid": "was vom Anspruch gezahlt wird; nichts, wo Wohngeld und Kinderzuschlag vorgehen",
        "asset_excess": "Vermögen über den Freibeträgen", "housing_benefit": "Wohngeld, wenn es bewilligt wird",
        "child_supplement": "Kinderzuschlag, wenn er bewilligt wird", "ends_need": "Wohngeld und Kinderzuschlag decken den Bedarf",
        "must_claim": "sie müssen beantragt werden (§ 12a SGB II)", "net": "eigenes Geld: Nettolohn, anderes Einkommen, Kindergeld",
        "disposable": "alles, was im Monat da ist", "federal": "davon zahlt der Bund", "county": "davon zahlt der Kreis",
        "supplement_by_choice": "Kinderzuschlag, der statt der Grundsicherung gewählt werden kann (§ 6a Abs. 1a BKGG)",
        "single_payment": "Einmalzahlung für Juli 2022 (§ 73 SGB II)", "days": "Tage des Monats mit Anspruch",
        "insurance": "was der Bund für Kranken- und Pflegeversicherung zahlt",
        "eligible": "jemand der Gemeinschaft kann Leistungen nach dem SGB II erhalten",
    },
    "PersonResult": {
        "id": "Kennung der Person", "member": "gehört zur Bedarfsgemeinschaft", "age": "Alter in Jahren", "stage": "Regelbedarfsstufe", "standard": "Regelbedarf",
        "additional": "Mehrbedarfe nach Art", "housing": "Unterkunft und Heizung", "need": "Bedarf", "gross": "Bruttolohn",
        "net": "Nettolohn", "tax": "Steuern vom Lohn", "contributions": "Beiträge vom Lohn", "base": "Grundabsetzbetrag",
        "bands": "Freibetrag für Erwerbstätige", "last_band": "wo dessen letzte Stufe endet", "no_first_band": "true: ohne dessen erste Stufe (§ 11b Abs. 3 Satz 4)",
        "earned": "Einkommen aus Arbeit, das zählt", "other": "anderes Einkommen, das zählt",
        "lump": "Pauschbetrag für Versicherungen", "titled": "gezahlter Unterhalt", "income": "anrechenbares Einkommen",
        "child_benefit": "Kindergeld", "child_benefit_used": "davon beim Kind", "child_benefit_passed": "davon beim Elternteil",
        "own": "Einkommen des Kindes auf seinen Bedarf", "share": "Anteil am Einkommen der anderen", "claim": "Anspruch",
        "living": "davon Lebensunterhalt", "housing_claim": "davon Unterkunft und Heizung", "supplement": "Sofortzuschlag",
        "reduction": "Minderung", "payment": "Zahlung nach Minderung, wenn Grundsicherung gezahlt wird",
        "schooling": "Bildung und Teilhabe",
    },
    "Step": {
        "group": "Gruppe von Zeilen, die zusammen ein Ergebnis haben", "label": "was es ist", "paragraph": "Rechtsgrundlage",
        "formula": "wie gerechnet", "amount": "Betrag; Abzüge sind negativ", "person": "Kennung der Person, leer für alle",
        "result": "true: Ergebnis der Gruppe",
    },
    "Reading": {
        "key": "Kennung des Zweifels", "paragraph": "Rechtsgrundlage", "question": "was das Gesetz offen lässt", "taken": "wie wir es lesen",
        "reason": "warum", "other": "die andere Lesart",
    },
    "Event": {"wage": "Bruttolohn", "what": "was beginnt oder endet", "begins": "true: beginnt, false: endet"},
}  # fmt: skip
# What an answer holds that is no field of a dataclass.
_NOTE = {"type": "string", "const": ADVICE}
_ADDED: Final[dict[str, dict[str, Any]]] = {
    "UnitResult": {
        "is_free": {"type": "boolean", "description": "frei von Grundsicherung; Wohngeld und Kinderzuschlag können helfen"},
        "lives_from_own_income": {"type": "boolean", "description": "kein Anspruch, auch ohne Wohngeld und Kinderzuschlag"},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "description": "Zeile für Zeile, wenn danach gefragt ist"},
    },
    "Result": {
        "note": _NOTE,
        "otherwise": {
            "type": "array", "items": {"$ref": "#/$defs/Otherwise"}, "description": "wo das Recht Zweifel lässt und eine andere Lesart anders rechnet",
        },
        "end_points": {
            "type": "array", "items": {"$ref": "#/$defs/EndPoints"}, "description": "ab welchem Lohn, wenn danach gefragt ist",
        },
    },
}  # fmt: skip
_OPTIONAL: Final = {"steps", "end_points", "otherwise"}


def euros(cents: int) -> int | float:
    """Cents as a JSON number in euros; the only place where money is a float, and only to be written."""
    return cents // CENTS if cents % CENTS == 0 else cents / CENTS


def read(text: str | bytes) -> Any:
    """Parse a document with exact numbers.

    Raises:
        HouseholdError: it is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except UnicodeDecodeError:
        reason = "Die Zeichen sind nicht UTF-8."
    except json.JSONDecodeError as error:
        reason = f"Das ist kein JSON: Zeile {error.lineno}, Zeichen {error.colno}."
    except RecursionError:
        reason = "Das ist zu tief geschachtelt."
    except ValueError as error:
        reason = str(error) if str(error).startswith("„") else "Eine Zahl ist zu lang."
    raise HouseholdError([Problem("document", reason)])


def _no_number(word: str) -> Any:
    message = f"„{word}“ ist keine Zahl."
    raise ValueError(message)


def answer(
    data: Any, *, day: date | None = None, steps: bool = False, end_points: bool = False, known: Parameters | None = None
) -> list[dict[str, Any]]:
    """Work a document out, a household or a list of them: an entry for each, in its order.

    An entry is a result (:func:`as_json`), or ``{"index", "id", "problems"}`` where the household cannot be worked with: it does not
    stop the others.

    Args:
        data: what :func:`read` gives.
        day: instead of the days in the data.
        steps: with the explanation.
        end_points: with both end points of every earner, or of the first who could be one.
        known: other parameters than the shipped ones.
    """
    known = known or parameters.shipped()
    found: list[dict[str, Any]] = []
    good: dict[int, Household] = {}
    for index, row in enumerate(data if isinstance(data, list) else [data]):
        try:
            good[index] = household = from_json(row, day=day)
            known.on(household.day)
        except HouseholdError as error:
            problems = error.problems
        except UnknownDayError as error:
            problems = (Problem("as_of", str(error)),)
        else:
            found.append({})
            continue
        good.pop(index, None)
        name = row.get("id") if isinstance(row, Mapping) else None
        found.append({"index": index, "id": name if isinstance(name, str) else "", "problems": [_plain(one) for one in problems]})
    for (index, household), result in zip(good.items(), claims(good.values(), known=known), strict=True):
        explained = explain(household, known=known) if steps else None
        curves = [curve(household, earner, known=known) for earner in earners(household)] if end_points else None
        found[index] = as_json(result, explained, curves)
    return found


def earners(household: Household) -> list[str]:
    """Whose wage the end points are asked for: everybody with a wage, else the first adult who can work, else nobody."""
    working = [person.id for person in household.persons if person.wage]
    if working:
        return working
    able = [
        person
        for person in household.persons
        if person.employable
        and not (person.excluded or person.permanently_incapable)
        and age_on(person.birth, household.day) >= FIRST_WORKING_AGE
        and household.day <= age_limit(person.birth)
    ]
    able.sort(key=lambda person: bool(person.parents) and age_on(person.birth, household.day) < YOUNG)
    return [person.id for person in able[:1]]


def as_json(result: Result, explained: Explained | None = None, curves: Sequence[Curve] | None = None) -> dict[str, Any]:
    """A result as it goes out; with the lines of its explanation and the end points of curves where they are given."""
    made: dict[str, Any] = {"note": ADVICE, **_plain(result)}
    for number, unit in enumerate(result.units):
        made["units"][number] |= {"is_free": unit.is_free, "lives_from_own_income": unit.lives_from_own_income}
        if explained is not None:
            made["units"][number]["steps"] = [_plain(step) for step in explained.steps[number]]
    if explained is not None:
        made["otherwise"] = [_plain(one.reading) | {"claims": [euros(cents) for cents in one.claims]} for one in explained.otherwise]
    if curves is not None:
        made["end_points"] = [_end_points(one) for one in curves]
    return made


def _end_points(found: Curve) -> dict[str, Any]:
    return {
        "person": found.earner,
        "highest": euros(int(found.wages[-1])),
        "is_free_from": None if found.free is None else euros(found.free),
        "lives_from_own_income_from": None if found.own is None else euros(found.own),
        "events": [_plain(event) for event in found.events],
    }


def _plain(value: Any, name: str = "") -> Any:
    if is_dataclass(value):
        return {NAMES.get(one.name, one.name): _plain(getattr(value, one.name), one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int) or name in NUMBERS:
        return value
    return euros(value)


def household_json(household: Household) -> dict[str, Any]:
    """A household as :func:`~hilfefrei.core.law.household.from_json` reads it; what it does not say is left out."""
    return _said(household)


def _said(value: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for one in fields(value):
        held = getattr(value, one.name)
        if held is None or (one.default is not MISSING and held == one.default):
            continue
        if is_dataclass(held):
            said[NAMES.get(one.name, one.name)] = _said(held)
        elif isinstance(held, tuple) and held and is_dataclass(held[0]):
            said[one.name] = [_said(row) for row in held]
        else:
            said[NAMES.get(one.name, one.name)] = _plain(held, one.name)
    return said


# --- JSON Schema


def schema(name: str) -> dict[str, Any]:
    """The schema of what is asked (``households``) or answered (``claims``), draft 2020-12.

    Raises:
        KeyError: there is no such schema.
    """
    return {"households": _of_households, "claims": _of_claims}[name]()


def shipped_schema(name: str) -> str:
    """The schema as it lies beside this file."""
    return (resources.files(__package__) / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def schema_text(name: str) -> str:
    """The schema as text."""
    return json.dumps(schema(name), ensure_ascii=False, indent=1) + "\n"


def _of_households() -> dict[str, Any]:
    defs = {one.__name__: _object(one, open_to=False) for one in (Household, reading.Person, reading.Housing, reading.Income, reading.Reduction, reading.Schooling)}
    one = {"$ref": "#/$defs/Household"}
    return {
        "$schema": DRAFT,
        "title": "Haushalte für den Leistungsanspruch",
        "description": "Ein Haushalt oder eine Liste. Beträge in Euro im Monat, höchstens zwei Stellen nach dem Punkt. Bitte ohne Namen.",
        "anyOf": [one, {"type": "array", "items": one, "minItems": 1}],
        "$defs": {**defs, "Euro": _euro(0)},
    }


def _of_claims() -> dict[str, Any]:
    defs = {one.__name__: _object(one, open_to=True) for one in (Result, UnitResult, PersonResult, Step, Event, Problem)}
    money = {"$ref": "#/$defs/Euro"}
    defs["EndPoints"] = {
        "type": "object",
        "description": "ab welchem Bruttolohn dieser Person es so bleibt; null: bis zum höchsten Lohn nicht",
        "properties": {
            "person": {"type": "string", "description": "Kennung der Person"},
            "highest": {**money, "description": "höchster Lohn, der angesehen wurde"},
            "is_free_from": {"anyOf": [money, {"type": "null"}], "description": "frei von Grundsicherung"},
            "lives_from_own_income_from": {"anyOf": [money, {"type": "null"}], "description": "lebt aus eigenem Einkommen"},
            "events": {"type": "array", "items": {"$ref": "#/$defs/Event"}, "description": "wo sich etwas ändert"},
        },
        "required": ["person", "highest", "is_free_from", "lives_from_own_income_from", "events"],
    }
    otherwise = _object(Reading, open_to=True)
    otherwise["properties"]["claims"] = {"type": "array", "items": money, "description": "Anspruch je Bedarfsgemeinschaft nach der anderen Lesart"}
    defs["Otherwise"] = otherwise | {"required": [*otherwise["required"], "claims"]}
    defs["Refused"] = {
        "type": "object",
        "description": "ein Haushalt, der sich nicht rechnen lässt",
        "properties": {
            "index": {"type": "integer", "minimum": 0, "description": "der wievielte, von null an"},
            "id": {"type": "string", "description": "Kennung des Haushalts"},
            "problems": {"type": "array", "items": {"$ref": "#/$defs/Problem"}, "minItems": 1, "description": "was nicht geht"},
        },
        "required": ["index", "id", "problems"],
    }
    return {
        "$schema": DRAFT,
        "title": "Leistungsansprüche",
        "description": "Ein Eintrag je Haushalt, in der Reihenfolge der Anfrage. Neue Angaben können dazukommen.",
        "type": "object",
        "properties": {"claims": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/Result"}, {"$ref": "#/$defs/Refused"}]}}},
        "required": ["claims"],
        "$defs": {**defs, "Euro": _euro(None)},
    }


def _euro(least: int | None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "number", "description": "Euro, höchstens zwei Stellen nach dem Punkt"}
    return made if least is None else {**made, "minimum": least, "maximum": MOST}


def _object(kind: Any, *, open_to: bool) -> dict[str, Any]:
    """The schema of a dataclass. ``open_to``: readers must bear fields that come later, and every field is there."""
    hints, words = get_type_hints(kind), WORDS[kind.__name__]
    properties, required = {}, []
    for one in fields(kind):
        name = NAMES.get(one.name, one.name)
        properties[name] = {**_type(hints[one.name], one.name, open_to=open_to), "description": words.get(name, "")}
        if open_to or _needed(one):
            required.append(name)
    added = _ADDED.get(kind.__name__, {}) if open_to else {}
    if kind is Household:
        # ``--as-of`` stands in for the day, and a household alone needs no id.
        required = ["persons"]
    made = {"type": "object", "properties": properties | added, "required": required + [name for name in added if name not in _OPTIONAL]}
    return made if open_to else {**made, "additionalProperties": False}


def _needed(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _type(hint: Any, name: str, *, open_to: bool) -> dict[str, Any]:
    if get_origin(hint) in {Union, UnionType}:
        one = next(part for part in get_args(hint) if part is not type(None))
        return {"anyOf": [_type(one, name, open_to=open_to), {"type": "null"}]}
    if get_origin(hint) is tuple:
        items = _type(get_args(hint)[0], name, open_to=open_to)
        most = MOST_PARENTS if name == "parents" else MOST_PERSONS
        least = {"minItems": 1} if name == "persons" else {}
        return {"type": "array", "items": items, **({} if open_to else {"maxItems": most, **least})}
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/Euro"}}
    if hint is int and name in NUMBERS:
        low, high = NUMBERS[name]
        return {"type": "integer", "minimum": low, "maximum": high}
    if hint is str and name == "land":
        return {"enum": list(LANDS)}
    if hint is str and name == "id" and not open_to:
        return {"type": "string", "maxLength": 64}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [one.value for one in hint]}
    plain = {int: {"$ref": "#/$defs/Euro"}, str: {"type": "string"}, bool: {"type": "boolean"}, date: {"type": "string", "format": "date"}}
    return plain.get(hint) or {"$ref": f"#/$defs/{hint.__name__}"}


def problems_of(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries that could not be worked with."""
    return [entry for entry in entries if "problems" in entry]
