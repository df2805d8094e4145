"""Travel times put right after the engine has spoken: slow driving between close stops, and the city's extra minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.matrix import UNREACHABLE, Grid, Line, Matrix, Place, Progress, Roads, quiet
from optimizer.matrix.overrides import NOTHING, Overrides
from tournee.domain import TruckDimensions


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a truck drives from stop to stop while it collects; `within_m` of 0 leaves everything as it is."""

    within_m: int = 0
    km_h: float = 15.0


@dataclass(frozen=True, slots=True)
class AdjustedRoads:
    """Roads with their times put right. Distances, and what can't be reached, stay as they are.

    Parameters
    ----------
    unheeded
        Names of overrides that the roads underneath can't heed: said with every matrix.
    """

    roads: Roads
    overrides: Overrides = NOTHING
    pace: Pace = Pace()
    unheeded: tuple[str, ...] = ()

    def matrix(self, places: Sequence[Place], truck: TruckDimensions, report: Progress = quiet) -> Matrix:
        """Return the matrix of the roads underneath with its times put right."""
        matrix = self.roads.matrix(places, truck, report)
        time_s = paced(matrix.travel_time_s, matrix.distance_m, self.pace)
        time_s = with_minutes(time_s, places, self.overrides)
        return replace(matrix, travel_time_s=time_s, source=matrix.source + self._notes())

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven; nothing here changes them."""
        return self.roads.geometry(places, truck)

    def _notes(self) -> str:
        notes = ""
        if self.pace.within_m:
            notes += f"; at most {self.pace.km_h:g} km/h on the way to a stop up to {self.pace.within_m} m on"
        if self.overrides.extra_minutes:
            notes += f"; extra minutes at {', '.join(area.name for area in self.overrides.extra_minutes)}"
        if self.unheeded:
            notes += f"; not heeded: {', '.join(self.unheeded)}"
        return notes


def paced(time_s: Grid, distance_m: Grid, pace: Pace) -> Grid:
    """Return the times with none of a short leg faster than the pace; rounded up to whole seconds."""
    slowest_s = np.ceil(distance_m / (pace.km_h / 3.6)).astype(np.int64)
    return np.where(distance_m <= pace.within_m, np.maximum(time_s, slowest_s), time_s)


def with_minutes(time_s: Grid, places: Sequence[Place], overrides: Overrides) -> Grid:
    """Return the times with each area's minutes on every leg that ends in it and starts outside."""
    longer = time_s.copy()
    for area in overrides.extra_minutes:
        inside = np.array([area.holds(place.location) for place in places], dtype=bool)
        enters = ~inside[:, None] & inside & (time_s < UNREACHABLE)
        longer[enters] += round(area.minutes * 60)
    return longer
