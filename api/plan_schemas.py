"""What goes over the wire about plans; requests for them are in `request_schemas`."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import BinId, In, Out, PersonName, Position
from api.wording import Wording
from tournee.domain import (
    DayChangeKind,
    Plan,
    PlanStatus,
    ReasonCode,
    Stop,
    StopKind,
    Trip,
    Unassigned,
    WasteStream,
    Wish,
)
from tournee.errors import NotFound


class DayChangeOut(Out):
    """One thing that happened in the day."""

    kind: DayChangeKind
    ref: str


class PublishIn(In):
    """Who takes the responsibility for a plan: a person, by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Aino Virtanen"}]})
    by: PersonName


class PlanSummaryOut(Out):
    """A plan in one line."""

    plan_id: str
    depot_id: str
    service_date: date
    status: PlanStatus
    as_of_at: AwareDatetime
    num_stops: int
    distance_m: int
    num_unassigned: int
    num_violations: int


class ObstacleOut(Out):
    """The rule that keeps one truck from a bin that none can take."""

    vehicle_id: str
    rule: str = Field(examples=["shift"])
    facts: dict[str, float | str]


class ReasonOut(BaseModel):
    """Why, as a code with its figures for programs and as a sentence for people."""

    code: ReasonCode
    facts: dict[str, float | str]
    obstacles: list[ObstacleOut] = Field(description="One per truck, where no truck can take it")
    sentence: str = Field(examples=["It may overflow before the next visit: risk 62%, limit 25%."])


class LegOut(BaseModel):
    """Travel from the stop before."""

    distance_m: int
    travel_time_s: int
    geometry: list[Position]


class StopOut(BaseModel):
    """One visit."""

    kind: StopKind
    place_ref: str = Field(description="Id of the bin, facility or depot, as `kind` says")
    label: str
    location: Position
    arrival_at: AwareDatetime
    service_start_at: AwareDatetime
    departure_at: AwareDatetime
    load_kg: float
    load_l: float
    waste_stream: WasteStream | None
    demand_kg: float
    demand_l: float
    fill_level: float | None
    wish: Wish | None
    is_done: bool = Field(description="Made before the plan was changed in the day")
    is_locked: bool = Field(description="Fixed by a person to its truck and order")
    reason: ReasonOut | None
    leg: LegOut


class TripOut(BaseModel):
    """From empty to empty."""

    waste_stream: WasteStream | None
    stops: list[StopOut]


class RouteOut(BaseModel):
    """One vehicle's shift."""

    vehicle_id: str
    vehicle_name: str
    distance_m: int
    duration_s: int
    cost_eur: float
    start: StopOut
    trips: list[TripOut]
    end: StopOut


class UnassignedOut(BaseModel):
    """A wanted bin that no route serves."""

    bin_id: BinId
    wish: Wish
    fill_level: float
    reason: ReasonOut


class NotWantedOut(BaseModel):
    """A bin that can wait: why, as a code with its figures; the sentence is at `/plans/{plan_id}/bins/{bin_id}`."""

    bin_id: BinId
    code: ReasonCode
    facts: dict[str, float | str]


class BinDecisionOut(BaseModel):
    """What a plan does with one bin, and why."""

    bin_id: BinId
    wish: Wish | None
    vehicle_id: str | None = Field(description="The truck that serves it; null where none does")
    number: int | None = Field(description="Which of its stops that is, counted from 1")
    fill_level: float | None
    reason: ReasonOut | None


class ViolationOut(Out):
    """A broken constraint."""

    kind: str
    vehicle_id: str
    place_ref: str
    detail: str


class PlanOut(BaseModel):
    """All routes of one depot and day."""

    plan_id: str
    depot_id: str
    service_date: date
    as_of_at: AwareDatetime
    status: PlanStatus
    is_estimate: bool = Field(description="Travel times are not from a road network")
    distance_m: int
    cost_eur: float
    published_at: AwareDatetime | None
    published_by: str
    previous_plan_id: str = Field(description="The plan that it changes in the day; empty for a new one")
    changes: list[DayChangeOut] = Field(description="What happened in the day until then")
    provenance: dict[str, str] = Field(description="Where every figure came from")
    routes: list[RouteOut]
    unassigned: list[UnassignedOut]
    not_wanted: list[NotWantedOut] = Field(description="Bins that can wait")
    violations: list[ViolationOut]


def plan_out(plan: Plan, wording: Wording) -> dict[str, Any]:
    """Return a plan as `PlanOut` reads it, reasons in the reader's language."""
    routes = [
        {
            "vehicle_id": route.vehicle_id,
            "vehicle_name": route.vehicle_name,
            "distance_m": route.distance_m,
            "duration_s": route.duration_s,
            "cost_eur": route.cost_eur,
            "start": _stop(route.start, wording),
            "trips": [_trip(trip, wording) for trip in route.trips],
            "end": _stop(route.end, wording),
        }
        for route in plan.routes
    ]
    return {
        **_fields(plan, "plan_id depot_id service_date as_of_at status is_estimate distance_m cost_eur"),
        **_fields(plan, "published_at published_by previous_plan_id"),
        "changes": list(plan.changes),
        "provenance": dict(plan.provenance),
        "routes": routes,
        "unassigned": [_unassigned(one, wording) for one in plan.unassigned],
        "not_wanted": [
            {"bin_id": one.bin_id, "code": one.reason.code, "facts": dict(one.reason.facts)}
            for one in plan.not_wanted
        ],
        "violations": list(plan.violations),
    }


def decision_out(plan: Plan, bin_id: str, wording: Wording) -> dict[str, Any]:
    """Return what a plan does with one bin, as `BinDecisionOut` reads it; raise `NotFound` where it says nothing of it."""
    for route in plan.routes:
        for number, stop in enumerate(route.services, start=1):
            if stop.bin_id == bin_id:
                reason = _reason(stop, wording) if stop.reason else None
                where = {"vehicle_id": route.vehicle_id, "number": number}
                return {"bin_id": bin_id, **_fields(stop, "wish fill_level"), **where, "reason": reason}
    for one in (*plan.unassigned, *plan.not_wanted):
        if one.bin_id == bin_id:
            return {**_unassigned(one, wording), "vehicle_id": None, "number": None}
    kind = "bin of this plan"
    raise NotFound(kind, bin_id)


def _trip(trip: Trip, wording: Wording) -> dict[str, Any]:
    return {"waste_stream": trip.waste_stream, "stops": [_stop(stop, wording) for stop in trip.stops]}


def _stop(stop: Stop, wording: Wording) -> dict[str, Any]:
    names = "kind place_ref label location arrival_at service_start_at departure_at load_kg load_l"
    names += " waste_stream demand_kg demand_l fill_level wish is_done is_locked"
    leg = _fields(stop.leg, "distance_m travel_time_s") | {"geometry": list(stop.leg.geometry)}
    return {**_fields(stop, names), "reason": _reason(stop, wording) if stop.reason else None, "leg": leg}


def _unassigned(one: Unassigned, wording: Wording) -> dict[str, Any]:
    return {**_fields(one, "bin_id wish fill_level"), "reason": _reason(one, wording)}


def _reason(owner: Stop | Unassigned, wording: Wording) -> dict[str, Any]:
    reason = owner.reason
    return {
        **_fields(reason, "code"),
        "facts": dict(reason.facts) if reason else {},
        "obstacles": list(reason.obstacles) if reason else [],
        "sentence": wording.reason(reason),
    }


def _fields(thing: object, names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names.split()}
