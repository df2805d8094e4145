"""The table of the closed loop is made in many sittings, and compares at the same overflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import closed_loop
from benchmarks.closed_loop import FLEETS, Row, add, beside, compared, key_of, main, rows_of
from optimizer.closed_loop.series import Job, Run, run_job
from tests.closed_loop_fixtures import write_scenario


def row(policy: str, km: float, overflow: float, seed: int = 1) -> Row:
    return {
        "policy": policy,
        "fleet": "all",
        "setting": "1",
        "seed": str(seed),
        "km_per_day": str(km),
        "overflow_per_bin_day": str(overflow),
    }


def test_policies_are_compared_where_both_curves_reach_a_level() -> None:
    """At 0.04 h ours drives 40 km and the calendar 50; on seed 2 the calendar never comes down so far."""
    rows = [
        row("tournee", 40, 0.04),
        row("tournee", 38, 0.08),
        row("calendar", 50, 0.04),
        row("calendar", 45, 0.09),
        row("tournee", 30, 0.04, seed=2),
        row("tournee", 28, 0.08, seed=2),
        row("calendar", 99, 0.06, seed=2),
        row("calendar", 90, 0.09, seed=2),
    ]
    heading, ours, calendar = compared(rows)
    at = heading.index("at 0.04 h") + len("at 0.04 h")
    assert ours[:at].endswith("35.0 +0.0% (2)")
    assert calendar[:at].endswith("50.0 -20.0% (1)")
    assert ours.split()[3] == "-", "no curve reaches 0.02 h"


def test_a_setting_that_stands_alone_is_compared_at_its_own_overflow() -> None:
    """Ours drives 40 km at 0.04 h and 38 at 0.08; on seed 2 it has no curve, on seed 3 none that reaches so far."""
    rows = [
        row("tournee", 40, 0.04),
        row("tournee", 38, 0.08),
        row("prize", 50, 0.04),
        row("prize", 99, 0.04, seed=2),
    ]
    rows += [row("tournee", 30, 0.05, seed=3), row("prize", 70, 0.04, seed=3)]
    (prize,) = beside(rows)
    assert prize.split()[4:] == ["50.0", "km", "at", "0.040", "h", "-20.0%", "(1)"]


def test_a_run_that_the_table_has_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, table = write_scenario(tmp_path / "town-1"), tmp_path / "table.csv"
    made: list[Job] = []

    def make(jobs: list[Job], *_: object) -> list[Run]:
        made.extend(jobs)
        return [run_job(job) for job in jobs]

    monkeypatch.setattr(closed_loop, "run_jobs", make)
    words = [
        "closed_loop.py",
        "--town",
        "small",
        "--scenarios",
        str(scenario),
        "--seeds",
        "1",
        "--fleets",
        "all",
    ]
    words += ["--table", str(table), "--iterations", "20", "--policies"]
    for policies in ("threshold:50", "threshold:50:80"):
        monkeypatch.setattr("sys.argv", [*words, policies])
        main()
    assert [job.setting for job in made] == [50, 80]
    assert len(rows_of(table)) == 2
    assert "small, 20 steps of search a day" in capsys.readouterr().out


def test_runs_of_other_rules_are_left_out(tmp_path: Path) -> None:
    job = Job(write_scenario(tmp_path / "town"), "threshold", 80, 1, FLEETS["all"])
    table = tmp_path / "table.csv"
    run = run_job(job)
    add(table, [(key_of("small", "all", job), run), (("1", *key_of("small", "all", job)[1:]), run)])
    (kept,) = rows_of(table)
    assert float(kept["km_per_day"]) == pytest.approx(run.figures.km_per_day, rel=1e-4)
