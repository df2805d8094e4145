"""A problem's parts: neighboring routes with their bins, a problem of their own, solved as if there were no others.

Cut along whole routes, a solution of a part is one of the whole; cut elsewhere the next time, no border stays.
Taillard and Voss (2002), POPMUSIC, https://doi.org/10.1007/978-1-4615-1507-4_27.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.matrix import Matrix
from optimizer.problem import Problem, Task
from optimizer.solution import Step, Steps

PART, PART_ROUTES = 250, 12
"""Bins of a part, and rounds of an average number of bins: whichever is more."""

PARTS_LEAST = 2
"""However long the rounds are, there is more than one part where each has bins enough: one would keep one process busy."""

ELSEWHERE = -1
"""The usual truck of a bin in a part that has not got that truck: whichever comes is another."""


@dataclass(frozen=True)
class Part:
    """Some bins and trucks of a problem as a problem of their own, and what its numbers are in the whole."""

    problem: Problem
    tasks: tuple[int, ...]
    trucks: tuple[int, ...]

    def inside(self, steps: Steps) -> Steps:
        """Return steps of the whole in the part's numbers."""
        number = {task: at for at, task in enumerate(self.tasks)}
        return tuple(step if step.is_unloading else Step(number[step.target]) for step in steps)

    def outside(self, steps: Steps) -> Steps:
        """Return steps of the part in the whole's numbers."""
        return tuple(step if step.is_unloading else Step(self.tasks[step.target]) for step in steps)


def part_of(problem: Problem, tasks: Sequence[int], trucks: Sequence[int]) -> Part:
    """Return the part with some bins and trucks, all depots, and all facilities."""
    chosen = [problem.tasks[task] for task in tasks]
    yards = [yard.place for yard in problem.other_depots]
    places = np.unique([0, *yards, *(one.place for one in chosen), *(site.place for site in problem.sites)])
    place = {int(old): new for new, old in enumerate(places)}
    return Part(
        replace(
            problem,
            tasks=tuple(_moved(task, place[task.place], trucks) for task in chosen),
            sites=tuple(replace(site, place=place[site.place]) for site in problem.sites),
            trucks=tuple(problem.trucks[truck] for truck in trucks),
            matrices=tuple(_cut(matrix, places) for matrix in problem.matrices),
            other_depots=tuple(replace(yard, place=place[yard.place]) for yard in problem.other_depots),
            aside=(),
        ),
        tuple(tasks),
        tuple(trucks),
    )


def _moved(task: Task, place: int, trucks: Sequence[int]) -> Task:
    allowed = task.trucks
    if allowed is not None or task.locked_to is not None:
        allowed = frozenset(at for at, truck in enumerate(trucks) if task.allows(truck))
    usual = task.usual_truck
    if usual is not None:
        usual = trucks.index(usual) if usual in trucks else ELSEWHERE
    return replace(task, place=place, trucks=allowed, locked_to=None, usual_truck=usual)


