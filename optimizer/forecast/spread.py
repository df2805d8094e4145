"""How wrong the rate model is: residuals of the same model on its own past, each origin knowing only what came before it.

They are standardized by sqrt(0.05 mu + 0.02²), where mu is the rise expected, and pooled over all bins of a horizon: splitting
them by level made it worse (MEASURED: forecasting). Their quantiles make the intervals: conformal, hence as wide as the errors were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from optimizer.forecast.calendar import Floats, Whole
from optimizer.forecast.days import Days, Grid
from optimizer.forecast.rates import Memory, daily, factors, flat, rolling
from optimizer.history.tracks import VARIANCE_PER_RISE

READING_SPREAD = 0.02
"""A reading's own standard deviation, in fractions of the volume."""

HORIZONS = (1, 2, 3, 5, 7, 10, 14)
"""Days ahead at which residuals are taken."""

ORIGINS_FIRST = 10
"""Days of readings before the first origin."""

SEEN_MIN = 0.8
"""A window of which less was seen says nothing."""

RESIDUALS_MIN = 200
"""Fewer residuals than this say less about the spread than the normal distribution does."""

BINS_MAX = 2_000
"""Bins that a model is tested on: a hundred thousand of them know no more about a quantile."""

TEST_DAYS = 28
"""Days at the end of the history on which a model has to beat the simpler one."""

GRID = np.linspace(0.0025, 0.9975, 200)
"""Probabilities at which a distribution of residuals is kept."""

NORMAL = np.asarray([NormalDist().inv_cdf(float(p)) for p in GRID])


def scale(rise: Floats) -> Floats:
    """Return the standard deviation that a rise has by itself, the reading's own included."""
    return np.sqrt(VARIANCE_PER_RISE * np.maximum(rise, 0.0) + READING_SPREAD**2)


@dataclass(frozen=True, slots=True)
class Errors:
    """Standardized residuals of one horizon, each with the bin it is of; `error` is not standardized."""

    standardized: Floats
    error: Floats
    rows: Whole


@dataclass(frozen=True)
class Residuals:
    """The distribution of standardized residuals by horizon.

    Parameters
    ----------
    quantiles
        At the probabilities of `GRID`, shape (horizons, grid); rising.
    number
        How many residuals they stand on; 0 where it is the normal distribution.
    """

    quantiles: Floats
    number: int

    def of(self, horizon_days: Floats) -> Whole:
        """Return which row is nearest to each horizon."""
        away = np.abs(horizon_days[:, None] - np.asarray(HORIZONS))
        nearest: Whole = away.argmin(axis=1)
        return nearest


def errors(days: Days, factor: Floats, known: Floats, horizon: int) -> Errors:
    """Return what the model would have got wrong, had it been asked each day for `horizon` days later; `known` is `rolling`."""
    spread = daily(days, factor)[days.streams]
    expected = _sums(days.seen * spread, horizon) * known[:, :-horizon]
    risen, seen = _sums(days.rise, horizon), _sums(days.seen, horizon)
    usable = seen >= SEEN_MIN * horizon
    usable[:, : min(ORIGINS_FIRST, usable.shape[1] // 2)] = False
    rows, _ = np.nonzero(usable)
    error = (risen - expected)[usable]
    # Both ends of a rise were measured, so the spread of a reading counts twice.
    deviation = np.sqrt(scale(expected[usable]) ** 2 + READING_SPREAD**2)
    return Errors(error / deviation, error, rows)


def _sums(grid: Floats | Grid, horizon: int) -> Floats:
    """Return the sum over the `horizon` days after each day that has so many after it."""
    total = np.concatenate([np.zeros((len(grid), 1)), np.cumsum(grid, axis=1, dtype=np.float64)], axis=1)
    sums: Floats = total[:, 1 + horizon :] - total[:, 1:-horizon]
    return sums


def sample(days: Days) -> Days:
    """Return the days of evenly chosen bins, as many as quantiles need."""
    seen = np.flatnonzero(days.seen.any(axis=1))
    step = max(1, -(-len(seen) // BINS_MAX))
    return days.some(seen[::step])


def residuals(days: Days, factor: Floats, memory: Memory, widths: Floats) -> Residuals:
    """Return the distribution of residuals by horizon.

    Parameters
    ----------
    widths
        By how much each bin's interval is wider than a good sensor's, shape (bins,): its residuals are divided by it.
    """
    rows, number = [], 0
    known = rolling(days, factor, memory)
    for horizon in HORIZONS:
        if days.calendar.num_days <= horizon + 1:
            break
        found = errors(days, factor, known, horizon)
        if len(found.standardized) < RESIDUALS_MIN:
            break
        number += len(found.standardized)
        rows.append(np.quantile(found.standardized / widths[found.rows], GRID))
    # Where history is too short for a horizon, the one before it is the best that is known.
    made: Sequence[Floats] = rows or [NORMAL]
    return Residuals(np.asarray([made[min(place, len(made) - 1)] for place in range(len(HORIZONS))]), number)


def chosen_factors(days: Days, some: Days, memory: Memory) -> tuple[Floats, str]:
    """Return the factors of kinds of days, and why: those where they beat none at all for some bins on the last days.

    There the factors are learned on the days before, so that they see no future.
    """
    made, none = factors(days, memory), flat(days)
    num_days = days.calendar.num_days
    if num_days <= 2 * TEST_DAYS:
        return made, "weekdays shrunk, history too short to test them"
    early = factors(_before(some, num_days - TEST_DAYS), memory)
    with_days, without = (_recent_error(some, one, memory) for one in (early, none))
    if with_days <= without:
        return made, f"weekdays help: {100 * with_days:.2f} points against {100 * without:.2f} a day ahead"
    return none, f"weekdays do not help: {100 * with_days:.2f} points against {100 * without:.2f} a day ahead"


def _before(days: Days, last: int) -> Days:
    seen = days.seen.copy()
    rise = days.rise.copy()
    seen[:, last:], rise[:, last:] = 0, 0
    return Days(days.bin_ids, days.streams, days.stream_names, days.districts, days.calendar, rise, seen)


def _recent_error(days: Days, factor: Floats, memory: Memory) -> float:
    known = rolling(days, factor, memory)[:, -TEST_DAYS - 1 : -1]
    seen = days.seen[:, -TEST_DAYS:]
    expected = known * seen * daily(days, factor)[days.streams][:, -TEST_DAYS:]
    usable = seen >= SEEN_MIN
    return float(np.abs(days.rise[:, -TEST_DAYS:] - expected)[usable].mean()) if usable.any() else 0.0
