"""A bin from where it is to where it costs less: what the search may miss between trucks, where few bins leave time to look."""

from __future__ import annotations

from optimizer.insertion import Insertions, is_sound
from optimizer.solution import Steps, Tour
from optimizer.touring import tour_of

MOVED_MAX = 40
"""Bins up to which every one is looked at: their number squared in places, each wound on the clock."""


def relocate(insertions: Insertions, tours: list[Tour]) -> bool:
    """Move in place each bin that another truck, trip or position serves for less; tell whether any moved."""
    problem = insertions.problem
    if len(problem.tasks) > MOVED_MAX:
        return False
    changed = False
    for task in range(len(problem.tasks)):
        at = _where(tours, task)
        if at is None:
            continue
        truck, steps = at
        if steps and not is_sound(problem, truck, steps):
            continue
        without = [*tours]
        without[truck] = tour_of(problem, truck, steps)
        gain = tours[truck].cost - without[truck].cost
        found = insertions.cheapest(task, without, below=gain)
        if found and found.extra < gain:
            without[found.tour.truck] = found.tour
            tours[:], changed = without, True
    return changed


def _where(tours: list[Tour], task: int) -> tuple[int, Steps] | None:
    """Return the truck that serves a bin, and what it does without it."""
    for truck, tour in enumerate(tours):
        for at, step in enumerate(tour.steps):
            if step.target == task and not step.is_unloading:
                return truck, _without(tour.steps, at)
    return None


def _without(steps: Steps, at: int) -> Steps:
    """Return the steps without one bin, and without the unloading that only it needed."""
    begins = at == 0 or steps[at - 1].is_unloading
    alone = begins and at + 1 < len(steps) and steps[at + 1].is_unloading
    return (*steps[:at], *steps[at + (2 if alone else 1) :])
