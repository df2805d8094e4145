"""Problem -> PyVRP's data: what that solver can say of our problem, and the tricks by which it says more.

- One stream at a time: bins of two streams are no neighbors (the leg between them is forbidden), so a truck changes
  stream by way of a facility only.
- Home empty: the way from a bin home leads over the facility that is best for it, unloading included. So home is a
  location of its own, beside the depot that trucks leave from.
- A place's setup is part of the leg to it, as in the OR-Tools model; windows are shifted by as much.
- Several windows of a bin: a group of clients of which one at most is served.

- The stops of a day are a measure of load, and so those of a trip: a truck that unloads once may make no more.

Breaks, the other daily caps and a last facility's hours are not said: the clockwork decides about them afterwards. A `cautious`
telling leaves room for breaks and caps, by shorter shifts and smaller loads: safe where the other is cheap, so both are tried.

How long a truck may be out is not said either where it makes several trips of loads that are ready at different hours: with all three
PyVRP 0.14.1 may exchange the same stops for ever, in one step that no clock ends (about one in 200 of the rich problems that tests draw).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, VehicleType

from optimizer.problem import Problem, Site, Task, Truck, Yard
from optimizer.solver.legs import Legs, legs_of, may_use
from optimizer.solver.loads import Loads, body_of, loads_of
from tournee.domain import Counted
from tournee.timeline import Duty, Windows

SCALE = 10
"""PyVRP's costs are whole per metre and second; ours are not, and this is how many parts of a unit it can tell."""


FOREVER = 2**63 - 1
"""When PyVRP takes a place to close that never does."""


class Telling(NamedTuple):
    """How a problem is told.

    Parameters
    ----------
    is_cautious
        Leave room for breaks and daily caps.
    must_serve
        Musts are not for any price to be left: quicker to search, where there are trucks enough for all of them.
    """

    is_cautious: bool = False
    must_serve: bool = False


class Kind(NamedTuple):
    """Trucks that differ in name only; `last_sites` is the facility by which each task's way home leads."""

    trucks: tuple[int, ...]
    last_sites: tuple[int, ...]


@dataclass(frozen=True)
class Plain:
    """PyVRP's data with the meaning of its numbers: clients are tasks, its depots from `first_site` on are sites."""

    data: ProblemData
    tasks: tuple[int, ...]
    sites: tuple[int, ...]
    kinds: tuple[Kind, ...]
    first_site: int


def plain_of(problem: Problem, telling: Telling) -> Plain | None:
    """Return a problem as PyVRP can be told of it; None where no truck can leave its depot."""
    fleet = [trucks for trucks in alike(problem) if problem.can_leave(problem.trucks[trucks[0]])]
    if not fleet:
        return None
    horizon = max(truck.duty.latest_s for truck in problem.trucks)
    homes = sorted({problem.trucks[trucks[0]].end for trucks in fleet})
    loads = loads_of(problem, [problem.trucks[trucks[0]] for trucks in fleet])
    yards = [Depot(yard.place, *_hull(yard.windows, horizon)) for yard in problem.depots]
    size = len(problem.matrices[0].travel_time_s)
    ends = [Depot(size + at, *_hull(problem.depots[one].windows, horizon)) for at, one in enumerate(homes)]
    sites, reloads = _reloads(problem, horizon)
    profiles: dict[Hashable, int] = {}
    legs: list[Legs] = []
    kinds, types = [], []
    for trucks in fleet:
        truck = problem.trucks[trucks[0]]
        key = _leg_key(problem, trucks[0])
        if key not in profiles:
            profiles[key] = len(legs)
            legs.append(legs_of(problem, trucks[0], homes))
        kinds.append(Kind(trucks, legs[profiles[key]].last_sites[homes.index(truck.end)]))
        trips = _trips(problem, truck, telling)
        useful = [number for number, site in enumerate(sites) if may_use(truck, problem.sites[site])]
        types.append(
            VehicleType(
                len(trucks),
                loads.room(truck, trips if telling.is_cautious else None),
                truck.start,
                len(yards) + homes.index(truck.end),
                reload_depots=[len(yards) + len(ends) + number for number in useful],
                max_reloads=trips - 1,
                profile=profiles[key],
                **_prices(truck),
                **_shift(truck, telling),
                **({} if problem.has_releases and trips > 1 else _longest(truck, telling)),
            )
        )
    tasks, clients, groups = _clients(problem, loads, telling)
    seconds: list[Any] = [one.seconds for one in legs]  # PyVRP's annotation is one that no array has
    metres: list[Any] = [one.metres for one in legs]
    places = [Location(0, 0) for _ in range(size + len(homes))]
    data = ProblemData(places, clients, [*yards, *ends, *reloads], types, metres, seconds, groups)
    if not _is_timed(problem, horizon):
        data = _without_clock(data)
    return Plain(data, tasks, sites, tuple(kinds), len(yards) + len(ends))


