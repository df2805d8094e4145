"""A town with every deposit of some weeks: what the closed loop lives through.

Times inside are seconds from `start_at`; a scenario's clock has no time zone, so its local time is taken as UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from optimizer.matrix import Matrix
from tournee.domain import Bin, Network

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

SECONDS_PER_DAY = 86_400
EVERY_DAY = frozenset(range(7))

DENSITY_KG_PER_M3 = 85.0
"""Of loose residual waste, where a scenario says nothing of weight; EPA 2016."""


@dataclass(frozen=True)
class Deposits:
    """Everything that people throw in, sorted by time: the bin's index, seconds from the start, litres."""

    bins: Ints
    at_s: Floats
    litres: Floats


@dataclass(frozen=True)
class Records:
    """What a depot knows of its bins before the first day; a policy may use all of it.

    Parameters
    ----------
    litres_per_day
        Per bin, what records of past weeks show.
    rhythm
        168 factors with mean 1: deposits of an hour of the week, Monday 00:00 first, against the average.
    """

    litres_per_day: Floats
    rhythm: Floats


@dataclass(frozen=True)
class Scenario:
    """One town, its trucks, its streets and its deposits.

    Parameters
    ----------
    network
        A vehicle is one working segment of a truck: breaks are held at the depot, where every segment begins and ends.
    matrix
        Between the depot, the bins in their order, and the facilities in theirs.
    measured_from_at, end_at
        Figures count from the one to the other, which is excluded; the days before are for warming up.
    weekdays
        Days on which trucks go out, Monday 0.
    """

    name: str
    network: Network
    matrix: Matrix
    start_at: datetime
    measured_from_at: datetime
    end_at: datetime
    deposits: Deposits
    records: Records
    weekdays: frozenset[int] = EVERY_DAY

    @property
    def bins(self) -> tuple[Bin, ...]:
        """The bins, in the order of every array here."""
        return self.network.bins

    @cached_property
    def capacity_l(self) -> Floats:
        """Litres that each bin holds."""
        return np.asarray([one.volume_l for one in self.bins])

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Where a bin is in the arrays."""
        return {one.bin_id: at for at, one in enumerate(self.bins)}

    def seconds(self, instant: datetime) -> float:
        """Return the seconds from the start to an aware instant."""
        return (instant - self.start_at).total_seconds()

    def instant(self, seconds: float) -> datetime:
        """Return the UTC instant that lies some seconds after the start."""
        return self.start_at + timedelta(seconds=float(seconds))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that its clock is read in."""
        return ZoneInfo("UTC")

    @property
    def days(self) -> Sequence[date]:
        """Every day of the run, the ones for warming up included."""
        count = (self.end_at - self.start_at).days
        return [self.start_at.astimezone(UTC).date() + timedelta(days=number) for number in range(count)]

    @cached_property
    def _rhythm_sum(self) -> Floats:
        """The rhythm added up hour by hour from the start's own hour, in days of average."""
        first = self.start_at.weekday() * 24 + self.start_at.hour
        week = np.roll(self.records.rhythm, -first) / 24
        return np.concatenate([[0.0], np.cumsum(week)])

    def average_days(self, from_s: float | Floats, to_s: float | Floats) -> Floats:
        """Return the time between two moments in average days: a quiet night counts less than a busy afternoon."""
        return self._average_until(np.asarray(to_s)) - self._average_until(np.asarray(from_s))

    def _average_until(self, seconds: Floats) -> Floats:
        weeks, hours = np.divmod(np.asarray(seconds, dtype=np.float64) / 3_600, 168)
        inside: Floats = np.interp(hours, np.arange(169), self._rhythm_sum)
        return weeks * float(self._rhythm_sum[-1]) + inside
