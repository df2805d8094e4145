"""From decoded fields to quantities by a profile, and what `tournee decode` says of one message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.profiles import SHIPPED, Profile, load_profile, measure
from tests.uplink_fixtures import MESSAGES, payload
from tournee.cli.commands import app
from tournee.cli.decode import Trial, try_message
from tournee.domain import Sensor
from tournee.errors import ConfigError, MessageRejected, TourneeError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENSOR = Sensor("s", "b", empty_distance_mm=1_200, full_distance_mm=200)


def profile(**values: object) -> Profile:
    return Profile.model_validate(values)


@pytest.mark.parametrize(("unit", "value"), [("mm", 700), ("cm", 70), ("m", 0.7)])
def test_a_distance_in_any_unit_becomes_a_level(unit: str, value: float) -> None:
    said = measure({"d": {"v": value}}, profile(distance={"field": "d.v", "unit": unit}), SENSOR)
    assert said.distance_mm == pytest.approx(700)
    assert said.fill_level == pytest.approx(0.5)


@pytest.mark.parametrize(("unit", "value"), [("percent", 40), ("fraction", 0.4)])
def test_a_level_of_the_device_itself(unit: str, value: float) -> None:
    said = measure({"l": value}, profile(fill={"field": "l", "unit": unit}))
    assert said.fill_level == pytest.approx(0.4)


def test_an_omitted_zero_is_a_zero_only_where_the_profile_says_so() -> None:
    assert measure({}, profile(fill={"field": "l"})).fill_level is None
    assert measure({}, profile(fill={"field": "l", "absent": 0})).fill_level == 0


@pytest.mark.parametrize("value", ["1700 mm", None, True, float("nan"), 10**400, {}])
def test_what_is_no_number_is_never_a_zero(value: object) -> None:
    assert measure({"d": value}, profile(distance={"field": "d"}), SENSOR).fill_level is None


def test_the_side_values() -> None:
    wanted = profile(
        temperature={"field": "t"},
        battery={"field": "b", "unit": "mV"},
        tilt={"field": "p", "tilted": "tilt"},
    )
    said = measure({"t": -4.5, "b": 3600, "p": "tilt"}, wanted)
    assert (said.temperature_c, said.battery_v, said.is_tilted) == (-4.5, 3.6, True)
    assert measure({}, wanted).is_tilted is None


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_profile_names_a_shipped_codec(path: Path) -> None:
    codec = load_profile(path).codec
    assert not codec or (SHIPPED / f"{codec}.js").is_file()


@pytest.mark.parametrize(
    ("text", "said"),
    [("distance: {field: d, unit: inch}", "distance.unit"), ("colour: 1", "colour"), ("[", "YAML")],
)
def test_a_wrong_profile_names_the_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_profile(file)
    with pytest.raises(ConfigError, match="readable file"):
        load_profile(tmp_path / "none.yaml")


@pytest.fixture
def message(tmp_path: Path) -> Path:
    file = tmp_path / "message.json"
    file.write_bytes(payload("chirpstack"))
    return file


def test_a_message_is_understood_step_by_step(message: Path) -> None:
    said = try_message(Trial("chirpstack", message, profile="milesight-level", sensor=SENSOR), NOW)
    assert said["decoded_by"] == "milesight-level.js, decodeUplink"
    assert said["quantities"] == {
        "distance_mm": 768.0,
        "fill_level": pytest.approx(0.432),
        "temperature_c": 25.5,
        "battery_v": None,
        "battery_level": None,
        "is_tilted": False,
        "rssi_dbm": None,
    }


def test_the_servers_own_fields_are_taken_where_it_has_decoded(tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_text(json.dumps(MESSAGES["chirpstack"] | {"object": {"distance": 700}}))
    said = try_message(Trial("chirpstack", file, profile="milesight-level", sensor=SENSOR), NOW)
    assert (said["decoded_by"], said["quantities"]["fill_level"]) == ("the server", 0.5)


def test_a_codec_of_the_vendor_runs_unchanged(message: Path, tmp_path: Path) -> None:
    codec = tmp_path / "vendor.js"
    codec.write_text("function Decoder(bytes, port) { return {n: bytes.length, port: port}; }")
    said = try_message(Trial("chirpstack", message, str(codec)), NOW)
    assert (said["fields"], said["decoded_by"]) == ({"n": 14, "port": 85}, "vendor.js, Decoder")


def test_what_is_wrong_is_said(message: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--source"):
        try_message(Trial("sigfox", message), NOW)
    with pytest.raises(MessageRejected, match="DevEUI_uplink"):
        try_message(Trial("thingpark", message), NOW)
    with pytest.raises(TourneeError, match="can't be read"):
        try_message(Trial("loriot", tmp_path / "none.json"), NOW)


def test_the_command_speaks_to_people_and_to_programs(message: Path) -> None:
    arguments = ["decode", "--source", "chirpstack", "--profile", "milesight-level", str(message)]
    people = CliRunner().invoke(app, arguments)
    assert people.exit_code == 0, people.output
    assert "distance_mm: 768.0 (`distance` in mm)" in people.output
    assert "--empty-mm" in people.output
    programs = CliRunner().invoke(app, [*arguments, "--json", "--empty-mm", "1200", "--full-mm", "200"])
    assert json.loads(programs.output)["quantities"]["fill_level"] == pytest.approx(0.432)
