"""Alerts and devices, for people; a program that asks the same addresses gets JSON."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.deps import KitDep, OffsetQuery, StoreDep, WordingDep
from api.endpoints.devices import devices_of
from api.pages.templates import PageRoute, page
from tournee.domain import Alert, AlertKind, AlertStatus, Grade
from tournee.store import AlertFilter

router = APIRouter(include_in_schema=False, route_class=PageRoute)
SHOWN_MAX = 200
NOT_CLOSED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
# Shape and color say the same twice; the most urgent first.
SIGNS = {
    AlertKind.FIRE: "▲",
    AlertKind.OVERFLOW: "■",
    AlertKind.TILTED: "◣",
    AlertKind.DISAGREEMENT: "≠",
    AlertKind.STUCK: "＝",
    AlertKind.SILENT: "○",
    AlertKind.BATTERY: "▯",
}
GRADE_SIGNS = {Grade.GOOD: "✓", Grade.FAIR: "~", Grade.POOR: "!", Grade.SILENT: "○"}


@router.get("/alerts", response_class=HTMLResponse)
def show_alerts(
    request: Request,
    store: StoreDep,
    wording: WordingDep,
    *,
    every: Annotated[bool, Query(alias="all", description="Closed ones, too")] = False,
    offset: OffsetQuery = 0,
) -> HTMLResponse:
    """Show what is wrong, with its evidence; a person with the key acknowledges and closes."""
    wanted = AlertFilter(() if every else NOT_CLOSED)
    found, total = store.alerts(wanted, SHOWN_MAX, offset)
    return page(
        "alerts.html",
        request,
        wording,
        alerts=sorted(found, key=_urgency),
        total=total,
        offset=offset,
        shown_max=SHOWN_MAX,
        every=every,
        bins={one.bin_id: one for one in store.bins()} if found else {},
        signs=SIGNS,
    )


def _urgency(alert: Alert) -> tuple[bool, int]:
    return alert.status is AlertStatus.CLOSED, list(SIGNS).index(alert.kind)


@router.get("/devices", response_class=HTMLResponse)
def show_devices(
    request: Request, kit: KitDep, wording: WordingDep, *, grade: Grade | None = None, offset: OffsetQuery = 0
) -> HTMLResponse:
    """Show every sensor, where it sits, and how far it can be relied on."""
    found = devices_of(kit)
    wanted = [one for one in found if grade in {None, one.grade}]
    return page(
        "devices.html",
        request,
        wording,
        devices=wanted[offset : offset + SHOWN_MAX],
        total=len(wanted),
        offset=offset,
        shown_max=SHOWN_MAX,
        grade=grade,
        counts=Counter(one.grade for one in found),
        grades=list(Grade),
        signs=GRADE_SIGNS,
        silent_hours=timedelta(hours=kit.settings.alerts.silent_hours) / timedelta(hours=1),
    )
