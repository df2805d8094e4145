"""How the tables came to be as they are, step by step (Alembic)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from tournee.errors import StoreUnavailable

UPGRADE_LOCK = 7_262_033  # any number of our own; the same in every process
NEWEST = "head"
VERSIONS = Path(__file__).parent / "versions"
DAY_OF_READINGS = re.compile(r"reading_\d{8}")


def upgrade(engine: Engine, to: str = NEWEST) -> None:
    """Bring a database to a revision, the newest unless told otherwise; what it holds is kept."""
    try:
        # Two processes may start at once: the second waits for the lock and finds nothing left to do.
        with engine.connect().execution_options(tournee_writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
            if not _is_there(connection, to):
                from tournee.migrations import steps  # noqa: PLC0415 - Alembic takes a third of a command's start

                steps.walk(connection, to)
    except DBAPIError as failure:
        message = f"The database did not answer: {failure.orig}."
        raise StoreUnavailable(message) from failure


def _is_there(connection: Connection, to: str) -> bool:
    """Tell whether nothing is left to do, which is so at nearly every start."""
    if to != NEWEST or not inspect(connection).has_table("alembic_version"):
        return False
    return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest()]


def newest() -> str:
    """Return the newest revision: the number that the last file begins with."""
    return max(file.name for file in VERSIONS.glob("[0-9]*.py")).partition("_")[0]


def is_described(name: str | None, kind: str, _parents: Any) -> bool:
    """Tell whether the code should describe a table: a day of `reading` is a part of it, made as readings come."""
    return kind != "table" or name is None or DAY_OF_READINGS.fullmatch(name) is None
