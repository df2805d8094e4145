"""Local days: where each begins, what weekday it is, and whether it is a public holiday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

from tournee.errors import ConfigError

SECONDS_PER_DAY = 86_400.0
HOLIDAY = 7
"""The kind of day after Monday (0) to Sunday (6): whatever weekday it falls on, a holiday is a day of its own."""
KINDS = 8

type Floats = npt.NDArray[np.float64]
type Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Holidays:
    """Whose public holidays count: an ISO 3166 country and one of its subdivisions; no country has none."""

    country: str = ""
    region: str = ""

    def of_year(self, year: int) -> frozenset[date]:
        """Return the public holidays of a year.

        Raises
        ------
        ConfigError
            The `holidays` package does not know the country or the region.
        """
        return _of_year(self.country, self.region, year) if self.country else frozenset()


@lru_cache(maxsize=256)
def _of_year(country: str, region: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
    except NotImplementedError:  # so the package says that it does not know one of them
        known = holidays.list_supported_countries()
        if country not in known:
            raise ConfigError(
                "forecast.country", country, "an ISO 3166 code such as FR, or nothing"
            ) from None
        expected = (
            f"one of {', '.join(known[country])}" if known[country] else f"nothing: {country} has no regions"
        )
        raise ConfigError("forecast.region", region, expected) from None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A run of local days.

    Parameters
    ----------
    edges
        The local midnights around them, in seconds since 1970; one more than there are days.
    kinds
        Monday 0 to Sunday 6, `HOLIDAY` on a public holiday.
    """

    edges: Floats
    kinds: Whole

    @property
    def num_days(self) -> int:
        """How many days it has."""
        return len(self.kinds)

    @property
    def lengths(self) -> Floats:
        """How long each day is, in days of 24 hours: clocks change."""
        lengths: Floats = np.diff(self.edges) / SECONDS_PER_DAY
        return lengths

    def day_of(self, epochs: Floats) -> Whole:
        """Return the number of the day that each instant lies in; before and after, the first and the last."""
        # Clocks change by less than half a day, so the guess is at most a day off: quicker than a search, by the million.
        guess = ((epochs - self.edges[0]) / SECONDS_PER_DAY).astype(np.int64)
        last = self.num_days - 1
        guess = np.clip(guess, 0, last)
        guess -= epochs < self.edges[guess]
        guess += epochs >= self.edges[guess + 1]
        found: Whole = np.clip(guess, 0, last)
        return found

    def grown(self, factors: Floats) -> Floats:
        """Return at each edge what has grown since the first, in days of mean growth; `factors` by kind of day."""
        return np.concatenate([[0.0], np.cumsum(self.lengths * factors[self.kinds])])


def calendar(start_s: float, end_s: float, zone: ZoneInfo, off: Holidays = Holidays()) -> Calendar:
    """Return the local days that hold two instants and all between."""
    first = datetime.fromtimestamp(start_s, tz=zone).date()
    last = datetime.fromtimestamp(end_s, tz=zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    free = frozenset().union(*(off.of_year(year) for year in range(first.year, last.year + 1)))
    kinds = [HOLIDAY if day in free else day.weekday() for day in days[:-1]]
    edges = [datetime.combine(day, time(), tzinfo=zone).timestamp() for day in days]
    return Calendar(np.asarray(edges), np.asarray(kinds, dtype=np.int64))
