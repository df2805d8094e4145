"""How fast each bin fills: a rate per bin times a factor per kind of day, recent days counting more, shrunk to its like.

The measured simple model, which stands at the floor on real sensors (MEASURED: forecasting): two exponentially weighted sums per bin,
a prior from the bin's district and stream, and factors of weekdays and holidays per stream, themselves shrunk to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.forecast.calendar import HOLIDAY, KINDS, Floats
from optimizer.forecast.days import Days

DEFAULT_RATE = 1 / 7
"""Rise of the fill level in a day where nothing was ever measured: a bin sized for a weekly round."""

RATE_MIN, FACTOR_MIN = 1e-4, 0.05

KIND_PRIOR_DAYS = 20.0
"""Days of readings that a factor of 1 counts for."""

DISTRICT_PRIOR_DAYS = 60.0
"""Days of readings that the stream's mean counts for in a district."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How quickly the past is forgotten, and what a bin's like count for; both in days."""

    half_life_days: float
    prior_days: float

    @property
    def kept(self) -> float:
        """What a day's weight is a day later."""
        return float(0.5 ** (1 / self.half_life_days))

    def weights(self, num_days: int) -> Floats:
        """Return the weight of each day, the last one's being 1."""
        weights: Floats = self.kept ** np.arange(num_days - 1, -1, -1.0)
        return weights


def flat(days: Days) -> Floats:
    """Return factors that make every day the same."""
    return np.ones((max(len(days.stream_names), 1), KINDS))


def factors(days: Days, memory: Memory) -> Floats:
    """Return the factor of each stream and kind of day, shape (streams, kinds); those of weekdays have the mean 1."""
    made = flat(days)
    weights = memory.weights(days.calendar.num_days)
    for stream in range(len(days.stream_names)):
        own = days.streams == stream
        rise = np.bincount(days.calendar.kinds, days.rise[own].sum(axis=0) * weights, KINDS)
        seen = np.bincount(days.calendar.kinds, days.seen[own].sum(axis=0) * weights, KINDS)
        if rise.sum() <= 0:
            continue
        mean = rise.sum() / seen.sum()
        shrunk = np.maximum((KIND_PRIOR_DAYS + rise / mean) / (KIND_PRIOR_DAYS + seen), FACTOR_MIN)
        made[stream] = shrunk / shrunk[:HOLIDAY].mean()
    return made


def daily(days: Days, factor: Floats) -> Floats:
    """Return the growth of each stream and day in days of mean growth, shape (streams, days)."""
    spread: Floats = factor[:, days.calendar.kinds] * days.calendar.lengths
    return spread


def priors(days: Days, rise: Floats, exposed: Floats) -> Floats:
    """Return the rate of each bin's like, from sums per bin: the mean of its district, shrunk to that of its stream."""
    total = rise.sum() / exposed.sum() if exposed.sum() > 0 and rise.sum() > 0 else DEFAULT_RATE
    size = max(len(days.stream_names), 1)
    streams = _shrunk(days.streams, size, rise, exposed, np.full(size, total), 1.0)
    number = int(days.districts.max(initial=0)) + 1
    of_stream = np.full(number, total)
    of_stream[days.districts] = streams[days.streams]
    districts = _shrunk(days.districts, number, rise, exposed, of_stream, DISTRICT_PRIOR_DAYS)
    return np.maximum(districts[days.districts], RATE_MIN)


def _shrunk(
    groups: np.ndarray, size: int, rise: Floats, exposed: Floats, prior: Floats, days: float
) -> Floats:
    risen, seen = np.bincount(groups, rise, size), np.bincount(groups, exposed, size)
    return (prior * days + risen) / (days + seen)


def rates(days: Days, factor: Floats, memory: Memory) -> Floats:
    """Return the rate of each bin after the last day, in fractions of its volume and days of mean growth."""
    weights = memory.weights(days.calendar.num_days).astype(np.float32)
    rise = (days.rise @ weights).astype(np.float64)
    exposed = np.zeros(len(rise))
    for stream, spread in enumerate(factor[:, days.calendar.kinds]):
        own = days.streams == stream
        exposed[own] = days.seen[own] @ (weights * spread.astype(np.float32))
    return _rate(days, rise, exposed, memory)


def rolling(days: Days, factor: Floats, memory: Memory) -> Floats:
    """Return the rate of each bin as it was known at the end of each day, shape (bins, days)."""
    spread = factor[:, days.calendar.kinds]
    rise, exposed = np.zeros(len(days.bin_ids)), np.zeros(len(days.bin_ids))
    made = np.zeros(days.rise.shape)
    for day in range(days.calendar.num_days):
        rise = rise * memory.kept + days.rise[:, day]
        exposed = exposed * memory.kept + days.seen[:, day] * spread[days.streams, day]
        made[:, day] = _rate(days, rise, exposed, memory)
    return made


def _rate(days: Days, rise: Floats, exposed: Floats, memory: Memory) -> Floats:
    prior = priors(days, rise, exposed)
    known = (memory.prior_days * prior + rise) / (memory.prior_days + exposed)
    return np.maximum(known, RATE_MIN)
