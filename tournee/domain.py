"""The nouns of a waste round, as frozen dataclasses.

Standard library only: every part of the house speaks these words, so they depend on nothing.
Units end the name (`_s _m _l _kg _eur`). A name ending in `_at` is an aware UTC instant, one ending in
`_date` a local calendar day. A `fill_level` is a fraction of the bin's volume: 0 is empty, 1 is full, more is overflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple


class Location(NamedTuple):
    """A point on WGS84, in degrees. Written `[lon, lat]` on the wire, never inside."""

    lat: float
    lon: float


class WasteStream(StrEnum):
    """What a bin takes; one bin, one stream."""

    RESIDUAL = "residual"
    PACKAGING = "packaging"
    PAPER = "paper"
    GLASS = "glass"
    BIOWASTE = "biowaste"


class CurbSide(StrEnum):
    """From which side the truck must reach the bin."""

    EITHER = "either"
    SAME = "same"  # the side on which this country drives: nobody crosses the street with a container


# --- what stands in the town -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """One container at one place.

    Several bins may share a place (`place_id`): the truck stops once and sets up once.

    Parameters
    ----------
    volume_l
        Inner volume in litres, > 0.
    density_kg_per_m3
        Loose density of what is inside, > 0. Source of the defaults: EPA 2016, volume-to-weight factors.
    place_time_s, service_time_s
        Standing time once per place, and for this container; seconds, >= 0.
    opening_hours
        When it may be emptied, in OpenStreetMap's `opening_hours` syntax, local time; empty means always.
    """

    bin_id: str
    place_id: str
    depot_id: str
    address: str
    location: Location
    waste_stream: WasteStream
    container_type: str
    volume_l: float
    density_kg_per_m3: float
    place_time_s: int = 120
    service_time_s: int = 60
    opening_hours: str = ""
    curb_side: CurbSide = CurbSide.EITHER
    district: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A level sensor on a bin: the two distances turn an echo into a fill level."""

    sensor_id: str
    bin_id: str
    mount: str = "lid"
    empty_distance_mm: float = 0.0
    full_distance_mm: float = 0.0

    def fill_level(self, distance_mm: float) -> float:
        """Return the fill level that an echo from `distance_mm` means; outside the span it leaves 0..1."""
        return (self.empty_distance_mm - distance_mm) / (self.empty_distance_mm - self.full_distance_mm)


@dataclass(frozen=True, slots=True)
class Depot:
    """Where shifts start and end."""

    depot_id: str
    name: str
    location: Location
    opening_hours: str = ""


@dataclass(frozen=True, slots=True)
class DisposalFacility:
    """Where trucks unload; it takes the named streams only, in its opening hours only."""

    facility_id: str
    name: str
    location: Location
    waste_streams: frozenset[WasteStream]
    unloading_time_s: int = 900
    opening_hours: str = ""


