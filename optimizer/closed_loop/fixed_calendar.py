"""A calendar made once from the records: each bin every so many days, on days on which its neighbors are emptied too."""

from __future__ import annotations

from datetime import date

import numpy as np

from optimizer.closed_loop.policy import Morning, musts
from optimizer.closed_loop.scenario import Scenario
from optimizer.selection import Wanted

DEPOSIT_SPREAD_L = 36.5
"""Variance of what is thrown in, in litres for each litre of it: deposits of 10 to 60 L that come at random."""

WEEKLY_SPREAD = 0.25
"""Standard deviation of a week's waste at one place, as a share: what records of collection show."""

PLANNED_DAYS = 84
"""The calendar's length; a longer run begins it again."""

LONGEST_DAYS = 42
SWEEPS = 2
"""How often every bin looks for better days after all have theirs."""

CROWDED = 1.2
"""A day with so many times the mean load gets no further bin while another day has room."""

CROWDED_M = 5_000.0


class FixedCalendar:
    """Every bin so seldom that it runs over in few of its cycles, at the records' rates; it never looks at a reading.

    Parameters
    ----------
    caution
        Standard deviations of a cycle's waste that a bin must still have room for.
    """

    def __init__(self, caution: float) -> None:
        self.caution = caution
        self._days: list[set[int]] = []
        self._last: date | None = None

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins of today, and of the days without service just before it."""
        if not self._days:
            intervals = intervals_of(morning.scenario, self.caution)
            self._days = _Days(morning.scenario, intervals).members
        since = (morning.day - self._last).days if self._last else 1
        self._last = morning.day
        number = (morning.day - morning.scenario.start_at.date()).days
        due = {at for back in range(since) for at in self._days[(number - back) % PLANNED_DAYS]}
        return musts(morning, morning.known.levels(morning.at_s), sorted(due))


def intervals_of(scenario: Scenario, caution: float) -> list[int]:
    """Return the days between two services of each bin: the longest that leave room for the caution, 1 to 42."""
    possible = np.arange(1, LONGEST_DAYS + 1)
    mean_l = scenario.records.litres_per_day[:, None] * possible
    # Inside a week all days are more or less than usual together; further weeks make up for one another.
    weekly = (
        (WEEKLY_SPREAD * scenario.records.litres_per_day[:, None]) ** 2 * possible * np.minimum(possible, 7)
    )
    needed_l = mean_l + caution * np.sqrt(DEPOSIT_SPREAD_L * mean_l + weekly)
    fits = needed_l <= scenario.capacity_l[:, None]
    return [int(possible[row].max()) if row.any() else 1 for row in fits]


class _Days:
    """Which bins are emptied on each day, chosen one after the other, the frequent ones first."""

    def __init__(self, scenario: Scenario, intervals: list[int]) -> None:
        count = len(scenario.bins)
        self._metres = scenario.matrix.distance_m[: count + 1, : count + 1].astype(np.float64)
        self._litres = scenario.records.litres_per_day * intervals
        self._mean_l = float(scenario.records.litres_per_day.sum())
        self._load_l = np.zeros(PLANNED_DAYS)
        self.members: list[set[int]] = [set() for _ in range(PLANNED_DAYS)]
        order = sorted(range(count), key=lambda at: (intervals[at], -self._metres[0, 1 + at]))
        phases = {at: self._best_phase(at, intervals[at]) for at in order}
        for _ in range(SWEEPS):
            for at in order:
                self._take_out(at, intervals[at], phases[at])
                phases[at] = self._best_phase(at, intervals[at])

    def _best_phase(self, at: int, interval: int) -> int:
        """Put a bin on the days where it adds the shortest detours; return the first of them."""
        detours = np.asarray([self._detour_m(at, day) for day in range(PLANNED_DAYS)])
        phase = int(np.argmin([detours[first::interval].mean() for first in range(interval)]))
        for day in range(phase, PLANNED_DAYS, interval):
            self.members[day].add(at)
            self._load_l[day] += self._litres[at]
        return phase

    def _take_out(self, at: int, interval: int, phase: int) -> None:
        for day in range(phase, PLANNED_DAYS, interval):
            self.members[day].remove(at)
            self._load_l[day] -= self._litres[at]

    def _detour_m(self, at: int, day: int) -> float:
        stops = [
            0,
            0,
            *(1 + one for one in self.members[day]),
        ]  # twice the depot: a bin alone is there and back
        near = np.partition(self._metres[1 + at, stops], 1)[:2]
        crowd = max(self._load_l[day] + self._litres[at] - CROWDED * self._mean_l, 0.0) / self._mean_l
        return float(near.sum() + CROWDED_M * crowd)
