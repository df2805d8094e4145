"""How bins fill: the truth that sensors only hint at.

Deposits of about 33 L arrive as a Poisson process with an hourly and a weekly rhythm (a compound Poisson process).
Every bin and day has random numbers of its own, so the truth does not depend on the order in which it is asked for.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from simulator.seeds import stream
from tournee.domain import Bin
from tournee.settings import SimulatorSettings

DEPOSIT_L = (12.5, 29.5, 57.0)  # least, likeliest, most; mean 33. Source: Groningen, arXiv 2409.13386
DEPOSIT_MEAN_L = sum(DEPOSIT_L) / 3
FILL_DAYS_SPREAD = 0.35  # of the logarithm, between bins
# Monday to Sunday; measured on a year of 77 real sensors, scaled to a mean of 1 below.
WEEKDAYS = np.array([1.02, 0.97, 0.96, 0.97, 1.07, 1.37, 0.64])
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 7, 8, 7, 7, 7, 8, 8, 7, 7, 8, 10, 11, 10, 8, 6, 4, 2], dtype=float)
WEEKDAYS /= WEEKDAYS.mean()
HOUR_EDGES = np.concatenate([[0.0], np.cumsum(HOURS / HOURS.sum())])

type Series = npt.NDArray[np.float64]


class Filling:
    """The true level of every bin at every moment since `start_at`.

    Parameters
    ----------
    start_at
        Aware; before it there is no truth.
    zone
        The rhythm follows local time.
    """

    def __init__(
        self, bins: Iterable[Bin], settings: SimulatorSettings, start_at: datetime, zone: ZoneInfo
    ) -> None:
        self.start_at = start_at
        self._bins = {bin_.bin_id: _Truth(bin_, settings, start_at, zone) for bin_ in bins}

    def fill_level(self, bin_id: str, at: datetime) -> float:
        """Return the level just after `at`, a service at that very instant included; over 1 it overflows."""
        return self._bins[bin_id].level(at.timestamp())

    def empty(self, bin_id: str, at: datetime) -> float:
        """Empty a bin and return the level that the crew found. Later emptyings may already be known."""
        return self._bins[bin_id].empty(at.timestamp())

    def mean_fill_days(self, bin_id: str) -> float:
        """Return in how many days this bin fills up on average: what a town knows of its bins."""
        return self._bins[bin_id].fill_days

    def deposits(self, bin_id: str, until: datetime) -> tuple[Series, Series]:
        """Return when something is thrown into a bin, in seconds since 1970, and the litres; what lies there at the start comes first."""
        return self._bins[bin_id].deposits(until.timestamp())

    def overflow_bin_hours(self, until: datetime) -> float:
        """Return the hours that bins have spent over 1, summed over all bins since the start, visited or not."""
        return sum(truth.overflow_s(until.timestamp()) for truth in self._bins.values()) / 3_600


class _Truth:
    """One bin: its deposits so far, and when it was emptied."""

    def __init__(self, bin_: Bin, settings: SimulatorSettings, start_at: datetime, zone: ZoneInfo) -> None:
        self._bin_id, self._volume_l, self._seed, self._zone = bin_.bin_id, bin_.volume_l, settings.seed, zone
        random = stream(settings.seed, f"bin {bin_.bin_id}")
        spread = random.normal(-(FILL_DAYS_SPREAD**2) / 2, FILL_DAYS_SPREAD)
        self.fill_days = settings.mean_fill_days * float(np.exp(spread))
        self._base = (
            random.uniform(0, settings.start_fill_level_max) if settings.start_fill_level_max else 0.0
        )
        self._start_s = start_at.timestamp()
        self._emptied_s = [self._start_s]  # the start counts as an emptying that left `_base` behind
        self._next_day = start_at.astimezone(zone).date()
        self._known_until_s = self._start_s
        self._times, self._litres = np.empty(0), np.zeros(1)

    def level(self, at_s: float) -> float:
        self._foresee(at_s)
        emptied_s = self._emptied_s[max(bisect_right(self._emptied_s, at_s) - 1, 0)]
        return self._left(emptied_s) + self._thrown_in(emptied_s, at_s) / self._volume_l

    def empty(self, at_s: float) -> float:
        found = self.level(at_s)
        insort(self._emptied_s, at_s)
        return found

    def deposits(self, until_s: float) -> tuple[Series, Series]:
        self._foresee(until_s)
        last = int(np.searchsorted(self._times, until_s, side="left"))
        times = np.concatenate([[self._start_s], self._times[:last]])
        return times, np.concatenate([[self._base * self._volume_l], np.diff(self._litres)[:last]])

    def overflow_s(self, until_s: float) -> float:
        self._foresee(until_s)
        starts = [at_s for at_s in self._emptied_s if at_s < until_s]
        return sum(self._overflow_between(a, b) for a, b in pairwise([*starts, until_s]))

    def _overflow_between(self, emptied_s: float, until_s: float) -> float:
        first = int(np.searchsorted(self._times, emptied_s, side="right"))
        room_l = (1 - self._left(emptied_s)) * self._volume_l
        # Index of the first deposit that no longer fits.
        over = int(np.searchsorted(self._litres, self._litres[first] + room_l, side="right")) - 1
        if over >= len(self._times):
            return 0.0
        return float(max(until_s - max(self._times[over], emptied_s), 0.0))

    def _left(self, emptied_s: float) -> float:
        return self._base if emptied_s == self._start_s else 0.0

    def _thrown_in(self, since_s: float, until_s: float) -> float:
        first, last = np.searchsorted(self._times, [since_s, until_s], side="right")
        return float(self._litres[last] - self._litres[first])

    def _foresee(self, until_s: float) -> None:
        """Draw the deposits of every day up to `until_s`, a week ahead at a time to keep the arrays few."""
        if until_s <= self._known_until_s:
            return
        days: list[tuple[Series, Series]] = []
        while until_s > self._known_until_s or len(days) < 7:
            days.append(self._day(self._next_day))
            self._next_day += timedelta(days=1)
            self._known_until_s = day_start_s(self._next_day, self._zone)
        self._times = np.concatenate([self._times, *(times for times, _ in days)])
        litres = np.concatenate([np.diff(self._litres), *(litres for _, litres in days)])
        self._litres = np.concatenate([[0.0], np.cumsum(litres)])

    def _day(self, day: date) -> tuple[Series, Series]:
        random = stream(self._seed, f"deposits {self._bin_id}", day.toordinal())
        deposits_per_day = self._volume_l / self.fill_days / DEPOSIT_MEAN_L
        count = random.poisson(deposits_per_day * WEEKDAYS[day.weekday()])
        share = np.interp(np.sort(random.random(count)), HOUR_EDGES, np.linspace(0, 1, 25))
        litres = random.triangular(*DEPOSIT_L, size=count)
        start_s, end_s = day_start_s(day, self._zone), day_start_s(day + timedelta(days=1), self._zone)
        times = start_s + share * (end_s - start_s)
        after_start = times > self._start_s
        return times[after_start], litres[after_start]


@lru_cache(maxsize=4_096)
def day_start_s(day: date, zone: ZoneInfo) -> float:
    """Return the local midnight that begins a day, in seconds since 1970; days of 23 and 25 hours come out right."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp()
