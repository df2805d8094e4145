"""Places -> travel times, distances and street geometry. One file per provider, one interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tournee.domain import CurbSide, Location, TruckDimensions

UNREACHABLE = 2**31 - 1
"""Seconds and metres of a pair with no way between; never zero: a zero would look like a free ride."""

type Grid = npt.NDArray[np.int64]
type Line = tuple[Location, ...]
type Progress = Callable[[int, int], None]
"""Is told how many pairs have been asked so far, and of how many."""


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


def quiet(done: int, total: int) -> None:
    """Report nothing."""


class Roads(Protocol):
    """Where travel comes from. Each answer is for one truck's real dimensions."""

    def matrix(self, places: Sequence[Place], truck: TruckDimensions, report: Progress = quiet) -> Matrix:
        """Return travel between every pair of `places`; the order fixes the indices."""
        ...

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven through `places` in order: one line for each of the n - 1 legs."""
        ...


class Engine(Protocol):
    """A road engine: what `AskedRoads` asks, block by block.

    The answer for a pair must not depend on what else is in the same question: blocks are cut as it suits, and kept.
    """

    @property
    def source(self) -> str:
        """Who answers, for people: engine, version, extract."""
        ...

    @property
    def key(self) -> str:
        """What an answer depends on besides truck and places; equal keys mean equal answers."""
        ...

    @property
    def max_pairs(self) -> int:
        """Pairs that suit one question, where the settings do not say."""
        ...

    @property
    def remedy(self) -> str:
        """What to do where it knows no street of the town, as a sentence."""
        ...

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Names of the city's overrides that it can't heed."""
        ...

    def streets(self, points: Sequence[Location], within_m: float) -> list[tuple[str, ...]]:
        """Return the names of the streets that run within some metres of each point; any truck's streets."""
        ...

    def snap_m(self, places: Sequence[Place], truck: TruckDimensions) -> list[float]:
        """Return metres from each place to the nearest street that leads somewhere; infinite where none is known."""
        ...

    def block(
        self, sources: Sequence[Place], targets: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        """Return seconds and metres from each source to each target; `UNREACHABLE` where no way exists."""
        ...

    def lines(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return one line for each leg; a leg without any way is two points."""
        ...
