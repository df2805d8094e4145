"""OpenStreetMap tags -> the layers that `api/static/streets.js` paints. Pure: the one place that sorts tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Feature(NamedTuple):
    """Where a mapped thing is painted. An area is closed, anything else is a line or a point."""

    layer: str
    kind: str
    is_area: bool


ROADS = {
    "motorway": "major",
    "motorway_link": "major",
    "trunk": "major",
    "trunk_link": "major",
    "primary": "primary",
    "primary_link": "primary",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "tertiary",
    "tertiary_link": "tertiary",
    "residential": "minor",
    "unclassified": "minor",
    "living_street": "minor",
    "road": "minor",
    "service": "service",
    "pedestrian": "walk",
    "footway": "path",
    "path": "path",
    "steps": "path",
    "cycleway": "path",
    "track": "path",
    "bridleway": "path",
}
RAILS = {"rail", "tram", "light_rail"}
WATERWAYS = {"river", "stream", "canal"}
PLACES = {"city", "town", "suburb", "village", "quarter", "neighbourhood", "island"}
AREAS: dict[str, dict[str, str]] = {
    "natural": {
        "water": "water",
        "bay": "water",
        "wood": "wood",
        "scrub": "wood",
        "grassland": "green",
        "heath": "green",
        "beach": "sand",
        "sand": "sand",
    },
    "leisure": {
        "park": "park",
        "garden": "park",
        "dog_park": "park",
        "golf_course": "park",
        "playground": "park",
        "nature_reserve": "wood",
        "pitch": "pitch",
    },
    "landuse": {
        "basin": "water",
        "reservoir": "water",
        "forest": "wood",
        "grass": "green",
        "meadow": "green",
        "cemetery": "green",
        "recreation_ground": "green",
        "village_green": "green",
        "allotments": "green",
        "orchard": "green",
        "farmland": "field",
        "residential": "built",
        "commercial": "built",
        "retail": "built",
        "industrial": "built",
        "railway": "built",
    },
    "amenity": {"parking": "built", "school": "public", "university": "public", "hospital": "public"},
}


def classify(tags: Mapping[str, str], *, is_closed: bool) -> Feature | None:
    """Return where a way or an area with these tags is painted; nothing if it is not."""
    if tags.get("building", "no") != "no":
        return Feature("building", "building", is_area=True) if is_closed else None
    if "highway" in tags:
        return _road(tags, is_closed=is_closed)
    if tags.get("railway") in RAILS:
        return Feature("rail", tags["railway"], is_area=False)
    if tags.get("waterway") in WATERWAYS:
        return Feature("waterway", tags["waterway"], is_area=False)
    return _area(tags) if is_closed else None


def classify_place(tags: Mapping[str, str]) -> Feature | None:
    """Return the label that a point with these tags is, if it is one."""
    is_label = tags.get("place") in PLACES and bool(tags.get("name"))
    return Feature("place", tags["place"], is_area=False) if is_label else None


def _road(tags: Mapping[str, str], *, is_closed: bool) -> Feature | None:
    kind = ROADS.get(tags["highway"])
    # What runs underground (a pedestrian passage, a service tunnel) only confuses who looks for a street.
    if kind is None or (kind in {"path", "service"} and tags.get("tunnel", "no") != "no"):
        return None
    if is_closed and (tags.get("area") == "yes" or tags.get("type") == "multipolygon"):
        return Feature("land", "square", is_area=True)
    return Feature("road", kind, is_area=False)


def _area(tags: Mapping[str, str]) -> Feature | None:
    for key, kinds in AREAS.items():
        if kind := kinds.get(tags.get(key, "")):
            return Feature("water" if kind == "water" else "land", kind, is_area=True)
    return None
