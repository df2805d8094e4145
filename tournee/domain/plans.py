"""What is known, wanted and decided: forecasts, wishes, reasons, stops, routes, plans and requests for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from tournee.domain.changes import DayChange
from tournee.domain.devices import Grade
from tournee.domain.town import Location, WasteStream


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
    sensor_grade
        How far the bin's sensor can be relied on, by what its echoes were worth; None without one.
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
    sensor_grade: Grade | None = None


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
    CAN_WAIT = "can_wait"  # no: probability, threshold, risk_until_at, what leaving it costs or saves
    REMOVED = "removed"  # no, any more: removed_at
    DETOUR_TOO_LONG = "detour_too_long"  # may, left: detour_eur, penalty_eur
    NO_TRUCK_FOR_STREAM = "no_truck_for_stream"  # waste_stream
    NO_FACILITY_FOR_STREAM = "no_facility_for_stream"
    CLOSED_ALL_DAY = "closed_all_day"
    OFF_ROAD = "off_road"  # distance_m, max_snap_m
    TOO_BIG_FOR_ANY_TRUCK = "too_big_for_any_truck"  # demand_kg, demand_l
    NO_TIME_LEFT = "no_time_left"  # shift_end
    OTHER_CONSTRAINT = "other_constraint"  # violation


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The rule that stands against a bin on one truck, at the truck's best place for it, with its figures.

    Parameters
    ----------
    rule
        The kind of violation that serving it would be.
    """

    vehicle_id: str
    rule: str
    facts: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """A decision's reason, with the figures it was taken on; `obstacles` where no truck can take a bin."""

    code: ReasonCode
    facts: Mapping[str, float | str] = field(default_factory=dict)
    obstacles: tuple[Obstacle, ...] = ()


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
    `is_done` was made before the plan was changed in the day; `is_locked` a person fixed to its truck and order.
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
    is_done: bool = False
    is_locked: bool = False

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
    """A bin that no route serves, with the true reason; its `wish` is no where nobody wants it today."""

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
    """All routes of one depot and day, and every bin that they leave, each with its reason.

    Parameters
    ----------
    unassigned
        Bins that are wanted today.
    not_wanted
        Those that can wait; none in a plan made before these were kept.
    as_of_at
        The instant whose knowledge it uses: no reading received to later instants was looked at.
    provenance
        Where every figure came from: travel times, forecast, solver, seed, budget, costs.
    previous_plan_id
        The published plan that it changes in the day; empty for a plan made from forecasts.
    changes
        What happened in the day until then, what earlier changes told of included.
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
    previous_plan_id: str = ""
    changes: tuple[DayChange, ...] = ()
    not_wanted: tuple[Unassigned, ...] = ()

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
    progress
        The `PlanPhase` that its worker is in; empty before and after.
    share, best_cost_eur
        How far that is, as `Progress` says it.
    previous_plan_id, changes
        A published plan to be changed from `as_of_at` on, and what happened; empty for a new plan.
    is_enough
        Whether a person wants the best plan so far.
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
    previous_plan_id: str = ""
    changes: tuple[DayChange, ...] = ()
    share: float | None = None
    best_cost_eur: float | None = None
    is_enough: bool = False
