"""Problem -> OR-Tools routing model. What its pieces mean, and the traps they go round, stands beside each.

Nodes: the depots, then one per bin, then for each truck copies of the facilities: optional ones to unload on the way,
and a last one. A truck's last unloading is its own node and the only way home, so it ends empty inside opening hours;
it stands in the route of an unused truck too, at no cost and no time, so that every truck can take its first bin.
Where trucks need not end empty there is no last one, and every bin may be the last stop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import ceil

from ortools.constraint_solver import pywrapcp

from optimizer.problem import Problem, Truck
from optimizer.solution import Steps
from optimizer.solver.nodes import Model, Outlet
from optimizer.solver.rules import (
    add_caps,
    add_loads,
    limit_arcs,
    limit_unloadings,
    make_optional,
    relate_bins,
    reloads_before_last,
)
from optimizer.solver.times import add_costs_and_times
from tournee.domain import StopKind, WasteStream
from tournee.timeline import Visit, outcome


def build_model(problem: Problem, order: Sequence[int], tours: Sequence[Steps] = ()) -> Model:
    """Return the whole model, not yet closed, with facilities enough for `tours`, one per truck."""
    outlets = tuple(_outlets(problem, tours))
    depots = tuple(sorted({place for truck in problem.trucks for place in (truck.start, truck.end)}))
    starts = [depots.index(truck.start) for truck in problem.trucks]
    ends = [depots.index(truck.end) for truck in problem.trucks]
    num_nodes = len(depots) + len(order) + len(outlets)
    manager = pywrapcp.RoutingIndexManager(num_nodes, len(problem.trucks), starts, ends)
    model = Model(problem, depots, tuple(order), outlets, manager, pywrapcp.RoutingModel(manager))
    add_costs_and_times(model)
    add_loads(model)
    add_caps(model)
    limit_unloadings(model)
    limit_arcs(model)
    make_optional(model)
    relate_bins(model)
    return model


def _outlets(problem: Problem, tours: Sequence[Steps]) -> Iterator[Outlet]:
    for number, truck in enumerate(problem.trucks):
        used = (
            Counter(step.target for step in tours[number] if step.is_unloading) if tours else Counter[int]()
        )
        useful = min(reloads_before_last(problem), _trips_needed(problem, number))
        for site in range(len(problem.sites)):
            if _streams(truck) & problem.sites[site].streams:
                yield from (Outlet(number, site, is_last=False) for _ in range(max(useful, used[site])))
                if problem.must_end_empty:
                    yield Outlet(number, site, is_last=True)


def _streams(truck: Truck) -> frozenset[WasteStream]:
    return truck.duty.streams if truck.duty.streams is not None else frozenset(WasteStream)


def _trips_needed(problem: Problem, number: int) -> int:
    """Return how many unloadings could be of use before the last: every copy more makes the search slower."""
    trips, truck = 0, problem.trucks[number]
    for stream in _streams(truck):
        bins = [task for task in problem.tasks if task.stream is stream and problem.takes(number, task)]
        kg = sum(task.demand_kg for task in bins) / max(truck.duty.payload_kg, 1)
        litres = sum(truck.litres(task) for task in bins) / max(truck.duty.body_l, 1)
        trips += ceil(max(kg, litres))
    return max(trips - 1, 0) + (trips > 1)


def routes_for(model: Model, tours: Sequence[Steps]) -> list[list[int]]:
    """Return the indices of given tours, one list per truck; every copy of a facility is used once."""
    node_of = {task: node for node, task in model.bin_nodes()}
    free: dict[Outlet, list[int]] = {}
    for node, outlet in model.outlet_nodes():
        free.setdefault(outlet, []).append(node)
    routes = []
    for number, steps in enumerate(tours):
        nodes = []
        for at, step in enumerate(steps):
            is_last = model.problem.must_end_empty and at == len(steps) - 1
            outlet = Outlet(number, step.target, is_last)
            nodes.append(free[outlet].pop(0) if step.is_unloading else node_of[step.target])
        if not steps:
            # None at all where no facility takes what this truck carries today, or leaves it time to be back.
            nodes = list(islice(_passed_by_unused(model, number), 1))
        routes.append([model.manager.NodeToIndex(node) for node in nodes])
    return routes


def _passed_by_unused(model: Model, number: int) -> Iterator[int]:
    """Yield the last unloadings that a truck without bins can pass: standing there and the way home take their time."""
    problem, truck = model.problem, model.problem.trucks[number]
    start, end = problem.depots[truck.start], problem.depots[truck.end]
    for node, outlet in model.outlet_nodes():
        if outlet.truck == number and outlet.is_last:
            site = problem.sites[outlet.site]
            home_s = int(problem.travel_time_s(truck)[site.place, end.place])
            visits = (
                Visit(StopKind.START, "", windows=start.windows),
                Visit(StopKind.UNLOADING, "", service_time_s=site.standing_s, windows=site.windows),
                Visit(StopKind.END, "", home_s, windows=end.windows),
            )
            if outcome(visits, replace(truck.duty, rests=(), break_rules=()))[0] == 0:
                yield node
