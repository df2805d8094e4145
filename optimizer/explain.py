"""Why this bin, why not that one: reasons from our own rules, each figure recomputed by the timeline; none invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from optimizer.blocked import Names, obstacles_of, reason_of
from optimizer.insertion import Insertions
from optimizer.problem import EUR, Problem
from optimizer.selection import Wanted
from optimizer.solution import Solution, Step, Steps, Tour
from optimizer.touring import base_tour, tour_of
from tournee.domain import Network, Reason, ReasonCode, StopKind, Unassigned, Wish

type Facts = dict[str, float | str]


def names_of(network: Network) -> Names:
    """Return what people call a town's bins, facilities and trucks."""
    return Names(
        {one.bin_id: one.address or one.bin_id for one in network.bins},
        {one.facility_id: one.name or one.facility_id for one in network.facilities}
        | {network.depot.depot_id: network.depot.name or network.depot.depot_id},
        {one.vehicle_id: one.name or one.vehicle_id for one in network.vehicles},
    )


def explain_served(problem: Problem, solution: Solution, wanted: Sequence[Wanted]) -> dict[str, Reason]:
    """Return the reason of every served bin: a must's rule, or what leaving a bin would save against what it is worth."""
    wishes = {wish.bin.bin_id: wish for wish in wanted}
    reasons = {}
    for tour in solution.tours:
        for at, step in enumerate(tour.steps):
            if not step.is_unloading:
                task = problem.tasks[step.target]
                reasons[task.bin_id] = _served(problem, tour, at, wishes[task.bin_id])
    return reasons


def explain_unserved(
    problem: Problem, solution: Solution, wanted: Sequence[Wanted], names: Names | None = None
) -> tuple[Unassigned, ...]:
    """Return every wanted bin that no tour serves with the true reason, those set aside before solving included."""
    books = _Books(
        Insertions(problem),
        _all_tours(problem, solution),
        {wish.bin.bin_id: wish for wish in wanted},
        names or Names(),
    )
    aside = [_with_wish(one, books.wishes) for one in problem.aside]
    return (*aside, *(_unserved(books, index) for index in solution.unserved))


def explain_not_wanted(wishes: Iterable[Wanted]) -> tuple[Unassigned, ...]:
    """Return every bin that can wait, with the figures of the rules that did not want it."""
    return tuple(
        Unassigned(wish.bin.bin_id, wish.wish, wish.forecast.fill_level, wish.reason)
        for wish in wishes
        if wish.wish is Wish.NO
    )


@dataclass(frozen=True)
class _Books:
    """What a reason is worked out from."""

    insertions: Insertions
    tours: Sequence[Tour]
    wishes: Mapping[str, Wanted]
    names: Names = field(default_factory=Names)


def _served(problem: Problem, tour: Tour, at: int, wish: Wanted) -> Reason:
    if wish.wish is Wish.MUST:
        return wish.reason
    without = tour_of(problem, tour.truck, _without(tour.steps, at))
    facts = _detour(without, tour) | _price(wish) | _change(problem, tour.truck, tour.steps[at].target)
    return Reason(ReasonCode.WORTH_IT, {**wish.reason.facts, **facts})


def _without(steps: Steps, at: int) -> Steps:
    """Return the steps without one bin, and without the unloading that only it needed."""
    begins = at == 0 or steps[at - 1].is_unloading
    alone = begins and at + 1 < len(steps) and steps[at + 1].is_unloading
    return (*steps[:at], *steps[at + (2 if alone else 1) :])


def _all_tours(problem: Problem, solution: Solution) -> list[Tour]:
    driven = {tour.truck: tour for tour in solution.tours}
    return [driven.get(truck) or base_tour(problem, truck) for truck in range(len(problem.trucks))]


