"""Alerts, states and readings by hand, for the tests of what people are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.collector_fixtures import stock
from tournee.announcements import MQTT
from tournee.domain import Alert, AlertChange, AlertEvent, AlertKind, BinState, Reading, Sensor
from tournee.store import Batch, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DESK = "desk"


def with_sensors(store: Store, at: datetime = NOON - 30 * DAY) -> Store:
    """Put a town of eight bins, a to h, into a store, each with a sensor s-a to s-h since `at`."""
    stock(store)
    bins = store.bins()
    store.save_bins(bins, [Sensor(f"s-{one.bin_id}", one.bin_id, "lid", 1_900, 250) for one in bins], at)
    return store


def a_reading(bin_id: str, at: datetime, fill_level: float = 0.5, **more: object) -> Reading:
    """Return what the bin's sensor said at an instant, heard at once."""
    return Reading(bin_id, at, at, fill_level, f"s-{bin_id}", **more)  # type: ignore[arg-type]  # a test's own words


def heard(store: Store, *readings: Reading) -> None:
    """Keep readings."""
    store.record(Batch(readings=readings))


def a_state(bin_id: str = "a", at: datetime = NOON, fill_level: float = 0.5, **more: object) -> BinState:
    """Return the newest reading of a bin, heard at once."""
    return BinState(bin_id, f"s-{bin_id}", at, at, fill_level, **more)  # type: ignore[arg-type]  # a test's own words


def an_alert(
    alert_id: str = "1", bin_id: str = "a", kind: AlertKind = AlertKind.FIRE, at: datetime = NOON
) -> Alert:
    return Alert(
        alert_id, kind, bin_id, at, f"s-{bin_id}", evidence={"temperature_c": 71.5, "threshold_c": 60.0}
    )


def opening(alert: Alert, *channels: str) -> AlertChange:
    return AlertChange(AlertEvent.OPENED, alert, channels or (MQTT, DESK))
