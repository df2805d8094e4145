"""The simulated town speaks to a real broker."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

import pytest
from pydantic import SecretStr

from simulator.live import replay
from simulator.publisher import Publisher
from simulator.town import Message
from tests.broker import Listener
from tests.town_fixtures import HELSINKI, MONDAY
from tests.unit.test_town import town
from tournee.cli.broker import Mosquitto, free_port
from tournee.domain import Reading, ServiceEvent
from tournee.errors import BrokerUnavailable
from tournee.messages import decode_reading, decode_service, read_topic, reading_of
from tournee.settings import BrokerSettings

pytestmark = pytest.mark.needs_broker


def settings(broker: Mosquitto, **more: object) -> BrokerSettings:
    return BrokerSettings(port=broker.port, **more)


def readings(count: int) -> list[Message]:
    at = [MONDAY + timedelta(minutes=n) for n in range(count)]
    return [Reading(f"bin-{n % 7}", moment, moment, 0.5, "sensor-1", 675.0) for n, moment in enumerate(at)]


@pytest.mark.parametrize("mqtt_version", ["v5", "v3.1.1"])
def test_every_message_of_a_town_arrives_as_it_was_sent(broker: Mosquitto, mqtt_version: str) -> None:
    listener, living = Listener(broker.port), town()
    with Publisher(settings(broker, mqtt_version=mqtt_version)) as outbox:
        sent = replay(living, outbox, MONDAY + timedelta(days=2), zone=HELSINKI)
    heard = listener.wait_for(sent)
    listener.close()
    expected = list(town().advance(MONDAY + timedelta(days=2)))
    assert len(heard) == sent == len(expected)
    for (topic, payload), message in zip(heard, expected, strict=True):
        subject, bin_id = read_topic("tournee/v1", topic)
        if isinstance(message, Reading):
            said = decode_reading(topic, payload)
            assert reading_of(topic, said, bin_id, None, message.received_at) == message
        else:
            assert isinstance(message, ServiceEvent)
            assert (subject, decode_service(topic, payload, bin_id)) == ("services", message)


def test_far_more_than_fits_in_flight_arrives_whole(broker: Mosquitto) -> None:
    listener = Listener(broker.port, "elsewhere/#")
    with Publisher(settings(broker, topic_prefix="elsewhere/v2"), in_flight_max=20) as outbox:
        for message in readings(5_000):
            outbox.publish(message)
    assert len(listener.wait_for(5_000)) == 5_000
    listener.close()


def test_a_rate_is_kept(broker: Mosquitto) -> None:
    start = monotonic()
    with Publisher(settings(broker), rate=100) as outbox:
        for message in readings(60):
            outbox.publish(message)
    assert 0.5 < monotonic() - start < 30


def test_no_broker_is_a_sentence() -> None:
    port = free_port()
    with (
        pytest.raises(BrokerUnavailable, match=f"127.0.0.1:{port} can't take our messages"),
        Publisher(BrokerSettings(port=port)),
    ):
        pytest.fail("there is no broker to enter")


def test_a_broker_that_refuses_us_is_a_sentence(broker: Mosquitto) -> None:
    broker.stop()
    broker.allow_anonymous = False
    broker.start()
    refused = settings(broker, username="someone", password=SecretStr("wrong"))
    with pytest.raises(BrokerUnavailable, match=r"(?i)not authori[sz]ed"), Publisher(refused):
        pytest.fail("the broker let us in")


def test_a_broker_that_restarts_loses_nothing_that_was_acknowledged(broker: Mosquitto) -> None:
    with Publisher(settings(broker), in_flight_max=100) as outbox:
        outbox.publish(readings(1)[0])
        outbox.flush()
        broker.stop()
        for message in readings(50):
            outbox.publish(message)  # kept until the broker is back
        broker.start()
        listener = Listener(broker.port)
        outbox.flush()
    assert len(listener.wait_for(1)) <= 50
    listener.close()


def test_a_broker_that_never_comes_back_is_an_error_and_no_hang(
    broker: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.publisher.ANSWER_WAIT_S", 0.5)
    outbox = Publisher(settings(broker), in_flight_max=5)
    with outbox:
        outbox.publish(readings(1)[0])
    with Publisher(settings(broker), in_flight_max=5) as silent:
        broker.stop()
        for message in readings(5):
            silent.publish(message)
        with pytest.raises(BrokerUnavailable, match="stopped acknowledging"):
            silent.publish(readings(1)[0])
        with pytest.raises(BrokerUnavailable, match="5 messages were never acknowledged"):
            silent.flush()
        broker.start()
        monkeypatch.setattr("simulator.publisher.ANSWER_WAIT_S", 20.0)
