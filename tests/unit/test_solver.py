"""What the solver must get right, one drawn town per rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from optimizer.insertion import Insertions
from optimizer.solver import solve
from optimizer.solver.mending import mend
from optimizer.solver.start import STRATEGIES, Opening, first_tours
from optimizer.solver.work import Span
from optimizer.touring import tour_of
from optimizer.verify import verify
from tests.solver_fixtures import QUICK
from tests.towns import (
    GLASS,
    PACKAGING,
    RESIDUAL,
    Town,
    as_town,
    only,
    served,
    stops,
    town,
)
from tournee.domain import Shift, StopKind


def the_tour(town: Town) -> str:
    solution = solve(town.problem, QUICK, seed=1)
    assert verify(town.problem, solution) == ()
    return stops(only(solution.tours))


def test_bins_are_taken_on_the_way(small_town: Town) -> None:
    assert the_tour(small_town) == "D a b c F D"


def test_truck_unloads_when_full_and_before_going_home(two_trip_town: Town) -> None:
    # The second trip is as long either way round.
    assert the_tour(two_trip_town) in {"D a b c F d e f F D", "D a b c F f e d F D"}


def test_of_the_starts_one_at_least_serves_a_town_that_needs_two_trips(two_trip_town: Town) -> None:
    starts = [first_tours(Opening(two_trip_town.problem, one, Span(20.0))) for one in STRATEGIES]
    served_by = [{step.target for step in steps if not step.is_unloading} for (steps,) in starts]
    assert set(range(6)) in served_by


def test_streams_never_share_a_trip(mixed_town: Town) -> None:
    trips = [
        trip.split() for trip in the_tour(mixed_town).removeprefix("D ").removesuffix(" F D").split(" F ")
    ]
    assert sorted(map(sorted, trips)) == [["a", "c"], ["b", "d"]]


def test_each_stream_goes_where_it_is_taken(two_outlet_town: Town) -> None:
    assert the_tour(two_outlet_town) in {"D a F b G D", "D b G a F D"}


def test_lunch_is_taken_in_its_window(lunch_town: Town) -> None:
    solution = solve(lunch_town.problem, QUICK, seed=1)
    assert verify(lunch_town.problem, solution) == ()
    rest = only(m for m in only(solution.tours).moments if m.kind is StopKind.BREAK)
    assert 8 * 3_600 <= rest.start_s <= 8 * 3_600 + 1_800


def test_a_window_is_kept_without_paid_waiting(market_town: Town) -> None:
    solution = solve(market_town.problem, QUICK, seed=1)
    assert verify(market_town.problem, solution) == ()
    moments = only(solution.tours).moments
    assert served(market_town.problem, solution) == {"a", "b", "c"}
    assert moments[0].departure_s > 7 * 3_600


def test_an_optional_bin_is_left_where_the_way_is_too_long(far_town: Town) -> None:
    assert the_tour(far_town) == "D a F D"


def test_an_optional_bin_on_the_way_is_taken_when_it_pays() -> None:
    assert the_tour(town("D--a--b--F", must="a", price_eur=8.0)) == "D a b F D"


def test_many_optional_bins_pay_for_a_trip_that_none_pays_alone() -> None:
    assert the_tour(town("Dabcdefgh--F", must="", price_eur=12.0)).count(" ") == 10


def test_nothing_worth_a_trip_keeps_the_truck_at_home() -> None:
    solution = solve(town("D--a--F", must="", price_eur=1.0).problem, QUICK)
    assert solution.tours == ()
    assert solution.unserved == (0,)


def test_no_bins_is_an_empty_plan() -> None:
    solution = solve(town("D--F").problem, QUICK)
    assert solution.tours == ()
    assert solution.cost == 0


def test_a_shift_too_short_leaves_musts_rather_than_failing() -> None:
    late = town("D--a--b--F" + "-" * 900 + "c", shift=Shift(time(6), time(7)))
    solution = solve(late.problem, QUICK)
    assert verify(late.problem, solution) == ()
    assert served(late.problem, solution) == {"a", "b"}


def test_a_second_truck_helps_when_one_shift_is_too_short() -> None:
    two = town("b" + "-" * 60 + "D-F" + "-" * 60 + "a", trucks=2, shift=Shift(time(6), time(7, 0)))
    solution = solve(two.problem, QUICK)
    assert verify(two.problem, solution) == ()
    assert served(two.problem, solution) == {"a", "b"}
    assert len(solution.tours) == 2


def test_bins_at_one_place_are_set_up_for_once() -> None:
    apart = solve(town("D--a--b--F").problem, QUICK)
    together = solve(town("D--a--b--F", places={"b": "a"}).problem, QUICK)
    assert apart.cost - together.cost == pytest.approx(120 * 100 * 10_000 / 3_600, abs=2)


def test_trucks_with_their_own_compaction_keep_to_their_bodies() -> None:
    drawn = town("D--a--b--c--d--F", truck="2 bins", trucks=2)
    first, second = drawn.network.vehicles
    first = replace(first, compaction={RESIDUAL: 4.0}, payload_kg=1_000.0)
    changed = as_town(replace(drawn.network, vehicles=(first, second)), drawn.wanted)
    solution = solve(changed.problem, QUICK)
    assert verify(changed.problem, solution) == ()
    assert stops(only(solution.tours)) == "D a b c d F D"
    assert only(solution.tours).truck == 0


def test_a_truck_takes_only_its_streams() -> None:
    drawn = town("D--a--b--F", trucks=2, streams={"a": GLASS, "b": PACKAGING})
    glass, other = drawn.network.vehicles
    vehicles = (
        replace(glass, waste_streams=frozenset({GLASS})),
        replace(other, waste_streams=frozenset({PACKAGING})),
    )
    changed = as_town(replace(drawn.network, vehicles=vehicles), drawn.wanted)
    solution = solve(changed.problem, QUICK)
    assert verify(changed.problem, solution) == ()
    assert {tour.truck for tour in solution.tours} == {0, 1}


def test_mending_drops_the_cheap_bins_first_and_then_no_more_than_it_must() -> None:
    drawn = town("D--a--b--F" + "-" * 900 + "c", must="ab", shift=Shift(time(6), time(7)))
    problem = drawn.problem
    step = {problem.tasks[task].bin_id: task for task in range(3)}
    sequence = solve(town("D--a--F").problem, QUICK).tours[0].steps
    broken = tour_of(
        problem,
        0,
        (sequence[0]._replace(target=step["a"]), sequence[0]._replace(target=step["c"]), sequence[1]),
    )
    (mended,) = mend(Insertions(problem), [broken])
    assert stops(mended) == "D a F D"


def test_a_truck_that_no_facility_takes_from_stays_home_and_the_others_work() -> None:
    drawn = town("D--a--b--F", trucks=2, streams={"F": RESIDUAL})
    glass_only = replace(drawn.network.vehicles[1], waste_streams=frozenset({GLASS}))
    network = replace(drawn.network, vehicles=(drawn.network.vehicles[0], glass_only))
    assert the_tour(as_town(network, drawn.wanted)) == "D a b F D"
