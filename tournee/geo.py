"""Great-circle distance and bounding boxes; pure."""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from tournee.domain import Location

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980


def great_circle_m(a: Location, b: Location) -> float:
    """Return the distance between two points on the sphere, in metres (haversine; error below 0.6 %)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(half))


class BoundingBox(NamedTuple):
    """South-west and north-east corners, degrees. A box across the date line is not supported."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def around(cls, places: Iterable[Location]) -> BoundingBox:
        """Return the smallest box that holds every place; there must be at least one."""
        points = list(places)
        lats, lons = [p.lat for p in points], [p.lon for p in points]
        return cls(min(lats), min(lons), max(lats), max(lons))

    def __contains__(self, place: object) -> bool:
        """Tell whether a location lies inside, edges included."""
        if not isinstance(place, Location):
            return False
        return self.south <= place.lat <= self.north and self.west <= place.lon <= self.east
