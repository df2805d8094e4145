"""A road engine small enough to count on: an island town whose ways are known by formula, and one-way as real ones."""

# ruff: noqa: ARG002 - it keeps the signature of an engine

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from optimizer.matrix import UNREACHABLE, Grid, Line, Place
from tournee.domain import Location, TruckDimensions

TRUCK = TruckDimensions()
ISLAND_LAT = 61.0
"""North of it nothing can be reached from the south, nor the other way round."""
SEA_LAT = 62.0
"""North of it there is no street at all."""


@dataclass
class DrawnEngine:
    """Ways by formula: longer eastward than westward; it remembers what it was asked."""

    source: str = "drawing"
    key: str = "drawing"
    max_pairs: int = 10_000
    remedy: str = "Draw a larger town."
    unheeded: tuple[str, ...] = ()
    asked: list[tuple[tuple[Place, ...], tuple[Place, ...]]] = field(default_factory=list)
    looked_at: list[Place] = field(default_factory=list)

    @property
    def num_pairs(self) -> int:
        """Pairs that were asked for, all questions together."""
        return sum(len(sources) * len(targets) for sources, targets in self.asked)

    def streets(self, points: Sequence[Location], within_m: float) -> list[tuple[str, ...]]:
        """Return the one street there is, on land."""
        return [("Main street",) if point.lat < SEA_LAT else () for point in points]

    def snap_m(self, places: Sequence[Place], truck: TruckDimensions) -> list[float]:
        """Return 3 m on land; out at sea a kilometre, and infinity at the pole."""
        self.looked_at.extend(places)
        return [_snap_m(place.location.lat) for place in places]

    def block(
        self, sources: Sequence[Place], targets: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        """Return the formula's answers; a heavier truck is slower."""
        self.asked.append((tuple(sources), tuple(targets)))
        metres = np.array(
            [[_metres(a.location, b.location) for b in targets] for a in sources], dtype=np.int64
        )
        metres = metres.reshape(len(sources), len(targets))
        seconds = np.where(metres == UNREACHABLE, UNREACHABLE, metres * round(truck.weight_t) // 50)
        return seconds, metres

    def lines(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return a straight line for each leg."""
        return tuple((a.location, b.location) for a, b in pairwise(places))


def place(north: float, east: float = 0.0) -> Place:
    """Return a place so many thousandths of a degree from the town's corner."""
    return Place(Location(60 + north / 1_000, 25 + east / 1_000))


def _snap_m(lat: float) -> float:
    return 3.0 if lat < SEA_LAT else 1_000.0 if lat < 80 else float("inf")


def _metres(a: Location, b: Location) -> int:
    if (a.lat < ISLAND_LAT) != (b.lat < ISLAND_LAT):
        return UNREACHABLE
    east = (b.lon - a.lon) * 1e5
    return round(abs(b.lat - a.lat) * 1e5 + max(east, -east / 2)) + (0 if a == b else 7)
