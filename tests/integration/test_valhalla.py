"""Travel on the real streets of central Helsinki."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from optimizer.matrix import UNREACHABLE, Place, Roads
from optimizer.matrix.areas import disk, middle
from optimizer.matrix.polyline import decode_polyline
from optimizer.matrix.providers import open_roads
from tests.town_fixtures import helsinki, helsinki_extract
from tournee.cli.roads import road_lines
from tournee.domain import CurbSide, Location, TruckDimensions
from tournee.errors import RoadsUnavailable
from tournee.geo import great_circle_m
from tournee.settings import RoadsSettings

pytestmark = pytest.mark.needs_valhalla

TRUCK = TruckDimensions()
STATION = Place(Location(60.17085, 24.94415))  # Rautatientori side
ESPLANADE = Place(Location(60.16785, 24.94640))
IN_THE_SEA = Place(Location(60.1500, 24.9550))
PARIS = Place(Location(48.8530, 2.3499))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> RoadsSettings:
    folder = tmp_path_factory.mktemp("roads")
    return RoadsSettings(extract=helsinki_extract(), tiles_dir=folder, cache_max_mb=0)


@pytest.fixture(scope="module")
def roads(settings: RoadsSettings) -> Roads:
    return open_roads(settings)


def town_places(num_bins: int = 300) -> list[Place]:
    city = helsinki(num_bins=num_bins)
    sites = [city.depot.location, *(facility.location for facility in city.facilities)]
    return [*(Place(site) for site in sites), *(Place(b.location, b.curb_side) for b in city.bins)]


@pytest.mark.parametrize("seed", [7, 1, 4])
def test_every_bin_of_a_simulated_town_can_be_reached_by_every_truck(roads: Roads, seed: int) -> None:
    city = helsinki(seed)
    sites = [city.depot.location, *(facility.location for facility in city.facilities)]
    places = [*(Place(site) for site in sites), *(Place(b.location, b.curb_side) for b in city.bins)]
    for truck in {vehicle.dimensions for vehicle in city.vehicles}:
        matrix = roads.matrix(places, truck)
        assert matrix.off_road == {}
        assert not (matrix.travel_time_s == UNREACHABLE).any()


def test_a_town_of_300_bins_takes_seconds(roads: Roads) -> None:
    places = town_places()
    roads.matrix(places[:2], TRUCK)  # the engine opens its tiles
    start = perf_counter()
    roads.matrix(places, TRUCK)
    assert perf_counter() - start < 60, (
        "about one second on an idle machine; asked pair by pair, many minutes"
    )


def test_the_same_call_gives_the_same_matrix(settings: RoadsSettings, roads: Roads) -> None:
    places = town_places()[:60]
    first, second = roads.matrix(places, TRUCK), open_roads(settings).matrix(places, TRUCK)
    assert (first.travel_time_s == second.travel_time_s).all()
    assert (first.distance_m == second.distance_m).all()
    assert first.source == second.source


def test_streets_are_longer_than_straight_lines_and_not_the_same_both_ways(roads: Roads) -> None:
    places = town_places()[:80]
    matrix = roads.matrix(places, TRUCK)
    for i, j in [(0, 1), (1, 2), (0, 40), (40, 70)]:
        straight_m = great_circle_m(places[i].location, places[j].location)
        assert matrix.distance_m[i, j] > straight_m - 60, "both ends may lie 25 m off their street"
    assert (matrix.distance_m != matrix.distance_m.T).any(), "one-way streets"
    assert (np.diag(matrix.distance_m) == 0).all()
    assert not matrix.is_estimate
    assert "Valhalla 3." in matrix.source
    assert "Helsinki.osm.pbf" in matrix.source


def test_a_place_off_the_road_is_named_with_its_distance(roads: Roads) -> None:
    matrix = roads.matrix([STATION, IN_THE_SEA, ESPLANADE, PARIS], TRUCK)
    assert set(matrix.off_road) == {1, 3}
    assert 500 < matrix.off_road[1] < 3_000
    assert matrix.off_road[3] == float("inf")
    assert matrix.travel_time_s[0, 1] == matrix.travel_time_s[1, 0] == matrix.distance_m[3, 0] == UNREACHABLE
    assert 0 < matrix.travel_time_s[0, 2] < 1_200
    assert matrix.travel_time_s[1, 1] == 0


def test_an_extract_that_does_not_cover_the_town_says_so(roads: Roads) -> None:
    with pytest.raises(RoadsUnavailable, match=r"does not cover the town.*48\.85300, 2\.34990"):
        roads.matrix([PARIS, PARIS], TRUCK)


def test_a_missing_extract_is_named(tmp_path: Path) -> None:
    with pytest.raises(RoadsUnavailable, match=r"nowhere\.osm\.pbf is not there"):
        open_roads(RoadsSettings(extract=tmp_path / "nowhere.osm.pbf", tiles_dir=tmp_path))


def test_an_extract_of_rubbish_is_refused(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.osm.pbf"
    rubbish.write_bytes(b"this is no map" * 100)
    with pytest.raises(RoadsUnavailable, match=r"rubbish\.osm\.pbf"):
        open_roads(RoadsSettings(extract=rubbish, tiles_dir=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["rubbish.osm.pbf"], "no half-built tiles are left"


def test_two_builders_at_once_do_not_break_each_other(tmp_path: Path) -> None:
    settings = RoadsSettings(extract=helsinki_extract(), tiles_dir=tmp_path, cache_max_mb=0)
    with ThreadPoolExecutor(2) as pool:
        both = [future.result() for future in [pool.submit(open_roads, settings) for _ in range(2)]]
    assert len(list(tmp_path.iterdir())) == 1
    assert both[0].matrix([STATION, ESPLANADE], TRUCK).distance_m[0, 1] > 0


def test_tiles_are_built_once(settings: RoadsSettings, roads: Roads) -> None:
    built = {path: path.stat().st_mtime_ns for path in settings.tiles_dir.rglob("*.gph")}
    open_roads(settings).matrix([STATION, ESPLANADE], TRUCK)
    assert built == {path: path.stat().st_mtime_ns for path in settings.tiles_dir.rglob("*.gph")}


def test_threads_ask_at_the_same_time(roads: Roads) -> None:
    places, start, answers = town_places()[:40], threading.Barrier(3), []

    def ask() -> None:
        start.wait(10)
        answers.append(roads.matrix(places, TRUCK).travel_time_s)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 3
    assert (answers[0] == answers[1]).all()
    assert (answers[0] == answers[2]).all()


def test_a_truck_too_heavy_for_a_street_takes_another_way(roads: Roads) -> None:
    # Siltavuorenpenger carries 4.5 t: a bin there exists for a van, and for no truck.
    places = [STATION, Place(Location(60.175562, 24.95150))]
    van = TruckDimensions(length_m=5, width_m=2, height_m=2.4, weight_t=3.5, axle_load_t=2)
    assert roads.matrix(places, van).travel_time_s[0, 1] < 1_800
    heavy = roads.matrix(places, TRUCK)
    assert heavy.off_road or heavy.travel_time_s[0, 1] == UNREACHABLE


def test_a_bin_on_its_side_costs_a_longer_way(settings: RoadsSettings, roads: Roads) -> None:
    free = [place for place in town_places() if place.curb_side is CurbSide.SAME]
    either = roads.matrix([Place(place.location) for place in free], TRUCK).travel_time_s
    same = roads.matrix(free, TRUCK).travel_time_s
    never = settings.model_copy(update={"same_side_min_class": "never"})
    assert same.sum() > either.sum()
    assert (open_roads(never).matrix(free, TRUCK).travel_time_s == either).all()


def test_geometry_follows_the_streets(roads: Roads) -> None:
    places = town_places()[:90]  # more than one question's worth
    lines, matrix = roads.geometry(places, TRUCK), roads.matrix(places, TRUCK)
    assert len(lines) == len(places) - 1
    assert min(len(line) for line in lines) >= 2
    lengths_m = [sum(great_circle_m(a, b) for a, b in pairwise(line)) for line in lines]
    told_m = [float(matrix.distance_m[i, i + 1]) for i in range(len(lines))]
    assert np.median(np.abs(np.array(lengths_m) - told_m)) < 15
    assert sum(lengths_m) == pytest.approx(sum(told_m), rel=0.05)
    for line, (a, b) in zip(lines, pairwise(places), strict=True):
        assert great_circle_m(line[0], a.location) < 50
        assert great_circle_m(line[-1], b.location) < 50


def test_a_leg_without_a_way_is_a_straight_line(roads: Roads) -> None:
    lines = roads.geometry([STATION, PARIS, STATION, ESPLANADE], TRUCK)
    assert lines[0] == (STATION.location, PARIS.location)
    assert len(lines) == 3
    assert len(lines[2]) > 2


def test_one_place_has_no_geometry(roads: Roads) -> None:
    assert roads.geometry([STATION], TRUCK) == ()


def test_polylines_are_read_as_google_writes_them() -> None:
    line = decode_polyline("_p~iF~ps|U_ulLnnqC_mqNvxq`@", precision=1e-5)
    assert line == (Location(38.5, -120.2), Location(40.7, -120.95), Location(43.252, -126.453))


def test_an_impossible_question_is_a_sentence(roads: Roads) -> None:
    with pytest.raises(RoadsUnavailable, match="road engine refused"):
        roads.matrix([Place(Location(95.0, 24.9))], TRUCK)


@pytest.fixture
def city(settings: RoadsSettings, tmp_path: Path) -> Callable[[str], Roads]:
    """Return roads with overrides of a city."""

    def with_overrides(text: str) -> Roads:
        path = tmp_path / "city.yaml"
        path.write_text(text, encoding="utf-8")
        return open_roads(settings.model_copy(update={"overrides": path}))

    return with_overrides


def written(point: Location) -> str:
    return f"{{lat: {point.lat}, lon: {point.lon}}}"


def test_a_forbidden_street_is_not_driven(roads: Roads, city: Callable[[str], Roads]) -> None:
    places = town_places()[:30]
    (line,) = roads.geometry([places[0], places[12]], TRUCK)
    bar = middle(line[len(line) // 2], line[len(line) // 2 + 1])
    closed = city(f"forbidden: [{{name: closed, point: {written(bar)}, weight_above_t: 12}}]")
    before, after = roads.matrix(places, TRUCK), closed.matrix(places, TRUCK)
    (other,) = closed.geometry([places[0], places[12]], TRUCK)
    assert min(great_circle_m(bar, point) for point in line) < 50
    assert len(other) > 2
    assert all(distance_m(bar, a, b) > 6 for a, b in pairwise(other))
    assert after.travel_time_s[0, 12] > before.travel_time_s[0, 12]
    assert after.travel_time_s.sum() > before.travel_time_s.sum()
    light = TruckDimensions(weight_t=11)
    assert (closed.matrix(places, light).travel_time_s == roads.matrix(places, light).travel_time_s).all()


def test_a_place_behind_forbidden_streets_can_not_be_reached(
    roads: Roads, city: Callable[[str], Roads]
) -> None:
    places = [STATION, ESPLANADE]
    ring = ", ".join(written(corner) for corner in disk(ESPLANADE.location, 40))
    walled = city(f"forbidden: [{{name: wall, polygon: [{ring}]}}]")
    assert roads.matrix(places, TRUCK).travel_time_s[0, 1] < UNREACHABLE
    matrix = walled.matrix(places, TRUCK)
    assert matrix.travel_time_s[0, 1] == matrix.travel_time_s[1, 0] == UNREACHABLE
    assert matrix.off_road == {}


def test_a_city_may_forbid_a_hundred_streets(city: Callable[[str], Roads]) -> None:
    entries = ", ".join(
        f"{{name: s{n}, point: {written(p.location)}}}" for n, p in enumerate(town_places()[100:200])
    )
    matrix = city(f"forbidden: [{entries}]").matrix(town_places()[:10], TRUCK)
    assert (matrix.travel_time_s > 0).any()


def test_where_no_truck_may_turn_it_goes_on_as_it_came(roads: Roads, city: Callable[[str], Roads]) -> None:
    places = town_places()[:30]
    there = places[
        10
    ]  # a street of two directions: left the way it was reached in 113 s, round the block in 179 s
    area = f"{{name: school, point: {written(there.location)}}}"
    before = roads.matrix(places, TRUCK).travel_time_s
    after = city(f"no_reversing: [{area}]").matrix(places, TRUCK).travel_time_s
    others = [index for index, place in enumerate(places) if place.location != there.location]
    assert (after[np.ix_(others, others)] == before[np.ix_(others, others)]).all()
    assert (after[10] >= before[10] - 1).all()
    assert (after[:, 10] >= before[:, 10] - 1).all()
    assert after[10].sum() + after[:, 10].sum() > before[10].sum() + before[:, 10].sum()
    turned = city(f"no_reversing: [{area}]\nturn_arounds: [{area}]").matrix(places, TRUCK).travel_time_s
    assert (turned == before).all()
    left = city(f"no_reversing: [{area}]\ndrives_on: left").matrix(places, TRUCK).travel_time_s
    assert (left != after).any()


def test_the_roads_say_what_they_understood(settings: RoadsSettings, tmp_path: Path) -> None:
    on, off = written(Location(60.168258, 24.941187)), written(IN_THE_SEA.location)
    path = tmp_path / "city.yaml"
    path.write_text(
        f"forbidden: [{{name: avenue, point: {on}}}, {{name: wave, point: {off}}}, "
        f"{{name: both, line: [{on}, {on}, {off}]}}]",
        encoding="utf-8",
    )
    _, avenue, wave, both = road_lines(
        settings.model_copy(update={"overrides": path, "cache_dir": tmp_path / "no"})
    )
    assert avenue == "Forbidden: avenue, every truck: closed on Mannerheimintie / E 12."
    assert "closed nowhere; no street runs within 6 m of 60.15000, 24.95500: move the point" in wave
    assert "closed on Mannerheimintie / E 12; no street runs within 6 m" in both


def distance_m(point: Location, a: Location, b: Location) -> float:
    """Metres from a point to a stretch of street, on the plane."""
    scale = np.array([111_195.0, 111_195.0 * np.cos(np.radians(point.lat))])
    start, way = (np.array(a) - point) * scale, (np.array(b) - a) * scale
    along = np.clip(-(start @ way) / max(way @ way, 1e-9), 0, 1)
    return float(np.linalg.norm(start + along * way))


def test_neither_blocks_nor_the_past_change_a_matrix(settings: RoadsSettings, tmp_path: Path) -> None:
    def roads(block_pairs: int, **how: object) -> Roads:
        return open_roads(settings.model_copy(update={"block_pairs": block_pairs, **how}))

    places = [*town_places()[:50], IN_THE_SEA]
    whole = roads(0).matrix(places, TRUCK)
    for block_pairs in (1, 60, 333):
        cut = roads(block_pairs).matrix(places, TRUCK)
        assert (cut.travel_time_s == whole.travel_time_s).all()
        assert (cut.distance_m == whole.distance_m).all()
    kept = {"cache_max_mb": 10, "cache_dir": tmp_path / "kept"}
    for day in (places[:20], places[10:30], places[25:]):
        roads(0, **kept).matrix(day, TRUCK)
    past = roads(0, **kept).matrix(places, TRUCK)
    assert (past.travel_time_s == whole.travel_time_s).all()
    assert (past.distance_m == whole.distance_m).all()
    assert past.off_road == whole.off_road
