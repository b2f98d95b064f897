"""The estimate: a band that holds whatever the missing answers turn out to be, and narrows with each of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.law import Household, Housing, Person, UnknownDayError, claims
from hilfefrei.core.law.curve import curve
from hilfefrei.core.law.estimate import HIGHEST, PLENTY, RENT_LEVELS, STEP, Band, Child, Estimate, Job, Known, estimate
from hilfefrei.core.law.household import Income, Kind, WaterHeating
from hilfefrei.core.periods import age_on

DAY = date(2026, 11, 28)
ALONE = Known(birth=date(1992, 4, 12), partner=False, children=(), rent=50_000, wage=0, partner_wage=0, other=0, rent_level=2)
MOTHER = replace(ALONE, children=(Child(birth=date(2021, 3, 3)),), rent=60_000)
COUPLE = replace(ALONE, partner=True, partner_birth=date(1990, 1, 5), children=(Child(birth=date(2014, 3, 3)), Child(birth=date(2018, 3, 3))), rent=70_000)
BIRTHS = [date(2026, 2, 3), date(2021, 3, 3), date(2019, 9, 9), date(2014, 3, 3), date(2011, 1, 30), date(2009, 5, 5)]


def test_somebody_alone_without_income() -> None:
    """563 EUR standard need (§ 20 (1a) with the ordinance for 2026), 500 EUR warm; 2.3 % of 563 more where water is heated in the flat."""
    found = estimate(ALONE, DAY)
    assert (found.claim, found.housing, found.living) == (Band(106_300, 107_595), Band(50_000, 50_000), Band(56_300, 57_595))
    assert (found.missing, found.ends_need, found.benefit) == ((), 0, "Grundsicherungsgeld")
    assert found.disposable == found.claim
    assert found.keeps == 10_000 * 100


def test_the_immediate_supplement_is_in_the_claim_and_the_child_benefit_is_not() -> None:
    found = estimate(MOTHER, DAY)
    # 563 + 36 % of 563 + 357 - 259 child benefit + 25 supplement (§ 72) + 600 rent.
    assert found.claim.low == 56_300 + 20_268 + 35_700 - 25_900 + 2_500 + 60_000


def test_nothing_at_all_was_answered() -> None:
    found = estimate(Known(), DAY)
    assert found.claim.low == 0
    assert found.claim.high > estimate(COUPLE, DAY).claim.high
    assert set(found.missing) == {"rent", "wage", "partner", "partner_wage", "children", "other"}
    assert found.free_from.low == 0


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"rent": None}, {"rent"}),
        ({"wage": None}, {"wage"}),
        ({"other": None}, {"other"}),
        # There may be a partner: who has none has no partner's wage either.
        ({"partner": None}, {"partner"}),
        ({"partner_wage": None}, set()),
        ({"children": None}, {"children"}),
    ],
)
def test_what_would_narrow_the_band_is_named(change: dict[str, Any], missing: set[str]) -> None:
    found = estimate(replace(ALONE, **change), DAY)
    assert set(found.missing) == missing
    assert (found.claim.width > estimate(ALONE, DAY).claim.width) == bool(missing)


def test_a_day_without_law_is_refused() -> None:
    with pytest.raises(UnknownDayError):
        estimate(ALONE, date(2031, 1, 1))


def test_jobs_for_somebody_alone() -> None:
    """A full-time job frees, a mini-job does not; where no wage is stated nothing is said."""
    full, mini, unknown = estimate(ALONE, DAY, jobs=[Job(260_000, 280_000), Job(40_000, 55_600), None]).effects
    assert unknown is None
    assert full is not None
    assert mini is not None
    assert (full.free, full.own, full.paid) == (2, 2, Band(0, 0))
    assert (mini.free, mini.own) == (0, 0)
    assert mini.paid.low > 70_000
    assert full.disposable.low > mini.disposable.high


def test_a_family_may_be_free_with_wohngeld_and_kinderzuschlag_only() -> None:
    (effect,) = estimate(COUPLE, DAY, jobs=[Job(250_000, 250_000)]).effects
    assert effect is not None
    assert (effect.free, effect.own) == (2, 0)
    assert effect.child_supplement.low > 0
    assert effect.housing_benefit.low > 0


def test_both_end_points_hold_those_of_the_curve() -> None:
    for known in (ALONE, MOTHER, COUPLE):
        found = estimate(known, DAY)
        for generous in (False, True):
            exact = curve(_household(known, heating=8 if generous else 30, generous=generous), "me")
            assert exact.free is not None
            assert exact.own is not None
            for wage, of_curve in ((found.free_from, exact.free), (found.own_from, exact.own)):
                assert wage.low is not None
                assert wage.high is not None
                assert wage.low <= of_curve <= wage.high


# --- the band holds what comes out

money = st.integers(0, 300_000)
children = st.lists(st.sampled_from(BIRTHS), max_size=2)
complete = st.builds(
    lambda partner, births, rent, wage, their, other, level: Known(
        birth=date(1980, 4, 12), partner=partner, partner_birth=date(1981, 1, 5), children=tuple(Child(birth=birth) for birth in sorted(births)),
        rent=rent, wage=wage, partner_wage=their if partner else 0, other=other, rent_level=level,
    ),
    st.booleans(), children, st.integers(0, 90_000), st.one_of(st.just(0), money), st.one_of(st.just(0), money),
    st.one_of(st.just(0), st.integers(0, 200_000)), st.integers(*RENT_LEVELS),
)  # fmt: skip
OPEN = ("rent", "wage", "partner", "partner_wage", "children", "other", "rent_level")


def _household(known: Known, *, heating: int, generous: bool) -> Household:
    """The household of complete answers, written down independently of the module."""
    assert known.children is not None
    assert known.rent is not None
    births = [child.birth for child in known.children if child.birth]
    minors = any(age_on(birth, DAY) < 18 for birth in births)
    incomes = (Income(Kind.OTHER, known.other),) if known.other else ()
    me = Person(
        "me", known.birth or DAY, partner="partner" if known.partner else "", tax_class=4 if known.partner else 2 if minors else 1,
        wage=known.wage or 0, incomes=incomes,
    )  # fmt: skip
    partner = [Person("partner", known.partner_birth or DAY, partner="me", tax_class=4, wage=known.partner_wage or 0)] if known.partner else []
    parents = ("me", "partner") if known.partner else ("me",)
    young = [Person(f"c{number}", birth, parents=parents) for number, birth in enumerate(births)]
    part = known.rent * heating // 100
    water = WaterHeating.CENTRAL if generous else WaterHeating.OWN
    return Household("", DAY, (me, *partner, *young), Housing(known.rent - part, heating=part, water_heating=water), rent_level=known.rent_level or 1)


def _exact(known: Known, heating: int, *, generous: bool) -> Any:
    (result,) = claims([_household(known, heating=heating, generous=generous)])
    return result.units[0]


def _within(found: Estimate, unit: Any) -> None:
    amount = unit.claim + unit.supplement if unit.claim else 0
    assert found.claim.low <= amount <= found.claim.high
    assert found.housing.low <= unit.housing <= found.housing.high
    assert found.living.low <= amount - unit.housing <= found.living.high
    if found.ends_need != 1:
        assert unit.ends_need == (found.ends_need == 2)


@settings(deadline=None, max_examples=20)
@given(complete, st.sets(st.sampled_from(OPEN)), st.integers(8, 30), st.booleans())
def test_the_band_holds_every_completion_of_the_answers(known: Known, hidden: set[str], heating: int, generous: bool) -> None:
    said = replace(known, **dict.fromkeys(hidden))
    _within(estimate(said, DAY), _exact(known, heating, generous=generous))


@settings(deadline=None, max_examples=12)
@given(complete, st.lists(st.sampled_from(OPEN), unique=True))
def test_each_answer_narrows_the_band_or_leaves_it(known: Known, order: list[str]) -> None:
    said = replace(known, **dict.fromkeys(order))
    before = estimate(said, DAY)
    for name in order:
        said = replace(said, **{name: getattr(known, name)})
        after = estimate(said, DAY)
        # Children of their own ages lie within those that are guessed, in the claim; so does all else.
        assert before.claim.low <= after.claim.low
        assert after.claim.high <= before.claim.high
        assert name not in after.missing
        before = after


@settings(deadline=None, max_examples=12)
@given(complete, st.integers(1, HIGHEST), st.integers(0, 40_000))
def test_the_effect_of_a_job_holds_every_wage_of_its_band(known: Known, low: int, more: int) -> None:
    (effect,) = estimate(known, DAY, jobs=[Job(low, low + more)]).effects
    assert effect is not None
    for wage in (low, low + more // 2, low + more):
        unit = _exact(replace(known, wage=wage), 15, generous=True)
        amount = unit.claim + unit.supplement if unit.claim and not unit.must_claim else 0
        assert effect.paid.low <= amount <= effect.paid.high


def test_the_grid_is_what_the_words_say() -> None:
    assert HIGHEST % STEP == 0
    assert PLENTY > HIGHEST
