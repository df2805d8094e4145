"""`tournee evaluate`: what is typed, what is kept, and what is made of many runs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from rich.console import Console

from optimizer.closed_loop.figures import Figures
from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.results import USUAL_LEVEL, km_at, levels_of, result_of
from optimizer.closed_loop.series import RULES, Run
from tests.closed_loop_fixtures import write_scenario
from tournee.cli import main
from tournee.cli.evaluate import (
    Wishes,
    jobs_of,
    policies_of,
    run_evaluation,
    seeds_of,
    tables_of,
)
from tournee.errors import ConfigError
from tournee.settings import SelectionSettings, Settings

QUIET = Console(quiet=True)
SECTION = SelectionSettings()


def wishes(folder: Path, policies: str = "fullest:3,threshold:70") -> Wishes:
    return Wishes(str(folder), policies, "1", Sensing(noise=0.0), iterations=20)


def test_policies_and_seeds_are_read_as_typed() -> None:
    assert list(policies_of("threshold:70:80, prize:5", SECTION)) == [
        ("threshold", 70),
        ("threshold", 80),
        ("prize", 5),
    ]
    assert list(policies_of("calendar", SECTION)) == [("calendar", 1.0), ("calendar", 1.5), ("calendar", 2.0)]
    assert seeds_of("1,101..103") == [1, 101, 102, 103]


def test_what_a_city_has_set_is_on_our_curve() -> None:
    dear = SelectionSettings(overflow_eur_per_hour=5.0)
    assert [setting for _, setting in policies_of("tournee", dear)] == [0.5, 1.5, 5.0, 20.0]
    free = SelectionSettings(overflow_eur_per_hour=0.0)
    assert [setting for _, setting in policies_of("tournee", free)] == [0.0]


@pytest.mark.parametrize("said", ["magic", "threshold:high"])
def test_a_policy_that_is_none_is_named(said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        list(policies_of(said, SECTION))


def test_seeds_that_are_none_are_named() -> None:
    with pytest.raises(ConfigError, match="one"):
        seeds_of("one")


def test_each_seed_has_its_own_folder_where_the_name_says_so() -> None:
    asked = Wishes("towns/{seed}", "fullest:3", "4,5", Sensing(), iterations=20)
    assert [job.folder.name for job in jobs_of(asked, Settings())] == ["4", "5"]


def test_a_finished_run_is_read_and_not_made_again(tmp_path: Path) -> None:
    street = write_scenario(tmp_path / "street")
    jobs = jobs_of(wishes(street), Settings())
    first = run_evaluation(jobs, 1, tmp_path / "kept", QUIET)
    kept = sorted((tmp_path / "kept").glob("*.json"))
    assert len(kept) == len(jobs) + 1
    deposits = street / "arrivals.parquet"
    parquet.write_table(parquet.read_table(deposits).slice(0, 0), deposits)  # nothing is thrown in any more
    again = run_evaluation(jobs, 1, tmp_path / "kept", QUIET)
    assert again == first
    assert [table.row_count for table in tables_of(first)][:1] == [len(jobs)]


def test_another_sensor_is_another_run(tmp_path: Path) -> None:
    usual, dead = (
        jobs_of(replace(wishes(tmp_path), sensing=Sensing(dead=share)), Settings())[0]
        for share in (0.0, 0.16)
    )
    assert usual.key != dead.key


def test_a_run_of_other_rules_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which a series was begun before full trucks came back holds figures that no longer come out."""
    (job,) = jobs_of(wishes(tmp_path, "fullest:3"), Settings())
    as_it_is = job.key
    monkeypatch.setattr("optimizer.closed_loop.series.RULES", RULES - 1)
    assert job.key != as_it_is


def test_another_selection_is_another_run_only_where_it_is_heeded(tmp_path: Path) -> None:
    cautious = Settings(selection=SelectionSettings(must_risk=0.1))
    for policy, is_same in (("fullest:3", True), ("tournee:1", False)):
        (first,), (second,) = (jobs_of(wishes(tmp_path, policy), one) for one in (Settings(), cautious))
        assert (first.key == second.key) == is_same


