"""A small plan by hand, in central Helsinki: two trucks, three streams, a break, two facilities."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from httpx import Response

from api.app import create_app
from api.deps import Kit
from api.wording import Wording
from tournee.domain import (
    Bin,
    Break,
    Depot,
    DisposalFacility,
    Forecast,
    ForecastBasis,
    LatestLevel,
    Leg,
    Location,
    Network,
    Plan,
    Reading,
    Reason,
    ReasonCode,
    Route,
    Sensor,
    Shift,
    Stop,
    StopKind,
    Trip,
    Unassigned,
    Vehicle,
    WasteStream,
    Wish,
)
from tournee.geo import great_circle_m
from tournee.numerals import Language
from tournee.settings import ApiSettings, Settings
from tournee.store import Batch, Store

with warnings.catch_warnings():  # Starlette would rather have another client than the httpx we ship with
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient as TestClient  # noqa: PLC0414 - handed on to the tests

DAY = date(2026, 11, 23)
ZONE = ZoneInfo("Europe/Helsinki")
SIX = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 06:00 in Helsinki
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"

DEPOT = Depot("D", "Depot Rautatientori", Location(60.1712, 24.9441))
GLASSWORKS = DisposalFacility(
    "F1",
    "Glass yard Kaisaniemi",
    Location(60.1751, 24.9452),
    frozenset({WasteStream.GLASS, WasteStream.PAPER}),
)
INCINERATOR = DisposalFacility(
    "F2",
    "Waste plant Kamppi",
    Location(60.1687, 24.9362),
    frozenset({WasteStream.RESIDUAL, WasteStream.PAPER}),
)
SHIFT = Shift(time(6), time(14), (Break(time(9), time(10), 1_800),))


def a_bin(bin_id: str, address: str, place: tuple[float, float], stream: WasteStream) -> Bin:
    return Bin(bin_id, f"P-{bin_id}", "D", address, Location(*place), stream, "surface", 660.0, 85.0)


BINS = (
    a_bin("B1", "Mannerheimintie 10", (60.1698, 24.9394), WasteStream.GLASS),
    a_bin("B2", "Aleksanterinkatu 21", (60.1692, 24.9446), WasteStream.GLASS),
    a_bin("B3", "Unioninkatu 34", (60.1706, 24.9507), WasteStream.RESIDUAL),
    a_bin("B4", "Esplanadi 5", (60.1676, 24.9471), WasteStream.RESIDUAL),
    a_bin("B5", "Esplanadi 5", (60.1676, 24.9471), WasteStream.RESIDUAL),
    a_bin("B6", "Vuorikatu 8", (60.1716, 24.9476), WasteStream.PAPER),
    a_bin("B7", "Kaisaniemenkatu 3", (60.1724, 24.9468), WasteStream.PAPER),
    a_bin("B8", "Rauhankatu 15", (60.1731, 24.9538), WasteStream.PAPER),
)
VEHICLES = (
    Vehicle("V1", "D", "Truck 1", frozenset({WasteStream.GLASS}), 8_000.0, 18.0, SHIFT),
    Vehicle("V2", "D", "Truck 2", frozenset({WasteStream.RESIDUAL, WasteStream.PAPER}), 8_000.0, 18.0, SHIFT),
)
SENSORS = tuple(Sensor(f"S-{one.bin_id}", one.bin_id, "lid", 1_500.0, 200.0) for one in BINS)
NETWORK = Network(DEPOT, BINS, SENSORS, VEHICLES, (GLASSWORKS, INCINERATOR))
MUST = Reason(ReasonCode.OVERFLOW_RISK, {"probability": 0.62, "threshold": 0.25})
WORTH = Reason(ReasonCode.WORTH_IT, {"penalty_eur": 2.4, "detour_eur": 1.15})
LEFT = Reason(ReasonCode.DETOUR_TOO_LONG, {"penalty_eur": 0.8, "detour_eur": 3.5})
WAITS = Reason(
    ReasonCode.CAN_WAIT,
    {
        "probability": 0.031,
        "threshold": 0.25,
        "fill_level": 0.34,
        "risk_until_at": "2026-11-25T12:00:00+00:00",
        "waiting_eur": 0.31,
        "least_detour_eur": 1.2,
    },
)


class Drive:
    """Builds a route stop by stop, with a clock that runs."""

    def __init__(self, start_at: datetime) -> None:
        self.now = start_at
        self.place = DEPOT.location
        self.load_kg = 0.0

    def _leg(self, place: Location) -> Leg:
        distance = round(great_circle_m(self.place, place) * 1.4)
        seconds = round(distance / 5)
        corner = Location(self.place.lat, place.lon)
        geometry = (self.place, corner, place) if distance else ()
        self.now += timedelta(seconds=seconds)
        self.place = place
        return Leg(distance, seconds, geometry)

    def stop(self, kind: StopKind, ref: str, label: str, place: Location, stand_s: int = 0) -> Stop:
        leg = self._leg(place)
        arrived = self.now
        self.now += timedelta(seconds=stand_s)
        self.load_kg = 0.0 if kind is StopKind.UNLOADING else self.load_kg
        return Stop(kind, ref, label, place, arrived, arrived, self.now, self.load_kg, self.load_kg * 4, leg)

    def serve(self, one: Bin, fill_level: float, reason: Reason = MUST) -> Stop:
        kg = one.volume_l * fill_level * one.density_kg_per_m3 / 1_000
        self.load_kg += kg
        stop = self.stop(StopKind.SERVICE, one.bin_id, one.address, one.location, 180)
        wish = Wish.MAY if reason is WORTH else Wish.MUST
        return replace(
            stop,
            waste_stream=one.waste_stream,
            demand_kg=kg,
            demand_l=one.volume_l * fill_level,
            fill_level=fill_level,
            reason=reason,
            wish=wish,
        )

    def unload(self, facility: DisposalFacility) -> Stop:
        return self.stop(StopKind.UNLOADING, facility.facility_id, facility.name, facility.location, 900)

    def rest(self) -> Stop:
        return self.stop(StopKind.BREAK, "", "", self.place, 1_800)

    def at_depot(self, kind: StopKind) -> Stop:
        return self.stop(kind, "D", DEPOT.name, DEPOT.location)


def small_plan(bins: tuple[Bin, ...] = BINS) -> Plan:
    """Two routes; the second serves two streams in two trips, with a break in between."""
    b1, b2, b3, b4, b5, b6, b7, b8 = bins
    first = Drive(SIX)
    start = first.at_depot(StopKind.START)
    glass = Trip(
        WasteStream.GLASS, (first.serve(b1, 0.86), first.serve(b2, 0.55, WORTH), first.unload(GLASSWORKS))
    )
    one = Route("V1", "Truck 1", start, (glass,), first.at_depot(StopKind.END), 61.5)
    second = Drive(SIX)
    start = second.at_depot(StopKind.START)
    residual = Trip(
        WasteStream.RESIDUAL,
        (second.serve(b3, 0.93), second.serve(b4, 1.04), second.serve(b5, 0.71), second.unload(INCINERATOR)),
    )
    paper = Trip(WasteStream.PAPER, (second.rest(), second.serve(b6, 0.79), second.unload(INCINERATOR)))
    two = Route("V2", "Truck 2", start, (residual, paper), second.at_depot(StopKind.END), 118.2)
    return Plan(
        plan_id="plan-1",
        depot_id="D",
        service_date=DAY,
        as_of_at=SIX - timedelta(hours=1),
        routes=(one, two),
        unassigned=(Unassigned(b7.bin_id, Wish.MAY, 0.48, LEFT),),
        not_wanted=(Unassigned(b8.bin_id, Wish.NO, 0.34, WAITS),),
        provenance={"travel times": "streets by hand", "solver": "nobody"},
    )


def in_the_day() -> Plan:
    """The small plan, changed while it is driven: truck 1 has been at its first stop, its second is fixed."""
    plan = small_plan()
    glass = plan.routes[0].trips[0]
    first, second, unloading = glass.stops
    trip = replace(glass, stops=(replace(first, is_done=True), replace(second, is_locked=True), unloading))
    return replace(plan, routes=(replace(plan.routes[0], trips=(trip,)), plan.routes[1]))


def readings() -> dict[str, Reading]:
    """The newest reading of every bin but one."""
    levels = {"B1": 0.82, "B2": 0.5, "B3": 0.9, "B4": 1.02, "B5": 0.68, "B6": 0.75}
    at = SIX - timedelta(hours=2)
    return {bin_id: Reading(bin_id, at, at, level, f"S-{bin_id}") for bin_id, level in levels.items()}


def latest() -> dict[str, LatestLevel]:
    """The same as a map knows them."""
    return {bin_id: LatestLevel(one.measured_at, one.fill_level) for bin_id, one in readings().items()}


def forecast(bin_id: str = "B1", risk: float = 0.62) -> Forecast:
    return Forecast(
        bin_id=bin_id,
        made_at=SIX - timedelta(hours=1),
        target_at=SIX,
        risk_until_at=SIX + timedelta(days=1),
        fill_level=0.86,
        quantiles=((0.05, 0.8), (0.5, 0.86), (0.95, 0.93)),
        overflow_probability=risk,
        expected_overflow_l=4.0,
        rate_per_day=0.12,
        basis=ForecastBasis.READINGS,
    )


def hostile_network() -> Network:
    """The same town, where somebody named everything so as to break the page."""
    bins = tuple(replace(one, address=f"{one.address} {HOSTILE}") for one in BINS)
    return replace(
        NETWORK,
        bins=bins,
        depot=replace(DEPOT, name=HOSTILE),
        facilities=tuple(replace(one, name=HOSTILE) for one in NETWORK.facilities),
    )


def hostile_plan() -> Plan:
    plan = small_plan(hostile_network().bins)
    routes = tuple(replace(route, vehicle_name=HOSTILE) for route in plan.routes)
    left = tuple(
        replace(one, reason=Reason(ReasonCode.REQUESTED, {"by": HOSTILE})) for one in plan.unassigned
    )
    return replace(plan, routes=routes, unassigned=left)


def wording(language: Language = "en") -> Wording:
    return Wording(language, ZONE)


KEY = "a-key-for-tests"


def filled(store: Store) -> Store:
    """Put the small town, its plan and its newest readings into a store."""
    store.save_network(NETWORK)
    store.record(Batch(readings=tuple(readings().values())))
    store.save_forecasts([forecast()])
    store.save_plan(small_plan())
    return store


def settings(**api: object) -> Settings:
    return Settings(api=ApiSettings.model_validate({"key": KEY, "port": 0, **api}))


SHARED = create_app(settings(), cast("Store", "each client brings its own"))
"""The app that answers all clients: a new one takes eight times as long over its first request."""


class Client(TestClient):
    """A client that brings its own store, settings and clock to the shared app."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(SHARED, raise_server_exceptions=False)
        self.kit = kit

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Ask the app as if it had been made for this client alone."""
        SHARED.state.kit = self.kit
        answer: Response = super().request(*args, **kwargs)
        return answer


def client(store: Store, **api: object) -> TestClient:
    """Return a client of an app whose clock stands at six in the morning of the plan's day."""
    return client_of(settings(**api), store)


def client_of(whole: Settings, store: Store) -> TestClient:
    """Return the same with all settings given."""
    return Client(create_app(whole, store, clock=lambda: SIX).state.kit)
