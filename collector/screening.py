"""Plausible? Fresh? Known? -> the reading or service, or `MessageRejected`. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite

from tournee.domain import Reading, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import CollectorSettings


def screen_reading(topic: str, reading: Reading, settings: CollectorSettings) -> Reading:
    """Return the reading with its level at least 0, or refuse it.

    Raises
    ------
    MessageRejected
        The level or a side value leaves its range, or the clock of the sensor can't be right.
    """
    _check_text(topic, reading.sensor_id)
    _check_clock(topic, "measured_at", reading.measured_at, reading.received_at, settings)
    low, high = settings.fill_level_min, settings.fill_level_max
    if not low <= reading.fill_level <= high:
        detail = (
            f"`fill_level` {reading.fill_level:g} is not between {low:g} and {high:g} (0 is empty, 1 is full)"
        )
        raise MessageRejected(topic, RejectionReason.OUT_OF_RANGE, detail)
    for name in ("distance_mm", "temperature_c", "battery_v"):
        value = getattr(reading, name)
        if value is not None and not isfinite(value):
            raise MessageRejected(
                topic, RejectionReason.OUT_OF_RANGE, f"`{name}` {value:g} is no finite number"
            )
    # Noise of a few points around empty is what good sensors do; it is no reason to lose them.
    return reading if reading.fill_level >= 0 else replace(reading, fill_level=0.0)


def screen_service(
    topic: str, service: ServiceEvent, received_at: datetime, settings: CollectorSettings
) -> ServiceEvent:
    """Return the service, or refuse it: its clock can't be right, or the level seen leaves its range."""
    _check_text(topic, service.skip_reason + service.vehicle_id + service.plan_id)
    _check_clock(topic, "served_at", service.served_at, received_at, settings)
    seen = service.fill_level_seen
    if seen is not None and not seen <= settings.fill_level_max:
        detail = f"`fill_level_seen` {seen:g} is not between 0 and {settings.fill_level_max:g}"
        raise MessageRejected(topic, RejectionReason.OUT_OF_RANGE, detail)
    return service


def _check_text(topic: str, text: str) -> None:
    # Some databases keep no text with a NUL in it: such a message would be tried again for ever, and hold up all others.
    if "\0" in text:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, "a text in it holds the character NUL")


def _check_clock(
    topic: str, name: str, said_at: datetime, received_at: datetime, settings: CollectorSettings
) -> None:
    latest = received_at + timedelta(seconds=settings.future_max_s)
    oldest = received_at - timedelta(days=settings.age_max_days)
    if said_at > latest:
        detail = f"`{name}` {said_at.isoformat()} lies in the future; received at {received_at.isoformat()}"
        raise MessageRejected(topic, RejectionReason.FROM_THE_FUTURE, detail)
    if said_at < oldest:
        detail = f"`{name}` {said_at.isoformat()} is more than {settings.age_max_days} days old"
        raise MessageRejected(topic, RejectionReason.TOO_OLD, detail)
