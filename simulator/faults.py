"""How sensors and radio fail, as pure functions of the sensor and the moment.

What a year of 77 real sensors shows: 48 of them return phantom echoes at fixed false distances for hours or days,
which look like a full bin and then like an emptying. Others fall silent. Radio loses messages and repeats some.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulator.seeds import stream
from tournee.settings import SimulatorSettings

WEEK_S = 7 * 86_400
MONTH_S = 30 * 86_400
PHANTOM_EPISODES_PER_WEEK = 1.0
PHANTOM_HOURS = (3.0, 48.0)
PHANTOM_LEVELS = (0.80, 1.02)  # what the false distance looks like
PHANTOM_SHARE = 0.9  # of the readings within an episode
SILENT_DAYS = (2.0, 12.0)


class Episode(NamedTuple):
    """A stretch of time, seconds since 1970, and the level that a phantom pretends in it."""

    start_s: float
    end_s: float
    fill_level: float = 0.0


class Faults:
    """The faults of one sensor."""

    def __init__(self, sensor_id: str, settings: SimulatorSettings) -> None:
        self._sensor_id, self._seed = sensor_id, settings.seed
        sees_phantoms, falls_silent = stream(settings.seed, f"faults {sensor_id}").random(2)
        self.sees_phantoms = bool(sees_phantoms < settings.phantom_sensors)
        self.falls_silent = bool(falls_silent < settings.silent_sensors)

    def phantom_level(self, at_s: float) -> float | None:
        """Return the level that a phantom echo pretends now, if there is one."""
        if not self.sees_phantoms:
            return None
        week = int(at_s // WEEK_S)
        for episode in (*self._phantoms(week - 1), *self._phantoms(week)):
            if episode.start_s <= at_s < episode.end_s:
                return episode.fill_level
        return None

    def is_silent(self, at_s: float) -> bool:
        """Tell whether the sensor says nothing now: once a month it is gone for days."""
        if not self.falls_silent:
            return False
        month = int(at_s // MONTH_S)
        return any(start <= at_s < end for start, end, _ in (self._silence(month - 1), self._silence(month)))

    def _phantoms(self, week: int) -> tuple[Episode, ...]:
        return _phantoms(self._seed, self._sensor_id, week)

    def _silence(self, month: int) -> Episode:
        random = stream(self._seed, f"silence {self._sensor_id}", max(month, 0))
        start_s = (month + random.random()) * MONTH_S
        return Episode(start_s, start_s + random.uniform(*SILENT_DAYS) * 86_400)


@lru_cache(maxsize=65_536)
def _phantoms(seed: int, sensor_id: str, week: int) -> tuple[Episode, ...]:
    random = stream(seed, f"phantoms {sensor_id}", max(week, 0))
    count = int(random.poisson(PHANTOM_EPISODES_PER_WEEK))
    starts_s = (week + np.sort(random.random(count))) * WEEK_S
    hours = random.uniform(*PHANTOM_HOURS, size=count)
    levels = random.uniform(*PHANTOM_LEVELS, size=count)
    return tuple(
        Episode(float(start_s), float(start_s + length * 3_600), float(level))
        for start_s, length, level in zip(starts_s, hours, levels, strict=True)
    )
