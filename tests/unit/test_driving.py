"""A truck that is full before its plan says so: towns drawn in ASCII, every figure counted on fingers.

A column is 100 m and 10 s; a bin takes 180 s, unloading 900 s. A truck leaves at six with a body of whole bins of 1,000 l,
and its plan believes every bin to hold 500 l.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import numpy as np
import pytest

from optimizer.closed_loop.contents import Contents
from optimizer.closed_loop.driving import DrivenTour, drive_tour
from optimizer.closed_loop.scenario import Deposits, Records, Scenario
from optimizer.problem import Problem
from optimizer.solution import Step, Tour
from optimizer.touring import tour_of
from tests.towns import GLASS, MIDNIGHT, RESIDUAL, Town, as_town, town
from tournee.domain import Shift, WasteStream

type Thrown = tuple[str, float, float]
"""A bin, seconds after midnight, and litres."""

SIX_S = 6 * 3_600


def driven(drawn: Town, text: str, **litres: float) -> DrivenTour:
    """Return what comes of a tour such as `abF`, if bins hold so much at midnight."""
    return driven_with(drawn, text, *((bin_id, 0, much) for bin_id, much in litres.items()))


def driven_with(drawn: Town, text: str, *thrown: Thrown) -> DrivenTour:
    """Return what comes of a tour, if so much is thrown in then."""
    scenario = living(drawn, thrown)
    return drive_tour(drawn.problem, planned(drawn.problem, text), scenario, Contents(scenario))


def living(drawn: Town, thrown: Sequence[Thrown]) -> Scenario:
    """Return a town's day with its deposits."""
    letters = [one.bin_id for one in drawn.network.bins]
    ordered = sorted(thrown, key=lambda one: one[1])
    return Scenario(
        name="drawn",
        network=drawn.network,
        matrix=drawn.problem.matrices[0],
        start_at=MIDNIGHT,
        measured_from_at=MIDNIGHT,
        end_at=MIDNIGHT + timedelta(days=1),
        deposits=Deposits(
            np.asarray([letters.index(one) for one, _, _ in ordered], dtype=np.int64),
            np.asarray([at_s for _, at_s, _ in ordered], dtype=np.float64),
            np.asarray([litres for _, _, litres in ordered], dtype=np.float64),
        ),
        records=Records(np.zeros(len(letters)), np.ones(168)),
    )


def planned(problem: Problem, text: str) -> Tour:
    """Return a tour as it is planned; capitals are facilities."""
    bins, sites = [one.bin_id for one in problem.tasks], [one.facility_id for one in problem.sites]
    steps = (
        Step(sites.index(one), is_unloading=True) if one.isupper() else Step(bins.index(one)) for one in text
    )
    return tour_of(problem, 0, tuple(steps))


def begun_s(found: DrivenTour) -> list[float]:
    """Return when services begin, in seconds from six."""
    return [one.at_s - SIX_S for one in found.services]


def overloads(found: DrivenTour) -> list[tuple[float, int]]:
    """Return what did not fit at first, and the unloadings for it, bin by bin."""
    return [(one.overload_l, one.extra_unloadings) for one in found.services]


def test_where_all_fits_a_tour_is_driven_as_planned_and_a_litre_more_is_fetched() -> None:
    """The tour is 1,000 m; from b to F and back are 200 m and 20 s."""
    drawn = town("D-a-bF", truck="1 bins", fill=0.5)
    fits = driven(drawn, "abF", a=600, b=400)
    assert (fits.metres, fits.seconds) == (1_000, 100 + 2 * 180 + 900)
    assert begun_s(fits) == [20, 220]
    assert overloads(fits) == [(0, 0), (0, 0)]
    over = driven(drawn, "abF", a=600, b=401)
    assert (over.metres - fits.metres, over.seconds - fits.seconds) == (200, 20 + 900)
    assert begun_s(over) == [20, 220], "only what follows is later"
    assert overloads(over) == [(0, 0), (1, 1)]


