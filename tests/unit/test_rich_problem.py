"""What a town's problem can say beyond bins and trucks: one small town per rule, made with `replace`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.aside import Means, set_aside
from optimizer.explain import explain_unserved
from optimizer.insertion import Insertions
from optimizer.problem import EUR, Problem, Truck, Yard
from optimizer.solution import Step
from optimizer.solver import solve
from optimizer.solver.polish import polish
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from tests.solver_fixtures import QUICK
from tests.towns import Town, only, served, stops, town
from tournee.timeline import ALWAYS, Windows

HOUR = 3_600


def with_duty(problem: Problem, **changes: Any) -> Problem:
    """Return a problem in which every truck has another duty."""
    return with_trucks(problem, *(replace(one, duty=replace(one.duty, **changes)) for one in problem.trucks))


def with_costs(problem: Problem, *use_eur: float) -> Problem:
    """Return a problem in which sending out each truck costs so many euros."""
    trucks = zip(problem.trucks, use_eur, strict=True)
    return with_trucks(problem, *(replace(truck, use_cost=eur * EUR) for truck, eur in trucks))


def with_trucks(problem: Problem, *trucks: Truck) -> Problem:
    """Return a problem with other trucks."""
    return replace(problem, trucks=trucks)


def tours(problem: Problem) -> list[str]:
    """Return the tours of a sound solution as text."""
    solution = solve(problem, QUICK, seed=1)
    assert verify(problem, solution) == ()
    return [stops(tour) for tour in solution.tours]


def driven(problem: Problem, text: str, *, truck: int = 0) -> set[str]:
    """Return the kinds of rules that one given tour breaks, with its own honest times."""
    sites = "".join(site.facility_id for site in problem.sites)
    bins = "".join(task.bin_id for task in problem.tasks)
    steps = tuple(
        Step(sites.index(x), is_unloading=True) if x in sites else Step(bins.index(x)) for x in text.split()
    )
    solution = solution_of(problem, [tour_of(problem, truck, steps)])
    return {violation.kind for violation in verify(problem, solution)}


# --- what a truck does in a day --------------------------------------------------------------------------------

CAPS = [{"max_stops": 2}, {"max_kg": 299}, {"max_l": 2_999}]


@pytest.mark.parametrize("cap", CAPS)
def test_a_cap_holds_for_the_day_and_not_for_a_trip(cap: dict[str, int]) -> None:
    problem = with_duty(town("D--a--b--F--c").problem, **cap)
    kind = {"max_stops": "daily_stops", "max_kg": "daily_kg", "max_l": "daily_l"}[only(cap)]
    assert driven(problem, "a b F c F") == {kind}
    assert driven(problem, "a b F") == set()


@pytest.mark.parametrize("cap", CAPS)
def test_what_one_truck_may_not_do_another_does(cap: dict[str, int]) -> None:
    assert tours(with_duty(town("D--a--b--c--F").problem, **cap))[0].count(" ") == 4  # D, two bins, F, D
    assert sorted(map(len, tours(with_duty(town("D--a--b--c--F", trucks=2).problem, **cap)))) == [7, 9]


def test_trucks_have_caps_of_their_own() -> None:
    problem = town("D--a--b--c--F", trucks=2).problem
    first = replace(problem.trucks[0], duty=replace(problem.trucks[0].duty, max_stops=1))
    solution = solve(with_trucks(problem, first, problem.trucks[1]), QUICK)
    assert [(tour.truck, stops(tour)) for tour in solution.tours] == [(1, "D a b c F D")]


def test_a_must_goes_before_what_may_be_left_where_only_one_stop_is_allowed() -> None:
    drawn = town("D--a--b--F", must="b", price_eur=50.0)
    assert tours(with_duty(drawn.problem, max_stops=1)) == ["D b F D"]


def test_the_cap_is_the_reason_that_is_given() -> None:
    drawn = town("D--a--b--F")
    assert "on a truck that takes 1 stops a day." in why_left(drawn, max_stops=1)
    assert "200 kg on a truck that takes 150 kg a day." in why_left(drawn, max_kg=150)


def why_left(drawn: Town, **cap: int) -> str:
    problem = with_duty(drawn.problem, **cap)
    (left,) = explain_unserved(problem, solve(problem, QUICK), drawn.wanted)
    return str(left.reason.facts["violation"])


def test_a_bin_over_the_cap_of_the_day_is_for_no_truck() -> None:
    problem = with_duty(town("D--a--F").problem, max_kg=99)
    assert not problem.trucks[0].takes(problem.tasks[0])
    assert served(problem, solve(problem, QUICK)) == set()


def test_a_truck_that_may_not_be_out_for_long_drives_less() -> None:
    problem = town("a" + "-" * 30 + "FD" + "-" * 30 + "b", trucks=2).problem
    one = solve(problem, QUICK)
    assert len(one.tours) == 1
    long_s = only(one.tours).moments[-1].arrival_s - only(one.tours).moments[0].departure_s
    assert len(tours(with_duty(problem, max_duration_s=long_s))) == 1
    short = with_duty(problem, max_duration_s=long_s - 1)
    assert served(short, solve(short, QUICK)) == {"a", "b"}
    assert len(tours(short)) == 2


# --- what it costs to send a truck out -------------------------------------------------------------------------


def test_using_a_truck_is_paid_once_however_many_trips() -> None:
    drawn = town("D--a--b--F--c", truck="2 bins").problem
    free, dear = solve(drawn, QUICK), solve(with_costs(drawn, 30.0), QUICK)
    assert dear.cost - free.cost == 30 * EUR
    assert [tour.steps for tour in dear.tours] == [tour.steps for tour in free.tours]


def test_a_truck_that_stays_home_costs_nothing() -> None:
    solution = solve(with_costs(town("D--a--F", must="", price_eur=1.0).problem, 1_000.0), QUICK)
    assert solution.cost == EUR
    assert solution.tours == ()


def test_the_cheap_truck_is_sent() -> None:
    problem = with_costs(town("D--a--b--F", trucks=3).problem, 50.0, 10.0, 20.0)
    assert [tour.truck for tour in solve(problem, QUICK).tours] == [1]


def test_a_price_that_pays_for_the_way_must_pay_for_the_truck_as_well() -> None:
    drawn = town("D--a--F", must="", price_eur=60.0).problem
    assert tours(drawn) == ["D a F D"]
    assert tours(with_costs(drawn, 40.0)) == []


def test_two_short_tours_become_one_where_a_second_truck_is_dear() -> None:
    # Two trips at once cost no more than one after the other: only the use of a truck tells them apart.
    drawn = town("a--FD--b", truck="1 bins", trucks=2).problem
    assert len(tours(with_costs(drawn, 5.0, 5.0))) == 1


def test_of_two_trucks_that_cost_the_same_the_one_whose_shift_begins_first_goes_out() -> None:
    problem = town("D--a--b--F", trucks=3).problem
    shifts = (8.0, 12.0), (6.0, 6.1), (7.0, 12.0)  # the second is too short
    trucks = [
        replace(one, duty=replace(one.duty, start_s=round(first * HOUR), end_s=round(last * HOUR)))
        for one, (first, last) in zip(problem.trucks, shifts, strict=True)
    ]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        drawn = with_trucks(problem, *(trucks[at] for at in order))
        (tour,) = solve(drawn, QUICK, seed=1).tours
        assert drawn.trucks[tour.truck].duty.start_s == 7 * HOUR
        assert tour.moments[0].departure_s == 7 * HOUR


# --- which truck may come --------------------------------------------------------------------------------------


def with_tasks(problem: Problem, changes: dict[str, dict[str, Any]]) -> Problem:
    """Return a problem in which some bins, by id, are others."""
    tasks = (replace(task, **changes.get(task.bin_id, {})) for task in problem.tasks)
    return replace(problem, tasks=tuple(tasks))


@pytest.mark.parametrize("choice", [{"trucks": frozenset({1})}, {"locked_to": 1}])
def test_only_the_truck_that_may_come_comes(choice: dict[str, Any]) -> None:
    problem = with_tasks(town("D--a--b--F", trucks=2).problem, {"b": choice})
    assert sorted(tours(problem)) == ["D a b F D"]
    assert only(solve(problem, QUICK).tours).truck == 1
    kind = "locked_elsewhere" if "locked_to" in choice else "truck_not_allowed"
    assert driven(problem, "a b F") == {kind}
    assert driven(problem, "a b F", truck=1) == set()


def test_two_locks_send_two_trucks() -> None:
    problem = with_tasks(town("D--a--b--F", trucks=2).problem, {"a": {"locked_to": 1}, "b": {"locked_to": 0}})
    assert tours(problem) == ["D b F D", "D a F D"]


def test_a_bin_locked_to_a_truck_that_is_full_is_left_and_not_given_to_another() -> None:
    problem = town("D--a--b--F", trucks=2).problem
    first = replace(problem.trucks[0], duty=replace(problem.trucks[0].duty, max_stops=1))
    problem = with_trucks(problem, first, problem.trucks[1])
    locked = with_tasks(problem, {"a": {"locked_to": 0}, "b": {"locked_to": 0}})
    assert served(locked, solve(locked, QUICK)) in ({"a"}, {"b"})
    assert len(tours(locked)) == 1


def test_a_bin_that_no_truck_may_come_for_is_set_aside_with_the_rule() -> None:
    drawn = town("D--a--b--F")
    problem = with_tasks(drawn.problem, {"a": {"trucks": frozenset[int]()}})
    means = Means(problem.trucks, problem.sites, problem.matrices, 50)
    (aside,) = set_aside(problem.tasks, drawn.wanted, means).values()
    assert (aside.bin_id, aside.reason.facts["violation"]) == ("a", "No truck that may come here takes it.")


# --- the queue at a facility -----------------------------------------------------------------------------------


def with_queue(problem: Problem, *queue_s: int) -> Problem:
    """Return a problem with a queue at each facility."""
    sites = zip(problem.sites, queue_s, strict=True)
    return replace(problem, sites=tuple(replace(site, queue_time_s=wait) for site, wait in sites))


def test_a_queue_is_paid_and_takes_its_time_at_every_unloading() -> None:
    problem = town("D--a--b--F", truck="1 bins").problem
    free, queued = solve(problem, QUICK), solve(with_queue(problem, 360), QUICK)
    assert queued.cost - free.cost == pytest.approx(2 * 10 * EUR, abs=2)  # 0.1 h at 100 EUR, twice
    unloading = only(queued.tours).moments[2]
    assert unloading.departure_s - unloading.start_s == 360 + 900
    assert "clock" in {broken.kind for broken in verify(with_queue(problem, 361), queued)}


def test_a_truck_drives_on_to_where_it_need_not_queue() -> None:
    problem = town("D--a--b--F--G").problem
    assert tours(with_queue(problem, 0, 0)) == ["D a b F D"]
    assert tours(with_queue(problem, 3_600, 0)) == ["D a b G D"]


# --- where shifts begin and end --------------------------------------------------------------------------------


def with_yard(problem: Problem, at: str, *ways: str, hours: Windows = ALWAYS) -> Problem:
    """Return a problem with a second depot E where bin `at` stands; `ways` are a truck's ends, such as DE."""
    place = next(task.place for task in problem.tasks if task.bin_id == at)
    trucks = zip(problem.trucks, ways, strict=True)
    moved = (replace(truck, start="DE".index(way[0]), end="DE".index(way[1])) for truck, way in trucks)
    return replace(with_trucks(problem, *moved), other_depots=(Yard("E", place, hours),))


