"""Whatever sensors say: order and company change nothing, and a forecast is a distribution."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast import When, fit, predict
from optimizer.history import clean
from tests.examples import examples
from tests.towns import ZONE, town
from tournee.domain import ServiceEvent
from tournee.settings import ForecastSettings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
(A,) = town("D-a-F").network.bins
SETTINGS = ForecastSettings()
LEVELS = st.lists(st.floats(0, 1.2).map(lambda level: round(level, 2)), min_size=1, max_size=24)
HOURS = st.sampled_from([1.0, 4.0, 12.0])


def heard(bin_id: str, levels: list[float], hours: float) -> pd.DataFrame:
    times = [NOW - timedelta(hours=hours * (len(levels) - number)) for number in range(len(levels))]
    frame = pd.DataFrame(
        {"bin_id": bin_id, "measured_at": times, "fill_level": levels, "quality": "accepted"}
    )
    return frame.assign(measured_at=pd.to_datetime(frame["measured_at"], utc=True))


@given(LEVELS, HOURS, st.integers(0, 1_000))
@examples(0.2)
def test_order_and_repeats_change_nothing(levels: list[float], hours: float, seed: int) -> None:
    frame = heard("a", levels, hours)
    mixed = pd.concat([frame, frame]).sample(frac=1, random_state=seed)
    once, twice = clean(frame, (), 0.2), clean(mixed, (), 0.2)
    for name in ("increments", "emptyings", "latest", "levels"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(twice, name))


@given(LEVELS, LEVELS, HOURS)
@examples(0.2)
def test_a_sensor_is_judged_by_what_it_says_itself(
    one: list[float], other: list[float], hours: float
) -> None:
    alone = clean(heard("a", one, hours), (), 0.2)
    together = clean(pd.concat([heard("a", one, hours), heard("b", other, 2 * hours)]), (), 0.2)
    own = together.levels[together.levels["bin_id"] == "a"]
    for name in ("fill_level", "is_believed", "carried", "spread"):
        assert own[name].tolist() == pytest.approx(alone.levels[name].tolist())


@given(LEVELS, HOURS, st.lists(st.integers(1, 200), max_size=3))
@examples(0.2)
def test_a_forecast_is_a_distribution(levels: list[float], hours: float, emptied: list[int]) -> None:
    services = [ServiceEvent("a", NOW - timedelta(hours=hour)) for hour in emptied]
    history = clean(heard("a", levels, hours), services, 0.2)
    bins = A, replace(A, bin_id="unheard")
    model = fit(history, bins, NOW, SETTINGS, ZONE)
    risks = []
    for days in (1, 3, 9):
        when = When(NOW, NOW + timedelta(days=days), NOW + timedelta(days=days + 1))
        made = predict(model, history, bins, when, SETTINGS)
        for one in made:
            quantiles = [level for _, level in one.quantiles]
            assert quantiles == sorted(quantiles)
            assert 0 <= one.overflow_probability <= 1
            assert min(one.fill_level, one.expected_overflow_l, quantiles[0]) >= 0
        risks.append([one.overflow_probability for one in made])
    assert np.all(np.diff(np.asarray(risks), axis=0) >= -0.05)
