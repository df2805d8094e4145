"""Who is alive: each part writes its own line, and health reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tournee import tables
from tournee.store.database import Database, upsert


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life of a part, in its own words."""

    part: str
    at: datetime
    detail: str


class Heartbeats(Database):
    """Signs of life."""

    def beat(self, part: str, at: datetime, detail: str = "") -> None:
        """Say that a part is alive."""
        with self._writes() as connection:
            upsert(connection, tables.heartbeat, [{"part": part, "at": at, "detail": detail}], "part")

    def heartbeats(self) -> dict[str, Heartbeat]:
        """Return the last sign of life of every part that ever gave one."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.heartbeat)).mappings()
            return {row["part"]: Heartbeat(**row) for row in rows}
