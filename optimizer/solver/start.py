"""Where a search may start: OR-Tools' first solutions, in which every rule counts from the first bin.

Beside PyVRP's proposals, for what it can't be told. No strategy wins always, so several are tried: on days with every rule
and several depots sequential insertion left least, savings where streams and trucks are mixed, local insertion on small days.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.insertion import Insertions
from optimizer.problem import Problem
from optimizer.solution import Steps
from optimizer.solver.mending import mend
from optimizer.solver.model import build_model
from optimizer.solver.reading import steps_of
from optimizer.solver.search import parameters_of
from optimizer.solver.work import Span
from optimizer.touring import tour_of
from optimizer.watching import ALONE, JobWatch

STRATEGIES = ("SEQUENTIAL_CHEAPEST_INSERTION", "SAVINGS", "LOCAL_CHEAPEST_INSERTION")


@dataclass(frozen=True, slots=True)
class Opening:
    """A strategy to begin a problem with; what it has not found when the span is over is nothing."""

    problem: Problem
    strategy: str
    span: Span


def first_tours(opening: Opening, watch: JobWatch = ALONE) -> list[Steps]:
    """Return the sound tours that a strategy begins with, one per truck; empty ones where it finds none, or that was enough."""
    problem, nothing = opening.problem, [() for _ in opening.problem.trucks]
    if watch.is_enough():
        return list(nothing)
    model = build_model(problem, range(len(problem.tasks)))
    parameters = parameters_of(opening.strategy, "GREEDY_DESCENT", seconds=opening.span.left_s())
    parameters.solution_limit = 1
    assignment = model.routing.SolveWithParameters(parameters)
    found = steps_of(model, assignment) if assignment else nothing
    tours = [tour_of(problem, truck, steps) for truck, steps in enumerate(found)]
    return [tour.steps for tour in mend(Insertions(problem), tours)]
