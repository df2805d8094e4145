"""Sensors, where they sit and what they say of themselves, brought together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tournee.domain import DeviceState, Grade, Placement, Sensor


@dataclass(frozen=True, slots=True)
class Device:
    """One sensor; `placement` and `state` are missing where it sits nowhere, or was never heard."""

    sensor_id: str
    placement: Placement | None
    state: DeviceState | None
    grade: Grade

    def facts(self) -> dict[str, object]:
        """Return everything about it by name."""
        state = self.state or DeviceState(self.sensor_id, NEVER)
        said = {name: getattr(state, name) for name in SAID}
        return said | {
            "sensor_id": self.sensor_id,
            "bin_id": self.placement.bin_id if self.placement else "",
            "since_at": self.placement.since_at if self.placement else None,
            "last_seen_at": self.state.last_seen_at if self.state else None,
            "grade": self.grade,
        }


NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # heard; shown to nobody
SAID = (
    *("battery_v", "battery_level", "temperature_c", "rssi_dbm", "num_accepted", "num_suspicious"),
    *("num_refused", "bad_share", "last_complaint"),
)


def devices(
    sensors: Iterable[Sensor],
    placements: Iterable[Placement],
    states: Mapping[str, DeviceState],
    silence: tuple[datetime, timedelta],
) -> tuple[Device, ...]:
    """Return every sensor that is known or was ever heard, by id.

    Parameters
    ----------
    silence
        The present, and how long a sensor may say nothing.
    """
    placed = {one.sensor_id: one for one in placements if one.until_at is None}
    names = sorted({sensor.sensor_id for sensor in sensors} | states.keys())
    return tuple(
        Device(
            name,
            placed.get(name),
            states.get(name),
            states[name].grade(*silence) if name in states else Grade.SILENT,
        )
        for name in names
    )
