"""What stands in the town: bins, depots, disposal facilities, vehicles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.deps import LimitQuery, OffsetQuery, StoreDep
from api.schemas import BinOut, DepotOut, FacilityOut, Page, VehicleOut

router = APIRouter(tags=["network"])


@router.get("/bins", response_model=Page[BinOut])
def list_bins(store: StoreDep, limit: LimitQuery = 100, offset: OffsetQuery = 0) -> dict[str, Any]:
    """List bins, by id."""
    bins = store.bins()
    return {"items": bins[offset : offset + limit], "total": len(bins), "limit": limit, "offset": offset}


@router.get("/bins/{bin_id}", response_model=BinOut)
def read_bin(store: StoreDep, bin_id: str) -> Any:
    """Show one bin."""
    return store.bin(bin_id)


@router.get("/depots", response_model=list[DepotOut])
def list_depots(store: StoreDep) -> Any:
    """List depots, by id."""
    return store.depots()


@router.get("/facilities", response_model=list[FacilityOut])
def list_facilities(store: StoreDep) -> Any:
    """List disposal facilities, by id."""
    return store.facilities()


@router.get("/vehicles", response_model=list[VehicleOut])
def list_vehicles(store: StoreDep) -> Any:
    """List vehicles, by id."""
    return store.vehicles()
