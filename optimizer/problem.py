"""What a day asks for, in integers: bins, trucks, facilities, and how they may meet.

Conventions: seconds count from local midnight of the service date; kilograms and litres are whole and rounded up, so a
truck is never fuller than planned; money is in units of 1/10,000 euro (`EUR`), fine enough that a metre costs
something. Every depot, bin and facility names its own `place`, its index in the matrices, and several may share one;
`optimizer.building` makes one of a town's day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from optimizer.matrix import Grid, Matrix
from optimizer.solution import Step
from tournee.domain import TruckDimensions, Unassigned, WasteStream
from tournee.timeline import ALWAYS, Duty, Windows

EUR = 10_000
"""Cost units in one euro."""


@dataclass(frozen=True, slots=True)
class Task:
    """One bin that may be served: `price` is what leaving it costs, in cost units.

    Parameters
    ----------
    trucks
        The only trucks that may come, as indices of `Problem.trucks`; None: any that takes it.
    locked_to
        The truck to which a person has fixed it. Leaving it still costs its `price` and breaks no rule, so give it a
        must's; another truck may never take it.
    usual_truck
        The truck that its driver has it on; any other costs `Problem.change_price` more.
    released_s
        When what a truck brings for it, such as an empty bin in exchange, is ready where trips begin: the trip that serves
        it begins no sooner, nor does the unloading before it end sooner. None: nothing is brought.
    """

    bin_id: str
    place: int
    place_id: str
    stream: WasteStream
    windows: Windows
    place_time_s: int
    service_time_s: int
    demand_kg: int
    loose_l: float
    must: bool
    price: int
    trucks: frozenset[int] | None = None
    locked_to: int | None = None
    usual_truck: int | None = None
    released_s: int | None = None

    def allows(self, truck: int) -> bool:
        """Tell whether a truck, by its index, may come for it."""
        return (self.trucks is None or truck in self.trucks) and self.locked_to in (None, truck)


class Pair(NamedTuple):
    """Two bins, by their ids, that one truck should serve; `price`, in cost units, is for two trucks where one would do.

    Each truck that comes for one of them only pays half, so it is also paid where the other is left.
    """

    first: str
    second: str
    price: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A disposal facility; trucks stand in its queue for `queue_time_s` before they unload."""

    facility_id: str
    place: int
    streams: frozenset[WasteStream]
    windows: Windows
    unloading_time_s: int
    queue_time_s: int = 0

    @property
    def standing_s(self) -> int:
        """How long a truck stands there. It counts as one: both begin when the facility is open."""
        return self.queue_time_s + self.unloading_time_s


@dataclass(frozen=True, slots=True)
class Yard:
    """A depot: shifts begin and end here, inside its windows."""

    depot_id: str
    place: int
    windows: Windows = ALWAYS


class Done(NamedTuple):
    """A step that lies in the past, as it was driven: nothing about it can change."""

    step: Step
    travel_time_s: int
    distance_m: int
    start_s: int
    departure_s: int


@dataclass(frozen=True, slots=True)
class Truck:
    """One vehicle's shift, with its costs in cost units.

    Parameters
    ----------
    roads
        Index of the matrix for its dimensions.
    use_cost
        What it costs to send it out at all, however short its tour; a truck that stays home costs nothing.
    overtime_second_cost
        What a second after its shift costs on top of `second_cost`; how many there may be, its duty says.
    start, end
        Where its shift begins and ends, as indices of `Problem.depots`. One that stays home need not move from one to
        the other.
    done
        How its tour begins, where a part of the day is over: it left at `duty.start_s`.
    locked
        Tasks that a person has fixed to it, in the order in which it must serve those of them that it serves.
    is_over
        It takes nothing more: on its way home, or broken down.
    is_stranded
        It ends where its last step was, with what it carries.
    """

    vehicle_id: str
    roads: int
    duty: Duty
    compaction: dict[WasteStream, float]
    metre_cost: float
    second_cost: float
    use_cost: float = 0.0
    start: int = 0
    end: int = 0
    overtime_second_cost: float = 0.0
    done: tuple[Done, ...] = ()
    locked: tuple[int, ...] = ()
    is_over: bool = False
    is_stranded: bool = False

    def litres(self, task: Task) -> int:
        """Return the room that a bin's content takes in this body, compacted, rounded up."""
        return ceil(round(task.loose_l / self.compaction.get(task.stream, 1.0), 6))

    def takes(self, task: Task) -> bool:
        """Tell whether this truck could hold this bin alone, within a day's caps, and takes its stream."""
        return not self.is_over and (
            task.demand_kg <= _least(self.duty.payload_kg, self.duty.max_kg)
            and self.litres(task) <= _least(self.duty.body_l, self.duty.max_l)
            and self.duty.max_stops != 0
            and (self.duty.streams is None or task.stream in self.duty.streams)
        )


