"""Where on the map: a point with a radius, or a polygon."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, radians, sin

from optimizer.matrix import Line
from tournee.domain import Location
from tournee.geo import great_circle_m

M_PER_DEGREE = 111_195.08  # of latitude, on the sphere of tournee/geo.py
CORNERS = 4  # few: a Valhalla server allows a hundred in all


def disk(center: Location, radius_m: float) -> Line:
    """Return the corners of a square around a point, each `radius_m` away."""
    east = radius_m / (M_PER_DEGREE * cos(radians(center.lat)))
    turns = [2 * pi * corner / CORNERS for corner in range(CORNERS)]
    return tuple(
        Location(center.lat + radius_m / M_PER_DEGREE * sin(turn), center.lon + east * cos(turn))
        for turn in turns
    )


def is_inside(place: Location, polygon: Sequence[Location]) -> bool:
    """Tell whether a place lies in a polygon, closed or not (even-odd rule; on an edge either may come out)."""
    inside = False
    for a, b in pairwise([*polygon, polygon[0]]):
        crosses = (a.lat > place.lat) != (b.lat > place.lat)
        if crosses and place.lon < a.lon + (place.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon):
            inside = not inside
    return inside


def touches(a: Location, b: Location, polygon: Sequence[Location]) -> bool:
    """Tell whether a straight stretch of street lies in a polygon or crosses its outline."""
    if is_inside(a, polygon) or is_inside(b, polygon):
        return True
    return any(_cross(a, b, c, d) for c, d in pairwise([*polygon, polygon[0]]))


def _cross(a: Location, b: Location, c: Location, d: Location) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Location, b: Location, point: Location) -> float:
    return (b.lon - a.lon) * (point.lat - a.lat) - (b.lat - a.lat) * (point.lon - a.lon)


def is_near(place: Location, center: Location, radius_m: float) -> bool:
    """Tell whether a place lies within `radius_m` of another."""
    return great_circle_m(place, center) <= radius_m


def middle(a: Location, b: Location) -> Location:
    """Return the point half way between two that are close together."""
    return Location((a.lat + b.lat) / 2, (a.lon + b.lon) / 2)
