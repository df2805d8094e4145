"""Actility ThingPark: one object `DevEUI_uplink`, hexadecimal bytes, numbers often written as text.

Source: https://docs.thingpark.com/ (LRC-AS tunnel interface).
"""

from __future__ import annotations

from collector.decoders.envelope import Envelope
from collector.uplink import Uplink


def decode_thingpark(topic: str, payload: bytes) -> Uplink:
    """Return the uplink in a message, or raise `MessageRejected`."""
    message = Envelope.of(topic, payload)
    if "DevEUI_uplink" not in message:
        raise message.refused("DevEUI_uplink", "is missing: this is no uplink")
    said = message.part("DevEUI_uplink")
    return Uplink(
        device_id=said.text("DevEUI").upper(),
        measured_at=said.instant("Time"),
        f_cnt=said.count("FCntUp"),
        f_port=said.count("FPort"),
        payload=said.hex("payload_hex"),
        fields=said.fields("payload"),
        rssi=said.number("LrrRSSI"),
        snr=said.number("LrrSNR"),
    )
