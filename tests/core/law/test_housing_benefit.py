"""Housing benefit: official calculators, values worked by hand, and what holds for every household."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.law import housing_benefit as hb
from hilfefrei.core.law import parameters

DAYS = [date(2022, 1, 1), date(2022, 12, 31), date(2023, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2026, 12, 31)]


def law(year: int, month: int = 1) -> Mapping[str, Any]:
    return parameters.shipped().on(date(year, month, 1))


def euros(amount: float) -> int:
    return round(amount * 100)


# Results of the calculators of BMWSB (2023, 2025), of smart-rechner.de (the household of six) and of NRW (the household of two):
# year, members, yearly incomes after work costs with the kinds of contributions paid, yearly allowances, level, rent, benefit.
OFFICIAL = [
    (2023, 1, [(12600, 3)], 0, 5, 600, 425),
    (2023, 3, [(10800, 3), (12600, 3)], 0, 3, 700, 469),
    (2023, 4, [(10770, 2), (4770, 0)], 0, 3, 730, 758),
    (2023, 5, [(15600, 3), (14400, 3)], 0, 1, 1300, 631),
    (2023, 6, [(15600, 3), (14400, 3)], 0, 1, 1300, 777),
    (2025, 1, [(16800 - 1230, 3)], 0, 5, 600, 368),
    (2025, 1, [(24000 - 1230, 3)], 0, 5, 600, 145),
    (2025, 2, [(22800 - 1230, 3), (4800 - 1230, 0)], 1320 + 1200, 5, 800, 396),
    (2025, 1, [(6000 - 102, 1)], 2640, 5, 600, 619),
    (2025, 1, [(12000 - 102, 1)], 3378, 5, 600, 517),
]


@pytest.mark.parametrize(("year", "members", "incomes", "allowances", "level", "rent", "benefit"), OFFICIAL)
def test_what_the_official_calculators_say(
    year: int, members: int, incomes: list[tuple[int, int]], allowances: int, level: int, rent: int, benefit: int
) -> None:
    day = law(year)
    amounts = np.array([euros(amount) for amount, _ in incomes])
    kinds = np.array([kinds for _, kinds in incomes])
    counted = hb.income_of_person(day, other_taxable=amounts, pays_tax=kinds > 1, pays_health=kinds > 0, pays_pension=kinds > 2)
    income = hb.monthly_income(income_year=counted.sum(), deducted_year=euros(allowances))
    gross = hb.rent_counted(day, members=members, level=level, rent=euros(rent))
    assert hb.housing_benefit(day, members=members, income=income, rent=gross) == euros(benefit)


def test_by_hand_one_person_in_each_state_of_the_law() -> None:
    """Level IV, 600 EUR, income 900 EUR.

    2022: M = 491 + 14.40 = 505.40; z1 = 0.04 + 0.000564 x 505.40 + 0.0001157 x 900 = 0.4291756; z2 = 386.25804;
          z3 = 119.14196; z4 = 137.013254 -> 137.
    2023: M = 491 + 19.20 + 110.40 = 620.60; z1 = 0.04 + 0.0004991 x 620.60 + 0.0000462 x 900 = 0.39132146; z2 = 352.189314;
          z3 = 268.410686; z4 = 308.6722889 -> 309.
    2025: M = 511 + 19.20 + 110.40 = 640.60; z1 = 0.04 + 0.0004797 x 640.60 + 0.0000408 x 900 = 0.38401582; z2 = 345.614238;
          z3 = 294.985762; z4 = 339.2336263 -> 339.
    """
    for year, rent, benefit in ((2022, 505.40, 137), (2023, 620.60, 309), (2024, 620.60, 309), (2025, 640.60, 339), (2026, 640.60, 339)):
        day = law(year)
        counted = hb.rent_counted(day, members=1, level=4, rent=euros(600))
        assert counted == euros(rent)
        assert hb.housing_benefit(day, members=1, income=euros(900), rent=counted) == euros(benefit)


def test_least_income_least_payment_nobody_and_misuse() -> None:
    """2026, one person without income: Y = 396; M = 300: z1 = 0.04 + 0.14391 + 0.0161568 = 0.2000668; z2 = 79.2264528; z4 = 253.89 -> 254."""
    day = law(2026)
    nothing = hb.housing_benefit(day, members=1, income=0, rent=euros(300))
    assert nothing == hb.housing_benefit(day, members=1, income=euros(396), rent=euros(300)) == euros(254)
    # From what income on 10 EUR are not reached: then nothing, not 9.
    by_income = hb.housing_benefit(day, members=1, income=np.arange(0, 200_000, 50), rent=euros(500))
    assert by_income[by_income > 0].min() == euros(10)
    assert hb.housing_benefit(day, members=0, income=0, rent=euros(300)) == 0
    assert hb.housing_benefit(day, members=1, income=0, rent=euros(300), misuse=True) == 0


def test_a_rent_of_nearly_nothing_is_raised_to_the_least() -> None:
    """2022, two members: M = 64 instead of 20; Y = 357: z1 = 0.03 + 0.025216 + 0.0308091 = 0.0860251; z2 = 30.7109607; z4 = 38.28 -> 38."""
    assert hb.housing_benefit(law(2022), members=2, income=0, rent=euros(20)) == euros(38)


def test_more_than_twelve_members() -> None:
    """2026, 14 members, level I: ceiling 694 + 9 x 82 + 39.20 + 9 x 4.80 = 1514.40; heating 225.40 + 9 x 27.60 = 473.80.

    Rent 1800: M = 1988.20. Y = 4000: z1 = -0.12 + 0.0001107 x 1988.20 + 0.0000221 x 4000 = 0.18849374; z2 = 753.97496;
    z3 = 1234.22504; z4 = 1419.358796 -> 1419; and 2 x 65 = 130: 1549.
    """
    day = law(2026)
    counted = hb.rent_counted(day, members=14, level=1, rent=euros(1800))
    assert counted == euros(1988.20)
    assert hb.housing_benefit(day, members=14, income=euros(4000), rent=counted) == euros(1549)
    # Never above the rent, and nothing where the formula is far below it.
    assert hb.housing_benefit(day, members=14, income=0, rent=euros(310.40)) == euros(310.40)
    assert hb.housing_benefit(day, members=14, income=euros(9000), rent=counted) == 0


def test_who_is_excluded_or_only_lives_there() -> None:
    """2026, level IV, rent 1000.

    Four members, two of them excluded: min(1000, 858 + 34.40) = 892.40; with heating 197.80: 1090.20; half of it 545.10.
    Two members and a lodger who pays 300: his third is 333.33, so 666.67; below 619 + 24.80 = 643.80? No: 643.80 + 142.60 = 786.40.
    A lodger who pays 500: 1000 - 500 = 500; 642.60.
    """
    day = law(2026)
    assert hb.rent_counted(day, members=2, level=4, rent=euros(1000), persons_of_household=4) == euros(545.10)
    # The calculator of BMWSB for two of four (2025, level V, 16,800 EUR a year after the deductions): 222.
    mixed = hb.rent_counted(law(2025), members=2, level=5, rent=euros(1000), persons_of_household=4)
    assert mixed == euros(490.20 + 98.90)
    assert hb.housing_benefit(law(2025), members=2, income=euros(1400), rent=mixed) == euros(222)
    assert hb.rent_counted(day, members=2, level=4, rent=euros(1000), persons_in_dwelling=3, paid_by_others=euros(300)) == euros(786.40)
    assert hb.rent_counted(day, members=2, level=4, rent=euros(1000), persons_in_dwelling=3, paid_by_others=euros(500)) == euros(642.60)
    with pytest.raises(ValueError, match="Mietenstufe ist eine Zahl von 1 bis 7"):
        hb.rent_counted(day, members=2, level=0, rent=euros(1000))


def test_income_by_hand() -> None:
    """24,000 wage less 1,230 = 22,770, less 30 percent: 15,939. A mini-job counts without the allowance; proven costs only when higher."""
    day = law(2026)
    paid = {"pays_tax": True, "pays_health": True, "pays_pension": True}
    assert hb.income_of_person(day, wage_year=euros(24_000), **paid) == euros(15_939)
    assert hb.income_of_person(day, wage_year=euros(24_000), work_costs=euros(2_000), **paid) == euros(15_400)
    assert hb.income_of_person(day, wage_year=euros(24_000), work_costs=euros(500), **paid) == euros(15_939)
    assert hb.income_of_person(day, flat_taxed_year=euros(6_672)) == euros(6_672)
    assert hb.income_of_person(day, wage_year=euros(1_000)) == 0
    assert hb.income_of_person(day, tax_free_counted=euros(12_000), pays_health=True, pays_pension=True) == euros(9_600)
    assert hb.income_of_person(day, pension_year=euros(12_000), pays_health=True) == euros(10_708.20)
    # The allowance of 2022: 1,000, from June 1,200; 1,230 from 2023.
    assert [int(hb.income_of_person(law(y, m), wage_year=euros(2_000))) for y, m in ((2022, 5), (2022, 6), (2023, 1))] == [100_000, 80_000, 77_000]


def test_allowances_by_hand() -> None:
    """§ 17a with 6,000 pension: 1,200 + 30 percent of 4,800 = 2,640; with 12,000: 4,440, held at 12 x 281.50 = 3,378."""
    day = law(2026)
    assert hb.allowances(day, disabled=True, persecuted=True, lone_parent=True) == euros(1800 + 750 + 1320)
    assert hb.allowances(day, child_earnings=np.array([0, euros(700), euros(4800)])).tolist() == [0, euros(700), euros(1200)]
    assert hb.allowances(day, basic_pension=np.array([euros(900), euros(6000), euros(12_000)])).tolist() == [euros(900), euros(2640), euros(3378)]
    paid = hb.maintenance_deducted(
        day, paid_year=euros(7000), former_spouse=np.array([False, True, False, False]), titled_year=np.array([0, 0, euros(6500), euros(9000)])
    )
    assert paid.tolist() == [euros(3000), euros(6000), euros(6500), euros(7000)]


def test_assets() -> None:
    """60,000 for the first, 30,000 for every further member."""
    assert hb.considerable_assets(law(2026), assets=np.array([6_000_000, 6_000_001, 9_000_001]), members=np.array([1, 1, 2])).tolist() == [False, True, True]


def by_decimals(day: Mapping[str, Any], members: int, income: int, rent: int) -> int:
    """The four steps of Anlage 3 with decimals of ten places."""
    row = min(members, 12) - 1
    ten = Decimal("1e-10")
    m = Decimal(max(rent, day["housing_benefit.least_rent"][row])) / 100
    y = Decimal(max(income, day["housing_benefit.least_income"][row])) / 100
    a, b, c = (Decimal(int(day[f"housing_benefit.{key}"][row])).scaleb(-by) for key, by in (("a", 2), ("b", 7), ("c", 7)))
    z1 = (a + b * m + c * y).quantize(ten, ROUND_HALF_UP)
    z2 = (z1 * y).quantize(ten, ROUND_HALF_UP)
    z4 = (Decimal("1.15") * (m - z2)).quantize(ten, ROUND_HALF_UP)
    paid = 100 * int(z4.quantize(Decimal(1), ROUND_HALF_UP))
    if members > 12:
        paid = min(paid + (members - 12) * day["housing_benefit.above_twelve"], rent)
    return paid if paid >= 1000 else 0


households = {
    "day": st.sampled_from(DAYS),
    "members": st.integers(1, 16),
    "income": st.integers(-1_000, 1_500_000),
    "rent": st.integers(0, 400_000),
}


@given(**households)
def test_equals_the_steps_with_decimals(day: date, members: int, income: int, rent: int) -> None:
    held = parameters.shipped().on(day)
    assert hb.housing_benefit(held, members=members, income=income, rent=rent) == by_decimals(held, members, income, rent)


@given(**households, more=st.integers(0, 200_000))
def test_never_negative_falls_with_income_rises_with_rent(day: date, members: int, income: int, rent: int, more: int) -> None:
    held = parameters.shipped().on(day)
    paid = hb.housing_benefit(held, members=members, income=np.array([income, income + more, income]), rent=np.array([rent, rent, rent + more]))
    assert paid[0] >= paid[1] >= 0
    assert paid[2] >= paid[0]


@settings(max_examples=25)
@given(day=st.sampled_from(DAYS), seed=st.integers(0, 2**31))
def test_one_equals_the_batch(day: date, seed: int) -> None:
    held = parameters.shipped().on(day)
    rng = np.random.default_rng(seed)
    members, level = rng.integers(1, 16, (4, 1)), rng.integers(1, 8, (4, 1))
    household, dwelling = members + rng.integers(0, 3, (4, 1)), members + rng.integers(3, 5, (4, 1))
    rent, income = rng.integers(0, 300_000, (4, 1)), rng.integers(0, 900_000, (4, 5))
    counted = hb.rent_counted(held, members=members, level=level, rent=rent, persons_of_household=household, persons_in_dwelling=dwelling)
    paid = hb.housing_benefit(held, members=members, income=income, rent=counted)
    assert paid.shape == (4, 5)
    for i in range(4):
        one = hb.rent_counted(
            held,
            members=members[i, 0],
            level=level[i, 0],
            rent=rent[i, 0],
            persons_of_household=household[i, 0],
            persons_in_dwelling=dwelling[i, 0],
        )
        assert one == counted[i, 0]
        assert [int(hb.housing_benefit(held, members=members[i, 0], income=y, rent=one)) for y in income[i]] == paid[i].tolist()


def test_the_largest_amounts_stay_exact() -> None:
    """Amounts beyond all measure are held at the limits: no overflow turns them into a benefit."""
    for day in DAYS:
        held = parameters.shipped().on(day)
        far = np.array([hb.MOST_INCOME - 1, hb.MOST_INCOME, 10**15])
        for members in range(1, 17):
            assert not hb.housing_benefit(held, members=members, income=far, rent=hb.MOST_RENT).any()
            assert hb.housing_benefit(held, members=members, income=0, rent=hb.MOST_RENT) == by_decimals(held, members, 0, hb.MOST_RENT)
        # What the module says about its steps, with the values of the day.
        b, c = max(held["housing_benefit.b"]), max(held["housing_benefit.c"])
        z1 = 4 * 10**7 + b * hb.MOST_RENT + c * hb.MOST_INCOME
        assert max(z1 * hb.MOST_INCOME, 115 * (z1 * hb.MOST_INCOME // 10 + hb.MOST_RENT * 10**8) + 10**12) < 2**63
