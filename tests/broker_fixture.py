"""A real mosquitto for tests: on a free loopback port, configured as MEASURED.md asks so that nothing is lost."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous {anonymous}
max_queued_messages 0
max_inflight_messages 0
persistence false
"""


def find_mosquitto() -> str:
    """Return the program, or skip the test with the reason."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed on this machine")
    return program


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Mosquitto:
    """A broker that can be stopped and started again on its port."""

    folder: Path
    port: int = field(default_factory=free_port)
    anonymous: bool = True
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        configuration = self.folder / "mosquitto.conf"
        allowed = "true" if self.anonymous else "false"
        configuration.write_text(CONFIGURATION.format(port=self.port, anonymous=allowed), encoding="utf-8")
        command = [find_mosquitto(), "-c", str(configuration)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None

    def _wait_until_it_answers(self) -> None:
        pause = threading.Event()
        for _ in range(200):
            assert self.process is not None
            assert self.process.poll() is None, "mosquitto ended at once"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                pause.wait(0.05)
            else:
                return
        pytest.fail("mosquitto did not start within 10 s")


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
        assert self._ready.wait(10)

    def wait_for(self, count: int) -> list[tuple[str, bytes]]:
        """Return what was heard once there are `count` messages, or all there are after ten seconds."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.heard) >= count, timeout=10)
            return list(self.heard)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto of this test's own."""
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.stop()
