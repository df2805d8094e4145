"""Depots, facilities, vehicles, bins and sensors in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from tournee import tables
from tournee.clock import utc_now
from tournee.domain import Bin, Depot, DisposalFacility, Network, Sensor, Vehicle
from tournee.errors import NotFound
from tournee.store.database import Database, upsert
from tournee.store.devices import move_sensors
from tournee.store.rows import (
    bin_of,
    bin_row,
    depot_of,
    facility_of,
    facility_row,
    plain,
    sensor_of,
    vehicle_of,
    vehicle_row,
)
from tournee.store.tally import add_to_tally, tally

VERSION = "network.version"


class Networks(Database):
    """What stands in the town. Saving replaces what has the same id."""

    def save_sites(self, depots: Iterable[Depot], facilities: Iterable[DisposalFacility] = ()) -> None:
        """Keep depots and disposal facilities."""
        with self._writes() as connection:
            upsert(connection, tables.depot, map(plain, depots), "depot_id")
            upsert(connection, tables.facility, map(facility_row, facilities), "facility_id")

    def save_vehicles(self, vehicles: Iterable[Vehicle]) -> None:
        """Keep vehicles; their depots must be there."""
        with self._writes() as connection:
            upsert(connection, tables.vehicle, map(vehicle_row, vehicles), "vehicle_id")

    def save_bins(
        self, bins: Iterable[Bin], sensors: Iterable[Sensor] = (), at: datetime | None = None
    ) -> None:
        """Keep bins and their sensors; the depots must be there. A sensor that moves does so `at` an instant, or now."""
        with self._writes() as connection:
            upsert(connection, tables.bin_, map(bin_row, bins), "bin_id")
            _save_sensors(connection, sensors, at or utc_now())

    def save_network(self, network: Network, at: datetime | None = None) -> None:
        """Keep a whole network in one transaction: all of it, or nothing."""
        with self._writes() as connection:
            upsert(connection, tables.depot, [plain(network.depot)], "depot_id")
            upsert(connection, tables.facility, map(facility_row, network.facilities), "facility_id")
            upsert(connection, tables.vehicle, map(vehicle_row, network.vehicles), "vehicle_id")
            upsert(connection, tables.bin_, map(bin_row, network.bins), "bin_id")
            _save_sensors(connection, network.sensors, at or utc_now())

    def network_version(self) -> int:
        """Return a number that grows with every change of bins or sensors, so that copies know when they are old."""
        with self._reads() as connection:
            return tally(connection, VERSION)

    def depots(self) -> tuple[Depot, ...]:
        """Return every depot, by id."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.depot).order_by(tables.depot.c.depot_id)).mappings()
            return tuple(map(depot_of, rows))

    def facilities(self) -> tuple[DisposalFacility, ...]:
        """Return every disposal facility, by id."""
        with self._reads() as connection:
            rows = connection.execute(
                select(tables.facility).order_by(tables.facility.c.facility_id)
            ).mappings()
            return tuple(map(facility_of, rows))

    def vehicles(self) -> tuple[Vehicle, ...]:
        """Return every vehicle, by id."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.vehicle).order_by(tables.vehicle.c.vehicle_id)).mappings()
            return tuple(map(vehicle_of, rows))

    def bins(self) -> tuple[Bin, ...]:
        """Return every bin, by id."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.bin_).order_by(tables.bin_.c.bin_id)).mappings()
            return tuple(map(bin_of, rows))

    def bin(self, bin_id: str) -> Bin:
        """Return one bin, or raise `NotFound`."""
        with self._reads() as connection:
            query = select(tables.bin_).where(tables.bin_.c.bin_id == bin_id)
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            kind = "bin"
            raise NotFound(kind, bin_id)
        return bin_of(row)

    def sensors_of(self, bin_ids: Sequence[str]) -> dict[str, Sensor | None]:
        """Return those of `bin_ids` that exist, each with its sensor where it has one."""
        bin_ids = [
            bin_id for bin_id in bin_ids if "\0" not in bin_id
        ]  # no bin has it, and PostgreSQL refuses to look
        placed, named = tables.placement, tables.bin_.c.bin_id
        here = (placed.c.bin_id == named) & placed.c.until_at.is_(None)
        query = (
            select(named.label("of_bin"), tables.sensor)
            .join_from(tables.bin_, placed, here, isouter=True)
            .join(tables.sensor, tables.sensor.c.sensor_id == placed.c.sensor_id, isouter=True)
            .where(named.in_(bin_ids))
        )
        with self._reads() as connection:
            rows = connection.execute(query).mappings()
            return {row["of_bin"]: sensor_of(row) if row["sensor_id"] else None for row in rows}

    def sensors(self) -> tuple[Sensor, ...]:
        """Return every sensor, by id."""
        with self._reads() as connection:
            rows = connection.execute(select(tables.sensor).order_by(tables.sensor.c.sensor_id)).mappings()
            return tuple(map(sensor_of, rows))

    def network(self, depot_id: str) -> Network:
        """Return everything that stands under one depot, or raise `NotFound`; facilities serve every depot."""
        depots = {depot.depot_id: depot for depot in self.depots()}
        if depot_id not in depots:
            kind = "depot"
            raise NotFound(kind, depot_id)
        bins = tuple(each for each in self.bins() if each.depot_id == depot_id)
        bin_ids = {each.bin_id for each in bins}
        return Network(
            depot=depots[depot_id],
            bins=bins,
            sensors=tuple(each for each in self.sensors() if each.bin_id in bin_ids),
            vehicles=tuple(each for each in self.vehicles() if each.depot_id == depot_id),
            facilities=self.facilities(),
        )


def _save_sensors(connection: Connection, sensors: Iterable[Sensor], at: datetime) -> None:
    kept = list(sensors)
    move_sensors(connection, kept, at)
    upsert(connection, tables.sensor, map(plain, kept), "sensor_id")
    add_to_tally(connection, VERSION, 1)
