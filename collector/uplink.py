"""What every network server says in its own words: one uplink of one device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Uplink:
    """One message of a device, out of its envelope.

    Parameters
    ----------
    device_id
        The DevEUI in capitals where there is one, else the name that the server or vendor gives the device.
    measured_at
        When the network heard it, or the device's own clock where the envelope has it; None where nobody says.
    f_cnt, f_port
        LoRaWAN's frame counter and port; 0 where the server omits them, None where the transport has none.
    payload
        The device's bytes; empty where the vendor sends JSON only.
    fields
        What the server (or vendor) has decoded already; None where it decoded nothing.
    rssi, snr
        The best gateway's signal in dBm and its distance from noise in dB.
    bin_id
        The bin, where the message names it rather than a device that sits on it.
    """

    device_id: str
    measured_at: datetime | None
    f_cnt: int | None
    f_port: int | None
    payload: bytes
    fields: Mapping[str, Any] | None
    rssi: float | None = None
    snr: float | None = None
    bin_id: str = ""
