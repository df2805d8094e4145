"""What rules out most places for a bin in a tour without winding the clock.

Breaks by rule, setups and releases are left out: a place that is refused here is refused by the clockwork too, one that is not
may still be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import le

from optimizer.problem import Problem, Site, Task
from optimizer.solution import Steps
from optimizer.touring import visits_of
from tournee.duty import Rest
from tournee.passes import NEVER, Times, arrivals, earliest_leaves, latest_arrivals, opening


@dataclass(frozen=True, slots=True)
class Slack:
    """The ends of one tour's times, an entry per visit from its start to its end: see `tournee.passes`."""

    leaves_s: Sequence[Times]
    comes_s: Sequence[Times]
    rests: tuple[Rest, ...]

    def has_time(self, at: int, stops: Sequence[Task | Site], ways_s: Sequence[int], spare_s: int) -> bool:
        """Tell whether there is time for new stops, one after the other, the first as the step number `at`.

        Parameters
        ----------
        ways_s
            Seconds from the stop before to the first, from each to the next, and from the last to the stop after.
        spare_s
            Setup that the stop after might be spared by its new neighbor.
        """
        leaves = self.leaves_s[at]
        for stop, way_s in zip(stops, ways_s, strict=False):
            standing_s = stop.standing_s if isinstance(stop, Site) else stop.service_time_s
            leaves = [opening(stop.windows, one) + standing_s for one in arrivals(leaves, way_s, self.rests)]
        latest = [one + spare_s for one in self.comes_s[at + 1]]
        return any(map(le, arrivals(leaves, ways_s[-1], self.rests), latest))


def slack_of(problem: Problem, truck: int, steps: Steps) -> Slack | None:
    """Return the slack of a tour; None where it has none to speak of, for it breaks its windows or its breaks already."""
    duty = problem.trucks[truck].duty
    visits = visits_of(problem, problem.trucks[truck], steps, with_releases=False)
    leaves = earliest_leaves(visits, duty)
    return Slack(leaves, latest_arrivals(visits, duty), duty.rests) if min(leaves[-1]) < NEVER else None
