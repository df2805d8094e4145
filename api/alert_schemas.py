"""What goes over the wire about alerts and devices."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas import BinId, In, Out, PersonName
from api.wording import Wording
from tournee.domain import Alert, AlertEvent, AlertKind, AlertStatus, Announcement, Grade


class SignIn(In):
    """Who acknowledges or closes an alert."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Aino Virtanen"}]})
    by: PersonName


class AnnouncementOut(Out):
    """What one channel was, or is to be, told."""

    event: AlertEvent
    channel: str = Field(examples=["mqtt"])
    made_at: AwareDatetime
    num_tries: int
    next_try_at: AwareDatetime | None = Field(description="None once it is delivered or given up")
    delivered_at: AwareDatetime | None
    error: str = Field(description="Why the last try failed", examples=[""])


class AlertOut(Out):
    """Something that is wrong at a bin, from its opening to its closing, with the figures that opened it."""

    alert_id: str
    kind: AlertKind
    bin_id: BinId
    sensor_id: str
    status: AlertStatus
    opened_at: AwareDatetime
    evidence: dict[str, str | float] = Field(examples=[{"fill_level": 1.1, "threshold": 1.0}])
    sentence: str = Field(examples=["Fill level 110 %; from 100 % on it overflows."])
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str
    closed_at: AwareDatetime | None
    closed_by: str = Field(description="Empty where its cause went away by itself")
    cause_gone_at: AwareDatetime | None = Field(description="None while what it is about still stands")


class AlertWithAnnouncementsOut(AlertOut):
    """An alert, and who was told."""

    announcements: list[AnnouncementOut]


def alert_out(alert: Alert, wording: Wording) -> dict[str, Any]:
    """Return an alert with its evidence as a sentence."""
    fields = [name for name in AlertOut.model_fields if name != "sentence"]
    return {name: getattr(alert, name) for name in fields} | {"sentence": wording.evidence(alert)}


def told_out(announcement: Announcement) -> dict[str, Any]:
    """Return what a channel is told, without what it is told."""
    return {name: getattr(announcement, name) for name in AnnouncementOut.model_fields}


class DeviceOut(Out):
    """A sensor as a device: where it sits, and how far it can be relied on."""

    sensor_id: str
    bin_id: str = Field(description="Empty where it sits nowhere", examples=["B-0042"])
    since_at: AwareDatetime | None = Field(description="Since when it sits there")
    last_seen_at: AwareDatetime | None = Field(description="None where it has never been heard")
    battery_v: float | None
    battery_level: float | None = Field(description="Charge, a fraction")
    temperature_c: float | None
    rssi_dbm: float | None
    num_accepted: int
    num_suspicious: int
    num_refused: int
    bad_share: float = Field(description="Share of its messages that were refused or not trusted")
    grade: Grade
    last_complaint: str = Field(description="Why its last message that was not accepted was not")


class PlacementOut(Out):
    """A stay of a sensor on a bin."""

    sensor_id: str
    since_at: AwareDatetime
    until_at: AwareDatetime | None = Field(description="None while it sits there")
