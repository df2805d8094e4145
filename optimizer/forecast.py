"""History -> what each bin's fill level will be, with quantiles and the probability of overflow. Pure.

The measured simple model (MEASURED: forecasting): a rate per bin times a factor per weekday, exponentially weighted,
shrunk to the stream's mean. Spread: the scale sqrt(0.05 mu + 0.02²), times residuals of the same model on its own history
pooled over all bins (conformal; they are in-sample, so slightly narrow), or times the normal distribution where history is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.history import History
from tournee.domain import Bin, Forecast, ForecastBasis
from tournee.settings import ForecastSettings

DEFAULT_RATE = 1 / 7
"""Rise of the fill level in a day where nothing was ever measured: a bin sized for a weekly round."""

WEEKDAY_PRIOR_DAYS = 20.0
"""Days of readings that a weekday's factor of 1 counts for."""

SILENT_AFTER = timedelta(days=2)
"""A sensor that said nothing for longer is silent: its level is carried on by the rate."""

VARIANCE_PER_RISE, READING_SPREAD, UNKNOWN_SPREAD = 0.05, 0.02, 0.29
"""Variance that a rise brings, a reading's own spread, and that of a level nobody knows (uniform between 0 and 1)."""

RESIDUALS_MIN = 200
"""Fewer residuals than this say less about the spread than the normal distribution does."""

GRID = np.linspace(0.0025, 0.9975, 200)
"""Probabilities at which the distribution of residuals is kept."""

SECONDS_PER_DAY = 86_400.0

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class When:
    """The instants of one forecast: what is known until `made_at`, the level at `target_at`, the risk until `risk_until_at`."""

    made_at: datetime
    target_at: datetime
    risk_until_at: datetime


@dataclass(frozen=True)
class Model:
    """Rates that were learned: rise per day and bin, factor per stream and weekday, spread of the residuals."""

    rates: pd.Series
    factors: dict[str, Floats]
    residuals: Floats
    source: str
    zone: ZoneInfo

    def growth(self, rates: Floats, stream: str, start: Floats, end: Floats) -> Floats:
        """Return the expected rise between two epoch instants (seconds), day by day in local time."""
        edges, integral = _weekday_integral(
            self.factors[stream], float(start.min()), float(end.max()), self.zone
        )
        grown: Floats = rates * (np.interp(end, edges, integral) - np.interp(start, edges, integral))
        return grown


def fit(
    history: History, bins: Sequence[Bin], made_at: datetime, settings: ForecastSettings, zone: ZoneInfo
) -> Model:
    """Return the model of every bin, also of those that never had a reading."""
    known = _with_streams(_observed(history), bins)
    weight = 0.5 ** ((made_at.timestamp() - known["end_s"]) / SECONDS_PER_DAY / settings.half_life_days)
    known = known.assign(rise_w=known["rise"] * weight, days_w=known["days"] * weight)
    means = _stream_means(known, bins)
    factors = {
        stream: _factors(known[known["stream"] == stream], mean, zone) for stream, mean in means.items()
    }
    prior = pd.Series({one.bin_id: means[one.waste_stream.value] for one in bins}, dtype=float)
    sums = known.groupby("bin_id")[["rise_w", "days_w"]].sum().reindex(prior.index).fillna(0.0)
    rates = (settings.prior_days * prior + sums["rise_w"]) / (settings.prior_days + sums["days_w"])
    model = Model(rates.clip(lower=1e-4), factors, NORMAL, "normal distribution, analytic scale", zone)
    residuals = _residuals(known, model)
    if len(residuals) < RESIDUALS_MIN:
        return model
    source = f"conformal, {len(residuals)} pooled residuals of a day"
    return Model(model.rates, factors, np.quantile(residuals, GRID), source, zone)


def predict(
    model: Model, history: History, bins: Sequence[Bin], when: When, settings: ForecastSettings
) -> tuple[Forecast, ...]:
    """Return one forecast per bin, in the order of `bins`."""
    if not bins:
        return ()
    state = _state(history, bins, when)
    state["level_target"], state["level_risk"], state["rise_target"], state["rise_risk"] = 0.0, 0.0, 0.0, 0.0
    for stream, group in state.groupby("stream"):
        rates = model.rates.reindex(group.index).to_numpy(dtype=np.float64)
        start = group["start_s"].to_numpy(dtype=np.float64)
        for name, instant in (("target", when.target_at), ("risk", when.risk_until_at)):
            end = np.maximum(np.full(len(group), instant.timestamp()), start)
            rise = model.growth(rates, str(stream), start, end)
            state.loc[group.index, f"rise_{name}"] = rise
            state.loc[group.index, f"level_{name}"] = group["level"].to_numpy() + rise
    return tuple(_forecast(one, state.loc[one.bin_id], model, when, settings) for one in bins)


