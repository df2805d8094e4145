"""From one day to the next: near to what crews know, as far as it pays."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from optimizer.explain import explain_served
from optimizer.insertion import Insertions
from optimizer.solution import Solution, Step
from optimizer.solver.polish import polish
from optimizer.touring import solution_of, tour_of
from optimizer.usual import keep_usual, known_rounds, known_steps, relabelled, with_usual
from optimizer.verify import verify
from optimizer.writing import Atlas, write_routes
from tests.day_fixtures import published
from tests.hand_made import hand_made
from tests.towns import Town, TownRoads, as_town, town
from tournee.difference import num_changed
from tournee.domain import Plan
from tournee.settings import DaySettings

LETTERS = "abcdefghijklmnopqrst"


def today(seed: int) -> tuple[Town, Solution, Plan]:
    """Return a town of today with its best rounds, and the plan that crews know from a day with other bins."""
    chance = random.Random(seed)
    drawn = town("a-b-c-d-e-f-g\nD---h-i-j---F\nk-l-m-n-o-p-q-r-s-t", trucks=2, truck="9 bins", must=LETTERS)
    known, now = (
        as_town(drawn.network, tuple(one for one in drawn.wanted if chance.random() < 0.7)) for _ in range(2)
    )
    insertions = Insertions(now.problem)
    solution = solution_of(now.problem, polish(insertions, hand_made(insertions, 1)), {"solver": "by hand"})
    return now, solution, published(known)


def changes(drawn: Town, solution: Solution, known: Plan) -> int:
    rounds = {
        tour.truck: [step.target for step in tour.steps if not step.is_unloading] for tour in solution.tours
    }
    return num_changed(known_rounds(drawn.problem, known), rounds)


@pytest.mark.parametrize("seed", range(2))
def test_a_higher_price_never_changes_more(seed: int) -> None:
    drawn, solution, known = today(seed)
    told = []
    for price in (0.001, 1.0, 100.0):
        budget = DaySettings(usual_change_eur=price, max_iterations=40)
        problem = with_usual(drawn.problem, known, price)
        near = keep_usual(problem, solution, known, budget, seed)
        assert verify(problem, near) == ()
        assert near.unserved == ()
        told.append(changes(drawn, near, known))
    assert told == sorted(told, reverse=True)
    assert told[-1] <= changes(drawn, solution, known)


def test_the_same_day_again_is_the_same_plan() -> None:
    drawn = town("D--a--b--c--F--d--e--f", truck="3 bins", trucks=2)
    known = published(drawn)
    swapped = [known_steps(drawn.problem, known)[truck] for truck in (1, 0)]
    assert relabelled(drawn.problem, swapped, known_rounds(drawn.problem, known)) == swapped[::-1]


def test_bins_facilities_and_trucks_of_then_that_are_no_more_are_passed_over() -> None:
    drawn = town("D--a--b--c--F--d--e--f", truck="3 bins")
    known = published(drawn)
    fewer = as_town(drawn.network, tuple(one for one in drawn.wanted if one.bin.bin_id in "ae"))
    (steps,) = known_steps(fewer.problem, known)
    bins = [fewer.problem.tasks[step.target].bin_id for step in steps if not step.is_unloading]
    assert bins == ["a", "e"]
    gone = replace(known, routes=tuple(replace(route, vehicle_id="old") for route in known.routes))
    assert known_steps(fewer.problem, gone) == [()]


def test_what_a_change_costs_is_told_in_the_reason_and_is_no_cost_of_the_round() -> None:
    drawn = town("D--a--b--F", trucks=2, must="a", price_eur=8.0)
    problem = replace(
        drawn.problem,
        change_price=20_000,
        tasks=tuple(replace(task, usual_truck=1) for task in drawn.problem.tasks),
    )
    steps = (Step(0), Step(1), Step(0, is_unloading=True))
    solution = solution_of(problem, [tour_of(problem, 0, steps)])
    plain = tour_of(drawn.problem, 0, steps)
    assert solution.cost == plain.cost + 2 * 20_000
    reason = explain_served(problem, solution, drawn.wanted)["b"]
    assert (reason.facts["detour_eur"], reason.facts["change_eur"]) == (7.0, 2.0)
    (route,) = write_routes(Atlas(problem, drawn.network, drawn.wanted, {}), solution, TownRoads())
    assert route.cost_eur == round(plain.cost / 10_000, 2)


def test_insertion_knows_what_another_truck_costs() -> None:
    drawn = town("D--a--b--F", trucks=2)
    tasks = tuple(replace(task, usual_truck=1) for task in drawn.problem.tasks)
    problem = replace(drawn.problem, tasks=tasks, change_price=10**6)
    tours = [tour_of(problem, truck, ()) for truck in range(2)]
    tours[0] = tour_of(problem, 0, (Step(0), Step(0, is_unloading=True)))
    found = Insertions(problem).cheapest(1, tours)
    assert found
    assert found.tour.truck == 1
    at_home = Insertions(problem).cheapest(1, [tour_of(problem, truck, ()) for truck in range(2)])
    assert at_home
    assert at_home.tour.truck == 1, "two trucks that are alike are not, where one of them is known"
