"""What alerts look at: newest readings, temperatures, services and the levels around them; light on a large store.

Rows come as plain tuples, and instants as integers: an object per row and column would cost more than the query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Label, bindparam, func, select, type_coerce
from sqlalchemy.types import BigInteger

from tournee import tables
from tournee.domain import BinState, DeviceState, Quality, ServiceOutcome, ServiceSighting, ServiceSource
from tournee.store.database import Database
from tournee.tables import EPOCH

HOUR = timedelta(hours=1)
BEFORE, AFTER = timedelta(hours=12), timedelta(hours=24)  # of a service: where its readings are looked for


def _ms(column: Column[Any]) -> Label[int]:
    return type_coerce(column, BigInteger).label(column.name)


def _at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


class Sightings(Database):
    """Queries of the watch: few statements, however many bins there are."""

    def bin_states(self, received_since: datetime | None = None) -> tuple[BinState, ...]:
        """Return the newest reading of every bin, as far as alerts look at it; those received since an instant only."""
        state = tables.bin_state.c
        query = select(
            tables.bin_.c.bin_id,
            state.sensor_id,
            _ms(state.measured_at),
            _ms(state.received_at),
            state.fill_level,
            state.quality == Quality.ACCEPTED,
            state.temperature_c,
            state.battery_v,
            state.battery_level,
            state.is_tilted,
            func.coalesce(_ms(state.unchanged_since_at), _ms(state.measured_at)),
        ).join_from(tables.bin_state, tables.bin_)
        if received_since is not None:
            query = query.where(state.received_at >= received_since)
        with self._reads() as connection:
            return tuple(map(_state, connection.execute(query)))

    def device_signs(self, seen_since: datetime | None = None) -> dict[str, DeviceState]:
        """Return when devices spoke last and how their batteries are, by sensor; those seen since an instant only."""
        device = tables.device_state.c
        query = select(device.sensor_id, _ms(device.last_seen_at), device.battery_v, device.battery_level)
        if seen_since is not None:
            query = query.where(device.last_seen_at >= seen_since)
        with self._reads() as connection:
            rows = connection.execute(query)
            return {
                sensor_id: DeviceState(sensor_id, _at(seen), battery_v=volt, battery_level=charge)
                for sensor_id, seen, volt, charge in rows
            }

    def lowest_temperatures(self, above_c: float, now: datetime) -> dict[str, float]:
        """Return, of bins that are above a temperature now, the lowest within the hour before their newest reading.

        Only bins heard of within the last two hours: what happened earlier is no news.
        """
        state, reading = tables.bin_state.c, tables.reading.c
        newest = type_coerce(state.measured_at, BigInteger)
        measured = type_coerce(reading.measured_at, BigInteger)
        hour_ms = round(HOUR.total_seconds() * 1_000)
        query = (
            select(tables.bin_.c.bin_id, func.min(reading.temperature_c))
            .join_from(tables.bin_state, tables.bin_)
            .join(tables.reading, (reading.bin_key == state.bin_key) & (measured >= newest - hour_ms))
            .where(state.temperature_c >= above_c, state.measured_at >= now - 2 * HOUR)
            .where(reading.measured_at >= now - 3 * HOUR, reading.temperature_c.is_not(None))
            .group_by(tables.bin_.c.bin_id)
        )
        with self._reads() as connection:
            return dict(connection.execute(query).all())

    def num_unchanged(self, for_longer_than: timedelta) -> dict[str, int]:
        """Return, of bins whose level has been the same for longer and is not 0, how many readings say so."""
        state, reading = tables.bin_state.c, tables.reading.c
        newest = type_coerce(state.measured_at, BigInteger)
        since = type_coerce(state.unchanged_since_at, BigInteger)
        span_ms = round(for_longer_than.total_seconds() * 1_000)
        suspects = (
            select(tables.bin_.c.bin_id, state.bin_key, state.unchanged_since_at, state.measured_at)
            .join_from(tables.bin_state, tables.bin_)
            .where(newest - since > span_ms, state.fill_level != 0)
        )
        counting = select(func.count()).where(
            reading.bin_key == bindparam("key"),
            reading.measured_at.between(bindparam("first"), bindparam("last")),
        )
        # One by one: they are few, and a join would tempt a planner to read the whole of a large table.
        with self._reads() as connection:
            return {
                bin_id: connection.scalar(counting, {"key": key, "first": first, "last": last}) or 0
                for bin_id, key, first, last in connection.execute(suspects).all()
            }

    def service_sightings(self, since: datetime, until: datetime) -> tuple[ServiceSighting, ...]:
        """Return the last reported emptying of each bin with `since <= served_at <= until`, with the levels around it.

        Trusted readings only, from 12 hours before to 24 hours after.
        """
        service, reading = tables.service.c, tables.reading.c
        last = (
            select(service.bin_key, func.max(service.served_at).label("served_at"))
            .where(service.served_at >= since, service.served_at <= until)
            .where(service.source == ServiceSource.REPORTED, service.outcome == ServiceOutcome.SERVED)
            .group_by(service.bin_key)
            .subquery()
        )
        same = (service.bin_key == last.c.bin_key) & (service.served_at == last.c.served_at)
        served, measured = (
            type_coerce(last.c.served_at, BigInteger),
            type_coerce(reading.measured_at, BigInteger),
        )
        before_ms, after_ms = (round(span.total_seconds() * 1_000) for span in (BEFORE, AFTER))
        near = measured.between(served - before_ms, served + after_ms)
        trusted = (reading.quality == Quality.ACCEPTED) & (reading.measured_at >= since - BEFORE)
        query = (
            select(tables.bin_.c.bin_id, served, service.fill_level_seen, measured, reading.fill_level)
            .join_from(last, tables.service, same & (service.source == ServiceSource.REPORTED))
            .join(tables.bin_, tables.bin_.c.bin_key == last.c.bin_key)
            .join(tables.reading, (reading.bin_key == last.c.bin_key) & near & trusted)
            .order_by(tables.bin_.c.bin_id, reading.measured_at)
        )
        with self._reads() as connection:
            return _sightings(connection.execute(query))


def _state(row: Sequence[Any]) -> BinState:
    (
        bin_id,
        sensor_id,
        measured,
        received,
        level,
        is_trusted,
        temperature,
        volt,
        charge,
        is_tilted,
        unchanged,
    ) = row
    said = (level, is_trusted, temperature, volt, charge, is_tilted)
    return BinState(bin_id, sensor_id, _at(measured), _at(received), *said, _at(unchanged))


def _sightings(rows: Iterable[Any]) -> tuple[ServiceSighting, ...]:
    levels: dict[tuple[str, int, float | None], list[tuple[int, float]]] = defaultdict(list)
    for bin_id, served, seen, measured, level in rows:
        levels[bin_id, served, seen].append((measured, level))
    return tuple(
        ServiceSighting(
            bin_id,
            _at(served),
            seen,
            next((level for measured, level in reversed(around) if measured <= served), None),
            tuple(level for measured, level in around if measured > served),
        )
        for (bin_id, served, seen), around in levels.items()
    )
