"""Runs -> one result: mean and spread per policy and setting, the curve of kilometres against overflow, and the comparison on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from math import log
from typing import Any

import numpy as np

from optimizer.closed_loop.figures import Figures
from optimizer.closed_loop.series import Run

OUR_POLICY = "tournee"

USUAL_LEVEL = 0.03
"""Overflow bin-hours per bin and day that a city may have in mind: at any time one bin in 800 is full."""

ROUND_LEVELS = tuple(float(f"{digit}e{power}") for power in (-3, -2, -1, 0) for digit in (1, 2, 3, 5, 7))
"""Where policies may be compared: figures that a person remembers."""


@dataclass(frozen=True, slots=True)
class Row:
    """A policy at one setting: mean and standard deviation over the seeds of every figure.

    `km_per_day` and `overflow_per_bin_day` are among them; by district, overflow per bin and day is a mean over seeds.
    """

    policy: str
    setting: float
    seeds: int
    mean: dict[str, float]
    sd: dict[str, float]
    by_district: dict[str, float]
    what_if: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Kilometres a day of a policy at a level of overflow, on each seed's own curve.

    Parameters
    ----------
    km_per_day
        Mean over the seeds whose curve reaches the level; None where none does.
    seeds
        How many do.
    against_ours
        By how much ours drives less on the same seeds, as a share of this policy's kilometres; None where not both do.
    """

    policy: str
    overflow_per_bin_day: float
    km_per_day: float | None
    seeds: int
    against_ours: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """All that a closed loop tells; compared are policies at a few levels of overflow, first where the most can be."""

    runs: tuple[Run, ...]
    rows: tuple[Row, ...]
    compared: tuple[Compared, ...]

    @property
    def level(self) -> float:
        """The overflow at which the most policies are compared; the usual one where none are."""
        return next((one.overflow_per_bin_day for one in self.compared), USUAL_LEVEL)


def result_of(runs: Sequence[Run], levels: Sequence[float] = (), ours: str = OUR_POLICY) -> Result:
    """Return the result of a series, its rows in the order in which the policies were run.

    Policies are compared in the town as it is; what would be otherwise has rows of its own.

    Parameters
    ----------
    levels
        Overflow bin-hours per bin and day at which to compare; not said, where the curves meet.
    """
    grouped = groupby(runs, key=lambda run: (run.what_if, run.policy, run.setting))
    rows = tuple(_row(list(group)) for _, group in grouped)
    as_it_is = [run for run in runs if not run.what_if]
    policies = list(dict.fromkeys(run.policy for run in as_it_is))
    compared = tuple(
        _compared(as_it_is, policy, level, ours)
        for level in levels or levels_of(as_it_is, ours)
        for policy in policies
    )
    return Result(tuple(runs), rows, compared)


def levels_of(runs: Sequence[Run], ours: str = OUR_POLICY) -> tuple[float, ...]:
    """Return where other curves meet ours, or the first policy's: at which level the most do, then the lowest and the highest.

    Of levels with as many, the nearest to the usual one is the first; lowest and highest have half as many at least.
    None is returned where no curves meet.
    """
    policies = list(dict.fromkeys(run.policy for run in runs))
    held = ours if ours in policies else policies[0]

    def num_met(level: float) -> int:
        seeds = _by_seed(runs, held, level).keys()
        return sum(len(seeds & _by_seed(runs, one, level).keys()) for one in policies if one != held)

    met = {level: number for level in ROUND_LEVELS if (number := num_met(level))}
    if not met:
        return ()
    first = min(met, key=lambda level: (-met[level], abs(log(level / USUAL_LEVEL))))
    many = [level for level in met if 2 * met[level] >= met[first]]
    return tuple(dict.fromkeys((first, many[0], many[-1])))


def as_json(result: Result) -> dict[str, Any]:
    """Return a result for programs: `runs`, `rows` and `compared`, as the classes here say."""
    return asdict(result)


def km_at(curve: Sequence[tuple[float, float]], overflow: float) -> float | None:
    """Return the kilometres at which a curve of (overflow, km) has an overflow; None where it does not reach so far.

    Interpolated over the logarithm of overflow, along which kilometres fall about evenly. A curve that has less overflow
    for fewer kilometres than another of its points has that point left out: nobody would choose it.
    """
    front: list[tuple[float, float]] = []
    for over, km in sorted(curve):
        if not front or km < front[-1][1]:
            front.append((over, km))
    if not front or not front[0][0] <= overflow <= max(over for over, _ in curve):
        return None
    over, km = np.asarray(front).T
    return float(np.interp(_scaled(overflow), _scaled(over), km))


def _scaled(overflow: Any) -> Any:
    return np.log(np.asarray(overflow) + 1e-3)


def _row(runs: Sequence[Run]) -> Row:
    figures = {name: np.asarray([_figure(run.figures, name) for run in runs]) for name in _NAMES}
    districts = sorted({name for run in runs for name in run.by_district})
    return Row(
        policy=runs[0].policy,
        setting=runs[0].setting,
        seeds=len(runs),
        mean={name: float(values.mean()) for name, values in figures.items()},
        sd={name: float(values.std(ddof=min(len(runs) - 1, 1))) for name, values in figures.items()},
        by_district={
            name: float(np.mean([run.by_district[name] for run in runs if name in run.by_district]))
            for name in districts
        },
        what_if=runs[0].what_if,
    )


_NAMES = (*(one.name for one in fields(Figures)), "km_per_day", "overflow_per_bin_day")


def _figure(figures: Figures, name: str) -> float:
    return float(getattr(figures, name))


def _compared(runs: Sequence[Run], policy: str, level: float, ours: str) -> Compared:
    its, our = _by_seed(runs, policy, level), _by_seed(runs, ours, level)
    both = [(our[seed], km) for seed, km in its.items() if seed in our]
    return Compared(
        policy=policy,
        overflow_per_bin_day=level,
        km_per_day=float(np.mean(list(its.values()))) if its else None,
        seeds=len(its),
        against_ours=1 - sum(one for one, _ in both) / sum(km for _, km in both) if both else None,
    )


def _by_seed(runs: Sequence[Run], policy: str, level: float) -> dict[int, float]:
    curves: dict[int, list[tuple[float, float]]] = {}
    for run in runs:
        if run.policy == policy:
            point = run.figures.overflow_per_bin_day, run.figures.km_per_day
            curves.setdefault(run.seed, []).append(point)
    found = {seed: km_at(curve, level) for seed, curve in curves.items()}
    return {seed: km for seed, km in found.items() if km is not None}
