"""The recipe and its worker, on a real store and a drawn town."""

# ruff: noqa: ARG002 - small stand-ins keep the signature of what they stand for

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from optimizer.plan import Kitchen, make_plan, plan_id_of
from optimizer.worker import plan_once, serve_next, work
from tests.collector_fixtures import PATIENCE_S, wait_for
from tests.solver_fixtures import QUICK
from tests.towns import DAY, GLASS, RESIDUAL, ZONE, Town, TownRoads, town
from tournee.difference import difference
from tournee.domain import (
    Break,
    DayChange,
    DayChangeKind,
    Network,
    PlanRequest,
    Reading,
    ReasonCode,
    RequestStatus,
    Shift,
    StopKind,
    Wish,
)
from tournee.errors import InfeasibleProblem, NotFound, StoreUnavailable
from tournee.settings import DaySettings, SelectionSettings
from tournee.store import Batch, Store

AS_OF = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    """A kitchen with an empty store and the drawn roads."""
    cautious = SelectionSettings(must_risk=0.25)
    return Kitchen(store=store, roads=TownRoads(), zone=ZONE, solver=QUICK, selection=cautious)


@pytest.fixture(scope="module")
def glass_town() -> Town:
    """Four bins of two streams, a lunch break, and a truck that holds three bins."""
    lunch = Break(time(6, 10), time(6, 40), 600)
    return town(
        "D--a--b--c--d--F", truck="3 bins", streams={"b": GLASS}, shift=Shift(time(6), time(14), (lunch,))
    )


def stock(kitchen: Kitchen, network: Network, levels: dict[str, float]) -> None:
    """Save a network, and ten days in which each bin rises to its level."""
    kitchen.store.save_network(network)
    readings = [
        Reading(bin_id, measured_at, measured_at, level * (1 - hours / 480))
        for bin_id, level in levels.items()
        for hours in range(0, 240, 6)
        for measured_at in [AS_OF - timedelta(hours=hours + 1)]
    ]
    kitchen.store.record(Batch(readings=readings))


def ask(request_id: str = "r1", **changes: object) -> PlanRequest:
    """Return a request for the day's plan."""
    return replace(PlanRequest(request_id, "D", DAY, AS_OF), **changes)  # type: ignore[arg-type]


def test_a_plan_serves_the_full_bins_and_leaves_the_empty_ones(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.97, "c": 0.99, "d": 0.1})
    plan, forecasts = make_plan(ask(), kitchen)
    assert {stop.bin_id for stop in plan.services()} == {"a", "b", "c"}
    assert {one.bin_id for one in forecasts} == {"a", "b", "c", "d"}
    assert plan.violations == ()
    assert plan.unassigned == ()
    (waits,) = plan.not_wanted
    assert (waits.bin_id, waits.wish, waits.reason.code) == ("d", Wish.NO, ReasonCode.CAN_WAIT)
    known = {one.bin_id: one for one in forecasts}["d"]
    assert waits.fill_level == known.fill_level
    assert waits.reason.facts["probability"] == round(known.overflow_probability, 3)


def test_every_trip_is_of_one_stream_and_ends_with_an_unloading(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.97, "c": 0.99, "d": 0.98})
    (route,) = make_plan(ask(), kitchen).plan.routes
    assert {trip.waste_stream for trip in route.trips} == {GLASS, RESIDUAL}
    for trip in route.trips:
        stops = [stop for stop in trip.stops if stop.kind is not StopKind.BREAK]
        assert stops[-1].kind is StopKind.UNLOADING
        assert stops[-1].load_kg == 0
        assert {stop.waste_stream for stop in trip.services} == {trip.waste_stream}


def test_a_stop_says_when_why_and_how_full(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98})
    plan = make_plan(ask(), kitchen).plan
    stop = next(stop for stop in plan.services() if stop.bin_id == "a")
    assert stop.label == "A street"
    assert stop.wish is Wish.MUST
    assert stop.reason is not None
    assert stop.reason.code is ReasonCode.OVERFLOW_RISK
    assert stop.fill_level is not None
    assert stop.demand_l == pytest.approx(stop.fill_level * 1_000, abs=1)
    assert stop.arrival_at == datetime(2026, 11, 23, 4, 0, 30, tzinfo=UTC)  # 06:00 in Helsinki, and 300 m


