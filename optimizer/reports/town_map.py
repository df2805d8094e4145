"""A town seen from above as SVG: a dot to each bin, north up; it needs no tiles and no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians

from markupsafe import Markup

from tournee.domain import Location

WIDTH, HEIGHT = 360, 400
MARGIN, BELOW = 15, 30
KM_PER_DEGREE = 111.195
"""Of latitude, on a globe of 6,371 km."""

MARKED = ("#bcd6cb", "#f2b701", "#c21e1e")
"""Bins that never overflow, that do at times, and that do often."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin on a map: where it is, how it is marked (0 to 2), and what it says when it is pointed at."""

    location: Location
    mark: int
    says: str


def town_map(dots: Sequence[Dot], depot: Location, name: str) -> Markup:
    """Return a map of bins and their depot, with a bar that tells how far a kilometer is; the worst dots lie on top."""
    scale, at = _projection([*(dot.location for dot in dots), depot])
    dot_mark = Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" stroke="#222" stroke-width=".5"><title>{}</title></circle>'
    )
    parts = [
        dot_mark.format(*at(dot.location), 3 + dot.mark, MARKED[dot.mark], dot.says)
        for dot in sorted(dots, key=lambda one: one.mark)
    ]
    across, down = at(depot)
    parts.append(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="10" height="10" fill="#222"/>').format(
            across - 5, down - 5
        )
    )
    parts.append(
        Markup(
            '<path d="M{0},{1}h{2:.1f}" stroke="#222" stroke-width="2"/><text x="{0}" y="{3}" class="tick">1 km</text>'
        ).format(MARGIN, HEIGHT - 16, scale / KM_PER_DEGREE, HEIGHT - 4)
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, name, Markup("").join(parts)
    )


def _projection(places: Sequence[Location]) -> tuple[float, Callable[[Location], tuple[float, float]]]:
    """Return how large a degree of latitude is drawn, and where a place lies; all of them fit."""
    shrink = cos(radians(sum(place.lat for place in places) / len(places)))
    west, south = min(place.lon for place in places), min(place.lat for place in places)
    wide = max((max(place.lon for place in places) - west) * shrink, 1e-6)
    high = max(max(place.lat for place in places) - south, 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - BELOW - 10) / high)

    def at(place: Location) -> tuple[float, float]:
        return MARGIN + (place.lon - west) * shrink * scale, HEIGHT - BELOW - (place.lat - south) * scale

    return scale, at
