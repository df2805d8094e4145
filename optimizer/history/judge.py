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

HEAP_PER_DAY, HEAP_MEAN = 0.01, 0.15
"""How often something big is thrown in at once, and how much it raises the level."""

ANYTHING_PER_DAY, ANYTHING = 0.002, 1e-5
"""How often a true level does what none of this foresees; in a day, and in one reading."""

EMPTIED_PER_DAY, LANDING = 1 / 7, 0.15
"""How often a bin is emptied, and how far above its empty level it is found at most, right after."""

PHANTOM_DAYS, HEARD_THROUGH, STRAY = 1.5, 0.03, 1e-3
"""How long a phantom stays on average; the share of readings that hear the waste in spite of it; the share that nothing explains."""

DEPOSIT, STILL_ABOVE = 0.05, 0.85
"""How much one deposit raises the level: between two of them it stands still. In a bin fuller than this it may do so for ever."""

SUSPICION = 3.0
"""A doubt begins, and is kept in mind, from so much on: the logarithm of 20 to 1 against a phantom."""

ABOVE_PLACE, GUESSED_SPREAD = 0.05, 0.15
"""How far above a phantom waste can be hidden by it, and the standard deviation of a level that was emptied unseen."""

EMPTIED_SPREAD = 0.04
"""Standard deviation of what a crew leaves behind."""

LANDINGS, LANDINGS_PRIOR, EMPTY_MAX = 6, 2.0, 0.3
"""How many of the last emptyings say where empty is, how many the sensor's own zero counts for, and how far it may be off."""

STUCK_RISE = 0.5
"""A level that stands still to the last digit while the bin should have risen by so much is no measurement."""

