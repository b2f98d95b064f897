"""Exact arithmetic on arrays of integer cents: one way to round, as the law says it.

All arrays are int64. A share or a rate is a :class:`fractions.Fraction`; it is multiplied and divided in whole numbers, never in
floating point. ``amount * numerator`` has to stay below 2**63: with cents up to 10**10 a numerator may have eight digits.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Cents: TypeAlias = NDArray[np.int64]


def times(amount: Cents, share: Fraction) -> Cents:
    """``amount * share`` to the cent, halves away from zero upwards (§ 41 (2) SGB II) for amounts that are not negative."""
    return (amount * (2 * share.numerator) + share.denominator) // (2 * share.denominator)


def times_down(amount: Cents, share: Fraction) -> Cents:
    """``amount * share``, broken cents left out."""
    return amount * share.numerator // share.denominator


def times_up(amount: Cents, share: Fraction) -> Cents:
    """``amount * share``, broken cents made whole ones."""
    return -(-amount * share.numerator // share.denominator)


def ratio(amount: Cents, part: Cents, whole: Cents) -> Cents:
    """``amount * part / whole`` to the cent, halves up; 0 where the whole is 0. No one may be negative."""
    safe = np.where(whole == 0, 1, whole)
    return np.where(whole == 0, 0, (2 * amount * part + safe) // (2 * safe))


def merged(one: Any, other: Any, how: Callable[[Any, Any], Any]) -> Any:
    """The same dataclass with every array of both put together, nested ones too."""
    pairs = {field.name: (getattr(one, field.name), getattr(other, field.name)) for field in fields(one)}
    return type(one)(**{name: merged(a, b, how) if is_dataclass(a) else how(a, b) for name, (a, b) in pairs.items()})
