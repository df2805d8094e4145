"""One database: opening it, its transactions, and its failures in our own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError

from tournee.errors import ConfigError, Conflict, StoreUnavailable
from tournee.store.postgres import connect_arguments, speaks_postgres

type Row = Mapping[str, Any]

PAUSE_S = 0.02
"""Between two looks at a file that another process is making."""


def open_engine(url: str, busy_timeout_s: float) -> Engine:
    """Return an engine; SQLite gets its folder, WAL mode, foreign keys and transactions that begin when we say so."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "postgresql":
            reached_by = connect_arguments(address, busy_timeout_s)
            return create_engine(
                address.set(drivername="postgresql+psycopg"), connect_args=reached_by, pool_pre_ping=True
            )
        engine = create_engine(address, connect_args={"timeout": busy_timeout_s})
    except (ArgumentError, ImportError) as wrong:
        scheme = url.partition("://")[0]  # what follows may hold a password
        expected = f"the address of a database whose driver is installed ({wrong})"
        raise ConfigError("store.url", scheme, expected) from None
    _make_folder(address.database)
    event.listen(engine, "connect", lambda connection, _: _prepare_sqlite(connection, busy_timeout_s))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(database: str | None) -> None:
    try:
        Path(database or ".").parent.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        message = f"The folder of {database} can't be made: {failure.strerror}. Correct store.url, or make the folder."
        raise StoreUnavailable(message) from failure


def _prepare_sqlite(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    connection.isolation_level = None  # the driver would otherwise begin transactions behind our back
    _enter_wal(connection, tries=1 + int(busy_timeout_s / PAUSE_S))
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _enter_wal(connection: sqlite3.Connection, tries: int) -> None:
    """Let readers and a writer work side by side.

    Where two processes make the same file at once, SQLite tells one of them that it is locked without waiting for its timeout.
    """
    for number in range(tries):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or number == tries - 1:
                raise
            sleep(PAUSE_S)


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: one that reads first and writes later is refused without waiting
    # when another wrote in between.
    writes = connection.get_execution_options().get("tournee_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """An engine with the two kinds of transaction that the store's parts need."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raise `StoreUnavailable` where the database does not answer."""
        with self._reads() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def _reads(self) -> Iterator[Connection]:
        with translated(), self._engine.connect() as plain:
            # One picture of the whole, as SQLite gives it: a plan is read from eight tables.
            is_postgres = speaks_postgres(plain)
            connection = plain.execution_options(isolation_level="REPEATABLE READ") if is_postgres else plain
            with connection.begin():
                yield connection

    @contextmanager
    def _writes(self) -> Iterator[Connection]:
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(tournee_writes=True)
            with connection.begin():
                yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Raise the failures of whatever driver as our own."""
    try:
        yield
    except (IntegrityError, DataError, psycopg.DataError, UnicodeEncodeError) as broken:
        message = f"The store refused it: {getattr(broken, 'orig', broken)}."
        raise Conflict(message) from broken
    except (DBAPIError, psycopg.Error) as failure:  # COPY speaks to the driver itself
        message = f"The database did not answer: {getattr(failure, 'orig', failure)}."
        raise StoreUnavailable(message) from failure


def insert_new(connection: Connection, table: Table, rows: Iterable[Row]) -> int:
    """Insert the rows whose key is not there yet; return how many that were."""
    batch = list(rows)
    if not batch:
        return 0
    statement = insert_into(connection, table).on_conflict_do_nothing()
    # Not every driver still knows the count once its cursor is closed.
    return connection.execute(statement, batch, execution_options={"preserve_rowcount": True}).rowcount


def upsert(connection: Connection, table: Table, rows: Iterable[Row], key: str) -> None:
    """Insert rows, or replace every other column where `key` is there already."""
    batch = list(rows)
    if not batch:
        return
    statement = insert_into(connection, table)
    changed = {name: statement.excluded[name] for name in batch[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), batch)


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an insert that knows `ON CONFLICT`, which standard SQL does not."""
    return (postgresql if speaks_postgres(connection) else sqlite).insert(table)
