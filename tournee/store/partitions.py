"""Readings by day on PostgreSQL: a partition for each, made when a batch needs it and dropped when it is old.

Where TimescaleDB cuts the table by itself (the migration decided so, once), there is nothing to make, and its own function drops.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from tournee.errors import Conflict
from tournee.tables import from_milliseconds, to_milliseconds

DAY_MS = 86_400_000
MAKING_LOCK = 7_262_034  # any number of our own; the same in every process
PARTITIONED = "p"

_KIND = "SELECT relkind FROM pg_class WHERE oid = 'reading'::regclass"
# Attaching a table locks out neither readers nor writers of the whole, where creating it in its place waits for all of them.
_MAKE = "CREATE TABLE {name} (LIKE reading INCLUDING DEFAULTS)"
_ATTACH = "ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
_DROP_CHUNKS = "SELECT drop_chunks('reading', older_than => {end}, newer_than => {start})"


class PartitionGone(Conflict):
    """The partition that a batch needs was dropped a moment ago: make it anew, and try again."""


class Partitions:
    """The days that this process knows to have a partition. Safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: set[int] = set()
        self._is_ours: bool | None = None

    def prepare(self, instants: Iterable[datetime]) -> None:
        """Make what is missing for readings of these instants; each day in a transaction of its own."""
        if self._engine.dialect.name != "postgresql" or self._is_ours is False:
            return
        for day in sorted({to_milliseconds(instant) // DAY_MS for instant in instants} - self._days):
            self._make(day)
            self._days.add(day)

    def forget(self) -> None:
        """Ask the database again which days there are."""
        self._days = set()

    def _make(self, day: int) -> None:
        with self._engine.connect() as connection, connection.begin():
            # One maker at a time: two that attach the same day would each wait for the other's table.
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MAKING_LOCK})"))
            self._is_ours = is_ours(connection)
            name = partition_name(day)
            if self._is_ours and connection.scalar(text(f"SELECT to_regclass('{name}')")) is None:
                start, end = day * DAY_MS, (day + 1) * DAY_MS
                connection.exec_driver_sql(_MAKE.format(name=name))
                connection.exec_driver_sql(_ATTACH.format(name=name, start=start, end=end))


def is_ours(connection: Connection) -> bool:
    """Tell whether the partitions of `reading` are made by us, and not by TimescaleDB."""
    return connection.scalar(text(_KIND)) in (PARTITIONED, PARTITIONED.encode())


def drop_day(connection: Connection, day: int) -> None:
    """Drop all readings of a day; the caller has locked the table."""
    if is_ours(connection):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {partition_name(day)}")
    else:
        start, end = day * DAY_MS, (day + 1) * DAY_MS
        connection.exec_driver_sql(_DROP_CHUNKS.format(start=start, end=end))


def partition_name(day: int) -> str:
    """Return the name of the partition of a day, counted from 1970."""
    return f"reading_{from_milliseconds(day * DAY_MS):%Y%m%d}"
