"""Periodic waste collection with intermediate facilities in Milan, Rome and Turin (Taverna and Tilk; MIT).

A file is a week; its published report says which customers were visited on which day. Each day is an instance of its
own: the same customers, routed again. Cost is driving time in minutes, by the file's matrix; a truck's time also counts
service. Trucks carry at most `maxCapacity`, are out for at most `maxDuration`, and return empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances.instance import Customer, Facility, Instance, InstanceUnreadable, Leg, Route, Van

_DAY = re.compile(r"Day: (\d+): Vehicle:(\d+) .* cost:([\d.]+)")


@dataclass(frozen=True, slots=True)
class Day:
    """What a report says of one day: its routes without the depot, and what they cost."""

    number: int
    routes: tuple[Route, ...]
    cost: float


def read_pvrpif(path: Path) -> tuple[Instance, ...]:
    """Return one instance for each day of the best published report; of the report's folder `../solutions`.

    Raises
    ------
    InstanceUnreadable
        The file is no such GeoJSON, or no report lies beside it: without one nobody knows who is visited on which day.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        nodes = {int(one["properties"]["id"]): one["properties"] for one in said["features"]}
        durations = np.asarray(said["duration"], dtype=np.float64)
        info = said["info"]
    except (KeyError, TypeError, ValueError) as error:
        raise InstanceUnreadable(f"{path.name} is no GeoJSON of this set: {error!r}.") from error
    reports = sorted((path.parent.parent / "solutions").glob(f"report_{path.stem}_feasible_*.txt"))
    if not reports:
        raise InstanceUnreadable(
            f"{path.name} has no report in ../solutions, which says who is visited when."
        )
    best = min(reports, key=lambda report: (float(report.stem.split("_")[-2]), report.name))
    return tuple(_instance(path, (nodes, durations, info), day) for day in days_of(best.read_text("utf-8")))


def days_of(report: str) -> tuple[Day, ...]:
    """Return the days of a published report, in their order."""
    found: dict[int, list[tuple[Route, float]]] = {}
    for day, route, cost in _routes(report.splitlines()):
        found.setdefault(day, []).append((route, cost))
    return tuple(
        Day(day, tuple(route for route, _ in routes), sum(cost for _, cost in routes))
        for day, routes in sorted(found.items())
    )


def _routes(lines: list[str]) -> Iterator[tuple[int, Route, float]]:
    for at, line in enumerate(lines):
        if found := _DAY.match(line):
            path = next(other for other in lines[at:] if other.startswith("path")).split()[1:]
            nodes = tuple(int(float(node)) for node in path)
            yield int(found[1]), Route(int(found[2]), nodes[1:-1]), float(found[3])


def _instance(path: Path, said: tuple[dict[int, Any], Any, dict[str, Any]], day: Day) -> Instance:
    nodes, durations, info = said
    visited = sorted({node for route in day.routes for node in route.nodes})
    depot = next(node for node, one in nodes.items() if one["type"] == "depot")
    van = Van(int(info["maxCapacity"]), depot, (0, int(info["maxDuration"])))

    def leg(here: int, there: int) -> Leg:
        minutes = float(durations[here][there])
        return Leg(minutes, minutes)

    whole = np.ceil(durations).astype(np.int64)
    return Instance(
        name=f"{path.stem} day {day.number}",
        kind="PVRPIF",
        path=path,
        leg=leg,
        lengths=whole,
        durations=whole,
        customers=tuple(
            Customer(node, int(nodes[node]["demand"]), int(nodes[node]["service"]))
            for node in visited
            if nodes[node]["type"] == "customer"
        ),
        vans=(van,) * int(info["numVehicles"]),
        facilities=tuple(
            Facility(node, int(one["service"]))
            for node, one in nodes.items()
            if one["type"] == "intermediateFacility"
        ),
        ends_empty=True,
        best_known=day.cost,
        best_routes=day.routes,
    )
