"""Which echoes come from the waste: a causal filter over all sensors at once.

What 77 real sensors do in a year (MEASURED: forecasting): most return **phantom echoes** at one to three fixed false distances, for
hours or days on end, which look like a full bin and then like an emptying. So each sensor is in one of two modes, clear or in
doubt, and its level is carried, with a spread that grows, while a phantom may hide it. Every reading is weighed under both: growth,
an emptying, a heap thrown in; or a phantom at a place that is known, or at a new one. A phantom that stays is believed in the
end, for a full bin that nobody empties is flat as well; one that goes is remembered with its place.

Times are in days, never in numbers of readings: the same rules hold for 24 readings a day and for 2.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.history.judge import Judge
from optimizer.history.places import Places
from optimizer.history.series import Flags, Floats, Series, Whole

SECONDS_PER_DAY = 86_400.0

NOISE_MIN, NOISE_MAX, NOISE_READINGS_MIN = 0.012, 0.08, 20
"""Bounds of a sensor's standard deviation, fractions of the volume, and how many readings say more than its lower bound."""

NOISE_WITHIN_DAYS = 0.25
"""Three readings within so long say something of the noise; over longer the bend of a day's rhythm would count as noise."""


@dataclass(frozen=True, slots=True)
class Echoes:
    """What the filter makes of each reading, in the order of the series.

    Parameters
    ----------
    is_clear
        Whether it measured the waste.
    is_emptied
        Whether the bin was emptied between the clear reading before and this one.
    levels, spreads
        The level that is believed at that time, 0 where this sensor sees empty, and its standard deviation; carried on while hidden.
    empties
        What the sensor says of an empty bin.
    is_stuck
        Whether it stands still.
    """

    is_clear: Flags
    is_emptied: Flags
    levels: Floats
    spreads: Floats
    empties: Floats
    is_stuck: Flags


def listen(series: Series, reported: tuple[Whole, Whole], drop: float) -> Echoes:
    """Return what every reading is worth, each judged by what came up to then.

    Parameters
    ----------
    reported
        Code of the bin and instant (epoch seconds) of each reported emptying, by bin and time.
    drop
        A smaller fall of the level is noise, in fractions of the volume.
    """
    counts = np.diff(series.starts)
    # Sensors with many readings first: those that have one left are then always the first few.
    sensors = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    hearing = _Hearing(series, last_report_s(series, reported) / SECONDS_PER_DAY, noise(series), drop)
    kinds = (bool, bool, float, float, float, bool)
    made = Echoes(*(np.zeros(len(series.codes), dtype=kind) for kind in kinds))
    learned = hearing.judge(sensors, Places(len(sensors)), made)
    # Once more where phantoms came from places that are now known: the first of them is then recognized, too.
    again = np.flatnonzero(learned.times.any(axis=1))
    hearing.judge(sensors[again], learned.some(again), made)
    return made


@dataclass(frozen=True, slots=True)
class _Hearing:
    """All readings, when each bin was last reported emptied before them (in days), and the noise of each sensor."""

    series: Series
    emptied_at: Floats
    noise: Floats
    drop: float

    def judge(self, sensors: Whole, places: Places, made: Echoes) -> Places:
        """Judge the readings of some sensors, those with most readings first, and return where their phantoms come from."""
        starts, counts = self.series.starts[sensors], np.diff(self.series.starts)[sensors]
        left = np.searchsorted(-counts, -np.arange(counts.max(initial=0)), side="left")
        judge, learned = Judge(self.noise[sensors], self.drop, places), Places(len(sensors))
        for turn, number in enumerate(left.tolist()):
            judge.keep(number, learned)
            rows = starts[:number] + turn
            at = self.series.at_s[rows] / SECONDS_PER_DAY
            heard = judge.hear(at, self.series.levels[rows], self.emptied_at[rows])
            for field, values in zip(fields(made), heard, strict=True):
                getattr(made, field.name)[rows] = values
        judge.keep(0, learned)
        return learned


def last_report_s(series: Series, reported: tuple[Whole, Whole]) -> Floats:
    """Return when the bin of each reading was last reported emptied before it; minus infinity: never."""
    codes, at_s = reported
    if not len(codes) or not len(series.codes):
        return np.full(len(series.codes), -np.inf)
    span = int(max(series.at_s.max(), at_s.max())) + 1
    place = np.searchsorted(codes * span + at_s, series.codes * span + series.at_s, side="right") - 1
    found = np.maximum(place, 0)
    is_own = (place >= 0) & (codes[found] == series.codes)
    return np.where(is_own, at_s[found], -np.inf)


def noise(series: Series) -> Floats:
    """Return the standard deviation of each sensor's readings: by how much one leaves the line between its two neighbors."""
    found = np.full(len(series.bin_ids), NOISE_MIN)
    codes, levels, at_s = series.codes, series.levels, series.at_s
    near = (codes[2:] == codes[:-2]) & (at_s[2:] - at_s[:-2] <= NOISE_WITHIN_DAYS * SECONDS_PER_DAY)
    bend = np.abs(levels[2:] - 2 * levels[1:-1] + levels[:-2])[near] / np.sqrt(6)
    codes = codes[2:][near]
    order = np.lexsort((bend, codes))
    bend, starts = bend[order], np.searchsorted(codes, np.arange(len(found) + 1))
    enough = np.diff(starts) >= NOISE_READINGS_MIN
    middle = (starts[:-1] + starts[1:])[enough] // 2
    found[enough] = np.clip(1.4826 * bend[middle], NOISE_MIN, NOISE_MAX)
    return found
