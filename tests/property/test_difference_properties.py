"""What is said to be different is different, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.api_fixtures import small_plan
from tournee.difference import SHIFT_MAX, difference, num_changed, shifted_stops
from tournee.domain import Plan, Route, Trip

type Rounds = dict[str, list[str]]


@st.composite
def rounds(draw: st.DrawFn, bins: int = 14) -> Rounds:
    """Return a few trucks with some of the bins, each on one of them at most."""
    order = draw(st.permutations([f"b{number}" for number in range(bins)]))
    trucks: Rounds = {"V1": [], "V2": [], "V3": []}
    for bin_id in order:
        truck = draw(st.sampled_from(["V1", "V2", "V3", ""]))
        if truck:
            trucks[truck].append(bin_id)
    return trucks


def as_plan(trucks: Rounds, plan_id: str) -> Plan:
    """Return a plan with these stops; times and places do not matter."""
    (like, *_), stop = small_plan().routes, next(small_plan().services())
    routes = []
    for vehicle_id, bins in trucks.items():
        trip = Trip(None, tuple(replace(stop, place_ref=bin_id) for bin_id in bins))
        routes.append(Route(vehicle_id, vehicle_id, like.start, (trip,), like.end))
    return replace(small_plan(), plan_id=plan_id, routes=tuple(routes))


@given(rounds())
def test_the_same_plan_changes_nothing(trucks: Rounds) -> None:
    told = difference(as_plan(trucks, "old"), as_plan(trucks, "new"))
    assert told.is_empty
    assert (told.num_changed, told.share_changed, told.distance_m, told.duration_s) == (0, 0.0, 0, 0)
    assert told.num_kept == sum(map(len, trucks.values()))


@given(rounds(), rounds())
def test_every_stop_is_told_of_once(old: Rounds, new: Rounds) -> None:
    told = difference(as_plan(old, "old"), as_plan(new, "new"))
    there, here = ({b: v for v, bins in trucks.items() for b in bins} for trucks in (old, new))
    assert {b for route in told.routes for b in route.added} == set(here) - set(there)
    assert {b for route in told.routes for b in route.removed} == set(there) - set(here)
    moved = {one for route in told.routes for one in route.moved_in}
    assert moved == {one for route in told.routes for one in route.moved_out}
    assert {(m.bin_id, m.from_vehicle_id, m.to_vehicle_id) for m in moved} == {
        (b, there[b], here[b]) for b in set(there) & set(here) if there[b] != here[b]
    }
    shifted = {b for route in told.routes for b in route.shifted}
    assert not shifted & {one.bin_id for one in moved}
    assert told.num_changed == len(moved) + len(shifted) == num_changed(old, new)
    assert told.num_kept == len(set(there) & set(here))
    assert 0.0 <= told.share_changed <= 1.0


@given(rounds(), rounds())
def test_there_and_back_are_the_same_share(old: Rounds, new: Rounds) -> None:
    assert num_changed(old, new) == num_changed(new, old)


@given(rounds(), rounds(), st.permutations(range(14)))
def test_other_names_change_nothing(old: Rounds, new: Rounds, names: list[int]) -> None:
    called = {f"b{number}": f"x{name}" for number, name in enumerate(names)}
    trucks = {"V1": "T3", "V2": "T1", "V3": "T2"}

    def renamed(one: Rounds) -> Rounds:
        return {trucks[v]: [called[b] for b in bins] for v, bins in one.items()}

    assert num_changed(renamed(old), renamed(new)) == num_changed(old, new)


@given(rounds(), st.lists(st.integers(0, 20), max_size=8))
def test_what_comes_or_goes_moves_nothing_else(trucks: Rounds, places: list[int]) -> None:
    more = {vehicle_id: list(bins) for vehicle_id, bins in trucks.items()}
    for number, at in enumerate(places):
        more["V1"].insert(min(at, len(more["V1"])), f"new {number}")
    assert num_changed(trucks, more) == num_changed(more, trucks) == 0


@given(st.integers(0, 9), st.integers(0, 9))
def test_one_stop_that_moves_is_counted_from_the_fourth_place_on(here: int, there: int) -> None:
    old = [f"b{number}" for number in range(10)]
    new = [one for one in old if one != f"b{here}"]
    new.insert(there, f"b{here}")
    assert shifted_stops({"V1": old}, {"V1": new}) == (
        {f"b{here}"} if abs(here - there) > SHIFT_MAX else set()
    )


@given(rounds(), rounds())
def test_what_is_done_does_not_count(old: Rounds, new: Rounds) -> None:
    plan = as_plan(new, "new")
    done = tuple(
        replace(
            route,
            trips=tuple(
                replace(t, stops=tuple(replace(s, is_done=True) for s in t.stops)) for t in route.trips
            ),
        )
        for route in plan.routes
    )
    told = difference(as_plan(old, "old"), replace(plan, routes=done))
    assert told.num_kept == told.num_changed == 0
