"""Our plans beside their two halves: a start without a search, and OR-Tools without the proposals.

The days are simulated Helsinki's: its bins at random levels, its trucks, facilities and breaks, great-circle travel.
`start` is the best first solution of our OR-Tools model, polished, and searches no further. `alone` searches on from it
by guided local search, with nothing proposed. Cost is what the problem prices: kilometres, hours and bins left, in euros; the ratio is to `start`.

With `--rich N` days with every rule at once instead (`rich/drawn.py`), with `--sites FOLDER` 3,000 real sites and three depots, with
`--containers FILE` a whole city's containers from one depot (`rich/real.py`): `--methods tournee` where others can't.

With `--instance FILE` the files of the routing literature instead (VRPLIB, Kim 2006, pvrpif), beside their best known
costs and, with `--against`, beside other solvers with the same time.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file

from benchmarks.rich.drawn import a_rich_day
from benchmarks.rich.real import collection_sites, containers
from benchmarks.routing_instances import HEADER, PEERS, Order, Solver, as_json, compare_instances
from optimizer.building import build_problem, places_of, profiles_of
from optimizer.insertion import Insertions
from optimizer.matrix.great_circle import GreatCircleRoads
from optimizer.problem import Problem
from optimizer.selection import select
from optimizer.solution import Solution, Steps
from optimizer.solver import solve
from optimizer.solver.model import build_model
from optimizer.solver.polish import polish
from optimizer.solver.search import improve
from optimizer.solver.start import STRATEGIES, Opening, first_tours
from optimizer.solver.work import Span
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from simulator.city import City, make_city
from tournee.domain import Forecast, ForecastBasis, Wish
from tournee.settings import SelectionSettings, Settings, SolverSettings

EUR = 10_000
DAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Line:
    """One method on one day."""

    bins: int
    seed: int
    method: str
    cost_eur: float
    ratio: float
    unserved: int
    violations: int
    seconds: float
    memory_mb: float


def main() -> None:
    """Print a line per day and method, and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bins", type=int, nargs="+", default=[150, 300])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--time", type=float, default=10.0, help="seconds for each method")
    parser.add_argument(
        "--methods", default=",".join(METHODS), help="which, the first being the measure of the others"
    )
    parser.add_argument("--rich", type=int, nargs="+", default=[], help="bins of days with every rule")
    parser.add_argument("--sites", type=Path, help="folder of collection-sites-3000")
    parser.add_argument(
        "--containers", type=Path, nargs="+", default=[], help="GeoJSON of a city's containers"
    )
    parser.add_argument("--stops", type=int, default=10_000, help="of --containers, at most")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--instance", type=Path, action="append", default=[], help="a file; may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="of each method on --instance")
    parser.add_argument("--trucks", type=int, help="vehicles offered to us on --instance, at most")
    parser.add_argument("--against", default="", help="peers on --instance: pyvrp,vroom,ortools")
    chosen = parser.parse_args()
    if chosen.instance:
        on_instances(chosen)
        return
    if strangers := [name for name in chosen.methods.split(",") if name not in METHODS]:
        sys.exit(f"--methods knows {', '.join(METHODS)}; not {', '.join(strangers)}.")
    lines = [
        line
        for problem, seed in problems(chosen)
        for line in compare(problem, seed, chosen.time, chosen.methods.split(","))
    ]
    if chosen.json:
        print(
            json.dumps([{name: getattr(line, name) for name in Line.__slots__} for line in lines], indent=1)
        )
        return
    print(
        f"{'bins':>5} {'seed':>4} {'method':8} {'cost €':>9} {'ratio':>6} {'left':>5} {'broken':>6} {'seconds':>8} {'MB':>6}"
    )
    for line in lines:
        print(
            f"{line.bins:5} {line.seed:4} {line.method:8} {line.cost_eur:9.2f} {line.ratio:6.3f} "
            f"{line.unserved:5} {line.violations:6} {line.seconds:8.1f} {line.memory_mb:6.0f}"
        )
    if ours := [line.ratio for line in lines if line.method == "tournee"]:
        print(f"median ratio to {chosen.methods.split(',')[0]}: {median(ours):.3f}")


def problems(chosen: argparse.Namespace) -> Iterator[tuple[Problem, int]]:
    """Yield what was asked for, each with the seed of its methods."""
    for seed in chosen.seeds:
        if chosen.sites:
            yield collection_sites(chosen.sites), seed
        elif chosen.containers:
            yield containers(chosen.containers, chosen.stops), seed
        elif chosen.rich:
            yield from ((a_rich_day(bins, seed), seed) for bins in chosen.rich)
        else:
            yield from ((a_day(bins, seed), seed) for bins in chosen.bins)


