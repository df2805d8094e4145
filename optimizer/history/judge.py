"""The state of every sensor between two readings, and what one more reading changes in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.history.places import Places
from optimizer.history.series import Flags, Floats
from optimizer.history.tracks import Track, normal

RATE_PRIOR, RATE_PRIOR_DAYS, RATE_HALF_LIFE_DAYS = 0.12, 3.0, 30.0
"""Rise in a day of a bin that nobody knows yet, for how many days of readings that counts, and how soon what was seen counts half."""

RATE_MIN, RATE_MAX = 0.005, 2.0

HEAP_PER_DAY, HEAP_MEAN = 0.03, 0.15
"""How often something big is thrown in at once, and how much it raises the level."""

ANYTHING_PER_DAY, ANYTHING = 0.005, 1e-5
"""How often a true level does what none of this foresees; in a day, and in one reading."""

EMPTIED_PER_DAY, LANDING = 1 / 7, 0.15
"""How often a bin is emptied, and how far above its empty level it is found at most, right after."""

PHANTOM_DAYS, HEARD_THROUGH, STRAY = 1.5, 0.03, 1e-3
"""How long a phantom stays on average; the share of readings that hear the waste in spite of it; the share that nothing explains."""

DEPOSIT, STILL_ABOVE = 0.05, 0.85
"""How much one deposit raises the level: between two of them it stands still. In a bin fuller than this it may do so for ever."""

EMPTIED_SPREAD = 0.04
"""Standard deviation of what a crew leaves behind."""

LANDINGS, LANDINGS_PRIOR, EMPTY_MAX = 6, 2.0, 0.3
"""How many of the last emptyings say where empty is, how many the sensor's own zero counts for, and how far it may be off."""

STUCK_RISE = 0.5
"""A level that stands still to the last digit while the bin should have risen by so much is no measurement."""

CENSORED_ABOVE = 0.95
ODDS_MAX = 12.0


class Heard(NamedTuple):
    """What one more reading of each sensor turned out to be."""

    is_clear: Flags
    is_emptied: Flags
    levels: Floats
    spreads: Floats
    empties: Floats
    is_stuck: Flags


class Explained(NamedTuple):
    """How likely a reading is if the sensor sees the waste: by growth, or by an emptying since."""

    grown: Floats
    emptied: Floats

    @property
    def either(self) -> Floats:
        """Both together."""
        return self.grown + self.emptied


