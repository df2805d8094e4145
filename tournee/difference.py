"""Two plans -> what is different for whom. Pure; the price of change and the pages count with the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tournee.domain import Difference, Moved, Plan, Route, RouteDifference

SHIFT_MAX = 3
"""A stop that moves by more places than this among those its truck keeps has moved; fewer, a driver hardly sees."""

type Rounds[Truck, Bin] = Mapping[Truck, Sequence[Bin]]
"""What each truck empties, in order."""


def difference(old: Plan, new: Plan) -> Difference:
    """Return what a new plan changes for the drivers who have the old one; stops already made do not count.

    A bin that comes or goes moves none of the others: places are counted among the stops that a truck keeps.
    """
    done = {stop.bin_id for stop in new.services() if stop.is_done}
    before, after = _rounds(old.routes, done), _rounds(new.routes, done)
    there, here = _trucks(before), _trucks(after)
    moved = [
        Moved(bin_id, there[bin_id], truck)
        for bin_id, truck in here.items()
        if bin_id in there and there[bin_id] != truck
    ]
    shifted = shifted_stops(before, after)
    olds, news = ({route.vehicle_id: route for route in plan.routes} for plan in (old, new))
    routes = tuple(
        RouteDifference(
            vehicle_id=vehicle_id,
            vehicle_name=(news.get(vehicle_id) or olds[vehicle_id]).vehicle_name,
            added=tuple(one for one in after.get(vehicle_id, ()) if one not in there),
            removed=tuple(one for one in before.get(vehicle_id, ()) if one not in here),
            moved_in=tuple(one for one in moved if one.to_vehicle_id == vehicle_id),
            moved_out=tuple(one for one in moved if one.from_vehicle_id == vehicle_id),
            shifted=tuple(one for one in after.get(vehicle_id, ()) if one in shifted),
            distance_m=_metres(news.get(vehicle_id)) - _metres(olds.get(vehicle_id)),
            duration_s=_seconds(news.get(vehicle_id)) - _seconds(olds.get(vehicle_id)),
        )
        for vehicle_id in dict.fromkeys([*olds, *news])
    )
    kept = sum(bin_id in there for bin_id in here)
    return Difference(old.plan_id, new.plan_id, routes, kept, len(moved) + len(shifted))


def num_changed[Truck, Bin](before: Rounds[Truck, Bin], after: Rounds[Truck, Bin]) -> int:
    """Return how many stops of both changed their truck or moved by more than `SHIFT_MAX` places."""
    there, here = _trucks(before), _trucks(after)
    switched = sum(one in there and there[one] != truck for one, truck in here.items())
    return switched + len(shifted_stops(before, after))


def shifted_stops[Truck, Bin](before: Rounds[Truck, Bin], after: Rounds[Truck, Bin]) -> set[Bin]:
    """Return the stops that a truck keeps, more than `SHIFT_MAX` places from where they were among those it keeps."""
    found: set[Bin] = set()
    for truck, were in before.items():
        now = after.get(truck, ())
        both = set(were) & set(now)
        place = {one: at for at, one in enumerate(one for one in were if one in both)}
        kept = enumerate(one for one in now if one in both)
        found |= {one for at, one in kept if abs(at - place[one]) > SHIFT_MAX}
    return found


def _rounds(routes: Iterable[Route], done: set[str | None]) -> dict[str, list[str]]:
    return {
        route.vehicle_id: [stop.place_ref for stop in route.services if stop.bin_id not in done]
        for route in routes
    }


def _trucks[Truck, Bin](rounds: Rounds[Truck, Bin]) -> dict[Bin, Truck]:
    return {one: truck for truck, bins in rounds.items() for one in bins}


def _metres(route: Route | None) -> int:
    return route.distance_m if route else 0


def _seconds(route: Route | None) -> int:
    return route.duration_s if route else 0
