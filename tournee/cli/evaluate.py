"""`tournee evaluate`: what policies are worth, over weeks, on a scenario."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from optimizer.closed_loop.from_store import Written
from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.page import write_reports
from optimizer.closed_loop.policies import POLICIES, usual_settings
from optimizer.closed_loop.results import Result, Row, as_json, result_of
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.series import Job, run_jobs
from optimizer.closed_loop.whatif import World, changed
from tournee.errors import ConfigError
from tournee.settings import SelectionSettings, Settings

RESULT_FILE = "result.json"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for, as typed.

    Parameters
    ----------
    scenario
        A scenario's folder; `{seed}` in it stands for each seed's own.
    policies
        Such as `calendar,threshold:70:80,tournee`: names with their settings, or all of a name's usual ones.
    seeds
        Such as `1,2` or `101..105`: of the sensors' errors and of the solver, and of the scenario where its name says so.
    what_ifs
        What every policy lives through once more, as `whatif.changed` says it.
    """

    scenario: str
    policies: str
    seeds: str
    sensing: Sensing
    iterations: int
    what_ifs: tuple[str, ...] = ()


def jobs_of(wishes: Wishes, settings: Settings) -> list[Job]:
    """Return every run that was asked for, policy by policy.

    Raises
    ------
    ConfigError
        A policy, a setting or a seed is none; names it.
    """
    budget = settings.solver.model_copy(
        update={"max_iterations": wishes.iterations, "max_solutions": 10, "proposals": 1, "processes": 1}
    )
    return [
        Job(
            folder=Path(wishes.scenario.replace("{seed}", str(seed))),
            policy=name,
            setting=setting,
            seed=seed,
            sensing=wishes.sensing,
            budget=budget,
            selection=settings.selection,
            what_if=what_if,
        )
        for what_if in ("", *wishes.what_ifs)
        for name, setting in policies_of(wishes.policies, settings.selection)
        for seed in seeds_of(wishes.seeds)
    ]


def policies_of(said: str, section: SelectionSettings) -> Iterator[tuple[str, float]]:
    """Yield each policy and setting of a list such as `calendar,threshold:70:80`; where none is named, its usual ones."""
    for one in said.split(","):
        name, *figures = one.strip().split(":")
        if name not in POLICIES:
            raise ConfigError("--policy", name, f"one of {', '.join(POLICIES)}")
        for figure in figures or usual_settings(name, section):
            try:
                yield name, float(figure)
            except ValueError as error:
                expected = f"numbers behind the name ({POLICIES[name].meaning}), such as threshold:70:80"
                raise ConfigError("--policy", one, expected) from error


def seeds_of(said: str) -> list[int]:
    """Return the seeds of a list such as `1,2` or `101..105`."""
    try:
        spans = [[int(end) for end in one.split("..")] for one in said.split(",")]
    except ValueError as error:
        raise ConfigError("--seeds", said, "whole numbers such as 1,2 or 101..105") from error
    return [seed for span in spans for seed in range(span[0], span[-1] + 1)]


def run_evaluation(jobs: Sequence[Job], processes: int, out: Path | None, console: Console) -> Result:
    """Return the result of all runs, with a bar that says how far they are; those kept in `out` are not made again.

    In `out` it leaves the result for programs, and the report for people in both languages.
    """
    first = jobs[0]
    scenario = read_scenario(first.folder)
    for what_if in dict.fromkeys(job.what_if for job in jobs):
        changed(World(scenario, first.sensing), what_if)  # before hours of computing, not after
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Living through the weeks", total=len(jobs))
        runs = run_jobs(jobs, processes, out, lambda done, _: bar.update(task, completed=done))
    result = result_of(runs)
    if out:
        (out / RESULT_FILE).write_text(json_text(result), encoding="utf-8")
        write_reports(result, scenario, out)
    return result


def sentence_of(written: Written, folder: Path) -> str:
    """Return what was made of a city's history."""
    span = written.span
    days = (span.end_date - span.measured_from_date).days
    return (
        f"{folder}: {written.num_deposits:,} deposits; {days} days count, from {span.measured_from_date} on. "
        f"In {written.share_seen:.0%} of the time somebody saw what rose; the rest is filled with mean rates."
    )


def json_text(result: Result) -> str:
    """Return a result for programs."""
    return json.dumps(as_json(result), indent=1)


def tables_of(result: Result) -> Iterator[Table]:
    """Yield the town as it is and each what-if, a row per policy and setting, and kilometres where curves meet."""
    for what_if, rows in groupby(result.rows, key=lambda row: row.what_if):
        yield _means_table(f"What if: {what_if}" if what_if else "As it is", rows)
    if result.compared:
        yield _compared_table(result)


def _means_table(title: str, rows: Iterable[Row]) -> Table:
    table = Table(title=f"{title}: means over the seeds, per day; overflow in h per bin", box=SIMPLE_HEAD)
    table.add_column("policy", no_wrap=True)
    for heading in ("km", "hours", "€", "emptied", "overflow", "fill"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        mean, days = row.mean, row.mean["days"]
        table.add_row(
            f"{row.policy}:{row.setting:g}",
            f"{mean['km_per_day']:.1f} ± {row.sd['km_per_day']:.1f}",
            f"{mean['hours'] / days:.1f}",
            f"{mean['cost_eur'] / days:.0f}",
            f"{mean['services'] / days:.0f}",
            f"{mean['overflow_per_bin_day']:.3f}",
            f"{mean['fill_at_pickup']:.0%}",
        )
    return table


def _compared_table(result: Result) -> Table:
    """Return kilometres a day of each policy where its curve has the same overflow, and by how much ours differs."""
    by_level = {(one.overflow_per_bin_day, one.policy): one for one in result.compared}
    levels, policies = (list(dict.fromkeys(names)) for names in zip(*by_level, strict=True))
    table = Table("policy", title="Kilometres a day at the same overflow, h per bin and day", box=SIMPLE_HEAD)
    for level in sorted(levels):
        table.add_column(f"{level:g} h", justify="right")
        table.add_column("ours", justify="right")
    for policy in policies:
        cells = [by_level[level, policy] for level in sorted(levels)]
        table.add_row(
            policy, *(text for one in cells for text in (_km(one.km_per_day), _share(one.against_ours)))
        )
    return table


def _km(km: float | None) -> str:
    return "-" if km is None else f"{km:.1f}"


def _share(less: float | None) -> str:
    return "" if not less else f"{-less:+.1%}"
