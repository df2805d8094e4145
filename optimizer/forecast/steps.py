"""Coarse levels: how often each step was followed by each other, in this bin and in bins like it.

Where a level is one of six steps a rate says little: a transition table beats every rate model (MEASURED: forecasting). A bin's
own days that began at the same step, on the same weekday if there are enough, lean on those of all bins with such levels; recent
days count more. Nothing is stored: the days of the past are weighed again for each question, from one array of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.forecast.calendar import Calendar, Floats, Whole
from optimizer.forecast.days import epochs, rows_of
from optimizer.history import History

HORIZON_MAX = 14
"""Days ahead at which a table is made; later than that nothing changes any more."""

POOL_WEIGHT, WEEKDAY_WEIGHT, POOLED_WEEKDAY_WEIGHT = 20.0, 20.0, 50.0
"""Days that count as much as the bin's own: those of all bins; of the bin on any weekday; of all bins on any weekday."""

LEVEL_MAX = 1.2
"""Levels above it are the last step."""

NOTHING = -1

type Steps = npt.NDArray[np.int16]


class Course(StrEnum):
    """What is foreseen: the bin as nobody touches it, or as things usually go, emptyings included."""

    UNTOUCHED = "untouched"
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The last step of each bin on each local day.

    Parameters
    ----------
    rungs
        The fill level of each step.
    groups
        Which bins are alike, as numbers from 0.
    steps, cycles
        The step, `NOTHING` where none was heard, and how often the bin had been emptied before it; shape (bins, days).
    measured_s
        When each bin was last heard of, in seconds since 1970; NaN: never.
    """

    rungs: Floats
    groups: Whole
    calendar: Calendar
    steps: Steps
    cycles: Steps
    measured_s: Floats

    def until(self, day: int) -> Ladder:
        """Return what was known at the end of a day."""
        return replace(self, steps=self.steps[:, : day + 1], cycles=self.cycles[:, : day + 1])

    def some(self, rows: Whole) -> Ladder:
        """Return the ladder of some bins."""
        return replace(
            self,
            groups=self.groups[rows],
            steps=self.steps[rows],
            cycles=self.cycles[rows],
            measured_s=self.measured_s[rows],
        )

    @property
    def weekdays(self) -> Whole:
        """The kind of each day that was heard of."""
        return self.calendar.kinds[: self.steps.shape[1]]


def ladder(history: History, bin_ids: pd.Index, groups: Whole, local: Calendar, step: float) -> Ladder:
    """Return the steps of some bins, from all that is believed of them."""
    believed = history.levels[history.levels["is_believed"].to_numpy(dtype=np.bool_)]
    rows = rows_of(believed["bin_id"], bin_ids)
    at_s = epochs(believed["measured_at"])
    kept = (rows >= 0) & (at_s >= local.edges[0]) & (at_s < local.edges[-1])
    rows, at_s = rows[kept], at_s[kept]
    levels = believed["fill_level"].to_numpy()[kept]
    # Steps need not begin at empty: the middles of quarters are 1/8, 3/8 and so on.
    begins = float(np.median((levels + step / 2) % step - step / 2)) if len(levels) else 0.0
    rungs = (begins + np.arange(0, round(LEVEL_MAX / step) + 1) * step).astype(np.float64)
    found = np.clip(np.round((levels - begins) / step), 0, len(rungs) - 1)
    shape = len(bin_ids), local.num_days
    steps, cycles = np.full(shape, NOTHING, dtype=np.int16), np.zeros(shape, dtype=np.int16)
    day = local.day_of(at_s)
    # By bin and time, so that the last of a day stays.
    steps[rows, day] = found
    cycles[rows, day] = _emptied_before(history.emptyings, bin_ids, rows, at_s)
    measured_s = np.full(len(bin_ids), np.nan)
    np.fmax.at(measured_s, rows, at_s)
    top = int(steps.max(initial=0))
    return Ladder(rungs[: max(top, 1) + 1], groups, local, steps, cycles, measured_s)


def _emptied_before(emptyings: pd.DataFrame, bin_ids: pd.Index, rows: Whole, at_s: Floats) -> Whole:
    of = rows_of(emptyings["bin_id"], bin_ids)
    emptied_s = epochs(emptyings["emptied_at"])[of >= 0]
    of = of[of >= 0]
    span = max(at_s.max(initial=0), emptied_s.max(initial=0)) + 1
    order = np.sort(of * span + emptied_s)
    first = np.searchsorted(order, rows * span, side="left")
    return (np.searchsorted(order, rows * span + at_s, side="right") - first).astype(np.int64)


def table(known: Ladder, rows: Whole, day: int, horizon: int, course: Course) -> Floats:
    """Return how likely each step is `horizon` days after a day, for bins that were heard of on that day, shape (rows, steps)."""
    if horizon == 0:
        sure: Floats = np.eye(len(known.rungs))[known.steps[rows, day]]
        return sure
    last = known.steps.shape[1] - horizon
    if last <= 0:
        return np.full((len(rows), len(known.rungs)), 1 / len(known.rungs))
    begun, ended = known.steps[:, :last], known.steps[:, horizon:]
    counted = (begun != NOTHING) & (ended != NOTHING)
    if course is Course.UNTOUCHED:
        counted &= known.cycles[:, :last] == known.cycles[:, horizon:]
    bins, days = np.nonzero(counted)
    past = _Past(known, bins, days, begun[bins, days], ended[bins, days])
    return past.weigh(rows, known.steps[rows, day], int(known.calendar.kinds[day]))


@dataclass(frozen=True, slots=True)
class _Past:
    """All windows of one length: the bin and the day each began on, the step then, and the step at its end."""

    known: Ladder
    bins: Whole
    days: Whole
    begun: Steps
    ended: Steps

    def weigh(self, rows: Whole, now: Steps, weekday: int) -> Floats:
        """Return the distribution of the step at the end, given the one now: the bin's windows leaning on all of its group."""
        size, weights = (
            len(self.known.rungs),
            0.5 ** ((self.days.max(initial=0) - self.days) / HALF_LIFE_DAYS),
        )
        on_day = weights * (self.known.weekdays[self.days] == weekday)
        of, number = self.known.groups, int(self.known.groups.max(initial=0)) + 1
        pairs = (of[self.bins] * size + self.begun) * size + self.ended
        everyone, pooled = (
            np.bincount(pairs, weight, number * size * size).reshape(number, size, size)[of[rows], now]
            for weight in (weights, on_day)
        )
        everyone = (everyone + 1e-3 / size) / (everyone.sum(axis=1, keepdims=True) + 1e-3)
        pooled = _lean(pooled, everyone, POOLED_WEEKDAY_WEIGHT)
        stands = np.full(len(of), NOTHING)
        stands[rows] = now
        alike = self.begun == stands[self.bins]
        cells = (self.bins * size + self.ended)[alike]
        own, own_day = (
            np.bincount(cells, weight[alike], len(of) * size).reshape(-1, size)[rows]
            for weight in (weights, on_day)
        )
        return _lean(own_day, _lean(own, pooled, POOL_WEIGHT), WEEKDAY_WEIGHT)


