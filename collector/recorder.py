"""One writer: gather a batch, understand it, commit it, and only then acknowledge it.

Receiving bytes, understanding them and storing them are three things. A message is acknowledged when what it says,
or the reason why it was refused, is on disk; until then the broker keeps it. While the store is away the same batch
is tried again, for ever: the broker holds the rest, so memory stays bounded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from collector.inbox import Inbox, Received
from collector.interpreter import Interpreter, Understood
from collector.metrics import Metrics
from tournee.clock import Clock
from tournee.errors import Conflict, NotFound, StoreUnavailable
from tournee.settings import CollectorSettings
from tournee.store import Store

log = logging.getLogger(__name__)

type Acknowledge = Callable[[Sequence[Received]], None]

RETRY_WAIT_MIN_S = 0.1
IDLE_S = 0.2


@dataclass
class Recorder:
    """The one writer of a collector. `put` from any thread; `run` in its own."""

    store: Store
    settings: CollectorSettings
    interpreter: Interpreter
    clock: Clock
    acknowledge: Acknowledge
    alive: Callable[[], Sequence[str]] = lambda: ("collector",)
    metrics: Metrics = field(default_factory=Metrics)
    inbox: Inbox = field(init=False)
    _taken_s: float = field(init=False, default=0.0)
    _next_beat_at: datetime | None = field(init=False, default=None)
    _next_look_s: float = field(init=False, default=0.0)
    _ended: Event = field(init=False, default_factory=Event)

    def __post_init__(self) -> None:
        # Messages of a lost connection may still wait here when the broker sends them once more.
        self.inbox = Inbox(2 * self.settings.receive_maximum, self.settings.batch_max)
        self.metrics.watch_queue(lambda: len(self.inbox))

    def put(self, message: Received) -> None:
        """Hand over a message; waits while the queue is full, which slows the broker down.

        Once the writer has ended, a message that finds no room is dropped: the broker still has it.
        """
        while not self._ended.is_set():
            if self.inbox.put(message, IDLE_S):
                return

    def run(self, stop: Event) -> None:
        """Write until `stop`, then write what has arrived and return."""
        try:
            while not stop.is_set():
                self._beat()
                self._record(self._gather() + self._posted(), stop)
            self._drain(stop)
        finally:
            self._ended.set()

    def _drain(self, stop: Event) -> None:
        left = len(self.inbox)  # what comes later stays with the broker
        while left > 0:
            batch = self._gather()
            self._record(batch, stop)
            left -= len(batch)
        self._hand_over_roll()

    def _gather(self) -> list[Received]:
        """Return the next batch: at most `batch_max` messages, or what came in `batch_wait_ms` since the last was taken."""
        batch = self.inbox.take(IDLE_S, self._taken_s + self.settings.batch_wait_ms / 1_000)
        self._taken_s = monotonic()
        self.metrics.received(len(batch))
        return batch

    def _posted(self) -> list[Received]:
        """Return messages that came over HTTP: the API put them into the store, where they are safe already."""
        if monotonic() < self._next_look_s:
            return []
        self._next_look_s = monotonic() + self.settings.posted_poll_s
        try:
            waiting = self.store.waiting_messages(self.settings.batch_max)
        except StoreUnavailable as away:
            log.warning("%s", away)
            return []
        if len(waiting) == self.settings.batch_max:
            self._next_look_s = 0.0  # there are more
        return [
            Received(f"http/{m.source}", m.payload, m.received_at, source=m.source, message_id=m.message_id)
            for m in waiting
        ]

    def _record(self, messages: list[Received], stop: Event) -> None:
        """Commit, then acknowledge; a store that is away is waited for, unless we are told to stop."""
        wait_s = RETRY_WAIT_MIN_S
        understood: Understood | None = None
        while messages:
            try:
                understood = understood or self.interpreter.read(messages, self.store)
                self._commit(messages, understood)
            except (StoreUnavailable, Conflict) as refused:
                if isinstance(
                    refused, Conflict
                ):  # a bin went away while its readings were written: look again
                    self.interpreter.forget()
                    understood = None
                self.metrics.retried()
                log.warning(
                    "%s Trying again in %.1f s; %d messages wait.",
                    refused,
                    wait_s,
                    len(messages),
                    extra={"wait_s": wait_s, "messages": len(messages), "queue": len(self.inbox)},
                )
                if stop.wait(wait_s):
                    return
                wait_s = min(2 * wait_s, self.settings.retry_wait_max_s)
            except NotFound:
                self.interpreter.forget()  # a bin went away: look again, and its messages are refused
                understood = None
            else:
                self.acknowledge(messages)
                self.interpreter.kept(understood)
                return

    def _commit(self, messages: Sequence[Received], understood: Understood) -> None:
        start = monotonic()
        batch = understood.batch
        recorded = self.store.record(batch)
        self.metrics.committed(messages, batch, recorded, monotonic() - start, self.clock())

    def _beat(self) -> None:
        now = self.clock()
        if self._next_beat_at is not None and now < self._next_beat_at:
            return
        self._next_beat_at = now + timedelta(seconds=self.settings.heartbeat_s)
        try:
            for part in self.alive():
                self.store.beat(part, now)
            self.interpreter.refresh(self.store)
        except StoreUnavailable as away:
            log.warning("%s", away)
        self._hand_over_roll()

    def _hand_over_roll(self) -> None:
        try:
            self.interpreter.hand_over_roll(self.store)
        except StoreUnavailable as away:
            log.warning("%s What the sensors said of themselves is kept for the next time.", away)
