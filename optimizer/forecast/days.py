"""History -> what rose in each bin on each local day: the one array that rates, factors and spreads are learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.forecast.calendar import SECONDS_PER_DAY, Calendar, Floats, Holidays, Whole, calendar
from optimizer.history import History
from tournee.domain import Bin

SPAN_MAX_DAYS = 60
"""A growth seen over longer says little about any of its days."""

AT_ONCE = 100_000
"""Growths that are spread over their days at once."""

type Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Days:
    """Growth by bin and local day.

    Parameters
    ----------
    bin_ids
        In the order of the bins asked for, shape (bins,).
    streams, districts
        Of each bin, as numbers: `stream_names` names the first; a district is one of one stream.
    rise
        What was seen to rise on that day, fractions of the volume, shape (bins, days).
    seen
        For how much of the day, in days: what no two readings enclose, or ends in a full bin, is not seen.
    """

    bin_ids: pd.Index
    streams: Whole
    stream_names: tuple[str, ...]
    districts: Whole
    calendar: Calendar
    rise: Grid
    seen: Grid

    def some(self, rows: Whole) -> Days:
        """Return the days of some bins."""
        return Days(
            self.bin_ids[rows],
            self.streams[rows],
            self.stream_names,
            self.districts[rows],
            self.calendar,
            self.rise[rows],
            self.seen[rows],
        )


def days_of(history: History, bins: Sequence[Bin], made_at: datetime, zone: ZoneInfo, off: Holidays) -> Days:
    """Return the days from the first growth that was seen up to `made_at`."""
    made_s = made_at.timestamp()
    bin_ids = pd.Index([one.bin_id for one in bins], dtype="str")
    seen = [_Seen.of(frame, bin_ids) for frame in (history.increments, _by_eye(history)) if len(frame)]
    first_s = min([made_s - SECONDS_PER_DAY, *(float(piece.start_s.min()) for piece in seen)])
    local = calendar(first_s, made_s, zone, off)
    rise, exposed = (np.zeros((len(bins), local.num_days), dtype=np.float32) for _ in range(2))
    for piece in seen:
        for some in piece.usable(made_s):
            some.put(local, rise, exposed)
    streams, names = pd.factorize(
        np.asarray([one.waste_stream.value for one in bins], dtype=object), sort=True
    )
    like = [f"{one.waste_stream.value} {one.district}" for one in bins]
    districts, _ = pd.factorize(np.asarray(like, dtype=object))
    return Days(
        bin_ids,
        streams.astype(np.int64),
        tuple(map(str, names)),
        districts.astype(np.int64),
        local,
        rise,
        exposed,
    )


def rows_of(named: pd.Series, bin_ids: pd.Index) -> Whole:
    """Return where each name stands among the bins, -1 where it does not; of a category each name is looked up once."""
    if isinstance(named.dtype, pd.CategoricalDtype):
        places = bin_ids.get_indexer(named.cat.categories)
        codes = named.cat.codes.to_numpy()
        found: Whole = np.where(codes >= 0, places[codes], -1) if len(places) else np.full(len(codes), -1)
        return found
    return bin_ids.get_indexer(pd.Index(named)).astype(np.int64)


def epochs(instants: Any) -> Floats:
    """Return a column of aware instants as seconds since 1970."""
    seconds: Floats = instants.dt.tz_convert(None).to_numpy().astype("datetime64[s]").astype(np.float64)
    return seconds


def _by_eye(history: History) -> pd.DataFrame:
    """Return the growth between two services of a bin without a sensor, where a driver saw the level: as increments."""
    has_sensor = pd.Index(history.latest["bin_id"]).get_indexer(pd.Index(history.emptyings["bin_id"])) >= 0
    emptied = history.emptyings[~has_sensor]
    seen = emptied.assign(start_at=emptied.groupby("bin_id")["emptied_at"].shift())
    seen = seen.dropna(subset=["start_at", "fill_level"]).assign(is_censored=False)
    return pd.DataFrame(
        {
            "bin_id": seen["bin_id"],
            "start_at": seen["start_at"],
            "end_at": seen["emptied_at"],
            "rise": seen["fill_level"],
            "is_censored": seen["is_censored"],
        }
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Growths that were seen, as arrays; a bin that nobody asked for is at -1."""

    rows: Whole
    start_s: Floats
    end_s: Floats
    rise: Floats
    is_censored: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, frame: pd.DataFrame, bin_ids: pd.Index) -> _Seen:
        """Return the growths of a frame of increments."""
        return cls(
            rows_of(frame["bin_id"], bin_ids),
            epochs(frame["start_at"]),
            epochs(frame["end_at"]),
            frame["rise"].to_numpy(dtype=np.float64),
            frame["is_censored"].to_numpy(dtype=np.bool_),
        )

    def usable(self, made_s: float) -> Iterator[_Seen]:
        """Yield those that say something, a piece at a time that the processor's cache holds."""
        for first in range(0, len(self.rows), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            rows, start_s, end_s = self.rows[part], self.start_s[part], self.end_s[part]
            span = end_s - start_s
            said = (rows >= 0) & ~self.is_censored[part] & (end_s <= made_s)
            said &= (span > 0) & (span <= SPAN_MAX_DAYS * SECONDS_PER_DAY)
            if said.any():
                yield _Seen(
                    rows[said],
                    start_s[said],
                    end_s[said],
                    self.rise[part][said],
                    self.is_censored[part][said],
                )

    def put(self, local: Calendar, rise: Grid, exposed: Grid) -> None:
        """Add growth and time seen to the cells of both grids; what spans a midnight is shared by time."""
        day, last = local.day_of(self.start_s), local.day_of(self.end_s)
        per_second = self.rise / (self.end_s - self.start_s)
        left = np.arange(len(day))
        while len(left):
            begin = np.maximum(local.edges[day], self.start_s[left])
            seconds = np.minimum(local.edges[day + 1], self.end_s[left]) - begin
            cells = self.rows[left] * local.num_days + day
            _add(rise, cells, seconds * per_second[left])
            _add(exposed, cells, seconds / SECONDS_PER_DAY)
            goes_on = day < last[left]
            left, day = left[goes_on], day[goes_on] + 1


def _add(grid: Grid, cells: Whole, amounts: Floats) -> None:
    """Add amounts to cells, some of which come twice; growths by bin touch a small part of the grid only."""
    first, last = int(cells.min()), int(cells.max()) + 1
    grid.reshape(-1)[first:last] += np.bincount(cells - first, weights=amounts, minlength=last - first)
