"""PyVRP proposes: quick and good on what it can be told; the clockwork makes it true.

Each proposal brings the routes of the good solutions that its search passed through, not of the last one only: parts
of different solutions make a better one together (`recombine`).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

import numpy as np
import pyvrp
from pyvrp import IteratedLocalSearchCallbacks, IteratedLocalSearchParams, PenaltyParams, SolveParams
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement, StoppingCriterion

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.solution import Step, Steps
from optimizer.solver.legs import FORBIDDEN_M, FORBIDDEN_S
from optimizer.solver.mending import mend_steps
from optimizer.solver.plain import Kind, Plain, Telling, plain_of
from optimizer.solver.polish import polish
from optimizer.solver.work import Span
from optimizer.touring import solution_of, tour_of
from optimizer.watching import ALONE, JobWatch

KEPT = 12
"""Solutions of one proposal whose routes are kept: the last best ones that it met."""

PROBE = 300
"""Iterations within which a search that must serve every must has to find a way, or leaves it to prices."""

PENALTY_LEGS = (3, 300)
"""Few pass better through unsound routes, many find sound ones sooner; no one number suits every problem, so seeds take turns."""

PENALTY_MAX = 1e10
"""A unit of overload never costs more: far beyond what a leg costs, and small enough to be added up."""

SAMPLE = 200
"""Rows of the matrices that tell what an average leg costs."""

SEED_MAX = 2**32

PATIENCE = 400
"""Iterations without a better solution, per bin, after which a search of few bins has found what it can find."""

LOOKS_BACK = 150
"""A search takes a solution that is better than the one so many iterations ago was; PyVRP's own number is 300.

Late acceptance: Burke and Bykov (2017), https://doi.org/10.1016/j.ejor.2016.07.012."""

LOOKS_BACK_LEAST, LOOKS_BACK_SHARE = 7, 1 / 40
"""Few iterations are no time for looking so far back, and more than such a share of them did not pay.

Within 1,000 iterations on 200 bins (X-n200-k36) a search that looks 7 back comes to 0.7 % above the best known, one that looks
60 back to 1.0 and one that looks 300 back to 1.5 %. Too few cost too: within 2,500 iterations ten days of 150 bins with every rule
end 1.9 % dearer with 19 back than with 300, and 0.3 % with 62."""

PRICING_SHARE = 0.01
"""Of a search's time, at most so much for telling what its best costs."""

TOLD = Telling()


@dataclass(frozen=True, slots=True)
class Quest:
    """What to propose for.

    Parameters
    ----------
    start
        Steps per truck to begin with; none: from nothing.
    iterations, span
        The search ends with whichever comes first; a plan is repeatable where it is the iterations.
    penalty_legs
        How many average legs the load of an average bin costs, at first, where it is too much.
    looks_back_most
        Iterations that the search looks back, at most: the further, the more it looks about, and the later it comes down.
    """

    problem: Problem
    seed: int
    iterations: int
    span: Span
    telling: Telling = TOLD
    start: tuple[Steps, ...] = ()
    penalty_legs: int = PENALTY_LEGS[0]
    looks_back_most: int = LOOKS_BACK

    @property
    def looks_back(self) -> int:
        """Iterations that the search looks back, which are few where it is short."""
        return min(max(int(self.iterations * LOOKS_BACK_SHARE), LOOKS_BACK_LEAST), self.looks_back_most)


class Proposal(NamedTuple):
    """What one search found: sound steps per truck, and more sound routes, each with a truck that can drive it."""

    tours: list[Steps]
    routes: list[tuple[int, Steps]]


def propose(quest: Quest, watch: JobWatch = ALONE) -> Proposal:
    """Return what PyVRP proposes, made sound and polished: bins that a truck has no room or time for go elsewhere."""
    for must_serve in (True, False):
        telling = quest.telling._replace(must_serve=must_serve)
        plain = plain_of(quest.problem, telling)
        if plain is None:
            break
        found = _search(quest, plain, telling, watch)
        if found[0].is_feasible() or not must_serve:
            return _read(quest.problem, plain, found)
    return Proposal([() for _ in quest.problem.trucks], [])


