"""The rounds that crews know from an earlier day -> today's, as near to them as it pays to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.problem import EUR, Problem
from optimizer.resolve import Order, Rounds, full_cost, resolve, without_empty_trips
from optimizer.solution import Solution, Step, Steps
from optimizer.solver.plain import alike
from optimizer.watching import UNWATCHED, Watch
from tournee.domain import Plan, PlanPhase, StopKind
from tournee.settings import DaySettings


def with_usual(problem: Problem, known: Plan, change_eur: float) -> Problem:
    """Return the problem with the truck that crews know each bin on, and a price for another one."""
    truck_of = {task: truck for truck, tasks in known_rounds(problem, known).items() for task in tasks}
    tasks = tuple(
        replace(task, usual_truck=truck_of.get(number)) for number, task in enumerate(problem.tasks)
    )
    return replace(problem, tasks=tasks, change_price=round(change_eur * EUR))


def keep_usual(
    problem: Problem,
    solution: Solution,
    known: Plan,
    budget: DaySettings,
    seed: int,
    *,
    watch: Watch = UNWATCHED,
) -> Solution:
    """Return tours that weigh what they cost against what is new to the crews, at the price of `with_usual`.

    From two sides: today's best rounds, each with the truck that knows it best, and the known rounds with today's bins.
    """
    usual = known_rounds(problem, known)
    today: list[Steps] = [() for _ in problem.trucks]
    for tour in solution.tours:
        today[tour.truck] = tour.steps
    starts = relabelled(problem, today, usual), known_steps(problem, known)
    found = []
    for start in starts:
        order = Order(problem, start, usual, budget, seed)
        made = resolve(order, watch.of(PlanPhase.USUAL))
        found.append((full_cost(order, made), made))
    best = min(found, key=lambda one: one[0])[1]
    return replace(best, notes={**solution.notes, **best.notes, "solver": solution.notes.get("solver", "")})


def known_rounds(problem: Problem, known: Plan) -> Rounds:
    """Return which of today's bins each truck served then, in its order."""
    return {
        truck: [step.target for step in steps if not step.is_unloading]
        for truck, steps in enumerate(known_steps(problem, known))
    }


def known_steps(problem: Problem, known: Plan) -> list[Steps]:
    """Return a known plan's steps as far as today's bins and facilities allow."""
    tasks = {task.bin_id: number for number, task in enumerate(problem.tasks)}
    sites = {site.facility_id: number for number, site in enumerate(problem.sites)}
    routes = {route.vehicle_id: route for route in known.routes}
    found = []
    for truck in problem.trucks:
        stops = routes[truck.vehicle_id].stops if truck.vehicle_id in routes else ()
        steps: list[Step] = []
        for stop in stops:
            if stop.kind is StopKind.SERVICE and stop.place_ref in tasks:
                steps.append(Step(tasks[stop.place_ref]))
            elif stop.kind is StopKind.UNLOADING and stop.place_ref in sites:
                steps.append(Step(sites[stop.place_ref], is_unloading=True))
        found.append(without_empty_trips(tuple(steps)))
    return found


def relabelled(problem: Problem, tours: Sequence[Steps], usual: Rounds) -> list[Steps]:
    """Return tours handed round among trucks that differ in name only, each to the one that knows most of its bins."""
    found = list(tours)
    for trucks in alike(problem):
        routes = [tours[truck] for truck in trucks]
        knows = sorted(
            (-len({step.target for step in steps if not step.is_unloading} & set(usual[truck])), at, truck)
            for at, steps in enumerate(routes)
            for truck in trucks
        )
        placed: set[int] = set()
        taken: set[int] = set()
        for _, at, truck in knows:
            if at not in placed and truck not in taken:
                found[truck] = routes[at]
                placed.add(at)
                taken.add(truck)
    return found
