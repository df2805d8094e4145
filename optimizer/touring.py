"""Problem + steps of one truck -> visits for the timeline, and what they cost.

The one translation that solvers, insertion and explanations share; the verifier has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from optimizer.problem import Done, Problem, Site, Task, Truck
from optimizer.solution import Solution, Step, Steps, Tour
from tournee.domain import StopKind
from tournee.timeline import Moment, Visit, Windows, outcome, schedule


def visits_of(
    problem: Problem, truck: Truck, steps: Sequence[Step], *, with_releases: bool = True
) -> tuple[Visit, ...]:
    """Return the visits of a truck, from its start to its end; a place's setup counts once for neighbors at the same place.

    What it brings to a bin has it wait where that trip begins, unless releases are to be left out.
    """
    brings = with_releases and problem.has_releases
    times, distances = problem.travel_time_s(truck), problem.distance_m(truck)
    start, end = problem.depots[truck.start], problem.depots[truck.end]
    left = ((truck.duty.start_s, truck.duty.start_s),) if truck.done else start.windows
    if brings and not truck.done:
        left = _from(left, _released_s(problem, steps))
    visits = [Visit(StopKind.START, start.depot_id, windows=left)]
    here, place_id = start.place, ""
    for at, step in enumerate(steps):
        stop = problem.sites[step.target] if step.is_unloading else problem.tasks[step.target]
        leg = int(times[here, stop.place]), int(distances[here, stop.place])
        if isinstance(stop, Site):
            ready_s = _released_s(problem, steps[at + 1 :]) if brings else None
            visits.append(_unloading(stop, leg, ready_s))
            place_id = ""
        else:
            visits.append(_service(stop, truck, leg, shares_place=stop.place_id == place_id))
            place_id = stop.place_id
        here = stop.place
        if at < len(truck.done):
            visits[-1] = _as_driven(visits[-1], truck.done[at])
    if truck.is_stranded:
        return (*visits, Visit(StopKind.END, visits[-1].ref, may_be_loaded=True))
    home = int(times[here, end.place]), int(distances[here, end.place])
    visits.append(
        Visit(
            StopKind.END, end.depot_id, *home, windows=end.windows, may_be_loaded=not problem.must_end_empty
        )
    )
    return tuple(visits)


def _as_driven(visit: Visit, done: Done) -> Visit:
    return replace(
        visit,
        travel_time_s=done.travel_time_s,
        distance_m=done.distance_m,
        service_time_s=done.departure_s - done.start_s,
        windows=((done.start_s, done.start_s),),
    )


def _released_s(problem: Problem, steps: Sequence[Step]) -> int | None:
    """Return when everything that a truck brings on its next trip is ready; None where it brings nothing."""
    trip = takewhile(lambda step: not step.is_unloading, steps)
    times = (problem.tasks[step.target].released_s for step in trip)
    return max((one for one in times if one is not None), default=None)


def _from(windows: Windows, earliest_s: int | None) -> Windows:
    if earliest_s is None:
        return windows
    return tuple((max(opens, earliest_s), closes) for opens, closes in windows if closes >= earliest_s)


def _unloading(site: Site, leg: tuple[int, int], ready_s: int | None) -> Visit:
    windows = _from(site.windows, None if ready_s is None else ready_s - site.standing_s)
    return Visit(StopKind.UNLOADING, site.facility_id, *leg, site.standing_s, windows, accepts=site.streams)


def _service(task: Task, truck: Truck, leg: tuple[int, int], *, shares_place: bool) -> Visit:
    standing = task.service_time_s + (0 if shares_place else task.place_time_s)
    demand = task.demand_kg, truck.litres(task)
    return Visit(StopKind.SERVICE, task.bin_id, *leg, standing, task.windows, *demand, task.stream)


def tour_cost(truck: Truck, moments: Sequence[Moment]) -> int:
    """Return what a schedule costs: leaving at all, metres, hours on duty without breaks, and overtime, in cost units."""
    metres = sum(moment.distance_m for moment in moments)
    rests = sum(m.departure_s - m.start_s for m in moments if m.kind is StopKind.BREAK)
    seconds = moments[-1].arrival_s - moments[0].departure_s - rests
    driven = metres * truck.metre_cost + seconds * truck.second_cost
    return round(truck.use_cost + driven + overtime_cost(truck, moments))


def overtime_cost(truck: Truck, moments: Sequence[Moment]) -> float:
    """Return what being back after the shift costs on top, in cost units."""
    return max(moments[-1].arrival_s - truck.duty.end_s, 0) * truck.overtime_second_cost


def tour_of(problem: Problem, truck: int, steps: Steps) -> Tour:
    """Return the scheduled tour of a truck, with the price of what is new to it; without steps it stays home at no cost."""
    if not steps:
        return Tour(truck, (), (), 0)
    means = problem.trucks[truck]
    moments = schedule(visits_of(problem, means, steps), means.duty)
    cost = tour_cost(means, moments) + soft_cost(problem, truck, steps, moments)
    return Tour(truck, steps, moments, cost)


def soft_cost(problem: Problem, truck: int, steps: Steps, moments: Sequence[Moment]) -> int:
    """Return what a tour costs that nobody pays: bins new to its truck, pairs torn apart, and being long."""
    change = change_cost(problem, truck, steps)
    return change + torn_cost(problem, steps) + round(balance_cost(problem, moments))


def torn_cost(problem: Problem, steps: Steps) -> int:
    """Return the half price of each pair of which a tour serves one bin only, in cost units."""
    if not problem.together:
        return 0
    served = bins_of(problem, steps)
    return sum(
        pair.price // 2 for pair in problem.together if (pair.first in served) != (pair.second in served)
    )


def balance_cost(problem: Problem, moments: Sequence[Moment]) -> float:
    """Return the price of a tour's length, which grows with its square: it is lowest where hours are shared evenly."""
    hours = (moments[-1].arrival_s - moments[0].departure_s) / 3_600
    return problem.balance_price * hours * hours


