"""Ids in the order of time."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

import pytest

from hilfefrei.core.ids import ordered


def test_an_id_is_a_uuid_of_version_seven_with_the_milliseconds_in_front() -> None:
    before = time.time_ns() // 1_000_000
    found = ordered()
    assert (found.version, found.variant) == (7, RFC_4122)
    # Those made just before may have used up a few milliseconds.
    assert before <= found.int >> 80 <= time.time_ns() // 1_000_000 + 1_000


def test_ids_ascend_also_where_many_come_in_a_millisecond_and_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [ordered() for _ in range(100)]
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    made += [ordered() for _ in range(10_000)]
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600 * 10**9)
    made += [ordered() for _ in range(100)]
    assert made == sorted(set(made))
    assert all(one.version == 7 and one.variant == RFC_4122 for one in made)
    assert len({one.int & (1 << 62) - 1 for one in made}) == len(made)


def test_threads_never_get_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for part in pool.map(lambda _: [ordered() for _ in range(2_000)], range(8)) for one in part]
    assert len({one.int >> 64 for one in made}) == len(made)
