"""The one clock."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from hilfefrei.core import clock


def test_a_fixed_moment_is_berlin_time_and_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T09:42")
    assert clock.now() == datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
    assert clock.now() == clock.now()


def test_an_offset_in_the_moment_wins_over_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T09:42+00:00")
    assert clock.now() == datetime(2026, 11, 24, 9, 42, tzinfo=UTC)


def test_a_running_clock_counts_from_its_common_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T09:42")
    monkeypatch.setenv("HILFEFREI_NOW_RUNS", "1")
    monkeypatch.setenv("HILFEFREI_NOW_SINCE", str(time.time() - 90))
    gone = clock.now() - datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
    assert timedelta(seconds=90) <= gone < timedelta(seconds=120)


def test_a_running_clock_never_goes_back_behind_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T09:42")
    monkeypatch.setenv("HILFEFREI_NOW_RUNS", "1")
    monkeypatch.setenv("HILFEFREI_NOW_SINCE", str(time.time() + 3600))
    assert clock.now() == datetime(2026, 11, 24, 8, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-24T23:30+00:00", date(2026, 11, 25)),
        ("2026-07-01T22:30+00:00", date(2026, 7, 2)),
        ("2026-07-01T21:30+00:00", date(2026, 7, 1)),
    ],
)
def test_today_is_the_day_in_berlin(monkeypatch: pytest.MonkeyPatch, moment: str, day: date) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", moment)
    assert clock.today() == day


def test_without_a_fixed_moment_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HILFEFREI_NOW")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_nonsense_is_an_error_and_not_the_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILFEFREI_NOW", "morgen")
    with pytest.raises(ValueError, match="morgen"):
        clock.now()
