"""However a stream of packets is cut, the same messages are delivered and the same bytes are left to paho."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_wire import CONNACK, PINGRESP, Ear, Line, publish

topics = st.text(min_size=1, max_size=150)
messages = st.tuples(topics, st.binary(max_size=200), st.integers(1, 65_535))
packets = st.lists(messages | st.sampled_from([CONNACK, PINGRESP]), max_size=8)


@given(packets, st.data(), st.booleans())
def test_any_cut(wanted: list[tuple[str, bytes, int] | bytes], data: st.DataObject, is_v5: bool) -> None:
    told = [each if isinstance(each, bytes) else publish(*each, b"\0" if is_v5 else None) for each in wanted]
    stream = b"".join(told)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
    pieces = [stream[a:b] for a, b in pairwise([0, *cuts, len(stream)]) if a < b]
    ear = Ear(Line(*pieces), has_properties=is_v5)
    left = ear.read()
    assert ear.messages == [each for each in wanted if not isinstance(each, bytes)]
    assert left == b"".join(each for each in wanted if isinstance(each, bytes))


@given(st.binary(max_size=300))
def test_any_bytes(stream: bytes) -> None:
    ear = Ear(Line(stream))
    try:
        left = ear.read()
    except ConnectionError:
        return
    assert len(left) <= len(stream)
