"""What PyVRP is told: no clock where none advances, and the clock as soon as anything takes time or is ever closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.solver.plain import Telling, plain_of
from tests.towns import town


def without_time(problem: Problem) -> Problem:
    """Return a problem in which nothing takes time, and no place is ever closed."""
    matrices = tuple(replace(one, travel_time_s=np.zeros_like(one.travel_time_s)) for one in problem.matrices)
    tasks = tuple(replace(task, place_time_s=0, service_time_s=0) for task in problem.tasks)
    sites = tuple(replace(site, unloading_time_s=0) for site in problem.sites)
    return replace(problem, matrices=matrices, tasks=tasks, sites=sites)


def first_task(**changes: Any) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, tasks=(replace(problem.tasks[0], **changes), *problem.tasks[1:]))


def has_clock(problem: Problem) -> bool:
    plain = plain_of(problem, Telling())
    assert plain is not None
    return plain.data.has_time_windows()


TIMELESS = without_time(town("D--a--b--F").problem)


def test_a_clock_that_stands_still_is_not_told() -> None:
    assert not has_clock(TIMELESS)


@pytest.mark.parametrize(
    "timed",
    [
        lambda _: town("D--a--b--F").problem,
        first_task(service_time_s=1),
        first_task(place_time_s=1),
        first_task(windows=((0, 3_600),)),
        first_task(windows=()),
        first_task(released_s=3_600),
        lambda problem: replace(problem, depot_windows=((21_600, 10**9),)),
        lambda problem: replace(problem, sites=(replace(problem.sites[0], queue_time_s=60),)),
    ],
)
def test_a_clock_that_matters_is_told(timed: Callable[[Problem], Problem]) -> None:
    assert has_clock(timed(TIMELESS))


@pytest.mark.parametrize(("most", "told"), [(None, None), (3, None), (2, 2)])
def test_a_days_stops_are_told_where_they_may_run_out(most: int | None, told: int | None) -> None:
    """Three bins, so a third stop is no limit. A truck that shares the day without a limit has room for all."""
    problem = town("D--a--b--c--F", trucks=2).problem
    capped, free = problem.trucks
    trucks = replace(capped, duty=replace(capped.duty, max_stops=most)), free
    plain = plain_of(replace(problem, trucks=trucks), Telling())
    assert plain is not None
    room = {kind.trucks[0]: plain.data.vehicle_type(at).capacity for at, kind in enumerate(plain.kinds)}
    picked = [client.pickup for client in plain.data.clients()]
    if told is None:
        assert {len(one) for one in picked} == {2}
    else:
        assert [one[2] for one in picked] == [1, 1, 1]
        assert room[0][2] == told
        assert room[1][2] >= 3


NINE_HOURS_S = 9 * 3_600


@pytest.mark.parametrize(
    ("reload_max", "released_s", "is_told"),
    [(3, None, True), (1, 23_000, True), (3, 23_000, False)],
)
def test_how_long_a_truck_may_be_out_is_not_told_with_trips_of_loads_that_come_later(
    reload_max: int, released_s: int | None, is_told: bool
) -> None:
    """With all three PyVRP's search can go round in a circle for ever."""
    problem = first_task(released_s=released_s)(town("D--a--b--F").problem)
    (truck,) = problem.trucks
    trucks = (replace(truck, duty=replace(truck.duty, max_duration_s=NINE_HOURS_S)),)
    plain = plain_of(replace(problem, trucks=trucks, reload_max=reload_max), Telling())
    assert plain is not None
    (kind,) = plain.data.vehicle_types()
    assert (kind.shift_duration == NINE_HOURS_S) == is_told
