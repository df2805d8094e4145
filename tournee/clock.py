"""The one place that asks the machine what time it is; everyone else is handed a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

type Clock = Callable[[], datetime]
"""Returns the present as an aware UTC instant."""

JUMP = timedelta(seconds=5)
TRUSTED_AFTER_S = 600.0


def utc_now() -> datetime:
    """Return the present, UTC."""
    return datetime.now(UTC)


@dataclass
class SteadyClock:
    """A clock that a jump of the machine's does not carry away.

    A machine's clock is set back and forth by people, virtual machines and time servers. Meanwhile this one goes on at the pace
    of time itself; a new time that still stands after ten minutes is believed. Small corrections are followed at once.

    Parameters
    ----------
    wall, ticks
        What the machine says: the present, and seconds that no one can set.
    """

    wall: Clock = utc_now
    ticks: Callable[[], float] = monotonic
    _origin: datetime = field(init=False)
    _doubted_since_s: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._believe(self.wall(), self.ticks())

    def __call__(self) -> datetime:
        """Return the present, UTC."""
        said, ticks = self.wall(), self.ticks()
        steady = self._origin + timedelta(seconds=ticks)
        if abs(said - steady) > JUMP:
            since_s = self._doubted_since_s  # once: another thread may just be believing
            if since_s is None:
                since_s = self._doubted_since_s = ticks
            if ticks - since_s < TRUSTED_AFTER_S:
                return steady
        self._believe(said, ticks)
        return said

    def _believe(self, said: datetime, ticks: float) -> None:
        self._origin = said - timedelta(seconds=ticks)
        self._doubted_since_s = None
