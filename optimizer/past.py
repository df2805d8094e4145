"""A day in the middle: how far each truck is, as a problem whose past is fixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from optimizer.problem import EUR, Done, Problem, Truck
from optimizer.resolve import without_empty_trips
from optimizer.solution import Step, Steps
from optimizer.standing import Made, Standing, standing_of
from tournee.day_changes import holding
from tournee.domain import DayChange, DayChangeKind, Network, Plan, PlanRequest, Route, Stop, StopKind
from tournee.errors import Conflict
from tournee.timeline import Duty, Rest


class Day:
    """A plan, what happened, and how far each truck is."""

    def __init__(self, plan: Plan, network: Network, request: PlanRequest) -> None:
        self.plan, self.network, self.request = plan, network, request
        self.at = request.as_of_at
        # A truck stays down, and a facility closed, until it is said to be back; the rest is in the plan by then.
        held = holding(self.changes)
        self.down = _refs(held, DayChangeKind.TRUCK_DOWN)
        self.closed = _refs(held, DayChangeKind.FACILITY_CLOSED)
        self.added = _refs(request.changes, DayChangeKind.BIN_ADDED)
        self.removed = _refs(request.changes, DayChangeKind.BIN_REMOVED)
        already = {stop.place_ref for stop in plan.services() if stop.is_locked}
        self.locked = _refs(request.changes, DayChangeKind.STOP_LOCKED) | already
        gone = self.closed | self.removed
        self.standing = {
            route.vehicle_id: standing_of(route, self.at, gone, is_down=route.vehicle_id in self.down)
            for route in plan.routes
        }

    @property
    def changes(self) -> tuple[DayChange, ...]:
        """What happened so far, in its order; what is true already is not told again."""
        known = holding(self.plan.changes)
        return (*self.plan.changes, *(one for one in self.request.changes if one not in known))

    def of(self, vehicle_id: str) -> Standing:
        """Return how far a truck is; one without a round has everything before it."""
        return self.standing.get(vehicle_id, Standing(is_over=vehicle_id in self.down))

    def made_refs(self) -> set[str]:
        """Return the bins that are done, or will be before anything can change."""
        return {made.stop.place_ref for one in self.standing.values() for made in one.made}

    def marked(self, route: Route) -> Route:
        """Return a round of the draft with what is done and what is locked."""
        made = len(self.of(route.vehicle_id).made)
        trips, seen = [], 0
        for trip in route.trips:
            stops = []
            for stop in trip.stops:
                is_rest = stop.kind is StopKind.BREAK
                is_done = seen < made or (is_rest and made > 0 and stop.service_start_at <= self.at)
                seen += not is_rest
                locked = stop.kind is StopKind.SERVICE and stop.place_ref in self.locked and not is_done
                stops.append(replace(stop, is_done=is_done, is_locked=locked))
            trips.append(replace(trip, stops=tuple(stops)))
        return replace(route, trips=tuple(trips))


def _refs(changes: Iterable[DayChange], kind: DayChangeKind) -> frozenset[str]:
    return frozenset(one.ref for one in changes if one.kind is kind)


@dataclass(frozen=True)
class _Index:
    """Where the things of a plan are in its problem."""

    problem: Problem
    tasks: Mapping[str, int]
    sites: Mapping[str, int]

    def step(self, stop: Stop) -> Step:
        """Return a service or an unloading as a step."""
        is_unloading = stop.kind is StopKind.UNLOADING
        number = (self.sites if is_unloading else self.tasks).get(stop.place_ref)
        if number is None:
            message = (
                f"{stop.place_ref!r} is on a round of the plan, and can't be served today any more: its data was "
                "changed since. Correct it, or ask for a new plan."
            )
            raise Conflict(message)
        return Step(number, is_unloading)

    def seconds(self, at: datetime) -> int:
        """Return seconds after the problem's midnight."""
        return round((at - self.problem.midnight_at).total_seconds())


def _index(problem: Problem) -> _Index:
    tasks = {task.bin_id: number for number, task in enumerate(problem.tasks)}
    sites = {site.facility_id: number for number, site in enumerate(problem.sites)}
    return _Index(problem, tasks, sites)


