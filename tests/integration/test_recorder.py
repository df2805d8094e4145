"""The writer with a real store: commit first, acknowledge after, whatever goes wrong in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Self

import pytest

from collector.inbox import Received
from collector.recorder import Recorder
from tests.collector_fixtures import an_interpreter, wait_for
from tournee.domain import Bin, Depot, Location, Sensor, WasteStream
from tournee.settings import CollectorSettings, StoreSettings
from tournee.store import Store, open_store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATIENCE_S = 20


def a_bin(bin_id: str) -> Bin:
    return Bin(bin_id, "p", "d", "Street 1", Location(60.17, 24.94), WasteStream.PAPER, "wheeled", 660, 145)


def reading(minute: int, bin_id: str = "b1") -> Received:
    at = (NOW - timedelta(minutes=minute)).isoformat()
    payload = f'{{"measured_at": "{at}", "fill_level": 0.5}}'.encode()
    return Received(f"tournee/v1/readings/{bin_id}", payload, NOW, packet_id=minute)


@dataclass
class Broker:
    """What a subscriber does with acknowledgements, remembered; it can tell when enough have come."""

    wanted: int
    acknowledged: list[Received] = field(default_factory=list)
    enough: Event = field(default_factory=Event)

    def acknowledge(self, messages: Sequence[Received]) -> None:
        self.acknowledged += messages
        if len(self.acknowledged) >= self.wanted:
            self.enough.set()


class Running:
    """A recorder in its own thread for as long as the block lasts."""

    def __init__(self, store: Store, broker: Broker, **settings: float) -> None:
        wanted = CollectorSettings(**settings)
        self.recorder = Recorder(store, wanted, an_interpreter({}, wanted), lambda: NOW, broker.acknowledge)
        self.stop = Event()
        self._thread = Thread(target=self.recorder.run, args=(self.stop,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def town(store: Store) -> Store:
    """A store that knows one bin."""
    store.save_sites([Depot("d", "Depot", Location(60.17, 24.94))])
    store.save_bins([a_bin("b1")])
    return store


def test_readings_are_acknowledged_when_they_are_stored(town: Store) -> None:
    broker = Broker(wanted=50)
    with Running(town, broker) as running:
        for minute in range(50):
            running.recorder.put(reading(minute))
        assert broker.enough.wait(PATIENCE_S)
        assert town.counts().readings == 50
    assert [message.packet_id for message in broker.acknowledged] == list(range(50))


def test_what_is_refused_is_kept_and_acknowledged_too(town: Store) -> None:
    broker = Broker(wanted=3)
    with Running(town, broker) as running:
        running.recorder.put(reading(1, "nobody"))
        running.recorder.put(Received("tournee/v1/readings/b1", b"{", NOW))
        running.recorder.put(reading(2))
        assert broker.enough.wait(PATIENCE_S)
    assert town.refusals_by_reason() == {"unknown_bin": 1, "unreadable": 1}
    assert town.counts().readings == 1


def test_a_bin_that_is_imported_while_we_run_is_known_at_once(town: Store) -> None:
    broker = Broker(wanted=1)
    with Running(town, broker) as running:
        town.save_bins([a_bin("new")])
        running.recorder.put(reading(1, "new"))
        assert broker.enough.wait(PATIENCE_S)
    assert "new" in town.latest_readings()


def test_a_locked_database_is_waited_for_and_nothing_is_lost(town: Store, tmp_path: Path) -> None:
    broker = Broker(wanted=20)
    impatient = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/deep/town.db", busy_timeout_s=0.05))
    other = sqlite3.connect(tmp_path / "deep" / "town.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Running(impatient, broker, retry_wait_max_s=0.2) as running:
        for minute in range(20):
            running.recorder.put(reading(minute))
        assert not broker.enough.wait(1.0)
        assert broker.acknowledged == []
        other.execute("ROLLBACK")
        assert broker.enough.wait(PATIENCE_S)
    other.close()
    impatient.close()
    assert town.counts().readings == 20


def test_what_has_arrived_is_written_before_the_writer_stops(town: Store) -> None:
    broker = Broker(wanted=30)
    with Running(town, broker, batch_max=7) as running:
        for minute in range(30):
            running.recorder.put(reading(minute))
    assert town.counts().readings == len(broker.acknowledged) == 30


def test_a_writer_that_is_told_to_stop_while_the_store_is_away_acknowledges_nothing(
    town: Store, tmp_path: Path
) -> None:
    broker = Broker(wanted=1)
    impatient = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/deep/town.db", busy_timeout_s=0.05))
    other = sqlite3.connect(tmp_path / "deep" / "town.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Running(impatient, broker, retry_wait_max_s=30) as running:
        running.recorder.put(reading(1))
        assert not broker.enough.wait(0.5)
    other.close()
    impatient.close()
    assert (broker.acknowledged, town.counts().readings) == ([], 0)


def test_it_says_that_it_is_alive(town: Store) -> None:
    broker = Broker(wanted=1)
    with Running(town, broker) as running:
        running.recorder.put(reading(1))
        assert broker.enough.wait(PATIENCE_S)
    assert town.heartbeats()["collector"].at == NOW


def test_a_sensor_that_is_measured_anew_counts_from_the_next_sign_of_life_on(town: Store) -> None:
    broker, now = Broker(wanted=1), [NOW]
    distance = f'{{"measured_at": "{NOW.isoformat()}", "distance_mm": 600}}'.encode()
    town.save_bins([a_bin("b1"), a_bin("b2")], [Sensor("s1", "b1", "lid", 1_000, 200)])
    with Running(town, broker) as running:
        running.recorder.clock = lambda: now[0]
        running.recorder.put(Received("tournee/v1/readings/b1", distance, NOW))
        assert broker.enough.wait(PATIENCE_S)
        town.save_bins([], [Sensor("s1", "b1", "lid", 1_400, 200)])
        now[0] += timedelta(minutes=1)
        wait_for(lambda: town.heartbeats()["collector"].at == now[0], "a sign of life")
        broker.wanted = 2
        broker.enough.clear()
        earlier = distance.replace(b"T12:00", b"T11:59")
        running.recorder.put(Received("tournee/v1/readings/b1", earlier, NOW))
        assert broker.enough.wait(PATIENCE_S)
    readings = town.readings_of("b1", NOW - timedelta(1), NOW + timedelta(1), limit=9)
    assert [reading.fill_level for reading in readings] == [pytest.approx(0.5), pytest.approx(2 / 3)]