@pytest.mark.parametrize(
    ("as_of", "counts_at"),
    [
        (AS_OF, datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (AS_OF + timedelta(hours=14), AS_OF + timedelta(hours=14)),
    ],
)
def test_a_load_is_what_a_bin_holds_in_the_middle_of_the_shift(
    kitchen: Kitchen, glass_town: Town, as_of: datetime, counts_at: datetime
) -> None:
    """From 6 to 14 in Helsinki; a truck that is loaded with the levels of 6 is full before its round is over."""
    stock(kitchen, glass_town.network, {"a": 0.98})
    planned = make_plan(ask(as_of_at=as_of), kitchen)
    assert {forecast.target_at for forecast in planned.forecasts} == {counts_at}
    (foreseen,) = (forecast for forecast in planned.forecasts if forecast.bin_id == "a")
    (stop,) = (stop for stop in planned.plan.services() if stop.bin_id == "a")
    assert stop.fill_level == foreseen.fill_level
    assert foreseen.fill_level > 0.98 + 0.9 * foreseen.rate_per_day * 8 / 24


def test_times_and_streets_join_up(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.97, "c": 0.99, "d": 0.98})
    (route,) = make_plan(ask(), kitchen).plan.routes
    breaks = [stop for stop in route.stops if stop.kind is StopKind.BREAK]
    assert len(breaks) == 1
    for before, stop in zip(route.stops, route.stops[1:], strict=False):
        travel = timedelta(seconds=stop.leg.travel_time_s)
        assert stop.arrival_at == before.departure_at + travel
        assert (stop.leg.distance_m > 0) == bool(stop.leg.geometry) or before.location == stop.location
        if stop.leg.geometry:
            assert stop.leg.geometry[-1] == stop.location
            assert stop.leg.geometry[0] == before.location


def test_the_same_request_makes_the_same_plan(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.6, "c": 0.99, "d": 0.7})
    assert make_plan(ask(), kitchen) == make_plan(ask(), kitchen)
    assert plan_id_of(ask()) != plan_id_of(ask(seed=1))
    assert plan_id_of(ask()) != plan_id_of(ask(requested_bin_ids=("a",)))


def test_a_plan_looks_at_nothing_measured_later(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.2})
    before = make_plan(ask(), kitchen)
    later = Reading("b", AS_OF + timedelta(minutes=1), AS_OF + timedelta(minutes=1), 1.0)
    kitchen.store.record(Batch(readings=[later]))
    assert make_plan(ask(), kitchen) == before


def test_a_requested_bin_is_served_however_empty(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, dict.fromkeys("abcd", 0.05))
    plan = make_plan(ask(requested_bin_ids=("c",)), kitchen).plan
    assert [stop.bin_id for stop in plan.services()] == ["c"]


def test_without_any_history_there_is_still_a_plan(kitchen: Kitchen, glass_town: Town) -> None:
    kitchen.store.save_network(glass_town.network)
    plan, forecasts = make_plan(ask(), kitchen)
    assert plan.violations == ()
    assert {one.basis.value for one in forecasts} == {"stream_average"}


def test_provenance_names_every_source(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98})
    plan = make_plan(ask(seed=4), kitchen).plan
    assert plan.provenance["travel_times"] == "drawing"
    assert plan.provenance["seed"] == "4"
    assert "OR-Tools" in plan.provenance["solver"]
    assert "rate" in plan.provenance["forecast"]
    assert not plan.is_estimate


def test_no_vehicle_is_a_sentence_not_a_crash(kitchen: Kitchen, glass_town: Town) -> None:
    kitchen.store.save_network(replace(glass_town.network, vehicles=()))
    with pytest.raises(InfeasibleProblem, match="has no vehicle"):
        make_plan(ask(), kitchen)


def test_an_unknown_depot_is_not_found(kitchen: Kitchen) -> None:
    with pytest.raises(NotFound, match="depot"):
        make_plan(ask(depot_id="nowhere"), kitchen)


# --- the worker ------------------------------------------------------------------------------------------------


def test_the_worker_answers_a_request(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.2})
    kitchen.store.ask_plan(ask())
    assert serve_next(kitchen)
    request = kitchen.store.plan_request("r1")
    assert request.status is RequestStatus.DONE
    assert kitchen.store.plan(request.plan_id).depot_id == "D"
    assert set(kitchen.store.forecasts()) == {"a", "b", "c", "d"}
    assert "optimizer" in kitchen.store.heartbeats()
    assert not serve_next(kitchen)


