"""Cases worked by hand from the texts of the law, to the cent: the arithmetic stands in each file, line by line with its §.

The unit asked for is that of the first person of the household; amounts are in euros. What a file does not name was not worked out.
``need`` is the need of the members with a claim, without § 28; ``income`` what of all income counts against it; ``claim`` what is left,
before reductions and before priority benefits; ``payment`` after reductions, without the supplement of § 72. Of a person: ``allowance``
is all that § 11b takes from the wage beyond tax and contributions, ``income`` what counts of this person before it is shared.
A reduction with ``times = 1`` answers the first breach, ``times = 2`` the second within a year.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from hilfefrei.core import law
from hilfefrei.core.law import household, parameters
from hilfefrei.core.money import CENTS

FOLDER: Final = Path(__file__).parent / "cases"
FILES: Final = sorted(FOLDER.glob("*.toml"))
FEWEST: Final = 60
AMOUNTS: Final = {
    "need", "income", "claim", "subsistence", "housing", "supplement", "payment", "housing_benefit", "child_supplement", "education",
}  # fmt: skip
OF_A_PERSON: Final = {"standard", "additional", "housing", "need", "net", "allowance", "income", "claim"}


def case(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


def worked(one: household.Household) -> Mapping[str, Any]:
    """What the engine says, in the shape of ``[expect]``: integer cents, ``priority`` as bool, ``persons`` by id."""
    units = law.claims([one])[0].units
    unit = next(unit for unit in units if one.persons[0].id in {person.id for person in unit.persons})
    return {
        "need": unit.need,
        "income": unit.income,
        "claim": unit.claim,
        "subsistence": unit.living,
        "housing": unit.housing,
        "supplement": unit.supplement,
        "payment": sum(person.payment for person in unit.persons),
        "housing_benefit": unit.housing_benefit,
        "child_supplement": unit.child_supplement,
        "education": unit.schooling,
        "priority": unit.must_claim and unit.claim > 0,
        "persons": {
            person.id: {
                "standard": person.standard,
                "additional": person.need - person.standard - person.housing,
                "housing": person.housing,
                "need": person.need,
                "net": person.net,
                "allowance": min(person.base + person.bands, person.net),
                "income": person.income + person.child_benefit_used,
                "claim": person.claim,
            }
            for unit in units
            for person in unit.persons
        },
    }


def cents(euros: Decimal | int) -> int:
    found = Decimal(euros) * CENTS
    assert found == found.to_integral_value()
    return int(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_to_the_cent(file: Path) -> None:
    told = case(file)
    expected = told["expect"]
    found = worked(household.from_json(told["household"]))
    wanted: dict[str, Any] = {name: cents(expected[name]) for name in AMOUNTS & expected.keys()}
    if "priority" in expected:
        wanted["priority"] = expected["priority"]
    assert {name: found[name] for name in wanted} == wanted
    for who, values in expected.get("persons", {}).items():
        of_them = {name: cents(value) for name, value in values.items()}
        assert {name: found["persons"][who][name] for name in of_them} == of_them, who


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_whole_and_its_sums_agree(file: Path) -> None:
    """Title, rules, state of its day, arithmetic with §; and what is expected does not contradict itself."""
    told = case(file)
    assert told.keys() == {"title", "shows", "state", "household", "expect"}
    assert told["title"]
    assert told["shows"]
    day = date.fromisoformat(told["household"]["as_of"])
    assert told["state"] == parameters.shipped()["states.sgb2"].on(day).value
    comments = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any("§" in line or "case" in line for line in comments)
    people = {person.id for person in household.from_json(told["household"]).persons}
    expected = told["expect"]
    assert expected.keys() <= AMOUNTS | {"priority", "persons"}
    assert {"claim"} <= expected.keys()
    persons = expected.get("persons", {})
    assert persons.keys() <= people
    assert all(values.keys() <= OF_A_PERSON for values in persons.values())
    if {"need", "income"} <= expected.keys():
        assert expected["claim"] == max(Decimal(0), expected["need"] - expected["income"])
    if {"subsistence", "housing"} <= expected.keys():
        assert expected["claim"] == expected["subsistence"] + expected["housing"]
    if persons.keys() == people and all("claim" in values for values in persons.values()):
        assert expected["claim"] == sum(values["claim"] for values in persons.values())
    for values in persons.values():
        if {"standard", "housing", "need"} <= values.keys():
            assert values["need"] == values["standard"] + values.get("additional", 0) + values["housing"]


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= FEWEST
    assert len({file.stem[:3] for file in FILES}) == len(FILES)
