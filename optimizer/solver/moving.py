"""A bin, a trip or a round from where it is to where it is better: what the search may miss between trucks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.solution import Step, Steps, Tour
from optimizer.touring import tour_of

MOVED_MAX = 15
"""Bins up to which every one is looked at: their number squared in places, each wound on the clock."""


def relocate(insertions: Insertions, tours: list[Tour]) -> bool:
    """Move in place each bin that another truck, trip or position serves for less; tell whether any moved."""
    problem = insertions.problem
    if len(problem.tasks) > MOVED_MAX:
        return False
    changed = False
    for task in range(len(problem.tasks)):
        truck, at = _where(tours, task)
        if at < len(problem.trucks[truck].done):  # left, or emptied already
            continue
        steps = _without(tours[truck].steps, at)
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


def hand_over(insertions: Insertions, tours: list[Tour]) -> bool:
    """Give in place whole trips to other trucks where that costs less, as shared hours may; tell whether any went."""
    problem = insertions.problem
    if len(problem.tasks) > MOVED_MAX:
        return False
    changed = False
    for giver, taker in permutations(range(len(tours)), 2):
        for first, last in _trips(tours[giver].steps):
            given, kept = (
                tours[giver].steps[first:last],
                tours[giver].steps[:first] + tours[giver].steps[last:],
            )
            if first < len(problem.trucks[giver].done) or (kept and not is_sound(problem, giver, kept)):
                continue
            before = tours[giver].cost + tours[taker].cost
            left = tour_of(problem, giver, kept)
            better = _taken(problem, tours[taker], given, before - left.cost)
            if better:
                tours[giver], tours[taker], changed = left, better, True
                break  # its trips are others now
    return changed


def bring_forward(problem: Problem, tours: Sequence[Tour]) -> list[Tour]:
    """Return the tours with rounds given to trucks at home whose shift begins earlier, where that costs no more.

    To a solver they are the same. To people they are not: what is emptied in the morning can't run over at noon.
    """
    moved = list(tours)

    def begins_s(truck: int) -> int:
        return problem.trucks[truck].duty.start_s

    for late in sorted(tours, key=lambda tour: begins_s(tour.truck)):
        if not late.steps or problem.trucks[late.truck].done:
            continue
        home = [
            tour.truck for tour in moved if not tour.steps and begins_s(tour.truck) < begins_s(late.truck)
        ]
        for truck in sorted(home, key=begins_s):
            if is_sound(problem, truck, late.steps) and _can_take(problem, truck, late.steps):
                early = tour_of(problem, truck, late.steps)
                if early.cost <= late.cost:
                    moved[truck], moved[late.truck] = early, tour_of(problem, late.truck, ())
                    break
    return moved


def _can_take(problem: Problem, truck: int, steps: Steps) -> bool:
    return all(step.is_unloading or problem.takes(truck, problem.tasks[step.target]) for step in steps)


def _taken(problem: Problem, tour: Tour, trip: Steps, below: int) -> Tour | None:
    """Return a tour with one trip more, between its own, that costs less than so much."""
    ends = [len(problem.trucks[tour.truck].done), *(last for _, last in _trips(tour.steps))]
    for at in dict.fromkeys(ends):
        steps = (*tour.steps[:at], *trip, *tour.steps[at:])
        if _can_take(problem, tour.truck, trip) and is_sound(problem, tour.truck, steps):
            longer = tour_of(problem, tour.truck, steps)
            if longer.cost < below:
                return longer
    return None


def _trips(steps: Steps) -> list[tuple[int, int]]:
    ends = [at + 1 for at, step in enumerate(steps) if step.is_unloading]
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def _where(tours: list[Tour], task: int) -> tuple[int, int]:
    """Return the truck that serves a bin and the position in its steps; position -1 where none does."""
    step = Step(task)
    return next(
        ((truck, tour.steps.index(step)) for truck, tour in enumerate(tours) if step in tour.steps), (0, -1)
    )


def _without(steps: Steps, at: int) -> Steps:
    """Return the steps without one bin, and without the unloading that only it needed."""
    begins = at == 0 or steps[at - 1].is_unloading
    alone = begins and at + 1 < len(steps) and steps[at + 1].is_unloading
    return (*steps[:at], *steps[at + (2 if alone else 1) :])
