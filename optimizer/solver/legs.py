"""The legs that PyVRP is told of: ours, with setups in them, ways home over a facility, and some that are forbidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.matrix import UNREACHABLE
from optimizer.problem import Problem, Site, Truck

FORBIDDEN_M = 10**8
"""Metres of a leg that may not be driven: dearer than any price of a bin, small enough to be added up."""

FORBIDDEN_S = 10**7
"""Seconds of a leg that may not be driven: no shift has room for it."""

type Grid = npt.NDArray[np.int64]


class Legs(NamedTuple):
    """What one kind of truck drives, shape (n + h, n + h): the problem's places, then a home for each depot where trucks end.

    `last_sites` is, for each home, the facility by which each task's way there leads; empty where trucks need not end empty.
    """

    seconds: Grid
    metres: Grid
    last_sites: tuple[tuple[int, ...], ...]


def legs_of(problem: Problem, number: int, homes: Sequence[int]) -> Legs:
    """Return the legs of a truck, by its index; `homes` are the depots where trucks end, as indices of `Problem.depots`."""
    truck = problem.trucks[number]
    times, metres = problem.travel_time_s(truck), problem.distance_m(truck)
    size = len(times)
    seconds = np.full((size + len(homes),) * 2, FORBIDDEN_S, dtype=np.int64)
    distances = np.full_like(seconds, FORBIDDEN_M)
    seconds[:size, :size], distances[:size, :size] = times, metres
    seconds[:size, :size] += _setups(problem, size)
    barred = ~_allowed(problem, number, size) | (times >= UNREACHABLE)
    seconds[:size, :size][barred], distances[:size, :size][barred] = FORBIDDEN_S, FORBIDDEN_M
    starts = [yard.place for yard in problem.depots]
    seconds[starts, size:] = distances[starts, size:] = 0  # a truck that stays where it is
    last = tuple(
        _ways_home(problem, number, (seconds, distances), (end, size + at)) for at, end in enumerate(homes)
    )
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(distances, 0)
    return Legs(seconds, distances, last)


def may_use(truck: Truck, site: Site) -> bool:
    """Tell whether a truck may have something on board that a facility takes."""
    return truck.duty.streams is None or bool(truck.duty.streams & site.streams)


def _allowed(problem: Problem, number: int, size: int) -> npt.NDArray[np.bool_]:
    """Return which places may follow one another on this truck: no other stream, no facility that refuses it."""
    truck = problem.trucks[number]
    allowed = np.zeros((size, size), dtype=np.bool_)
    every = [site.place for site in problem.sites if may_use(truck, site)]
    for stream in {task.stream for task in problem.tasks}:
        bins = [task.place for task in problem.tasks if task.stream is stream and problem.takes(number, task)]
        outlets = [site.place for site in problem.sites if stream in site.streams]
        allowed[np.ix_(bins, bins)] = allowed[np.ix_(bins, outlets)] = allowed[np.ix_(every, bins)] = True
        allowed[np.ix_([yard.place for yard in problem.depots], bins)] = True
    return allowed


def _setups(problem: Problem, size: int) -> Grid:
    """Return the setup that a leg brings: none from a bin of the same place."""
    setup = np.zeros(size, dtype=np.int64)
    place_ids = np.full(size, -1, dtype=np.int64)
    numbers = {task.place_id: number for number, task in enumerate(problem.tasks)}
    for task in problem.tasks:
        setup[task.place], place_ids[task.place] = task.place_time_s, numbers[task.place_id]
    if not setup.any():
        return setup[None, :]
    same = (place_ids[:, None] == place_ids[None, :]) & (place_ids[:, None] >= 0)
    return np.where(same, 0, setup[None, :])


def _ways_home(
    problem: Problem, number: int, grids: tuple[Grid, Grid], home: tuple[int, int]
) -> tuple[int, ...]:
    """Fill in the way from each place to a home, a depot and its column; where a truck must end empty, over the best facility."""
    seconds, distances = grids
    truck = problem.trucks[number]
    end, column = problem.depots[home[0]].place, home[1]
    times, metres = problem.travel_time_s(truck)[:, end], problem.distance_m(truck)[:, end]
    if not problem.must_end_empty:
        reached = times < UNREACHABLE
        seconds[: len(times), column] = np.where(reached, times, FORBIDDEN_S)
        distances[: len(times), column] = np.where(reached, metres, FORBIDDEN_M)
        return ()
    last = []
    for task in problem.tasks:
        best = (float("inf"), 0, 0, 0)
        for at, site in enumerate(problem.sites):
            if task.stream in site.streams and problem.takes(number, task):
                best = min(best, _over(problem, truck, task.place, (at, end)))
        if best[0] < float("inf"):
            seconds[task.place, column], distances[task.place, column] = best[2:]
        last.append(best[1])
    return tuple(last)


def _over(problem: Problem, truck: Truck, place: int, over: tuple[int, int]) -> tuple[float, int, int, int]:
    """Return a way over a facility, by its number, to an end: cost, facility, seconds, metres; infinite where there is none."""
    times, metres = problem.travel_time_s(truck), problem.distance_m(truck)
    number, end = over
    site = problem.sites[number]
    there, back = int(times[place, site.place]), int(times[site.place, end])
    if max(there, back) >= UNREACHABLE:
        return float("inf"), 0, 0, 0
    length_s = there + site.standing_s + back
    length_m = int(metres[place, site.place] + metres[site.place, end])
    return length_m * truck.metre_cost + length_s * truck.second_cost, number, length_s, length_m
