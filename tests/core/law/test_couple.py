"""The couple with two children of the issue: 700 EUR warm, 1,500 EUR wage; explained, with both end points of three days."""

from datetime import date

import pytest

from hilfefrei.core.law import Household, Housing, Person, claims
from hilfefrei.core.law.curve import curve
from hilfefrei.core.law.explain import explain


def couple(day: date, wage: int = 1_500_00) -> Household:
    return Household(
        "couple",
        day,
        (
            Person("mother", date(day.year - 35, 1, 15), partner="father", wage=wage, tax_class=3),
            Person("father", date(day.year - 33, 1, 15), partner="mother"),
            Person("ten", date(day.year - 10, 1, 1), parents=("mother", "father")),
            Person("four", date(day.year - 4, 1, 1), parents=("mother", "father")),
        ),
        Housing(rent=600_00, heating=100_00),
        rent_level=3,
    )


@pytest.mark.parametrize(("day", "name"), [(date(2026, 6, 1), "Bürgergeld"), (date(2026, 9, 1), "Grundsicherungsgeld")])
def test_the_claim_of_2026(day: date, name: str) -> None:
    result = claims([couple(day)])[0]
    unit = result.units[0]
    assert result.benefit == name
    # Needs 506 + 506 + 390 + 357 + 700; income 853.61 of the mother and 2 x 259 (law-engine note, worked out from the texts).
    assert (unit.need, unit.income, unit.claim, unit.supplement) == (2_459_00, 1_371_61, 1_087_39, 50_00)
    assert (unit.housing_benefit, unit.child_supplement) == (654_00, 594_00)
    # Both together end the need of all, so nothing of the claim is paid (§ 12a).
    assert unit.must_claim
    assert unit.is_free
    assert not unit.lives_from_own_income
    assert unit.paid == 0


@pytest.mark.parametrize(
    ("day", "free", "own"),
    # First whole wage: note law-engine.md § 0, with the wage tax withheld.
    [(date(2023, 1, 15), 1_006, 2_680), (date(2026, 6, 1), 1_233, 2_979), (date(2026, 9, 1), 1_233, 2_979)],
)
def test_both_end_points(day: date, free: int, own: int) -> None:
    found = curve(couple(day), "mother")
    assert found.free is not None
    assert found.own is not None
    assert (-(-found.free // 100), -(-found.own // 100)) == (free, own)
    # To the cent: a cent less is not enough.
    for wage, reaches in ((found.free, "is_free"), (found.own, "lives_from_own_income")):
        assert getattr(claims([couple(day, wage)])[0].units[0], reaches)
        assert not getattr(claims([couple(day, wage - 1)])[0].units[0], reaches)


def test_it_is_explained_in_the_order_of_a_notice() -> None:
    steps = explain(couple(date(2026, 9, 1), 500_00)).steps[0]
    labels = [step.label for step in steps]
    order = ["Regelbedarf", "Gesamtbedarf", "Einkommen aus Erwerbstätigkeit, brutto", "Grundabsetzbetrag", "Anspruch", "Sofortzuschlag", "Wohngeld"]
    assert [labels.index(label) for label in order] == sorted(labels.index(label) for label in order)
    assert all(step.paragraph for step in steps if not step.group.startswith("reduction"))
    assert "Grundsicherungsgeld wird gezahlt" in steps[-1].formula
    gone = explain(couple(date(2026, 9, 1))).steps[0]
    assert "Grundsicherungsgeld wird nicht gezahlt" in gone[-1].formula
    assert "Sofortzuschlag" not in {step.label for step in gone}
