"""A simulated fleet whose sensors fail as real ones do, and whose truth is known. Not the product's simulator: the filter was not made on it.

Faults as measured on 77 real sensors over a year: phantom echoes at one to three fixed false distances for hours or days, lost and
repeated messages, steps of 1.6 points, an empty bin that is not quite where the sensor was told, sensors that fall silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tournee.domain import ServiceEvent

START_S = 1_780_272_000  # a Monday, 2026-06-01
DAY_S, HOUR_S, STEP_S = 86_400, 3_600, 600
CADENCES = (2, 3, 6, 12, 24)
WEEKDAYS = np.array([1.0, 0.97, 0.96, 0.97, 1.07, 1.38, 0.65])
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 7, 8, 7, 7, 7, 8, 8, 7, 7, 8, 10, 11, 10, 8, 6, 4, 2], dtype=float)
DEPOSIT, RESOLUTION, NOISE, LOST, REPEATED = 0.04, 0.016, 0.008, 0.05, 0.02


@dataclass(frozen=True, slots=True)
class Faults:
    """How badly the fleet fails: shares of its sensors, and of the readings of one that sees phantoms."""

    phantom_sensors: float = 0.6
    phantom_readings: float = 0.12
    silent_sensors: float = 0.16


@dataclass(frozen=True)
class Fleet:
    """What sensors say and what is true.

    Parameters
    ----------
    readings
        As `optimizer.history.clean` takes them; `truths` are the same instants with the true levels.
    levels
        The true level of each bin every ten minutes from `START_S` on, shape (bins, steps).
    emptied_s
        When each bin was emptied, by bin.
    """

    bin_ids: tuple[str, ...]
    readings: pd.DataFrame
    truths: pd.DataFrame
    levels: np.ndarray
    emptied_s: dict[str, np.ndarray]
    cadences: np.ndarray

    def level(self, row: int, at_s: float) -> float:
        """Return the true level of a bin at an instant."""
        return float(self.levels[row, int((at_s - START_S) // STEP_S)])

    def reports(self, share: float = 1.0, seed: int = 0) -> list[ServiceEvent]:
        """Return what crews report of the emptyings, if they report some share of them."""
        random = np.random.default_rng(seed)
        return [
            ServiceEvent(bin_id, pd.Timestamp(at_s, unit="s", tz="UTC").to_pydatetime())
            for bin_id, instants in self.emptied_s.items()
            for at_s in instants.tolist()
            if random.random() < share
        ]


def fleet(
    size: int, days: int, seed: int, faults: Faults = Faults(), cadences: tuple[int, ...] = CADENCES
) -> Fleet:
    """Return a fleet of `size` bins over `days`; the same seed makes the same fleet."""
    random = np.random.default_rng(seed)
    bin_ids = tuple(f"bin-{number:04}" for number in range(size))
    chosen = np.asarray(cadences)[np.arange(size) % len(cadences)]
    levels, emptied, said = np.zeros((size, days * DAY_S // STEP_S)), {}, []
    for row, bin_id in enumerate(bin_ids):
        levels[row], emptied[bin_id] = _life(days, random)
        said.append(_spoken(bin_id, levels[row], int(chosen[row]), (random, faults)))
    frame = pd.concat(said, ignore_index=True)
    frame["measured_at"] = pd.to_datetime(frame.pop("at_s"), unit="s", utc=True)
    truths = frame.assign(fill_level=frame.pop("truth"), quality="accepted")
    return Fleet(bin_ids, frame.assign(quality="accepted"), truths, levels, emptied, chosen)


def _life(days: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of a bin every ten minutes, and when a crew came: on working mornings, once it was worth it."""
    rate = np.clip(0.12 * np.exp(random.normal(0, 0.5)), 0.03, 0.45)
    steps = np.arange(days * DAY_S // STEP_S)
    rhythm = (WEEKDAYS / WEEKDAYS.mean())[(steps * STEP_S // DAY_S) % 7]
    rhythm = rhythm * (HOURS / HOURS.mean())[(steps * STEP_S // HOUR_S) % 24]
    week = np.exp(random.normal(0, 0.15, days // 7 + 1))[steps * STEP_S // (7 * DAY_S)]
    deposits = random.poisson(rate / DEPOSIT * STEP_S / DAY_S * rhythm * week)
    grown = np.cumsum(deposits * DEPOSIT * random.uniform(0.5, 1.5, len(steps)))
    levels, emptied, base, worth = grown + random.uniform(0, 0.6), [], 0.0, random.uniform(0.6, 0.9)
    for day in range(days):
        at = (day * DAY_S + int(random.uniform(6.5, 13.5) * HOUR_S)) // STEP_S
        if day % 7 != 6 and levels[at] >= worth and random.random() < 0.85:
            base = max(random.normal(0, 0.01), 0.0)
            levels[at:] = grown[at:] - grown[at] + base
            emptied.append(START_S + at * STEP_S)
            worth = random.uniform(0.6, 0.95)
    return np.minimum(levels, 1.1), np.asarray(emptied)


def _spoken(
    bin_id: str, levels: np.ndarray, cadence: int, chance: tuple[np.random.Generator, Faults]
) -> pd.DataFrame:
    random, _ = chance
    days = len(levels) * STEP_S // DAY_S
    at = (np.arange(days * cadence) + random.random()) / cadence * DAY_S + random.uniform(
        0, 300, days * cadence
    )
    at = at[(at < days * DAY_S) & (random.random(len(at)) > LOST) & _is_awake(at, days, chance)]
    truth = levels[(at // STEP_S).astype(int)]
    seen = truth + random.normal(0, NOISE, len(at)) + random.normal(0, 0.02)
    for start, end, place in _episodes(days, chance):
        hears = (at >= start) & (at < end) & (random.random(len(at)) < 0.97)
        # Of two echoes the nearer one counts.
        seen = np.where(hears, np.maximum(seen, place + random.normal(0, 0.006, len(at))), seen)
    seen = np.maximum(np.round(seen / RESOLUTION) * RESOLUTION, 0.0)
    frame = pd.DataFrame(
        {"bin_id": bin_id, "at_s": (START_S + at).astype(int), "fill_level": seen, "truth": truth}
    )
    return pd.concat([frame, frame[random.random(len(frame)) < REPEATED]])


def _is_awake(at: np.ndarray, days: int, chance: tuple[np.random.Generator, Faults]) -> np.ndarray:
    """Tell when a sensor speaks: a silent one is gone for good one day, or for days now and then."""
    random, faults = chance
    awake = np.ones(len(at), dtype=bool)
    if random.random() < faults.silent_sensors:
        if random.random() < 0.5:
            return at < random.uniform(0.5, 1.0) * days * DAY_S
        for start in np.arange(0, days, 20) + random.uniform(0, 20):
            awake &= ~((at >= start * DAY_S) & (at < (start + random.uniform(2, 10)) * DAY_S))
    return awake


def _episodes(days: int, chance: tuple[np.random.Generator, Faults]) -> Iterator[tuple[float, float, float]]:
    """Yield the phantoms of a sensor: when, and which level their false distance pretends."""
    random, faults = chance
    if random.random() >= faults.phantom_sensors:
        return
    places = random.uniform(0.4, 1.02, random.integers(1, 4))
    at = 0.0
    while at < days * DAY_S:
        length = float(np.clip(np.exp(random.normal(np.log(12), 1.0)), 1, 120)) * HOUR_S
        # Of the whole time a share is phantom: the pauses between them are as much longer.
        at += random.exponential(20 * HOUR_S * (1 / max(faults.phantom_readings, 1e-6) - 1))
        yield at, at + length, float(random.choice(places))
        at += length
