"""A level sensor in the lid: the true level in, what it reports out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import floor
from typing import NamedTuple

import numpy as np

from simulator.faults import PHANTOM_SHARE, Faults
from simulator.seeds import stream
from tournee.domain import Reading, Sensor
from tournee.settings import SimulatorSettings

DAY_S = 86_400
RESOLUTION_MM = 10.0  # about 1.2 points of fill; real ones: 1.6
NEAREST_MM = 30.0  # an ultrasonic sensor hears nothing closer


class Report(NamedTuple):
    """A moment at which a sensor speaks, and how many times the broker hears it: 0 lost, 1, or 2 repeated."""

    at_s: float
    copies: int
    noise: float  # standard deviations
    chance: float  # 0..1, decides whether a phantom echo is heard


class LevelSensor:
    """One sensor with its habits and faults; what it says depends on the seed and the moment alone."""

    def __init__(self, sensor: Sensor, settings: SimulatorSettings) -> None:
        self.sensor = sensor
        self._settings = settings
        self._faults = Faults(sensor.sensor_id, settings)
        # Sensors of one town do not speak in chorus.
        self._phase = float(stream(settings.seed, f"phase {sensor.sensor_id}").random())
        self._day = -1
        self._reports: tuple[Report, ...] = ()

    def reports(self, after_s: float, until_s: float) -> Iterator[Report]:
        """Yield the reports that arrive in (after_s, until_s], in order."""
        for day in range(floor(after_s / DAY_S), floor(until_s / DAY_S) + 1):
            for report in self._of_day(day):
                if (
                    after_s < report.at_s <= until_s
                    and report.copies
                    and not self._faults.is_silent(report.at_s)
                ):
                    yield report

    def reading(self, report: Report, fill_level: float) -> Reading:
        """Return what the sensor says of a bin at its true level."""
        seen = fill_level + report.noise * self._settings.noise
        phantom = self._faults.phantom_level(report.at_s)
        if phantom is not None and report.chance < PHANTOM_SHARE:
            seen = max(seen, phantom)  # of two echoes it hears the nearer one
        distance_mm = self._distance_mm(seen)
        at = datetime.fromtimestamp(round(report.at_s), UTC)
        return Reading(
            bin_id=self.sensor.bin_id,
            measured_at=at,
            received_at=at,
            fill_level=round(self.sensor.fill_level(distance_mm), 4),
            sensor_id=self.sensor.sensor_id,
            distance_mm=distance_mm,
            temperature_c=round(6 + 4 * report.noise, 1),
            battery_v=round(3.6 - 0.1 * self._phase, 2),
        )

    def _distance_mm(self, fill_level: float) -> float:
        empty, full = self.sensor.empty_distance_mm, self.sensor.full_distance_mm
        distance_mm = round((empty - fill_level * (empty - full)) / RESOLUTION_MM) * RESOLUTION_MM
        return float(np.clip(distance_mm, NEAREST_MM, empty))

    def _of_day(self, day: int) -> tuple[Report, ...]:
        if day != self._day:
            self._day, self._reports = day, self._draw(day)
        return self._reports

    def _draw(self, day: int) -> tuple[Report, ...]:
        count, settings = self._settings.readings_per_day, self._settings
        random = stream(settings.seed, f"reports {self.sensor.sensor_id}", day)
        noise, chance, lost, repeated = random.normal(size=count), *random.random((3, count))
        copies = np.where(lost < settings.dropout, 0, np.where(repeated < settings.duplicates, 2, 1))
        times = (day + (np.arange(count) + self._phase) / count) * DAY_S
        return tuple(
            Report(float(np.round(at_s)), int(heard), float(deviation), float(luck))
            for at_s, heard, deviation, luck in zip(times, copies, noise, chance, strict=True)
        )
