"""VRPLIB files, as PyVRP's collection of instances writes them, with the published solution beside (`.sol`).

Each set prescribes its own rounding, checked by what it makes of the published routes: CVRP and XXL to the nearest
whole number; VRPTW, PCVRPTW and multi-trip to a tenth, cut off (DIMACS 2021); MDVRPTW to a thousandth, rounded; HFVRP
not at all, its costs per unit being hundredths. Prizes, times and service are scaled with the distances.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot, inf
from pathlib import Path
from typing import Any

import numpy as np
import vrplib

from benchmarks.instances.instance import (
    Customer,
    Facility,
    Grid,
    Instance,
    InstanceUnreadable,
    Leg,
    Route,
    Van,
    enough_vans,
)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a set makes numbers of coordinates: times `scale`, then cut, rounded or left; costs shown over `divisor`."""

    scale: int
    how: str
    divisor: float = 1.0

    def exact(self, length: float) -> float:
        """Return a Euclidean length as the set counts it."""
        scaled = length * self.scale
        return {"cut": int(scaled), "round": int(scaled + 0.5), "left": scaled}[self.how]

    def whole(self, lengths: np.ndarray[Any, np.dtype[np.float64]]) -> Grid:
        """Return Euclidean lengths as whole numbers for a solver; unrounded ones to the nearest thousandth."""
        scaled = lengths * self.scale
        if self.how == "left":
            return np.rint(scaled).astype(np.int64)
        return (scaled if self.how == "cut" else scaled + 0.5).astype(np.int64)


ROUNDINGS = {
    "CVRP": Rounding(1, "round"),
    "VRPTW": Rounding(10, "cut", divisor=10.0),
    "PCVRPTW": Rounding(10, "cut"),
    "MTVRPTWR": Rounding(10, "cut"),
    "MDVRPTW": Rounding(1_000, "round"),
    "HFVRP": Rounding(1_000, "left", divisor=100_000.0),
}


def read_vrplib(path: Path) -> Instance:
    """Return the instance of a `.vrp` file.

    Raises
    ------
    InstanceUnreadable
        The file's TYPE is none of those above, or a section is missing.
    """
    try:
        said = vrplib.read_instance(path, compute_edge_weights=False)
        kind = str(said["type"])
        if kind not in ROUNDINGS:
            raise InstanceUnreadable(f"{path.name} is of TYPE {kind}; known are {', '.join(ROUNDINGS)}.")
        return _instance(path, said, ROUNDINGS[kind])
    except (KeyError, ValueError, RuntimeError) as error:
        raise InstanceUnreadable(f"{path.name} is no VRPLIB file that can be read: {error!r}.") from error


def _instance(path: Path, said: dict[str, Any], rounding: Rounding) -> Instance:
    points = [(float(x), float(y)) for x, y in said["node_coord"]]

    def leg(here: int, there: int) -> Leg:
        (x, y), (u, v) = points[here], points[there]
        length = rounding.exact(hypot(x - u, y - v))
        return Leg(length, length)

    array = np.asarray(points)
    lengths = rounding.whole(np.sqrt(((array[:, None] - array[None, :]) ** 2).sum(-1)))
    customers = _customers(said, rounding)
    vans = _vans(said, rounding, customers)
    reloads = {int(node) - 1 for node in np.ravel(said.get("vehicles_reload_depot", []))}
    best_known, best_routes = _published(path.with_suffix(".sol"))
    return Instance(
        name=path.stem,
        kind=str(said["type"]),
        path=path,
        leg=leg,
        lengths=lengths,
        durations=lengths,
        customers=customers,
        vans=vans,
        facilities=tuple(Facility(node) for node in sorted(reloads)),
        divisor=rounding.divisor,
        whole_per_unit=rounding.divisor,
        best_known=best_known,
        best_routes=best_routes,
    )


def _customers(said: dict[str, Any], rounding: Rounding) -> tuple[Customer, ...]:
    depots = {int(node) for node in said["depot"]}
    scale, dimension = rounding.scale, len(said["node_coord"])
    services = np.broadcast_to(said.get("service_time", 0), dimension)
    windows = said.get("time_window")
    prizes, releases = said.get("prize"), said.get("release_time")
    return tuple(
        Customer(
            node=node,
            load=int(said["demand"][node]),
            service=_scaled(services[node], scale),
            window=_window(windows, node, scale),
            prize=None if prizes is None else _scaled(prizes[node], scale),
            release=0 if releases is None else _scaled(releases[node], scale),
        )
        for node in range(dimension)
        if node not in depots
    )


def _vans(said: dict[str, Any], rounding: Rounding, customers: Iterable[Customer]) -> tuple[Van, ...]:
    capacities = np.ravel(said["capacity"])
    loads = [customer.load for customer in customers]
    count = int(said.get("vehicles", enough_vans(loads, int(capacities.max()))))
    homes = np.broadcast_to(said.get("vehicles_depot", int(said["depot"][0]) + 1), count)
    prices = np.broadcast_to(said.get("vehicles_unit_distance_cost", 1), count)
    longest = said.get("vehicles_max_duration")
    return tuple(
        Van(
            capacity=int(np.broadcast_to(capacities, count)[van]),
            depot=int(homes[van]) - 1,
            shift=_window(said.get("time_window"), int(homes[van]) - 1, rounding.scale),
            unit_cost=int(prices[van]),
            max_duration=None if longest is None else _scaled(np.ravel(longest)[0], rounding.scale),
        )
        for van in range(count)
    )


def _window(windows: Any, node: int, scale: int) -> tuple[int, int]:
    if windows is None:
        return (0, 10**9)
    return _scaled(windows[node][0], scale), _scaled(windows[node][1], scale)


def _scaled(value: Any, scale: int) -> int:
    return round(float(value) * scale)


def _published(path: Path) -> tuple[float | None, tuple[Route, ...]]:
    """Return cost and routes of a solution file, the n-th route being that of the n-th vehicle."""
    if not path.exists():
        return None, ()
    said = vrplib.read_solution(path)
    routes = tuple(Route(van, tuple(map(int, nodes))) for van, nodes in enumerate(said["routes"]) if nodes)
    cost = float(said.get("cost", inf))
    return (None if cost == inf else cost), routes