def as_it_stands(problem: Problem, day: Day, change_eur: float) -> Problem:
    """Return a day's problem with its past fixed: trucks where they are, facilities that closed, locks, usual trucks."""
    index = _index(problem)
    usual = {
        index.step(stop).target: number
        for number, truck in enumerate(problem.trucks)
        for stop in day.of(truck.vehicle_id).left
        if stop.kind is StopKind.SERVICE
    }
    over = {number for number, truck in enumerate(problem.trucks) if day.of(truck.vehicle_id).is_over}
    locked = {
        task: truck
        for task, truck in usual.items()
        if problem.tasks[task].bin_id in day.locked and truck not in over
    }
    tasks = tuple(
        replace(task, usual_truck=usual.get(number), locked_to=locked.get(number, task.locked_to))
        for number, task in enumerate(problem.tasks)
    )
    sites = tuple(
        replace(site, windows=() if site.facility_id in day.closed else site.windows)
        for site in problem.sites
    )
    trucks = tuple(
        replace(
            _truck(truck, day.of(truck.vehicle_id), index, index.seconds(day.at)),
            locked=tuple(task for task in usual if locked.get(task) == number),
        )
        for number, truck in enumerate(problem.trucks)
    )
    price = round(change_eur * EUR)
    return replace(problem, tasks=tasks, sites=sites, trucks=trucks, change_price=price)


def _truck(truck: Truck, standing: Standing, index: _Index, now_s: int) -> Truck:
    duty, left_s = truck.duty, None
    if standing.left_at and standing.made:
        left_s = index.seconds(standing.left_at)
    rests = tuple(
        sorted(_rests(duty, standing, index, now_s), key=lambda rest: (rest.earliest_s, rest.latest_s))
    )
    start_s = max(duty.start_s, now_s) if left_s is None else left_s
    return replace(
        truck,
        duty=replace(duty, start_s=start_s, rests=rests),
        done=tuple(_done(made, index) for made in standing.made),
        is_over=standing.is_over,
        is_stranded=standing.is_stranded,
    )


def _done(made: Made, index: _Index) -> Done:
    start_s, departure_s = index.seconds(made.stop.service_start_at), index.seconds(made.departure_at)
    return Done(index.step(made.stop), made.travel_time_s, made.distance_m, start_s, departure_s)


def _rests(duty: Duty, standing: Standing, index: _Index, now_s: int) -> Iterator[Rest]:
    """Yield the breaks: those taken as they were, those to come not before now."""
    open_rests = list(duty.rests)
    for stop in standing.breaks:
        start_s, end_s = index.seconds(stop.service_start_at), index.seconds(stop.departure_at)
        fits = (
            r for r in open_rests if r.earliest_s <= start_s <= r.latest_s and end_s - start_s >= r.duration_s
        )
        if rest := next(fits, None):
            open_rests.remove(rest)
        if standing.made:
            yield Rest(start_s, start_s, end_s - start_s)
    left_s = index.seconds(standing.left_at) if standing.left_at and standing.made else None
    for rest in open_rests:
        if standing.is_over or left_s is None or rest.earliest_s + rest.duration_s <= left_s:
            yield rest
        elif rest.latest_s >= now_s:
            yield replace(rest, earliest_s=max(rest.earliest_s, now_s))


def driven_steps(problem: Problem, day: Day) -> list[Steps]:
    """Return each truck's steps: what is done, and what it still had to do."""
    index = _index(problem)
    driven = []
    for truck in problem.trucks:
        left = tuple(index.step(stop) for stop in day.of(truck.vehicle_id).left)
        driven.append(without_empty_trips((*(done.step for done in truck.done), *left)))
    return driven


def usual_rounds(problem: Problem, day: Day) -> dict[int, Sequence[int]]:
    """Return what each truck had still to do, in its order."""
    index = _index(problem)
    return {
        number: [
            index.step(stop).target for stop in day.of(truck.vehicle_id).left if stop.kind is StopKind.SERVICE
        ]
        for number, truck in enumerate(problem.trucks)
    }
