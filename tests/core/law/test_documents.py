"""Documents go in and out exactly, say what is wrong with each household, and are what their schema says."""

import json
import re
from copy import deepcopy
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hilfefrei.core import law
from hilfefrei.core.law import curve, documents, explain, parameters, readings
from hilfefrei.core.law.household import HouseholdError
from tests.support.schema import errors

DOC = Path(__file__).resolve().parents[3] / "docs" / "law-api.md"
BLOCKS = [documents.read(text) for text in re.findall(r"```json\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)]
EXAMPLES = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))
FAMILY = EXAMPLES[2][0]
ASKED, ANSWERED = documents.schema("households"), documents.schema("claims")


def differences(shown: Any, real: Any, at: str = "$") -> list[str]:
    """What of an excerpt is not so."""
    if isinstance(shown, dict):
        return [one for name, value in shown.items() for one in differences(value, real.get(name), f"{at}.{name}")]
    if isinstance(shown, list):
        if len(shown) != len(real):
            return [f"{at}: {len(shown)} instead of {len(real)}"]
        return [one for number, value in enumerate(shown) for one in differences(value, real[number], f"{at}[{number}]")]
    return [] if shown == real else [f"{at}: {shown} instead of {real}"]


def again(made: Any) -> Any:
    """What somebody reads who reads decimals."""
    return documents.read(json.dumps(made))


@pytest.mark.parametrize(("asked", "shown"), EXAMPLES, ids=lambda one: one["id"])
def test_the_worked_examples_of_the_documentation_come_out(asked: Any, shown: Any) -> None:
    assert not errors(asked, ASKED)
    made = documents.answer(asked, end_points="end_points" in shown)
    assert not differences(shown, again(made)[0])


def test_there_are_three_of_them_and_the_comparison_sees_a_cent() -> None:
    assert [asked["id"] for asked, _ in EXAMPLES] == ["allein", "mutter", "familie"]
    shown = deepcopy(EXAMPLES[1][1])
    shown["units"][0]["persons"][1]["claim"] += Decimal("0.01")
    assert len(differences(shown, again(documents.answer(EXAMPLES[1][0]))[0])) == 1


@given(st.integers(-(10**15), 10**15))
@example(1)
@example(110)
@example(1999)
@example(10**15 - 1)
def test_an_amount_is_written_exactly(cents: int) -> None:
    assert Decimal(json.dumps(documents.euros(cents))) * 100 == cents


@pytest.mark.parametrize("name", documents.SCHEMAS)
def test_the_schema_that_is_shipped_is_the_one_of_the_program(name: str) -> None:
    """Anew: ./hilfefrei claim --schema NAME > src/hilfefrei/core/law/schemas/NAME.schema.json."""
    assert documents.shipped_schema(name) == documents.schema_text(name)


def test_every_answer_is_what_the_schema_says() -> None:
    asked = [one for one, _ in EXAMPLES] + [{"id": "leer"}, FAMILY | {"as_of": "2031-01-01"}, FAMILY | {"as_of": "2023-03-01"}]
    made = {"claims": documents.answer(asked, steps=True, end_points=True)}
    assert not errors(again(made), ANSWERED)
    del made["claims"][0]["units"][0]["claim"]
    assert errors(again(made), ANSWERED)


@pytest.mark.parametrize("kind", [name for name in documents.WORDS if name not in {"Problem", "Event"}])
def test_every_field_is_described_and_none_that_is_not_there(kind: str) -> None:
    held = {**vars(law.household), **vars(law.results), **vars(explain), **vars(curve), **vars(readings)}[kind]
    assert set(documents.WORDS[kind]) == {documents.NAMES.get(one.name, one.name) for one in fields(held)}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"as_of": "2026-13-01"}, "as_of"),
        ({"rent_level": 8}, "rent_level"),
        ({"land": "XX"}, "land"),
        ({"housing": {"rent": -1}}, "housing.rent"),
        ({"housing": {"rent": "700"}}, "housing.rent"),
        ({"persons": []}, "persons"),
        ({"persons": [{"id": "a"}]}, "persons[0].birth"),
        ({"persons": [{"id": "a", "birth": "1990-01-01", "wages": 1}]}, "persons[0].wages"),
        ({"persons": [{"id": "a", "birth": "1990-01-01", "incomes": [{"kind": "lottery", "amount": 1}]}]}, "persons[0].incomes[0].kind"),
        ({"persons": [{"id": "a", "birth": "1990-01-01", "tax_class": 7}]}, "persons[0].tax_class"),
    ],
)
def test_what_the_schema_refuses_the_program_refuses_by_field_and_reason(change: Any, where: str) -> None:
    asked = FAMILY | change
    assert errors(asked, ASKED)
    [entry] = documents.answer(asked)
    assert where in [problem["field"] for problem in entry["problems"]]
    assert all(problem["reason"] for problem in entry["problems"])


