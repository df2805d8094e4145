"""What a solver answers: sequences with their times. Infeasible is never an exception here: a bin left is `unserved`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tournee.timeline import Moment


class Step(NamedTuple):
    """One thing a truck does between leaving and returning: empty a bin, or unload at a site (by index)."""

    target: int
    is_unloading: bool = False


type Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Tour:
    """One truck's shift: what it does in order, and when. `cost` is in cost units of the problem."""

    truck: int
    steps: Steps
    moments: tuple[Moment, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Solution:
    """All tours of a day. A truck that stays home has none.

    Parameters
    ----------
    unserved
        Tasks (by index) that no tour serves.
    cost
        Of all tours and the price of every unserved task, in cost units of the problem.
    notes
        Where it came from: starts tried, solutions seen, version of the solver.
    """

    tours: tuple[Tour, ...]
    unserved: tuple[int, ...]
    cost: int
    notes: dict[str, str] = field(default_factory=dict)
