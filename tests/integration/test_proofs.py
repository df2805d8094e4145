"""Small days solved exactly by trying everything, with the verifier as the only judge; and many days without a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations, product
from random import Random

import numpy as np
import pytest

from benchmarks.any_day import draw_day
from benchmarks.rich_check import check_day
from optimizer.problem import Problem
from optimizer.solution import Solution, Step, Steps
from optimizer.solver import solve
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from tournee.domain import StopKind
from tournee.settings import SolverSettings

IMPOSSIBLE = 10**15
BUDGET = SolverSettings(max_solutions=200, max_seconds=30, max_iterations=500, proposals=2, processes=1)
SMALL = [*((seed, 3) for seed in range(1, 7)), (24, 4)]

type Bins = frozenset[int]


# --- trying everything -----------------------------------------------------------------------------------------


@cache
def optimum(seed: int, bins: int) -> int:
    """Return the least that a drawn day can cost."""
    return least_cost(draw_day(seed, bins, 2))


def least_cost(problem: Problem) -> int:
    """Return the least cost over every way to share bins among the trucks, in every order, unloading anywhere."""
    every = frozenset(range(len(problem.tasks)))
    sets = [frozenset(chosen) for size in range(len(every) + 1) for chosen in combinations(every, size)]
    best = {done: 0 if not done else IMPOSSIBLE for done in sets}
    for truck in range(len(problem.trucks)):
        alone = {done: cheapest(problem, truck, done) for done in sets}
        best = {
            done: min(best[others] + alone[done - others] for others in sets if others <= done)
            for done in sets
        }
    price = {done: sum(problem.tasks[task].price for task in every - done) for done in sets}
    return min(best[done] + price[done] for done in sets)


def cheapest(problem: Problem, truck: int, bins: Bins) -> int:
    """Return the least that one truck's sound tour of exactly these bins costs."""
    best = IMPOSSIBLE if bins else 0
    for order in permutations(sorted(bins)):
        for steps in unloadings(problem, order) if bins else ():
            plan = solution_of(problem, [tour_of(problem, truck, steps)])
            cost = paid(problem, plan)
            if cost < best and not verify(problem, plan):  # which takes far longer than to add up
                best = cost
    return best


def unloadings(problem: Problem, order: tuple[int, ...]) -> Iterator[Steps]:
    """Yield an order of bins with each choice of a facility, or none, after each of them."""
    outlets: list[Steps] = [(), *((Step(site, is_unloading=True),) for site in range(len(problem.sites)))]
    for chosen in product(outlets, repeat=len(order)):
        if sum(map(len, chosen)) <= problem.reload_max and (chosen[-1] or not problem.must_end_empty):
            yield tuple(
                step for task, outlet in zip(order, chosen, strict=True) for step in (Step(task), *outlet)
            )


def paid(problem: Problem, plan: Solution) -> int:
    """Return what the tours of a plan cost, added up from its moments."""
    total = 0
    for tour in plan.tours:
        truck = problem.trucks[tour.truck]
        cost, last = truck.use_cost, tour.moments[0].departure_s
        for moment in tour.moments[1:]:
            cost += moment.distance_m * truck.metre_cost
            worked_s = moment.start_s - last
            if moment.kind not in {StopKind.BREAK, StopKind.END}:
                worked_s = moment.departure_s - last
            if moment.kind is StopKind.END:
                worked_s = moment.arrival_s - last
                late_s = moment.arrival_s - truck.duty.end_s
                cost += max(late_s, 0) * truck.overtime_second_cost
            cost += worked_s * truck.second_cost
            last = moment.departure_s
        total += round(cost)
    return total


# --- the proofs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "bins"), SMALL)
def test_a_small_day_is_solved_as_well_as_by_trying_everything(seed: int, bins: int) -> None:
    problem = draw_day(seed, bins, 2)
    plan = solve(problem, BUDGET, seed)
    assert verify(problem, plan) == ()
    left = sum(problem.tasks[task].price for task in plan.unserved)
    assert plan.cost == paid(problem, plan) + left
    assert plan.cost == optimum(seed, bins)


MORE = ["payload", "body", "caps", "shift", "overtime", "unloadings"]


