"""What every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

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


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of an empty store, to copy: making all tables takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "deep" / "town.db"  # in a folder that the store makes
    open_store(StoreSettings(url=f"sqlite:///{file}")).close()
    return file


@pytest.fixture
def store(tmp_path: Path, empty_file: Path) -> Iterator[Store]:
    """An empty store on a real SQLite file."""
    file = tmp_path / "deep" / "town.db"
    file.parent.mkdir()
    copyfile(empty_file, file)
    opened = open_store(StoreSettings(url=f"sqlite:///{file}"))
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