@dataclass(frozen=True, slots=True)
class TruckDimensions:
    """Real dimensions: they decide which streets exist for this truck."""

    length_m: float = 9.5
    width_m: float = 2.5
    height_m: float = 3.6
    weight_t: float = 19.0
    axle_load_t: float = 10.0


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration_s` that must begin between two local times, both included."""

    earliest: time
    latest: time
    duration_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A working window in local time; the truck leaves its depot and is back inside it."""

    start: time
    end: time
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One truck and its daily shift.

    It has a single body: one stream at a time, emptied before the next.

    Parameters
    ----------
    payload_kg, body_m3
        The two capacities. Packaging fills the body, glass reaches the weight.
    compaction
        How many times smaller each stream gets in this body, >= 1; a stream not named is not compacted.
    """

    vehicle_id: str
    depot_id: str
    name: str
    waste_streams: frozenset[WasteStream]
    payload_kg: float
    body_m3: float
    shift: Shift
    compaction: Mapping[WasteStream, float] = field(default_factory=dict)
    dimensions: TruckDimensions = TruckDimensions()
    cost_per_km_eur: float = 1.2
    cost_per_hour_eur: float = 100.0

    def compacted_l(self, waste_stream: WasteStream, loose_l: float) -> float:
        """Return the room that `loose_l` litres of a stream take in this body."""
        return loose_l / self.compaction.get(waste_stream, 1.0)


@dataclass(frozen=True, slots=True)
class Network:
    """Everything that stands under one depot: what a plan is made for."""

    depot: Depot
    bins: tuple[Bin, ...]
    sensors: tuple[Sensor, ...]
    vehicles: tuple[Vehicle, ...]
    facilities: tuple[DisposalFacility, ...]


# --- what is measured and what is done -------------------------------------------------------------------------


class Quality(StrEnum):
    """How far a reading is trusted. A refused one is no reading: it becomes a `Refusal`."""

    ACCEPTED = "accepted"
    SUSPICIOUS = "suspicious"


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement. `measured_at` is the sensor's clock, `received_at` ours."""

    bin_id: str
    measured_at: datetime
    received_at: datetime
    fill_level: float
    sensor_id: str = ""
    distance_mm: float | None = None
    temperature_c: float | None = None
    battery_v: float | None = None
    quality: Quality = Quality.ACCEPTED
    quality_reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that could not be read or believed, kept with its reason; repeats are counted, not copied."""

    topic: str
    payload: bytes
    reason: str
    detail: str
    received_at: datetime
    count: int = 1


class ServiceSource(StrEnum):
    """Who says that a bin was emptied; a report outranks an inference."""

    REPORTED = "reported"
    INFERRED = "inferred"


class ServiceOutcome(StrEnum):
    """What happened at the bin."""

    SERVED = "served"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """The emptying of a bin, or a visit that could not empty it and says why (`skip_reason`)."""

    bin_id: str
    served_at: datetime
    source: ServiceSource = ServiceSource.REPORTED
    outcome: ServiceOutcome = ServiceOutcome.SERVED
    skip_reason: str = ""
    vehicle_id: str = ""
    plan_id: str = ""
    fill_level_seen: float | None = None


# --- what is known, wanted and decided --------------------------------------------------------------------------


class ForecastBasis(StrEnum):
    """What a forecast stands on, best first."""

    READINGS = "readings"
    SILENT_SENSOR = "silent_sensor"
    SERVICES_ONLY = "services_only"
    STREAM_AVERAGE = "stream_average"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a bin's fill level will be at `target_at`.

    Parameters
    ----------
    quantiles
        Pairs (probability, fill level), rising in both.
    overflow_probability
        That the bin runs over before `risk_until_at`, when a later service could come; 0..1.
    rate_per_day
        Expected rise of the fill level in a day.
    """

    bin_id: str
    made_at: datetime
    target_at: datetime
    risk_until_at: datetime
    fill_level: float
    quantiles: tuple[tuple[float, float], ...]
    overflow_probability: float
    expected_overflow_l: float
    rate_per_day: float
    basis: ForecastBasis
    last_measured_at: datetime | None = None
    last_served_at: datetime | None = None


class Wish(StrEnum):
    """Whether a bin is wanted on the round."""

    MUST = "must"
    MAY = "may"
    NO = "no"


class ReasonCode(StrEnum):
    """Why something was decided. Each code has one sentence per language in `api/locales`."""

    OVERFLOW_RISK = "overflow_risk"  # must: probability, threshold
    TOO_OLD = "too_old"  # must: days, max_days
    REQUESTED = "requested"  # must: by
    WORTH_IT = "worth_it"  # may, taken: penalty_eur, detour_eur
    CAN_WAIT = "can_wait"  # no: probability, threshold
    DETOUR_TOO_LONG = "detour_too_long"  # may, left: detour_eur, penalty_eur
    NO_TRUCK_FOR_STREAM = "no_truck_for_stream"  # waste_stream
    NO_FACILITY_FOR_STREAM = "no_facility_for_stream"
    CLOSED_ALL_DAY = "closed_all_day"
    OFF_ROAD = "off_road"  # distance_m, max_snap_m
    TOO_BIG_FOR_ANY_TRUCK = "too_big_for_any_truck"  # demand_kg, demand_l
    NO_TIME_LEFT = "no_time_left"  # shift_end
    OTHER_CONSTRAINT = "other_constraint"  # violation


@dataclass(frozen=True, slots=True)
class Reason:
    """A decision's reason, with the figures it was taken on."""

    code: ReasonCode
    facts: Mapping[str, float | str] = field(default_factory=dict)


class StopKind(StrEnum):
    """What a truck does at a stop."""

    START = "start"
    SERVICE = "service"
    UNLOADING = "unloading"
    BREAK = "break"
    END = "end"


@dataclass(frozen=True, slots=True)
class Leg:
    """Travel from the stop before; `geometry` follows the streets, or is two points where no road is known."""

    distance_m: int
    travel_time_s: int
    geometry: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit. `place_ref` is the id of its bin, facility or depot, whatever `kind` says it is.

    `load_kg` and `load_l` (compacted) are what the truck carries when it leaves. A break is a stop where the truck stands.
    """

    kind: StopKind
    place_ref: str
    label: str
    location: Location
    arrival_at: datetime
    service_start_at: datetime
    departure_at: datetime
    load_kg: float
    load_l: float
    leg: Leg = Leg(0, 0)
    waste_stream: WasteStream | None = None
    demand_kg: float = 0.0
    demand_l: float = 0.0
    fill_level: float | None = None
    reason: Reason | None = None
    wish: Wish | None = None

    @property
    def bin_id(self) -> str | None:
        """The bin served here, if this is a service."""
        return self.place_ref if self.kind is StopKind.SERVICE else None

    @property
    def waiting(self) -> timedelta:
        """How long the truck stands before service may begin."""
        return self.service_start_at - self.arrival_at


@dataclass(frozen=True, slots=True)
class Trip:
    """From empty to empty: services of one stream, then one unloading."""

    waste_stream: WasteStream | None
    stops: tuple[Stop, ...]

    @property
    def services(self) -> tuple[Stop, ...]:
        """The stops that empty a bin, in order."""
        return tuple(stop for stop in self.stops if stop.kind is StopKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's shift: start at the depot, its trips, end at the depot."""

    vehicle_id: str
    vehicle_name: str
    start: Stop
    trips: tuple[Trip, ...]
    end: Stop
    cost_eur: float = 0.0

    @property
    def stops(self) -> tuple[Stop, ...]:
        """Every stop in driving order, start and end included."""
        return (self.start, *(stop for trip in self.trips for stop in trip.stops), self.end)

    @property
    def services(self) -> tuple[Stop, ...]:
        """The stops that empty a bin, in driving order."""
        return tuple(stop for trip in self.trips for stop in trip.services)

    @property
    def distance_m(self) -> int:
        """Metres driven."""
        return sum(stop.leg.distance_m for stop in self.stops)

    @property
    def duration_s(self) -> int:
        """Seconds from leaving the depot to being back."""
        return round((self.end.arrival_at - self.start.departure_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A wanted bin that no route serves, with the true reason."""

    bin_id: str
    wish: Wish
    fill_level: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a plan breaks, as the verifier found it."""

    kind: str
    vehicle_id: str
    place_ref: str
    detail: str


class PlanStatus(StrEnum):
    """A plan is a draft until a person publishes it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Plan:
    """All routes of one depot and day, and every bin that was wanted but left.

    Parameters
    ----------
    as_of_at
        The instant whose knowledge it uses: no reading received to later instants was looked at.
    provenance
        Where every figure came from: travel times, forecast, solver, seed, budget, costs.
    is_estimate
        True where travel times are not from a road network.
    """

    plan_id: str
    depot_id: str
    service_date: date
    as_of_at: datetime
    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    violations: tuple[Violation, ...] = ()
    status: PlanStatus = PlanStatus.DRAFT
    is_estimate: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)
    published_at: datetime | None = None
    published_by: str = ""

    @property
    def distance_m(self) -> int:
        """Metres driven by all vehicles."""
        return sum(route.distance_m for route in self.routes)

    @property
    def cost_eur(self) -> float:
        """What all routes cost."""
        return sum(route.cost_eur for route in self.routes)

    def services(self) -> Iterator[Stop]:
        """Every emptying of the plan, route after route."""
        for route in self.routes:
            yield from route.services


class RequestStatus(StrEnum):
    """Where a request for a plan stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A wish for a plan, left in the store for a worker to take.

    Parameters
    ----------
    seed
        Same request, same seed, same data: same plan.
    requested_bin_ids
        Bins that a person wants served, whatever the forecast says.
    """

    request_id: str
    depot_id: str
    service_date: date
    as_of_at: datetime
    seed: int = 0
    requested_bin_ids: tuple[str, ...] = ()
    status: RequestStatus = RequestStatus.QUEUED
    plan_id: str = ""
    error: str = ""
    progress: str = ""
