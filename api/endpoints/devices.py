"""Sensors as devices: where each sits and sat, and how well it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.alert_schemas import DeviceOut, PlacementOut
from api.deps import Kit, KitDep, LimitQuery, OffsetQuery, StoreDep
from api.devices import Device, devices
from api.schemas import Page
from tournee.domain import Grade, Placement

router = APIRouter(tags=["devices"])
GradeQuery = Annotated[Grade | None, Query(description="Devices of this grade only")]


@router.get("/devices", response_model=Page[DeviceOut])
def list_devices(
    kit: KitDep, *, grade: GradeQuery = None, limit: LimitQuery = 100, offset: OffsetQuery = 0
) -> dict[str, Any]:
    """List sensors, by id."""
    found = [one for one in devices_of(kit) if grade in {None, one.grade}]
    items = [one.facts() for one in found[offset : offset + limit]]
    return {"items": items, "total": len(found), "limit": limit, "offset": offset}


@router.get("/bins/{bin_id}/placements", response_model=list[PlacementOut])
def list_placements(store: StoreDep, bin_id: str) -> list[Placement]:
    """List the sensors that sit, or sat, on a bin, the last one first."""
    store.bin(bin_id)
    here = (placement for placement in store.placements() if placement.bin_id == bin_id)
    return sorted(here, key=lambda placement: placement.since_at, reverse=True)


def devices_of(kit: Kit) -> tuple[Device, ...]:
    """Return every sensor with where it sits and what it says of itself."""
    silence = kit.clock(), timedelta(hours=kit.settings.alerts.silent_hours)
    return devices(kit.store.sensors(), kit.store.placements(), kit.store.device_states(), silence)