def _unserved(books: _Books, index: int) -> Unassigned:
    problem = books.insertions.problem
    task = problem.tasks[index]
    wish = books.wishes[task.bin_id]
    found = books.insertions.cheapest(index, books.tours)
    if found is None:
        reason = reason_of(problem, obstacles_of(books.insertions, books.tours, index, books.names))
    elif found.extra >= task.price:
        old = books.tours[found.tour.truck]
        facts = _detour(old, found.tour) | _price(wish) | _where(books, old, found.tour, index)
        reason = Reason(ReasonCode.DETOUR_TOO_LONG, facts)
    else:  # a place was there and the search missed it: say so rather than invent a rule
        missed = "A place for it was found only after the solver's budget ended."
        reason = Reason(ReasonCode.OTHER_CONSTRAINT, {"violation": missed})
    return _with_wish(Unassigned(task.bin_id, wish.wish, wish.forecast.fill_level, reason), books.wishes)


def _with_wish(left: Unassigned, wishes: Mapping[str, Wanted]) -> Unassigned:
    """Return it with the figures on which it was wanted, and for a must the rule."""
    wish = wishes.get(left.bin_id)
    if wish is None:
        return left
    wanted: Facts = {"wanted": wish.reason.code.value} if wish.is_must else {}
    facts = {**wish.reason.facts, **wanted, **left.reason.facts}
    return replace(left, reason=replace(left.reason, facts=facts))


def _price(wish: Wanted) -> Facts:
    return {"penalty_eur": round(wish.skip_penalty_eur, 2)}


def _change(problem: Problem, truck: int, task: int) -> Facts:
    """Return what of a detour's price is for its being another truck than the usual one; nothing where it is not."""
    price = problem.price_of_change(truck, problem.tasks[task])
    return {"change_eur": round(price / EUR, 2)} if price else {}


def _detour(less: Tour, more: Tour) -> Facts:
    """Return what one tour has over another: euros, kilometres, minutes on duty without breaks."""
    metres = sum(m.distance_m for m in more.moments) - sum(m.distance_m for m in less.moments)
    return {
        "detour_eur": round((more.cost - less.cost) / EUR, 2),
        "detour_km": round(metres / 1_000, 2) + 0.0,  # never -0.0
        "detour_min": round((_busy_s(more) - _busy_s(less)) / 60, 1) + 0.0,
    }


def _busy_s(tour: Tour) -> int:
    if not tour.moments:
        return 0
    rests = sum(m.departure_s - m.start_s for m in tour.moments if m.kind is StopKind.BREAK)
    return tour.moments[-1].arrival_s - tour.moments[0].departure_s - rests


class _Spot(NamedTuple):
    """Something beside a stop: its id, and what people call it."""

    ref: str
    name: str


def _where(books: _Books, old: Tour, new: Tour, index: int) -> Facts:
    """Return the place that was found: which truck, its how-manieth stop, between what, by way of which facility."""
    steps, at = new.steps, new.steps.index(Step(index))
    truck = books.insertions.problem.trucks[new.truck]
    after, before = _spot(books, new, at - 1), _spot(books, new, at + 1)
    facts: Facts = {
        "vehicle_id": truck.vehicle_id,
        "truck": books.names.truck(truck.vehicle_id),
        "stop": sum(not step.is_unloading for step in steps[: at + 1]),
        "after_ref": after.ref,
        "after": after.name,
        "before_ref": before.ref,
        "before": before.name,
    }
    facts |= _change(books.insertions.problem, new.truck, index)
    if len(steps) - len(old.steps) > 1:  # a trip of its own, with an unloading of its own
        extra = (
            before if before.ref in {site.facility_id for site in books.insertions.problem.sites} else after
        )
        facts["via_ref"] = extra.ref
    return facts


def _spot(books: _Books, tour: Tour, at: int) -> _Spot:
    problem, names = books.insertions.problem, books.names
    if not 0 <= at < len(tour.steps):
        truck = problem.trucks[tour.truck]
        depot_id = problem.depots[truck.start if at < 0 else truck.end].depot_id
        return _Spot(depot_id, names.site(depot_id))
    step = tour.steps[at]
    if step.is_unloading:
        facility_id = problem.sites[step.target].facility_id
        return _Spot(facility_id, names.site(facility_id))
    bin_id = problem.tasks[step.target].bin_id
    return _Spot(bin_id, names.bin(bin_id))
