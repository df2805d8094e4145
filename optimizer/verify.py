"""Problem + Solution -> violations: the gate before anything is published. Shares no code with any solver.

It builds its own visits from the problem, and asks the timeline whether the schedule as given is sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from optimizer.problem import Problem, Truck
from optimizer.solution import Solution, Step, Tour
from tournee.domain import StopKind, Violation
from tournee.timeline import Visit
from tournee.timeline_check import check


def verify(problem: Problem, solution: Solution) -> tuple[Violation, ...]:
    """Return every constraint that a solution breaks; empty where it may be published."""
    return (
        *_broken_books(problem, solution),
        *_broken_fleet(problem, solution),
        *_broken_tours(problem, solution),
    )


def _broken_books(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Yield bins that are served or left twice, both served and left, forgotten, or not there at all."""
    served = Counter(step.target for tour in solution.tours for step in tour.steps if not step.is_unloading)
    left = Counter(solution.unserved)
    if any(not 0 <= index < len(problem.tasks) for index in left):
        yield Violation("unknown_place", "", "", "A bin is counted as left that does not exist.")
    for index, task in enumerate(problem.tasks):
        if left[index] > 1:
            yield Violation("left_twice", "", task.bin_id, f"{task.bin_id} is counted as left twice.")
        if served[index] > 1:
            yield Violation(
                "served_twice", "", task.bin_id, f"{task.bin_id} is served {served[index]} times."
            )
        if served[index] and left[index]:
            yield Violation(
                "both_served_and_left", "", task.bin_id, f"{task.bin_id} is served and counted as left."
            )
        if not served[index] and not left[index]:
            yield Violation(
                "forgotten", "", task.bin_id, f"{task.bin_id} is neither served nor counted as left."
            )


def _broken_fleet(problem: Problem, solution: Solution) -> Iterator[Violation]:
    for truck, tours in Counter(tour.truck for tour in solution.tours).items():
        if not 0 <= truck < len(problem.trucks):
            yield Violation("unknown_truck", str(truck), "", f"There is no truck number {truck}.")
        elif tours > 1:
            vehicle_id = problem.trucks[truck].vehicle_id
            yield Violation("truck_twice", vehicle_id, "", f"{vehicle_id} drives {tours} tours at once.")


def _broken_tours(problem: Problem, solution: Solution) -> Iterator[Violation]:
    for tour in solution.tours:
        if not 0 <= tour.truck < len(problem.trucks):
            continue
        truck = problem.trucks[tour.truck]
        if any(not 0 <= step.target < len(_targets(problem, step)) for step in tour.steps):
            yield Violation(
                "unknown_place", truck.vehicle_id, "", "A step leads to a place that does not exist."
            )
            continue
        if not tour.moments:
            yield Violation("no_times", truck.vehicle_id, "", "The tour has no schedule.")
            continue
        if sum(step.is_unloading for step in tour.steps) > problem.reload_max:
            yield Violation(
                "too_many_unloadings", truck.vehicle_id, "", f"More than {problem.reload_max} unloadings."
            )
        yield from _broken_choice(problem, tour, truck)
        yield from _broken_pairs(problem, tour, truck)
        yield from _broken_past(tour, truck)
        yield from _broken_releases(problem, tour, truck)
        for broken in check(tour.moments, _visits(problem, tour, truck), truck.duty):
            yield Violation(broken.kind, truck.vehicle_id, broken.ref, broken.detail)


def _broken_choice(problem: Problem, tour: Tour, truck: Truck) -> Iterator[Violation]:
    """Yield each bin that this truck may not take, or that a person has fixed to another."""
    for step in tour.steps:
        if step.is_unloading:
            continue
        task = problem.tasks[step.target]
        if task.trucks is not None and tour.truck not in task.trucks:
            text = f"{truck.vehicle_id} may not come for {task.bin_id}."
            yield Violation("truck_not_allowed", truck.vehicle_id, task.bin_id, text)
        if task.locked_to is not None and task.locked_to != tour.truck:
            text = f"{task.bin_id} is fixed to another truck than {truck.vehicle_id}."
            yield Violation("locked_elsewhere", truck.vehicle_id, task.bin_id, text)


