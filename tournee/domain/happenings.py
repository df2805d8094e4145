"""What is measured and what is done: readings, refused messages, services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
