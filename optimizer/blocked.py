"""Which rule stands against a bin on which truck: at the truck's best places for it, wound again by the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from optimizer.insertion import Insertions
from optimizer.problem import Problem, Task
from optimizer.solution import Steps, Tour
from optimizer.touring import bins_of, visits_of
from tournee.domain import Obstacle, Reason, ReasonCode, StopKind
from tournee.timeline import Moment, Visit, schedule
from tournee.timeline_check import Broken, check

PLACES_TRIED = 10
"""So many of a truck's cheapest places are wound; the one that breaks the fewest rules is told of."""

OF_TIME = {"shift", "overtime", "break", "break_rule", "duration"}
"""Rules that mean: it has no time left."""

OF_CHOICE = {"truck_stream", "truck_not_allowed", "locked_elsewhere", "truck_down", "truck_home"}
"""Rules that take a truck out of the question before any clock runs."""

type Facts = dict[str, float | str]


@dataclass(frozen=True)
class Names:
    """What people call things, by id; an id where nobody named them."""

    bins: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    trucks: Mapping[str, str] = field(default_factory=dict)

    def bin(self, bin_id: str) -> str:
        """Return a bin's address."""
        return self.bins.get(bin_id, bin_id)

    def site(self, place_ref: str) -> str:
        """Return the name of a facility or depot."""
        return self.sites.get(place_ref, place_ref)

    def truck(self, vehicle_id: str) -> str:
        """Return a truck's name."""
        return self.trucks.get(vehicle_id, vehicle_id)

    def place(self, kind: StopKind, place_ref: str) -> str:
        """Return the name of wherever a stop is."""
        return self.bin(place_ref) if kind is StopKind.SERVICE else self.site(place_ref)


def obstacles_of(
    insertions: Insertions, tours: Sequence[Tour], index: int, names: Names
) -> tuple[Obstacle, ...]:
    """Return for each truck the rule that keeps it from a bin that none can take; `tours` has one per truck."""
    found = []
    for tour in tours:
        rule, facts = _rule(insertions, tour, index, names)
        vehicle_id = insertions.problem.trucks[tour.truck].vehicle_id
        found.append(Obstacle(vehicle_id, rule, {"truck": names.truck(vehicle_id), **facts}))
    return tuple(found)


def reason_of(problem: Problem, obstacles: tuple[Obstacle, ...]) -> Reason:
    """Return the reason that obstacles make together: no time where only the clock stands against every truck that might."""
    able = [one for one in obstacles if one.rule not in OF_CHOICE]
    if able and all(one.rule in OF_TIME for one in able):
        ends = {truck.vehicle_id: truck.duty.end_s for truck in problem.trucks}
        last = max(ends[one.vehicle_id] for one in able)
        return Reason(ReasonCode.NO_TIME_LEFT, {"shift_end": problem.clock(last)}, obstacles)
    first = next(iter([*able, *obstacles]), None)
    detail = first.facts["detail"] if first else "There is no truck."
    return Reason(ReasonCode.OTHER_CONSTRAINT, {"violation": detail}, obstacles)


def _rule(insertions: Insertions, tour: Tour, index: int, names: Names) -> tuple[str, Facts]:
    problem, task = insertions.problem, insertions.problem.tasks[index]
    if forbidden := next(_forbidden(problem, tour.truck, task), None):
        return forbidden
    cheapest = nsmallest(PLACES_TRIED, insertions.places(index, [tour]), key=lambda place: place.estimate)
    wound = [_wound(problem, tour.truck, place.steps, names) for place in cheapest]
    if wound:
        return min(wound, key=len)[0]
    limit = problem.reload_max
    text = f"Its trips have no room, and it may unload {limit} times in a shift."
    return "too_many_unloadings", {"limit": limit, "detail": text}


