"""A sound plan, broken in every way that we could think of: each is caught, and called by its name.

Three kinds of damage: another sequence with its own honest times, a figure of the schedule changed, and a rule made
stricter than the plan that was made without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from optimizer.problem import Problem, Yard
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from tests.towns import GLASS, PACKAGING, RESIDUAL, town
from tournee.domain import Break, BreakRule, Counted, Shift, StopKind
from tournee.timeline import NO_WAY, Rest

type Case = tuple[Problem, Solution]
type Damage = Callable[[Problem, Solution], Case]

HOUR, MINUTE = 3_600, 60
SIX = 6 * HOUR


def the_problem() -> Problem:
    """Return six bins of two streams, two trucks of three bins, a break, a bin with hours, two facilities."""
    return town(
        "D--a--b--c--F--d--e--f--G",
        truck="3 bins",
        trucks=2,
        streams={"d": GLASS, "e": GLASS, "f": GLASS, "G": GLASS, "F": RESIDUAL},
        hours={"a": "06:00-06:20", "F": "06:00-07:00"},
        shift=Shift(time(6), time(14), (Break(time(6, 5), time(6, 30), 900),)),
    ).problem


def steps(text: str) -> Steps:
    return tuple(
        Step("FG".index(x), is_unloading=True) if x in "FG" else Step("abcdef".index(x)) for x in text
    )


def the_plan(problem: Problem) -> Solution:
    """Truck 0 takes a, b, c, d and e in two trips; truck 1 takes f."""
    return solution_of(problem, [tour_of(problem, 0, steps("abcFdeG")), tour_of(problem, 1, steps("fG"))])


# --- ways to break it ------------------------------------------------------------------------------------------


def drive(first: str, second: str = "fG") -> Damage:
    """Drive other sequences, with their own honest times."""

    def damage(problem: Problem, _: Solution) -> Case:
        texts = [first, second] if second else [first]
        tours = [tour_of(problem, truck, steps(text)) for truck, text in enumerate(texts)]
        return problem, solution_of(problem, tours)

    return damage


def change_tour(change: Callable[[Tour], Tour]) -> Damage:
    """Change the first tour."""
    return lambda problem, plan: (problem, replace(plan, tours=(change(plan.tours[0]), *plan.tours[1:])))


def say(ref: str, **shift: int) -> Damage:
    """Add to some figures of the moment at a place, `-` for the break; of several the last."""

    def change(tour: Tour) -> Tour:
        kind = StopKind.BREAK if ref == "-" else None
        at = max(n for n, m in enumerate(tour.moments) if (m.kind is kind if kind else m.ref == ref))
        old = tour.moments[at]
        new = replace(old, **{name: getattr(old, name) + by for name, by in shift.items()})
        return replace(tour, moments=(*tour.moments[:at], new, *tour.moments[at + 1 :]))

    return change_tour(change)


def later(by_s: int, *, after: str = "") -> Damage:
    """Move the whole schedule, or what follows a place, by some seconds."""

    def change(tour: Tour) -> Tour:
        first = max(n for n, m in enumerate(tour.moments) if m.ref == after) + 1 if after else 0
        moved = tuple(
            replace(
                m, arrival_s=m.arrival_s + by_s, start_s=m.start_s + by_s, departure_s=m.departure_s + by_s
            )
            for m in tour.moments[first:]
        )
        return replace(tour, moments=(*tour.moments[:first], *moved))

    return change_tour(change)


def moments(change: Callable[[list[Any]], list[Any]]) -> Damage:
    """Take moments away, add some, or change their order."""
    return change_tour(lambda tour: replace(tour, moments=tuple(change(list(tour.moments)))))


def with_steps(text: str) -> Damage:
    """Promise another sequence than the schedule shows."""
    return change_tour(lambda tour: replace(tour, steps=steps(text)))


def books(**changes: Any) -> Damage:
    return lambda problem, plan: (problem, replace(plan, **changes))


def duty(**changes: Any) -> Damage:
    """Make the first truck's rules stricter."""

    def damage(problem: Problem, plan: Solution) -> Case:
        first, *others = problem.trucks
        changed = replace(first, duty=replace(first.duty, **changes))
        return replace(problem, trucks=(changed, *others)), plan

    return damage


def truck(**changes: Any) -> Damage:
    return lambda problem, plan: (
        replace(problem, trucks=(replace(problem.trucks[0], **changes), *problem.trucks[1:])),
        plan,
    )


def bin_(ref: str, **changes: Any) -> Damage:
    """Make the rules of a bin stricter."""

    def damage(problem: Problem, plan: Solution) -> Case:
        tasks = (replace(task, **changes) if task.bin_id == ref else task for task in problem.tasks)
        return replace(problem, tasks=tuple(tasks)), plan

    return damage


def site(ref: str, **changes: Any) -> Damage:
    def damage(problem: Problem, plan: Solution) -> Case:
        sites = (replace(one, **changes) if one.facility_id == ref else one for one in problem.sites)
        return replace(problem, sites=tuple(sites)), plan

    return damage


