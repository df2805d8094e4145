"""What is in every bin at any moment, and when it runs over: the truth, which no policy may look at but the perfect one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.closed_loop.scenario import Floats, Scenario


class Spill(NamedTuple):
    """A bin that ran over, from the deposit that did it until it was emptied, or the run ended; seconds from the start."""

    bin: int
    from_s: float
    to_s: float
    litres: float


class Contents:
    """The litres in every bin since its last service; it starts with what was in it at the beginning."""

    def __init__(self, scenario: Scenario) -> None:
        order = np.argsort(scenario.deposits.bins, kind="stable")
        sizes = np.bincount(scenario.deposits.bins, minlength=len(scenario.bins))
        cuts = np.cumsum(sizes)[:-1]
        self.capacity_l = scenario.capacity_l
        self._at_s = np.split(scenario.deposits.at_s[order], cuts)
        litres = np.split(scenario.deposits.litres[order], cuts)
        self._total_l = [np.concatenate([[0.0], np.cumsum(one)]) for one in litres]
        self._emptied = np.zeros(len(sizes), dtype=np.int64)  # deposits gone with the last service, per bin

    def litres(self, at: int, moment_s: float) -> float:
        """Return what is in a bin at a moment not before its last service."""
        known = int(np.searchsorted(self._at_s[at], moment_s, side="right"))
        return float(self._total_l[at][max(known, self._emptied[at])] - self._base(at))

    def fill_levels(self, moment_s: float) -> Floats:
        """Return every bin's fill level at a moment."""
        litres = [self.litres(at, moment_s) for at in range(len(self._at_s))]
        return np.asarray(litres) / self.capacity_l

    def full_at_s(self, at: int) -> float:
        """Return when a bin runs over if nobody comes; infinite where it never does."""
        over = int(np.searchsorted(self._total_l[at], self._base(at) + self.capacity_l[at], side="right"))
        return float(self._at_s[at][over - 1]) if over < len(self._total_l[at]) else np.inf

    def spill(self, at: int, until_s: float) -> Spill | None:
        """Return how a bin has run over by a moment; None where it has not."""
        from_s = self.full_at_s(at)
        if from_s >= until_s:
            return None
        return Spill(at, from_s, until_s, self.litres(at, until_s) - float(self.capacity_l[at]))

    def empty(self, at: int, moment_s: float) -> None:
        """Take out all that is in a bin at a moment."""
        self._emptied[at] = np.searchsorted(self._at_s[at], moment_s, side="right")

    def _base(self, at: int) -> float:
        return float(self._total_l[at][self._emptied[at]])
