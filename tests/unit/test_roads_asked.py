"""Large questions are asked in blocks, and what can't be reached is said."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from optimizer.matrix import UNREACHABLE, Place
from optimizer.matrix.asked import AskedRoads
from tests.road_fixtures import TRUCK, DrawnEngine, place
from tournee.domain import Location
from tournee.errors import RoadsUnavailable

MANY = [place(north, north % 7) for north in range(60)]


def test_no_question_is_larger_than_allowed() -> None:
    engine = DrawnEngine()
    AskedRoads(engine, 50, block_pairs=200).matrix(MANY, TRUCK)
    assert max(len(sources) * len(targets) for sources, targets in engine.asked) <= 200
    assert engine.num_pairs == 60 * 60


def test_a_row_too_long_for_one_question_is_cut() -> None:
    engine = DrawnEngine()
    matrix = AskedRoads(engine, 50, block_pairs=25).matrix(MANY, TRUCK)
    assert max(len(sources) * len(targets) for sources, targets in engine.asked) == 25
    assert (matrix.distance_m == AskedRoads(DrawnEngine(), 50).matrix(MANY, TRUCK).distance_m).all()


def test_the_engine_says_what_suits_it() -> None:
    engine = DrawnEngine(max_pairs=120)
    AskedRoads(engine, 50).matrix(MANY, TRUCK)
    assert {len(sources) for sources, _ in engine.asked} == {2}


def test_a_long_matrix_says_how_far_it_is() -> None:
    said: list[tuple[int, int]] = []
    AskedRoads(DrawnEngine(), 50, block_pairs=60).matrix(MANY, TRUCK, lambda *how_far: said.append(how_far))
    assert said[-1] == (3_600, 3_600)
    assert len(said) == 20
    assert said == sorted(said)


def test_bins_that_share_a_place_are_asked_once() -> None:
    engine = DrawnEngine()
    matrix = AskedRoads(engine, 50).matrix([place(0), place(5), place(0)], TRUCK)
    assert engine.num_pairs == 4
    assert matrix.distance_m[0, 2] == matrix.distance_m[2, 0] == 0
    assert (matrix.distance_m[0] == matrix.distance_m[2]).all()
    assert matrix.distance_m[0, 1] == matrix.distance_m[2, 1] > 0


def test_both_directions_are_kept() -> None:
    matrix = AskedRoads(DrawnEngine(), 50).matrix([place(0), place(0, 10)], TRUCK)
    assert matrix.distance_m[0, 1] == 1_007
    assert matrix.distance_m[1, 0] == 507


def test_a_place_that_is_cut_off_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        matrix = AskedRoads(DrawnEngine(), 50).matrix([*MANY, place(1_500)], TRUCK)
    assert "1 places are cut off from most others, for instance 61.50000, 25.00000" in caplog.text
    assert matrix.off_road == {}
    assert (matrix.travel_time_s[60, :60] == UNREACHABLE).all()
    assert (matrix.distance_m[:60, 60] == UNREACHABLE).all()


def test_a_place_at_sea_is_never_snapped_to_the_shore() -> None:
    places = [place(0), place(2_300), place(5)]
    matrix = AskedRoads(DrawnEngine(), 50).matrix(places, TRUCK)
    assert matrix.off_road == {1: 1_000.0}
    assert (matrix.distance_m[1, [0, 2]] == UNREACHABLE).all()
    assert (matrix.distance_m[[0, 2], 1] == UNREACHABLE).all()
    assert (np.diag(matrix.travel_time_s) == 0).all()
    assert AskedRoads(DrawnEngine(), 1_000).matrix(places, TRUCK).off_road == {}


def test_roads_of_another_town_are_refused_with_a_remedy() -> None:
    with pytest.raises(
        RoadsUnavailable, match=r"drawing does not cover the town.*70\.0.*Draw a larger town\."
    ):
        AskedRoads(DrawnEngine(), 50).matrix([Place(Location(70.0, 25.0))], TRUCK)


def test_nothing_to_ask_is_an_empty_matrix() -> None:
    engine = DrawnEngine()
    assert AskedRoads(engine, 50).matrix([], TRUCK).distance_m.shape == (0, 0)
    assert engine.asked == []


def test_a_single_place_needs_no_question() -> None:
    engine = DrawnEngine()
    matrix = AskedRoads(engine, 50).matrix([place(0), place(0)], TRUCK)
    assert matrix.travel_time_s.tolist() == [[0, 0], [0, 0]]
    assert engine.asked == []


def test_geometry_comes_from_the_engine() -> None:
    assert len(AskedRoads(DrawnEngine(), 50).geometry(MANY, TRUCK)) == 59
