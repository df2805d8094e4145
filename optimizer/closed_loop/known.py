"""What a depot knows in the middle of a run: its sensors' readings, with their errors, and its crews' reports. Never the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.closed_loop.contents import Contents
from optimizer.closed_loop.scenario import SECONDS_PER_DAY, Floats, Scenario
from tournee.domain import Quality, ServiceEvent

STALE_S = 1.5 * SECONDS_PER_DAY
"""A reading older than this says less than the records and the last service do."""

START_LEVEL = 0.425
"""What a bin of which nothing was ever heard is taken to hold at the start."""


@dataclass(frozen=True, slots=True)
class Sensing:
    """How well bins are measured.

    Parameters
    ----------
    noise
        Standard deviation of a reading, in fractions of the volume.
    dead, without
        Shares of the bins whose sensor is silent from the first day, and that have none.
    """

    readings_per_day: int = 4
    noise: float = 0.02
    dead: float = 0.0
    without: float = 0.0


class Sensors:
    """Every sensor's hours, errors and faults: drawn once, so that each policy meets the same."""

    def __init__(self, scenario: Scenario, sensing: Sensing, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count, days = len(scenario.bins), len(scenario.days) + 1
        silent = round((sensing.dead + sensing.without) * count)
        self.is_alive = rng.permutation(count) >= silent
        self._gap_s = SECONDS_PER_DAY / sensing.readings_per_day
        self._first_s = rng.uniform(0, self._gap_s, count)
        self._errors = rng.normal(0, sensing.noise, (count, days * sensing.readings_per_day))

    def read(self, contents: Contents, at: int, span: tuple[float, float]) -> list[tuple[float, float]]:
        """Return what the sensor of a bin says in a span of time, its end excluded: seconds and fill levels of 0 to 1."""
        if not self.is_alive[at]:
            return []
        first, last = np.ceil((np.asarray(span) - self._first_s[at]) / self._gap_s).astype(int)
        said = []
        for number in range(max(first, 0), last):
            moment_s = float(self._first_s[at] + number * self._gap_s)
            level = contents.litres(at, moment_s) / contents.capacity_l[at] + self._errors[at, number]
            said.append((moment_s, float(min(max(level, 0.0), 1.0))))
        return said


class Known:
    """Everything heard so far."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.services: list[ServiceEvent] = []
        self.served_s = np.full(len(scenario.bins), np.nan)
        self._read_s = np.full(len(scenario.bins), np.nan)
        self._read_level = np.full(len(scenario.bins), np.nan)
        self._readings: list[tuple[int, float, float]] = []

    def hear(self, at: int, said: list[tuple[float, float]]) -> None:
        """Take note of what a bin's sensor says, in the order of time."""
        self._readings += [(at, *one) for one in said]
        if said:
            self._read_s[at], self._read_level[at] = said[-1]

    def report(self, at: int, moment_s: float, fill_level: float) -> None:
        """Take note that a crew emptied a bin; it tells how full it was in quarters."""
        served_at = self.scenario.instant(moment_s)
        seen = round(min(fill_level, 1.0) * 4) / 4
        self.services.append(ServiceEvent(self.scenario.bins[at].bin_id, served_at, fill_level_seen=seen))
        self.served_s[at] = moment_s

    def levels(self, moment_s: float) -> Floats:
        """Return how full the bins are believed to be: the last reading or service, carried on by the records."""
        level = np.select(
            [self._is_read(moment_s), ~np.isnan(self.served_s)], [self._read_level, 0.0], START_LEVEL
        )
        rate = self.scenario.records.litres_per_day / self.scenario.capacity_l
        believed: Floats = level + rate * self.scenario.average_days(self.heard_s(moment_s), moment_s)
        return believed

    def heard_s(self, moment_s: float) -> Floats:
        """Return since when each bin's level is carried on by the records: its last reading or service, or the start."""
        return np.select(
            [self._is_read(moment_s), ~np.isnan(self.served_s)], [self._read_s, self.served_s], 0.0
        )

    def _is_read(self, moment_s: float) -> npt.NDArray[np.bool_]:
        fresh: npt.NDArray[np.bool_] = moment_s - self._read_s < STALE_S
        return fresh & ~(self._read_s < self.served_s)

    def readings(self, since_s: float = 0.0) -> pd.DataFrame:
        """Return the readings from a moment on, as `history.clean` takes them."""
        rows = [row for row in self._readings if row[1] >= since_s]
        ids = np.asarray([one.bin_id for one in self.scenario.bins], dtype=object)
        start_at = pd.Timestamp(self.scenario.start_at)
        return pd.DataFrame(
            {
                "bin_id": ids[[at for at, _, _ in rows]] if rows else np.asarray([], dtype=object),
                "measured_at": start_at + pd.to_timedelta([moment for _, moment, _ in rows], unit="s"),
                "fill_level": np.asarray([level for _, _, level in rows], dtype=np.float64),
                "quality": Quality.ACCEPTED.value,
            }
        )
