"""Readings and services in the store: the part that grows without end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select

from tournee import tables
from tournee.domain import LatestLevel, PostedMessage, Reading, Refusal, ServiceEvent
from tournee.errors import Conflict, NotFound
from tournee.store.database import Database, insert_new, translated
from tournee.store.latest import latest_levels
from tournee.store.lite import insert_readings
from tournee.store.partitions import PartitionGone, Partitions, stay
from tournee.store.posted import settle
from tournee.store.postgres import copy_readings, one_of, speaks_postgres
from tournee.store.reading_rows import reading_rows
from tournee.store.refusals import REFUSALS_GONE, count_refusals, forgive
from tournee.store.rows import Values, plain, reading_of, service_of, without
from tournee.store.tally import add_to_tally, tally

if TYPE_CHECKING:
    import pandas as pd

STORED = "readings.stored"
DUPLICATES = "readings.duplicate"
SERVICE_DUPLICATES = "services.duplicate"
IDS_IN_QUERY = 500  # SQLite allows 32,766 parameters; a longer list is cheaper as "all"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction keeps.

    Parameters
    ----------
    settled
        The messages over HTTP that it deals with.
    forgiven
        Refusals whose messages it has understood after all.
    """

    readings: Sequence[Reading] = ()
    services: Sequence[ServiceEvent] = ()
    refusals: Sequence[Refusal] = ()
    settled: Sequence[PostedMessage] = ()
    forgiven: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: new readings, readings that were there already, and refusals."""

    stored: int
    duplicates: int
    refused: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the store was made."""

    readings: int
    duplicates: int
    refused: int
    services: int
    service_duplicates: int = 0

    @property
    def total(self) -> int:
        """Every message that was dealt with."""
        return self.readings + self.duplicates + self.refused + self.services + self.service_duplicates


