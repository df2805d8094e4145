"""Problem -> OR-Tools routing model. What its pieces mean, and the traps they go round, stands beside each.

Nodes: 0 the depot, then one per bin, then for each truck copies of the facilities: optional ones to unload on the way,
and a last one. A truck's last unloading is its own node and the only way home, so it ends empty inside opening hours;
it stands in the route of an unused truck too, at no cost and no time, so that every truck can take its first bin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp

from optimizer.matrix import UNREACHABLE
from optimizer.problem import Problem, Truck
from optimizer.solution import Step, Steps
from tournee.domain import WasteStream
from tournee.timeline import Windows

TOO_LONG_S = 10**7
"""Seconds of a leg that does not exist: longer than any horizon, small enough to be added up."""

TOO_DEAR = 10**12
"""Cost of a leg that does not exist."""

HOME_PENALTY = 10**5
"""Keeps the last unloading in the route of an unused truck, where bins can join it."""


class Outlet(NamedTuple):
    """A copy of a facility for one truck."""

    truck: int
    site: int
    is_last: bool


@dataclass(frozen=True)
class Model:
    """The routing model with the meaning of its nodes; `order` lists the tasks in the order of their nodes."""

    problem: Problem
    order: tuple[int, ...]
    outlets: tuple[Outlet, ...]
    manager: Any
    routing: Any

    @property
    def first_outlet(self) -> int:
        """Node of the first facility copy."""
        return 1 + len(self.order)

    def step(self, node: int) -> Step:
        """Return what a node stands for; never called with the depot."""
        if node < self.first_outlet:
            return Step(self.order[node - 1])
        return Step(self.outlets[node - self.first_outlet].site, is_unloading=True)

    def outlet_nodes(self) -> Iterator[tuple[int, Outlet]]:
        """Yield each facility copy with its node."""
        return enumerate(self.outlets, start=self.first_outlet)


def build_model(problem: Problem, order: Sequence[int], tours: Sequence[Steps] = ()) -> Model:
    """Return the whole model, not yet closed, with facilities enough for `tours`, one per truck."""
    outlets = tuple(_outlets(problem, tours))
    num_nodes = 1 + len(order) + len(outlets)
    manager = pywrapcp.RoutingIndexManager(num_nodes, len(problem.trucks), 0)
    model = Model(problem, tuple(order), outlets, manager, pywrapcp.RoutingModel(manager))
    _add_costs_and_times(model)
    _add_loads(model)
    _limit_arcs(model)
    _make_optional(model)
    return model


def _outlets(problem: Problem, tours: Sequence[Steps]) -> Iterator[Outlet]:
    for number, truck in enumerate(problem.trucks):
        used = (
            Counter(step.target for step in tours[number] if step.is_unloading) if tours else Counter[int]()
        )
        useful = min(problem.reload_max - 1, _trips_needed(problem, truck))
        for site in range(len(problem.sites)):
            if _streams(truck) & problem.sites[site].streams:
                yield from (Outlet(number, site, is_last=False) for _ in range(max(useful, used[site])))
                yield Outlet(number, site, is_last=True)


def _streams(truck: Truck) -> frozenset[WasteStream]:
    return truck.duty.streams if truck.duty.streams is not None else frozenset(WasteStream)


def _trips_needed(problem: Problem, truck: Truck) -> int:
    """Return how many unloadings could be of use before the last: every copy more makes the search slower."""
    trips = 0
    for stream in _streams(truck):
        bins = [task for task in problem.tasks if task.stream is stream and truck.takes(task)]
        kg = sum(task.demand_kg for task in bins) / max(truck.duty.payload_kg, 1)
        litres = sum(truck.litres(task) for task in bins) / max(truck.duty.body_l, 1)
        trips += ceil(max(kg, litres))
    return max(trips - 1, 0) + (trips > 1)


# --- costs and times ------------------------------------------------------------------------------------------


def _add_costs_and_times(model: Model) -> None:
    problem, routing = model.problem, model.routing
    time_callbacks = []
    for number, truck in enumerate(problem.trucks):
        seconds, cost = _arcs(model, truck)
        time_callbacks.append(routing.RegisterTransitMatrix(seconds.tolist()))
        routing.SetArcCostEvaluatorOfVehicle(routing.RegisterTransitMatrix(cost.tolist()), number)
    horizon = max(truck.duty.end_s for truck in problem.trucks)
    # Cumul = when the container's own service begins: the place's setup is part of the leg before it.
    routing.AddDimensionWithVehicleTransits(time_callbacks, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    _add_windows(model, time, horizon)
    _add_breaks(model, time)


def _arcs(model: Model, truck: Truck) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return seconds and cost from node to node: standing at the first, the leg, the setup at the second."""
    problem = model.problem
    places, standing, setup, place_ids = _node_facts(model)
    grid = np.ix_(places, places)
    travel, metres = problem.travel_time_s(truck)[grid], problem.distance_m(truck)[grid]
    setups = np.where(place_ids[:, None] == place_ids[None, :], 0, setup[None, :])
    seconds = travel + standing[:, None] + setups
    cost = metres * truck.metre_cost + seconds * truck.second_cost
    for node, outlet in model.outlet_nodes():
        if outlet.is_last:
            # The way home is paid on entering, so that an unused truck (depot, last, depot) pays nothing.
            cost[:, node] += seconds[node, 0] * truck.second_cost + metres[node, 0] * truck.metre_cost
            cost[node, :] = cost[0, node] = seconds[0, node] = 0
    missing = travel >= UNREACHABLE
    for node, outlet in model.outlet_nodes():
        missing[0, node] &= not outlet.is_last
    seconds, cost = np.where(missing, TOO_LONG_S, seconds), np.where(missing, TOO_DEAR, cost)
    return seconds.astype(np.int64), np.rint(cost).astype(np.int64)


