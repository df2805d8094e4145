"""A day's problem and the tours that are driven -> better ones, near them: take a few stops out, put them where they cost least.

Ruin and recreate (Schrimpf et al. 2000, https://doi.org/10.1006/jcph.1999.6413), every place wound by the timeline:
nothing that is done moves, nothing that is locked leaves its truck or its order, and change has its price.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import log
from time import monotonic

import numpy as np

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.solver.polish import Tours, fill
from optimizer.touring import base_tour, solution_of, tour_of
from optimizer.watching import ALONE, JobWatch
from tournee.difference import num_changed, shifted_stops
from tournee.settings import DaySettings

TAKEN_MAX = 12
"""Stops taken out at once, at most."""

LEFT_TRIED = 8
"""So many bins that nobody serves, the nearest ones, are tried as well; the last step tries them all."""

HEAT = 0.002
"""At first a tour that costs this share more is taken, to get out of a dead end; the share falls to nothing."""

type Rounds = Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Order:
    """What is to be solved, from where: steps per truck as they are driven, and what each truck had to do."""

    problem: Problem
    driven: Sequence[Steps]
    usual: Rounds
    budget: DaySettings = field(default_factory=DaySettings)
    seed: int = 0


def resolve(order: Order, watch: JobWatch = ALONE) -> Solution:
    """Return the cheapest tours found, change priced; same order, same solution, unless `max_seconds` is reached.

    Where `watch` finds it enough, the cheapest so far; what a change broke is put right even then.
    """
    search = _Search(order)
    tours = search.start()
    best, best_cost = tours, search.cost(tours)
    cost, until = best_cost, monotonic() + order.budget.max_seconds
    tries = order.budget.max_iterations if search.free else 0
    for number in range(tries):
        if watch.is_due():
            watch.tell(number / tries, best_cost)
        if monotonic() > until or watch.is_enough():
            break
        other = search.neighbor(tours)
        other_cost = search.cost(other)
        heat = HEAT * best_cost * (1 - number / tries)
        if other_cost < cost - heat * log(search.random.random() or 1.0):
            tours, cost = other, other_cost
        if cost < best_cost:
            best, best_cost = tours, cost
    best = search.tidy(best)
    changed = num_changed(order.usual, _rounds(best))
    notes = {
        "solver": f"ruin and recreate, {tries} tries",
        "changed_stops": str(changed),
        "seed": str(order.seed),
    }
    return solution_of(order.problem, best, notes)


def full_cost(order: Order, solution: Solution) -> int:
    """Return what a solution costs with the price of stops that moved on their truck, which no single tour knows."""
    shifted = shifted_stops(order.usual, _rounds(solution.tours)) if order.problem.change_price else ()
    return solution.cost + len(shifted) * order.problem.change_price


class _Search:
    """What the search knows of one order."""

    def __init__(self, order: Order) -> None:
        self.order, self.problem = order, order.problem
        self.insertions = Insertions(order.problem)
        self.random = random.Random(order.seed)  # noqa: S311 - it diversifies a search, it guards nothing
        self.kept = {task for truck in order.problem.trucks for task in truck.locked}
        self.kept |= {
            done.step.target
            for truck in order.problem.trucks
            for done in truck.done
            if not done.step.is_unloading
        }
        self.free = [task for task in range(len(order.problem.tasks)) if task not in self.kept]
        places = [task.place for task in order.problem.tasks]
        times = order.problem.matrices[0].travel_time_s[np.ix_(places, places)]
        self.near = np.argsort(times, axis=1, kind="stable")

    def start(self) -> Tours:
        """Return what is driven, made sound where a change broke it, with every bin that has a place in it."""
        tours = [repaired(self.problem, truck, steps) for truck, steps in enumerate(self.order.driven)]
        fill(self.insertions, tours)
        return tours

    def cost(self, tours: Tours) -> int:
        """Return the cost of tours and of what they leave, and the price of stops that moved on their truck."""
        return full_cost(self.order, solution_of(self.problem, tours))

    def neighbor(self, tours: Tours) -> Tours:
        """Return tours with some stops taken out, and put where they cost least."""
        seed = self.random.choice(self.free)
        taken = self._taken(tours, seed)
        tours = [self._without(tour, taken) for tour in tours]
        served = {step.target for tour in tours for step in tour.steps if not step.is_unloading}
        left = (int(task) for task in self.near[seed] if task not in served and task not in taken)
        waiting = [*sorted(taken), *islice(left, LEFT_TRIED)]
        self.random.shuffle(waiting)
        by = self.random.choice(["chance", "price", "size"])
        if by != "chance":
            tasks = self.problem.tasks
            waiting.sort(key=lambda one: -tasks[one].price if by == "price" else -tasks[one].demand_kg)
        for task in waiting:
            if found := self.insertions.cheapest(task, tours, below=self.problem.tasks[task].price):
                tours[found.tour.truck] = found.tour
        return tours

    def tidy(self, tours: Tours) -> Tours:
        """Return tours from which no optional bin is better left: the reasons given to people are true as they stand."""
        tours = list(tours)
        while self._leave_one(tours) or fill(self.insertions, tours):
            pass
        return tours

    def _leave_one(self, tours: Tours) -> bool:
        for number, tour in enumerate(tours):
            for step in tour.steps:
                if step.is_unloading or step.target in self.kept:
                    continue
                without = self._without(tour, {step.target})
                if tour.cost - without.cost > self.problem.tasks[step.target].price:
                    tours[number] = without
                    return True
        return False

    def _taken(self, tours: Tours, seed: int) -> set[int]:
        """Return stops near one, or side by side with it on its tour."""
        free = self.free
        size = self.random.randint(1, min(TAKEN_MAX, len(free)))
        if self.random.random() < 1 / 2:
            near = (int(task) for task in self.near[seed])
            return set([task for task in near if task not in self.kept][:size])
        row = next((tour.steps for tour in tours if Step(seed) in tour.steps), ())
        at = row.index(Step(seed)) if row else 0
        string = [step.target for step in row[at:] if not step.is_unloading and step.target not in self.kept]
        return set(string[:size])

    def _without(self, tour: Tour, taken: set[int]) -> Tour:
        if not any(step.target in taken and not step.is_unloading for step in tour.steps):
            return tour
        kept = tuple(step for step in tour.steps if step.is_unloading or step.target not in taken)
        return _as_tour(self.problem, tour.truck, without_empty_trips(kept))


def repaired(problem: Problem, truck: int, steps: Steps) -> Tour:
    """Return the tour of steps; where it breaks a rule, unloadings go elsewhere, then bins come out, those worth least first."""
    means = problem.trucks[truck]
    base = base_tour(problem, truck)
    if means.is_over:
        return base
    steps = _open_outlets(problem, truck, steps)
    while steps and not is_sound(problem, truck, steps):
        bins = [at for at, step in enumerate(steps) if at >= len(means.done) and not step.is_unloading]
        if not bins:
            return base
        tasks = problem.tasks
        least = min(bins, key=lambda at: _worth(means.locked, tasks[steps[at].target].price, steps[at]))
        steps = without_empty_trips((*steps[:least], *steps[least + 1 :]))
    return _as_tour(problem, truck, steps)


def _worth(locked: Sequence[int], price: int, step: Step) -> tuple[bool, int, int]:
    return step.target in locked, price, -step.target


def _open_outlets(problem: Problem, truck: int, steps: Steps) -> Steps:
    """Return steps whose unloadings lie at facilities that are still open, each at the nearest on its way."""
    times = problem.travel_time_s(problem.trucks[truck])
    found = list(steps)
    for at in range(len(problem.trucks[truck].done), len(steps)):
        if not steps[at].is_unloading or problem.sites[steps[at].target].windows or not at:
            continue
        stream = problem.tasks[steps[at - 1].target].stream
        here = problem.tasks[steps[at - 1].target].place
        ways = [
            (int(times[here, site.place]), number)
            for number, site in enumerate(problem.sites)
            if site.windows and stream in site.streams
        ]
        if ways:
            found[at] = Step(min(ways)[1], is_unloading=True)
    return tuple(found)


def _as_tour(problem: Problem, truck: int, steps: Steps) -> Tour:
    """Return the tour of steps, at least what the truck must still do: unload, and come home."""
    is_bare = len(steps) <= len(problem.trucks[truck].done)
    return base_tour(problem, truck) if is_bare else tour_of(problem, truck, steps)


def _rounds(tours: Sequence[Tour]) -> dict[int, list[int]]:
    return {tour.truck: [step.target for step in tour.steps if not step.is_unloading] for tour in tours}


def without_empty_trips(steps: Steps) -> Steps:
    """Return steps without the unloadings of a truck that carries nothing."""
    return tuple(
        step
        for at, step in enumerate(steps)
        if not step.is_unloading or (at and not steps[at - 1].is_unloading)
    )
