"""The day does not go as planned: changes of the published plan, and what they change for the drivers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response

from api.change_schemas import ChangesIn, DifferenceOut, difference_out
from api.deps import KitDep, PlanDep, StoreDep, WordingDep
from api.request_schemas import PlanRequestOut, request_out
from api.security import KEY_NEEDED
from tournee.day_changes import check_changes
from tournee.difference import difference
from tournee.domain import DayChange, Plan, PlanRequest
from tournee.errors import Conflict
from tournee.store import Store

router = APIRouter(tags=["plans"])
OldPlanQuery = Annotated[
    str | None,
    Query(max_length=200, description="Plan to compare with; the one that it changes, if left out"),
]


@router.post(
    "/plans/{plan_id}/changes", response_model=PlanRequestOut, status_code=202, dependencies=KEY_NEEDED
)
def change_plan(
    kit: KitDep,
    wording: WordingDep,
    request: Request,
    response: Response,
    plan: PlanDep,
    said: ChangesIn,
) -> Any:
    """Ask for a draft that changes a published plan from an instant on; the plan is driven until a person publishes it.

    404 for a vehicle, facility or bin that does not stand under this depot; 409 where the plan is not what is driven,
    its rounds are over, or a change contradicts it.
    """
    as_of_at = said.as_of_at or kit.clock()
    changes = tuple(DayChange(one.kind, one.ref) for one in said.changes)
    check_changes(plan, kit.store.network(plan.depot_id), changes, as_of_at)
    wanted = PlanRequest(
        request_id=uuid4().hex,
        depot_id=plan.depot_id,
        service_date=plan.service_date,
        as_of_at=as_of_at,
        seed=said.seed,
        previous_plan_id=plan.plan_id,
        changes=changes,
    )
    kit.store.ask_plan(wanted)
    response.headers["Location"] = request.url_for("read_plan_request", request_id=wanted.request_id).path
    return request_out(wanted, wording)


@router.get("/plans/{plan_id}/difference", response_model=DifferenceOut)
def read_difference(store: StoreDep, plan: PlanDep, old_plan_id: OldPlanQuery = None) -> Any:
    """Show what a plan changes for the drivers who have another one."""
    return difference_out(difference(earlier(store, plan, old_plan_id), plan))


def earlier(store: Store, plan: Plan, old_plan_id: str | None) -> Plan:
    """Return the plan to compare with; raise `Conflict` where there is none by itself."""
    old = old_plan_id or plan.previous_plan_id
    if not old:
        message = (
            f"The plan {plan.plan_id} was made from forecasts and changes no other one. "
            "Name the plan to compare it with as old_plan_id."
        )
        raise Conflict(message)
    return store.plan(old)
