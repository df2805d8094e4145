"""`tournee decode`: what one message of a sensor says, by which rule, or why it is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.decoders.sources import SOURCES
from collector.profiles import Profile, Profiles, measure
from collector.sandbox import Codec, Sandbox
from collector.uplink import Uplink
from tournee.domain import Sensor
from tournee.errors import ConfigError, TourneeError


@dataclass(frozen=True, slots=True)
class Trial:
    """What an installer tries: a message, and what they believe about the sensor that sent it."""

    source: str
    file: Path
    codec: str = ""
    profile: str = ""
    sensor: Sensor | None = None
    topic: str = ""


def try_message(trial: Trial, now: datetime) -> dict[str, Any]:
    """Return what a message says, step by step.

    Raises
    ------
    ConfigError
        No such source, codec or profile.
    MessageRejected
        The message can't be read.
    """
    if trial.source not in SOURCES:
        raise ConfigError("--source", trial.source, f"one of {', '.join(SOURCES)}")
    profile = Profiles().load(trial.profile)
    topic = trial.topic or trial.file.name
    uplink, *others = SOURCES[trial.source](topic, _content(trial.file))
    fields, rule = _fields(trial, profile, topic, uplink, now)
    said = asdict(measure(fields, profile, trial.sensor))
    rules = said.pop("rules")
    return {
        "device_id": uplink.device_id,
        "measured_at": uplink.measured_at.isoformat() if uplink.measured_at else None,
        "f_cnt": uplink.f_cnt,
        "f_port": uplink.f_port,
        "payload": uplink.payload.hex(),
        "rssi": uplink.rssi,
        "snr": uplink.snr,
        "others": len(others),
        "decoded_by": rule,
        "fields": dict(fields),
        "quantities": said,
        "rules": rules,
    }


def sentences(said: Mapping[str, Any]) -> Iterator[str]:
    """Yield the same for people."""
    yield f"Device {said['device_id']}, measured at {said['measured_at'] or 'the time of arrival'}"
    if said["f_cnt"] is not None or said["payload"]:
        yield f"Frame {said['f_cnt']} on port {said['f_port']}: {said['payload'] or 'no bytes'}"
    yield f"Fields by {said['decoded_by']}: {json.dumps(said['fields'], ensure_ascii=False)}"
    for name, rule in said["rules"].items():
        value = said["quantities"][name]
        yield f"  {name}: {'not in this message' if value is None else value} ({rule})"
    if said["others"]:
        yield f"The message holds {said['others']} more devices; this is its first."
    if said["quantities"]["fill_level"] is None:
        yield "No fill level: give --profile, and for a distance --empty-mm and --full-mm."


def _fields(
    trial: Trial, profile: Profile, topic: str, uplink: Uplink, now: datetime
) -> tuple[Mapping[str, Any], str]:
    """Return the decoded fields; a codec that a person names comes before what the server decoded."""
    if uplink.payload and (trial.codec or (profile.codec and uplink.fields is None)):
        file = Profiles().find(trial.codec or profile.codec, ".js")
        with Sandbox() as sandbox:
            codec = Codec(file.name, _content(file).decode("utf-8", "replace"))
            decoded = sandbox.decode(topic, codec, uplink, uplink.measured_at or now)
        return decoded.fields, f"{file.name}, {decoded.form}"
    return (uplink.fields, "the server") if uplink.fields is not None else ({}, "nobody")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as failure:
        message = f"{file} can't be read: {failure.strerror}."
        raise TourneeError(message) from failure
