"""The latest state of every bin, thousands at once: a column at a time, for what is done per row adds up.

SQLAlchemy makes a mapping of every row, and a frozen dataclass assigns its fields one by one; for ten thousand bins that is ten times
the work of the database (`benchmarks/state.py`).
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from itertools import repeat
from typing import Any

import numpy as np
from sqlalchemy import Connection

from tournee.domain import Quality, Reading
from tournee.store.postgres import speaks_postgres
from tournee.tables import EPOCH

FIELDS = tuple(field.name for field in fields(Reading))
_LATEST = (
    f"SELECT bin_id, {', '.join(FIELDS[1:])} "  # noqa: S608 - our own columns
    "FROM bin_state JOIN bin ON bin.bin_key = bin_state.bin_key"
)
_slots = [Reading.__dict__[name].__set__ for name in FIELDS]

type Column = Iterable[Any]


def latest_readings(connection: Connection) -> dict[str, Reading]:
    """Return the newest reading of every bin that has one, by bin."""
    with _no_search_for_garbage():
        columns = list(zip(*_rows(connection), strict=True))
        return dict(zip(columns[0], _readings(columns), strict=True)) if columns else {}


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    # Tens of thousands of objects come, and none goes: looking for rubbish among them, and in the whole process, took a sixth
    # of the time. Of two threads in here the first to leave lets the search go on for both, which does no harm.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _rows(connection: Connection) -> list[tuple[Any, ...]]:
    driver: Any = connection.connection.driver_connection
    if speaks_postgres(connection):
        with driver.cursor(binary=True) as cursor:
            return cursor.execute(_LATEST).fetchall()  # type: ignore[no-any-return]  # the driver is not typed here
    return driver.execute(_LATEST).fetchall()  # type: ignore[no-any-return]  # nor is this one


def _instants(milliseconds: Column) -> Column:
    ages: list[timedelta] = np.array(milliseconds, "timedelta64[ms]").tolist()
    return map(EPOCH.__add__, ages)


def _qualities(names: Column) -> Column:
    return map({quality.value: quality for quality in Quality}.__getitem__, names)


def _truths(values: Column) -> Column:
    return map({None: None, 0: False, 1: True}.__getitem__, values)


_UNDERSTOOD: dict[str, Callable[[Column], Column]] = {
    "measured_at": _instants,
    "received_at": _instants,
    "quality": _qualities,
    "is_tilted": _truths,
}


def _readings(columns: Sequence[Sequence[Any]]) -> list[Reading]:
    made = list(map(object.__new__, repeat(Reading, len(columns[0]))))
    for name, fill, column in zip(FIELDS, _slots, columns, strict=True):
        values = _UNDERSTOOD[name](column) if name in _UNDERSTOOD else column
        deque(map(fill, made, values), maxlen=0)
    return made
