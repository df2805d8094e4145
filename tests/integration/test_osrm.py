"""The same town, driven by OSRM with our truck."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from optimizer.matrix import UNREACHABLE, Place, osrm_worker
from optimizer.matrix.areas import disk, middle
from optimizer.matrix.asked import AskedRoads
from optimizer.matrix.osrm_data import present_data
from optimizer.matrix.osrm_engine import OsrmEngine
from optimizer.matrix.osrm_local import LocalOsrm
from optimizer.matrix.overrides import NOTHING, Overrides
from optimizer.matrix.providers import open_roads
from tests.integration.test_valhalla import (
    ESPLANADE,
    IN_THE_SEA,
    PARIS,
    STATION,
    TRUCK,
    distance_m,
    town_places,
)
from tests.town_fixtures import helsinki_extract
from tournee.domain import CurbSide, Location, TruckDimensions
from tournee.errors import RoadsUnavailable
from tournee.geo import great_circle_m
from tournee.settings import RoadsSettings

pytestmark = pytest.mark.needs_valhalla
VAN = TruckDimensions(length_m=5, width_m=2, height_m=2.4, weight_t=3.5, axle_load_t=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roads")


@pytest.fixture(scope="module")
def osrm(folder: Path) -> Iterator[Callable[..., AskedRoads]]:
    """Return roads by OSRM; their processes end with the tests."""
    opened: list[LocalOsrm] = []

    def roads(overrides: Overrides = NOTHING, *, own_side: bool = False) -> AskedRoads:
        opened.append(LocalOsrm(helsinki_extract(), folder, overrides))
        return AskedRoads(OsrmEngine(opened[-1], on_own_side=own_side), 50)

    yield roads
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def roads(osrm: Callable[..., AskedRoads]) -> AskedRoads:
    return osrm()


def closing(point: Location, **limits: float) -> Overrides:
    entry = {"name": "closed", "point": {"lat": point.lat, "lon": point.lon}, **limits}
    return Overrides.model_validate({"forbidden": [entry]})


def test_every_bin_of_a_simulated_town_can_be_reached(roads: AskedRoads) -> None:
    matrix = roads.matrix(town_places(), TRUCK)
    assert matrix.off_road == {}
    assert (matrix.travel_time_s < UNREACHABLE).all()
    assert (np.diag(matrix.distance_m) == 0).all()
    assert (matrix.distance_m != matrix.distance_m.T).any(), "one-way streets"
    assert "OSRM 26." in matrix.source


def test_blocks_of_any_size_give_the_same_matrix(roads: AskedRoads) -> None:
    places = town_places()[:60]
    whole = roads.matrix(places, TRUCK)
    cut = AskedRoads(roads.engine, 50, block_pairs=70).matrix(places, TRUCK)
    assert (whole.travel_time_s == cut.travel_time_s).all()
    assert (whole.distance_m == cut.distance_m).all()


def test_places_far_from_any_street_are_not_snapped(roads: AskedRoads) -> None:
    matrix = roads.matrix([STATION, IN_THE_SEA, ESPLANADE, PARIS], TRUCK)
    assert set(matrix.off_road) == {1, 3}
    assert 500 < matrix.off_road[1] < 3_000
    assert matrix.off_road[3] > 1_000_000
    assert 0 < matrix.travel_time_s[0, 2] < 1_200
    assert matrix.travel_time_s[0, 1] == matrix.distance_m[3, 0] == UNREACHABLE


def test_another_town_is_refused(roads: AskedRoads) -> None:
    with pytest.raises(RoadsUnavailable, match=r"does not cover the town.*48\.85300"):
        roads.matrix([PARIS], TRUCK)


def test_a_truck_too_heavy_for_a_street_stops_at_another(roads: AskedRoads) -> None:
    # Siltavuorenpenger carries 4.5 t: a van comes to the bin, a truck to the next street.
    there = Place(Location(60.175562, 24.95150))
    (van_m,), (truck_m,) = roads.engine.snap_m([there], VAN), roads.engine.snap_m([there], TRUCK)
    assert van_m < 15 < truck_m
    strict, depot = AskedRoads(roads.engine, 15), town_places()[0]
    assert strict.matrix([depot, there], VAN).travel_time_s[0, 1] < 1_800
    assert strict.matrix([depot, there], TRUCK).off_road == {1: truck_m}


def test_geometry_follows_the_streets(roads: AskedRoads) -> None:
    places = town_places()[:90]  # more than one question's worth
    lines, matrix = roads.geometry(places, TRUCK), roads.matrix(places, TRUCK)
    assert len(lines) == len(places) - 1
    assert min(len(line) for line in lines) >= 2
    lengths_m = [sum(great_circle_m(a, b) for a, b in pairwise(line)) for line in lines]
    told_m = [float(matrix.distance_m[i, i + 1]) for i in range(len(lines))]
    assert np.median(np.abs(np.array(lengths_m) - told_m)) < 15
    assert sum(lengths_m) == pytest.approx(sum(told_m), rel=0.05)
    assert roads.geometry([STATION], TRUCK) == ()


def test_a_forbidden_street_is_not_driven(roads: AskedRoads, osrm: Callable[..., AskedRoads]) -> None:
    places = town_places()[:30]
    (line,) = roads.geometry([places[0], places[12]], TRUCK)
    bar = middle(line[len(line) // 2], line[len(line) // 2 + 1])
    assert any(distance_m(bar, a, b) < 1 for a, b in pairwise(line))
    closed = osrm(closing(bar, weight_above_t=12))
    (other,) = closed.geometry([places[0], places[12]], TRUCK)
    assert len(other) > 2
    assert all(distance_m(bar, a, b) > 6 for a, b in pairwise(other))
    before, after = roads.matrix(places, TRUCK), closed.matrix(places, TRUCK)
    assert after.travel_time_s[0, 12] > before.travel_time_s[0, 12]
    assert (closed.matrix(places, VAN).travel_time_s == roads.matrix(places, VAN).travel_time_s).all()


def test_a_place_behind_forbidden_streets_can_not_be_reached(osrm: Callable[..., AskedRoads]) -> None:
    corners = [{"lat": corner.lat, "lon": corner.lon} for corner in disk(ESPLANADE.location, 120)]
    walled = osrm(Overrides.model_validate({"forbidden": [{"name": "wall", "polygon": corners}]}))
    matrix = walled.matrix([STATION, ESPLANADE], TRUCK)
    assert matrix.travel_time_s[0, 1] == UNREACHABLE


def test_what_is_not_heeded_is_named(osrm: Callable[..., AskedRoads]) -> None:
    area = {"name": "school", "point": {"lat": 60.17, "lon": 24.94}}
    assert osrm(Overrides.model_validate({"no_reversing": [area]})).engine.unheeded == ("school",)


def test_streets_are_named(roads: AskedRoads) -> None:
    avenue, sea = roads.engine.streets([Location(60.168258, 24.941187), IN_THE_SEA.location], 6)
    assert "Mannerheimintie" in avenue
    assert sea == ()


def test_a_bin_on_its_side_costs_a_longer_way(roads: AskedRoads, osrm: Callable[..., AskedRoads]) -> None:
    places = [place for place in town_places() if place.curb_side is CurbSide.SAME][:60]
    either = roads.matrix(places, TRUCK).travel_time_s.sum()
    assert osrm(own_side=True).matrix(places, TRUCK).travel_time_s.sum() > either


def test_threads_take_turns(roads: AskedRoads) -> None:
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


def test_a_worker_that_dies_is_started_anew(folder: Path) -> None:
    osrm = LocalOsrm(helsinki_extract(), folder, NOTHING)
    roads = AskedRoads(OsrmEngine(osrm, on_own_side=False), 50)
    first = roads.matrix([STATION, ESPLANADE], TRUCK)
    osrm._workers[TRUCK]._process.kill()
    osrm._workers[TRUCK]._process.wait()
    assert (roads.matrix([STATION, ESPLANADE], TRUCK).travel_time_s == first.travel_time_s).all()
    osrm.close()


def test_a_worker_killed_while_it_answers_is_said(folder: Path) -> None:
    osrm = LocalOsrm(helsinki_extract(), folder, NOTHING)
    worker = osrm._workers[TRUCK]
    worker._process.kill()
    with pytest.raises(RoadsUnavailable, match="has ended; ask again"):
        worker.ask({"service": "nearest", "number": 1, "coordinates": [[24.9, 60.1]]})
    osrm.close()


def test_a_missing_and_a_broken_extract_are_named(tmp_path: Path) -> None:
    def opened(name: str) -> object:
        return open_roads(
            RoadsSettings(provider="osrm", extract=tmp_path / name, tiles_dir=tmp_path / "tiles")
        )

    with pytest.raises(RoadsUnavailable, match=r"nowhere\.osm\.pbf is not there"):
        opened("nowhere.osm.pbf")
    (tmp_path / "rubbish.osm.pbf").write_bytes(b"this is no map" * 100)
    with pytest.raises(RoadsUnavailable, match=r"No road data can be made of .*rubbish\.osm\.pbf"):
        opened("rubbish.osm.pbf")
    assert list((tmp_path / "tiles").iterdir()) == [], "nothing half-built is left"


def test_broken_road_data_is_named(folder: Path, tmp_path: Path) -> None:
    osrm = LocalOsrm(helsinki_extract(), tmp_path, NOTHING)
    osrm.close()
    (data,) = tmp_path.iterdir()
    (data / "roads.osrm.mldgr").write_bytes(b"")
    with pytest.raises(RoadsUnavailable, match="can't be opened; delete the folder"):
        LocalOsrm(helsinki_extract(), tmp_path, NOTHING)


def test_an_impossible_question_is_a_sentence(roads: AskedRoads) -> None:
    with pytest.raises(RoadsUnavailable, match="road engine refused a question"):
        roads.matrix([Place(Location(95.0, 24.9))], TRUCK)


def frame(question: dict[str, object]) -> bytes:
    content = json.dumps(question).encode()
    return len(content).to_bytes(4) + content


def answers(heard: bytes) -> list[dict[str, object]]:
    found = []
    while heard:
        size = 4 + int.from_bytes(heard[:4])
        found.append(json.loads(heard[4:size]))
        heard = heard[size:]
    return found


def run_worker(roads: Path, questions: bytes, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    heard = io.BytesIO()
    monkeypatch.setattr(sys, "argv", ["worker", str(roads)])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(questions)))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=heard))
    osrm_worker.main()
    return answers(heard.getvalue())


def test_the_worker_answers_until_its_pipe_closes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = [24.9413, 60.1683], [24.945, 60.167]
    table: dict[str, object] = {
        "service": "table",
        "coordinates": [here, there],
        "sources": [0],
        "destinations": [1],
    }
    questions: list[dict[str, object]] = [
        table,
        {"service": "route", "coordinates": [here, there], "approaches": ["curb", "unrestricted"]},
        {"service": "nearest", "coordinates": [here], "number": 2},
        table | {"sources": [9]},
    ]
    data = present_data(helsinki_extract(), folder, TRUCK, ())
    said = run_worker(data, b"".join(frame(each) for each in questions) + b"\0\0", monkeypatch)
    assert [each["code"] for each in said[:4]] == ["Ok"] * 4, "the first says that it is ready"
    assert said[4]["code"] != "Ok"
    assert len(said) == 5


def test_the_worker_says_what_it_can_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = run_worker(tmp_path / "roads.osrm", b"", monkeypatch)
    assert said["code"] == "Broken"
