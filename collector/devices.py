"""What the sensors say of themselves, gathered between two signs of life: one row a sensor then, not one a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from collector.profiles import Measured
from tournee.domain import DeviceState, Quality, Reading

type SideValues = Reading | Measured
"""A reading, or what was measured of a message that says no level."""


@dataclass(slots=True)
class _Gathered:
    last_seen_at: datetime
    accepted: int = 0
    suspicious: int = 0
    refused: int = 0
    complaint: str = ""
    battery_v: float | None = None
    battery_level: float | None = None
    temperature_c: float | None = None
    rssi_dbm: float | None = None

    def keep(self, said: SideValues) -> None:
        self.battery_v = self.battery_v if said.battery_v is None else said.battery_v
        self.battery_level = self.battery_level if said.battery_level is None else said.battery_level
        self.temperature_c = self.temperature_c if said.temperature_c is None else said.temperature_c
        self.rssi_dbm = self.rssi_dbm if said.rssi_dbm is None else said.rssi_dbm


@dataclass(slots=True)
class Roll:
    """The sensors that spoke since the roll was last handed over."""

    _by_sensor: dict[str, _Gathered] = field(default_factory=dict)

    def heard(self, reading: Reading) -> None:
        """Note a reading that was kept."""
        if not reading.sensor_id:
            return
        gathered = self._of(reading.sensor_id, reading.received_at)
        gathered.keep(reading)
        if reading.quality is Quality.ACCEPTED:
            gathered.accepted += 1
        else:
            gathered.suspicious += 1
            gathered.complaint = reading.quality_reason

    def refused(self, sensor_id: str, why: str, at: datetime, said: SideValues | None = None) -> None:
        """Note a message that was refused, and what it said besides the level."""
        if not sensor_id:
            return
        gathered = self._of(sensor_id, at)
        gathered.refused += 1
        gathered.complaint = why
        if said is not None:
            gathered.keep(said)

    def states(self) -> list[DeviceState]:
        """Return one state for each sensor that spoke; its numbers are since the last handover."""
        return [
            DeviceState(
                sensor_id,
                each.last_seen_at,
                each.accepted,
                each.suspicious,
                each.refused,
                each.battery_v,
                each.battery_level,
                each.temperature_c,
                each.rssi_dbm,
                each.complaint,
            )
            for sensor_id, each in self._by_sensor.items()
        ]

    def clear(self) -> None:
        """Begin anew: what was gathered is in the store."""
        self._by_sensor.clear()

    def _of(self, sensor_id: str, at: datetime) -> _Gathered:
        gathered = self._by_sensor.get(sensor_id)
        if gathered is None:
            gathered = self._by_sensor[sensor_id] = _Gathered(at)
        gathered.last_seen_at = max(gathered.last_seen_at, at)
        return gathered
