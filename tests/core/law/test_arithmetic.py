"""Whole cents, one way to round, nothing of it in floating point."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hilfefrei.core.law.arithmetic import ratio, times, times_down, times_up

amounts = st.integers(0, 10**10)
shares = st.fractions(0, 3, max_denominator=10_000)
WAYS = [(times, ROUND_HALF_UP), (times_down, ROUND_DOWN), (times_up, ROUND_UP)]


def exactly(amount: int, share: Fraction, how: str) -> int:
    whole, rest = divmod(amount * share.numerator, share.denominator)
    # The rest of a division as a decimal would be rounded before it is rounded: only where it lies matters.
    place = Decimal(0) if rest == 0 else Decimal("0.5") if 2 * rest == share.denominator else Decimal("0.3") if 2 * rest < share.denominator else Decimal("0.7")
    return whole + int(place.quantize(Decimal(1), rounding=how))


@pytest.mark.parametrize(("way", "how"), WAYS)
@given(amount=amounts, share=shares)
@example(amount=1, share=Fraction(1, 2))
@example(amount=10**10, share=Fraction(29_999, 10_000))
def test_a_share_of_an_amount_is_exact(way: Any, how: str, amount: int, share: Fraction) -> None:
    assert way(np.array([amount]), share).tolist() == [exactly(amount, share, how)]


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1))
@example([(100, 1, 0)])
@example([(1, 1, 2)])
def test_a_part_of_a_whole_is_exact_and_nothing_of_nothing(rows: list[tuple[int, int, int]]) -> None:
    found = ratio(*(np.array(column) for column in zip(*rows, strict=True)))
    assert found.tolist() == [0 if whole == 0 else exactly(amount, Fraction(part, whole), ROUND_HALF_UP) for amount, part, whole in rows]


@given(amounts)
def test_they_keep_the_shape_and_the_type(amount: int) -> None:
    for way, _ in WAYS:
        found = way(np.full((2, 3), amount), Fraction(1, 3))
        assert (found.shape, found.dtype) == ((2, 3), np.int64)
