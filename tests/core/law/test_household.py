"""Whatever comes in is a household or says by field and reason why not; what goes out comes in again."""

import json
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.law import documents
from hilfefrei.core.law.household import (
    Household,
    HouseholdError,
    Housing,
    Income,
    Person,
    Problem,
    Reduction,
    Schooling,
    from_json,
)
from hilfefrei.core.periods import LANDS
from tests.support.schema import errors

DAY = date(2026, 9, 1)
ADULT = {"id": "a", "birth": "1990-01-01"}
GOOD = {"as_of": "2026-09-01", "persons": [ADULT]}
ASKED = documents.schema("households")
KEYS = sorted({documents.NAMES.get(one.name, one.name) for kind in (Household, Person, Housing, Income, Reduction, Schooling) for one in fields(kind)})

numbers = st.one_of(st.integers(), st.decimals(), st.sampled_from([Decimal("1E+999999"), Decimal("-0"), Decimal("1E-999999"), Decimal("1.0")]))
words = st.one_of(st.text(max_size=8), st.sampled_from(["a", "b", "2026-09-01", "1990-02-30", "wage", "٢٠٢٦-٠١-٠١", "NI"]))
scalars = st.one_of(st.none(), st.booleans(), numbers, words, st.floats())
anything = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.sampled_from(KEYS), words), inner, max_size=4)), max_leaves=12
)


def tried(data: Any) -> tuple[Household | None, tuple[Problem, ...]]:
    try:
        return from_json(data), ()
    except HouseholdError as error:
        return None, error.problems


