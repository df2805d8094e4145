"""What a person should look at now: alerts, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class AlertKind(StrEnum):
    """What is wrong."""

    OVERFLOW = "overflow"
    FIRE = "fire"
    TILTED = "tilted"
    BATTERY = "battery"
    SILENT = "silent"
    STUCK = "stuck"
    DISAGREEMENT = "disagreement"


class AlertStatus(StrEnum):
    """How far it has come. A person acknowledges; it closes when its cause is gone, or by a person."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong at one bin, from its opening to its closing; at most one of a kind is open at a bin.

    Parameters
    ----------
    evidence
        The figures that opened it, by name with their units: `{"fill_level": 1.1, "threshold": 1.0}`.
    closed_by
        Who closed it; empty where its cause went away by itself.
    cause_gone_at
        When what it is about no longer stood; a person may close it before that.
    """

    alert_id: str
    kind: AlertKind
    bin_id: str
    opened_at: datetime
    sensor_id: str = ""
    status: AlertStatus = AlertStatus.OPEN
    evidence: Mapping[str, str | float] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    cause_gone_at: datetime | None = None


class AlertEvent(StrEnum):
    """What happens to an alert, as it is announced."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AlertChange:
    """A step of an alert: how it stands after it, and who is told.

    Parameters
    ----------
    channels
        Names of those who are told: `mqtt`, or a webhook's.
    """

    event: AlertEvent
    alert: Alert
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one channel is told of one step of an alert. It waits in the store until it was delivered.

    Parameters
    ----------
    body
        What is sent, whole; a second try sends the same.
    num_tries
        Tries so far, the one under way included.
    next_try_at
        None once it is delivered or given up.
    error
        Why the last try failed; what remains in one that was given up.
    """

    announcement_id: str
    alert_id: str
    event: AlertEvent
    channel: str
    body: Mapping[str, Any]
    made_at: datetime
    num_tries: int = 0
    next_try_at: datetime | None = None
    delivered_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class BinState:
    """The newest reading of a bin, as far as alerts look at it.

    Parameters
    ----------
    is_trusted
        Whether the reading was accepted.
    unchanged_since_at
        When the level that it still has was measured first.
    """

    bin_id: str
    sensor_id: str
    measured_at: datetime
    received_at: datetime
    fill_level: float
    is_trusted: bool = True
    temperature_c: float | None = None
    battery_v: float | None = None
    battery_level: float | None = None
    is_tilted: bool | None = None
    unchanged_since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceSighting:
    """A crew's report of an emptying, and what the sensor saw around it.

    Parameters
    ----------
    fill_level_seen
        As the crew saw it on arrival; None where it did not say.
    level_before
        The last trusted level before it; None where there is none near.
    levels_after
        The trusted levels after it, oldest first.
    """

    bin_id: str
    served_at: datetime
    fill_level_seen: float | None = None
    level_before: float | None = None
    levels_after: tuple[float, ...] = ()
