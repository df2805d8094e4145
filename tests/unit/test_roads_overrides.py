"""What a city knows better: what is understood, what is refused, and what it does to times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.matrix import UNREACHABLE, Matrix, Place
from optimizer.matrix.adjusted import AdjustedRoads, Pace
from optimizer.matrix.areas import disk, is_inside
from optimizer.matrix.asked import AskedRoads
from optimizer.matrix.overrides import NOTHING, Overrides, read_overrides
from optimizer.matrix.providers import open_roads
from tests.road_fixtures import TRUCK, DrawnEngine, place
from tournee.cli.roads import road_lines
from tournee.domain import Location, TruckDimensions
from tournee.errors import ConfigError
from tournee.geo import great_circle_m
from tournee.settings import RoadsSettings

WHOLE = """
forbidden:
  - name: Old bridge
    why: 3.2 m clearance
    point: {lat: 60.0, lon: 25.0}
    height_above_m: 3.2
  - name: Market street
    line: [{lat: 60.0, lon: 25.0}, {lat: 60.0, lon: 25.002}, {lat: 60.002, lon: 25.002}]
no_reversing:
  - name: School
    polygon: [{lat: 60.0, lon: 25.0}, {lat: 60.0, lon: 25.01}, {lat: 60.01, lon: 25.01}, {lat: 60.01, lon: 25.0}]
turn_arounds:
  - {name: Yard, point: {lat: 60.005, lon: 25.005}, radius_m: 50}
extra_minutes:
  - {name: Ferry, minutes: 12.5, point: {lat: 60.02, lon: 25.0}, radius_m: 100}