def _node_facts(model: Model) -> tuple[npt.NDArray[np.int64], ...]:
    """Return per node: its matrix index, standing time, setup time, and a number that tells places apart."""
    tasks = [model.problem.tasks[index] for index in model.order]
    sites = [model.problem.sites[outlet.site] for outlet in model.outlets]
    number = {
        place_id: index for index, place_id in enumerate(dict.fromkeys(task.place_id for task in tasks))
    }
    rows = [
        (0, 0, 0, -1),
        *((task.place, task.service_time_s, task.place_time_s, number[task.place_id]) for task in tasks),
        *((site.place, site.unloading_time_s, 0, -2) for site in sites),
    ]
    return tuple(np.asarray(column, dtype=np.int64) for column in zip(*rows, strict=True))


def _add_windows(model: Model, time: Any, horizon: int) -> None:
    problem, routing = model.problem, model.routing
    for node, index in enumerate(model.order, start=1):
        task = problem.tasks[index]
        # Its setup lies before the cumul. The second bin of a place has none, so it may begin that much late: mended.
        windows = tuple(
            (opens + task.place_time_s, closes + task.place_time_s) for opens, closes in task.windows
        )
        _limit(time.CumulVar(model.manager.NodeToIndex(node)), windows, horizon)
    for node, outlet in model.outlet_nodes():
        _limit(time.CumulVar(model.manager.NodeToIndex(node)), problem.sites[outlet.site].windows, horizon)
    for number, truck in enumerate(problem.trucks):
        for cumul in (time.CumulVar(routing.Start(number)), time.CumulVar(routing.End(number))):
            _limit(cumul, problem.depot_windows, horizon)
            cumul.SetRange(truck.duty.start_s, truck.duty.end_s)


def _limit(cumul: Any, windows: Windows, horizon: int) -> None:
    kept = sorted(
        (max(opens, 0), min(closes, horizon)) for opens, closes in windows if opens <= horizon and closes >= 0
    )
    if not kept:  # closed all shift: only a truck that stays home may "be" there
        kept = [(horizon, horizon)]
    cumul.SetRange(kept[0][0], kept[-1][1])
    for (_, closes), (opens, _) in pairwise(kept):
        if opens - closes > 1:
            cumul.RemoveInterval(closes + 1, opens - 1)


