"""The recipe in the day: a published plan, an instant and what happened -> a draft that changes as little as it pays to.

What is done stays in the rounds as it was driven, times and loads included, so that every rule is checked over the whole
day by the same verifier as any plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5

from optimizer.building import build_problem, places_of, profiles_of
from optimizer.explain import explain_served, explain_unserved, names_of
from optimizer.insertion import is_sound
from optimizer.past import Day, as_it_stands, driven_steps, usual_rounds
from optimizer.plan import Kitchen
from optimizer.problem import Problem
from optimizer.resolve import Order, resolve
from optimizer.selection import Wanted
from optimizer.touring import base_tour
from optimizer.verify import verify
from optimizer.watching import UNWATCHED, Watch
from optimizer.writing import Atlas, write_routes
from tournee.day_changes import REMEDY, check_changes
from tournee.domain import (
    DayChangeKind,
    Forecast,
    ForecastBasis,
    Plan,
    PlanPhase,
    PlanRequest,
    Progress,
    Reason,
    ReasonCode,
    Stop,
    Unassigned,
    Wish,
)
from tournee.errors import Conflict

KNOWN = ("probability", "threshold", "fill_level", "may_fill_level", "penalty_eur", "days", "max_days", "by")
"""Facts on which a bin was wanted; the others say what became of it."""


def replan(request: PlanRequest, kitchen: Kitchen, watch: Watch = UNWATCHED) -> Plan:
    """Return the draft that a published plan becomes from `request.as_of_at` on; same request, same draft.

    `watch` is told how far it is, and may take the best draft so far.

    Raises
    ------
    NotFound
        There is no such plan, or a change names something that does not stand under its depot.
    Conflict
        The plan is not published, its routes are over, a change contradicts it, or a truck is back too late.
    Unavailable
        The store or the road network did not answer; safe to try again.
    """
    plan = kitchen.store.plan(request.previous_plan_id)
    network = kitchen.store.network(plan.depot_id)
    check_changes(plan, network, request.changes, request.as_of_at)
    day = Day(plan, network, request)
    wanted = tuple(_wanted(day, kitchen))
    watch.tell(Progress(PlanPhase.ROADS))
    places = places_of(network, wanted)
    matrices = tuple(kitchen.roads.matrix(places, truck) for truck in profiles_of(network))
    problem = build_problem(
        wanted,
        network,
        matrices,
        plan.service_date,
        zone=kitchen.zone,
        max_snap_m=kitchen.max_snap_m,
        reload_max=max([kitchen.solver.reload_max, *(len(route.trips) for route in plan.routes)]),
    )
    problem = as_it_stands(problem, day, kitchen.day.change_eur)
    _refuse_too_late(problem, day)
    watch.tell(Progress(PlanPhase.CHANGING, 0.0))
    order = Order(problem, driven_steps(problem, day), usual_rounds(problem, day), kitchen.day, request.seed)
    solution = resolve(order, watch.of(PlanPhase.CHANGING))
    watch.tell(Progress(PlanPhase.CHECKING))
    past = {stop.place_ref: stop.reason for stop in plan.services() if stop.reason}
    reasons = explain_served(problem, solution, wanted)
    reasons |= {ref: past[ref] for ref in day.made_refs() if ref in past}
    draft = Plan(
        plan_id=plan_id_of(request),
        depot_id=plan.depot_id,
        service_date=plan.service_date,
        as_of_at=request.as_of_at,
        routes=write_routes(Atlas(problem, network, wanted, reasons), solution, kitchen.roads),
        unassigned=explain_unserved(problem, solution, wanted, names_of(network)),
        violations=verify(problem, solution),
        is_estimate=any(matrix.is_estimate for matrix in matrices),
        provenance={
            **plan.provenance,
            **solution.notes,
            "changes": ", ".join(f"{one.kind} {one.ref}" for one in request.changes) or "none",
            "price of change": f"{kitchen.day.change_eur:g} EUR per stop",
        },
        previous_plan_id=plan.plan_id,
        changes=day.changes,
        not_wanted=tuple(_not_wanted(day)),
    )
    return replace(draft, routes=tuple(day.marked(route) for route in draft.routes))


def plan_id_of(request: PlanRequest) -> str:
    """Return the id of the draft that a request leads to: what was asked, not when or by whom."""
    what = ",".join(f"{one.kind}={one.ref}" for one in request.changes)
    asked = f"{request.previous_plan_id}|{request.as_of_at.isoformat()}|{request.seed}|{what}"
    return str(uuid5(NAMESPACE_URL, asked))


def _wanted(day: Day, kitchen: Kitchen) -> Iterator[Wanted]:
    """Yield every bin of the plan that was wanted and still is, with what it was wanted for, and those added."""
    stops = {stop.place_ref: stop for stop in day.plan.services()}
    left = {one.bin_id: one for one in day.plan.unassigned}
    latest = kitchen.store.forecasts() if day.added else {}
    for one in day.network.bins:
        if one.bin_id in day.added:
            known = latest.get(one.bin_id)
            forecast = known or _forecast(day, one.bin_id, 1.0, {})
            reason = Reason(ReasonCode.REQUESTED, {"by": "dispatcher"})
            yield Wanted(one, forecast, Wish.MUST, reason, kitchen.selection.must_penalty_eur)
        elif one.bin_id in day.removed:
            continue
        elif said := stops.get(one.bin_id) or left.get(one.bin_id):
            reason = _wanted_for(said)
            forecast = _forecast(day, one.bin_id, said.fill_level or 0.0, reason.facts)
            wish = said.wish or Wish.MUST
            price = float(reason.facts.get("penalty_eur", 0.0))
            price += kitchen.selection.must_penalty_eur if wish is Wish.MUST else 0.0
            yield Wanted(one, forecast, wish, reason, price)


def _refuse_too_late(problem: Problem, day: Day) -> None:
    """Raise `Conflict` where a truck that is back can no longer bring home what it carries: no draft with it could be published."""
    back = {one.ref for one in day.request.changes if one.kind is DayChangeKind.TRUCK_BACK}
    for number, truck in enumerate(problem.trucks):
        steps = base_tour(problem, number).steps
        if truck.vehicle_id in back and steps and not is_sound(problem, number, steps):
            message = (
                f"{DayChangeKind.TRUCK_BACK} {truck.vehicle_id!r} can't be done: with what it carries it can't unload "
                f"and be home within its shift any more. {REMEDY}"
            )
            raise Conflict(message)


def _not_wanted(day: Day) -> Iterator[Unassigned]:
    """Yield what the plan did not want and nobody added, and what was taken out."""
    yield from (one for one in day.plan.not_wanted if one.bin_id not in day.added)
    levels = {stop.place_ref: stop.fill_level or 0.0 for stop in day.plan.services()}
    for bin_id in sorted(day.removed):
        reason = Reason(ReasonCode.REMOVED, {"removed_at": day.at.isoformat()})
        yield Unassigned(bin_id, Wish.NO, levels[bin_id], reason)


def _wanted_for(said: Stop | Unassigned) -> Reason:
    reason = said.reason or Reason(ReasonCode.REQUESTED, {"by": "plan"})
    facts = {name: value for name, value in reason.facts.items() if name in KNOWN}
    if isinstance(said, Stop):
        return Reason(reason.code, facts)
    return Reason(ReasonCode(str(reason.facts.get("wanted", ReasonCode.WORTH_IT))), facts)


def _forecast(day: Day, bin_id: str, fill_level: float, facts: Mapping[str, float | str]) -> Forecast:
    """Return the forecast that a plan was made with, as far as the plan tells of it."""
    return Forecast(
        bin_id=bin_id,
        made_at=day.plan.as_of_at,
        target_at=day.at,
        risk_until_at=day.at,
        fill_level=fill_level,
        quantiles=(),
        overflow_probability=float(facts.get("probability", 0.0)),
        expected_overflow_l=0.0,
        rate_per_day=0.0,
        basis=ForecastBasis.READINGS,
    )
