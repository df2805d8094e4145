"""Old rows of bins, cut into pieces that one short transaction deals with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, Connection, text

from tournee.store.hours import HOUR_MS
from tournee.tables import to_milliseconds

SLICE_ROWS = 2_000
"""Rows of one transaction: on SQLite a collector waits while we write, for some 20 ms."""

_PER_BIN = (
    "SELECT bin.bin_key, count(*), min({at}) FROM bin CROSS JOIN {table} "
    "WHERE {table}.bin_key = bin.bin_key AND {at} < :before GROUP BY bin.bin_key"
)


class OldRows(NamedTuple):
    """How many old rows a bin has, and the instant of the first, in milliseconds."""

    bin_key: int
    num_rows: int
    first: int


class Slice(NamedTuple):
    """The rows of some bins with `since <= instant < until`, in milliseconds."""

    bin_keys: Sequence[int]
    since: int
    until: int


def old_rows(connection: Connection, instant: Column[datetime], before: datetime) -> list[OldRows]:
    """Return the bins that have rows with an instant before another; each is a seek, for the key begins with the bin."""
    query = text(_PER_BIN.format(at=instant.name, table=instant.table.name))
    return [OldRows(*row) for row in connection.execute(query, {"before": to_milliseconds(before)})]


def slices(bins: Iterable[OldRows], before: datetime) -> Iterator[Slice]:
    """Cut at bins, and within a bin that has too many rows at whole hours."""
    until = to_milliseconds(before)
    some: list[OldRows] = []
    for one in bins:
        if some and sum(each.num_rows for each in some) + one.num_rows > SLICE_ROWS:
            yield _together(some, until)
            some = []
        if one.num_rows > SLICE_ROWS:
            yield from _apart(one, until)
        else:
            some.append(one)
    if some:
        yield _together(some, until)


def _together(bins: Sequence[OldRows], until: int) -> Slice:
    return Slice([one.bin_key for one in bins], min(one.first for one in bins), until)


def _apart(one: OldRows, until: int) -> Iterator[Slice]:
    start = one.first // HOUR_MS * HOUR_MS
    num_hours = -(-(until - start) // HOUR_MS)
    num_slices = -(-one.num_rows // SLICE_ROWS)
    width = -(-num_hours // num_slices) * HOUR_MS
    for since in range(start, until, width):
        yield Slice([one.bin_key], since, min(since + width, until))