def _is_timed(problem: Problem, horizon: int) -> bool:
    """Tell whether time passes at all, or any place is ever closed."""
    places: list[Yard | Site | Task] = [*problem.depots, *problem.sites, *problem.tasks]
    windows = [place.windows for place in places]
    return (
        any(matrix.travel_time_s.any() for matrix in problem.matrices)
        or any(task.service_time_s or task.place_time_s for task in problem.tasks)
        or any(site.standing_s for site in problem.sites)
        or not all(len(one) == 1 and one[0][0] <= 0 and one[0][1] >= horizon for one in windows)
        or problem.has_releases
    )


def _without_clock(data: ProblemData) -> ProblemData:
    """Return the same without windows and shifts: a clock that stands still only slows the search."""
    clients = [
        Client(one.location, pickup=one.pickup, prize=one.prize, required=one.required, group=one.group)
        for one in data.clients()
    ]
    depots = [Depot(one.location) for one in data.depots()]
    types = [kind.replace(tw_early=0, tw_late=FOREVER, start_late=FOREVER) for kind in data.vehicle_types()]
    return data.replace(clients=clients, depots=depots, vehicle_types=types)


def alike(problem: Problem) -> list[tuple[int, ...]]:
    """Return the trucks in groups of those that differ in name only."""
    picky = [task for task in problem.tasks if task.trucks is not None or task.locked_to is not None]
    found: dict[Hashable, list[int]] = {}
    for number, truck in enumerate(problem.trucks):
        costs = truck.use_cost, truck.metre_cost, truck.second_cost, truck.overtime_second_cost
        ends = truck.start, truck.end, truck.is_over
        welcome = bytes(task.allows(number) for task in picky)
        key = truck.roads, truck.duty, body_of(truck), costs, ends, welcome
        found.setdefault(key, []).append(number)
    return [tuple(trucks) for trucks in found.values()]


def _taken(problem: Problem, number: int) -> bytes:
    return bytes(problem.takes(number, task) for task in problem.tasks)


def _leg_key(problem: Problem, number: int) -> Hashable:
    """Return what two kinds of trucks have in common if they drive the same legs."""
    truck = problem.trucks[number]
    chooses = problem.must_end_empty and len(problem.sites) > 1
    prices = (
        (truck.metre_cost, truck.second_cost) if chooses else ()
    )  # they choose the facility on the way home
    return truck.roads, prices, truck.duty.streams, _taken(problem, number)


def _prices(truck: Truck) -> dict[str, Any]:
    return {
        "fixed_cost": round(truck.use_cost * SCALE),
        "unit_distance_cost": round(truck.metre_cost * SCALE),
        "unit_duration_cost": round(truck.second_cost * SCALE),
    }


