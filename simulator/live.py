"""Running a town: as fast as possible for its history, or in step with a clock at any multiple of real time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from simulator.publisher import Outbox
from simulator.town import SimulatedTown

type Progress = Callable[[date, int], None]
"""Called after each local day with the day and the number of messages sent so far."""


def replay(
    town: SimulatedTown, outbox: Outbox, until: datetime, *, zone: ZoneInfo, progress: Progress | None = None
) -> int:
    """Live through the time up to `until` at once; return the messages sent, all of them acknowledged.

    Raises
    ------
    BrokerUnavailable
        The broker stopped answering.
    """
    before = town.num_sent
    while town.now < until:
        day = town.now.astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
        for message in town.advance(min(midnight, until)):
            outbox.publish(message)
        if progress:
            progress(day, town.num_sent)
    outbox.flush()
    return town.num_sent - before


def run_live(
    town: SimulatedTown,
    outbox: Outbox,
    stop: Event,
    *,
    clock: Callable[[], datetime],
    speed: float = 1.0,
    step_s: float = 1.0,
    on_step: Callable[[SimulatedTown], None] | None = None,
) -> None:
    """Let the town live until `stop` is set, `speed` times as fast as `clock` goes.

    Parameters
    ----------
    clock
        Returns aware instants; only their differences count.
    step_s
        Real seconds between two looks at the clock.
    on_step
        Called after each step, for instance to serve plans published meanwhile.
    """
    real_start, town_start = clock(), town.now
    while not stop.is_set():
        for message in town.advance(town_start + (clock() - real_start) * speed):
            outbox.publish(message)
        if on_step:
            on_step(town)
        stop.wait(step_s)
    outbox.flush()
