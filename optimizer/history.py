"""Readings + reported services -> what rose, and when it was emptied. Pure.

Cleaning matters more than any model (MEASURED: forecasting). Three rules, each on facts up to now only:
a suspicious reading is not trusted; a steep jump to a flat level that later falls back to where it came from was a phantom
echo, not a full bin; a drop is an emptying, and a driver's report of one outranks the sensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tournee.domain import Quality, ServiceEvent, ServiceOutcome, ServiceSource

PHANTOM_JUMP = 0.3
"""A rise of the fill level between two readings above which an echo is doubted."""

PHANTOM_SPREAD = 0.06
"""A phantom echo comes from a fixed distance: its level stays inside this span."""

PHANTOM_BELIEVED_AFTER_S = 36 * 3_600
"""A doubted level that lasts longer than this is believed: a full bin nobody empties is flat as well."""

REPORT_MATCH_S = 12 * 3_600
"""A drop and a report this close to each other are one emptying."""

CENSORED_ABOVE = 0.95
"""A full bin can't rise: increments that end above this level say less than the truth."""

type Seconds = npt.NDArray[np.int64]
type Levels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class History:
    """What is known about every bin, cleaned.

    Parameters
    ----------
    increments
        Columns bin_id, start_at, end_at (UTC), rise, is_censored: growth between two readings without an emptying.
    emptyings
        Columns bin_id, emptied_at, source (`ServiceSource`), fill_level: the level just before, NaN where unknown.
    latest
        Columns bin_id, measured_at, fill_level: the last reading that is believed.
    """

    increments: pd.DataFrame
    emptyings: pd.DataFrame
    latest: pd.DataFrame


def clean(readings: pd.DataFrame, services: Iterable[ServiceEvent], emptying_drop: float) -> History:
    """Return the history of all bins.

    Parameters
    ----------
    readings
        Columns bin_id, measured_at (UTC), fill_level, quality; any order, duplicates allowed.
    services
        Reports; a skipped visit is no emptying.
    emptying_drop
        A smaller drop of the fill level is noise, in fractions of the volume.
    """
    reported: dict[str, list[ServiceEvent]] = {}
    for event in services:
        if event.outcome is ServiceOutcome.SERVED:
            reported.setdefault(event.bin_id, []).append(event)
    pieces = [
        _Piece.of(bin_id, group, reported.pop(bin_id, []), emptying_drop)
        for bin_id, group in _by_bin(readings)
    ]
    pieces += [_Piece.unmeasured(bin_id, events) for bin_id, events in sorted(reported.items())]
    return History(
        increments=_frame(_INCREMENTS, [row for piece in pieces for row in piece.increments]),
        emptyings=_frame(_EMPTYINGS, [row for piece in pieces for row in piece.emptyings]),
        latest=_frame(_LATEST, [row for piece in pieces for row in piece.latest]),
    )


_INCREMENTS = {
    "bin_id": "str",
    "start_at": "time",
    "end_at": "time",
    "rise": "float64",
    "is_censored": "bool",
}
_EMPTYINGS = {"bin_id": "str", "emptied_at": "time", "source": "str", "fill_level": "float64"}
_LATEST = {"bin_id": "str", "measured_at": "time", "fill_level": "float64"}


def _frame(columns: dict[str, str], rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(rows), columns=list(columns))
    for name, kind in columns.items():
        column: Any = frame[name]
        frame[name] = pd.to_datetime(column, unit="s", utc=True) if kind == "time" else column.astype(kind)
    return frame


