"""What can be said without a solver: why nothing can be planned, and which bins nobody could serve, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from optimizer.matrix import UNREACHABLE, Matrix
from optimizer.selection import Wanted
from tournee.domain import Network, Reason, ReasonCode, Unassigned

if TYPE_CHECKING:
    from optimizer.problem import Site, Task, Truck


def obstacles(
    network: Network, matrices: Sequence[Matrix], service_date: date, *, is_closed: bool
) -> tuple[str, ...]:
    """Return what makes any plan impossible, one sentence each with its remedy; empty where nothing does."""
    depot = network.depot
    found = []
    if not network.vehicles:
        found.append(f"Depot {depot.depot_id!r} has no vehicle: add one, or plan from another depot.")
    if is_closed:
        found.append(
            f"Depot {depot.depot_id!r} is closed all day on {service_date}: its opening hours are {depot.opening_hours!r}."
        )
    if matrices and all(0 in matrix.off_road for matrix in matrices):
        found.append(
            f"Depot {depot.depot_id!r} is {matrices[0].off_road[0]:.0f} m from any usable street: correct its position."
        )
    return tuple(found)


def facilities_of_use(sites: Sequence[Site], matrices: Sequence[Matrix]) -> tuple[Site, ...]:
    """Return the facilities that open on this day and stand on a street of at least one kind of truck."""
    return tuple(
        site
        for site in sites
        if site.windows and not all(site.place in matrix.off_road for matrix in matrices)
    )


@dataclass(frozen=True, slots=True)
class Means:
    """What a day's rounds can be made with; `max_snap_m` is how far from a street a place may be."""

    trucks: Sequence[Truck]
    sites: Sequence[Site]
    matrices: Sequence[Matrix]
    max_snap_m: int


def set_aside(tasks: Sequence[Task], wanted: Sequence[Wanted], means: Means) -> dict[str, Unassigned]:
    """Return the wanted bins that no round could serve today, by bin, each with the rule that forbids it."""
    found = {}
    for task, wish in zip(tasks, wanted, strict=True):
        if reason := _hindrance(task, means):
            found[task.bin_id] = Unassigned(task.bin_id, wish.wish, wish.forecast.fill_level, reason)
    return found


def _hindrance(task: Task, means: Means) -> Reason | None:
    takers = [
        truck for truck in means.trucks if truck.duty.streams is None or task.stream in truck.duty.streams
    ]
    if not takers:
        return Reason(ReasonCode.NO_TRUCK_FOR_STREAM, {"waste_stream": task.stream.value})
    outlets = [site for site in means.sites if task.stream in site.streams]
    if not outlets:
        return Reason(ReasonCode.NO_FACILITY_FOR_STREAM, {"waste_stream": task.stream.value})
    if not task.windows:
        return Reason(ReasonCode.CLOSED_ALL_DAY)
    if not any(truck.takes(task) for truck in takers):
        litres = min(truck.litres(task) for truck in takers)
        return Reason(ReasonCode.TOO_BIG_FOR_ANY_TRUCK, {"demand_kg": task.demand_kg, "demand_l": litres})
    takers = [truck for truck in takers if truck.takes(task) and task.allows(means.trucks.index(truck))]
    if not takers:
        return Reason(ReasonCode.OTHER_CONSTRAINT, {"violation": "No truck that may come here takes it."})
    return _out_of_reach(task, [means.matrices[truck.roads] for truck in takers], outlets, means.max_snap_m)


def _out_of_reach(
    task: Task, matrices: Sequence[Matrix], outlets: Sequence[Site], max_snap_m: int
) -> Reason | None:
    """Return why no truck can drive from the depot to the bin, on to some outlet, and home."""
    if any(_in_reach(task, outlets, matrix) for matrix in matrices):
        return None
    metres = [matrix.off_road[task.place] for matrix in matrices if task.place in matrix.off_road]
    if metres:
        return Reason(ReasonCode.OFF_ROAD, {"distance_m": round(min(metres), 1), "max_snap_m": max_snap_m})
    return Reason(
        ReasonCode.OTHER_CONSTRAINT, {"violation": "No truck finds a way from the depot to it and home."}
    )


def _in_reach(task: Task, outlets: Sequence[Site], matrix: Matrix) -> bool:
    times = matrix.travel_time_s
    home = any(max(times[task.place, site.place], times[site.place, 0]) < UNREACHABLE for site in outlets)
    return bool(times[0, task.place] < UNREACHABLE and home)