@pytest.mark.parametrize(
    ("way", "tour"), [("DD", "D a b F D"), ("DE", "D a F b F E"), ("ED", "E b a F D"), ("EE", "E b a F E")]
)
def test_a_truck_starts_and_ends_where_it_should(way: str, tour: str) -> None:
    drawn = town("D--a--F" + "-" * 20 + "b").problem
    problem = with_yard(drawn, "b", way)
    solution = solve(problem, QUICK)
    assert verify(problem, solution) == ()
    found = stops(only(solution.tours))
    assert (found[0], found[-1]) == tuple(way)
    assert driven(problem, " ".join(tour.split()[1:-1])) == set()
    assert solution.cost <= tour_of(problem, 0, solution.tours[0].steps).cost


def test_each_bin_goes_with_the_truck_that_starts_nearby() -> None:
    problem = with_yard(town("Da-F" + "-" * 60 + "Gb", trucks=2).problem, "b", "DD", "EE")
    assert tours(problem) == ["D a F D", "E b G E"]


def test_a_way_that_stays_at_home_is_not_driven() -> None:
    problem = with_yard(
        town("Da-F" + "-" * 60 + "Gb", trucks=2, must="", price_eur=0.1).problem, "b", "DE", "ED"
    )
    assert solve(problem, QUICK).cost == 2 * 1_000


