"""Whatever was asked before, and however it is cut: the matrix is the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimizer.matrix import UNREACHABLE, Matrix, Place
from optimizer.matrix.adjusted import AdjustedRoads, Pace
from optimizer.matrix.asked import AskedRoads, blocks
from optimizer.matrix.cache import MatrixCache
from optimizer.matrix.known import UNASKED, Known
from optimizer.matrix.overrides import Overrides
from tests.road_fixtures import TRUCK, DrawnEngine, place
from tournee.domain import CurbSide

# Land, an island, and places at sea; one side of the street or either.
places_of_a_day = st.lists(
    st.builds(
        lambda here, side: Place(here.location, side),
        st.builds(place, st.sampled_from([0, 1, 2, 3, 4, 1_500, 1_501, 2_500]), st.integers(0, 3)),
        st.sampled_from(CurbSide),
    ),
    max_size=12,
).map(lambda found: [place(0), *found])


def plain(places: list[Place]) -> Matrix:
    return AskedRoads(DrawnEngine(), 50).matrix(places, TRUCK)


def assert_same(one: Matrix, other: Matrix) -> None:
    assert (one.travel_time_s == other.travel_time_s).all()
    assert (one.distance_m == other.distance_m).all()
    assert one.off_road == other.off_road


@given(st.lists(places_of_a_day, min_size=1, max_size=4))
def test_a_matrix_with_a_past_equals_one_without(days: list[list[Place]]) -> None:
    with TemporaryDirectory() as folder:
        for day in days:
            roads = AskedRoads(DrawnEngine(), 50, cache=MatrixCache(Path(folder), 1, 30))
            assert_same(roads.matrix(day, TRUCK), plain(day))


@given(places_of_a_day, st.integers(1, 40))
def test_the_size_of_a_block_changes_nothing(places: list[Place], block_pairs: int) -> None:
    assert_same(AskedRoads(DrawnEngine(), 50, block_pairs).matrix(places, TRUCK), plain(places))


@given(places_of_a_day, st.data())
def test_another_order_of_places_is_another_order_of_rows_and_columns(
    places: list[Place], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(places))))
    matrix, moved = plain(places), plain([places[index] for index in order])
    assert (moved.travel_time_s == matrix.travel_time_s[np.ix_(order, order)]).all()
    assert (moved.distance_m == matrix.distance_m[np.ix_(order, order)]).all()
    assert moved.off_road == {order.index(index): metres for index, metres in matrix.off_road.items()}


@given(places_of_a_day)
def test_what_the_engine_says_of_each_direction_is_kept(places: list[Place]) -> None:
    matrix = plain(places)
    for i, here in enumerate(places):
        for j, there in enumerate(places):
            if here != there and not {i, j} & set(matrix.off_road):
                time_s, distance_m = DrawnEngine().block([here], [there], TRUCK)
                assert matrix.travel_time_s[i, j] == time_s[0, 0]
                assert matrix.distance_m[i, j] == distance_m[0, 0]
            elif here != there:
                assert matrix.travel_time_s[i, j] == matrix.distance_m[i, j] == UNREACHABLE
            else:
                assert matrix.travel_time_s[i, j] == (
                    0 if i == j or i not in matrix.off_road else UNREACHABLE
                )


@given(st.integers(1, 9), st.integers(1, 30), st.data())
def test_blocks_cover_each_unasked_pair_once(size: int, max_pairs: int, data: st.DataObject) -> None:
    known = Known.nothing(place(index) for index in range(size))
    asked = data.draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
    for i, j in asked:
        known.time_s[i, j] = 5
    np.fill_diagonal(known.time_s, 0)
    near = data.draw(st.lists(st.integers(0, size - 1), unique=True).map(sorted))
    found = [
        (i, j) for rows, columns in blocks(known, near, max_pairs) for i in rows for j in columns if i != j
    ]
    wanted = {(i, j) for i in near for j in near if known.time_s[i, j] == UNASKED}
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert all(len(r) * len(c) <= max_pairs for r, c in blocks(known, near, max_pairs))


@given(places_of_a_day, st.integers(0, 500), st.floats(1, 60), st.integers(0, 20))
def test_putting_times_right_never_makes_a_truck_faster_nor_a_way(
    places: list[Place], within_m: int, km_h: float, minutes: int
) -> None:
    lat, lon = place(2, 1).location
    slow = [{"name": "slow", "minutes": minutes, "point": {"lat": lat, "lon": lon}, "radius_m": 150}] * bool(
        minutes
    )
    overrides = Overrides.model_validate({"extra_minutes": slow})
    roads = AdjustedRoads(AskedRoads(DrawnEngine(), 50), overrides, Pace(within_m, km_h))
    before, after = plain(places), roads.matrix(places, TRUCK)
    assert (after.travel_time_s >= before.travel_time_s).all()
    assert ((after.travel_time_s == UNREACHABLE) == (before.travel_time_s == UNREACHABLE)).all()
    assert (after.distance_m == before.distance_m).all()
    assert (np.diag(after.travel_time_s) == 0).all()


@given(st.lists(st.builds(place, st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=3))
def test_no_detour_is_shorter_where_the_engine_knows_none(places: list[Place]) -> None:
    distance_m = plain(places).distance_m
    assert distance_m[0, 2] <= distance_m[0, 1] + distance_m[1, 2]
