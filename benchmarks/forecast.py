"""Measure how well and how quickly fill levels are foreseen.

Four questions: real coarse levels (Wyndham) beside simple rules and, where `statsforecast` is installed, beside AutoETS and CrostonSBA
on the same windows; a simulated fleet that fails as real ones do; a hundred thousand bins; what the filter costs.

`pip install statsforecast` brings the peers; they are no dependency of the product.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

import numpy as np
import pandas as pd

from benchmarks.fleet import as_rows, filter_seconds
from optimizer.backtest import Backtest, Trial, backtest, read_readings
from optimizer.backtest.origins import bins_of
from optimizer.forecast import Asked, fit, predict_frame
from optimizer.history import History
from tournee.settings import ForecastSettings

WYNDHAM = ROOT.parent / "shared" / "data" / "fill" / "wyndham-2018-2020.csv"
MELBOURNE = ZoneInfo("Australia/Melbourne")
HISTORY_DAYS, PEER_EVERY = 365, 10
MANY, MANY_DAYS, MANY_HORIZONS = 100_000, 120, (1, 2, 3, 7)
SEVEN = np.asarray([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="wyndham,fleet,speed,filter", help="which questions")
    parser.add_argument("--readings", type=Path, default=WYNDHAM, help="a CSV in the place of Wyndham's")
    parser.add_argument("--origins", type=int, default=90)
    parser.add_argument("--seeds", default="101,102", help="of simulated fleets")
    parser.add_argument("--sensors", type=int, default=200)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--bins", type=int, default=MANY)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    questions: dict[str, Callable[[], Any]] = {
        "wyndham": lambda: wyndham(asked.readings, asked.origins),
        "fleet": lambda: as_rows(seeds, asked.sensors, asked.days),
        "speed": lambda: speed(asked.bins),
        "filter": lambda: {
            "cpu_s_per_1000_sensors_and_day": filter_seconds(asked.sensors, asked.days, seeds[0])
        },
    }
    answers = {name: questions[name]() for name in asked.only.split(",")}
    if asked.json:
        print(json.dumps(answers, indent=1))
        return
    for name, answer in answers.items():
        print(f"== {name}")
        for part, rows in answer.items():
            shown = pd.DataFrame(rows).to_string(index=False) if isinstance(rows, list) else rows
            print(f"{part}: {shown}" if not isinstance(rows, list) else shown)


def wyndham(path: Path, num_origins: int) -> dict[str, Any]:
    """Return the scores of real readings, and those of the peers on every tenth origin."""
    if not path.exists():
        return {"left out": f"{path.name} is not there"}
    trial = Trial(MELBOURNE, ForecastSettings(history_days=HISTORY_DAYS), (24, 72), num_origins)
    made = backtest(read_readings(path, MELBOURNE), (), trial)
    rows = []
    for one in made.scores:
        ratios = {f"/{rule}": ratio for rule, ratio in one.ratio_to.items()}
        figures = {"error": one.error, **ratios, "coverage": one.coverage, "width": one.width}
        rows.append({"hours": one.horizon_h, "course": one.course, "windows": one.num_windows, **figures})
    if find_spec("statsforecast") is None:
        return {"scores": rows, "peers": "left out: pip install statsforecast"}
    return {"scores": rows, "peers": peers(made, path)}


def peers(made: Backtest, path: Path) -> list[dict[str, Any]]:
    """Return the errors of AutoETS and CrostonSBA on every tenth origin, and ours on the same windows."""
    statsforecast, models = import_module("statsforecast"), import_module("statsforecast.models")

    frame = read_readings(path, MELBOURNE).frame
    day = frame["measured_at"].dt.tz_convert(MELBOURNE).dt.tz_localize(None).dt.normalize()
    of_day = frame.assign(ds=day).groupby(["bin_id", "ds"])["fill_level"].last().reset_index()
    daily = of_day.pivot_table(index="ds", columns="bin_id", values="fill_level").asfreq("D").ffill()
    windows = made.windows.assign(
        ds=made.windows["made_at"].dt.tz_convert(MELBOURNE).dt.tz_localize(None).dt.normalize()
    )
    found = []
    for origin in sorted(windows["ds"].unique())[::PEER_EVERY]:
        past = daily.loc[:origin].tail(120).dropna(axis=1, how="any")
        long = past.melt(ignore_index=False, var_name="unique_id", value_name="y").reset_index()
        kinds = [models.AutoETS(season_length=7), models.CrostonSBA()]
        model = statsforecast.StatsForecast(models=kinds, freq="D", n_jobs=1)
        foreseen = model.forecast(df=long, h=3).rename(columns={"unique_id": "bin_id"})
        foreseen["horizon_h"] = (foreseen.pop("ds") - origin).dt.days * 24
        found.append(windows[windows["ds"] == origin].merge(foreseen, on=["bin_id", "horizon_h"]))
    both = pd.concat(found)
    names = {
        "ours": "usual_point",
        "persistence": "persistence",
        "AutoETS": "AutoETS",
        "CrostonSBA": "CrostonSBA",
    }
    return [
        {
            "hours": int(str(hours)),
            "windows": len(group),
            **{
                name: round(100 * float((group[column] - group["came"]).abs().mean()), 2)
                for name, column in names.items()
            },
        }
        for hours, group in both.groupby("horizon_h")
    ]


def speed(size: int) -> dict[str, Any]:
    """Return how long fitting and foreseeing many bins takes, reading and filtering left out."""
    history = many(size)
    bins = bins_of(list(history.latest["bin_id"]), {})
    made_at = datetime(2026, 10, 29, 12, tzinfo=UTC)
    settings, zone = ForecastSettings(), ZoneInfo("Europe/Paris")
    start = perf_counter()
    model = fit(history, bins, made_at, settings, zone)
    fitted = perf_counter()
    targets = [made_at + timedelta(days=days) for days in MANY_HORIZONS]
    frame = predict_frame(model, history, bins, made_at, targets, Asked(SEVEN))
    end = perf_counter()
    seconds = {"fit_s": fitted - start, "foresee_s": end - fitted, "both_s": end - start}
    return {"bins": size, "rows": len(frame), **{name: round(value, 2) for name, value in seconds.items()}}


def many(size: int) -> History:
    """Return a history of many bins with a growth for each of 120 days."""
    random = np.random.default_rng(0)
    bin_ids = pd.Index([f"bin-{number:06}" for number in range(size)], dtype="str")
    start = np.datetime64("2026-07-01T06:00:00", "s") + np.tile(np.arange(MANY_DAYS), size) * np.timedelta64(
        86_400, "s"
    )
    rows = np.repeat(np.arange(size), MANY_DAYS)
    last = pd.Timestamp("2026-10-29T06:00:00Z")
    increments = pd.DataFrame(
        {
            "bin_id": pd.Categorical.from_codes(rows, categories=bin_ids),
            "start_at": pd.DatetimeIndex(start).tz_localize("UTC"),
            "end_at": pd.DatetimeIndex(start + np.timedelta64(86_400, "s")).tz_localize("UTC"),
            "rise": random.gamma(2.0, 0.05, len(rows)),
            "is_censored": False,
        }
    )
    emptied = last - timedelta(days=3)
    latest = {"measured_at": last, "as_of_at": last, "fill_level": random.random(size), "spread": 0.02}
    return History(
        increments,
        pd.DataFrame({"bin_id": bin_ids, "emptied_at": emptied, "source": "reported", "fill_level": 0.8}),
        pd.DataFrame({"bin_id": bin_ids, **latest}),
        sensors=pd.DataFrame({"bin_id": bin_ids, "grade": "good", "step": np.nan}),
    )


if __name__ == "__main__":
    main()