def run(policy: str, setting: float, seed: int, found: tuple[float, float]) -> Run:
    """Return a run of ten days and ten bins with so much overflow per bin and day, and so many kilometres a day."""
    over, km = found
    zeros: dict[str, Any] = dict.fromkeys(Figures.__dataclass_fields__, 0)
    figures = Figures(**{**zeros, "days": 10, "bins": 10, "overflow_h": over * 100, "km": km * 10})
    return Run(policy, setting, seed, figures, {"north": over}, [], [])


def test_a_curve_is_read_between_its_points_and_nowhere_else() -> None:
    curve = [(0.001, 50.0), (0.1, 40.0), (0.2, 45.0)]
    assert km_at(curve, 0.0005) is None
    assert km_at(curve, 0.001) == 50.0
    assert 40.0 < (km_at(curve, 0.01) or 0.0) < 50.0
    assert km_at(curve, 0.15) == 40.0  # nobody would choose the third point
    assert km_at(curve, 0.3) is None
    assert km_at([], 0.1) is None


def test_policies_are_compared_on_the_seeds_that_both_reach() -> None:
    runs = [
        run("tournee", 1, 1, (0.02, 36.0)),
        run("tournee", 1, 2, (0.02, 44.0)),
        run("calendar", 1, 1, (0.02, 40.0)),
        run("calendar", 1, 2, (0.5, 50.0)),
    ]
    result = result_of(runs, levels=(0.02,))
    calendar = next(one for one in result.compared if one.policy == "calendar")
    assert (calendar.km_per_day, calendar.seeds) == (40.0, 1)
    assert calendar.against_ours == pytest.approx(0.1)
    row = result.rows[0]
    assert row.mean["km_per_day"] == 40.0
    assert row.sd["km_per_day"] == pytest.approx(32**0.5)
    assert row.by_district == {"north": pytest.approx(0.02)}


def test_policies_are_compared_where_curves_meet() -> None:
    """In a town of costly hours ours runs over more than cities are used to: it is compared there all the same."""
    runs = [
        run("calendar", 1, 1, (0.01, 60.0)),
        run("calendar", 2, 1, (0.25, 50.0)),
        run("threshold", 1, 1, (0.15, 50.0)),
        run("threshold", 2, 1, (0.6, 45.0)),
        run("tournee", 1, 1, (0.08, 45.0)),
        run("tournee", 2, 1, (0.8, 40.0)),
    ]
    assert levels_of(runs) == (0.2, 0.1, 0.5)
    assert result_of(runs).level == 0.2
    assert levels_of(runs[:4]) == (0.2,), "without ours the first is what others meet"
    assert levels_of([*runs[:1], *runs[4:]]) == ()
    assert result_of([*runs[:1], *runs[4:]]).level == USUAL_LEVEL


def test_every_table_fits_a_terminal_of_80_columns() -> None:
    runs = [
        run(policy, setting, 1, (over, km))
        for policy in ("days_to_full", "tournee")
        for setting, over, km in ((1.25, 0.01, 1234.5), (0.125, 0.5, 1200.5))
    ]
    console = Console(width=80, record=True, file=StringIO())
    for table in tables_of(result_of(runs)):
        console.print(table)
    told = console.export_text()
    assert "…" not in told
    assert "days_to_full:0.125" in told
    assert told.count("1234.5 ± 0.0") == 2


def test_the_command_prints_a_result_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    street = write_scenario(tmp_path / "street")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys,
        "argv",
        ["tournee", "evaluate", str(street), "--policy", "fullest:3", "--iterations", "20", "--json"],
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    said = json.loads(capsys.readouterr().out)
    assert [(row["policy"], row["setting"], row["seeds"]) for row in said["rows"]] == [("fullest", 3, 1)]
