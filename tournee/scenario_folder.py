"""A town and its deposits -> a scenario's folder for `tournee evaluate`; docs/evaluation.md states the format.

Its clock has no time zone: instants are local times, and a bin's first row is what lies in it at the start.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from tournee.domain import Bin, Network, Shift, Vehicle
from tournee.errors import TourneeError

MEAN_DEPOSIT_L = 100 / 3
"""Records are written as a number of deposits of so many litres on average."""

HOURS_PER_WEEK = 168

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a scenario: from the first on, counted from another on, and the first that is no more counted."""

    start_date: date
    measured_from_date: date
    end_date: date

    def start_at(self, zone: ZoneInfo) -> datetime:
        """Return the midnight that begins it."""
        return datetime.combine(self.start_date, datetime.min.time(), zone)


@dataclass(frozen=True, slots=True)
class Town:
    """What stands there, how far things are apart, and what records show of it.

    Parameters
    ----------
    distance_m, travel_time_s
        Between the depot, the bins in their order, and the facilities in theirs.
    litres_per_day
        Per bin, what past records show; never what is to come.
    rhythm
        168 factors: deposits of each hour of the week, Monday 00:00 first; any scale.
    """

    network: Network
    distance_m: Ints
    travel_time_s: Ints
    litres_per_day: Sequence[float]
    rhythm: Sequence[float]


@dataclass(frozen=True, slots=True)
class Thrown:
    """What is thrown in: the bin's index, seconds since 1970, litres; in any order."""

    bins: Ints
    at_s: Floats
    litres: Floats


def write_scenario(
    folder: Path,
    town: Town,
    span: Span,
    thrown: Thrown,
    *,
    zone: ZoneInfo,
    note: str,
    weekdays: Sequence[int] = range(7),
) -> None:
    """Write the folder; what stood in it under the same names is replaced.

    Raises
    ------
    TourneeError
        The folder can't be written.
    """
    network = town.network
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _rows(folder / "bins.csv", BIN_COLUMNS, map(_bin_row, network.bins, town.litres_per_day))
        _rows(folder / "vehicles.csv", VEHICLE_COLUMNS, map(_vehicle_row, network.vehicles))
        _rows(folder / "sites.csv", SITE_COLUMNS, _site_rows(network))
        _rows(folder / "rhythm.csv", ("hour_of_week", "factor"), _rhythm_rows(town.rhythm))
        _write_matrix(folder / "matrix.npz", town)
        parquet.write_table(_table(network, span, thrown, zone), folder / "arrivals.parquet")
        about = {
            "start": span.start_date.isoformat(),
            "warmup_end": span.measured_from_date.isoformat(),
            "end": span.end_date.isoformat(),
            "service_s_per_place": 0,
            "service_s_per_container": 0,
            "weekdays": list(weekdays),
        }
        (folder / "scenario.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        (folder / "README.md").write_text(f"# Scenario\n\n{note}\n", encoding="utf-8")
    except OSError as failure:
        message = f"{folder} can't be written: {failure.strerror}."
        raise TourneeError(message) from failure


BIN_COLUMNS = (
    "bin_id", "lat", "lon", "containers", "capacity_l", "hist_deposits_per_day",
    "waste_stream", "density_kg_per_m3", "district", "place_id", "place_s", "service_s",
)  # fmt: skip
VEHICLE_COLUMNS = (
    "vehicle_id", "capacity_l", "segments", "waste_streams", "payload_kg", "cost_per_km_eur", "cost_per_hour_eur",
)  # fmt: skip
SITE_COLUMNS = ("site_id", "kind", "lat", "lon", "waste_streams", "unloading_s", "opening_hours")


def _bin_row(one: Bin, litres_per_day: float) -> Sequence[object]:
    return (
        one.bin_id, one.location.lat, one.location.lon, 1, one.volume_l, round(litres_per_day / MEAN_DEPOSIT_L, 4),
        one.waste_stream, one.density_kg_per_m3, one.district, one.place_id, one.place_time_s, one.service_time_s,
    )  # fmt: skip


def _vehicle_row(one: Vehicle) -> Sequence[object]:
    """Return a truck: its body counted as the loose litres of the stream that it compacts least."""
    streams = sorted(one.waste_streams)
    capacity_l = (
        one.body_m3 * 1_000 * min((one.compaction.get(stream, 1.0) for stream in streams), default=1.0)
    )
    segments = " ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in segments_of(one.shift))
    costs = one.cost_per_km_eur, one.cost_per_hour_eur
    return (one.vehicle_id, round(capacity_l), segments, " ".join(streams), one.payload_kg, *costs)


def segments_of(shift: Shift) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times at the wheel of a shift whose breaks are held at the depot, each as early as it may be."""
    day = date(2024, 1, 1)
    begins = datetime.combine(day, shift.start)
    for rest in sorted(shift.breaks, key=lambda one: one.earliest):
        pause_at = datetime.combine(day, rest.earliest)
        if begins < pause_at:
            yield begins, pause_at
        begins = pause_at + timedelta(seconds=rest.duration_s)
    yield begins, datetime.combine(day, shift.end)


def _site_rows(network: Network) -> Iterator[Sequence[object]]:
    depot = network.depot
    yield depot.depot_id, "depot", *depot.location, "", 0, ""
    for one in network.facilities:
        streams = " ".join(sorted(one.waste_streams))
        yield one.facility_id, "disposal", *one.location, streams, one.unloading_time_s, one.opening_hours


def _rhythm_rows(rhythm: Sequence[float]) -> Iterator[Sequence[object]]:
    factors = np.asarray(rhythm, dtype=np.float64)
    for hour, factor in enumerate(factors / factors.mean()):
        yield hour, round(float(factor), 5)


def _write_matrix(path: Path, town: Town) -> None:
    network = town.network
    ids = [network.depot.depot_id, *(one.bin_id for one in network.bins)]
    ids += [one.facility_id for one in network.facilities]
    metres, seconds = town.distance_m.astype(np.int32), town.travel_time_s.astype(np.int32)
    np.savez_compressed(path, ids=np.asarray(ids), distance_m=metres, duration_s=seconds)


def _table(network: Network, span: Span, thrown: Thrown, zone: ZoneInfo) -> pa.Table:
    """Return the deposits by local time; where the clock goes back, an hour's deposits come between each other."""
    start_s = span.start_at(zone).timestamp()
    local_s = np.asarray([_local_s(at_s, zone) for at_s in np.maximum(thrown.at_s, start_s)])
    order = np.argsort(local_s, kind="stable")
    at_ms = np.round(local_s[order] * 1_000).astype("datetime64[ms]")
    ids = np.asarray([one.bin_id for one in network.bins])
    return pa.table(
        {
            "bin_id": pa.array(ids[thrown.bins[order]]),
            "at": pa.array(at_ms),
            "litres": pa.array(thrown.litres[order].astype(np.float32)),
        }
    )


def _local_s(at_s: float, zone: ZoneInfo) -> float:
    at = datetime.fromtimestamp(at_s, zone)
    return at_s + (at.utcoffset() or timedelta()).total_seconds()


def _rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
