"""What was done: bins emptied, and visits that could not empty one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter

from api.deps import KitDep, LimitQuery, StoreDep
from api.endpoints.readings import SinceQuery, UntilQuery
from api.schemas import ServiceIn, ServiceOut
from api.security import KEY_NEEDED
from tournee.domain import ServiceEvent
from tournee.store import Batch

router = APIRouter(tags=["services"])


@router.get("/services", response_model=list[ServiceOut])
def list_services(
    kit: KitDep, since: SinceQuery = None, until: UntilQuery = None, limit: LimitQuery = 100
) -> Any:
    """List services, newest first."""
    end = until or kit.clock() + timedelta(seconds=1)
    bin_ids = [one.bin_id for one in kit.store.bins()]
    return kit.store.services(bin_ids, since or end - timedelta(days=30), end)[::-1][:limit]


@router.post("/services", response_model=ServiceOut, status_code=201, dependencies=KEY_NEEDED)
def report_service(store: StoreDep, report: ServiceIn) -> Any:
    """Report that a bin was emptied, or why it was not. A report sent twice counts once."""
    store.bin(report.bin_id)
    event = ServiceEvent(**report.model_dump())
    store.record(Batch(services=(event,)))
    return event
