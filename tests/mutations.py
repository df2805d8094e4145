"""Good messages of every kind, and what goes wrong with them on their way: seeded, so that each can be sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from collector.decoders.sources import SOURCES
from tests.uplink_fixtures import MESSAGES, UPLINKS
from tournee.errors import MessageRejected

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

FIELDS = {"fillingLevel": 0.4, "temperature": 21.5, "status": "ok"}


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