def test_a_depot_that_no_truck_uses_changes_nothing() -> None:
    problem = town("D--a--b--F").problem
    assert solve(with_yard(problem, "b", "DD"), QUICK) == solve(problem, QUICK)


def test_every_depot_has_its_hours() -> None:
    problem = with_yard(town("D--a--b--F").problem, "b", "DE", hours=((8 * HOUR, 9 * HOUR),))
    solution = solve(problem, QUICK)
    assert verify(problem, solution) == ()
    home = only(solution.tours).moments[-1]
    assert home.ref == "E"
    assert 8 * HOUR <= home.start_s <= 9 * HOUR


def test_a_truck_whose_depot_is_closed_all_shift_stays_home_and_another_drives() -> None:
    drawn = town("D--a--b--F", trucks=2).problem
    closed = with_yard(drawn, "b", "DE", "DD", hours=((0, HOUR),))
    assert driven(closed, "a b F") == {"window"}
    assert [tour.truck for tour in solve(closed, QUICK).tours] == [1]
    assert tours(replace(drawn, depot_windows=((0, HOUR),))) == []


def test_a_tour_that_ends_at_the_wrong_depot_is_caught() -> None:
    problem = with_yard(town("D--a--b--F").problem, "b", "DE")
    elsewhere = with_yard(problem, "b", "DD")
    assert "sequence" in {broken.kind for broken in verify(elsewhere, solve(problem, QUICK))}


