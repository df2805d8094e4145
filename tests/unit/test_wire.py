"""Messages out of the byte stream, acknowledgements into it, and everything else to paho as it came."""

from __future__ import annotations

import pytest

from collector.wire import Wire

CONNACK, PINGRESP = bytes.fromhex("2003 000000"), bytes.fromhex("d000")
PINGREQ = bytes.fromhex("c000")


def publish(topic: str, payload: bytes, packet_id: int = 0, properties: bytes | None = b"\0") -> bytes:
    """Return a PUBLISH packet; without properties it is one of MQTT 3.1.1."""
    name = topic.encode()
    body = len(name).to_bytes(2) + name + (packet_id.to_bytes(2) if packet_id else b"")
    body += (properties or b"") + payload
    length, left = b"", len(body)
    while left > 127:
        length, left = length + bytes([left & 127 | 128]), left >> 7
    return bytes([0x32 if packet_id else 0x30]) + length + bytes([left]) + body


class Line:
    """A connection in memory: what the broker says in pieces, and how many bytes it takes at a time."""

    def __init__(self, *said: bytes, room: int = 1_000) -> None:
        self.said, self.room, self.heard = list(said), room, b""

    def recv(self, buffer_size: int) -> bytes:
        if not self.said:
            raise BlockingIOError
        assert len(self.said[0]) <= buffer_size
        return self.said.pop(0)

    def send(self, buffer: bytes | bytearray) -> int:
        taken, self.room = min(len(buffer), self.room), self.room - min(len(buffer), self.room)
        if not taken:
            raise BlockingIOError
        self.heard += buffer[:taken]
        return taken

    def close(self) -> None:
        return

    def fileno(self) -> int:
        return 7

    def setblocking(self, flag: bool) -> None:
        assert not flag


class Ear:
    """Notes what is delivered, and reads for paho what is left."""

    def __init__(self, line: Line, *, has_properties: bool = True) -> None:
        self.messages: list[tuple[str, bytes, int]] = []
        self._line = line
        self.wire = Wire(line, lambda *message: self.messages.append(message), has_properties=has_properties)

    def read(self) -> bytes:
        """Return what paho gets, a byte at a time as it asks for it, until there is nothing more."""
        got = b""
        while True:
            try:
                got += self.wire.recv(1)
            except BlockingIOError:
                if not self._line.said and not self.wire.pending():
                    return got


def test_messages_are_delivered_and_not_left_to_paho() -> None:
    ear = Ear(Line(publish("a", b"{}", 7) + publish("b", b"", 65_535) + publish("c", b"x")))
    assert ear.read() == b""
    assert ear.messages == [("a", b"{}", 7), ("b", b"", 65_535), ("c", b"x", 0)]


def test_a_message_answers_a_ping_whose_own_answer_waits_behind_thousands() -> None:
    line = Line()
    ear = Ear(line)
    ear.wire.send(PINGREQ)
    assert ear.read() == b""  # silence answers nothing
    line.said = [publish("a", b"{}", 7), publish("b", b"{}", 8)]
    assert ear.read() == PINGRESP
    assert len(ear.messages) == 2
    line.said = [publish("c", b"{}", 9) + PINGRESP]
    assert ear.read() == PINGRESP  # the broker's own
    line.said = [publish("d", b"{}", 10)]
    assert ear.read() == b""


def test_the_brokers_own_answer_comes_through_once() -> None:
    ear = Ear(Line(publish("a", b"{}", 7) + PINGRESP + publish("b", b"{}", 8)))
    ear.wire.send(PINGREQ)
    assert ear.read() == PINGRESP
    assert len(ear.messages) == 2


def test_properties_are_passed_over() -> None:
    content_type = b"\x03\0\x05plain"
    long = b"\x26\0\x01k\0\xc8" + b"v" * 200
    told = [publish("a", b"p", 1, bytes([len(content_type)]) + content_type)]
    told.append(
        publish("a", b"q", 2, (len(long) & 127 | 128).to_bytes() + (len(long) >> 7).to_bytes() + long)
    )
    ear = Ear(Line(b"".join(told)))
    ear.read()
    assert ear.messages == [("a", b"p", 1), ("a", b"q", 2)]


