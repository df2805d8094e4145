"""One flat row per bin or site <-> domain. `docs/files.md` says what each column means."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from tournee.domain import (
    Bin,
    CurbSide,
    Depot,
    DisposalFacility,
    Location,
    Sensor,
    WasteStream,
)
from tournee.opening import check_opening_hours


def _opening_hours(text: str) -> str:
    check_opening_hours(text)
    return text


def _split(cell: object) -> object:
    return cell.split() if isinstance(cell, str) else cell


def _joined(words: frozenset[str]) -> str:
    return " ".join(sorted(words))


Id = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^/#+\s]+$")
]  # it becomes a level of an MQTT topic
Name = Annotated[str, Field(min_length=1, max_length=200)]
OpeningHoursText = Annotated[str, AfterValidator(_opening_hours)]
Ids = Annotated[frozenset[Id], BeforeValidator(_split), PlainSerializer(_joined)]
Streams = Annotated[frozenset[WasteStream], BeforeValidator(_split), PlainSerializer(_joined)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


SENSOR_COLUMNS = {"sensor_id", "sensor_mount", "sensor_profile", "empty_distance_mm", "full_distance_mm"}


class FlatRow(BaseModel):
    """A row of a file: closed to columns that nobody reads; an empty cell is the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BinRow(FlatRow):
    """A bin, and its sensor where it has one; `vehicle_ids` reads `truck-1 truck-2`, the only ones that may come."""

    bin_id: Id = Field(description="its name, and a level of its MQTT topic: no `/`, `#`, `+` or space")
    place_id: str = Field(
        "", description="bins with the same one share a place, and its setup; empty: it stands alone"
    )
    depot_id: Id = Field(description="the depot whose trucks come")
    address: Name = Field(description="what people call the place")
    lat: Latitude = Field(description="WGS 84; in GeoJSON the geometry")
    lon: Longitude = Field(description="WGS 84; in GeoJSON the geometry")
    waste_stream: WasteStream = Field(description="what is thrown in")
    container_type: str = Field("wheeled", description="wheeled, underground, igloo and so on; for people")
    volume_l: float = Field(gt=0, le=100_000, description="inner volume in litres")
    density_kg_per_m3: float = Field(gt=0, le=2_000, description="of what is inside, loose")
    place_time_s: int = Field(120, ge=0, le=7_200, description="standing time once per place, in seconds")
    service_time_s: int = Field(60, ge=0, le=7_200, description="standing time for this bin, in seconds")
    opening_hours: OpeningHoursText = Field(
        "",
        description="when it may be emptied, as OpenStreetMap writes it: `Mo-Fr 06:00-14:00`; empty: always",
    )
    curb_side: CurbSide = Field(
        CurbSide.EITHER, description="`same`: a truck must come from its side of the street"
    )
    district: str = Field("", description="for the margin between districts, and reports")
    note: str = Field("", description="for the driver")
    vehicle_ids: Ids = Field(
        frozenset(), description="the only vehicles that may come for it, apart by spaces; empty: any"
    )
    sensor_id: str = Field("", description="of its level sensor, a LoRaWAN device by its DevEUI; empty: none")
    sensor_mount: str = Field("lid", description="where the sensor sits; for people")
    empty_distance_mm: float = Field(0, ge=0, le=20_000, description="what the sensor measures to the bottom")
    full_distance_mm: float = Field(
        0, ge=0, le=20_000, description="what it measures to the content of a full bin"
    )
    sensor_profile: str = Field(
        "", max_length=100, description="the device profile that decodes it; empty: its source's"
    )

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

    kind: Literal["depot", "facility"] = Field(description="which of the two it is")
    site_id: Id = Field(description="its name")
    name: Name = Field(description="what people call it")
    lat: Latitude = Field(description="WGS 84")
    lon: Longitude = Field(description="WGS 84")
    waste_streams: Streams = Field(frozenset(), description="what a facility takes, apart by spaces")
    unloading_time_s: int = Field(
        900, ge=0, le=14_400, description="how long a truck unloads there, in seconds"
    )
    queue_time_s: int = Field(
        0, ge=0, le=14_400, description="how long it usually stands in line before, in seconds"
    )
    opening_hours: OpeningHoursText = Field("", description="as OpenStreetMap writes it; empty: always")

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
