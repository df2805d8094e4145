"""The acceptance table of the closed loop: policies at equal overflow, on towns that no setting was tuned on.

    python benchmarks/closed_loop.py --scenarios "towns/town-{seed}" --seeds 101..105 --processes 2 --out var/acceptance

Makes every run that is not in `--out` yet, and prints one table: with all sensors, with 16 % of them silent, and without any (`--fleets all,silent,none`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rich.console import Console

from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.results import km_at
from optimizer.closed_loop.series import Run
from tournee.cli.evaluate import Wishes, jobs_of, run_evaluation
from tournee.settings import Settings

OURS = "tournee:0.2:0.5:1.2"
FEW = "tournee:0.5:1.2"
"""What the other fleets are driven with."""

POLICIES = f"{OURS},prize:7:15,fullest:50:58,perfect:0.3:1.2,calendar:1:2,threshold:50:60"
FLEETS = {"all": Sensing(), "silent": Sensing(dead=0.16), "none": Sensing(without=1.0)}
"""How many of the sensors speak."""

LEVELS = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1)
"""Overflow bin-hours per bin and day."""


def main() -> None:
    """Print kilometres a day at the same overflow, and the share that ours with all sensors saves or costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", required=True, help="folders, {seed} standing for the seed")
    parser.add_argument("--seeds", default="101..105")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--fleets", default=",".join(FLEETS), help="how many of the sensors speak")
    parser.add_argument("--policies", default=POLICIES, help="with all sensors, each with its settings")
    parser.add_argument("--iterations", type=int, default=1_000, help="of the search, every day")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    curves: dict[str, list[Run]] = {}
    for fleet in asked.fleets.split(","):
        policies = asked.policies if fleet == "all" else FEW
        wishes = Wishes(asked.scenarios, policies, asked.seeds, FLEETS[fleet], asked.iterations)
        result = run_evaluation(jobs_of(wishes, Settings()), asked.processes, asked.out, Console(stderr=True))
        for run in result.runs:
            curves.setdefault(f"{run.policy}, sensors: {fleet}", []).append(run)
    ours = curves["tournee, sensors: all"]
    table = {name: [_at(runs, ours, level) for level in LEVELS] for name, runs in curves.items()}
    print(json.dumps({"levels": LEVELS, "km_per_day, what ours saves, seeds": table}, indent=1))


def _at(runs: list[Run], ours: list[Run], level: float) -> tuple[float, float, int] | None:
    """Return mean kilometres at a level, what ours has less on the same seeds, and how many seeds that are."""
    pairs = []
    for seed in sorted({run.seed for run in runs}):
        its, our = (km_at(_curve(some, seed), level) for some in (runs, ours))
        if its is not None and our is not None:
            pairs.append((its, our))
    if not pairs:
        return None
    its_km, our_km = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return round(its_km, 2), round(1 - our_km / its_km, 4), len(pairs)


def _curve(runs: list[Run], seed: int) -> list[tuple[float, float]]:
    return [(run.figures.overflow_per_bin_day, run.figures.km_per_day) for run in runs if run.seed == seed]


if __name__ == "__main__":
    main()
