"""When somebody may be asked how it goes, and on what."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.follow_up import AFTER_CARE_MONTHS, LAPSES, MONTHS, Asked, by_law, due_on, next_question
from hilfefrei.core.periods import add_months

START = date(2026, 5, 10)


def after(days: int) -> date:
    return START + timedelta(days=days)


@pytest.mark.parametrize(
    ("today", "consent", "expected"),
    [
        (after(0), None, (1, date(2026, 6, 10), True)),
        (date(2026, 6, 10), None, (1, date(2026, 6, 10), True)),
        (date(2026, 8, 10), None, (3, date(2026, 8, 10), True)),
        # Without consent the last one is asked while the law still carries it.
        (date(2026, 10, 20), None, (6, date(2026, 10, 27), True)),
        (date(2026, 11, 9), None, (6, date(2026, 10, 27), True)),
        (date(2026, 11, 10), None, None),
        (date(2026, 11, 10), True, (6, date(2026, 11, 10), False)),
        (date(2027, 5, 10), True, (12, date(2027, 5, 10), False)),
        (date(2027, 7, 12), True, None),
        (date(2026, 6, 10), False, None),
    ],
)
def test_what_is_asked_when_after_work_began(today: date, consent: bool | None, expected: tuple[int, date, bool] | None) -> None:
    found = next_question(START, today, of_work=True, consent=consent)
    assert (None if found is None else (found.months, found.due_on, found.by_law)) == expected


def test_after_via_without_work_only_with_consent() -> None:
    assert next_question(START, date(2026, 6, 10), of_work=False, consent=None) is None
    found = next_question(START, date(2026, 6, 10), of_work=False, consent=True)
    assert found is not None
    assert not found.by_law


def test_who_was_not_reached_is_tried_again_and_who_answered_is_asked_next_time() -> None:
    missed = Asked(1, reached=False, next_on=date(2026, 6, 15))
    found = next_question(START, date(2026, 6, 11), of_work=True, consent=None, asked=(missed,))
    assert found is not None
    assert (found.months, found.due_on, found.missed) == (1, date(2026, 6, 15), 1)
    answered = next_question(START, date(2026, 6, 16), of_work=True, consent=None, asked=(missed, Asked(1, reached=True)))
    assert answered is not None
    assert (answered.months, answered.due_on) == (3, date(2026, 8, 10))


@given(st.integers(0, 800), st.sampled_from([None, True, False]), st.booleans(), st.lists(st.sampled_from(MONTHS), max_size=3))
def test_nobody_is_asked_without_a_basis(days: int, consent: bool | None, of_work: bool, answered: list[int]) -> None:
    today = after(days)
    found = next_question(START, today, of_work=of_work, consent=consent, asked=tuple(Asked(m, reached=True) for m in sorted(answered)))
    if found is None:
        return
    assert consent is not False
    assert consent or (of_work and by_law(START, max(found.due_on, today)) and found.due_on < add_months(START, AFTER_CARE_MONTHS))
    assert found.months not in answered
    assert today - found.due_on <= LAPSES
    assert found.due_on == due_on(START, found.months, consent=bool(consent))
