"""Loads, the arcs that may not be driven, and what may be left: the other constraints of the routing model."""

from __future__ import annotations

from collections import Counter
from typing import Any

from optimizer.problem import Problem
from optimizer.solver.nodes import Model
from tournee.domain import WasteStream

HOME_PENALTY = 10**5
"""Keeps the last unloading in the route of an unused truck, where bins can join it."""


def add_loads(model: Model) -> None:
    """Let kilograms and litres grow from bin to bin and fall to zero at each unloading."""
    problem, routing = model.problem, model.routing
    payloads = [truck.duty.payload_kg for truck in problem.trucks]
    bodies = [truck.duty.body_l for truck in problem.trucks]
    tasks = [problem.tasks[index] for index in model.order]
    none = [0] * len(model.depots)
    kg = [*none, *(task.demand_kg for task in tasks), *(-payloads[outlet.truck] for outlet in model.outlets)]
    litres = [
        [*none, *(truck.litres(task) for task in tasks), *(-bodies[outlet.truck] for outlet in model.outlets)]
        for truck in problem.trucks
    ]
    kilograms = [routing.RegisterUnaryTransitVector(kg)] * len(payloads)
    _add_load(model, "kg", kilograms, payloads)
    _add_load(model, "litres", _per_truck(routing, litres), bodies)


def _per_truck(routing: Any, demands: list[list[int]]) -> list[int]:
    """Register one demand vector per truck.

    As matrices where they differ: with unary transits of several trucks, OR-Tools 9.15 refuses unserved nodes.
    """
    if all(demand == demands[0] for demand in demands):
        return [routing.RegisterUnaryTransitVector(demands[0])] * len(demands)
    return [
        routing.RegisterTransitMatrix([[litres] * len(demand) for litres in demand]) for demand in demands
    ]


def _add_load(model: Model, name: str, callbacks: list[int], capacities: list[int]) -> None:
    """Add a load that grows at bins and falls to zero at unloadings, where slack fills up what was not on board."""
    model.routing.AddDimensionWithVehicleTransitAndCapacity(
        callbacks, max(capacities), capacities, True, name
    )
    load = model.routing.GetDimensionOrDie(name)
    outlets = {model.manager.NodeToIndex(node) for node, _ in model.outlet_nodes()}
    for index in range(model.routing.Size()):
        if index not in outlets:
            load.SlackVar(index).SetValue(0)


def add_caps(model: Model) -> None:
    """Count stops, kilograms and litres of the whole shift, each only where some truck has a cap on it."""
    trucks = model.problem.trucks
    tasks = [model.problem.tasks[index] for index in model.order]
    none, rest = [0] * len(model.depots), [0] * len(model.outlets)
    duties = [truck.duty for truck in trucks]
    stops, kg = [*none, *(1 for _ in tasks), *rest], [*none, *(task.demand_kg for task in tasks), *rest]
    _add_cap(model, "daily stops", [stops] * len(trucks), [duty.max_stops for duty in duties])
    _add_cap(model, "daily kg", [kg] * len(trucks), [duty.max_kg for duty in duties])
    litres = [[*none, *map(truck.litres, tasks), *rest] for truck in trucks]
    _add_cap(model, "daily litres", litres, [duty.max_l for duty in duties])


def _add_cap(model: Model, name: str, demands: list[list[int]], caps: list[int | None]) -> None:
    if all(cap is None for cap in caps):
        return
    limits = [sum(demand) if cap is None else cap for demand, cap in zip(demands, caps, strict=True)]
    callbacks = _per_truck(model.routing, demands)
    model.routing.AddDimensionWithVehicleTransitAndCapacity(callbacks, 0, limits, True, name)


def reloads_before_last(problem: Problem) -> int:
    """Return how many unloadings of a truck may come before the one that ends its shift."""
    return problem.reload_max - problem.must_end_empty