def test_one_bad_household_does_not_stop_the_others() -> None:
    good = EXAMPLES[0][0]
    asked = [good | {"id": str(number)} for number in range(40)]
    asked[7] = good | {"id": "7", "housing": {"rent": -1}}
    asked[31] = good | {"id": "31", "as_of": "2035-01-01"}
    made = documents.answer(asked)
    assert [entry["id"] for entry in made] == [str(number) for number in range(40)]
    assert [entry["index"] for entry in documents.problems_of(made)] == [7, 31]
    assert "31.12.2026" in made[31]["problems"][0]["reason"]
    alone = documents.answer(good)[0]
    assert all(entry | {"id": alone["id"]} == alone for entry in made if "problems" not in entry)


def test_a_list_without_households_has_no_answers() -> None:
    assert documents.answer([]) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "Zeile 1, Zeichen 2"),
        (b'{"a": NaN}', "NaN"),
        (b"\xff", "UTF-8"),
        (b"[" * 200_000, "geschachtelt"),
        (b"1" * 5_000, "zu lang"),
    ],
)
def test_what_is_no_document_is_said_so(text: bytes, reason: str) -> None:
    with pytest.raises(HouseholdError, match=reason) as refused:
        documents.read(text)
    assert refused.value.problems[0].field == "document"


def test_the_day_of_the_caller_comes_before_the_day_of_the_household() -> None:
    assert documents.answer(FAMILY, day=date(2023, 5, 1))[0]["as_of"] == "2023-05-01"
    assert documents.answer(FAMILY, day=date(2023, 5, 1))[0]["benefit"] == "Bürgergeld"


def test_end_points_are_asked_for_earners_else_for_the_first_who_could_be_one() -> None:
    family = law.from_json(FAMILY)
    assert documents.earners(family) == ["a"]
    both = replace(family, persons=tuple(replace(one, wage=50_000) if one.id in {"a", "b", "k1"} else one for one in family.persons))
    assert documents.earners(both) == ["a", "b", "k1"]
    none = replace(family, persons=tuple(replace(one, wage=0, employable=one.id != "a") for one in reversed(family.persons)))
    assert documents.earners(none) == ["b"]
    nobody = replace(family, persons=tuple(replace(one, wage=0, employable=False) for one in family.persons))
    assert documents.earners(nobody) == []


def test_steps_stand_in_their_unit() -> None:
    [made] = documents.answer(FAMILY, steps=True)
    explained = explain.explain(law.from_json(FAMILY))
    assert [len(unit["steps"]) for unit in made["units"]] == [len(steps) for steps in explained.steps]
    last = [step for step in made["units"][0]["steps"] if step["group"] == "claim" and step["result"]]
    assert [step["amount"] for step in last] == [made["units"][0]["claim"]]


def test_another_reading_of_the_law_is_told_with_its_figure() -> None:
    student = {"id": "s", "birth": "2006-05-20", "education": "training", "wage": 1000}
    [made] = documents.answer({"as_of": "2026-09-01", "persons": [student], "housing": {"rent": 500}}, steps=True)
    [other] = made["otherwise"]
    assert other["paragraph"] == "§ 11b Abs. 2b, 3 SGB II"
    assert other["claims"] != [unit["claim"] for unit in made["units"]]
    assert not errors(again({"claims": [made]}), ANSWERED)


def test_new_rates_reach_the_answer() -> None:
    assert documents.answer(FAMILY, known=parameters.shipped()) == documents.answer(FAMILY)
