"""Messages that came over HTTP: they wait in the store until a collector has understood them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from tournee import tables
from tournee.domain import MessageStatus, PostedMessage
from tournee.errors import NotFound
from tournee.store.database import Database
from tournee.store.rows import plain, posted_message_of


class Posted(Database):
    """The HTTP door: the API puts messages in, a collector takes them out."""

    def post_message(self, message: PostedMessage) -> None:
        """Keep a message; from here on it is safe."""
        with self._writes() as connection:
            connection.execute(tables.posted_message.insert(), plain(message))

    def posted_message(self, message_id: str) -> PostedMessage:
        """Return a message and what became of it, or raise `NotFound`."""
        query = select(tables.posted_message).where(tables.posted_message.c.message_id == message_id)
        with self._reads() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            kind = "posted message"
            raise NotFound(kind, message_id)
        return posted_message_of(row)

    def waiting_messages(self, limit: int) -> tuple[PostedMessage, ...]:
        """Return at most `limit` messages that wait, oldest first."""
        posted = tables.posted_message
        query = select(posted).where(posted.c.status == MessageStatus.WAITING).order_by(posted.c.number)
        with self._reads() as connection:
            return tuple(map(posted_message_of, connection.execute(query.limit(limit)).mappings()))


def settle(connection: Connection, messages: Sequence[PostedMessage]) -> None:
    """Write down what became of messages, in the transaction that keeps their readings."""
    posted = tables.posted_message
    for message in messages:
        outcome = {name: getattr(message, name) for name in ("status", "num_readings", "reason", "detail")}
        connection.execute(update(posted).where(posted.c.message_id == message.message_id).values(outcome))
