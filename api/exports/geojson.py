"""A route or a whole plan -> GeoJSON (RFC 7946): `[lon, lat]`, WGS84, no other coordinate system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.exports.naming import NamedStop, description, named_stops
from api.wording import Wording
from tournee.domain import Bin, Location, Plan, Route


def route_geojson(plan: Plan, route: Route, bins: Mapping[str, Bin], wording: Wording) -> dict[str, Any]:
    """Return one round: its streets as one line, then every stop in order as a point."""
    return _collection(_route_features(plan, route, bins, wording))


def plan_geojson(plan: Plan, bins: Mapping[str, Bin], wording: Wording) -> dict[str, Any]:
    """Return every round of a plan, and every bin that was wanted but left, with the reason."""
    features = [feature for route in plan.routes for feature in _route_features(plan, route, bins, wording)]
    for left in plan.unassigned:
        if one := bins.get(left.bin_id):
            properties = {
                "kind": "unassigned",
                "plan_id": plan.plan_id,
                "bin_id": left.bin_id,
                "address": one.address,
                "waste_stream": one.waste_stream.value,
                "wish": left.wish.value,
                "fill_level": left.fill_level,
                "reason": wording.reason(left.reason),
            }
            features.append(_feature(_point(one.location), properties))
    return _collection(features)


def _route_features(
    plan: Plan, route: Route, bins: Mapping[str, Bin], wording: Wording
) -> list[dict[str, Any]]:
    common = {"plan_id": plan.plan_id, "vehicle_id": route.vehicle_id}
    properties = {
        "kind": "route",
        **common,
        "vehicle_name": route.vehicle_name,
        "service_date": plan.service_date.isoformat(),
        "distance_m": route.distance_m,
        "duration_s": route.duration_s,
        "num_stops": len(route.services),
        "is_estimate": plan.is_estimate,
    }
    line = {"type": "LineString", "coordinates": _line(route)}
    stops = [
        _feature(_point(named.stop.location), common | _stop_properties(order, named, wording))
        for order, named in enumerate(named_stops(route, bins, wording))
    ]
    return [_feature(line, properties), *stops]


def _stop_properties(order: int, named: NamedStop, wording: Wording) -> dict[str, Any]:
    stop = named.stop
    return {
        "kind": stop.kind.value,
        "order": order,
        "number": named.number or None,
        "name": named.name,
        "address": named.address,
        "description": description(named, wording),
        "bin_id": stop.bin_id,
        "waste_stream": stop.waste_stream.value if stop.waste_stream else None,
        "arrival_at": stop.arrival_at.astimezone(wording.zone).isoformat(),
        "departure_at": stop.departure_at.astimezone(wording.zone).isoformat(),
        "fill_level": stop.fill_level,
        "reason": wording.reason(stop.reason) or None,
    }


def _line(route: Route) -> list[list[float]]:
    """RFC 7946 wants two positions at least, even of a truck that never leaves."""
    places = [place for stop in route.stops for place in stop.leg.geometry or (stop.location,)]
    kept = [place for index, place in enumerate(places) if index == 0 or place != places[index - 1]]
    return [_position(place) for place in (kept if len(kept) > 1 else places[:1] * 2)]


def _position(place: Location) -> list[float]:
    return [round(place.lon, 7), round(place.lat, 7)]


def _point(place: Location) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _position(place)}


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
