"""Coastline -> sea areas of a cut extract. Pure.

OpenStreetMap draws the sea only as its shore: a line with land on its left and water on its right. Inside a box the
sea is what lies between such a line and the border of the box, walked clockwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tournee.domain import Location
from tournee.geo import BoundingBox

type Line = Sequence[Location]


def sea_rings(shores: Sequence[Line], box: BoundingBox) -> list[list[Location]]:
    """Return the closed rings of the sea in `box`.

    A shore that ends inside the box was cut there, and is led on to the nearest border. Islands are not cut out.
    """
    lines = [_led_to_border(shore, box) for shore in joined(shores) if shore[0] != shore[-1]]
    starts = {index: border_position(line[0], box) for index, line in enumerate(lines)}
    rings = []
    while starts:
        first = current = next(iter(starts))
        ring: list[Location] = []
        while first in starts:
            ring += lines[current]
            leaves_at = border_position(lines[current][-1], box)
            current = _next_start(starts, leaves_at)
            ring += corners_between(leaves_at, starts.pop(current), box)
        rings.append([*ring, ring[0]])
    return rings


def joined(shores: Sequence[Line]) -> list[list[Location]]:
    """Return the shores with those that continue one another made one line."""
    lines = [list(shore) for shore in shores if len(shore) > 1]
    by_start = {line[0]: line for line in lines}
    result = []
    ends = {line[-1] for line in lines}
    # Begin with lines that nothing leads to; what is left afterwards are rings.
    for line in sorted(lines, key=lambda line: line[0] in ends):
        if by_start.pop(line[0], None) is None:
            continue
        whole = list(line)
        while following := by_start.pop(whole[-1], None):
            whole += following[1:]
        result.append(whole)
    return result


def border_position(place: Location, box: BoundingBox) -> float:
    """Return how far round the border the nearest border point is: 0 north-west, 1 north-east, 2 south-east, 3."""
    x = (place.lon - box.west) / (box.east - box.west)
    y = (box.north - place.lat) / (box.north - box.south)
    x, y = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
    _, position = min(
        ((y, x), (1 - x, 1 + y), (1 - y, 3 - x), (x, 4 - y))
    )  # (distance to a side, place on it)
    return position % 4


def border_point(position: float, box: BoundingBox) -> Location:
    """Return the place at a position round the border."""
    side, along = int(position) % 4, position % 1
    height, width = box.north - box.south, box.east - box.west
    return (
        Location(box.north, box.west + along * width),
        Location(box.north - along * height, box.east),
        Location(box.south, box.east - along * width),
        Location(box.south + along * height, box.west),
    )[side]


def corners_between(start: float, end: float, box: BoundingBox) -> list[Location]:
    """Return the corners that a clockwise walk along the border from `start` to `end` turns at."""
    length = (end - start) % 4
    first = int(start) + 1
    return [border_point(float(corner), box) for corner in range(first, first + 4) if corner - start < length]


def _led_to_border(shore: Line, box: BoundingBox) -> list[Location]:
    ends = (border_point(border_position(place, box), box) for place in (shore[0], shore[-1]))
    return [next(ends), *shore, next(ends)]


def _next_start(starts: Mapping[int, float], leaves_at: float) -> int:
    return min(starts, key=lambda index: (starts[index] - leaves_at) % 4)
