"""Looking on while a plan is made: how far it is, what the best so far costs, and that it is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from optimizer.problem import EUR
from tournee.domain import PlanPhase, Progress

PAUSE_S = 0.1
"""A search asks this often whether to end."""

TOLD_S = 1.0
"""And tells this often how far it is."""

type Asked = Callable[[], bool]
type Told = Callable[[float, int | None], None]


def never() -> bool:
    """Go on to the end."""
    return False


def quiet(_: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Watch:
    """Somebody who looks on; a plan that nobody ends is the same with and without.

    Parameters
    ----------
    tell
        Is told how far the plan is, a few times a second at most.
    is_enough
        Asked several times a second: whether to take the best plan so far. Must be quick, and stays true once it is.
    """

    tell: Callable[[Progress], None] = quiet
    is_enough: Asked = never

    def of(self, phase: PlanPhase) -> JobWatch:
        """Return the watch of a phase that is one piece of work."""
        return JobWatch(
            lambda share, cost: self.tell(Progress(phase, share, None if cost is None else cost / EUR)),
            self.is_enough,
        )


UNWATCHED = Watch()


class JobWatch:
    """What joins one piece of work to whoever waits for it, here or in another process.

    Parameters
    ----------
    told
        Takes the share of the piece that is done, 0..1, and what its best tours cost, None where that is not known.
    """

    def __init__(self, told: Told, is_enough: Asked) -> None:
        self._told, self._is_enough = told, is_enough
        self._asked_s = self._told_s = monotonic()
        self._was_enough = is_enough()

    def is_enough(self) -> bool:
        """Tell whether to end now with what there is; cheap enough to be asked at every step of a search."""
        now = monotonic()
        if not self._was_enough and now - self._asked_s >= PAUSE_S:
            self._asked_s, self._was_enough = now, self._is_enough()
        return self._was_enough

    def is_due(self) -> bool:
        """Tell whether anybody wants to hear again."""
        return monotonic() - self._told_s >= TOLD_S

    def tell(self, share: float, cost: int | None = None) -> None:
        """Say how far it is."""
        self._told_s = monotonic()
        self._told(min(share, 1.0), cost)


def ignore(_share: float, _cost: int | None) -> None:
    """Hear nothing."""


ALONE = JobWatch(ignore, never)
"""Of a piece of work that nobody watches."""
