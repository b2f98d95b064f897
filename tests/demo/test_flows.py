"""Three years of units in benefit: every target beside its source.

A target with a tolerance holds for the mean of twenty seeds (one seed scatters by almost a point); the seed that ships is
held to a wider one. "Practice notes" are the project's collection of published figures, "domain notes" that of rules.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from time import perf_counter

import numpy as np
import pytest

from hilfefrei.core.periods import add_months
from hilfefrei.demo import generator
from hilfefrei.demo.history import flows
from hilfefrei.demo.history.flows import FATE_NAMES, INTO_WORK, REASON_NAMES, Flows

DAY = date(2026, 11, 24)
MONTH_DAYS = 30.4375
SEEDS = range(20)


@pytest.fixture(scope="module")
def drawn() -> list[Flows]:
    began = perf_counter()
    found = [flows.draw(seed, DAY) for seed in SEEDS]
    # Twenty seeds stay cheap enough to be drawn in any test (issue 3: at most 20 s); in fact under a second.
    assert perf_counter() - began < 20
    return found


@pytest.fixture(scope="module")
def shipped() -> Flows:
    return flows.draw(generator.SEED, DAY)


def mean(drawn: list[Flows], what: Callable[[Flows], float]) -> float:
    return float(np.mean([what(one) for one in drawn]))


def entering(one: Flows, *, with_via: bool) -> float:
    """Units that enter, by the day of their application, per month."""
    asked = one.asked[one.application[one.application >= 0]]
    if with_via:
        return float((asked >= np.datetime64(one.via)).sum()) / flows.VIA_MONTHS
    return float((asked < np.datetime64(one.via)).sum()) / ((one.via - one.first).days / MONTH_DAYS)


# --- how long people stay -----------------------------------------------------------------------------------------------
def left_after(years: np.ndarray, limit: float) -> float:
    return float((years <= limit).mean())


def test_entrants_leave_as_fast_as_published() -> None:
    """Weibull of shape .65 and scale 2.5 years: 10, 20, 30, 42 % left after 1, 3, 6, 12 months; .42/.21/.085 still in after 2, 5, 10
    years (practice notes 4.4, least squares on six published figures)."""
    years = np.concatenate([flows.entrants(np.random.default_rng(seed), 4000) for seed in SEEDS])
    for limit, share in ((1 / 12, 0.10), (3 / 12, 0.20), (6 / 12, 0.30), (1, 0.42), (2, 0.58), (5, 0.79), (10, 0.915)):
        assert left_after(years, limit) == pytest.approx(share, abs=0.012), limit


def test_the_stock_survives_as_published() -> None:
    """Of the people met on one day .79/.38/.19 are still there after 1, 5, 10 years; the published .76/.36/.16 of 2005 (IAB-Kurzbericht
    4/2017) describes a stock, not entrants (practice notes 0.1, 4.4)."""
    left = np.concatenate([flows.stationary(np.random.default_rng(seed), 4000)[1] for seed in SEEDS])
    for limit, share in ((1, 0.79), (5, 0.38), (10, 0.19)):
        assert 1 - left_after(left, limit) == pytest.approx(share, abs=0.012), limit


def test_the_stock_has_been_there_as_long_as_published() -> None:
    """Under one year .21, one to two .14, four and more .45 of the stock (practice notes 4.4; Lower Saxony June 2019 19.2, 13.1, 44.6 %,
    4.3)."""
    so_far = np.concatenate([flows.stationary(np.random.default_rng(seed), 4000)[0] for seed in SEEDS])
    assert left_after(so_far, 1) == pytest.approx(0.21, abs=0.012)
    assert left_after(so_far, 2) - left_after(so_far, 1) == pytest.approx(0.14, abs=0.012)
    assert 1 - left_after(so_far, 4) == pytest.approx(0.45, abs=0.015)


def test_the_stock_of_the_first_day_leaves_as_it_should(drawn: list[Flows]) -> None:
    """The same survival in the flows themselves, seasons and whole months included: .79 after a year (practice notes 4.4)."""

    def survive(one: Flows) -> float:
        there = one.start < np.datetime64(one.first)
        then = np.datetime64(add_months(one.first, 12))
        return float((np.isnat(one.end) | (one.end >= then))[there].mean())

    assert mean(drawn, survive) == pytest.approx(0.79, abs=0.015)


def test_with_via_people_leave_somewhat_faster_and_fewer_come(drawn: list[Flows]) -> None:
    """Model S10: work found while the application runs. Before ViA 20 % of entrants left within three months anyway (practice notes
    4.4): that is what ViA is compared with."""

    def early(one: Flows, *, with_via: bool) -> float:
        entered = np.flatnonzero(one.application >= 0)
        asked = one.asked[one.application[entered]]
        group = (asked >= np.datetime64(one.via)) == with_via
        group &= asked < np.datetime64(add_months(DAY, -5))
        length = (one.end[entered] - one.start[entered]).astype("f8")
        return float(((length < 93) & ~np.isnat(one.end[entered]))[group].mean())

    before, now = (mean(drawn, partial(early, with_via=since)) for since in (False, True))
    assert 0.17 < before < 0.23
    assert before + 0.02 < now < before + 0.12


# --- who asks, who enters -----------------------------------------------------------------------------------------------
def test_as_many_ask_before_via_as_with_it(drawn: list[Flows]) -> None:
    """115 to 120 applications a month (practice notes 4.4: 115 to 140 for 3,100 units; issue 3)."""
    for one in drawn:
        for begin, end in ((one.first, one.via), (one.via, one.day)):
            asked = (one.asked >= np.datetime64(begin)) & (one.asked < np.datetime64(end))
            assert 110 <= asked.sum() / ((end - begin).days / MONTH_DAYS) <= 124
    assert 115 <= mean(drawn, lambda one: len(one.asked) / ((one.day - one.first).days / MONTH_DAYS)) <= 120


def test_some_thirty_a_month_are_never_entitled_or_moved(drawn: list[Flows]) -> None:
    """117 asked, 84 entered: some 30 refused, denied or moved, before ViA and with it (issue 3)."""
    never = [FATE_NAMES.index(name) for name in ("refused", "denied", "moved")]
    for since in (True, False):

        def a_month(one: Flows, since: bool = since) -> float:
            group = (one.asked >= np.datetime64(one.via)) == since
            months = flows.VIA_MONTHS if since else (one.via - one.first).days / MONTH_DAYS
            return float(np.isin(one.fate[group], never).sum()) / months

        assert 27 <= mean(drawn, a_month) <= 33


def test_84_enter_before_via_and_about_fifty_with_it(drawn: list[Flows], shipped: Flows) -> None:
    """About 84 before; 47 to 52 since ViA began 14 months ago: some forty a month take up work or do without (model S10, practice notes
    4.4)."""
    assert mean(drawn, lambda one: entering(one, with_via=False)) == pytest.approx(84, abs=1.5)
    assert 47 <= mean(drawn, lambda one: entering(one, with_via=True)) <= 52
    assert 80 <= entering(shipped, with_via=False) <= 88
    assert 47 <= entering(shipped, with_via=True) <= 52.5
    assert shipped.via == add_months(DAY, -14)


def test_the_stock_fell_by_eight_percent_in_a_year(drawn: list[Flows], shipped: Flows) -> None:
    """3,105 units in November 2014, 8 % fewer than a year before (model, press release of 11 November 2014); -8 ± 0.5 as the mean of
    twenty seeds, the shipped one -8 ± 2 (issue 3)."""
    assert mean(drawn, lambda one: one.year_on_year) == pytest.approx(-8.0, abs=0.5)
    assert shipped.year_on_year == pytest.approx(-8.0, abs=2.0)
    assert mean(drawn, lambda one: one.stock(one.day)) == pytest.approx(3100, abs=75)
    # Before ViA it stood still.
    then = add_months(DAY, -15)
    assert mean(drawn, lambda one: one.stock(then) / one.stock(add_months(then, -12)) - 1) == pytest.approx(0.0, abs=0.015)


def test_about_eighty_units_a_month_come_and_go(drawn: list[Flows]) -> None:
    """3,100 units see 75 to 100 in and out a month (practice notes 4.4)."""

    def gone(one: Flows) -> float:
        over = one.end[~np.isnat(one.end)]
        return float((over < np.datetime64(one.via)).sum()) / ((one.via - one.first).days / MONTH_DAYS)

    assert 75 <= mean(drawn, gone) <= 100


# --- seasons ------------------------------------------------------------------------------------------------------------
def by_month(days: np.ndarray) -> np.ndarray:
    """Share of each calendar month, 1 for the average; whole years only."""
    months = np.bincount(days.astype("M8[M]").astype("i8") % 12, minlength=12)
    return months / months.mean()


def test_most_ask_in_january_and_fewest_in_december(drawn: list[Flows]) -> None:
    """Entries by month: January 1.2, December .9 (practice notes 4.4)."""
    lengths = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    asked = np.concatenate([one.asked[one.asked >= np.datetime64(add_months(DAY, -24))] for one in drawn])
    months = by_month(asked) / lengths * lengths.mean()
    assert int(months.argmax()) == 0
    assert 1.12 < months[0] < 1.35
    assert months[11] < 0.98


def test_work_begins_most_in_autumn(drawn: list[Flows]) -> None:
    """Leaving into work peaks in October, training starts in August and September (practice notes 4.4, weights .85 to 1.25)."""
    into = [one.end[(one.reason >= 0) & (one.reason < INTO_WORK)] for one in drawn]
    months = by_month(np.concatenate([end[end < np.datetime64(add_months(DAY, -12).replace(day=1))] for end in into]))
    assert {int(m) for m in months.argsort()[-3:]} <= {7, 8, 9}
    assert months[[0, 1, 11]].max() < 0.95


def test_the_stock_is_highest_in_spring_and_lowest_in_winter(drawn: list[Flows]) -> None:
    """Highest about March or April, lowest November or December (practice notes 4.4); before ViA, when the level stood still."""
    year = [add_months(add_months(DAY, -27).replace(day=15), n) for n in range(12)]
    level = {month.month: float(np.mean([one.stock(month) for one in drawn])) for month in year}
    assert max(level, key=level.__getitem__) in {2, 3, 4, 5, 6, 7}
    assert min(level, key=level.__getitem__) in {9, 10, 11, 12}


# --- ends, interruptions, returns ---------------------------------------------------------------------------------------
def test_why_benefit_ends(drawn: list[Flows]) -> None:
    """Work of self or partner 45 to 50 %, other income 15, moved 15, household 10, no renewal or unknown 10 to 15 (practice notes 4.4)."""
    reasons = np.concatenate([one.reason[(one.reason >= 0) & (one.start < np.datetime64(one.first))] for one in drawn])
    share = dict(zip(REASON_NAMES, np.bincount(reasons, minlength=len(REASON_NAMES)) / len(reasons), strict=True))
    assert 0.45 <= share["arbeit"] + share["arbeit_partner"] + share["ausbildung"] <= 0.5
    assert share["einkommen"] == pytest.approx(0.15, abs=0.02)
    assert share["weggezogen"] == pytest.approx(0.15, abs=0.02)
    assert share["haushalt"] == pytest.approx(0.10, abs=0.02)
    assert 0.1 <= share["kein_antrag"] + share["unbekannt"] <= 0.15


def test_movements_count_interruptions_that_stays_do_not(drawn: list[Flows]) -> None:
    """3.25 % of the stock leave in a month by the rule of movements (gaps over 7 days), 2.4 % by the stays (gaps up to 31 days joined);
    by county 1.4 to 5.4 % (practice notes 4.4, domain notes 2)."""

    def rates(one: Flows) -> tuple[float, float]:
        months = (one.day - one.first).days / MONTH_DAYS
        stock = one.stock(add_months(DAY, -18))
        stays = float((~np.isnat(one.end)).sum()) / months / stock
        return stays, stays + len(one.gap_line) / months / stock

    stays, moves = (float(np.mean(column)) for column in zip(*map(rates, drawn), strict=True))
    assert 0.021 <= stays <= 0.027
    assert 0.029 <= moves <= 0.035
    for one in drawn:
        # A whole month without benefit: more than 7 and at most 31 days, never at the edge of a stay.
        start, end = one.start[one.gap_line].astype("M8[M]"), one.end[one.gap_line]
        assert (one.gap_month > start).all()
        assert (np.isnat(end) | (one.gap_month < end.astype("M8[M]"))).all()


def test_who_comes_back_had_left(drawn: list[Flows]) -> None:
    """Returns are applications of people who left more than a month before and for no last reason; a tenth of all (assumed)."""
    for one in drawn:
        back = np.flatnonzero(one.known >= 0)
        assert 0.06 < len(back) / len(one.asked) < 0.11
        assert len(set(one.known[back].tolist())) == len(back)
        begins = one.asked[back].astype("M8[M]").astype("M8[D]")
        assert (begins - one.end[one.known[back]] > np.timedelta64(flows.BACK_AFTER, "D")).all()
        assert not np.isin(one.reason[one.known[back]], [REASON_NAMES.index(name) for name in flows.FOR_GOOD]).any()


# --- the shape ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("day", [DAY, date(2026, 3, 30), date(2028, 2, 29)], ids=str)
def test_same_seed_and_day_same_flows(day: date) -> None:
    first, again, other = (flows.draw(seed, day) for seed in (5, 5, 6))
    for name in ("asked", "fate", "grant", "start", "end", "known", "gap_month"):
        assert np.array_equal(getattr(first, name), getattr(again, name), equal_nan=name == "end")
    assert not np.array_equal(first.asked, other.asked)


def test_lines_hold_together(shipped: Flows) -> None:
    """Benefit begins on the first of the month of the application (§ 37 (2) SGB II) and an end lies behind its start and before the day."""
    assert shipped.start.min() == flows.SGB_II
    assert (shipped.start.astype("M8[M]").astype("M8[D]") == shipped.start).all()
    over = ~np.isnat(shipped.end)
    assert (shipped.end[over] > shipped.start[over]).all()
    assert (shipped.end[over] < np.datetime64(DAY)).all()
    assert ((shipped.reason >= 0) == over).all()
    entered = shipped.application >= 0
    assert shipped.grant[shipped.application[entered]].all()
    assert entered.sum() == shipped.grant.sum()
    assert (shipped.decided > shipped.asked).all()


def test_a_small_world_has_its_own_size() -> None:
    small = flows.draw(1, DAY, units=10, a_month=0.5, lately=(add_months(DAY, -1), 12))
    assert (small.asked >= np.datetime64(add_months(DAY, -1))).sum() == 12
    assert 7 <= (small.application < 0).sum() <= 10
