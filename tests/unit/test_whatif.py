"""The same town with one thing otherwise, and what comes of it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.loop import quiet
from optimizer.closed_loop.results import result_of
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.series import Job, run_jobs
from optimizer.closed_loop.whatif import World, changed
from tests.closed_loop_fixtures import write_scenario
from tests.solver_fixtures import QUICK
from tournee.errors import ConfigError
from tournee.opening import windows_on


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street of twelve bins with a second truck that is like the first."""
    folder = write_scenario(tmp_path_factory.mktemp("street"))
    rows = list(csv.reader((folder / "vehicles.csv").read_text(encoding="utf-8").splitlines()))
    with (folder / "vehicles.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["v2", *rows[1][1:]])
    return folder


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    """The town as it is, with a second facility."""
    here = World(read_scenario(folder), Sensing())
    (first,) = here.network.facilities
    north = replace(first, facility_id="north", opening_hours="Mo-Fr 06:00-18:00")
    return here.with_network(replace(here.network, facilities=(first, north)))


def test_nothing_said_changes_nothing(world: World) -> None:
    assert changed(world, "") is world


def test_one_truck_less_leaves_all_its_segments_at_home(world: World) -> None:
    assert [one.vehicle_id for one in world.network.vehicles] == ["v1/1", "v1/2", "v2/1", "v2/2"]
    fewer = changed(world, "one-truck-less")
    assert [one.vehicle_id for one in fewer.network.vehicles] == ["v1/1", "v1/2"]
    with pytest.raises(ConfigError, match="v1 is the only one"):
        changed(fewer, "one-truck-less")


def test_trucks_stay_at_home_on_the_days_that_are_named(world: World) -> None:
    assert changed(world, "no-sunday").scenario.weekdays == frozenset(range(6))
    assert changed(world, "collect-on:mo+WE").scenario.weekdays == {0, 2}
    with pytest.raises(ConfigError, match="collect-on:xx"):
        changed(world, "collect-on:mo+xx")
    sundays = changed(world, "collect-on:su")
    with pytest.raises(ConfigError, match="at least one day"):
        changed(sundays, "no-sunday")


def test_half_the_sensors_are_half_of_those_there_are(world: World) -> None:
    assert changed(world, "half-the-sensors").sensing.without == 0.5
    some = replace(world, sensing=Sensing(without=0.2))
    assert changed(some, "half-the-sensors").sensing.without == pytest.approx(0.6)


def test_a_facility_is_shut_for_the_first_measured_week_and_keeps_its_hours_after(world: World) -> None:
    scenario = changed(world, "facility-closed").scenario
    depot, north = scenario.network.facilities
    assert depot == world.network.facilities[0]
    days = {
        day: windows_on(north.opening_hours, date(2024, 1, day), scenario.zone) for day in (3, 4, 10, 11, 13)
    }
    assert [bool(days[day]) for day in (3, 4, 10, 11, 13)] == [True, False, False, True, False]
    assert days[11][0].opens_at.hour == 6


@pytest.mark.parametrize("wrong", ["magic", "facility-closed:nowhere"])
def test_what_can_not_be_is_named(world: World, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        changed(world, wrong)


def test_the_only_facility_can_not_close(folder: Path) -> None:
    with pytest.raises(ConfigError, match="several facilities; there is depot"):
        changed(World(read_scenario(folder), Sensing()), "facility-closed")


def test_what_if_has_rows_of_its_own_and_is_compared_with_nobody(folder: Path, tmp_path: Path) -> None:
    """Collecting on Mondays alone, the street runs over; policies are compared in the town as it is."""
    job = Job(folder, "threshold", 70, 1, Sensing(noise=0.0), QUICK)
    jobs = [job, replace(job, what_if="collect-on:mo")]
    runs = run_jobs(jobs, 1, tmp_path, quiet)
    assert [run.what_if for run in runs] == ["", "collect-on:mo"]
    result = result_of(runs, levels=(0.1,))
    as_it_is, mondays = result.rows
    assert mondays.what_if == "collect-on:mo"
    assert mondays.mean["services"] < as_it_is.mean["services"]
    assert mondays.mean["overflow_h"] > as_it_is.mean["overflow_h"]
    assert {one.policy for one in result.compared} == {"threshold"}
    assert sum(runs[1].by_bin) == pytest.approx(mondays.mean["overflow_h"])
    assert run_jobs(jobs, 1, tmp_path, quiet) == runs, "kept, each under its own name"
