"""Domain -> integers: the only place that scales and rounds. The depot is at 0, then the bins of `tasks`, then the `sites`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.aside import Means, facilities_of_use, obstacles, set_aside
from optimizer.matrix import Matrix, Place
from optimizer.problem import EUR, Problem, Site, Task, Truck
from optimizer.selection import Wanted
from tournee.domain import Network, TruckDimensions, Vehicle
from tournee.errors import InfeasibleProblem
from tournee.opening import windows_on
from tournee.timeline import ALWAYS, Duty, Rest, Windows


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
    tasks = tuple(_task(wish, 1 + index, day, network) for index, wish in enumerate(wanted))
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
            max_stops=vehicle.stops_max,
            max_kg=None if vehicle.day_max_kg is None else int(vehicle.day_max_kg),
            max_l=None if vehicle.day_max_m3 is None else int(vehicle.day_max_m3 * 1_000),
        ),
        compaction=dict(vehicle.compaction),
        metre_cost=vehicle.cost_per_km_eur * EUR / 1_000,
        second_cost=vehicle.cost_per_hour_eur * EUR / 3_600,
        use_cost=vehicle.cost_per_use_eur * EUR,
        overtime_second_cost=vehicle.overtime_cost_per_hour_eur * EUR / 3_600,
    )


def _task(wish: Wanted, place: int, day: _Day, network: Network) -> Task:
    stands = wish.bin
    may_come = (number for number, one in enumerate(network.vehicles) if one.vehicle_id in stands.vehicle_ids)
    loose_l = stands.loose_l(wish.forecast.fill_level)
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
        trucks=frozenset(may_come) if stands.vehicle_ids else None,
    )


def _sites(network: Network, num_bins: int, day: _Day) -> tuple[Site, ...]:
    return tuple(
        Site(
            facility_id=facility.facility_id,
            place=1 + num_bins + index,
            streams=facility.waste_streams,
            windows=day.windows(facility.opening_hours),
            unloading_time_s=facility.unloading_time_s,
            queue_time_s=facility.queue_time_s,
        )
        for index, facility in enumerate(network.facilities)
    )


def _moved[T: (Task, Site)](thing: T, order: Sequence[int]) -> T:
    return replace(thing, place=order.index(thing.place))


def _cut(matrix: Matrix, order: Iterable[int]) -> Matrix:
    kept = np.asarray(list(order))
    grid = np.ix_(kept, kept)
    return Matrix(matrix.travel_time_s[grid], matrix.distance_m[grid], matrix.source, matrix.is_estimate)
