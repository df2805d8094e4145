"""A route -> CSV (RFC 4180), one row per stop; the module is not named csv, as Python's is."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from api.exports.naming import NamedStop, named_stops
from api.wording import Wording
from tournee.domain import Bin, Plan, Route

COLUMNS = (
    "service_date",
    "vehicle_id",
    "vehicle_name",
    "order",
    "number",
    "kind",
    "address",
    "bin_id",
    "waste_stream",
    "arrival_at",
    "service_start_at",
    "departure_at",
    "leg_distance_m",
    "leg_travel_time_s",
    "fill_level",
    "demand_kg",
    "load_kg",
    "reason",
    "lat",
    "lon",
)
# A spreadsheet runs a cell that begins like this as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def route_csv(plan: Plan, route: Route, bins: Mapping[str, Bin], wording: Wording) -> str:
    """Return one round as a table: every stop in order, times with their offset, a header line first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for order, named in enumerate(named_stops(route, bins, wording)):
        cells = [
            plan.service_date.isoformat(),
            route.vehicle_id,
            route.vehicle_name,
            *_cells(order, named, wording),
        ]
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _cells(order: int, named: NamedStop, wording: Wording) -> list[object]:
    stop = named.stop
    times = (stop.arrival_at, stop.service_start_at, stop.departure_at)
    return [
        order,
        named.number or "",
        stop.kind.value,
        named.address,
        stop.bin_id or "",
        stop.waste_stream.value if stop.waste_stream else "",
        *(at.astimezone(wording.zone).isoformat() for at in times),
        stop.leg.distance_m,
        stop.leg.travel_time_s,
        "" if stop.fill_level is None else round(stop.fill_level, 3),
        round(stop.demand_kg, 1),
        round(stop.load_kg, 1),
        wording.reason(stop.reason),
        f"{stop.location.lat:.6f}",
        f"{stop.location.lon:.6f}",
    ]


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
