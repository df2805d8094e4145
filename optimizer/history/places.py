"""The false distances of each sensor: where its phantoms come from, learned as they come and go."""

from __future__ import annotations

import numpy as np

from optimizer.history.series import Flags, Floats, Whole
from optimizer.history.tracks import normal

PLACES = 3
"""How many false distances one sensor is known to have, at most."""

PLACE_SPREAD, SAME_PLACE = 0.015, 0.04
"""Standard deviation of a false distance, and how near two of them are one; fractions of the volume."""

PHANTOM_PER_DAY, PRIOR_DAYS = 0.05, 10.0
"""How often a phantom comes to a sensor that nobody knows yet, and for how many days that counts."""

UNHEARD_DAYS = 1.0
"""For how long a phantom behind the waste may have been there unheard."""


class Places:
    """Known places of phantoms with how often each was there, and the place of the phantom that is there now."""

    def __init__(self, size: int) -> None:
        self.levels, self.times = np.full((size, PLACES), np.nan), np.zeros((size, PLACES))
        self.now, self.first_at = np.zeros(size), np.zeros(size)

    def density(
        self, at: Floats, since: Floats, said: Floats, behind: tuple[Flags, Floats], noise: Floats
    ) -> Floats:
        """Return how likely it is that a phantom is heard that was not heard before, and says this.

        Parameters
        ----------
        behind
            Whether the waste was nearer than what is said, and how likely it was taken away: of two echoes the nearer one counts.
        """
        number = self.times.sum(axis=1)
        per_day = (PHANTOM_PER_DAY * PRIOR_DAYS + number) / (PRIOR_DAYS + np.maximum(at - self.first_at, 0.0))
        spread = np.maximum(PLACE_SPREAD, noise)[:, None]
        known = np.nan_to_num(self.times * normal(said[:, None] - self.levels, spread**2)).sum(axis=1)
        is_behind, taken = behind
        # One behind the waste may have been there for long.
        coming = -np.expm1(-per_day * np.where(is_behind, since + UNHEARD_DAYS, since))
        density: Floats = coming * np.where(is_behind, taken * known, known + 1.0) / (number + 1.0)
        return density

    def same(self, said: Floats, noise: Floats) -> Floats:
        """Return how likely a reading is if the phantom of now goes on."""
        return normal(said - self.now, np.maximum(PLACE_SPREAD, noise) ** 2)

    def sharpness(self, noise: Floats) -> Floats:
        """Return the density of a reading that is exactly where the phantom was."""
        return normal(np.zeros_like(noise), np.maximum(PLACE_SPREAD, noise) ** 2)

    def enter(self, which: Flags, said: Floats) -> None:
        """Take note of a phantom that may have come: at a known place, or at a new one."""
        self.now = np.where(which, said, self.now)

    def confirm(self, which: Flags) -> None:
        """Learn the place of phantoms that went away."""
        rows = np.flatnonzero(which)
        if not len(rows):
            return
        levels, times, now = self.levels[rows], self.times[rows], self.now[rows]
        away = np.where(np.isnan(levels), np.inf, np.abs(levels - now[:, None]))
        nearest = away.argmin(axis=1)
        is_known = away.min(axis=1) <= SAME_PLACE
        # A new place takes a free slot, or that of the rarest.
        slot = np.where(is_known, nearest, times.argmin(axis=1))
        was, counted = (
            np.where(is_known, levels[np.arange(len(rows)), slot], now),
            np.where(is_known, times[np.arange(len(rows)), slot], 0),
        )
        self.levels[rows, slot] = (was * counted + now) / (counted + 1)
        self.times[rows, slot] = counted + 1

    def remember(self, number: int, others: Places, until: Floats) -> None:
        """Take over what was learned of all but the first sensors, as if it had been known from the beginning."""
        last = len(others.now)
        self.levels[number:last], self.times[number:last] = others.levels[number:], others.times[number:]
        self.first_at[number:last] = (2 * others.first_at - until)[number:]

    def some(self, sensors: Whole) -> Places:
        """Return the places of some sensors."""
        made = Places(len(sensors))
        for name, value in vars(self).items():
            setattr(made, name, value[sensors])
        return made

    def keep(self, number: int) -> None:
        """Forget all but the first sensors."""
        for name, value in vars(self).items():
            setattr(self, name, value[:number])
