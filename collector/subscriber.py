"""The connection to the broker: the only paho here.

What arrives is only handed over: the network thread decodes nothing and stores nothing, so that it answers the broker's
pings whatever the database does. Messages do not pass through paho but through `collector.wire`, beside it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.inbox import Received
from collector.wire import Deliver, Wire
from tournee.clock import Clock
from tournee.errors import ConfigError
from tournee.messages import own_topics, subscriptions
from tournee.settings import BrokerSettings, CollectorSettings

log = logging.getLogger(__name__)

QOS = 1
KEEPALIVE_S = 60
ENDS_MAX, ENDS_WITHIN_S = 3, 60.0


class Client(mqtt.Client):
    """paho, with a `Wire` between it and its socket."""

    def __init__(self, deliver: Deliver, **told: Any) -> None:
        self._deliver = deliver
        self._wire: Wire | None = None
        super().__init__(CallbackAPIVersion.VERSION2, **told)

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1: all but the last go out in one piece with the last."""
        if self._wire:
            self._wire.acknowledge(packet_ids[:-1])
            packet_ids = packet_ids[-1:]
        for packet_id in packet_ids:
            self.ack(packet_id, QOS)

    def _create_socket(self) -> Wire:
        # paho has no public place for this. A later one that does not ask here hands over each message itself: slower, not wrong.
        is_v5 = self.protocol == MQTTProtocolVersion.MQTTv5
        self._wire = Wire(super()._create_socket(), self._deliver, has_properties=is_v5)
        return self._wire


class Subscriber:
    """A persistent session at the broker; messages go to `deliver`, and are acknowledged when asked."""

    def __init__(
        self,
        broker: BrokerSettings,
        settings: CollectorSettings,
        clock: Clock,
        deliver: Callable[[Received], None],
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        self._broker, self._settings, self._clock, self._deliver = broker, settings, clock, deliver
        self._on_connected = on_connected
        heard = [own_topics(broker.topic_prefix), *(each.topic for each in settings.sources if each.topic)]
        self._topics = subscriptions(dict.fromkeys(heard), settings.share_group)
        self._epoch, self._epoch_lock = 0, Lock()
        self._ends: deque[float] = deque(maxlen=ENDS_MAX)
        self._is_up = False
        self._client = self._make_client()

    def alive(self) -> tuple[str, ...]:
        """Return the parts that give a sign of life through us: the broker only while it is connected."""
        return ("collector", "broker") if self._client.is_connected() else ("collector",)

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost, for ever.

        Raises
        ------
        ConfigError
            `broker.host` can't be the name of any machine.
        """
        self._check_host()
        if self._broker.mqtt_version == "v5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it bare
            properties.SessionExpiryInterval = self._settings.session_expiry_s
            properties.ReceiveMaximum = self._settings.receive_maximum
            self._client.connect_async(
                self._broker.host, self._broker.port, KEEPALIVE_S, clean_start=False, properties=properties
            )
        else:
            self._client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        # paho's own thread, and not one of ours around `loop_forever`: only then does every byte leave from the network
        # thread. Otherwise `ack` writes from the recorder's, and a connection that breaks under it ends in `_on_disconnect`
        # with the lock of `acknowledge` still held.
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye; the broker keeps the session, and what we did not acknowledge."""
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tell the broker that these are stored.

        Acknowledge by connection epoch: after a reconnect the broker reuses packet ids, and an old
        acknowledgement would confirm a message that we have not stored.
        """
        with self._epoch_lock:
            # A message sent at QoS 0 has no packet id, and a broker throws out who acknowledges one.
            fresh = [m.packet_id for m in messages if m.packet_id and m.epoch == self._epoch]
            self._client.acknowledge(fresh)

    def _make_client(self) -> Client:
        is_v5 = self._broker.mqtt_version == "v5"
        client = Client(
            self._on_packet,
            client_id=self._settings.client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if is_v5 else MQTTProtocolVersion.MQTTv311,
            clean_session=None if is_v5 else False,
            manual_ack=True,
        )
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password.get_secret_value())
        if self._broker.tls:
            client.tls_set()
        client.reconnect_delay_set(1, 10)
        client.on_connect, client.on_connect_fail = self._on_connect, self._on_connect_fail
        client.on_disconnect, client.on_message = self._on_disconnect, self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    def _check_host(self) -> None:
        try:
            self._broker.host.encode("idna")
        except UnicodeError:  # the network thread would end without a word
            raise ConfigError("broker.host", self._broker.host, "the name or address of a machine") from None

    def _on_connect(
        self, client: mqtt.Client, _userdata: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        self._is_up = True
        address = f"{self._broker.host}:{self._broker.port}"
        if reason.is_failure:
            log.error(
                "The broker at %s refused us: %s. Check broker.username and its password.", address, reason
            )
            return
        self._on_connected()
        client.subscribe([(topic, QOS) for topic in self._topics])
        log.info("Listening to %s.", address)

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        for topic, reason in zip(self._topics, reasons, strict=False):
            if reason.is_failure:
                log.error(
                    "The broker does not let us listen to %s: %s. Allow broker.username to read it.",
                    topic,
                    reason,
                )

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: object) -> None:
        log.warning(
            "The broker at %s:%d does not answer; trying again.", self._broker.host, self._broker.port
        )

    def _on_disconnect(
        self, _client: mqtt.Client, _userdata: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if not self._is_up:
            return  # paho says it twice where a ping was not answered
        self._is_up = False
        with self._epoch_lock:
            self._epoch += 1
        log.info("The connection to the broker ended: %s.", reason)
        self._ends.append(monotonic())
        if len(self._ends) == ENDS_MAX and self._ends[-1] - self._ends[0] < ENDS_WITHIN_S:
            self._ends.clear()
            # Two clients of one name throw each other out for ever: nothing is lost, and little is done. Few brokers say so.
            log.error(
                "The connection to the broker ended %d times within a minute (%s). If another collector runs, give each "
                "its own collector.client_id; this one is %r.",
                ENDS_MAX,
                reason,
                self._settings.client_id,
            )

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self._on_packet(message.topic, bytes(message.payload), message.mid)

    def _on_packet(self, topic: str, payload: bytes, packet_id: int) -> None:
        self._deliver(Received(topic, payload, self._clock(), packet_id, self._epoch))
