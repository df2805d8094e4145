"""Reasons are recomputed, each figure checked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from optimizer.explain import explain_served, explain_unserved
from optimizer.solution import Solution, Step
from optimizer.solver import solve
from optimizer.touring import solution_of, tour_of
from tests.towns import Town, only, town
from tournee.domain import Reason, ReasonCode, Shift
from tournee.settings import SolverSettings

BUDGET = SolverSettings(max_solutions=30, max_seconds=20)


def why_left(drawn: Town, solution: Solution | None = None) -> dict[str, Reason]:
    solution = solution or solve(drawn.problem, BUDGET)
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


def test_a_bin_that_may_be_served_says_what_it_costs_and_is_worth() -> None:
    drawn = town("D--a--b--F", must="a", price_eur=8.0)
    solution = solve(drawn.problem, BUDGET)
    reasons = explain_served(drawn.problem, solution, drawn.wanted)
    assert reasons["a"].code is ReasonCode.OVERFLOW_RISK
    assert reasons["b"].code is ReasonCode.WORTH_IT
    assert reasons["b"].facts["detour_eur"] == pytest.approx(5.0)  # on the way: three minutes of standing
    assert reasons["b"].facts["penalty_eur"] == 8.0


def test_a_bin_alone_on_its_trip_costs_the_whole_trip() -> None:
    drawn = town("D--a--F", must="", price_eur=90.0)
    solution = solve(drawn.problem, BUDGET)
    reason = only(explain_served(drawn.problem, solution, drawn.wanted).values())
    assert reason.facts["detour_eur"] == pytest.approx(only(solution.tours).cost / 10_000, abs=0.01)


def test_no_time_left_names_the_end_of_the_shift() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", shift=Shift(time(6), time(7)))
    assert why_left(drawn)["b"] == Reason(ReasonCode.NO_TIME_LEFT, {"shift_end": "07:00"})


def test_a_window_outside_the_shift_is_named() -> None:
    drawn = town("D--a--b--F", hours={"b": "04:00-05:00"})
    reason = why_left(drawn)["b"]
    assert reason.code is ReasonCode.OTHER_CONSTRAINT
    assert "closed" in str(reason.facts["violation"])


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
    assert why_left(drawn, solution_of(drawn.problem, ()))["a"].facts == {"violation": "No truck takes it."}
