"""Counts that outlive the rows they count."""

from __future__ import annotations

from sqlalchemy import Connection, select

from tournee import tables
from tournee.store.database import insert_into


def add_to_tally(connection: Connection, name: str, amount: int) -> None:
    """Add to a count; nothing is written for nothing."""
    if amount:
        statement = insert_into(connection, tables.tally)
        changed = {"value": tables.tally.c.value + statement.excluded.value}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_=changed),
            [{"name": name, "value": amount}],
        )


def tally(connection: Connection, name: str) -> int:
    """Return a count; 0 where nobody ever counted."""
    return connection.scalar(select(tables.tally.c.value).where(tables.tally.c.name == name)) or 0
