"""Where one more bin would fit, and what it would cost: recomputed by the timeline, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from optimizer.leg_costs import FAR, leg_costs
from optimizer.problem import Problem, Site, Task, Truck
from optimizer.slack import Slack, slack_of
from optimizer.solution import Step, Steps, Tour
from optimizer.touring import balance_cost, bins_of, change_cost, overtime_cost, tour_of, visits_of
from tournee.domain import WasteStream
from tournee.timeline import keeps
from tournee.timeline_check import broken_caps, broken_loads


class Insertion(NamedTuple):
    """One more bin on a tour: the tour with it, and what it adds, in cost units."""

    tour: Tour
    extra: int


class Place(NamedTuple):
    """A possible place for new steps in a tour, with the cost of its detour, waiting not counted.

    Parameters
    ----------
    at
        The position of the first of the new steps.
    new
        A bin alone, or one with an unloading, as a trip of its own.
    """

    estimate: float
    tour: Tour
    at: int
    new: Steps

    @property
    def steps(self) -> Steps:
        """Return the steps of the tour with the new ones."""
        return (*self.tour.steps[: self.at], *self.new, *self.tour.steps[self.at :])


class Insertions:
    """Finds the cheapest feasible place for a bin. Made once per problem: it keeps the cost of every leg."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._kinds = _kinds(problem.trucks)
        self._legs = leg_costs(problem)

    def cheapest(self, task: int, tours: Sequence[Tour], below: float = FAR) -> Insertion | None:
        """Return the cheapest feasible way to serve one more bin; None where no tour can take it for less than `below`.

        `tours` holds one tour per truck, in their order, empty ones included. Places whose detour alone costs `below`
        or more, less the waiting that it may use up and the pairs that it may join, are not tried on the clock, which is nearly all of them where a bin
        is hardly worth a detour.
        """
        best: Insertion | None = None
        able = [tour for tour in tours if _keeps_caps(self.problem, tour, task)]
        spared = {tour.truck: self._waiting_cost(tour) + self._torn_cost({task}) for tour in able}
        slacks: dict[int, Slack | None] = {}
        bounds = ((place.estimate - spared[place.tour.truck], place) for place in self.places(task, able))
        for bound, place in sorted(bounds, key=lambda one: (one[0], one[1].tour.truck)):
            if bound >= (best.extra if best else below):
                break
            truck = place.tour.truck
            if truck not in slacks:
                slacks[truck] = slack_of(self.problem, truck, place.tour.steps)
            if not self._has_time(place, slacks[truck]):
                continue
            steps = place.steps
            if is_sound(self.problem, truck, steps):
                tour = tour_of(self.problem, truck, steps)
                extra = tour.cost - place.tour.cost
                if extra < (best.extra if best else below):
                    best = Insertion(tour, extra)
        return best

    def _has_time(self, place: Place, slack: Slack | None) -> bool:
        """Tell whether the clock need be asked at all."""
        _, tour, at, new = place
        if slack is None or not tour.steps:
            return True
        stops = [self._stop_of(step) for step in new]
        times = self.problem.travel_time_s(self.problem.trucks[tour.truck])
        places = [self._at(tour, at - 1), *(stop.place for stop in stops), self._at(tour, at)]
        follows = tour.steps[at] if at < len(tour.steps) else None
        spare_s = 0
        if follows and not follows.is_unloading and not new[-1].is_unloading:
            spare_s = self.problem.tasks[follows.target].place_time_s
        return slack.has_time(at, stops, [int(times[leg]) for leg in pairwise(places)], spare_s)

    def places(self, task: int, tours: Sequence[Tour]) -> Iterator[Place]:
        """Yield every place that streams and loads allow, with the cost of its detour; times are not looked at."""
        at_home: set[int] = set()
        for tour in tours:
            truck = self.problem.trucks[tour.truck]
            if self.problem.takes(tour.truck, self.problem.tasks[task]):
                kind = self._kinds[tour.truck]
                if not tour.steps and kind in at_home and not self.problem.change_price:
                    continue  # another like it is at home too: no use in looking at both
                if not tour.steps:
                    at_home.add(kind)
                yield from self._inside(task, tour, truck)
                if sum(step.is_unloading for step in tour.steps) < self.problem.reload_max:
                    yield from self._as_new_trip(task, tour, truck)

    def _inside(self, task: int, tour: Tour, truck: Truck) -> Iterator[Place]:
        bin_, new = self.problem.tasks[task], (Step(task),)
        legs = self._legs[tour.truck]
        for first, last in self._trips(tour.steps):
            if not _has_room(self.problem, truck, tour.steps[first:last], bin_):
                continue
            for at in range(max(first, len(truck.done)), last + 1):
                before = self._at(tour, at - 1)
                after = self._at(tour, at)
                detour = legs(before, bin_.place) + legs(bin_.place, after) - self._saved(tour, at)
                standing = bin_.service_time_s + self._setup_s(tour.steps, at, bin_)
                change = self.problem.price_of_change(tour.truck, bin_)
                yield Place(detour + standing * truck.second_cost + change, tour, at, new)

    def _as_new_trip(self, task: int, tour: Tour, truck: Truck) -> Iterator[Place]:
        stream = self.problem.tasks[task].stream
        for number, site in enumerate(self.problem.sites):
            if stream in site.streams:
                for first, _ in self._trips(tour.steps, with_next=True):
                    if first < len(truck.done):
                        continue
                    yield self._spliced(tour, first, (Step(task), Step(number, is_unloading=True)), truck)
            if self._stream_at_end(tour.steps) in site.streams:
                last = len(tour.steps)
                yield self._spliced(tour, last, (Step(number, is_unloading=True), Step(task)), truck)

    def _spliced(self, tour: Tour, at: int, new: tuple[Step, Step], truck: Truck) -> Place:
        """Return the place of two new steps side by side, which share nothing with their neighbors."""
        legs = self._legs[tour.truck]
        one, other = (self._place_of(step) for step in new)
        driven = legs(self._at(tour, at - 1), one) + legs(one, other) + legs(other, self._at(tour, at))
        standing = sum(self._standing_s(step) for step in new)
        bins = (self.problem.tasks[step.target] for step in new if not step.is_unloading)
        change = sum(self.problem.price_of_change(tour.truck, task) for task in bins)
        extra = driven - self._saved(tour, at) + standing * truck.second_cost + change
        return Place(extra, tour, at, new)

    def _saved(self, tour: Tour, at: int) -> float:
        """Return the cost of the leg that something new at a position replaces; a truck at home has none, and must leave."""
        if not tour.steps:
            return -self.problem.trucks[tour.truck].use_cost
        return self._legs[tour.truck](self._at(tour, at - 1), self._at(tour, at))

    def _stream_at_end(self, steps: Steps) -> WasteStream | None:
        """Return what is still on the truck at the end of a tour, which is nothing where it must end empty."""
        if not steps or steps[-1].is_unloading:
            return None
        return self.problem.tasks[steps[-1].target].stream

    def _trips(self, steps: Steps, *, with_next: bool = False) -> Iterator[tuple[int, int]]:
        """Yield the first position of each trip and that of its unloading; of the last, the end where none is needed.

        `with_next` adds the trip that might begin at the end where all others are over.
        """
        first = 0
        for at, step in enumerate(steps):
            if step.is_unloading:
                yield first, at
                first = at + 1
        if with_next or not self.problem.must_end_empty:
            yield first, len(steps)

    def saving_bound(self, tour: Tour, first: int, last: int) -> float:
        """Return at least what leaving out `steps[first:last]` saves: its legs, its standing, all of the waiting and overtime, and the truck's use."""
        truck, legs = self.problem.trucks[tour.truck], self._legs[tour.truck]
        stops = [self._at(tour, at) for at in range(first - 1, last + 1)]
        is_whole = last - first == len(tour.steps)
        driven = sum(legs(here, there) for here, there in pairwise(stops))
        driven -= 0.0 if is_whole else legs(stops[0], stops[-1])
        standing = sum(self._standing_s(step) for step in tour.steps[first:last])
        waiting = sum(moment.waiting_s for moment in tour.moments)
        using = truck.use_cost if is_whole else 0.0
        using += change_cost(self.problem, tour.truck, tour.steps[first:last])
        bins = {step.target for step in tour.steps[first:last] if not step.is_unloading}
        using += self._torn_cost(bins) + balance_cost(self.problem, tour.moments)
        late = overtime_cost(truck, tour.moments)
        return using + driven + late + (standing + waiting) * truck.second_cost

    def _torn_cost(self, tasks: set[int]) -> int:
        """Return the half prices of every pair that some bins are in."""
        if not self.problem.together:
            return 0
        bins = {self.problem.tasks[task].bin_id for task in tasks}
        return sum(
            pair.price // 2 for pair in self.problem.together if pair.first in bins or pair.second in bins
        )

    def _waiting_cost(self, tour: Tour) -> float:
        return self.problem.trucks[tour.truck].second_cost * sum(moment.waiting_s for moment in tour.moments)

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
        return self._place_of(tour.steps[position])

    def _place_of(self, step: Step) -> int:
        return self._stop_of(step).place

    def _stop_of(self, step: Step) -> Task | Site:
        return self.problem.sites[step.target] if step.is_unloading else self.problem.tasks[step.target]

    def _setup_s(self, steps: Steps, at: int, bin_: Task) -> int:
        neighbors = [step for step in steps[max(at - 1, 0) : at + 1] if not step.is_unloading]
        shared = any(self.problem.tasks[step.target].place_id == bin_.place_id for step in neighbors)
        return 0 if shared else bin_.place_time_s


def is_sound(problem: Problem, truck: int, steps: Steps) -> bool:
    """Tell whether a truck can drive these steps without breaking a rule."""
    if not all(step.is_unloading or problem.tasks[step.target].allows(truck) for step in steps):
        return False
    if sum(step.is_unloading for step in steps) > problem.reload_max:
        return False
    if not _keeps_order(problem.trucks[truck].locked, steps):
        return False
    bins = bins_of(problem, steps) if problem.apart else set()
    if any(pair.first in bins and pair.second in bins for pair in problem.apart):
        return False
    duty = problem.trucks[truck].duty
    visits = visits_of(problem, problem.trucks[truck], steps)
    broken = any(broken_loads(visits, duty)) or any(broken_caps(visits, duty))
    return not broken and keeps(visits, duty)


def _keeps_order(locked: Sequence[int], steps: Steps) -> bool:
    served = [step.target for step in steps if not step.is_unloading and step.target in locked]
    return served == [task for task in locked if task in served]


def _kinds(trucks: Sequence[Truck]) -> list[int]:
    """Return for each truck the first that differs from it in name only."""
    nameless = [replace(truck, vehicle_id="") for truck in trucks]
    return [nameless.index(truck) for truck in nameless]


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
