"""Domain objects <-> rows. Where a column and an attribute share a name, nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import time
from functools import cache
from typing import Any

from sqlalchemy import RowMapping

from tournee.domain import (
    Bin,
    Break,
    BreakRule,
    Counted,
    CurbSide,
    DayChange,
    DayChangeKind,
    Depot,
    DeviceState,
    DisposalFacility,
    Forecast,
    ForecastBasis,
    Grade,
    Location,
    MessageStatus,
    PlanRequest,
    PostedMessage,
    Quality,
    Reading,
    RequestStatus,
    Sensor,
    ServiceEvent,
    ServiceOutcome,
    ServiceSource,
    Shift,
    TruckDimensions,
    Vehicle,
    WasteStream,
)

type Values = dict[str, Any]


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def plain(thing: Any) -> Values:
    """Return the attributes of a dataclass, one level deep, with its location as `lat` and `lon`."""
    values = {name: getattr(thing, name) for name in _names(thing.__class__)}
    if (location := values.pop("location", None)) is not None:
        values |= {"lat": location.lat, "lon": location.lon}
    return values


def place_of(row: RowMapping) -> Location:
    """Return the location in a row."""
    return Location(row["lat"], row["lon"])


def pick(row: RowMapping, kind: type, *without: str) -> Values:
    """Return the values of a row that are attributes of `kind`, except the named ones."""
    return {name: row[name] for name in _names(kind) if name not in without and name in row}


def _streams(names: Iterable[str]) -> frozenset[WasteStream]:
    return frozenset(WasteStream(name) for name in names)


def depot_of(row: RowMapping) -> Depot:
    """Read a depot."""
    return Depot(**pick(row, Depot), location=place_of(row))


def facility_row(facility: DisposalFacility) -> Values:
    """Write a disposal facility."""
    return plain(facility) | {"waste_streams": sorted(facility.waste_streams)}


def facility_of(row: RowMapping) -> DisposalFacility:
    """Read a disposal facility."""
    values = pick(row, DisposalFacility, "waste_streams")
    return DisposalFacility(**values, location=place_of(row), waste_streams=_streams(row["waste_streams"]))


def vehicle_row(vehicle: Vehicle) -> Values:
    """Write a vehicle with its shift, breaks and dimensions."""
    values = plain(vehicle)
    shift, dimensions = values.pop("shift"), values.pop("dimensions")
    return (
        values
        | asdict(dimensions)
        | {
            "waste_streams": sorted(vehicle.waste_streams),
            "compaction": dict(vehicle.compaction),
            "shift_start": f"{shift.start:%H:%M}",
            "shift_end": f"{shift.end:%H:%M}",
            "breaks": [[f"{b.earliest:%H:%M}", f"{b.latest:%H:%M}", b.duration_s] for b in shift.breaks],
            "break_rules": [[r.counts.value, r.limit_s, r.break_s, list(r.parts)] for r in shift.break_rules],
        }
    )


def vehicle_of(row: RowMapping) -> Vehicle:
    """Read a vehicle with its shift, breaks and dimensions."""
    breaks = tuple(Break(time.fromisoformat(a), time.fromisoformat(b), s) for a, b, s in row["breaks"])
    rules = tuple(BreakRule(Counted(a), b, c, tuple(parts)) for a, b, c, parts in row["break_rules"])
    start, end = time.fromisoformat(row["shift_start"]), time.fromisoformat(row["shift_end"])
    return Vehicle(
        **pick(row, Vehicle, "waste_streams", "compaction"),
        waste_streams=_streams(row["waste_streams"]),
        compaction={WasteStream(name): ratio for name, ratio in row["compaction"].items()},
        dimensions=TruckDimensions(**pick(row, TruckDimensions)),
        shift=Shift(start, end, breaks, rules),
    )


def bin_row(each: Bin) -> Values:
    """Write a bin."""
    return plain(each) | {"vehicle_ids": sorted(each.vehicle_ids)}


def bin_of(row: RowMapping) -> Bin:
    """Read a bin."""
    return Bin(
        **pick(row, Bin, "waste_stream", "curb_side", "vehicle_ids"),
        vehicle_ids=frozenset(row["vehicle_ids"]),
        location=place_of(row),
        waste_stream=WasteStream(row["waste_stream"]),
        curb_side=CurbSide(row["curb_side"]),
    )


def sensor_of(row: RowMapping) -> Sensor:
    """Read a sensor."""
    return Sensor(**pick(row, Sensor))


def reading_of(row: RowMapping) -> Reading:
    """Read a measurement; the row is joined with its bin's id."""
    return Reading(**pick(row, Reading, "quality"), quality=Quality(row["quality"]))


def device_state_of(row: RowMapping) -> DeviceState:
    """Read what a device says of itself."""
    return DeviceState(**pick(row, DeviceState))


def posted_message_of(row: RowMapping) -> PostedMessage:
    """Read a message that came over HTTP."""
    return PostedMessage(**pick(row, PostedMessage, "status"), status=MessageStatus(row["status"]))


def service_of(row: RowMapping) -> ServiceEvent:
    """Read a service; the row is joined with its bin's id."""
    return ServiceEvent(
        **pick(row, ServiceEvent, "source", "outcome"),
        source=ServiceSource(row["source"]),
        outcome=ServiceOutcome(row["outcome"]),
    )


def forecast_of(row: RowMapping) -> Forecast:
    """Read a forecast; the row is joined with its bin's id."""
    return Forecast(
        **pick(row, Forecast, "quantiles", "basis", "sensor_grade"),
        quantiles=tuple((p, level) for p, level in row["quantiles"]),
        basis=ForecastBasis(row["basis"]),
        sensor_grade=Grade(row["sensor_grade"]) if row["sensor_grade"] else None,
    )


def request_of(row: RowMapping) -> PlanRequest:
    """Read a request for a plan."""
    return PlanRequest(
        **pick(row, PlanRequest, "requested_bin_ids", "status", "changes"),
        requested_bin_ids=tuple(row["requested_bin_ids"]),
        status=RequestStatus(row["status"]),
        changes=changes_of(row),
    )


def changes_of(row: RowMapping) -> tuple[DayChange, ...]:
    """Read what happened in the day."""
    return tuple(DayChange(DayChangeKind(one["kind"]), one["ref"]) for one in row["changes"])


def request_row(request: PlanRequest) -> Values:
    """Write a request for a plan."""
    return plain(request) | {"changes": [plain(change) for change in request.changes]}


def without(values: Mapping[str, Any] | RowMapping, *names: str) -> Values:
    """Return a copy of `values` without some of its keys."""
    return {name: value for name, value in values.items() if name not in names}
