"""Readings by the million, as a long frame: out of the database as columns, and never as a row of objects.

PostgreSQL packs each day into one array for each column, which numpy reads as it comes; SQLite's rows stream into one array. What
is older than the raw readings that are kept comes from the hours they were rolled up into.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from tournee.domain import Quality
from tournee.store.partitions import DAY_MS, days_of
from tournee.store.postgres import speaks_postgres
from tournee.tables import to_milliseconds

HOUR_MS = 3_600_000
BINS_AT_ONCE = 500  # whose hours make one array: years of them stay far below what one value may hold
ARRAY_HEAD = (
    20  # bytes: dimensions, nulls, type, length, lower bound; then each item with its length before it
)

_RAW = "FROM reading WHERE bin_key = ANY(%s) AND measured_at >= %s AND measured_at < %s"
_HOURS = (
    "FROM reading_hour WHERE bin_key = ANY(%s) AND hour_at > %s AND hour_at < %s "
    "AND last_measured_at >= %s AND last_measured_at < %s"
)
_PACK = "array_send(array_agg({}))"
_LITE = (
    "SELECT bin_key, measured_at, fill_level, quality = 'accepted' FROM json_each(?) AS asked CROSS JOIN reading "
    "WHERE bin_key = asked.value AND measured_at >= ? AND measured_at < ? UNION ALL "
    "SELECT bin_key, last_measured_at, last_fill_level, 1 FROM json_each(?) AS asked CROSS JOIN reading_hour "
    "WHERE bin_key = asked.value AND hour_at > ? AND hour_at < ? AND last_measured_at >= ? AND last_measured_at < ?"
)

type Span = tuple[int, int]
type Columns = npt.NDArray[np.void]

COLUMNS = np.dtype([("bin_key", "i4"), ("measured_at", "i8"), ("fill_level", "f8"), ("is_accepted", "?")])


def long_frame(
    connection: Connection, keys: Mapping[str, int], since: datetime, until: datetime
) -> pd.DataFrame:
    """Return the readings of these bins with `since <= measured_at < until`, by bin and time."""
    span = to_milliseconds(since), to_milliseconds(until)
    read = _from_postgres if speaks_postgres(connection) else _from_sqlite
    return _frame(read(connection, list(keys.values()), span), keys)


def _from_sqlite(connection: Connection, keys: Sequence[int], span: Span) -> Columns:
    driver: Any = connection.connection.driver_connection
    asked, since, until = json.dumps(keys), *span
    rows = driver.execute(_LITE, (asked, since, until, asked, since - HOUR_MS, until, since, until))
    return np.fromiter(rows, COLUMNS)


def _from_postgres(connection: Connection, keys: Sequence[int], span: Span) -> Columns:
    pieces = [*_raw(connection, keys, span), *_rolled_up(connection, keys, span)]
    return np.concatenate(pieces) if pieces else np.empty(0, COLUMNS)


def _raw(connection: Connection, keys: Sequence[int], span: Span) -> Iterator[Columns]:
    columns = ("bin_key", "measured_at", "fill_level", "quality = 'accepted'")
    for day in days_of(connection):
        since, until = max(span[0], day * DAY_MS), min(span[1], (day + 1) * DAY_MS)
        if since < until:
            yield from _packed(connection, columns, _RAW, (keys, since, until))


def _rolled_up(connection: Connection, keys: Sequence[int], span: Span) -> Iterator[Columns]:
    columns = ("bin_key", "last_measured_at", "last_fill_level", "true")
    since, until = span
    for first in range(0, len(keys), BINS_AT_ONCE):
        some = keys[first : first + BINS_AT_ONCE]
        yield from _packed(connection, columns, _HOURS, (some, since - HOUR_MS, until, since, until))


def _packed(
    connection: Connection, columns: Sequence[str], source: str, values: Sequence[Any]
) -> Iterator[Columns]:
    driver: Any = connection.connection.driver_connection
    query = f"SELECT {', '.join(map(_PACK.format, columns))} {source}"
    with driver.cursor(binary=True) as cursor:
        packed = cursor.execute(query, values, prepare=False).fetchone()
    if packed[0] is None:
        return
    piece = np.empty((len(packed[0]) - ARRAY_HEAD) // 8, COLUMNS)
    for name, data in zip(COLUMNS.names or (), packed, strict=True):
        piece[name] = _items(data, COLUMNS[name])
    yield piece


def _items(data: bytes, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    item = np.dtype([("length", ">i4"), ("value", kind.newbyteorder(">"))])
    return np.frombuffer(data, item, offset=ARRAY_HEAD)["value"]


def _frame(columns: Columns, keys: Mapping[str, int]) -> pd.DataFrame:
    bin_ids = sorted(keys)
    ranks = np.empty(max(keys.values(), default=0) + 1, "i4")
    ranks[[keys[bin_id] for bin_id in bin_ids]] = np.arange(len(bin_ids))
    rank = ranks[columns["bin_key"]]
    order = np.lexsort((columns["measured_at"], rank))
    names = pd.array(bin_ids, dtype="str")
    qualities = pd.array([Quality.SUSPICIOUS.value, Quality.ACCEPTED.value], dtype="str")
    return pd.DataFrame(
        {
            "bin_id": names.take(rank[order]),
            "measured_at": pd.to_datetime(columns["measured_at"][order], unit="ms", utc=True),
            "fill_level": columns["fill_level"][order],
            "quality": qualities.take(columns["is_accepted"][order].astype("i4")),
        }
    )
