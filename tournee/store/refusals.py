"""Refused messages in the store: each once, with its reason and how often it came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, func, select, tuple_

from tournee import tables
from tournee.domain import Refusal
from tournee.store.database import Database, insert_into
from tournee.store.rows import plain, without
from tournee.tables import to_milliseconds

REFUSALS_GONE = "refusals.tidied"


class Refusals(Database):
    """What we could not read or believe."""

    def refusals(self, limit: int) -> tuple[Refusal, ...]:
        """Return at most `limit` refused messages, newest first."""
        query = select(tables.refusal).order_by(tables.refusal.c.received_at.desc()).limit(limit)
        with self._reads() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Refusal(**without(row, "content_hash")) for row in rows)

    def refusals_by_reason(self) -> dict[str, int]:
        """Return how many messages were refused for each reason."""
        count = func.sum(tables.refusal.c.count)
        with self._reads() as connection:
            rows = connection.execute(
                select(tables.refusal.c.reason, count).group_by(tables.refusal.c.reason)
            )
            return {reason: int(total) for reason, total in rows}

    def refusals_after(self, last: Refusal | None, limit: int) -> tuple[Refusal, ...]:
        """Return at most `limit` refused messages that came after another, oldest first; from the first on without one."""
        refused = tables.refusal.c
        query = select(tables.refusal).order_by(refused.received_at, refused.content_hash).limit(limit)
        if last is not None:
            behind = tuple_(refused.received_at, refused.content_hash)
            query = query.where(behind > tuple_(to_milliseconds(last.received_at), _content_hash(last)))
        with self._reads() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Refusal(**without(row, "content_hash")) for row in rows)


def count_refusals(connection: Connection, refusals: Iterable[Refusal]) -> None:
    """Keep refusals; one that is there already is counted once more."""
    rows = [
        plain(refusal)
        | {"content_hash": _content_hash(refusal)}
        | {"topic": _visible(refusal.topic), "detail": _visible(refusal.detail)}
        for refusal in refusals
    ]
    if not rows:
        return
    rows.sort(key=lambda row: row["content_hash"])  # two writers that meet wait, and never for one another
    statement = insert_into(connection, tables.refusal)
    changed = {
        "count": tables.refusal.c.count + statement.excluded.count,
        "received_at": statement.excluded.received_at,
    }
    connection.execute(statement.on_conflict_do_update(index_elements=["content_hash"], set_=changed), rows)


def forgive(connection: Connection, refusals: Sequence[Refusal]) -> None:
    """Forget refusals whose messages were understood after all."""
    if refusals:
        hashes = [_content_hash(refusal) for refusal in refusals]
        connection.execute(delete(tables.refusal).where(tables.refusal.c.content_hash.in_(hashes)))


def _visible(text: str) -> str:
    """Return a text that every database keeps: what a sensor says may hold a NUL, or half a character."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\N{SYMBOL FOR NULL}")


def _content_hash(refusal: Refusal) -> str:
    content = b"\0".join((refusal.reason.encode(), _visible(refusal.topic).encode(), refusal.payload))
    return hashlib.sha256(content).hexdigest()
