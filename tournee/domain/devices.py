"""The sensors as devices: where each sits, since when, and how well it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Placement:
    """A sensor on a bin from `since_at` until `until_at`; None while it sits there.

    History belongs to the bin: when a sensor moves, its old readings stay where they were measured.
    """

    sensor_id: str
    bin_id: str
    since_at: datetime
    until_at: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        """Tell whether the sensor sat here at an instant."""
        return self.since_at <= instant and (self.until_at is None or instant < self.until_at)


class Grade(StrEnum):
    """How far a device can be relied on."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What a device has said of itself, and what became of its messages so far.

    Parameters
    ----------
    num_accepted, num_suspicious, num_refused
        Its messages by what screening made of them.
    battery_v, battery_level, temperature_c, rssi_dbm
        The last value of each that it sent; None where it never sent one. `battery_level` is a fraction.
    last_complaint
        Why its last message that was not accepted was not.
    """

    sensor_id: str
    last_seen_at: datetime
    num_accepted: int = 0
    num_suspicious: int = 0
    num_refused: int = 0
    battery_v: float | None = None
    battery_level: float | None = None
    temperature_c: float | None = None
    rssi_dbm: float | None = None
    last_complaint: str = ""

    @property
    def bad_share(self) -> float:
        """Share of its messages that were refused or not trusted, 0..1."""
        bad = self.num_suspicious + self.num_refused
        return bad / max(1, bad + self.num_accepted)

    def grade(self, now: datetime, silent_after: timedelta) -> Grade:
        """Return how far it can be relied on at an instant.

        Good is up to 2 % of bad messages, fair up to 10 %: radio repeats, and a healthy sensor misses an echo at times.
        """
        if now - self.last_seen_at > silent_after:
            return Grade.SILENT
        if self.bad_share <= GOOD_MAX_BAD_SHARE:
            return Grade.GOOD
        return Grade.FAIR if self.bad_share <= FAIR_MAX_BAD_SHARE else Grade.POOR


GOOD_MAX_BAD_SHARE, FAIR_MAX_BAD_SHARE = 0.02, 0.10
