"""Whole cities of real containers, from ../shared/data: 3,000 collection sites with three depots, and Malaga's.

Distances are straight lines stretched to streets: what is measured is how much a solver can carry.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from optimizer.matrix import Place
from optimizer.matrix.great_circle import GreatCircleRoads
from optimizer.problem import EUR, Problem, Site, Task, Truck, Yard
from tournee.domain import Location, TruckDimensions, WasteStream
from tournee.timeline import ALWAYS, Duty, Rest

STREAM = WasteStream.RESIDUAL
HOUR = 3_600
LUNCH = Rest(11 * HOUR, 13 * HOUR, 45 * 60)
MUST_EUR = 2_000
MICRODEGREES = 1e6
BIN_L = 240
"""The sites' capacities are multiples of it, so a truck's 720 is taken for so many such bins; the files name no unit."""


def collection_sites(folder: Path, num_sites: int = 3_000) -> Problem:
    """Return the day of `collection-sites-3000`: every site full, all of them musts, from 7 to 17 o'clock."""

    def read(name: str, key: str) -> list[dict[str, object]]:
        return list(json.loads((folder / name).read_text(encoding="utf-8"))[key])

    depots, outlets = read("Depots.json", "depot"), read("DisposalFacilities.json", "disposal_facility")
    sites = read("WasteCollectionSites.json", "point")[:num_sites]
    vehicles = read("VehicleData_100.json", "vehicle")
    yard = {str(depot["id"]): number for number, depot in enumerate(depots)}
    shift = (7 * HOUR, 17 * HOUR)
    trucks = [
        _truck(str(one["no"]), int(str(one["maxCapacity"])) * BIN_L, yard[str(one["stopId"])], shift)
        for one in vehicles
    ]
    loads = [(int(str(one["capacity"])), int(str(one["stopLength"]))) for one in sites]
    where = [_micro(one) for one in (*depots, *sites, *outlets)]
    return _problem(where, len(depots), loads, trucks, (shift,))


def containers(paths: Sequence[Path], num_stops: int = 10_000) -> Problem:
    """Return a day on which a city's containers, four fifths full, are all emptied from one depot in their middle."""
    points: list[Location] = []
    loads: list[tuple[int, int]] = []
    for path in paths:
        for one in json.loads(path.read_text(encoding="utf-8"))["features"]:
            lon, lat = one["geometry"]["coordinates"]
            points.append(Location(lat, lon))
            loads.append((round(800 * float(one["properties"].get("capacity") or 3.0)), 90))
    points, loads = points[:num_stops], loads[:num_stops]
    middle = Location(
        sum(point.lat for point in points) / len(points), sum(point.lon for point in points) / len(points)
    )
    outlets = [Location(middle.lat + 0.05, middle.lon + 0.05), Location(middle.lat - 0.01, middle.lon - 0.1)]
    trucks = [
        _truck(str(number), 120_000, 0, (6 * HOUR, 14 * HOUR)) for number in range(ceil(len(points) / 80))
    ]
    return _problem([middle, *points, *outlets], 1, loads, trucks, ALWAYS)


def _micro(one: dict[str, object]) -> Location:
    return Location(int(str(one["lat"])) / MICRODEGREES, int(str(one["lng"])) / MICRODEGREES)


def _problem(
    where: Sequence[Location],
    num_depots: int,
    loads: Sequence[tuple[int, int]],
    trucks: Sequence[Truck],
    windows: tuple[tuple[int, int], ...],
) -> Problem:
    """Return the problem of places in the order depots, sites, facilities; `loads` are litres and seconds of each site."""
    first_outlet = num_depots + len(loads)
    return Problem(
        midnight_at=datetime(2026, 1, 5, tzinfo=UTC),
        depot_id="depot 0",
        depot_windows=ALWAYS,
        tasks=tuple(
            Task(
                bin_id=f"site {number}",
                place=num_depots + number,
                place_id=f"site {number}",
                stream=STREAM,
                windows=windows,
                place_time_s=0,
                service_time_s=seconds,
                demand_kg=0,
                loose_l=float(litres),
                must=True,
                price=MUST_EUR * EUR,
            )
            for number, (litres, seconds) in enumerate(loads)
        ),
        sites=tuple(
            Site(f"facility {at}", at, frozenset({STREAM}), ALWAYS, 900)
            for at in range(first_outlet, len(where))
        ),
        trucks=tuple(trucks),
        matrices=(GreatCircleRoads().matrix([Place(point) for point in where], TruckDimensions()),),
        zone=ZoneInfo("UTC"),
        profiles=(TruckDimensions(),),
        other_depots=tuple(Yard(f"depot {number}", number) for number in range(1, num_depots)),
    )


def _truck(name: str, body_l: int, yard: int, shift: tuple[int, int]) -> Truck:
    return Truck(
        vehicle_id=name,
        roads=0,
        duty=Duty(*shift, (LUNCH,), payload_kg=10**6, body_l=body_l),
        compaction={},
        metre_cost=1.3 * EUR / 1_000,
        second_cost=38.0 * EUR / HOUR,
        use_cost=30.0 * EUR,
        start=yard,
        end=yard,
    )
