"""What is measured and what is done: readings, refused messages, services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Quality(StrEnum):
    """How far a reading is trusted. A refused one is no reading: it becomes a `Refusal`."""

    ACCEPTED = "accepted"
    SUSPICIOUS = "suspicious"


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement. `measured_at` is the sensor's clock, `received_at` ours.

    Parameters
    ----------
    battery_level
        Charge as a fraction, where the device says no voltage.
    rssi_dbm
        Strength of the radio signal at the gateway that heard it best.
    frame_counter
        LoRaWAN's count of the device's messages: a retransmission carries the same.
    quality_reason
        Why it is suspicious; also what was put right in an accepted one.
    """

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
    battery_level: float | None = None
    is_tilted: bool | None = None
    rssi_dbm: float | None = None
    frame_counter: int | None = None


class LatestLevel(NamedTuple):
    """What a map needs of a bin's newest reading: thousands of them are asked for at once."""

    measured_at: datetime
    fill_level: float
    quality: Quality = Quality.ACCEPTED


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that could not be read or believed, kept with its reason; repeats are counted, not copied."""

    topic: str
    payload: bytes
    reason: str
    detail: str
    received_at: datetime
    count: int = 1


class MessageStatus(StrEnum):
    """What became of a message that came over HTTP."""

    WAITING = "waiting"
    STORED = "stored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message that came over HTTP: it waits in the store for a collector, and keeps what became of it.

    Parameters
    ----------
    source
        Which wire format it is in: `native`, or one of the network servers.
    num_readings
        Readings in it that were kept, repeats included.
    detail
        Why it, or the first bad part of it, was refused.
    """

    message_id: str
    source: str
    payload: bytes
    received_at: datetime
    status: MessageStatus = MessageStatus.WAITING
    num_readings: int = 0
    reason: str = ""
    detail: str = ""


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
