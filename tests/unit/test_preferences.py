"""What a plan should rather do: pairs on one truck, hours shared; and what it may not: two bins on one truck."""

from __future__ import annotations

from dataclasses import replace

from optimizer.closeness import neighbors, with_preferences
from optimizer.insertion import Insertions, is_sound
from optimizer.problem import EUR, Pair, Problem
from optimizer.solution import Solution, Step
from optimizer.solver import solve
from optimizer.solver.mending import mend_steps
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from tests.solver_fixtures import QUICK
from tests.towns import GLASS, served, town


def trucks_of(problem: Problem, plan: Solution) -> dict[str, int]:
    """Return which truck serves each bin."""
    return {
        problem.tasks[step.target].bin_id: tour.truck
        for tour in plan.tours
        for step in tour.steps
        if not step.is_unloading
    }


def test_two_bins_that_may_not_be_on_one_truck_are_on_two() -> None:
    problem = replace(town("D--a--b--F", trucks=2).problem, apart=(Pair("a", "b"),))
    plan = solve(problem, QUICK)
    assert verify(problem, plan) == ()
    assert plan.unserved == ()
    by = trucks_of(problem, plan)
    assert by["a"] != by["b"]
    together = solution_of(problem, [tour_of(problem, 0, (Step(0), Step(1), Step(0, is_unloading=True)))])
    assert [one.kind for one in verify(problem, together)] == ["kept_apart"]


def test_with_one_truck_one_of_two_that_are_kept_apart_is_left() -> None:
    drawn = town("D--a--b--F", must="b", price_eur=50.0).problem
    problem = replace(drawn, apart=(Pair("a", "b"),))
    assert served(problem, solve(problem, QUICK)) == {"b"}
    steps = (Step(0), Step(1), Step(0, is_unloading=True))
    assert not is_sound(problem, 0, steps)
    assert mend_steps(problem, 0, steps) == steps[1:]


def test_a_pair_stays_on_one_truck_where_that_costs_less_than_its_price() -> None:
    # Each truck has room for two bins: the ways are shortest with neighbors on one truck.
    drawn = town("a-b------D-F------c-d", truck="2 bins", trucks=2)
    problem = replace(drawn.problem, reload_max=1)
    apart = trucks_of(problem, solve(problem, QUICK))
    assert apart["a"] == apart["b"] != apart["c"]
    for price_eur, is_one in ((0.1, False), (200.0, True)):
        pairs = (Pair("a", "d", round(price_eur * EUR)), Pair("b", "c", round(price_eur * EUR)))
        paired = replace(problem, together=pairs)
        plan = solve(paired, QUICK)
        by = trucks_of(paired, plan)
        assert verify(paired, plan) == ()
        assert (by["a"] == by["d"]) == is_one
        assert plan.cost == solution_of(paired, plan.tours).cost


def test_half_the_price_is_paid_by_each_truck_that_comes_for_one_only() -> None:
    problem = town("D--a--b--F", trucks=2).problem
    paired = replace(problem, together=(Pair("a", "b", 10 * EUR),))
    alone, both = (Step(0), Step(0, is_unloading=True)), (Step(0), Step(1), Step(0, is_unloading=True))
    assert tour_of(paired, 0, alone).cost - tour_of(problem, 0, alone).cost == 5 * EUR
    assert tour_of(paired, 0, both).cost == tour_of(problem, 0, both).cost
    found = Insertions(paired).cheapest(1, [tour_of(paired, 0, alone), tour_of(paired, 1, ())])
    assert found is not None
    assert found.tour.truck == 0
    assert found.extra == tour_of(paired, 0, both).cost - tour_of(paired, 0, alone).cost


def test_a_price_for_length_shares_the_hours() -> None:
    problem = town("D--a--b--c--d--e--f--g--h--F", truck="2 bins", trucks=2).problem
    problem = replace(problem, trucks=tuple(replace(one, use_cost=1.0 * EUR) for one in problem.trucks))

    def hours(price_eur: float) -> list[float]:
        balanced = replace(problem, balance_price=round(price_eur * EUR))
        plan = solve(balanced, QUICK)
        assert verify(balanced, plan) == ()
        assert plan.unserved == ()
        spans = [tour.moments[-1].arrival_s - tour.moments[0].departure_s for tour in plan.tours]
        return [span / 3_600 for span in spans]

    assert len(hours(0.0)) == 1
    shared = hours(400.0)
    assert len(shared) == 2
    assert max(shared) - min(shared) < 0.1


def test_neighbors_are_the_nearest_of_a_stream_each_pair_once() -> None:
    problem = town("D-a-b-c------d-F", streams={"b": GLASS}).problem
    pairs = neighbors(problem.tasks, problem.matrices[0], 100)
    assert pairs == (Pair("a", "c", 100), Pair("a", "d", 100), Pair("c", "d", 100))
    assert neighbors(problem.tasks, problem.matrices[0], 0) == ()


def test_each_two_neighbors_on_different_trucks_are_paid_once_and_a_compact_plan_has_fewer() -> None:
    drawn = town("a-b-c----D-F----d-e-f", truck="3 bins", trucks=2).problem
    problem = replace(drawn, reload_max=1)
    compact = with_preferences(problem, 0.0, 7.0)
    home = Step(0, is_unloading=True)
    mixed = [(Step(0), Step(3), Step(4), home), (Step(1), Step(2), Step(5), home)]
    before, after = (
        solution_of(one, [tour_of(one, truck, steps) for truck, steps in enumerate(mixed)])
        for one in (problem, compact)
    )
    by = trucks_of(compact, after)
    num_torn = sum(by[one.first] != by[one.second] for one in compact.together)
    assert num_torn > 0
    assert after.cost - before.cost == num_torn * 7 * EUR
    best = trucks_of(compact, solve(compact, QUICK))
    assert sum(best[one.first] != best[one.second] for one in compact.together) == 0