def problems(data: Any, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(HouseholdError) as refused:
        from_json(data, **more)
    return refused.value.problems


@given(anything)
def test_whatever_comes_in_never_raises_anything_else(data: Any) -> None:
    made, wrong = tried(data)
    assert (made is None) is bool(wrong)
    assert all(one.reason for one in wrong)


@given(st.data())
def test_a_household_with_one_field_of_anything_never_raises_anything_else(draw: st.DataObject) -> None:
    data = json.loads(json.dumps(FULL))
    places = [data, data["housing"], data["persons"][0], data["persons"][0]["schooling"], data["persons"][0]["incomes"][0], data["persons"][0]["reductions"][0]]
    place = draw.draw(st.sampled_from(places))
    place[draw.draw(st.sampled_from(sorted(place)))] = draw.draw(anything)
    made, wrong = tried(data)
    assert all(one.reason for one in wrong)
    if made is not None:
        assert from_json(documents.household_json(made)) == made
        assert not [one for one in errors(documents.household_json(made), ASKED) if "id" not in one]


# --- there and back again


def _of(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """A strategy for a field by its type: a new field is tried at once."""
    if get_origin(hint) is UnionType:
        return st.one_of(*(_of(part, name) for part in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(_of(get_args(hint)[0], name), max_size=3).map(tuple)
    if name in documents.NUMBERS:
        return st.integers(*documents.NUMBERS[name])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    if is_dataclass(hint):
        return built(hint)
    return {int: st.integers(0, 10**9), bool: st.booleans(), date: st.dates(date(1990, 1, 1), DAY), str: st.just(""), type(None): st.none()}[hint]


def built(kind: Any, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: fixed[one.name] if one.name in fixed else _of(hints[one.name], one.name) for one in fields(kind)})


incomes = st.integers(0, 10**6).flatmap(lambda n: built(Income, amount=st.just(3 * n), tax=st.integers(0, n), insurance=st.integers(0, n), free=st.integers(0, n)))
people = built(Person, partner=st.just(""), parents=st.just(()), incomes=st.lists(incomes, max_size=2).map(tuple))


@given(st.lists(people, min_size=1, max_size=4), built(Housing), st.sampled_from(sorted(LANDS)), st.integers(1, 7))
def test_what_goes_out_comes_in_again(persons: list[Person], housing: Housing, land: str, level: int) -> None:
    named = tuple(replace(one, id=f"p{number}") for number, one in enumerate(persons))
    household = Household("h", DAY, named, housing, land=land, rent_level=level)
    said = documents.household_json(household)
    assert not errors(documents.read(json.dumps(said)), ASKED)
    assert from_json(documents.read(json.dumps(said))) == household


FULL: dict[str, Any] = documents.household_json(
    Household(
        "h", DAY,
        (Person("a", date(1990, 1, 1), partner="b", schooling=Schooling(trips=True), incomes=(Income(next(iter(get_type_hints(Income)["kind"])), 5_000),),
                reductions=(Reduction(next(iter(get_type_hints(Reduction)["breach"])), DAY),), wage=100), Person("b", date(1991, 1, 1), partner="a")),
        Housing(rent=60_000, limit=(50_000, 60_000)),
    )
)  # fmt: skip


# --- who cannot live together like this


@pytest.mark.parametrize(
    ("persons", "where", "why"),
    [
        ([ADULT, ADULT], "persons", "dieselbe Kennung"),
        ([ADULT | {"birth": "2026-09-02"}], "persons[0].birth", "nach dem Tag"),
        ([ADULT | {"partner": "x"}], "persons[0].partner", "„x“ gibt es in diesem Haushalt nicht"),
        ([ADULT | {"partner": "a"}], "persons[0].partner", "„a“ gibt es in diesem Haushalt nicht"),
        ([ADULT | {"partner": "b"}, ADULT | {"id": "b"}], "persons[0].partner", "nennt „a“ nicht"),
        ([ADULT | {"parents": ["x"]}], "persons[0].parents", "„x“ gibt es"),
        ([ADULT | {"parents": ["a"]}], "persons[0].parents", "„a“ gibt es"),
        ([ADULT | {"parents": ["b"]}, {"id": "b", "birth": "1990-01-01"}], "persons[0].parents", "nicht älter als das Kind"),
        ([ADULT | {"parents": ["b"], "partner": "b"}, {"id": "b", "birth": "1960-01-01", "partner": "a"}], "persons[0].partner", "zugleich Elternteil und Partner"),
        ([ADULT | {"birth": "1899-12-31"}], "persons[0].birth", "vor 1900"),
        ([ADULT | {"birth": "1990-02-30"}], "persons[0].birth", "gibt es nicht"),
        ([ADULT | {"wage": "1500"}], "persons[0].wage", "Betrag in Euro"),
        ([ADULT | {"wage": 0.005}], "persons[0].wage", "mehr als zwei Stellen"),
        ([ADULT | {"wage": -1}], "persons[0].wage", "unter null"),
        ([ADULT | {"wage": 10**9}], "persons[0].wage", "zu groß"),
        ([ADULT | {"incomes": [{"kind": "pension", "amount": 10, "tax": 11}]}], "persons[0].incomes[0].amount", "Abzüge sind höher"),
        ([ADULT | {"reductions": [{"breach": "duty"}]}], "persons[0].reductions[0].on", "JJJJ-MM-TT"),
        ([ADULT] * 31, "persons", "1 bis 30"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_reason(persons: list[Any], where: str, why: str) -> None:
    found = problems(GOOD | {"persons": persons})
    assert any(one.field == where and why in one.reason for one in found), found


def test_all_that_is_wrong_is_said_at_once_and_where_it_stands() -> None:
    found = problems({"persons": [ADULT | {"wage": -1, "tax_class": 9}], "rent_level": 0, "hosing": {}}, where="[3].")
    assert {one.field for one in found} == {"[3].persons[0].wage", "[3].persons[0].tax_class", "[3].rent_level", "[3].hosing", "[3].as_of"}


def test_a_floating_number_is_taken_as_it_is_written() -> None:
    assert from_json(GOOD | {"housing": {"rent": 563.1}}).housing.rent == 56_310
    assert from_json(GOOD | {"housing": {"rent": Decimal("563.10")}}).housing.rent == 56_310


def test_a_limit_may_be_one_amount_for_all_sizes() -> None:
    assert from_json(GOOD | {"housing": {"limit": 480}}).housing.limit == (48_000,)
    assert from_json(GOOD | {"housing": {"limit": [480, 580.5]}}).housing.limit == (48_000, 58_050)
