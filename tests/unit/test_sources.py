"""The network servers of a city: their messages, the sensors behind them, and the bins these sit on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.inbox import Received
from collector.interpreter import Interpreter, Understood
from collector.profiles import Profiles
from collector.sources import Sources, matches
from tests.collector_fixtures import an_interpreter
from tests.uplink_fixtures import EUI, MESSAGES
from tournee.domain import MessageStatus, Placement, Sensor
from tournee.errors import ConfigError
from tournee.settings import CollectorSettings, SourceSettings
from tournee.store import KnownSensor

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SENSOR = Sensor(EUI.lower(), "b1", empty_distance_mm=1_200, full_distance_mm=200)
BARE = Sensor("bare", "b2", profile="milesight-level")
TOPICS = {
    "chirpstack": "application/1/device/x/event/up",
    "things-stack": "v3/a@t/devices/x/up",
    "loriot": "loriot/x",
    "thingpark": "tp/x",
}


def known(sensor: Sensor, *placements: Placement) -> KnownSensor:
    return KnownSensor(sensor, placements or (Placement(sensor.sensor_id, sensor.bin_id, LONG_AGO),))


@pytest.fixture
def city() -> Iterator[Interpreter]:
    """Every server at once, with the bins b1 to b3, and sensors on the first two."""
    settings = CollectorSettings(
        sources=tuple(
            SourceSettings(source=name, topic=topic.replace("/x", "/+"), profile="milesight-level")
            for name, topic in TOPICS.items()
        )
    )
    interpreter = an_interpreter({"b1": SENSOR, "b2": BARE, "b3": None}, settings)
    interpreter.directory.devices |= {EUI: known(SENSOR), "BARE": known(BARE)}
    with closing(interpreter.sources):
        yield interpreter


def say(city: Interpreter, topic: str, payload: object, **more: Any) -> Understood:
    return city.understand([Received(topic, json.dumps(payload).encode(), NOW, **more)])


@pytest.mark.parametrize("source", TOPICS)
def test_an_uplink_becomes_a_reading_of_the_bin_that_the_device_sits_on(
    city: Interpreter, source: str
) -> None:
    understood = say(city, TOPICS[source], MESSAGES[source])
    assert understood.refusals == []
    (reading,) = understood.readings
    assert (reading.bin_id, reading.sensor_id) == ("b1", SENSOR.sensor_id)
    assert reading.fill_level == pytest.approx((1_200 - 768) / 1_000)
    assert (reading.distance_mm, reading.temperature_c, reading.is_tilted) == (768, 25.5, False)
    assert (reading.rssi_dbm, reading.frame_counter) == (-80, 0)


def test_a_sensor_that_moved_leaves_its_history_where_it_was(city: Interpreter) -> None:
    moved_at = datetime(2026, 11, 23, 11, 59, 30, tzinfo=UTC)
    stays = Placement("s", "b3", LONG_AGO, moved_at), Placement("s", "b1", moved_at)
    city.directory.devices[EUI] = known(SENSOR, *stays)
    late = say(city, TOPICS["loriot"], MESSAGES["loriot"]).readings
    fresh = say(
        city, TOPICS["loriot"], MESSAGES["loriot"] | {"ts": NOW.timestamp() * 1_000, "fcnt": 1}
    ).readings
    assert [one.bin_id for one in (*late, *fresh)] == ["b3", "b1"]


def test_a_device_that_nobody_imported_is_refused_with_its_name(city: Interpreter) -> None:
    city.directory.devices.clear()
    (refusal,) = say(city, TOPICS["chirpstack"], MESSAGES["chirpstack"]).refusals
    assert (refusal.reason, refusal.topic) == ("unknown_device", TOPICS["chirpstack"])
    assert EUI in refusal.detail


def test_what_a_message_without_a_level_says_is_kept_with_the_device(city: Interpreter) -> None:
    """A bin that burns may well have lost its echo."""
    hot = MESSAGES["chirpstack"] | {"object": {"temperature": 81.0, "position": "tilt"}}
    understood = say(city, TOPICS["chirpstack"], hot)
    assert (understood.readings, understood.refusals[0].reason) == ([], "no_level")
    city.kept(understood)
    (state,) = city.roll.states()
    assert (state.sensor_id, state.temperature_c, state.num_refused) == (SENSOR.sensor_id, 81.0, 1)
    assert state.last_complaint.startswith("no_level: no level in this message")


def test_a_distance_without_geometry_says_whose_is_missing(city: Interpreter) -> None:
    said = MESSAGES["chirpstack"] | {"deviceInfo": {"devEui": "bare"}, "object": {"distance": 700}}
    (refusal,) = say(city, TOPICS["chirpstack"], said).refusals
    assert (refusal.reason, "distances of bare" in refusal.detail) == ("no_level", True)


def test_a_profile_of_the_sensor_comes_before_that_of_its_source(city: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(
        "fill: {field: f}\nbattery: {field: b, unit: percent}\nsignal: {field: q}\n"
    )
    city.sources.profiles = Profiles(tmp_path)
    sensor = Sensor("ours", "b3", profile="ours")
    city.directory.devices["OURS"] = known(sensor)
    said = MESSAGES["chirpstack"] | {"deviceInfo": {"devEui": "ours"}, "object": {"f": 40, "b": 55, "q": -99}}
    (reading,) = say(city, TOPICS["chirpstack"], said).readings
    assert (reading.fill_level, reading.battery_level, reading.rssi_dbm) == (0.4, 0.55, -99)


def test_a_profile_that_is_gone_refuses_the_message_and_not_the_others(city: Interpreter) -> None:
    city.directory.devices["X"] = known(Sensor("x", "b3", profile="lost"))
    lost = MESSAGES["chirpstack"] | {"deviceInfo": {"devEui": "x"}}
    messages = [
        Received(TOPICS["chirpstack"], json.dumps(said).encode(), NOW)
        for said in (lost, MESSAGES["chirpstack"])
    ]
    understood = city.understand(messages)
    assert len(understood.readings) == 1
    assert "the sensor's profile: lost" in understood.refusals[0].detail


def test_a_value_that_means_no_echo_is_no_distance(city: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "deaf.yaml").write_text("distance: {field: d, unit: cm, no_echo: [254]}\n")
    city.sources.profiles = Profiles(tmp_path)
    city.directory.devices["DEAF"] = known(Sensor("deaf", "b3", "lid", 1_200, 200, "deaf"))
    said: dict[str, Any] = MESSAGES["chirpstack"] | {"deviceInfo": {"devEui": "deaf"}}
    (refusal,) = say(city, TOPICS["chirpstack"], said | {"object": {"d": 254}}).refusals
    assert "`d` 254 means no echo" in refusal.detail
    (reading,) = say(city, TOPICS["chirpstack"], said | {"object": {"d": 70}}).readings
    assert reading.fill_level == 0.5


def test_a_wrong_profile_in_the_settings_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        Sources([SourceSettings(source="json", topic="a/#", profile="nowhere")], Profiles())


def test_a_codec_that_is_nowhere_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text("codec: gone\n")
    with pytest.raises(ConfigError, match="a readable codec"):
        Sources([SourceSettings(source="json", topic="a/#", profile="half")], Profiles(tmp_path))


CONTAINER = {"id": "urn:ngsi-ld:WasteContainer:b3", "type": "WasteContainer"}


@pytest.mark.parametrize(
    "entity",
    [
        {"fillingLevel": 0.7, "temperature": 4, "binLoggedTime": "2026-11-23T11:30:00Z"},
        {
            "fillingLevel": {
                "type": "Number",
                "value": 0.7,
                "metadata": {"TimeInstant": {"type": "DateTime", "value": "2026-11-23T11:30:00Z"}},
            },
            "temperature": {"type": "Number", "value": 4, "metadata": {}},
        },
        {
            "fillingLevel": {"type": "Property", "value": 0.7, "observedAt": "2026-11-23T11:30:00Z"},
            "temperature": {"type": "Property", "value": 4},
        },
    ],
    ids=["key values", "NGSI-v2", "NGSI-LD"],
)
def test_a_notification_of_a_context_broker_names_the_bin(
    city: Interpreter, entity: dict[str, object]
) -> None:
    profile = SourceSettings(source="ngsi", profile="ngsi-waste-container")
    city.sources.configured = [profile]
    said = {"subscriptionId": "1", "notifiedAt": "2026-11-23T11:31:00Z", "data": [CONTAINER | entity]}
    (reading,) = say(city, "http/ngsi", said, source="ngsi").readings
    assert (reading.bin_id, reading.fill_level, reading.temperature_c) == ("b3", 0.7, 4)
    assert reading.measured_at == NOW - timedelta(minutes=30)


def test_a_notification_about_several_containers_keeps_the_good_ones(city: Interpreter) -> None:
    city.sources.configured = [SourceSettings(source="ngsi", profile="ngsi-waste-container")]
    data = [
        CONTAINER | {"fillingLevel": 0.1},
        CONTAINER | {"id": "urn:ngsi-ld:WasteContainer:nobody", "fillingLevel": 0.2},
    ]
    understood = say(
        city, "http/ngsi", {"data": data, "notifiedAt": NOW.isoformat()}, source="ngsi", message_id="m"
    )
    assert [one.fill_level for one in understood.readings] == [0.1]
    assert [one.reason for one in understood.refusals] == ["unknown_device"]
    (settled,) = understood.settled
    assert (settled.status, settled.num_readings, settled.reason) == (
        MessageStatus.STORED,
        1,
        "unknown_device",
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"data": []}, "names no entity"),
        ({"id": "x", "type": "Vehicle"}, "only WasteContainer"),
        ([], "no JSON object"),
    ],
)
def test_another_entity_is_refused(city: Interpreter, said: object, why: str) -> None:
    (refusal,) = say(city, "http/ngsi", said, source="ngsi").refusals
    assert why in refusal.detail


def test_a_list_keeps_its_good_readings_and_refuses_the_others_by_number(city: Interpreter) -> None:
    at = NOW.isoformat()
    said = [{"measured_at": at, "fill_level": 0.5}, {"fill_level": 0.5}, {"measured_at": at, "fill_level": 9}]
    understood = say(city, "tournee/v1/readings/b3", said)
    assert len(understood.readings) == 1
    assert [one.reason for one in understood.refusals] == ["unreadable", "out_of_range"]
    assert understood.refusals[0].detail.startswith("reading 2 of the list: ")


def test_readings_name_their_bin_where_the_topic_does_not(city: Interpreter) -> None:
    at = NOW.isoformat()
    said = [{"bin_id": "b3", "measured_at": at, "fill_level": 0.5}, {"measured_at": at, "fill_level": 0.5}]
    for topic, more in (("tournee/v1/readings", {}), ("http/native", {"source": "native"})):
        understood = say(city, topic, said, **more)
        assert [one.bin_id for one in understood.readings] == ["b3"]
        assert "`bin_id` is missing" in understood.refusals[0].detail


def test_a_message_that_is_refused_whole_is_settled_so(city: Interpreter) -> None:
    understood = say(city, "http/chirpstack", {}, source="chirpstack", message_id="m1")
    (settled,) = understood.settled
    assert (settled.message_id, settled.status, settled.reason) == ("m1", MessageStatus.REFUSED, "unreadable")


@pytest.mark.parametrize(
    ("wanted", "topic", "is_heard"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/b/d", False),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/b", "a", False),
        ("#", "x/y", True),
        ("a", "a/b", False),
    ],
)
def test_filters_hear_what_the_standard_says(wanted: str, topic: str, is_heard: bool) -> None:
    assert matches(wanted, topic) == is_heard


@pytest.mark.parametrize("topic", ["a/b+/c", "a/#/c", "a#"])
def test_a_filter_that_no_broker_takes_is_a_wrong_setting(topic: str) -> None:
    with pytest.raises(ValueError, match="topic filter"):
        SourceSettings(source="json", topic=topic)
