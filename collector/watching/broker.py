"""Alerts -> the MQTT broker. The only paho here.

Messages are not retained: an announcement is news, and a copy that stays at the broker would cry for ever where the closing
was lost. Who comes late asks `GET /alerts`.
"""

from __future__ import annotations

import logging
from threading import Condition, Event
from types import TracebackType
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from collector.watching.announcing import Refused
from tournee.announcements import MQTT, alert_topic, encode
from tournee.domain import AlertKind, Announcement
from tournee.errors import BrokerUnavailable, ConfigError
from tournee.settings import AlertSettings, BrokerSettings

log = logging.getLogger(__name__)

QOS = 1
ANSWER_S = 10.0
CONNECT_S = 2.0  # how long the first announcement waits for a connection that is being made


class AlertBroker:
    """The channel `mqtt`: a connection that is kept, and made again for ever. Use it as a context manager."""

    name, answer_s = MQTT, ANSWER_S

    def __init__(self, broker: BrokerSettings, alerts: AlertSettings) -> None:
        if f"{alerts.topic_prefix}/".startswith(f"{broker.topic_prefix}/"):
            # The collector hears everything there, and would refuse our alerts as unknown.
            expected = f"a prefix outside broker.topic_prefix ({broker.topic_prefix})"
            raise ConfigError("alerts.topic_prefix", alerts.topic_prefix, expected)
        try:
            broker.host.encode("idna")
        except UnicodeError:  # the network thread would end without a word
            raise ConfigError("broker.host", broker.host, "the name or address of a machine") from None
        self._broker, self._prefix = broker, alerts.topic_prefix
        self._connected, self._answered = Event(), Condition()
        self._answers: dict[int, ReasonCode] = {}
        self._client = self._make_client()

    def __enter__(self) -> Self:
        self._client.connect_async(self._broker.host, self._broker.port)
        self._client.loop_start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def tell(self, announcement: Announcement) -> None:
        """Publish at QoS 1, and return when the broker has taken it."""
        # Without a connection nothing is handed to paho: it would send it later, beside our own next try.
        if not self._connected.wait(CONNECT_S):
            raise self._away("there is no connection")
        data = announcement.body["data"]
        topic = alert_topic(self._prefix, data["bin_id"], AlertKind(data["kind"]))
        with self._answered:
            self._answers.clear()  # one that came too late: its number will be used again
        try:
            sent = self._client.publish(topic, encode(announcement.body), QOS)
        except ValueError as wrong:
            message = f"The bin's id makes no topic: {wrong}."
            raise Refused(message, is_final=True) from None
        if sent.rc != mqtt.MQTT_ERR_SUCCESS:
            raise self._away(mqtt.error_string(sent.rc))
        with self._answered:
            if not self._answered.wait_for(lambda: sent.mid in self._answers, ANSWER_S):
                raise self._away("it did not acknowledge an alert")
            answer = self._answers.pop(sent.mid)
        if answer.is_failure:
            message = (
                f"The broker refused the alert: {answer}. Allow broker.username to write {self._prefix}/#."
            )
            raise Refused(message)

    def _make_client(self) -> mqtt.Client:
        is_v5 = self._broker.mqtt_version == "v5"
        version = MQTTProtocolVersion.MQTTv5 if is_v5 else MQTTProtocolVersion.MQTTv311
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password.get_secret_value())
        if self._broker.tls:
            client.tls_set()
        client.reconnect_delay_set(1, 30)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            log.error("The broker refused us: %s. Check broker.username and its password.", reason)
        else:
            self._connected.set()

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, _reason: ReasonCode, _properties: object
    ) -> None:
        self._connected.clear()

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        with self._answered:
            self._answers[mid] = reason
            self._answered.notify_all()

    def _away(self, why: str) -> BrokerUnavailable:
        where = f"{self._broker.host}:{self._broker.port}"
        return BrokerUnavailable(f"The MQTT broker at {where} can't take our alerts: {why}.")
