"""The gate: a sound plan passes, and every broken one is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time

import pytest

from optimizer.problem import Problem
from optimizer.solution import Solution, Step, Tour
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from tests.towns import GLASS, PACKAGING, RESIDUAL, Town, town
from tournee.domain import Break, Shift

type Mutation = Callable[[Problem, Solution], Solution]

LUNCH = Break(time(6, 5), time(6, 30), 900)


def the_town() -> Town:
    """Six bins of two streams, two trucks of three bins, a lunch break, one bin with hours, two facilities."""
    return town(
        "D--a--b--c--F--d--e--f--G",
        truck="3 bins",
        trucks=2,
        streams={"d": GLASS, "e": GLASS, "G": GLASS, "F": RESIDUAL},
        hours={"a": "06:00-06:20"},
        shift=Shift(time(6), time(14), (LUNCH,)),
    )


def a_sound_solution(problem: Problem) -> Solution:
    """Truck 0 takes a, b, c then d, e; truck 1 takes nothing, and f is left."""
    return solution_of(problem, [tour_of(problem, 0, steps("abcFdeG"))])


def steps(text: str) -> tuple[Step, ...]:
    return tuple(
        Step("FG".index(x), is_unloading=True) if x in "FG" else Step("abcdef".index(x)) for x in text
    )


def drive(text: str, *, truck: int = 0) -> Mutation:
    """Drive another sequence, with its own honest times."""
    return lambda problem, _: solution_of(problem, [tour_of(problem, truck, steps(text))])


def tamper(position: int, **change: object) -> Mutation:
    """Change one figure of the schedule."""

    def mutate(_: Problem, solution: Solution) -> Solution:
        (tour,) = solution.tours
        moments = list(tour.moments)
        moments[position] = replace(moments[position], **change)  # type: ignore[arg-type]
        return replace(solution, tours=(replace(tour, moments=tuple(moments)),))

    return mutate


def with_tours(*make: Callable[[Tour], Tour]) -> Mutation:
    return lambda _, solution: replace(solution, tours=tuple(change(solution.tours[0]) for change in make))


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "a bin is served twice": (drive("abcFdeGaF"), "served_twice"),
    "a bin is forgotten": (lambda _, s: replace(s, unserved=()), "forgotten"),
    "a bin is served and counted as left": (lambda _, s: replace(s, unserved=(0, 5)), "both_served_and_left"),
    "a truck drives two tours": (
        with_tours(lambda t: t, lambda t: replace(t, steps=(), moments=t.moments)),
        "truck_twice",
    ),
    "an unknown truck": (with_tours(lambda t: replace(t, truck=7)), "unknown_truck"),
    "an unknown bin": (with_tours(lambda t: replace(t, steps=(*t.steps, Step(99)))), "unknown_place"),
    "no schedule": (with_tours(lambda t: replace(t, moments=())), "no_times"),
    "four bins in a body for three": (drive("abcfFdeG"), "capacity_l"),
    "too heavy as well": (drive("abcfFdeG"), "capacity_kg"),
    "home with a load": (drive("abcFde"), "not_unloaded"),
    "two streams in one body": (drive("abdG"), "stream_mix"),
    "glass to the residual facility": (drive("abcFdeF"), "facility_stream"),
    "after the opening hours": (drive("deGfFaF"), "window"),
    "too many unloadings": (drive("aFbFcFdGeG"), "too_many_unloadings"),
    "arrives before it can": (tamper(2, arrival_s=6 * 3_600), "clock"),
    "serves too quickly": (tamper(2, departure_s=6 * 3_600), "clock"),
    "a shorter leg": (tamper(2, distance_m=1), "travel"),
    "a quicker leg": (tamper(2, travel_time_s=1), "travel"),
    "a wrong load": (tamper(2, load_kg=0), "load"),
    "leaves before the shift": (tamper(0, departure_s=0), "shift"),
    "another bin than promised": (tamper(2, ref="f"), "sequence"),
    "another order than promised": (
        with_tours(lambda t: replace(t, steps=steps("bacFdeG"))),
        "sequence",
    ),
    "the break left out": (
        with_tours(lambda t: replace(t, moments=tuple(m for m in t.moments if m.kind != "break"))),
        "break",
    ),
}


def test_a_sound_solution_passes() -> None:
    problem = the_town().problem
    assert verify(problem, a_sound_solution(problem)) == ()


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_broken_plan_is_caught(name: str) -> None:
    problem = the_town().problem
    mutate, kind = MUTATIONS[name]
    found = verify(problem, mutate(problem, a_sound_solution(problem)))
    assert kind in {violation.kind for violation in found}
    assert all(violation.detail.endswith(".") for violation in found)


def test_a_truck_with_the_wrong_stream_is_caught() -> None:
    problem = the_town().problem
    duty = replace(problem.trucks[0].duty, streams=frozenset({PACKAGING}))
    picky = replace(problem, trucks=(replace(problem.trucks[0], duty=duty), problem.trucks[1]))
    assert "truck_stream" in {violation.kind for violation in verify(picky, a_sound_solution(problem))}


def test_a_shorter_shift_is_caught() -> None:
    problem = the_town().problem
    duty = replace(problem.trucks[0].duty, end_s=6 * 3_600 + 1_800)
    short = replace(problem, trucks=(replace(problem.trucks[0], duty=duty), problem.trucks[1]))
    assert "shift" in {violation.kind for violation in verify(short, a_sound_solution(problem))}
