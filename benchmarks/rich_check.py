"""Many days drawn at random, with every rule at once, and whether a plan of any of them breaks one.

`--count 1000 --seed 1 --json`. Each day is planned and verified, and every bin must be served once or counted as left. Ends with 1 where anything is wrong, and names the day,
so that `--seed` of that day and `--count 1` show it again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file

from benchmarks.any_day import draw_day
from optimizer.solver import solve
from optimizer.verify import verify
from tournee.settings import SolverSettings

SMALLEST, LARGEST = 5, 40


@dataclass(frozen=True, slots=True)
class Checked:
    """One day, planned."""

    seed: int
    bins: int
    trucks: int
    served: int
    kinds: tuple[str, ...]
    seconds: float


def check_day(seed: int, budget: SolverSettings) -> Checked:
    """Plan a day and return what its plan breaks."""
    begun = perf_counter()
    problem = draw_day(seed, SMALLEST + seed % (LARGEST - SMALLEST + 1))
    solution = solve(problem, budget, seed)
    kinds = [broken.kind for broken in verify(problem, solution)]
    stops = [step.target for tour in solution.tours for step in tour.steps if not step.is_unloading]
    if sorted([*stops, *solution.unserved]) != list(range(len(problem.tasks))):
        kinds.append("books")
    seconds = perf_counter() - begun
    return Checked(seed, len(problem.tasks), len(problem.trucks), len(stops), tuple(kinds), round(seconds, 2))


def main() -> int:
    """Check as many days as were asked for; 1 where any plan breaks a rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100, help="days")
    parser.add_argument("--seed", type=int, default=1, help="of the first day; the others follow")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=300, help="of each proposal")
    parser.add_argument("--json", action="store_true", help="one object with every figure")
    asked = parser.parse_args()
    budget = SolverSettings(
        max_solutions=100, max_seconds=30, max_iterations=asked.iterations, proposals=1, processes=1
    )
    days = range(asked.seed, asked.seed + asked.count)
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        checked = list(pool.map(partial(check_day, budget=budget), days, chunksize=5))
    wrong = [day for day in checked if day.kinds]
    figures = {
        "days": len(checked),
        "bins": sum(day.bins for day in checked),
        "served": sum(day.served for day in checked),
        "violations": dict(Counter(kind for day in wrong for kind in day.kinds)),
        "wrong": [asdict(day) for day in wrong],
        "seconds": round(sum(day.seconds for day in checked), 1),
        "slowest": asdict(max(checked, key=lambda day: day.seconds)),
    }
    if asked.json:
        print(json.dumps(figures, indent=1))
    else:
        print(
            f"{figures['days']} days, {figures['served']} of {figures['bins']} bins served, {len(wrong)} wrong"
        )
        for day in wrong:
            print(day)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
