"""Instance -> our Problem, and our solution back into the file's nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.instances.instance import ALL_DAY, Instance, Route
from optimizer.matrix import Matrix
from optimizer.problem import Problem, Site, Task, Truck, Yard
from optimizer.solution import Solution
from tournee.domain import WasteStream
from tournee.timeline import ALWAYS, Duty, Rest, Windows

STREAM = WasteStream.RESIDUAL
RELOAD_MAX = 12
FLEET_SPARE = 5
MUST_LEGS = 20
"""Leaving what must be served costs this many of the longest legs: more than any detour could."""


@dataclass(frozen=True)
class Translation:
    """A problem with the nodes that its tasks and sites stand for."""

    problem: Problem
    tasks: tuple[int, ...]
    sites: tuple[int, ...]

    def routes(self, solution: Solution) -> tuple[Route, ...]:
        """Return a solution in the file's own nodes, the depot at both ends left out."""
        return tuple(
            Route(
                tour.truck,
                tuple((self.sites if step.is_unloading else self.tasks)[step.target] for step in tour.steps),
            )
            for tour in solution.tours
        )


def translate(instance: Instance, trucks: int | None = None) -> Translation:
    """Return an instance as a problem of ours.

    Parameters
    ----------
    trucks
        Vehicles offered, at most; by default as many as `offered` says.
    """
    homes = list(dict.fromkeys(van.depot for van in instance.vans))
    customers = tuple(one.node for one in instance.customers)
    facilities = tuple(one.node for one in instance.facilities)
    windows = {van.depot: _windows(van.shift) for van in instance.vans}
    first, *others = (Yard(f"node {node}", place, windows[node]) for place, node in enumerate(homes))
    problem = Problem(
        midnight_at=datetime(2026, 1, 1, tzinfo=UTC),
        depot_id=first.depot_id,
        depot_windows=first.windows,
        tasks=tuple(_tasks(instance, len(homes))),
        sites=tuple(_sites(instance, len(homes) + len(customers))),
        trucks=tuple(_truck(instance, number, homes) for number in range(offered(instance, trucks))),
        matrices=(_matrix(instance, [*homes, *customers, *facilities]),),
        zone=ZoneInfo("UTC"),
        reload_max=RELOAD_MAX,
        other_depots=tuple(others),
        must_end_empty=instance.ends_empty,
    )
    return Translation(problem, customers, facilities)


def offered(instance: Instance, trucks: int | None = None) -> int:
    """Return how many vehicles a plan may use: all of them where they differ or have a day's limit.

    Else what the load asks for, by half more and five: some sets offer ten times what any plan uses, and a truck less
    can only cost us.
    """
    one = instance.vans[0]
    if any(van != one for van in instance.vans) or one.max_load is not None or instance.facilities:
        return min(len(instance.vans), trucks or len(instance.vans))
    return min(len(instance.vans), trucks or ceil(instance.needed * 1.5) + FLEET_SPARE)


def _is_timed(instance: Instance) -> bool:
    """Tell whether time matters at all; where it does not, a clock only slows the search."""
    limits = any(van.max_duration is not None or van.shift != ALL_DAY for van in instance.vans)
    return limits or any(one.window != ALL_DAY for one in instance.customers)


def _windows(window: tuple[int, int]) -> Windows:
    return ALWAYS if window == ALL_DAY else (window,)


def _tasks(instance: Instance, first: int) -> Iterator[Task]:
    dearest = max(van.unit_cost for van in instance.vans) * int(instance.lengths.max())
    for place, one in enumerate(instance.customers, start=first):
        yield Task(
            bin_id=str(one.node),
            place=place,
            place_id=str(one.node),
            stream=STREAM,
            windows=_windows(one.window),
            place_time_s=0,
            service_time_s=one.service,
            demand_kg=one.load,
            loose_l=0.0,
            must=one.prize is None,
            price=MUST_LEGS * dearest if one.prize is None else one.prize,
            released_s=one.release or None,
        )


def _sites(instance: Instance, first: int) -> Iterator[Site]:
    for place, one in enumerate(instance.facilities, start=first):
        yield Site(f"facility {one.node}", place, frozenset({STREAM}), _windows(one.window), one.service)


def _truck(instance: Instance, number: int, homes: list[int]) -> Truck:
    van = instance.vans[number]
    lunch = instance.lunch
    rests = (Rest(lunch.earliest, lunch.latest, lunch.duration),) if lunch else ()
    start, end = van.shift if van.shift != ALL_DAY else (0, 10**6)
    return Truck(
        vehicle_id=f"{number:03d}",
        roads=0,
        duty=Duty(
            start,
            end,
            rests,
            payload_kg=van.capacity,
            body_l=1,
            max_stops=van.max_stops,
            max_kg=van.max_load,
            max_duration_s=van.max_duration,
        ),
        compaction={},
        metre_cost=float(van.unit_cost),
        second_cost=0.0,
        start=homes.index(van.depot),
        end=homes.index(van.depot),
    )


def _matrix(instance: Instance, nodes: list[int]) -> Matrix:
    grid = np.ix_(nodes, nodes)
    durations = instance.durations[grid] if _is_timed(instance) else np.zeros_like(instance.lengths[grid])
    return Matrix(durations, instance.lengths[grid], instance.kind, is_estimate=False)
