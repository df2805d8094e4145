"""The network servers of a city: which messages are theirs, and how an uplink of theirs becomes a reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.decoders.sources import SOURCES
from collector.directory import Directory
from collector.inbox import Received
from collector.profiles import Measured, Profile, Profiles, measure
from collector.sandbox import Codec, Sandbox
from collector.uplink import Uplink
from tournee.domain import Reading, Sensor
from tournee.errors import ConfigError, MessageRejected, RejectionReason
from tournee.settings import SourceSettings


@dataclass(frozen=True, slots=True)
class Sighting:
    """An uplink of a sensor that we know, measured; `reading` is what it says of its bin, or why it says nothing."""

    sensor: Sensor | None
    said: Measured
    reading: Reading | MessageRejected


@dataclass
class Sources:
    """Reads the messages of network servers; the sandbox for codecs starts with the first message that needs it.

    Raises
    ------
    ConfigError
        A profile that a source names can't be read, or its codec is nowhere.
    """

    configured: Sequence[SourceSettings]
    profiles: Profiles
    _sandbox: Sandbox | None = field(init=False, default=None)
    _loaded: dict[str, tuple[Profile, Codec | None]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.configured:
            self._load(each.profile)

    def close(self) -> None:
        """End the sandbox, where there is one."""
        if self._sandbox is not None:
            self._sandbox.close()

    def of(self, message: Received) -> SourceSettings | None:
        """Return the source that a message comes from; None for one of our own."""
        if message.source:
            named = (each for each in self.configured if each.source == message.source)
            fallback = SourceSettings(source=message.source) if message.source in SOURCES else None
            return next(named, fallback)
        return next(
            (each for each in self.configured if each.topic and matches(each.topic, message.topic)), None
        )

    def uplinks(self, source: SourceSettings, message: Received) -> Sequence[Uplink]:
        """Return the uplinks in a message, or raise `MessageRejected`."""
        return SOURCES[source.source](message.topic, message.payload)

    def sight(
        self, source: SourceSettings, message: Received, uplink: Uplink, directory: Directory
    ) -> Sighting:
        """Return what an uplink says of the sensor that sent it and of its bin.

        Raises
        ------
        MessageRejected
            The device is unknown, or its codec refuses the bytes.
        """
        measured_at = uplink.measured_at or message.received_at
        known = directory.devices.get(uplink.device_id.upper())
        bin_id = known.bin_at(measured_at) if known else uplink.bin_id
        if bin_id not in directory.sensors:
            detail = f"no sensor is called {uplink.device_id!r}; import its bin with this `sensor_id`"
            raise MessageRejected(message.topic, RejectionReason.UNKNOWN_DEVICE, detail)
        sensor = known.sensor if known else directory.sensors[bin_id]
        profile, codec = self._for(message.topic, (sensor.profile if sensor else "") or source.profile)
        said = measure(self._fields(message, uplink, codec), profile, sensor)
        if said.fill_level is None:
            return Sighting(sensor, said, _no_level(message.topic, said, sensor))
        reading = Reading(
            bin_id,
            measured_at,
            message.received_at,
            said.fill_level,
            sensor.sensor_id if sensor else uplink.device_id,
            said.distance_mm,
            said.temperature_c,
            said.battery_v,
            battery_level=said.battery_level,
            is_tilted=said.is_tilted,
            rssi_dbm=said.rssi_dbm if said.rssi_dbm is not None else uplink.rssi,
            frame_counter=uplink.f_cnt,
        )
        return Sighting(sensor, said, reading)

    def _fields(self, message: Received, uplink: Uplink, codec: Codec | None) -> Mapping[str, Any]:
        """Return what the server decoded, or else what the profile's codec makes of the bytes."""
        if uplink.fields is not None or not uplink.payload or codec is None:
            return uplink.fields or {}
        if self._sandbox is None:
            self._sandbox = Sandbox()
        return self._sandbox.decode(message.topic, codec, uplink, message.received_at).fields

    def _for(self, topic: str, name: str) -> tuple[Profile, Codec | None]:
        try:
            return self._load(name)
        except ConfigError as wrong:
            raise MessageRejected(
                topic, RejectionReason.UNREADABLE, f"the sensor's profile: {wrong}"
            ) from wrong

    def _load(self, name: str) -> tuple[Profile, Codec | None]:
        if name not in self._loaded:
            profile = self.profiles.load(name)
            self._loaded[name] = profile, self.profiles.codec(profile.codec) if profile.codec else None
        return self._loaded[name]


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a topic is one that a filter hears (MQTT 5, 4.7)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in {"+", levels[index]}:
            return False
    return len(wanted) == len(levels)


def _no_level(topic: str, said: Measured, sensor: Sensor | None) -> MessageRejected:
    if said.distance_mm is None:
        detail = said.rules.get("distance_mm") or said.rules.get("fill_level") or "the profile names no level"
        return MessageRejected(topic, RejectionReason.NO_LEVEL, f"no level in this message: {detail}")
    name = sensor.sensor_id if sensor else "the bin's sensor"
    detail = f"distance {said.distance_mm:g} mm: the empty and full distances of {name} are not known"
    return MessageRejected(topic, RejectionReason.NO_LEVEL, detail)
