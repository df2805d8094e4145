"""May these changes be made to this plan now? Every refusal is a sentence with its remedy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tournee.domain import DayChange, DayChangeKind, Network, Plan, PlanStatus, Route, Stop
from tournee.errors import Conflict, NotFound

BINS = {DayChangeKind.BIN_ADDED, DayChangeKind.BIN_REMOVED, DayChangeKind.STOP_LOCKED}
REMEDY = "Send the changes without it."


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
    if plan.routes and at >= max(route.end.arrival_at for route in plan.routes):
        message = f"as_of_at {at.isoformat()}: every truck of the plan {plan.plan_id} is back by then. Ask for a new plan."
        raise Conflict(message)
    for number, change in enumerate(changes):
        if change in changes[:number]:
            _refuse(change, "it is named twice")
        _check_ref(network, change)
        if change.kind in BINS:
            _check_bin(plan, changes, change, at)


def _check_ref(network: Network, change: DayChange) -> None:
    known: Iterable[str] = (one.bin_id for one in network.bins)
    name = "bin"
    if change.kind is DayChangeKind.TRUCK_DOWN:
        known, name = (one.vehicle_id for one in network.vehicles), "vehicle"
    elif change.kind is DayChangeKind.FACILITY_CLOSED:
        known, name = (one.facility_id for one in network.facilities), "disposal facility"
    if change.ref not in known:
        raise NotFound(name, change.ref)


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