# --- trucks that need not end empty ----------------------------------------------------------------------------


def loaded(problem: Problem, **changes: Any) -> Problem:
    """Return a problem whose trucks may come home with a load."""
    return replace(problem, must_end_empty=False, **changes)


def test_a_truck_that_need_not_end_empty_comes_straight_home() -> None:
    problem = town("F--D--a--b").problem
    assert tours(problem) in (["D a b F D"], ["D b a F D"])
    assert tours(loaded(problem)) in (["D a b D"], ["D b a D"])
    assert driven(problem, "a b") == {"not_unloaded"}
    assert driven(loaded(problem), "a b") == set()


def test_a_problem_without_facilities_is_routed() -> None:
    problem = town("c--b--a--D--d--e--f--F", truck="3 bins", trucks=3).problem
    plain = loaded(problem, sites=())
    assert tours(replace(plain, must_end_empty=True)) == []
    found = tours(plain)
    assert sorted(sorted(tour) for tour in found) == [sorted("D a b c D"), sorted("D d e f D")]
    assert driven(plain, "a b c d") == {"capacity_kg", "capacity_l"}


def test_a_full_truck_unloads_on_its_way_and_keeps_the_rest() -> None:
    problem = loaded(town("D--a--b--F--c--d", truck="2 bins").problem)
    (tour,) = tours(problem)
    assert sorted(tour) == sorted("D a b F c d D")
    assert driven(problem, "a b F c d F") == set()


def test_a_last_unloading_that_is_not_needed_is_taken_out() -> None:
    problem = loaded(town("D--a--b--F").problem)
    insertions = Insertions(problem)
    steps = (Step(0), Step(1), Step(0, is_unloading=True))
    assert [stops(tour) for tour in polish(insertions, [tour_of(problem, 0, steps)])] == ["D a b D"]


def test_what_may_be_left_is_left_on_the_way_home_too() -> None:
    problem = loaded(town("D--a--F" + "-" * 30 + "b", must="a").problem, sites=())
    assert tours(problem) == ["D a D"]


def test_a_bin_that_finds_a_full_truck_goes_after_an_unloading() -> None:
    problem = loaded(town("D--a--F--b", truck="1 bins").problem)
    insertions = Insertions(problem)
    found = insertions.cheapest(1, [tour_of(problem, 0, (Step(0),))])
    assert found is not None
    assert stops(found.tour) in {"D a F b D", "D b F a D"}
    assert found.extra == found.tour.cost - tour_of(problem, 0, (Step(0),)).cost


def test_two_facilities_do_not_make_more_unloadings_than_allowed() -> None:
    drawn = town("D-a-F-b-c-G-d-e-H-f", truck="1 bins").problem
    for problem in (drawn, loaded(drawn)):
        few = replace(problem, reload_max=2)
        solution = solve(few, QUICK)
        assert verify(few, solution) == ()
        assert len(served(few, solution)) == (2 if few.must_end_empty else 3)


def test_trucks_alike_are_looked_at_once_while_they_are_at_home() -> None:
    problem = town("D--a--F", trucks=5).problem
    insertions = Insertions(problem)
    at_home = [tour_of(problem, truck, ()) for truck in range(5)]
    assert [place.tour.truck for place in insertions.places(0, at_home)] == [0]
    dearer = with_costs(problem, 0.0, 5.0, 0.0, 5.0, 0.0)
    assert [place.tour.truck for place in Insertions(dearer).places(0, at_home)] == [0, 1]
