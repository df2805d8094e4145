"""Which wire formats we understand, by the name that a person types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from collector.decoders.chirpstack import decode_chirpstack
from collector.decoders.loriot import decode_loriot
from collector.decoders.ngsi import decode_ngsi
from collector.decoders.thingpark import decode_thingpark
from collector.decoders.things_stack import decode_things_stack
from collector.decoders.vendor_json import decode_vendor_json
from collector.uplink import Uplink

type DecodeUplinks = Callable[[str, bytes], Sequence[Uplink]]
"""Returns at least one uplink, or raises `MessageRejected`."""


def _one(decode: Callable[[str, bytes], Uplink]) -> DecodeUplinks:
    return lambda topic, payload: (decode(topic, payload),)


SOURCES: Mapping[str, DecodeUplinks] = {
    "chirpstack": _one(decode_chirpstack),
    "things-stack": _one(decode_things_stack),
    "loriot": _one(decode_loriot),
    "thingpark": _one(decode_thingpark),
    "json": _one(decode_vendor_json),
    "ngsi": decode_ngsi,
}
