"""A collector at work, what sensors send it, and a store to look into; all of it real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from zoneinfo import ZoneInfo

import paho.mqtt.publish
from paho.mqtt import client as mqtt

from collector.collect import collect
from collector.directory import Directory
from collector.inbox import Received
from collector.interpreter import Interpreter
from collector.profiles import Profiles
from collector.screening import Screen
from collector.sources import Sources
from simulator.publisher import Publisher
from simulator.town import Message
from tests.towns import town
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Reading, Sensor, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import BrokerSettings, CollectorSettings, Settings, StoreSettings
from tournee.store import KnownSensor, Store, open_store

PATIENCE_S = 30.0
BINS = "abcdefgh"
STARTED_AT = datetime.now(UTC).replace(microsecond=0)


def wait_for(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return as soon as a condition holds; fail where it never does."""
    deadline, pause = monotonic() + patience_s, Event()
    while not condition():
        assert monotonic() < deadline, f"waited {patience_s:g} s in vain for {what}"
        pause.wait(0.02)


def an_interpreter(
    sensors: Mapping[str, Sensor | None], settings: CollectorSettings | None = None, **known: KnownSensor
) -> Interpreter:
    """Return what reads messages in a town of these bins, Helsinki's time, with no store behind it."""
    settings = settings or CollectorSettings()
    directory = Directory(dict(sensors), {name.upper(): each for name, each in known.items()})
    sources = Sources(settings.sources, Profiles(settings.profiles_dir))
    screen = Screen(settings, ZoneInfo("Europe/Helsinki"))
    return Interpreter(BrokerSettings().topic_prefix, screen, sources, directory)


def only_outcome(interpreter: Interpreter, message: Received) -> Reading | ServiceEvent:
    """Return the one thing that a message says; raise why it is refused, as it is kept."""
    understood = interpreter.understand([message])
    kept: list[Reading | ServiceEvent] = [*understood.readings, *understood.services]
    if kept:
        (said,) = kept
        return said
    (refused,) = understood.refusals
    raise MessageRejected(refused.topic, RejectionReason(refused.reason), refused.detail)


def stock(store: Store) -> Store:
    """Put a town of eight bins, a to h, into a store."""
    store.save_network(town("D--a--b--c--d--e--f--g--h--F").network)
    return store


def readings(count: int, start: int = 0) -> list[Reading]:
    """Return readings of the eight bins, no two of one bin and instant; the last is two minutes old."""
    ages = range(start, start + count)
    at = [STARTED_AT - timedelta(seconds=120 + age) for age in ages]
    return [Reading(BINS[age % 8], moment, moment, 0.5) for age, moment in zip(ages, at, strict=True)]


def at_broker(broker: Mosquitto, **more: object) -> BrokerSettings:
    """Return how to reach the broker of a test."""
    return BrokerSettings(port=broker.port, **more)


def send(settings: BrokerSettings, messages: Sequence[Message]) -> None:
    """Publish as the simulator does; return when the broker has acknowledged all of it."""
    with Publisher(settings) as outbox:
        for message in messages:
            outbox.publish(message)


def send_raw(settings: BrokerSettings, topic: str, payload: bytes, qos: int = 1) -> None:
    """Publish whatever bytes on whatever topic."""
    protocol = mqtt.MQTTv5 if settings.mqtt_version == "v5" else mqtt.MQTTv311
    paho.mqtt.publish.single(topic, payload, qos, port=settings.port, protocol=protocol)


@contextmanager
def collecting(
    store: Store, broker: BrokerSettings, settings: CollectorSettings | None = None
) -> Iterator[Thread]:
    """Run a collector in a thread for as long as the block lasts; it must end in good time."""
    stop = Event()
    wanted = settings or CollectorSettings(heartbeat_s=0.1)
    thread = Thread(target=collect, args=(Settings(broker=broker, collector=wanted), store, stop, utc_now))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def heard_within(store: Store, seconds: float = 5.0) -> bool:
    """Tell whether a collector has just said that the broker is connected."""
    beat = store.heartbeats().get("broker")
    return beat is not None and utc_now() - beat.at < timedelta(seconds=seconds)


class Process:
    """`tournee ...` in its own process, with its words in a file; it is killed where a test leaves it running."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.log = folder / f"{arguments[0]}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOURNEE_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tournee", *arguments],
                cwd=folder,
                env={**inherited, **module_path(), **environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """As a power cut does it."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def ask_to_end(self) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.terminate()
        return self._process.wait(PATIENCE_S)

    def wait(self) -> int:
        """Return the exit code of a process that ends by itself."""
        return self._process.wait(PATIENCE_S)

    def words(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """Its number, to look at what it uses."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None


def module_path() -> dict[str, str]:
    """Return the environment in which another folder's Python finds our packages, installed or not."""
    root = str(Path(__file__).parents[1])
    return {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))}


@contextmanager
def running(folder: Path, *arguments: str, **environ: str) -> Iterator[Process]:
    """Run `tournee ...` for as long as the block lasts."""
    process = Process(folder, *arguments, **environ)
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """Open a store for as long as the block lasts."""
    store = open_store(StoreSettings(url=url))
    try:
        yield store
    finally:
        store.close()
