"""What goes over the wire about bins, sites, readings, services and forecasts; plans are in `plan_schemas`.

One schema per direction: `...In` is what a caller sends, `...Out` what it gets. Locations are `[lon, lat]`; instants are
RFC 3339 with an offset. Domain objects are read by their attributes, so a schema is a list of fields.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tournee.domain import (
    CurbSide,
    ForecastBasis,
    Grade,
    MessageStatus,
    Quality,
    ServiceOutcome,
    ServiceSource,
    WasteStream,
)


class Out(BaseModel):
    """An answer, filled from a domain object's attributes."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """What a caller sends; a field that nobody reads is refused, as it is most often a misspelling."""

    model_config = ConfigDict(extra="forbid")


def lon_lat(place: Any) -> Any:
    """Turn our `Location(lat, lon)` into the wire's `[lon, lat]`."""
    return [place.lon, place.lat] if hasattr(place, "lat") else place


Position = Annotated[
    list[float],
    BeforeValidator(lon_lat),
    Field(
        min_length=2,
        max_length=2,
        description="[longitude, latitude], WGS84 degrees",
        examples=[[24.9414, 60.1699]],
    ),
]
BinId = Annotated[str, Field(min_length=1, max_length=200, examples=["B-0042"])]
PersonName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["Aino Virtanen"])]


class Page[Item](BaseModel):
    """A part of a long list; `total` counts all of it."""

    items: list[Item]
    total: int = Field(examples=[312])
    limit: int = Field(examples=[100])
    offset: int = Field(examples=[0])


class BinOut(Out):
    """A container."""

    bin_id: BinId
    place_id: str
    depot_id: str
    address: str = Field(examples=["Mannerheimintie 10"])
    location: Position
    waste_stream: WasteStream
    container_type: str = Field(examples=["underground"])
    volume_l: float = Field(examples=[5_000])
    service_time_s: int
    opening_hours: str = Field(examples=["Mo-Fr 06:00-14:00"])
    curb_side: CurbSide
    district: str
    note: str


class DepotOut(Out):
    """Where shifts start and end."""

    depot_id: str
    name: str
    location: Position
    opening_hours: str


class FacilityOut(Out):
    """Where trucks unload."""

    facility_id: str
    name: str
    location: Position
    waste_streams: list[WasteStream]
    unloading_time_s: int
    opening_hours: str


class VehicleOut(Out):
    """A truck."""

    vehicle_id: str
    depot_id: str
    name: str
    waste_streams: list[WasteStream]
    payload_kg: float = Field(examples=[8_000])
    body_m3: float = Field(examples=[18])


class ReadingOut(Out):
    """One measurement; `fill_level` is a fraction of the volume, over 1 is overflow."""

    bin_id: BinId
    measured_at: AwareDatetime
    received_at: AwareDatetime
    fill_level: float = Field(examples=[0.72])
    sensor_id: str
    distance_mm: float | None
    temperature_c: float | None
    battery_v: float | None
    quality: Quality
    quality_reason: str
    battery_level: float | None
    is_tilted: bool | None
    rssi_dbm: float | None
    frame_counter: int | None


class PostedOut(Out):
    """A message over HTTP; `reason` and `detail` say why it, or the first bad part of it, was refused."""

    message_id: str
    source: str
    received_at: AwareDatetime
    status: MessageStatus
    num_readings: int
    reason: str
    detail: str


class ForecastOut(Out):
    """What a bin's fill level will be; `quantiles` are pairs of probability and fill level."""

    bin_id: BinId
    made_at: AwareDatetime
    target_at: AwareDatetime
    risk_until_at: AwareDatetime
    fill_level: float = Field(examples=[0.86])
    quantiles: list[tuple[float, float]] = Field(examples=[[[0.05, 0.8], [0.5, 0.86], [0.95, 0.93]]])
    overflow_probability: float = Field(ge=0, le=1, examples=[0.31])
    rate_per_day: float
    basis: ForecastBasis
    last_measured_at: AwareDatetime | None
    last_served_at: AwareDatetime | None
    sensor_grade: Grade | None = Field(
        None, description="What the sensor's echoes were worth; poorer ones widen the quantiles"
    )


class ServiceIn(In):
    """A driver's report: a bin was emptied, or could not be, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bin_id": "B-0042",
                    "served_at": "2026-11-23T07:42:10+02:00",
                    "outcome": "served",
                    "vehicle_id": "V1",
                },
                {
                    "bin_id": "B-0043",
                    "served_at": "2026-11-23T07:49:00+02:00",
                    "outcome": "skipped",
                    "skip_reason": "no access: car parked in front",
                },
            ]
        }
    )
    bin_id: BinId
    served_at: AwareDatetime
    outcome: ServiceOutcome = ServiceOutcome.SERVED
    skip_reason: str = Field("", max_length=500)
    vehicle_id: str = Field("", max_length=200)
    plan_id: str = Field("", max_length=200)
    fill_level_seen: float | None = Field(
        None, ge=0, le=3, description="As the driver saw it, fraction of the volume"
    )

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.outcome is ServiceOutcome.SKIPPED and not self.skip_reason.strip():
            message = "a skipped bin needs a skip_reason"
            raise ValueError(message)
        return self


class ServiceOut(Out):
    """The emptying of a bin, or a visit that could not empty it."""

    bin_id: BinId
    served_at: AwareDatetime
    source: ServiceSource
    outcome: ServiceOutcome
    skip_reason: str
    vehicle_id: str
    plan_id: str
    fill_level_seen: float | None


class RefusalOut(Out):
    """A message that could not be read or believed."""

    topic: str = Field(examples=["tournee/v1/readings/B-0042"])
    reason: str = Field(examples=["out_of_range"])
    detail: str
    received_at: AwareDatetime
    count: int = Field(description="How often the same message came", examples=[3])
    payload: Annotated[str, BeforeValidator(lambda raw: raw.decode("utf-8", "replace")[:1_000])] = Field(
        description="Its first 1,000 characters", examples=['{"fill_level": 7.3}']
    )


class PartHealth(BaseModel):
    """How one part of the system is."""

    state: str = Field(pattern="^(well|reduced|ill)$", examples=["well"])
    sentence: str = Field(examples=["The database answers."])


class HealthOut(BaseModel):
    """How everything is; `state` is that of the part that is worst."""

    state: str = Field(pattern="^(well|reduced|ill)$", examples=["well"])
    parts: dict[str, PartHealth]