class _Penalties(PenaltyParams):
    """Penalties that begin where the load of an average bin, too much, costs a few or many average legs.

    PyVRP's own begin at 50,000 a unit and end at 100,000, whatever a leg costs: on costs as small as metres a search spends
    30,000 iterations on coming down, and on costs as large as ours it can't come up.
    """

    def __init__(self, legs: int) -> None:
        super().__init__(max_penalty=PENALTY_MAX)
        self._legs = legs

    def midpoint_penalties(self, data: pyvrp.ProblemData) -> tuple[list[float], float, float]:
        """Return what a unit of too much load, of lateness and of distance costs at first."""
        return _first_penalties(data, self._legs)


def _first_penalties(data: pyvrp.ProblemData, legs: int) -> tuple[list[float], float, float]:
    kind = data.vehicle_types()[0]
    metres = data.distance_matrix(kind.profile)[:SAMPLE]
    seconds = data.duration_matrix(kind.profile)[:SAMPLE]
    there = (metres < FORBIDDEN_M) & (seconds < FORBIDDEN_S)
    if not there.any() or not data.num_clients:
        return [1.0] * data.num_load_dimensions, 1.0, 1.0
    metre, second = max(float(metres[there].mean()), 1.0), max(float(seconds[there].mean()), 1.0)
    cost = max(kind.unit_distance_cost * metre + kind.unit_duration_cost * second, 1.0)
    loads = np.asarray([client.pickup for client in data.clients()], dtype=float).mean(axis=0)
    cost *= legs
    return [cost / max(float(load), 1.0) for load in loads], cost / second, cost / metre


class _Passed(IteratedLocalSearchCallbacks):
    """Remembers the best solutions that a search met, the last ones first."""

    def __init__(self) -> None:
        self.met: list[pyvrp.Solution] = []

    def on_best(self, best: pyvrp.Solution) -> None:
        self.met = [best, *self.met[: KEPT - 1]]


class _Probe:
    """Ends a search that has not found a way to serve every must."""

    def __init__(self) -> None:
        self.iterations = 0

    def __call__(self, best_cost: float) -> bool:
        self.iterations += 1
        return self.iterations > PROBE and best_cost >= NOT_FEASIBLE


NOT_FEASIBLE = 2**62
"""What PyVRP says that an infeasible solution costs, or more."""


class _Watched:
    """Ends a search in time or where that is enough, and tells now and then how far it is, and what its best costs in truth.

    PyVRP's own clock starts after the first solution, which takes seconds for a thousand bins.
    """

    def __init__(self, quest: Quest, plain: Plain, passed: _Passed, watch: JobWatch) -> None:
        self.quest, self.plain, self.passed, self.watch = quest, plain, passed, watch
        self.iterations, self.began_s = 0, monotonic()
        self.ends_s = self.began_s + quest.span.left_s()
        self.priced: pyvrp.Solution | None = None
        self.price_from_s = self.began_s

    def __call__(self, best_cost: float) -> bool:  # noqa: ARG002 - PyVRP's signature
        self.iterations += 1
        if self.watch.is_due():
            by_clock = (monotonic() - self.began_s) / self.quest.span.seconds
            self.watch.tell(max(self.iterations / self.quest.iterations, by_clock), self.cost())
        return monotonic() >= self.ends_s or self.watch.is_enough()

    def cost(self) -> int | None:
        """Return what the best routes cost by the clockwork, where PyVRP has feasible new ones; seldom: it takes time."""
        began_s = monotonic()
        best = self.passed.met[0] if self.passed.met else None
        if best is None or best is self.priced or not best.is_feasible() or began_s < self.price_from_s:
            return None
        problem, self.priced = self.quest.problem, best
        tours, _ = _mended(problem, self.plain, [best])
        made = solution_of(problem, [tour_of(problem, truck, steps) for truck, steps in enumerate(tours)])
        now_s = monotonic()
        self.price_from_s = now_s + (now_s - began_s) / PRICING_SHARE
        return made.cost