NORMAL = np.asarray([NormalDist().inv_cdf(float(p)) for p in GRID])


def _forecast(one: Bin, row: Any, model: Model, when: When, settings: ForecastSettings) -> Forecast:
    spread = float(np.sqrt(VARIANCE_PER_RISE * row["rise_target"] + row["spread"] ** 2))
    risk_spread = float(np.sqrt(VARIANCE_PER_RISE * row["rise_risk"] + row["spread"] ** 2))
    at_risk = row["level_risk"] + risk_spread * model.residuals
    levels = np.interp(settings.quantiles, GRID, model.residuals) * spread + row["level_target"]
    return Forecast(
        bin_id=one.bin_id,
        made_at=when.made_at,
        target_at=when.target_at,
        risk_until_at=when.risk_until_at,
        fill_level=round(max(float(row["level_target"]), 0.0), 4),
        quantiles=tuple(
            (p, round(max(float(level), 0.0), 4)) for p, level in zip(settings.quantiles, levels, strict=True)
        ),
        overflow_probability=round(float(np.mean(at_risk > 1.0)), 4),
        expected_overflow_l=round(float(np.mean(np.maximum(at_risk - 1.0, 0.0))) * one.volume_l, 1),
        rate_per_day=round(float(model.rates[one.bin_id]), 5),
        basis=row["basis"],
        last_measured_at=_instant(row["measured_s"]),
        last_served_at=_instant(row["emptied_s"]),
    )


def _instant(epoch: float) -> datetime | None:
    return None if np.isnan(epoch) else datetime.fromtimestamp(float(epoch), tz=ZoneInfo("UTC"))


# --- learning --------------------------------------------------------------------------------------------------


def _observed(history: History) -> pd.DataFrame:
    """Return every growth that was seen: between readings, and between services where a driver saw the level."""
    between = history.increments[~history.increments["is_censored"]][["bin_id", "start_at", "end_at", "rise"]]
    emptied = history.emptyings[~history.emptyings["bin_id"].isin(history.latest["bin_id"])].copy()
    emptied["start_at"] = emptied.groupby("bin_id")["emptied_at"].shift()
    seen = emptied.dropna(subset=["start_at", "fill_level"])
    by_eye = pd.DataFrame(
        {
            "bin_id": seen["bin_id"],
            "start_at": seen["start_at"],
            "end_at": seen["emptied_at"],
            "rise": seen["fill_level"],
        }
    )
    return pd.concat([piece for piece in (between, by_eye) if len(piece)] or [between], ignore_index=True)


def _with_streams(observed: pd.DataFrame, bins: Sequence[Bin]) -> pd.DataFrame:
    streams = {one.bin_id: one.waste_stream.value for one in bins}
    known = observed[observed["bin_id"].isin(list(streams))].copy()
    known["stream"] = known["bin_id"].map(streams).astype(str)
    known["start_s"], known["end_s"] = _epochs(known["start_at"]), _epochs(known["end_at"])
    known["days"] = (known["end_s"] - known["start_s"]) / SECONDS_PER_DAY
    return known[known["days"] > 0]


def _stream_means(known: pd.DataFrame, bins: Sequence[Bin]) -> dict[str, float]:
    sums = known.groupby("stream")[["rise_w", "days_w"]].sum()
    total = sums.sum()
    overall = float(total["rise_w"] / total["days_w"]) if total["days_w"] > 0 else DEFAULT_RATE
    means = {
        str(stream): float(row["rise_w"] / row["days_w"])
        for stream, row in sums.iterrows()
        if row["days_w"] > 0
    }
    return {one.waste_stream.value: max(means.get(one.waste_stream.value, overall), 1e-4) for one in bins}


def _factors(known: pd.DataFrame, mean: float, zone: ZoneInfo) -> Floats:
    """Return the factor of each weekday, Monday first, shrunk to 1; their mean is 1."""
    short = known[known["days"] <= 1.0]
    middle = pd.to_datetime((short["start_s"] + short["end_s"]) / 2, unit="s", utc=True).dt.tz_convert(zone)
    sums = short.groupby(middle.dt.day_of_week)[["rise_w", "days_w"]].sum().reindex(range(7)).fillna(0.0)
    shrunk = (WEEKDAY_PRIOR_DAYS + sums["rise_w"] / mean) / (WEEKDAY_PRIOR_DAYS + sums["days_w"])
    factors = np.maximum(shrunk.to_numpy(dtype=np.float64), 0.05)
    mean_one: Floats = factors / factors.mean()
    return mean_one


