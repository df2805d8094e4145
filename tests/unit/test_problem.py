"""Scaling, rounding, and what is set aside before any solver."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from optimizer.building import build_problem, places_of, profiles_of
from optimizer.matrix import UNREACHABLE, Matrix
from optimizer.problem import EUR, Problem
from tests.towns import DAY, GLASS, PACKAGING, RESIDUAL, ZONE, Town, TownRoads, as_town, town, wish
from tournee.domain import Reason, ReasonCode, TruckDimensions
from tournee.errors import InfeasibleProblem

TOWN = town("D--a--b--F")


def reasons(problem: Problem) -> dict[str, Reason]:
    return {one.bin_id: one.reason for one in problem.aside}


def with_matrix(drawn: Town, *, off_road: dict[int, float]) -> Problem:
    """Return the problem of a town where some places are off the road."""
    matrix = TownRoads().matrix(places_of(drawn.network, drawn.wanted), TruckDimensions())
    times, metres = matrix.travel_time_s.copy(), matrix.distance_m.copy()
    for place in off_road:
        for grid in (times, metres):
            grid[place, :] = grid[:, place] = UNREACHABLE
    broken = Matrix(times, metres, "drawing", is_estimate=False, off_road=off_road)
    return build_problem(drawn.wanted, drawn.network, [broken], DAY, zone=ZONE, max_snap_m=40)


def test_demand_is_rounded_up_and_compacted_per_truck() -> None:
    a = replace(TOWN.network.bins[0], volume_l=660.0, density_kg_per_m3=85.0)
    truck = replace(TOWN.network.vehicles[0], compaction={RESIDUAL: 4.0})
    problem = as_town(replace(TOWN.network, vehicles=(truck,)), [wish(a, fill=0.5)]).problem
    (task,) = problem.tasks
    assert task.demand_kg == 29  # 28.05 kg
    assert problem.trucks[0].litres(task) == 83  # 330 l / 4


def test_what_a_town_says_of_a_day_s_limits_queues_and_chosen_trucks_is_kept() -> None:
    first, (a, b), facility = TOWN.network.vehicles[0], TOWN.network.bins, TOWN.network.facilities[0]
    first = replace(first, cost_per_use_eur=25.0, stops_max=60, day_max_kg=20_000.5, day_max_m3=40.5)
    other = replace(first, vehicle_id="other", stops_max=None, day_max_kg=None, day_max_m3=None)
    chosen, nobody = replace(a, vehicle_ids=frozenset({"other"})), replace(b, vehicle_ids=frozenset({"sold"}))
    network = replace(
        TOWN.network,
        bins=(chosen, nobody),
        vehicles=(first, other),
        facilities=(replace(facility, queue_time_s=300),),
    )
    problem = as_town(network, [wish(chosen), wish(nobody)]).problem
    duty = problem.trucks[0].duty
    assert (duty.max_stops, duty.max_kg, duty.max_l) == (60, 20_000, 40_500)
    assert problem.trucks[0].use_cost == 25 * EUR
    duty = problem.trucks[1].duty
    assert duty.max_stops is duty.max_kg is duty.max_l is None
    assert problem.sites[0].standing_s == 300 + facility.unloading_time_s
    assert [task.trucks for task in problem.tasks] == [frozenset({1})]
    assert reasons(problem)["b"].facts["violation"] == "No truck that may come here takes it."


def test_seconds_count_from_local_midnight() -> None:
    assert TOWN.problem.midnight_at == datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert TOWN.problem.trucks[0].duty.start_s == 6 * 3_600
    assert TOWN.problem.clock(6 * 3_600) == "06:00"


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 5), (date(2026, 10, 25), 7)])
def test_a_day_that_gains_or_loses_an_hour_keeps_its_clock(day: date, hours: int) -> None:
    matrices = [TownRoads().matrix(places_of(TOWN.network, TOWN.wanted), TruckDimensions())]
    problem = build_problem(TOWN.wanted, TOWN.network, matrices, day, zone=ZONE)
    assert problem.trucks[0].duty.start_s == hours * 3_600
    assert problem.clock(problem.trucks[0].duty.start_s) == "06:00"


def test_one_matrix_per_kind_of_truck() -> None:
    small = replace(TOWN.network.vehicles[0], vehicle_id="small", dimensions=TruckDimensions(length_m=6.0))
    network = replace(TOWN.network, vehicles=(*TOWN.network.vehicles, small))
    assert len(profiles_of(network)) == 2
    assert [truck.roads for truck in as_town(network, TOWN.wanted).problem.trucks] == [0, 1]


def test_a_stream_without_a_truck_is_set_aside() -> None:
    truck = replace(TOWN.network.vehicles[0], waste_streams=frozenset({GLASS}))
    problem = as_town(replace(TOWN.network, vehicles=(truck,)), TOWN.wanted).problem
    assert reasons(problem)["a"].code is ReasonCode.NO_TRUCK_FOR_STREAM
    assert problem.tasks == ()


def test_a_stream_without_a_facility_is_set_aside() -> None:
    problem = town("D--a--b--F", streams={"b": GLASS, "F": RESIDUAL}).problem
    assert reasons(problem)["b"].code is ReasonCode.NO_FACILITY_FOR_STREAM
    assert [task.bin_id for task in problem.tasks] == ["a"]


def test_a_facility_that_is_closed_today_is_none() -> None:
    problem = town("D--a--F", hours={"F": "Su 10:00-12:00"}).problem
    assert reasons(problem)["a"].code is ReasonCode.NO_FACILITY_FOR_STREAM


def test_a_bin_closed_all_day_is_set_aside() -> None:
    assert (
        reasons(town("D--a--F", hours={"a": "Su 10:00-12:00"}).problem)["a"].code is ReasonCode.CLOSED_ALL_DAY
    )


def test_a_bin_too_big_for_any_truck_is_set_aside_with_its_size() -> None:
    reason = reasons(town("D--a--F", truck="1 bins", fill=1.5).problem)["a"]
    assert reason == Reason(ReasonCode.TOO_BIG_FOR_ANY_TRUCK, {"demand_kg": 150, "demand_l": 1_500})


def test_a_bin_off_the_road_is_set_aside_with_its_distance() -> None:
    problem = with_matrix(TOWN, off_road={1: 812.4})
    assert reasons(problem)["a"] == Reason(ReasonCode.OFF_ROAD, {"distance_m": 812.4, "max_snap_m": 40})
    assert problem.matrices[0].travel_time_s.shape == (3, 3)
    assert problem.tasks[0].place == 1


def test_a_bin_without_a_way_is_set_aside() -> None:
    matrix = TownRoads().matrix(places_of(TOWN.network, TOWN.wanted), TruckDimensions())
    times = matrix.travel_time_s.copy()
    times[:, 2] = UNREACHABLE
    island = Matrix(times, matrix.distance_m, "drawing", is_estimate=False)
    problem = build_problem(TOWN.wanted, TOWN.network, [island], DAY, zone=ZONE)
    assert "finds a way" in str(reasons(problem)["b"].facts["violation"])


def test_no_vehicle_no_plan() -> None:
    with pytest.raises(InfeasibleProblem, match="has no vehicle"):
        build_problem((), replace(TOWN.network, vehicles=()), [], DAY, zone=ZONE)


def test_a_depot_closed_all_day_is_no_plan() -> None:
    with pytest.raises(InfeasibleProblem, match="closed all day on 2026-11-23"):
        town("D--a--F", hours={"D": "Sa-Su 08:00-12:00"})


def test_a_depot_off_the_road_is_no_plan() -> None:
    with pytest.raises(InfeasibleProblem, match="from any usable street"):
        with_matrix(TOWN, off_road={0: 900.0})


def test_several_windows_stay_several() -> None:
    problem = town(
        "D--a--F", hours={"a": "06:00-08:00,12:00-13:00", "F": "05:00-20:00"}, streams={"a": PACKAGING}
    ).problem
    assert problem.tasks[0].windows == ((21_600, 28_800), (43_200, 46_800))
    assert np.array_equal(problem.travel_time_s(problem.trucks[0])[0], [0, 30, 60])
