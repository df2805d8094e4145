"""What would have been foreseen on each of many days, beside what came and what simple rules would have said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from optimizer.forecast import Asked, Course, fit, predict_frame
from optimizer.forecast.days import epochs, rows_of
from optimizer.history import History
from tournee.domain import Bin, Location, WasteStream
from tournee.settings import ForecastSettings

PROBABILITIES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
MORNING = time(6)
"""When origins are, where readings come all day: a plan is made before the trucks leave."""

FULL = 0.85
"""A level above which a bin should have been emptied: what the Brier score is asked about."""

MEAN_DAYS = 28
BRACKET_S = 26 * 3_600
"""The truth at an instant lies between two believed readings at most so far apart."""

type Tell = Callable[[int, int], None]


def quiet(done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a backtest is made.

    Parameters
    ----------
    horizons_h
        Hours ahead that are scored.
    num_origins
        The last so many days are origins.
    """

    zone: ZoneInfo
    settings: ForecastSettings = field(default_factory=ForecastSettings)
    horizons_h: tuple[int, ...] = (24, 72, 168)
    num_origins: int = 90


def bins_of(bin_ids: Sequence[str], streams: Mapping[str, WasteStream]) -> tuple[Bin, ...]:
    """Return bins that nothing but their readings is known of; 1,000 litres each, so that a litre is a thousandth."""
    return tuple(
        Bin(
            bin_id=bin_id,
            place_id=bin_id,
            depot_id="",
            address="",
            location=Location(0.0, 0.0),
            waste_stream=streams.get(bin_id, WasteStream.RESIDUAL),
            container_type="",
            volume_l=1_000.0,
            density_kg_per_m3=100.0,
        )
        for bin_id in bin_ids
    )


def origins(history: History, trial: Trial) -> list[datetime]:
    """Return the last days on which anything was measured and after which something can be scored.

    The time of day is the usual one of readings if they have one, else `MORNING`.
    """
    local = history.levels["measured_at"].dt.tz_convert(trial.zone)
    seconds = ((local - local.dt.normalize()).dt.total_seconds()).to_numpy()
    usual = float(np.median(seconds)) if len(seconds) else 0.0
    clock = (
        (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=usual)).time()
        if np.all(np.abs(seconds - usual) <= 3_600)
        else MORNING
    )
    instants = [
        datetime.combine(day, clock, tzinfo=trial.zone).astimezone(UTC) for day in sorted(set(local.dt.date))
    ]
    last = history.levels["measured_at"].max() - timedelta(hours=min(trial.horizons_h))
    return [instant for instant in instants if instant <= last][-trial.num_origins :]


def windows(history: History, bins: Sequence[Bin], trial: Trial, tell: Tell = quiet) -> pd.DataFrame:
    """Return a row for each bin, origin and horizon whose outcome is known.

    Columns bin_id, made_at, horizon_h, was, came, is_untouched; for each course its point, the level at each of `PROBABILITIES`
    and the chance to be over `FULL`; and the levels that persistence, the mean rate and the mean level of 28 days foresee.
    """
    truth, made = Truth(history), []
    instants = origins(history, trial)
    for number, made_at in enumerate(instants):
        made += list(_from_origin(history.until(made_at), bins, made_at, (trial, truth)))
        tell(number + 1, len(instants))
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=["horizon_h"])


def _from_origin(
    known: History, bins: Sequence[Bin], made_at: datetime, asked: tuple[Trial, Truth]
) -> Iterator[pd.DataFrame]:
    trial, truth = asked
    past = made_at - timedelta(days=trial.settings.history_days)
    known = known.since(past)
    simple = baselines(known, [one.bin_id for one in bins], made_at)
    model = fit(known, bins, made_at, trial.settings, trial.zone, tuple(Course))
    # By the clock on the wall: where readings come at midnight, a day later is midnight even when clocks change.
    local = made_at.astimezone(trial.zone)
    targets = [(local + timedelta(hours=hours)).astimezone(UTC) for hours in trial.horizons_h]
    frames = {
        course: predict_frame(
            model, known, bins, made_at, targets, Asked(np.asarray(PROBABILITIES), course, FULL)
        )
        for course in Course
    }
    size, number = len(bins), len(PROBABILITIES)
    for place, hours in enumerate(trial.horizons_h):
        came, is_untouched = truth.at(simple["bin_id"], made_at, targets[place])
        columns = {"made_at": made_at, "horizon_h": hours, "came": came, "is_untouched": is_untouched}
        days = hours / 24
        rule = {
            "persistence": simple["was"],
            "mean_rate": (simple["was"] + days * simple["rate"]).clip(0, None),
            "mean_level": simple["level"],
        }
        foreseen: dict[str, np.ndarray] = {}
        for course, frame in frames.items():
            part = slice(place * size * number, (place + 1) * size * number)
            levels = frame["fill_level"].to_numpy()[part].reshape(size, number)
            foreseen[f"{course}_point"] = frame["point"].to_numpy()[part][::number]
            foreseen[f"{course}_full"] = frame["full_probability"].to_numpy()[part][::number]
            foreseen |= {f"{course}_{p}": levels[:, at] for at, p in enumerate(PROBABILITIES)}
        known_then = {"bin_id": simple["bin_id"], "was": simple["was"]}
        whole = pd.DataFrame({**known_then, **columns, **rule, **foreseen})
        yield whole[whole["came"].notna() & whole["was"].notna()]


