"""A plan changed in the day, one drawn town per rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from tests.day_fixtures import (
    TWO_TRIPS,
    added,
    at,
    changed,
    closed,
    down,
    locked,
    published,
    removed,
    rows,
)
from tests.towns import MORNING, PACKAGING, RESIDUAL, Town, as_town, only, town, with_breaks
from tournee.difference import difference
from tournee.domain import (
    Break,
    BreakRule,
    Counted,
    Plan,
    Reason,
    ReasonCode,
    StopKind,
    Unassigned,
    Wish,
)
from tournee.errors import Conflict, NotFound
from tournee.settings import DaySettings

FREE = DaySettings(max_iterations=60, change_eur=0.0)


def test_what_is_done_and_the_stop_it_drives_to_stay() -> None:
    plan = published(TWO_TRIPS)
    draft = changed(plan, TWO_TRIPS.network, at("06:04"))
    assert rows(draft) == {"truck 1": "D a* b* c F d e f F D"}
    assert draft.routes[0].stops[1:4] == tuple(
        replace(stop, is_done=number < 2) for number, stop in enumerate(plan.routes[0].stops[1:4])
    )
    assert draft.status == "draft"
    assert draft.previous_plan_id == "morning"


def test_a_bin_taken_out_is_driven_past() -> None:
    draft = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), removed("c"))
    assert rows(draft) == {"truck 1": "D a* b* F d e f F D"}
    assert draft.unassigned == ()
    assert draft.violations == ()


def test_what_nobody_wants_keeps_its_reason_until_it_is_added() -> None:
    why = Reason(ReasonCode.CAN_WAIT, {"probability": 0.01, "threshold": 0.9})
    waits = tuple(Unassigned(bin_id, Wish.NO, 0.2, why) for bin_id in "ef")
    wanted = tuple(one for one in TWO_TRIPS.wanted if one.bin.bin_id not in "ef")
    plan = replace(published(as_town(TWO_TRIPS.network, wanted)), not_wanted=waits)
    draft = changed(plan, TWO_TRIPS.network, at("06:04"), removed("c"), added("e"))
    assert "e" in {stop.bin_id for stop in draft.services()}
    kept, taken_out = draft.not_wanted
    assert kept == waits[1]
    assert (taken_out.bin_id, taken_out.fill_level) == ("c", 1.0)
    assert taken_out.reason == Reason(ReasonCode.REMOVED, {"removed_at": at("06:04").isoformat()})


def test_a_truck_on_its_way_to_a_bin_that_is_gone_turns_at_once() -> None:
    draft = changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:03:45"), removed("b"))
    assert rows(draft) == {"truck 1": "D a* c F d e f F D"}
    first, second = draft.routes[0].stops[1:3]
    assert first.departure_at == at("06:03:45"), "nothing that is past can be used"
    assert second.arrival_at == at("06:04:45")


def test_a_bin_added_goes_where_it_costs_least() -> None:
    drawn = town("D--a--b--c--F--d--e--f", truck="4 bins", must="abcdef")
    without_e = tuple(one for one in drawn.wanted if one.bin.bin_id != "e")
    plan = published(as_town(drawn.network, without_e))
    draft = changed(plan, drawn.network, at("06:04"), added("e"))
    stop = next(one for one in draft.services() if one.bin_id == "e")
    assert stop.wish is Wish.MUST
    assert stop.reason is not None
    assert stop.reason.code is ReasonCode.REQUESTED
    assert stop.fill_level == 1.0, "nobody knows how full it is"
    assert draft.violations == ()
    told = difference(plan, draft)
    assert [route.added for route in told.routes] == [("e",)]
    assert told.num_changed == 0


def test_locked_stops_keep_their_truck_and_order() -> None:
    drawn = town("D--a--b--c--d--e--f--F", trucks=2)
    plan = published(drawn)
    cheap = DaySettings(change_eur=0.0, max_iterations=30)
    everything = [locked(one) for one in "fedcb"]
    draft = changed(plan, drawn.network, at("06:01"), *everything, budget=cheap)
    assert rows(draft) == rows(changed(plan, drawn.network, at("06:01")))
    assert [stop.is_locked for stop in draft.services()] == [False, True, True, True, True, True]
    again = replace(draft, status=plan.status, plan_id="second")
    later = changed(again, drawn.network, at("06:05"), budget=cheap)
    assert [stop.is_locked for stop in later.services()] == [False, False, True, True, True, True]


def test_a_break_taken_is_not_taken_again_and_one_to_come_is() -> None:
    shift = with_breaks(MORNING, Break(time(6, 5), time(6, 10), 300), Break(time(6, 30), time(6, 50), 600))
    drawn = town("D--a--b--c--F--d--e--f", truck="3 bins", shift=shift)
    plan = published(drawn)
    assert rows(plan)["truck 1"].count("-") == 2
    for clock in ("06:04", "06:09", "06:20", "06:40", "06:50"):
        draft = changed(plan, drawn.network, at(clock))
        assert draft.violations == ()
        assert rows(draft)["truck 1"].replace("*", "") == rows(plan)["truck 1"]
        assert [s.arrival_at for s in draft.routes[0].stops] == [s.arrival_at for s in plan.routes[0].stops]


def test_a_break_that_was_due_by_work_stays_where_it_was_taken() -> None:
    rule = BreakRule(Counted.WORK, 1_800, 300)
    drawn = town("D--a--b--c--F--d--e--f", truck="3 bins", shift=replace(MORNING, break_rules=(rule,)))
    plan = published(drawn)
    assert rows(plan)["truck 1"].count("-") >= 1
    rests = [stop.service_start_at for stop in plan.routes[0].stops if stop.kind is StopKind.BREAK]
    for clock in ("06:04", "06:09", "06:20", "06:29", "06:40", "06:50"):
        draft = changed(plan, drawn.network, at(clock))
        assert draft.violations == ()
        then = [stop.service_start_at for stop in draft.routes[0].stops if stop.kind is StopKind.BREAK]
        assert [one for one in then if one <= at(clock)] == [one for one in rests if one <= at(clock)]


def test_a_truck_on_its_way_home_does_nothing_more() -> None:
    drawn = town("D--a--b--F--c", must="ab", trucks=1)
    only_ab = as_town(drawn.network, tuple(one for one in drawn.wanted if one.bin.bin_id != "c"))
    plan = published(only_ab)
    home = only(plan.routes).end.arrival_at
    driving = home - only(plan.routes).end.leg.travel_time_s * (at("00:00:01") - at("00:00"))
    draft = changed(plan, drawn.network, driving + (home - driving) / 2, added("c"))
    assert rows(draft) == {"truck 1": "D a* b* F* D"}
    assert only(only(draft.unassigned).reason.obstacles).rule == "truck_home"


def test_a_shift_that_is_nearly_over_limits_what_is_added() -> None:
    short = replace(MORNING, end=time(6, 56))
    drawn = town("D--a--b--c--F--d--e--f--g", truck="4 bins", shift=short, must="abcdefg")
    without_g = tuple(one for one in drawn.wanted if one.bin.bin_id != "g")
    plan = published(as_town(drawn.network, without_g))
    draft = changed(plan, drawn.network, at("06:05"), added("g"))
    assert draft.violations == ()
    left = only(draft.unassigned)
    assert left.reason.code is ReasonCode.NO_TIME_LEFT


def many() -> Town:
    """Twenty bins on three lines, two trucks that could share them in many ways."""
    return town(
        "a-b-c-d-e-f-g\nD---h-i-j---F\nk-l-m-n-o-p-q-r-s-t",
        trucks=2,
        truck="10 bins",
        must="abcdefghijklmnopqrst",
    )


def test_same_order_same_draft() -> None:
    drawn = many()
    plan = published(drawn)
    first, second = (changed(plan, drawn.network, at("06:10"), removed("q"), seed=3) for _ in range(2))
    assert first == second
    assert first.plan_id != changed(plan, drawn.network, at("06:10"), removed("r"), seed=3).plan_id


@pytest.mark.parametrize("seed", range(2))
def test_a_higher_price_never_changes_more(seed: int) -> None:
    drawn = many()
    plan = published(drawn)
    worse = shuffled(plan, drawn)
    told = []
    for price in (0.0, 1.0, 5.0, 50.0):
        budget = DaySettings(change_eur=price, max_iterations=30)
        draft = changed(worse, drawn.network, at("05:30"), budget=budget, seed=seed)
        assert draft.violations == ()
        told.append(difference(worse, draft))
    changes = [one.num_changed for one in told]
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > changes[-1] == 0
    assert told[0].distance_m <= 0, "for nothing, it drives no more"


def shuffled(plan: Plan, drawn: Town) -> Plan:
    """Return a plan whose driver has a bad order: as a person might have made it."""
    route = plan.routes[0]
    trip = route.trips[0]
    stops = (*trip.services[1::2], *trip.services[0::2])
    trips = (replace(trip, stops=(*stops, trip.stops[-1])), *route.trips[1:])
    return replace(plan, routes=(replace(route, trips=trips), *plan.routes[1:]))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((removed("a"),), "bin_removed 'a' can't be done: truck 1 has been there already"),
        ((added("c"),), "it is on the round of truck 1 already"),
        ((locked("d"), down("truck 1")), "its truck truck 1 is down"),
        ((locked("d"), removed("d")), "it is to be removed as well"),
        ((removed("d"), removed("d")), "named twice"),
    ],
)
def test_what_contradicts_the_plan_is_refused(changes: tuple[object, ...], says: str) -> None:
    with pytest.raises(Conflict, match=says):
        changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), *changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [down("nix"), closed("nix"), added("nix"), removed("nix"), locked("nix")])
def test_what_nobody_knows_is_not_found(change: object) -> None:
    with pytest.raises(NotFound, match="'nix'"):
        changed(published(TWO_TRIPS), TWO_TRIPS.network, at("06:04"), change)  # type: ignore[arg-type]


def test_a_bin_on_no_round_can_not_be_taken_out() -> None:
    drawn = town("D--a--F" + "-" * 300 + "b", must="a")
    with pytest.raises(Conflict, match="on no round"):
        changed(published(drawn), drawn.network, at("06:01"), removed("b"))


def test_only_what_is_driven_can_be_changed() -> None:
    plan = published(TWO_TRIPS)
    with pytest.raises(Conflict, match="only the published plan"):
        changed(replace(plan, status=type(plan.status).DRAFT), TWO_TRIPS.network, at("06:04"))
    with pytest.raises(Conflict, match="is back by then"):
        changed(plan, TWO_TRIPS.network, at("07:30"))


def test_a_bin_whose_data_changed_since_is_named() -> None:
    plan = published(TWO_TRIPS)
    shut = replace(
        TWO_TRIPS.network,
        bins=tuple(
            replace(one, waste_stream=PACKAGING) if one.bin_id == "a" else one
            for one in TWO_TRIPS.network.bins
        ),
        vehicles=tuple(
            replace(one, waste_streams=frozenset({RESIDUAL})) for one in TWO_TRIPS.network.vehicles
        ),
    )
    with pytest.raises(Conflict, match="'a' is on a round"):
        changed(plan, shut, at("06:04"))
