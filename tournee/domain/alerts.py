"""What a person should look at now: alerts, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