def town_(**changes: Any) -> Damage:
    return lambda problem, plan: (replace(problem, **changes), plan)


def roads(seconds: int, metres: int) -> Damage:
    """Give the leg from the depot to bin a another length."""

    def damage(problem: Problem, plan: Solution) -> Case:
        (matrix,) = problem.matrices
        times, lengths = matrix.travel_time_s.copy(), matrix.distance_m.copy()
        times[0, 1], lengths[0, 1] = seconds, metres
        return replace(problem, matrices=(replace(matrix, travel_time_s=times, distance_m=lengths),)), plan

    return damage


def without_breaks(found: list[Any]) -> list[Any]:
    return [moment for moment in found if moment.kind is not StopKind.BREAK]


def both(*damages: Damage) -> Damage:
    def damage(problem: Problem, plan: Solution) -> Case:
        for one in damages:
            problem, plan = one(problem, plan)
        return problem, plan

    return damage


def rest(earliest: int = 5, latest: int = 30, length: int = 15 * MINUTE) -> Rest:
    """Return a break that begins between two times, in minutes after six."""
    return Rest(SIX + earliest * MINUTE, SIX + latest * MINUTE, length)


WORK = BreakRule(Counted.WORK, 15 * MINUTE, 5 * MINUTE)
DRIVING = BreakRule(Counted.DRIVING, 3 * MINUTE, 5 * MINUTE, (2 * MINUTE, 3 * MINUTE))
LONG = BreakRule(Counted.WORK, HOUR, 20 * MINUTE)

