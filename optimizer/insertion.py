"""Where one more bin would fit, and what it would cost: recomputed by the timeline, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from optimizer.problem import Problem, Task, Truck
from optimizer.solution import Step, Steps, Tour
from optimizer.touring import tour_of, visits_of
from tournee.timeline import outcome
from tournee.timeline_check import broken_caps, broken_loads

FAR = 10**15
"""Cost of a leg that does not exist."""


class Insertion(NamedTuple):
    """One more bin on a tour: the tour with it, and what it adds, in cost units."""

    tour: Tour
    extra: int


class _Place(NamedTuple):
    """A possible place in a tour with the cost of its detour, waiting not counted."""

    estimate: float
    truck: int
    steps: Steps


class Insertions:
    """Finds the cheapest feasible place for a bin. Made once per problem: it keeps the cost of every leg."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._legs = [_leg_costs(problem, truck) for truck in problem.trucks]

    def cheapest(self, task: int, tours: Sequence[Tour], below: float = FAR) -> Insertion | None:
        """Return the cheapest feasible way to serve one more bin; None where no tour can take it for less than `below`.

        `tours` holds one tour per truck, in their order, empty ones included. Places whose detour alone costs `below`
        or more are not tried on the clock, which is nearly all of them where a bin is hardly worth a detour.
        """
        best: Insertion | None = None
        able = [tour for tour in tours if _keeps_caps(self.problem, tour, task)]
        for place in sorted(self.places(task, able), key=lambda place: (place.estimate, place.truck)):
            if place.estimate >= (best.extra if best else below):
                break
            if is_sound(self.problem, place.truck, place.steps):
                tour = tour_of(self.problem, place.truck, place.steps)
                extra = tour.cost - tours[place.truck].cost
                if extra < (best.extra if best else below):
                    best = Insertion(tour, extra)
        return best

    def places(self, task: int, tours: Sequence[Tour]) -> Iterator[_Place]:
        """Yield every place that streams and loads allow, with the cost of its detour; times are not looked at."""
        for tour in tours:
            truck = self.problem.trucks[tour.truck]
            if self.problem.takes(tour.truck, self.problem.tasks[task]):
                yield from self._inside(task, tour, truck)
                if sum(step.is_unloading for step in tour.steps) < self.problem.reload_max:
                    yield from self._as_new_trip(task, tour, truck)

    def _inside(self, task: int, tour: Tour, truck: Truck) -> Iterator[_Place]:
        bin_ = self.problem.tasks[task]
        legs = self._legs[tour.truck]
        for first, last in _trips(tour.steps):
            if not _has_room(self.problem, truck, tour.steps[first:last], bin_):
                continue
            for at in range(first, last + 1):
                before = self._at(tour, at - 1)
                after = self._at(tour, at)
                detour = legs[before][bin_.place] + legs[bin_.place][after] - legs[before][after]
                standing = bin_.service_time_s + self._setup_s(tour.steps, at, bin_)
                steps = (*tour.steps[:at], Step(task), *tour.steps[at:])
                yield _Place(detour + standing * truck.second_cost, tour.truck, steps)

    def _as_new_trip(self, task: int, tour: Tour, truck: Truck) -> Iterator[_Place]:
        bin_ = self.problem.tasks[task]
        legs = self._legs[tour.truck]
        for at in (0, *(last + 1 for _, last in _trips(tour.steps))):
            before, after = self._at(tour, at - 1), self._at(tour, at)
            for number, site in enumerate(self.problem.sites):
                if bin_.stream not in site.streams:
                    continue
                driven = legs[before][bin_.place] + legs[bin_.place][site.place] + legs[site.place][after]
                saved = legs[before][after] if tour.steps else -truck.use_cost
                standing = bin_.place_time_s + bin_.service_time_s + site.standing_s
                steps = (*tour.steps[:at], Step(task), Step(number, is_unloading=True), *tour.steps[at:])
                yield _Place(driven - saved + standing * truck.second_cost, tour.truck, steps)

    def saving_bound(self, tour: Tour, first: int, last: int) -> float:
        """Return at least what leaving out `steps[first:last]` saves: its legs, its standing, all of the waiting, and the truck's use."""
        truck, legs = self.problem.trucks[tour.truck], self._legs[tour.truck]
        stops = [self._at(tour, at) for at in range(first - 1, last + 1)]
        is_whole = last - first == len(tour.steps)
        driven = sum(legs[here][there] for here, there in pairwise(stops))
        driven -= 0.0 if is_whole else legs[stops[0]][stops[-1]]
        standing = sum(self._standing_s(step) for step in tour.steps[first:last])
        waiting = sum(moment.waiting_s for moment in tour.moments)
        using = truck.use_cost if is_whole else 0.0
        return using + driven + (standing + waiting) * truck.second_cost

    def _standing_s(self, step: Step) -> int:
        if step.is_unloading:
            return self.problem.sites[step.target].standing_s
        task = self.problem.tasks[step.target]
        return task.place_time_s + task.service_time_s

    def _at(self, tour: Tour, position: int) -> int:
        """Return the matrix index of a step; the truck's start before the first, its end after the last."""
        if not 0 <= position < len(tour.steps):
            truck = self.problem.trucks[tour.truck]
            return self.problem.depots[truck.start if position < 0 else truck.end].place
        step = tour.steps[position]
        return (
            self.problem.sites[step.target].place
            if step.is_unloading
            else self.problem.tasks[step.target].place
        )

    def _setup_s(self, steps: Steps, at: int, bin_: Task) -> int:
        neighbors = [step for step in steps[max(at - 1, 0) : at + 1] if not step.is_unloading]
        shared = any(self.problem.tasks[step.target].place_id == bin_.place_id for step in neighbors)
        return 0 if shared else bin_.place_time_s