def test_a_new_plan_stays_near_to_what_crews_know(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.97, "c": 0.99, "d": 0.98})
    known = plan_once(ask("r0", service_date=DAY - timedelta(days=1)), kitchen)
    kitchen.store.publish_plan(known.plan_id, "Aino", AS_OF)
    near = replace(kitchen, day=DaySettings(usual_change_eur=50.0, usual_days_back=1, max_iterations=20))
    plan = plan_once(ask(seed=5), near)
    assert plan.violations == ()
    assert plan.provenance["usual_plan"] == known.plan_id
    assert difference(known, plan).num_changed == 0
    assert "usual_plan" not in plan_once(ask(seed=6), kitchen).provenance, "only where it is asked for"


def test_the_worker_changes_a_plan_in_the_day(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98, "b": 0.97, "c": 0.99, "d": 0.1})
    plan = plan_once(ask(), kitchen)
    kitchen.store.publish_plan(plan.plan_id, "Aino", AS_OF)
    later = AS_OF + timedelta(hours=8, minutes=4)
    last = plan.routes[0].services[-1].place_ref
    added, locked = DayChange(DayChangeKind.BIN_ADDED, "d"), DayChange(DayChangeKind.STOP_LOCKED, last)
    kitchen.store.ask_plan(ask("r2", as_of_at=later, previous_plan_id=plan.plan_id, changes=(added, locked)))
    assert serve_next(kitchen)
    request = kitchen.store.plan_request("r2")
    assert (request.status, request.error) == (RequestStatus.DONE, "")
    assert request.changes == (added, locked)
    draft = kitchen.store.plan(request.plan_id)
    assert draft.previous_plan_id == plan.plan_id
    assert {stop.bin_id for stop in draft.services()} == {"a", "b", "c", "d"}
    assert [stop.bin_id for stop in draft.services() if stop.is_locked] == [last]
    assert any(stop.is_done for stop in draft.services())
    level = next(stop.fill_level for stop in draft.services() if stop.bin_id == "d")
    assert level == kitchen.store.forecasts()["d"].fill_level
    assert kitchen.store.published_plan("D", DAY) == kitchen.store.plan(plan.plan_id), (
        "until a person says so"
    )


def test_a_request_that_can_not_be_met_fails_with_its_sentence(kitchen: Kitchen, glass_town: Town) -> None:
    kitchen.store.save_network(replace(glass_town.network, vehicles=()))
    kitchen.store.ask_plan(ask())
    assert serve_next(kitchen)
    request = kitchen.store.plan_request("r1")
    assert request.status is RequestStatus.FAILED
    assert "has no vehicle" in request.error


class BrokenRoads(TownRoads):
    """Roads with a fault in them."""

    def matrix(self, places: object, truck: object, report: object = None) -> object:  # type: ignore[override]
        raise ZeroDivisionError


def test_an_unforeseen_fault_fails_the_request_and_not_the_worker(
    kitchen: Kitchen, glass_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98})
    kitchen.store.ask_plan(ask())
    assert serve_next(replace(kitchen, roads=BrokenRoads()))  # type: ignore[arg-type]
    request = kitchen.store.plan_request("r1")
    assert request.status is RequestStatus.FAILED
    assert "fault in the optimizer" in request.error
    assert "ZeroDivisionError" in caplog.text


def is_done(store: Store, request_id: str) -> bool:
    return store.plan_request(request_id).status is RequestStatus.DONE


def test_work_goes_on_until_it_is_told_to_stop(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98})
    for number in range(2):
        kitchen.store.ask_plan(ask(f"r{number}", seed=number))
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(kitchen, 0.01, stop))
    worker.start()
    for number in range(2):
        wait_for(partial(is_done, kitchen.store, f"r{number}"), f"plan {number}")
    stop.set()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()


class AbsentStore:
    """A store whose database is away; it ends the loop once it was asked three times."""

    def __init__(self, stop: threading.Event) -> None:
        self.asked, self.stop = 0, stop

    def beat(self, part: str, at: datetime, detail: str = "") -> None:
        self.asked += 1
        if self.asked == 3:
            self.stop.set()
        message = "The database did not answer."
        raise StoreUnavailable(message)


def test_a_store_that_is_away_is_waited_for(kitchen: Kitchen) -> None:
    stop = threading.Event()
    store = AbsentStore(stop)
    work(replace(kitchen, store=store), 0.001, stop)  # type: ignore[arg-type]
    assert store.asked == 3


def test_plan_once_saves_the_plan(kitchen: Kitchen, glass_town: Town) -> None:
    stock(kitchen, glass_town.network, {"a": 0.98})
    plan = plan_once(ask(), kitchen)
    assert kitchen.store.plan(plan.plan_id) == plan
