"""Messages that nobody should send: mutations of good ones, seeded, and what must be true of whatever becomes of them.

The same for the test suite (a few thousand) and for `benchmarks/fuzz.py` (hundreds of thousands).
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from collector.decoders.sources import SOURCES, DecodeUplinks
from collector.inbox import Received
from collector.interpreter import Understood
from collector.profiles import SHIPPED, Profiles, measure
from collector.sandbox import Sandbox
from collector.uplink import Uplink
from tests.collector_fixtures import an_interpreter
from tests.uplink_fixtures import MESSAGES, UPLINKS
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

OWN = (
    b'{"measured_at": "2026-11-23T11:59:00Z", "fill_level": 0.62}',
    b'{"measured_at": "2026-11-23T12:59:00+02:00", "distance_mm": 840, "sensor_id": "s-17", "temperature_c": -4.5, "battery_v": 3.58}',
    b'[{"measured_at": "2026-11-23T11:00:00Z", "fill_level": 0.5}, {"measured_at": "2026-11-23T11:30:00Z", "fill_level": 0.6}]',
    b'{"served_at": "2026-11-23T07:02:11Z", "vehicle_id": "truck-1", "plan_id": "4f3c", "fill_level_seen": 0.9}',
    b'{"served_at": "2026-11-23T07:10:00Z", "outcome": "skipped", "skip_reason": "blocked by a parked car"}',
)
VENDOR = b'{"imei": 861234567890123, "timestamp": "2026-11-23T11:59:00Z", "distance": 840, "battery": 3.6, "position": "tilt", "fillingLevel": 0.4}'
NGSI = (
    b'{"subscriptionId": "5", "notifiedAt": "2026-11-23T11:59:30Z", "data": [{"id": "urn:ngsi-ld:WasteContainer:b1", '
    b'"type": "WasteContainer", "fillingLevel": {"type": "Property", "value": 0.4, "observedAt": "2026-11-23T11:59:00Z"}}]}'
)
FRAMES = tuple(
    map(
        bytes.fromhex,
        ("01756403 67ff0004820003050000", "8000010211 06a400160100000000010081", "02 10d3 0003 0b63 0f4a"),
    )
)

# What stands in a message where something sensible should: each has broken some parser once.
HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, [], {}, "", " ", "\0", "NaN", "1700 mm", "0x10", "٣", "-0", "9" * 400, "é" * 300, "\U0001f5d1",
    0, -1, -0.0, 1e308, -1e308, 5e-324, 2**31, 2**32, 2**53 + 1, 2**63, 2**64, 10**30, 0.1 + 0.2,
    [[[[]]]], [None] * 50, {"value": None}, {"": ""}, "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00",
    "2026-11-23T12:00:00", "2026-02-30T12:00:00Z", "2026-11-23T23:59:60Z", "T", "////", "=", "zz", "A" * 5,
)  # fmt: skip
HOSTILE_BYTES = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"0" * 40 + b"1", b"9" * 5_000, b"\xff\xfe", b"\xed\xa0\x80", b'"\\ud800"',
    b'"\\u0000"', b"[" * 3_000, b'{"a":' * 3_000, b"\0", b"\r\n", b"\xef\xbb\xbf", b",", b'"', b"}", b"]", b"//", b"'", b"1e-400",
)  # fmt: skip

DECODED = "ngsi-waste-container"  # a profile without a codec: what the server decoded counts
FIELDS = {"fillingLevel": 0.4, "temperature": 21.5, "status": "ok"}

type Path = Callable[[bytes, Random], object]


def mutated(content: bytes, random: Random) -> bytes:
    """Return a message with one to three things wrong; one in thirty is not touched, one in thirty is noise from end to end."""
    chance = random.random()
    if chance < 1 / 30:
        return content
    if chance < 2 / 30:
        return random.randbytes(random.randrange(300))
    for _ in range(random.choice((1, 1, 2, 3))):
        # Most keep the shape of a message, or nothing would get past the first parser.
        change = _replace_value if random.random() < 0.8 else random.choice(MUTATIONS)
        content = change(content, random)
    return content


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content or b"?")
    for _ in range(random.randint(1, 4)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(content: bytes, random: Random) -> bytes:
    start, end = sorted((random.randint(0, len(content)), random.randint(0, len(content))))
    return random.choice((content[:start], content[end:], content[:start] + content[end:]))


def _repeat(content: bytes, random: Random) -> bytes:
    start, end = sorted((random.randint(0, len(content)), random.randint(0, len(content))))
    return content[:end] + content[start:end] * random.randint(1, 20) + content[end:]


def _insert(content: bytes, random: Random) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + random.choice(HOSTILE_BYTES) + content[at:]


def _replace_value(content: bytes, random: Random) -> bytes:
    """Put something hostile in the place of a value, wherever in the message, or take it away."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return _flip(content, random)
    places = list(_places(said))
    if not places:
        return json.dumps(random.choice(HOSTILE_VALUES)).encode()
    inside, name = random.choice(places)
    if random.random() < 0.15:
        del inside[name]
    else:
        inside[name] = random.choice(HOSTILE_VALUES)
    return json.dumps(said).encode()


def _places(said: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    if depth > 20 or not isinstance(said, dict | list):
        return
    names = list(said) if isinstance(said, dict) else range(len(said))
    for name in names:
        yield said, name
        yield from _places(said[name], depth + 1)


MUTATIONS = (_flip, _cut, _repeat, _insert)


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


def corpus(*, with_real: bool = False) -> dict[str, list[bytes]]:
    """Return good messages by kind: our own, and where asked and there, the real ones of the shared data."""
    found = {name: [json.dumps(said).encode(), _decoded(name, said)] for name, said in MESSAGES.items()}
    found |= {
        "reading": list(OWN[:3]),
        "service": list(OWN[3:]),
        "json": [*OWN, VENDOR],
        "ngsi": [*OWN, NGSI],
    }
    found |= {"fields": [*OWN, VENDOR], "frame": list(FRAMES)}
    if with_real:
        for file in sorted(UPLINKS.glob("network-servers/*/*/*/uplink/*.json")):
            for kind in (
                ("fields", "json")
                if file.name.startswith("result")
                else SERVERS.get(file.parts[-3], ("json",))
            ):
                found[kind].append(file.read_bytes())
        found["frame"] += _frames(found)
    return found


def _decoded(name: str, said: Mapping[str, Any]) -> bytes:
    """Return a message whose server has decoded the bytes."""
    changed: dict[str, Any] = json.loads(json.dumps(said))
    inside, field_name = {
        "things-stack": (changed.get("uplink_message"), "decoded_payload"),
        "chirpstack": (changed, "object"),
        "loriot": (changed, "decoded"),
        "thingpark": (changed.get("DevEUI_uplink"), "payload"),
    }[name]
    assert inside is not None
    inside[field_name] = FIELDS
    return json.dumps(changed).encode()


SERVERS = {
    "ChirpStack": ("chirpstack",),
    "LORIOT": ("loriot",),
    "Actility": ("thingpark",),
    "ThingsStackCommunity": ("things-stack",),
    "ThingsStackIndustries": ("things-stack",),
}


def _frames(found: Mapping[str, Sequence[bytes]]) -> Iterator[bytes]:
    """Yield the devices' own bytes out of the messages of network servers."""
    for kind, decode in SOURCES.items():
        for payload in found[kind]:
            try:
                yield from (uplink.payload for uplink in decode("t", payload) if uplink.payload)
            except MessageRejected:  # metadata lies beside the messages
                continue


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
        if payload.split() != [b"[]"]:  # a list of no readings says nothing, so nothing is kept of it
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
