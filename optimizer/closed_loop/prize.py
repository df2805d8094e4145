"""Prize-collecting after Wouda, Aerts-Veenstra and van Foreest (2024, arXiv 2409.13386), from the paper's idea alone.

The prize of a container grows with the probability that it runs over before the next visit; what is in it is counted since
its last service, and what will come is uncertain in number, size and rate. The router weighs prizes against detours.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from optimizer.closed_loop.fixed_calendar import DEPOSIT_SPREAD_L, WEEKLY_SPREAD
from optimizer.closed_loop.policy import Morning, wanted
from optimizer.closed_loop.scenario import Floats
from optimizer.selection import Wanted

COUNT_SPREAD = 0.02
"""Standard deviation of a level that is measured today, in fractions of the volume."""

SMALLEST_EUR = 0.05
"""A smaller prize pays for no detour."""


@dataclass(frozen=True, slots=True)
class PrizeCollecting:
    """Every bin may be emptied, for `prize_eur` times the probability that it overflows before the next visit."""

    prize_eur: float

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins with a prize worth a detour."""
        levels = morning.known.levels(morning.at_s)
        prizes = self.prize_eur * overflow_chances(morning, levels)
        chosen = np.flatnonzero(prizes >= SMALLEST_EUR)
        return wanted(morning, levels, {int(at): float(prizes[at]) for at in chosen})


def overflow_chances(morning: Morning, levels: Floats) -> Floats:
    """Return the probability that each bin runs over before the next day's visit, if it is left today."""
    scenario, now_s = morning.scenario, morning.at_s
    rate = scenario.records.litres_per_day / scenario.capacity_l
    next_s = morning.visits_s(2)[1]
    coming = rate * scenario.average_days(now_s, next_s)
    unseen = rate * scenario.average_days(morning.known.heard_s(now_s), now_s)
    uncertain = coming + unseen
    spread = np.sqrt(
        DEPOSIT_SPREAD_L / scenario.capacity_l * uncertain
        + (WEEKLY_SPREAD * uncertain) ** 2
        + COUNT_SPREAD**2
    )
    chance = NormalDist().cdf
    return np.asarray([chance(float(one)) for one in (levels + coming - 1.0) / spread])
