"""Which bins should be on one truck because they stand next to each other: compact rounds, as pairs with a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from optimizer.matrix import UNREACHABLE, Matrix
from optimizer.problem import EUR, Pair, Problem, Task

NEAREST = 2
"""Neighbors of a bin that are looked at: enough to hold a street together."""


def with_preferences(problem: Problem, balance_eur: float, compact_eur: float) -> Problem:
    """Return the problem with a price for long rounds, per squared hour, and for neighbors on different rounds, each."""
    pairs = neighbors(problem.tasks, problem.matrices[0], round(compact_eur * EUR))
    return replace(problem, balance_price=round(balance_eur * EUR), together=(*problem.together, *pairs))


def neighbors(tasks: Sequence[Task], matrix: Matrix, price: int) -> tuple[Pair, ...]:
    """Return each bin with the nearest of its stream by the way there and back, each pair once, at a price in cost units."""
    if price == 0:
        return ()
    found = set()
    metres = matrix.distance_m + matrix.distance_m.T
    by_stream = sorted(range(len(tasks)), key=lambda one: (tasks[one].stream, one))
    for _, group in groupby(by_stream, key=lambda one: tasks[one].stream):
        bins = list(group)
        places = [tasks[one].place for one in bins]
        ways = metres[np.ix_(places, places)].astype(float)
        ways[ways >= UNREACHABLE] = np.inf
        np.fill_diagonal(ways, np.inf)
        for at, nearest in enumerate(np.argsort(ways, axis=1, kind="stable")[:, :NEAREST]):
            near = (other for other in nearest if np.isfinite(ways[at, other]))
            found |= {tuple(sorted((tasks[bins[at]].bin_id, tasks[bins[other]].bin_id))) for other in near}
    return tuple(Pair(first, second, price) for first, second in sorted(found))
