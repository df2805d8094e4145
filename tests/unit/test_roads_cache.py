"""What was asked once is not asked again, and nothing that happens to the files can spoil an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from optimizer.matrix import Grid, Matrix, Place
from optimizer.matrix.asked import AskedRoads
from optimizer.matrix.cache import MatrixCache
from tests.road_fixtures import TRUCK, DrawnEngine, place
from tournee.domain import CurbSide, TruckDimensions
from tournee.errors import RoadsUnavailable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONDAY = [place(0), place(1, 1), place(2, 5), place(3, 2)]
TUESDAY = [place(0), place(2, 5), place(9, 9), place(1, 1)]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> MatrixCache:
    return MatrixCache(tmp_path / "kept", max_mb=4, max_days=30, clock=clock)


def roads(cache: MatrixCache | None, **how: object) -> tuple[AskedRoads, DrawnEngine]:
    engine = DrawnEngine(**how)  # type: ignore[arg-type]  # named by each test
    return AskedRoads(engine, 50, cache=cache), engine


def same(one: Matrix, other: Matrix) -> bool:
    grids = zip((one.travel_time_s, one.distance_m), (other.travel_time_s, other.distance_m), strict=True)
    return all((a == b).all() for a, b in grids) and one.off_road == other.off_road


def files(cache: MatrixCache) -> list[Path]:
    return sorted(cache.folder.iterdir())


def test_the_same_places_are_asked_once(cache: MatrixCache) -> None:
    first = roads(cache)[0].matrix(MONDAY, TRUCK)
    again, engine = roads(cache)
    assert same(again.matrix(MONDAY, TRUCK), first)
    assert engine.asked == []
    assert engine.looked_at == []


class TiringEngine(DrawnEngine):
    """It answers three questions, and then no more."""

    def block(
        self, sources: Sequence[Place], targets: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        if len(self.asked) == 3:
            raise RoadsUnavailable("It is tired.")
        return super().block(sources, targets, truck)


def test_what_was_answered_before_a_server_went_away_is_not_asked_again(cache: MatrixCache) -> None:
    with pytest.raises(RoadsUnavailable):
        AskedRoads(TiringEngine(), 50, 4, cache).matrix(MONDAY, TRUCK)
    again, engine = roads(cache)
    assert same(again.matrix(MONDAY, TRUCK), roads(None)[0].matrix(MONDAY, TRUCK))
    assert engine.num_pairs <= 4
    assert engine.looked_at == []


def test_a_new_place_costs_its_row_and_its_column(cache: MatrixCache) -> None:
    roads(cache)[0].matrix(MONDAY, TRUCK)
    again, engine = roads(cache)
    matrix = again.matrix(TUESDAY, TRUCK)
    assert engine.looked_at == [place(9, 9)]
    assert sorted((len(s), len(t)) for s, t in engine.asked) == [(1, 4), (3, 1)]
    assert same(matrix, roads(None)[0].matrix(TUESDAY, TRUCK))


def test_days_add_up(cache: MatrixCache) -> None:
    for day in (MONDAY, TUESDAY):
        roads(cache)[0].matrix(day, TRUCK)
    both, engine = roads(cache)
    every = list(dict.fromkeys(MONDAY + TUESDAY))
    assert same(both.matrix(every, TRUCK), roads(None)[0].matrix(every, TRUCK))
    assert engine.num_pairs == 2, "from Monday's own place to Tuesday's, and back"


@pytest.mark.parametrize(
    "change",
    [
        {"key": "other roads"},
        {"truck": replace(TRUCK, weight_t=26)},
        {"places": [replace(one, curb_side=CurbSide.SAME) for one in MONDAY]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_roads_trucks_and_sides_are_other_questions(
    cache: MatrixCache, change: dict[str, object]
) -> None:
    roads(cache)[0].matrix(MONDAY, TRUCK)
    other, engine = roads(cache, key=str(change.get("key", "drawing")))
    places: list[Place] = change.get("places", MONDAY)  # type: ignore[assignment]  # one of the three above
    other.matrix(places, change.get("truck", TRUCK))  # type: ignore[arg-type]  # as above
    assert engine.num_pairs == 16


def test_a_place_off_the_road_is_remembered_as_such(cache: MatrixCache) -> None:
    places = [*MONDAY, place(2_500), place(25_000)]
    first = roads(cache)[0].matrix(places, TRUCK)
    assert first.off_road == {4: 1_000.0, 5: float("inf")}
    again, engine = roads(cache)
    assert same(again.matrix(places, TRUCK), first)
    assert not engine.looked_at


@pytest.mark.parametrize("damage", ["cut", "emptied", "garbage", "one bit"])
def test_a_damaged_file_is_thrown_away(
    cache: MatrixCache, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = roads(cache)[0].matrix(MONDAY, TRUCK)
    (path,) = files(cache)
    whole = path.read_bytes()
    flipped = bytes([whole[700] ^ 1])
    path.write_bytes(
        {
            "cut": whole[:500],
            "emptied": b"",
            "garbage": b"PK no" * 99,
            "one bit": whole[:700] + flipped + whole[701:],
        }[damage]
    )
    again, engine = roads(cache)
    with caplog.at_level(logging.WARNING):
        assert same(again.matrix(MONDAY, TRUCK), first)
    assert engine.num_pairs == 16
    assert "thrown away" in caplog.text
    assert len(files(cache)) == 1, "and written anew"


def test_two_writers_do_not_break_each_other(cache: MatrixCache) -> None:
    one, other = roads(cache)[0], roads(cache)[0]
    one.matrix(MONDAY, TRUCK)
    other.matrix(TUESDAY, TRUCK)
    one.matrix(MONDAY, TRUCK)
    again, engine = roads(cache)
    again.matrix(TUESDAY, TRUCK)
    assert engine.asked == []
    assert [path.suffix for path in files(cache)] == [".npz"], "nothing is left lying about"


def test_what_is_too_old_is_asked_again(cache: MatrixCache, clock: Clock) -> None:
    roads(cache)[0].matrix(MONDAY, TRUCK)
    clock.now = NOON + timedelta(days=20)
    again, engine = roads(cache)
    again.matrix(TUESDAY, TRUCK)
    assert engine.num_pairs == 7, "not too old yet"
    clock.now = NOON + timedelta(days=31)
    again.matrix(TUESDAY, TRUCK)
    assert engine.num_pairs == 7 + 16, "a file is as old as its oldest answer"


def test_the_folder_stays_within_its_size(cache: MatrixCache, clock: Clock) -> None:
    cache = replace(cache, max_mb=2)
    for number in range(9):
        clock.now += timedelta(hours=1)
        places = [place(north, number) for north in range(200)]
        roads(cache, key=f"roads {number}")[0].matrix(places, TRUCK)
    sizes = [path.stat().st_size for path in files(cache)]
    assert sum(sizes) <= 2e6
    assert len(sizes) == 6
    again, engine = roads(cache, key="roads 8")
    again.matrix(places, TRUCK)
    assert engine.asked == [], "the newest stays"


def test_the_places_not_used_for_longest_make_room(cache: MatrixCache, clock: Clock) -> None:
    days = [[place(north, day) for north in range(150)] for day in range(3)]  # 353 places fit into one file
    for day in days:
        clock.now += timedelta(days=1)
        roads(cache)[0].matrix(day, TRUCK)
    again, engine = roads(cache)
    again.matrix(days[1] + days[2], TRUCK)
    assert engine.num_pairs == 2 * 150 * 150, "both days are known, the ways between them are not"
    again.matrix(days[0], TRUCK)
    assert engine.num_pairs > 2 * 150 * 150


def test_more_than_fits_is_answered_and_not_kept(cache: MatrixCache) -> None:
    many = [place(north) for north in range(400)]
    assert same(roads(cache)[0].matrix(many, TRUCK), roads(None)[0].matrix(many, TRUCK))
    assert not cache.folder.exists()


def test_no_size_keeps_nothing(cache: MatrixCache) -> None:
    roads(replace(cache, max_mb=0))[0].matrix(MONDAY, TRUCK)
    assert not cache.folder.exists()


def test_a_folder_that_is_a_file_costs_time_only(
    cache: MatrixCache, caplog: pytest.LogCaptureFixture
) -> None:
    cache.folder.write_text("in the way")
    with caplog.at_level(logging.WARNING):
        matrix = roads(cache)[0].matrix(MONDAY, TRUCK)
    assert same(matrix, roads(None)[0].matrix(MONDAY, TRUCK))
    assert "not kept" in caplog.text


def test_a_kept_matrix_has_whole_numbers_of_the_usual_kind(cache: MatrixCache) -> None:
    roads(cache)[0].matrix(MONDAY, TRUCK)
    matrix = roads(cache)[0].matrix(MONDAY, TRUCK)
    assert matrix.distance_m.dtype == matrix.travel_time_s.dtype == np.int64
