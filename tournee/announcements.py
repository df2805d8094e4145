"""How an alert is told to others: topic and body, the same on MQTT and in a webhook. Pure; the page is `docs/messages.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tournee.domain import Alert, AlertChange, AlertEvent, AlertKind, AlertStatus, Announcement

MQTT = "mqtt"
INSTANTS = ("opened_at", "acknowledged_at", "closed_at")


def acknowledged(alert: Alert, by: str, at: datetime) -> Alert:
    """Return the alert as a person has taken note of it."""
    return replace(alert, status=AlertStatus.ACKNOWLEDGED, acknowledged_at=at, acknowledged_by=by)


def closed(alert: Alert, at: datetime, *, by: str = "") -> Alert:
    """Return the alert closed: by a person, or by nobody because its cause is gone."""
    gone_at = alert.cause_gone_at if by else at
    return replace(alert, status=AlertStatus.CLOSED, closed_at=at, closed_by=by, cause_gone_at=gone_at)


def announced(change: AlertChange, at: datetime) -> tuple[Announcement, ...]:
    """Return what each channel is told of a change, due at once."""
    body, alert_id, event = body_of(change, at), change.alert.alert_id, change.event
    # Each step happens once in the life of an alert: the id is the same whoever makes it, and tells a receiver of a repeat.
    return tuple(
        Announcement(f"{alert_id}.{event}.{channel}", alert_id, event, channel, body, at, 0, at)
        for channel in change.channels
    )


def body_of(change: AlertChange, at: datetime) -> dict[str, Any]:
    """Return the body in the form of the Standard Webhooks specification: type, timestamp, data.

    It says whether a person closed an alert, and not who: names of staff stay in the house.
    """
    alert = change.alert
    said = {name: getattr(alert, name) for name in INSTANTS}
    data: dict[str, Any] = {
        "alert_id": alert.alert_id,
        "kind": alert.kind.value,
        "bin_id": alert.bin_id,
        "sensor_id": alert.sensor_id,
        "status": alert.status.value,
        **{name: instant_text(instant) for name, instant in said.items() if instant is not None},
        "evidence": dict(alert.evidence),
    }
    if change.event is AlertEvent.CLOSED:
        data["closed_by_person"] = bool(alert.closed_by)
    return {"type": f"alert.{change.event}", "timestamp": instant_text(at), "data": data}


def instant_text(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, to the second: `2026-11-23T06:15:00Z`."""
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def encode(body: Mapping[str, Any]) -> bytes:
    """Return a body's bytes; the same body always gives the same, so that a second try has the same signature."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def alert_topic(prefix: str, bin_id: str, kind: AlertKind) -> str:
    """Return the topic on which alerts of a kind at a bin are told."""
    return f"{prefix}/{bin_id}/{kind}"
