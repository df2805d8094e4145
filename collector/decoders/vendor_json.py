"""Plain JSON of a vendor, over MQTT or HTTP (NB-IoT, LTE-M): who speaks, when, and the fields themselves.

The device is looked for under the names that vendors use; everything else is left to the device profile.
"""

from __future__ import annotations

from collector.decoders.envelope import Envelope
from collector.uplink import Uplink

DEVICE_NAMES = ("device_id", "deviceId", "devEUI", "dev_eui", "devEui", "imei", "IMEI", "serial", "sn", "id")
TIME_NAMES = ("measured_at", "timestamp", "time", "ts", "datetime")


def decode_vendor_json(topic: str, payload: bytes) -> Uplink:
    """Return the uplink in a message, or raise `MessageRejected`; without an id in it, the topic's last level is the device."""
    said = Envelope.of(topic, payload)
    named = next((name for name in DEVICE_NAMES if name in said), "")
    timed = next((name for name in TIME_NAMES if name in said), "")
    device_id = _name(said, named) if named else topic.rpartition("/")[2]
    if not device_id:
        raise said.refused("device_id", "is missing")
    return Uplink(device_id, said.instant(timed) if timed else None, None, None, b"", said.values)


def _name(said: Envelope, name: str) -> str:
    """Return an id; an IMEI is often written as a number."""
    value = said.values[name]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return str(value)
    return said.text(name)
