"""Reading an OpenStreetMap file, on a town written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.city import make_city, read_survey
from simulator.streets import Turn
from tournee.domain import Location
from tournee.errors import RoadsUnavailable
from tournee.settings import SimulatorSettings


def node(node_id: int, lat: float, lon: float, **tags: str) -> str:
    inner = "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
    return f'<node id="{node_id}" version="1" lat="{lat}" lon="{lon}">{inner}</node>'


def way(way_id: int, refs: list[int], **tags: str) -> str:
    inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    inner += "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{way_id}" version="1">{inner}</way>'


CORNERS = [
    node(1, 60.0, 24.0),
    node(2, 60.001, 24.0),
    node(3, 60.001, 24.002),
    node(4, 60.0, 24.002, barrier="bollard"),
]
THINGS = [
    *CORNERS,
    node(10, 60.0005, 24.0001, addr__street="Main", addr__housenumber="1"),
    node(11, 60.0005, 24.0003, addr__street="Main", addr__housenumber="1", shop="bakery"),
    node(12, 60.0, 24.0001, amenity="waste_basket"),
    node(13, 60.0, 24.0001, amenity="recycling", level="-2"),
    node(14, 60.0, 24.0001, place="suburb", name="Kluuvi"),
    node(15, 60.0, 24.0001, place="square", name="Not a district"),
    node(16, 60.0, 24.0001, barrier="gate", access="yes"),
    way(20, [1, 2], highway="tertiary", name="Main"),
    way(21, [2, 3], highway="residential", oneway="-1"),
    way(22, [3, 4], highway="service", access="private"),
    way(23, [4, 1], highway="residential", maxweight="4.5"),
    way(24, [1, 3], highway="primary", tunnel="yes", maxweight="60 kips", maxheight="4.2"),
    way(25, [1, 2], highway="footway"),
    way(26, [1, 2, 999], highway="residential"),
    way(27, [1, 2, 3, 1], building="yes", addr__street="Side", addr__housenumber="2"),
    way(28, [1, 2, 3, 1], highway="residential", junction="roundabout"),
    (
        '<relation id="30" version="1"><member type="way" ref="20" role="from"/><member type="node" ref="2" role="via"/>'
        '<member type="way" ref="21" role="to"/><tag k="type" v="restriction"/>'
        '<tag k="restriction" v="no_left_turn"/></relation>'
    ),
]


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm"
    path.write_text(f'<osm version="0.6">{"".join(THINGS)}</osm>', encoding="utf-8")
    return path


def test_streets_are_read_with_who_may_drive_there(extract: Path) -> None:
    streets = {street.way_id: street for street in read_survey(extract).streets}
    assert set(streets) == {20, 21, 22, 23, 24, 26, 28}
    assert {way_id for way_id, street in streets.items() if street.is_open_to_trucks} == {20, 21, 24, 28}
    assert streets[20].name == "Main"
    assert streets[20].line == (Location(60.0, 24.0), Location(60.001, 24.0))
    assert (streets[21].is_oneway, streets[21].node_ids) == (True, (3, 2)), "oneway=-1 is driven backwards"
    assert streets[28].is_oneway
    assert [way_id for way_id, street in streets.items() if street.is_underground] == [24]


def test_addresses_are_read_once_from_nodes_and_buildings(extract: Path) -> None:
    addresses = read_survey(extract).addresses
    assert [address.text for address in addresses] == ["Main 1", "Side 2"]
    assert addresses[0].location == Location(60.0005, 24.0001)


def test_waste_places_are_outdoors_and_districts_are_named(extract: Path) -> None:
    survey = read_survey(extract)
    assert survey.waste_places == (Location(60.0, 24.0001),)
    assert survey.districts == (("Kluuvi", Location(60.0, 24.0001)),)


def test_barriers_and_signs_are_read(extract: Path) -> None:
    survey = read_survey(extract)
    assert survey.barriers == (4,)
    assert survey.forbidden_turns == (Turn(20, 2, 21),)


def test_a_map_without_a_town_says_so(extract: Path) -> None:
    with pytest.raises(RoadsUnavailable, match=r"small\.osm is too small for a simulated town"):
        make_city(extract, SimulatorSettings())


def test_a_missing_or_broken_extract_says_so(tmp_path: Path) -> None:
    with pytest.raises(RoadsUnavailable, match="is not there"):
        make_city(tmp_path / "none.osm.pbf", SimulatorSettings())
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"\x00\x01broken")
    with pytest.raises(RoadsUnavailable, match="can't be read"):
        make_city(broken, SimulatorSettings())
