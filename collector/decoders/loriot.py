"""LORIOT: `cmd` is `rx` for an uplink, `gw` for one with what each gateway heard; the bytes are hexadecimal.

Source: https://docs.loriot.io/ (uplink message).
"""

from __future__ import annotations

from collector.decoders.envelope import Envelope, best
from collector.uplink import Uplink

UPLINKS = ("rx", "gw")


def decode_loriot(topic: str, payload: bytes) -> Uplink:
    """Return the uplink in a message, or raise `MessageRejected`."""
    said = Envelope.of(topic, payload)
    if said.text("cmd", "rx") not in UPLINKS:
        raise said.refused("cmd", f"is none of {', '.join(UPLINKS)}: this is no uplink")
    rssi, snr = best([said, *said.parts("gws")], "snr")
    return Uplink(
        device_id=said.text("EUI").upper(),
        measured_at=said.instant("ts"),
        f_cnt=said.count("fcnt"),
        f_port=said.count("port"),
        payload=said.hex("data"),
        fields=said.fields("decoded"),
        rssi=rssi,
        snr=snr,
    )
