"""A route -> GPX 1.1 with waypoints, a route and a track: one device follows one of them, another another.

Source: https://www.topografix.com/gpx/1/1/ (the schema fixes the order of elements; gpxpy writes them so).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gpxpy import gpx

from api.exports.naming import NamedStop, description, named_stops
from api.wording import Wording
from tournee.domain import Bin, Plan, Route, StopKind

SYMBOLS = {
    StopKind.START: "Flag, Green",
    StopKind.SERVICE: "Waypoint",
    StopKind.UNLOADING: "Flag, Blue",
    StopKind.BREAK: "Restaurant",
    StopKind.END: "Flag, Red",
}
# What XML 1.0 can't hold, however it is escaped.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def route_gpx(plan: Plan, route: Route, bins: Mapping[str, Bin], wording: Wording) -> str:
    """Return one vehicle's round as GPX 1.1.

    Waypoints and the route hold every stop in order, breaks and unloading included; a device that routes by itself
    uses them. The track holds the streets as they were planned; a device that only follows a line uses it.
    """
    stops = list(named_stops(route, bins, wording))
    title = f"{route.vehicle_name or route.vehicle_id}, {wording.date(plan.service_date)}"
    document = gpx.GPX()
    document.creator = "Tournée"
    document.name = _clean(title)
    document.time = plan.as_of_at
    document.waypoints = [_waypoint(named, wording) for named in stops]
    document.routes = [_route(stops, title, wording)]
    document.tracks = [_track(route, title)]
    return str(document.to_xml(version="1.1"))


def _waypoint(named: NamedStop, wording: Wording) -> gpx.GPXWaypoint:
    return gpx.GPXWaypoint(
        latitude=named.stop.location.lat,
        longitude=named.stop.location.lon,
        time=named.stop.arrival_at,
        name=_clean(named.name),
        description=_clean(description(named, wording)),
        symbol=SYMBOLS[named.stop.kind],
        type=named.stop.kind.value,
    )


def _route(stops: list[NamedStop], title: str, wording: Wording) -> gpx.GPXRoute:
    line = gpx.GPXRoute(name=_clean(title))
    line.points = [
        gpx.GPXRoutePoint(
            latitude=named.stop.location.lat,
            longitude=named.stop.location.lon,
            time=named.stop.arrival_at,
            name=_clean(named.name),
            description=_clean(description(named, wording)),
            symbol=SYMBOLS[named.stop.kind],
            type=named.stop.kind.value,
        )
        for named in stops
    ]
    return line


def _track(route: Route, title: str) -> gpx.GPXTrack:
    track = gpx.GPXTrack(name=_clean(title))
    segment = gpx.GPXTrackSegment()
    for stop in route.stops:
        # Without a street geometry the stops themselves are the line.
        for place in stop.leg.geometry or (stop.location,):
            point = gpx.GPXTrackPoint(latitude=place.lat, longitude=place.lon)
            last = segment.points[-1] if segment.points else None
            if last is None or (last.latitude, last.longitude) != place:
                segment.points.append(point)
    track.segments = [segment]
    return track


def _clean(text: str) -> str:
    return NOT_XML.sub("", text)