def on_instances(chosen: argparse.Namespace) -> None:
    """Print a line per instance and method; with `--json` the routes too, the lines going to standard error then."""
    known: dict[str, Solver | None] = {"ortools": alone, **dict.fromkeys(PEERS)}
    peers = [name for name in chosen.against.split(",") if name]
    if strangers := [name for name in peers if name not in known]:
        sys.exit(f"--against knows {', '.join(known)}; not {', '.join(strangers)}.")
    methods = {"tournee": solve, **{name: known[name] for name in peers}}
    print(HEADER, file=sys.stderr if chosen.json else sys.stdout)
    order = Order(Path(), 0, "", chosen.time, chosen.seed, chosen.trucks)
    runs = compare_instances(chosen.instance, methods, order, quiet=chosen.json)
    if chosen.json:
        print(json.dumps([as_json(run) for run in runs], indent=1))


def compare(problem: Problem, seed: int, seconds: float, methods: Sequence[str]) -> list[Line]:
    """Return what each method makes of a day in the same time, one after the other; memory is the most so far."""
    budget = SolverSettings(max_solutions=10**9, max_iterations=10**9, max_seconds=seconds)
    lines: list[Line] = []
    bins = len(problem.tasks)
    for name in methods:
        start = perf_counter()
        solution = METHODS[name](problem, budget, seed)
        took = perf_counter() - start
        ratio = solution.cost / EUR / lines[0].cost_eur if lines else 1.0
        broken = len(verify(problem, solution))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        left = len(solution.unserved)
        lines.append(Line(bins, seed, name, solution.cost / EUR, ratio, left, broken, took, memory))
    return lines


def alone(problem: Problem, budget: SolverSettings, _seed: int) -> Solution:
    """Return what OR-Tools finds from its own best start; a tour that the clockwork refuses counts as not driven."""
    began_s = perf_counter()
    start = _cheapest_start(problem, budget.max_seconds * FIRST_SHARE)
    rest = budget.max_seconds - (perf_counter() - began_s)
    model = build_model(problem, range(len(problem.tasks)), start)
    return _driven(problem, improve(model, start, budget.max_solutions, rest) or start)


def start_only(problem: Problem, budget: SolverSettings, _seed: int) -> Solution:
    """Return the routing model's best first solution, polished, and nothing else; it takes the time it takes."""
    start = _driven(problem, _cheapest_start(problem, budget.max_seconds))
    tours = {tour.truck: tour for tour in start.tours}
    every = [tours.get(truck) or tour_of(problem, truck, ()) for truck in range(len(problem.trucks))]
    return solution_of(problem, polish(Insertions(problem), every))


def _cheapest_start(problem: Problem, seconds: float) -> list[Steps]:
    """Return the best of the strategies' first solutions; one may take all the time that those before it left."""
    until_s = monotonic() + seconds
    found: list[list[Steps]] = []
    for strategy in STRATEGIES:
        if monotonic() < until_s or not found:
            found.append(first_tours(Opening(problem, strategy, Span(seconds, until_s))))
    return min(found, key=lambda steps: _driven(problem, steps).cost)


def _driven(problem: Problem, steps: Sequence[Steps]) -> Solution:
    return solution_of(problem, [tour_of(problem, truck, done) for truck, done in enumerate(steps)])


FIRST_SHARE = 0.3
"""Of its time, so much for the first solutions of its strategies, at most."""

METHODS: dict[str, Solver] = {"start": start_only, "alone": alone, "tournee": solve}


def a_day(num_bins: int, seed: int) -> Problem:
    """Return one day of a simulated town whose bins stand at random levels."""
    settings = Settings()
    town = settings.simulator.model_copy(update={"num_bins": num_bins, "seed": seed})
    city = make_city(settings.roads.extract, town)
    wishes = select(city.bins, _forecasts(city, seed), SelectionSettings(early_service_eur=6.0))
    wanted = tuple(wish for wish in wishes if wish.wish is not Wish.NO)
    places = places_of(city.network, wanted)
    matrices = tuple(GreatCircleRoads().matrix(places, truck) for truck in profiles_of(city.network))
    return build_problem(wanted, city.network, matrices, DAY, zone=settings.town.zone)


def _forecasts(city: City, seed: int) -> tuple[Forecast, ...]:
    levels = np.random.default_rng(seed).beta(2.0, 2.0, len(city.bins)) * 1.2
    start = datetime(2026, 11, 23, 4, tzinfo=UTC)
    return tuple(
        Forecast(
            bin_id=one.bin_id,
            made_at=start,
            target_at=start,
            risk_until_at=start + timedelta(days=1),
            fill_level=float(level),
            quantiles=((0.5, float(level)),),
            overflow_probability=float(min(max((level - 0.7) / 0.4, 0.0), 1.0)),
            expected_overflow_l=float(max(level - 0.9, 0.0) * one.volume_l),
            rate_per_day=0.15,
            basis=ForecastBasis.READINGS,
        )
        for one, level in zip(city.bins, levels, strict=True)
    )


if __name__ == "__main__":
    main()
