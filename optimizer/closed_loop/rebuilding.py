"""A city's cleaned history -> what people threw in, as far as sensors and crews saw it. Pure.

What was not seen is filled with the bin's own mean rate, and how much that is is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from optimizer.closed_loop.scenario import SECONDS_PER_DAY, Floats
from optimizer.history import History
from tournee.domain import Bin
from tournee.scenario_folder import HOURS_PER_WEEK, MEAN_DEPOSIT_L, Span, Thrown

RECORD_DAYS, WARM_UP_DAYS, COUNTED_WEEKS = 14, 14, 8
"""Days before the first that records tell of, at least; days of warming up; weeks that count, at most."""

AHEAD_DAYS = 42
"""After the last counted day the last whole weeks come again, so that a policy with perfect knowledge sees no end."""

START_LEVEL = 0.4
"""Of a bin of whose level at the start nothing is known."""

UNKNOWN_RATE = 0.1
"""Fill a day of a bin of which nothing was ever seen, where nothing was seen of any of its stream."""

FLAT = 0.1
"""Of a week's rhythm, so much is taken to be even: a quiet hour is not an impossible one."""


class Rebuilt(NamedTuple):
    """What was thrown in, and what records showed before the counted days.

    Parameters
    ----------
    litres_per_day, rhythm
        As `tournee.scenario_folder.Town` has them; nothing of the counted days is in them.
    share_seen
        Of the time of all bins, the share in which somebody saw what rose; the rest is filled with mean rates.
    """

    thrown: Thrown
    litres_per_day: list[float]
    rhythm: list[float]
    share_seen: float


class _Rises(NamedTuple):
    """What rose in one bin, one after the other: seconds since 1970, fractions of the volume, whether it was more than seen."""

    start_s: Floats
    end_s: Floats
    rise: Floats
    is_censored: np.ndarray[tuple[int], np.dtype[np.bool_]]


def rebuild(history: History, bins: Sequence[Bin], span: Span, zone: ZoneInfo) -> Rebuilt:
    """Return what was thrown into the bins from the first day of a span on."""
    start_s, measured_s, end_s = (
        datetime.combine(day, datetime.min.time(), zone).timestamp()
        for day in (span.start_date, span.measured_from_date, span.end_date)
    )
    rises = _rises(history, bins)
    rates = _rates(rises, bins, end_s)
    curves = [_curve(one, rate, (start_s, end_s)) for one, rate in zip(rises, rates, strict=True)]
    levels = _levels_at(history, bins, span.start_at(zone))
    lots = [
        _lots(curve, one.volume_l, (start_s, end_s), phase=number * 0.618 % 1)
        for number, (one, curve) in enumerate(zip(bins, curves, strict=True))
    ]
    thrown = _with_what_lay_there(_ahead(lots, start_s, end_s), bins, levels, start_s)
    before = [_clipped(one, measured_s) for one in rises]
    known = _rates(before, bins, measured_s)
    seen_s = sum(
        float(np.clip(one.end_s, start_s, end_s).sum() - np.clip(one.start_s, start_s, end_s).sum())
        for one in rises
    )
    return Rebuilt(
        thrown,
        [float(rate * one.volume_l) for rate, one in zip(known, bins, strict=True)],
        _rhythm(before, zone),
        seen_s / max((end_s - start_s) * len(bins), 1.0),
    )


def first_seen_at(history: History) -> datetime | None:
    """Return when a history begins to tell of what rises; None where it never does."""
    firsts = [history.increments["start_at"].min(), history.emptyings["emptied_at"].min()]
    return min((one.to_pydatetime() for one in firsts if not pd.isna(one)), default=None)


def _rises(history: History, bins: Sequence[Bin]) -> list[_Rises]:
    """Return what rose in each bin; where no sensor tells, what crews found from service to service."""
    seen = dict(iter(history.increments.groupby("bin_id", observed=True)))
    served = dict(iter(history.emptyings.groupby("bin_id", observed=True)))
    return [_of_bin(seen.get(one.bin_id), served.get(one.bin_id)) for one in bins]


def _of_bin(seen: pd.DataFrame | None, served: pd.DataFrame | None) -> _Rises:
    if seen is not None and len(seen):
        told = seen.sort_values("start_at")
        columns = _seconds(told["start_at"]), _seconds(told["end_at"])
        return _Rises(*columns, told["rise"].to_numpy(np.float64), told["is_censored"].to_numpy(np.bool_))
    if served is not None and len(served) > 1:
        told = served.sort_values("emptied_at")
        at_s, found = _seconds(told["emptied_at"]), told["fill_level"].to_numpy(np.float64)[1:]
        known = ~np.isnan(found)
        return _Rises(at_s[:-1][known], at_s[1:][known], found[known], found[known] >= 1.0)
    nothing = np.zeros(0)
    return _Rises(nothing, nothing, nothing, nothing.astype(np.bool_))


def _seconds(instants: pd.Series[pd.Timestamp]) -> Floats:
    return (
        instants.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ms]").astype(np.float64)
        / 1_000
    )


def _clipped(rises: _Rises, until_s: float) -> _Rises:
    """Return what had been seen at a moment."""
    known = rises.end_s <= until_s
    return _Rises(rises.start_s[known], rises.end_s[known], rises.rise[known], rises.is_censored[known])


