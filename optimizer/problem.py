"""Domain -> integers: the only place that scales and rounds.

Conventions: seconds count from local midnight of the service date; kilograms and litres are whole and rounded up, so a
truck is never fuller than planned; money is in units of 1/10,000 euro (`EUR`), fine enough that a metre costs
something. Every depot, bin and facility names its own `place`, its index in the matrices, and several may share one;
`build_problem` puts the depot at 0, then the bins of `tasks`, then the `sites`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.aside import Means, facilities_of_use, obstacles, set_aside
from optimizer.matrix import Grid, Matrix, Place
from optimizer.selection import Wanted
from optimizer.solution import Step
from tournee.domain import Network, TruckDimensions, Unassigned, Vehicle, WasteStream
from tournee.errors import InfeasibleProblem
from tournee.opening import windows_on
from tournee.timeline import ALWAYS, Duty, Rest, Windows

TAKEN_MAX = 2.0
"""Crews take along what lies beside an overflowing bin, up to its own volume again; a forecast knows no such end."""

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


def places_of(network: Network, wanted: Sequence[Wanted]) -> tuple[Place, ...]:
    """Return every place of a day's problem in the order of its matrices."""
    return (
        Place(network.depot.location),
        *(Place(wish.bin.location, wish.bin.curb_side) for wish in wanted),
        *(Place(facility.location) for facility in network.facilities),
    )


def profiles_of(network: Network) -> tuple[TruckDimensions, ...]:
    """Return the distinct dimensions of a network's trucks, in the order of its vehicles."""
    return tuple(dict.fromkeys(vehicle.dimensions for vehicle in network.vehicles))


def build_problem(
    wanted: Sequence[Wanted],
    network: Network,
    matrices: Sequence[Matrix],
    service_date: date,
    *,
    zone: ZoneInfo,
    max_snap_m: int = 50,
    reload_max: int = 4,
) -> Problem:
    """Return the day's problem in integers; bins that can't be served at all are set aside with their reason.

    Parameters
    ----------
    matrices
        One per entry of `profiles_of(network)`, over `places_of(network, wanted)`.

    Raises
    ------
    InfeasibleProblem
        Nothing can be planned at all: no vehicle, or a depot that is closed all day or off the road.
    """
    day = _Day(service_date, zone)
    depot_windows = day.windows(network.depot.opening_hours)
    if hindrances := obstacles(network, matrices, service_date, is_closed=not depot_windows):
        raise InfeasibleProblem(hindrances)
    trucks = tuple(_truck(vehicle, network, day) for vehicle in network.vehicles)
    sites = _sites(network, len(wanted), day)
    useful = facilities_of_use(sites, matrices)
    tasks = tuple(_task(wish, 1 + index, day) for index, wish in enumerate(wanted))
    aside = set_aside(tasks, wanted, Means(trucks, useful, tuple(matrices), max_snap_m))
    kept = [index for index, task in enumerate(tasks) if task.bin_id not in aside]
    order = [0, *(1 + index for index in kept), *(site.place for site in useful)]
    return Problem(
        midnight_at=day.midnight_at,
        depot_id=network.depot.depot_id,
        depot_windows=depot_windows,
        tasks=tuple(_moved(tasks[index], order) for index in kept),
        sites=tuple(_moved(site, order) for site in useful),
        trucks=trucks,
        matrices=tuple(_cut(matrix, order) for matrix in matrices),
        zone=zone,
        reload_max=reload_max,
        aside=tuple(aside.values()),
        profiles=profiles_of(network),
    )


class _Day:
    """A local day as seconds: the same clock time is another number of seconds on a day that loses an hour."""

    def __init__(self, service_date: date, zone: ZoneInfo) -> None:
        self.date, self.zone = service_date, zone
        self.midnight_at = datetime.combine(service_date, time(), tzinfo=zone).astimezone(ZoneInfo("UTC"))

    def seconds(self, clock: time) -> int:
        """Return the seconds from midnight to a local clock time of this day."""
        return self.seconds_to(datetime.combine(self.date, clock, tzinfo=self.zone))

    def seconds_to(self, instant: datetime) -> int:
        """Return the seconds from midnight to an aware instant; through UTC, so daylight saving counts."""
        return round((instant.astimezone(ZoneInfo("UTC")) - self.midnight_at).total_seconds())

    def windows(self, opening_hours: str) -> Windows:
        """Return the windows of opening hours on this day; empty where it is closed all day."""
        if not opening_hours:
            return ALWAYS
        spans = windows_on(opening_hours, self.date, self.zone)
        return tuple((self.seconds_to(span.opens_at), self.seconds_to(span.closes_at)) for span in spans)


def _truck(vehicle: Vehicle, network: Network, day: _Day) -> Truck:
    shift = vehicle.shift
    rests = tuple(Rest(day.seconds(b.earliest), day.seconds(b.latest), b.duration_s) for b in shift.breaks)
    return Truck(
        vehicle_id=vehicle.vehicle_id,
        roads=profiles_of(network).index(vehicle.dimensions),
        duty=Duty(
            start_s=day.seconds(shift.start),
            end_s=day.seconds(shift.end),
            rests=tuple(sorted(rests, key=lambda rest: (rest.earliest_s, rest.latest_s))),
            payload_kg=int(vehicle.payload_kg),
            body_l=int(vehicle.body_m3 * 1_000),
            streams=vehicle.waste_streams,
            break_rules=shift.break_rules,
            overtime_max_s=vehicle.overtime_max_s,
        ),
        compaction=dict(vehicle.compaction),
        metre_cost=vehicle.cost_per_km_eur * EUR / 1_000,
        second_cost=vehicle.cost_per_hour_eur * EUR / 3_600,
        overtime_second_cost=vehicle.overtime_cost_per_hour_eur * EUR / 3_600,
    )


def _task(wish: Wanted, place: int, day: _Day) -> Task:
    stands = wish.bin
    loose_l = stands.volume_l * min(max(wish.forecast.fill_level, 0.0), TAKEN_MAX)
    return Task(
        bin_id=stands.bin_id,
        place=place,
        place_id=stands.place_id,
        stream=stands.waste_stream,
        windows=day.windows(stands.opening_hours),
        place_time_s=stands.place_time_s,
        service_time_s=stands.service_time_s,
        demand_kg=ceil(round(loose_l * stands.density_kg_per_m3 / 1_000, 6)),
        loose_l=loose_l,
        must=wish.is_must,
        price=round(wish.skip_penalty_eur * EUR),
    )


def _sites(network: Network, num_bins: int, day: _Day) -> tuple[Site, ...]:
    return tuple(
        Site(
            facility_id=facility.facility_id,
            place=1 + num_bins + index,
            streams=facility.waste_streams,
            windows=day.windows(facility.opening_hours),
            unloading_time_s=facility.unloading_time_s,
        )
        for index, facility in enumerate(network.facilities)
    )


def _moved[T: (Task, Site)](thing: T, order: Sequence[int]) -> T:
    return replace(thing, place=order.index(thing.place))


def _cut(matrix: Matrix, order: Iterable[int]) -> Matrix:
    kept = np.asarray(list(order))
    grid = np.ix_(kept, kept)
    return Matrix(matrix.travel_time_s[grid], matrix.distance_m[grid], matrix.source, matrix.is_estimate)