@pytest.mark.parametrize("more", MORE)
def test_more_capacity_or_time_never_costs_more(more: str) -> None:
    for seed, bins in SMALL[:3]:
        assert least_cost(eased(draw_day(seed, bins, 2), more)) <= optimum(seed, bins)


def eased(problem: Problem, more: str) -> Problem:
    """Return the day with more of something."""
    if more == "unloadings":
        return replace(problem, reload_max=problem.reload_max + 1)
    trucks = []
    for truck in problem.trucks:
        duty = truck.duty
        changes = {
            "payload": {"payload_kg": duty.payload_kg * 2},
            "body": {"body_l": duty.body_l * 2},
            "caps": {"max_stops": None, "max_kg": None, "max_l": None},
            "shift": {"end_s": duty.end_s + 3_600},
            "overtime": {"overtime_max_s": duty.overtime_max_s + 3_600},
        }[more]
        trucks.append(replace(truck, duty=replace(duty, **changes)))  # type: ignore[arg-type]  # one of several fields
    return replace(problem, trucks=tuple(trucks))


@pytest.mark.parametrize(("seed", "bins"), SMALL[:4])
def test_other_numbers_for_bins_trucks_and_facilities_change_nothing(seed: int, bins: int) -> None:
    problem = draw_day(seed, bins, 2)
    order = Orders(problem, Random(seed))
    other = order.relabeled(problem)
    assert least_cost(other) == optimum(seed, bins)
    for steps in unloadings(problem, tuple(range(bins))):
        plan = solution_of(problem, [tour_of(problem, 0, steps)])
        moved = replace(
            plan,
            tours=tuple(
                replace(tour, truck=order.trucks.index(tour.truck), steps=order.steps(tour.steps))
                for tour in plan.tours
            ),
        )
        assert told(other, moved) == told(problem, plan)


def told(problem: Problem, plan: Solution) -> list[tuple[str, str, str, str]]:
    return sorted((one.kind, one.vehicle_id, one.place_ref, one.detail) for one in verify(problem, plan))


class Orders:
    """Other numbers for everything: the new list holds the old numbers."""

    def __init__(self, problem: Problem, draw: Random) -> None:
        self.bins = draw.sample(range(len(problem.tasks)), len(problem.tasks))
        self.trucks = draw.sample(range(len(problem.trucks)), len(problem.trucks))
        self.sites = draw.sample(range(len(problem.sites)), len(problem.sites))
        size = len(problem.matrices[0].travel_time_s)
        self.places = [0, *draw.sample(range(1, size), size - 1)]

    def relabeled(self, problem: Problem) -> Problem:
        """Return the same day with other numbers."""
        grid = np.ix_(self.places, self.places)
        return replace(
            problem,
            tasks=tuple(
                replace(
                    problem.tasks[old],
                    place=self.places.index(problem.tasks[old].place),
                    trucks=self._those(problem.tasks[old].trucks),
                    locked_to=self._that(problem.tasks[old].locked_to),
                )
                for old in self.bins
            ),
            trucks=tuple(problem.trucks[old] for old in self.trucks),
            sites=tuple(
                replace(problem.sites[old], place=self.places.index(problem.sites[old].place))
                for old in self.sites
            ),
            other_depots=tuple(
                replace(yard, place=self.places.index(yard.place)) for yard in problem.other_depots
            ),
            matrices=tuple(
                replace(matrix, travel_time_s=matrix.travel_time_s[grid], distance_m=matrix.distance_m[grid])
                for matrix in problem.matrices
            ),
        )

    def steps(self, steps: Steps) -> Steps:
        """Return the same steps with other numbers."""
        return tuple(
            step._replace(target=(self.sites if step.is_unloading else self.bins).index(step.target))
            for step in steps
        )

    def _that(self, truck: int | None) -> int | None:
        return None if truck is None else self.trucks.index(truck)

    def _those(self, trucks: frozenset[int] | None) -> frozenset[int] | None:
        return None if trucks is None else frozenset(map(self.trucks.index, trucks))


QUICK = SolverSettings(max_solutions=60, max_seconds=30, max_iterations=100, proposals=1, processes=1)


@pytest.mark.parametrize("seed", range(2_001, 2_004))
def test_a_day_with_every_rule_is_planned_without_a_fault(seed: int) -> None:
    assert check_day(seed, QUICK).kinds == ()
