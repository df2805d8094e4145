"""No district is served worse than a set margin: an hour of overflow costs more where bins have lately run over more than elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from optimizer.detours import Floats
from optimizer.history import History
from tournee.domain import Bin
from tournee.settings import SelectionSettings

LATELY = timedelta(days=28)
"""What a district went through counts for four weeks."""

RUNS_OVER = 0.98
"""A sensor can't see beyond the brim: from this level on a bin counts as running over."""

TOLERATED = 0.01
"""Share of readings at the brim that says nothing of how a district is served: chance does as much."""

DEAREST = 4.0
"""However badly a district was served, an hour there costs at most so many times the set price."""


def hour_prices(
    bins: Sequence[Bin], history: History, made_at: datetime, policy: SelectionSettings
) -> Floats:
    """Return what an hour of overflow costs at each bin, in euros, by what its district went through lately.

    It is the set price where a district's share of readings at the brim is at most the town's mean and `policy.district_margin`
    more, and rises in proportion beyond; 1 % more or less is nobody's merit. Bins without readings are priced as their district.
    """
    names = np.asarray([one.district for one in bins])
    shares = _shares_over(bins, history, made_at)
    known = ~np.isnan(shares)
    factors = np.ones(len(bins))
    town = float(shares[known].mean()) if known.any() else 0.0
    for name in np.unique(names):
        own = (names == name) & known
        if own.any():
            times = (
                (float(shares[own].mean()) + TOLERATED) / (town + TOLERATED) / (1 + policy.district_margin)
            )
            factors[names == name] = min(max(times, 1.0), DEAREST)
    prices: Floats = policy.overflow_eur_per_hour * factors
    return prices


def _shares_over(bins: Sequence[Bin], history: History, made_at: datetime) -> Floats:
    """Return the share of each bin's believed readings of late that are at the brim; NaN where it has none."""
    levels = history.levels
    if levels.empty:
        return np.full(len(bins), np.nan)
    recent = levels[levels["is_believed"] & (levels["measured_at"] > made_at - LATELY)]
    is_over = (recent["fill_level"] >= RUNS_OVER).astype(float)
    over = is_over.groupby(recent["bin_id"].astype(str)).mean()
    return np.asarray(over.reindex([one.bin_id for one in bins]), dtype=np.float64)
