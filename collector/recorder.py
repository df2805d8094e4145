"""One writer: gather a batch, understand it, commit it, and only then acknowledge it.

Receiving bytes, understanding them and storing them are three things. A message is acknowledged when what it says,
or the reason why it was refused, is on disk; until then the broker keeps it. While the store is away the same batch
is tried again, for ever: the broker holds the rest, so memory stays bounded.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from collector.decoders import understand
from collector.inbox import Directory, Received
from collector.metrics import Metrics
from tournee.clock import Clock
from tournee.domain import Reading, Refusal, ServiceEvent
from tournee.errors import Conflict, MessageRejected, NotFound, StoreUnavailable
from tournee.settings import CollectorSettings
from tournee.store import Batch, Store

log = logging.getLogger(__name__)

type Acknowledge = Callable[[Sequence[Received]], None]

RETRY_WAIT_MIN_S = 0.1
IDLE_S = 0.2


@dataclass
class Recorder:
    """The one writer of a collector. `put` from any thread; `run` in its own."""

    store: Store
    settings: CollectorSettings
    prefix: str
    clock: Clock
    acknowledge: Acknowledge
    alive: Callable[[], Sequence[str]] = lambda: ("collector",)
    metrics: Metrics = field(default_factory=Metrics)
    inbox: queue.Queue[Received] = field(init=False)
    _directory: Directory = field(init=False, default=Directory({}))
    _next_beat_at: datetime | None = field(init=False, default=None)
    _ended: Event = field(init=False, default_factory=Event)

    def __post_init__(self) -> None:
        # Messages of a lost connection may still wait here when the broker sends them once more.
        self.inbox = queue.Queue(maxsize=2 * self.settings.receive_maximum)
        self.metrics.watch_queue(self.inbox.qsize)

    def put(self, message: Received) -> None:
        """Hand over a message; waits while the queue is full, which slows the broker down.

        Once the writer has ended, a message that finds no room is dropped: the broker still has it.
        """
        while not self._ended.is_set():
            try:
                self.inbox.put(message, timeout=IDLE_S)
            except queue.Full:
                continue
            return

    def run(self, stop: Event) -> None:
        """Write until `stop`, then write what has arrived and return."""
        try:
            while not stop.is_set():
                self._beat()
                self._record(self._gather(), stop)
            self._drain(stop)
        finally:
            self._ended.set()

    def _drain(self, stop: Event) -> None:
        left = self.inbox.qsize()  # what comes later stays with the broker
        while left > 0:
            batch = self._gather()
            self._record(batch, stop)
            left -= len(batch)

    def _gather(self) -> list[Received]:
        """Return the next batch: at most `batch_max` messages, or what came within `batch_wait_ms`."""
        try:
            batch = [self.inbox.get(timeout=IDLE_S)]
        except queue.Empty:
            return []
        deadline = monotonic() + self.settings.batch_wait_ms / 1_000
        while len(batch) < self.settings.batch_max and (left := deadline - monotonic()) > 0:
            try:
                batch.append(self.inbox.get(timeout=left))
            except queue.Empty:
                break
        return batch

    def _record(self, messages: list[Received], stop: Event) -> None:
        """Commit, then acknowledge; a store that is away is waited for, unless we are told to stop."""
        wait_s = RETRY_WAIT_MIN_S
        while messages:
            try:
                self._commit(messages)
            except (StoreUnavailable, Conflict) as refused:
                # A conflict comes from a bin that went away while its readings were written: look again, too.
                self._directory = Directory({})
                self.metrics.retried()
                log.warning("%s Trying again in %.1f s; %d messages wait.", refused, wait_s, len(messages))
                if stop.wait(wait_s):
                    return
                wait_s = min(2 * wait_s, self.settings.retry_wait_max_s)
            except NotFound:
                self._directory = Directory({})  # a bin went away: look again, and its messages are refused
            else:
                self.acknowledge(messages)
                return

    def _commit(self, messages: Sequence[Received]) -> None:
        start = monotonic()
        batch = self._understood(messages)
        recorded = self.store.record(batch)
        self.metrics.committed(messages, batch.refusals, recorded, monotonic() - start, self.clock())

    def _understood(self, messages: Sequence[Received]) -> Batch:
        named = {message.topic.rpartition("/")[2] for message in messages}
        self._directory = self._directory.asking(self.store, named)
        readings, services, refusals = [], [], []
        for message in messages:
            match self._read(message):
                case Reading() as reading:
                    readings.append(reading)
                case ServiceEvent() as service:
                    services.append(service)
                case Refusal() as refusal:
                    refusals.append(refusal)
        return Batch(readings, services, refusals)

    def _read(self, message: Received) -> Reading | ServiceEvent | Refusal:
        try:
            return understand(message, self._directory, self.prefix, self.settings)
        except MessageRejected as rejected:
            kept = message.payload[: self.settings.payload_max_bytes]
            return Refusal(message.topic, kept, rejected.reason, rejected.detail, message.received_at)

    def _beat(self) -> None:
        now = self.clock()
        if self._next_beat_at is not None and now < self._next_beat_at:
            return
        self._next_beat_at = now + timedelta(seconds=self.settings.heartbeat_s)
        self._directory = Directory({})  # a sensor may have been moved, or measured anew
        try:
            for part in self.alive():
                self.store.beat(part, now)
        except StoreUnavailable as away:
            log.warning("%s", away)
