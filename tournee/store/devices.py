"""Devices in the store: where each sensor sits and sat, and what it says of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from tournee import tables
from tournee.domain import DeviceState, Placement, Reading, Sensor
from tournee.store.database import Database, insert_into
from tournee.store.postgres import one_of, speaks_postgres
from tournee.store.rows import device_state_of, plain, reading_of, sensor_of

COUNTED = ("num_accepted", "num_suspicious", "num_refused")
LAST_SAID = ("battery_v", "battery_level", "temperature_c", "rssi_dbm")


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """A sensor with all its placements, oldest first."""

    sensor: Sensor
    placements: tuple[Placement, ...]

    def bin_at(self, instant: datetime) -> str:
        """Return the bin that it sat on; before its first placement that one, for clocks differ."""
        covering = (each.bin_id for each in self.placements if each.covers(instant))
        earliest = self.placements[0].bin_id if self.placements else self.sensor.bin_id
        return next(covering, earliest)


class Devices(Database):
    """Sensors as devices."""

    def known_sensors(self, device_ids: Collection[str]) -> dict[str, KnownSensor]:
        """Return the sensors that go by these names, whatever their capitals, by the name in capitals."""
        # No sensor has a NUL in its name, and PostgreSQL refuses to look for one.
        wanted = [name.upper() for name in device_ids if "\0" not in name]
        if not wanted:
            return {}
        named = func.upper(tables.sensor.c.sensor_id)
        with self._reads() as connection:
            rows = connection.execute(select(tables.sensor).where(named.in_(wanted))).mappings()
            sensors = [sensor_of(row) for row in rows]
            placed = _placements(connection, [sensor.sensor_id for sensor in sensors])
        return {
            sensor.sensor_id.upper(): KnownSensor(
                sensor, tuple(each for each in placed if each.sensor_id == sensor.sensor_id)
            )
            for sensor in sensors
        }

    def placements(self) -> tuple[Placement, ...]:
        """Return every placement that ever was, by sensor and time."""
        with self._reads() as connection:
            return _placements(connection, None)

    def note_devices(self, states: Iterable[DeviceState]) -> None:
        """Add what was counted since the last time, and keep the newest of what devices say of themselves."""
        rows = [plain(state) for state in sorted(states, key=lambda state: state.sensor_id)]
        if not rows:
            return
        kept = tables.device_state.c
        with self._writes() as connection:
            statement = insert_into(connection, tables.device_state)
            said = statement.excluded
            changed = (
                {name: kept[name] + said[name] for name in COUNTED}
                | {name: func.coalesce(said[name], kept[name]) for name in LAST_SAID}
                | {"last_seen_at": said.last_seen_at}
                | {"last_complaint": func.coalesce(func.nullif(said.last_complaint, ""), kept.last_complaint)}
            )
            connection.execute(
                statement.on_conflict_do_update(index_elements=["sensor_id"], set_=changed), rows
            )

    def last_readings(self, bin_ids: Collection[str]) -> dict[str, tuple[Reading, datetime]]:
        """Return the newest reading of those bins that have one, and since when the level is what it is."""
        named, state = tables.bin_.c.bin_id, tables.bin_state
        query = select(named, state).join_from(state, tables.bin_)
        with self._reads() as connection:
            wanted = one_of(named, bin_ids) if speaks_postgres(connection) else named.in_(bin_ids)
            rows = connection.execute(query.where(wanted)).mappings()
            return {
                row["bin_id"]: (reading_of(row), row["unchanged_since_at"] or row["measured_at"])
                for row in rows
            }

    def device_states(self) -> dict[str, DeviceState]:
        """Return what every device that ever spoke has said of itself, by sensor."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.device_state)).mappings()
            return {row["sensor_id"]: device_state_of(row) for row in rows}


def move_sensors(connection: Connection, sensors: Sequence[Sensor], at: datetime) -> None:
    """Note which sensors sit on another bin than before, from `at` on; what they measured until then stays there.

    A bin has one sensor at a time: a new one ends the stay of the old.
    """
    placed = tables.placement
    still = select(placed.c.sensor_id, placed.c.bin_id).where(placed.c.until_at.is_(None))
    now = dict(connection.execute(still).all())
    moved = {s.sensor_id: s.bin_id for s in sensors if now.get(s.sensor_id) != s.bin_id}
    taken = set(moved.values())
    ended = [name for name, bin_id in now.items() if name in moved or bin_id in taken]
    if ended:
        ending = update(placed).where(placed.c.sensor_id == bindparam("ended"), placed.c.until_at.is_(None))
        connection.execute(ending.values(until_at=at), [{"ended": name} for name in ended])
    if moved:
        statement = insert_into(connection, placed)
        # Moved twice within a millisecond: the second is what counts.
        changed = {"bin_id": statement.excluded.bin_id, "until_at": None}
        keyed = statement.on_conflict_do_update(index_elements=["sensor_id", "since_at"], set_=changed)
        rows = [{"sensor_id": name, "bin_id": bin_id, "since_at": at} for name, bin_id in moved.items()]
        connection.execute(keyed, rows)


def _placements(connection: Connection, sensor_ids: Sequence[str] | None) -> tuple[Placement, ...]:
    placement = tables.placement
    query = select(placement).order_by(placement.c.sensor_id, placement.c.since_at)
    if sensor_ids is not None:
        query = query.where(placement.c.sensor_id.in_(sensor_ids))
    return tuple(Placement(**row) for row in connection.execute(query).mappings())