HALF_LIFE_DAYS = 90.0
"""Age at which a day counts half: longer than for rates, for a table has more to learn."""


def _lean(own: Floats, like: Floats, weight: float) -> Floats:
    leaning: Floats = (own + weight * like) / (own.sum(axis=1, keepdims=True) + weight)
    return leaning


def middle(chances: Floats) -> Floats:
    """Return the middle of each step's piece of the distribution: the probability up to it, and half its own.

    Quantiles of a coarse level are read off between these (Ma, Genton and Parzen 2011, DOI 10.1007/s10463-008-0215-z).
    """
    found: Floats = np.cumsum(chances, axis=1) - chances / 2
    return found


def median(chances: Floats) -> Whole:
    """Return the step that is as likely exceeded as not: the one with the least mean absolute error."""
    passed = (np.cumsum(chances, axis=1) < 0.5 - 1e-9).sum(axis=1)
    return np.clip(passed, 0, chances.shape[1] - 1).astype(np.int64)


def levels(chances: Floats, rungs: Floats, probabilities: Floats) -> Floats:
    """Return the fill level at some probabilities, between the steps, shape (rows, probabilities)."""
    ends = middle(chances)
    return (
        np.stack([np.interp(probabilities, row, rungs) for row in ends])
        if len(ends)
        else np.zeros((0, len(probabilities)))
    )
