"""Distances and rough minutes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import geo

LAT, LON = st.floats(47, 55.2), st.floats(5.8, 15)


def km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """The distance of two points in degrees."""
    return float(geo.distances_km(lat_a, lon_a, np.radians([lat_b]), np.radians([lon_b]), np.cos(np.radians([lat_b])))[0])


def test_known_distance() -> None:
    # Berlin and Hamburg city halls: about 255 km as the crow flies.
    assert km(52.5186, 13.4083, 53.5503, 9.9927) == pytest.approx(254.9, abs=1)
    assert km(51.7, 10.2, 51.7, 10.2) == 0


@given(LAT, LON, LAT, LON, LAT, LON)
def test_it_is_a_distance(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    there, back = km(a, b, c, d), km(c, d, a, b)
    assert there == pytest.approx(back)
    assert there >= 0
    assert there <= km(a, b, e, f) + km(e, f, c, d) + 1e-6


def test_many_at_once_are_the_same_and_the_unknown_stays_unknown() -> None:
    lats, lons = np.array([52.5, 51.7, np.nan]), np.array([13.4, 10.2, 10.0])
    found = geo.distances_km(51.7, 10.2, np.radians(lats), np.radians(lons), np.cos(np.radians(lats)))
    assert found[0] == pytest.approx(km(51.7, 10.2, 52.5, 13.4))
    assert found[1] == 0
    assert math.isnan(found[2])


def test_minutes_are_rounded_up_and_fit_the_limit() -> None:
    assert geo.way_km(10) == pytest.approx(13)
    assert geo.minutes(1, "foot") == 12
    assert geo.minutes(13, "car") == 18
    assert geo.minutes(0, "bike") == 0
    with pytest.raises(KeyError):
        geo.minutes(1, "rocket")


@given(st.integers(1, 180), st.sampled_from(sorted(geo.SPEED_KMH)))
def test_what_lies_within_the_minutes_takes_no_longer(limit: int, mode: str) -> None:
    assert geo.minutes(geo.km_within(limit, mode) * 0.999, mode) <= limit
    assert geo.minutes(geo.km_within(limit, mode) * 1.001, mode) > limit
