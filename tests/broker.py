"""A real mosquitto for tests, with the configuration that ships; and someone who listens to it."""

from __future__ import annotations

import os
import threading

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tournee.cli.broker import find_mosquitto

PATIENCE_S = 30.0
"""How long a busy machine may take for what takes it a moment."""


def need_mosquitto() -> None:
    """Skip the test where mosquitto is missing; on CI that is a failure."""
    if find_mosquitto() is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "mosquitto is not installed on this machine"
        )


class Listener:
    """Subscribes to everything and keeps what it hears."""

    def __init__(self, port: int, topic_filter: str = "#") -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._changed, self._ready = threading.Condition(), threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(topic_filter, qos=1)
        assert self._ready.wait(PATIENCE_S)

    def wait_for(self, count: int) -> list[tuple[str, bytes]]:
        """Return what was heard once there are `count` messages, or all there are once patience ends."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.heard) >= count, timeout=PATIENCE_S)
            return list(self.heard)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()
