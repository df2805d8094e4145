"""Routes of many proposals -> the best set of them: a set-partitioning model for CP-SAT.

Each task is in one chosen route at most, and priced where it is in none; trucks that differ in name only share their
routes, and drive one each at most. What a route costs is what the clockwork says, so breaks and waiting are paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from ortools.sat.python import cp_model

from optimizer.problem import Problem
from optimizer.solution import Steps, Tour
from optimizer.solver.plain import alike
from optimizer.touring import tour_of
from optimizer.watching import PAUSE_S, Asked, never

EFFORT = 5.0
"""Deterministic seconds of CP-SAT: the same on every machine, unlike those of a clock."""


def recombine(
    problem: Problem,
    routes: Iterable[tuple[int, Steps]],
    known: Sequence[Steps],
    seconds: float = EFFORT,
    *,
    is_enough: Asked = never,
) -> list[Steps] | None:
    """Return the cheapest combination of routes, one per truck, empty ones included; None where it is not found.

    Parameters
    ----------
    routes
        Sound ones, each with a truck that can drive it; another one like it may be given it.
    known
        A combination to begin with, one per truck.
    seconds
        A ceiling, beside `EFFORT`.

    Balinski and Quandt (1964), https://doi.org/10.1287/opre.12.2.300.
    """
    kinds = alike(problem)
    kind_of = {truck: kind for kind, trucks in enumerate(kinds) for truck in trucks}
    start = {(kind_of[truck], steps) for truck, steps in enumerate(known) if steps}
    every = dict.fromkeys([*start, *((kind_of[truck], steps) for truck, steps in routes if steps)])
    tours = [tour_of(problem, kinds[kind][0], steps) for kind, steps in every]
    model = cp_model.CpModel()
    chosen = [model.new_bool_var(f"route {number}") for number in range(len(tours))]
    left = _serve_once(model, problem, tours, chosen)
    for kind, trucks in enumerate(kinds):
        own = [pick for pick, route in zip(chosen, every, strict=True) if route[0] == kind]
        model.add(sum(own) <= len(trucks))
    for pick, route in zip(chosen, every, strict=True):
        model.add_hint(pick, route in start)
    prices = [task.price for task in problem.tasks]
    costs = [tour.cost for tour in tours]
    model.minimize(
        cp_model.LinearExpr.weighted_sum(chosen, costs) + cp_model.LinearExpr.weighted_sum(left, prices)
    )
    picked = _solved(model, chosen, seconds, is_enough)
    if picked is None:
        return None
    return _assigned(problem, kinds, [tours[number] for number in picked], kind_of)


def _serve_once(
    model: cp_model.CpModel, problem: Problem, routes: Sequence[Tour], chosen: Sequence[Any]
) -> list[Any]:
    """Let each task be in one chosen route or left; return what says that it is left."""
    with_task: list[list[Any]] = [[] for _ in problem.tasks]
    for pick, tour in zip(chosen, routes, strict=True):
        for step in tour.steps:
            if not step.is_unloading:
                with_task[step.target].append(pick)
    left = [model.new_bool_var(f"left {number}") for number in range(len(with_task))]
    for number, picks in enumerate(with_task):
        model.add_exactly_one([*picks, left[number]])
    return left


def _solved(
    model: cp_model.CpModel, chosen: Sequence[Any], seconds: float, is_enough: Asked
) -> list[int] | None:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = (
        1  # several race, and the first to arrive wins: not the same one every time
    )
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.max_time_in_seconds = seconds
    status = _searched(solver, model, is_enough)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    return [number for number, pick in enumerate(chosen) if solver.boolean_value(pick)]


def _searched(solver: cp_model.CpSolver, model: cp_model.CpModel, is_enough: Asked) -> Any:
    """Return the status of a search that ends when that is enough: its own callbacks come with solutions only."""
    with ThreadPoolExecutor(1) as beside:
        searching = beside.submit(solver.solve, model)
        try:
            while not wait([searching], timeout=PAUSE_S).done:
                if is_enough():
                    solver.stop_search()
        finally:
            solver.stop_search()
        return searching.result()


def _assigned(
    problem: Problem, kinds: Sequence[tuple[int, ...]], picked: Sequence[Tour], kind_of: dict[int, int]
) -> list[Steps]:
    free = [list(trucks) for trucks in kinds]
    steps: list[Steps] = [() for _ in problem.trucks]
    for tour in picked:
        steps[free[kind_of[tour.truck]].pop(0)] = tour.steps
    return steps
