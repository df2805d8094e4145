"""Alerts: listed, looked at, acknowledged and closed by a person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.alert_schemas import AlertOut, AlertWithAnnouncementsOut, SignIn, alert_out, told_out
from api.deps import KitDep, LimitQuery, OffsetQuery, StoreDep, WordingDep
from api.schemas import Page
from api.security import KEY_NEEDED
from tournee.domain import AlertKind, AlertStatus
from tournee.store import AlertFilter

router = APIRouter(tags=["alerts"])
StatusQuery = Annotated[list[AlertStatus] | None, Query(description="May be repeated; all if left out")]
BinQuery = Annotated[str | None, Query(max_length=200, description="Alerts at this bin only")]


@router.get("/alerts", response_model=Page[AlertOut])
def list_alerts(
    store: StoreDep,
    wording: WordingDep,
    *,
    status: StatusQuery = None,
    kind: AlertKind | None = None,
    bin_id: BinQuery = None,
    limit: LimitQuery = 100,
    offset: OffsetQuery = 0,
) -> dict[str, Any]:
    """List alerts, newest first."""
    wanted = AlertFilter(tuple(status or ()), kind, bin_id)
    found, total = store.alerts(wanted, limit, offset)
    items = [alert_out(alert, wording) for alert in found]
    return {"items": items, "total": total, "limit": limit, "offset": offset}


@router.get("/alerts/{alert_id}", response_model=AlertWithAnnouncementsOut)
def read_alert(store: StoreDep, wording: WordingDep, alert_id: str) -> dict[str, Any]:
    """Show one alert, and who was told."""
    alert = store.alert(alert_id)
    told = [told_out(one) for one in store.announcements(alert_id)]
    return alert_out(alert, wording) | {"announcements": told}


@router.post("/alerts/{alert_id}/acknowledge", response_model=AlertOut, dependencies=KEY_NEEDED)
def acknowledge_alert(kit: KitDep, wording: WordingDep, alert_id: str, signed: SignIn) -> dict[str, Any]:
    """Note that a person knows of an alert; it stays until its cause is gone. 409 where it is closed."""
    channels_of = kit.settings.alerts.channels
    return alert_out(
        kit.store.acknowledge_alert(alert_id, signed.by.strip(), kit.clock(), channels_of), wording
    )


@router.post("/alerts/{alert_id}/close", response_model=AlertOut, dependencies=KEY_NEEDED)
def close_alert(kit: KitDep, wording: WordingDep, alert_id: str, signed: SignIn) -> dict[str, Any]:
    """Close an alert in a person's name. It opens anew once its cause was gone and is back, or after `alerts.snooze_hours`.

    409 where it is closed already.
    """
    channels_of = kit.settings.alerts.channels
    return alert_out(kit.store.close_alert(alert_id, signed.by.strip(), kit.clock(), channels_of), wording)
