"""The acceptance table of the closed loop: policies at equal overflow, on towns that no setting was tuned on.

    python benchmarks/closed_loop.py --town noisy-200 --scenarios "towns/noisy-{seed}" --seeds 101..105 --processes 2

Adds to `closed_loop.csv` the runs that it has not got yet, so a long table is made in many sittings; then prints kilometres a day
at the same overflow for each town: with all sensors, with 16 % of them silent, and without any (`--fleets all,silent,none`).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import batched
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file

from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.results import km_at
from optimizer.closed_loop.series import RULES, Job, Run, run_jobs
from tournee.cli.evaluate import Wishes, jobs_of
from tournee.settings import Settings

TABLE = Path(__file__).with_name("closed_loop.csv")
OURS = "tournee:0.2:0.5:1.2"
FEW = "tournee:0.5:1.2"
"""What the other fleets are driven with."""

POLICIES = f"{OURS},prize:7:15,fullest:50:58:66,perfect:0.3:1.2,calendar:1:1.5:2,threshold:50:60"
FLEETS = {"all": Sensing(), "silent": Sensing(dead=0.16), "none": Sensing(without=1.0)}
"""How many of the sensors speak."""

LEVELS = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1)
"""Overflow bin-hours per bin and day."""

KEY = ("rules", "town", "fleet", "iterations", "policy", "setting", "seed")
FIGURES = (
    "km_per_day", "overflow_per_bin_day", "hours", "services", "fill_at_pickup", "fill_at_pickup_p10", "half_empty_visits",
    "fleet_fill_start", "fleet_fill_end", "musts_left", "extra_unloadings", "solver_s",
)  # fmt: skip
"""Per day or as shares where their names say so, else of all measured days."""

type Row = dict[str, str]


def main() -> None:
    """Add the missing runs, then print the towns' tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--town", default="", help="what the table calls these scenarios; none: only print")
    parser.add_argument("--scenarios", default="", help="folders, {seed} standing for the seed")
    parser.add_argument("--seeds", default="101..105")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--fleets", default=",".join(FLEETS), help="how many of the sensors speak")
    parser.add_argument(
        "--policies",
        help="each with its settings; not said: all with all sensors, ours alone with other fleets",
    )
    parser.add_argument("--iterations", type=int, default=100, help="of the search, every day")
    parser.add_argument("--table", type=Path, default=TABLE)
    asked = parser.parse_args()
    if asked.town:
        make_runs(asked)
    rows = rows_of(asked.table)
    for town in dict.fromkeys(row["town"] for row in rows):
        its = [row for row in rows if row["town"] == town]
        steps = sorted({int(row["iterations"]) for row in its})
        print(
            f"\n{town}, {' to '.join(f'{some:,}' for some in dict.fromkeys((steps[0], steps[-1])))} steps of search a day"
        )
        for line in (*compared(its), *beside(its)):
            print(line)


def make_runs(asked: argparse.Namespace) -> None:
    """Make the runs that are not in the table, and add each as soon as it is there."""
    known = {tuple(row[name] for name in KEY) for row in rows_of(asked.table)}
    for fleet in asked.fleets.split(","):
        policies = asked.policies or (POLICIES if fleet == "all" else FEW)
        wishes = Wishes(asked.scenarios, policies, asked.seeds, FLEETS[fleet], asked.iterations)
        todo = [job for job in jobs_of(wishes, Settings()) if key_of(asked.town, fleet, job) not in known]
        for number, jobs in enumerate(batched(todo, asked.processes)):
            print(f"{fleet} sensors: {number * asked.processes} of {len(todo)} runs made", file=sys.stderr)
            runs = run_jobs(jobs, asked.processes, None, lambda *_: None)
            add(
                asked.table,
                [(key_of(asked.town, fleet, job), run) for job, run in zip(jobs, runs, strict=True)],
            )


def key_of(town: str, fleet: str, job: Job) -> tuple[str, ...]:
    """Return what tells a run from the others of the table."""
    said = (RULES, town, fleet, job.budget.max_iterations, job.policy, f"{job.setting:g}", job.seed)
    return tuple(map(str, said))


def rows_of(table: Path) -> list[Row]:
    """Return the lines of a table of today's rules; none where there is no table yet."""
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["rules"] == str(RULES)]


def add(table: Path, runs: Sequence[tuple[tuple[str, ...], Run]]) -> None:
    """Write runs at the end of a table."""
    is_new = not table.exists()
    with table.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow((*KEY, *FIGURES))
        for key, run in runs:
            writer.writerow((*key, *(f"{getattr(run.figures, name):.5g}" for name in FIGURES)))


def compared(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line per policy and fleet: kilometres a day at each level, by how much ours differs on the same seeds, and their number."""
    ours = curves([row for row in rows if (row["policy"], row["fleet"]) == ("tournee", "all")])
    yield f"{'':24}" + "".join(f"{f'at {level:g} h':>20}" for level in LEVELS)
    for policy, fleet in dict.fromkeys((row["policy"], row["fleet"]) for row in rows):
        its = curves([row for row in rows if (row["policy"], row["fleet"]) == (policy, fleet)])
        cells = (_cell(its, ours, level) for level in LEVELS)
        yield f"{f'{policy}, sensors: {fleet}':24}" + "".join(f"{cell:>20}" for cell in cells)


def beside(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line per setting of the others: its kilometres and overflow, and by how much ours differs at that overflow on the same seeds."""
    ours = curves([row for row in rows if (row["policy"], row["fleet"]) == ("tournee", "all")])
    kinds = dict.fromkeys((row["policy"], row["fleet"], row["setting"]) for row in rows)
    for kind in (kind for kind in kinds if kind[:2] != ("tournee", "all")):
        points = curves([row for row in rows if (row["policy"], row["fleet"], row["setting"]) == kind])
        found = [
            (km, overflow, our_km)
            for seed, [(overflow, km)] in points.items()
            if seed in ours and (our_km := km_at(ours[seed], overflow)) is not None
        ]
        if found:
            km, overflow, our_km = (sum(column) / len(found) for column in zip(*found, strict=True))
            name = f"{kind[0]} {kind[2]}, sensors: {kind[1]}"
            yield f"{name:28}{km:7.1f} km at {overflow:.3f} h {our_km / km - 1:+.1%} ({len(found)})"


def curves(rows: Sequence[Row]) -> dict[str, list[tuple[float, float]]]:
    """Return overflow and kilometres of each setting, by seed."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row["seed"], []).append(
            (float(row["overflow_per_bin_day"]), float(row["km_per_day"]))
        )
    return found


def _cell(
    its: dict[str, list[tuple[float, float]]], ours: dict[str, list[tuple[float, float]]], level: float
) -> str:
    """Return the mean kilometres where both curves reach a level."""
    both = [(km_at(its[seed], level), km_at(ours[seed], level)) for seed in its if seed in ours]
    pairs = [(one, our) for one, our in both if one is not None and our is not None]
    if not pairs:
        return "-"
    km, our_km = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return f"{km:.1f} {our_km / km - 1:+.1%} ({len(pairs)})"


if __name__ == "__main__":
    main()
