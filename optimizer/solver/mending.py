"""Tours that a model believes in -> tours that the clockwork believes in."""

from __future__ import annotations

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.solution import Step, Steps
from optimizer.solver.polish import Tours
from optimizer.touring import tour_of


def mend(insertions: Insertions, tours: Tours) -> Tours:
    """Return sound tours: where a rule breaks, bins worth little for their time go first, and musts last of all.

    Proposals know of no breaks, and the routing model sees them and shared places slightly differently from the clockwork.
    """
    problem = insertions.problem
    return [tour_of(problem, tour.truck, mend_steps(problem, tour.truck, tour.steps)) for tour in tours]


def mend_steps(problem: Problem, truck: int, steps: Steps) -> Steps:
    """Return steps that a truck can drive; those that it can are returned as they are."""
    steps = _kept_apart(problem, steps)
    while steps and not is_sound(problem, truck, steps):
        bins = [at for at, step in enumerate(steps) if not step.is_unloading]
        least = min(bins, key=lambda at: (*_worth(problem, truck, steps, at), at))
        steps = _without_empty_trips((*steps[:least], *steps[least + 1 :]))
    return steps


def _kept_apart(problem: Problem, steps: Steps) -> Steps:
    """Return steps without the bin that is worth less of each two that may not be on one truck."""
    at = {problem.tasks[step.target].bin_id: step for step in steps if not step.is_unloading}
    for first, second, _ in problem.apart:
        if first in at and second in at:
            dropped = min((first, second), key=lambda one: problem.tasks[at[one].target].price)
            steps = _without_empty_trips(tuple(step for step in steps if step != at[dropped]))
            del at[dropped]
    return steps


def _worth(problem: Problem, truck: int, steps: Steps, at: int) -> tuple[bool, float]:
    """Return whether a bin must be served, and its price for each second that leaving it saves."""
    times = problem.travel_time_s(problem.trucks[truck])
    task = problem.tasks[steps[at].target]
    before = _place(problem, steps[at - 1]) if at else 0
    after = _place(problem, steps[at + 1]) if at + 1 < len(steps) else 0
    detour_s = int(times[before, task.place] + times[task.place, after] - times[before, after])
    return task.must, task.price / max(detour_s + task.service_time_s + task.place_time_s, 1)


def _place(problem: Problem, step: Step) -> int:
    return (problem.sites if step.is_unloading else problem.tasks)[step.target].place


def _without_empty_trips(steps: Steps) -> Steps:
    return tuple(
        step
        for at, step in enumerate(steps)
        if not step.is_unloading or (at and not steps[at - 1].is_unloading)
    )
