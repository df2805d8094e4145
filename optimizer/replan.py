"""The recipe in the day: a published plan, an instant and what happened -> a draft that changes as little as it pays to.

What is done stays in the rounds as it was driven, times and loads included, so that every rule is checked over the whole
day by the same verifier as any plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from optimizer.explain import explain_served, explain_unserved, names_of
from optimizer.plan import Kitchen, Report, quiet
from optimizer.problem import EUR, Done, Problem, Truck, build_problem, places_of, profiles_of
from optimizer.resolve import Order, resolve, without_empty_trips
from optimizer.selection import Wanted
from optimizer.solution import Step, Steps
from optimizer.standing import Made, Standing, standing_of
from optimizer.verify import verify
from optimizer.writing import Atlas, write_routes
from tournee.day_changes import check_changes
from tournee.domain import (
    DayChangeKind,
    Forecast,
    ForecastBasis,
    Network,
    Plan,
    PlanRequest,
    Reason,
    ReasonCode,
    Route,
    Stop,
    StopKind,
    Unassigned,
    Wish,
)
from tournee.errors import Conflict
from tournee.timeline import Duty, Rest

KNOWN = ("probability", "threshold", "fill_level", "may_fill_level", "penalty_eur", "days", "max_days", "by")
"""Facts on which a bin was wanted; the others say what became of it."""


def replan(request: PlanRequest, kitchen: Kitchen, report: Report = quiet) -> Plan:
    """Return the draft that a published plan becomes from `request.as_of_at` on; same request, same draft.

    Raises
    ------
    NotFound
        There is no such plan, or a change names something that does not stand under its depot.
    Conflict
        The plan is not published, its routes are over, or a change contradicts it.
    Unavailable
        The store or the road network did not answer; safe to try again.
    """
    plan = kitchen.store.plan(request.previous_plan_id)
    network = kitchen.store.network(plan.depot_id)
    check_changes(plan, network, request.changes, request.as_of_at)
    day = _Day(plan, network, request)
    wanted = tuple(_wanted(day, kitchen))
    report(f"measuring the ways between {len(wanted)} bins")
    places = places_of(network, wanted)
    matrices = tuple(kitchen.roads.matrix(places, truck) for truck in profiles_of(network))
    problem = build_problem(
        wanted,
        network,
        matrices,
        plan.service_date,
        zone=kitchen.zone,
        max_snap_m=kitchen.max_snap_m,
        reload_max=max([kitchen.solver.reload_max, *(len(route.trips) for route in plan.routes)]),
    )
    problem = as_it_stands(problem, day, kitchen.day.change_eur)
    report("routing what is left of the day")
    order = Order(problem, _driven(problem, day), _usual(problem, day), kitchen.day, request.seed)
    solution = resolve(order)
    report("checking and explaining")
    past = {stop.place_ref: stop.reason for stop in plan.services() if stop.reason}
    reasons = explain_served(problem, solution, wanted)
    reasons |= {ref: past[ref] for ref in day.made_refs() if ref in past}
    draft = Plan(
        plan_id=plan_id_of(request),
        depot_id=plan.depot_id,
        service_date=plan.service_date,
        as_of_at=request.as_of_at,
        routes=write_routes(Atlas(problem, network, wanted, reasons), solution, kitchen.roads),
        unassigned=explain_unserved(problem, solution, wanted, names_of(network)),
        violations=verify(problem, solution),
        is_estimate=any(matrix.is_estimate for matrix in matrices),
        provenance={
            **plan.provenance,
            **solution.notes,
            "changes": ", ".join(f"{one.kind} {one.ref}" for one in request.changes) or "none",
            "price of change": f"{kitchen.day.change_eur:g} EUR per stop",
        },
        previous_plan_id=plan.plan_id,
    )
    return replace(draft, routes=tuple(day.marked(route) for route in draft.routes))


def plan_id_of(request: PlanRequest) -> str:
    """Return the id of the draft that a request leads to: what was asked, not when or by whom."""
    what = ",".join(f"{one.kind}={one.ref}" for one in request.changes)
    asked = f"{request.previous_plan_id}|{request.as_of_at.isoformat()}|{request.seed}|{what}"
    return str(uuid5(NAMESPACE_URL, asked))


class _Day:
    """A plan, what happened, and how far each truck is."""

    def __init__(self, plan: Plan, network: Network, request: PlanRequest) -> None:
        self.plan, self.network, self.request = plan, network, request
        self.at = request.as_of_at
        self.down, self.closed = (
            self._refs(DayChangeKind.TRUCK_DOWN),
            self._refs(DayChangeKind.FACILITY_CLOSED),
        )
        self.added, self.removed = self._refs(DayChangeKind.BIN_ADDED), self._refs(DayChangeKind.BIN_REMOVED)
        already = {stop.place_ref for stop in plan.services() if stop.is_locked}
        self.locked = self._refs(DayChangeKind.STOP_LOCKED) | already
        gone = self.closed | self.removed
        self.standing = {
            route.vehicle_id: standing_of(route, self.at, gone, is_down=route.vehicle_id in self.down)
            for route in plan.routes
        }

    def _refs(self, kind: DayChangeKind) -> frozenset[str]:
        return frozenset(one.ref for one in self.request.changes if one.kind is kind)

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
                is_done = seen < made
                seen += stop.kind is not StopKind.BREAK
                locked = stop.kind is StopKind.SERVICE and stop.place_ref in self.locked and not is_done
                stops.append(replace(stop, is_done=is_done, is_locked=locked))
            trips.append(replace(trip, stops=tuple(stops)))
        return replace(route, trips=tuple(trips))


# --- what is wanted ----------------------------------------------------------------------------------------------


def _wanted(day: _Day, kitchen: Kitchen) -> Iterator[Wanted]:
    """Yield every bin of the plan that was wanted and still is, with what it was wanted for, and those added."""
    stops = {stop.place_ref: stop for stop in day.plan.services()}
    left = {one.bin_id: one for one in day.plan.unassigned}
    latest = kitchen.store.forecasts() if day.added else {}
    for one in day.network.bins:
        if one.bin_id in day.added:
            known = latest.get(one.bin_id)
            forecast = known or _forecast(day, one.bin_id, 1.0, {})
            reason = Reason(ReasonCode.REQUESTED, {"by": "dispatcher"})
            yield Wanted(one, forecast, Wish.MUST, reason, kitchen.selection.must_penalty_eur)
        elif one.bin_id in day.removed:
            continue
        elif said := stops.get(one.bin_id) or left.get(one.bin_id):
            reason = _wanted_for(said)
            forecast = _forecast(day, one.bin_id, said.fill_level or 0.0, reason.facts)
            wish = said.wish or Wish.MUST
            price = float(reason.facts.get("penalty_eur", 0.0))
            price += kitchen.selection.must_penalty_eur if wish is Wish.MUST else 0.0
            yield Wanted(one, forecast, wish, reason, price)


def _wanted_for(said: Stop | Unassigned) -> Reason:
    reason = said.reason or Reason(ReasonCode.REQUESTED, {"by": "plan"})
    facts = {name: value for name, value in reason.facts.items() if name in KNOWN}
    if isinstance(said, Stop):
        return Reason(reason.code, facts)
    return Reason(ReasonCode(str(reason.facts.get("wanted", ReasonCode.WORTH_IT))), facts)


def _forecast(day: _Day, bin_id: str, fill_level: float, facts: Mapping[str, float | str]) -> Forecast:
    """Return the forecast that a plan was made with, as far as the plan tells of it."""
    return Forecast(
        bin_id=bin_id,
        made_at=day.plan.as_of_at,
        target_at=day.at,
        risk_until_at=day.at,
        fill_level=fill_level,
        quantiles=(),
        overflow_probability=float(facts.get("probability", 0.0)),
        expected_overflow_l=0.0,
        rate_per_day=0.0,
        basis=ForecastBasis.READINGS,
    )


# --- the problem as it stands now --------------------------------------------------------------------------------


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


def as_it_stands(problem: Problem, day: _Day, change_eur: float) -> Problem:
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


def _driven(problem: Problem, day: _Day) -> list[Steps]:
    index = _index(problem)
    driven = []
    for truck in problem.trucks:
        left = tuple(index.step(stop) for stop in day.of(truck.vehicle_id).left)
        driven.append(without_empty_trips((*(done.step for done in truck.done), *left)))
    return driven


def _usual(problem: Problem, day: _Day) -> dict[int, Sequence[int]]:
    """Return what each truck had still to do, in its order."""
    index = _index(problem)
    return {
        number: [
            index.step(stop).target for stop in day.of(truck.vehicle_id).left if stop.kind is StopKind.SERVICE
        ]
        for number, truck in enumerate(problem.trucks)
    }
