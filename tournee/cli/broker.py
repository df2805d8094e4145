"""A broker of our own for the demo: mosquitto where the machine has it, amqtt in process where not."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from amqtt.broker import Broker as AmqttBroker

from tournee.errors import BrokerUnavailable
from tournee.settings import BrokerSettings

LOOPBACK = "127.0.0.1"
START_S = 15.0
STOP_S = 10.0
SBIN = "/usr/sbin:/usr/local/sbin"  # Debian puts mosquitto where a plain user's PATH does not look
LOSSY = (
    "mosquitto is not on this machine: using amqtt in process, which LOSES messages when it or a client stops. "
    "Install the package `mosquitto` for anything but a look."
)


def find_mosquitto() -> str | None:
    """Return the path of mosquitto, where it is installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SBIN)


class Mosquitto:
    """mosquitto on a loopback port, with its sessions in a folder of ours; it can be stopped and started again."""

    def __init__(self, folder: Path, *, allow_anonymous: bool = True) -> None:
        self.port = free_port()
        self.allow_anonymous = allow_anonymous
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it listens; raise `BrokerUnavailable` where it does not."""
        program = find_mosquitto()
        if program is None:
            message = "mosquitto is not on this machine; install the package `mosquitto`."
            raise BrokerUnavailable(message)
        self._process = subprocess.Popen(  # noqa: S603 - a program found on the machine, no shell
            [program, "-c", str(self._write_config())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port, "mosquitto")

    def stop(self) -> None:
        """Ask it to end; it writes its sessions down first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it as a power cut does: what it had not written down is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _write_config(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        common = files("tournee.cli").joinpath("mosquitto.conf").read_text(encoding="utf-8")
        own = {
            "listener": f"{self.port} {LOOPBACK}",
            "allow_anonymous": str(self.allow_anonymous).lower(),
            "user": getpass.getuser(),  # started as root, it would become another user, who can't write here
            "persistence_location": f"{self._folder.resolve()}/",
        }
        config = self._folder / "mosquitto.conf"
        config.write_text(
            common + "".join(f"{key} {value}\n" for key, value in own.items()), encoding="utf-8"
        )
        return config


@contextmanager
def local_broker(folder: Path, broker: BrokerSettings) -> Iterator[BrokerSettings]:
    """Run mosquitto on a free loopback port, with its sessions in `folder`; yield how to reach it."""
    mosquitto = Mosquitto(folder)
    try:
        mosquitto.start()
        yield broker.model_copy(update={"host": LOOPBACK, "port": mosquitto.port})
    finally:
        mosquitto.stop()


@contextmanager
def lossy_broker(broker: BrokerSettings) -> Iterator[BrokerSettings]:
    """Run amqtt in this process: MQTT 3.1.1, no redelivery, nothing kept. For a look, not for work."""
    port, ready, stop = free_port(), Event(), Event()
    thread = Thread(target=lambda: asyncio.run(_serve_amqtt(port, ready, stop)), name="amqtt", daemon=True)
    thread.start()
    try:
        # It says itself when it listens: a look at its port would be a connection that it never closes.
        if not ready.wait(START_S):
            raise _did_not_start("amqtt")
        yield broker.model_copy(update={"host": LOOPBACK, "port": port, "mqtt_version": "v3.1.1"})
    finally:
        stop.set()
        thread.join(STOP_S)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def wanted_or_free_port(wanted: int) -> int:
    """Return the wanted loopback port, or a free one where it is 0 or taken."""
    try:
        with socket.create_server((LOOPBACK, wanted)) as probe:
            return int(probe.getsockname()[1])
    except OSError:
        return free_port()


def wait_for_port(port: int, name: str) -> None:
    """Return once something listens on a loopback port, or raise `BrokerUnavailable`."""
    deadline, pause = monotonic() + START_S, Event()
    while monotonic() < deadline:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            pause.wait(0.05)
        else:
            return
    raise _did_not_start(name)


def _did_not_start(name: str) -> BrokerUnavailable:
    return BrokerUnavailable(f"{name} did not start within {START_S:g} s.")


async def _serve_amqtt(port: int, ready: Event, stop: Event) -> None:
    broker = AmqttBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    ready.set()
    await asyncio.to_thread(stop.wait)
    await broker.shutdown()