def _residuals(known: pd.DataFrame, model: Model) -> Floats:
    """Return scaled residuals of the model over about a day each: observed rise against expected, pooled over bins."""
    ordered = known.sort_values(["bin_id", "start_s"])
    follows = (ordered["bin_id"] == ordered["bin_id"].shift()) & (
        ordered["start_s"] == ordered["end_s"].shift()
    )
    period = (~follows).cumsum()
    since = ordered["start_s"] - ordered.groupby(period)["start_s"].transform("min")
    days = ordered.groupby([period.rename("period"), (since // SECONDS_PER_DAY).rename("day")]).agg(
        bin_id=("bin_id", "first"),
        stream=("stream", "first"),
        start=("start_s", "min"),
        end=("end_s", "max"),
        rise=("rise", "sum"),
    )
    whole = days[(days["end"] - days["start"]).between(0.8 * SECONDS_PER_DAY, 1.5 * SECONDS_PER_DAY)]
    pieces = [_scaled(group, str(stream), model) for stream, group in whole.groupby("stream")]
    return np.concatenate(pieces) if pieces else np.zeros(0)


def _scaled(group: pd.DataFrame, stream: str, model: Model) -> Floats:
    rates = model.rates.reindex(group["bin_id"]).to_numpy(dtype=np.float64)
    start, end = group["start"].to_numpy(dtype=np.float64), group["end"].to_numpy(dtype=np.float64)
    expected = model.growth(rates, stream, start, end)
    # Two readings make a rise, so their spread counts twice.
    scale = np.sqrt(VARIANCE_PER_RISE * expected + 2 * READING_SPREAD**2)
    residuals: Floats = (group["rise"].to_numpy(dtype=np.float64) - expected) / scale
    return residuals


def _weekday_integral(factors: Floats, start: float, end: float, zone: ZoneInfo) -> tuple[Floats, Floats]:
    """Return local midnights (epoch seconds) around a span and the integral of the factors, in days, up to each."""
    first = datetime.fromtimestamp(start, tz=zone).date()
    last = datetime.fromtimestamp(end, tz=zone).date() + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    edges = np.asarray([datetime.combine(day, time(), tzinfo=zone).timestamp() for day in days])
    daily = np.diff(edges) / SECONDS_PER_DAY * np.asarray([factors[day.weekday()] for day in days[:-1]])
    return edges, np.concatenate([[0.0], np.cumsum(daily)])


# --- where every bin stands ------------------------------------------------------------------------------------


def _state(history: History, bins: Sequence[Bin], when: When) -> pd.DataFrame:
    """Return per bin: level and instant from which it grows, spread of that level, basis, last reading and emptying."""
    measured = history.latest.set_index("bin_id")
    emptied = history.emptyings.groupby("bin_id")["emptied_at"].max()
    seen_s = pd.Series(_epochs(measured["measured_at"]), index=measured.index, dtype=float).to_dict()
    emptied_s = pd.Series(_epochs(emptied), index=emptied.index, dtype=float).to_dict()
    levels = measured["fill_level"].to_dict()
    rows = [
        _start(
            one,
            seen_s.get(one.bin_id, np.nan),
            emptied_s.get(one.bin_id, np.nan),
            levels.get(one.bin_id),
            when,
        )
        for one in bins
    ]
    return pd.DataFrame(rows, index=[one.bin_id for one in bins])


def _start(one: Bin, measured_s: float, emptied_s: float, level: float | None, when: When) -> dict[str, Any]:
    made_s = when.made_at.timestamp()
    row = {
        "stream": one.waste_stream.value,
        "measured_s": measured_s,
        "emptied_s": emptied_s,
        "spread": READING_SPREAD,
    }
    has_sensor, was_emptied = not np.isnan(measured_s), not np.isnan(emptied_s)
    silent = has_sensor and made_s - measured_s > SILENT_AFTER.total_seconds()
    basis = ForecastBasis.SILENT_SENSOR if silent else ForecastBasis.READINGS
    if was_emptied and (not has_sensor or emptied_s > measured_s):
        basis = basis if has_sensor else ForecastBasis.SERVICES_ONLY
        return {**row, "level": 0.0, "start_s": emptied_s, "basis": basis}
    if has_sensor:
        return {**row, "level": level, "start_s": measured_s, "basis": basis}
    unknown = {
        "level": 0.5,
        "start_s": made_s,
        "spread": UNKNOWN_SPREAD,
        "basis": ForecastBasis.STREAM_AVERAGE,
    }
    return {**row, **unknown}


def _epochs(instants: Any) -> Floats:
    seconds: Floats = instants.dt.tz_convert(None).to_numpy().astype("datetime64[s]").astype(np.float64)
    return seconds