def _by_bin(readings: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    trusted = readings[readings["quality"] == Quality.ACCEPTED.value]
    ordered = trusted.drop_duplicates(["bin_id", "measured_at"]).sort_values(["bin_id", "measured_at"])
    for bin_id, group in ordered.groupby("bin_id", sort=True):
        yield str(bin_id), group


@dataclass(frozen=True, slots=True)
class _Piece:
    """The history of one bin, as rows."""

    increments: list[tuple[object, ...]]
    emptyings: list[tuple[object, ...]]
    latest: list[tuple[object, ...]]

    @classmethod
    def of(cls, bin_id: str, group: pd.DataFrame, reports: list[ServiceEvent], drop: float) -> _Piece:
        """Return what one bin's readings and reports say."""
        measured = _epochs(group["measured_at"])
        levels = group["fill_level"].to_numpy(dtype=np.float64)
        report_s = np.asarray(sorted(_epoch(event.served_at) for event in reports), dtype=np.int64)
        believed = believable(measured, levels, report_s)
        measured, levels = measured[believed], levels[believed]
        emptied = _emptyings(measured, levels, report_s, drop)
        return cls(
            increments=_increments(
                bin_id, measured, levels, np.asarray([at for at, *_ in emptied], dtype=np.int64), drop
            ),
            emptyings=[(bin_id, *row) for row in emptied],
            latest=[(bin_id, int(measured[-1]), float(levels[-1]))] if len(measured) else [],
        )

    @classmethod
    def unmeasured(cls, bin_id: str, events: list[ServiceEvent]) -> _Piece:
        """Return what reports alone say; a driver's look counts as the level just before the emptying."""
        rows: list[tuple[object, ...]] = []
        for event in sorted(events, key=lambda one: one.served_at):
            seen = np.nan if event.fill_level_seen is None else event.fill_level_seen
            rows.append((bin_id, _epoch(event.served_at), ServiceSource.REPORTED.value, seen))
        return cls([], rows, [])


def believable(measured: Seconds, levels: Levels, report_s: Seconds) -> npt.NDArray[np.bool_]:
    """Tell which readings of one bin are no phantom echo, sorted by time.

    Doubt begins with a rise of `PHANTOM_JUMP` between two readings to a flat level. It is confirmed where the level falls
    back to where it came from with no emptying reported, and stands for `PHANTOM_BELIEVED_AFTER_S` where it has not fallen.
    """
    believed = np.ones(len(levels), dtype=np.bool_)
    at = 1
    while at < len(levels):
        end = _flat_until(levels, at) if levels[at] - levels[at - 1] >= PHANTOM_JUMP else at
        if end > at and _is_phantom(measured, levels, (at, end), report_s):
            believed[at:end] = False
            levels = levels.copy()
            levels[at:end] = levels[at - 1]
        at = max(end, at + 1)
    return believed


def _flat_until(levels: Levels, start: int) -> int:
    end = start + 1
    while end < len(levels) and abs(levels[end] - levels[start]) <= PHANTOM_SPREAD:
        end += 1
    return end


def _is_phantom(measured: Seconds, levels: Levels, span: tuple[int, int], report_s: Seconds) -> bool:
    start, end = span
    before = levels[start - 1]
    if end == len(levels):
        return bool(measured[-1] - measured[start] <= PHANTOM_BELIEVED_AFTER_S)
    emptied = np.any((report_s >= measured[start]) & (report_s <= measured[end]))
    return bool(not emptied and abs(levels[end] - before) <= PHANTOM_JUMP / 2)


def _emptyings(
    measured: Seconds, levels: Levels, report_s: Seconds, drop: float
) -> list[tuple[int, str, float]]:
    """Return (instant, source, level before) of every emptying; a report replaces the drop that it explains."""
    falls = np.flatnonzero(np.diff(levels) <= -drop) + 1
    rows = [
        (int(at), ServiceSource.REPORTED.value, _level_before(measured, levels, int(at))) for at in report_s
    ]
    for at in falls:
        explained = np.any(
            (report_s >= measured[at - 1] - REPORT_MATCH_S) & (report_s <= measured[at] + REPORT_MATCH_S)
        )
        if not explained:
            middle = (int(measured[at - 1]) + int(measured[at])) // 2
            rows.append((middle, ServiceSource.INFERRED.value, float(levels[at - 1])))
    return sorted(rows)


def _level_before(measured: Seconds, levels: Levels, at: int) -> float:
    last = int(np.searchsorted(measured, at, side="right")) - 1
    return float(levels[last]) if last >= 0 else float("nan")


def _increments(
    bin_id: str, measured: Seconds, levels: Levels, emptied: Seconds, drop: float
) -> list[tuple[object, ...]]:
    """Return the growth between neighbors in time that no emptying parts; a fall inside noise counts, a real one not."""
    periods = np.searchsorted(emptied, measured, side="right")
    rises = np.diff(levels)
    same = (np.diff(periods) == 0) & (rises > -drop)
    return [
        (
            bin_id,
            int(measured[at]),
            int(measured[at + 1]),
            float(rises[at]),
            bool(levels[at + 1] >= CENSORED_ABOVE),
        )
        for at in np.flatnonzero(same)
    ]


def _epochs(instants: pd.Series) -> Seconds:
    seconds: Seconds = instants.dt.tz_convert(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    return seconds


def _epoch(instant: datetime) -> int:
    return int(instant.timestamp())