def _add_breaks(model: Model, time: Any) -> None:
    _, standing, _, _ = _node_facts(model)
    routing, solver = model.routing, model.routing.solver()
    visit_s = [int(standing[model.manager.IndexToNode(index)]) for index in range(routing.Size())]
    for number, truck in enumerate(model.problem.trucks):
        rests = [
            solver.FixedDurationIntervalVar(
                rest.earliest_s, rest.latest_s, rest.duration_s, False, f"rest {number} {k}"
            )
            for k, rest in enumerate(truck.duty.rests)
        ]
        if rests:
            time.SetBreakIntervalsOfVehicle(rests, number, visit_s)


# --- loads ----------------------------------------------------------------------------------------------------


def _add_loads(model: Model) -> None:
    problem, routing = model.problem, model.routing
    payloads = [truck.duty.payload_kg for truck in problem.trucks]
    bodies = [truck.duty.body_l for truck in problem.trucks]
    tasks = [problem.tasks[index] for index in model.order]
    kg = [0, *(task.demand_kg for task in tasks), *(-payloads[outlet.truck] for outlet in model.outlets)]
    litres = [
        [0, *(truck.litres(task) for task in tasks), *(-bodies[outlet.truck] for outlet in model.outlets)]
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


# --- which arcs, which trucks, what may be left -----------------------------------------------------------------


def _limit_arcs(model: Model) -> None:
    routing, problem = model.routing, model.problem
    ends = [routing.End(number) for number in range(len(problem.trucks))]
    bins = {node: problem.tasks[index].stream for node, index in enumerate(model.order, start=1)}
    index_of = model.manager.NodeToIndex
    halfway = [index_of(node) for node, outlet in model.outlet_nodes() if not outlet.is_last]
    last = [index_of(node) for node, outlet in model.outlet_nodes() if outlet.is_last]
    for number in range(len(problem.trucks)):
        routing.NextVar(routing.Start(number)).RemoveValues(halfway)
    barred = {stream: _barred_after(model, bins, stream) for stream in set(bins.values())}
    for node, stream in bins.items():
        routing.NextVar(index_of(node)).RemoveValues([*barred[stream], *ends])
    for node, outlet in model.outlet_nodes():
        index = index_of(node)
        if outlet.is_last:
            routing.NextVar(index).SetValues([index, ends[outlet.truck]])
        else:
            routing.NextVar(index).RemoveValues(
                [*(other for other in halfway if other != index), *last, *ends]
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


def _make_optional(model: Model) -> None:
    routing, problem, index_of = model.routing, model.problem, model.manager.NodeToIndex
    for node, index in enumerate(model.order, start=1):
        task = problem.tasks[index]
        takers = [number for number, truck in enumerate(problem.trucks) if truck.takes(task)]
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


def routes_for(model: Model, tours: Sequence[Steps]) -> list[list[int]]:
    """Return the indices of given tours, one list per truck; every copy of a facility is used once."""
    node_of = {task: node for node, task in enumerate(model.order, start=1)}
    free: dict[Outlet, list[int]] = {}
    for node, outlet in model.outlet_nodes():
        free.setdefault(outlet, []).append(node)
    routes = []
    for number, steps in enumerate(tours):
        nodes = []
        for at, step in enumerate(steps):
            outlet = Outlet(number, step.target, is_last=at == len(steps) - 1)
            nodes.append(free[outlet].pop(0) if step.is_unloading else node_of[step.target])
        if not steps:
            # None at all where no facility takes what this truck carries today.
            last = (
                node for node, outlet in model.outlet_nodes() if outlet.truck == number and outlet.is_last
            )
            nodes = list(islice(last, 1))
        routes.append([model.manager.NodeToIndex(node) for node in nodes])
    return routes
