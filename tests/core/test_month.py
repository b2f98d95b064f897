"""One class per way: against a count that asks day by day, and the cases that once were wrong."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import month
from hilfefrei.core.month import Change, Way, class_of, own, so_far, talk_held

TODAY = date(2026, 11, 24)
CONTACT = date(2026, 11, 10)
PERSON, KEY, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)

near = st.integers(-60, 60).map(lambda n: TODAY + timedelta(days=n))
changes = st.builds(
    lambda kind, since, length, way: Change(PERSON, kind, since, None if length is None else since + timedelta(days=length), way),
    st.sampled_from(["work", "training", "course", "benefit_applied", "benefit_pays", "alg_claim"]),
    near,
    st.none() | st.integers(0, 40),
    st.sampled_from([None, KEY, OTHER]),
)
ways = st.builds(
    Way,
    key=st.just(KEY),
    person=st.just(PERSON),
    contact=st.integers(-60, 0).map(lambda n: TODAY + timedelta(days=n)),
    referred=st.booleans(),
    has_application=st.booleans(),
    outcome=st.sampled_from(["", "granted", "refused", "denied", "withdrawn", "moved"]),
    leave=st.sampled_from(["", "withdrawn", "waiver", "only_asked"]),
)


def days_of(change: Change, contact: date) -> set[date]:
    """Every day up to today on which the change was so and of this way, one by one."""
    benefit = change.kind in {"benefit_applied", "benefit_pays"}
    first = contact.replace(day=1) if benefit else contact
    if change.since < first:
        return set()
    end = (change.until or TODAY) if benefit else TODAY
    return {day for n in range(130) if (day := TODAY - timedelta(days=n)) >= change.since and day <= end}


def naive(way: Way, found: list[Change]) -> str:
    if way.outcome == "withdrawn":
        return "withdrawn"
    if way.leave == "waiver" and way.outcome == "granted":
        return "waiver"
    if way.leave == "only_asked" and not way.has_application:
        return "only_asked"
    for kind, name in (("work", "work"), ("training", "training"), ("benefit_pays", "pays")):
        if any(c.kind == kind and TODAY in days_of(c, way.contact) for c in found):
            return name
    if way.outcome:
        return "granted" if way.outcome == "granted" else "closed"
    if way.referred:
        return "agency"
    applied = any(c.kind == "benefit_applied" and TODAY in days_of(c, way.contact) for c in found)
    return "applied" if applied else "open"


@given(ways, st.lists(changes, max_size=4))
def test_the_class_is_what_asking_day_by_day_says(way: Way, found: list[Change]) -> None:
    mine = own(way, [(way.contact, KEY)], found)
    # Alone among the ways of the person: what was noted elsewhere is not its own.
    assert [c for c in mine if c.way is not None] == [c for c in found if c.way == KEY]
    assert class_of(way, mine, TODAY) == naive(way, mine)


@given(ways, st.lists(changes, max_size=4), st.permutations(range(4)))
def test_the_order_of_the_facts_does_not_matter(way: Way, found: list[Change], order: list[int]) -> None:
    turned = [found[i] for i in order if i < len(found)]
    assert class_of(way, found, TODAY) == class_of(way, turned, TODAY)


@given(st.lists(near, min_size=1, max_size=4, unique=True), changes.filter(lambda c: c.way is None))
def test_what_was_noted_at_no_way_belongs_to_one_at_most(starts: list[date], change: Change) -> None:
    begun = [(day, UUID(int=10 + n)) for n, day in enumerate(starts)]
    having = [key for day, key in begun if own(Way(key, PERSON, day), begun, [change])]
    assert len(having) <= 1
    if change.kind == "work":
        newest = max((d for d, _ in begun if d <= change.since), default=None)
        assert having == [key for day, key in begun if day == newest]


@pytest.mark.parametrize(
    ("kind", "since", "until", "counts"),
    [
        ("work", date(2027, 9, 1), None, False),
        ("work", date(2025, 3, 1), None, False),
        ("work", CONTACT - timedelta(days=1), None, False),
        ("work", CONTACT, None, True),
        ("work", TODAY, None, True),
        ("work", TODAY + timedelta(days=1), None, False),
        # Taken up is taken up, also when it ended soon.
        ("work", CONTACT, CONTACT + timedelta(days=3), True),
        # Wohngeld begins with the month of its application.
        ("benefit_pays", date(2026, 11, 1), None, True),
        ("benefit_pays", date(2026, 10, 31), None, False),
        ("benefit_pays", CONTACT, TODAY - timedelta(days=1), False),
    ],
)
def test_a_change_counts_in_its_time(kind: str, since: date, until: date | None, counts: bool) -> None:
    assert so_far(Change(PERSON, kind, since, until, KEY), CONTACT, TODAY) is counts


@pytest.mark.parametrize(
    ("begun", "answers", "finished", "broken_off", "held"),
    [
        (True, False, False, True, False),
        (True, False, True, True, False),
        (True, True, False, True, True),
        (True, False, True, False, True),
        # Answers without anybody there are a note, no talk.
        (False, True, False, True, False),
    ],
)
def test_a_talk_begun_is_no_talk_held(begun: bool, answers: bool, finished: bool, broken_off: bool, held: bool) -> None:
    assert talk_held(begun=begun, answers=answers, finished=finished, broken_off=broken_off) is held


def _counts(**given: int) -> dict[str, int]:
    return dict.fromkeys(month.CLASSES, 0) | {"talk": 0, "same_day": 0} | given


def test_a_small_count_is_told_only_to_whoever_may_see_each_of_them() -> None:
    counts = _counts(contact=44, work=9, granted=12, open=23)
    assert month.told(counts, counts) == frozenset(counts), "whoever sees them all may count them"
    assert month.told(counts, counts | {"granted": 0, "open": 1}) == frozenset(counts), "ten and more are told"
    assert month.told(counts, dict.fromkeys(counts, 0)) == frozenset(counts) - {"work", "granted"}


def test_what_is_not_told_cannot_be_reckoned_from_the_sum() -> None:
    counts = _counts(contact=30, work=3, granted=12, open=15)
    told = month.told(counts, counts | {"work": 2})
    assert {"work", "granted"} == set(counts) - told
    two = _counts(contact=30, work=3, pays=4, open=23)
    assert {"work", "pays"} == set(two) - month.told(two, dict.fromkeys(two, 0)), "two are enough"
    few = _counts(contact=4, work=1, open=3)
    assert {"contact", "work", "open"} == set(few) - month.told(few, dict.fromkeys(few, 0))


@given(st.fixed_dictionaries(dict.fromkeys(sorted(month.CLASSES), st.integers(0, 20))), st.randoms(use_true_random=False))
def test_nobody_is_told_fewer_than_ten_whom_they_may_not_see(classes: dict[str, int], chance: Any) -> None:
    counts = classes | {"contact": sum(classes.values()), "talk": 0, "same_day": 0}
    seen = {key: chance.randint(0, n) for key, n in counts.items()}
    told = month.told(counts, seen)
    assert all(counts[key] >= month.LEAST_TOLD or seen[key] == counts[key] or not counts[key] for key in told)
    untold = month.CLASSES - told
    # What is missing is of two classes at least, unless nobody else is there at all.
    assert len(untold) != 1 or "contact" not in told or sum(counts[key] for key in month.CLASSES - untold) == 0
