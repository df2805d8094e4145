"""Where each bin stands: the level and the instant that it grows from, how sure that is, and what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from optimizer.forecast.calendar import SECONDS_PER_DAY, Floats
from optimizer.forecast.days import epochs, rows_of
from optimizer.forecast.spread import READING_SPREAD
from optimizer.history import History
from optimizer.history.judge import EMPTIED_SPREAD
from tournee.domain import Bin, ForecastBasis, ServiceSource

SILENT_AFTER = timedelta(days=2)
"""A sensor that said nothing believable for longer is silent: its level is carried on by the rate."""

UNKNOWN_LEVEL, UNKNOWN_SPREAD = 0.5, 0.29
"""A level that nobody knows lies anywhere between 0 and 1."""

BASES = tuple(ForecastBasis)
READINGS, SILENT, SERVICES, AVERAGE = (
    BASES.index(one)
    for one in (
        ForecastBasis.READINGS,
        ForecastBasis.SILENT_SENSOR,
        ForecastBasis.SERVICES_ONLY,
        ForecastBasis.STREAM_AVERAGE,
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of every bin, in the order of the bins asked for; instants in seconds since 1970, NaN where there is none.

    Parameters
    ----------
    level, spread, start_s
        The level at an instant, and its standard deviation.
    basis
        What it stands on, as a place in `BASES`.
    """

    level: Floats
    spread: Floats
    start_s: Floats
    basis: np.ndarray
    measured_s: Floats
    emptied_s: Floats


def standing(history: History, bins: Sequence[Bin], made_at: datetime, rates: Floats) -> Standing:
    """Return where each bin stands, as far as is known at `made_at`; an emptying after the last reading resets its level.

    Parameters
    ----------
    rates
        Rise of each bin in a day: a silent one that should long have been emptied, where nobody reports, has been.
    """
    bin_ids = pd.Index([one.bin_id for one in bins], dtype="str")
    latest, made_s = history.latest, made_at.timestamp()
    measured_s, as_of_s = (
        _placed(bin_ids, latest["bin_id"], epochs(latest[name])) for name in ("measured_at", "as_of_at")
    )
    level, spread = (
        _placed(bin_ids, latest["bin_id"], latest[name].to_numpy(dtype=np.float64))
        for name in ("fill_level", "spread")
    )
    emptied_s = _placed(bin_ids, history.emptyings["bin_id"], epochs(history.emptyings["emptied_at"]))
    has_sensor, was_emptied = ~np.isnan(measured_s), ~np.isnan(emptied_s)
    resets = was_emptied & ~(emptied_s <= as_of_s)
    is_silent = made_s - measured_s > SILENT_AFTER.total_seconds()
    basis = np.select(
        [has_sensor & is_silent, has_sensor, was_emptied], [SILENT, READINGS, SERVICES], AVERAGE
    )
    unknown = ~has_sensor & ~was_emptied
    found = Standing(
        np.select([resets, unknown], [0.0, UNKNOWN_LEVEL], level),
        np.select(
            [resets, unknown],
            [EMPTIED_SPREAD, UNKNOWN_SPREAD],
            np.maximum(np.nan_to_num(spread), READING_SPREAD),
        ),
        np.select([resets, unknown], [emptied_s, made_s], as_of_s),
        basis,
        measured_s,
        emptied_s,
    )
    is_reported = history.emptyings["source"] == ServiceSource.REPORTED.value
    return found if is_reported.any() else _emptied_unheard(found, history, bin_ids, (made_s, rates))


def _emptied_unheard(
    found: Standing, history: History, bin_ids: pd.Index, now: tuple[float, Floats]
) -> Standing:
    """Return where bins stand in a town that reports no emptyings: a silent one can be anywhere once its usual round is overdue."""
    made_s, rates = now
    usual = history.emptyings.groupby("bin_id")["fill_level"].mean().clip(0.0, 1.0)
    before = usual.reindex(bin_ids).fillna(usual.mean() if len(usual) else 1.0).to_numpy(dtype=np.float64)
    carried = found.level + rates * (made_s - found.start_s) / SECONDS_PER_DAY
    overdue = (found.basis == SILENT) & (carried > before)
    return replace(
        found,
        level=np.where(overdue, before / 2, found.level),
        spread=np.where(overdue, before / np.sqrt(12), found.spread),
        start_s=np.where(overdue, made_s, found.start_s),
    )


def _placed(bin_ids: pd.Index, named: pd.Series, values: Floats) -> Floats:
    """Return the greatest of the values of each bin, NaN where it has none."""
    made = np.full(len(bin_ids), -np.inf)
    rows = rows_of(named, bin_ids)
    np.maximum.at(made, rows[rows >= 0], values[rows >= 0])
    return np.where(np.isinf(made), np.nan, made)
