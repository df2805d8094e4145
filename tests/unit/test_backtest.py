"""Rolling origins: no future is seen, and the figures can be counted on fingers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from optimizer.backtest import Readings, Trial, backtest
from optimizer.backtest.origins import PROBABILITIES, Truth, bins_of, origins, windows
from optimizer.backtest.scores import found, score
from optimizer.forecast import Course
from optimizer.history import clean
from tournee.domain import ServiceEvent
from tournee.settings import ForecastSettings

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2026, 8, 1, 4, tzinfo=UTC)  # six in the morning
RATE, FULL_AT = 0.1, 0.9


def steady(bins: int = 3, days: int = 40, hours: int = 6) -> pd.DataFrame:
    """Return bins that fill by a tenth a day and are emptied when they are nearly full."""
    steps = np.arange(0, days * 24, hours)
    frames = []
    for number in range(bins):
        levels = np.round((RATE * steps / 24 + 0.2 * number) % FULL_AT, 6)
        times = [START + timedelta(hours=float(step)) for step in steps]
        frames.append(pd.DataFrame({"bin_id": f"b{number}", "measured_at": times, "fill_level": levels}))
    made = pd.concat(frames, ignore_index=True)
    made["measured_at"] = pd.to_datetime(made["measured_at"], utc=True)
    return made.assign(quality="accepted")


def emptied(bins: int = 3, days: int = 40) -> list[ServiceEvent]:
    """Return when those bins were emptied, as a crew would report it."""
    rounds = [(n, (FULL_AT * k - 0.2 * n) / RATE) for n in range(bins) for k in range(1, 6)]
    return [ServiceEvent(f"b{n}", START + timedelta(days=day)) for n, day in rounds if 0 < day < days]


TRIAL = Trial(ZONE, ForecastSettings(), (24, 72), num_origins=6)


def test_a_steady_bin_is_foreseen_and_simple_rules_are_not_as_good() -> None:
    made = backtest(Readings(steady(), {}, 1.0), (), TRIAL)
    by_name = {(one.horizon_h, one.course): one for one in made.scores}
    day = by_name[24, "untouched"]
    assert day.error < 1.5
    assert day.error_of["persistence"] == pytest.approx(10, abs=0.5)
    assert day.ratio_to["persistence"] == pytest.approx(day.error / day.error_of["persistence"], abs=1e-3)
    assert day.pinball < day.pinball_of["persistence"]
    assert made.facts["origins"] == 6
    assert made.facts["per_bin_and_day"] == pytest.approx(4, abs=0.2)
    json.dumps(made.summary())


def test_no_origin_sees_the_future() -> None:
    frame = steady()
    history = clean(frame, (), 0.2)
    made_at = origins(history, TRIAL)[0]
    later = frame["measured_at"] > made_at
    other = frame.assign(fill_level=frame["fill_level"].where(~later, 0.01))
    bins = bins_of(["b0", "b1", "b2"], {})
    first, second = (windows(clean(one, (), 0.2), bins, TRIAL) for one in (frame, other))
    foreseen = [
        "was",
        "persistence",
        "mean_rate",
        "mean_level",
        "untouched_0.05",
        "untouched_point",
        "usual_0.95",
    ]
    keys = ["bin_id", "made_at", "horizon_h"]
    both = first.merge(second, on=keys, suffixes=("", "_other"))
    both = both[both["made_at"] == made_at]
    assert len(both) > 0
    for name in foreseen:
        assert both[name].tolist() == pytest.approx(both[f"{name}_other"].tolist(), abs=0.02), name


def test_origins_are_in_the_morning_or_when_readings_come() -> None:
    all_day = origins(clean(steady(), (), 0.2), TRIAL)
    assert {instant.astimezone(ZONE).hour for instant in all_day} == {6}
    daily = steady(hours=24)
    daily["measured_at"] -= timedelta(hours=6)
    at_midnight = origins(clean(daily, (), 0.2), TRIAL)
    assert {instant.astimezone(ZONE).hour for instant in at_midnight} == {0}
    assert len(at_midnight) == 6


def test_truth_lies_between_readings_and_never_across_an_emptying() -> None:
    history = clean(steady(bins=1, days=20), emptied(1, 20), 0.2)
    truth = Truth(history)
    names = pd.Series(["b0"])
    level, untouched = truth.at(names, START, START + timedelta(hours=15))
    assert level[0] == pytest.approx(0.0625, abs=0.01)
    assert untouched[0]
    first = emptied(1)[0].served_at
    assert np.isnan(truth.at(names, START, first - timedelta(hours=1))[0][0])
    assert not truth.at(names, START, first + timedelta(days=1))[1][0]
    assert np.isnan(truth.at(names, START, START + timedelta(days=90))[0][0])


def test_emptyings_are_held_against_reports() -> None:
    blind = clean(steady(), (), 0.2)
    told = emptied()
    seen = found(blind, told)
    assert seen.reported == len(told)
    assert seen.found == {6: 1.0, 24: 1.0}
    assert seen.false == 0.0
    half = found(blind, [one for one in told if one.bin_id == "b0"])
    assert half.false is not None
    assert half.false > 0.5
    assert found(blind, ()).found is None


def test_figures_counted_by_hand() -> None:
    came = [0.5, 0.9]
    columns = {f"usual_{p}": [0.4 + 0.2 * p, 0.8 + 0.2 * p] for p in PROBABILITIES}
    rules = {"persistence": [0.3, 0.9], "mean_rate": [0.5, 0.9], "mean_level": [0.1, 0.1]}
    said = {"usual_point": [0.6, 0.9], "usual_full": [0.0, 0.75]}
    frame = pd.DataFrame({"came": came, **said, **columns, **rules})
    made = score(frame, 24, Course.USUAL)
    assert made.error == 5.0
    assert made.error_of == {"persistence": 10.0, "mean_rate": 0.0, "mean_level": 60.0}
    assert (made.coverage, made.width) == (1.0, 18.0)
    assert made.brier == pytest.approx(0.25**2 / 2, abs=1e-4)
    assert made.brier_skill["mean_level"] == pytest.approx(1 - made.brier / 0.5, abs=1e-3)


def test_a_day_later_is_the_same_time_of_day_when_clocks_change() -> None:
    days = pd.date_range("2026-10-01", "2026-10-31", tz=ZONE).tz_convert("UTC")
    levels = [(number % 5) / 5 for number in range(len(days))]
    frame = pd.DataFrame({"bin_id": "a", "measured_at": days, "fill_level": levels, "quality": "accepted"})
    trial = Trial(ZONE, ForecastSettings(), (24,), num_origins=8)
    made = windows(clean(frame, (), 0.2), bins_of(["a"], {}), trial)
    assert len(made) == 8
    assert set((made["came"] * 5).round(9) % 1) == {0.0}
