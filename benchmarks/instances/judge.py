"""Routes by the file's own rules: what they cost, and what they break. Imports nothing that plans, checks or scales.

Its clock is its own as well: two labels, lunch taken or not, each with the earliest time; `Instance.leg` measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from benchmarks.instances.instance import Customer, Facility, Instance, Lunch, Route, Van

EPSILON = 1e-6
"""Seconds that a sum of floats may be off."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Cost in the published unit, vans used, customers left, and a sentence for each broken rule."""

    cost: float
    vans: int
    left: int
    violations: tuple[str, ...]


def judge(instance: Instance, routes: Sequence[Route]) -> Verdict:
    """Return what routes cost and break, by the rules of their set."""
    used = [route for route in routes if any(node in _customers(instance) for node in route.nodes)]
    served = Counter(node for route in used for node in route.nodes if node in _customers(instance))
    left = [one for one in instance.customers if not served[one.node]]
    broken = [
        *_broken_books(instance, routes, served),
        *(text for route in used for text in _broken_route(instance, route)),
    ]
    length = sum(_length(instance, route) for route in used if route.van < len(instance.vans))
    cost = (length + sum(one.prize or 0 for one in left)) / instance.divisor
    return Verdict(cost, len(used), len(left), tuple(broken))


def _customers(instance: Instance) -> dict[int, Customer]:
    return {one.node: one for one in instance.customers}


def _facilities(instance: Instance) -> dict[int, Facility]:
    return {one.node: one for one in instance.facilities}


def _broken_books(instance: Instance, routes: Sequence[Route], served: Counter[int]) -> Iterator[str]:
    for node, times in served.items():
        if times > 1:
            yield f"Customer {node} is served {times} times."
    for one in instance.customers:
        if one.prize is None and not served[one.node]:
            yield f"Customer {one.node} is not served."
    for van, times in Counter(route.van for route in routes).items():
        if not 0 <= van < len(instance.vans):
            yield f"There is no vehicle {van}: the set has {len(instance.vans)}."
        elif times > 1:
            yield f"Vehicle {van} drives {times} routes."


def _length(instance: Instance, route: Route) -> float:
    van, known = instance.vans[route.van], _customers(instance).keys() | _facilities(instance).keys()
    stops = (van.depot, *(node for node in route.nodes if node in known), van.depot)
    return van.unit_cost * sum(instance.leg(here, there).length for here, there in pairwise(stops))


def _broken_route(instance: Instance, route: Route) -> Iterator[str]:
    if not 0 <= route.van < len(instance.vans):
        return
    customers, facilities = _customers(instance), _facilities(instance)
    strangers = [node for node in route.nodes if node not in customers and node not in facilities]
    if strangers:
        yield f"Vehicle {route.van} stops at {strangers[0]}, which is neither customer nor facility."
        return
    van = instance.vans[route.van]
    yield from _broken_loads(instance, route, van)
    end, duration = _clock(instance, route, van)
    if end == inf:
        yield f"Vehicle {route.van} keeps not every window, lunch or release."
    elif end > van.shift[1] + EPSILON:
        yield f"Vehicle {route.van} is back at {end:.0f}, after {van.shift[1]}."
    elif van.max_duration is not None and duration > van.max_duration + EPSILON:
        yield f"Vehicle {route.van} is out for {duration:.0f}, longer than {van.max_duration}."


def _broken_loads(instance: Instance, route: Route, van: Van) -> Iterator[str]:
    customers, load, day, stops = _customers(instance), 0, 0, 0
    for node in route.nodes:
        if node not in customers:
            load = 0
            continue
        load, day, stops = load + customers[node].load, day + customers[node].load, stops + 1
        if load > van.capacity:
            yield f"Vehicle {route.van} carries {load} at {node}, more than {van.capacity}."
    if van.max_load is not None and day > van.max_load:
        yield f"Vehicle {route.van} collects {day} in a day, more than {van.max_load}."
    if van.max_stops is not None and stops > van.max_stops:
        yield f"Vehicle {route.van} makes {stops} stops in a day, more than {van.max_stops}."
    if instance.ends_empty and load:
        yield f"Vehicle {route.van} comes home with {load}."


def _clock(instance: Instance, route: Route, van: Van) -> tuple[float, float]:
    """Return when a vehicle is back at the earliest, and how short its day can then be; infinite where it can't be."""
    stops = [_stop(instance, node) for node in route.nodes]
    first = max(van.shift[0], _released(instance, route.nodes))
    hungry, fed = float(first), inf
    if (lunch := instance.lunch) is not None:
        fed = max(first, lunch.earliest + lunch.duration)
    before = van.depot
    for at, (node, service, window) in enumerate(stops):
        hungry, fed = _go(instance.leg(before, node).duration, (hungry, fed), lunch)
        hungry, fed = (_serve(clock, service, window) for clock in (hungry, fed))
        if node in _facilities(instance):
            free = _released(instance, route.nodes[at + 1 :])
            hungry, fed = max(hungry, free), max(fed, free)
        before = node
    hungry, fed = _go(instance.leg(before, van.depot).duration, (hungry, fed), lunch)
    if lunch is not None and hungry > lunch.latest:
        hungry = inf
    end = min(hungry, fed)
    return end, end - _latest_start(instance, stops, van, end)


def _go(duration: float, clocks: tuple[float, float], lunch: Lunch | None) -> tuple[float, float]:
    """Return both labels on arrival: lunch is eaten before the leg, after it, or not yet."""
    hungry, fed = clocks
    eaten = [fed + duration]
    if lunch is not None:
        for drives, begin in ((duration, hungry), (0.0, hungry + duration)):
            if (start := max(begin, lunch.earliest)) <= lunch.latest + EPSILON:
                eaten.append(start + lunch.duration + drives)
    return hungry + duration, min(eaten)


def _serve(clock: float, service: int, window: tuple[int, int]) -> float:
    return inf if clock > window[1] + EPSILON else max(clock, window[0]) + service


def _stop(instance: Instance, node: int) -> tuple[int, int, tuple[int, int]]:
    one = _customers(instance).get(node) or _facilities(instance)[node]
    return node, one.service, one.window


def _released(instance: Instance, nodes: Sequence[int]) -> int:
    """Return when everything of the next trip is there to be loaded."""
    customers, latest = _customers(instance), 0
    for node in nodes:
        if node not in customers:
            break
        latest = max(latest, customers[node].release)
    return latest


def _latest_start(
    instance: Instance, stops: list[tuple[int, int, tuple[int, int]]], van: Van, end: float
) -> float:
    """Return the latest leaving that is still back at `end`; without lunch, which no set with a longest day has."""
    if end == inf or van.max_duration is None:
        return 0.0 if end != inf else -inf
    clock, after = end, van.depot
    for node, service, window in reversed(stops):
        clock = min(clock - instance.leg(node, after).duration - service, window[1])
        after = node
    return min(clock - instance.leg(van.depot, after).duration, van.shift[1])
