"""What goes over the wire about requests for plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field

from api.plan_schemas import DayChangeOut
from api.schemas import BinId, In, Out
from api.wording import Wording
from tournee.domain import PlanRequest, RequestStatus


class PlanIn(In):
    """A wish for a plan; a worker makes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"depot_id": "D1", "service_date": "2026-11-23", "requested_bin_ids": ["B-0042"]}]
        }
    )
    depot_id: str = Field(min_length=1, max_length=200)
    service_date: date
    as_of_at: AwareDatetime | None = Field(
        None, description="Only what was known then is used; now, if left out"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Same request, same seed, same data: same plan")
    requested_bin_ids: list[BinId] = Field(
        [], max_length=10_000, description="Bins to serve whatever the forecast says"
    )


class PlanRequestOut(Out):
    """Where a request for a plan stands; poll it until `status` is done or failed."""

    request_id: str
    depot_id: str
    service_date: date
    as_of_at: AwareDatetime
    seed: int
    requested_bin_ids: list[str]
    status: RequestStatus
    plan_id: str = Field(description="The plan, once done")
    error: str = Field(description="Why it failed, as a sentence")
    progress: str = Field(description="What its worker is doing: `history`, `roads`, `proposing`, ...")
    share: float | None = Field(
        description="How far that is, 0..1; while routing, of the time and steps it may take"
    )
    best_cost_eur: float | None = Field(
        description="What the best rounds so far cost, with the prices of the bins that they leave"
    )
    is_enough: bool = Field(description="A person wants the best plan so far")
    sentence: str = Field(description="All this in one line, in the reader's language")
    previous_plan_id: str = Field(description="The published plan that it is to change; empty for a new plan")
    changes: list[DayChangeOut]


def request_out(request: PlanRequest, wording: Wording) -> dict[str, Any]:
    """Return a request for a plan with its sentence."""
    return {
        **{name: getattr(request, name) for name in PlanRequestOut.model_fields if name != "sentence"},
        "sentence": wording.standing(request),
    }
