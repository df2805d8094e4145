"""Measure what sensors that fail cost: a simulated fleet whose truth is known, cleaned by us and by a median of five readings.

Seeds 1 to 99 were used while the filter was made; reported are others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from optimizer.backtest.origins import bins_of
from optimizer.backtest.scores import found
from optimizer.forecast import Asked, fit, predict_frame
from optimizer.history import History, clean
from tests.fleet import CADENCES, START_S, Fleet, fleet
from tournee.domain import ServiceEvent
from tournee.settings import ForecastSettings

DROP, ZONE, SETTINGS = 0.2, ZoneInfo("UTC"), ForecastSettings()
PROBABILITIES = np.asarray([0.05, 0.5, 0.95])
REPORTED = 0.9


@dataclass(frozen=True, slots=True)
class Miss:
    """How far off forecasts a day ahead are where nobody empties, in points; `talking` leaves out sensors silent for two days."""

    seed: int
    pipeline: str
    windows: int
    error: float
    error_talking: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Emptied:
    """Which emptyings are found without any report, by readings a day."""

    seed: int
    pipeline: str
    readings_per_day: int
    emptyings: int
    within_6_h: float
    within_24_h: float
    false: float


def median_of_five(readings: pd.DataFrame) -> pd.DataFrame:
    """Return what a plain pipeline makes of readings: each the median of the last five of its bin."""
    ordered = readings.drop_duplicates(["bin_id", "measured_at"]).sort_values(["bin_id", "measured_at"])
    medians = ordered.groupby("bin_id")["fill_level"].rolling(5, min_periods=1).median()
    return ordered.assign(fill_level=medians.to_numpy())


def plain_history(readings: pd.DataFrame) -> History:
    """Return what the plain pipeline believes: everything; a fall by `DROP` is an emptying."""
    frame = median_of_five(readings)
    at, level = frame["measured_at"], frame["fill_level"]
    same = frame["bin_id"] == frame["bin_id"].shift()
    rise = level - level.shift()
    fell = same & (rise <= -DROP)
    grew = same & ~fell
    middle = at.shift() + (at - at.shift()) / 2
    last = frame.drop_duplicates("bin_id", keep="last")
    known = {"bin_id": frame["bin_id"], "measured_at": at, "fill_level": level, "carried": level}
    return History(
        increments=pd.DataFrame(
            {
                "bin_id": frame["bin_id"][grew],
                "start_at": at.shift()[grew],
                "end_at": at[grew],
                "rise": rise[grew],
                "is_censored": level[grew] >= 0.95,
            }
        ),
        emptyings=pd.DataFrame(
            {
                "bin_id": frame["bin_id"][fell],
                "emptied_at": middle[fell],
                "source": "inferred",
                "fill_level": level.shift()[fell],
                "found_at": at[fell],
            }
        ),
        latest=pd.DataFrame(
            {
                "bin_id": last["bin_id"],
                "measured_at": last["measured_at"],
                "as_of_at": last["measured_at"],
                "fill_level": last["fill_level"],
                "spread": 0.02,
            }
        ),
        levels=pd.DataFrame({**known, "spread": 0.02, "is_believed": True}),
    )


def measure(size: int, days: int, seed: int) -> Iterator[Miss | Emptied]:
    """Yield the figures of one fleet."""
    town = fleet(size, days, seed)
    reports = town.reports(REPORTED, seed)
    ours = clean(town.readings, (), DROP)
    pipelines = {
        "truth": clean(town.truths, (), DROP),
        "ours": ours,
        "median of five": plain_history(town.readings),
        "truth, 90 % reported": clean(town.truths, reports, DROP),
        "ours, 90 % reported": clean(town.readings, reports, DROP),
    }
    windows = {name: _windows(history, town, days) for name, history in pipelines.items()}
    talking = windows["ours"]["basis"] == "readings"
    for name, frame in windows.items():
        off = 100 * (frame["point"] - frame["came"]).abs()
        covered = (frame["came"] >= frame["low"]) & (frame["came"] <= frame["high"])
        figures = off.mean(), off[talking].mean(), 100 * covered.mean()
        yield Miss(seed, name, len(frame), *(round(float(one), 2) for one in figures))
    everything = town.reports()
    for name in ("ours", "median of five"):
        for cadence in CADENCES:
            yield _emptied(pipelines[name], town, (seed, name, cadence), everything)


def _windows(history: History, town: Fleet, days: int) -> pd.DataFrame:
    bins, pieces = bins_of(town.bin_ids, {}), []
    for day in range(days - 31, days - 2, 3):
        made_at = datetime.fromtimestamp(START_S, UTC) + timedelta(days=day, hours=6)
        known, target_at = history.until(made_at), made_at + timedelta(days=1)
        model = fit(known, bins, made_at, SETTINGS, ZONE)
        frame = predict_frame(model, known, bins, made_at, [target_at], Asked(PROBABILITIES))
        levels = frame["fill_level"].to_numpy().reshape(-1, len(PROBABILITIES))
        start_s, end_s = made_at.timestamp(), target_at.timestamp()
        untouched = [
            not np.any((town.emptied_s[bin_id] > start_s) & (town.emptied_s[bin_id] <= end_s))
            for bin_id in town.bin_ids
        ]
        columns = {
            "point": frame["point"].to_numpy()[:: len(PROBABILITIES)],
            "low": levels[:, 0],
            "high": levels[:, -1],
            "basis": frame["basis"].astype("str").to_numpy()[:: len(PROBABILITIES)],
            "came": [town.level(row, end_s) for row in range(len(bins))],
        }
        pieces.append(pd.DataFrame(columns)[np.asarray(untouched)])
    return pd.concat(pieces, ignore_index=True)


def _emptied(history: History, town: Fleet, of: tuple[int, str, int], reports: list[ServiceEvent]) -> Emptied:
    seed, name, cadence = of
    bin_ids = {bin_id for bin_id, each in zip(town.bin_ids, town.cadences, strict=True) if each == cadence}
    part = History(
        history.increments,
        history.emptyings[history.emptyings["bin_id"].isin(bin_ids)],
        history.latest,
        history.levels[history.levels["bin_id"].isin(bin_ids)],
    )
    seen = found(part, [one for one in reports if one.bin_id in bin_ids])
    shares = seen.found or {6: 0.0, 24: 0.0}
    return Emptied(seed, name, cadence, seen.reported, shares[6], shares[24], seen.false or 0.0)


def filter_seconds(size: int, days: int, seed: int) -> dict[str, Any]:
    """Return how long the filter works for 1,000 sensors and a day, by readings a day, in seconds of processor time."""
    made = {}
    for cadence in (3, 24):
        town = fleet(size, days, seed, cadences=(cadence,))
        before = process_time()
        clean(town.readings, (), DROP)
        made[str(cadence)] = round((process_time() - before) / size / days * 1_000, 4)
    return made


def as_rows(seeds: list[int], size: int, days: int) -> dict[str, list[dict[str, Any]]]:
    """Return errors and emptyings of several fleets."""
    rows = [one for seed in seeds for one in measure(size, days, seed)]
    return {
        "errors": [asdict(one) for one in rows if isinstance(one, Miss)],
        "emptyings": [asdict(one) for one in rows if isinstance(one, Emptied)],
    }
