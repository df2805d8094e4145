"""Places -> travel times, distances and street geometry. One file per provider, one interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tournee.domain import CurbSide, Location, TruckDimensions

UNREACHABLE = 2**31 - 1
"""Seconds and metres of a pair with no way between; never zero: a zero would look like a free ride."""

type Grid = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a truck stops, and the side of the street from which it must come."""

    location: Location
    curb_side: CurbSide = CurbSide.EITHER


@dataclass(frozen=True)
class Matrix:
    """Travel between every pair of places, for one truck.

    Parameters
    ----------
    travel_time_s, distance_m
        int64, shape (n, n), entry [i, j] from i to j; diagonal 0; not symmetric; `UNREACHABLE` where no way exists.
    off_road
        Index of each place that no usable street is near -> metres to the nearest one (infinite where none is known).
        Its row and column are `UNREACHABLE`.
    source
        Who computed it: engine, version, extract.
    is_estimate
        True where no road network was asked.
    """

    travel_time_s: Grid
    distance_m: Grid
    source: str
    is_estimate: bool
    off_road: dict[int, float] = field(default_factory=dict)


class Roads(Protocol):
    """A road engine. Each answer is for one truck's real dimensions."""

    def matrix(self, places: Sequence[Place], truck: TruckDimensions) -> Matrix:
        """Return travel between every pair of `places`; the order fixes the indices."""
        ...

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[tuple[Location, ...], ...]:
        """Return the streets driven through `places` in order: one line for each of the n - 1 legs."""
        ...
