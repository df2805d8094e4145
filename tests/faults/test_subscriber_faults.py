"""The subscriber and the recorder at their edges: full queues, old acknowledgements, bins that go away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from time import monotonic

import pytest

from collector.inbox import Received
from collector.subscriber import Subscriber
from tests.collector_fixtures import PATIENCE_S, at_broker, collecting, readings, send, stock, wait_for
from tests.faults.streams import wait_until_heard
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Reading
from tournee.messages import encode_reading
from tournee.settings import BrokerSettings, CollectorSettings, StoreSettings
from tournee.store import Store, open_store

pytestmark = pytest.mark.needs_broker


@pytest.fixture
def town(store: Store) -> Store:
    """A store that knows the bins a to h."""
    return stock(store)


def test_a_collector_with_a_full_queue_and_a_locked_database_still_ends(
    broker: Mosquitto, town: Store, tmp_path: Path
) -> None:
    """MQTT 3.1.1 knows no Receive Maximum: the broker sends more than the queue holds, and the network thread waits."""
    here = at_broker(broker, mqtt_version="v3.1.1")
    impatient = StoreSettings(url=f"sqlite:///{tmp_path}/deep/town.db", busy_timeout_s=0.05)
    small = CollectorSettings(receive_maximum=5, batch_max=5, heartbeat_s=0.1, retry_wait_max_s=0.2)
    other, own = sqlite3.connect(tmp_path / "deep" / "town.db", isolation_level=None), open_store(impatient)
    with collecting(own, here, small):
        wait_until_heard(town)
        other.execute("BEGIN IMMEDIATE")
        send(here, readings(200))
        asked_at = monotonic()
    assert monotonic() - asked_at < PATIENCE_S
    other.execute("ROLLBACK")
    other.close()
    with collecting(own, here, small):
        wait_for(lambda: town.counts().readings == 200, "all readings")
    own.close()


class Ear:
    """A subscriber on its own: what it hears is kept, and acknowledged only when a test says so."""

    def __init__(self, broker: BrokerSettings) -> None:
        self.heard: list[Received] = []
        self._changed = Condition()
        self.subscriber = Subscriber(broker, CollectorSettings(), utc_now, self._hear)
        self.subscriber.start()

    def hear_until(self, last: Reading, epoch: int = 0) -> list[Received]:
        """Return what one connection brought up to a reading: one sent at QoS 1 may come twice, so a number would say little."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._until(last, epoch), PATIENCE_S), self.heard
            return self._until(last, epoch)

    def _until(self, last: Reading, epoch: int) -> list[Received]:
        heard = [message for message in self.heard if message.epoch == epoch]
        ends = [at for at, message in enumerate(heard, start=1) if message.payload == encode_reading(last)]
        return heard[: ends[0]] if ends else []

    def _hear(self, message: Received) -> None:
        with self._changed:
            self.heard.append(message)
            self._changed.notify_all()


@contextmanager
def listening(broker: BrokerSettings) -> Iterator[Ear]:
    """Listen for as long as the block lasts; nobody is left behind whose words would end up in another test."""
    ear = Ear(broker)
    try:
        yield ear
    finally:
        ear.subscriber.stop()


def waiting_before(marker: Reading, broker: BrokerSettings) -> list[Received]:
    """Return what the broker still held of the session before a marker, all of it acknowledged now."""
    with listening(broker) as ear:
        *waiting, _ = ear.hear_until(marker)
        ear.subscriber.acknowledge(waiting)
    return waiting


def test_acknowledgements_from_before_a_reconnect_are_dropped(broker: Mosquitto) -> None:
    """After a restart the broker counts its packet ids anew: an old one would confirm what we have not stored."""
    here = at_broker(broker)
    *sent, marker = readings(4)
    with listening(here) as ear:
        wait_for(lambda: "broker" in ear.subscriber.alive(), "the connection")
        send(here, sent)
        old = ear.hear_until(sent[-1])
        broker.stop()
        broker.start()
        again = ear.hear_until(sent[-1], epoch=1)
        assert {message.payload for message in again} == {message.payload for message in old}
        assert {message.packet_id for message in again} & {message.packet_id for message in old}
        ear.subscriber.acknowledge(old)

    send(here, [marker])
    third_time = waiting_before(marker, here)
    assert {message.payload for message in third_time} == {message.payload for message in old}
    # A slow broker reads the next hello before the last acknowledgements: they are lost with the session's old connection.
    wait_for(lambda: not waiting_before(marker, here), "what was acknowledged to stay away")


def test_a_bin_that_goes_away_under_a_running_collector_has_its_messages_refused(
    broker: Mosquitto, town: Store, tmp_path: Path
) -> None:
    here = at_broker(broker)
    with collecting(town, here):
        wait_until_heard(town)
        send(here, readings(8))
        wait_for(lambda: town.counts().readings == 8, "the first readings")
        other = sqlite3.connect(tmp_path / "deep" / "town.db", isolation_level=None)
        for table in ("reading", "bin_state", "bin"):
            other.execute(f"DELETE FROM {table} WHERE bin_key = (SELECT bin_key FROM bin WHERE bin_id = 'a')")  # noqa: S608 - our own words
        other.close()
        send(here, readings(8, start=8))
        wait_for(lambda: town.counts().refused == 1, "the refusal")
        wait_for(lambda: town.counts().readings == 15, "the others")
    assert town.refusals_by_reason() == {"unknown_bin": 1}