class Readings(Database):
    """What sensors said, what crews did, and what we could not believe."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._partitions = Partitions(engine)
        self._keys: dict[str, int] = {}  # a bin's key never changes; one that is gone breaks a foreign key

    def record(self, batch: Batch) -> Recorded:
        """Keep a batch in one transaction; a reading with a bin and instant that are there already is a duplicate.

        Raises
        ------
        NotFound
            A bin is unknown; nothing of the batch is kept.
        Conflict
            A text holds what no text column takes; nothing of the batch is kept.
        """
        try:
            return self._record(batch)
        except PartitionGone:  # another process tidied that day away, and this is a late reading of it
            self._partitions.forget()
            return self._record(batch)
        except Conflict:
            self._keys.clear()
            raise

    def _record(self, batch: Batch) -> Recorded:
        with translated():
            self._partitions.prepare([reading.measured_at for reading in batch.readings])
        with self._writes() as connection:
            keys = self._keys_of(connection, _bin_ids(batch))
            stored = _keep_readings(connection, batch.readings, keys)
            services = [_keyed(service, keys) for service in batch.services]
            new = insert_new(connection, tables.service, services)
            count_refusals(connection, batch.refusals)
            add_to_tally(connection, DUPLICATES, len(batch.readings) - stored)
            add_to_tally(connection, SERVICE_DUPLICATES, len(services) - new)
            settle(connection, batch.settled)
            forgive(connection, batch.forgiven)
            # Last: other collectors wait for this row until we commit.
            add_to_tally(connection, STORED, stored)
        duplicates = len(batch.readings) - stored
        return Recorded(stored, duplicates, sum(refusal.count for refusal in batch.refusals))

    def _keys_of(self, connection: Connection, bin_ids: set[str]) -> Mapping[str, int]:
        if strangers := bin_ids - self._keys.keys():
            self._keys |= _known_keys(connection, strangers)
        if unknown := bin_ids - self._keys.keys():
            kind = "bin"
            raise NotFound(kind, min(unknown))
        return self._keys

    def readings(self, bin_ids: Sequence[str], since: datetime, until: datetime) -> pd.DataFrame:
        """Return a long frame of the readings with `since <= measured_at < until`, by bin and time.

        Columns: `bin_id` (str), `measured_at` (UTC), `fill_level` (float), `quality` (str). Where the readings themselves are gone,
        each hour has its last accepted one.
        """
        from tournee.store.frames import long_frame  # noqa: PLC0415 - pandas is a third of the start of those who never ask

        with self._reads() as connection:
            if speaks_postgres(connection):
                stay(connection)
            known = _known_keys(connection, set(bin_ids))
            keys = {bin_id: known[bin_id] for bin_id in bin_ids if bin_id in known}
            return long_frame(connection, keys, since, until)

    def readings_of(self, bin_id: str, since: datetime, until: datetime, limit: int) -> tuple[Reading, ...]:
        """Return at most `limit` readings of one bin, newest first."""
        wanted = tables.reading.c
        query = (
            select(tables.bin_.c.bin_id, tables.reading)
            .join_from(tables.reading, tables.bin_)
            .where(tables.bin_.c.bin_id == bin_id, wanted.measured_at >= since, wanted.measured_at < until)
            .order_by(wanted.measured_at.desc())
            .limit(limit)
        )
        with self._reads() as connection:
            return tuple(map(reading_of, connection.execute(query).mappings()))

    def latest_levels(self) -> dict[str, LatestLevel]:
        """Return the newest level of every bin that has one, by bin: quick for thousands."""
        with self._reads() as connection:
            return latest_levels(connection)

    def latest_readings(self, limit: int | None = None, offset: int = 0) -> dict[str, Reading]:
        """Return the newest reading of every bin that has one, by bin and in the order of their ids, or a page of them."""
        named = tables.bin_.c.bin_id
        query = select(named, tables.bin_state).join_from(tables.bin_state, tables.bin_).order_by(named)
        with self._reads() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).mappings()
            return {row["bin_id"]: reading_of(row) for row in rows}

    def num_measured(self) -> int:
        """Return how many bins have a reading."""
        with self._reads() as connection:
            return connection.scalar(select(func.count()).select_from(tables.bin_state)) or 0

    def services(self, bin_ids: Sequence[str], since: datetime, until: datetime) -> tuple[ServiceEvent, ...]:
        """Return the services with `since <= served_at < until`, oldest first."""
        wanted = tables.service.c
        query = (
            select(tables.bin_.c.bin_id, tables.service)
            .join_from(tables.service, tables.bin_)
            .where(wanted.served_at >= since, wanted.served_at < until)
            .order_by(wanted.served_at, tables.bin_.c.bin_id)
        )
        asked = set(bin_ids)
        with self._reads() as connection:
            return tuple(
                service_of(row) for row in connection.execute(query).mappings() if row["bin_id"] in asked
            )

    def counts(self) -> Counts:
        """Return totals since the store was made."""
        with self._reads() as connection:
            return Counts(
                readings=tally(connection, STORED),
                duplicates=tally(connection, DUPLICATES),
                refused=int(connection.scalar(select(func.sum(tables.refusal.c.count))) or 0)
                + tally(connection, REFUSALS_GONE),
                services=connection.scalar(select(func.count()).select_from(tables.service)) or 0,
                service_duplicates=tally(connection, SERVICE_DUPLICATES),
            )


def _bin_ids(batch: Batch) -> set[str]:
    return {reading.bin_id for reading in batch.readings} | {service.bin_id for service in batch.services}


def _known_keys(connection: Connection, bin_ids: set[str]) -> dict[str, int]:
    """Return the keys of those that exist, and perhaps of others."""
    named = tables.bin_.c
    query = select(named.bin_id, named.bin_key)
    if speaks_postgres(connection):
        query = query.where(one_of(named.bin_id, bin_ids))
    elif len(bin_ids) <= IDS_IN_QUERY:
        query = query.where(named.bin_id.in_(bin_ids))
    return dict(connection.execute(query).all())


def _keyed(thing: Reading | ServiceEvent, keys: Mapping[str, int]) -> Values:
    return without(plain(thing), "bin_id") | {"bin_key": keys[thing.bin_id]}


def _keep_readings(connection: Connection, readings: Sequence[Reading], keys: Mapping[str, int]) -> int:
    """Keep readings and what they change of the latest state; return how many were new."""
    rows = reading_rows(readings, keys)
    return (copy_readings if speaks_postgres(connection) else insert_readings)(connection, rows)