def bins_of(problem: Problem, steps: Steps) -> set[str]:
    """Return the ids of the bins that steps serve."""
    return {problem.tasks[step.target].bin_id for step in steps if not step.is_unloading}


def change_cost(problem: Problem, truck: int, steps: Steps) -> int:
    """Return the price of all bins of a tour that are usually another truck's, in cost units."""
    if not problem.change_price:
        return 0
    bins = (problem.tasks[step.target] for step in steps if not step.is_unloading)
    return sum(problem.price_of_change(truck, task) for task in bins)


def base_tour(problem: Problem, truck: int) -> Tour:
    """Return the tour of a truck that gets nothing more to do: what is done, an unloading if it must, and home.

    Of the facilities that take what it carries the cheapest that breaks no rule; if all break one, the cheapest.
    """
    means = problem.trucks[truck]
    steps = tuple(done.step for done in means.done)
    tour = tour_of(problem, truck, steps)
    if not steps or steps[-1].is_unloading or means.is_stranded or not problem.must_end_empty:
        return tour
    stream = problem.tasks[steps[-1].target].stream
    ways = [
        tour_of(problem, truck, (*steps, Step(number, is_unloading=True)))
        for number, site in enumerate(problem.sites)
        if stream in site.streams
    ]
    return min(ways, key=lambda way: (_num_broken(problem, way), way.cost), default=tour)


def _num_broken(problem: Problem, tour: Tour) -> int:
    means = problem.trucks[tour.truck]
    return outcome(visits_of(problem, means, tour.steps), means.duty)[0]


def solution_of(problem: Problem, tours: Iterable[Tour], notes: dict[str, str] | None = None) -> Solution:
    """Return the solution that a set of tours makes: whatever none of them serves is unserved, and priced."""
    used = tuple(tour for tour in tours if tour.steps)
    served = {step.target for tour in used for step in tour.steps if not step.is_unloading}
    unserved = tuple(index for index in range(len(problem.tasks)) if index not in served)
    cost = sum(tour.cost for tour in used) + sum(problem.tasks[index].price for index in unserved)
    return Solution(used, unserved, cost, notes or {})
