"""How early a tour can leave each stop, and how late it may reach the next: what rules out most places without a clock.

Breaks, setups and releases are left out, so a place that is refused here is refused by the clockwork too; one that is not may still be.
Savelsbergh (1992), forward time slack, https://doi.org/10.1287/ijoc.4.2.146.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.problem import Problem, Task
from optimizer.solution import Steps
from optimizer.touring import visits_of
from tournee.timeline import Visit, Windows


@dataclass(frozen=True, slots=True)
class Slack:
    """The ends of one tour's times, one entry per visit from its start to its end.

    Parameters
    ----------
    leaves_s
        When it can leave each, at the earliest.
    comes_s
        When it may come to each, at the latest; never where the windows and the shift leave no way.
    """

    leaves_s: Sequence[int]
    comes_s: Sequence[int]

    def has_time(self, at: int, bin_: Task, way_s: tuple[int, int], spare_s: int) -> bool:
        """Tell whether a bin could be served as the step number `at`.

        Parameters
        ----------
        way_s
            Seconds from the stop before to the bin, and from the bin to the stop after.
        spare_s
            Setup that the stop after might be spared by its new neighbor.
        """
        start = _opens(bin_.windows, self.leaves_s[at] + way_s[0])
        return start is not None and start + bin_.service_time_s + way_s[1] <= self.comes_s[at + 1] + spare_s


def slack_of(problem: Problem, truck: int, steps: Steps) -> Slack | None:
    """Return the slack of a tour; None where it has none to speak of, for it breaks its windows already."""
    means = problem.trucks[truck]
    visits = visits_of(problem, means, steps, with_releases=False)
    leaves = _earliest(visits, means.duty.start_s)
    comes = _latest(visits, means.duty.latest_s)
    return Slack(leaves, comes) if leaves and comes else None


def _earliest(visits: Sequence[Visit], start_s: int) -> list[int]:
    leaves, clock = [], start_s
    for visit in visits:
        start = _opens(visit.windows, clock + visit.travel_time_s)
        if start is None:
            return []
        clock = start + visit.service_time_s
        leaves.append(clock)
    return leaves


def _latest(visits: Sequence[Visit], end_s: int) -> list[int]:
    comes, limit = [], end_s
    for visit in reversed(visits):
        starts = [min(closes, limit - visit.service_time_s) for opens, closes in visit.windows
                  if opens <= limit - visit.service_time_s]  # fmt: skip
        if not starts:
            return []
        comes.append(max(starts))
        limit = comes[-1] - visit.travel_time_s
    return comes[::-1]


def _opens(windows: Windows, at_s: int) -> int | None:
    return next((max(at_s, opens) for opens, closes in windows if at_s <= closes), None)
