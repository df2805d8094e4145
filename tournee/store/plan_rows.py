"""A plan <-> its rows in seven tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select

from tournee import tables
from tournee.domain import (
    Leg,
    Location,
    Obstacle,
    Plan,
    PlanStatus,
    Reason,
    ReasonCode,
    Route,
    Stop,
    StopKind,
    Trip,
    Unassigned,
    Violation,
    WasteStream,
    Wish,
)
from tournee.store.rows import Values, changes_of, pick, place_of, plain, without


def insert_plan(connection: Connection, plan: Plan) -> None:
    """Write a plan that is not there yet."""
    head = without(plain(plan), "routes", "unassigned", "not_wanted", "violations")
    head |= {"provenance": dict(plan.provenance), "changes": list(map(plain, plan.changes))}
    connection.execute(insert(tables.plan), [head])
    key = {"plan_id": plan.plan_id}
    parts: tuple[tuple[Table, list[Values]], ...] = (
        (tables.route, [_route_row(route, i) | key for i, route in enumerate(plan.routes)]),
        (tables.trip, [row | key for route in plan.routes for row in _trip_rows(route)]),
        (tables.stop, [row | key for route in plan.routes for row in _stop_rows(route)]),
        (tables.leg, [row | key for route in plan.routes for row in _leg_rows(route)]),
        (
            tables.unassigned,
            [
                plain(each) | {"reason": _reason_row(each.reason)} | key
                for each in (*plan.unassigned, *plan.not_wanted)
            ],
        ),
        (tables.violation, [plain(each) | {"position": i} | key for i, each in enumerate(plan.violations)]),
    )
    for table, rows in parts:
        if rows:
            connection.execute(insert(table), rows)


def read_plan(connection: Connection, plan_id: str) -> Plan | None:
    """Read a plan, or none where there is no such plan."""
    head = (
        connection.execute(select(tables.plan).where(tables.plan.c.plan_id == plan_id))
        .mappings()
        .one_or_none()
    )
    if head is None:
        return None
    trips, stops = _by_vehicle(connection, tables.trip, plan_id), _stops_by_vehicle(connection, plan_id)
    routes = _rows(connection, tables.route, plan_id, "position")
    violations = _rows(connection, tables.violation, plan_id, "position")
    left = list(map(_unassigned_of, _rows(connection, tables.unassigned, plan_id, "bin_id")))
    return Plan(
        **pick(head, Plan, "status", "is_estimate", "changes"),
        status=PlanStatus(head["status"]),
        is_estimate=bool(head["is_estimate"]),
        changes=changes_of(head),
        routes=tuple(_route_of(row, trips[row["vehicle_id"]], stops[row["vehicle_id"]]) for row in routes),
        unassigned=tuple(one for one in left if one.wish is not Wish.NO),
        not_wanted=tuple(one for one in left if one.wish is Wish.NO),
        violations=tuple(Violation(**pick(row, Violation)) for row in violations),
    )


def _route_row(route: Route, position: int) -> Values:
    return {"position": position} | {
        name: getattr(route, name) for name in ("vehicle_id", "vehicle_name", "cost_eur")
    }


def _trip_rows(route: Route) -> Iterator[Values]:
    for index, trip in enumerate(route.trips):
        yield {"vehicle_id": route.vehicle_id, "trip_index": index, "waste_stream": trip.waste_stream}


def _numbered(route: Route) -> Iterator[tuple[int, int | None, Stop]]:
    """Yield each stop with its position and the index of its trip; start and end belong to none."""
    indices = [None, *(index for index, trip in enumerate(route.trips) for _ in trip.stops), None]
    for position, (index, stop) in enumerate(zip(indices, route.stops, strict=True)):
        yield position, index, stop


def _stop_rows(route: Route) -> Iterator[Values]:
    for position, trip_index, stop in _numbered(route):
        yield without(plain(stop), "leg", "reason") | {
            "vehicle_id": route.vehicle_id,
            "position": position,
            "trip_index": trip_index,
            "reason": None if stop.reason is None else _reason_row(stop.reason),
        }


def _leg_rows(route: Route) -> Iterator[Values]:
    for position, _, stop in _numbered(route):
        geometry = [[place.lat, place.lon] for place in stop.leg.geometry]
        yield plain(stop.leg) | {"vehicle_id": route.vehicle_id, "position": position, "geometry": geometry}


def _reason_row(reason: Reason) -> Values:
    row = {"code": reason.code, "facts": dict(reason.facts)}
    obstacles = [{**plain(one), "facts": dict(one.facts)} for one in reason.obstacles]
    return row | ({"obstacles": obstacles} if obstacles else {})


def _reason_of(value: Mapping[str, Any]) -> Reason:
    obstacles = tuple(Obstacle(**one) for one in value.get("obstacles", ()))
    return Reason(ReasonCode(value["code"]), value["facts"], obstacles)


def _rows(connection: Connection, table: Table, plan_id: str, order: str) -> list[RowMapping]:
    query = select(table).where(table.c.plan_id == plan_id).order_by(table.c[order])
    return list(connection.execute(query).mappings())


def _by_vehicle(connection: Connection, table: Table, plan_id: str) -> Mapping[str, list[RowMapping]]:
    grouped: dict[str, list[RowMapping]] = defaultdict(list)
    for row in _rows(connection, table, plan_id, "trip_index"):
        grouped[row["vehicle_id"]].append(row)
    return grouped


def _stops_by_vehicle(connection: Connection, plan_id: str) -> Mapping[str, list[tuple[int | None, Stop]]]:
    stop, leg = tables.stop, tables.leg
    same = (stop.c.vehicle_id == leg.c.vehicle_id) & (stop.c.position == leg.c.position)
    query = (
        select(stop, leg.c.distance_m, leg.c.travel_time_s, leg.c.geometry)
        .join_from(stop, leg, same & (stop.c.plan_id == leg.c.plan_id))
        .where(stop.c.plan_id == plan_id)
        .order_by(stop.c.position)
    )
    grouped: dict[str, list[tuple[int | None, Stop]]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        grouped[row["vehicle_id"]].append((row["trip_index"], _stop_of(row)))
    return grouped


def _stop_of(row: RowMapping) -> Stop:
    return Stop(
        **pick(row, Stop, "kind", "waste_stream", "reason", "wish"),
        kind=StopKind(row["kind"]),
        location=place_of(row),
        leg=Leg(row["distance_m"], row["travel_time_s"], tuple(Location(*pair) for pair in row["geometry"])),
        waste_stream=WasteStream(row["waste_stream"]) if row["waste_stream"] else None,
        reason=_reason_of(row["reason"]) if row["reason"] else None,
        wish=Wish(row["wish"]) if row["wish"] else None,
    )


def _route_of(row: RowMapping, trips: list[RowMapping], stops: list[tuple[int | None, Stop]]) -> Route:
    return Route(
        vehicle_id=row["vehicle_id"],
        vehicle_name=row["vehicle_name"],
        start=stops[0][1],
        trips=tuple(_trip_of(trip, stops) for trip in trips),
        end=stops[-1][1],
        cost_eur=row["cost_eur"],
    )


def _trip_of(trip: RowMapping, stops: list[tuple[int | None, Stop]]) -> Trip:
    return Trip(
        waste_stream=WasteStream(trip["waste_stream"]) if trip["waste_stream"] else None,
        stops=tuple(stop for index, stop in stops if index == trip["trip_index"]),
    )


def _unassigned_of(row: RowMapping) -> Unassigned:
    return Unassigned(row["bin_id"], Wish(row["wish"]), row["fill_level"], _reason_of(row["reason"]))
