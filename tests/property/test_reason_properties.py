"""Every reason recomputes: from the sequences of a plan alone, by the timeline, over every place that there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.explain import explain_served, explain_unserved
from optimizer.insertion import Insertions, is_sound
from optimizer.problem import EUR, Problem
from optimizer.selection import Wanted, select
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.solver.polish import polish
from optimizer.touring import solution_of, tour_of, visits_of
from optimizer.waiting import Waiting
from tests.examples import examples, slow_examples
from tests.hand_made import hand_made
from tests.property.test_rich_problems import rich_problems
from tests.recompute import Tried, every_place, figures, steps_of_moments
from tests.towns import town, wish
from tournee.domain import Reason, ReasonCode, WasteStream, Wish
from tournee.settings import SelectionSettings
from tournee.timeline import schedule
from tournee.timeline_check import check

SLOW = slow_examples(0.4)
(BIN,) = town("D-a-F").network.bins


@st.composite
def solved(draw: st.DrawFn) -> tuple[Problem, Solution, tuple[Wanted, ...]]:
    """Return a rich problem with sound tours that no bin would better join or leave."""
    problem = draw(rich_problems())
    insertions = Insertions(problem)
    tours = polish(insertions, hand_made(insertions, draw(st.integers(0, 3))))
    wanted = tuple(
        wish(replace(BIN, bin_id=task.bin_id), must=task.must, price_eur=task.price / EUR)
        for task in problem.tasks
    )
    return problem, solution_of(problem, tours), wanted


@examples(0.6)
@given(
    risk=st.floats(0, 1),
    fill_level=st.floats(0, 1.2),
    eur=st.floats(-5, 5),
    least_eur=st.floats(0.05, 5),
    served_days_ago=st.none() | st.floats(0, 12),
)
def test_why_a_bin_can_wait_recomputes(
    risk: float, fill_level: float, eur: float, least_eur: float, served_days_ago: float | None
) -> None:
    policy, biowaste = SelectionSettings(), replace(BIN, waste_stream=WasteStream.BIOWASTE)
    forecast = replace(wish(BIN).forecast, overflow_probability=risk, fill_level=fill_level)
    until_at = forecast.risk_until_at
    served_at = None if served_days_ago is None else forecast.target_at - timedelta(days=served_days_ago)
    forecast = replace(forecast, last_served_at=served_at)
    (chosen,) = select([biowaste], [forecast], policy, waiting={BIN.bin_id: Waiting(eur, least_eur)})
    days = 0.0 if served_at is None else (until_at - served_at) / timedelta(days=1)
    asked_for = risk >= policy.must_risk or days > policy.max_age_days["biowaste"]
    assert (chosen.wish is Wish.NO) == (not asked_for and eur <= least_eur)
    if chosen.wish is not Wish.NO:
        return
    facts = chosen.reason.facts
    assert (facts["threshold"], facts["risk_until_at"]) == (policy.must_risk, until_at.isoformat())
    assert facts["probability"] == pytest.approx(risk, abs=0.0006)
    assert facts["fill_level"] == pytest.approx(fill_level, abs=0.0006)
    assert float(facts.get("waiting_eur", 0.0)) - float(facts.get("saved_eur", 0.0)) == pytest.approx(
        eur, abs=0.006
    )
    assert facts.get("least_detour_eur", least_eur) == pytest.approx(least_eur, abs=0.006)
    assert float(facts.get("days", 0.0)) == pytest.approx(days, abs=0.06)


def again(problem: Problem, solution: Solution) -> list[Tour]:
    """Return every truck's tour, wound again from nothing but the ids of its stops."""
    driven = {tour.truck: steps_of_moments(problem, tour.moments) for tour in solution.tours}
    return [tour_of(problem, truck, driven.get(truck, ())) for truck in range(len(problem.trucks))]


@SLOW
@given(solved())
def test_why_a_bin_is_left_recomputes(drawn: tuple[Problem, Solution, tuple[Wanted, ...]]) -> None:
    problem, solution, wanted = drawn
    tours = again(problem, solution)
    number = {task.bin_id: index for index, task in enumerate(problem.tasks)}
    aside = {one.bin_id for one in problem.aside}
    for left in explain_unserved(problem, solution, wanted):
        if left.bin_id in aside:
            continue
        task = number[left.bin_id]
        tried = [one for tour in tours for one in every_place(problem, tour, task)]
        sound = [one for one in tried if one.is_sound]
        if left.reason.code is ReasonCode.DETOUR_TOO_LONG:
            is_the_cheapest(problem, tours, left.reason, sound, task)
        else:
            assert not sound
            assert {one.vehicle_id for one in left.reason.obstacles} == {t.vehicle_id for t in problem.trucks}
            every_obstacle_is_there(problem, tours, left.reason, task)


