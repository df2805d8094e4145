"""Sensors as devices in the store: where they sat, and what they said of themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.collector_fixtures import stock
from tournee.domain import DeviceState, Grade, Placement, Reading, Sensor
from tournee.store import Batch, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SENSOR = Sensor("Aa01", "a", "lid", 1_200, 200, "milesight-level")


@pytest.fixture
def town(any_store: Store) -> Store:
    """Eight bins, a to h."""
    return stock(any_store)


def test_a_sensor_is_found_whatever_its_capitals(town: Store) -> None:
    town.save_bins([], [SENSOR], NOON)
    found = town.known_sensors(["aA01", "nobody", "\0"])
    assert list(found) == ["AA01"]
    assert found["AA01"].sensor == SENSOR
    assert found["AA01"].placements == (Placement("Aa01", "a", NOON),)
    assert town.known_sensors([]) == town.known_sensors(["\0"]) == {}


def test_a_sensor_that_moves_keeps_where_it_was(town: Store) -> None:
    town.save_bins([], [SENSOR], NOON)
    town.save_bins([], [SENSOR], NOON + HOUR)  # imported again: nothing has moved
    town.save_bins([], [replace(SENSOR, bin_id="b")], NOON + 2 * HOUR)
    (known,) = town.known_sensors(["AA01"]).values()
    assert [(one.bin_id, one.until_at) for one in known.placements] == [("a", NOON + 2 * HOUR), ("b", None)]
    at = {hours: known.bin_at(NOON + hours * HOUR) for hours in (-1, 0, 1, 2, 3)}
    assert at == {-1: "a", 0: "a", 1: "a", 2: "b", 3: "b"}
    assert town.sensors_of(["a", "b"]) == {"a": None, "b": replace(SENSOR, bin_id="b")}


def test_a_new_sensor_on_a_bin_ends_the_stay_of_the_old(town: Store) -> None:
    town.save_bins([], [SENSOR], NOON)
    other = Sensor("bb02", "a")
    town.save_bins([], [other], NOON + HOUR)
    assert town.sensors_of(["a"]) == {"a": other}
    ended = [one for one in town.placements() if one.sensor_id == "Aa01"]
    assert [one.until_at for one in ended] == [NOON + HOUR]


def test_the_town_has_a_version(town: Store) -> None:
    before = town.network_version()
    town.save_bins([], [SENSOR], NOON)
    assert town.network_version() > before


def test_what_devices_say_adds_up(town: Store) -> None:
    first = DeviceState("s", NOON, 10, 1, 0, battery_v=3.6, rssi_dbm=-80, last_complaint="jump")
    town.note_devices([first, DeviceState("t", NOON, 1)])
    town.note_devices([DeviceState("s", NOON + HOUR, 5, 0, 2, temperature_c=4.0)])
    town.note_devices([])
    kept = town.device_states()
    assert kept["s"] == DeviceState("s", NOON + HOUR, 15, 1, 2, 3.6, None, 4.0, -80, "jump")
    assert kept["t"].num_accepted == 1


@pytest.mark.parametrize(
    ("state", "grade"),
    [
        (DeviceState("s", NOON, 99, 1, 1), Grade.GOOD),
        (DeviceState("s", NOON, 95, 5, 0), Grade.FAIR),
        (DeviceState("s", NOON, 1, 0, 1), Grade.POOR),
        (DeviceState("s", NOON - 3 * HOUR, 100), Grade.SILENT),
        (DeviceState("s", NOON), Grade.GOOD),
    ],
)
def test_a_device_is_graded_by_what_became_of_its_messages(state: DeviceState, grade: Grade) -> None:
    assert state.grade(NOON, 2 * HOUR) is grade


def test_the_state_knows_since_when_a_level_stands(town: Store) -> None:
    for hours, level in enumerate((0.2, 0.4, 0.4, 0.4)):
        at = NOON + hours * HOUR
        town.record(Batch([Reading("a", at, at, level, "s")]))
    ((last, since),) = town.last_readings(["a", "b"]).values()
    assert (last.measured_at, last.fill_level, since) == (NOON + 3 * HOUR, 0.4, NOON + HOUR)
