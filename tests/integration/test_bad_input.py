"""A town that is wrong in one way: a clear sentence, or one bin left with the right reason; nobody goes down.

What sensors may say wrong is tried in test_collector.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.matrix import Roads
from optimizer.matrix.great_circle import GreatCircleRoads
from optimizer.matrix.providers import open_roads
from optimizer.plan import Kitchen
from optimizer.worker import serve_next
from tests.town_fixtures import helsinki_extract
from tournee.domain import (
    Bin,
    Depot,
    DisposalFacility,
    ForecastBasis,
    Location,
    Network,
    Plan,
    PlanRequest,
    Reading,
    ReasonCode,
    RequestStatus,
    Shift,
    TruckDimensions,
    Unassigned,
    Vehicle,
    WasteStream,
)
from tournee.settings import RoadsSettings, SolverSettings
from tournee.store import Batch, Store

DAY = date(2026, 11, 23)  # a Monday
AS_OF = datetime(2026, 11, 23, 3, tzinfo=UTC)
BUDGET = SolverSettings(max_solutions=50, max_seconds=20)
PAPER, GLASS = WasteStream.PAPER, WasteStream.GLASS
IN_THE_SEA, IN_PARIS = Location(60.1500, 24.9550), Location(48.8530, 2.3499)


def a_bin(bin_id: str, lat: float, lon: float) -> Bin:
    return Bin(bin_id, bin_id, "d", f"Street {bin_id}", Location(lat, lon), PAPER, "wheeled", 660, 145)


NETWORK = Network(
    depot=Depot("d", "Depot", Location(60.17085, 24.94415)),
    bins=(
        a_bin("a", 60.16785, 24.94640),
        a_bin("b", 60.17010, 24.94800),
        a_bin("c", 60.16900, 24.93900),
    ),
    sensors=(),
    vehicles=(
        Vehicle("v", "d", "Truck", frozenset({PAPER}), 8_000, 18, Shift(time(6), time(14)), {PAPER: 3.5}),
    ),
    facilities=(DisposalFacility("f", "Sorting", Location(60.1680, 24.9410), frozenset({PAPER})),),
)


def changed(bin_id: str, **how: object) -> Network:
    """Return the town with one bin changed."""
    bins = tuple(replace(one, **how) if one.bin_id == bin_id else one for one in NETWORK.bins)  # type: ignore[arg-type]  # checked by each test
    return replace(NETWORK, bins=bins)


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Roads:
    """The real streets of central Helsinki."""
    folder: Path = tmp_path_factory.mktemp("roads")
    return open_roads(RoadsSettings(extract=helsinki_extract(), tiles_dir=folder, cache_dir=folder / "kept"))


def kitchen(store: Store, roads: Roads) -> Kitchen:
    return Kitchen(store=store, roads=roads, zone=ZoneInfo("Europe/Helsinki"), solver=BUDGET)


def full(network: Network) -> Batch:
    """Return two days in which every bin has become full."""
    ages = range(1, 49, 4)
    return Batch(
        [
            Reading(one.bin_id, at, at, 1 - age / 60)
            for one in network.bins
            for age in ages
            for at in [AS_OF - timedelta(hours=age)]
        ]
    )


def ask(store: Store, roads: Roads, network: Network, *, history: bool = True) -> PlanRequest:
    """Save a town, ask for its plan, and return the request once a worker has answered it."""
    store.save_network(network)
    if history:
        store.record(full(network))
    store.ask_plan(PlanRequest("r", "d", DAY, AS_OF))
    worker = kitchen(store, roads)
    assert serve_next(worker)
    assert not serve_next(worker), "the worker goes on, and nothing is left over"
    return store.plan_request("r")


def planned(store: Store, roads: Roads, network: Network, *, history: bool = True) -> Plan:
    request = ask(store, roads, network, history=history)
    assert request.status is RequestStatus.DONE, request.error
    plan = store.plan(request.plan_id)
    assert plan.violations == ()
    return plan


def refused(store: Store, roads: Roads, network: Network) -> str:
    request = ask(store, roads, network)
    assert request.status is RequestStatus.FAILED
    assert store.plans() == ()
    assert store.counts().readings == len(full(network).readings), "what was measured is still there"
    return request.error


def check_only_one_is_left(plan: Plan, bin_id: str) -> Unassigned:
    assert {stop.bin_id for stop in plan.services()} == {"a", "b", "c"} - {bin_id}
    (left,) = plan.unassigned
    assert left.bin_id == bin_id
    return left


def test_the_town_itself_is_sound(store: Store) -> None:
    plan = planned(store, GreatCircleRoads(), NETWORK)
    assert {stop.bin_id for stop in plan.services()} == {"a", "b", "c"}
    assert plan.unassigned == ()


@pytest.mark.needs_valhalla
def test_a_bin_in_the_sea_is_left_off_the_road(store: Store, streets: Roads) -> None:
    left = check_only_one_is_left(planned(store, streets, changed("b", location=IN_THE_SEA)), "b")
    assert left.reason.code is ReasonCode.OFF_ROAD
    assert float(left.reason.facts["distance_m"]) > 500
    assert left.reason.facts["max_snap_m"] == 50


def test_a_bin_of_a_stream_that_no_truck_takes_says_so(store: Store) -> None:
    left = check_only_one_is_left(planned(store, GreatCircleRoads(), changed("c", waste_stream=GLASS)), "c")
    assert (left.reason.code, left.reason.facts["waste_stream"]) == (ReasonCode.NO_TRUCK_FOR_STREAM, "glass")


def test_a_bin_too_big_for_any_truck_says_so(store: Store) -> None:
    network = changed("a", volume_l=100_000.0)
    left = check_only_one_is_left(planned(store, GreatCircleRoads(), network), "a")
    assert left.reason.code is ReasonCode.TOO_BIG_FOR_ANY_TRUCK
    assert float(left.reason.facts["demand_kg"]) > 8_000


@pytest.mark.needs_valhalla
def test_a_bin_in_a_street_closed_to_every_truck_says_so(store: Store, streets: Roads) -> None:
    network = changed("a", location=Location(60.175562, 24.95150))  # Siltavuorenpenger carries 4.5 t
    left = check_only_one_is_left(planned(store, streets, network), "a")
    assert left.reason.code in {ReasonCode.OFF_ROAD, ReasonCode.OTHER_CONSTRAINT}
    assert left.reason.facts


def test_a_bin_that_is_locked_away_all_day_says_so(store: Store) -> None:
    plan = planned(store, GreatCircleRoads(), changed("b", opening_hours="Tu 06:00-12:00"))
    assert check_only_one_is_left(plan, "b").reason.code is ReasonCode.CLOSED_ALL_DAY


def test_a_stream_that_no_facility_takes_says_so(store: Store) -> None:
    (truck,) = NETWORK.vehicles
    both = replace(truck, waste_streams=frozenset({PAPER, GLASS}))
    network = replace(changed("c", waste_stream=GLASS), vehicles=(both,))
    left = check_only_one_is_left(planned(store, GreatCircleRoads(), network), "c")
    assert left.reason.code is ReasonCode.NO_FACILITY_FOR_STREAM


WRONG: dict[str, tuple[Callable[[], Network], str]] = {
    "a depot that is closed all day": (
        lambda: replace(NETWORK, depot=replace(NETWORK.depot, opening_hours="Tu-Sa 05:00-18:00")),
        "No plan is possible: Depot 'd' is closed all day on 2026-11-23: its opening hours are 'Tu-Sa 05:00-18:00'.",
    ),
    "no vehicles": (
        lambda: replace(NETWORK, vehicles=()),
        "No plan is possible: Depot 'd' has no vehicle: add one, or plan from another depot.",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_makes_every_plan_impossible_is_a_sentence_on_the_request(store: Store, what: str) -> None:
    network, sentence = WRONG[what]
    assert refused(store, GreatCircleRoads(), network()) == sentence


def test_no_history_is_a_plan_that_stands_on_averages_and_says_so(store: Store) -> None:
    plan = planned(store, GreatCircleRoads(), NETWORK, history=False)
    assert "0 increments, 0 emptyings" in plan.provenance["forecast"]
    forecasts = store.forecasts()
    assert set(forecasts) == {"a", "b", "c"}
    assert {one.basis for one in forecasts.values()} == {ForecastBasis.STREAM_AVERAGE}
    assert all(0 <= one.fill_level <= 2 for one in forecasts.values())


def test_a_depot_without_bins_is_an_empty_plan(store: Store) -> None:
    plan = planned(store, GreatCircleRoads(), replace(NETWORK, bins=()))
    assert (list(plan.services()), plan.unassigned) == ([], ())


@pytest.mark.needs_valhalla
def test_a_bin_outside_the_extract_is_left_and_the_others_are_served(store: Store, streets: Roads) -> None:
    left = check_only_one_is_left(planned(store, streets, changed("b", location=IN_PARIS)), "b")
    assert left.reason.code is ReasonCode.OFF_ROAD


@pytest.mark.needs_valhalla
def test_an_extract_that_does_not_cover_the_town_is_a_sentence(store: Store, streets: Roads) -> None:
    moved = replace(
        NETWORK,
        depot=replace(NETWORK.depot, location=IN_PARIS),
        bins=tuple(replace(one, location=IN_PARIS) for one in NETWORK.bins),
        facilities=tuple(replace(one, location=IN_PARIS) for one in NETWORK.facilities),
    )
    error = refused(store, streets, moved)
    assert "does not cover the town" in error
    assert "Helsinki.osm.pbf" in error


@pytest.mark.needs_valhalla
def test_a_depot_in_the_sea_is_a_sentence(store: Store, streets: Roads) -> None:
    network = replace(NETWORK, depot=replace(NETWORK.depot, location=IN_THE_SEA))
    error = refused(store, streets, network)
    assert error.startswith("No plan is possible: Depot 'd' is ")
    assert "m from any usable street: correct its position." in error


@pytest.mark.needs_valhalla
def test_a_facility_in_the_sea_leaves_its_stream_without_an_outlet(store: Store, streets: Roads) -> None:
    at_sea = tuple(replace(one, location=IN_THE_SEA) for one in NETWORK.facilities)
    plan = planned(store, streets, replace(NETWORK, facilities=at_sea))
    assert {one.reason.code for one in plan.unassigned} == {ReasonCode.NO_FACILITY_FOR_STREAM}
    assert len(plan.unassigned) == 3


@pytest.mark.needs_valhalla
def test_a_truck_too_big_for_the_town_is_a_sentence(store: Store, streets: Roads) -> None:
    (truck,) = NETWORK.vehicles
    giant = replace(truck, dimensions=TruckDimensions(length_m=40, height_m=9, weight_t=90, axle_load_t=60))
    request = ask(store, streets, replace(NETWORK, vehicles=(giant,)))
    if request.status is RequestStatus.FAILED:
        assert request.error.endswith(".")
        assert "fault in the optimizer" not in request.error
    else:
        assert store.plan(request.plan_id).violations == ()