def limit_unloadings(model: Model) -> None:
    """Count the unloadings of a truck where copies of several facilities are more than it may use."""
    copies = Counter(outlet.truck for outlet in model.outlets if not outlet.is_last)
    limit, num_trucks = reloads_before_last(model.problem), len(model.problem.trucks)
    if max(copies.values(), default=0) > limit:
        stops = [0] * model.first_outlet
        unloadings = [*stops, *(int(not outlet.is_last) for outlet in model.outlets)]
        _add_cap(model, "unloadings", [unloadings] * num_trucks, [limit] * num_trucks)


def limit_arcs(model: Model) -> None:
    """Forbid what no trip may do: mix streams, unload where it is not taken, go home without a last unloading."""
    routing, problem = model.routing, model.problem
    ends = [routing.End(number) for number in range(len(problem.trucks))]
    not_home = ends if problem.must_end_empty else []
    bins = {node: problem.tasks[index].stream for node, index in model.bin_nodes()}
    index_of = model.manager.NodeToIndex
    halfway = [index_of(node) for node, outlet in model.outlet_nodes() if not outlet.is_last]
    last = [index_of(node) for node, outlet in model.outlet_nodes() if outlet.is_last]
    for number in range(len(problem.trucks)):
        routing.NextVar(routing.Start(number)).RemoveValues(halfway)
    barred = {stream: _barred_after(model, bins, stream) for stream in set(bins.values())}
    for node, stream in bins.items():
        routing.NextVar(index_of(node)).RemoveValues([*barred[stream], *not_home])
    for node, outlet in model.outlet_nodes():
        index = index_of(node)
        if outlet.is_last:
            routing.NextVar(index).SetValues([index, ends[outlet.truck]])
        else:
            routing.NextVar(index).RemoveValues(
                [*(other for other in halfway if other != index), *last, *not_home]
            )


def _barred_after(model: Model, bins: dict[int, WasteStream], stream: WasteStream) -> list[int]:
    """Return what may not follow a bin of a stream: bins of another, facilities that do not take it."""
    index_of = model.manager.NodeToIndex
    others = [index_of(node) for node, other in bins.items() if other is not stream]
    sites = model.problem.sites
    closed = [
        index_of(node) for node, outlet in model.outlet_nodes() if stream not in sites[outlet.site].streams
    ]
    return [*others, *closed]


def relate_bins(model: Model) -> None:
    """Keep bins apart that may not be on one truck, and price pairs of which two trucks take one each."""
    routing, solver = model.routing, model.routing.solver()
    index_of = {
        model.problem.tasks[index].bin_id: model.manager.NodeToIndex(node)
        for node, index in model.bin_nodes()
    }
    for first, second, _ in model.problem.apart:
        if first in index_of and second in index_of:
            one, other = index_of[first], index_of[second]
            differs = solver.IsDifferentVar(routing.VehicleVar(one), routing.VehicleVar(other))
            solver.Add(differs >= routing.ActiveVar(one))
    for first, second, price in model.problem.together:
        if first in index_of and second in index_of:
            routing.AddSoftSameVehicleConstraint([index_of[first], index_of[second]], price)


def make_optional(model: Model) -> None:
    """Price what may be left, and say which truck may take what."""
    routing, problem, index_of = model.routing, model.problem, model.manager.NodeToIndex
    for node, index in model.bin_nodes():
        task = problem.tasks[index]
        takers = [
            number
            for number, truck in enumerate(problem.trucks)
            if problem.takes(number, task) and problem.can_leave(truck)
        ]
        # Not SetAllowedVehiclesForIndex: it raises TypeError from Python.
        routing.VehicleVar(index_of(node)).SetValues([-1, *takers])
        routing.AddDisjunction([index_of(node)], task.price)
    for number in range(len(problem.trucks)):
        last = [index_of(node) for node, o in model.outlet_nodes() if o.truck == number and o.is_last]
        if last:
            routing.AddDisjunction(last, HOME_PENALTY, 1)
    for node, outlet in model.outlet_nodes():
        routing.VehicleVar(index_of(node)).SetValues([-1, outlet.truck])
        if not outlet.is_last:
            routing.AddDisjunction([index_of(node)], 0)
