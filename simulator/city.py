"""An OpenStreetMap extract -> a town with bins at its real addresses. The only file here that imports osmium.

Streets, addresses and waste places are the mapped ones; which of them get which containers is drawn from the seed.
Map data (c) OpenStreetMap contributors, Open Database License 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium

from simulator.placing import Address, Survey, place_town
from simulator.streets import Sign, Street, forbidden_turns
from tournee.domain import Bin, Depot, DisposalFacility, Location, Network, Sensor, Vehicle
from tournee.errors import RoadsUnavailable
from tournee.settings import SimulatorSettings

DRIVABLE = frozenset(
    [
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "motorway_link",
        "trunk_link",
        "primary_link",
        "secondary_link",
        "tertiary_link",
    ]
)
ACCESS_KEYS = ("access", "vehicle", "motor_vehicle", "hgv", "goods")
CLOSED = frozenset(
    {"no", "private", "forestry", "agricultural", "destination", "delivery", "customers", "permit"}
)
PASSABLE = frozenset({"no", "kerb", "entrance", "cattle_grid", "toll_booth", "border_control", "sally_port"})
NEEDED = {"maxweight": 19.0, "maxheight": 3.6, "maxwidth": 2.5, "maxlength": 9.5, "maxaxleload": 10.0}
WASTE_PLACES = frozenset({"waste_disposal", "recycling", "waste_basket"})
DISTRICTS = frozenset({"suburb", "quarter", "neighbourhood"})

type Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class City:
    """What stands in the simulated town, before anything has been thrown away."""

    depot: Depot
    bins: tuple[Bin, ...]
    sensors: tuple[Sensor, ...]
    vehicles: tuple[Vehicle, ...]
    facilities: tuple[DisposalFacility, ...]

    @property
    def network(self) -> Network:
        """The same as the rest of the house sees it."""
        return Network(self.depot, self.bins, self.sensors, self.vehicles, self.facilities)


def make_city(extract: Path, settings: SimulatorSettings) -> City:
    """Return the town of a seed on the streets of an extract; the same seed gives the same town.

    Raises
    ------
    RoadsUnavailable
        The extract is missing, can't be read, or holds too few streets or addresses for a town.
    """
    survey = read_survey(extract)
    try:
        town = place_town(survey, settings)
    except ValueError as too_little:
        message = f"The extract {extract} is too small for a simulated town: {too_little}."
        raise RoadsUnavailable(message) from None
    return City(town.depot, town.bins, town.sensors, town.vehicles, town.facilities)


def read_survey(extract: Path) -> Survey:
    """Return streets, addresses, waste places and districts of an extract, in the order of their ids."""
    if not extract.is_file():
        raise RoadsUnavailable(
            f"The extract {extract} is not there: run `python tools/fetch_town.py`, or set roads.extract."
        )
    found = _Found()
    try:
        for thing in osmium.FileProcessor(str(extract)).with_locations():
            _look_at(thing, found)
    except RuntimeError as broken:
        raise RoadsUnavailable(f"The extract {extract} can't be read as .osm.pbf: {broken}.") from None
    return Survey(
        tuple(found.streets),
        tuple(found.addresses.values()),
        tuple(found.waste_places),
        tuple(found.districts),
        tuple(forbidden_turns(found.signs, found.streets)),
        tuple(found.barriers),
    )


@dataclass(slots=True)
class _Found:
    streets: list[Street] = field(default_factory=list)
    addresses: dict[str, Address] = field(default_factory=dict)
    waste_places: list[Location] = field(default_factory=list)
    districts: list[tuple[str, Location]] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    barriers: list[int] = field(default_factory=list)


def _look_at(thing: Any, found: _Found) -> None:
    tags: Tags = dict(thing.tags) if thing.tags else {}
    if not tags:
        return
    if thing.is_node():
        _look_at_node(Location(round(thing.lat, 7), round(thing.lon, 7)), tags, found)
        if tags.get("barrier", "no") not in PASSABLE and tags.get("access") != "yes":
            found.barriers.append(thing.id)
    elif thing.is_way():
        points = [(node.ref, Location(node.lat, node.lon)) for node in thing.nodes if node.location.valid()]
        if tags.get("highway") in DRIVABLE and len(points) > 1:
            # A road engine drops what the edge of the extract cuts, so nothing may stand there.
            is_whole = len(points) == len(thing.nodes)
            found.streets.append(_street(thing.id, points, tags, is_whole=is_whole))
        elif "building" in tags and points:
            lats, lons = zip(*(place for _, place in points), strict=True)
            middle = Location(round(sum(lats) / len(lats), 7), round(sum(lons) / len(lons), 7))
            _note_address(middle, tags, found)

    elif thing.is_relation() and tags.get("type") == "restriction":
        found.signs.append(Sign(tags.get("restriction", ""), *_members(thing)))


def _members(sign: Any) -> tuple[int, int, int]:
    """Return the way from which, the node at which and the way into which a sign speaks; 0 where it has none."""
    by_role = {(member.role, member.type): member.ref for member in sign.members}
    return by_role.get(("from", "w"), 0), by_role.get(("via", "n"), 0), by_role.get(("to", "w"), 0)


def _look_at_node(place: Location, tags: Tags, found: _Found) -> None:
    _note_address(place, tags, found)
    is_indoors = tags.get("level", "0") != "0"
    if tags.get("amenity") in WASTE_PLACES and not is_indoors:
        found.waste_places.append(place)
    if tags.get("place") in DISTRICTS and "name" in tags:
        found.districts.append((tags["name"], place))


def _note_address(place: Location, tags: Tags, found: _Found) -> None:
    for text in _addresses(tags):
        found.addresses.setdefault(text, Address(text, place))


def _addresses(tags: Tags) -> Iterator[str]:
    if "addr:street" in tags and "addr:housenumber" in tags:
        yield f"{tags['addr:street']} {tags['addr:housenumber']}"


def _street(way_id: int, points: list[tuple[int, Location]], tags: Tags, *, is_whole: bool) -> Street:
    oneway = tags.get("oneway", "yes" if tags.get("junction") == "roundabout" else "no")
    if oneway == "-1":
        points.reverse()
    return Street(
        way_id=way_id,
        name=tags.get("name", ""),
        road_class=tags["highway"],
        node_ids=tuple(node_id for node_id, _ in points),
        line=tuple(place for _, place in points),
        is_oneway=oneway in {"yes", "true", "1", "-1"},
        is_open_to_trucks=is_whole and _is_open(tags),
        is_underground="tunnel" in tags or tags.get("layer", "0").startswith("-"),
    )


def _is_open(tags: Tags) -> bool:
    """Tell whether our largest truck may drive here. A limit that is no plain number is not one for us."""
    if any(tags.get(key) in CLOSED for key in ACCESS_KEYS):
        return False
    return not any(
        limit.replace(".", "", 1).isdigit() and float(limit) < needed
        for key, needed in NEEDED.items()
        if (limit := tags.get(key, ""))
    )
