"""Bins, vehicles and sites in and out as CSV and GeoJSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from tournee.domain import Depot, DisposalFacility
from tournee.errors import BadRow, Conflict, ImportRefused
from tournee.store import Store
from tournee.transfer.files import read_rows, write_csv, write_geojson
from tournee.transfer.rows import BinRow, FlatRow, SiteRow
from tournee.transfer.vehicle_rows import VehicleRow


class Kind(StrEnum):
    """What a file holds; sites come first, for bins and vehicles name their depot."""

    SITES = "sites"
    BINS = "bins"
    VEHICLES = "vehicles"


ROWS: dict[Kind, type[FlatRow]] = {Kind.SITES: SiteRow, Kind.BINS: BinRow, Kind.VEHICLES: VehicleRow}
"""What a line of each kind of file is."""


def import_file(store: Store, kind: Kind, path: Path) -> int:
    """Keep every row of a file in one transaction, and return how many that were.

    Raises
    ------
    ImportRefused
        A row is bad or names a depot that is not there; nothing of the file is kept.
    """
    match kind:
        case Kind.SITES:
            sites = [row.site() for row in read_rows(path, SiteRow, "site_id")]
            store.save_sites(
                [s for s in sites if isinstance(s, Depot)],
                [s for s in sites if isinstance(s, DisposalFacility)],
            )
            return len(sites)
        case Kind.BINS:
            bins = read_rows(path, BinRow, "bin_id")
            _check_depots(store, path, [(row.bin_id, row.depot_id) for row in bins])
            sensors = [sensor for row in bins if (sensor := row.sensor())]
            store.save_bins([row.bin() for row in bins], sensors)
            return len(bins)
        case Kind.VEHICLES:
            vehicles = read_rows(path, VehicleRow, "vehicle_id")
            _check_depots(store, path, [(row.vehicle_id, row.depot_id) for row in vehicles])
            store.save_vehicles(row.vehicle() for row in vehicles)
            return len(vehicles)


def export_text(store: Store, kind: Kind, *, as_geojson: bool) -> str:
    """Return everything of a kind as CSV, or as GeoJSON.

    Raises
    ------
    Conflict
        Vehicles were asked for as GeoJSON: they have no place on the map.
    """
    if kind is Kind.VEHICLES and as_geojson:
        message = "Vehicles have no place on the map: export them to a .csv file."
        raise Conflict(message)
    rows, model = _rows(store, kind)
    return write_geojson(rows) if as_geojson else write_csv(rows, model)


def _rows(store: Store, kind: Kind) -> tuple[list[FlatRow], type[FlatRow]]:
    match kind:
        case Kind.SITES:
            sites: list[Depot | DisposalFacility] = [*store.depots(), *store.facilities()]
            return [SiteRow.of(site) for site in sites], SiteRow
        case Kind.BINS:
            sensors = {sensor.bin_id: sensor for sensor in store.sensors()}
            return [BinRow.of(each, sensors.get(each.bin_id)) for each in store.bins()], BinRow
        case Kind.VEHICLES:
            return [VehicleRow.of(vehicle) for vehicle in store.vehicles()], VehicleRow


def _check_depots(store: Store, path: Path, rows: list[tuple[str, str]]) -> None:
    known = {depot.depot_id for depot in store.depots()}
    bad = [
        BadRow(owner, "depot_id", depot_id, "there is no such depot; import the sites first")
        for owner, depot_id in rows
        if depot_id not in known
    ]
    if bad:
        raise ImportRefused(path.name, bad)