"""


UNHURRIED = Pace()


def read(text: str, tmp_path: Path) -> Overrides:
    path = tmp_path / "city.yaml"
    path.write_text(text, encoding="utf-8")
    return read_overrides(path)


def minutes_at(north: float, minutes: float, radius_m: float = 30) -> Overrides:
    lat, lon = place(north).location
    entry = {"name": "slow", "minutes": minutes, "point": {"lat": lat, "lon": lon}, "radius_m": radius_m}
    return Overrides.model_validate({"extra_minutes": [entry]})


def adjusted(
    places: list[Place], overrides: Overrides = NOTHING, pace: Pace = UNHURRIED
) -> tuple[Matrix, Matrix]:
    plain = AskedRoads(DrawnEngine(), 50)
    return plain.matrix(places, TRUCK), AdjustedRoads(plain, overrides, pace).matrix(places, TRUCK)


def test_a_whole_file_is_understood(tmp_path: Path) -> None:
    found = read(WHOLE, tmp_path)
    bridge, market = found.forbidden
    assert bridge.binds(TruckDimensions(height_m=3.3))
    assert not bridge.binds(TruckDimensions(height_m=3.2))
    assert found.closed_to(TruckDimensions(height_m=2)) == (market,), "without a limit every truck"
    for bar, middle in zip(market.bars, [(60.0, 25.001), (60.001, 25.002)], strict=True):
        assert great_circle_m(bar, Location(*middle)) < 0.01
    assert found.is_passed_through(Location(60.002, 25.002))
    assert not found.is_passed_through(Location(60.005, 25.0055)), "a turn-around is near"
    assert not found.is_passed_through(Location(60.02, 25.002))


def test_any_limit_that_is_exceeded_keeps_a_truck_out(tmp_path: Path) -> None:
    text = "forbidden: [{name: a, point: {lat: 1, lon: 1}, weight_above_t: 12, length_above_m: 9, width_above_m: 2}]"
    (street,) = read(text, tmp_path).forbidden
    assert street.binds(TruckDimensions(weight_t=19, length_m=5, width_m=1))
    assert street.binds(TruckDimensions(weight_t=3, length_m=9.5, width_m=1))
    assert not street.binds(TruckDimensions(weight_t=12, length_m=9, width_m=2))


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read("", tmp_path) == NOTHING == read_overrides(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("forbiden: []", r"city\.yaml: forbiden: \[\] is not valid.*did you mean `forbidden`"),
        (
            "forbidden: [{name: Old bridge, point: {lat: 91, lon: 0}}]",
            r"forbidden\.Old bridge\.point\.lat: 91 is not valid: expected input should be less than or equal to 85",
        ),
        ("forbidden: [{name: Old bridge}]", r"forbidden\.Old bridge: .*one of a point, a line of two points"),
        ("forbidden: [{name: x, line: [{lat: 1, lon: 1}]}]", "a line of two points"),
        ("forbidden: [{name: x, hight_above_m: 3}]", r"x\.hight_above_m: 3 .*did you mean `height_above_m`"),
        (
            "extra_minutes: [{name: x, point: {lat: 1, lon: 1}, minutes: -1}]",
            r"x\.minutes: -1 .*greater than 0",
        ),
        ("extra_minutes: [{point: {lat: 1, lon: 1}, minutes: 1}]", r"extra_minutes\.0\.name"),
        ("no_reversing: [{name: x, polygon: [{lat: 1, lon: 1}]}]", "a polygon of three points"),
        ("forbidden: 3", r"forbidden: 3 is not valid"),
        ("- a", r"city\.yaml: .*is not valid"),
        ("a: [", "expected YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_value_and_remedy(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        read(text, tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"roads\.overrides: .*nowhere\.yaml"):
        open_roads(RoadsSettings(provider="great_circle", overrides=tmp_path / "nowhere.yaml"))


def test_the_digest_tells_engines_apart_and_leaves_minutes_out(tmp_path: Path) -> None:
    whole = read(WHOLE, tmp_path)
    assert whole.digest != NOTHING.digest
    assert minutes_at(1, 5).digest == NOTHING.digest


def test_minutes_are_for_coming_in_and_not_for_driving_inside() -> None:
    places = [place(0), place(10), place(10.1), place(20)]
    before, after = adjusted(places, minutes_at(10, 2.5))
    added = after.travel_time_s - before.travel_time_s
    assert added.tolist() == [[0, 150, 150, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 150, 150, 0]]
    assert (after.distance_m == before.distance_m).all()
    assert "extra minutes at slow" in after.source


def test_minutes_never_make_a_way_where_there_is_none() -> None:
    places = [place(0), place(1_500), place(2_500)]
    _, after = adjusted(places, minutes_at(1_500, 2))
    assert after.travel_time_s[0, 1] == after.travel_time_s[1, 2] == UNREACHABLE


def test_close_stops_are_driven_to_slowly() -> None:
    places = [place(0), place(0.9), place(9)]  # 97 m and 907 m by road
    before, after = adjusted(places, pace=Pace(within_m=100, km_h=9))
    assert after.travel_time_s[0, 1] == np.ceil(97 / 2.5)
    assert after.travel_time_s[0, 2] == before.travel_time_s[0, 2]
    assert (np.diag(after.travel_time_s) == 0).all()
    assert "9 km/h" in after.source


def test_a_pace_never_makes_a_truck_faster() -> None:
    before, after = adjusted([place(north) for north in range(9)], pace=Pace(within_m=5_000, km_h=80))
    assert (after.travel_time_s >= before.travel_time_s).all()
    assert (after.travel_time_s == before.travel_time_s).any()


def test_without_settings_nothing_changes() -> None:
    before, after = adjusted([place(0), place(1), place(1_500)])
    assert (after.travel_time_s == before.travel_time_s).all()
    assert after.source == before.source


def test_straight_lines_say_what_they_do_not_heed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read(WHOLE, tmp_path)
    settings = RoadsSettings(
        provider="great_circle", overrides=tmp_path / "city.yaml", cache_dir=tmp_path, collection_m=50
    )
    matrix = open_roads(settings).matrix([place(0), place(1)], TRUCK)
    assert "not heeded: Old bridge, Market street, School" in matrix.source
    assert "great_circle can't heed" in caplog.text
    lines = list(road_lines(settings))
    assert lines[0].startswith("Travel times: estimate")
    assert lines[2:] == [
        "Forbidden: Old bridge, trucks above 3.2 m high: no streets are known.",
        "Forbidden: Market street, every truck: no streets are known.",
        "No reversing: School, an area of 4 corners.",
        "Turn-around: Yard, 50 m around 60.00500, 25.00500.",
        "Extra minutes: Ferry, 12.5 min to come into 100 m around 60.02000, 25.00000.",
        "Not heeded by great_circle: Old bridge, Market street, School. Plans may break them.",
    ]


def test_a_disk_is_as_wide_as_it_says() -> None:
    center = Location(60.0, 25.0)
    assert all(great_circle_m(center, corner) == pytest.approx(40, abs=0.1) for corner in disk(center, 40))
    assert is_inside(center, disk(center, 40))
    assert not is_inside(Location(60.001, 25.0), disk(center, 40))


def test_the_example_of_the_docs_is_understood(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "roads.md").read_text(encoding="utf-8")
    found = read(page.partition("```yaml\n")[2].partition("```")[0], tmp_path)
    kinds = (found.forbidden, found.no_reversing, found.turn_arounds, found.extra_minutes)
    assert [len(kind) for kind in kinds] == [3, 1, 1, 1]
