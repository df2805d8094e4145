"""Where coarse levels are foreseen by a transition table, and how its intervals are made to cover what they say.

For each kind of bin (one step, one waste stream) the table has to beat the rate model on rolling origins, or the rate model stays.
Its quantiles are calibrated the same way: where each level that came lay in the distribution that was foreseen for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.forecast.calendar import Floats, Whole
from optimizer.forecast.days import Days, rows_of
from optimizer.forecast.rates import Memory, daily, rolling
from optimizer.forecast.spread import BINS_MAX, GRID, RESIDUALS_MIN, TEST_DAYS
from optimizer.forecast.steps import (
    HORIZON_MAX,
    NOTHING,
    Course,
    Ladder,
    ladder,
    levels,
    median,
    middle,
    table,
)
from optimizer.history import History
from optimizer.history.series import Flags

HORIZONS = (1, 2, 3, 5, 7)
"""Days ahead at which a table is tested and calibrated."""

TESTED = (1, 3)
"""Days ahead at which a table has to beat the rate model."""

CLOCK_CHANGE_DAYS = 0.05
"""A day is 23 or 25 hours long when clocks change, and still a day."""

FINE_STEP = 0.1
"""Steps into which measured levels are cut where things are foreseen as they usually go."""


@dataclass(frozen=True)
class Table:
    """The ladder of bins with one step.

    Parameters
    ----------
    rows
        Which of the model's bins they are.
    wins
        Whether the table beats the rate model, per group.
    calibration
        By course, the quantiles of where truth lay, shape (horizons, grid).
    """

    ladder: Ladder
    rows: Whole
    wins: Flags
    calibration: dict[Course, Floats]

    @property
    def is_chosen(self) -> Flags:
        """Whether each bin is foreseen by this table."""
        return self.wins[self.ladder.groups]

    def standing(self) -> tuple[Whole, Whole]:
        """Return the last day on which each bin was heard of, and whether it ever was."""
        heard = self.ladder.steps != NOTHING
        return heard.shape[1] - 1 - heard[:, ::-1].argmax(axis=1), heard.any(axis=1)

    def chances(self, rows: Whole, day: int, horizon_days: float, course: Course) -> Floats:
        """Return the distribution of the step so many days after a day; between two whole days of it, a mixture of both."""
        nearest = round(horizon_days)
        days = nearest if abs(horizon_days - nearest) <= CLOCK_CHANGE_DAYS else horizon_days
        whole = min(int(days), HORIZON_MAX)
        part = days - whole if whole < HORIZON_MAX else 0.0
        made = table(self.ladder, rows, day, whole, course)
        return (1 - part) * made + part * table(self.ladder, rows, day, whole + 1, course) if part else made

    def points(self, chances: Floats) -> Floats:
        """Return the level of each distribution that is least far off."""
        return self.ladder.rungs[median(chances)]

    def levels(self, chances: Floats, horizon_days: float, probabilities: Floats, course: Course) -> Floats:
        """Return the levels of each distribution at some probabilities, calibrated, shape (rows, probabilities)."""
        known = self.calibration[course][np.abs(np.asarray(HORIZONS) - horizon_days).argmin()]
        return levels(chances, self.ladder.rungs, np.interp(probabilities, GRID, known))

    def chance_over(self, chances: Floats, bound: float) -> Floats:
        """Return the chance of a level from a bound on: a coarse level that says full may be over it."""
        over: Floats = chances[:, self.ladder.rungs >= bound - 1e-9].sum(axis=1)
        return over


def tables(
    history: History, days: Days, model: tuple[Floats, Memory], courses: Sequence[Course]
) -> tuple[Table, ...]:
    """Return a table for each step that levels come in; measured levels get one where their usual course is asked for.

    Parameters
    ----------
    model
        The factors and the memory of the rate model, which a table has to beat.
    """
    steps = _steps_of(history, days)
    made = [
        _table(history, days, np.flatnonzero(steps == step), (float(step), courses), model)
        for step in np.unique(steps[~np.isnan(steps)])
    ]
    if Course.USUAL in courses:
        measured = rows_of(history.latest["bin_id"], days.bin_ids)
        measured = np.sort(measured[(measured >= 0) & np.isnan(steps[measured])])
        if len(measured):
            made.append(_table(history, days, measured, (FINE_STEP, (Course.USUAL,)), None))
    return tuple(made)


def _table(
    history: History,
    days: Days,
    rows: Whole,
    asked: tuple[float, Sequence[Course]],
    model: tuple[Floats, Memory] | None,
) -> Table:
    """Return the table of bins with one step; without a model to beat it is for their usual course only."""
    step, courses = asked
    known = ladder(history, days.bin_ids[rows], days.streams[rows], days.calendar, step)
    some = np.arange(0, len(rows), -(-len(rows) // BINS_MAX))
    tests = {course: _Test.of(known.some(some), course) for course in courses}
    wins = np.zeros(_groups(known), dtype=np.bool_)
    if model:
        won = tests[Course.UNTOUCHED].wins(days.some(rows[some]), model)
        wins[: len(won)] = won
    return Table(known, rows, wins, {course: test.calibration() for course, test in tests.items()})


def _steps_of(history: History, days: Days) -> Floats:
    steps = np.full(len(days.bin_ids), np.nan)
    rows = rows_of(history.sensors["bin_id"], days.bin_ids)
    steps[rows[rows >= 0]] = history.sensors["step"].to_numpy(dtype=np.float64)[rows >= 0]
    return steps


def _groups(known: Ladder) -> int:
    return int(known.groups.max(initial=0)) + 1


def _origins(known: Ladder, horizon: int, course: Course) -> Iterator[tuple[int, Whole, Floats]]:
    """Yield day, bins and what the table would have said on that day, for the last origins whose outcome is known."""
    last = known.steps.shape[1] - 1 - horizon
    for day in range(max(horizon + 1, last - TEST_DAYS + 1), last + 1):
        was, came = known.steps[:, day], known.steps[:, day + horizon]
        usable = (was != NOTHING) & (came != NOTHING)
        if course is Course.UNTOUCHED:
            usable &= known.cycles[:, day] == known.cycles[:, day + horizon]
        rows = np.flatnonzero(usable)
        if len(rows):
            yield day, rows, table(known.until(day), rows, day, horizon, course)


@dataclass(frozen=True, slots=True)
class _Test:
    """What a table would have said on the last days, by horizon: day, bins, chances."""

    known: Ladder
    course: Course
    asked: dict[int, list[tuple[int, Whole, Floats]]]

    @classmethod
    def of(cls, known: Ladder, course: Course) -> _Test:
        """Ask a table on each of the last days."""
        return cls(known, course, {horizon: list(_origins(known, horizon, course)) for horizon in HORIZONS})

    def calibration(self) -> Floats:
        """Return at which probability of the table each share of truths lay, per horizon."""
        made = np.tile(GRID, (len(HORIZONS), 1))
        for place, (horizon, asked) in enumerate(self.asked.items()):
            lay = [
                middle(chances)[np.arange(len(rows)), self.known.steps[rows, day + horizon]]
                for day, rows, chances in asked
            ]
            if sum(map(len, lay)) >= RESIDUALS_MIN:
                made[place] = np.quantile(np.concatenate(lay), GRID)
        return made

    def wins(self, days: Days, model: tuple[Floats, Memory]) -> Flags:
        """Tell for each group whether the table's error is smaller than the rate model's on the same windows."""
        known, (factor, memory) = self.known, model
        rates, spread = rolling(days, factor, memory), daily(days, factor)[days.streams]
        by_table, by_rate = np.zeros(_groups(known)), np.zeros(_groups(known))
        for horizon in TESTED:
            for day, rows, chances in self.asked[horizon]:
                was, came = known.rungs[known.steps[rows, day]], known.rungs[known.steps[rows, day + horizon]]
                rise = rates[rows, day] * spread[rows, day + 1 : day + 1 + horizon].sum(axis=1)
                np.add.at(by_table, known.groups[rows], np.abs(known.rungs[median(chances)] - came))
                np.add.at(by_rate, known.groups[rows], np.abs(was + rise - came))
        better: Flags = by_table < by_rate
        return better


def said(tables: Sequence[Table], names: pd.Index) -> str:
    """Return in words which bins are foreseen by a table."""
    number = sum(int(one.is_chosen.sum()) for one in tables)
    return f"; {number} of {len(names)} bins by a table of their coarse levels" if number else ""
