"""What must hold for problems with every rule at once: nothing broken, and tiny ones solved as by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.insertion import is_sound
from optimizer.problem import Problem, Task, Truck, Yard
from optimizer.solution import Solution, Step, Steps
from optimizer.solver import solve
from optimizer.touring import tour_of
from optimizer.verify import verify
from tests.examples import examples
from tests.property.test_solver_properties import towns
from tests.solver_fixtures import QUICK

IMPOSSIBLE = 10**15
SLOW = examples(0.3)


@st.composite
def rich_problems(draw: st.DrawFn, max_bins: int = 8) -> Problem:
    """Return the problem of a drawn town with rules that no drawing shows."""
    problem = draw(towns(max_bins)).problem
    yards = (Yard("E", draw(st.integers(0, len(problem.matrices[0].travel_time_s) - 1))),)
    trucks = tuple(draw(rich_trucks(truck)) for truck in problem.trucks)
    tasks = tuple(draw(rich_tasks(task, len(trucks))) for task in problem.tasks)
    queue_s = draw(st.sampled_from([0, 0, 600]))
    sites = tuple(replace(site, queue_time_s=queue_s) for site in problem.sites)
    must_end_empty = draw(st.booleans())
    sites = sites if must_end_empty or draw(st.booleans()) else ()
    problem = replace(problem, tasks=tasks, sites=sites, trucks=trucks, other_depots=yards)
    return replace(problem, must_end_empty=must_end_empty, reload_max=draw(st.sampled_from([1, 2, 4])))


@st.composite
def rich_tasks(draw: st.DrawFn, task: Task, num_trucks: int) -> Task:
    """Return a bin for which any truck may come, only some, or the one to which it is locked."""
    trucks = draw(st.sampled_from([None, None, None, frozenset({0}), frozenset({num_trucks - 1})]))
    locked_to = draw(st.sampled_from([None, None, None, None, *range(num_trucks)]))
    released_s = draw(st.sampled_from([None, None, None, 21_600 + 900, 21_600 + 3_600]))
    return replace(task, trucks=trucks, locked_to=locked_to, released_s=released_s)


@st.composite
def rich_trucks(draw: st.DrawFn, truck: Truck) -> Truck:
    """Return a truck with a day's caps or without, and a price for sending it out, and ends of its own."""
    caps: dict[str, Any] = {
        "max_stops": draw(st.sampled_from([None, None, 0, 1, 2, 4])),
        "max_kg": draw(st.sampled_from([None, None, 150, 300, 400])),
        "max_duration_s": draw(st.sampled_from([None, None, None, 1_500, 3_000])),
        "max_l": draw(st.sampled_from([None, None, 1_000, 3_000])),
    }
    use_cost = draw(st.sampled_from([0.0, 0.0, 70_000.0]))
    start, end = draw(st.sampled_from([(0, 0), (0, 0), (0, 1), (1, 0), (1, 1)]))
    return replace(truck, duty=replace(truck.duty, **caps), use_cost=use_cost, start=start, end=end)


@SLOW
@given(rich_problems(), st.integers(0, 3))
def test_nothing_is_broken(problem: Problem, seed: int) -> None:
    solution = solve(problem, QUICK, seed)
    assert verify(problem, solution) == ()
    for tour in solution.tours:
        assert tour.steps[-1].is_unloading or not problem.must_end_empty
        keeps_caps(problem, problem.trucks[tour.truck], tour.steps)
        longest = problem.trucks[tour.truck].duty.max_duration_s
        assert longest is None or tour.moments[-1].arrival_s - tour.moments[0].departure_s <= longest
        bins = [problem.tasks[step.target] for step in tour.steps if not step.is_unloading]
        assert all(task.trucks is None or tour.truck in task.trucks for task in bins)
        assert {task.locked_to for task in bins} <= {None, tour.truck}


def keeps_caps(problem: Problem, truck: Truck, steps: Steps) -> None:
    """Add up a day's stops, kilograms and litres, without the verifier."""
    bins = [problem.tasks[step.target] for step in steps if not step.is_unloading]
    duty, many = truck.duty, 10**9
    assert len(bins) <= (many if duty.max_stops is None else duty.max_stops)
    assert sum(task.demand_kg for task in bins) <= (many if duty.max_kg is None else duty.max_kg)
    assert sum(truck.litres(task) for task in bins) <= (many if duty.max_l is None else duty.max_l)


@settings(examples(0.2), derandomize=True)
@given(rich_problems(max_bins=4))
def test_tiny_problems_are_solved_as_well_as_by_brute_force(problem: Problem) -> None:
    found = solve(problem, QUICK)
    best = brute_force(problem)
    assert best - len(problem.trucks) <= found.cost
    assert priced(problem, found) == found.cost
    assert found.cost <= best * 1.15 + 5  # the search is short; nothing cheaper than the best, that is exact


def priced(problem: Problem, solution: Solution) -> int:
    """Return the price of what is left and the cost of what is driven, added up again."""
    left = sum(problem.tasks[task].price for task in solution.unserved)
    return left + sum(tour_of(problem, tour.truck, tour.steps).cost for tour in solution.tours)


def brute_force(problem: Problem) -> int:
    """Return the least cost over every way to share the bins among the trucks, in every order, cut in every way."""
    every = frozenset(range(len(problem.tasks)))
    price = {
        done: sum(problem.tasks[task].price for task in every - done) for done in _subsets(sorted(every))
    }
    best = {done: 0 if not done else IMPOSSIBLE for done in price}
    for truck in range(len(problem.trucks)):
        alone = {done: _cheapest(problem, truck, done) for done in price}
        best = {
            done: min(best[others] + alone[done - others] for others in price if others <= done)
            for done in price
        }
    return min(cost + price[done] for done, cost in best.items())


def _subsets(things: list[int]) -> Iterator[frozenset[int]]:
    for chosen in product([False, True], repeat=len(things)):
        yield frozenset(thing for thing, is_in in zip(things, chosen, strict=True) if is_in)


def _cheapest(problem: Problem, truck: int, bins: frozenset[int]) -> int:
    """Return the least that one truck's tour of exactly these bins costs."""
    if not bins:
        return 0
    costs = [
        tour_of(problem, truck, steps).cost
        for order in permutations(sorted(bins))
        for steps in _ways_to_unload(problem, order)
        if is_sound(problem, truck, steps)
    ]
    return min(costs, default=IMPOSSIBLE)


def _ways_to_unload(problem: Problem, order: tuple[int, ...]) -> Iterator[Steps]:
    """Yield an order of bins with each choice of a facility, or none, after each of them."""
    outlets = [
        (),
        *((Step(site, is_unloading=True),) for site in range(len(problem.sites))),
    ]
    for chosen in product(outlets, repeat=len(order)):
        if sum(map(len, chosen)) <= problem.reload_max:
            yield tuple(
                step for task, outlet in zip(order, chosen, strict=True) for step in (Step(task), *outlet)
            )
