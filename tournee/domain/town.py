"""What stands in the town: bins, sensors, depots, disposal facilities, vehicles and their shifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import NamedTuple

TAKEN_MAX = 2.0
"""Crews take along what lies beside an overflowing bin, up to its own volume again; a forecast knows no such end."""


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
    vehicle_ids
        The only vehicles that may come for it, where it asks for a crane or a small truck; none named: any.
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
    vehicle_ids: frozenset[str] = frozenset()

    def loose_l(self, fill_level: float) -> float:
        """Return the litres that a crew takes from it at a fill level."""
        return self.volume_l * min(max(fill_level, 0.0), TAKEN_MAX)


@dataclass(frozen=True, slots=True)
class Sensor:
    """A level sensor on a bin: the two distances turn an echo into a fill level.

    Parameters
    ----------
    sensor_id
        What it calls itself; a LoRaWAN device by its DevEUI, in capitals or not.
    profile
        What kind of device it is, by the name of a device profile; empty takes the profile of the source that it speaks through.
    """

    sensor_id: str
    bin_id: str
    mount: str = "lid"
    empty_distance_mm: float = 0.0
    full_distance_mm: float = 0.0
    profile: str = ""

    @property
    def has_geometry(self) -> bool:
        """Whether its two distances can turn an echo into a level."""
        return self.empty_distance_mm > self.full_distance_mm

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
    """Where trucks unload; it takes the named streams only, in its opening hours only.

    Parameters
    ----------
    queue_time_s
        How long a truck usually stands in line before it unloads, seconds, >= 0.
    """

    facility_id: str
    name: str
    location: Location
    waste_streams: frozenset[WasteStream]
    unloading_time_s: int = 900
    opening_hours: str = ""
    queue_time_s: int = 0


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


class Counted(StrEnum):
    """What a break rule counts between two breaks."""

    WORK = "work"  # everything from leaving to being back, but breaks
    DRIVING = "driving"


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break that is due by what was done and not by the clock; any break that is long enough counts.

    Parameters
    ----------
    counts, limit_s
        After at most so many seconds of work, or of driving, since the last such break.
    break_s
        How long the break is at least, without interruption.
    parts
        The same break in parts, in this order, each at least so long; empty: it may not be split.
    """

    counts: Counted
    limit_s: int
    break_s: int
    parts: tuple[int, ...] = ()


SIX_HOURS_OF_WORK = BreakRule(Counted.WORK, 21_600, 1_200)
"""20 minutes once six hours of work are reached: French Code du travail, L3121-16."""

HOURS_AT_THE_WHEEL = BreakRule(Counted.DRIVING, 16_200, 2_700, (900, 1_800))
"""45 minutes after four and a half hours of driving, or 15 and then 30: Regulation (EC) 561/2006, article 7.

Member states may exempt household collection, so it is a vehicle's own.
"""


@dataclass(frozen=True, slots=True)
class Shift:
    """A working window in local time; the truck leaves its depot and is back inside it."""

    start: time
    end: time
    breaks: tuple[Break, ...] = ()
    break_rules: tuple[BreakRule, ...] = ()


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
    cost_per_use_eur
        What sending it out at all costs, however short its round.
    stops_max, day_max_kg, day_max_m3
        Bins, and what they add up to, of the whole day over all its trips, m³ as compacted in it; None: as much as it has time for.
    overtime_max_s, overtime_cost_per_hour_eur
        By how much it may be back after its shift, and what such an hour costs on top of what any hour does.
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
    overtime_max_s: int = 0
    overtime_cost_per_hour_eur: float = 50.0
    cost_per_use_eur: float = 0.0
    stops_max: int | None = None
    day_max_kg: float | None = None
    day_max_m3: float | None = None

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
