"""The Things Stack v3, community and industries: `v3/{application}@{tenant}/devices/{device}/up`.

It omits whatever equals 0, false or "": a missing frame counter or port is 0, not a gap.
Source: https://www.thethingsindustries.com/docs/integrations/data-formats/
"""

from __future__ import annotations

from collector.decoders.envelope import Envelope, best
from collector.uplink import Uplink


def decode_things_stack(topic: str, payload: bytes) -> Uplink:
    """Return the uplink in a message, or raise `MessageRejected`."""
    said = Envelope.of(topic, payload)
    device, uplink = said.part("end_device_ids"), said.part("uplink_message")
    if "uplink_message" not in said:
        raise said.refused("uplink_message", "is missing: this is no uplink")
    rssi, snr = best(uplink.parts("rx_metadata"), "snr")
    return Uplink(
        device_id=device.text("dev_eui", "").upper() or device.text("device_id"),
        measured_at=uplink.instant("received_at") or said.instant("received_at"),
        f_cnt=uplink.count("f_cnt"),
        f_port=uplink.count("f_port"),
        payload=uplink.base64("frm_payload"),
        fields=uplink.fields("decoded_payload"),
        rssi=rssi,
        snr=snr,
    )
