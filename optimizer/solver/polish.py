"""Tours that no bin would better join or leave. Never breaks a rule.

Filling before pruning matters: no single optional bin pays for a trip to a facility, many together do.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.insertion import Insertions
from optimizer.solution import Steps, Tour
from optimizer.solver.moving import hand_over, relocate
from optimizer.touring import tour_of

type Tours = list[Tour]


def polish(insertions: Insertions, tours: Tours) -> Tours:
    """Return tours from which no bin is better left out, and into which no bin left out would better go.

    Nor would a bin better go elsewhere, where there are few.

    Every change lowers the cost, so it ends. Afterwards the reasons given to people are true as they stand.
    """
    tours = list(tours)
    steps = (prune, fill, relocate, hand_over)
    while any(improve(insertions, tours) for improve in steps):
        pass
    return tours


def fill(insertions: Insertions, tours: Tours) -> bool:
    """Insert in place every bin whose detour costs less than leaving it; tell whether any went in."""
    tasks = insertions.problem.tasks
    served = {step.target for tour in tours for step in tour.steps if not step.is_unloading}
    waiting = [task for task in range(len(tasks)) if task not in served]
    changed = False
    for task in sorted(waiting, key=lambda one: (-tasks[one].price, one)):
        if found := insertions.cheapest(task, tours, below=tasks[task].price):
            tours[found.tour.truck] = found.tour
            changed = True
    return changed


def prune(insertions: Insertions, tours: Tours) -> bool:
    """Take out in place what costs more than it is worth: tours, then trips, then single bins."""
    changed = False
    for truck, tour in enumerate(tours):
        lighter = _lighter(insertions, tour)
        while lighter:
            tours[truck], changed = lighter, True
            lighter = _lighter(insertions, lighter)
    return changed


def _lighter(insertions: Insertions, tour: Tour) -> Tour | None:
    """Return the tour without the part whose leaving saves most, if leaving any part saves anything."""
    best, best_gain = None, 0
    for bound, lost, (first, last) in sorted(_candidates(insertions, tour), reverse=True):
        if bound <= best_gain:
            break  # nothing further down can save more: spares winding the clock for nearly every part
        without = tour_of(insertions.problem, tour.truck, (*tour.steps[:first], *tour.steps[last:]))
        if tour.cost - without.cost - lost > best_gain:
            best, best_gain = without, tour.cost - without.cost - lost
    return best


def _candidates(insertions: Insertions, tour: Tour) -> Iterator[tuple[float, int, tuple[int, int]]]:
    """Yield each part that might be left: at least what that gains, the price of its bins, and where it is."""
    tasks = insertions.problem.tasks
    for first, last in _parts(tour.steps, must_end_empty=insertions.problem.must_end_empty):
        lost = sum(tasks[step.target].price for step in tour.steps[first:last] if not step.is_unloading)
        yield insertions.saving_bound(tour, first, last) - lost, lost, (first, last)


def _parts(steps: Steps, *, must_end_empty: bool) -> list[tuple[int, int]]:
    """Return the whole tour, each trip, each bin that does not travel alone, and a last unloading where none is needed."""
    if not steps:
        return []
    ends = sorted({len(steps), *(at + 1 for at, step in enumerate(steps) if step.is_unloading)})
    trips = list(zip([0, *ends[:-1]], ends, strict=True))
    inside = [[at for at in range(*trip) if not steps[at].is_unloading] for trip in trips]
    bins = [(at, at + 1) for bins in inside if len(bins) > 1 for at in bins]
    spare = [(len(steps) - 1, len(steps))] if steps[-1].is_unloading and not must_end_empty else []
    return [(0, len(steps)), *trips, *bins, *spare]
