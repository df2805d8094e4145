"""Why this bin, why not that one: reasons from our own rules, each figure recomputed by the timeline; none invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from optimizer.insertion import Insertions
from optimizer.problem import EUR, Problem
from optimizer.selection import Wanted
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.touring import tour_of, visits_of
from tournee.domain import Reason, ReasonCode, StopKind, Unassigned, Wish
from tournee.timeline import schedule
from tournee.timeline_check import Broken, check

PLACES_TRIED = 25
"""So many of the cheapest places are tried to name the rule that blocks a bin."""


def explain_served(problem: Problem, solution: Solution, wanted: Sequence[Wanted]) -> dict[str, Reason]:
    """Return the reason of every served bin: a must's rule, or what a bin taken saves against what it costs to take."""
    wishes = {wish.bin.bin_id: wish for wish in wanted}
    reasons = {}
    for tour in solution.tours:
        for at, step in enumerate(tour.steps):
            if not step.is_unloading:
                task = problem.tasks[step.target]
                reasons[task.bin_id] = _served(problem, tour, at, wishes[task.bin_id])
    return reasons


def explain_unserved(
    problem: Problem, solution: Solution, wanted: Sequence[Wanted]
) -> tuple[Unassigned, ...]:
    """Return every wanted bin that no tour serves with the true reason, those set aside before solving included."""
    wishes = {wish.bin.bin_id: wish for wish in wanted}
    insertions = Insertions(problem)
    tours = _all_tours(problem, solution)
    left = [_unserved(insertions, tours, index, wishes) for index in solution.unserved]
    return (*problem.aside, *left)


def _served(problem: Problem, tour: Tour, at: int, wish: Wanted) -> Reason:
    if wish.wish is Wish.MUST:
        return wish.reason
    without = tour_of(problem, tour.truck, _without(tour.steps, at))
    detour_eur = (tour.cost - without.cost) / EUR
    facts = {"penalty_eur": round(wish.skip_penalty_eur, 2), "detour_eur": round(detour_eur, 2)}
    return Reason(ReasonCode.WORTH_IT, {**wish.reason.facts, **facts})


def _without(steps: Steps, at: int) -> Steps:
    """Return the steps without one bin, and without the unloading that only it needed."""
    begins = at == 0 or steps[at - 1].is_unloading
    alone = begins and at + 1 < len(steps) and steps[at + 1].is_unloading
    return (*steps[:at], *steps[at + (2 if alone else 1) :])


def _all_tours(problem: Problem, solution: Solution) -> list[Tour]:
    driven = {tour.truck: tour for tour in solution.tours}
    return [driven.get(truck, Tour(truck, (), (), 0)) for truck in range(len(problem.trucks))]


def _unserved(
    insertions: Insertions, tours: Sequence[Tour], index: int, wishes: Mapping[str, Wanted]
) -> Unassigned:
    task = insertions.problem.tasks[index]
    wish = wishes[task.bin_id]
    found = insertions.cheapest(index, tours)
    if found is None:
        reason = _blocked(insertions, tours, index)
    elif found.extra >= task.price:
        old = tours[found.tour.truck]
        reason = Reason(ReasonCode.DETOUR_TOO_LONG, {**_detour(old, found.tour, found.extra), **_price(wish)})
    else:  # a place was there and the search missed it: say so rather than invent a rule
        missed = "A place for it was found only after the solver's budget ended."
        reason = Reason(ReasonCode.OTHER_CONSTRAINT, {"violation": missed})
    return Unassigned(task.bin_id, wish.wish, wish.forecast.fill_level, reason)


def _price(wish: Wanted) -> dict[str, float]:
    return {"penalty_eur": round(wish.skip_penalty_eur, 2)}


def _detour(old: Tour, new: Tour, extra: int) -> dict[str, float]:
    metres = sum(m.distance_m for m in new.moments) - sum(m.distance_m for m in old.moments)
    minutes = (_busy_s(new) - _busy_s(old)) / 60
    return {
        "detour_eur": round(extra / EUR, 2),
        "detour_km": round(metres / 1_000, 2) + 0.0,  # never -0.0
        "detour_min": round(minutes, 1),
    }


def _busy_s(tour: Tour) -> int:
    if not tour.moments:
        return 0
    rests = sum(m.departure_s - m.start_s for m in tour.moments if m.kind is StopKind.BREAK)
    return tour.moments[-1].arrival_s - tour.moments[0].departure_s - rests


def _blocked(insertions: Insertions, tours: Sequence[Tour], index: int) -> Reason:
    """Return the rule that stands against the cheapest places."""
    problem = insertions.problem
    places = sorted(insertions.places(index, tours), key=lambda place: (place.estimate, place.truck))
    broken = [
        (place.truck, rule)
        for place in islice(places, PLACES_TRIED)
        for rule in _broken_rules(problem, place.truck, place.steps)
    ]
    late = [truck for truck, rule in broken if rule.kind in {"shift", "break"}]
    if late:
        ends = max(problem.trucks[truck].duty.end_s for truck in late)
        return Reason(ReasonCode.NO_TIME_LEFT, {"shift_end": problem.clock(ends)})
    return Reason(
        ReasonCode.OTHER_CONSTRAINT, {"violation": broken[0][1].detail if broken else "No truck takes it."}
    )


def _broken_rules(problem: Problem, truck: int, steps: tuple[Step, ...]) -> tuple[Broken, ...]:
    means = problem.trucks[truck]
    visits = visits_of(problem, means, steps)
    return check(schedule(visits, means.duty), visits, means.duty)
