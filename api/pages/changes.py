"""What a plan changes for the drivers, as a page: a color and a sign for each kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import SceneDep, StoreDep, WordingDep
from api.endpoints.changes import OldPlanQuery, earlier
from api.map_data import Scene
from api.pages.templates import page
from api.wording import Wording
from tournee.day_changes import BINS, FACILITIES
from tournee.difference import difference
from tournee.domain import DayChange, Plan, RouteDifference

router = APIRouter(include_in_schema=False)
SIGNS = {"added": "+", "removed": "−", "moved_in": "→", "moved_out": "←", "shifted": "↕"}
"""Beside the color: for those who see none, and on paper."""


class Line(NamedTuple):
    """One stop that is not what it was."""

    kind: str
    sign: str
    address: str
    bin_id: str
    detail: str


@router.get("/plans/{plan_id}/changes", response_class=HTMLResponse)
def changes(
    request: Request, store: StoreDep, scene: SceneDep, wording: WordingDep, old_plan_id: OldPlanQuery = None
) -> HTMLResponse:
    """Show per truck what comes, goes, changes hands or moves."""
    old = earlier(store, scene.plan, old_plan_id)
    told = difference(old, scene.plan)
    names = _names(old, scene.plan)
    trucks = [
        (names[route.vehicle_id], route, list(_lines(route, scene, names, wording))) for route in told.routes
    ]
    happened = [_happened(one, scene, wording) for one in scene.plan.changes]
    return page(
        "changes.html", request, wording, scene=scene, old=old, told=told, trucks=trucks, happened=happened
    )


def _happened(change: DayChange, scene: Scene, wording: Wording) -> str:
    network = scene.network
    names = {one.vehicle_id: one.name for one in network.vehicles}
    if change.kind in FACILITIES:
        names = {one.facility_id: one.name for one in network.facilities}
    elif change.kind in BINS:
        names = {one.bin_id: one.address for one in network.bins}
    return wording.say(change.kind.value, "day_changes", name=names.get(change.ref) or change.ref)


def _names(*plans: Plan) -> dict[str, str]:
    return {
        route.vehicle_id: route.vehicle_name or route.vehicle_id for plan in plans for route in plan.routes
    }


def _lines(route: RouteDifference, scene: Scene, names: dict[str, str], wording: Wording) -> Iterator[Line]:
    def line(kind: str, bin_id: str, truck: str = "") -> Line:
        one = scene.bins.get(bin_id)
        address = (one.address if one else "") or bin_id
        return Line(
            kind, SIGNS[kind], address, bin_id, wording.say(kind, "changes", truck=names.get(truck, truck))
        )

    yield from (line("added", bin_id) for bin_id in route.added)
    yield from (line("removed", bin_id) for bin_id in route.removed)
    yield from (line("moved_in", one.bin_id, one.from_vehicle_id) for one in route.moved_in)
    yield from (line("moved_out", one.bin_id, one.to_vehicle_id) for one in route.moved_out)
    yield from (line("shifted", bin_id) for bin_id in route.shifted)
