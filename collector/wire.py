"""The busy part of MQTT, read in bulk: messages in and their acknowledgements out. All the rest stays with the client library.

paho asks the system four times for each message and builds a dozen objects for it: about 60 µs, of which 50 are not needed
for a message of QoS 0 or 1 (`benchmarks/ingest.py`). A `Wire` stands between paho and its socket. It takes PUBLISH packets
out of what comes, hundreds in one read, and leaves every other packet, and so the connection with all its troubles, to paho.
Source of the packets: MQTT 5.0, OASIS, sections 2.1 and 3.3; the same without properties in 3.1.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Protocol

READ_BYTES = 65_536
PUBLISH, QOS_2, FOUR_BITS = 0x30, 0x04, 0xF0
PUBACK = b"\x40\x02"
PINGREQ, PINGRESP = 0xC0, b"\xd0\x00"
LENGTH_MAX_BYTES = 4

type Deliver = Callable[[str, bytes, int], None]


class _Socket(Protocol):
    """What paho asks of a connection, and we of the one that it opens: plain or TLS, not blocking."""

    def recv(self, buffer_size: int) -> bytes: ...

    def send(self, buffer: bytes | bytearray) -> int: ...

    def close(self) -> None: ...

    def fileno(self) -> int: ...

    def setblocking(self, flag: bool) -> None: ...


class Wire:
    """A socket that delivers messages itself. Everything but `acknowledge` is called by paho's network thread.

    Parameters
    ----------
    deliver
        Called with topic, payload and packet id of each message, in the order in which they come; id 0 at QoS 0.
    """

    def __init__(self, connected: _Socket, deliver: Deliver, *, has_properties: bool) -> None:
        self._socket, self._deliver, self._has_properties = connected, deliver, has_properties
        self._unread, self._may_hold_more = b"", False
        self._handed = b""  # the packet that paho is reading
        self._ids: list[int] = []
        self._ids_lock = Lock()
        self._leaving = b""  # acknowledgements on their way
        self._is_in_packet = self._is_asked = False
        self.close, self.fileno, self.setblocking = connected.close, connected.fileno, connected.setblocking

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """Let acknowledgements go out in one piece with the next packet that paho sends, before it."""
        with self._ids_lock:
            self._ids.extend(packet_ids)

    def recv(self, buffer_size: int) -> bytes:
        """Deliver the messages that have come; return bytes of another packet, none where the broker has gone.

        Raises
        ------
        BlockingIOError
            There is nothing for paho in what came.
        """
        if not self._handed:
            if not self._may_hold_more:
                came = self._socket.recv(READ_BYTES)
                if not came:
                    return b""
                self._unread += came
            self._read_packets()
            if self._is_asked and not self._handed:
                # Whoever sends messages is alive. Its own answer waits behind them: mosquitto 2.0 sends many times the Receive
                # Maximum to a client that is slower than the sensors, and paho would end the connection for want of it.
                self._handed = PINGRESP
            self._is_asked &= self._handed != PINGRESP
        if not self._handed:
            raise BlockingIOError
        taken, self._handed = self._handed[:buffer_size], self._handed[buffer_size:]
        return taken

    def pending(self) -> int:
        """Return how many bytes wait that no look at the socket would find."""
        of_tls = getattr(self._socket, "pending", None)
        waiting = len(self._unread) if self._may_hold_more else 0
        return len(self._handed) + waiting + (of_tls() if of_tls else 0)

    def send(self, buffer: bytes | bytearray) -> int:
        """Send acknowledgements and then paho's bytes; return how many of paho's have left, never 0.

        Raises
        ------
        BlockingIOError
            None of paho's bytes has left: it will come with them once more.
        """
        if not self._is_in_packet:  # between two packets only
            with self._ids_lock:
                ids, self._ids = self._ids, []
            self._leaving += b"".join([PUBACK + packet_id.to_bytes(2) for packet_id in ids])
            self._is_asked |= buffer[0] == PINGREQ
        left = self._socket.send(self._leaving + buffer) - len(self._leaving)
        self._leaving = self._leaving[len(self._leaving) + left :] if left < 0 else b""
        if left <= 0:
            raise BlockingIOError
        self._is_in_packet = left < len(buffer)
        return left

    def _read_packets(self) -> None:
        """Deliver whole messages until something else comes, which is handed to paho."""
        content, place = self._unread, 0
        self._may_hold_more = False
        while (found := _body(content, place)) is not None:
            start, end = found
            kind = content[place]
            if kind & FOUR_BITS != PUBLISH or kind & QOS_2:
                self._handed, self._may_hold_more = content[place:end], True
                place = end
                break
            self._take(content, start, end, has_id=bool(kind & 0x06))
            place = end
        self._unread = content[place:]

    def _take(self, content: bytes, start: int, end: int, *, has_id: bool) -> None:
        at = start + 2 + int.from_bytes(content[start : start + 2])
        topic, packet_id = content[start + 2 : at], 0
        if has_id:
            packet_id, at = int.from_bytes(content[at : at + 2]), at + 2
        if self._has_properties:
            properties = _body(content, at - 1)  # a length and what it counts, as a packet's
            if properties is None:
                message = "The broker sent a message that ends within its properties."
                raise ConnectionError(message)
            at = properties[1]
        self._deliver(topic.decode("utf-8", "backslashreplace"), content[at:end], packet_id)


def _body(content: bytes, place: int) -> tuple[int, int] | None:
    """Return where the body of the packet at `place` starts and ends; None where it is not all there yet."""
    length = shift = 0
    for at in range(place + 1, min(place + 1 + LENGTH_MAX_BYTES, len(content))):
        byte = content[at]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            end = at + 1 + length
            return (at + 1, end) if end <= len(content) else None
        shift += 7
    if shift == 7 * LENGTH_MAX_BYTES:
        message = "The broker sent a packet of impossible length."
        raise ConnectionError(message)
    return None
