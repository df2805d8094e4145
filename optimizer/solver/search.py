"""How the model is searched: guided local search from given tours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from optimizer.solution import Steps
from optimizer.solver.model import routes_for
from optimizer.solver.nodes import Model
from optimizer.solver.reading import steps_of
from optimizer.watching import ALONE, JobWatch

NOT_WORTH_IT = (
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
    "use_global_cheapest_insertion_visit_types_lns",
    "use_local_cheapest_insertion_visit_types_lns",
    "use_relocate_pair",
    "use_light_relocate_pair",
    "use_exchange_pair",
    "use_relocate_subtrip",
    "use_exchange_subtrip",
)
"""Neighborhoods for pickups and deliveries, and rebuilding ones: without them 2.5 times as many solutions in a second."""

BRANCHES_PER_SOLUTION = 200
"""Ends the search of a town so small that nothing improves for long; by count, so that a plan stays repeatable."""


def improve(
    model: Model, tours: Sequence[Steps], max_solutions: int, seconds: float, *, watch: JobWatch = ALONE
) -> list[Steps] | None:
    """Return better tours than the given ones; None where the model refuses them as a start, or that was enough before."""
    parameters = parameters_of("PATH_CHEAPEST_ARC", "GUIDED_LOCAL_SEARCH", seconds=seconds)
    parameters.solution_limit = max_solutions
    model.routing.CloseModelWithParameters(parameters)
    solver = model.routing.solver()
    model.routing.AddSearchMonitor(solver.BranchesLimit(max_solutions * BRANCHES_PER_SOLUTION))
    model.routing.AddAtSolutionCallback(_looked_at(solver, seconds, watch))
    start = model.routing.ReadAssignmentFromRoutes(routes_for(model, tours), True)
    if start is None:
        return None
    assignment = model.routing.SolveFromAssignmentWithParameters(start, parameters)
    return steps_of(model, assignment) if assignment else None


def _looked_at(solver: Any, seconds: float, watch: JobWatch) -> Callable[[], None]:
    """Return what is called with each solution: it tells how long the search has been going on, and may end it.

    Solutions come several times a second; a limit of our own would be asked at every branch, a quarter of the time.
    """
    began_s = monotonic()

    def look() -> None:
        if watch.is_due():
            watch.tell((monotonic() - began_s) / seconds)
        if watch.is_enough():
            solver.FinishCurrentSearch()

    return look


def parameters_of(strategy: str, metaheuristic: str, *, seconds: float) -> Any:
    """Return how to search, and for how long, without the neighborhoods that cost more than they bring."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, strategy)
    parameters.local_search_metaheuristic = getattr(routing_enums_pb2.LocalSearchMetaheuristic, metaheuristic)
    for name in NOT_WORTH_IT:
        setattr(parameters.local_search_operators, name, optional_boolean_pb2.BOOL_FALSE)
    parameters.time_limit.FromMilliseconds(round(seconds * 1_000))
    # It also bounds how long a start may take to be read, and with breaks on a thousand bins 0.1 s of its own are too few.
    parameters.lns_time_limit.FromMilliseconds(round(seconds * 1_000))
    return parameters
