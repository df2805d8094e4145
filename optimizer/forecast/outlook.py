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

SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which probabilities are foreseen, of what course of things, and from which level on a bin is called full."""

    probabilities: Floats
    course: Course = Course.UNTOUCHED
    full_level: float = 0.85


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
    full_probability
        That it is over `Asked.full_level` at the instant.
    overflow
        What is expected to lie beside it, as a fraction of its volume.
    """

    points: Floats
    levels: Floats
    overflow_probability: Floats
    full_probability: Floats
    overflow: Floats


def foreseen(model: Model, stands: Standing, at_s: float, asked: Asked) -> Outlook:
    """Return the outlook of all bins at an instant; bins of a table that was chosen are read off it."""
    outlook = _by_rate(model, stands, at_s, asked)
    for one in model.tables:
        _by_table(one, outlook, at_s, asked)
    return outlook


def _by_rate(model: Model, stands: Standing, at_s: float, asked: Asked) -> Outlook:
    end_s = np.maximum(stands.start_s, at_s)
    rise = model.growth(stands.start_s, end_s)
    level = stands.level + rise
    spread = np.sqrt(VARIANCE_PER_RISE * rise + stands.spread**2 + READING_SPREAD**2) * model.widths
    horizon = model.residuals.of((end_s - stands.start_s) / SECONDS_PER_DAY)
    levels = np.zeros((len(rise), len(asked.probabilities)))
    chance, full, over = (np.zeros(len(rise)) for _ in range(3))
    for place in range(len(HORIZONS)):
        own = horizon == place
        if own.any():
            known = model.residuals.quantiles[place]
            levels[own] = level[own, None] + spread[own, None] * np.interp(asked.probabilities, GRID, known)
            chance[own], over[own] = _beyond(known, (1 - level[own]) / spread[own])
            full[own], _ = _beyond(known, (asked.full_level - level[own]) / spread[own])
    return Outlook(np.maximum(level, 0.0), np.maximum(levels, 0.0), chance, full, over * spread)


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
    # To the hour, so that bins that spoke at different minutes are read off together.
    hours = np.maximum(np.round((at_s - one.ladder.measured_s) / SECONDS_PER_HOUR), 0.0)
    for last, ahead in sorted(set(zip(day[wanted].tolist(), hours[wanted].tolist(), strict=True))):
        rows = np.flatnonzero(wanted & (day == last) & (hours == ahead))
        chances = one.chances(rows, last, ahead / 24, asked.course)
        at = one.rows[rows]
        outlook.points[at] = one.points(chances)
        outlook.levels[at] = one.levels(chances, ahead / 24, asked.probabilities, asked.course)
        outlook.full_probability[at] = one.chance_over(chances, asked.full_level)
        if asked.course is Course.UNTOUCHED:
            outlook.overflow_probability[at] = one.chance_over(chances, 1.0)
