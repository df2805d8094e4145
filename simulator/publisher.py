"""Messages of the simulated town -> the MQTT broker. The only file here that imports paho."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any, Protocol, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulator.town import Message
from tournee.domain import Reading
from tournee.errors import BrokerUnavailable
from tournee.messages import encode_reading, encode_service, reading_topic, service_topic
from tournee.settings import BrokerSettings

ANSWER_WAIT_S = 30.0  # without a single acknowledgement for so long, the broker counts as gone


class Outbox(Protocol):
    """Where messages go: a broker, or a list in a test."""

    def publish(self, message: Message) -> None:
        """Send a message, or hand it to whoever sends it."""
        ...

    def flush(self) -> None:
        """Return when everything published has arrived."""
        ...


class Publisher:
    """Sends at QoS 1, never more at once than the broker acknowledges, so that nothing is lost.

    Use it as a context manager; leaving it without an error waits for the last acknowledgement.

    Parameters
    ----------
    rate
        Messages a second at most; 0 is as fast as the broker acknowledges.
    in_flight_max
        Messages sent and not yet acknowledged, at most; 1 to 65,535.
    client_id
        Empty lets the broker choose one.

    Raises
    ------
    BrokerUnavailable
        There is no broker, it refuses us, or it has stopped answering.
    """

    def __init__(
        self, settings: BrokerSettings, *, rate: float = 0.0, in_flight_max: int = 200, client_id: str = ""
    ) -> None:
        self._settings, self._rate = settings, rate
        self._room = threading.Semaphore(in_flight_max)
        self._changed = threading.Condition()
        self._in_flight = 0
        self._refused = ""
        self._closing = threading.Event()
        self._next_at = monotonic()
        self._client = self._new_client(client_id, in_flight_max)

    def __enter__(self) -> Self:
        connected = threading.Event()
        self._client.on_connect = self._when_connected(connected)
        try:
            self._client.connect(self._settings.host, self._settings.port)
        except OSError as failed:  # also a refused TLS handshake, an unknown host name, a timeout
            raise self._unavailable(str(failed)) from failed
        self._client.loop_start()
        if not connected.wait(ANSWER_WAIT_S) or self._refused:
            self._close()
            raise self._unavailable(self._refused or "it does not answer")
        return self

    def __exit__(
        self, error: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self._close()

    def publish(self, message: Message) -> None:
        """Send one reading or service; waits while too many are on their way or the rate is reached."""
        self.publish_raw(*self._encoded(message))

    def publish_raw(self, topic: str, payload: bytes) -> None:
        """Send whatever bytes on whatever topic, as broken devices do; waits as `publish` does."""
        self._check_refused()
        self._keep_rate()
        if not self._room.acquire(timeout=ANSWER_WAIT_S):
            raise self._unavailable("it stopped acknowledging messages")
        with self._changed:
            self._in_flight += 1
        sent = self._client.publish(topic, payload, qos=1)
        # Without a connection paho keeps the message and sends it after reconnecting.
        if sent.rc not in {mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_NO_CONN}:
            raise self._unavailable(mqtt.error_string(sent.rc))

    def flush(self) -> None:
        """Return when the broker has acknowledged everything; any progress restarts the wait for the next."""
        with self._changed:
            while self._in_flight:
                left = self._in_flight
                self._changed.wait(ANSWER_WAIT_S)
                if self._in_flight >= left:
                    raise self._unavailable(f"{left} messages were never acknowledged")
        self._check_refused()

    def _check_refused(self) -> None:
        if self._refused:
            raise self._unavailable(f"it refused a message ({self._refused})")

    def _encoded(self, message: Message) -> tuple[str, bytes]:
        prefix = self._settings.topic_prefix
        if isinstance(message, Reading):
            return reading_topic(prefix, message.bin_id), encode_reading(message)
        return service_topic(prefix, message.bin_id), encode_service(message)

    def _keep_rate(self) -> None:
        if not self._rate:
            return
        ahead_s = self._next_at - monotonic()
        if ahead_s > 0:
            self._closing.wait(ahead_s)
        self._next_at = max(self._next_at, monotonic() - 1) + 1 / self._rate

    def _new_client(self, client_id: str, in_flight_max: int) -> mqtt.Client:
        settings = self._settings
        protocol = mqtt.MQTTv5 if settings.mqtt_version == "v5" else mqtt.MQTTv311
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol)
        client.max_inflight_messages_set(in_flight_max)
        client.max_queued_messages_set(0)
        client.reconnect_delay_set(1, 5)  # well within the wait for an answer
        if settings.username:
            client.username_pw_set(settings.username, settings.password.get_secret_value())
        if settings.tls:
            client.tls_set()
        client.on_publish = self._on_publish
        return client

    def _on_publish(
        self, _client: mqtt.Client, _data: object, _mid: int, reason: Any, _props: object
    ) -> None:
        with self._changed:
            self._in_flight -= 1
            self._refused = str(reason) if reason.is_failure else self._refused
            self._changed.notify_all()
        self._room.release()

    def _when_connected(self, connected: threading.Event) -> Callable[..., None]:
        def on_connect(
            _client: mqtt.Client, _data: object, _flags: object, reason: Any, _props: object
        ) -> None:
            self._refused = str(reason) if reason.is_failure else ""
            connected.set()

        return on_connect

    def _close(self) -> None:
        self._closing.set()
        self._client.disconnect()
        self._client.loop_stop()

    def _unavailable(self, why: str) -> BrokerUnavailable:
        where = f"{self._settings.host}:{self._settings.port}"
        return BrokerUnavailable(
            f"The MQTT broker at {where} can't take our messages: {why}. Start it, or set broker.host and broker.port."
        )
