"""Messages that nobody should send: mutations of good ones, seeded, and what must be true of whatever becomes of them.

The same for the test suite (a few thousand) and for `benchmarks/fuzz.py` (hundreds of thousands).
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random

from collector.decoders.sources import SOURCES, DecodeUplinks
from collector.inbox import Received
from collector.interpreter import Understood
from collector.profiles import SHIPPED, Profiles, measure
from collector.sandbox import Sandbox
from collector.uplink import Uplink
from tests.collector_fixtures import an_interpreter
from tests.mutations import mutated
from tournee.domain import Reading, Sensor, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import CollectorSettings, SourceSettings
from tournee.store import KnownSensor

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENSOR = Sensor("s1", "b1", "lid", 1_200, 200)
KNOWN = KnownSensor(SENSOR, ())
PROFILES = tuple(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
CODECS = tuple(sorted(file.stem for file in SHIPPED.glob("*.js")))
TOPICS = {"reading": "tournee/v1/readings/b1", "service": "tournee/v1/services/b1"}

CODEC = "codec frame"
DECODED = "ngsi-waste-container"  # a profile without a codec: what the server decoded counts

type Path = Callable[[bytes, Random], object]


@dataclass(slots=True)
class Report:
    """What became of the messages. A failure is what must never be: its path, its payload and what was wrong."""

    count: int = 0
    understood: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, bytes, str]] = field(default_factory=list)
    slowest: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By path: CPU and wall time of the slowest, in milliseconds; a sandbox's own CPU time is in its process."""

    def note(self, path: str, payload: bytes, run: Path, random: Random) -> None:
        """Send one payload down a path."""
        wall_s, cpu_s = time.perf_counter(), time.thread_time()
        try:
            run(payload, random)
            self.understood[path] += 1
        except MessageRejected as rejected:
            self.refused[f"{path}: {rejected.reason}"] += 1
            if not rejected.detail:
                self.failures.append((path, payload, "it gives no reason"))
        except Exception as failed:  # noqa: BLE001 - to find these is what all of this is for
            self.failures.append((path, payload, repr(failed)))
        took = (time.thread_time() - cpu_s) * 1e3, (time.perf_counter() - wall_s) * 1e3
        self.slowest[path] = max(self.slowest.get(path, (0.0, 0.0)), took)
        self.count += 1

    def add(self, other: Report) -> None:
        """Add what another run has found."""
        self.count += other.count
        self.understood += other.understood
        self.refused += other.refused
        self.failures += other.failures
        self.slowest |= other.slowest


def fuzz(count: int, seed: int, names: Sequence[str], corpus: Mapping[str, Sequence[bytes]]) -> Report:
    """Send `count` mutations down the named paths in turn."""
    random, report = Random(seed), Report()
    with ExitStack() as stack:
        ways = paths(stack.enter_context(Sandbox()) if CODEC in names else None)
        for number in range(count):
            name = names[number % len(names)]
            payload = mutated(random.choice(corpus[kind_of(name)]), random)
            report.note(name, payload, ways[name], random)
    return report


def paths(sandbox: Sandbox | None = None) -> dict[str, Path]:
    """Return every way into the collector, by name."""
    return {**own(), **decoders(), **through_sources(), **profiles(), **codecs(sandbox)}


def kind_of(path: str) -> str:
    """Return what kind of message a path starts from."""
    return path.rpartition(" ")[2]


def own() -> dict[str, Path]:
    """Return the paths of our own contract, decoded and screened."""
    return {f"contract {kind}": _through(topic, ()) for kind, topic in TOPICS.items()}


def through_sources() -> dict[str, Path]:
    """Return the paths of network servers to a reading, with a profile that measures what the server decoded."""
    return {
        f"source {name}": _through(
            f"{name}/b1", (SourceSettings(source=name, topic=f"{name}/+", profile=DECODED),)
        )
        for name in SOURCES
    }


def _through(topic: str, sources: tuple[SourceSettings, ...]) -> Path:
    """Return the way of a message to a reading; every device that it names is known."""
    interpreter = an_interpreter({"b1": SENSOR}, CollectorSettings(sources=sources))

    def run(payload: bytes, _random: Random) -> None:
        message = Received(topic, payload, NOW)
        for source in sources:
            for uplink in _sound(SOURCES[source.source](topic, payload)):
                interpreter.directory.devices[uplink.device_id.upper()] = KNOWN
        _check(interpreter.understand([message]))

    return run


def _check(understood: Understood) -> None:
    """Hold readings and services to what the rest of the house relies on; raise a refusal where there is nothing else."""
    kept: list[Reading | ServiceEvent] = [*understood.readings, *understood.services]
    for reading in understood.readings:
        assert 0 <= reading.fill_level <= 2
    for each in kept:
        for value in asdict(each).values():
            assert not isinstance(value, float) or math.isfinite(value)
            assert not isinstance(value, datetime) or value.tzinfo
            assert not isinstance(value, str) or "\0" not in value.encode().decode()
    assert kept or understood.refusals, "nothing was said of it"
    if not kept:
        first = understood.refusals[0]
        raise MessageRejected(first.topic, RejectionReason(first.reason), first.detail)


def _sound(uplinks: Sequence[Uplink]) -> Sequence[Uplink]:
    """Return uplinks that the rest of the house can rely on."""
    assert uplinks
    for each in uplinks:
        assert each.device_id.encode()
        assert each.measured_at is None or each.measured_at.tzinfo
    return uplinks


def decoders() -> dict[str, Path]:
    """Return the envelopes alone."""
    return {f"decoder {name}": _opening(decode) for name, decode in SOURCES.items()}


def _opening(decode: DecodeUplinks) -> Path:
    return lambda payload, _random: _sound(decode("a/b", payload))


def profiles() -> dict[str, Path]:
    """Return what turns fields into quantities."""

    def run(payload: bytes, random: Random) -> None:
        try:
            fields = json.loads(payload)
        except (ValueError, RecursionError):
            return
        if isinstance(fields, dict):
            said = measure(fields, _profile(random.choice(PROFILES)), random.choice((None, SENSOR)))
            numbers = (said.distance_mm, said.fill_level, said.temperature_c, said.battery_v, said.rssi_dbm)
            assert all(number is None or math.isfinite(number) for number in numbers)

    return {"profile fields": run}


def codecs(sandbox: Sandbox | None) -> dict[str, Path]:
    """Return our own codecs, as any vendor's, in the sandbox."""

    def run(payload: bytes, random: Random) -> None:
        assert sandbox is not None
        uplink = Uplink("d", NOW, 1, random.choice((0, 1, 2, 3, 85, 223)), payload[:255], None)
        said = sandbox.decode("t", _codec(random.choice(CODECS)), uplink, NOW)
        assert isinstance(said.fields, dict)

    return {CODEC: run}


_codec, _profile = cache(Profiles().codec), cache(Profiles().load)
