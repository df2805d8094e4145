"""A stream of readings for the fault tests, and the proof that each arrived once.

The suite runs at a rate and for times that keep it short. The same tests run as hard as one wants: `TOURNEE_FAULT_RATE=5000
TOURNEE_FAULT_OUTAGE_S=20 TOURNEE_FAULT_GARBAGE_S=600 TOURNEE_FAULT_BURST=100000 pytest tests/faults`, or `make faults`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from threading import Event

from simulator.publisher import Publisher
from tests.collector_fixtures import BINS, STARTED_AT, at_broker, heard_within, wait_for
from tournee.cli.broker import Mosquitto
from tournee.domain import Reading
from tournee.store import Store

RATE = float(os.environ.get("TOURNEE_FAULT_RATE", "1000"))
OUTAGE_S = float(os.environ.get("TOURNEE_FAULT_OUTAGE_S", "1"))
GARBAGE_S = float(os.environ.get("TOURNEE_FAULT_GARBAGE_S", "3"))
BURST = int(os.environ.get("TOURNEE_FAULT_BURST", "10000"))
FIRST_AT = STARTED_AT - timedelta(days=60)
STEP = timedelta(seconds=1)
PATIENCE_S = 60.0 + OUTAGE_S + GARBAGE_S

type Sent = list[Reading]


def stream() -> Iterator[Reading]:
    """Yield readings of the eight bins without end, one a second of their own time."""
    for number in count():
        at = FIRST_AT + number * STEP
        yield Reading(BINS[number % 8], at, at, 0.5 + number % 7 / 100)


@contextmanager
def streaming(broker: Mosquitto) -> Iterator[Sent]:
    """Publish for as long as the block lasts; yield what was sent so far, all of it acknowledged after the block."""
    sent: Sent = []
    enough = Event()

    def publish() -> None:
        with Publisher(at_broker(broker), rate=RATE) as outbox:
            for reading in stream():
                if enough.is_set():
                    return
                outbox.publish(reading)
                sent.append(reading)

    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish)
        try:
            yield sent
        finally:
            enough.set()
        publishing.result(PATIENCE_S)


def publish(broker: Mosquitto, readings: int) -> Sent:
    """Publish so many readings; return them when the broker has acknowledged all."""
    sent: Sent = []
    with Publisher(at_broker(broker), in_flight_max=2_000) as outbox:
        for reading in stream():
            if len(sent) == readings:
                break
            outbox.publish(reading)
            sent.append(reading)
    return sent


def wait_for_more(town: Store, readings: int = 500) -> None:
    """Return when so many more readings are stored."""
    wanted = town.counts().readings + readings
    wait_for(lambda: town.counts().readings >= wanted, f"{readings} more readings", PATIENCE_S)


def wait_for_all(town: Store, sent: Sequence[Reading]) -> None:
    """Return when as many are stored as were sent."""
    wait_for(lambda: town.counts().readings >= len(sent), "the rest", PATIENCE_S)


def wait_until_heard(town: Store) -> None:
    """Return when the collector listens to the broker."""
    wait_for(lambda: heard_within(town, 1.0), "the collector to listen", PATIENCE_S)


def stand_still(seconds: float = OUTAGE_S) -> None:
    """Let an outage last."""
    Event().wait(seconds)


def kept(town: Store) -> list[tuple[str, datetime]]:
    """Return bin and instant of every reading in the store, a repeat as often as it is there."""
    frame = town.readings(list(BINS), FIRST_AT, STARTED_AT + timedelta(days=1))
    return list(zip(frame["bin_id"], frame["measured_at"].dt.to_pydatetime(), strict=True))


def check_each_is_there_once(town: Store, sent: Sequence[Reading]) -> None:
    """Assert that what was sent is what is stored, nothing lost and nothing twice, and that nothing was refused."""
    stored = kept(town)
    assert len(stored) == len(sent), f"{len(sent)} sent, {len(stored)} stored"
    assert set(stored) == {(reading.bin_id, reading.measured_at) for reading in sent}
    assert town.counts().refused == 0
