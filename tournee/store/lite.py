"""What SQLite does its own way: readings go in as tuples, in one call for each table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tournee.store.reading_rows import COLUMNS, KEEP_NEWER, NAMES, ReadingRow

_MARKS = ", ".join("?" * len(COLUMNS))
_KEEP = f"INSERT INTO reading ({NAMES}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own columns
_LATEST = f"INSERT INTO bin_state ({NAMES}, unchanged_since_at) VALUES ({_MARKS}, ?) {KEEP_NEWER}"  # noqa: S608 - our own columns
_COUNTED = {"preserve_rowcount": True}


def insert_readings(connection: Connection, rows: Sequence[ReadingRow]) -> int:
    """Keep readings, in the order of their keys, and the latest state of their bins; return how many were new."""
    if not rows:
        return 0
    stored = connection.exec_driver_sql(_KEEP, list(rows), execution_options=_COUNTED).rowcount
    newest = {row[0]: row for row in rows}  # of one bin the last is the newest
    connection.exec_driver_sql(_LATEST, [(*row, row[1]) for row in newest.values()])
    return stored
