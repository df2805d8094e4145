"""A planned tour as it is driven: bins hold what they hold, and a truck that is full too soon has ways to drive that no plan has."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from optimizer.closed_loop.contents import Contents
from optimizer.closed_loop.scenario import Scenario
from optimizer.problem import Problem, Task, Truck
from optimizer.solution import Tour
from tournee.domain import StopKind


@dataclass(frozen=True, slots=True)
class Service:
    """An emptying: which bin, when, and how much was in it.

    Parameters
    ----------
    at_s
        When the crew began, in seconds from the scenario's start.
    overload_l
        Litres that did not fit into the body at first.
    extra_unloadings
        How often the truck unloaded and came back to have them all.
    """

    bin: int
    at_s: float
    litres: float
    overload_l: float
    extra_unloadings: int


@dataclass(frozen=True, slots=True)
class DrivenTour:
    """What came of a tour: its services, and metres and seconds from leaving the depot to being back."""

    services: tuple[Service, ...]
    metres: int
    seconds: int


def drive_tour(problem: Problem, tour: Tour, scenario: Scenario, contents: Contents) -> DrivenTour:
    """Return what comes of a tour, by one rule for all policies: what does not fit is fetched.

    Where a bin holds more litres than the body has room for, the crew takes what fits, unloads at the facility of its
    stream with the shortest way there and back, and comes back for the rest, as often as it takes. All that follows is
    so much later, past the end of the shift if need be; hours at which the facility is closed are not looked at.
    """
    midnight_s = scenario.seconds(problem.midnight_at)
    truck = _Laden(problem, problem.trucks[tour.truck])
    services: list[Service] = []
    for moment in tour.moments:
        if moment.kind is StopKind.UNLOADING:
            truck.unload()
        elif moment.kind is StopKind.SERVICE:
            at, at_s = scenario.index_of[moment.ref], midnight_s + moment.start_s + truck.late_s
            litres = contents.litres(at, at_s)
            services.append(Service(at, at_s, litres, *truck.take(moment.ref, litres)))
    planned_m = sum(moment.distance_m for moment in tour.moments)
    planned_s = tour.moments[-1].arrival_s - tour.moments[0].departure_s
    return DrivenTour(tuple(services), planned_m + truck.extra_m, planned_s + truck.late_s)


class _Laden:
    """A truck on its tour: the room left in its body, and how much further and later it is than planned."""

    def __init__(self, problem: Problem, truck: Truck) -> None:
        self.problem, self.truck = problem, truck
        self.room_l = self.body_l = float(truck.duty.body_l)
        self.extra_m = self.late_s = 0
        self._task_of = {task.bin_id: task for task in problem.tasks}

    def unload(self) -> None:
        """Empty the body, as planned."""
        self.room_l = self.body_l

    def take(self, bin_id: str, litres: float) -> tuple[float, int]:
        """Put all of a bin into the body; return the litres that did not fit at first, and the unloadings that cost."""
        overload_l = max(litres - self.room_l, 0.0)
        unloadings = ceil(overload_l / self.body_l)
        self.room_l += unloadings * self.body_l - litres
        if unloadings:
            way = _way_to_unload(self.problem, self.truck, self._task_of[bin_id])
            self.extra_m += unloadings * way.metres
            self.late_s += unloadings * way.seconds
        return overload_l, unloadings


class _Way(NamedTuple):
    """From a bin to a facility and back; the seconds with those of standing there."""

    metres: int
    seconds: int


def _way_to_unload(problem: Problem, truck: Truck, task: Task) -> _Way:
    """Return the shortest way by metres; of equals the quickest. A bin is on a tour only where there is one."""
    metres, seconds, here = problem.distance_m(truck), problem.travel_time_s(truck), task.place
    return min(
        _Way(
            int(metres[here, site.place] + metres[site.place, here]),
            int(seconds[here, site.place] + seconds[site.place, here]) + site.standing_s,
        )
        for site in problem.sites
        if task.stream in site.streams
    )
