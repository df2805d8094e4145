"""What PyVRP measures a load in: kilograms, litres in each kind of body, and stops where a day has so many only."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from optimizer.matrix import UNREACHABLE
from optimizer.problem import Problem, Task, Truck


class Loads(NamedTuple):
    """The measures besides kilograms.

    Parameters
    ----------
    bodies
        One truck of each kind of body, which says how far it compacts.
    counts_stops
        Whether stops are one. Those of a day are told as those of a trip: all there is to say where a truck unloads once.
    """

    bodies: tuple[Truck, ...]
    counts_stops: bool

    def of(self, task: Task) -> list[int]:
        """Return what a bin adds."""
        return [task.demand_kg, *(truck.litres(task) for truck in self.bodies), *[1] * self.counts_stops]

    def room(self, truck: Truck, shares: int | None) -> list[int]:
        """Return what one trip may carry; where a day's kilograms and litres are shared by so many trips, no more than a share."""
        duty = truck.duty
        litres = [
            _share(duty.body_l, duty.max_l, shares) if body_of(one) == body_of(truck) else UNREACHABLE
            for one in self.bodies
        ]
        stops = UNREACHABLE if duty.max_stops is None else duty.max_stops
        return [_share(duty.payload_kg, duty.max_kg, shares), *litres, *[stops] * self.counts_stops]


def loads_of(problem: Problem, trucks: Sequence[Truck]) -> Loads:
    """Return the measures that trucks need: one of which nothing has any, or that never fills, only slows the search."""
    bodies: dict[Hashable, Truck] = {}
    for truck in trucks if any(task.loose_l for task in problem.tasks) else ():
        bodies.setdefault(body_of(truck), truck)
    caps = [truck.duty.max_stops for truck in trucks if truck.duty.max_stops is not None]
    return Loads(tuple(bodies.values()), min(caps, default=UNREACHABLE) < len(problem.tasks))


def body_of(truck: Truck) -> Hashable:
    """Return what trucks have in common whose bodies compact alike."""
    return tuple(sorted((stream.value, factor) for stream, factor in truck.compaction.items()))


def _share(room: int, cap: int | None, shares: int | None) -> int:
    return room if cap is None or shares is None else min(room, cap // shares)
