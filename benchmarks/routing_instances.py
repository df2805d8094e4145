"""Each method on each instance, in a process of its own: so memory is its own, and a crash is a line and not the end."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from benchmarks.instances import Instance, read_instances
from benchmarks.instances.as_problem import translate
from benchmarks.instances.instance import Route
from benchmarks.instances.judge import judge
from benchmarks.routing_peers import SitsOut, by_pyvrp, by_vroom
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.verify import verify
from tournee.settings import SolverSettings

PEERS = {"pyvrp": by_pyvrp, "vroom": by_vroom}
PATIENCE = 10
"""A method that takes this many times its time, and a minute more, is ended."""

type Solver = Callable[[Problem, SolverSettings, int], Solution]


@dataclass(frozen=True, slots=True)
class Run:
    """One method on one instance; `note` says why there is no result, where there is none."""

    instance: str
    kind: str
    method: str
    seed: int
    cost: float | None = None
    gap_percent: float | None = None
    vehicles: int = 0
    unserved: int = 0
    violations: tuple[str, ...] = ()
    seconds: float = 0.0
    memory_mb: float = 0.0
    note: str = ""
    routes: tuple[Route, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: the `day`-th instance of a file."""

    path: Path
    day: int
    method: str
    seconds: float
    seed: int
    trucks: int | None = None


def compare_instances(
    paths: Sequence[Path], methods: dict[str, Solver | None], order: Order, *, quiet: bool = False
) -> list[Run]:
    """Return a run of every method on every instance of the files; `order` has the time, the seed, the fleet."""
    runs = []
    for path in paths:
        for day, instance in enumerate(read_instances(path)):
            for name, solver in methods.items():
                one = Order(path, day, name, order.seconds, order.seed, order.trucks)
                runs.append(_apart(instance, one, solver))
                print(line_of(runs[-1]), flush=True, file=sys.stderr if quiet else sys.stdout)
    return runs


HEADER = (
    f"{'instance':24} {'method':8} {'cost':>12} {'gap %':>7} {'trucks':>6} {'left':>5} {'broken':>6} "
    f"{'seconds':>8} {'MB':>6}"
)


def line_of(run: Run) -> str:
    """Return a run as a line under `HEADER`."""
    if run.cost is None:
        return f"{run.instance:24} {run.method:8} {run.note}"
    gap = "" if run.gap_percent is None else f"{run.gap_percent:.2f}"
    return (
        f"{run.instance:24} {run.method:8} {run.cost:12.2f} {gap:>7} {run.vehicles:6} {run.unserved:5} "
        f"{len(run.violations):6} {run.seconds:8.1f} {run.memory_mb:6.0f}"
    )


def as_json(run: Run) -> dict[str, object]:
    """Return a run with its routes, each the vehicle's number and the file's nodes."""
    return {**asdict(run), "routes": [{"vehicle": route.van, "nodes": route.nodes} for route in run.routes]}


def run_here(instance: Instance, order: Order, solver: Solver | None) -> Run:
    """Return what a method makes of an instance, judged by the file's own rules and, where it is ours, by the verifier."""
    start = perf_counter()
    broken: tuple[str, ...] = ()
    try:
        if solver is None:
            routes = PEERS[order.method](instance, order.seconds, order.seed)
        else:
            translation = translate(instance, order.trucks)
            budget = SolverSettings(max_solutions=10**9, max_iterations=10**9, max_seconds=order.seconds)
            solution = solver(translation.problem, budget, order.seed)
            broken = tuple(violation.detail for violation in verify(translation.problem, solution))
            routes = translation.routes(solution)
    except SitsOut as said:
        return Run(instance.name, instance.kind, order.method, order.seed, note=str(said))
    took = perf_counter() - start
    verdict = judge(instance, routes)
    return Run(
        instance.name,
        instance.kind,
        order.method,
        order.seed,
        cost=verdict.cost,
        gap_percent=instance.gap(verdict.cost),
        vehicles=verdict.vans,
        unserved=verdict.left,
        violations=(*broken, *verdict.violations),
        seconds=took,
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        routes=routes,
    )


def _apart(instance: Instance, order: Order, solver: Solver | None) -> Run:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, order, solver))
    process.start()
    theirs.close()
    try:
        if ours.poll(PATIENCE * order.seconds + 60):
            run: Run = ours.recv()
            return run
        note = f"It was ended: not done after {PATIENCE} times its time."
    except EOFError:
        note = "It crashed; its own message stands above."
    finally:
        process.terminate()
        process.join()
    return Run(instance.name, instance.kind, order.method, order.seed, note=note)


def _child(pipe: Connection, order: Order, solver: Solver | None) -> None:
    pipe.send(run_here(read_instances(order.path)[order.day], order, solver))
