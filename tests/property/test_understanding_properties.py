"""Whatever arrives, only two things can happen: it is understood, or it is refused with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from collector.inbox import Received
from tests.collector_fixtures import an_interpreter, only_outcome
from tournee.domain import Reading, Sensor, ServiceEvent
from tournee.errors import MessageRejected

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOWN = {"b1": Sensor("s1", "b1", "lid", 1_200, 200)}
GOOD = b'{"measured_at": "2026-11-23T11:59:00Z", "fill_level": 0.5, "distance_mm": 840, "battery_v": 3.6}'

topics = st.sampled_from(
    ["tournee/v1/readings/b1", "tournee/v1/services/b1", "tournee/v1/readings/x"]
) | st.text(max_size=30)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
names = st.sampled_from(
    ["measured_at", "served_at", "fill_level", "distance_mm", "sensor_id", "temperature_c", "outcome"]
)
instants = st.datetimes(timezones=st.timezones() | st.just(UTC)).map(datetime.isoformat)
objects = st.dictionaries(
    names | st.text(max_size=5), scalars | instants | st.lists(scalars, max_size=3), max_size=6
)


def outcome(topic: str, payload: bytes) -> Reading | ServiceEvent | MessageRejected:
    try:
        return only_outcome(an_interpreter(TOWN), Received(topic, payload, NOW))
    except MessageRejected as refused:
        return refused


@given(topics, st.binary(max_size=200))
def test_random_bytes(topic: str, payload: bytes) -> None:
    said = outcome(topic, payload)
    assert not isinstance(said, MessageRejected) or said.detail


@given(topics, objects)
def test_random_objects(topic: str, payload: dict[str, object]) -> None:
    said = outcome(topic, json.dumps(payload).encode())
    assert not isinstance(said, MessageRejected) or said.detail


@given(st.data())
def test_a_good_message_with_a_few_bytes_changed(data: st.DataObject) -> None:
    payload = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    said = outcome("tournee/v1/readings/b1", bytes(payload))
    if isinstance(said, Reading):
        assert 0 <= said.fill_level <= 2
        assert said.measured_at.tzinfo is not None
