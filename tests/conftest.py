"""What every kind of test may ask for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlalchemy import event

from tests import examples  # noqa: F401 - it sets how many Hypothesis draws
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
from tournee.store.database import open_engine


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what the tests are made of: it stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # and seldom over what they make: it is little, and soon gone


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of an empty store, to copy: making all tables takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "deep" / "town.db"  # in a folder that the store makes
    open_store(StoreSettings(url=f"sqlite:///{file}")).close()
    return file


class Shelf:
    """One engine for the stores of all tests: it compiles a query once, which takes longer than most tests."""

    def __init__(self, file: Path) -> None:
        self.engine = open_engine(f"sqlite:///{file}", StoreSettings().busy_timeout_s)
        self.file = file
        event.listen(self.engine, "do_connect", self._open_own_file)

    def _open_own_file(self, _dialect: Any, _record: Any, arguments: list[Any], _named: Any) -> None:
        arguments[:] = [str(self.file)]


@pytest.fixture(scope="session")
def shelf(empty_file: Path) -> Shelf:
    """The engine that `store` stands on."""
    return Shelf(empty_file)


@pytest.fixture
def store(tmp_path: Path, empty_file: Path, shelf: Shelf) -> Iterator[Store]:
    """An empty store on a real SQLite file of its own."""
    shelf.file = tmp_path / "deep" / "town.db"
    shelf.file.parent.mkdir()
    copyfile(empty_file, shelf.file)
    opened = Store(shelf.engine)
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
