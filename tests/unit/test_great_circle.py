"""The honest estimate."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.matrix import UNREACHABLE, Place
from optimizer.matrix.great_circle import ROWS, GreatCircleRoads, straight_distances_m
from optimizer.matrix.providers import open_roads
from tournee.domain import Location, TruckDimensions
from tournee.geo import great_circle_m
from tournee.settings import RoadsSettings

TRUCK = TruckDimensions()
HERE = Location(60.17, 24.94)


def north_of(metres: float) -> Place:
    return Place(Location(HERE.lat + metres / 111_195.08, HERE.lon))


@pytest.mark.parametrize(
    ("straight_m", "detour", "km_h"),
    [
        (50, 1.53, 29),
        (900, 1.53, 29),
        (2_000, 1.60, 29),
        (5_000, 1.34, 37),
        (20_000, 1.20, 43),
        (50_000, 1.20, 45),
    ],
)
def test_each_distance_has_its_own_detour_and_speed(straight_m: float, detour: float, km_h: float) -> None:
    matrix = GreatCircleRoads().matrix([Place(HERE), north_of(straight_m)], TRUCK)
    assert matrix.distance_m[0, 1] == pytest.approx(straight_m * detour, abs=2)
    assert matrix.travel_time_s[0, 1] == pytest.approx(straight_m * detour / (km_h / 3.6), abs=1)


def test_it_says_that_it_is_an_estimate() -> None:
    matrix = GreatCircleRoads().matrix([Place(HERE)], TRUCK)
    assert matrix.is_estimate
    assert "estimate" in matrix.source
    assert matrix.off_road == {}


def test_the_diagonal_is_zero_and_both_ways_are_equal() -> None:
    places = [Place(HERE), north_of(700), north_of(4_000), Place(HERE)]
    matrix = GreatCircleRoads().matrix(places, TRUCK)
    assert (np.diag(matrix.distance_m) == 0).all()
    assert (matrix.distance_m == matrix.distance_m.T).all()
    assert matrix.distance_m[0, 3] == 0, "two bins at one place"
    assert matrix.distance_m.max() < UNREACHABLE
    assert matrix.distance_m.dtype == matrix.travel_time_s.dtype == np.int64


def test_no_places_make_an_empty_matrix() -> None:
    assert GreatCircleRoads().matrix([], TRUCK).distance_m.shape == (0, 0)


def test_distances_agree_with_the_scalar_formula() -> None:
    places = [HERE, Location(48.8566, 2.3522), Location(-33.86, 151.2)]
    table = straight_distances_m(places, places)
    assert table[0, 1] == pytest.approx(great_circle_m(places[0], places[1]))
    assert table[1, 2] == pytest.approx(great_circle_m(places[1], places[2]))


def test_its_lines_are_straight() -> None:
    places = [Place(HERE), north_of(100), north_of(200)]
    lines = GreatCircleRoads().geometry(places, TRUCK)
    assert lines == ((places[0].location, places[1].location), (places[1].location, places[2].location))
    assert GreatCircleRoads().geometry(places[:1], TRUCK) == ()


def test_the_door_gives_the_provider_that_settings_name() -> None:
    settings = RoadsSettings(provider="great_circle")
    matrix = open_roads(settings).matrix([Place(HERE), north_of(90)], TRUCK)
    assert matrix.source == GreatCircleRoads.source
    assert (
        matrix.travel_time_s == GreatCircleRoads().matrix([Place(HERE), north_of(90)], TRUCK).travel_time_s
    ).all()


def test_more_places_than_are_worked_out_at_once_have_the_same_ways() -> None:
    places = [Place(HERE), *(north_of(10 * number) for number in range(ROWS + 2))]
    whole, few = GreatCircleRoads().matrix(places, TRUCK), GreatCircleRoads().matrix(places[-3:], TRUCK)
    assert (whole.distance_m[-3:, -3:] == few.distance_m).all()
    assert (whole.travel_time_s[-3:, -3:] == few.travel_time_s).all()
