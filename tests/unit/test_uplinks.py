"""Every network server's envelope comes out as the same uplink, and its bytes as the same fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.sandbox import Codec, Sandbox
from tests.uplink_fixtures import CODECS, EUI, FRAME, MESSAGES, UPLINKS, needs_uplinks, payload, uplink_of
from tournee.errors import MessageRejected

FOLDERS = {
    "ChirpStack": "chirpstack",
    "HTTP": "chirpstack",  # Milesight's own gateway speaks ChirpStack v3's JSON
    "LORIOT": "loriot",
    "ThingsStackCommunity": "things-stack",
    "ThingsStackIndustries": "things-stack",
}
REAL = sorted((UPLINKS / "network-servers").rglob("payload*.json"))
OF_THE_NETWORK = "lora_"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as ready:
        yield ready


@pytest.mark.parametrize("source", MESSAGES)
def test_every_server_says_the_same_uplink(source: str) -> None:
    uplink = uplink_of(source, "t", payload(source))
    assert (uplink.device_id, uplink.f_port, uplink.f_cnt, uplink.payload) == (EUI, 85, 0, FRAME)
    assert uplink.measured_at is not None
    assert uplink.measured_at.replace(microsecond=0) == datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    assert (uplink.rssi, uplink.snr, uplink.fields) == (-80, 7.5, None)


def test_what_the_things_stack_omits_is_zero() -> None:
    said = b'{"end_device_ids": {"device_id": "bin-1"}, "uplink_message": {}}'
    uplink = uplink_of("things-stack", "t", said)
    assert (uplink.device_id, uplink.f_cnt, uplink.f_port, uplink.payload) == ("bin-1", 0, 0, b"")


@pytest.mark.parametrize(
    ("source", "said", "why"),
    [
        ("things-stack", {"end_device_ids": {"device_id": "x"}, "join_accept": {}}, "`uplink_message`"),
        ("things-stack", {"uplink_message": {"f_port": 1}}, "`end_device_ids.device_id` is missing"),
        ("things-stack", {"end_device_ids": 1, "uplink_message": {}}, "`end_device_ids` is no object"),
        ("chirpstack", {"deviceInfo": {"devEui": 5}}, "`deviceInfo.devEui`"),
        ("chirpstack", {"deviceInfo": {"devEui": "a"}, "data": "*"}, "`data` is no base64"),
        ("chirpstack", {"deviceInfo": {"devEui": "a"}, "data": 1}, "`data` is no text"),
        ("chirpstack", {"deviceInfo": {"devEui": "a"}, "time": "2026-11-23T12:00:00"}, "offset"),
        ("chirpstack", {"deviceInfo": {"devEui": "a"}, "rxInfo": 1}, "`rxInfo` is no list"),
        ("chirpstack", {"deviceInfo": {"devEui": "a"}, "fCnt": -1}, "`fCnt`"),
        ("loriot", {"cmd": "txd", "EUI": "a"}, "`cmd`"),
        ("loriot", {"cmd": "rx", "EUI": "a", "data": "zz"}, "hexadecimal"),
        ("loriot", {"cmd": "rx", "EUI": "a", "ts": 1e300}, "`ts`"),
        ("thingpark", {"DevEUI_downlink_Sent": {}}, "`DevEUI_uplink`"),
        ("json", [], "no JSON object"),
    ],
)
def test_a_refusal_names_the_field(source: str, said: object, why: str) -> None:
    with pytest.raises(MessageRejected, match=why):
        uplink_of(source, "t", json.dumps(said).encode())


def test_plain_json_names_its_device_in_it_or_in_the_topic() -> None:
    said = uplink_of("json", "vendor/bin-9", b'{"imei": 867997030000001, "time": 1795435140000, "level": 40}')
    assert (said.device_id, said.f_cnt, said.payload) == ("867997030000001", None, b"")
    assert said.measured_at == datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    assert said.fields is not None
    assert said.fields["level"] == 40
    assert uplink_of("json", "vendor/bin-9", b'{"level": 40}').device_id == "bin-9"
    with pytest.raises(MessageRejected, match="`device_id` is missing"):
        uplink_of("json", "vendor/", b"{}")


def test_a_v3_chirpstack_writes_its_eui_in_base64() -> None:
    assert uplink_of("chirpstack", "t", b'{"devEUI": "AgICAgICAgI="}').device_id == "0202020202020202"
    assert uplink_of("chirpstack", "t", b'{"devEUI": "24e1641092176759"}').device_id == "24E1641092176759"


@needs_uplinks
@pytest.mark.parametrize("path", REAL, ids=lambda path: "-".join(path.parts[-5:-2]) + path.stem[7:])
def test_every_real_message_decodes_to_its_expected_values(path: Path, sandbox: Sandbox) -> None:
    expected = _expected(path)
    uplink = uplink_of(FOLDERS[path.parts[-3]], "t", path.read_bytes())
    name = "decentlab-dl-mbx" if "Decentlab" in path.parts else "milesight-level"
    codec = Codec(name, (CODECS / f"{name}.js").read_text(encoding="utf-8"))
    fields = sandbox.decode("t", codec, uplink, datetime(2026, 11, 23, tzinfo=UTC)).fields
    values = expected["telemetry"][0]["values"]
    wanted = {key: value for key, value in values.items() if not key.startswith(OF_THE_NETWORK)}
    assert {key: value for key, value in fields.items() if key in wanted} == wanted
    assert ("distance" in fields) == ("distance" in wanted)
    for key, said in (("frame_counter", uplink.f_cnt), ("frame_port", uplink.f_port), ("rssi", uplink.rssi)):
        assert said == values.get(f"lora_{key}", said)
    eui = expected["attributes"].get("eui") or expected["attributes"].get("lora_dev_eui") or uplink.device_id
    assert uplink.device_id == eui.upper()
    if isinstance(at := expected["telemetry"][0].get("ts"), int):
        assert uplink.measured_at is not None
        assert abs(uplink.measured_at.timestamp() - at / 1_000) < 1


def _expected(path: Path) -> dict[str, Any]:
    said = json.loads(path.with_name(path.name.replace("payload", "result")).read_text(encoding="utf-8"))
    return said[0] if isinstance(said, list) else said  # type: ignore[no-any-return]  # JSON has no types
