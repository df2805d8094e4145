"""Sound tours made by hand, for tests that need some: quick, seeded, and nothing to do with how plans are made."""

from __future__ import annotations

import random

from optimizer.insertion import Insertions
from optimizer.solution import Tour
from optimizer.touring import tour_of


def hand_made(insertions: Insertions, seed: int = 0) -> list[Tour]:
    """Return one sound tour per truck, empty ones included: musts and far bins go in first, each where it is cheapest."""
    problem, chance = insertions.problem, random.Random(seed)
    tours = [tour_of(problem, truck, ()) for truck in range(len(problem.trucks))]
    metres = problem.distance_m(problem.trucks[0])[0]
    order = sorted(range(len(problem.tasks)), key=lambda one: -metres[problem.tasks[one].place])
    if seed:
        chance.shuffle(order)
    for task in sorted(order, key=lambda one: not problem.tasks[one].must):
        if found := insertions.cheapest(task, tours):
            tours[found.tour.truck] = found.tour
    return tours
