"""Readings + reported services -> what rose, when it was emptied, and how far each sensor can be relied on. Pure.

Cleaning matters more than any model (MEASURED: forecasting): `echoes` tells the waste from phantoms, `emptyings` finds when a bin was
emptied, and a driver's report outranks the sensor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from optimizer.history.echoes import Echoes, last_report_s, listen
from optimizer.history.emptyings import falls, merged
from optimizer.history.grades import grades
from optimizer.history.judge import CENSORED_ABOVE
from optimizer.history.series import Floats, Series, Whole, arrange, reports, steps
from tournee.domain import ServiceEvent

ROUNDING = 1e-9
"""0.8 - 0.6 is not quite 0.2."""


def _empty(**columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


@dataclass(frozen=True, slots=True)
class History:
    """What is known about every bin, cleaned.

    Parameters
    ----------
    increments
        Columns bin_id, start_at, end_at (UTC), rise, is_censored: growth between two believed readings without an emptying.
    emptyings
        Columns bin_id, emptied_at, source (`ServiceSource`), fill_level: the level just before, NaN where unknown; and the evidence:
        after_at and found_at, the believed readings around it, and level_after.
    latest
        Columns bin_id, measured_at: the last reading that is believed; and as_of_at, fill_level, spread: the level at the last reading
        of all, noise taken off or carried on behind a phantom, and its standard deviation.
    levels
        Columns bin_id, measured_at, fill_level, is_believed: every reading, counted from where the sensor sees empty; with carried and
        spread, the level that is believed at that time and its standard deviation.
    sensors
        Columns bin_id, grade (`Grade`), step (of coarse levels, NaN where they are measured), and why: see `optimizer.history.grades`.
    """

    increments: pd.DataFrame
    emptyings: pd.DataFrame
    latest: pd.DataFrame
    levels: pd.DataFrame = field(default_factory=lambda: _empty(bin_id="str", fill_level="float64"))
    sensors: pd.DataFrame = field(default_factory=lambda: _empty(bin_id="str", grade="str", step="float64"))

    def until(self, instant: datetime) -> History:
        """Return what was known at an instant; only the sensors are as they are known today."""
        levels = self.levels[self.levels["measured_at"] <= instant]
        return History(
            self.increments[self.increments["end_at"] <= instant],
            self.emptyings[self.emptyings["found_at"] <= instant],
            latest_of(levels),
            levels,
            self.sensors,
        )

    def since(self, instant: datetime) -> History:
        """Return what was measured from an instant on, and the emptyings found since; the latest readings stay."""
        return History(
            self.increments[self.increments["start_at"] >= instant],
            self.emptyings[self.emptyings["found_at"] >= instant],
            self.latest,
            self.levels[self.levels["measured_at"] >= instant],
            self.sensors,
        )


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
    series, told = arrange(readings), reports(services)
    codes = series.bin_ids.get_indexer(pd.Index(told["bin_id"]))
    known = codes >= 0
    reported = codes[known].astype(np.int64), told["at_s"].to_numpy(dtype=np.int64)[known]
    step = steps(series)
    echoes = _heard(series, reported, step, emptying_drop)
    found = falls(series, echoes.is_clear, echoes.is_emptied, echoes.levels)
    before = np.full(len(told), np.nan)
    before[known] = _levels_before(series, echoes, reported)
    levels = _levels(series, echoes)
    return History(
        increments=_increments(series, echoes, reported, emptying_drop),
        emptyings=_timed(merged(found, told, before, series.bin_ids), "at_s", "after_s", "found_s"),
        latest=latest_of(levels),
        levels=levels,
        sensors=grades(series, echoes, step),
    )


def _heard(series: Series, reported: tuple[Whole, Whole], step: Floats, drop: float) -> Echoes:
    """Return what every reading is worth; coarse levels are taken as they are: a step hides more than a phantom pretends."""
    is_coarse = ~np.isnan(step)[series.codes]
    part = np.flatnonzero(~is_coarse)
    fine = Series(series.bin_ids, series.codes[part], series.at_s[part], series.levels[part])
    heard = listen(fine, reported, drop)
    fell = np.zeros(len(series.codes), dtype=np.bool_)
    fell[1:] = (np.diff(series.codes) == 0) & (np.diff(series.levels) <= ROUNDING - drop)
    made = Echoes(
        is_coarse.copy(),
        fell & is_coarse,
        series.levels.copy(),
        np.nan_to_num(step[series.codes]) / np.sqrt(12),
        np.zeros(len(series.codes)),
        np.zeros(len(series.codes), dtype=np.bool_),
    )
    for name in Echoes.__slots__:
        getattr(made, name)[part] = getattr(heard, name)
    return made


def _levels_before(series: Series, echoes: Echoes, reported: tuple[Whole, Whole]) -> Floats:
    codes, at_s = reported
    if not len(codes) or not len(series.codes):
        return np.full(len(codes), np.nan)
    span = int(max(series.at_s.max(), at_s.max())) + 1
    place = np.searchsorted(series.codes * span + series.at_s, codes * span + at_s, side="right") - 1
    found = np.maximum(place, 0)
    is_own = (place >= 0) & (series.codes[found] == codes)
    return np.where(is_own, echoes.levels[found], np.nan)


def _increments(series: Series, echoes: Echoes, reported: tuple[Whole, Whole], drop: float) -> pd.DataFrame:
    """Return the growth between believed neighbors in time that no emptying parts; a fall inside noise counts, a real one not."""
    clear = np.flatnonzero(echoes.is_clear)
    first, second = clear[:-1], clear[1:]
    emptied = last_report_s(series, reported)
    rises = (series.levels[second] - series.levels[first]) / (1 - echoes.empties[second])
    emptied_so_far = np.cumsum(echoes.is_emptied)
    whole = (
        (series.codes[first] == series.codes[second])
        & (emptied_so_far[first] == emptied_so_far[second])
        & (emptied[first] == emptied[second])
        & (rises > -drop)
    )
    first, second = first[whole], second[whole]
    columns = {
        "bin_id": _named(series, series.codes[first]),
        "start_s": series.at_s[first],
        "end_s": series.at_s[second],
        "rise": rises[whole],
        "is_censored": echoes.levels[second] >= CENSORED_ABOVE,
    }
    return _timed(pd.DataFrame(columns), "start_s", "end_s")


def latest_of(levels: pd.DataFrame) -> pd.DataFrame:
    """Return what was last heard and last believed of each bin, from levels by bin and time."""
    last = levels.drop_duplicates("bin_id", keep="last")
    is_believed = levels["is_believed"].to_numpy(dtype=np.bool_)
    believed = levels[is_believed].drop_duplicates("bin_id", keep="last").set_index("bin_id")["measured_at"]
    names = last["bin_id"].astype("str").to_numpy()
    return pd.DataFrame(
        {
            "bin_id": names,
            "measured_at": believed.reindex(last["bin_id"]).array,
            "as_of_at": last["measured_at"].array,
            "fill_level": last["carried"].to_numpy(),
            "spread": last["spread"].to_numpy(),
        }
    ).astype({"bin_id": "str"})


def _levels(series: Series, echoes: Echoes) -> pd.DataFrame:
    said = (series.levels - echoes.empties) / (1 - echoes.empties)
    columns = {
        "bin_id": _named(series, series.codes),
        "measured_s": series.at_s,
        "fill_level": said,
        "is_believed": echoes.is_clear,
        "carried": echoes.levels,
        "spread": echoes.spreads,
    }
    return _timed(pd.DataFrame(columns), "measured_s")


def _named(series: Series, codes: Whole) -> Any:
    """Return names as a category: a million strings are a million objects."""
    return pd.Categorical.from_codes(codes, categories=series.bin_ids)


def _timed(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a frame with columns of seconds as instants: `at_s` as `emptied_at`, `start_s` as `start_at`."""
    for name in columns:
        frame[name] = pd.to_datetime(frame[name].astype("int64"), unit="s", utc=True)
    names = {name: "emptied_at" if name == "at_s" else f"{name.removesuffix('_s')}_at" for name in columns}
    return frame.rename(columns=names)
