"""The verifier and a day that has begun: what is past stays, what is locked stays, what stands takes nothing more."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import Done, Problem
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.touring import base_tour, solution_of, tour_of
from optimizer.verify import verify
from tests.towns import only, stops, town
from tournee.domain import StopKind

UNLOAD = Step(0, is_unloading=True)
DRAWN = town("D--a--b--c--F")


def begun(*steps: Step, **changes: object) -> Problem:
    """Return the drawn town's problem with its truck's first steps driven as planned."""
    problem = DRAWN.problem
    planned = tour_of(problem, 0, (Step(0), Step(1), Step(2), UNLOAD))
    moments = [moment for moment in planned.moments[1:] if moment.kind is not StopKind.BREAK]
    done = tuple(
        Done(step, moment.travel_time_s, moment.distance_m, moment.start_s, moment.departure_s)
        for step, moment in zip(steps, moments, strict=False)
    )
    truck = replace(only(problem.trucks), done=done, **changes)  # type: ignore[arg-type]
    return replace(problem, trucks=(truck,))


def kinds(problem: Problem, *steps: Step) -> set[str]:
    return {one.kind for one in verify(problem, solution_of(problem, [tour_of(problem, 0, steps)]))}


def test_a_day_that_goes_on_as_it_began_is_sound() -> None:
    assert kinds(begun(Step(0)), Step(0), Step(2), Step(1), UNLOAD) == set()


def test_another_past_is_a_violation() -> None:
    problem = begun(Step(0), Step(1))
    assert "past_changed" in kinds(problem, Step(1), Step(0), Step(2), UNLOAD)
    assert "past_changed" in kinds(problem, Step(0), UNLOAD)


def test_other_times_of_the_past_are_a_violation() -> None:
    problem = begun(Step(0), Step(1))
    tour = tour_of(problem, 0, (Step(0), Step(1), UNLOAD))
    late = tuple(
        replace(m, start_s=m.start_s + 60, departure_s=m.departure_s + 60, arrival_s=m.arrival_s + 60)
        for m in tour.moments
    )
    broken = verify(problem, Solution((Tour(0, tour.steps, late, tour.cost),), (2,), 0))
    assert "window" in {one.kind for one in broken}


def test_what_was_on_board_counts_against_what_fits() -> None:
    problem = begun(Step(0), Step(1))
    small = replace(problem.trucks[0], duty=replace(problem.trucks[0].duty, body_l=2_000))
    assert "capacity_l" in kinds(replace(problem, trucks=(small,)), Step(0), Step(1), Step(2), UNLOAD)
    assert kinds(replace(problem, trucks=(small,)), Step(0), Step(1), UNLOAD) == set()


def test_a_truck_that_takes_nothing_more_may_only_unload_and_go_home() -> None:
    problem = begun(Step(0), is_over=True)
    assert kinds(problem, Step(0), UNLOAD) == set()
    assert "truck_over" in kinds(problem, Step(0), Step(1), UNLOAD)


def test_a_truck_that_stands_ends_where_it_is_with_what_it_carries() -> None:
    problem = begun(Step(0), is_over=True, is_stranded=True)
    tour = base_tour(problem, 0)
    assert stops(tour) == "D a a"
    assert tour.moments[-1].load_kg == 100
    assert verify(problem, solution_of(problem, [tour])) == ()
    sent_home = tour_of(
        replace(problem, trucks=(replace(problem.trucks[0], is_stranded=False),)), 0, (Step(0), UNLOAD)
    )
    assert verify(problem, solution_of(problem, [sent_home])) != ()


def test_locked_stops_in_another_order_are_a_violation() -> None:
    problem = begun(locked=(2, 0))
    assert "locked_order" in kinds(problem, Step(0), Step(1), Step(2), UNLOAD)
    assert kinds(problem, Step(2), Step(1), Step(0), UNLOAD) == set()
    assert kinds(problem, Step(0), Step(1), UNLOAD) == set(), "one of them may be left"


def test_what_a_truck_must_still_do_is_to_unload_where_it_may() -> None:
    def base(*steps: Step, **changes: object) -> Steps:
        return base_tour(begun(*steps, **changes), 0).steps

    assert base(Step(0)) == (Step(0), UNLOAD)
    assert base() == ()
    assert base(Step(0), is_stranded=True) == (Step(0),)
    closed = begun(Step(0))
    closed = replace(closed, sites=(replace(closed.sites[0], windows=()),))
    assert base_tour(closed, 0).steps == (Step(0), UNLOAD), "late or closed, it is what it has to do"
    assert {one.kind for one in verify(closed, solution_of(closed, [base_tour(closed, 0)]))} == {"window"}
