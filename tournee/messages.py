"""Our own MQTT contract: topics, and payload <-> domain. Pure; the page for people is `docs/messages.md`.

Topics are `{prefix}/readings/{bin_id}` and `{prefix}/services/{bin_id}`, QoS 1, one JSON object a message, or a list of
readings from a sensor or gateway that gathers them. `{prefix}/readings` takes readings that name their bin themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec

from tournee.domain import Reading, Sensor, ServiceEvent, ServiceOutcome
from tournee.errors import MessageRejected, RejectionReason


class Subject(StrEnum):
    """What a message is about: the topic's last level but one."""

    READINGS = "readings"
    SERVICES = "services"


SUBJECTS = {subject.value: subject for subject in Subject}
AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]
Fraction = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]


class ReadingMessage(msgspec.Struct, omit_defaults=True, frozen=True):
    """The payload of a reading: a fill level, or a distance that the bin's geometry turns into one."""

    measured_at: AwareInstant
    fill_level: float | None = None
    distance_mm: float | None = None
    sensor_id: str = ""
    temperature_c: float | None = None
    battery_v: float | None = None
    battery_level: float | None = None
    is_tilted: bool | None = None
    rssi_dbm: float | None = None
    frame_counter: Count | None = None
    bin_id: str = ""


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
_list_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_service_decoder = msgspec.json.Decoder(ServiceMessage)


def reading_topic(prefix: str, bin_id: str) -> str:
    """Return the topic on which a bin's sensor speaks."""
    return f"{prefix}/{Subject.READINGS}/{bin_id}"


def service_topic(prefix: str, bin_id: str) -> str:
    """Return the topic on which a bin's services are reported."""
    return f"{prefix}/{Subject.SERVICES}/{bin_id}"


def subscriptions(topics: Iterable[str], share_group: str = "") -> tuple[str, ...]:
    """Return topic filters as a collector subscribes to them.

    With a group, the broker gives each message to one of the group's collectors (MQTT 5, 4.8.2).
    """
    shared = f"$share/{share_group}/" if share_group else ""
    return tuple(f"{shared}{topic}" for topic in topics)


def own_topics(prefix: str) -> str:
    """Return the topic filter that hears everything of ours, unknown subjects included: they are kept, refused."""
    return f"{prefix}/#"


@lru_cache(maxsize=100_000)  # bins speak again and again on the same topics
def read_topic(prefix: str, topic: str) -> tuple[Subject, str]:
    """Return the subject and the bin id of a topic, empty where each reading names its own, or refuse it."""
    parts = topic.removeprefix(f"{prefix}/").split("/")
    if parts == [Subject.READINGS]:
        return Subject.READINGS, ""
    if not topic.startswith(f"{prefix}/") or len(parts) != 2 or parts[0] not in SUBJECTS or not parts[1]:
        wanted = f"{prefix}/readings/BIN_ID or {prefix}/services/BIN_ID"
        raise MessageRejected(topic, RejectionReason.UNKNOWN_TOPIC, f"the topic is not {wanted}")
    return SUBJECTS[parts[0]], parts[1]


def encode_reading(reading: Reading) -> bytes:
    """Return the payload of a reading; its bin stands in the topic."""
    known = {name: getattr(reading, name) for name in ReadingMessage.__struct_fields__ if name != "bin_id"}
    return _encoder.encode(ReadingMessage(**known))


def encode_service(service: ServiceEvent) -> bytes:
    """Return the payload of a service."""
    known = {name: getattr(service, name) for name in ServiceMessage.__struct_fields__}
    return _encoder.encode(ServiceMessage(**known))


def is_list(payload: bytes) -> bool:
    """Tell whether a payload is a list of readings rather than one."""
    return payload[:1] == b"[" or payload.lstrip()[:1] == b"["


def decode_list(topic: str, payload: bytes) -> list[bytes]:
    """Return the payload of each reading in a list, or raise `MessageRejected`: it is no list, or holds none."""
    if not (said := _decoded(_list_decoder, topic, payload)):
        raise MessageRejected(topic, RejectionReason.UNREADABLE, "the list holds no reading")
    return [bytes(each) for each in said]


def decode_reading(topic: str, payload: bytes) -> ReadingMessage:
    """Return what a payload says of a bin, or raise `MessageRejected`: it is no JSON of this shape."""
    return _decoded(_reading_decoder, topic, payload)


def reading_of(
    topic: str, said: ReadingMessage, bin_id: str, sensor: Sensor | None, received_at: datetime
) -> Reading:
    """Return the reading in a message; a distance becomes a fill level by the geometry of the bin's sensor.

    Raises
    ------
    MessageRejected
        It names neither a level nor a distance, or a distance where the bin has no sensor with a geometry.
    """
    return Reading(
        bin_id,
        said.measured_at,
        received_at,
        said.fill_level if said.fill_level is not None else _level_by_distance(topic, said, sensor),
        said.sensor_id or (sensor.sensor_id if sensor else ""),
        said.distance_mm,
        said.temperature_c,
        said.battery_v,
        battery_level=said.battery_level,
        is_tilted=said.is_tilted,
        rssi_dbm=said.rssi_dbm,
        frame_counter=said.frame_counter,
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


def _decoded[Said](decoder: msgspec.json.Decoder[Said], topic: str, payload: bytes) -> Said:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, str(broken)) from broken
    except RecursionError as deep:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, "nested too deeply") from deep


def _level_by_distance(topic: str, said: ReadingMessage, sensor: Sensor | None) -> float:
    if said.distance_mm is None:
        raise MessageRejected(
            topic, RejectionReason.NO_LEVEL, "neither `fill_level` nor `distance_mm` is there"
        )
    if sensor is None or not sensor.has_geometry:
        detail = f"`distance_mm` {said.distance_mm:g}: the bin has no sensor whose empty and full distances are known"
        raise MessageRejected(topic, RejectionReason.NO_LEVEL, detail)
    return sensor.fill_level(said.distance_mm)
