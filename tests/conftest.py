"""What every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import need_mosquitto
from tests.postgres import any_store, any_url, postgres  # noqa: F401 - asked for by name
from tests.towns import (  # noqa: F401 - the gallery of named towns, asked for by name
    far_town,
    lunch_town,
    market_town,
    mixed_town,
    small_town,
    two_outlet_town,
    two_trip_town,
)
from tournee.cli.broker import Mosquitto
from tournee.settings import StoreSettings
from tournee.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on a real SQLite file, in a folder that did not exist."""
    opened = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/deep/town.db"))
    yield opened
    opened.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto of this test's own, as we ship it."""
    need_mosquitto()
    mosquitto = Mosquitto(tmp_path / "broker")
    mosquitto.start()
    yield mosquitto
    mosquitto.stop()
