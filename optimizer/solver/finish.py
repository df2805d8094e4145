"""The routing model with every rule has the last word: OR-Tools, warm-started with sound tours."""

from __future__ import annotations

import random
from dataclasses import dataclass

from optimizer.insertion import Insertions
from optimizer.problem import Problem
from optimizer.solution import Steps
from optimizer.solver.mending import mend
from optimizer.solver.model import build_model
from optimizer.solver.polish import polish
from optimizer.solver.search import improve
from optimizer.solver.work import Span
from optimizer.touring import tour_of
from optimizer.watching import ALONE, JobWatch


@dataclass(frozen=True, slots=True)
class Draft:
    """Sound tours to be finished, one per truck; the search ends with whichever limit comes first."""

    problem: Problem
    tours: tuple[Steps, ...]
    seed: int
    max_solutions: int
    span: Span


def finish(draft: Draft, watch: JobWatch = ALONE) -> list[Steps]:
    """Return sound, polished tours at least as good as those of the draft by the model's lights; its own where it refuses them."""
    problem = draft.problem
    model = build_model(problem, _order(problem, draft.seed), draft.tours)
    improved = improve(model, draft.tours, draft.max_solutions, draft.span.left_s(), watch=watch)
    if improved is None:
        return list(draft.tours)
    insertions = Insertions(problem)
    sound = mend(insertions, [tour_of(problem, truck, steps) for truck, steps in enumerate(improved)])
    return [tour.steps for tour in polish(insertions, sound)]


def _order(problem: Problem, seed: int) -> list[int]:
    """Return the tasks in the order of their nodes; another seed leads the search along another path."""
    order = list(range(len(problem.tasks)))
    if seed:
        random.Random(seed).shuffle(order)  # noqa: S311 - it diversifies a search, it guards nothing
    return order
