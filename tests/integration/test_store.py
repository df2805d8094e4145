"""The store keeps what it is given and gives it back as it was; on a real SQLite file and a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from tournee.domain import (
    Bin,
    Break,
    CurbSide,
    Depot,
    DisposalFacility,
    Forecast,
    ForecastBasis,
    Leg,
    Location,
    Network,
    Obstacle,
    Plan,
    PlanPhase,
    PlanRequest,
    PlanStatus,
    Progress,
    Quality,
    Reading,
    Reason,
    ReasonCode,
    Refusal,
    RequestStatus,
    Route,
    Sensor,
    ServiceEvent,
    ServiceOutcome,
    Shift,
    Stop,
    StopKind,
    Trip,
    Unassigned,
    Vehicle,
    Violation,
    WasteStream,
    Wish,
)
from tournee.errors import Conflict, NotFound, StoreUnavailable
from tournee.settings import StoreSettings
from tournee.store import Batch, Recorded, Store, open_store

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
GLASS = WasteStream.GLASS
HOME = Location(60.17, 24.94)


@pytest.fixture
def network() -> Network:
    """One of everything, each attribute away from its default."""
    bins = tuple(
        Bin(f"b{i}", "p1", "d", f"Mannerheimintie {i}", Location(60.1 + i / 100, 24.9), GLASS, "column", 3_000, 300, 90, 75,
            "Mo-Fr 06:00-14:00", CurbSide.SAME, "Kluuvi", "key at the kiosk")
        for i in range(3)
    )  # fmt: skip
    shift = Shift(time(6), time(14, 30), (Break(time(10), time(12), 1_800),))
    vehicle = Vehicle(
        "v", "d", "Truck", frozenset({GLASS}), 8_000, 20, shift, {GLASS: 1.5}, cost_per_km_eur=2
    )
    facility = DisposalFacility("f", "Sorting", HOME, frozenset({GLASS, WasteStream.PAPER}), 600, "24/7")
    return Network(
        Depot("d", "Depot", HOME, "Mo-Sa 05:00-16:00"),
        bins,
        (Sensor("s0", "b0", "lid", 2_000, 200),),
        (vehicle,),
        (facility,),
    )


@pytest.fixture
def town(any_store: Store, network: Network) -> Store:
    """A store that knows the network."""
    any_store.save_network(network)
    return any_store


def reading(bin_id: str = "b0", hours: float = 0, fill_level: float = 0.5) -> Reading:
    at = NOON + timedelta(hours=hours)
    return Reading(
        bin_id, at, at + timedelta(seconds=2), fill_level, "s0", 1_100.0, 4.5, 3.6, Quality.SUSPICIOUS, "jump"
    )


def a_plan(plan_id: str = "p1") -> Plan:
    """A round of one bin, its unloading and a break."""

    def stop(kind: StopKind, ref: str, minutes: int) -> Stop:
        at = NOON + timedelta(minutes=minutes)
        return Stop(
            kind, ref, f"at {ref}", HOME, at, at + timedelta(minutes=1), at + timedelta(minutes=2), 10, 20
        )

    serve = replace(
        stop(StopKind.SERVICE, "b0", 5), leg=Leg(900, 120, (HOME, Location(60.2, 24.9))), waste_stream=GLASS, demand_kg=10,
        demand_l=20, fill_level=0.8, reason=Reason(ReasonCode.OVERFLOW_RISK, {"probability": 0.4}), wish=Wish.MUST,
    )  # fmt: skip
    trip = Trip(GLASS, (serve, stop(StopKind.BREAK, "", 10), stop(StopKind.UNLOADING, "f", 20)))
    route = Route("v", "Truck", stop(StopKind.START, "d", 0), (trip,), stop(StopKind.END, "d", 30), 12.5)
    left = Unassigned(
        "b1",
        Wish.MAY,
        0.4,
        Reason(ReasonCode.NO_TIME_LEFT, {"shift_end": "14:00"}, (Obstacle("v1", "shift", {"at": "14:10"}),)),
    )
    waits = Unassigned("b2", Wish.NO, 0.1, Reason(ReasonCode.CAN_WAIT, {"probability": 0.01}))
    return Plan(
        plan_id, "d", date(2026, 11, 23), NOON, (route,), (left,), is_estimate=True, provenance={"seed": "7"},
        not_wanted=(waits,),
    )  # fmt: skip


def test_network_comes_back_as_it_was_saved(town: Store, network: Network) -> None:
    assert town.network("d") == network


def test_saving_again_replaces(town: Store, network: Network) -> None:
    town.save_bins([replace(network.bins[1], address="Elsewhere 1")], network.sensors)
    town.save_sites([replace(network.depot, name="New")], network.facilities)
    town.save_vehicles(network.vehicles)
    assert [each.address for each in town.bins()][1] == "Elsewhere 1"
    assert town.depots() == (replace(network.depot, name="New"),)
    assert (town.bin("b1").address, len(town.bins())) == ("Elsewhere 1", 3)


@pytest.mark.parametrize(
    "ask",
    [lambda s: s.bin("x"), lambda s: s.network("x"), lambda s: s.plan("x"), lambda s: s.plan_request("x")],
)
def test_what_is_not_there_is_not_found(town: Store, ask: object) -> None:
    with pytest.raises(NotFound, match=r"There is no .* 'x'"):
        ask(town)  # type: ignore[operator]  # one of the four calls above


def test_readings_come_back_to_the_millisecond(town: Store) -> None:
    assert town.record(Batch(readings=[reading()])) == Recorded(1, 0, 0)
    assert town.readings_of("b0", NOON, NOON + timedelta(1), limit=5) == (reading(),)


def test_same_bin_and_instant_is_a_duplicate_and_the_first_stays(town: Store) -> None:
    town.record(Batch(readings=[reading(fill_level=0.5)]))
    assert town.record(Batch(readings=[reading(fill_level=0.9), reading(hours=1)])) == Recorded(1, 1, 0)
    assert [each.fill_level for each in town.readings_of("b0", NOON, NOON + timedelta(1), 9)] == [0.5, 0.5]
    assert (town.counts().readings, town.counts().duplicates) == (2, 1)


def test_latest_state_ignores_a_message_that_comes_late(town: Store) -> None:
    town.record(Batch(readings=[reading(hours=2, fill_level=0.7), reading(hours=1, fill_level=0.6)]))
    town.record(Batch(readings=[reading(hours=0, fill_level=0.1)]))
    assert town.latest_readings()["b0"].fill_level == 0.7


def test_an_unknown_bin_keeps_the_whole_batch_out(town: Store) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        town.record(Batch(readings=[reading(), reading("nowhere")]))
    assert town.counts().readings == 0


def test_frame_is_long_sorted_and_half_open(town: Store) -> None:
    town.record(Batch(readings=[reading("b1", 1), reading("b0", 1), reading("b0", 0), reading("b2", 0)]))
    frame = town.readings(["b0", "b1"], NOON, NOON + timedelta(hours=1, milliseconds=1))
    assert list(frame["bin_id"]) == ["b0", "b0", "b1"]
    assert frame["measured_at"].iloc[0].to_pydatetime() == NOON
    assert len(town.readings(["b0"], NOON, NOON + timedelta(hours=1))) == 1
    assert town.readings(["b0"], NOON, NOON).empty


def test_services_are_kept_once(town: Store) -> None:
    served = ServiceEvent("b0", NOON, vehicle_id="v", plan_id="p", fill_level_seen=0.9)
    skipped = replace(served, bin_id="b1", outcome=ServiceOutcome.SKIPPED, skip_reason="blocked")
    town.record(Batch(services=[skipped, served]))
    town.record(Batch(services=[served]))
    assert town.services(["b0", "b1"], NOON, NOON + timedelta(1)) == (served, skipped)
    assert town.services(["b0"], NOON + timedelta(1), NOON + timedelta(2)) == ()


def test_repeated_refusals_are_counted_not_copied(town: Store) -> None:
    refusal = Refusal("t", b"{", "unreadable", "not JSON", NOON)
    town.record(Batch(refusals=[refusal, replace(refusal, payload=b"[")]))
    town.record(Batch(refusals=[replace(refusal, received_at=NOON + timedelta(1))]))
    newest = town.refusals(1)[0]
    assert (newest.count, newest.payload, newest.received_at) == (2, b"{", NOON + timedelta(1))
    assert town.counts().refused == 3
    assert town.refusals_by_reason() == {"unreadable": 3}


def test_last_forecast_of_each_bin(town: Store) -> None:
    old = Forecast(
        "b0",
        NOON,
        NOON + timedelta(1),
        NOON + timedelta(2),
        0.6,
        ((0.05, 0.4), (0.95, 0.8)),
        0.1,
        3.0,
        0.15,
        ForecastBasis.READINGS,
        NOON,
    )
    new = replace(old, made_at=NOON + timedelta(1), fill_level=0.7)
    town.save_forecasts([new, old])
    assert town.forecasts() == {"b0": new}


def test_requests_are_taken_once_and_in_order(town: Store) -> None:
    first = PlanRequest("r1", "d", date(2026, 11, 23), NOON, 7, ("b0",))
    town.ask_plan(first)
    town.ask_plan(replace(first, request_id="r2"))
    taken = town.take_plan_request()
    assert taken is not None
    assert (taken.request_id, taken.status, taken.requested_bin_ids) == ("r1", RequestStatus.RUNNING, ("b0",))
    town.report_progress("r1", Progress(PlanPhase.PROPOSING, 0.4, 412.3))
    at_work = town.plan_request("r1")
    assert (at_work.progress, at_work.share, at_work.best_cost_eur) == ("proposing", 0.4, 412.3)
    assert [one.request_id for one in town.open_requests()] == ["r1", "r2"]
    town.finish_request("r1", "p1")
    assert (town.plan_request("r1").status, town.plan_request("r1").plan_id) == (RequestStatus.DONE, "p1")
    assert town.take_plan_request() == replace(
        first, request_id="r2", status=RequestStatus.RUNNING, progress=PlanPhase.TAKEN
    )
    assert town.take_plan_request() is None
    assert town.requeue_running() == 1
    town.fail_request("r2", "no truck")
    assert town.plan_request("r2").error == "no truck"
    assert town.open_requests() == ()


def test_the_best_so_far_can_be_taken_while_a_worker_is_busy(town: Store) -> None:
    town.ask_plan(PlanRequest("r1", "d", date(2026, 11, 23), NOON))
    with pytest.raises(Conflict, match="r1 is queued"):
        town.take_best("r1")
    town.take_plan_request()
    assert not town.plan_request("r1").is_enough
    assert town.take_best("r1").is_enough
    assert town.take_best("r1").is_enough, "twice is once"
    town.requeue_running()
    again = town.plan_request("r1")
    assert (again.progress, again.is_enough) == ("requeued", False), "its next worker begins anew"
    with pytest.raises(NotFound):
        town.take_best("nix")


def test_a_request_for_an_unknown_depot_is_a_conflict(town: Store) -> None:
    with pytest.raises(Conflict, match="refused"):
        town.ask_plan(PlanRequest("r1", "nowhere", date(2026, 11, 23), NOON))


def test_plan_comes_back_as_it_was_saved(town: Store) -> None:
    town.save_plan(a_plan())
    assert town.plan("p1") == a_plan()
    summary = town.plans("d", date(2026, 11, 23))[0]
    assert (summary.num_stops, summary.distance_m, summary.num_unassigned, summary.num_violations) == (
        1,
        900,
        1,
        0,
    )
    assert town.plans("d", date(2026, 11, 24)) == ()


def test_a_draft_is_replaced_and_a_published_plan_is_not(town: Store) -> None:
    town.save_plan(a_plan())
    town.save_plan(replace(a_plan(), unassigned=()))
    assert town.plan("p1").unassigned == ()
    town.publish_plan("p1", "Ada", NOON)
    with pytest.raises(Conflict, match="published"):
        town.save_plan(a_plan())


def test_publishing_supersedes_the_days_other_plan(town: Store) -> None:
    assert town.published_plan("d", date(2026, 11, 23)) is None
    town.save_plan(a_plan("p1"))
    town.save_plan(a_plan("p2"))
    town.publish_plan("p1", "Ada", NOON)
    published = town.publish_plan("p2", "Ada", NOON)
    assert town.published_plan("d", date(2026, 11, 23)) == published
    assert [each.status for each in town.plans()] == [PlanStatus.PUBLISHED, PlanStatus.SUPERSEDED]
    with pytest.raises(Conflict, match="superseded"):
        town.publish_plan("p1", "Ada", NOON)


def test_a_plan_with_a_violation_is_never_published(town: Store) -> None:
    broken = replace(a_plan(), violations=(Violation("late", "v", "b0", "20 min after closing"),))
    town.save_plan(broken)
    assert town.plan("p1").violations == broken.violations
    with pytest.raises(Conflict, match="20 min after closing"):
        town.publish_plan("p1", "Ada", NOON)


def test_heartbeats(town: Store) -> None:
    town.beat("collector", NOON)
    town.beat("collector", NOON + timedelta(1), "3 msg/s")
    assert town.heartbeats()["collector"].detail == "3 msg/s"
    town.ping()


def test_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="did not answer"):
        open_store(StoreSettings(url=f"sqlite:///{tmp_path}"))


def test_sensors_of_the_bins_that_exist(town: Store, network: Network) -> None:
    found = town.sensors_of(["b0", "b1", "nobody", "\0"])
    assert found == {"b0": network.sensors[0], "b1": None}
    assert town.sensors_of([]) == {}
