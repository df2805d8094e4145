"""What was measured and what is foreseen: readings, forecasts, and the messages that were refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.deps import KitDep, LimitQuery, OffsetQuery, StoreDep
from api.schemas import ForecastOut, Page, ReadingOut, RefusalOut
from tournee.errors import NotFound

router = APIRouter(tags=["readings"])
SinceQuery = Annotated[
    AwareDatetime | None, Query(description="From this instant on; 30 days back if left out")
]
UntilQuery = Annotated[AwareDatetime | None, Query(description="Before this instant; now if left out")]


@router.get("/bins/{bin_id}/readings", response_model=list[ReadingOut])
def list_readings(
    kit: KitDep, bin_id: str, since: SinceQuery = None, until: UntilQuery = None, limit: LimitQuery = 100
) -> Any:
    """List readings of one bin, newest first."""
    kit.store.bin(bin_id)
    end = until or kit.clock()
    return kit.store.readings_of(bin_id, since or end - timedelta(days=30), end, limit)


@router.get("/readings/latest", response_model=Page[ReadingOut])
def list_latest(store: StoreDep, limit: LimitQuery = 100, offset: OffsetQuery = 0) -> dict[str, Any]:
    """List the newest reading of every bin that has one, by bin."""
    page = list(store.latest_readings(limit, offset).values())
    return {"items": page, "total": store.num_measured(), "limit": limit, "offset": offset}


@router.get("/forecasts", response_model=Page[ForecastOut], tags=["forecasts"])
def list_forecasts(store: StoreDep, limit: LimitQuery = 100, offset: OffsetQuery = 0) -> dict[str, Any]:
    """List the last forecast of every bin that has one, by bin."""
    made = [forecast for _, forecast in sorted(store.forecasts().items())]
    return {"items": made[offset : offset + limit], "total": len(made), "limit": limit, "offset": offset}


@router.get("/bins/{bin_id}/forecast", response_model=ForecastOut, tags=["forecasts"])
def read_forecast(store: StoreDep, bin_id: str) -> Any:
    """Show the last forecast of one bin."""
    store.bin(bin_id)
    forecast = store.forecasts().get(bin_id)
    if forecast is None:
        kind = "forecast for the bin"
        raise NotFound(kind, bin_id)
    return forecast


@router.get("/refusals", response_model=list[RefusalOut])
def list_refusals(store: StoreDep, limit: LimitQuery = 100) -> Any:
    """List messages that were refused, newest first, each with its reason."""
    return store.refusals(limit)
