"""Costs, travel, windows and breaks of the routing model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.matrix import UNREACHABLE
from optimizer.problem import Truck
from optimizer.solver.nodes import Model
from tournee.domain import Counted
from tournee.timeline import Duty, Rest, Windows

TOO_LONG_S = 10**7
"""Seconds of a leg that does not exist: longer than any horizon, small enough to be added up."""

TOO_DEAR = 10**12
"""Cost of a leg that does not exist."""


def add_costs_and_times(model: Model) -> None:
    """Price every arc and let the clock run along it, with windows and breaks."""
    problem, routing = model.problem, model.routing
    time_callbacks = []
    known: dict[tuple[float, ...], tuple[int, int]] = {}
    for number, truck in enumerate(problem.trucks):
        # Trucks that are alike share their matrices: a fleet of fifty would not fit into memory.
        alike = (truck.roads, truck.metre_cost, truck.second_cost, truck.use_cost, truck.start, truck.end)
        if alike not in known:
            seconds, cost = (routing.RegisterTransitMatrix(grid.tolist()) for grid in _arcs(model, truck))
            known[alike] = seconds, cost
        time_callbacks.append(known[alike][0])
        routing.SetArcCostEvaluatorOfVehicle(known[alike][1], number)
    horizon = max(truck.duty.latest_s for truck in problem.trucks)
    # Cumul = when the container's own service begins: the place's setup is part of the leg before it.
    routing.AddDimensionWithVehicleTransits(time_callbacks, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    _add_windows(model, time, horizon)
    _add_breaks(model, time)
    if problem.has_releases:
        _add_releases(model, time, horizon)


def _arcs(model: Model, truck: Truck) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return seconds and cost from node to node: standing at the first, the leg, the setup at the second."""
    problem = model.problem
    start, end = model.ends_of(truck)
    places, standing, setup, place_ids = _node_facts(model)
    grid = np.ix_(places, places)
    travel, metres = problem.travel_time_s(truck)[grid], problem.distance_m(truck)[grid]
    setups = np.where(place_ids[:, None] == place_ids[None, :], 0, setup[None, :])
    seconds = travel + standing[:, None] + setups
    cost = metres * truck.metre_cost + seconds * truck.second_cost
    # Not as a fixed cost of the vehicle: an unused truck passes its last unloading, and would pay.
    cost[start, model.first_task : model.first_outlet] += truck.use_cost
    for node, outlet in model.outlet_nodes():
        if outlet.is_last:
            # The way home is paid on entering, so that an unused truck (start, last, end) pays nothing.
            cost[:, node] += seconds[node, end] * truck.second_cost + metres[node, end] * truck.metre_cost
            cost[node, :] = cost[start, node] = seconds[start, node] = 0
    missing = travel >= UNREACHABLE
    for node, outlet in model.outlet_nodes():
        missing[start, node] &= not outlet.is_last
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
        *((model.problem.depots[depot].place, 0, 0, -1) for depot in model.depots),
        *((task.place, task.service_time_s, task.place_time_s, number[task.place_id]) for task in tasks),
        *((site.place, site.standing_s, 0, -2) for site in sites),
    ]
    return tuple(np.asarray(column, dtype=np.int64) for column in zip(*rows, strict=True))


def _add_windows(model: Model, time: Any, horizon: int) -> None:
    problem, routing = model.problem, model.routing
    for node, index in model.bin_nodes():
        task = problem.tasks[index]
        # Its setup lies before the cumul. The second bin of a place has none, so it may begin that much late: mended.
        windows = tuple(
            (opens + task.place_time_s, closes + task.place_time_s) for opens, closes in task.windows
        )
        _limit(time.CumulVar(model.manager.NodeToIndex(node)), windows, horizon)
    for node, outlet in model.outlet_nodes():
        _limit(time.CumulVar(model.manager.NodeToIndex(node)), problem.sites[outlet.site].windows, horizon)
    for number, truck in enumerate(problem.trucks):
        if truck.duty.max_duration_s is not None:
            time.SetSpanUpperBoundForVehicle(truck.duty.max_duration_s, number)
        if truck.duty.overtime_max_s:
            price = round(truck.overtime_second_cost)
            time.SetCumulVarSoftUpperBound(routing.End(number), truck.duty.end_s, price)
        ends = (routing.Start(number), truck.start), (routing.End(number), truck.end)
        for index, depot in ends:
            cumul = time.CumulVar(index)
            cumul.SetRange(truck.duty.start_s, truck.duty.latest_s)
            if problem.can_leave(truck):  # the others take no bin, see rules.py
                _limit(cumul, problem.windows_in_shift(truck, depot), horizon)


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


def _add_releases(model: Model, time: Any, horizon: int) -> None:
    """Let no trip begin before what it brings is ready: a time of its own that only trips' beginnings can put forward."""
    routing, manager = model.routing, model.manager
    nothing = routing.RegisterUnaryTransitVector([0] * manager.GetNumberOfNodes())
    routing.AddDimension(nothing, horizon, horizon, False, "released")
    released = routing.GetDimensionOrDie("released")
    outlets = {manager.NodeToIndex(node): outlet for node, outlet in model.outlet_nodes()}
    for index in range(routing.Size()):
        if index in outlets:
            standing_s = model.problem.sites[outlets[index].site].standing_s
            sets_out = time.CumulVar(index) + standing_s
            routing.solver().Add(released.CumulVar(index) + released.SlackVar(index) <= sets_out)
        else:
            released.SlackVar(index).SetValue(0)
    for node, index in model.bin_nodes():
        ready_s = model.problem.tasks[index].released_s
        if ready_s is not None:
            released.CumulVar(manager.NodeToIndex(node)).SetMin(min(max(ready_s, 0), horizon))
    for number in range(len(model.problem.trucks)):
        start = routing.Start(number)
        routing.solver().Add(released.CumulVar(start) <= time.CumulVar(start))


def _add_breaks(model: Model, time: Any) -> None:
    _, standing, _, _ = _node_facts(model)
    routing, solver = model.routing, model.routing.solver()
    visit_s = [int(standing[model.manager.IndexToNode(index)]) for index in range(routing.Size())]
    for number, truck in enumerate(model.problem.trucks):
        rests = [
            solver.FixedDurationIntervalVar(
                rest.earliest_s, rest.latest_s, rest.duration_s, False, f"rest {number} {k}"
            )
            for k, rest in enumerate(_rests(truck.duty))
        ]
        if rests:
            time.SetBreakIntervalsOfVehicle(rests, number, visit_s)


def _rests(duty: Duty) -> list[Rest]:
    """Return the breaks that the model is told of: those of the clock, and one for each rule that counts work.

    The first break that is long enough for the rule must then begin in time; where there is none, one may begin at any
    time until then, which says nothing to a tour that is over. What comes after it, and rules that count driving, the
    model can't say: the clockwork decides, and tours that break them are mended.
    """
    rests = list(duty.rests)
    for rule in duty.break_rules:
        due_s = duty.start_s + rule.limit_s
        if rule.counts is not Counted.WORK or duty.latest_s <= due_s:
            continue
        long = [
            at
            for at, rest in enumerate(rests)
            if rest.duration_s >= rule.break_s and rest.earliest_s <= due_s
        ]
        if long:
            first = rests[long[0]]
            rests[long[0]] = replace(first, latest_s=min(first.latest_s, due_s))
        else:
            rests.append(Rest(duty.start_s, due_s, rule.break_s))
    return rests
