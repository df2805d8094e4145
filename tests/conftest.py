"""What every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tournee.settings import StoreSettings
from tournee.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on a real SQLite file, in a folder that did not exist."""
    opened = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/deep/town.db"))
    yield opened
    opened.close()
