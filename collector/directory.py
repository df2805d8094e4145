"""The bins and sensors that messages are held against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from collector.memory import LastReading
from tournee.domain import Reading, Sensor
from tournee.store import KnownSensor, Store


@dataclass(slots=True)
class Directory:
    """The bins and sensors we know, and the last reading of each bin. One thread writes it.

    Parameters
    ----------
    sensors
        Every known bin by id, with its sensor where it has one.
    devices
        Sensors by the name that they go by, in capitals.
    """

    sensors: dict[str, Sensor | None] = field(default_factory=dict)
    devices: dict[str, KnownSensor] = field(default_factory=dict)
    last: dict[str, LastReading] = field(default_factory=dict)
    version: int = -1

    def __contains__(self, bin_id: str) -> bool:
        return bin_id in self.sensors

    def learn(self, store: Store, bin_ids: Collection[str], device_ids: Collection[str] = ()) -> None:
        """Ask the store for those that we do not know; what is known is not asked again."""
        if unknown := [name for name in device_ids if name.upper() not in self.devices]:
            self.devices |= store.known_sensors(unknown)
        sitting = {
            each.bin_id
            for name in device_ids
            if (known := self.devices.get(name.upper()))
            for each in known.placements
        }
        if strangers := [bin_id for bin_id in {*bin_ids, *sitting} if bin_id not in self.sensors]:
            self.sensors |= store.sensors_of(strangers)
            self.last |= {name: LastReading(*each) for name, each in store.last_readings(strangers).items()}

    def remember(self, reading: Reading) -> None:
        """Note a reading, for the bin's next to be held against."""
        before = self.last.get(reading.bin_id)
        if before is None:
            self.last[reading.bin_id] = LastReading(reading, reading.measured_at)
        else:
            before.follow(reading)
