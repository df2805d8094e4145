"""History -> what each bin's fill level will be, with quantiles and the probability of overflow. Pure.

The measured simple model (MEASURED: forecasting): a rate per bin times a factor per kind of day (`rates`), intervals from what the same
model got wrong on its own past (`spread`), and for coarse levels a transition table where it does better (`tables`). Each piece
ships only where it beat the simpler one on rolling origins; `Model.source` says which did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from optimizer.forecast.calendar import Floats
from optimizer.forecast.model import Model, fit
from optimizer.forecast.outlook import Asked, Outlook, foreseen
from optimizer.forecast.rates import DEFAULT_RATE
from optimizer.forecast.standing import BASES, standing
from optimizer.forecast.steps import Course
from optimizer.history import History
from tournee.domain import Bin, Forecast, Grade
from tournee.settings import ForecastSettings

__all__ = ["DEFAULT_RATE", "Asked", "Course", "Model", "When", "fit", "kilograms", "predict", "predict_frame"]


@dataclass(frozen=True, slots=True)
class When:
    """The instants of one forecast: what is known until `made_at`, the level at `target_at`, the risk until `risk_until_at`."""

    made_at: datetime
    target_at: datetime
    risk_until_at: datetime


def predict(
    model: Model, history: History, bins: Sequence[Bin], when: When, settings: ForecastSettings
) -> tuple[Forecast, ...]:
    """Return one forecast per bin, in the order of `bins`, of what happens if nobody empties it."""
    if not bins:
        return ()
    stands = standing(history, bins, when.made_at, model.rates.to_numpy())
    asked = Asked(np.asarray(settings.quantiles), Course.UNTOUCHED)
    target, risk = (
        foreseen(model, stands, instant.timestamp(), asked)
        for instant in (when.target_at, when.risk_until_at)
    )
    measured, emptied = _instants(stands.measured_s), _instants(stands.emptied_s)
    levels, known = np.round(target.levels, 4).tolist(), np.round(model.rates.to_numpy(), 5).tolist()
    points, chances = np.round(target.points, 4).tolist(), np.round(risk.overflow_probability, 4).tolist()
    grades = {bin_id: Grade(grade) for bin_id, grade in history.sensors[["bin_id", "grade"]].to_numpy()}
    litres = np.round(risk.overflow * [one.volume_l for one in bins], 1).tolist()
    return tuple(
        Forecast(
            bin_id=one.bin_id,
            made_at=when.made_at,
            target_at=when.target_at,
            risk_until_at=when.risk_until_at,
            fill_level=points[row],
            quantiles=tuple(zip(settings.quantiles, levels[row], strict=True)),
            overflow_probability=chances[row],
            expected_overflow_l=litres[row],
            rate_per_day=known[row],
            basis=BASES[stands.basis[row]],
            last_measured_at=measured[row],
            last_served_at=emptied[row],
            sensor_grade=grades.get(one.bin_id),
        )
        for row, one in enumerate(bins)
    )


def _instants(epochs: Floats) -> list[datetime | None]:
    return [None if np.isnan(one) else datetime.fromtimestamp(one, tz=UTC) for one in epochs.tolist()]


def predict_frame(
    model: Model,
    history: History,
    bins: Sequence[Bin],
    made_at: datetime,
    target_ats: Sequence[datetime],
    asked: Asked,
) -> pd.DataFrame:
    """Return forecasts as a long frame: a row per bin, instant and probability; thousands of bins in a second.

    Parameters
    ----------
    target_ats
        The instants that are foreseen, none before `made_at`.
    asked
        The probabilities, and whether emptyings are foreseen as well.

    Returns
    -------
    DataFrame
        Columns bin_id (category), target_at, probability, fill_level, kilograms, and for the bin and instant: point (the level least
        far off), overflow_probability (before target_at), full_probability (at target_at), expected_overflow_l, basis (category).
    """
    stands = standing(history, bins, made_at, model.rates.to_numpy())
    volume = np.asarray([one.volume_l for one in bins])
    density = np.asarray([one.density_kg_per_m3 for one in bins])
    pieces = [
        _rows(foreseen(model, stands, instant.timestamp(), asked), volume, density) for instant in target_ats
    ]
    columns = (
        {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]} if pieces else {}
    )
    size, number = len(bins), len(asked.probabilities)
    named = np.tile(np.repeat(np.arange(size), number), len(target_ats))
    instants = pd.DatetimeIndex(list(target_ats)).as_unit("s")
    return pd.DataFrame(
        {
            "bin_id": pd.Categorical.from_codes(named, categories=model.rates.index),
            "target_at": instants.repeat(size * number),
            "probability": np.tile(asked.probabilities, size * len(target_ats)),
            **columns,
            "basis": pd.Categorical.from_codes(
                stands.basis[named], categories=pd.Index([one.value for one in BASES])
            ),
        }
    )


def _rows(outlook: Outlook, volume: Floats, density: Floats) -> dict[str, Floats]:
    number = outlook.levels.shape[1]
    return {
        "fill_level": outlook.levels.ravel(),
        "kilograms": (outlook.levels * (volume * density / 1_000)[:, None]).ravel(),
        "point": np.repeat(outlook.points, number),
        "overflow_probability": np.repeat(outlook.overflow_probability, number),
        "full_probability": np.repeat(outlook.full_probability, number),
        "expected_overflow_l": np.repeat(outlook.overflow * volume, number),
    }


def kilograms(forecast: Forecast, one: Bin) -> tuple[tuple[float, float], ...]:
    """Return pairs of probability and weight of what is in the bin: its volume, as full as foreseen, at its stream's loose density."""
    full_kg = one.volume_l / 1_000 * one.density_kg_per_m3
    return tuple((probability, round(level * full_kg, 2)) for probability, level in forecast.quantiles)
