"""What a bin's sensor said last: the next reading is held against it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from tournee.domain import Reading

FRAMES_KEPT = 8  # retransmissions come within a few messages of the first


@dataclass(slots=True)
class LastReading:
    """A bin's newest reading, since when its level is what it is, and the frame counters heard last."""

    reading: Reading
    unchanged_since_at: datetime
    frames: deque[tuple[str, int, datetime]] = field(default_factory=lambda: deque(maxlen=FRAMES_KEPT))

    def __post_init__(self) -> None:
        self._hear(self.reading)

    def follow(self, reading: Reading) -> None:
        """Let a reading take its place; an older one, that was overtaken, only leaves its frame counter."""
        self._hear(reading)
        if reading.measured_at <= self.reading.measured_at:
            return
        if reading.fill_level != self.reading.fill_level:
            self.unchanged_since_at = reading.measured_at
        self.reading = reading

    def first_of_frame(self, reading: Reading) -> datetime | None:
        """Return when the frame of a reading was heard first; None for a frame that is new or has no counter."""
        if reading.frame_counter is None:
            return None
        mark = reading.sensor_id, reading.frame_counter
        return next((at for sensor_id, counter, at in self.frames if (sensor_id, counter) == mark), None)

    def _hear(self, reading: Reading) -> None:
        if reading.frame_counter is not None and self.first_of_frame(reading) is None:
            self.frames.append((reading.sensor_id, reading.frame_counter, reading.measured_at))
