"""Ids in the order of time: rows that are made one after another lie beside each other in the index of their table."""

import time
from os import urandom
from threading import Lock
from uuid import UUID

_VARIANT, _RANDOM = 1 << 63, (1 << 62) - 1


class _Ordered:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, a 12-bit counter (6.2, method 1), 62 random bits.

    Within a process each id is greater than all before it, also when the clock goes back or more than 4,096 come in a
    millisecond: the counter then runs over into the next one.
    """

    def __init__(self) -> None:
        self._lock, self._last = Lock(), 0

    def __call__(self) -> UUID:
        """The next id."""
        # Real time, also in training: nothing is read out of it but the order.
        now = (time.time_ns() // 1_000_000) << 12
        with self._lock:
            self._last = last = max(self._last + 1, now)
        high = (last & ~0xFFF) << 4 | 0x7000 | last & 0xFFF
        return UUID(int=high << 64 | _VARIANT | int.from_bytes(urandom(8), "big") & _RANDOM)


ordered = _Ordered()
