"""Plans: asked for, read, published by a person."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response

from api.deps import KitDep, LimitQuery, OffsetQuery, PlanDep, StoreDep, WordingDep
from api.plan_schemas import BinDecisionOut, PlanOut, PlanSummaryOut, PublishIn, decision_out, plan_out
from api.request_schemas import PlanIn, PlanRequestOut, request_out
from api.schemas import Page
from api.security import KEY_NEEDED
from tournee.domain import PlanRequest
from tournee.errors import NotFound

router = APIRouter(tags=["plans"])


@router.post("/plans", response_model=PlanRequestOut, status_code=202, dependencies=KEY_NEEDED)
def ask_plan(kit: KitDep, wording: WordingDep, request: Request, response: Response, asked: PlanIn) -> Any:
    """Ask for a plan. A worker makes it: `Location` names the place to look until it is done."""
    if asked.depot_id not in {depot.depot_id for depot in kit.store.depots()}:
        kind = "depot"
        raise NotFound(kind, asked.depot_id)
    for bin_id in asked.requested_bin_ids:
        kit.store.bin(bin_id)
    wanted = PlanRequest(
        request_id=uuid4().hex,
        depot_id=asked.depot_id,
        service_date=asked.service_date,
        as_of_at=asked.as_of_at or kit.clock(),
        seed=asked.seed,
        requested_bin_ids=tuple(asked.requested_bin_ids),
    )
    kit.store.ask_plan(wanted)
    response.headers["Location"] = request.url_for("read_plan_request", request_id=wanted.request_id).path
    return request_out(wanted, wording)


@router.get("/plan-requests/{request_id}", response_model=PlanRequestOut)
def read_plan_request(store: StoreDep, wording: WordingDep, request_id: str) -> Any:
    """Show where a request for a plan stands."""
    return request_out(store.plan_request(request_id), wording)


@router.post("/plan-requests/{request_id}/take-best", response_model=PlanRequestOut, dependencies=KEY_NEEDED)
def take_best(store: StoreDep, wording: WordingDep, request_id: str) -> Any:
    """End the search and take the best plan so far, verified and explained like any other; it comes within seconds.

    409 where no worker is busy with the request.
    """
    return request_out(store.take_best(request_id), wording)


@router.get("/plans", response_model=Page[PlanSummaryOut])
def list_plans(
    store: StoreDep,
    depot_id: Annotated[str | None, Query(max_length=200)] = None,
    service_date: date | None = None,
    limit: LimitQuery = 100,
    offset: OffsetQuery = 0,
) -> dict[str, Any]:
    """List plans, newest first."""
    plans = store.plans(depot_id, service_date)
    return {"items": plans[offset : offset + limit], "total": len(plans), "limit": limit, "offset": offset}


@router.get("/plans/{plan_id}", response_model=PlanOut)
def read_plan(plan: PlanDep, wording: WordingDep) -> Any:
    """Show a plan with every route, trip, stop and reason."""
    return plan_out(plan, wording)


@router.get("/plans/{plan_id}/bins/{bin_id}", response_model=BinDecisionOut)
def read_decision(plan: PlanDep, wording: WordingDep, bin_id: str) -> Any:
    """Show what a plan does with one bin, and why: served, left, or not wanted today.

    404 where the plan says nothing of it: another depot's, unknown when the plan was made, or a plan of before these were kept.
    """
    return decision_out(plan, bin_id, wording)


@router.post("/plans/{plan_id}/publish", response_model=PlanOut, dependencies=KEY_NEEDED)
def publish_plan(kit: KitDep, wording: WordingDep, plan_id: str, publication: PublishIn) -> Any:
    """Publish a plan in a person's name; the day's earlier published plan is superseded.

    409 where it breaks a constraint or is superseded itself.
    """
    return plan_out(kit.store.publish_plan(plan_id, publication.by.strip(), kit.clock()), wording)
