"""The latest level of every bin, thousands at once: a column at a time, for what is done per row adds up.

SQLAlchemy makes a mapping of every row, and a whole reading has fourteen fields; for ten thousand bins that is ten times the work of
the database (`benchmarks/state.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from tournee.domain import LatestLevel, Quality
from tournee.store.postgres import speaks_postgres
from tournee.tables import EPOCH

_LATEST = "SELECT bin_id, measured_at, fill_level, quality FROM bin_state JOIN bin ON bin.bin_key = bin_state.bin_key"
_QUALITIES = {quality.value: quality for quality in Quality}


def latest_levels(connection: Connection) -> dict[str, LatestLevel]:
    """Return the newest level of every bin that has one, by bin."""
    columns = list(zip(*_rows(connection), strict=True))
    if not columns:
        return {}
    bin_ids, milliseconds, levels, names = columns
    newest = map(LatestLevel, _instants(milliseconds), levels, map(_QUALITIES.__getitem__, names))
    return dict(zip(bin_ids, newest, strict=True))


def _rows(connection: Connection) -> list[tuple[Any, ...]]:
    driver: Any = connection.connection.driver_connection
    if speaks_postgres(connection):
        with driver.cursor(binary=True) as cursor:
            return cursor.execute(_LATEST).fetchall()  # type: ignore[no-any-return]  # the driver is not typed here
    return driver.execute(_LATEST).fetchall()  # type: ignore[no-any-return]  # nor is this one


def _instants(milliseconds: Iterable[int]) -> Iterable[datetime]:
    ages: list[timedelta] = np.array(milliseconds, "timedelta64[ms]").tolist()
    return map(EPOCH.__add__, ages)