def _shift(truck: Truck, telling: Telling) -> dict[str, Any]:
    duty = truck.duty
    return {
        "tw_early": max(duty.start_s, 0),
        "tw_late": max(duty.latest_s - _rests_s(duty, telling), duty.start_s, 0),
    }


def _longest(truck: Truck, telling: Telling) -> dict[str, Any]:
    """Return how long a truck may be out, and what it costs to be out longer than planned."""
    duty = truck.duty
    if duty.max_duration_s is not None:
        return {"shift_duration": max(duty.max_duration_s - _rests_s(duty, telling), 0)}
    if duty.overtime_max_s:  # as if the truck left when its shift begins
        return {
            "shift_duration": max(duty.end_s - duty.start_s, 0),
            "max_overtime": duty.overtime_max_s,
            "unit_overtime_cost": round(truck.overtime_second_cost * SCALE),
        }
    return {}


def _rests_s(duty: Duty, telling: Telling) -> int:
    """Return the breaks of a whole shift: those of the clock, and one for each rule of work that none of them keeps."""
    if not telling.is_cautious:
        return 0
    lengths = [rest.duration_s for rest in duty.rests]
    for rule in duty.break_rules:
        is_due = rule.counts is Counted.WORK and duty.latest_s - duty.start_s > rule.limit_s
        if is_due and not any(length >= rule.break_s for length in lengths):
            lengths.append(rule.break_s)
    return sum(lengths)


def _trips(problem: Problem, truck: Truck, telling: Telling) -> int:
    """Return the trips of a truck, at most; cautious ones are so few that full loads hardly pass a day's caps."""
    duty = truck.duty
    trips = problem.reload_max + (not problem.must_end_empty)
    caps = (duty.max_kg, duty.payload_kg), (duty.max_l, duty.body_l)
    if telling.is_cautious:
        trips = min([trips, *(max(-(-cap // full), 1) for cap, full in caps if cap is not None and full > 0)])
    return max(trips, 1)


def _clients(
    problem: Problem, loads: Loads, telling: Telling
) -> tuple[tuple[int, ...], list[Client], list[ClientGroup]]:
    horizon = max(truck.duty.latest_s for truck in problem.trucks)
    tasks: list[int] = []
    clients: list[Client] = []
    groups: list[ClientGroup] = []
    for number, task in enumerate(problem.tasks):
        windows = tuple(_shifted(task.windows, task.place_time_s, horizon))
        required = telling.must_serve and task.must
        if len(windows) > 1:
            groups.append(
                ClientGroup(list(range(len(clients), len(clients) + len(windows))), required=required)
            )
        for window in windows:
            tasks.append(number)
            clients.append(
                Client(
                    task.place,
                    pickup=loads.of(task),
                    service_duration=task.service_time_s,
                    tw_early=window[0],
                    tw_late=window[1],
                    release_time=min(max(task.released_s or 0, 0), window[1]),
                    prize=0 if required else task.price * SCALE,
                    required=required and len(windows) == 1,
                    group=len(groups) - 1 if len(windows) > 1 else None,
                )
            )
    return tuple(tasks), clients, groups


def _reloads(problem: Problem, horizon: int) -> tuple[tuple[int, ...], list[Depot]]:
    """Return a depot per facility and window."""
    found = [
        (number, Depot(site.place, *window, site.standing_s))
        for number, site in enumerate(problem.sites)
        for window in _shifted(site.windows, 0, horizon)
    ]
    return tuple(number for number, _ in found), [depot for _, depot in found]


def _shifted(windows: Windows, by_s: int, horizon: int) -> Iterator[tuple[int, int]]:
    for opens, closes in windows:
        if opens + by_s <= horizon and closes + by_s >= 0:
            yield max(opens + by_s, 0), min(closes + by_s, horizon)


def _hull(windows: Windows, horizon: int) -> tuple[int, int]:
    opens = max(windows[0][0], 0) if windows else 0
    return opens, max(min(windows[-1][1], horizon), opens) if windows else opens