def _search(quest: Quest, plain: Plain, telling: Telling, watch: JobWatch) -> list[pyvrp.Solution]:
    passed = _Passed()
    ends: list[StoppingCriterion] = [
        MaxIterations(quest.iterations),
        NoImprovement(PATIENCE * len(quest.problem.tasks)),
        _Watched(quest, plain, passed, watch),
    ]
    stop = MultipleCriteria([*ends, _Probe()] if telling.must_serve else ends)
    start = _start(quest, plain)
    with warnings.catch_warnings():
        # A town where nothing fits makes PyVRP's penalties hit their bound, and it says so; the clockwork judges anyway.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        result = pyvrp.solve(
            plain.data,
            stop,
            quest.seed % SEED_MAX,
            collect_stats=False,
            params=SolveParams(
                ils=IteratedLocalSearchParams(history_length=quest.looks_back, callbacks=passed),
                penalty=_Penalties(quest.penalty_legs),
            ),
            initial_solution=start,
        )
    return [result.best, *passed.met]


def _start(quest: Quest, plain: Plain) -> pyvrp.Solution | None:
    """Return the start in PyVRP's terms: each last unloading is part of its way home."""
    if not quest.start:
        return None
    client_of = {task: client for client, task in reversed(list(enumerate(plain.tasks)))}
    reload_of = {site: at for at, site in reversed(list(enumerate(plain.sites)))}
    routes = []
    for number, kind in enumerate(plain.kinds):
        for truck in kind.trucks:
            steps = quest.start[truck]
            if steps and steps[-1].is_unloading:
                steps = steps[:-1]
            if any(step.target not in client_of for step in steps if not step.is_unloading):
                return None
            visits = [
                pyvrp.Activity(pyvrp.ActivityType.DEPOT, plain.first_site + reload_of[step.target])
                if step.is_unloading
                else pyvrp.Activity(pyvrp.ActivityType.CLIENT, client_of[step.target])
                for step in steps
            ]
            if visits:
                routes.append(pyvrp.Route(plain.data, visits, number))
    return pyvrp.Solution(plain.data, routes)


def _read(problem: Problem, plain: Plain, solutions: Sequence[pyvrp.Solution]) -> Proposal:
    best, routes = _mended(problem, plain, solutions)
    tours = polish(Insertions(problem), [tour_of(problem, truck, steps) for truck, steps in enumerate(best)])
    return Proposal([tour.steps for tour in tours], routes)


def _mended(problem: Problem, plain: Plain, solutions: Sequence[pyvrp.Solution]) -> Proposal:
    """Return the first solution's tours and the routes of all, made sound."""
    mended: dict[tuple[int, Steps], Steps] = {}
    best: list[Steps] = [() for _ in problem.trucks]
    for number, solution in enumerate(solutions):
        free = [list(kind.trucks) for kind in plain.kinds]
        for route in solution.routes():
            kind = plain.kinds[route.vehicle_type()]
            steps = _steps(plain, kind, route)
            key = kind.trucks[0], steps
            if key not in mended:
                mended[key] = mend_steps(problem, kind.trucks[0], _unloaded(problem, kind.trucks[0], steps))
            if number == 0:
                best[free[route.vehicle_type()].pop(0)] = mended[key]
    routes = dict.fromkeys((truck, steps) for (truck, _), steps in mended.items() if steps)
    return Proposal(best, list(routes))


def _steps(plain: Plain, kind: Kind, route: pyvrp.Route) -> Steps:
    """Return a route in our terms, with the unloading that its way home stands for."""
    steps: list[Step] = []
    for stop in route:
        if stop.is_client():
            steps.append(Step(plain.tasks[stop.idx]))
        elif stop.idx >= plain.first_site and steps and not steps[-1].is_unloading:
            steps.append(Step(plain.sites[stop.idx - plain.first_site], is_unloading=True))
    if steps and not steps[-1].is_unloading and kind.last_sites:
        steps.append(Step(kind.last_sites[steps[-1].target], is_unloading=True))
    return tuple(steps)


def _unloaded(problem: Problem, truck: int, steps: Steps) -> Steps:
    """Return the steps with another last facility where the cheapest is closed by then, if another makes them sound."""
    if not steps or not steps[-1].is_unloading or is_sound(problem, truck, steps):
        return steps
    for number, site in enumerate(problem.sites):
        other = (*steps[:-1], Step(number, is_unloading=True))
        if problem.tasks[steps[-2].target].stream in site.streams and is_sound(problem, truck, other):
            return other
    return steps
