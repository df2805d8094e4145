"""Readings of all bins as flat arrays, by bin and time: what numpy can work on at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tournee.domain import Quality, ServiceEvent, ServiceOutcome

COARSE_STEP_MIN = 0.09
"""Levels that are all multiples of at least this are steps (tenths, sixths, quarters), not a measurement."""

COARSE_READINGS_MIN = 12
"""With fewer readings nobody can tell steps from chance."""

SPAN = 1_000_000
"""More thousandths than any two levels are apart."""

ROUNDED = 3
"""Thousandths by which a level that is a whole number of steps may be off."""

type Floats = npt.NDArray[np.float64]
type Whole = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Series:
    """Readings that may be looked at, ordered by bin and time, one per bin and second.

    Parameters
    ----------
    bin_ids
        Sorted; `codes` count into it, shape (readings,).
    at_s
        When each was measured, in whole seconds since 1970.
    levels
        What each sensor said.
    """

    bin_ids: pd.Index
    codes: Whole
    at_s: Whole
    levels: Floats

    @property
    def starts(self) -> Whole:
        """Where each bin begins, and at the end how many readings there are."""
        return np.searchsorted(self.codes, np.arange(len(self.bin_ids) + 1)).astype(np.int64)


def arrange(readings: pd.DataFrame) -> Series:
    """Return the trusted readings of a frame with columns bin_id, measured_at (UTC), fill_level.

    Left out are readings of suspicious `quality`, of a tilted sensor (`is_tilted`), and without a level: no echo came back. Both
    columns may be missing. Of two readings at the same second the later row counts.
    """
    usable = readings["fill_level"].notna()
    if "quality" in readings:
        usable &= readings["quality"] == Quality.ACCEPTED.value
    if "is_tilted" in readings:
        usable &= ~readings["is_tilted"].fillna(value=False).astype("bool")
    kept = readings[usable]
    codes, names = pd.factorize(kept["bin_id"], sort=True)
    at_s = epochs(kept["measured_at"])
    order = np.lexsort((at_s, codes))
    codes, at_s = codes[order].astype(np.int64), at_s[order]
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (np.diff(codes) != 0) | (np.diff(at_s) != 0)
    levels = kept["fill_level"].to_numpy(dtype=np.float64)[order]
    return Series(pd.Index(names).astype("str"), codes[last], at_s[last], levels[last])


def epochs(instants: Any) -> Whole:
    """Return a column of aware instants as whole seconds since 1970."""
    seconds: Whole = instants.dt.tz_convert(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    return seconds


def reports(services: Iterable[ServiceEvent]) -> pd.DataFrame:
    """Return the emptyings that people reported: bin_id, at_s, fill_level (NaN where nobody looked), by bin and time."""
    rows = sorted(
        (
            one.bin_id,
            int(one.served_at.timestamp()),
            np.nan if one.fill_level_seen is None else one.fill_level_seen,
        )
        for one in services
        if one.outcome is ServiceOutcome.SERVED
    )
    frame = pd.DataFrame.from_records(rows, columns=["bin_id", "at_s", "fill_level"])
    return frame.astype({"bin_id": "str", "at_s": "int64", "fill_level": "float64"})


def steps(series: Series) -> Floats:
    """Return per bin the step of its levels where they are coarse, such as 0.25 for quarters; NaN where they are measured.

    Coarse levels are all a whole number of steps apart. One fleet has one step: a bin that has said few of its levels so far takes
    the step that is usual.
    """
    size = len(series.bin_ids)
    # One number for a bin and a level: rows of two are sorted ten times as slowly.
    keys = np.unique(series.codes * SPAN + np.round(series.levels * 1_000).astype(np.int64) + SPAN // 2)
    codes, levels = keys // SPAN, keys % SPAN - SPAN // 2
    same = codes[1:] == codes[:-1]
    gaps = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(gaps, codes[1:][same], np.diff(levels)[same])
    is_known = np.bincount(series.codes, minlength=size) >= COARSE_READINGS_MIN
    is_known &= np.bincount(codes, minlength=size) > 2
    lowest = levels[np.searchsorted(codes, np.arange(size))] if len(codes) else levels
    is_coarse = (gaps >= COARSE_STEP_MIN * 1_000) & _all_whole(
        codes, levels - lowest[codes], gaps[codes], size
    )
    if not (is_known & is_coarse).any():
        return np.full(size, np.nan)
    usual = round(float(np.median(gaps[is_known & is_coarse])))
    begins = int(np.median(lowest[is_known & is_coarse]))
    fits = _all_whole(codes, levels - begins, np.full(len(levels), usual), size)
    own = np.where(is_known & is_coarse, gaps / 1_000, np.nan)
    return np.where(fits & (gaps >= usual - ROUNDED), usual / 1_000, own)


def _all_whole(codes: Whole, distances: Whole, step: Whole, size: int) -> Flags:
    """Tell for which bins all distances are whole numbers of steps; a third is rounded up here and down there."""
    whole = np.ones(size, dtype=np.bool_)
    np.logical_and.at(whole, codes, np.abs((distances + ROUNDED) % step - ROUNDED) <= ROUNDED)
    return whole