BROKEN: dict[str, tuple[Damage, str]] = {
    # the books: who is served, by whom
    "served twice by one truck": (drive("abcFdeGaF"), "served_twice"),
    "served by two trucks": (drive("abcFdeG", "feG"), "served_twice"),
    "a bin left that nobody counted": (both(drive("abFdeG"), books(unserved=())), "forgotten"),
    "left, and no bin at all": (books(unserved=(6,)), "unknown_place"),
    "a bin left twice": (both(drive("abFdeG"), books(unserved=(2, 2))), "left_twice"),
    "a bin left and served": (books(unserved=(3,)), "both_served_and_left"),
    "the same truck twice": (
        lambda problem, plan: (
            problem,
            replace(plan, tours=(plan.tours[0], replace(plan.tours[1], truck=0))),
        ),
        "truck_twice",
    ),
    "trucks swapped, and a lock": (
        both(
            bin_("f", locked_to=1),
            lambda problem, plan: (
                problem,
                replace(plan, tours=tuple(replace(tour, truck=1 - tour.truck) for tour in plan.tours)),
            ),
        ),
        "locked_elsewhere",
    ),
    "a truck that does not exist": (change_tour(lambda tour: replace(tour, truck=2)), "unknown_truck"),
    "a truck below zero": (change_tour(lambda tour: replace(tour, truck=-1)), "unknown_truck"),
    "a bin that does not exist": (
        change_tour(lambda t: replace(t, steps=(*t.steps, Step(6)))),
        "unknown_place",
    ),
    "a bin below zero": (change_tour(lambda t: replace(t, steps=(Step(-1), *t.steps))), "unknown_place"),
    "a facility that does not exist": (
        change_tour(lambda t: replace(t, steps=(*t.steps[:-1], Step(2, is_unloading=True)))),
        "unknown_place",
    ),
    "no schedule at all": (change_tour(lambda tour: replace(tour, moments=())), "no_times"),
    "locked to the other truck": (bin_("a", locked_to=1), "locked_elsewhere"),
    "a truck that may not come": (bin_("a", trucks=frozenset({1})), "truck_not_allowed"),
    "a bin for no truck": (bin_("a", trucks=frozenset[int]()), "truck_not_allowed"),
    # what is carried
    "a smaller body": (duty(body_l=2_999), "capacity_l"),
    "less payload": (duty(payload_kg=299), "capacity_kg"),
    "a heavier bin": (bin_("c", demand_kg=101), "capacity_kg"),
    "a fuller bin": (bin_("c", loose_l=1_001.0), "capacity_l"),
    "no compaction any more": (
        both(truck(compaction={GLASS: 0.5}), bin_("d", loose_l=1_001.0)),
        "capacity_l",
    ),
    "an unloading dropped": (drive("abcdeG"), "stream_mix"),
    "an unloading dropped within a stream": (drive("abcF", "defdG"), "capacity_l"),
    "home with a load": (drive("abcFde"), "not_unloaded"),
    "glass upon residual": (drive("abdG", ""), "stream_mix"),
    "glass at the residual facility": (drive("abcFdeF"), "facility_stream"),
    "a facility that takes it no more": (site("F", streams=frozenset({PACKAGING})), "facility_stream"),
    "a truck that takes it no more": (duty(streams=frozenset({GLASS})), "truck_stream"),
    "a bin of another stream": (bin_("b", stream=PACKAGING), "stream_mix"),
    "a load that is not true": (say("b", load_kg=-100), "load"),
    "litres that are not true": (say("b", load_l=1), "load"),
    "a load after unloading": (say("F", load_kg=1), "load"),
    "a load at the end": (say("D", load_kg=100, load_l=1_000), "load"),
    # caps of a day
    "too many stops": (duty(max_stops=4), "daily_stops"),
    "too many kilograms": (duty(max_kg=499), "daily_kg"),
    "too many litres": (duty(max_l=4_999), "daily_l"),
    "too many unloadings": (drive("aFbFcFdGeG"), "too_many_unloadings"),
    "fewer unloadings allowed": (town_(reload_max=1), "too_many_unloadings"),
    # times
    "a window missed": (drive("deGbcFaF"), "window"),
    "a window closed earlier": (bin_("a", windows=((SIX - HOUR, SIX),)), "window"),
    "a bin that opens later": (bin_("a", windows=((SIX + HOUR, SIX + 2 * HOUR),)), "window"),
    "a bin closed all day": (bin_("b", windows=()), "window"),
    "a facility closed": (site("F", windows=()), "window"),
    "a facility closed by then": (site("F", windows=((0, SIX + 10 * MINUTE),)), "window"),
    "a depot closed": (town_(depot_windows=((0, HOUR),)), "window"),
    "what it brings not ready yet": (bin_("a", released_s=SIX + HOUR), "released"),
    "what its second trip brings not ready yet": (bin_("e", released_s=SIX + HOUR), "released"),
    "everything ten minutes later": (later(20 * MINUTE), "window"),
    "everything before the shift": (later(-HOUR), "shift"),
    "a minute lost on the way": (later(MINUTE, after="b"), "clock"),
    "a minute gained on the way": (later(-MINUTE, after="b"), "clock"),
    "an arrival too early": (say("b", arrival_s=-1), "clock"),
    "service before arrival": (say("b", start_s=-1, departure_s=-1), "clock"),
    "service too short": (say("b", departure_s=-1), "clock"),
    "service longer than it was": (bin_("b", service_time_s=61), "clock"),
    "another setup": (bin_("b", place_id="c"), "clock"),
    "a queue that was not stood in": (site("F", queue_time_s=1), "clock"),
    "home after the shift": (duty(end_s=SIX + 30 * MINUTE), "shift"),
    "a shift that begins later": (duty(start_s=SIX + 30 * MINUTE), "shift"),
    "overtime beyond what is allowed": (duty(end_s=SIX + 30 * MINUTE, overtime_max_s=MINUTE), "overtime"),
    "out for too long": (duty(max_duration_s=30 * MINUTE), "duration"),
    # ways
    "a shorter leg": (say("b", distance_m=-100), "travel"),
    "a quicker leg": (say("b", travel_time_s=-1), "travel"),
    "a longer way in the matrix": (roads(30, 301), "travel"),
    "a slower way in the matrix": (roads(31, 300), "travel"),
    "a way that is gone": (roads(NO_WAY, NO_WAY), "unreachable"),
    "another end": (both(town_(other_depots=(Yard("E", 3),)), truck(end=1)), "sequence"),
    "another start": (both(town_(other_depots=(Yard("E", 3),)), truck(start=1)), "sequence"),
    # the sequence
    "two bins change places": (with_steps("bacFdeG"), "sequence"),
    "another facility than promised": (with_steps("abcGdeG"), "sequence"),
    "a stop less than promised": (moments(lambda found: [m for m in found if m.ref != "b"]), "sequence"),
    "a stop more than promised": (with_steps("acFdeG"), "sequence"),
    "the way home left out": (moments(lambda found: found[:-1]), "sequence"),
    "a break before it begins": (
        moments(lambda found: [next(m for m in found if m.kind is StopKind.BREAK), *found]),
        "sequence",
    ),
    # resting
    "the break left out": (moments(without_breaks), "break"),
    "the break too short": (say("-", departure_s=-1), "break"),
    "the break should be longer": (duty(rests=(rest(length=15 * MINUTE + 1),)), "break"),
    "the break should be later": (duty(rests=(rest(earliest=26),)), "break"),
    "the break should be earlier": (duty(rests=(rest(latest=6),)), "break"),
    "two breaks are due": (duty(rests=(rest(), rest())), "break"),
    "a break that nobody asked for": (duty(rests=()), "break"),
    "too much work in one go": (duty(break_rules=(WORK,)), "break_rule"),
    "too much driving in one go": (duty(break_rules=(DRIVING,)), "break_rule"),
    "a break by rule left out": (
        both(duty(rests=(), break_rules=(WORK,)), moments(without_breaks)),
        "break_rule",
    ),
    "a break too short for any rule": (duty(rests=(), break_rules=(LONG,)), "break"),
}


def test_there_are_at_least_fifty() -> None:
    assert len(BROKEN) >= 50


def test_the_plan_is_sound() -> None:
    problem = the_problem()
    plan = the_plan(problem)
    assert verify(problem, plan) == ()
    assert plan.unserved == ()


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_plan_is_caught_by_its_name(name: str) -> None:
    damage, kind = BROKEN[name]
    problem = the_problem()
    found = verify(*damage(problem, the_plan(problem)))
    assert kind in {violation.kind for violation in found}
    assert all(violation.detail.endswith(".") for violation in found)
