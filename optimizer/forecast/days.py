"""History -> what rose in each bin on each local day: the one array that rates, factors and spreads are learned from."""

from __future__ import annotations

from collections.abc import Sequence
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
    seen = _observed(history)
    made_s = made_at.timestamp()
    start_s, end_s = epochs(seen["start_at"]), epochs(seen["end_at"])
    local = calendar(min(start_s.min(initial=made_s), made_s - SECONDS_PER_DAY), made_s, zone, off)
    bin_ids = pd.Index([one.bin_id for one in bins], dtype="str")
    rows = rows_of(seen["bin_id"], bin_ids)
    span = (end_s - start_s) / SECONDS_PER_DAY
    usable = (rows >= 0) & (span > 0) & (span <= SPAN_MAX_DAYS) & (end_s <= made_s)
    rise, exposed = _spread(
        local, rows[usable], start_s[usable], end_s[usable], seen["rise"].to_numpy()[usable]
    )
    shape = len(bins), local.num_days
    streams, names = pd.factorize(
        np.asarray([one.waste_stream.value for one in bins], dtype=object), sort=True
    )
    districts, _ = pd.factorize(
        np.asarray([f"{one.waste_stream} {one.district}" for one in bins], dtype=object)
    )
    return Days(
        bin_ids,
        streams.astype(np.int64),
        tuple(map(str, names)),
        districts.astype(np.int64),
        local,
        _grid(rise, shape),
        _grid(exposed, shape),
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


def _observed(history: History) -> pd.DataFrame:
    """Return every growth that was seen: between readings, and between services where a driver saw the level."""
    columns = ["bin_id", "start_at", "end_at", "rise"]
    between = history.increments[~history.increments["is_censored"].to_numpy()][columns]
    emptied = history.emptyings[~history.emptyings["bin_id"].isin(history.latest["bin_id"])]
    seen = emptied.assign(start_at=emptied.groupby("bin_id")["emptied_at"].shift())
    seen = seen.dropna(subset=["start_at", "fill_level"])
    if not len(seen):
        return between
    by_eye = seen.rename(columns={"emptied_at": "end_at", "fill_level": "rise"})[columns]
    return pd.concat([between, by_eye], ignore_index=True) if len(between) else by_eye


def _spread(
    local: Calendar, rows: Whole, start_s: Floats, end_s: Floats, rise: Floats
) -> tuple[tuple[Whole, Floats], tuple[Whole, Floats]]:
    """Return growth and time seen, each as cells of the grid and what goes there: a growth over midnight is shared by time."""
    first, last = local.day_of(start_s), local.day_of(end_s)
    cells, risen, exposed = [], [], []
    for ahead in range(int((last - first).max(initial=0)) + 1):
        here = first + ahead <= last
        day = (first + ahead)[here]
        seconds = np.minimum(local.edges[day + 1], end_s[here]) - np.maximum(local.edges[day], start_s[here])
        cells.append(rows[here] * local.num_days + day)
        risen.append(rise[here] * seconds / (end_s - start_s)[here])
        exposed.append(seconds / SECONDS_PER_DAY)
    cell = np.concatenate(cells)
    return (cell, np.concatenate(risen)), (cell, np.concatenate(exposed))


def _grid(cells: tuple[Whole, Floats], shape: tuple[int, int]) -> Grid:
    filled = np.bincount(cells[0], weights=cells[1], minlength=shape[0] * shape[1])
    return filled.reshape(shape).astype(np.float32)
