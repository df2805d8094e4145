"""The server's start and end."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from api.server import serve
from tests.api_fixtures import KEY, filled, settings
from tests.browser_fixtures import served
from tournee.errors import ConfigError
from tournee.settings import ApiSettings, Settings
from tournee.store import Store


def test_the_server_answers_on_a_free_port_and_stops(store: Store) -> None:
    with served(filled(store)) as root:
        assert httpx.get(f"{root}/bins/B1").json()["address"] == "Mannerheimintie 10"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{root}/bins/B1")


def started(store: Store, api: ApiSettings) -> tuple[str, str]:
    """Start and stop a server; return the address and the key that it told."""
    told: list[tuple[str, str]] = []
    stop = threading.Event()

    def ready(root: str, key: str) -> None:
        told.append((root, key))
        stop.set()

    serve(Settings(api=api), store, ready, stop)
    return told[0]


def test_the_key_is_the_one_that_is_set_or_a_new_one(store: Store) -> None:
    assert started(store, settings().api)[1] == KEY
    first, second = (started(store, ApiSettings(port=0))[1] for _ in range(2))
    assert len(first) == 32
    assert first != second


def test_a_port_that_is_taken_names_its_setting(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match=r"api\.port"):
        started(store, ApiSettings(port=taken.getsockname()[1]))