def _forbidden(problem: Problem, number: int, task: Task) -> Iterator[tuple[str, Facts]]:
    """Yield what keeps a truck from a bin wherever the bin would stand in its tour."""
    truck = problem.trucks[number]
    duty = truck.duty
    if truck.is_over:
        rule = "truck_down" if truck.is_stranded or not truck.done else "truck_home"
        yield rule, {"detail": "It takes nothing more today."}
    if task.locked_to not in (None, number):
        yield "locked_elsewhere", {"detail": "It is fixed to another truck."}
    if task.trucks is not None and number not in task.trucks:
        yield "truck_not_allowed", {"detail": "This truck may not come for it."}
    if duty.streams is not None and task.stream not in duty.streams:
        yield "truck_stream", {"detail": f"This truck does not take {task.stream}."}
    amounts = {
        "capacity_kg": (task.demand_kg, duty.payload_kg),
        "capacity_l": (truck.litres(task), duty.body_l),
        "daily_stops": (1, duty.max_stops),
        "daily_kg": (task.demand_kg, duty.max_kg),
        "daily_l": (truck.litres(task), duty.max_l),
    }
    for rule, (amount, limit) in amounts.items():
        if limit is not None and amount > limit:
            text = f"{amount} on a truck that takes {limit} ({rule})."
            yield rule, {"amount": amount, "limit": limit, "detail": text}
    if problem.sites and not any(task.stream in site.streams for site in problem.sites):
        yield "facility_stream", {"detail": f"No facility takes {task.stream}."}


@dataclass(frozen=True)
class _Try:
    """One place, wound: the stops and what the truck must do at them."""

    problem: Problem
    number: int
    visits: Sequence[Visit]
    stops: Sequence[Moment]
    names: Names


def _wound(problem: Problem, number: int, steps: Steps, names: Names) -> list[tuple[str, Facts]]:
    """Return every rule that a place breaks, with its figures."""
    truck = problem.trucks[number]
    visits = visits_of(problem, truck, steps)
    moments = schedule(visits, truck.duty)
    stops = [moment for moment in moments if moment.kind is not StopKind.BREAK]
    tried = _Try(problem, number, visits, stops, names)
    told = [
        (one.kind, {**_figures(tried, one), "detail": one.detail})
        for one in check(moments, visits, truck.duty)
    ]
    if sum(step.is_unloading for step in steps) > problem.reload_max:
        text = f"More than {problem.reload_max} unloadings."
        told.append(("too_many_unloadings", {"limit": problem.reload_max, "detail": text}))
    bins = bins_of(problem, steps)
    if any(pair.first in bins and pair.second in bins for pair in problem.apart):
        told.append(("kept_apart", {"detail": "A bin of this round is to be kept apart from it."}))
    return told or [("unknown", {"detail": "A rule forbids it."})]


def _figures(tried: _Try, one: Broken) -> Facts:
    """Return what a broken rule was measured at, and its limit."""
    problem, duty, stops = tried.problem, tried.problem.trucks[tried.number].duty, tried.stops
    services = [visit for visit in tried.visits if visit.kind is StopKind.SERVICE]
    match one.kind:
        case "shift":
            return {"at": problem.clock(stops[-1].arrival_s), "limit": problem.clock(duty.end_s)}
        case "overtime":
            return {"at": problem.clock(stops[-1].arrival_s), "limit": problem.clock(duty.latest_s)}
        case "duration":
            out_s = stops[-1].arrival_s - stops[0].departure_s
            return {"amount": round(out_s / 60), "limit": round((duty.max_duration_s or 0) / 60)}
        case "window":
            shut = (
                m for m, v in zip(stops, tried.visits, strict=True) if v.ref == one.ref and _is_shut(m, v)
            )
            late = next(shut)
            return {"place": tried.names.place(late.kind, late.ref), "at": problem.clock(late.start_s)}
    totals = {
        "daily_stops": (len(services), duty.max_stops),
        "daily_kg": (sum(visit.demand_kg for visit in services), duty.max_kg),
        "daily_l": (sum(visit.demand_l for visit in services), duty.max_l),
    }
    if one.kind in totals:
        return {"amount": totals[one.kind][0], "limit": totals[one.kind][1] or 0}
    return {}


def _is_shut(moment: Moment, visit: Visit) -> bool:
    return not any(opens <= moment.start_s <= closes for opens, closes in visit.windows)
