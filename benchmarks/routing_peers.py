"""The peers on the plain instance, each told of it in its own words, with the same wall time and one thread.

What a peer can't say is left out of what it is told where the judge then counts what it breaks (PyVRP: lunch and a day's
caps); where nothing comparable would be left, it sits out and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pyvrp
import vroom
from pyvrp.stop import MaxRuntime

from benchmarks.instances.instance import ALL_DAY, Customer, Facility, Instance, Route, Van

ROUND_FUNC = {
    "CVRP": "round",
    "VRPTW": "dimacs",
    "PCVRPTW": "dimacs",
    "MTVRPTWR": "dimacs",
    "MDVRPTW": "exact",
    "HFVRP": "exact",
}
"""PyVRP's names of what each set prescribes."""

LATEST = 10**9


class SitsOut(Exception):
    """A peer that has no word for what an instance is about; the sentence names it."""


def by_pyvrp(instance: Instance, seconds: float, seed: int) -> tuple[Route, ...]:
    """Return PyVRP's routes: by its own reader where it reads the file, else by a model of our making."""
    if instance.kind in ROUND_FUNC:
        data = pyvrp.read(instance.path, ROUND_FUNC[instance.kind])
        facilities: dict[int, int] = {home.location: home.location for home in data.depots()}
        nodes = [client.location for client in data.clients()]
    else:
        data, nodes, facilities = _model(instance)
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, display=False).best
    if not best.is_feasible():
        return ()
    vans = {kind: iter(_numbers(data.vehicle_type(kind).name)) for kind in range(data.num_vehicle_types)}
    return tuple(
        _route(instance, route, next(vans[route.vehicle_type()]), (nodes, facilities))
        for route in best.routes()
    )


def _numbers(name: str) -> Iterator[int]:
    """Yield the vehicles of a type, which PyVRP's reader writes into its name."""
    yield from map(int, name.split(","))


def _route(instance: Instance, route: Any, van: int, meaning: tuple[list[int], dict[int, int]]) -> Route:
    nodes, facilities = meaning
    stops = [
        nodes[stop.idx] if stop.is_client() else facilities[stop.idx] for stop in list(route.schedule())[1:-1]
    ]
    if instance.ends_empty and stops:
        stops.append(way_home(instance, stops[-1], instance.vans[van])[0].node)
    return Route(van, tuple(stops))


def way_home(instance: Instance, node: int, van: Van) -> tuple[Facility, int, int]:
    """Return the facility by which a way home is shortest, its length, and its duration with the unloading."""
    lengths, durations = instance.lengths, instance.durations
    best = min(instance.facilities, key=lambda one: lengths[node, one.node] + lengths[one.node, van.depot])
    length = lengths[node, best.node] + lengths[best.node, van.depot]
    duration = durations[node, best.node] + best.service + durations[best.node, van.depot]
    return best, int(length), int(duration)


def _model(instance: Instance) -> tuple[Any, list[int], dict[int, int]]:
    """Return PyVRP's data of an instance with facilities: the way home leads over one, for it knows no last unloading."""
    model, van = pyvrp.Model(), instance.vans[0]
    depot_at = model.add_location(0, 0)
    depot = model.add_depot(depot_at)
    sites = [(one, model.add_location(0, 0)) for one in instance.facilities]
    reloads = [model.add_depot(at, *_window(one), one.service) for one, at in sites]
    clients = [(one, model.add_location(0, 0)) for one in instance.customers]
    for one, at in clients:
        model.add_client(at, [], [one.load], one.service, *_window(one))
    model.add_vehicle_type(
        len(instance.vans), [van.capacity], depot, depot,
        tw_early=van.shift[0], tw_late=van.shift[1], reload_depots=reloads,
        name=",".join(map(str, range(len(instance.vans)))),
    )  # fmt: skip
    places = [
        (van.depot, depot_at),
        *((one.node, at) for one, at in sites),
        *((one.node, at) for one, at in clients),
    ]
    customers = {one.node for one in instance.customers}
    for here, frm in places:
        for there, to in places:
            length, duration = int(instance.lengths[here, there]), int(instance.durations[here, there])
            if there == van.depot and here in customers:
                _, length, duration = way_home(instance, here, van)
            if here != there:
                model.add_edge(frm, to, length, duration)
    return (
        model.data(),
        [one.node for one in instance.customers],
        {at: one.node for at, one in enumerate(instance.facilities, start=1)},
    )


def _window(one: Customer | Facility) -> tuple[int, int]:
    return one.window if one.window != ALL_DAY else (0, LATEST)


def by_vroom(instance: Instance, seconds: float, _seed: int) -> tuple[Route, ...]:
    """Return VROOM's routes; it has no seed.

    Raises
    ------
    SitsOut
        The instance unloads on the way, prices what is left, or limits a day.
    """
    if instance.kind not in {"CVRP", "VRPTW"}:
        raise SitsOut(f"VROOM has no word for what {instance.kind} is about.")
    told = vroom.Input()
    told.set_durations_matrix("car", instance.durations.astype("uint32"))
    shift = instance.vans[0].shift
    for number, van in enumerate(instance.vans):
        window = None if shift == ALL_DAY else vroom.TimeWindow(*shift)
        told.add_vehicle(
            vroom.Vehicle(number, van.depot, van.depot, capacity=[van.capacity], time_window=window)
        )
    for one in instance.customers:
        windows = [] if one.window == ALL_DAY else [vroom.TimeWindow(*one.window)]
        told.add_job(
            vroom.Job(
                one.node,
                one.node,
                default_service=one.service,
                pickup=vroom.Amount([one.load]),
                time_windows=windows,
            )
        )
    table = told.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds)).routes
    return tuple(_vroom_routes(table[["vehicle_id", "type", "id"]].values.tolist()))


def _vroom_routes(rows: Sequence[Sequence[Any]]) -> Iterator[Route]:
    stops: dict[int, list[int]] = {}
    for van, kind, node in rows:
        if kind == "job":
            stops.setdefault(int(van), []).append(int(node))
    yield from (Route(van, tuple(nodes)) for van, nodes in stops.items())