CENSORED_ABOVE = 0.95
"""A full bin can't rise: growth that ends above this level says less than the truth."""

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
    """All sensors, each with one or two tracks of its level.

    Where a phantom may be there, there are two: `hidden`, the level behind it, carried on; and `shown`, what the bin holds if there is
    none. `odds` is the logarithm of how much likelier the phantom is; the reading is trusted while it is not positive.
    """

    def __init__(self, noise: Floats, drop: float, places: Places) -> None:
        size = len(noise)
        self.noise, self.drop = noise, drop
        self.hidden, self.shown = Track(size), Track(size)
        self.in_doubt, self.owes_emptying, self.shows_emptying = (
            np.zeros(size, dtype=np.bool_) for _ in range(3)
        )
        self.odds, self.heard_at = np.zeros(size), np.full(size, np.nan)
        self.places = places
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
        self._learn(is_clear & ~first & ~self.in_doubt, is_emptied, at, said)
        self.heard_at = at
        level, variance = (
            np.where(self.in_doubt & is_clear, *pair)
            for pair in zip(self.shown.ahead(at, rate), self.hidden.ahead(at, rate), strict=True)
        )
        return Heard(
            is_clear & ~is_stuck,
            is_emptied & ~is_stuck,
            (level - self.empty) / (1 - self.empty),
            np.sqrt(variance),
            self.empty.copy(),
            is_stuck,
        )

    def keep(self, number: int, learned: Places) -> None:
        """Forget all but the first sensors: the others have nothing more to say, and their phantoms' places are handed on."""
        if number == len(self.noise):
            return
        learned.remember(number, self.places, self.heard_at)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[:number])
        for part in (self.hidden, self.shown, self.places):
            part.keep(number)

    # --- one reading -------------------------------------------------------------------------------------------

    def _start(self, first: Flags, at: Floats, said: Floats) -> None:
        self.hidden.set(first, said, self.noise**2, at)
        self.places.first_at = np.where(first & (self.places.first_at == 0), at, self.places.first_at)

    def _believe_reports(self, emptied_at: Floats) -> None:
        reported = emptied_at > self.hidden.at
        for track in (self.hidden, self.shown):
            track.set(
                emptied_at > track.at, self.empty, np.full_like(self.empty, EMPTIED_SPREAD**2), emptied_at
            )
        self.is_reported |= reported

    def _decide(self, at: Floats, said: Floats, rate: Floats, since_heard: Floats) -> tuple[Flags, Flags]:
        """Return which readings are trusted, and which say that the bin was emptied; both tracks are brought up to them."""
        hidden, shown = (self._explained(track, at, said, rate) for track in (self.hidden, self.shown))
        surprise = ANYTHING_PER_DAY * since_heard + ANYTHING
        level = self.hidden.ahead(at, rate)[0]
        is_behind = said < level - self.drop
        coming = self.places.density(at, since_heard, said, (is_behind, self._hazard(at)), self.noise) + STRAY
        odds = np.log(coming / (hidden.either + surprise))
        begins = ~self.in_doubt & (odds > -SUSPICION)

        stay = np.exp(-since_heard / PHANTOM_DAYS) * (1 - HEARD_THROUGH)
        same, back, other = (
            stay * self.places.same(said, self.noise),
            (1 - stay) * hidden.either,
            (1 - stay) * coming,
        )
        odds_on = self.odds + np.log((same + back + other) / (shown.either + surprise))
        odds = np.clip(np.where(self.in_doubt, odds_on, odds), -ODDS_MAX, ODDS_MAX)
        is_away = self.in_doubt & (back > same + other)
        settles = self.in_doubt & ((odds < -SUSPICION) | (is_away & (odds <= 0)))
        returns = is_away & (odds > 0)
        moves = self.in_doubt & ~settles & ~returns & (other > same)

        doubts = begins | (self.in_doubt & ~settles & ~returns)
        by_shown = begins | (self.in_doubt & ~returns)
        emptied = np.where(by_shown & ~begins, shown.emptied > shown.grown, hidden.emptied > hidden.grown)
        trusts = ~doubts | (odds <= 0)
        # A phantom nearer to the bottom than the waste was: then the waste is gone, for of two echoes the nearer one counts.
        uncovered = doubts & ~trusts & (begins | moves) & is_behind
        is_emptied = (trusts & emptied) | uncovered | (returns & self.owes_emptying)
        self._follow(begins, by_shown, emptied, (at, said, rate))
        self._settle(settles, at)
        self.places.confirm(returns)
        self.places.enter(begins | moves, said)
        self._guess_emptied(uncovered, doubts & ~trusts, at, rate)
        self.owes_emptying &= doubts
        self.odds, self.in_doubt = odds, doubts
        return trusts, is_emptied

    def _follow(
        self, begins: Flags, by_shown: Flags, emptied: Flags, heard: tuple[Floats, Floats, Floats]
    ) -> None:
        """Bring up to a reading the track that it speaks of: where doubt begins, a second one goes on from the first."""
        at, said, rate = heard
        self.shown.take_over(begins, self.hidden)
        self.shows_emptying = (self.shows_emptying & ~begins) | (by_shown & emptied)
        for track, which in ((self.shown, by_shown), (self.hidden, ~by_shown)):
            track.update(which, said, at, rate, self.noise)
            track.set(which & emptied, said, self.noise**2, at)

    def _settle(self, settles: Flags, at: Floats) -> None:
        """Believe what is shown, and learn how fast it rose."""
        grew = settles & ~self.shows_emptying & ~self.is_reported
        self.risen += np.where(grew, self.shown.level - self.hidden.level, 0.0)
        self.watched += np.where(grew, at - self.hidden.at, 0.0)
        self.hidden.take_over(settles, self.shown)

    def _guess_emptied(self, uncovered: Flags, is_hidden: Flags, at: Floats, rate: Floats) -> None:
        """Put hidden levels down where the bin must have been emptied meanwhile: a nearer phantom can't hide waste above it."""
        level, variance = self.hidden.ahead(at, rate)
        too_high = level > self.places.now + 2 * np.sqrt(variance) + ABOVE_PLACE
        days = self.hidden.days_until(at)
        guessed = is_hidden & (uncovered | too_high)
        since = np.where(uncovered, at - self.heard_at, days)
        spread = np.full_like(level, GUESSED_SPREAD**2)
        self.hidden.set(guessed, self.empty + np.minimum(rate * since / 2, self.places.now), spread, at)
        self.owes_emptying |= guessed & ~uncovered

    def _hazard(self, at: Floats) -> Floats:
        return -np.expm1(-EMPTIED_PER_DAY * self.hidden.days_until(at))

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
        # As high a density as that of a phantom that stays: between two flat lines only time may decide, not how often they are read.
        off = (said - track.level) ** 2 / (track.variance + self.noise**2)
        stood = self.places.sharpness(self.noise) * np.exp(-0.5 * off)
        stands = np.where(track.level - self.empty > STILL_ABOVE, 1.0, still)
        grown = stands * stood + (1 - still) * normal(rise, variance + self.noise**2) + heap
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
