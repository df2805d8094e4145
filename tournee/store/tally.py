"""Counts that outlive the rows they count."""

from __future__ import annotations

from sqlalchemy import Connection, select, text

from tournee import tables

# In words of its own: each batch of readings adds to one, and to build the statement costs more than to run it.
_ADD = text(
    "INSERT INTO tally (name, value) VALUES (:name, :amount) "
    "ON CONFLICT (name) DO UPDATE SET value = tally.value + excluded.value"
)


def add_to_tally(connection: Connection, name: str, amount: int) -> None:
    """Add to a count; nothing is written for nothing."""
    if amount:
        connection.execute(_ADD, {"name": name, "amount": amount})


def tally(connection: Connection, name: str) -> int:
    """Return a count; 0 where nobody ever counted."""
    return connection.scalar(select(tables.tally.c.value).where(tables.tally.c.name == name)) or 0
