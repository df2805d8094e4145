"""A fleet that fails as real ones do: what the filter finds, and what it costs to know less than the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from optimizer.backtest.origins import bins_of
from optimizer.backtest.scores import found
from optimizer.forecast import Asked, fit, predict_frame
from optimizer.history import History, clean
from tests.fleet import START_S, Fleet, fleet
from tests.towns import ZONE
from tournee.settings import ForecastSettings

DAYS, DROP = 60, 0.2


@pytest.fixture(scope="module")
def hourly() -> Fleet:
    """Thirty sensors that speak every hour, with all their faults."""
    return fleet(30, DAYS, seed=11, cadences=(24,))


@pytest.fixture(scope="module")
def seldom() -> Fleet:
    """Forty sensors that speak two or three times a day, with all their faults."""
    return fleet(40, DAYS, seed=12, cadences=(3, 2))


def error(history: History, town: Fleet) -> float:
    """Return the mean absolute error a day ahead in points, where nobody empties, over origins in the last weeks."""
    bins, misses = bins_of(town.bin_ids, {}), []
    for day in range(DAYS - 15, DAYS - 2, 3):
        made_at = datetime.fromtimestamp(START_S, UTC) + timedelta(days=day, hours=6)
        known = history.until(made_at)
        model = fit(known, bins, made_at, ForecastSettings(), ZONE)
        target_at = made_at + timedelta(days=1)
        frame = predict_frame(model, known, bins, made_at, [target_at], Asked(np.asarray([0.5])))
        for row, bin_id in enumerate(town.bin_ids):
            emptied = town.emptied_s[bin_id]
            is_untouched = not np.any((emptied > made_at.timestamp()) & (emptied <= target_at.timestamp()))
            if is_untouched and frame["basis"].iloc[row] == "readings":
                misses.append(abs(frame["point"].iloc[row] - town.level(row, target_at.timestamp())))
    return 100 * float(np.mean(misses))


def test_emptyings_are_found_by_hourly_sensors(hourly: Fleet) -> None:
    seen = found(clean(hourly.readings, (), DROP), hourly.reports())
    assert seen.found is not None
    assert seen.false is not None
    assert seen.found[6] >= 0.93
    assert seen.false <= 0.1


def test_emptyings_are_found_by_sensors_that_seldom_speak(seldom: Fleet) -> None:
    seen = found(clean(seldom.readings, (), DROP), seldom.reports())
    assert seen.found is not None
    assert seen.false is not None
    assert seen.found[24] >= 0.92
    assert seen.false <= 0.1


@pytest.mark.parametrize("town", ["hourly", "seldom"])
def test_little_is_lost_against_the_truth(town: str, request: pytest.FixtureRequest) -> None:
    drawn: Fleet = request.getfixturevalue(town)
    ours, truth = (error(clean(frame, (), DROP), drawn) for frame in (drawn.readings, drawn.truths))
    assert ours <= truth + 1.2
