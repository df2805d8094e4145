"""The reference table: ours and every peer on the instances of the literature, with the same time, seed by seed.

    python benchmarks/reference.py CVRP_X-n1001-k43.vrp 102_stop.txt --time 60 --seeds 1 2 3

Adds to `reference.csv` what it has not got yet, so a long table is made in many sittings; then prints the median gap of
each method on each instance. VROOM and our OR-Tools model take no seed: once is enough for them.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file

from benchmarks.routing import alone
from benchmarks.routing_instances import PEERS, Order, Run, Solver, compare_instances
from optimizer.solver import solve

TABLE = Path(__file__).with_name("reference.csv")
METHODS: dict[str, Solver | None] = {"tournee": solve, **dict.fromkeys(PEERS), "ortools": alone}
SEEDLESS = {"vroom", "ortools"}
COLUMNS = (
    "instance", "kind", "method", "time_s", "seed", "cost", "gap_percent", "trucks", "left", "broken", "seconds", "memory_mb", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the table that may be missing."""

    path: Path
    method: str
    time_s: float
    seed: int

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from the other lines."""
        return self.path.stem, self.method, f"{self.time_s:g}", str(self.seed)


def main() -> None:
    """Add the missing lines, then print the medians of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("instances", nargs="*", type=Path, help="files; none: only print the table's medians")
    parser.add_argument("--time", type=float, default=60.0, help="seconds for each method")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--table", type=Path, default=TABLE)
    chosen = parser.parse_args()
    if strangers := [name for name in chosen.methods.split(",") if name not in METHODS]:
        sys.exit(f"--methods knows {', '.join(METHODS)}; not {', '.join(strangers)}.")
    known = {tuple(row[name] for name in KEY) for row in rows_of(chosen.table)}
    for wanted in wanted_of(chosen):
        if wanted.key not in known:
            order = Order(wanted.path, 0, wanted.method, wanted.time_s, wanted.seed)
            for run in compare_instances([wanted.path], {wanted.method: METHODS[wanted.method]}, order):
                add(chosen.table, wanted, run)
    for line in medians(rows_of(chosen.table)):
        print(line)


KEY = ("instance", "method", "time_s", "seed")


def wanted_of(chosen: argparse.Namespace) -> Iterator[Wanted]:
    """Yield the lines that were asked for, peers beside one another."""
    for path in chosen.instances:
        for seed in chosen.seeds:
            for method in chosen.methods.split(","):
                if method not in SEEDLESS or seed == chosen.seeds[0]:
                    yield Wanted(path, method, chosen.time, seed)


def rows_of(table: Path) -> list[dict[str, str]]:
    """Return the lines of a table; none where there is no table yet."""
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


def add(table: Path, wanted: Wanted, run: Run) -> None:
    """Write one line at the end of a table."""
    is_new = not table.exists()
    name, _, time_s, seed = wanted.key
    figures = (
        ["", "", "", "", "", "", ""]
        if run.cost is None
        else [
            f"{run.cost:.2f}",
            "" if run.gap_percent is None else f"{run.gap_percent:.3f}",
            run.vehicles,
            run.unserved,
            len(run.violations),
            f"{run.seconds:.1f}",
            f"{run.memory_mb:.0f}",
        ]
    )
    with table.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow([name, run.kind, run.method, time_s, seed, *figures, run.note])


def medians(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield a line per instance and method: the median gap of plans that break no rule, how many they are, and the rules broken in all."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["instance"], row["time_s"], row["method"]), []).append(row)
    yield f"{'instance':24} {'time':>5} {'method':8} {'gap %':>8} {'seeds':>5} {'trucks':>6} {'broken':>6}"
    for (instance, time_s, method), group in sorted(groups.items()):
        broken = sum(int(row["broken"] or 0) for row in group)
        judged = [row for row in group if row["gap_percent"] and row["broken"] == "0"]
        if not judged:
            yield f"{instance:24} {time_s:>5} {method:8} {group[0]['note'] or f'{broken} rules broken'}"
            continue
        gap = median(float(row["gap_percent"]) for row in judged)
        trucks = median(int(row["trucks"]) for row in judged)
        yield f"{instance:24} {time_s:>5} {method:8} {gap:8.2f} {len(judged):5} {trucks:6g} {broken:6}"


if __name__ == "__main__":
    main()
