"""The real town of the tests: central Helsinki, fetched by tools/fetch_town.py."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator.city import City, make_city
from tournee.settings import SimulatorSettings

HELSINKI = ZoneInfo("Europe/Helsinki")
EXTRACT = Path(__file__).parents[1] / "var" / "roads" / "Helsinki.osm.pbf"
MONDAY = datetime(2026, 11, 9, tzinfo=HELSINKI)


def helsinki_extract() -> Path:
    """Return the extract; where it is absent, fail on the build machine and skip elsewhere."""
    if not EXTRACT.is_file():
        message = "var/roads/Helsinki.osm.pbf is not there: run python tools/fetch_town.py"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return EXTRACT


@cache
def helsinki(seed: int = 7, num_bins: int = 300) -> City:
    """Return a simulated town on the real extract."""
    return make_city(helsinki_extract(), SimulatorSettings(seed=seed, num_bins=num_bins))
