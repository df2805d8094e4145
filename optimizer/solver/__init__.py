"""Problem -> Solution. The door: `solve` reads as the recipe, each ingredient is one file.

A time limit makes no plan repeatable, so the budget is a number of solutions; the seconds are only a ceiling.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import ortools

from optimizer.insertion import Insertions
from optimizer.problem import Problem
from optimizer.solution import Solution, Steps
from optimizer.solver.construction import Tours, construct, polish
from optimizer.solver.mending import mend
from optimizer.solver.model import build_model
from optimizer.solver.search import first_solution, improve
from optimizer.touring import solution_of, tour_of
from tournee.settings import SolverSettings

__all__ = ["solve"]


def solve(problem: Problem, budget: SolverSettings, seed: int = 0) -> Solution:
    """Return the best solution found within a budget; a bin that can't be served is unserved, never an error.

    Same problem, same `budget.max_solutions`, same seed: same solution, as long as `budget.max_seconds` is not reached.
    Waiting is not priced while searching, only when starts and results are compared and polished.
    """
    if not problem.tasks:
        return solution_of(problem, (), {"start": "none", "solver": "nothing to serve"})
    insertions = Insertions(problem)
    order = _order(problem, seed)
    name, best = _best_start(insertions, order, budget, seed)
    steps = [tour.steps for tour in best]
    improved = improve(build_model(problem, order, steps), steps, budget)
    if improved is not None:
        best = min(best, _finished(insertions, improved), key=lambda tours: _cost(problem, tours))
    notes = {
        "start": name,
        "solver": f"OR-Tools {ortools.__version__}, guided local search",
        "seed": str(seed),
    }
    return solution_of(problem, best, notes)


def _best_start(
    insertions: Insertions, order: Sequence[int], budget: SolverSettings, seed: int
) -> tuple[str, Tours]:
    problem = insertions.problem
    starts = {"construction": polish(insertions, construct(insertions, seed))}
    if other := first_solution(problem, order, budget):
        starts[other[0]] = _finished(insertions, other[1])
    return min(starts.items(), key=lambda start: _cost(problem, start[1]))


def _finished(insertions: Insertions, steps: Sequence[Steps]) -> Tours:
    """Return sound, polished tours: the clockwork decides what a truck can do, whatever a model thought."""
    tours = [tour_of(insertions.problem, truck, done) for truck, done in enumerate(steps)]
    return polish(insertions, mend(insertions, tours))


def _cost(problem: Problem, tours: Tours) -> int:
    return solution_of(problem, tours).cost


def _order(problem: Problem, seed: int) -> list[int]:
    """Return the tasks in the order of their nodes; another seed leads the search along another path."""
    order = list(range(len(problem.tasks)))
    if seed:
        random.Random(seed).shuffle(order)  # noqa: S311 - it diversifies a search, it guards nothing
    return order