def _cut(matrix: Matrix, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Matrix:
    grid = np.ix_(places, places)
    return Matrix(matrix.travel_time_s[grid], matrix.distance_m[grid], matrix.source, matrix.is_estimate)


def slices(problem: Problem, size: int) -> list[Part]:
    """Return parts of at most about `size` bins that lie together, before there are any routes: each bin and truck in one.

    Bins go to the nearest depot that has trucks, and its ground is halved again and again between two bins far apart.
    """
    metres = problem.matrices[0].distance_m
    trucks: dict[int, list[int]] = {}
    for number, truck in enumerate(problem.trucks):
        trucks.setdefault(truck.start, []).append(number)
    yards = sorted(trucks)
    places = np.asarray([task.place for task in problem.tasks])
    nearest = np.argmin(metres[[problem.depots[yard].place for yard in yards]][:, places], axis=0)
    parts = []
    for at, yard in enumerate(yards):
        own = [int(task) for task in np.flatnonzero(nearest == at)]
        groups = [] if not own else _halved(problem, own, max(size, len(own) // len(trucks[yard])))
        for number, tasks in enumerate(groups):
            parts.append(part_of(problem, tasks, trucks[yard][number :: len(groups)]))
    return parts


def _halved(problem: Problem, tasks: list[int], size: int) -> list[list[int]]:
    if len(tasks) <= size:
        return [tasks]
    places = [problem.tasks[task].place for task in tasks]
    metres = problem.matrices[0].distance_m
    one = places[int(np.argmax(metres[places[0], places]))]
    other = places[int(np.argmax(metres[one, places]))]
    nearer = np.argsort(metres[one, places] - metres[other, places], kind="stable")
    half = len(tasks) // 2
    return [
        group
        for side in (nearer[:half], nearer[half:])
        for group in _halved(problem, [tasks[int(at)] for at in side], size)
    ]


def neighborhoods(problem: Problem, tours: Sequence[Steps], size: int, seed: int) -> list[Part]:
    """Return even parts of about `size` bins: each a route drawn by lot, and those nearest to it that no part has yet.

    `tours` holds the steps of every truck. Unserved bins join the part nearest to them, trucks at home one of each kind a part.
    """
    chance = random.Random(seed)  # noqa: S311 - it moves borders about, it guards nothing
    middles = {truck: _middle(problem, steps) for truck, steps in enumerate(tours) if steps}
    metres = problem.matrices[0].distance_m
    free = sorted(middles)
    chance.shuffle(free)
    num_bins = sum(_num_bins(tours[truck]) for truck in free)
    num_parts = max(round(num_bins / size), 1)
    groups: list[list[int]] = []
    while free:
        first = middles[free[0]]
        near = sorted(free, key=lambda truck: (truck != free[0], int(metres[first, middles[truck]])))
        groups.append([])
        bins = 0
        for truck in near:
            is_full = bins + _num_bins(tours[truck]) / 2 > num_bins / num_parts
            if groups[-1] and is_full and len(groups) < num_parts:
                break
            groups[-1].append(truck)
            bins += _num_bins(tours[truck])
        free = [truck for truck in free if truck not in groups[-1]]
    return list(_parts(problem, tours, groups, middles))


def part_size(tours: Sequence[Steps]) -> int:
    """Return how many bins to put into a part of these tours."""
    sizes = [_num_bins(steps) for steps in tours if steps]
    several = min(PART_ROUTES * sum(sizes) // max(len(sizes), 1), sum(sizes) // PARTS_LEAST)
    return max(PART, several)


def _parts(
    problem: Problem, tours: Sequence[Steps], groups: Sequence[Sequence[int]], middles: dict[int, int]
) -> Iterator[Part]:
    metres = problem.matrices[0].distance_m
    tasks = [
        [step.target for truck in group for step in tours[truck] if not step.is_unloading] for group in groups
    ]
    served = {task for group in tasks for task in group}
    for task in range(len(problem.tasks)):
        if task not in served:
            place = problem.tasks[task].place
            nearest = min(
                range(len(groups)),
                key=lambda at: min(int(metres[place, middles[one]]) for one in groups[at]),
            )
            tasks[nearest].append(task)
    spare = [truck for truck, steps in enumerate(tours) if not steps]
    for number, (group, bins) in enumerate(zip(groups, tasks, strict=True)):
        yield part_of(problem, bins, [*group, *spare[number :: len(groups)][:SPARE]])


SPARE = 2
"""Trucks at home that a part may send out besides its own."""


def _num_bins(steps: Steps) -> int:
    return sum(not step.is_unloading for step in steps)


def _middle(problem: Problem, steps: Steps) -> int:
    """Return the place of the bin that is nearest to all the others of a route."""
    places = [problem.tasks[step.target].place for step in steps if not step.is_unloading]
    metres = problem.matrices[0].distance_m[np.ix_(places, places)]
    return places[int(np.argmin(metres.sum(axis=0) + metres.sum(axis=1)))]
