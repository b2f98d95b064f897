"""Gross to net against what the programmes withheld, published examples, values worked out by hand, and what must always hold."""

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.law import wages
from hilfefrei.core.law.parameters import shipped

MONTHS = [date(year, month, 1) for year in range(2022, 2027) for month in range(1, 13)]


def law(month: str) -> Any:
    return shipped().on(date.fromisoformat(f"{month}-15"))


def paid(month: str, euros: float, **who: Any) -> tuple[int, int, int, int]:
    """Pension, unemployment, health, care in cents."""
    who = {"children": 1, "over_23": True, **who}
    found = wages.contributions(law(month), np.array([round(euros * 100)]), **who)
    return tuple(int(one[0]) for one in (found.pension, found.unemployment, found.health, found.care))  # type: ignore[return-value]  # four of them


# The "Allgemeine Prüftabelle" of the programmes: wage of a year, then the year's tax in the classes I to VI. It holds with the average
# additional rate, childless but in class II. Published by the Federal Ministry of Finance with each programme.
TABLES = {
    "2022-03": [
        (15000, 142, 0, 0, 142, 1531, 1813), (22500, 1563, 627, 0, 1563, 4126, 4561), (30000, 3186, 2142, 558, 3186, 6522, 6912),
        (37500, 4967, 3830, 1868, 4967, 8980, 9415), (45000, 6904, 5677, 3386, 6904, 11572, 12007),
        (60000, 11321, 9911, 6712, 11321, 16834, 17270), (75000, 16896, 15298, 10738, 16896, 22619, 23054),
    ],
    "2024-05": [
        (15000, 0, 0, 0, 0, 1475, 1652), (22500, 990, 169, 0, 990, 3361, 3893), (30000, 2501, 1466, 0, 2501, 5899, 6420),
        (37500, 4144, 3032, 954, 4144, 8190, 8686), (45000, 5919, 4732, 2284, 5919, 10652, 11184),
        (60000, 9867, 8535, 5334, 9867, 15727, 16259), (90000, 20503, 18870, 13102, 20503, 27065, 27597),
    ],
    "2025-02": [
        (15000, 0, 0, 0, 0, 1475, 1652), (22500, 929, 123, 0, 929, 3271, 3803), (30000, 2427, 1395, 0, 2427, 5793, 6324),
        (37500, 4056, 2947, 854, 4056, 8116, 8612), (45000, 5817, 4632, 2160, 5817, 10559, 11091),
        (60000, 9729, 8401, 5186, 9729, 15603, 16135), (90000, 20157, 18534, 12804, 20157, 26756, 27288),
    ],
    "2025-03": [
        (15000, 0, 0, 0, 0, 1475, 1652), (22500, 852, 75, 0, 852, 3172, 3703), (30000, 2336, 1311, 0, 2336, 5693, 6225),
        (37500, 3951, 2852, 734, 3951, 8042, 8530), (45000, 5694, 4522, 1998, 5694, 10454, 10986),
        (60000, 9561, 8250, 5002, 9561, 15498, 16029), (90000, 19882, 18259, 12546, 19882, 26651, 27182),
    ],
    "2026-07": [
        (7500, 0, 0, 0, 0, 647, 838), (15000, 0, 0, 0, 0, 1472, 1676), (22500, 782, 32, 0, 782, 3073, 3604),
        (30000, 2248, 1230, 0, 2248, 5588, 6120), (37500, 3847, 2756, 628, 3847, 7954, 8436),
        (45000, 5570, 4408, 1850, 5570, 10334, 10865), (60000, 9389, 8091, 4822, 9389, 15364, 15895),
        (90000, 19438, 17826, 12182, 19438, 26347, 26879),
    ],
}  # fmt: skip


