"""Reasons are recomputed, each figure checked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from optimizer.explain import explain_served, explain_unserved, names_of
from optimizer.problem import Pair, Problem
from optimizer.solution import Solution, Step
from optimizer.solver import solve
from optimizer.touring import solution_of, tour_of
from tests.solver_fixtures import QUICK
from tests.towns import Town, only, town
from tournee.domain import Obstacle, Reason, ReasonCode, Shift


def named(drawn: Town, problem: Problem) -> Obstacle:
    """Return the one rule that stands against the one bin left."""
    solution = solve(problem, QUICK)
    return only(only(explain_unserved(problem, solution, drawn.wanted)).reason.obstacles)


def test_overtime_that_would_be_too_long_is_named_with_its_limit() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", shift=Shift(time(6), time(7)))
    truck = only(drawn.problem.trucks)
    late = replace(drawn.problem, trucks=(replace(truck, duty=replace(truck.duty, overtime_max_s=1_800)),))
    obstacle = named(drawn, late)
    assert (obstacle.rule, obstacle.facts["limit"]) == ("overtime", "07:30")


def test_a_bin_that_another_of_the_round_keeps_off_is_told_so() -> None:
    drawn = town("D--a--b--F")
    assert named(drawn, replace(drawn.problem, apart=(Pair("a", "b"),))).rule == "kept_apart"


def why_left(drawn: Town, solution: Solution | None = None) -> dict[str, Reason]:
    solution = solution or solve(drawn.problem, QUICK)
    return {one.bin_id: one.reason for one in explain_unserved(drawn.problem, solution, drawn.wanted)}


def test_a_long_detour_is_told_in_euros_kilometres_and_minutes() -> None:
    drawn = town("D--a--F" + "-" * 20 + "b", must="a")
    reason = why_left(drawn)["b"]
    # 42 columns more: 4.2 km at 1.20 EUR, 420 s of driving and 180 s of standing at 100 EUR an hour
    assert reason.code is ReasonCode.DETOUR_TOO_LONG
    assert reason.facts["detour_km"] == pytest.approx(4.2)
    assert reason.facts["detour_min"] == pytest.approx(10.0)
    assert reason.facts["detour_eur"] == pytest.approx(4.2 * 1.2 + 100 / 6, abs=0.01)
    assert reason.facts["penalty_eur"] == 2.0
    assert (reason.facts["truck"], reason.facts["stop"]) == ("truck 1", 2)
    assert (reason.facts["after_ref"], reason.facts["before_ref"]) == ("a", "F")


def test_the_cheapest_place_is_named_as_people_name_it() -> None:
    drawn = town("D--a--F" + "-" * 20 + "b", must="a")
    solution = solve(drawn.problem, QUICK)
    left = only(explain_unserved(drawn.problem, solution, drawn.wanted, names_of(drawn.network)))
    assert left.reason.facts["truck"] == "Truck 1"
    assert {left.reason.facts["after"], left.reason.facts["before"]} == {"A street", "F"}


def test_a_trip_of_its_own_names_its_facility() -> None:
    drawn = town("D--a--F--b", must="a", truck="1 bins")
    reason = why_left(drawn)["b"]
    assert reason.code is ReasonCode.DETOUR_TOO_LONG
    assert reason.facts["via_ref"] == "F"
    assert reason.facts["detour_km"] == pytest.approx(0.6)


def test_a_bin_that_may_be_served_says_what_it_costs_and_is_worth() -> None:
    drawn = town("D--a--b--F", must="a", price_eur=8.0)
    solution = solve(drawn.problem, QUICK)
    reasons = explain_served(drawn.problem, solution, drawn.wanted)
    assert reasons["a"].code is ReasonCode.OVERFLOW_RISK
    assert reasons["b"].code is ReasonCode.WORTH_IT
    assert reasons["b"].facts["detour_eur"] == pytest.approx(5.0)  # on the way: three minutes of standing
    assert reasons["b"].facts["penalty_eur"] == 8.0
    assert (reasons["b"].facts["detour_km"], reasons["b"].facts["detour_min"]) == (0.0, 3.0)


def test_a_bin_alone_on_its_trip_costs_the_whole_trip() -> None:
    drawn = town("D--a--F", must="", price_eur=90.0)
    solution = solve(drawn.problem, QUICK)
    reason = only(explain_served(drawn.problem, solution, drawn.wanted).values())
    assert reason.facts["detour_eur"] == pytest.approx(only(solution.tours).cost / 10_000, abs=0.01)


def test_no_time_left_names_the_end_of_the_shift() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", shift=Shift(time(6), time(7)))
    reason = why_left(drawn)["b"]
    assert reason.code is ReasonCode.NO_TIME_LEFT
    assert reason.facts["shift_end"] == "07:00"
    # 614 columns, twice three minutes of standing and a quarter of an hour of unloading
    assert only(reason.obstacles).rule == "shift"
    assert only(reason.obstacles).facts["at"] == "08:03"
    assert only(reason.obstacles).facts["limit"] == "07:00"


def test_a_must_that_is_left_says_why_it_was_wanted() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", shift=Shift(time(6), time(7)))
    facts = why_left(drawn)["b"].facts
    assert (facts["wanted"], facts["probability"], facts["threshold"]) == ("overflow_risk", 0.5, 0.25)


def test_each_truck_has_its_own_obstacle() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", shift=Shift(time(6), time(7)), trucks=4)
    late, small, barred, capped = drawn.problem.trucks
    trucks = (
        late,
        replace(small, duty=replace(small.duty, payload_kg=50)),
        barred,
        replace(capped, duty=replace(capped.duty, max_stops=0)),
    )
    tasks = tuple(replace(task, trucks=frozenset({0, 1, 3})) for task in drawn.problem.tasks)
    problem = replace(drawn.problem, trucks=trucks, tasks=tasks)
    reason = why_left(replace(drawn, problem=problem))["b"]
    rules = {one.vehicle_id: one.rule for one in reason.obstacles}
    assert rules == {
        "truck 1": "shift",
        "truck 2": "capacity_kg",
        "truck 3": "truck_not_allowed",
        "truck 4": "daily_stops",
    }
    assert reason.obstacles[1].facts["amount"] == 100
    assert reason.obstacles[1].facts["limit"] == 50
    assert reason.code is ReasonCode.OTHER_CONSTRAINT


@pytest.mark.parametrize(
    ("caps", "rule", "figures"),
    [
        ({"max_stops": 1}, "daily_stops", (2, 1)),
        ({"max_kg": 150}, "daily_kg", (200, 150)),
        ({"max_l": 1_500}, "daily_l", (2_000, 1_500)),
        ({"max_duration_s": 1_300}, "duration", (23, 22)),
    ],
)
def test_what_a_day_allows_is_told_with_its_figures(
    caps: dict[str, int], rule: str, figures: tuple[int, int]
) -> None:
    drawn = town("D-a-b-F")
    truck = only(drawn.problem.trucks)
    problem = replace(drawn.problem, trucks=(replace(truck, duty=replace(truck.duty, **caps)),))  # type: ignore[arg-type]
    left = why_left(
        replace(drawn, problem=problem),
        solution_of(problem, [tour_of(problem, 0, (Step(0), Step(0, is_unloading=True)))]),
    )["b"]
    obstacle = only(left.obstacles)
    assert obstacle.rule == rule
    assert (obstacle.facts["amount"], obstacle.facts["limit"]) == figures


def test_a_truck_that_may_unload_no_more_says_so() -> None:
    drawn = town("D--a--b--F", truck="1 bins")
    problem = replace(drawn.problem, reload_max=1)
    one = tour_of(problem, 0, (Step(0), Step(0, is_unloading=True)))
    left = why_left(replace(drawn, problem=problem), solution_of(problem, [one]))["b"]
    assert only(left.obstacles).rule == "too_many_unloadings"


def test_a_window_outside_the_shift_is_named() -> None:
    drawn = town("D--a--b--F", hours={"b": "04:00-05:00"})
    reason = why_left(drawn)["b"]
    assert reason.code is ReasonCode.OTHER_CONSTRAINT
    assert "closed" in str(reason.facts["violation"])
    assert only(reason.obstacles).rule == "window"
    assert only(reason.obstacles).facts["place"] == "b"


def test_bins_set_aside_keep_their_reason() -> None:
    assert why_left(town("D--a--b--F", hours={"b": "Su 10:00-11:00"}))["b"].code is ReasonCode.CLOSED_ALL_DAY


def test_a_place_that_the_search_missed_is_admitted() -> None:
    drawn = town("D--a--b--F")
    only_a = solution_of(drawn.problem, [tour_of(drawn.problem, 0, (Step(0), Step(0, is_unloading=True)))])
    assert "budget" in str(why_left(drawn, only_a)["b"].facts["violation"])


def test_without_a_truck_that_takes_it_nothing_is_invented() -> None:
    drawn = town("D--a--F")
    duty = replace(drawn.problem.trucks[0].duty, body_l=1)
    drawn = replace(
        drawn, problem=replace(drawn.problem, trucks=(replace(drawn.problem.trucks[0], duty=duty),))
    )
    reason = why_left(drawn, solution_of(drawn.problem, ()))["a"]
    assert only(reason.obstacles).rule == "capacity_l"
    assert (only(reason.obstacles).facts["amount"], only(reason.obstacles).facts["limit"]) == (1_000, 1)
