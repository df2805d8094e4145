"""The collector against a real mosquitto and a real store."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr

from collector.collect import collect
from collector.subscriber import Subscriber
from simulator.publisher import Publisher
from tests.collector_fixtures import (
    STARTED_AT,
    at_broker,
    collecting,
    heard_within,
    readings,
    send,
    send_raw,
    stock,
    wait_for,
)
from tests.uplink_fixtures import EUI, payload
from tournee.cli.broker import Mosquitto, lossy_broker
from tournee.clock import utc_now
from tournee.domain import Reading, Sensor, ServiceEvent, ServiceOutcome
from tournee.errors import ConfigError
from tournee.settings import BrokerSettings, CollectorSettings, Settings, SourceSettings
from tournee.store import Store

pytestmark = pytest.mark.needs_broker

TOPIC = "tournee/v1/readings/a"


@pytest.fixture
def town(store: Store) -> Store:
    """A store that knows the bins a to h."""
    return stock(store)


def said(**fields: object) -> bytes:
    return json.dumps({"measured_at": STARTED_AT.isoformat(), "fill_level": 0.5, **fields}).encode()


@pytest.mark.parametrize("mqtt_version", ["v5", "v3.1.1"])
def test_what_a_town_sends_is_stored_once_as_it_was_said(
    broker: Mosquitto, town: Store, mqtt_version: str
) -> None:
    here = at_broker(broker, mqtt_version=mqtt_version)
    service = ServiceEvent("b", STARTED_AT, outcome=ServiceOutcome.SKIPPED, skip_reason="no access")
    with collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send(here, [*readings(1_500), service])
        wait_for(lambda: town.counts().total >= 1_501, "all messages")
    counts = town.counts()
    assert (counts.readings, counts.duplicates, counts.services, counts.refused) == (1_500, 0, 1, 0)
    long_ago = STARTED_AT - timedelta(days=1)
    assert town.services("b", long_ago, STARTED_AT + timedelta(seconds=1)) == (service,)
    kept = town.readings_of("c", long_ago, STARTED_AT, 10_000)
    sent = [one for one in readings(1_500) if isinstance(one, Reading) and one.bin_id == "c"]
    assert [(one.measured_at, one.fill_level) for one in kept] == [
        (one.measured_at, one.fill_level) for one in sent
    ]


def test_a_repeat_is_recognized(broker: Mosquitto, town: Store) -> None:
    here = at_broker(broker)
    with collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send(here, [*readings(10) * 3, *[ServiceEvent("b", STARTED_AT)] * 2])
        wait_for(lambda: town.counts().total >= 32, "all messages")
    counts = town.counts()
    assert (counts.readings, counts.duplicates) == (10, 20)
    assert (counts.services, counts.service_duplicates) == (1, 1)


GARBAGE = {
    "truncated JSON": (TOPIC, said()[:-9], "unreadable"),
    "no JSON at all": (TOPIC, b"\x00\xff\xfe", "unreadable"),
    "text where a number goes": (TOPIC, said(fill_level="half"), "unreadable"),
    "half a surrogate pair": (TOPIC, said(sensor_id="\ud800"), "unreadable"),
    "the character NUL": (TOPIC, said(sensor_id="\0"), "unreadable"),
    "NUL in a service": (
        "tournee/v1/services/a",
        json.dumps({"served_at": STARTED_AT.isoformat(), "vehicle_id": "v\0"}).encode(),
        "unreadable",
    ),
    "no date": (TOPIC, b'{"fill_level": 0.5}', "unreadable"),
    "nested without end": (TOPIC, b"[" * 60_000, "unreadable"),
    "2 MB": (TOPIC, said(sensor_id="x" * 2_000_000), "too_large"),
    "a wrong topic": ("tournee/v1/weather/a", said(), "unknown_topic"),
    "a topic too deep": ("tournee/v1/readings/a/b", said(), "unknown_topic"),
    "an unknown bin": ("tournee/v1/readings/nobody", said(), "unknown_bin"),
    "fill 7.3": (TOPIC, said(fill_level=7.3), "out_of_range"),
    "1970": (TOPIC, said(measured_at="1970-01-01T00:00:00Z"), "too_old"),
    "2090": (TOPIC, said(measured_at="2090-01-01T00:00:00Z"), "from_the_future"),
}


def test_garbage_is_kept_with_its_reason_and_nothing_goes_down(broker: Mosquitto, town: Store) -> None:
    here = at_broker(broker)
    with collecting(town, here) as thread:
        wait_for(lambda: heard_within(town), "the collector to listen")
        for topic, payload, _ in GARBAGE.values():
            send_raw(here, topic, payload)
        send(here, readings(1))
        wait_for(lambda: town.counts().total >= len(GARBAGE) + 1, "all messages")
        assert thread.is_alive()
    kept = {(refusal.topic, refusal.payload): refusal for refusal in town.refusals(100)}
    for topic, payload, reason in GARBAGE.values():
        refusal = kept.pop((topic, payload[:65_536]))
        assert refusal.reason == reason
        assert refusal.detail
    assert kept == {}
    assert town.counts().readings == 1


def test_the_same_garbage_twice_is_counted_and_not_copied(broker: Mosquitto, town: Store) -> None:
    here = at_broker(broker)
    with collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        for _ in range(5):
            send_raw(here, TOPIC, b"{")
        wait_for(lambda: town.counts().refused == 5, "all messages")
    (refusal,) = town.refusals(100)
    assert refusal.count == 5


@pytest.mark.parametrize("mqtt_version", ["v5", "v3.1.1"])
def test_what_is_sent_while_the_collector_is_away_is_stored_when_it_is_back(
    broker: Mosquitto, town: Store, mqtt_version: str
) -> None:
    here = at_broker(broker, mqtt_version=mqtt_version)
    with collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send(here, readings(10))
        wait_for(lambda: town.counts().readings == 10, "the first ten")
    send(here, readings(2_500, start=10))
    assert town.counts().total == 10
    with collecting(town, here):
        wait_for(lambda: town.counts().total >= 2_510, "the rest")
    assert (town.counts().readings, town.counts().duplicates) == (2_510, 0)


def test_a_sensor_that_sends_at_qos_0_is_heard_and_costs_no_connection(
    broker: Mosquitto, town: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Such a message has no packet id: to acknowledge it would be a protocol error, and the end of the connection."""
    here = at_broker(broker)
    caplog.set_level(logging.INFO)
    with collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send_raw(here, TOPIC, said(), qos=0)
        wait_for(lambda: town.counts().readings == 1, "the reading")
        send(here, readings(50))
        wait_for(lambda: town.counts().readings == 51, "the others")
        assert "The connection to the broker ended" not in caplog.text


