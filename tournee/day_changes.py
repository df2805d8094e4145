"""May these changes be made to this plan now? Every refusal is a sentence with its remedy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tournee.domain import DayChange, DayChangeKind, Network, Plan, PlanStatus, Route, Stop
from tournee.errors import Conflict, NotFound

TRUCKS = {DayChangeKind.TRUCK_DOWN, DayChangeKind.TRUCK_BACK}
FACILITIES = {DayChangeKind.FACILITY_CLOSED, DayChangeKind.FACILITY_OPEN}
BINS = {DayChangeKind.BIN_ADDED, DayChangeKind.BIN_REMOVED, DayChangeKind.STOP_LOCKED}
UNDOES = {
    DayChangeKind.TRUCK_BACK: DayChangeKind.TRUCK_DOWN,
    DayChangeKind.FACILITY_OPEN: DayChangeKind.FACILITY_CLOSED,
}
_OPPOSITES = UNDOES | {undone: kind for kind, undone in UNDOES.items()}
REMEDY = "Send the changes without it."


def holding(changes: Iterable[DayChange]) -> tuple[DayChange, ...]:
    """Return what is true after all changes, told in their order: a truck that is back is no longer down."""
    held: dict[DayChange, None] = {}
    for change in changes:
        if opposite := _OPPOSITES.get(change.kind):
            held.pop(DayChange(opposite, change.ref), None)
        held[change] = None
    return tuple(held)


def check_changes(plan: Plan, network: Network, changes: Sequence[DayChange], at: datetime) -> None:
    """Return where a published plan can be changed like this from an instant on.

    Raises
    ------
    NotFound
        A vehicle, facility or bin of the changes does not stand under this depot.
    Conflict
        The plan is not what is driven, its routes are over, or a change contradicts it or another one.
    """
    if plan.status is not PlanStatus.PUBLISHED:
        message = (
            f"The plan {plan.plan_id} is {plan.status}: only the published plan of a day can be changed in it. "
            "Publish it, or name the published one."
        )
        raise Conflict(message)
    is_over = plan.routes and at >= max(route.end.arrival_at for route in plan.routes)
    if is_over and not any(one.kind is DayChangeKind.TRUCK_BACK for one in changes):
        message = f"as_of_at {at.isoformat()}: every truck of the plan {plan.plan_id} is back by then. Ask for a new plan."
        raise Conflict(message)
    for number, change in enumerate(changes):
        if change in changes[:number]:
            _refuse(change, "it is named twice")
        _check_ref(network, change)
        if undone := UNDOES.get(change.kind):
            _check_undone(plan, changes, change, undone)
        if change.kind in BINS:
            _check_bin(plan, changes, change, at)


def _check_ref(network: Network, change: DayChange) -> None:
    known: Iterable[str] = (one.bin_id for one in network.bins)
    name = "bin"
    if change.kind in TRUCKS:
        known, name = (one.vehicle_id for one in network.vehicles), "vehicle"
    elif change.kind in FACILITIES:
        known, name = (one.facility_id for one in network.facilities), "disposal facility"
    if change.ref not in known:
        raise NotFound(name, change.ref)


def _check_undone(plan: Plan, changes: Sequence[DayChange], change: DayChange, undone: DayChangeKind) -> None:
    before = DayChange(undone, change.ref)
    if before in changes:
        _refuse(change, f"{undone} is said of it as well")
    if before not in holding(plan.changes):
        _refuse(change, f"the plan that is driven does not know of {undone}")


def _check_bin(plan: Plan, changes: Sequence[DayChange], change: DayChange, at: datetime) -> None:
    route, stop = _find(plan, change.ref)
    if change.kind is DayChangeKind.BIN_ADDED:
        if route:
            _refuse(change, f"it is on the round of {route.vehicle_id} already")
        return
    if not route or not stop:
        _refuse(change, "it is on no round of this plan")
    elif stop.is_done or stop.service_start_at <= at:
        _refuse(change, f"{route.vehicle_id} has been there already")
    elif change.kind is DayChangeKind.STOP_LOCKED:
        if DayChange(DayChangeKind.TRUCK_DOWN, route.vehicle_id) in changes:
            _refuse(change, f"its truck {route.vehicle_id} is down")
        if DayChange(DayChangeKind.BIN_REMOVED, change.ref) in changes:
            _refuse(change, "it is to be removed as well")


def _find(plan: Plan, bin_id: str) -> tuple[Route, Stop] | tuple[None, None]:
    for route in plan.routes:
        for stop in route.services:
            if stop.bin_id == bin_id:
                return route, stop
    return None, None


def _refuse(change: DayChange, because: str) -> None:
    message = f"{change.kind} {change.ref!r} can't be done: {because}. {REMEDY}"
    raise Conflict(message)
