"""A scenario's folder -> Scenario. The only place that knows its files; docs/evaluation.md states the format."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from optimizer.closed_loop.scenario import DENSITY_KG_PER_M3, EVERY_DAY, Deposits, Records, Scenario
from optimizer.matrix import Matrix
from tournee.domain import (
    Bin,
    Depot,
    DisposalFacility,
    Location,
    Network,
    Shift,
    Vehicle,
    WasteStream,
)
from tournee.errors import ScenarioRefused

MEAN_DEPOSIT_L = 100 / 3
"""Litres of one deposit on average, where only their number is on record."""

PAYLOAD_KG = 1_000_000.0
"""Of a truck of which only litres are given: never what binds."""

type Row = Mapping[str, str]


def read_scenario(folder: Path) -> Scenario:
    """Return the scenario in a folder.

    Raises
    ------
    ScenarioRefused
        A file is missing, or says something that can't be; names the file and what is wrong.
    """
    files = _Folder(folder)
    about = files.about()
    network = _network(files, about)
    start_at = _day(files, about, "start")
    return Scenario(
        name=folder.name,
        network=network,
        matrix=files.matrix(network),
        start_at=start_at,
        measured_from_at=_day(files, about, "warmup_end"),
        end_at=_day(files, about, "end"),
        deposits=files.deposits(network, start_at),
        records=_records(files),
        weekdays=frozenset(about.get("weekdays", EVERY_DAY)),
    )


def _network(files: _Folder, about: Mapping[str, Any]) -> Network:
    sites = files.rows("sites.csv")
    depots = [row for row in sites if "depot" in row["kind"]]
    if len(depots) != 1:
        raise files.refused("sites.csv", f"{len(depots)} depots where one is expected")
    depot = Depot(depots[0]["site_id"], depots[0]["site_id"], _location(depots[0]))
    bins = tuple(_bin(row, depot, about) for row in files.rows("bins.csv"))
    streams = frozenset(one.waste_stream for one in bins)
    facilities = tuple(_facility(row, streams) for row in sites if "disposal" in row["kind"])
    vehicles = tuple(
        vehicle for row in files.rows("vehicles.csv") for vehicle in _segments(row, depot, streams)
    )
    return Network(depot, bins, (), vehicles, facilities)


def _bin(row: Row, depot: Depot, about: Mapping[str, Any]) -> Bin:
    return Bin(
        bin_id=row["bin_id"],
        place_id=row.get("place_id") or row["bin_id"],
        depot_id=depot.depot_id,
        address=row["bin_id"],
        location=_location(row),
        waste_stream=WasteStream(row.get("waste_stream") or WasteStream.RESIDUAL),
        container_type="underground",
        volume_l=float(row["capacity_l"]),
        density_kg_per_m3=float(row.get("density_kg_per_m3") or DENSITY_KG_PER_M3),
        place_time_s=int(row.get("place_s") or about["service_s_per_place"]),
        service_time_s=int(
            row.get("service_s") or int(row["containers"]) * int(about["service_s_per_container"])
        ),
        district=row.get("district") or "",
    )


def _facility(row: Row, streams: frozenset[WasteStream]) -> DisposalFacility:
    taken = frozenset(WasteStream(one) for one in (row.get("waste_streams") or "").split())
    return DisposalFacility(
        facility_id=row["site_id"],
        name=row["site_id"],
        location=_location(row),
        waste_streams=taken or streams,
        unloading_time_s=int(row.get("unloading_s") or 0),
        opening_hours=row.get("opening_hours") or "",
    )


def _segments(row: Row, depot: Depot, streams: frozenset[WasteStream]) -> Iterator[Vehicle]:
    """Yield a truck's driving segments as vehicles: between two of them it stands at the depot, where its break is held."""
    for number, segment in enumerate(row["segments"].split(), start=1):
        start, end = (time.fromisoformat(clock) for clock in segment.split("-"))
        yield Vehicle(
            vehicle_id=f"{row['vehicle_id']}/{number}",
            depot_id=depot.depot_id,
            name=row["vehicle_id"],
            waste_streams=frozenset(WasteStream(one) for one in (row.get("waste_streams") or "").split())
            or streams,
            payload_kg=float(row.get("payload_kg") or PAYLOAD_KG),
            body_m3=float(row["capacity_l"]) / 1_000,
            shift=Shift(start, end),
            cost_per_km_eur=float(row.get("cost_per_km_eur") or 1.2),
            cost_per_hour_eur=float(row.get("cost_per_hour_eur") or 0.0),
        )