def _rates(rises: Sequence[_Rises], bins: Sequence[Bin], until_s: float) -> Floats:
    """Return each bin's fill a day; of a bin of which nothing was seen, its stream's mean."""
    known = [_clipped(one, until_s) for one in rises]
    days = np.asarray([(one.end_s - one.start_s).sum() for one in known]) / SECONDS_PER_DAY
    sums = np.asarray([one.rise.sum() for one in known])
    rates = np.full(len(bins), np.nan)
    rates[days >= 1] = np.maximum(sums[days >= 1] / days[days >= 1], 0.0)
    streams = np.asarray([one.waste_stream.value for one in bins])
    for stream in np.unique(streams):
        its = streams == stream
        told = rates[its & ~np.isnan(rates)]
        rates[its & np.isnan(rates)] = told.mean() if len(told) else UNKNOWN_RATE
    return rates


def _curve(rises: _Rises, rate: float, span: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return all that rose since the first moment, in fractions of the volume, at moments of which the last is the span's end.

    Where nobody looked it rises at the bin's rate, and where it was full by at least so much.
    """
    per_second = rate / SECONDS_PER_DAY
    at_s, total = [min([span[0], *rises.start_s[:1]])], [0.0]
    for start_s, end_s, rise, is_censored in zip(*rises, strict=True):
        if end_s <= at_s[-1]:
            continue
        gap = max(start_s - at_s[-1], 0.0)
        more = max(rise, per_second * (end_s - start_s)) if is_censored else rise
        at_s += [max(start_s, at_s[-1]), end_s]
        total += [total[-1] + per_second * gap, total[-1] + per_second * gap + more]
    at_s.append(max(span[1], at_s[-1]))
    total.append(total[-1] + per_second * (at_s[-1] - at_s[-2]))
    return np.asarray(at_s), np.maximum.accumulate(
        total
    )  # noise goes down as well as up; what is thrown in does not


def _lots(
    curve: tuple[Floats, Floats], volume_l: float, span: tuple[float, float], *, phase: float
) -> Floats:
    """Return when each deposit of average size was full: the moments at which what rose passes its litres."""
    at_s, total = curve
    first, last = (np.interp(moment, at_s, total) * volume_l for moment in span)
    passed = np.arange(phase * MEAN_DEPOSIT_L, last - first, MEAN_DEPOSIT_L)
    moments: Floats = np.interp((first + passed) / volume_l, total, at_s)
    return np.clip(moments, *span)


def _ahead(lots: Sequence[Floats], start_s: float, end_s: float) -> list[Floats]:
    """Return the deposits with the last whole weeks once more behind them, as often as it takes."""
    weeks = max(min(int((end_s - start_s) // (7 * SECONDS_PER_DAY)), AHEAD_DAYS // 7), 1)
    length_s = weeks * 7 * SECONDS_PER_DAY
    times = -(-AHEAD_DAYS * SECONDS_PER_DAY // length_s)
    again = [
        [one[one >= end_s - length_s] + length_s * number for number in range(1, times + 1)] for one in lots
    ]
    return [np.concatenate([one, *more]) for one, more in zip(lots, again, strict=True)]


def _with_what_lay_there(
    lots: Sequence[Floats], bins: Sequence[Bin], levels: Floats, start_s: float
) -> Thrown:
    """Return all deposits; what lies in a bin at the start comes first."""
    sizes = [len(one) for one in lots]
    lay_l = levels * np.asarray([one.volume_l for one in bins])
    return Thrown(
        np.concatenate([np.arange(len(bins)), np.repeat(np.arange(len(bins)), sizes)]),
        np.concatenate([np.full(len(bins), start_s), *lots]),
        np.concatenate([lay_l, np.full(sum(sizes), MEAN_DEPOSIT_L)]),
    )


def _levels_at(history: History, bins: Sequence[Bin], at: datetime) -> Floats:
    """Return how full each bin was believed to be at a moment."""
    before = history.levels[history.levels["measured_at"] <= at].sort_values("measured_at")
    last = before.groupby("bin_id", observed=True)["carried"].last().to_dict()
    return np.asarray([max(float(last.get(one.bin_id, START_LEVEL)), 0.0) for one in bins])


def _rhythm(rises: Sequence[_Rises], zone: ZoneInfo) -> list[float]:
    """Return what is thrown in each hour of the week, Monday 00:00 first, against the average."""
    seen = [one for one in rises if len(one.start_s)]
    week = np.ones(HOURS_PER_WEEK)
    if not seen:
        return list(week)
    first, last = min(one.start_s[0] for one in seen), max(one.end_s[-1] for one in seen)
    hours = np.arange(first - first % 3_600, last + 3_600, 3_600)
    risen = np.zeros(len(hours) - 1)
    for one in seen:
        at_s, total = _curve(one, 0.0, (first, last))
        risen += np.diff(np.interp(hours, at_s, total))
    local = [datetime.fromtimestamp(moment, UTC).astimezone(zone) for moment in hours[:-1]]
    of_week = np.asarray([one.weekday() * 24 + one.hour for one in local], dtype=np.int64)
    counts = np.bincount(of_week, minlength=HOURS_PER_WEEK)
    sums = np.bincount(of_week, weights=risen, minlength=HOURS_PER_WEEK)
    if not counts.all() or risen.sum() <= 0:
        return list(week)
    mean = sums / counts
    return list(FLAT + (1 - FLAT) * mean / mean.mean())


def span_of(history: History, until: datetime, zone: ZoneInfo) -> Span | None:
    """Return the days of a scenario of a history: records, two weeks of warming up, whole weeks that count; None where it is too short."""
    first_at = first_seen_at(history)
    if first_at is None:
        return None
    end = until.astimezone(zone).date()
    days = (end - first_at.astimezone(zone).date()).days - 1
    weeks = min((days - RECORD_DAYS - WARM_UP_DAYS) // 7, COUNTED_WEEKS)
    if weeks < 1:
        return None
    measured_from = end - timedelta(days=7 * weeks)
    return Span(measured_from - timedelta(days=WARM_UP_DAYS), measured_from, end)
