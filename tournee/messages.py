"""Our own MQTT contract: topics, and payload <-> domain. Pure; the page for people is `docs/messages.md`.

Topics are `{prefix}/readings/{bin_id}` and `{prefix}/services/{bin_id}`, QoS 1, one JSON object a message.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from tournee.domain import Reading, Sensor, ServiceEvent, ServiceOutcome
from tournee.errors import MessageRejected, RejectionReason


class Subject(StrEnum):
    """What a message is about: the topic's last level but one."""

    READINGS = "readings"
    SERVICES = "services"


AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]
Fraction = Annotated[float, msgspec.Meta(ge=0)]


class ReadingMessage(msgspec.Struct, omit_defaults=True, frozen=True):
    """The payload of a reading: a fill level, or a distance that the bin's geometry turns into one."""

    measured_at: AwareInstant
    fill_level: float | None = None
    distance_mm: float | None = None
    sensor_id: str = ""
    temperature_c: float | None = None
    battery_v: float | None = None


class ServiceMessage(msgspec.Struct, omit_defaults=True, frozen=True):
    """The payload of a service: what a crew did at a bin."""

    served_at: AwareInstant
    outcome: ServiceOutcome = ServiceOutcome.SERVED
    skip_reason: str = ""
    vehicle_id: str = ""
    plan_id: str = ""
    fill_level_seen: Fraction | None = None


_encoder = msgspec.json.Encoder()
_reading_decoder = msgspec.json.Decoder(ReadingMessage)
_service_decoder = msgspec.json.Decoder(ServiceMessage)


def reading_topic(prefix: str, bin_id: str) -> str:
    """Return the topic on which a bin's sensor speaks."""
    return f"{prefix}/{Subject.READINGS}/{bin_id}"


def service_topic(prefix: str, bin_id: str) -> str:
    """Return the topic on which a bin's services are reported."""
    return f"{prefix}/{Subject.SERVICES}/{bin_id}"


def subscriptions(prefix: str, share_group: str = "") -> tuple[str, ...]:
    """Return the topic filters that hear everything of ours, unknown subjects included: they are kept, refused.

    With a group, the broker gives each message to one of the group's collectors (MQTT 5, 4.8.2).
    """
    shared = f"$share/{share_group}/" if share_group else ""
    return (f"{shared}{prefix}/#",)


def read_topic(prefix: str, topic: str) -> tuple[Subject, str]:
    """Return the subject and the bin id of a topic, or refuse it."""
    parts = topic.removeprefix(f"{prefix}/").split("/")
    if not topic.startswith(f"{prefix}/") or len(parts) != 2 or parts[0] not in set(Subject) or not parts[1]:
        wanted = f"{prefix}/readings/BIN_ID or {prefix}/services/BIN_ID"
        raise MessageRejected(topic, RejectionReason.UNKNOWN_TOPIC, f"the topic is not {wanted}")
    return Subject(parts[0]), parts[1]


def encode_reading(reading: Reading) -> bytes:
    """Return the payload of a reading."""
    known = {name: getattr(reading, name) for name in ReadingMessage.__struct_fields__}
    return _encoder.encode(ReadingMessage(**known))


def encode_service(service: ServiceEvent) -> bytes:
    """Return the payload of a service."""
    known = {name: getattr(service, name) for name in ServiceMessage.__struct_fields__}
    return _encoder.encode(ServiceMessage(**known))


def decode_reading(
    topic: str, payload: bytes, bin_id: str, sensor: Sensor | None, received_at: datetime
) -> Reading:
    """Return the reading in a payload; a distance becomes a fill level by the geometry of the bin's sensor.

    Raises
    ------
    MessageRejected
        The payload is no JSON of this shape, or names a distance where the bin has no sensor with a geometry.
    """
    said = _decoded(_reading_decoder, topic, payload)
    return Reading(
        bin_id=bin_id,
        measured_at=said.measured_at,
        received_at=received_at,
        fill_level=_fill_level(topic, said, sensor),
        sensor_id=said.sensor_id or (sensor.sensor_id if sensor else ""),
        distance_mm=said.distance_mm,
        temperature_c=said.temperature_c,
        battery_v=said.battery_v,
    )


def decode_service(topic: str, payload: bytes, bin_id: str) -> ServiceEvent:
    """Return the service in a payload, or raise `MessageRejected`."""
    said = _decoded(_service_decoder, topic, payload)
    return ServiceEvent(
        bin_id=bin_id,
        served_at=said.served_at,
        outcome=said.outcome,
        skip_reason=said.skip_reason,
        vehicle_id=said.vehicle_id,
        plan_id=said.plan_id,
        fill_level_seen=said.fill_level_seen,
    )


def _decoded[Message: msgspec.Struct](
    decoder: msgspec.json.Decoder[Message], topic: str, payload: bytes
) -> Message:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, str(broken)) from broken
    except RecursionError as deep:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, "nested too deeply") from deep


def _fill_level(topic: str, said: ReadingMessage, sensor: Sensor | None) -> float:
    if said.fill_level is not None:
        return said.fill_level
    if said.distance_mm is None:
        raise MessageRejected(
            topic, RejectionReason.UNREADABLE, "neither `fill_level` nor `distance_mm` is there"
        )
    if sensor is None or sensor.empty_distance_mm <= sensor.full_distance_mm:
        detail = f"`distance_mm` {said.distance_mm:g}: the bin has no sensor whose empty and full distances are known"
        raise MessageRejected(topic, RejectionReason.UNREADABLE, detail)
    return sensor.fill_level(said.distance_mm)
