"""A truck breaks down and is back, a facility closes and opens again: one drawn town per rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from tests.day_fixtures import (
    TWO_TRIPS,
    TWO_TRUCKS,
    at,
    back,
    changed,
    closed,
    down,
    driven,
    opened,
    published,
    removed,
    rows,
)
from tests.towns import GLASS, MORNING, RESIDUAL, as_town, only, town
from tournee.difference import difference
from tournee.domain import (
    BreakRule,
    Counted,
    DayChange,
    StopKind,
)
from tournee.errors import Conflict
from tournee.settings import DaySettings

FREE = DaySettings(max_iterations=60, change_eur=0.0)


def test_a_truck_that_breaks_down_keeps_what_it_carries_and_others_do_the_rest() -> None:
    plan = published(TWO_TRUCKS)
    draft = changed(plan, TWO_TRUCKS.network, at("06:04"), down("truck 1"))
    assert draft.violations == ()
    first, second = draft.routes
    assert [stop.place_ref for stop in first.stops] == ["D", "a", "a"]
    assert first.end.load_kg == 100.0
    assert first.end.label == "A street"
    assert sorted(str(stop.bin_id) for stop in second.services) == ["b", "c", "d", "e", "f"]
    assert second.start.departure_at >= at("06:04")
    told = difference(plan, draft)
    assert (told.num_kept, told.num_changed, told.share_changed) == (5, 5, 1.0)
    assert {one.bin_id for one in told.routes[0].moved_out} == set("bcdef")


def test_a_truck_that_breaks_down_at_home_leaves_its_round_to_the_others() -> None:
    draft = changed(published(TWO_TRUCKS), TWO_TRUCKS.network, at("05:30"), down("truck 1"))
    assert [route.vehicle_id for route in draft.routes] == ["truck 2"]
    assert len(list(draft.services())) == 6


def test_a_truck_that_is_down_stays_down_and_a_facility_closed() -> None:
    drawn = town("D--a--b--F--c--d----G", truck="2 bins", trucks=3)
    plan = published(drawn)
    first = changed(plan, drawn.network, at("06:04"), down("truck 1"), down("truck 3"), closed("F"))
    second = changed(driven(first), drawn.network, at("06:08"), removed("d"))
    assert second.violations == ()
    assert rows(second)["truck 1"] == rows(first)["truck 1"] == "D a* a"
    assert set(rows(second)) == {"truck 1", "truck 2"}
    unloadings = [s.place_ref for s in second.routes[1].stops if s.kind is StopKind.UNLOADING]
    assert set(unloadings) == {"G"}
    assert second.changes == (down("truck 1"), down("truck 3"), closed("F"), removed("d"))


def test_a_truck_that_is_back_goes_on_from_where_it_stands() -> None:
    broken = changed(published(TWO_TRUCKS), TWO_TRUCKS.network, at("06:04"), down("truck 1"))
    draft = changed(driven(broken), TWO_TRUCKS.network, at("06:08"), back("truck 1"), budget=FREE)
    assert draft.violations == ()
    assert draft.changes == (down("truck 1"), back("truck 1"))
    first = draft.routes[0]
    assert [stop.place_ref for stop in first.stops[:3]] == ["D", "a", "a"]
    stood = first.stops[2]
    assert (stood.kind, stood.is_done) == (StopKind.BREAK, True)
    assert (stood.service_start_at, stood.departure_at) == (at("06:03:30"), at("06:08"))
    assert first.stops[3].arrival_at - timedelta(seconds=first.stops[3].leg.travel_time_s) >= at("06:08")
    assert len(first.services) > 1, "it takes stops again"
    assert first.end.place_ref == "D"
    assert first.end.load_kg == 0
    assert sorted(str(stop.bin_id) for stop in draft.services()) == list("abcdef")


def test_a_lone_truck_that_is_back_takes_up_what_nobody_could() -> None:
    broken = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), down("truck 1"))
    assert len(broken.unassigned) == 5
    draft = changed(driven(broken), TWO_TRIPS.network, at("08:00"), back("truck 1"))
    assert (draft.violations, draft.unassigned) == ((), ())
    assert rows(draft)["truck 1"].startswith("D a* - b c F ")
    again = changed(driven(draft, "third"), TWO_TRIPS.network, at("08:05"), down("truck 1"))
    assert again.changes == (down("truck 1"), back("truck 1"), down("truck 1"))
    assert again.violations == ()
    assert [stop.place_ref for stop in again.routes[0].stops] == ["D", "a", "a", "b", "b"]


def test_a_truck_that_never_left_is_back_at_the_depot() -> None:
    broken = changed(published(TWO_TRUCKS), TWO_TRUCKS.network, at("05:30"), down("truck 1"), down("truck 2"))
    assert broken.routes == ()
    draft = changed(driven(broken), TWO_TRUCKS.network, at("06:30"), back("truck 2"))
    assert [route.vehicle_id for route in draft.routes] == ["truck 2"]
    assert draft.routes[0].start.departure_at == at("06:30")
    assert draft.unassigned == ()


def test_a_crew_rests_while_its_truck_stands() -> None:
    rule = BreakRule(Counted.WORK, 6 * 3_600, 1_200)
    drawn = town("D--a--b--c--F--d--e--f", truck="3 bins", shift=replace(MORNING, break_rules=(rule,)))
    broken = changed(published(drawn), drawn.network, at("06:04"), down("truck 1"))
    draft = changed(driven(broken), drawn.network, at("12:30"), back("truck 1"))
    assert (draft.violations, draft.unassigned) == ((), ())


def test_a_truck_that_is_back_too_late_to_come_home_is_refused() -> None:
    broken = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), down("truck 1"))
    with pytest.raises(Conflict, match="it can't unload and be home within its shift any more"):
        changed(driven(broken), TWO_TRIPS.network, at("13:50"), back("truck 1"))


def test_a_facility_that_is_open_again_is_used() -> None:
    drawn = town("D--a--b--F--c--d----G", truck="2 bins")
    shut = changed(published(drawn), drawn.network, at("06:04"), closed("F"))
    assert "F" not in rows(shut)["truck 1"]
    draft = changed(driven(shut), drawn.network, at("06:05"), opened("F"))
    assert "F" in rows(draft)["truck 1"]
    assert draft.violations == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((back("truck 2"),), "the plan that is driven does not know of truck_down"),
        ((back("truck 1"), down("truck 1")), "truck_down is said of it as well"),
        ((opened("F"),), "the plan that is driven does not know of facility_closed"),
    ],
)
def test_only_what_was_down_comes_back(changes: tuple[DayChange, ...], says: str) -> None:
    broken = changed(published(TWO_TRUCKS), TWO_TRUCKS.network, at("06:04"), down("truck 1"))
    with pytest.raises(Conflict, match=says):
        changed(driven(broken), TWO_TRUCKS.network, at("06:08"), *changes)


def test_a_truck_that_breaks_down_once_it_is_home_has_done_its_round() -> None:
    drawn = town(
        "D--a--F" + "-" * 90 + "c", trucks=2, shift=replace(MORNING, end=time(6, 58)), streams={"a": GLASS}
    )
    drawn = as_town(
        replace(
            drawn.network,
            vehicles=(
                replace(drawn.network.vehicles[0], waste_streams=frozenset({GLASS})),
                replace(drawn.network.vehicles[1], waste_streams=frozenset({RESIDUAL})),
            ),
        ),
        drawn.wanted,
    )
    plan = published(drawn)
    first, second = sorted(plan.routes, key=lambda route: route.end.arrival_at)
    clock = first.end.arrival_at + (second.end.arrival_at - first.end.arrival_at) / 2
    draft = changed(plan, drawn.network, clock, down(first.vehicle_id))
    kept = next(route for route in draft.routes if route.vehicle_id == first.vehicle_id)
    assert (kept.end.place_ref, kept.end.arrival_at) == ("D", first.end.arrival_at)
    assert draft.violations == ()


def test_without_another_truck_the_bins_are_left_and_told_why() -> None:
    draft = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), down("truck 1"))
    assert rows(draft) == {"truck 1": "D a* a"}
    assert {one.bin_id for one in draft.unassigned} == set("bcdef")
    assert {only(one.reason.obstacles).rule for one in draft.unassigned} == {"truck_down"}
    assert draft.violations == ()


def test_a_facility_that_closes_is_left_for_another() -> None:
    drawn = town("D--a--b--F--c--d----G", truck="2 bins")
    plan = published(drawn)
    draft = changed(plan, drawn.network, at("06:04"), closed("F"))
    assert draft.violations == ()
    assert [s.place_ref for s in draft.routes[0].stops if s.kind is StopKind.UNLOADING] == ["G", "G"]
    during = changed(plan, drawn.network, at("06:20"), closed("F"))
    assert [s.place_ref for s in during.routes[0].stops if s.kind is StopKind.UNLOADING] == ["F", "G"]


def test_a_load_that_nobody_takes_can_not_be_published() -> None:
    draft = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), closed("F"))
    assert {one.kind for one in draft.violations} <= {"not_unloaded", "window"}
    assert draft.violations


def test_a_load_of_another_stream_is_unloaded_first() -> None:
    drawn = town("D--a--b--c--d--F", streams={"a": GLASS, "b": GLASS}, truck="9 bins", must="abcd")
    plan = published(drawn)
    on_board = next(plan.services()).waste_stream
    draft = changed(
        plan,
        drawn.network,
        at("06:02"),
        removed(next(str(one.bin_id) for one in list(plan.services())[1:] if one.waste_stream is on_board)),
    )
    assert draft.violations == ()
    for trip in draft.routes[0].trips:
        assert len({stop.waste_stream for stop in trip.services}) == 1
