"""A plan in the making: what is to be solved, with whom, until when; and the best tours so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import NamedTuple

from optimizer.executor import Crew, News
from optimizer.problem import EUR, Problem
from optimizer.solution import Steps, Tour
from optimizer.touring import solution_of, tour_of
from optimizer.watching import JobWatch, Watch
from tournee.domain import PlanPhase, Progress
from tournee.settings import SolverSettings

LEAST_S = 0.05
"""A search is given no less."""


class Span(NamedTuple):
    """How long a job may search: so many seconds, and until an instant of the machine's monotonic clock.

    A process takes a second to start, and the phase ends for all of its jobs at once.
    """

    seconds: float
    until_s: float = inf

    def left_s(self) -> float:
        """Return what is left of it; never nothing, so that a search may begin."""
        return max(min(self.seconds, self.until_s - monotonic()), LEAST_S)


class Phase(NamedTuple):
    """What is being done, and from which to which share of the budget."""

    name: PlanPhase
    begin: float
    end: float


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
    watch: Watch
    began_s: float = field(default_factory=monotonic)
    routes: dict[tuple[int, Steps], None] = field(default_factory=dict)
    _driven: dict[tuple[int, Steps], Tour] = field(default_factory=dict)
    phase: Phase = field(default_factory=lambda: Phase(PlanPhase.PROPOSING, 0.0, 1.0))
    best_cost: int | None = None
    share: float = 0.0

    @property
    def is_enough(self) -> bool:
        """Whether somebody wants the best plan so far."""
        return self.watch.is_enough()

    def enter(self, name: PlanPhase, begin: float, end: float) -> None:
        """Say what is done from one share of the budget to another."""
        self.phase = Phase(name, begin, end)
        self._tell(begin)

    def do_all[J, R](
        self, work: Callable[[J, JobWatch], R], jobs: Sequence[J], *, whole: bool = False
    ) -> list[R]:
        """Return what comes of the jobs of this phase; `whole` where each is about the whole problem, and so its costs."""
        shares = [0.0] * len(jobs)

        def hear(news: News) -> None:
            shares[news.job] = news.share
            if whole and news.cost is not None:
                self._met(news.cost)
            self._tell(self.phase.begin + (self.phase.end - self.phase.begin) * sum(shares) / len(shares))

        return self.crew.run_watched(work, jobs, hear)

    def made(self, name: str, steps: Sequence[Steps]) -> Made:
        """Return what tours cost by the clockwork."""
        tours = [self._tour(truck, done) for truck, done in enumerate(steps)]
        cost = solution_of(self.problem, tours).cost
        self._met(cost)
        return Made(cost, name, tours)

    def _tour(self, truck: int, steps: Steps) -> Tour:
        """Return a tour, wound on the clock once: most stay as they were while a part is routed again."""
        if (truck, steps) not in self._driven:
            self._driven[truck, steps] = tour_of(self.problem, truck, steps)
        return self._driven[truck, steps]

    def _met(self, cost: int) -> None:
        self.best_cost = cost if self.best_cost is None else min(cost, self.best_cost)

    def _tell(self, share: float) -> None:
        self.share = max(share, self.share)
        eur = None if self.best_cost is None else self.best_cost / EUR
        self.watch.tell(Progress(self.phase.name, self.share, eur))

    @property
    def spent(self) -> float:
        """How much of the time is over, as a share of the budget's: a phase may end late, but its successors share what is left."""
        return (monotonic() - self.began_s) / self.budget.max_seconds

    def span(self, share: float) -> Span:
        """Return how long it is until a share of the time is over."""
        until_s = self.began_s + share * self.budget.max_seconds
        return Span(Span(inf, until_s).left_s(), until_s)

    def spans(self, share: float, sizes: Sequence[int]) -> list[Span]:
        """Return how long each of some jobs may search if all are to be done by then: the larger, the longer."""
        left_s, until_s = self.span(share)
        of_all = self.crew.processes / max(sum(sizes), 1)
        return [Span(left_s * min(size * of_all, 1.0), until_s) for size in sizes]
