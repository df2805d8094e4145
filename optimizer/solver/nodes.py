"""What the nodes of the routing model stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from optimizer.problem import Problem
from optimizer.solution import Step


class Outlet(NamedTuple):
    """A copy of a facility for one truck."""

    truck: int
    site: int
    is_last: bool


@dataclass(frozen=True)
class Model:
    """The routing model with the meaning of its nodes; `order` lists the tasks in the order of their nodes."""

    problem: Problem
    order: tuple[int, ...]
    outlets: tuple[Outlet, ...]
    manager: Any
    routing: Any

    @property
    def first_outlet(self) -> int:
        """Node of the first facility copy."""
        return 1 + len(self.order)

    def step(self, node: int) -> Step:
        """Return what a node stands for; never called with the depot."""
        if node < self.first_outlet:
            return Step(self.order[node - 1])
        return Step(self.outlets[node - self.first_outlet].site, is_unloading=True)

    def outlet_nodes(self) -> Iterator[tuple[int, Outlet]]:
        """Yield each facility copy with its node."""
        return enumerate(self.outlets, start=self.first_outlet)
