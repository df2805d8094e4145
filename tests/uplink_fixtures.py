"""Messages of every network server, made by the project, and the folder with real ones where it is there."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from collector.decoders.sources import SOURCES
from collector.uplink import Uplink

UPLINKS = Path(__file__).parents[1].parent / "shared" / "data" / "uplinks"
CODECS = Path(__file__).parents[1] / "collector" / "codecs"
EUI = "70B3D57ED0001234"
FRAME = bytes.fromhex("017564 0367ff00 04820003 050000")
HEARD_AT = "2026-11-23T11:59:00.123456789Z"

MESSAGES: dict[str, dict[str, object]] = {
    "things-stack": {
        "end_device_ids": {"device_id": "bin-1", "dev_eui": EUI},
        "received_at": "2026-11-23T11:59:01Z",
        "uplink_message": {
            "f_port": 85,
            "frm_payload": b64encode(FRAME).decode(),
            "received_at": HEARD_AT,
            "rx_metadata": [{"rssi": -110, "snr": -3}, {"rssi": -80, "snr": 7.5}],
        },
    },
    "chirpstack": {
        "deviceInfo": {"devEui": EUI.lower()},
        "time": HEARD_AT,
        "fPort": 85,
        "data": b64encode(FRAME).decode(),
        "rxInfo": [{"rssi": -80, "snr": 7.5}, {"rssi": -110}],
    },
    "loriot": {
        "cmd": "gw",
        "EUI": EUI,
        "ts": 1795435140123,
        "port": 85,
        "data": FRAME.hex(),
        "gws": [{"rssi": -80, "snr": 7.5}],
    },
    "thingpark": {
        "DevEUI_uplink": {
            "Time": "2026-11-23T12:59:00.123+01:00",
            "DevEUI": EUI,
            "FPort": "85",
            "payload_hex": FRAME.hex(),
            "LrrRSSI": "-80.0",
            "LrrSNR": "7.5",
        }
    },
}


def payload(source: str) -> bytes:
    """Return one message as its server sends it."""
    return json.dumps(MESSAGES[source]).encode()


needs_uplinks = pytest.mark.skipif(not UPLINKS.exists(), reason=f"{UPLINKS.name}: the shared data is absent")


def uplink_of(source: str, topic: str, content: bytes) -> Uplink:
    """Return the one uplink in a message."""
    (uplink,) = SOURCES[source](topic, content)
    return uplink
