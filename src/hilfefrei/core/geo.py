"""Distances and rough travel times. There is no timetable: everything here is said with "etwa"."""

from typing import Final

import numpy as np
import numpy.typing as npt

EARTH_KM: Final = 6371.0088
# Roads are longer than the straight line; 1.3 is the usual detour factor of regional planning.
DETOUR: Final = 1.3
MINUTES_PER_HOUR: Final = 60
# Kilometres of way per hour, door to door, for a rural county. "bus" serves limits only, never a shown time.
SPEED_KMH: Final = {"foot": 5.0, "bike": 15.0, "bus": 20.0, "car": 45.0}
MODE_WORDS: Final = {
    "foot": "zu Fuß",
    "bike": "mit dem Rad",
    "bus": "mit Bus oder Bahn",
    "car": "mit dem Auto",
}

Floats = npt.NDArray[np.float64]


def distances_km(lat: float, lon: float, lats_rad: Floats, lons_rad: Floats, cos_lats: Floats) -> Floats:
    """Return the great-circle distances from one point (degrees) to many (radians), in kilometres.

    Args:
        lat: latitude of the point in degrees.
        lon: longitude of the point in degrees.
        lats_rad: latitudes, shape (n,), radians; NaN where unknown.
        lons_rad: longitudes, shape (n,), radians.
        cos_lats: cosines of the latitudes, shape (n,), computed once per table.

    Returns:
        Shape (n,); NaN where a coordinate is unknown.
    """
    here_lat, here_lon = np.radians(lat), np.radians(lon)
    half = (
        np.sin((lats_rad - here_lat) / 2) ** 2
        + np.cos(here_lat) * cos_lats * np.sin((lons_rad - here_lon) / 2) ** 2
    )
    found: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def way_km(straight_km: float) -> float:
    """Return the length of the way for a straight line, in kilometres."""
    return straight_km * DETOUR


def minutes(km: float, mode: str) -> int:
    """Return the rough minutes for a way of ``km`` kilometres, rounded up to whole minutes.

    Raises:
        KeyError: an unknown mode.
    """
    return int(-(-km * MINUTES_PER_HOUR // SPEED_KMH[mode]))


def km_within(limit_minutes: float, mode: str) -> float:
    """Return how many kilometres of way fit into the minutes."""
    return limit_minutes * SPEED_KMH[mode] / MINUTES_PER_HOUR
