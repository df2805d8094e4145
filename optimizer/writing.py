"""Solution -> Plan: seconds become UTC instants, legs get their streets, every stop its label and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimizer.matrix import Place, Roads
from optimizer.problem import EUR, Problem
from optimizer.selection import Wanted
from optimizer.solution import Solution, Tour
from optimizer.touring import soft_cost
from tournee.domain import (
    Bin,
    Depot,
    DisposalFacility,
    Leg,
    Location,
    Network,
    Reason,
    Route,
    Stop,
    StopKind,
    Trip,
    Vehicle,
)
from tournee.timeline import Moment

type Line = tuple[Location, ...]


@dataclass(frozen=True)
class Atlas:
    """What the numbers of a problem stand for."""

    problem: Problem
    network: Network
    wanted: Sequence[Wanted]
    reasons: Mapping[str, Reason]

    def wish(self, bin_id: str) -> Wanted:
        """Return what was decided about a bin."""
        return next(wish for wish in self.wanted if wish.bin.bin_id == bin_id)

    def thing(self, kind: StopKind, ref: str) -> Bin | DisposalFacility | Depot:
        """Return the bin, facility or depot of a stop."""
        if kind is StopKind.SERVICE:
            return self.wish(ref).bin
        if kind is StopKind.UNLOADING:
            return self.facility(ref)
        if ref == self.network.depot.depot_id:
            return self.network.depot
        # A truck that broke down ends at the bin or facility where it stands.
        stands = [wish.bin for wish in self.wanted if wish.bin.bin_id == ref]
        return stands[0] if stands else self.facility(ref)

    def facility(self, ref: str) -> DisposalFacility:
        """Return a facility by its id."""
        return next(facility for facility in self.network.facilities if facility.facility_id == ref)


def write_routes(atlas: Atlas, solution: Solution, roads: Roads) -> tuple[Route, ...]:
    """Return the routes of a plan, in the order of the network's vehicles."""
    vehicles = {vehicle.vehicle_id: vehicle for vehicle in atlas.network.vehicles}
    routes = []
    for tour in sorted(solution.tours, key=lambda tour: tour.truck):
        vehicle = vehicles[atlas.problem.trucks[tour.truck].vehicle_id]
        routes.append(_route(atlas, tour, vehicle, _lines(atlas, tour, roads, vehicle)))
    return tuple(routes)


def _lines(atlas: Atlas, tour: Tour, roads: Roads, vehicle: Vehicle) -> Iterator[Line]:
    places = []
    for moment in tour.moments:
        if moment.kind is not StopKind.BREAK:
            thing = atlas.thing(moment.kind, moment.ref)
            places.append(
                Place(thing.location, thing.curb_side) if isinstance(thing, Bin) else Place(thing.location)
            )
    return iter(roads.geometry(places, vehicle.dimensions))


def _route(atlas: Atlas, tour: Tour, vehicle: Vehicle, lines: Iterator[Line]) -> Route:
    stops = list(_stops(atlas, tour.moments, lines))
    return Route(
        vehicle_id=vehicle.vehicle_id,
        vehicle_name=vehicle.name,
        start=stops[0],
        trips=tuple(_trips(stops[1:-1])),
        end=stops[-1],
        cost_eur=round((tour.cost - soft_cost(atlas.problem, tour.truck, tour.steps, tour.moments)) / EUR, 2),
    )


def _stops(atlas: Atlas, moments: Sequence[Moment], lines: Iterator[Line]) -> Iterator[Stop]:
    """Yield a stop per moment; a break stands where the truck stands: at the stop before, or already at the next."""
    here = moments[0]
    driven = True
    for at, moment in enumerate(moments):
        is_break = moment.kind is StopKind.BREAK
        following = next(m for m in moments[at:] if m.kind is not StopKind.BREAK)
        has_leg = (
            at > 0 and not driven and (not is_break or moment.travel_time_s > 0 or moment.distance_m > 0)
        )
        if has_leg:
            here = following
        before = moments[max(at - 1, 0)]
        service = moment.kind is StopKind.SERVICE
        added = (moment.load_kg - before.load_kg, moment.load_l - before.load_l) if service else (0, 0)
        yield _stop(atlas, moment, here if is_break else moment, (next(lines) if has_leg else (), added))
        driven = is_break and (driven or has_leg)
        here = here if is_break else moment


def _stop(atlas: Atlas, moment: Moment, place: Moment, extras: tuple[Line, tuple[int, int]]) -> Stop:
    line, added = extras
    thing = atlas.thing(place.kind, place.ref)
    wish = atlas.wish(moment.ref) if moment.kind is StopKind.SERVICE else None
    return Stop(
        kind=moment.kind,
        place_ref=place.ref,
        label=thing.address if isinstance(thing, Bin) else thing.name,
        location=thing.location,
        arrival_at=atlas.problem.instant(moment.arrival_s),
        service_start_at=atlas.problem.instant(moment.start_s),
        departure_at=atlas.problem.instant(moment.departure_s),
        load_kg=float(moment.load_kg),
        load_l=float(moment.load_l),
        leg=Leg(moment.distance_m, moment.travel_time_s, line),
        waste_stream=wish.bin.waste_stream if wish else None,
        demand_kg=float(added[0]),
        demand_l=float(added[1]),
        fill_level=wish.forecast.fill_level if wish else None,
        reason=atlas.reasons.get(moment.ref) if wish else None,
        wish=wish.wish if wish else None,
    )


def _trips(stops: Sequence[Stop]) -> Iterator[Trip]:
    """Yield the trips, each up to its unloading; a break after the last unloading stays with the last trip.

    A truck that broke down may end in the middle of a trip.
    """
    ends = [at + 1 for at, stop in enumerate(stops) if stop.kind is StopKind.UNLOADING]
    if any(stop.kind is StopKind.SERVICE for stop in stops[ends[-1] if ends else 0 :]):
        ends.append(len(stops))
    if not ends:
        return
    ends[-1] = len(stops)
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        inside = tuple(stops[first:last])
        stream = next((stop.waste_stream for stop in inside if stop.kind is StopKind.SERVICE), None)
        yield Trip(stream, inside)
