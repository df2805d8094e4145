"""Readings by day on PostgreSQL: a partition for each, made when a batch needs it and dropped when it is old.

Where TimescaleDB cuts the table by itself (the migration decided so, once), there is nothing to make, and its own function drops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from tournee.errors import Conflict
from tournee.tables import from_milliseconds, to_milliseconds

DAY_MS = 86_400_000
MAKING_LOCK = 7_262_034  # any number of our own; the same in every process
LOCK_WAIT_MS = (
    500  # others queue up behind us so long; below the second after which PostgreSQL looks for deadlocks
)
PARTITIONED = "p"

_KIND = "SELECT relkind FROM pg_class WHERE oid = 'reading'::regclass"
# Attaching a table locks out neither readers nor writers of the whole, where creating it in its place waits for all of them.
_MAKE = "CREATE TABLE {name} (LIKE reading INCLUDING DEFAULTS)"
_ATTACH = "ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
_OUR_DAYS = (
    "SELECT to_date(right(relname, 8), 'YYYYMMDD') - DATE '1970-01-01' FROM pg_inherits "
    "JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'reading'::regclass"
)
_CHUNKS = (
    f"SELECT range_start_integer / {DAY_MS} FROM timescaledb_information.chunks "  # noqa: S608 - our own number
    "WHERE hypertable_name = 'reading'"
)
_DROP_CHUNKS = "SELECT drop_chunks('reading', older_than => {end}, newer_than => {start})"


class PartitionGone(Conflict):
    """The partition that a batch needs was dropped a moment ago: make it anew, and try again."""


class Busy(Exception):
    """Somebody looks at the readings or adds to them just now; safe to try again."""


class Partitions:
    """The days that this process knows to have a partition. Safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: set[int] = set()
        self._is_ours: bool | None = None

    def prepare(self, instants: Sequence[datetime]) -> None:
        """Make what is missing for readings of these instants; each day in a transaction of its own."""
        if self._engine.dialect.name != "postgresql" or self._is_ours is False or not instants:
            return
        # What comes is of today, nearly always: one look at the ends is cheaper than one at each.
        days = {_day(min(instants)), _day(max(instants))}
        if max(days) - min(days) > 1:
            days = set(map(_day, instants))
        for day in sorted(days - self._days):
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


def days_of(connection: Connection) -> list[int]:
    """Return the days that may have readings, oldest first, counted from 1970."""
    return sorted(set(connection.scalars(text(_OUR_DAYS if is_ours(connection) else _CHUNKS))))


@contextmanager
def locked_out(connection: Connection) -> Iterator[None]:
    """Keep everybody out of `reading` until this transaction ends, which should be soon.

    Raises
    ------
    Busy
        Somebody is in there for longer than we let others wait.
    """
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
    try:
        connection.exec_driver_sql("LOCK TABLE ONLY reading IN ACCESS EXCLUSIVE MODE")
        yield
    except OperationalError as failure:
        if isinstance(failure.orig, LockNotAvailable):
            raise Busy from failure
        raise


def stay(connection: Connection) -> None:
    """Keep the days that there are until this transaction ends; to be called before it looks at anything."""
    connection.exec_driver_sql("LOCK TABLE ONLY reading IN ACCESS SHARE MODE")


def drop_day(connection: Connection, day: int) -> None:
    """Drop all readings of a day; the caller has locked everybody out."""
    if is_ours(connection):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {partition_name(day)}")
    else:
        start, end = day * DAY_MS, (day + 1) * DAY_MS
        connection.exec_driver_sql(_DROP_CHUNKS.format(start=start, end=end))


def _day(instant: datetime) -> int:
    return to_milliseconds(instant) // DAY_MS


def partition_name(day: int) -> str:
    """Return the name of the partition of a day, counted from 1970."""
    return f"reading_{from_milliseconds(day * DAY_MS):%Y%m%d}"
