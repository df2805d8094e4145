"""What is learned of every bin from its history: its rate, its spread, and a table of its steps where that does better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from optimizer.forecast.calendar import Floats, Holidays, Whole, calendar
from optimizer.forecast.days import days_of
from optimizer.forecast.rates import Memory, rates
from optimizer.forecast.spread import Residuals, chosen_factors, residuals, sample
from optimizer.forecast.steps import Course
from optimizer.forecast.tables import Table, said, tables
from optimizer.forecast.widths import widths
from optimizer.history import History
from tournee.domain import Bin
from tournee.settings import ForecastSettings


@dataclass(frozen=True)
class Model:
    """What was learned of every bin.

    Parameters
    ----------
    rates
        Rise in a day of mean growth, by bin.
    streams
        The stream of each bin, as a place in `factors`.
    factors
        Of each stream, by kind of day: Monday to Sunday, and holidays.
    widths
        By how much each bin's interval is wider than a good sensor's, >= 1.
    source
        In words, for people: which parts were learned from what.
    """

    rates: pd.Series
    streams: Whole
    factors: dict[str, Floats]
    residuals: Residuals
    widths: Floats
    tables: tuple[Table, ...]
    source: str
    zone: ZoneInfo
    off: Holidays

    def growth(self, start: Floats, end: Floats) -> Floats:
        """Return the expected rise of each bin between two instants (epoch seconds), day by day in local time."""
        local = calendar(float(start.min()), float(end.max()), self.zone, self.off)
        grown = np.zeros(len(start))
        for stream, factor in enumerate(self.factors.values()):
            own, integral = self.streams == stream, local.grown(factor)
            grown[own] = np.interp(end[own], local.edges, integral) - np.interp(
                start[own], local.edges, integral
            )
        grown *= self.rates.to_numpy()
        return grown


def fit(
    history: History,
    bins: Sequence[Bin],
    made_at: datetime,
    settings: ForecastSettings,
    zone: ZoneInfo,
    courses: Sequence[Course] = (Course.UNTOUCHED,),
) -> Model:
    """Return the model of every bin, also of those that never had a reading.

    Parameters
    ----------
    courses
        What will be asked of it. `Course.USUAL`, emptyings included, costs a table for every bin.
    """
    off = Holidays(settings.country, settings.region)
    memory = Memory(settings.half_life_days, settings.prior_days)
    days = days_of(history, bins, made_at, zone, off)
    some = sample(days)
    factor, why = chosen_factors(days, some, memory)
    wide = widths(history, some, factor, memory)
    spread = residuals(some, factor, memory, wide.of(some.bin_ids))
    made = tables(history, days, (factor, memory), courses)
    kind = (
        f"conformal, {spread.number} residuals of rolling origins" if spread.number else "normal distribution"
    )
    return Model(
        pd.Series(rates(days, factor, memory), index=days.bin_ids),
        days.streams,
        dict(zip(days.stream_names, factor, strict=False)),
        spread,
        wide.of(days.bin_ids),
        made,
        f"{kind}; {why}{said(made, days.bin_ids)}",
        zone,
        off,
    )
