"""Which network servers we understand, by the name that a person types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collector.decoders.chirpstack import decode_chirpstack
from collector.decoders.loriot import decode_loriot
from collector.decoders.thingpark import decode_thingpark
from collector.decoders.things_stack import decode_things_stack
from collector.decoders.vendor_json import decode_vendor_json
from collector.uplink import Uplink

type DecodeUplink = Callable[[str, bytes], Uplink]

SOURCES: Mapping[str, DecodeUplink] = {
    "chirpstack": decode_chirpstack,
    "things-stack": decode_things_stack,
    "loriot": decode_loriot,
    "thingpark": decode_thingpark,
    "json": decode_vendor_json,
}
