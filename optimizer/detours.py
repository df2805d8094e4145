"""What it costs to come by one more bin on a day on which others are served: measured on the map, before any route is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tournee.domain import Bin, Depot, Location, Vehicle
from tournee.geo import EARTH_RADIUS_M

ROAD_FACTOR = 1.4
"""Metres of street for one as the crow flies (MEASURED: 1.5 within a kilometre, 1.3 beyond three)."""

SPEED_M_PER_S = 8.3
"""30 km/h, in town."""

BLOCK = 1_000
"""Bins that are compared with a day's bins at once: it bounds the memory of a large town."""

NEAREST = 3
"""Neighbors between which a bin may be put in."""

type Floats = npt.NDArray[np.float64]
type Indices = npt.NDArray[np.intp]


def flat(places: Sequence[Location], origin: Location) -> Floats:
    """Return places on a plane, metres east and north, shape (places, 2): true to scale around the origin."""
    angles = np.radians(np.asarray(places, dtype=np.float64).reshape(-1, 2))
    east = angles[:, 1] * np.cos(np.radians(origin.lat))
    points: Floats = np.column_stack([east, angles[:, 0]]) * EARTH_RADIUS_M
    return points


def metre_eur(vehicles: Sequence[Vehicle]) -> float:
    """Return what a metre as the crow flies costs, by distance and time, the mean of all trucks."""
    km_eur = float(np.mean([vehicle.cost_per_km_eur for vehicle in vehicles] or [0.0]))
    return ROAD_FACTOR * (km_eur / 1_000 + second_eur(vehicles) / SPEED_M_PER_S)


def second_eur(vehicles: Sequence[Vehicle]) -> float:
    """Return what a second on duty costs, the mean of all trucks."""
    return float(np.mean([vehicle.cost_per_hour_eur for vehicle in vehicles] or [0.0])) / 3_600


class Detours:
    """Bins of one depot and stream, and what its trucks' metres cost; positions in arrays are those in `bins`."""

    def __init__(self, bins: Sequence[Bin], depot: Depot, vehicles: Sequence[Vehicle]) -> None:
        places = [depot.location, depot.location, *(one.location for one in bins)]
        self._points = flat(places, depot.location)
        self._metre_eur = metre_eur(vehicles)
        standing_s = np.asarray([one.place_time_s + one.service_time_s for one in bins])
        self._standing_eur = standing_s * second_eur(vehicles)

    def eur(self, served: Indices) -> Floats:
        """Return what each bin would add to a day on which some are served, itself not counted among them.

        It is put in between the two of its three nearest neighbors that it parts least; the depot is a neighbor too, and where
        there is no other it is there and back.
        """
        stops = np.concatenate([[0, 1], 2 + np.asarray(served, dtype=np.intp)])
        rows = np.arange(2, len(self._points))
        pieces = [self._metres(rows[first : first + BLOCK], stops) for first in range(0, len(rows), BLOCK)]
        return np.concatenate(pieces) * self._metre_eur + self._standing_eur if pieces else np.zeros(0)

    def _metres(self, rows: Indices, stops: Indices) -> Floats:
        ways = _lengths(self._points[rows][:, None] - self._points[stops])
        ways[rows[:, None] == stops] = np.inf
        count = min(NEAREST, len(stops))
        near = np.argpartition(ways, count - 1, axis=1)[:, :count]
        best = np.full(len(rows), np.inf)
        for first in range(count):
            for second in range(first + 1, count):
                a, b = near[:, first], near[:, second]
                between = _lengths(self._points[stops[a]] - self._points[stops[b]])
                there = ways[np.arange(len(rows)), a] + ways[np.arange(len(rows)), b]
                best = np.minimum(best, there - between)
        return best


def _lengths(vectors: Floats) -> Floats:
    lengths: Floats = np.hypot(vectors[..., 0], vectors[..., 1])
    return lengths
