"""What becomes of old things: readings turn into hours, the rest goes; a slice at a time, each in a transaction of its own.

Killed between two slices, or in one, it goes on the next time: a slice is rolled up and dropped in one commit, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, delete, exists, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from tournee import tables
from tournee.domain import AlertStatus, MessageStatus
from tournee.store.database import Database
from tournee.store.hours import roll_up
from tournee.store.partitions import DAY_MS, Busy, days_of, drop_day, locked_out
from tournee.store.refusals import REFUSALS_GONE
from tournee.store.slices import old_rows, slices
from tournee.store.tally import add_to_tally
from tournee.tables import to_milliseconds

KEYS_AT_ONCE = 500
TIDY_LOCK = 7_262_035  # any number of our own; the same in every process
DROP_TRIES = 20

_DAY = "measured_at >= :since AND measured_at < :until"
_BINS = f"bin_key IN (SELECT value FROM json_each(:keys)) AND {_DAY}"  # noqa: S608 - our own words

type Rules = dict[str, tuple[Column[object], ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is older than these instants goes; `raw_before` is a midnight UTC, and hours take the place of what goes."""

    raw_before: datetime
    refusals_before: datetime
    messages_before: datetime
    announcements_before: datetime
    forecasts_before: datetime


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows went, or would go.

    Parameters
    ----------
    hours
        What the readings became, new or merged.
    busy_days
        Days whose readings stay until the next time, for somebody always looked at the table.
    """

    readings: int = 0
    hours: int = 0
    refusals: int = 0
    messages: int = 0
    announcements: int = 0
    forecasts: int = 0
    busy_days: int = 0

    def __add__(self, other: Tidied) -> Tidied:
        return Tidied(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def rows(self) -> int:
        """Everything that went."""
        return self.readings + self.refusals + self.messages + self.announcements + self.forecasts


class Keeping(Database):
    """Retention."""

    def overdue(self, limits: Limits) -> Tidied:
        """Return what `tidy` would do, without doing it."""
        with self._reads() as connection:
            counts = {
                name: connection.scalar(select(func.count()).select_from(key.table).where(is_old)) or 0
                for name, (key, is_old) in _rules(limits).items()
            }
            measured, made = tables.reading.c.measured_at, tables.forecast.c.made_at
            return Tidied(
                readings=sum(each.num_rows for each in old_rows(connection, measured, limits.raw_before)),
                forecasts=sum(each.num_rows for each in old_rows(connection, made, limits.forecasts_before)),
                **counts,
            )

    def tidy(self, limits: Limits) -> Iterator[Tidied]:
        """Do it, and yield after each commit what that was; whoever stops asking stops it.

        Wait a little between two slices: on SQLite a collector gets its turn then, on PostgreSQL whoever reads.
        """
        is_postgres = self._engine.dialect.name == "postgresql"
        yield from (self._tidy_days if is_postgres else self._tidy_bins)(limits.raw_before)
        for name, (key, is_old) in _rules(limits).items():
            for count in self._delete(key, is_old):
                yield Tidied(**{name: count})
        yield from self._tidy_forecasts(limits.forecasts_before)

    def _tidy_days(self, before: datetime) -> Iterator[Tidied]:
        with self._reads() as connection:
            days = [day for day in days_of(connection) if (day + 1) * DAY_MS <= to_milliseconds(before)]
        for day in days:
            for _ in range(DROP_TRIES):
                try:
                    done = self._tidy_day(day)
                except Busy:
                    yield Tidied()
                else:
                    yield done
                    break
            else:
                yield Tidied(busy_days=1)

    def _tidy_day(self, day: int) -> Tidied:
        span = {"since": day * DAY_MS, "until": (day + 1) * DAY_MS}
        counted = text(f"SELECT count(*) FROM reading WHERE {_DAY}")  # noqa: S608 - our own words
        with self._writes() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({TIDY_LOCK})"))
            readings = connection.scalar(counted, span) or 0
            hours = roll_up(connection, _DAY, span)
            # Collectors wait from here to the commit, which is why the work is done before. Readings are only ever added, so an
            # equal count says that the hours have all of them.
            with locked_out(connection):
                if connection.scalar(counted, span) != readings:
                    raise Busy
                drop_day(connection, day)
        return Tidied(readings=readings, hours=hours)

    def _tidy_bins(self, before: datetime) -> Iterator[Tidied]:
        with self._reads() as connection:
            old = old_rows(connection, tables.reading.c.measured_at, before)
        for piece in slices(old, before):
            values = {"keys": json.dumps(piece.bin_keys), "since": piece.since, "until": piece.until}
            with self._writes() as connection:
                hours = roll_up(connection, _BINS, values)
                gone = connection.execute(text(f"DELETE FROM reading WHERE {_BINS}"), values)  # noqa: S608 - our own words
            yield Tidied(readings=gone.rowcount, hours=hours)

    def _tidy_forecasts(self, before: datetime) -> Iterator[Tidied]:
        made = tables.forecast.c
        with self._reads() as connection:
            old = old_rows(connection, made.made_at, before)
        for piece in slices(old, before):
            is_old = made.bin_key.in_(piece.bin_keys) & (made.made_at < before)
            with self._writes() as connection:
                gone = connection.execute(delete(tables.forecast).where(is_old))
            yield Tidied(forecasts=gone.rowcount)

    def _delete(self, key: Column[object], is_old: ColumnElement[bool]) -> Iterator[int]:
        """Delete the old rows of a table in the order of its key, and yield how many at a time."""
        looked_at: ColumnElement[bool] = key.is_not(None)
        while True:
            some = select(key).where(looked_at, is_old).order_by(key)
            with self._reads() as connection:
                keys = list(connection.scalars(some.limit(KEYS_AT_ONCE)))
            if not keys:
                return
            with self._writes() as connection:
                # What a collector is just now changing is no longer old.
                still = connection.scalars(some.where(key.in_(keys)).with_for_update(skip_locked=True)).all()
                count = _drop(connection, key, still)
            yield count
            looked_at = key > keys[-1]


def _drop(connection: Connection, key: Column[object], keys: Sequence[object]) -> int:
    gone = delete(key.table).where(key.in_(keys))
    if key.table is tables.refusal:
        counts = connection.scalars(gone.returning(tables.refusal.c.count)).all()
        add_to_tally(connection, REFUSALS_GONE, sum(counts))
        return len(counts)
    return connection.execute(gone).rowcount


def _rules(limits: Limits) -> Rules:
    """Return which rows are old, by the key of their table."""
    posted, told, alert = tables.posted_message.c, tables.announcement.c, tables.alert.c
    is_closed = exists().where(alert.alert_id == told.alert_id, alert.status == AlertStatus.CLOSED)
    is_settled = posted.status != MessageStatus.WAITING
    return {
        "refusals": (tables.refusal.c.content_hash, tables.refusal.c.received_at < limits.refusals_before),
        "messages": (posted.number, is_settled & (posted.received_at < limits.messages_before)),
        "announcements": (
            told.number,
            is_closed & told.next_try_at.is_(None) & (told.made_at < limits.announcements_before),
        ),
    }
