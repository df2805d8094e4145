"""What a file of the routing literature says, in the file's own numbers: nodes as it counts them, nothing converted.

Times and distances are whole where the set rounds them; the judge and the translation into a `Problem` both read this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

type Grid = npt.NDArray[np.int64]

ALL_DAY = (0, 10**9)
"""Window of a place that never closes."""


class InstanceUnreadable(Exception):
    """A file that is none of the formats known here, or breaks its own format. The sentence says where."""


class Leg(NamedTuple):
    """Length and duration of one leg, as the set prescribes, straight from the file's coordinates or matrix."""

    length: float
    duration: float


@dataclass(frozen=True, slots=True)
class Customer:
    """One stop to serve; `prize` is what leaving it costs, None where it may not be left."""

    node: int
    load: int
    service: int = 0
    window: tuple[int, int] = ALL_DAY
    prize: int | None = None
    release: int = 0


@dataclass(frozen=True, slots=True)
class Facility:
    """Somewhere to unload on the way."""

    node: int
    service: int = 0
    window: tuple[int, int] = ALL_DAY


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break that begins from `earliest` to `latest`, both included."""

    earliest: int
    latest: int
    duration: int


@dataclass(frozen=True, slots=True)
class Van:
    """One vehicle; None where the set knows no such limit.

    Parameters
    ----------
    depot
        Node where it starts and ends.
    unit_cost
        Price of one unit of length.
    max_duration
        From leaving to return.
    max_stops, max_load
        In a day, over all trips.
    """

    capacity: int
    depot: int
    shift: tuple[int, int] = ALL_DAY
    unit_cost: int = 1
    max_duration: int | None = None
    max_stops: int | None = None
    max_load: int | None = None


class Route(NamedTuple):
    """What one vehicle does between leaving and returning: customers and facilities by node."""

    van: int
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """One problem of a file.

    Parameters
    ----------
    kind
        The name its set goes by: CVRP, VRPTW, PCVRPTW, MDVRPTW, MTVRPTWR, HFVRP, KIM2006, PVRPIF.
    leg
        What the rules of the set make of two nodes; the judge asks nothing else.
    lengths, durations
        The same as whole numbers, shape (n, n), for solvers; durations never less than the true ones.
    facilities
        Where a van may unload on its way; none where it makes one trip.
    ends_empty
        Whether the last stop before the depot must be a facility.
    divisor
        Units of cost, as `leg` counts them, in one of the published figures.
    whole_per_unit
        Units of `lengths` in one of the published figures.
    best_known
        Published cost, None where the file has none beside it.
    best_routes
        The published routes.
    """

    name: str
    kind: str
    path: Path
    leg: Callable[[int, int], Leg]
    lengths: Grid
    durations: Grid
    customers: tuple[Customer, ...]
    vans: tuple[Van, ...]
    facilities: tuple[Facility, ...] = ()
    lunch: Lunch | None = None
    ends_empty: bool = False
    divisor: float = 1.0
    whole_per_unit: float = 1.0
    best_known: float | None = None
    best_routes: tuple[Route, ...] = ()

    @property
    def needed(self) -> int:
        """Vans that the load alone asks for, were there no second trip."""
        return -(-sum(customer.load for customer in self.customers) // max(van.capacity for van in self.vans))

    def gap(self, cost: float) -> float | None:
        """Return how far a cost lies over the best known, in percent; negative is better."""
        return 100.0 * (cost / self.best_known - 1.0) if self.best_known else None


def enough_vans(loads: Sequence[int], capacity: int) -> int:
    """Return a fleet that never hinders, where a set says nothing of its size."""
    return -(-sum(loads) * 13 // (capacity * 10)) + 3
