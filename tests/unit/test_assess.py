"""What a look finds: each kind of trouble stands, is gone by more than its hysteresis, or stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from collector.watching.assess import Rule, Sight, assess, battery, fire, overflow, silent, stuck, tilted
from collector.watching.compare import compare, recovered
from collector.watching.findings import Finding
from tests.alert_fixtures import DAY, HOUR, MINUTE, NOON, a_state, an_alert
from tournee.domain import AlertKind, BinState, DeviceState, Placement, ServiceSighting
from tournee.settings import AlertSettings

SETTINGS = AlertSettings()
HERE = Placement("s-a", "a", NOON - 30 * DAY)


def find(rule: Rule, sight: Sight) -> Finding | None:
    """Return what one rule says of the only bin in sight."""
    found = list(assess(sight, SETTINGS, [rule]))
    assert len(found) <= 1
    return found[0] if found else None


def verdict(rule: Rule, state: BinState, **more: object) -> bool | None:
    """Return whether trouble stands at a bin, or None where the rule says nothing."""
    finding = find(rule, Sight(NOON, [state], placements=[HERE], **more))  # type: ignore[arg-type]  # a test's own words
    return None if finding is None else finding.stands


@pytest.mark.parametrize(
    ("fill_level", "stands"), [(1.2, True), (1.0, True), (0.99, None), (0.9, None), (0.89, False)]
)
def test_overflow_closes_only_well_below_its_threshold(fill_level: float, stands: bool | None) -> None:
    assert verdict(overflow, a_state(fill_level=fill_level)) is stands
    assert verdict(overflow, a_state(fill_level=fill_level, is_trusted=False)) is None


def test_what_was_measured_long_ago_is_no_news() -> None:
    old = a_state(at=NOON - 37 * HOUR, fill_level=1.3, temperature_c=90.0, is_tilted=True)
    assert [verdict(rule, replace(old, received_at=NOON)) for rule in (overflow, fire, tilted)] == [None] * 3


@pytest.mark.parametrize(
    ("temperature_c", "lowest_c", "stands"),
    [
        (60.0, 59.0, True),
        (59.9, 44.9, True),
        (59.9, 45.0, None),
        (41.0, None, None),
        (40.0, 25.0, True),
        (39.9, 10.0, False),
        (None, None, None),
    ],
)
def test_fire_is_heat_or_a_quick_rise(
    temperature_c: float | None, lowest_c: float | None, stands: bool | None
) -> None:
    lowest = {} if lowest_c is None else {"a": lowest_c}
    state = a_state(temperature_c=temperature_c, is_trusted=False)
    assert verdict(fire, state, lowest_c=lowest) is stands, (
        "a suspicious reading counts: fire makes readings odd"
    )


@pytest.mark.parametrize("is_tilted", [True, False, None])
def test_a_bin_lies_as_long_as_its_sensor_says_so(is_tilted: bool | None) -> None:
    assert verdict(tilted, a_state(is_tilted=is_tilted)) is is_tilted


@pytest.mark.parametrize(
    ("battery_v", "battery_level", "stands"),
    [
        (3.29, None, True),
        (3.3, None, None),
        (3.41, None, False),
        (None, 0.14, True),
        (None, 0.17, None),
        (None, 0.21, False),
        (3.6, 0.1, True),
        (3.6, 0.17, None),
        (3.6, 0.9, False),
        (None, None, None),
    ],
)
def test_battery_by_voltage_or_charge(
    battery_v: float | None, battery_level: float | None, stands: bool | None
) -> None:
    state = a_state(battery_v=battery_v, battery_level=battery_level)
    assert verdict(battery, state) is stands


def test_the_battery_is_what_the_device_said_last() -> None:
    device = DeviceState("s-a", NOON, battery_v=3.0)
    assert verdict(battery, a_state(battery_v=None), devices={"s-a": device})
    finding = find(battery, Sight(NOON, devices={"s-a": device}, placements=[HERE]))
    assert finding
    assert finding.evidence == {"battery_v": 3.0, "threshold_v": 3.3}, (
        "a device without a level is heard, too"
    )


def silence(hours: float, placement: Placement | None = HERE, *, has_device: bool = True) -> Finding | None:
    device = {"s-a": DeviceState("s-a", NOON - timedelta(hours=hours))} if has_device else {}
    state = a_state(at=NOON - 100 * HOUR)
    return find(silent, Sight(NOON, [state], device, [placement] if placement else []))


def test_a_sensor_falls_silent_and_speaks_again() -> None:
    quiet = silence(36.5)
    assert quiet
    assert quiet.stands
    assert quiet.evidence == {
        "silent_hours": 36.5,
        "threshold_hours": 36.0,
        "last_seen_at": "2026-11-21T23:30:00Z",
    }
    spoken = silence(35.9)
    assert spoken
    assert not spoken.stands, "a refused message is a sign of life as well"


def test_silence_counts_from_the_placement_and_needs_a_voice() -> None:
    moved = silence(50, replace(HERE, since_at=NOON - 3 * HOUR))
    assert moved
    assert not moved.stands, "it was moved three hours ago: it has its time anew"
    assert find(silent, Sight(NOON, placements=[HERE])) is None, "it has never spoken"
    by_state = silence(0, has_device=False)
    assert by_state
    assert by_state.stands, "its readings alone tell of its silence"
    gone = silence(50, None)
    assert gone
    assert not gone.stands, "the sensor was taken away"


@pytest.mark.parametrize(
    ("days", "count", "fill_level", "stands"),
    [(7.1, 20, 0.4, True), (7.1, 19, 0.4, None), (7.0, 99, 0.4, False), (30, 99, 0.0, False)],
)
def test_a_level_that_never_moves_is_stuck(
    days: float, count: int, fill_level: float, stands: bool | None
) -> None:
    state = a_state(fill_level=fill_level, unchanged_since_at=NOON - timedelta(days=days))
    assert verdict(stuck, state, num_unchanged={"a": count}) is stands


def test_a_bin_without_a_sensor_is_never_stuck() -> None:
    state = replace(a_state(unchanged_since_at=NOON - 30 * DAY), sensor_id="")
    assert find(stuck, Sight(NOON, [state], num_unchanged={"a": 99})) is None


def test_every_quick_rule_is_asked_at_every_bin() -> None:
    lying = a_state("b", fill_level=1.1, temperature_c=75.0, battery_v=3.0, is_tilted=True)
    found = list(assess(Sight(NOON, [a_state(), lying], placements=[HERE]), SETTINGS))
    standing = {(finding.bin_id, finding.kind) for finding in found if finding.stands}
    assert standing == {
        ("b", kind) for kind in (AlertKind.OVERFLOW, AlertKind.FIRE, AlertKind.TILTED, AlertKind.BATTERY)
    }
    assert {finding.sensor_id for finding in found if finding.bin_id == "b"} == {"s-b"}


# --- crew and sensor ---


def told(
    before: float | None = 0.8,
    after: tuple[float, ...] = (0.1, 0.1),
    seen: float | None = None,
    at: datetime = NOON,
) -> Finding | None:
    found = list(compare([ServiceSighting("a", at, seen, before, after)], SETTINGS))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("before", "after", "seen", "stands"),
    [
        (0.8, (0.1, 0.15), None, False),
        (0.8, (0.79, 0.1), None, False),
        (0.8, (0.8, 0.81), None, True),
        (0.8, (0.48, 0.5), None, True),
        (0.8, (0.47, 0.9), None, False),
        (0.8, (0.8,), None, None),
        (0.2, (0.2, 0.2), None, None),
        (None, (0.71, 0.9), 0.9, True),
        (None, (0.69, 0.9), 0.9, False),
        (None, (0.7, 0.9), None, None),
        (0.8, (), 0.44, True),
        (0.8, (), 0.46, False),
        (0.8, (0.1, 0.1), 0.3, True),
    ],
)
def test_crew_and_sensor_agree_or_not_or_nobody_knows(
    before: float | None, after: tuple[float, ...], seen: float | None, stands: bool | None
) -> None:
    finding = told(before, after, seen)
    assert (finding.stands if finding else None) is stands


def test_a_disagreement_says_who_saw_what() -> None:
    not_emptied, otherwise = told(after=(0.8, 0.9)), told(seen=0.3)
    assert not_emptied
    assert not_emptied.evidence == {
        "served_at": "2026-11-23T12:00:00Z",
        "fill_level_before": 0.8,
        "fill_level_after": 0.8,
        "threshold": 0.48,
        "num_readings": 2,
    }
    assert otherwise
    assert otherwise.evidence["difference"] == 0.5


@pytest.mark.parametrize(
    ("fill_level", "is_trusted", "is_over"), [(0.2, True, True), (0.2, False, False), (0.5, True, False)]
)
def test_a_disagreement_is_over_when_the_level_falls_after_all(
    fill_level: float, is_trusted: bool, is_over: bool
) -> None:
    alert = replace(
        an_alert(kind=AlertKind.DISAGREEMENT), evidence={"fill_level_before": 0.8, "fill_level_after": 0.8}
    )
    state = a_state(at=NOON + MINUTE, fill_level=fill_level, is_trusted=is_trusted)
    assert bool(list(recovered([alert], {"a": state}, SETTINGS))) is is_over
    others = [an_alert(), replace(alert, evidence={"fill_level_seen": 0.3, "fill_level_before": 0.8})]
    assert list(recovered(others, {"a": state}, SETTINGS)) == []
    assert list(recovered([alert], {}, SETTINGS)) == []
