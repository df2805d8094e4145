"""Windows -> figures: how far off, how sure, how honest, beside what simple rules reach on the same windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.backtest.origins import FULL, PROBABILITIES
from optimizer.forecast import Course
from optimizer.forecast.days import epochs, rows_of
from optimizer.history import History
from tournee.domain import ServiceEvent, ServiceOutcome, ServiceSource

RULES = ("persistence", "mean_rate", "mean_level")
"""The last level; the last level and the mean rise of 28 days; the mean level of 28 days."""

LOW, HIGH = "0.05", "0.95"
FOUND_WITHIN_H = (6, 24)


@dataclass(frozen=True, slots=True)
class Score:
    """Errors in points of fill (hundredths of the volume) over some windows.

    Parameters
    ----------
    course
        `untouched`: windows without an emptying, foreseen as nobody comes; `usual`: all windows, emptyings foreseen as well.
    error, error_of
        Mean absolute error of the forecast, and of each simple rule on the same windows.
    pinball, pinball_of
        Mean pinball loss over the probabilities; a rule that says one level has half its mean absolute error.
    coverage, width
        Share of levels inside the 90 % interval, and its mean width in points.
    brier_skill
        Of the chance to be over 85 % full: 1 is perfect, 0 no better than each rule.
    """

    horizon_h: int
    course: str
    num_windows: int
    error: float
    error_of: dict[str, float]
    ratio_to: dict[str, float]
    pinball: float
    pinball_of: dict[str, float]
    coverage: float
    width: float
    brier: float
    brier_skill: dict[str, float]


def scores(windows: pd.DataFrame) -> Iterator[Score]:
    """Yield the score of each horizon and course that has windows."""
    for horizon_h, group in windows.groupby("horizon_h"):
        untouched = group[group["is_untouched"].to_numpy(dtype=np.bool_)]
        for course, some in ((Course.UNTOUCHED, untouched), (Course.USUAL, group)):
            if len(some):
                yield score(some, int(str(horizon_h)), course)


def score(some: pd.DataFrame, horizon_h: int, course: Course) -> Score:
    """Return the figures of some windows; a ratio under 1 is better than the rule."""
    came = some["came"].to_numpy()
    error = _points(np.abs(some[f"{course}_point"] - came).mean())
    error_of = {rule: _points(np.abs(some[rule] - came).mean()) for rule in RULES}
    low, high = some[f"{course}_{LOW}"], some[f"{course}_{HIGH}"]
    brier, skill = _brier(some, course)
    return Score(
        horizon_h=horizon_h,
        course=course.value,
        num_windows=len(some),
        error=error,
        error_of=error_of,
        ratio_to={
            rule: round(error / other, 4) if other else float("nan") for rule, other in error_of.items()
        },
        pinball=_points(
            np.mean([_pinball(came, some[f"{course}_{p}"].to_numpy(), p) for p in PROBABILITIES])
        ),
        pinball_of={rule: round(other / 2, 3) for rule, other in error_of.items()},
        coverage=round(float(((came >= low - 1e-9) & (came <= high + 1e-9)).mean()), 4),
        width=_points((high - low).mean()),
        brier=round(brier, 4),
        brier_skill=skill,
    )


def _points(fraction: Any) -> float:
    return round(100 * float(fraction), 3)


def _pinball(came: np.ndarray, foreseen: np.ndarray, probability: float) -> float:
    short = came - foreseen
    return float(np.maximum(probability * short, (probability - 1) * short).mean())


def _brier(some: pd.DataFrame, course: Course) -> tuple[float, dict[str, float]]:
    """Return the Brier score of being over `FULL`, and its skill over rules that say yes or no."""
    is_full = some["came"].to_numpy() > FULL
    brier = float(np.mean((some[f"{course}_full"].to_numpy() - is_full) ** 2))
    skill = {}
    for rule in RULES:
        other = float(np.mean(((some[rule].to_numpy() > FULL).astype(float) - is_full) ** 2))
        skill[rule] = round(1 - brier / other, 4) if other > 0 else 0.0
    return brier, skill


@dataclass(frozen=True, slots=True)
class Found:
    """Emptyings that the levels show, held against those that were reported.

    Parameters
    ----------
    reported, inferred
        How many there are of each, of the reported ones those that a sensor could see; without reports nobody can say which are right.
    found
        Share of the reported ones with an inferred one within so many hours, by hours.
    false
        Share of the inferred ones with no report within a day.
    """

    inferred: int
    reported: int = 0
    found: dict[int, float] | None = None
    false: float | None = None


def found(blind: History, services: Sequence[ServiceEvent]) -> Found:
    """Return how well emptyings are found.

    Parameters
    ----------
    blind
        The history of the same readings, cleaned without any report.
    """
    inferred = blind.emptyings[blind.emptyings["source"] == ServiceSource.INFERRED.value]
    told = _within(blind, services)
    if not len(told):
        return Found(len(inferred))
    names = pd.Index(sorted({*inferred["bin_id"], *told["bin_id"]}), dtype="str")
    guess = _keyed(names, inferred["bin_id"], epochs(inferred["emptied_at"]))
    truth = _keyed(names, told["bin_id"], told["at_s"].to_numpy(dtype=np.float64))
    away, back = _nearest(truth, guess), _nearest(guess, truth)
    shares = {hours: round(float((away <= hours * 3_600).mean()), 4) for hours in FOUND_WITHIN_H}
    false = round(float((back > 24 * 3_600).mean()), 4) if len(guess) else 0.0
    return Found(len(inferred), len(told), shares, false)


def _within(history: History, services: Sequence[ServiceEvent]) -> pd.DataFrame:
    """Return the reported emptyings that a sensor could see: it spoke before and after, at most a day apart."""
    at_s = epochs(history.levels["measured_at"])
    heard = {
        str(bin_id): at_s[rows]
        for bin_id, rows in history.levels.groupby("bin_id", observed=True).indices.items()
    }
    rows = [
        (one.bin_id, one.served_at.timestamp())
        for one in services
        if one.outcome is ServiceOutcome.SERVED
        and one.bin_id in heard
        and _was_heard(heard[one.bin_id], one.served_at.timestamp())
    ]
    return pd.DataFrame.from_records(rows, columns=["bin_id", "at_s"])


def _was_heard(at_s: np.ndarray, instant_s: float) -> bool:
    after = int(np.searchsorted(at_s, instant_s))
    return 0 < after < len(at_s) and bool(at_s[after] - at_s[after - 1] <= HEARD_WITHIN_S)


HEARD_WITHIN_S = 26 * 3_600
"""A sensor that is silent for longer than a day around an emptying can't have seen when it was."""

SPAN_S = 4e9
"""Further apart than any two instants of ours: what keeps bins from one another in one sorted array."""


def _keyed(names: pd.Index, bin_ids: pd.Series, at_s: np.ndarray) -> np.ndarray:
    return np.sort(rows_of(bin_ids, names) * SPAN_S + at_s)


def _nearest(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how far each key is from the nearest of the others; another bin's is further than any time."""
    if not len(others):
        return np.full(len(keys), np.inf)
    place = np.searchsorted(others, keys)
    left, right = others[np.maximum(place - 1, 0)], others[np.minimum(place, len(others) - 1)]
    away: np.ndarray = np.minimum(np.abs(keys - left), np.abs(keys - right))
    return away
