"""Anybody's readings -> how well they are foreseen: rolling origins, with simple rules beside in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from optimizer.backtest.files import Readings, read_readings, read_services
from optimizer.backtest.origins import Tell, Trial, bins_of, quiet, windows
from optimizer.backtest.scores import Found, Score, found, scores
from optimizer.history import clean
from tournee.domain import ServiceEvent

__all__ = ["Backtest", "Found", "Readings", "Score", "Trial", "backtest", "read_readings", "read_services"]


@dataclass(frozen=True)
class Backtest:
    """What came out.

    Parameters
    ----------
    facts
        What the readings are: bins, readings, first and last, the level that means full, and per day and bin.
    grades
        How many sensors have each grade.
    sensors
        A row per sensor: `History.sensors`.
    windows
        A row per bin, origin and horizon: see `optimizer.backtest.origins.windows`.
    """

    facts: dict[str, Any]
    grades: dict[str, int]
    scores: tuple[Score, ...]
    emptyings: Found
    sensors: pd.DataFrame
    windows: pd.DataFrame

    def summary(self) -> dict[str, Any]:
        """Return the figures by name, for programs."""
        return {
            "readings": self.facts,
            "sensors": self.grades,
            "scores": [asdict(one) for one in self.scores],
            "emptyings": asdict(self.emptyings),
        }


def backtest(
    readings: Readings, services: Sequence[ServiceEvent], trial: Trial, tell: Tell = quiet
) -> Backtest:
    """Return how well these readings are foreseen, each origin knowing only what came before it.

    Parameters
    ----------
    services
        Reported emptyings, if there are any: they outrank the sensors, and what the sensors alone find is held against them.
    tell
        Is told after each origin how many are done, and of how many.
    """
    drop = trial.settings.emptying_drop
    history = clean(readings.frame, services, drop)
    blind = clean(readings.frame, (), drop) if services else history
    bins = bins_of([str(one) for one in history.sensors["bin_id"]], readings.streams)
    made = windows(history, bins, trial, tell)
    levels = history.levels
    days = max((levels["measured_at"].max() - levels["measured_at"].min()).total_seconds() / 86_400, 1.0)
    facts = {
        "zone": str(trial.zone),
        "bins": len(bins),
        "readings": len(levels),
        "first": levels["measured_at"].min().tz_convert(trial.zone).isoformat(),
        "last": levels["measured_at"].max().tz_convert(trial.zone).isoformat(),
        "full": readings.full,
        "per_bin_and_day": round(len(levels) / days / max(len(bins), 1), 2),
        "origins": int(made["made_at"].nunique()) if len(made) else 0,
    }
    grades = {str(grade): int(number) for grade, number in history.sensors["grade"].value_counts().items()}
    return Backtest(facts, grades, tuple(scores(made)), found(blind, services), history.sensors, made)
