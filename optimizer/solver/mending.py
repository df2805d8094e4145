"""Tours that a model believes in -> tours that the clockwork believes in."""

from __future__ import annotations

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.solution import Steps
from optimizer.solver.construction import Tours
from optimizer.touring import tour_of


def mend(insertions: Insertions, tours: Tours) -> Tours:
    """Return sound tours: where a rule breaks, the cheapest bins go first, and musts only when nothing else is left.

    The routing model sees breaks and shared places slightly differently from the clockwork, so this is rare.
    """
    return [
        tour_of(insertions.problem, tour.truck, _mended(insertions.problem, tour.truck, tour.steps))
        for tour in tours
    ]


def _mended(problem: Problem, truck: int, steps: Steps) -> Steps:
    while steps and not is_sound(problem, truck, steps):
        bins = [at for at, step in enumerate(steps) if not step.is_unloading]
        cheapest = min(bins, key=lambda at: (problem.tasks[steps[at].target].price, at))
        steps = _without_empty_trips((*steps[:cheapest], *steps[cheapest + 1 :]))
    return steps


def _without_empty_trips(steps: Steps) -> Steps:
    return tuple(
        step
        for at, step in enumerate(steps)
        if not step.is_unloading or (at and not steps[at - 1].is_unloading)
    )
