"""ChirpStack v4, `application/{id}/device/{devEui}/event/up`; v3's JSON, which gateways of some vendors speak too, is read as well.

Source: https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from collector.decoders.envelope import Envelope, best
from collector.uplink import Uplink

EUI_BYTES = 8


def decode_chirpstack(topic: str, payload: bytes) -> Uplink:
    """Return the uplink in a message, or raise `MessageRejected`."""
    said = Envelope.of(topic, payload)
    rssi, snr = best(said.parts("rxInfo"), "snr", "loRaSNR")
    return Uplink(
        device_id=_device_id(said),
        measured_at=said.instant("time"),
        f_cnt=said.count("fCnt"),
        f_port=said.count("fPort"),
        payload=said.base64("data"),
        fields=said.fields("object"),
        rssi=rssi,
        snr=snr,
    )


def _device_id(said: Envelope) -> str:
    if "deviceInfo" in said:
        return said.part("deviceInfo").text("devEui").upper()
    text = said.text("devEUI")
    try:
        raw = b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return text.upper()
    # v3 writes the eight bytes in base64; sixteen hexadecimal digits would be twelve.
    return raw.hex().upper() if len(raw) == EUI_BYTES else text.upper()
