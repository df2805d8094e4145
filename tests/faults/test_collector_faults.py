"""One test per outage: whatever breaks between sensor and store, every message arrives, and arrives once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Event
from time import monotonic

import pytest

from collector.inbox import Received
from collector.subscriber import Subscriber
from simulator.publisher import Publisher
from simulator.town import Message
from tests.collector_fixtures import (
    PATIENCE_S,
    at_broker,
    collecting,
    heard_within,
    readings,
    running,
    send,
    stock,
    wait_for,
)
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Reading
from tournee.settings import BrokerSettings, CollectorSettings, StoreSettings
from tournee.store import Store, open_store

pytestmark = pytest.mark.needs_broker

RATE = 1_000.0


@pytest.fixture
def town(store: Store) -> Store:
    """A store that knows the bins a to h."""
    return stock(store)


@pytest.fixture
def environ(tmp_path: Path, broker: Mosquitto) -> dict[str, str]:
    """What a collector of its own process must be told; it does not wait long for a locked database."""
    return {
        "TOURNEE_STORE__URL": f"sqlite:///{tmp_path}/deep/town.db",
        "TOURNEE_STORE__BUSY_TIMEOUT_S": "0.2",
        "TOURNEE_BROKER__PORT": str(broker.port),
        "TOURNEE_COLLECTOR__HEARTBEAT_S": "0.2",
        "TOURNEE_COLLECTOR__RETRY_WAIT_MAX_S": "0.2",
    }


@contextmanager
def streaming(broker: Mosquitto) -> Iterator[Sequence[Message]]:
    """Publish for as long as the block lasts; yield what was sent so far, all of it acknowledged after the block."""
    sent: list[Message] = []
    enough = Event()

    def publish() -> None:
        with Publisher(at_broker(broker), rate=RATE) as outbox:
            for message in readings(60_000):
                if enough.is_set():
                    return
                outbox.publish(message)
                sent.append(message)

    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish)
        try:
            yield sent
        finally:
            enough.set()
        publishing.result(PATIENCE_S)
    assert len(sent) < 60_000, "the stream ran dry before the outage was over"


def wait_for_more(town: Store, count: int = 500) -> None:
    """Return when so many more readings are stored."""
    wanted = town.counts().readings + count
    wait_for(lambda: town.counts().readings >= wanted, f"{count} more readings")


def wait_for_all(town: Store, sent: Sequence[Message]) -> None:
    wait_for(lambda: town.counts().readings >= len(sent), "the rest")


def check_each_is_there_once(town: Store, messages: Sequence[Message]) -> None:
    sent = sorted((m.bin_id, m.measured_at) for m in messages if isinstance(m, Reading))
    first, last = min(at for _, at in sent), max(at for _, at in sent)
    kept = [
        (bin_id, one.measured_at)
        for bin_id in {bin_id for bin_id, _ in sent}
        for one in town.readings_of(bin_id, first, utc_now(), 2 * len(sent))
    ]
    assert last == max(at for _, at in kept)
    assert sorted(kept) == sent
    assert town.counts().refused == 0


def wait_until_heard(town: Store) -> None:
    wait_for(lambda: heard_within(town, 1.0), "the collector to listen")


def test_a_collector_killed_three_times_in_mid_stream_loses_nothing(
    broker: Mosquitto, town: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    with collecting(town, at_broker(broker)):
        wait_until_heard(town)  # from here on, the broker keeps a session for it
    with streaming(broker) as sent:
        for _ in range(3):
            with running(tmp_path, "collect", **environ) as collector:
                wait_for_more(town)
                assert collector.is_running
                collector.kill()
    with running(tmp_path, "collect", **environ):
        wait_for_all(town, sent)
    check_each_is_there_once(town, sent)


def test_a_broker_restarted_in_mid_stream_loses_nothing(
    broker: Mosquitto, town: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(town)
        with streaming(broker) as sent:
            wait_for_more(town)
            broker.stop()
            broker.start()
            wait_for_more(town)
        wait_for_all(town, sent)
        assert collector.is_running
        assert collector.ask_to_end() == 0
    check_each_is_there_once(town, sent)


def test_a_database_locked_in_mid_stream_is_waited_for(
    broker: Mosquitto, town: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    other = sqlite3.connect(tmp_path / "deep" / "town.db", isolation_level=None)
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(town)
        with streaming(broker) as sent:
            wait_for_more(town)
            other.execute("BEGIN IMMEDIATE")
            before, sent_before = town.counts().readings, len(sent)
            wait_for(lambda: collector.words().count("Trying again") >= 3, "the collector to try in vain")
            assert town.counts().readings == before
            assert len(sent) > sent_before, "the broker takes messages all the while"
            other.execute("ROLLBACK")
            other.close()
            wait_for_more(town)
        wait_for_all(town, sent)
        assert "database is locked" in collector.words()
    check_each_is_there_once(town, sent)


def test_a_collector_asked_to_end_under_load_ends_in_order(
    broker: Mosquitto, town: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(town)
        with streaming(broker) as sent:
            wait_for_more(town)
            assert collector.ask_to_end() == 0
            wait_for(lambda: len(sent) > town.counts().readings + 100, "messages for nobody")
        assert collector.words() == "", "an orderly end is nothing to complain about"
    with running(tmp_path, "collect", **environ):
        wait_for_all(town, sent)
    check_each_is_there_once(town, sent)
    # A closing socket may lose the last acknowledgements; those messages come again, and are recognized.
    assert town.counts().duplicates <= CollectorSettings().receive_maximum


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
    assert monotonic() - asked_at < 5
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

    def wait_for(self, count: int) -> list[Received]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.heard) >= count, PATIENCE_S), len(self.heard)
            return list(self.heard)

    def _hear(self, message: Received) -> None:
        with self._changed:
            self.heard.append(message)
            self._changed.notify_all()


def test_acknowledgements_from_before_a_reconnect_are_dropped(broker: Mosquitto) -> None:
    """After a restart the broker counts its packet ids anew: an old one would confirm what we have not stored."""
    here = at_broker(broker)
    ear = Ear(here)
    wait_for(lambda: "broker" in ear.subscriber.alive(), "the connection")
    send(here, readings(3))
    old = ear.wait_for(3)[:3]
    broker.stop()
    broker.start()
    again = ear.wait_for(6)[3:]
    assert {message.payload for message in again} == {message.payload for message in old}
    assert {message.packet_id for message in again} & {message.packet_id for message in old}
    ear.subscriber.acknowledge(old)
    ear.subscriber.stop()

    second = Ear(here)
    third_time = second.wait_for(3)
    assert {message.payload for message in third_time} == {message.payload for message in old}
    second.subscriber.acknowledge(third_time)
    second.subscriber.stop()

    third = Ear(here)
    wait_for(lambda: "broker" in third.subscriber.alive(), "the connection")
    send(here, readings(1, start=3))
    (fresh,) = third.wait_for(1)
    third.subscriber.stop()
    assert fresh.payload not in {message.payload for message in old}


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
        wait_for(lambda: town.counts().readings == 14, "the others")
    assert town.refusals_by_reason() == {"unknown_bin": 1}
