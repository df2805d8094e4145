"""Telling others of alerts: what waits in the store is sent, tried again, and given up only after days."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from tournee.clock import Clock
from tournee.domain import Announcement
from tournee.errors import TourneeError, Unavailable
from tournee.settings import AlertSettings
from tournee.store import Store

log = logging.getLogger(__name__)

FIRST_WAIT_S = 5.0
BATCH = 5
ANSWERS = 4  # a try may take as many time-outs: to connect, to write, to read, to wait for a connection
ANSWER_S = 10.0  # of a broker


class Refused(TourneeError):
    """A receiver answered, and does not want this announcement; others may fare better.

    Parameters
    ----------
    is_final
        Whether it says never to ask again.
    """

    def __init__(self, sentence: str, *, is_final: bool = False) -> None:
        self.is_final = is_final
        super().__init__(sentence)


class Channel(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """As announcements name it."""
        ...

    @property
    def answer_s(self) -> float:
        """How long it may take to answer."""
        ...

    def tell(self, announcement: Announcement) -> None:
        """Deliver one announcement.

        Raises
        ------
        Refused
            The receiver does not want it.
        Unavailable
            The receiver can't be reached, or can't answer now: neither will the next announcement reach it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Announcer:
    """Delivers what is due on one channel. A receiver may hear the same twice, with the same id; never nothing."""

    store: Store
    channel: Channel
    settings: AlertSettings
    clock: Clock

    def deliver_due(self, is_over: Callable[[], bool]) -> int:
        """Deliver until nothing is due, the channel is away, or `is_over`; return how many were delivered."""
        count = 0
        while not is_over():
            now = self.clock()
            # If we are killed meanwhile, somebody else takes them up after this.
            lease = timedelta(seconds=BATCH * ANSWERS * self.channel.answer_s)
            due = self.store.take_announcements(self.channel.name, now, now + lease, BATCH)
            if not due:
                break
            delivered, is_away = self._deliver(due, is_over)
            count += delivered
            if is_away:
                break
        return count

    def _deliver(self, due: Sequence[Announcement], is_over: Callable[[], bool]) -> tuple[int, bool]:
        """Return how many were delivered, and whether to stop for now."""
        count = 0
        for position, announcement in enumerate(due):
            if is_over():
                self.store.settle_announcements(
                    replace(each, next_try_at=self.clock()) for each in due[position:]
                )
                return count, True
            try:
                self.channel.tell(announcement)
            except Refused as refused:
                self.store.settle_announcements([self._failed(announcement, str(refused), refused.is_final)])
            except Unavailable as away:
                self.store.settle_announcements(self._failed(each, str(away)) for each in due[position:])
                return count, True
            else:
                now = self.clock()
                told = replace(announcement, next_try_at=None, delivered_at=now, error="")
                self.store.settle_announcements([told])
                count += 1
        return count, False

    def _failed(self, announcement: Announcement, why: str, is_final: bool = False) -> Announcement:
        """Return the announcement with its next try; without one where it is too old or will never be taken."""
        now, num_tries = self.clock(), announcement.num_tries
        if is_final or announcement.made_at < now - timedelta(days=self.settings.give_up_days):
            log.error("%s is given up after %d tries: %s", announcement.announcement_id, num_tries, why)
            return replace(announcement, next_try_at=None, error=why)
        pause = timedelta(seconds=wait_before_next(num_tries, self.settings.retry_wait_max_s))
        return replace(announcement, next_try_at=now + pause, error=why)


def wait_before_next(num_tries: int, max_s: float) -> float:
    """Return the pause after so many tries, in seconds: 5, 10, 20 and so on up to `max_s`."""
    return min(max_s, FIRST_WAIT_S * 2.0 ** min(num_tries - 1, 30))
