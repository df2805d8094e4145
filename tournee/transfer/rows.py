"""One flat row per bin, vehicle or site <-> domain. The column names are the ones of `docs/settings.md`'s tables."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_serializer, field_validator

from tournee.domain import (
    Bin,
    Break,
    BreakRule,
    Counted,
    CurbSide,
    Depot,
    DisposalFacility,
    Location,
    Sensor,
    Shift,
    TruckDimensions,
    Vehicle,
    WasteStream,
)
from tournee.opening import check_opening_hours


def _opening_hours(text: str) -> str:
    check_opening_hours(text)
    return text


Id = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^/#+\s]+$")
]  # it becomes a level of an MQTT topic
Name = Annotated[str, Field(min_length=1, max_length=200)]
OpeningHoursText = Annotated[str, AfterValidator(_opening_hours)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


SENSOR_COLUMNS = {"sensor_id", "sensor_mount", "sensor_profile", "empty_distance_mm", "full_distance_mm"}


class FlatRow(BaseModel):
    """A row of a file: closed to columns that nobody reads; an empty cell is the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BinRow(FlatRow):
    """A bin, and its sensor where it has one; `vehicle_ids` reads `truck-1 truck-2`, the only ones that may come."""

    bin_id: Id
    place_id: str = ""
    depot_id: Id
    address: Name
    lat: Latitude
    lon: Longitude
    waste_stream: WasteStream
    container_type: str = "wheeled"
    volume_l: float = Field(gt=0, le=100_000)
    density_kg_per_m3: float = Field(gt=0, le=2_000)
    place_time_s: int = Field(120, ge=0, le=7_200)
    service_time_s: int = Field(60, ge=0, le=7_200)
    opening_hours: OpeningHoursText = ""
    curb_side: CurbSide = CurbSide.EITHER
    district: str = ""
    note: str = ""
    vehicle_ids: frozenset[Id] = frozenset()
    sensor_id: str = ""
    sensor_mount: str = "lid"
    empty_distance_mm: float = Field(0, ge=0, le=20_000)
    full_distance_mm: float = Field(0, ge=0, le=20_000)
    sensor_profile: str = Field("", max_length=100)

    @field_validator("vehicle_ids", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_serializer("vehicle_ids")
    def _join(self, value: frozenset[str]) -> str:
        return " ".join(sorted(value))

    def bin(self) -> Bin:
        """Return the bin; without a `place_id` it stands alone."""
        values = self.model_dump(exclude=SENSOR_COLUMNS | {"lat", "lon"})
        values |= {"place_id": self.place_id or self.bin_id, "vehicle_ids": self.vehicle_ids}
        return Bin(**values, location=Location(self.lat, self.lon))

    def sensor(self) -> Sensor | None:
        """Return the sensor, where the row has one."""
        if not self.sensor_id:
            return None
        span = self.empty_distance_mm, self.full_distance_mm
        return Sensor(self.sensor_id, self.bin_id, self.sensor_mount, *span, self.sensor_profile)

    @classmethod
    def of(cls, each: Bin, sensor: Sensor | None) -> Self:
        """Write a bin and its sensor."""
        values = asdict(each) | {"lat": each.location.lat, "lon": each.location.lon}
        del values["location"]
        if sensor is not None:
            geometry = {
                "empty_distance_mm": sensor.empty_distance_mm,
                "full_distance_mm": sensor.full_distance_mm,
            }
            values |= {"sensor_id": sensor.sensor_id, "sensor_mount": sensor.mount} | geometry
            values["sensor_profile"] = sensor.profile
        return cls(**values)


class SiteRow(FlatRow):
    """A depot or a disposal facility."""

    kind: Literal["depot", "facility"]
    site_id: Id
    name: Name
    lat: Latitude
    lon: Longitude
    waste_streams: frozenset[WasteStream] = frozenset()
    unloading_time_s: int = Field(900, ge=0, le=14_400)
    queue_time_s: int = Field(0, ge=0, le=14_400)
    opening_hours: OpeningHoursText = ""

    @field_validator("waste_streams", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_serializer("waste_streams")
    def _join(self, value: frozenset[WasteStream]) -> str:
        return " ".join(sorted(value))

    def site(self) -> Depot | DisposalFacility:
        """Return the depot or facility."""
        place = Location(self.lat, self.lon)
        if self.kind == "depot":
            return Depot(self.site_id, self.name, place, self.opening_hours)
        times = self.unloading_time_s, self.opening_hours, self.queue_time_s
        return DisposalFacility(self.site_id, self.name, place, self.waste_streams, *times)

    @classmethod
    def of(cls, site: Depot | DisposalFacility) -> Self:
        """Write a depot or facility."""
        common = {
            "name": site.name,
            "lat": site.location.lat,
            "lon": site.location.lon,
            "opening_hours": site.opening_hours,
        }
        if isinstance(site, Depot):
            return cls(kind="depot", site_id=site.depot_id, **common)
        return cls(
            kind="facility",
            site_id=site.facility_id,
            waste_streams=site.waste_streams,
            unloading_time_s=site.unloading_time_s,
            queue_time_s=site.queue_time_s,
            **common,
        )


class VehicleRow(FlatRow):
    """A truck and its shift; `compaction` reads `residual=5 paper=3`, `breaks` reads `10:00-12:00=30` (minutes).

    `break_rules` reads `work=6:00/20 driving=4:30/45/15+30`: after how long at the latest, minutes, and perhaps the
    same in parts.
    """

    vehicle_id: Id
    depot_id: Id
    name: Name
    waste_streams: frozenset[WasteStream] = Field(min_length=1)
    payload_kg: float = Field(gt=0, le=60_000)
    body_m3: float = Field(gt=0, le=150)
    compaction: dict[WasteStream, Annotated[float, Field(ge=1, le=20)]] = {}
    shift_start: time
    shift_end: time
    breaks: tuple[Break, ...] = ()
    break_rules: tuple[BreakRule, ...] = ()
    length_m: float = Field(9.5, gt=0, le=40)
    width_m: float = Field(2.5, gt=0, le=5)
    height_m: float = Field(3.6, gt=0, le=6)
    weight_t: float = Field(19.0, gt=0, le=60)
    axle_load_t: float = Field(10.0, gt=0, le=20)
    cost_per_km_eur: float = Field(1.2, ge=0, le=1_000)
    cost_per_hour_eur: float = Field(100.0, ge=0, le=10_000)
    overtime_max_s: int = Field(0, ge=0, le=43_200)
    overtime_cost_per_hour_eur: float = Field(50.0, ge=0, le=10_000)
    cost_per_use_eur: float = Field(0.0, ge=0, le=10_000)
    stops_max: int | None = Field(None, ge=1, le=10_000)
    day_max_kg: float | None = Field(None, gt=0, le=1_000_000)
    day_max_m3: float | None = Field(None, gt=0, le=10_000)

    @field_validator("waste_streams", mode="before")
    @classmethod
    def _split_streams(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_serializer("waste_streams")
    def _join_streams(self, value: frozenset[WasteStream]) -> str:
        return " ".join(sorted(value))

    @field_validator("compaction", mode="before")
    @classmethod
    def _split_compaction(cls, value: object) -> object:
        return dict(_pair(part, "residual=5") for part in value.split()) if isinstance(value, str) else value

    @field_serializer("compaction")
    def _join_compaction(self, value: dict[WasteStream, float]) -> str:
        return " ".join(f"{stream}={ratio:g}" for stream, ratio in sorted(value.items()))

    @field_validator("breaks", mode="before")
    @classmethod
    def _split_breaks(cls, value: object) -> object:
        return tuple(map(_break, value.split())) if isinstance(value, str) else value

    @field_serializer("breaks")
    def _join_breaks(self, value: tuple[Break, ...]) -> str:
        return " ".join(f"{b.earliest:%H:%M}-{b.latest:%H:%M}={b.duration_s // 60}" for b in value)

    @field_validator("break_rules", mode="before")
    @classmethod
    def _split_rules(cls, value: object) -> object:
        return tuple(map(_break_rule, value.split())) if isinstance(value, str) else value

    @field_serializer("break_rules")
    def _join_rules(self, value: tuple[BreakRule, ...]) -> str:
        return " ".join(map(_rule_text, value))

    @field_serializer("shift_start", "shift_end")
    def _clock(self, value: time) -> str:
        return f"{value:%H:%M}"

    @field_validator("shift_end")
    @classmethod
    def _after_start(cls, end: time, info: object) -> time:
        start = getattr(info, "data", {}).get("shift_start")
        if start is not None and end <= start:
            message = f"a time after shift_start {start:%H:%M}, the same day"
            raise ValueError(message)
        return end

    def vehicle(self) -> Vehicle:
        """Return the vehicle."""
        sizes = set(TruckDimensions.__slots__)
        values = {name: getattr(self, name) for name in type(self).model_fields}
        dimensions = TruckDimensions(**{name: values.pop(name) for name in sizes})
        shift = Shift(*(values.pop(name) for name in ("shift_start", "shift_end", "breaks", "break_rules")))
        return Vehicle(**values, shift=shift, dimensions=dimensions)

    @classmethod
    def of(cls, vehicle: Vehicle) -> Self:
        """Write a vehicle."""
        names = set(cls.model_fields) & set(Vehicle.__slots__)
        shift = {
            "shift_start": vehicle.shift.start,
            "shift_end": vehicle.shift.end,
            "breaks": vehicle.shift.breaks,
            "break_rules": vehicle.shift.break_rules,
        }
        return cls(**{name: getattr(vehicle, name) for name in names} | shift | asdict(vehicle.dimensions))


def _pair(part: str, example: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        message = f"pairs such as {example}"
        raise ValueError(message)
    return name, value


def _break(part: str) -> Break:
    window, minutes = _pair(part, "10:00-12:00=30 (earliest, latest, minutes)")
    earliest, _, latest = window.partition("-")
    return Break(time.fromisoformat(earliest), time.fromisoformat(latest), 60 * int(minutes))


def _break_rule(part: str) -> BreakRule:
    example = "work=6:00/20 or driving=4:30/45/15+30 (hours, minutes, parts)"
    counts, figures = _pair(part, example)
    after, *minutes = figures.split("/")
    hours, colon, rest = after.partition(":")
    if not colon or not 1 <= len(minutes) <= 2 or counts not in set(Counted):
        message = f"pairs such as {example}"
        raise ValueError(message)
    parts = tuple(60 * int(one) for one in minutes[1].split("+")) if minutes[1:] else ()
    rule = BreakRule(Counted(counts), 3_600 * int(hours) + 60 * int(rest), 60 * int(minutes[0]), parts)
    if min(rule.limit_s, rule.break_s, *parts, rule.break_s) <= 0:
        message = f"hours and minutes above 0, such as {example}"
        raise ValueError(message)
    return rule


def _rule_text(rule: BreakRule) -> str:
    hours, minutes = divmod(rule.limit_s // 60, 60)
    parts = "/" + "+".join(str(part // 60) for part in rule.parts) if rule.parts else ""
    return f"{rule.counts}={hours}:{minutes:02d}/{rule.break_s // 60}{parts}"
