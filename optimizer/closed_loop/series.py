"""Many runs: policies x settings x seeds, side by side, each finished one kept in a file so that a long series can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from optimizer.closed_loop.figures import (
    Figures,
    Prices,
    by_district,
    figures_of,
    overflow_by_day,
    overflow_hours,
)
from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.loop import Diary, Terms, live_through
from optimizer.closed_loop.policies import POLICIES
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.whatif import World, changed
from optimizer.executor import Crew
from tournee.settings import SelectionSettings, SolverSettings

RULES = 4
"""Part of every key, to be raised where the same job comes to other figures: a resumed series would else mix old runs with
new ones. 1: a full truck took what it had no room for. 2: it unloads and comes back. 3: loads are those of the middle of
the working day, not of its beginning. 4: what bringing it away costs is in a bin's price, ours and with perfect knowledge."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made: a policy at one setting on one scenario, with one seed of errors and solver.

    Parameters
    ----------
    setting
        The policy's own figure: a number of bins, a percentage, days or euros, as `POLICIES` says.
    what_if
        What is otherwise in the town, as `whatif.changed` says; nothing, if empty.
    """

    folder: Path
    policy: str
    setting: float
    seed: int
    sensing: Sensing = field(default_factory=Sensing)
    budget: SolverSettings = field(default_factory=SolverSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    prices: Prices = field(default_factory=Prices)
    what_if: str = ""

    @property
    def key(self) -> str:
        """A name for its file; other rules, another budget, sensor, scenario or, where it is heeded, selection are another key."""
        said = json.dumps([RULES, str(self.folder), *_plain(self)], sort_keys=True, default=str)
        return f"{self.policy}-{self.setting:g}-{self.seed}-{sha256(said.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a job.

    Parameters
    ----------
    by_district
        Overflow bin-hours per bin and day.
    by_bin
        Overflow hours of each bin, in the scenario's order.
    km_by_day, overflow_h_by_day
        The measured days, in order.
    """

    policy: str
    setting: float
    seed: int
    figures: Figures
    by_district: dict[str, float]
    km_by_day: list[float]
    overflow_h_by_day: list[float]
    by_bin: list[float] = field(default_factory=list)
    what_if: str = ""


def run_job(job: Job) -> Run:
    """Return what comes of one job."""
    world = changed(World(read_scenario(job.folder), job.sensing), job.what_if)
    policy = POLICIES[job.policy].make(job.setting, job.selection)
    diary = live_through(world.scenario, policy, Terms(world.sensing, job.seed, job.budget))
    return run_of(job, world.scenario, diary)


def run_of(job: Job, scenario: Scenario, diary: Diary) -> Run:
    """Return the figures of a diary."""
    measured = [one for one in diary.driven if one.day >= scenario.measured_from_at.date()]
    return Run(
        policy=job.policy,
        setting=job.setting,
        seed=job.seed,
        figures=figures_of(scenario, diary, job.prices),
        by_district=by_district(scenario, diary),
        km_by_day=[one.metres / 1_000 for one in measured],
        overflow_h_by_day=overflow_by_day(scenario, diary),
        by_bin=[float(hours) for hours in overflow_hours(scenario, diary)],
        what_if=job.what_if,
    )


def run_jobs(
    jobs: Sequence[Job], processes: int, kept: Path | None, report: Callable[[int, int], None]
) -> list[Run]:
    """Return one run per job, in their order; those that `kept` has a file of are read and not made again.

    A folder of kept runs is all that is needed to go on after a stop. `report` is told how many runs are done.
    """
    done = {job.key: run for job in jobs if kept and (run := _read(kept, job))}
    todo = [job for job in jobs if job.key not in done]
    with Crew(processes) as crew:
        for batch in _batches(todo, processes):
            report(len(done), len(jobs))
            for job, run in zip(batch, crew.run_all(run_job, batch), strict=True):
                done[job.key] = run
                if kept:
                    _write(kept, job, run)
    report(len(done), len(jobs))
    return [done[job.key] for job in jobs]


def _batches(jobs: Sequence[Job], size: int) -> Iterable[Sequence[Job]]:
    return (jobs[first : first + size] for first in range(0, len(jobs), size))


def _plain(job: Job) -> list[Any]:
    heeded = job.selection.model_dump() if POLICIES[job.policy].heeds_selection else {}
    budget = job.budget.model_dump(exclude={"processes"})
    said = [job.policy, job.setting, job.seed, asdict(job.sensing), budget, heeded, asdict(job.prices)]
    return [*said, job.what_if] if job.what_if else said


def _write(kept: Path, job: Job, run: Run) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    whole = kept / f"{job.key}.json"
    part = whole.with_suffix(".part")
    part.write_text(json.dumps(asdict(run)), encoding="utf-8")
    part.replace(whole)  # a run that was stopped half-way leaves no half a file


def _read(kept: Path, job: Job) -> Run | None:
    path = kept / f"{job.key}.json"
    if not path.exists():
        return None
    said = json.loads(path.read_text(encoding="utf-8"))
    return Run(**{**said, "figures": Figures(**said["figures"])})
