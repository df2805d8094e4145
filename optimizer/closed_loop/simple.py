"""Policies that depots have today: a number of the fullest, a threshold, the days until a bin is full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.closed_loop.policy import Morning, musts
from optimizer.closed_loop.scenario import SECONDS_PER_DAY
from optimizer.selection import Wanted


@dataclass(frozen=True, slots=True)
class Fullest:
    """The same number of bins every day, the fullest; below 1 it is their share of all bins."""

    number: float

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the fullest bins; of equals the first."""
        levels = morning.known.levels(morning.at_s)
        number = self.number if self.number >= 1 else self.number * len(levels)
        return musts(morning, levels, np.argsort(-levels, kind="stable")[: round(number)])


@dataclass(frozen=True, slots=True)
class Threshold:
    """Every bin that is believed to be at least so full."""

    percent: float

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins from the threshold on."""
        levels = morning.known.levels(morning.at_s)
        return musts(morning, levels, np.flatnonzero(levels >= self.percent / 100))


@dataclass(frozen=True, slots=True)
class DaysToFull:
    """Every bin that its records' rate fills up within so many days."""

    days: float

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins that are full by then."""
        levels = morning.known.levels(morning.at_s)
        scenario = morning.scenario
        ahead = scenario.average_days(morning.at_s, morning.at_s + self.days * SECONDS_PER_DAY)
        then = levels + scenario.records.litres_per_day / scenario.capacity_l * ahead
        return musts(morning, levels, np.flatnonzero(then >= 1.0))
