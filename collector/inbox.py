"""What arrives, and where it waits for the writer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Condition
from time import monotonic


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came off the wire.

    Parameters
    ----------
    packet_id, epoch
        What its acknowledgement needs: a packet id means something only within the connection it came by.
    source, message_id
        How it is to be read and which row waits for its outcome, where it came over HTTP.
    """

    topic: str
    payload: bytes
    received_at: datetime
    packet_id: int = 0
    epoch: int = 0
    source: str = ""
    message_id: str = ""


class Inbox:
    """Messages that wait for the writer, who is woken for the first and for a full batch, not for each of them.

    For one thread that puts and one that takes.

    Parameters
    ----------
    room, batch_max
        Messages that may wait, and those that are taken at once, at most.
    """

    def __init__(self, room: int, batch_max: int) -> None:
        self._messages: deque[Received] = deque()
        self._changed = Condition()
        self._room, self._batch_max = room, batch_max

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Received, wait_s: float) -> bool:
        """Add a message, once there is room; tell whether there was any in time."""
        if len(self._messages) >= self._room and not self._has_room(wait_s):
            return False
        self._messages.append(message)
        if len(self._messages) in {1, self._batch_max}:
            with self._changed:
                self._changed.notify_all()
        return True

    def take(self, idle_s: float, until_s: float) -> list[Received]:
        """Return what has come by an instant of `monotonic`, or a full batch before; nothing after `idle_s` of silence."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._messages, idle_s):
                return []
            left_s = max(0.0, until_s - monotonic())
            self._changed.wait_for(lambda: len(self._messages) >= self._batch_max, left_s)
            batch = [self._messages.popleft() for _ in range(min(len(self._messages), self._batch_max))]
            self._changed.notify_all()
            return batch

    def _has_room(self, wait_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self._messages) < self._room, wait_s)
