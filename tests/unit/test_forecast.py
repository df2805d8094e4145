"""The simple model says what can be counted on fingers, and is honest about the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from optimizer.forecast import DEFAULT_RATE, When, fit, predict
from optimizer.history import clean
from tests.towns import GLASS, ZONE, town
from tournee.domain import Bin, Forecast, ForecastBasis, ServiceEvent
from tournee.settings import ForecastSettings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
A, B = town("D-a-b-F").network.bins
SETTINGS = ForecastSettings()


def series(
    bin_id: str, rate: float, days: int = 20, *, end: datetime = NOW, noise: float = 0.0
) -> pd.DataFrame:
    """Return a bin that fills at a steady rate and is emptied each time it is nearly full, read every three hours."""
    hours = np.arange(0, days * 24, 3)
    levels = (
        (rate * hours / 24) % 0.9 + np.random.default_rng(3).normal(0, noise, len(hours))
        if noise
        else (rate * hours / 24) % 0.9
    )
    times = [end - timedelta(hours=float(days * 24 - hour)) for hour in hours]
    return pd.DataFrame(
        {
            "bin_id": bin_id,
            "measured_at": pd.to_datetime(times, utc=True),
            "fill_level": levels,
            "quality": "accepted",
        }
    )


def foresee(
    frame: pd.DataFrame, bins: tuple[Bin, ...], services: tuple[ServiceEvent, ...] = (), days: float = 1.0
) -> dict[str, Forecast]:
    history = clean(frame, services, SETTINGS.emptying_drop)
    model = fit(history, bins, NOW, SETTINGS, ZONE)
    when = When(NOW, NOW + timedelta(days=days), NOW + timedelta(days=days + 1))
    return {one.bin_id: one for one in predict(model, history, bins, when, SETTINGS)}


def test_a_steady_bin_goes_on_as_before() -> None:
    frame = series("a", 0.1)
    one = foresee(frame, (A,))["a"]
    last = frame["fill_level"].iloc[-1]
    assert one.rate_per_day == pytest.approx(0.1, rel=0.02)
    assert one.fill_level == pytest.approx(last + 0.1 * 27 / 24, abs=0.01)
    assert one.basis is ForecastBasis.READINGS


def test_quantiles_rise_and_surround_the_level() -> None:
    one = foresee(series("a", 0.1), (A,))["a"]
    levels = [level for _, level in one.quantiles]
    assert levels == sorted(levels)
    assert levels[0] < one.fill_level < levels[-1]


def test_overflow_is_likelier_the_fuller_and_the_later() -> None:
    frame = pd.concat([series("a", 0.02), series("b", 0.3, days=38)])
    soon, later = foresee(frame, (A, B)), foresee(frame, (A, B), days=3)
    assert soon["a"].overflow_probability < soon["b"].overflow_probability
    assert soon["b"].overflow_probability <= later["b"].overflow_probability
    assert later["b"].overflow_probability > 0.5
    assert later["b"].expected_overflow_l > 0


def test_a_bin_with_little_history_leans_on_its_stream() -> None:
    frame = pd.concat([series("a", 0.1), series("b", 0.5, days=1)])
    rates = foresee(frame, (A, B))
    assert 0.1 < rates["b"].rate_per_day < 0.25


def test_a_silent_sensor_is_carried_on_by_the_rate_where_crews_report() -> None:
    frame = series("a", 0.1, end=NOW - timedelta(days=5))
    one = foresee(frame, (A,), (ServiceEvent("a", NOW - timedelta(days=60)),))["a"]
    assert one.basis is ForecastBasis.SILENT_SENSOR
    assert one.fill_level == pytest.approx(frame["fill_level"].iloc[-1] + 0.1 * (6 + 3 / 24), abs=0.03)
    assert one.last_measured_at == frame["measured_at"].iloc[-1]


def test_a_silent_sensor_can_be_anywhere_where_nobody_reports() -> None:
    soon = foresee(series("a", 0.1, days=40, end=NOW - timedelta(days=3)), (A,))["a"]
    late = foresee(series("a", 0.1, days=40, end=NOW - timedelta(days=8)), (A,))["a"]
    assert soon.fill_level > 0.75
    assert late.fill_level == pytest.approx(0.45 + 0.1, abs=0.05)
    assert late.quantiles[-1][1] - late.quantiles[0][1] > 0.6


def test_an_emptying_after_the_last_reading_counts() -> None:
    frame = series("a", 0.1, end=NOW - timedelta(days=5))
    emptied = ServiceEvent("a", NOW - timedelta(days=1))
    one = foresee(frame, (A,), (emptied,))["a"]
    assert one.fill_level == pytest.approx(0.2, abs=0.02)
    assert one.last_served_at == emptied.served_at


def test_a_bin_without_a_sensor_fills_since_its_last_service() -> None:
    emptied = tuple(ServiceEvent("b", NOW - timedelta(days=3 * n), fill_level_seen=0.6) for n in range(1, 9))
    one = foresee(series("a", 0.1), (A, B), emptied)["b"]
    assert one.basis is ForecastBasis.SERVICES_ONLY
    assert one.rate_per_day == pytest.approx(0.19, abs=0.02)
    assert one.fill_level == pytest.approx(4 * one.rate_per_day, abs=0.02)


def test_a_bin_nobody_knows_is_uncertain_and_says_so() -> None:
    one = foresee(series("a", 0.1), (A, replace(B, waste_stream=GLASS)))["b"]
    assert one.basis is ForecastBasis.STREAM_AVERAGE
    spread = one.quantiles[-1][1] - one.quantiles[0][1]
    assert spread > 0.8
    assert one.last_measured_at is None


def test_without_any_reading_a_bin_takes_a_week() -> None:
    one = foresee(series("a", 0.1).head(0), (A,))["a"]
    assert one.rate_per_day == pytest.approx(DEFAULT_RATE, abs=1e-4)


def test_weekends_are_learned() -> None:
    frame = series("a", 0.0, days=110)
    weekend = frame["measured_at"].dt.tz_convert(ZONE).dt.day_of_week >= 5
    frame["fill_level"] = np.cumsum(np.where(weekend, 0.0, 0.02)) % 0.9
    history = clean(frame, [], 0.2)
    model = fit(history, (A,), NOW, SETTINGS, ZONE)
    factors = model.factors["residual"]
    assert factors[5] < 0.8
    assert factors[2] > 1.0
    assert factors[:7].mean() == pytest.approx(1.0)


def test_enough_history_makes_the_interval_conformal_and_it_covers() -> None:
    bins = tuple(replace(A, bin_id=f"n{n}") for n in range(8))
    rng = np.random.default_rng(5)
    frames = []
    for one in bins:
        frame = series(one.bin_id, 0.0, days=60)
        frame["fill_level"] = np.cumsum(rng.gamma(0.15, 0.08, len(frame))) % 0.9
        frames.append(frame)
    history = clean(pd.concat(frames), [], 0.2)
    model = fit(history, bins, NOW, SETTINGS, ZONE)
    assert model.source.startswith("conformal")
    assert np.all(model.residuals.quantiles[:, 0] < 0)
    assert np.all(np.diff(model.residuals.quantiles, axis=1) >= 0)


def test_no_bins_no_forecasts() -> None:
    assert foresee(series("a", 0.1), ()) == {}
