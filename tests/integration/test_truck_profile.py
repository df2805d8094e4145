"""What signs mean to our truck on OSRM, on a drawn map: a short street with a sign on it, and a long one round it.

```
        D
      /   \\
W -- A --C-- B -- E        A to B over C: 200 m; over D: 700 m
```
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from optimizer.matrix import UNREACHABLE, Grid, Place
from optimizer.matrix.osrm_engine import OsrmEngine
from optimizer.matrix.osrm_local import LocalOsrm
from optimizer.matrix.overrides import NOTHING, Overrides
from tournee.domain import Location, TruckDimensions

pytestmark = pytest.mark.needs_valhalla

M = 1 / 111_195
NODES = {
    "W": Location(0.0, -300 * M),
    "A": Location(0.0, 0.0),
    "C": Location(0.0, 100 * M),
    "B": Location(0.0, 200 * M),
    "E": Location(0.0, 500 * M),
    "D": Location(330 * M, 100 * M),
}
TRUCK, VAN = (
    TruckDimensions(),
    TruckDimensions(length_m=5, width_m=2, height_m=2.4, weight_t=3.5, axle_load_t=2),
)
SHORT_M, LONG_M = 400, 890  # between places 100 m before A and 100 m behind B
EAST, WEST, ON_SHORT = 0, 1, 2
PLACES = [Place(Location(0.0, -100 * M)), Place(Location(0.0, 300 * M)), Place(Location(0.0, 50 * M))]

Tags = Mapping[str, str]


def drawn(folder: Path, short: Tags, node: Tags) -> Path:
    """Write the map, with tags of the short street and of the node in its middle."""
    lines = ["<osm version='0.6'>"]
    for number, (name, at) in enumerate(NODES.items(), 1):
        signs = _tags(node if name == "C" else {})
        lines.append(f"<node id='{number}' version='1' lat='{at.lat:.7f}' lon='{at.lon:.7f}'>{signs}</node>")
    number_of = {name: number for number, name in enumerate(NODES, 1)}
    streets: list[tuple[str, Tags]] = [("WA", {}), ("ACB", short), ("ADB", {}), ("BE", {})]
    for number, (street, tags) in enumerate(streets, 1):
        refs = "".join(f"<nd ref='{number_of[name]}'/>" for name in street)
        kinds = _tags({"highway": "residential", **tags})
        lines.append(f"<way id='{number}' version='1'>{refs}{kinds}</way>")
    path = folder / "drawn.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items())


def measured(
    folder: Path,
    short: Tags | None = None,
    node: Tags | None = None,
    truck: TruckDimensions = TRUCK,
    overrides: Overrides = NOTHING,
) -> tuple[Grid, Grid]:
    """Return seconds and metres between the place in the west, the one in the east and the one on the short street."""
    osrm = LocalOsrm(drawn(folder, short or {}, node or {}), folder, overrides)
    try:
        return OsrmEngine(osrm, on_own_side=False).block(PLACES, PLACES, truck)
    finally:
        osrm.close()


def goes_short(metres: Grid, start: int = EAST, end: int = WEST) -> bool:
    found = int(metres[start, end])
    assert min(abs(found - SHORT_M), abs(found - LONG_M)) < 15, "one way or the other"
    return abs(found - SHORT_M) < 15


def test_without_a_sign_the_short_street_is_taken(tmp_path: Path) -> None:
    _, metres = measured(tmp_path)
    assert goes_short(metres)
    assert goes_short(metres, WEST, EAST)


@pytest.mark.parametrize(
    "sign",
    [
        {"maxheight": "3.5"},
        {"maxheight": "11'6\""},
        {"maxheight:physical": "3.5"},
        {"maxweight": "18"},
        {"maxweightrating": "7.5"},
        {"maxweight:hgv": "12"},
        {"maxwidth": "2.4"},
        {"maxlength": "9"},
        {"maxaxleload": "8"},
        {"narrow": "yes"},
    ],
    ids=str,
)
def test_a_limit_keeps_the_truck_out_and_lets_the_van_through(tmp_path: Path, sign: Tags) -> None:
    sign = {key: value.replace("'", "&apos;") for key, value in sign.items()}
    assert not goes_short(measured(tmp_path, sign)[1])
    assert goes_short(measured(tmp_path, sign, truck=VAN)[1])


@pytest.mark.parametrize(
    "sign",
    [
        {"maxheight": "3.6"},
        {"maxweight": "19"},
        {"maxheight": "default"},
        {"hgv": "yes", "motor_vehicle": "no"},
        {"motorcar": "yes", "motor_vehicle": "no"},
        {"access": "permissive"},
        {"maxspeed": "30"},
    ],
    ids=str,
)
def test_what_lets_it_through_lets_it_through(tmp_path: Path, sign: Tags) -> None:
    assert goes_short(measured(tmp_path, sign)[1])


@pytest.mark.parametrize(
    "sign",
    [
        {"hgv": "no"},
        {"motor_vehicle": "no"},
        {"access": "no"},
        {"vehicle": "forestry"},
        {"highway": "pedestrian"},
        {"highway": "footway"},
        {"highway": "construction"},
        {"service": "emergency_access", "highway": "service"},
        {"impassable": "yes"},
        {"oneway": "reversible"},
    ],
    ids=str,
)
def test_what_is_closed_to_trucks_is_not_driven(tmp_path: Path, sign: Tags) -> None:
    assert not goes_short(measured(tmp_path, sign)[1])


@pytest.mark.parametrize("value", ["private", "destination", "delivery", "residents"])
def test_what_is_for_those_with_business_there_is_entered_and_not_crossed(tmp_path: Path, value: str) -> None:
    time_s, metres = measured(tmp_path, {"motor_vehicle": value})
    assert not goes_short(metres)
    assert time_s[EAST, ON_SHORT] < 120, "a bin stands there"
    assert metres[EAST, ON_SHORT] == pytest.approx(150, abs=10)


def test_a_pedestrian_street_with_a_sign_for_trucks_is_entered(tmp_path: Path) -> None:
    time_s, metres = measured(tmp_path, {"highway": "pedestrian", "hgv": "delivery"})
    assert metres[EAST, ON_SHORT] == pytest.approx(150, abs=10)
    assert 20 < time_s[EAST, ON_SHORT] < 120


def test_one_way_streets_are_driven_one_way(tmp_path: Path) -> None:
    _, forward = measured(tmp_path, {"oneway": "yes"})
    assert goes_short(forward, EAST, WEST)
    assert not goes_short(forward, WEST, EAST)
    _, backward = measured(tmp_path, {"oneway": "-1"})
    assert not goes_short(backward, EAST, WEST)
    assert goes_short(backward, WEST, EAST)
    assert goes_short(measured(tmp_path, {"oneway": "yes", "oneway:hgv": "no"})[1], WEST, EAST)


@pytest.mark.parametrize(
    ("barrier", "is_passed"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "bollard": "rising"}, True),
        ({"barrier": "gate"}, True),
        ({"barrier": "gate", "access": "no"}, False),
        ({"barrier": "block"}, False),
        ({"barrier": "height_restrictor", "maxheight": "2.5"}, False),
        ({"barrier": "height_restrictor", "maxheight": "4"}, True),
        ({"barrier": "kerb"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
    ],
    ids=str,
)
def test_barriers(tmp_path: Path, barrier: Tags, is_passed: bool) -> None:
    assert goes_short(measured(tmp_path, node=barrier)[1]) == is_passed


def test_a_gate_takes_its_time(tmp_path: Path) -> None:
    free, gated = measured(tmp_path)[0], measured(tmp_path, node={"barrier": "gate"})[0]
    assert gated[EAST, WEST] - free[EAST, WEST] == pytest.approx(20, abs=2)


def test_speeds_are_those_of_a_truck(tmp_path: Path) -> None:
    time_s, metres = measured(tmp_path, {"highway": "primary", "maxspeed": "120"})
    assert time_s[EAST, WEST] >= metres[EAST, WEST] / (80 / 3.6)
    slow, _ = measured(tmp_path, {"maxspeed": "10"})
    assert slow[EAST, ON_SHORT] > measured(tmp_path)[0][EAST, ON_SHORT] + 5


def test_a_forbidden_street_is_closed_for_the_trucks_that_it_names(tmp_path: Path) -> None:
    bar = {"name": "bar", "point": {"lat": 0.0, "lon": 150 * M}, "weight_above_t": 12}
    overrides = Overrides.model_validate({"forbidden": [bar]})
    assert not goes_short(measured(tmp_path, overrides=overrides)[1])
    assert goes_short(measured(tmp_path, truck=VAN, overrides=overrides)[1])
    time_s, _ = measured(tmp_path, overrides=overrides)
    assert time_s[ON_SHORT, EAST] == UNREACHABLE, "a street is closed from crossing to crossing"
