"""Travel estimated from straight lines, for towns without road data. It says on every answer that it is an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from optimizer.matrix import Line, Matrix, Place, Progress, quiet
from optimizer.matrix.overrides import Overrides
from tournee.domain import Location, TruckDimensions
from tournee.geo import EARTH_RADIUS_M

# By straight-line distance: how much longer the street is, and how fast a truck drives it. Measured on the streets
# of Liechtenstein; below 100 m the detour of the next class holds.
UP_TO_M = np.array([1_000.0, 3_000.0, 10_000.0, 30_000.0])
DETOUR = np.array([1.53, 1.60, 1.34, 1.20, 1.20])
SPEED_KM_H = np.array([29.0, 29.0, 37.0, 43.0, 45.0])

ROWS = 500
"""Rows worked out at once: of 10,000 places all at once would take gigabytes."""


class GreatCircleRoads:
    """Straight lines stretched to streets. Knows no river, no one-way street and no low bridge."""

    source = "estimate: great-circle distance x detour by distance, no road data"

    def matrix(
        self,
        places: Sequence[Place],
        truck: TruckDimensions,  # noqa: ARG002 - any truck goes anywhere
        report: Progress = quiet,  # noqa: ARG002 - it is done before anyone could look
    ) -> Matrix:
        """Return the estimate between every pair of `places`; symmetric, and never `UNREACHABLE`."""
        locations = [place.location for place in places]
        seconds = np.empty((len(places), len(places)), dtype=np.int64)
        metres = np.empty_like(seconds)
        for first in range(0, len(places), ROWS):
            rows = slice(first, first + ROWS)
            straight_m = straight_distances_m(locations[rows], locations)
            band = np.searchsorted(UP_TO_M, straight_m, side="left")
            distance_m = straight_m * DETOUR[band]
            metres[rows] = distance_m.round()
            seconds[rows] = (distance_m / (SPEED_KM_H[band] / 3.6)).round()
        return Matrix(seconds, metres, self.source, is_estimate=True)

    def geometry(
        self,
        places: Sequence[Place],
        truck: TruckDimensions,  # noqa: ARG002 - any truck goes anywhere
    ) -> tuple[Line, ...]:
        """Return a straight line of two points for each leg."""
        return tuple((a.location, b.location) for a, b in pairwise(places))


def unheeded(overrides: Overrides) -> tuple[str, ...]:
    """Return the names of what straight lines can't heed: whatever is about streets."""
    streets = [street.name for street in overrides.forbidden]
    return (*streets, *(area.name for area in overrides.no_reversing))


def straight_distances_m(
    froms: Sequence[Location], tos: Sequence[Location]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return great-circle metres from each place to each other, shape (froms, tos); 0 to itself (haversine)."""
    lat, lon = _radians(froms)
    to_lat, to_lon = _radians(tos)
    half = np.sin((lat[:, None] - to_lat) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(to_lat) * np.sin((lon[:, None] - to_lon) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half.clip(0, 1))))


def _radians(places: Sequence[Location]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.radians(np.array(places, dtype=float).reshape(-1, 2)).T
