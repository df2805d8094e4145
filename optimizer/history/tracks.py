"""A level of each bin that is carried through time, with its spread."""

from __future__ import annotations

import numpy as np

from optimizer.history.series import Flags, Floats

VARIANCE_PER_RISE = 0.05
"""Variance that each rise brings: people throw in bags, not drops (MEASURED: forecasting)."""

RHYTHM = 0.5
"""By how much the rise of a few hours differs from the mean's share: nobody throws in anything at night."""

JUMP_SIGMAS = 3.0
"""A change of more standard deviations than this is taken as it is: it was no noise."""


def normal(deviation: Floats, variance: Floats) -> Floats:
    """Return the density of the normal distribution."""
    density: Floats = np.exp(-0.5 * deviation**2 / variance) / np.sqrt(2 * np.pi * variance)
    return density


class Track:
    """A level, its variance, and the instant (in days) they were true; `before` is the level that the last update began from."""

    def __init__(self, size: int) -> None:
        self.level, self.variance, self.at = np.zeros(size), np.ones(size), np.full(size, -np.inf)
        self.before, self.before_at = np.zeros(size), np.zeros(size)

    def days_until(self, at: Floats) -> Floats:
        """Return the days from then to an instant; none where nothing was ever heard."""
        return np.where(np.isinf(self.at), 0.0, np.maximum(at - self.at, 0.0))

    def ahead(self, at: Floats, rate: Floats) -> tuple[Floats, Floats]:
        """Return level and variance at a later instant, nothing having been heard since."""
        rise = self.days_until(at) * rate
        return self.level + rise, self.variance + VARIANCE_PER_RISE * rise + (
            RHYTHM * np.minimum(rise, rate / 4)
        ) ** 2

    def update(self, which: Flags, said: Floats, at: Floats, rate: Floats, noise: Floats) -> None:
        """Bring some bins up to what was measured."""
        level, variance = self.ahead(at, rate)
        gain = variance / (variance + noise**2)
        is_jump = np.abs(said - level) > JUMP_SIGMAS * np.sqrt(variance + noise**2)
        gain = np.where(is_jump, 1.0, gain)
        self.before, self.before_at = (
            np.where(which, self.level, self.before),
            np.where(which, self.at, self.before_at),
        )
        kept = np.where(is_jump, noise**2, (1 - gain) * variance)
        self.set(which, level + gain * (said - level), kept, at)

    def set(self, which: Flags, level: Floats, variance: Floats, at: Floats) -> None:
        """Put some bins at a level."""
        self.level = np.where(which, level, self.level)
        self.variance = np.where(which, variance, self.variance)
        self.at = np.where(which, at, self.at)

    def take_over(self, which: Flags, other: Track) -> None:
        """Go on from another track."""
        self.set(which, other.level, other.variance, other.at)

    def widen(self, which: Flags, variance: Floats) -> None:
        """Know some levels no better than this."""
        self.variance = np.where(which, np.maximum(self.variance, variance), self.variance)

    def keep(self, number: int) -> None:
        """Forget all but the first bins."""
        for name, value in vars(self).items():
            setattr(self, name, value[:number])