def _broken_past(tour: Tour, truck: Truck) -> Iterator[Violation]:
    """Yield what is not as it was driven, and what is not in the order that a person has locked."""
    was = [done.step for done in truck.done]
    if list(tour.steps[: len(was)]) != was:
        yield Violation("past_changed", truck.vehicle_id, "", "The tour does not begin with what was driven.")
    if (
        truck.is_over
        and len(tour.steps) > len(was)
        and any(not s.is_unloading for s in tour.steps[len(was) :])
    ):
        yield Violation("truck_over", truck.vehicle_id, "", f"{truck.vehicle_id} takes nothing more today.")
    served = [step.target for step in tour.steps if not step.is_unloading]
    wanted = [task for task in truck.locked if task in served]
    if [task for task in served if task in truck.locked] != wanted:
        text = f"{truck.vehicle_id} serves its locked stops in another order."
        yield Violation("locked_order", truck.vehicle_id, "", text)


def _broken_pairs(problem: Problem, tour: Tour, truck: Truck) -> Iterator[Violation]:
    """Yield each two bins that may not be on one truck."""
    served = {problem.tasks[step.target].bin_id for step in tour.steps if not step.is_unloading}
    for first, second, _ in problem.apart:
        if {first, second} <= served:
            text = f"{first} and {second} may not be on one truck."
            yield Violation("kept_apart", truck.vehicle_id, first, text)


def _broken_releases(problem: Problem, tour: Tour, truck: Truck) -> Iterator[Violation]:
    """Yield each bin for which its truck set out before what it brings was ready."""
    stops = [moment for moment in tour.moments if moment.kind is not StopKind.BREAK]
    set_out_s = stops[0].departure_s
    for step, moment in zip(tour.steps, stops[1:], strict=False):
        if step.is_unloading:
            set_out_s = moment.departure_s
            continue
        task = problem.tasks[step.target]
        if task.released_s is not None and set_out_s < task.released_s:
            text = f"What {task.bin_id} gets is ready at {problem.clock(task.released_s)}, after {truck.vehicle_id} set out."
            yield Violation("released", truck.vehicle_id, task.bin_id, text)


def _targets(problem: Problem, step: Step) -> tuple[object, ...]:
    return problem.sites if step.is_unloading else problem.tasks


def _visits(problem: Problem, tour: Tour, truck: Truck) -> list[Visit]:
    """Return what the truck must do, straight from the problem."""
    matrix = problem.matrices[truck.roads]
    start, end = problem.depots[truck.start], problem.depots[truck.end]
    opens = [(truck.duty.start_s, truck.duty.start_s)] if truck.done else start.windows
    visits = [Visit(StopKind.START, start.depot_id, windows=tuple(opens))]
    places = [start.place]
    for position, step in enumerate(tour.steps):
        places.append((problem.sites if step.is_unloading else problem.tasks)[step.target].place)
        leg_s = int(matrix.travel_time_s[places[-2], places[-1]])
        leg_m = int(matrix.distance_m[places[-2], places[-1]])
        visits.append(_visit(problem, tour, position, (leg_s, leg_m)))
    if truck.is_stranded:
        return [*visits, Visit(StopKind.END, visits[-1].ref, may_be_loaded=True)]
    home = places[-1], end.place
    home_s, home_m = int(matrix.travel_time_s[home]), int(matrix.distance_m[home])
    may_be_loaded = not problem.must_end_empty
    visits.append(
        Visit(StopKind.END, end.depot_id, home_s, home_m, windows=end.windows, may_be_loaded=may_be_loaded)
    )
    return visits


def _visit(problem: Problem, tour: Tour, position: int, leg: tuple[int, int]) -> Visit:
    step, past = tour.steps[position], problem.trucks[tour.truck].done[position : position + 1]
    windows = tuple((done.start_s, done.start_s) for done in past)
    stood_s = sum(done.departure_s - done.start_s for done in past)
    leg = next(((done.travel_time_s, done.distance_m) for done in past), leg)
    if step.is_unloading:
        site = problem.sites[step.target]
        return Visit(
            StopKind.UNLOADING,
            site.facility_id,
            *leg,
            service_time_s=stood_s if past else site.queue_time_s + site.unloading_time_s,
            windows=windows or site.windows,
            accepts=site.streams,
        )
    task = problem.tasks[step.target]
    before = tour.steps[position - 1] if position else None
    stays = before and not before.is_unloading and problem.tasks[before.target].place_id == task.place_id
    return Visit(
        StopKind.SERVICE,
        task.bin_id,
        *leg,
        service_time_s=stood_s if past else task.service_time_s + (0 if stays else task.place_time_s),
        windows=windows or task.windows,
        demand_kg=task.demand_kg,
        demand_l=problem.trucks[tour.truck].litres(task),
        stream=task.stream,
    )
