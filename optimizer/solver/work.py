"""A plan in the making: what is to be solved, with whom, until when; and the best tours so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from optimizer.executor import Crew
from optimizer.problem import Problem
from optimizer.solution import Steps, Tour
from optimizer.touring import solution_of, tour_of
from tournee.settings import SolverSettings


class Made(NamedTuple):
    """Sound tours, one per truck, what they cost, and who made them."""

    cost: int
    name: str
    tours: list[Tour]


@dataclass
class Work:
    """One call of `solve`. `routes` gathers every sound route met, each with a truck that can drive it."""

    problem: Problem
    budget: SolverSettings
    seed: int
    crew: Crew
    began_s: float = field(default_factory=monotonic)
    routes: dict[tuple[int, Steps], None] = field(default_factory=dict)

    def made(self, name: str, steps: Sequence[Steps]) -> Made:
        """Return what tours cost by the clockwork."""
        tours = [tour_of(self.problem, truck, done) for truck, done in enumerate(steps)]
        return Made(solution_of(self.problem, tours).cost, name, tours)

    def seconds_until(self, share: float) -> float:
        """Return how long it is until a share of the time is over; never nothing, so that a search may begin."""
        return max(self.began_s + share * self.budget.max_seconds - monotonic(), 0.05)

    def rounds_of(self, jobs: int) -> int:
        """Return how many jobs a process does one after the other."""
        return -(-jobs // self.crew.processes)
