"""Our engine in the shape of the comparison: the one place that knows its names."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hilfefrei.core import law
from hilfefrei.core.law import parameters
from hilfefrei.core.law.columns import columns
from hilfefrei.core.law.household import from_json
from hilfefrei.core.law.income import wages_of

BRANCHES = ("pension", "unemployment", "health", "care")


def results(households: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the engine says to each household, amounts in cents, persons in the order of the household.

    Households of one day. A household is one benefit unit here: partners, and children below 25 without a family of their own.
    """
    read = [from_json(json.loads(json.dumps(one), parse_float=Decimal)) for one in households]
    values = parameters.shipped().on(read[0].day)
    batch = columns(read)
    paid = wages_of(values, batch, batch.column, batch.flag, batch.column["wage"])
    order = [{one.id: number for number, one in enumerate(household.persons)} for household in read]
    found: list[dict[str, Any]] = []
    names = {**{name: getattr(paid.contributions, name) for name in BRANCHES}, "tax": paid.taxes.tax, "solidarity": paid.taxes.solidarity}
    for household, result in zip(read, law.claims(read), strict=True):
        units = result.units
        assert len(units) == 1, household.id
        persons = sorted(units[0].persons, key=lambda one: order[len(found)][one.id])
        found.append(
            {
                "id": household.id,
                "claim": units[0].claim,
                "child_supplement": units[0].child_supplement,
                "housing_benefit": units[0].housing_benefit,
                "persons": {
                    "need": [one.need for one in persons],
                    "housing": [one.housing for one in persons],
                    "living": [one.need - one.housing for one in persons],
                    "earned": [one.earned for one in persons],
                    "passed": [one.child_benefit_passed for one in persons],
                    "left": [int(not one.member) for one in persons],
                    "claim": [one.claim for one in persons],
                    "child_benefit": [one.child_benefit for one in persons],
                    "tax_withheld": [one.tax for one in persons],
                    "contributions": [one.contributions for one in persons],
                },
            }
        )
    rows: list[dict[str, list[int]]] = [{name: [0] * len(household.persons) for name in names} for household in read]
    for row, person in enumerate(batch.persons):
        number = int(batch.household[batch.unit[row]])
        for name, amounts in names.items():
            rows[number][name][order[number][person.id]] = int(amounts[row, 0])
    for one, more in zip(found, rows, strict=True):
        one["persons"] |= more
    return found


def lines(households: Iterable[dict[str, Any]], ours: Iterable[dict[str, Any]]) -> Iterable[str]:
    """The peer's input: a household with what our side says was withheld, so that a difference there stays there."""
    for household, one in zip(households, ours, strict=True):
        told = {"household": household, "tax": one["persons"]["tax_withheld"], "contributions": one["persons"]["contributions"], "housing": one["persons"]["housing"]}
        yield json.dumps(told) + "\n"
