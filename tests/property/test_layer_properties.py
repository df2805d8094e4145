"""Each layer keeps every rule by itself: construction and search would hide one another's mistakes in the result.

Without breaks and shared places, which the routing model sees slightly differently from the clockwork.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.insertion import Insertions, is_sound
from optimizer.problem import Problem
from optimizer.slack import slack_of
from optimizer.solution import Steps, Tour
from optimizer.solver.model import build_model, routes_for
from optimizer.solver.parts import neighborhoods, slices
from optimizer.solver.plain import Telling
from optimizer.solver.propose import Quest, propose
from optimizer.solver.recombine import recombine
from optimizer.solver.search import improve
from optimizer.solver.start import STRATEGIES, Opening, first_tours
from optimizer.solver.work import Span
from optimizer.touring import solution_of, tour_of
from tests.examples import slow_examples
from tests.hand_made import hand_made
from tests.property.test_rich_problems import rich_problems

SECONDS = 20.0
SLOW = settings(slow_examples(0.3), derandomize=True)


@st.composite
def plain_clocks(draw: st.DrawFn) -> Problem:
    """Return a rich problem without breaks, every bin at a place of its own."""
    problem = draw(rich_problems())
    tasks = tuple(replace(task, place_id=task.bin_id) for task in problem.tasks)
    trucks = tuple(replace(truck, duty=replace(truck.duty, rests=())) for truck in problem.trucks)
    return replace(problem, tasks=tasks, trucks=trucks)


def waits(tour: Tour) -> bool:
    return any(moment.waiting_s for moment in tour.moments)


@SLOW
@given(rich_problems(), st.sampled_from(STRATEGIES))
def test_a_start_is_sound_with_every_rule(problem: Problem, strategy: str) -> None:
    assume(problem.tasks)
    found = first_tours(Opening(problem, strategy, Span(SECONDS)))
    assert len(found) == len(problem.trucks)
    for truck, steps in enumerate(found):
        assert not steps or is_sound(problem, truck, steps)


@SLOW
@given(rich_problems(), st.booleans(), st.integers(0, 3))
def test_a_proposal_is_sound_with_every_rule(problem: Problem, is_cautious: bool, seed: int) -> None:
    assume(problem.tasks)
    tours, routes = propose(Quest(problem, seed, 100, Span(SECONDS), Telling(is_cautious)))
    served = [step.target for steps in tours for step in steps if not step.is_unloading]
    assert len(served) == len(set(served))
    for truck, steps in [*enumerate(tours), *routes]:
        assert not steps or is_sound(problem, truck, steps)


@SLOW
@given(rich_problems(), st.integers(0, 3))
def test_a_proposal_begins_where_it_is_told_to(problem: Problem, seed: int) -> None:
    assume(problem.tasks)
    start = hand_made(Insertions(problem), 0)
    begun = Quest(problem, seed, 1, Span(SECONDS), start=tuple(tour.steps for tour in start))
    for truck, steps in enumerate(propose(begun).tours):
        assert not steps or is_sound(problem, truck, steps)


@SLOW
@given(rich_problems(), st.integers(0, 3))
def test_parts_of_a_problem_are_problems_whose_tours_are_tours_of_the_whole(
    problem: Problem, seed: int
) -> None:
    usual = tuple(
        replace(task, usual_truck=at % len(problem.trucks)) for at, task in enumerate(problem.tasks)
    )
    problem = replace(problem, tasks=usual, change_price=10_000)
    tours = hand_made(Insertions(problem), 0)
    assume(any(tour.steps for tour in tours))
    parts = neighborhoods(problem, [tour.steps for tour in tours], 2, seed)
    assert sorted(task for part in parts for task in part.tasks) == list(range(len(problem.tasks)))
    for part in parts:
        for at, truck in enumerate(part.trucks):
            steps = part.inside(tours[truck].steps)
            assert part.outside(steps) == tours[truck].steps
            assert tour_of(part.problem, at, steps).cost == tours[truck].cost
            assert not steps or is_sound(part.problem, at, steps)


@SLOW
@given(rich_problems(), st.integers(1, 8), st.integers(0, 3))
def test_parts_are_of_about_the_same_size(problem: Problem, size: int, seed: int) -> None:
    tours = [tour.steps for tour in hand_made(Insertions(problem))]
    longest = max((num_bins(steps) for steps in tours), default=0)
    assume(longest)
    parts = neighborhoods(problem, tours, size, seed)
    served = [sum(num_bins(tours[truck]) for truck in part.trucks) for part in parts]
    even = sum(served) / max(round(sum(served) / size), 1)
    assert len(parts) <= max(round(sum(served) / size), 1)
    for bins in served[:-1]:
        assert bins <= max(even + longest / 2, longest)
        assert bins >= even - longest / 2


def num_bins(steps: Steps) -> int:
    return sum(not step.is_unloading for step in steps)


@SLOW
@given(rich_problems(), st.integers(1, 8))
def test_slices_hold_each_bin_once_and_no_truck_twice(problem: Problem, size: int) -> None:
    parts = slices(problem, size)
    assert sorted(task for part in parts for task in part.tasks) == list(range(len(problem.tasks)))
    trucks = [truck for part in parts for truck in part.trucks]
    assert len(trucks) == len(set(trucks))
    for part in parts:
        assert part.trucks
        assert [task.bin_id for task in part.problem.tasks] == [problem.tasks[at].bin_id for at in part.tasks]


@SLOW
@given(rich_problems(), st.integers(1, 3))
def test_what_is_recombined_costs_no_more_than_what_it_is_made_of(problem: Problem, seed: int) -> None:
    assume(problem.tasks)
    one, other = (hand_made(Insertions(problem), number) for number in (0, seed))
    known = [tour.steps for tour in one]
    combined = recombine(problem, [(tour.truck, tour.steps) for tour in other], known)
    assert combined is not None
    made = [tour_of(problem, truck, steps) for truck, steps in enumerate(combined)]
    assert solution_of(problem, made).cost <= min(solution_of(problem, tours).cost for tours in (one, other))
    assert all(is_sound(problem, tour.truck, tour.steps) for tour in made if tour.steps)


@SLOW
@given(plain_clocks())
def test_the_routing_model_takes_a_sound_start_and_keeps_it_sound(problem: Problem) -> None:
    assume(problem.tasks)
    start = [tour.steps for tour in hand_made(Insertions(problem), 0)]
    improved = improve(build_model(problem, range(len(problem.tasks)), start), start, 40, SECONDS)
    assert improved is not None
    for truck, steps in enumerate(improved):
        assert not steps or is_sound(problem, truck, steps)


@SLOW
@given(plain_clocks())
def test_the_routing_model_prices_a_tour_as_it_costs(problem: Problem) -> None:
    assume(problem.tasks)
    tours = hand_made(Insertions(problem), 0)
    for tour, cost in zip(tours, modeled_costs(problem, [tour.steps for tour in tours]), strict=True):
        if not waits(tour):  # which the model does not price
            assert abs(cost - tour.cost) <= len(tour.steps) + 2


def modeled_costs(problem: Problem, tours: list[Steps]) -> list[int]:
    """Return what the arcs of each tour cost in the routing model; a truck at home pays nothing."""
    model = build_model(problem, range(len(problem.tasks)), tours)
    routing = model.routing
    routing.CloseModel()
    costs = []
    for number, route in enumerate(routes_for(model, tours)):
        way = [routing.Start(number), *route, routing.End(number)]
        arcs = (routing.GetArcCostForVehicle(here, there, number) for here, there in pairwise(way))
        costs.append(sum(arcs) if route else 0)
    return costs


@SLOW
@given(plain_clocks())
def test_the_price_of_a_place_is_the_price_of_its_tour(problem: Problem) -> None:
    insertions = Insertions(problem)
    tours = [tour_of(problem, truck, ()) for truck in range(len(problem.trucks))]
    for task in range(len(problem.tasks)):
        extras = []
        for place in insertions.places(task, tours):
            truck, old = place.tour.truck, place.tour
            if is_sound(problem, truck, place.steps):
                tour = tour_of(problem, truck, place.steps)
                extras.append(tour.cost - old.cost)
                if not waits(tour) and not waits(old):
                    assert abs(place.estimate - extras[-1]) <= 2
        found = insertions.cheapest(task, tours)
        assert (found.extra if found else None) == min(extras, default=None)
        if found:
            tours[found.tour.truck] = found.tour


@SLOW
@given(plain_clocks())
def test_leaving_a_part_never_saves_more_than_its_bound(problem: Problem) -> None:
    insertions = Insertions(problem)
    for tour in hand_made(insertions, 0):
        for first in range(len(tour.steps)):
            for last in range(first + 1, len(tour.steps) + 1):
                kept = (*tour.steps[:first], *tour.steps[last:])
                saved = tour.cost - tour_of(problem, tour.truck, kept).cost
                assert saved <= insertions.saving_bound(tour, first, last) + 2


@SLOW
@given(rich_problems(), st.data())
def test_a_place_without_slack_is_one_that_the_clockwork_refuses(
    problem: Problem, data: st.DataObject
) -> None:
    assume(problem.tasks)
    tours = hand_made(Insertions(problem), 0)
    driven = [tour for tour in tours if tour.steps]
    assume(driven)
    tour = data.draw(st.sampled_from(driven))
    slack = slack_of(problem, tour.truck, tour.steps)
    assert slack is not None, "a sound tour keeps its windows"
    left = solution_of(problem, tours).unserved
    assume(left)
    task = data.draw(st.sampled_from(left))
    insertions = Insertions(problem)
    for place in insertions.places(task, [tour]):
        if not insertions._has_time(place, slack):
            assert not is_sound(problem, tour.truck, place.steps)
