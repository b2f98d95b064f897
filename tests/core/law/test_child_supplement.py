"""Child supplement: calculators of others, values worked by hand in each state of the law, and what holds for every family."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.law import child_supplement as cs
from hilfefrei.core.law import parameters

DAYS = [date(2022, 1, 1), date(2022, 7, 1), date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1), date(2026, 7, 1), date(2026, 12, 31)]


def law(year: int, month: int = 1) -> Mapping[str, Any]:
    return parameters.shipped().on(date(year, month, 1))


def euros(amount: float) -> int:
    return round(amount * 100)


def test_the_most_per_child_in_every_month() -> None:
    """209, from July 2022 with the immediate supplement 229; 250; 292; 297 since 2025."""
    months = [(2022, 6, 209), (2022, 7, 229), (2022, 12, 229), (2023, 1, 250), (2024, 1, 292), (2024, 12, 292), (2025, 1, 297), (2026, 12, 297)]
    assert [int(cs.of_child(law(year, month))) for year, month, _ in months] == [euros(amount) for _, _, amount in months]


def test_the_most_follows_the_rule() -> None:
    """§ 6a (2): a twelfth of the child's subsistence minimum without education less child benefit, at least last year's, and the supplement."""
    held: dict[int, Fraction] = {}
    for year, minimum, benefit, supplement in ((2024, 4764 + 1188 + 312, 250, 20), (2025, 4764 + 1236 + 300, 255, 25), (2026, 4764 + 1272 + 312, 259, 25)):
        held[year] = max(Fraction(minimum, 12) - benefit, held.get(year - 1, Fraction(250)))
        assert law(year)["child_supplement.most"] == 100 * (held[year] + supplement)
    assert law(2022)["child_supplement.most"] == 100 * (Fraction(3816 + 1104 + 216, 12) - 219)


def test_what_the_calculators_of_others_say() -> None:
    """kinderzuschlagrechner24.de, 2023: lone parent, child 11 with 160 EUR maintenance, 1,160 countable, warm 800: 178.

    502 x 1.36 + 800 x 4212 / 5460 = 682.72 + 617.14 = 1,299.86 is not exceeded: 250 - 72.
    dgb.de, 2026: lone parent with 299 EUR advance on maintenance: 297 - 134.55 = 162.45 -> 162. Couple, two children, 2,050 net: 594.
    """
    day = law(2023)
    child = cs.of_child(day, own_income=euros(160))
    need = euros(682.72) + cs.housing_share_of_parents(day, adults=1, children=1, cost=euros(800))
    assert need == euros(1299.86)
    assert cs.of_family(day, sum_of_children=child, parents_earned=euros(1160), parents_other=0, parents_need=need) == euros(178)
    # The same with 60,000 EUR of assets: 5,000 lie above 40,000 + 15,000 and end the claim; 30,000 do not count.
    for assets, paid in ((60_000, 0), (30_000, 178)):
        counted = cs.considerable_assets(day, assets=euros(assets), persons=2)
        family = cs.of_family(day, sum_of_children=child, parents_earned=euros(1160), parents_other=0, parents_need=need, assets=counted)
        assert family == euros(paid)
    day = law(2026)
    lone = cs.of_child(day, own_income=euros(299))
    need = euros(563 * 1.12) + cs.housing_share_of_parents(day, adults=1, children=1, cost=euros(700))
    assert cs.of_family(day, sum_of_children=lone, parents_earned=euros(1233 - 348), parents_other=0, parents_need=need) == euros(162)
    need = euros(1012) + cs.housing_share_of_parents(day, adults=2, children=2, cost=euros(950))
    earned = 2 * (euros(1025) - euros(348))
    assert cs.of_family(day, sum_of_children=2 * cs.of_child(day), parents_earned=earned, parents_other=0, parents_need=need) == euros(594)


def test_the_share_of_housing_by_the_twelfth_report() -> None:
    """Of 1,000 EUR: lone 4212 / (4212 + n x 1248), couple 6180 / (6180 + n x 1248); the report holds in every year."""
    lone = [1000, 771.43, 627.91, 529.41, 457.63, 402.99]
    couple = [1000, 831.99, 712.31, 622.73, 553.17, 497.58]
    for day in DAYS:
        held = parameters.shipped().on(day)
        for adults, shares in ((1, lone), (2, couple)):
            assert cs.housing_share_of_parents(held, adults=adults, children=np.arange(6), cost=euros(1000)).tolist() == [euros(share) for share in shares]


def test_parents_income_by_hand() -> None:
    """Couple, two children, 700 EUR warm, 2026: need 1,012 + 700 x 6180 / 8676 = 1,012 + 498.62 = 1,510.62.

    Earned 1,800: 289.38 above, 45 percent 130.221; 594 - 130.221 = 463.779 -> 464.
    Earned 1,000, other 800: the same, as the earnings exceed the need.
    Earned 200, other 1,600: 89.38 of the other income wholly and 90 of the earnings: 414.62 -> 415.
    Earned 3,000: 1,489.38 x 45 percent = 670.22: nothing.
    """
    day = law(2026)
    need = euros(1012) + cs.housing_share_of_parents(day, adults=2, children=2, cost=euros(700))
    assert need == euros(1510.62)
    earned, other = np.array([1500, 1800, 1000, 200, 3000]) * 100, np.array([0, 0, 800, 1600, 0]) * 100
    family = cs.of_family(day, sum_of_children=2 * cs.of_child(day), parents_earned=earned, parents_other=other, parents_need=need)
    assert family.tolist() == [euros(594), euros(464), euros(464), euros(415), 0]
    assert not cs.of_family(day, sum_of_children=59_400, parents_earned=earned, parents_other=0, parents_need=need, gross_income_ok=False).any()


def test_half_a_euro_goes_up() -> None:
    """2022, two children: 418; 10 EUR above the need take 4.50: 413.50 -> 414; one cent more: 413.4955 -> 413."""
    family = cs.of_family(
        law(2022), sum_of_children=euros(418), parents_earned=np.array([100_999, 101_000, 101_001]), parents_other=0, parents_need=euros(1000)
    )
    assert family.tolist() == [euros(414), euros(414), euros(413)]


def test_income_of_the_child() -> None:
    """2026: 297 less 45 percent: of 100 EUR 252; from 660 EUR on nothing."""
    assert cs.of_child(law(2026), own_income=np.array([0, 100, 659, 660, 5000]) * 100).tolist() == [29_700, 25_200, 45, 0, 0]


def test_assets_of_the_child_count_once_or_end_the_claim() -> None:
    """§ 6a (3) s. 6, 7: 100 EUR above the limit take the first month only; more than the claim ends it."""
    day = law(2026)
    assert cs.of_child(day, assets=euros(100), first_month=np.array([True, False])).tolist() == [euros(197), euros(297)]
    assert cs.of_child(day, assets=euros(298), first_month=np.array([True, False])).tolist() == [0, 0]
    assert cs.of_child(day, assets=euros(297), first_month=np.array([True, False])).tolist() == [0, euros(297)]


def test_assets_of_the_parents_by_state_of_the_law() -> None:
    """2022 assets fill up the need like other income; since 2023 they take off of the supplement itself.

    Need 1,000, earned 900, assets that count 200, two children. December 2022 (458): 100 EUR above the need, all of it earned, as the
    assets alone do not exceed the need: 45 EUR, 413 in the first month. January 2023 (500): 500 - 200 = 300.
    """
    month = np.array([True, False])
    family = {"parents_earned": euros(900), "parents_other": 0, "parents_need": euros(1000), "assets": euros(200), "first_month": month}
    assert cs.of_family(law(2022, 12), sum_of_children=euros(458), **family).tolist() == [euros(413), euros(458)]
    assert cs.of_family(law(2023), sum_of_children=euros(500), **family).tolist() == [euros(300), euros(500)]
    family["assets"] = euros(5000)
    assert cs.of_family(law(2022, 12), sum_of_children=euros(458), **family).tolist() == [0, 0]
    assert cs.of_family(law(2023), sum_of_children=euros(500), **family).tolist() == [0, 0]


def test_limits_of_assets() -> None:
    """2022 60,000 and 30,000, since 2023 40,000 and 15,000 (four persons: 85,000)."""
    assets = np.array([8_500_000, 8_500_100, 15_000_100])
    assert cs.considerable_assets(law(2022), assets=assets, persons=4).tolist() == [0, 0, 100]
    for year in (2023, 2026):
        assert cs.considerable_assets(law(year), assets=assets, persons=4).tolist() == [0, 100, 6_500_100]


def test_minimum_income_and_extended_access() -> None:
    """900 and 600; at most 100 EUR missing, at least 100 EUR taken off for work, nobody with benefits."""
    day = law(2026)
    assert cs.minimum_income(day, lone_parent=np.array([False, True])).tolist() == [euros(900), euros(600)]
    missing, deductions = np.array([100, 100.01, 100, 100]) * 100, np.array([100, 100, 99.99, 100]) * 100
    access = cs.extended_access(
        day, missing=missing.round().astype(np.int64), deductions=deductions.round().astype(np.int64), receives=np.array([False, False, False, True])
    )
    assert access.tolist() == [True, False, False, False]


family = {
    "day": st.sampled_from(DAYS),
    "children": st.integers(0, 300_000),
    "earned": st.integers(0, 800_000),
    "other": st.integers(0, 400_000),
    "need": st.integers(0, 400_000),
}


@given(**family)
def test_equals_the_sentences_with_fractions(day: date, children: int, earned: int, other: int, need: int) -> None:
    """§ 6a (6) read sentence by sentence, rounded once."""
    above = max(earned + other - need, 0)
    of_other = max(other - need, 0)
    left = Fraction(children) - Fraction(45, 100) * (above - of_other) - of_other
    expected = max(int((left / 100 + Fraction(1, 2)) // 1), 0) * 100
    held = parameters.shipped().on(day)
    assert cs.of_family(held, sum_of_children=children, parents_earned=earned, parents_other=other, parents_need=need) == expected


@given(**family, more=st.integers(0, 100_000), assets=st.integers(0, 200_000), first=st.booleans())
def test_never_negative_falls_with_income_and_assets_rises_with_need(
    day: date, children: int, earned: int, other: int, need: int, more: int, assets: int, first: bool
) -> None:
    held = parameters.shipped().on(day)
    paid = cs.of_family(
        held,
        sum_of_children=children,
        parents_earned=np.array([earned, earned + more, earned, earned, earned]),
        parents_other=np.array([other, other, other + more, other, other]),
        parents_need=np.array([need, need, need, need + more, need]),
        assets=np.array([assets, assets, assets, assets, assets + more]),
        first_month=first,
    )
    assert paid.min() >= 0
    assert paid[3] >= paid[0] >= max(paid[1], paid[2], paid[4])
    assert paid[0] <= children + 50


@settings(max_examples=25)
@given(day=st.sampled_from(DAYS), seed=st.integers(0, 2**31))
def test_one_equals_the_batch(day: date, seed: int) -> None:
    held = parameters.shipped().on(day)
    rng = np.random.default_rng(seed)
    income, assets, first = rng.integers(0, 80_000, (3, 1)), rng.integers(0, 30_000, (3, 1)), rng.integers(0, 2, (3, 1)) == 1
    earned = rng.integers(0, 500_000, (3, 4))
    children = cs.of_child(held, own_income=income, assets=assets, first_month=first)
    paid = cs.of_family(
        held, sum_of_children=children, parents_earned=earned, parents_other=income, parents_need=150_000, assets=assets, first_month=first
    )
    assert paid.shape == (3, 4)
    for i in range(3):
        one = cs.of_child(held, own_income=income[i, 0], assets=assets[i, 0], first_month=first[i, 0])
        assert one == children[i, 0]
        for j in range(4):
            single = cs.of_family(
                held,
                sum_of_children=one,
                parents_earned=earned[i, j],
                parents_other=income[i, 0],
                parents_need=150_000,
                assets=assets[i, 0],
                first_month=first[i, 0],
            )
            assert single == paid[i, j]


@pytest.mark.parametrize("day", DAYS)
def test_sums_of_large_families_stay_exact(day: date) -> None:
    held = parameters.shipped().on(day)
    assert cs.of_family(held, sum_of_children=10**12, parents_earned=10**12, parents_other=0, parents_need=0) == 10**12 * 55 // 100