def baselines(known: History, bin_ids: Sequence[str], made_at: datetime) -> pd.DataFrame:
    """Return per bin its last level (`was`), its mean rise a day and its mean level over 28 days; of all bins where it has none."""
    names = pd.Index(list(bin_ids), dtype="str")
    since = made_at - timedelta(days=MEAN_DAYS)
    recent = known.increments[known.increments["start_at"] >= since]
    days = (recent["end_at"] - recent["start_at"]).dt.total_seconds().to_numpy() / 86_400
    rows = rows_of(recent["bin_id"], names)
    rise = np.bincount(rows, recent["rise"].to_numpy(), len(names))
    span = np.bincount(rows, days, len(names))
    levels = known.levels[(known.levels["measured_at"] >= since) & known.levels["is_believed"]]
    at = rows_of(levels["bin_id"], names)
    total, number = (
        np.bincount(at, levels["fill_level"].to_numpy(), len(names)),
        np.bincount(at, minlength=len(names)),
    )
    was = np.full(len(names), np.nan)
    was[rows_of(known.latest["bin_id"], names)] = known.latest["fill_level"].to_numpy()
    return pd.DataFrame(
        {
            "bin_id": names,
            "was": was,
            "rate": np.where(
                span > 0, rise / np.maximum(span, 1e-9), float(rise.sum()) / max(float(span.sum()), 1e-9)
            ),
            "level": np.where(
                number > 0, total / np.maximum(number, 1), float(total.sum()) / max(int(number.sum()), 1)
            ),
        }
    )


class Truth:
    """What came, from all that is known today: smoothed series and phantoms found late may score a forecast, never feed one."""

    def __init__(self, history: History) -> None:
        believed = history.levels[history.levels["is_believed"].to_numpy(dtype=np.bool_)]
        self._levels = {
            str(bin_id): (epochs(group["measured_at"]), group["fill_level"].to_numpy())
            for bin_id, group in believed.groupby("bin_id", observed=True)
        }
        self._emptied = {
            str(bin_id): np.sort(epochs(group["emptied_at"]))
            for bin_id, group in history.emptyings.groupby("bin_id")
        }

    def at(self, bin_ids: pd.Series, made_at: datetime, target_at: datetime) -> tuple[np.ndarray, np.ndarray]:
        """Return the level of each bin at an instant, NaN where nobody knows, and whether nobody emptied it since another."""
        start_s, end_s = made_at.timestamp(), target_at.timestamp()
        came = [self._level(bin_id, end_s) for bin_id in bin_ids]
        untouched = [self._count(bin_id, end_s) == self._count(bin_id, start_s) for bin_id in bin_ids]
        return np.asarray(came), np.asarray(untouched)

    def _count(self, bin_id: str, at_s: float) -> int:
        emptied = self._emptied.get(bin_id)
        return 0 if emptied is None else int(np.searchsorted(emptied, at_s, side="right"))

    def _level(self, bin_id: str, at_s: float) -> float:
        if bin_id not in self._levels:
            return np.nan
        times, levels = self._levels[bin_id]
        after = int(np.searchsorted(times, at_s, side="left"))
        if after == len(times):
            return np.nan
        if times[after] == at_s:
            return float(levels[after])
        if after == 0 or times[after] - times[after - 1] > BRACKET_S:
            return np.nan
        if self._count(bin_id, times[after]) != self._count(bin_id, times[after - 1]):
            return np.nan
        return float(np.interp(at_s, times[after - 1 : after + 1], levels[after - 1 : after + 1]))
