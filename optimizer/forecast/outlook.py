"""A model and where each bin stands -> the level at an instant, as arrays over all bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.forecast.calendar import SECONDS_PER_DAY, Floats
from optimizer.forecast.model import Model
from optimizer.forecast.spread import GRID, HORIZONS, READING_SPREAD
from optimizer.forecast.standing import Standing
from optimizer.forecast.steps import Course
from optimizer.forecast.tables import Table
from optimizer.history.tracks import VARIANCE_PER_RISE


@dataclass(frozen=True, slots=True)
class Asked:
    """Which probabilities are foreseen, and of what course of things."""

    probabilities: Floats
    course: Course = Course.UNTOUCHED


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of every bin at one instant.

    Parameters
    ----------
    points
        The level that is least far off, >= 0.
    levels
        At the probabilities asked for, shape (bins, probabilities).
    overflow_probability
        That the level has passed 1 by then, if nobody empties the bin.
    overflow
        What is then expected to lie beside it, as a fraction of its volume.
    """

    points: Floats
    levels: Floats
    overflow_probability: Floats
    overflow: Floats


def foreseen(model: Model, stands: Standing, at_s: float, asked: Asked) -> Outlook:
    """Return the outlook of all bins at an instant; bins of a table that was chosen are read off it."""
    outlook = _by_rate(model, stands, at_s, asked.probabilities)
    for one in model.tables:
        _by_table(one, outlook, at_s, asked)
    return outlook


def _by_rate(model: Model, stands: Standing, at_s: float, probabilities: Floats) -> Outlook:
    end_s = np.maximum(stands.start_s, at_s)
    rise = model.growth(stands.start_s, end_s)
    level = stands.level + rise
    spread = np.sqrt(VARIANCE_PER_RISE * rise + stands.spread**2 + READING_SPREAD**2) * model.widths
    horizon = model.residuals.of((end_s - stands.start_s) / SECONDS_PER_DAY)
    levels, chance, over = np.zeros((len(rise), len(probabilities))), np.zeros(len(rise)), np.zeros(len(rise))
    for place in range(len(HORIZONS)):
        own = horizon == place
        if own.any():
            known = model.residuals.quantiles[place]
            levels[own] = level[own, None] + spread[own, None] * np.interp(probabilities, GRID, known)
            chance[own], over[own] = _beyond(known, (1 - level[own]) / spread[own])
    return Outlook(np.maximum(level, 0.0), np.maximum(levels, 0.0), chance, over * spread)


def _beyond(known: Floats, room: Floats) -> tuple[Floats, Floats]:
    """Return the chance that a residual passes each bound, and by how much it is expected to."""
    above = np.searchsorted(known, room, side="right")
    tails = np.concatenate([np.cumsum(known[::-1])[::-1], [0.0]])
    number = len(known) - above
    return number / len(known), np.maximum(tails[above] - number * room, 0.0) / len(known)


def _by_table(one: Table, outlook: Outlook, at_s: float, asked: Asked) -> None:
    """Put what a table says in the place of the rate model's, where it was chosen or where emptyings are foreseen."""
    day, heard = one.standing()
    wanted = heard & (one.is_chosen | (asked.course is Course.USUAL))
    horizons = at_s - one.ladder.measured_s
    for last, horizon in {
        (d, h) for d, h in zip(day[wanted].tolist(), horizons[wanted].tolist(), strict=True)
    }:
        rows = np.flatnonzero(wanted & (day == last) & (horizons == horizon))
        read = one.foresee(
            rows, last, max(horizon, 0.0) / SECONDS_PER_DAY, (asked.probabilities, asked.course)
        )
        outlook.points[read.rows], outlook.levels[read.rows] = read.points, read.levels
        if asked.course is Course.UNTOUCHED:
            outlook.overflow_probability[read.rows] = read.full
