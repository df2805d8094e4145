"""What the nodes of the routing model stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from optimizer.problem import Problem, Truck
from optimizer.solution import Step


class Outlet(NamedTuple):
    """A copy of a facility for one truck."""

    truck: int
    site: int
    is_last: bool


@dataclass(frozen=True)
class Model:
    """The routing model with the meaning of its nodes.

    Parameters
    ----------
    depots
        The depots that trucks use, as indices of `Problem.depots`: the first nodes. One that none uses is no node, for
        OR-Tools would demand a visit there.
    order
        The tasks in the order of their nodes.
    outlets
        Copies of facilities: the last nodes.
    """

    problem: Problem
    depots: tuple[int, ...]
    order: tuple[int, ...]
    outlets: tuple[Outlet, ...]
    manager: Any
    routing: Any

    @property
    def first_task(self) -> int:
        """Node of the first bin."""
        return len(self.depots)

    @property
    def first_outlet(self) -> int:
        """Node of the first facility copy."""
        return self.first_task + len(self.order)

    def ends_of(self, truck: Truck) -> tuple[int, int]:
        """Return the nodes where a truck starts and ends."""
        return self.depots.index(truck.start), self.depots.index(truck.end)

    def step(self, node: int) -> Step:
        """Return what a node stands for; never called with a depot."""
        if node < self.first_outlet:
            return Step(self.order[node - self.first_task])
        return Step(self.outlets[node - self.first_outlet].site, is_unloading=True)

    def bin_nodes(self) -> Iterator[tuple[int, int]]:
        """Yield each task with its node, the node first."""
        return enumerate(self.order, start=self.first_task)

    def outlet_nodes(self) -> Iterator[tuple[int, Outlet]]:
        """Yield each facility copy with its node."""
        return enumerate(self.outlets, start=self.first_outlet)