def test_mqtt_3_has_no_properties() -> None:
    ear = Ear(Line(publish("a", b"\0{}", 7, properties=None)), has_properties=False)
    ear.read()
    assert ear.messages == [("a", b"\0{}", 7)]


def test_other_packets_reach_paho_before_the_messages_behind_them() -> None:
    ear = Ear(Line(CONNACK + publish("a", b"1", 1) + PINGRESP + publish("a", b"2", 2)))
    assert ear.wire.recv(1) == CONNACK[:1]
    assert not ear.messages
    assert ear.wire.pending() > 0
    assert ear.wire.recv(100) == CONNACK[1:]
    assert ear.wire.pending() > 0
    assert ear.wire.recv(100) == PINGRESP
    assert [payload for _, payload, _ in ear.messages] == [b"1"]
    assert ear.read() == b""
    assert [payload for _, payload, _ in ear.messages] == [b"1", b"2"]
    assert ear.wire.pending() == 0


def test_a_message_of_qos_2_is_left_to_paho() -> None:
    packet = b"\x34" + publish("a", b"x", 3)[1:]
    ear = Ear(Line(packet))
    assert ear.read() == packet
    assert not ear.messages


def test_a_large_message_comes_in_many_pieces() -> None:
    packet = publish("a", bytes(300_000), 9)
    ear = Ear(Line(*[packet[at : at + 65_536] for at in range(0, len(packet), 65_536)]))
    ear.read()
    assert ear.messages == [("a", bytes(300_000), 9)]


def test_a_topic_that_is_no_text_stays_visible() -> None:
    packet = publish("?", b"x", 1).replace(b"?", b"\xff")
    ear = Ear(Line(packet))
    ear.read()
    assert ear.messages == [("\\xff", b"x", 1)]


@pytest.mark.parametrize(
    "wrong",
    [b"\x30\xff\xff\xff\xff\xff", publish("a", b"", 1, properties=b"\x7f")],
    ids=["length", "properties"],
)
def test_a_broker_that_talks_nonsense_ends_the_connection(wrong: bytes) -> None:
    with pytest.raises(ConnectionError):
        Ear(Line(wrong)).read()


def test_a_broker_that_has_gone_is_an_empty_read() -> None:
    assert Wire(Line(b""), lambda *_: None, has_properties=True).recv(1) == b""


def test_acknowledgements_leave_in_one_piece_before_the_next_packet() -> None:
    line = Line()
    wire = Ear(line).wire
    wire.acknowledge([1, 2, 65_535])
    assert not line.heard
    assert wire.send(PINGREQ) == len(PINGREQ)
    assert line.heard == bytes.fromhex("40020001 40020002 4002ffff") + PINGREQ
    assert wire.send(PINGREQ) == len(PINGREQ)
    assert line.heard.endswith(PINGREQ + PINGREQ)


def test_no_acknowledgement_gets_into_the_middle_of_a_packet() -> None:
    line = Line(room=3)
    wire = Ear(line).wire
    assert wire.send(b"abcdef") == 3
    wire.acknowledge([1])
    line.room = 100
    assert wire.send(b"def") == 3
    assert line.heard == b"abcdef"
    wire.send(PINGREQ)
    assert line.heard == b"abcdef" + bytes.fromhex("40020001") + PINGREQ


@pytest.mark.parametrize("room", [1, 3, 4])
def test_a_line_that_takes_acknowledgements_only_is_asked_again_for_the_packet(room: int) -> None:
    line = Line(room=room)
    wire = Ear(line).wire
    wire.acknowledge([1])
    with pytest.raises(BlockingIOError):
        wire.send(PINGREQ)
    line.room = 100
    assert wire.send(PINGREQ) == len(PINGREQ)
    assert line.heard == bytes.fromhex("40020001") + PINGREQ


def test_a_full_line_keeps_what_was_to_leave() -> None:
    line = Line(room=0)
    wire = Ear(line).wire
    wire.acknowledge([1])
    with pytest.raises(BlockingIOError):
        wire.send(PINGREQ)
    line.room = 100
    wire.acknowledge([2])
    assert wire.send(PINGREQ) == len(PINGREQ)
    assert line.heard == bytes.fromhex("40020001 40020002") + PINGREQ
