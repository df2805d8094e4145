"""Whatever a network server sends, it is an uplink or a refusal with a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from collector.decoders.sources import SOURCES
from collector.uplink import Uplink
from tests.uplink_fixtures import MESSAGES, payload
from tournee.errors import MessageRejected

sources = st.sampled_from(sorted(SOURCES))
wrong: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.none())
)
wrong = wrong | st.dictionaries(
    st.sampled_from(["rssi", "snr", "devEui"]), st.integers() | st.text(max_size=4)
)


def outcome(source: str, content: bytes) -> Sequence[Uplink]:
    try:
        uplinks = SOURCES[source]("v3/a/devices/b/up", content)
    except MessageRejected:
        return ()
    assert uplinks
    for uplink in uplinks:
        assert uplink.device_id
        assert uplink.measured_at is None or uplink.measured_at.tzinfo is UTC
    return uplinks


@given(sources, st.binary(max_size=200))
def test_random_bytes(source: str, content: bytes) -> None:
    outcome(source, content)


@given(st.data())
def test_a_field_of_any_type(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(sorted(MESSAGES)))
    said = json.loads(payload(source))
    inside = said
    while True:
        name = data.draw(st.sampled_from(sorted(inside)))
        if not isinstance(inside[name], dict) or not inside[name] or data.draw(st.booleans()):
            break
        inside = inside[name]
    inside[name] = data.draw(wrong)
    outcome(source, json.dumps(said).encode())


@given(st.data())
def test_a_few_bytes_changed(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(sorted(MESSAGES)))
    content = bytearray(payload(source))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    outcome(source, bytes(content))


@given(sources, st.integers(1, 100_000))
def test_deep_nesting(source: str, depth: int) -> None:
    outcome(source, b'{"data":' * depth)
