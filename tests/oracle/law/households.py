"""Random households for the comparison with the second opinion: what a Jobcenter sees daily, inside of what both sides know."""

from datetime import date, timedelta
from typing import Any

import numpy as np

# At least one in every state of the law that the second opinion knows, and each side of a change of contributions or tariffs.
DAYS = (
    date(2022, 1, 15), date(2022, 6, 15), date(2022, 8, 15), date(2022, 11, 15), date(2023, 2, 15), date(2023, 5, 15),
    date(2023, 8, 15), date(2024, 2, 15), date(2024, 6, 15), date(2024, 10, 15), date(2025, 4, 15), date(2025, 10, 15),
    date(2026, 1, 15), date(2026, 4, 10), date(2026, 6, 15),
)  # fmt: skip


def households(day: date, number: int, seed: int) -> list[dict[str, Any]]:
    """Households as the files and the API write them (:func:`hilfefrei.core.law.household.from_json`), amounts in euros."""
    chance = np.random.default_rng([seed, day.toordinal()])
    return [_household(chance, day, f"{day:%y%m%d}-{at}") for at in range(number)]


def _household(chance: np.random.Generator, day: date, name: str) -> dict[str, Any]:
    adults = 1 + (chance.random() < 0.45)
    children = int(chance.choice(5, p=[0.3, 0.27, 0.23, 0.13, 0.07]))
    persons = [_adult(chance, day, number, adults, children) for number in range(adults)]
    if adults == 2:
        persons[0]["partner"], persons[1]["partner"] = "e2", "e1"
        _tax_classes(chance, persons)
    elif children:
        persons[0]["tax_class"] = 2
    persons += [_child(chance, day, number, adults) for number in range(children)]
    odd = bool(chance.random() < 0.5)
    housing: dict[str, Any] = {
        "rent": _euros(chance, 200 + 70 * len(persons), 450 + 150 * len(persons), odd),
        "service_charges": _euros(chance, 0, 60 + 30 * len(persons), odd),
        "heating": _euros(chance, 30, 70 + 30 * len(persons), odd),
        "water_heating": "own" if chance.random() < 0.3 else "central",
    }
    return {
        "id": name, "as_of": day.isoformat(), "land": "NI", "rent_level": int(chance.integers(1, 8)), "persons": persons, "housing": housing,
    }  # fmt: skip


def _adult(chance: np.random.Generator, day: date, number: int, adults: int, children: int) -> dict[str, Any]:
    # Below 25 somebody at the head has no parents in the house; above 60 no change of the age limit is near.
    person: dict[str, Any] = {"id": f"e{number + 1}", "birth": _birth(chance, day, 25 if children else 19, 60), "tax_class": 1}
    if number == 0 or chance.random() < 0.5:
        person["wage"] = _wage(chance)
    if chance.random() < 0.2:
        kind = str(chance.choice(["unemployment_benefit", "pension", "sickness_benefit", "maintenance", "other"]))
        person["incomes"] = [{"kind": kind, "amount": _euros(chance, 5, 1500, chance.random() < 0.5)}]
    if number == adults - 1 and chance.random() < 0.06:
        person["pregnant"] = True
    if chance.random() < 0.05:
        person["diet"] = _euros(chance, 10, 60, chance.random() < 0.5)
    if chance.random() < 0.2:
        person["assets"] = int(chance.integers(0, 4000))
    return person


def _child(chance: np.random.Generator, day: date, number: int, adults: int) -> dict[str, Any]:
    grown = chance.random() < 0.12
    person: dict[str, Any] = {
        "id": f"k{number + 1}",
        "birth": _birth(chance, day, 18, 24) if grown else _birth(chance, day, 0, 17),
        "parents": ["e1", "e2"][:adults],
        "tax_class": 1,
    }
    years = _age(date.fromisoformat(person["birth"]), day)
    if 6 <= years < 18 or (grown and chance.random() < 0.6):
        person["education"] = "school"
    elif grown:
        person["child_benefit"] = False
    incomes = []
    if adults == 1 and years < 18:
        if chance.random() < 0.3:
            incomes.append({"kind": "advance_maintenance", "amount": int(chance.integers(150, 400))})
        elif chance.random() < 0.4:
            incomes.append({"kind": "maintenance", "amount": _euros(chance, 50, 800, chance.random() < 0.5)})
    if years >= 15 and chance.random() < 0.15:
        person["wage"] = _euros(chance, 50, 1400, chance.random() < 0.5)
    if grown and chance.random() < 0.2:
        incomes.append({"kind": "other", "amount": _euros(chance, 5, 700, chance.random() < 0.5)})
    if incomes:
        person["incomes"] = incomes
    return person


def _tax_classes(chance: np.random.Generator, persons: list[dict[str, Any]]) -> None:
    first, second = [(4, 4), (3, 5), (5, 3)][int(chance.integers(3))]
    persons[0]["tax_class"], persons[1]["tax_class"] = first, second


def _wage(chance: np.random.Generator) -> float | int:
    kind = chance.random()
    if kind < 0.3:
        return 0
    low, high = (20, 603) if kind < 0.5 else (400, 2100) if kind < 0.8 else (1000, 6000)
    return _euros(chance, low, high, chance.random() < 0.4)


def _euros(chance: np.random.Generator, low: float, high: float, cents: bool) -> float | int:
    """An amount with two decimals, or a whole one."""
    if cents:
        return int(chance.integers(int(low * 100), int(high * 100) + 1)) / 100
    return int(chance.integers(int(low), int(high) + 1))


def _birth(chance: np.random.Generator, day: date, youngest: int, oldest: int) -> str:
    """A day of birth for a completed age of both ends or between, never of today: birthdays inside of a month are another question."""
    latest = day.replace(year=day.year - youngest) - timedelta(days=40)
    earliest = day.replace(year=day.year - oldest - 1) + timedelta(days=40)
    return date.fromordinal(int(chance.integers(earliest.toordinal(), latest.toordinal() + 1))).isoformat()


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