@pytest.mark.parametrize("month", TABLES)
def test_the_check_table_of_the_programme(month: str) -> None:
    table = np.array(TABLES[month])
    classes = np.arange(1, 7)
    found = wages.wage_tax(law(month), table[:, :1] * 100 // 12, tax_class=classes, children=classes == 2, over_23=True)
    np.testing.assert_array_equal(found.tax, table[:, 1:] * 100 // 12)


# What the official programmes of the Ministry (XML of the month) give: wage in cents, class, children under 25, over 23, Saxony, east,
# halves of child allowances; then wage tax, solidarity surcharge and the base of the church tax in cents. Average additional rate.
PROGRAMMES = [
    ("2022-02", 150000, 1, 1, True, False, False, 0, (5300, 0, 5300)),
    ("2022-02", 280000, 4, 2, True, False, False, 2, (33791, 0, 24016)),
    ("2022-02", 420000, 3, 0, True, False, True, 0, (37733, 0, 37733)),
    ("2022-02", 700000, 1, 0, True, True, False, 0, (168708, 3261, 168708)),
    ("2022-08", 150000, 1, 1, True, False, False, 0, (4383, 0, 4383)),
    ("2022-08", 189000, 2, 1, True, False, False, 1, (4575, 0, 0)),
    ("2022-08", 280000, 4, 2, True, False, False, 2, (32741, 0, 22991)),
    ("2022-08", 333333, 5, 0, True, False, False, 0, (81333, 0, 81333)),
    ("2022-08", 420000, 3, 0, True, False, True, 0, (36150, 0, 36150)),
    ("2022-08", 700000, 1, 0, True, True, False, 0, (167433, 3109, 167433)),
    ("2022-08", 199999, 6, 0, False, False, False, 0, (41891, 0, 41891)),
    ("2023-03", 150000, 1, 1, True, False, False, 0, (3033, 0, 3033)),
    ("2023-03", 189000, 2, 1, True, False, False, 1, (2683, 0, 0)),
    ("2023-03", 280000, 4, 2, True, False, False, 2, (29808, 0, 19741)),
    ("2023-03", 333333, 5, 0, True, False, False, 0, (77350, 0, 77350)),
    ("2023-03", 420000, 3, 0, True, False, True, 0, (31683, 0, 31683)),
    ("2023-03", 700000, 1, 0, True, True, False, 0, (157800, 1381, 157800)),
    ("2023-03", 199999, 6, 0, False, False, False, 0, (39208, 0, 39208)),
    ("2023-08", 150000, 1, 1, True, False, False, 0, (3033, 0, 3033)),
    ("2023-08", 280000, 4, 4, True, False, False, 8, (29675, 0, 0)),
    ("2023-08", 420000, 3, 0, True, False, True, 0, (31233, 0, 31233)),
    ("2023-08", 900000, 1, 3, True, False, False, 2, (242041, 7677, 210708)),
    # The first programme of 2024 did not know the discount for children, the one from April did.
    ("2024-02", 280000, 4, 4, True, False, False, 8, (27733, 0, 0)),
    ("2024-02", 311111, 1, 3, True, True, False, 0, (34300, 0, 34300)),
    ("2024-05", 280000, 4, 4, True, False, False, 8, (28300, 0, 0)),
    ("2024-05", 311111, 1, 3, True, True, False, 0, (34741, 0, 34741)),
    ("2024-05", 750000, 3, 5, True, False, True, 10, (111933, 0, 7316)),
    ("2024-05", 1200000, 3, 2, True, False, False, 4, (273333, 0, 212183)),
    # December 2024 makes up for eleven months.
    ("2024-12", 130000, 1, 0, True, False, False, 0, (0, 0, 0)),
    ("2024-12", 150000, 1, 1, True, False, False, 0, (0, 0, 0)),
    ("2024-12", 189000, 2, 1, True, False, False, 1, (0, 0, 0)),
    ("2024-12", 280000, 4, 4, True, False, False, 8, (24900, 0, 0)),
    ("2024-12", 333333, 5, 0, True, False, False, 0, (74866, 0, 74866)),
    ("2024-12", 420000, 3, 0, True, False, False, 0, (21116, 0, 21116)),
    ("2024-12", 700000, 1, 0, True, True, False, 0, (147325, 0, 147325)),
    ("2024-12", 199999, 6, 0, False, False, False, 0, (32875, 0, 32875)),
    ("2024-12", 1200000, 3, 2, True, False, False, 4, (266533, 0, 188183)),
    ("2025-02", 280000, 4, 4, True, False, False, 8, (27633, 0, 0)),
    ("2025-02", 680000, 1, 0, True, False, False, 0, (141325, 0, 141325)),
    ("2025-03", 280000, 4, 4, True, False, False, 8, (26816, 0, 0)),
    ("2025-03", 680000, 1, 0, True, False, False, 0, (139125, 0, 139125)),
    ("2025-03", 720000, 1, 0, True, False, False, 0, (154250, 0, 154250)),
    ("2026-09", 135000, 1, 0, True, False, False, 0, (0, 0, 0)),
    ("2026-09", 189000, 2, 2, True, False, False, 2, (508, 0, 0)),
    ("2026-09", 280000, 4, 4, True, False, False, 8, (26008, 0, 0)),
    ("2026-09", 333333, 5, 0, True, False, False, 0, (72666, 0, 72666)),
    ("2026-09", 420000, 3, 0, True, True, False, 0, (23550, 0, 23550)),
    ("2026-09", 760000, 1, 1, True, False, False, 1, (167258, 0, 150191)),
    ("2026-09", 199999, 6, 0, False, False, False, 0, (34733, 0, 34733)),
    # Past the table of the tariff.
    ("2026-09", 4000000, 6, 0, True, False, False, 0, (1645458, 90500, 1645458)),
    ("2026-09", 2500000, 1, 0, True, False, False, 0, (894250, 49183, 894250)),
]


@pytest.mark.parametrize(("month", "gross", "tax_class", "children", "over_23", "saxony", "east", "halves", "expected"), PROGRAMMES)
def test_the_programme_of_the_month(
    month: str, gross: int, tax_class: int, children: int, over_23: bool, saxony: bool, east: bool, halves: int, expected: tuple[int, ...]
) -> None:
    found = wages.wage_tax(
        law(month), np.array([gross]), tax_class=tax_class, children=children, over_23=over_23, child_allowances=halves, church=True,
        church_rate=Fraction(1), saxony=saxony, east=east,
    )  # fmt: skip
    assert (found.tax[0], found.solidarity[0], found.church[0]) == expected


def test_one_wage_by_hand() -> None:
    # 3,000 EUR in 2026, class I, childless. Half rates: 9.3, 1.3, 7.3 + 1.45, 1.8 + 0.6 per cent of 3,000.
    assert paid("2026-03", 3000, children=0) == (27900, 3900, 21900 + 4350, 5400 + 1800)
    # 36,000 a year. Precaution: 3,348.00 pension; health and care 36,000 x (0.07 + 0.0145 + 0.018 + 0.006) = 3,906.00, above 1,900
    # with or without unemployment: 7,254. Left 36,000 - 1,230 - 36 - 7,254 = 27,480. z = 0.9681:
    # (173.10 z + 2,397) z + 1,034.87 = 3,517.64, so 3,517 a year and 293.08 a month; 9 per cent of it 26.37.
    found = wages.net(law("2026-03"), np.array([300000]), tax_class=1, children=0, over_23=True, church=True)
    assert (found.taxes.tax[0], found.taxes.solidarity[0], found.taxes.church[0]) == (29308, 0, 2637)
    assert found.net[0] == 300000 - 65250 - 29308 - 2637


def test_december_2024_by_hand() -> None:
    # 2,500 EUR, class I, childless: 30,000 - 1,266 - 2,790 - ceil(30,000 x (0.07 + 0.0085 + 0.017 + 0.006) = 3,045) = 22,899.
    # z = 0.5894. Before: (181.19 z + 2,397) z + 1,025.38 = 2,501.11; after: ... + 991.21 = 2,466.94.
    # December: 2,466 - 11 x (2,501 - 2,466) = 2,081; a twelfth 173.41.
    assert wages.wage_tax(law("2024-12"), np.array([250000]), tax_class=1, children=0, over_23=True).tax[0] == 17341
    assert wages.wage_tax(law("2024-11"), np.array([250000]), tax_class=1, children=0, over_23=True).tax[0] == 250100 // 12


def test_the_transition_range_by_hand() -> None:
    # 2026: 603 to 2,000. Own base 2,000 / 1,397 x 397 = 568.36; the other one 0.6619 x 603 + (2,000 - 399.1257) / 1,397 x 397 = 854.06.
    # 568.36 x 9.3 % = 52.857, 1.3 % = 7.389, 7.3 % = 41.490, 1.45 % = 8.241, 1.8 % = 10.230; surcharge 854.06 x 0.6 % = 5.124.
    assert paid("2026-03", 1000, children=0) == (5286, 739, 4149 + 824, 1023 + 512)
    # The discount for the second and third child is taken of the smaller base (§ 2 (2) sentence 7 BVV): 568.36 x 0.5 % = 2.842.
    assert paid("2026-03", 1000, children=3)[3] == 1023 - 284
    # The example of the Minijob-Zentrale for 521 EUR in October 2022: 0.30 EUR in all (base 1.48 EUR).
    assert paid("2022-10", 521) == (14, 2, 11 + 1, 2)
    # Until September 2022 what the employer leaves. 1,000 EUR: base 0.7509 x 450 + (1,300 - 0.7509 x 450) / 850 x 550 = 960.44.
    # 2 x 89.32 - 93.00; 2 x 11.53 - 12.00; 2 x 70.11 - 73.00 and 2 x 6.24 - 6.50; 2 x 14.65 - 15.25.
    assert paid("2022-09", 1000) == (8564, 1106, 6722 + 598, 1405)
    # The childless surcharge then of the same base: 960.44 x 0.35 % = 3.36.
    assert paid("2022-09", 1000, children=0)[3] == 1405 + 336
    # At the upper limit all are full shares, a cent above nothing jumps.
    assert paid("2022-09", 1300) == paid("2022-12", 1300.0, in_training=True) == (12090, 1560, 9490 + 845, 1983)
    assert paid("2026-03", 2000) == (18600, 2600, 14600 + 2900, 3600)


def test_regular_limits_and_saxony() -> None:
    # 2024: pension ceilings 7,550 and 7,450; health 5,175: 377.775, 43.9875; care 87.975 and surcharge 31.05.
    assert paid("2024-03", 9000, children=0) == (70215, 9815, 37778 + 4399, 8798 + 3105)
    assert paid("2024-03", 9000, children=0, east=True)[:2] == (69285, 9685)
    # A published example: 4,987.50 x 2.2 % = 109.73 in Saxony in July 2023.
    assert paid("2023-07", 5000, saxony=True)[3] == 10973
    # Half of 2.05 per cent and one more.
    assert paid("2022-03", 3000, saxony=True)[3] == 6075
    assert paid("2022-03", 1000, saxony=True)[3] == 2 * 1465 - 1025
    # Discounts end with the fifth child; without a child under 25 a parent has neither discount nor surcharge.
    assert [paid("2026-03", 3000, children=n)[3] for n in (1, 2, 3, 4, 5, 6)] == [5400, 4650, 3900, 3150, 2400, 2400]
    assert paid("2026-03", 3000, children=0, parent=True)[3] == paid("2026-03", 3000, children=0, recipient=True)[3] == 5400
    assert paid("2026-03", 3000, children=0, over_23=False)[3] == 5400
    assert paid("2023-06", 3000, children=4)[3] == 4575
    assert paid("2026-03", 3000, additional_rate=Fraction(22, 1000))[2] == 21900 + 3300
    # Full old-age pension: half of 14.0 and 2.9 per cent, and care.
    assert paid("2026-03", 3000, pensioner=True) == (0, 0, 21000 + 4350, 5400)


def test_marginal_jobs() -> None:
    # 3.6 per cent above 175 EUR, 18.6 per cent of 175 less the employer's 15 per cent of the wage below.
    assert paid("2026-03", 500) == (1800, 0, 0, 0)
    assert paid("2026-03", 603, children=0) == (2171, 0, 0, 0)
    assert paid("2026-03", 603.01)[0] == 0
    assert paid("2022-09", 450.01)[0] > 0
    assert [paid("2026-03", wage)[0] for wage in (0, 20, 100, 175)] == [0, 2000, 3255 - 1500, 630]
    assert paid("2026-03", 500, pension_exempt=True) == paid("2026-03", 500, pensioner=True) == (0, 0, 0, 0)
    # The employer pays the tax at a flat rate. A euro more, class VI: 7,248 - ceil(674.06 + 786.40) = 5,787; 14 % are 810, a month 67.50.
    low = np.array([60300, 60400])
    assert list(wages.wage_tax(law("2026-03"), low, tax_class=6, children=0, over_23=True).tax) == [0, 6750]
    limits = {"2022-09": 450, "2022-10": 520, "2023-12": 520, "2024-01": 538, "2025-01": 556, "2026-12": 603}
    assert {month: law(month)["social_insurance.marginal"] // 100 for month in limits} == limits


def test_the_two_ways_of_the_marginal_share_meet() -> None:
    wage = np.arange(1, 60301)
    below = np.minimum(3255 - (2 * wage * 15 + 100) // 200, wage)
    expected = np.where(wage <= 17500, below, (2 * wage * 36 + 1000) // 2000)
    found = wages.contributions(law("2026-03"), wage, children=0, over_23=True)
    np.testing.assert_array_equal(found.pension, expected)


def test_training() -> None:
    # No transition range, no marginal job; up to 325 EUR the employer bears all.
    assert paid("2026-03", 325, in_training=True) == (0, 0, 0, 0)
    assert paid("2026-03", 600, in_training=True) == (5580, 780, 4380 + 870, 1080)
    assert paid("2022-03", 1000, in_training=True, children=0, over_23=True) == (9300, 1200, 7300 + 650, 1525 + 350)
    taxed = wages.wage_tax(law("2026-03"), np.array([60000]), tax_class=5, children=0, over_23=True, in_training=True)
    assert taxed.tax[0] > 0


def test_the_factor_is_the_quotient_of_the_rates() -> None:
    for year in range(2022, 2027):
        held = law(f"{year}-01")
        rates = sum(held[f"social_insurance.{name}_rate"] for name in ("pension", "unemployment", "health", "additional", "care"))
        assert held["social_insurance.transition_factor"] == round(Fraction(30 if year == 2022 else 28, 100) / rates, 4)


@pytest.mark.parametrize("part", [(0, 80_000), (222_000, 223_000), (277_000, 279_000)])
def test_no_tariff_jumps(part: tuple[int, int]) -> None:
    euros = np.arange(*part)
    for month in ("2022-01", "2022-06", "2023-01", "2024-01", "2024-12", "2025-03", "2026-01"):
        held = law(month)
        tariff = wages._tariff(held["wage_tax.tariff"])
        steps = np.diff(wages._basic(tariff, euros))
        assert steps.min() >= 0
        assert steps.max() <= 1
        stepped = np.diff(wages._stepped(tariff, wages._steps(held["wage_tax.steps"], held["wage_tax.steps_whole"]), euros))
        # Twice the difference of two rounded taxes: a euro of either counts double.
        assert stepped.min() >= -2
        assert stepped.max() <= 4


ROWS = st.integers(0, 800_000)
# Called with what was drawn.
net: Any = wages.net
contributions: Any = wages.contributions
wage_tax: Any = wages.wage_tax
WHO = st.fixed_dictionaries(
    {
        "tax_class": st.integers(1, 6), "children": st.integers(0, 6), "over_23": st.booleans(), "child_allowances": st.integers(0, 12),
        "pension_exempt": st.booleans(), "in_training": st.booleans(), "pensioner": st.booleans(), "recipient": st.booleans(),
        "church": st.booleans(),
    }
)  # fmt: skip
PLACE = st.fixed_dictionaries({"saxony": st.booleans(), "east": st.booleans()})


def flat(pay: wages.Pay) -> np.ndarray:
    parts = pay.contributions, pay.taxes
    amounts = [getattr(part, name) for part in parts for name in part.__slots__]
    return np.stack([np.broadcast_to(amount, pay.net.shape) for amount in [*amounts, pay.net]])


@given(month=st.sampled_from(MONTHS), gross=st.lists(ROWS, min_size=1, max_size=3), who=st.lists(WHO, min_size=1, max_size=3), place=PLACE)
def test_a_batch_is_its_single_wages_and_net_lies_between_nothing_and_gross(
    month: date, gross: list[int], who: list[dict[str, Any]], place: dict[str, bool]
) -> None:
    held = shipped().on(month)
    rows = {name: np.array([[one[name]] for one in who]) for name in who[0]}
    batch = net(held, np.array([gross]), **rows, **place)
    assert batch.net.shape == (len(who), len(gross))
    assert (batch.net >= 0).all()
    assert (batch.net <= np.array([gross])).all()
    assert (flat(batch) >= 0).all()
    for row, one in enumerate(who):
        for column, wage in enumerate(gross):
            single = net(held, np.array([wage]), **one, **place)
            np.testing.assert_array_equal(flat(single)[:, 0], flat(batch)[:, row, column])


@given(month=st.sampled_from(MONTHS), start=ROWS, who=WHO, place=PLACE)
def test_contributions_grow_with_the_wage_but_at_the_listed_cliffs(month: date, start: int, who: dict[str, Any], place: dict[str, bool]) -> None:
    held = shipped().on(month)
    who = {name: value for name, value in who.items() if name not in {"tax_class", "child_allowances", "church"}}
    wage = np.arange(start, start + 1000)
    total = contributions(held, wage, **who, **place).total
    # Cliffs down: below the least base of the marginal job, and where the job is no longer marginal. Rounded parts may lose a cent each.
    counted = (wage[:-1] >= held["social_insurance.marginal_base"]) & (wage[:-1] != held["social_insurance.marginal"])
    assert (np.diff(total)[counted] >= -6).all()


@given(month=st.sampled_from(MONTHS), start=ROWS, who=WHO, place=PLACE)
def test_tax_grows_with_the_wage(month: date, start: int, who: dict[str, Any], place: dict[str, bool]) -> None:
    who = {name: value for name, value in who.items() if name != "pension_exempt"}
    wage = np.arange(start, start + 1000)
    found = wage_tax(shipped().on(month), wage, **who, **place)
    # The flat allowance for precaution rises by whole euros, so a cent more may cost a step of the tariff.
    assert (np.diff(found.tax) >= -40).all()
    assert found.tax[-1] >= found.tax[0] - 1
    assert (found.church <= found.tax).all()


def test_every_month_is_known() -> None:
    for month in MONTHS:
        found = wages.net(shipped().on(month), np.array([100_000, 250_000]), tax_class=1, children=0, over_23=True)
        assert 75_000 < found.net[0] < 95_000
        assert 160_000 < found.net[1] < 190_000