def _records(files: _Folder) -> Records:
    rows = files.rows("bins.csv")
    rhythm = np.asarray([float(row["factor"]) for row in files.rows("rhythm.csv")])
    if len(rhythm) != 168 or not np.isclose(rhythm.mean(), 1.0, atol=0.01):
        raise files.refused("rhythm.csv", "168 factors with mean 1 are expected")
    litres = [float(row["hist_deposits_per_day"]) * MEAN_DEPOSIT_L for row in rows]
    return Records(np.asarray(litres), rhythm)


def _location(row: Row) -> Location:
    return Location(float(row["lat"]), float(row["lon"]))


def _day(files: _Folder, about: Mapping[str, Any], key: str) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(about[key]).date(), time(), tzinfo=UTC)
    except (KeyError, TypeError, ValueError) as error:
        raise files.refused("scenario.json", f"{key} should be a day such as 2024-01-15") from error


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path

    def refused(self, name: str, what: str) -> ScenarioRefused:
        return ScenarioRefused(str(self.path / name), what)

    def about(self) -> Mapping[str, Any]:
        try:
            said = json.loads((self.path / "scenario.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self.refused("scenario.json", str(error)) from error
        missing = {"service_s_per_place", "service_s_per_container"} - set(said)
        if missing:
            raise self.refused("scenario.json", f"{', '.join(sorted(missing))} missing")
        return dict(said)

    def rows(self, name: str) -> Sequence[Row]:
        try:
            with (self.path / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except OSError as error:
            raise self.refused(name, str(error)) from error

    def matrix(self, network: Network) -> Matrix:
        """Return travel in the order of `Scenario.matrix`; the file names its rows."""
        try:
            with np.load(self.path / "matrix.npz", allow_pickle=False) as arrays:
                ids, metres, seconds = (arrays[key] for key in ("ids", "distance_m", "duration_s"))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise self.refused("matrix.npz", str(error)) from error
        row_of = {str(one): at for at, one in enumerate(ids)}
        wanted = [network.depot.depot_id, *(one.bin_id for one in network.bins)]
        wanted += [one.facility_id for one in network.facilities]
        if unknown := [one for one in wanted if one not in row_of]:
            raise self.refused("matrix.npz", f"no row for {unknown[0]}")
        order = np.ix_(*[[row_of[one] for one in wanted]] * 2)
        return Matrix(
            seconds[order].astype(np.int64), metres[order].astype(np.int64), "scenario", is_estimate=False
        )

    def deposits(self, network: Network, start_at: datetime) -> Deposits:
        path = self.path / "arrivals.parquet"
        try:
            table = parquet.read_table(path, columns=["bin_id", "at", "litres"])
        except (OSError, pa.ArrowException) as error:
            raise self.refused(path.name, str(error)) from error
        ids = table["bin_id"].to_pylist()
        index_of = {one.bin_id: at for at, one in enumerate(network.bins)}
        if unknown := set(ids) - set(index_of):
            raise self.refused(path.name, f"{min(unknown)} is not in bins.csv")
        at = table["at"].to_numpy().astype("datetime64[ms]").astype(np.int64) / 1_000
        at_s = at - start_at.timestamp()
        if np.any(np.diff(at_s) < 0):
            raise self.refused(path.name, "rows should be sorted by at")
        litres = table["litres"].to_numpy().astype(np.float64)
        return Deposits(np.asarray([index_of[one] for one in ids], dtype=np.int64), at_s, litres)