@dataclass(frozen=True)
class Problem:
    """Everything a solver needs, in integers; immutable.

    Parameters
    ----------
    midnight_at
        The aware instant from which seconds count: the first of the service date's local day.
    depot_id, depot_windows
        The first depot, at index 0 of every matrix; nearly always the only one.
    other_depots
        Where else trucks start or end.
    must_end_empty
        Whether a truck that has emptied a bin must unload before its shift ends, as all of waste collection must. Without
        it a problem needs no `sites`: a plain routing instance is one.
    reload_max
        Unloadings of one truck in its shift, at most.
    matrices, profiles
        One matrix per distinct set of truck dimensions.
    aside
        Wanted bins that no solver could serve, each with its reason.
    together, apart
        Pairs of bins that one truck should serve, and such as one truck may never serve both of.
    balance_price
        What a tour costs for being long, in cost units for each squared hour from leaving to being back: two of four
        hours cost half of one of eight.
    change_price
        What it costs, in cost units, that another truck than the usual one serves a bin.
    """

    midnight_at: datetime
    depot_id: str
    depot_windows: Windows
    tasks: tuple[Task, ...]
    sites: tuple[Site, ...]
    trucks: tuple[Truck, ...]
    matrices: tuple[Matrix, ...]
    zone: ZoneInfo
    reload_max: int = 4
    aside: tuple[Unassigned, ...] = ()
    profiles: tuple[TruckDimensions, ...] = field(default=())
    other_depots: tuple[Yard, ...] = ()
    must_end_empty: bool = True
    change_price: int = 0
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    balance_price: int = 0

    @cached_property
    def depots(self) -> tuple[Yard, ...]:
        """Return every depot, the first one first: what `Truck.start` and `Truck.end` count."""
        return (Yard(self.depot_id, 0, self.depot_windows), *self.other_depots)

    @cached_property
    def has_releases(self) -> bool:
        """Tell whether anything is brought to any bin."""
        return any(task.released_s is not None for task in self.tasks)

    def travel_time_s(self, truck: Truck) -> Grid:
        """Return this truck's travel times in seconds, shape (n, n)."""
        return self.matrices[truck.roads].travel_time_s

    def distance_m(self, truck: Truck) -> Grid:
        """Return this truck's distances in metres, shape (n, n)."""
        return self.matrices[truck.roads].distance_m

    def takes(self, truck: int, task: Task) -> bool:
        """Tell whether a truck, by its index, may take a bin, and could hold it alone."""
        return task.allows(truck) and self.trucks[truck].takes(task)

    def price_of_change(self, truck: int, task: Task) -> int:
        """Return what it costs that this truck, by its index, serves a bin and not its usual one."""
        return self.change_price if task.usual_truck not in (None, truck) else 0

    def windows_in_shift(self, truck: Truck, depot: int) -> Windows:
        """Return when a depot is open during a truck's shift, each window cut to it; empty where it never is."""
        first, last = truck.duty.start_s, truck.duty.latest_s
        return tuple(
            (max(opens, first), min(closes, last))
            for opens, closes in self.depots[depot].windows
            if opens <= last and closes >= first
        )

    def can_leave(self, truck: Truck) -> bool:
        """Tell whether the depots where a truck's shift begins and ends open at all during it."""
        return bool(self.windows_in_shift(truck, truck.start) and self.windows_in_shift(truck, truck.end))

    def clock(self, seconds: int) -> str:
        """Return the local time of day that a number of seconds after midnight means, such as 14:30."""
        return self.instant(seconds).astimezone(self.zone).strftime("%H:%M")

    def instant(self, seconds: int) -> datetime:
        """Return the UTC instant that a number of seconds after midnight means."""
        return self.midnight_at + timedelta(seconds=seconds)


def _least(capacity: int, cap: int | None) -> int:
    return capacity if cap is None else min(capacity, cap)