def is_sound(problem: Problem, truck: int, steps: Steps) -> bool:
    """Tell whether a truck can drive these steps without breaking a rule."""
    if not all(step.is_unloading or problem.tasks[step.target].allows(truck) for step in steps):
        return False
    duty = problem.trucks[truck].duty
    visits = visits_of(problem, problem.trucks[truck], steps)
    broken = any(broken_loads(visits, duty)) or any(broken_caps(visits, duty))
    return not broken and outcome(visits, duty)[0] == 0


def _leg_costs(problem: Problem, truck: Truck) -> list[list[float]]:
    times, distances = problem.travel_time_s(truck), problem.distance_m(truck)
    costs = times * truck.second_cost + distances * truck.metre_cost
    return [[float(cost) for cost in row] for row in np.where(times >= 2**31 - 1, FAR, costs)]


def _trips(steps: Steps) -> Iterator[tuple[int, int]]:
    """Yield the first position of each trip and that of its unloading."""
    first = 0
    for at, step in enumerate(steps):
        if step.is_unloading:
            yield first, at
            first = at + 1


def _keeps_caps(problem: Problem, tour: Tour, task: int) -> bool:
    """Tell whether a tour with one more bin stays within what its truck takes in a day."""
    truck = problem.trucks[tour.truck]
    duty = truck.duty
    if duty.max_stops is duty.max_kg is duty.max_l is None:
        return True
    bins = [
        problem.tasks[one] for one in (task, *(step.target for step in tour.steps if not step.is_unloading))
    ]
    return (
        (duty.max_stops is None or len(bins) <= duty.max_stops)
        and (duty.max_kg is None or sum(one.demand_kg for one in bins) <= duty.max_kg)
        and (duty.max_l is None or sum(map(truck.litres, bins)) <= duty.max_l)
    )


def _has_room(problem: Problem, truck: Truck, trip: Steps, bin_: Task) -> bool:
    inside = [problem.tasks[step.target] for step in trip]
    if inside and inside[0].stream is not bin_.stream:
        return False
    kg = sum(task.demand_kg for task in inside) + bin_.demand_kg
    litres = sum(truck.litres(task) for task in inside) + truck.litres(bin_)
    return kg <= truck.duty.payload_kg and litres <= truck.duty.body_l