def is_the_cheapest(
    problem: Problem, tours: list[Tour], reason: Reason, sound: list[Tried], task: int
) -> None:
    """Find the place that a reason names: nothing is cheaper, and its figures are those of the clock."""
    facts = reason.facts
    cheapest = min(one.extra for one in sound)
    assert facts["detour_eur"] == pytest.approx(cheapest / EUR, abs=0.011)
    assert cheapest >= problem.tasks[task].price
    found = []
    for one in sound:
        at = one.tour.steps.index(Step(task))
        near = [ref(problem, one.tour, at - 1), ref(problem, one.tour, at + 1)]
        stop = sum(not step.is_unloading for step in one.tour.steps[: at + 1])
        named = [facts["after_ref"], facts["before_ref"]]
        vehicle_id = problem.trucks[one.tour.truck].vehicle_id
        if (vehicle_id, stop, near) == (facts["vehicle_id"], facts["stop"], named):
            eur, km = figures(tours[one.tour.truck], one.tour)
            found.append((round(eur, 2), round(km, 2)))
    assert (facts["detour_eur"], facts["detour_km"]) in found


def ref(problem: Problem, tour: Tour, at: int) -> str:
    truck = problem.trucks[tour.truck]
    if not 0 <= at < len(tour.steps):
        return problem.depots[truck.start if at < 0 else truck.end].depot_id
    step = tour.steps[at]
    if step.is_unloading:
        return problem.sites[step.target].facility_id
    return problem.tasks[step.target].bin_id


def every_obstacle_is_there(problem: Problem, tours: list[Tour], reason: Reason, task: int) -> None:
    """Break the named rule of each truck again, at some place of its tour."""
    for truck, one in enumerate(reason.obstacles):
        assert one.vehicle_id == problem.trucks[truck].vehicle_id
        kinds = {
            kind
            for tried in every_place(problem, tours[truck], task)
            for kind in broken(problem, truck, tried.tour.steps)
        }
        if one.rule not in {"facility_stream", "too_many_unloadings"}:
            assert one.rule in kinds
        elif one.rule == "too_many_unloadings":
            most = sum(step.is_unloading for step in tours[truck].steps)
            assert most >= problem.reload_max or not problem.sites


def broken(problem: Problem, truck: int, steps: Steps) -> set[str]:
    means, bins = problem.trucks[truck], [problem.tasks[s.target] for s in steps if not s.is_unloading]
    visits = visits_of(problem, means, steps)
    kinds = {rule.kind for rule in check(schedule(visits, means.duty), visits, means.duty)}
    kinds |= {"truck_not_allowed" for one in bins if one.trucks is not None and truck not in one.trucks}
    return kinds | {"locked_elsewhere" for one in bins if one.locked_to not in (None, truck)}


@SLOW
@given(solved())
def test_what_leaving_a_bin_would_save_recomputes(
    drawn: tuple[Problem, Solution, tuple[Wanted, ...]],
) -> None:
    problem, solution, wanted = drawn
    reasons = explain_served(problem, solution, wanted)
    for tour in again(problem, solution):
        for at, step in enumerate(tour.steps):
            if step.is_unloading:
                continue
            reason = reasons[problem.tasks[step.target].bin_id]
            if reason.code is not ReasonCode.WORTH_IT:
                assert problem.tasks[step.target].must
                continue
            ways = [tour_of(problem, tour.truck, (*tour.steps[:at], *tour.steps[at + 1 :]))]
            if at + 1 < len(tour.steps) and tour.steps[at + 1].is_unloading:
                ways.append(tour_of(problem, tour.truck, (*tour.steps[:at], *tour.steps[at + 2 :])))
            sound = [one for one in ways if not one.steps or is_sound(problem, tour.truck, one.steps)]
            saved = [tuple(round(figure, 2) for figure in figures(one, tour)) for one in sound]
            assert (reason.facts["detour_eur"], reason.facts["detour_km"]) in saved
            assert float(reason.facts["detour_eur"]) <= float(reason.facts["penalty_eur"]) + 0.011