def test_a_truck_that_is_full_one_stop_early_drives_there_and_back_once() -> None:
    """At c it has room for 200 of 900 l. F is 300 m off; with the other 700 l in it, the 1,300 l of d just fit."""
    drawn = town("D-a-b-c-dF", truck="2 bins", fill=0.5)
    found = driven(drawn, "abcdF", a=900, b=900, c=900, d=1_300)
    assert overloads(found) == [(0, 0), (0, 0), (700, 1), (0, 0)]
    assert [one.litres for one in found.services] == [900, 900, 900, 1_300]
    assert found.metres == 1_800 + 600
    assert found.seconds == (180 + 4 * 180 + 900) + (60 + 900)
    assert begun_s(found) == [20, 220, 420, 620 + 960]
    more = driven(drawn, "abcdF", a=900, b=900, c=900, d=1_301)
    assert overloads(more) == [(0, 0), (0, 0), (700, 1), (1, 1)]


def test_a_later_stop_holds_what_is_thrown_in_until_then() -> None:
    """Bin b is planned for 220 s after six; 960 s are spent on a, so it is emptied at 1,180 s."""
    drawn = town("D-a-bF", truck="1 bins", fill=0.5)
    meanwhile, after = ("b", SIX_S + 1_179, 50), ("b", SIX_S + 1_181, 7)
    found = driven_with(drawn, "abF", ("a", 0, 1_200), ("b", 0, 100), meanwhile, after)
    assert begun_s(found) == [20, 1_180]
    assert [one.litres for one in found.services] == [1_200, 150]


def test_a_place_that_holds_more_than_a_body_takes_two_unloadings() -> None:
    """Of 2,500 l in a, 300 m from F, the last 500 stay in the body, and the 500 of b just fit."""
    drawn = town("D-a-bF", truck="1 bins", fill=0.5)
    found = driven(drawn, "abF", a=2_500, b=500)
    assert overloads(found) == [(1_500, 2), (0, 0)]
    assert found.metres == 1_000 + 2 * 600
    assert begun_s(found) == [20, 220 + 2 * 960]


def test_what_did_not_fit_is_fetched_also_where_unloading_is_next() -> None:
    """The rest of a is unloaded as planned, so all of b fits."""
    drawn = town("D-a-bF", truck="1 bins", fill=0.5)
    found = driven(drawn, "aFbF", a=1_400, b=1_000)
    assert overloads(found) == [(400, 1), (0, 0)]
    assert found.metres == (500 + 100 + 100 + 500) + 600


@pytest.mark.parametrize(
    ("streams", "from_f_m", "metres"),
    [
        ({}, 500, 100 + 500),
        ({}, 1_000, 400 + 400),  # F is near, but not on the way back
        ({"F": GLASS, "G": RESIDUAL}, 500, 400 + 400),
    ],
)
def test_it_unloads_where_the_way_there_and_back_is_the_shortest(
    streams: dict[str, WasteStream], from_f_m: int, metres: int
) -> None:
    """F is 100 m ahead and has another way back, G 400 m behind."""
    drawn = town("G-D-aF", truck="1 bins", fill=0.5, streams=streams)
    (matrix,), a, f = drawn.problem.matrices, 1, 2
    one_way = matrix.distance_m.copy()
    one_way[f, a] = from_f_m
    problem = replace(drawn.problem, matrices=(replace(matrix, distance_m=one_way),))
    drawn = replace(drawn, problem=problem)
    fits, over = driven(drawn, "aG", a=1_000), driven(drawn, "aG", a=1_001)
    assert over.metres - fits.metres == metres


def test_a_queue_is_stood_in_and_neither_closing_hours_nor_the_end_of_the_shift_are_looked_at() -> None:
    """F opens just before the planned unloading and long after a truck that is full at a; the shift has 35 minutes."""
    short = Shift(time(6), time(6, 35))
    drawn = town("D-a-bF", truck="1 bins", fill=0.5, hours={"F": "06:06-06:10"}, shift=short)
    (facility,) = drawn.network.facilities
    queued = replace(drawn.network, facilities=(replace(facility, queue_time_s=600),))
    drawn = as_town(queued, drawn.wanted)
    fits, over = driven(drawn, "abF", a=500, b=500), driven(drawn, "abF", a=1_500, b=500)
    assert fits.seconds == 100 + 2 * 180 + 1_500
    assert over.seconds == fits.seconds + 60 + 600 + 900
    assert begun_s(over) == [20, 220 + 1_560]