class Judge:
    """All sensors, in one of two modes each: clear, or in doubt where a phantom may hide the level.

    In doubt there are two tracks: `hidden`, the level behind the phantom, carried on; and `shown`, what the bin holds if the doubt is
    wrong. `odds` is the logarithm of how much likelier the phantom is.
    """

    def __init__(self, noise: Floats, drop: float) -> None:
        size = len(noise)
        self.noise, self.drop = noise, drop
        self.hidden, self.shown = Track(size), Track(size)
        self.in_doubt = np.zeros(size, dtype=np.bool_)
        self.odds, self.heard_at = np.zeros(size), np.full(size, np.nan)
        self.places = Places(size)
        self.risen, self.watched = np.zeros(size), np.zeros(size)
        self.landings = np.full((size, LANDINGS), np.nan)
        self.empty = np.zeros(size)
        self.said, self.said_since = np.full(size, np.nan), np.zeros(size)
        self.is_reported = np.zeros(size, dtype=np.bool_)

    @property
    def rate(self) -> Floats:
        """The usual rise of each bin in a day."""
        usual = (RATE_PRIOR * RATE_PRIOR_DAYS + self.risen) / (RATE_PRIOR_DAYS + self.watched)
        return np.clip(usual, RATE_MIN, RATE_MAX)

    def hear(self, at: Floats, said: Floats, emptied_at: Floats) -> Heard:
        """Judge the next reading of each sensor.

        Parameters
        ----------
        at, emptied_at
            When it was measured and when a person last reported an emptying before that, in days since 1970; minus infinity: never.
        said
            Its level.
        """
        first = np.isnan(self.heard_at)
        rate = self.rate
        since_heard = np.where(first, 0.0, at - self.heard_at)
        self._start(first, at, said)
        self._believe_reports(emptied_at)
        is_clear, is_emptied = self._decide(at, said, rate, since_heard)
        is_clear |= first
        is_emptied &= ~first
        is_stuck = self._stuck(at, said, rate)
        self._learn(is_clear & ~first, is_emptied, at, said)
        self.heard_at = at
        level, variance = self.hidden.ahead(at, self.rate)
        return Heard(
            is_clear & ~is_stuck,
            is_emptied & ~is_stuck,
            (level - self.empty) / (1 - self.empty),
            np.sqrt(variance),
            self.empty.copy(),
            is_stuck,
        )

    def keep(self, number: int) -> None:
        """Forget all but the first sensors: the others have nothing more to say."""
        if number == len(self.noise):
            return
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[:number])
        for part in (self.hidden, self.shown, self.places):
            part.keep(number)

    # --- one reading -------------------------------------------------------------------------------------------

    def _start(self, first: Flags, at: Floats, said: Floats) -> None:
        self.hidden.set(first, said, self.noise**2, at)
        self.places.first_at = np.where(first, at, self.places.first_at)

    def _believe_reports(self, emptied_at: Floats) -> None:
        reported = emptied_at > self.hidden.at
        for track in (self.hidden, self.shown):
            track.set(
                emptied_at > track.at, self.empty, np.full_like(self.empty, EMPTIED_SPREAD**2), emptied_at
            )
        self.is_reported |= reported

    def _decide(self, at: Floats, said: Floats, rate: Floats, since_heard: Floats) -> tuple[Flags, Flags]:
        """Return which readings are clear, and which of them say that the bin was emptied; both tracks are brought up to them."""
        hidden, shown = (
            self._explained(self.hidden, at, said, rate),
            self._explained(self.shown, at, said, rate),
        )
        surprise = ANYTHING_PER_DAY * since_heard + ANYTHING
        phantom = (
            self.places.density(at, since_heard, said, self.hidden.ahead(at, rate)[0], self.noise) + STRAY
        )
        odds_now = np.log(phantom / (hidden.either + surprise))
        begins = ~self.in_doubt & (odds_now > 0)

        stay = np.exp(-since_heard / PHANTOM_DAYS) * (1 - HEARD_THROUGH)
        same = stay * self.places.same(said, self.noise)
        back = (1 - stay) * hidden.either
        odds = np.clip(
            self.odds + np.log((same + back + phantom * (1 - stay)) / (shown.either + surprise)),
            -ODDS_MAX,
            ODDS_MAX,
        )
        believes = self.in_doubt & (odds < 0)
        returns = self.in_doubt & ~believes & (back > same + phantom * (1 - stay))
        moves = self.in_doubt & ~believes & ~returns & (phantom * (1 - stay) > same)

        is_clear = (~self.in_doubt & ~begins) | believes | returns
        is_emptied = is_clear & np.where(believes, shown.emptied > shown.grown, hidden.emptied > hidden.grown)
        self.hidden.take_over(believes, self.shown)
        self.hidden.update(is_clear, said, at, rate, self.noise)
        self.hidden.set(is_emptied, said, self.noise**2, at)
        self.shown.update(self.in_doubt, said, at, rate, self.noise)
        self.shown.set(begins | moves, said, self.noise**2, at)
        self.places.confirm(returns)
        self.places.enter(begins | moves, said)
        self.odds = np.where(begins, np.clip(odds_now, 0, ODDS_MAX), odds)
        self.in_doubt = ~is_clear
        return is_clear, is_emptied

    def _explained(self, track: Track, at: Floats, said: Floats, rate: Floats) -> Explained:
        level, variance = track.ahead(at, rate)
        days = track.days_until(at)
        rise = said - level
        heap = HEAP_PER_DAY * days * np.exp(-np.maximum(rise, 0.0) / HEAP_MEAN) / HEAP_MEAN * (rise > 0)
        span = LANDING + rate * np.minimum(days, 1.0)
        above = said - self.empty
        lands = np.exp(-0.5 * (np.maximum(above - span, 0) / self.noise) ** 2) / span
        fell = np.maximum(level, track.level) - said >= self.drop - self.noise
        emptied = -np.expm1(-EMPTIED_PER_DAY * days) * lands * fell
        still = np.exp(-rate * days / DEPOSIT)
        still = np.where(track.level - self.empty > STILL_ABOVE, 1.0, still)
        # As high a density as that of a phantom that stays: between two flat lines only time may decide, not how often they are read.
        stood = self.places.sharpness(self.noise) * np.exp(
            -0.5 * (said - track.level) ** 2 / (track.variance + self.noise**2)
        )
        grown = still * stood + (1 - still) * normal(rise, variance + self.noise**2) + heap
        return Explained(grown, emptied)

    def _stuck(self, at: Floats, said: Floats, rate: Floats) -> Flags:
        self.said_since = np.where(said == self.said, self.said_since, at)
        self.said = said
        overdue = (at - self.said_since) * rate
        is_stuck = (overdue >= STUCK_RISE) & (said > self.empty + 0.05) & (said < CENSORED_ABOVE)
        self.hidden.widen(is_stuck, (overdue / 2) ** 2)
        return is_stuck

    def _learn(self, is_clear: Flags, is_emptied: Flags, at: Floats, said: Floats) -> None:
        days = np.where(np.isnan(self.heard_at), 0.0, at - self.heard_at)
        fresh = 0.5 ** (days / RATE_HALF_LIFE_DAYS)
        grew = is_clear & ~is_emptied & ~self.is_reported & (said < CENSORED_ABOVE)
        rise = np.where(grew, self.hidden.level - self.hidden.before, 0.0)
        span = np.where(grew, self.hidden.at - self.hidden.before_at, 0.0)
        self.risen = self.risen * fresh + np.nan_to_num(rise)
        self.watched = self.watched * fresh + np.nan_to_num(span)
        landed = is_emptied | (is_clear & self.is_reported & (said - self.empty < 2 * LANDING))
        self._land(landed, said)
        self.is_reported &= ~is_clear

    def _land(self, landed: Flags, said: Floats) -> None:
        """Learn where the sensor sees an empty bin: the lower quartile of the last levels after an emptying, not the lowest."""
        rows = np.flatnonzero(landed)
        if not len(rows):
            return
        self.landings[rows] = np.roll(self.landings[rows], 1, axis=1)
        self.landings[rows, 0] = said[rows]
        known = self.landings[rows]
        number = np.sum(~np.isnan(known), axis=1)
        quartile = np.nanpercentile(known, 25, axis=1)
        self.empty[rows] = np.clip(quartile * number / (number + LANDINGS_PRIOR), -EMPTY_MAX, EMPTY_MAX)