def test_collector_and_broker_say_that_they_are_alive(broker: Mosquitto, town: Store) -> None:
    with collecting(town, at_broker(broker)):
        wait_for(lambda: {"collector", "broker"} <= set(town.heartbeats()), "both to be seen")
        broker.stop()
        last = datetime.now(UTC) + timedelta(seconds=1)
        wait_for(lambda: town.heartbeats()["collector"].at > last, "the collector to go on")
    assert town.heartbeats()["broker"].at < last, "a broker that is gone gives no sign of life"


def test_a_broker_that_is_not_there_yet_is_waited_for(
    broker: Mosquitto, town: Store, caplog: pytest.LogCaptureFixture
) -> None:
    here = at_broker(broker)
    broker.stop()
    with collecting(town, here):
        wait_for(lambda: "does not answer; trying again" in caplog.text, "a warning")
        broker.start()
        wait_for(lambda: heard_within(town), "the collector to listen")
        send(here, readings(5))
        wait_for(lambda: town.counts().readings == 5, "the readings")
    assert f"The broker at 127.0.0.1:{broker.port} does not answer" in caplog.text


def test_a_collector_whose_broker_never_came_ends_when_told(
    broker: Mosquitto, town: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    with collecting(town, at_broker(broker)):
        wait_for(lambda: "does not answer; trying again" in caplog.text, "a warning")


def test_wrong_credentials_are_a_clear_line_in_the_log(
    broker: Mosquitto, town: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    broker.allow_anonymous = False
    broker.start()
    refused = at_broker(broker, username="someone", password=SecretStr("wrong"))
    with collecting(town, refused):
        wait_for(lambda: "refused us" in caplog.text, "a line in the log")
    assert f"The broker at 127.0.0.1:{broker.port} refused us: Not authorized" in caplog.text
    assert "Check broker.username and its password." in caplog.text
    assert "wrong" not in caplog.text
    assert "broker" not in town.heartbeats()


def test_a_broker_that_does_not_let_us_listen_is_a_clear_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """mosquitto never says so; brokers with finer rights do."""
    ear = Subscriber(BrokerSettings(), CollectorSettings(), utc_now, lambda _: None)
    ear._on_subscribe(ear._client, None, 1, [ReasonCode(PacketTypes.SUBACK, "Not authorized")], None)
    assert "The broker does not let us listen to tournee/v1/#: Not authorized." in caplog.text


def test_a_name_that_no_machine_can_have_is_a_wrong_setting(town: Store) -> None:
    with pytest.raises(ConfigError, match=r"broker\.host: 'broker\.\.example' is not valid"):
        collect(Settings(broker=BrokerSettings(host="broker..example")), town, None)  # type: ignore[arg-type]  # not reached


def test_the_stand_in_broker_delivers_while_everybody_stays(town: Store) -> None:
    """It acknowledges at once, and drops what is still on its way when the sender leaves: so the sender stays."""
    with lossy_broker(BrokerSettings()) as here, collecting(town, here):
        wait_for(lambda: heard_within(town), "the collector to listen")
        with Publisher(here) as outbox:
            for message in readings(300):
                outbox.publish(message)
            wait_for(lambda: town.counts().total >= 300, "all messages")
    assert (town.counts().readings, town.counts().refused) == (300, 0)


@pytest.mark.parametrize("source", ["chirpstack", "things-stack", "loriot", "thingpark"])
def test_a_network_servers_messages_reach_the_bin_that_the_device_sits_on(
    broker: Mosquitto, town: Store, source: str
) -> None:
    town.save_bins([], [Sensor(EUI.lower(), "c", "lid", 1_200, 200)], STARTED_AT - timedelta(days=400))
    server = SourceSettings.model_validate(
        {"source": source, "topic": "servers/+/up", "profile": "milesight-level"}
    )
    here = at_broker(broker)
    # The messages bear a fixed date, and the clock is the machine's.
    lenient = CollectorSettings(heartbeat_s=0.1, sources=(server,), age_max_days=10_000, future_max_s=86_400)
    with collecting(town, here, lenient):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send_raw(here, f"servers/{source}/up", payload(source), qos=0)
        send_raw(here, f"servers/{source}/up", payload(source))
        send_raw(here, f"servers/{source}/up", b"{}")
        wait_for(lambda: town.counts().total == 3, "three messages")
    assert (town.counts().readings, town.counts().duplicates, town.counts().refused) == (1, 1, 1)
    kept = town.latest_readings()["c"]
    assert (kept.distance_mm, kept.temperature_c, kept.frame_counter) == (768, 25.5, 0)
    state = town.device_states()[EUI.lower()]
    assert (state.num_accepted, state.rssi_dbm, state.temperature_c) == (2, -80, 25.5)
