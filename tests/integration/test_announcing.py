"""Telling others: a real receiver that fails in every way, a real broker, and a store that keeps what waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from collector.watching.announcing import Announcer, Refused
from collector.watching.broker import AlertBroker
from collector.watching.webhook import Webhook, signature, signing_key
from tests.alert_fixtures import DESK, NOON, an_alert, opening, with_sensors
from tests.broker import Listener
from tests.collector_fixtures import at_broker
from tests.receiver import SECRET, Receiver, receiving
from tournee.announcements import MQTT, announced, closed
from tournee.cli.broker import Mosquitto, free_port
from tournee.domain import AlertChange, AlertEvent, AlertKind, Announcement
from tournee.errors import BrokerUnavailable, ConfigError
from tournee.settings import AlertSettings, BrokerSettings, WebhookSettings
from tournee.store import Store

BINS = "abcdefgh"


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


def settings(**more: object) -> AlertSettings:
    return AlertSettings.model_validate({"secret": SECRET, "webhook_timeout_s": 0.5, **more})


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def town(store: Store) -> Store:
    return with_sensors(store)


@contextmanager
def desk(store: Store, clock: Hands, url: str, **more: object) -> Iterator[Announcer]:
    """Yield who tells the desk."""
    wanted = settings(**more)
    with Webhook(WebhookSettings(name=DESK, url=url), wanted, clock) as webhook:
        yield Announcer(store, webhook, wanted, clock)


def go(announcer: Announcer) -> int:
    return announcer.deliver_due(lambda: False)


def open_at(store: Store, bins: str = "a", channel: str = DESK) -> None:
    store.change_alerts([opening(an_alert(bin_id, bin_id), channel) for bin_id in bins], NOON)


def close_at(store: Store, bin_id: str = "a") -> None:
    gone = closed(an_alert(bin_id, bin_id), NOON)
    store.change_alerts([AlertChange(AlertEvent.CLOSED, gone, (DESK,))], NOON)


def waiting(store: Store, alert_id: str = "a") -> Announcement:
    return store.announcements(alert_id)[0]


# --- webhooks ---


def test_a_receiver_hears_of_every_step_once_and_in_order(town: Store, clock: Hands) -> None:
    open_at(town, BINS)
    close_at(town)
    with receiving() as receiver, desk(town, clock, receiver.url) as announcer:
        assert go(announcer) == 9
        assert go(announcer) == 0
    assert [body["type"] for body in receiver.heard].count("alert.opened") == 8
    assert receiver.heard[-1]["type"] == "alert.closed"
    assert receiver.ids[-1] == "a.closed.desk"
    told = waiting(town)
    assert (told.delivered_at, told.next_try_at, told.num_tries, told.error) == (NOON, None, 1, "")


@pytest.mark.parametrize("status", [302, 400, 401, 404, 500, 503, 429])
def test_a_receiver_that_fails_is_told_later(town: Store, clock: Hands, status: int) -> None:
    open_at(town)
    with receiving(status) as receiver, desk(town, clock, receiver.url) as announcer:
        assert go(announcer) == 0
        assert waiting(town).next_try_at == NOON + timedelta(seconds=5)
        assert f"answered {status}" in waiting(town).error
        assert go(announcer) == 0, "not before its time"
        clock.turn(seconds=5)
        assert go(announcer) == 1
    assert receiver.ids == ["a.opened.desk"]
    assert set(receiver.paths) == {"/hook"}, "a redirect is not followed"


def test_a_second_try_has_the_same_id_and_the_same_bytes(town: Store, clock: Hands) -> None:
    open_at(town)
    with receiving(500) as receiver, desk(town, clock, receiver.url) as announcer:
        go(announcer)
        before = waiting(town)
        clock.turn(hours=1)
        go(announcer)
    assert receiver.heard == [before.body]
    assert receiver.heard[0]["timestamp"] == "2026-11-23T12:00:00Z", "when it happened, not when it was sent"


def test_one_that_is_refused_keeps_no_other_waiting(town: Store, clock: Hands) -> None:
    open_at(town, BINS)
    with receiving(400) as receiver, desk(town, clock, receiver.url) as announcer:
        assert go(announcer) == 7
        clock.turn(seconds=5)
        assert go(announcer) == 1
    assert len(set(receiver.ids)) == 8


def test_a_receiver_that_is_away_is_asked_once_a_round(town: Store, clock: Hands) -> None:
    open_at(town, BINS[:5])
    with receiving(503, 503) as receiver, desk(town, clock, receiver.url) as announcer:
        go(announcer)
        assert len(receiver.paths) == 1
        assert {waiting(town, bin_id).next_try_at for bin_id in BINS[:5]} == {NOON + timedelta(seconds=5)}
        clock.turn(seconds=5)
        go(announcer)
        assert {waiting(town, bin_id).next_try_at for bin_id in BINS[:5]} == {
            clock.now + timedelta(seconds=10)
        }
        clock.turn(seconds=10)
        assert go(announcer) == 5


def test_nobody_at_home_and_a_slow_one_are_told_later(town: Store, clock: Hands) -> None:
    open_at(town)
    with desk(town, clock, f"http://127.0.0.1:{free_port()}/") as announcer:
        assert go(announcer) == 0
    assert "can't be reached" in waiting(town).error
    clock.turn(hours=1)
    with receiving(is_slow=True) as receiver, desk(town, clock, receiver.url) as announcer:
        assert go(announcer) == 0
        assert "can't be reached" in waiting(town).error
        receiver.is_slow = False
        receiver.hurry.set()
        clock.turn(hours=1)
        assert go(announcer) == 1
    assert receiver.ids == ["a.opened.desk"] * 2, "it may have heard the first; the id tells"


def test_what_is_too_old_or_unwanted_for_ever_is_given_up_and_stays_in_the_store(
    town: Store, clock: Hands
) -> None:
    open_at(town, "ab")
    with receiving(410, 503) as receiver, desk(town, clock, receiver.url, give_up_days=1) as announcer:
        clock.turn(hours=25)
        assert go(announcer) == 0
        clock.turn(hours=25)
        assert go(announcer) == 0
    assert len(receiver.paths) == 2
    for bin_id, status in (("a", 410), ("b", 503)):
        told = waiting(town, bin_id)
        assert (told.next_try_at, told.delivered_at) == (None, None)
        assert f"answered {status}" in told.error


def test_a_late_one_is_tried_before_it_is_given_up(town: Store, clock: Hands) -> None:
    """A watcher that was off for a week still tells what it missed."""
    open_at(town)
    clock.turn(days=7)
    with receiving() as receiver, desk(town, clock, receiver.url) as announcer:
        assert go(announcer) == 1


def test_who_is_stopped_leaves_the_rest_for_the_next_start(town: Store, clock: Hands) -> None:
    open_at(town, BINS)
    with receiving() as receiver, desk(town, clock, receiver.url) as announcer:
        assert announcer.deliver_due(lambda: len(receiver.heard) >= 3) == 3
        assert go(announcer) == 5


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    """From the reference implementations of Standard Webhooks."""
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "A" * 200]
)
def test_a_secret_that_can_t_sign_is_a_wrong_setting_and_not_shown(secret: str, clock: Hands) -> None:
    with pytest.raises(ConfigError, match=r"alerts\.secret.*TOURNEE_ALERTS__SECRET") as wrong:
        Webhook(WebhookSettings(name=DESK, url="https://desk.example/"), AlertSettings(secret=secret), clock)
    assert not secret or f"'{secret}'" not in str(wrong.value)


# --- MQTT ---


def test_alerts_are_heard_on_topics_of_their_own(town: Store, broker: Mosquitto, clock: Hands) -> None:
    open_at(town, BINS, MQTT)
    listener = Listener(broker.port)
    with AlertBroker(at_broker(broker), settings()) as channel:
        assert go(Announcer(town, channel, settings(), clock)) == 8
    heard = dict(listener.wait_for(8))
    listener.close()
    assert sorted(heard) == [f"tournee/alerts/{bin_id}/fire" for bin_id in BINS]
    assert json.loads(heard["tournee/alerts/a/fire"]) == waiting(town).body
    late = Listener(broker.port)
    assert late.heard == [], "nothing is retained"
    late.close()


def test_a_broker_that_is_away_is_told_when_it_is_back(town: Store, broker: Mosquitto, clock: Hands) -> None:
    open_at(town, "a", MQTT)
    broker.stop()
    with AlertBroker(at_broker(broker), settings()) as channel:
        announcer = Announcer(town, channel, settings(), clock)
        assert go(announcer) == 0
        assert "no connection" in waiting(town).error
        broker.start()
        listener = Listener(broker.port)
        told = 0
        for _ in range(20):
            clock.turn(hours=1)
            told = told or go(announcer)
        assert told == 1
    assert [topic for topic, _ in listener.wait_for(1)] == ["tournee/alerts/a/fire"]
    listener.close()


@pytest.mark.parametrize("version", ["v5", "v3.1.1"])
def test_a_broker_that_knows_us_not_is_away(broker: Mosquitto, version: str) -> None:
    broker.stop()
    broker.allow_anonymous = False
    broker.start()
    (told,) = announced(opening(an_alert(), MQTT), NOON)
    who = at_broker(broker, mqtt_version=version, username="nobody", password="wrong")
    with AlertBroker(who, settings()) as channel, pytest.raises(BrokerUnavailable, match="no connection"):
        channel.tell(told)


def test_a_bin_whose_name_makes_no_topic_is_refused_for_good(broker: Mosquitto) -> None:
    alert = replace(an_alert(), bin_id="a#b")
    (told,) = announced(opening(alert, MQTT), NOON)
    with AlertBroker(at_broker(broker), settings()) as channel, pytest.raises(Refused) as refused:
        channel.tell(told)
    assert refused.value.is_final


@pytest.mark.parametrize("prefix", ["tournee/v1", "tournee/v1/alerts"])
def test_our_own_collector_must_not_hear_our_alerts(prefix: str) -> None:
    with pytest.raises(ConfigError, match=r"alerts\.topic_prefix"):
        AlertBroker(BrokerSettings(), AlertSettings(topic_prefix=prefix))


def test_a_host_that_is_no_name_is_a_wrong_setting() -> None:
    with (
        pytest.raises(ConfigError, match=r"broker\.host"),
        AlertBroker(BrokerSettings(host="a" * 64), settings()),
    ):
        pass


# --- who is told of what ---


def test_a_receiver_may_want_some_kinds_only() -> None:
    hooks = [
        {"name": "all", "url": "https://all.example/"},
        {"name": "fire-brigade", "url": "https://fire.example/", "kinds": ["fire"]},
    ]
    assert settings(webhooks=hooks).channels(AlertKind.FIRE) == (MQTT, "all", "fire-brigade")
    assert settings(webhooks=hooks, topic_prefix="").channels(AlertKind.STUCK) == ("all",)


def test_a_receiver_listens(clock: Hands) -> None:
    """The receiver of these tests refuses what is not signed by the secret."""
    with receiving() as receiver:
        assert isinstance(receiver, Receiver)
        wrong = settings(secret="whsec_" + "A" * 40)
        (told,) = announced(opening(an_alert(), DESK), NOON)
        with (
            Webhook(WebhookSettings(name=DESK, url=receiver.url), wrong, clock) as webhook,
            pytest.raises(Refused, match="401"),
        ):
            webhook.tell(told)
        assert receiver.heard == []
