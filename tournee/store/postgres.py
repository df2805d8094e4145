"""What PostgreSQL does its own way: how it is reached, how writers take turns, how many rows come in at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.errors import CheckViolation
from sqlalchemy import URL, Connection, String, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import Column, Table

from tournee.store.partitions import PartitionGone
from tournee.store.reading_rows import KEEP_NEWER, NAMES, ReadingRow

CONNECT_S = 10
SILENCE_MS = (
    30_000  # a server that vanished without a word would otherwise hold a writer for a quarter of an hour
)

TYPES = (
    *("int4", "int8", "int8", "float8", "text", "float8", "float8", "float8", "text", "text"),
    *("float8", "bool", "float8", "int8"),
)

# Once per connection, not per batch: the catalog would grow by a dozen rows at every commit.
_STAGING = "CREATE TEMPORARY TABLE IF NOT EXISTS arrived (LIKE reading) ON COMMIT DELETE ROWS"
_COPY = f"COPY arrived ({NAMES}) FROM STDIN (FORMAT binary)"
_KEEP = f"INSERT INTO reading ({NAMES}) SELECT {NAMES} FROM arrived ON CONFLICT DO NOTHING"  # noqa: S608 - our own columns
_LATEST = (
    f"INSERT INTO bin_state ({NAMES}, unchanged_since_at) "  # noqa: S608 - our own columns
    f"SELECT DISTINCT ON (bin_key) {NAMES}, measured_at FROM arrived ORDER BY bin_key, measured_at DESC {KEEP_NEWER}"
)


def speaks_postgres(connection: Connection) -> bool:
    """Tell whether the database is a PostgreSQL."""
    return connection.dialect.name == "postgresql"


def connect_arguments(address: URL, lock_timeout_s: float) -> dict[str, Any]:
    """Return what libpq is told, except what the address says itself."""
    ours = {
        "connect_timeout": CONNECT_S,
        "tcp_user_timeout": SILENCE_MS,
        "options": f"-c lock_timeout={round(lock_timeout_s * 1_000)}",
    }
    return {name: value for name, value in ours.items() if name not in address.query}


def take_turns(connection: Connection, table: Table) -> None:
    """Let nobody else write a table until this transaction ends; on SQLite a writer is alone anyway."""
    if speaks_postgres(connection):
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def one_of(column: Column[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a text is one of many, as one parameter however many there are."""
    return column == any_(literal(list(values), ARRAY(String)))


def copy_readings(connection: Connection, rows: Sequence[ReadingRow]) -> int:
    """Keep readings, in the order of their keys, and the latest state of their bins; return how many were new.

    COPY into a table of this connection's own, then one insert for each of the two tables. The rows cross to the server in
    one piece, where `executemany` sends them one by one; see `benchmarks/ingest.py` for the whole path.
    """
    if not rows:
        return 0
    connection.exec_driver_sql(_STAGING)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copying:
        copying.set_types(TYPES)
        for row in rows:
            copying.write_row(row)
    try:
        stored = connection.exec_driver_sql(_KEEP).rowcount
    except IntegrityError as broken:
        if isinstance(broken.orig, CheckViolation):  # a reading has no other condition to violate
            message = "The day of a reading has no partition."
            raise PartitionGone(message) from broken
        raise
    connection.exec_driver_sql(_LATEST)
    return stored
