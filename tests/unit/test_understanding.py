"""Messages, as sensors send them and as they should not: each becomes a reading, a service or a refusal with its reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from collector.inbox import Received
from tests.collector_fixtures import an_interpreter, only_outcome
from tournee.domain import Reading, Sensor, ServiceEvent, ServiceOutcome
from tournee.errors import MessageRejected, RejectionReason
from tournee.messages import encode_reading, encode_service, reading_topic, service_topic

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENSOR = Sensor("s1", "b1", "lid", empty_distance_mm=1_200, full_distance_mm=200)
TOWN = {"b1": SENSOR, "bare": None}
PREFIX = "tournee/v1"


def say(
    payload: bytes | str | dict[str, object], topic: str = "tournee/v1/readings/b1"
) -> Reading | ServiceEvent:
    raw = json.dumps(payload) if isinstance(payload, dict) else payload
    content = raw.encode() if isinstance(raw, str) else raw
    return only_outcome(an_interpreter(TOWN), Received(topic, content, NOW))


def measured(**values: object) -> dict[str, object]:
    return {"measured_at": "2026-11-23T11:59:00Z", "fill_level": 0.5} | values


def test_a_reading_survives_the_wire() -> None:
    reading = Reading("b1", NOW - timedelta(minutes=1), NOW, 0.62, "s1", 580.0, -4.5, 3.6)
    assert say(encode_reading(reading), reading_topic(PREFIX, "b1")) == reading


def test_a_service_survives_the_wire() -> None:
    service = ServiceEvent(
        "b1",
        NOW,
        outcome=ServiceOutcome.SKIPPED,
        skip_reason="blocked",
        vehicle_id="v",
        plan_id="p",
        fill_level_seen=0.9,
    )
    assert say(encode_service(service), service_topic(PREFIX, "b1")) == service


def test_a_distance_becomes_a_level_by_the_sensors_geometry() -> None:
    said = say({"measured_at": "2026-11-23T13:59:00+02:00", "distance_mm": 450})
    assert isinstance(said, Reading)
    assert (said.fill_level, said.sensor_id) == (0.75, "s1")
    assert said.measured_at == NOW - timedelta(minutes=1)


def test_noise_around_empty_counts_as_empty() -> None:
    said = say(measured(fill_level=-0.03))
    assert isinstance(said, Reading)
    assert said.fill_level == 0


def test_fields_that_we_do_not_know_are_ignored() -> None:
    assert isinstance(say(measured(firmware="1.2")), Reading)


R = RejectionReason


@pytest.mark.parametrize(
    ("payload", "reason", "said"),
    [
        ('{"measured_at": "2026-11-23T11:5', R.UNREADABLE, "truncated"),
        ("", R.UNREADABLE, "truncated"),
        (b"\xff\xfe", R.UNREADABLE, ""),
        ("[" * 50_000, R.UNREADABLE, ""),
        (" [] ", R.UNREADABLE, "the list holds no reading"),
        ("[1]", R.UNREADABLE, "reading 1 of the list: Expected `object`"),
        (measured(fill_level="half"), R.UNREADABLE, "`$.fill_level`"),
        (measured(measured_at="2026-11-23T11:59:00"), R.UNREADABLE, "`$.measured_at`"),
        (measured(measured_at="yesterday"), R.UNREADABLE, "`$.measured_at`"),
        ({"fill_level": 0.5}, R.UNREADABLE, "`measured_at`"),
        ({"measured_at": "2026-11-23T11:59:00Z"}, R.NO_LEVEL, "neither `fill_level` nor `distance_mm`"),
        (measured(fill_level=7.3), R.OUT_OF_RANGE, "`fill_level` 7.3 is not between -0.1 and 2"),
        (measured(fill_level=-0.2), R.OUT_OF_RANGE, "`fill_level` -0.2"),
        ('{"measured_at": "2026-11-23T11:59:00Z", "distance_mm": 1e999}', R.UNREADABLE, "out of range"),
        (measured(measured_at="1970-01-01T00:00:00Z"), R.TOO_OLD, "1970-01-01"),
        (measured(measured_at="2090-01-01T00:00:00Z"), R.FROM_THE_FUTURE, "2090-01-01"),
        (measured(measured_at="0001-01-01T00:00:00+14:00"), R.TOO_OLD, ""),
        (measured(measured_at="9999-12-31T23:59:59-12:00"), R.FROM_THE_FUTURE, ""),
        (measured(note="x" * 2_000_000), R.TOO_LARGE, "bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_can_t_be_read_or_believed_is_refused_with_its_reason(
    payload: bytes | str | dict[str, object], reason: RejectionReason, said: str
) -> None:
    with pytest.raises(MessageRejected) as refused:
        say(payload)
    assert refused.value.reason is reason
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("tournee/v1/readings/nobody", R.UNKNOWN_BIN),
        ("tournee/v1/reading/b1", R.UNKNOWN_TOPIC),
        ("tournee/v1/readings/b1/extra", R.UNKNOWN_TOPIC),
        ("tournee/v1/readings/", R.UNKNOWN_TOPIC),
        ("tournee/v1/b1", R.UNKNOWN_TOPIC),
        ("elsewhere/readings/b1", R.UNKNOWN_TOPIC),
    ],
)
def test_a_wrong_topic_is_refused(topic: str, reason: RejectionReason) -> None:
    with pytest.raises(MessageRejected) as refused:
        say(measured(), topic)
    assert refused.value.reason is reason


def test_a_distance_without_geometry_is_refused() -> None:
    with pytest.raises(MessageRejected, match="no sensor whose empty and full distances are known"):
        say({"measured_at": "2026-11-23T11:59:00Z", "distance_mm": 450}, "tournee/v1/readings/bare")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"served_at": "2026-11-24T12:00:00Z"}, R.FROM_THE_FUTURE),
        ({"served_at": "2026-11-23T12:00:00Z", "fill_level_seen": 9}, R.OUT_OF_RANGE),
        ({"served_at": "2026-11-23T12:00:00Z", "fill_level_seen": -1}, R.UNREADABLE),
        ({"served_at": "2026-11-23T12:00:00Z", "outcome": "eaten"}, R.UNREADABLE),
    ],
)
def test_a_service_is_screened_too(values: dict[str, object], reason: RejectionReason) -> None:
    with pytest.raises(MessageRejected) as refused:
        say(values, "tournee/v1/services/b1")
    assert refused.value.reason is reason
