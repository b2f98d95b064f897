"""Who forms a benefit unit (§ 7 (3) SGB II), and what follows from who lives with whom."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from hilfefrei.core.law.columns import age_limit, columns, units_of
from hilfefrei.core.law.household import Education, Household, Person

DAY = date(2026, 9, 1)


def person(name: str, age: int, *parents: str, **more: Any) -> Person:
    return Person(name, date(DAY.year - age, 5, 5), parents=parents, **more)


def pair(first: str, second: str, ages: tuple[int, int] = (40, 38), **more: Any) -> tuple[Person, Person]:
    return person(first, ages[0], partner=second, **more), person(second, ages[1], partner=first, **more)


def house(*persons: Person, **more: Any) -> Household:
    return Household("h", DAY, persons, **more)


def units(household: Household) -> list[list[str]]:
    return [[one.id for one, _ in unit] for unit in units_of(household)]


def facts(household: Household) -> dict[str, dict[str, int]]:
    return {one.id: held for unit in units_of(household) for one, held in unit}


@pytest.mark.parametrize(
    ("persons", "wanted"),
    [
        ([person("a", 30)], [["a"]]),
        ([*pair("a", "b")], [["a", "b"]]),
        ([*pair("a", "b"), person("k", 24, "a", "b")], [["a", "b", "k"]]),
        ([*pair("a", "b"), person("k", 25, "a", "b")], [["a", "b"], ["k"]]),
        ([person("a", 40), person("k", 10, "a"), person("l", 3, "a")], [["a", "k", "l"]]),
        # Patchwork: whose child it is does not matter, its parent lives in a couple.
        ([*pair("a", "b"), person("k", 10, "a"), person("l", 8, "b")], [["a", "b", "k", "l"]]),
        # A child with a child of its own is a unit of its own, under 25 as well.
        ([person("oma", 45), person("k", 19, "oma"), person("enkel", 1, "k")], [["oma"], ["k", "enkel"]]),
        ([person("oma", 45), *pair("k", "m", (20, 22)), person("l", 12, "oma")], [["oma", "l"], ["k", "m"]]),
        # A flat shared by people who are nothing to each other.
        ([person("a", 30), person("b", 31), person("c", 22)], [["a"], ["b"], ["c"]]),
        # Brothers and sisters without parents in the house.
        ([person("a", 23), person("b", 17)], [["a"], ["b"]]),
        # The order in which they are named does not matter.
        ([person("k", 10, "a"), person("a", 40)], [["a", "k"]]),
        # Two families under one roof.
        ([person("a", 40), person("k", 10, "a"), person("b", 35), person("l", 5, "b")], [["a", "k"], ["b", "l"]]),
    ],
)
def test_who_forms_a_unit(persons: list[Person], wanted: list[list[str]]) -> None:
    assert sorted(sorted(unit) for unit in units(house(*persons))) == sorted(sorted(unit) for unit in wanted)


@pytest.mark.parametrize(
    ("persons", "stages"),
    [
        ([person("a", 30)], {"a": 1}),
        ([*pair("a", "b")], {"a": 2, "b": 2}),
        ([*pair("a", "b", (19, 17))], {"a": 1, "b": 4}),
        ([person("a", 40), person("k", 17, "a"), person("l", 14, "a"), person("m", 13, "a"), person("n", 6, "a"), person("o", 5, "a"), person("p", 18, "a")],
         {"a": 1, "k": 4, "l": 4, "m": 5, "n": 5, "o": 6, "p": 3}),
        ([person("a", 24, moved_without_consent=True)], {"a": 3}),
        ([person("a", 25, moved_without_consent=True)], {"a": 1}),
    ],
)  # fmt: skip
def test_the_stage_of_the_standard_need(persons: list[Person], stages: dict[str, int]) -> None:
    assert {name: held["stage"] for name, held in facts(house(*persons)).items()} == stages


def test_lone_parents_are_worked_out_and_can_be_said() -> None:
    alone = house(person("a", 40), person("k", 6, "a"), person("l", 16, "a"))
    held = facts(alone)["a"]
    assert (held["lone"], held["minors"], held["minors_under_7"], held["minors_under_16"]) == (True, 2, 1, 1)
    assert not facts(house(*pair("a", "b"), person("k", 6, "a", "b")))["a"]["lone"]
    assert not facts(house(person("a", 40), person("k", 18, "a")))["a"]["lone"]
    assert not facts(house(person("a", 40), person("k", 6, "a"), lone_parent=False))["a"]["lone"]
    said = facts(house(*pair("a", "b"), person("k", 6, "a"), lone_parent=True))
    assert (said["a"]["lone"], said["b"]["lone"]) == (True, False)


@pytest.mark.parametrize(
    ("one", "able"),
    [
        (person("a", 15), True), (person("a", 14), False), (person("a", 30, employable=False), False), (person("a", 30, excluded=True), False),
        (person("a", 30, permanently_incapable=True), False), (Person("a", date(1959, 6, 30)), False), (Person("a", date(1960, 6, 30)), True),
    ],
)  # fmt: skip
def test_who_is_able_to_work_and_claims(one: Person, able: bool) -> None:
    assert bool(facts(house(one))["a"]["elb"]) is able


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(1946, 12, 31), date(2011, 12, 31)),
        (date(1958, 12, 31), date(2024, 12, 31)),
        (date(1959, 1, 15), date(2025, 3, 31)),
        (date(1963, 1, 15), date(2029, 11, 30)),
        (date(1964, 1, 1), date(2030, 12, 31)),
        (date(1964, 1, 2), date(2031, 1, 31)),
    ],
)
def test_the_age_limit_by_year_of_birth(birth: date, last: date) -> None:
    """§ 7a; born on the first completes the year on the day before."""
    assert age_limit(birth) == last


def test_children_are_numbered_by_who_draws_the_benefit_the_oldest_first() -> None:
    held = facts(
        house(*pair("a", "b"), person("k", 3, "a", "b"), person("l", 9, "a", "b"), person("m", 20, "a", "b", education=Education.STUDIES), person("n", 20, "a", "b"),
              person("o", 2, "b"))
    )  # fmt: skip
    assert {name: held[name]["child_number"] for name in "kmlno"} == {"m": 1, "l": 2, "k": 3, "n": 0, "o": 1}


def test_rows_stand_unit_by_unit_with_what_they_share() -> None:
    first, second = house(person("k", 10, "a"), person("a", 40), person("x", 50)), house(*pair("c", "d"))
    batch = columns([first, second])
    assert [one.id for one in batch.persons] == ["a", "k", "x", "c", "d"]
    assert (batch.start.tolist(), batch.unit.tolist(), batch.household.tolist()) == ([0, 2, 3], [0, 0, 1, 2, 2], [0, 0, 1])
    assert batch.recipient.tolist() == [0, 0, 2, 3, 4]
    assert batch.column["dwellers"][:, 0].tolist() == [3, 3, 3, 2, 2]
    assert batch.total(np.ones((5, 2), dtype=np.int64)).tolist() == [[2, 2], [1, 1], [2, 2]]
    assert batch.each(np.array([[7], [8], [9]])).tolist() == [[7], [7], [8], [9], [9]]


def test_a_batch_is_of_one_day() -> None:
    for households in ([], [house(person("a", 30)), Household("i", date(2026, 9, 2), (person("b", 30),))]):
        with pytest.raises(ValueError, match="eines Tages"):
            columns(households)
