"""Sensors at full speed: MQTT 5 PUBLISH packets of QoS 1, written to a socket as bytes and paced in slices of 2 ms.

A client library costs about 50 µs a message, which on two cores is half of what is measured. Here the bytes of a bin's topic
are made once, a slice is one write, and the broker's acknowledgements are counted and not looked up. `Sent.cpu_us` says what
that costs. Not for anything but a benchmark: where the broker is unhappy, or away, it ends.

Instants are real: a slice's messages carry the moment just before they are written. What is late stays visible:
`Sent.late` counts the messages that left more than `LATE_S` after they were due, whoever held them up.
Source of the packets: MQTT 5.0, OASIS, sections 3.1 to 3.4.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

SLICE_S, LATE_S, PATIENCE_S = 0.002, 0.01, 30.0
SLICE_MAX = 500  # fewer than there are bins, and never two probes: one instant names a bin once
IN_FLIGHT_MAX = 2_000
PUBLISH_QOS_1, PUBACK, CONNACK = 0x32, 0x40, 0x20
FAILURE = 0x80
CONNECT = bytes.fromhex("100d 0004") + b"MQTT" + bytes.fromhex("05 02 0000 00 0000")  # clean start, no ping
DISCONNECT = bytes.fromhex("e000")


@dataclass(slots=True)
class Sent:
    """What became of a stretch of messages. `probes` are the instants in the timed ones, in ms since 1970."""

    acknowledged: int = 0
    late: int = 0
    cpu_us: float = 0.0
    probes: list[int] = field(default_factory=list)


class Sender:
    """One connection to the broker; use it as a context manager.

    Parameters
    ----------
    topics
        One for each bin, in the order in which they take turns.
    probe_topic
        Whose messages are timed: one in `probe_every`, and the last.
    """

    def __init__(self, port: int, topics: Sequence[str], probe_topic: str) -> None:
        self._heads, self._probe = [head(topic) for topic in topics], head(probe_topic)
        self._written = self._acknowledged = self._stamp_ms = 0
        self._unread = b""
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(CONNECT)
        said = self._socket.recv(256)
        if said[:1] != bytes([CONNACK]) or said[3]:
            sys.exit("The broker refused the benchmark's sender.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._socket:
            self._socket.sendall(DISCONNECT)

    def send(self, count: int, rate: float, probe_every: int) -> Sent:
        """Publish `count` messages at `rate` a second; return when the broker has acknowledged all of them."""
        sent, before = Sent(), self._acknowledged
        start, cpu_s, done = time.perf_counter(), time.process_time(), 0
        while done < count:
            now = time.perf_counter()
            due = min(count, int((now - start) * rate) + 1)
            room = IN_FLIGHT_MAX - (self._written - self._acknowledged)
            if (size := min(due - done, room, SLICE_MAX, probe_every)) > 0:
                self._write(range(done, done + size), count, probe_every, sent.probes)
                sent.late += max(0, min(done + size, int((now - start - LATE_S) * rate)) - done)
                done += size
            self._read(wait_s=0.0 if room > 0 else PATIENCE_S)
            time.sleep(SLICE_S)
        while self._acknowledged < self._written:
            self._read(PATIENCE_S)
        sent.acknowledged = self._acknowledged - before
        sent.cpu_us = (time.process_time() - cpu_s) / count * 1e6
        return sent

    def _write(self, numbers: range, count: int, probe_every: int, probes: list[int]) -> None:
        """Write one slice as one piece."""
        self._stamp_ms = max(time.time_ns() // 1_000_000, self._stamp_ms + 1)  # no bin and instant twice
        tail, heads, pieces = b"\0" + body(self._stamp_ms), self._heads, []
        packet, bins = self._written, len(heads)
        for number in numbers:
            is_probe = not (number + 1) % probe_every or number + 1 == count
            if is_probe:
                probes.append(self._stamp_ms)
            packet += 1
            pieces += (
                self._probe if is_probe else heads[number % bins],
                (packet % 65_535 + 1).to_bytes(2),
                tail,
            )
        self._written = packet
        self._socket.sendall(b"".join(pieces))

    def _read(self, wait_s: float) -> None:
        """Count what the broker has acknowledged by now, or once it says something."""
        if not select.select([self._socket], [], [], wait_s)[0]:
            if wait_s:
                sys.exit("The broker has stopped acknowledging the benchmark's messages.")
            return
        got = self._socket.recv(65_536)
        if not got:
            sys.exit("The broker ended the connection of the benchmark's sender.")
        content, place = self._unread + got, 0
        while place + 2 <= len(content) and place + 2 + content[place + 1] <= len(content):
            length = content[place + 1]
            if content[place] != PUBACK or (length > 2 and content[place + 4] >= FAILURE):
                sys.exit("The broker refused a message of the benchmark.")
            place += 2 + length
            self._acknowledged += 1
        self._unread = content[place:]


def body(at_ms: int) -> bytes:
    """Return a payload; all are as long as one another, and no two of one bin in a row say the same level."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1_000))
    return (
        f'{{"measured_at":"{seconds}.{at_ms % 1_000:03}Z","fill_level":0.5{at_ms // 10 % 100:02}}}'.encode()
    )


def head(topic: str) -> bytes:
    """Return the start of a PUBLISH packet, up to its packet id."""
    name = topic.encode()
    length = 2 + len(name) + 2 + 1 + len(body(0))
    size = bytes([length]) if length < 128 else bytes([length % 128 | 128, length // 128])
    return bytes([PUBLISH_QOS_1]) + size + len(name).to_bytes(2) + name
