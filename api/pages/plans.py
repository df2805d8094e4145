"""The day's rounds, and one plan as a table equal to its map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import OffsetQuery, SceneDep, StoreDep, WordingDep
from api.exports.naming import named_stops
from api.map_data import Scene, sensor_doubt, truck_names, truck_style
from api.pages.templates import page
from api.wording import Wording
from tournee.domain import DayChangeKind, PlanStatus, Unassigned
from tournee.store import PlanSummary

router = APIRouter(include_in_schema=False)
SHOWN_MAX = 30
ROWS_MAX = 200


@router.get("/", response_class=HTMLResponse)
def index(request: Request, store: StoreDep, wording: WordingDep) -> HTMLResponse:
    """Lead from the day's plan to its map, its rounds and its files."""
    plans = store.plans()
    current = _current(plans)
    scene = None
    if current:
        plan = store.plan(current.plan_id)
        scene = Scene(plan, store.network(plan.depot_id))
    return page(
        "index.html",
        request,
        wording,
        scene=scene,
        rounds=_rounds(scene, wording) if scene else [],
        others=[one for one in plans if one is not current][:SHOWN_MAX],
        requests=store.open_requests(),
        num_open_alerts=store.num_open_alerts(),
        depots={depot.depot_id: depot.name for depot in store.depots()},
    )


@router.get("/plans/{plan_id}/table", response_class=HTMLResponse)
def table(request: Request, scene: SceneDep, wording: WordingDep) -> HTMLResponse:
    """Show every stop, time and reason of a plan as tables."""
    return page(
        "plan.html",
        request,
        wording,
        scene=scene,
        rounds=_rounds(scene, wording),
        unassigned=[(one, scene.bins.get(one.bin_id)) for one in scene.plan.unassigned],
        day_changes=list(DayChangeKind),
        refs=list(_refs(scene)),
        doubts={bin_id: doubt for bin_id in scene.bins if (doubt := sensor_doubt(scene, bin_id, wording))},
    )


@router.get("/plans/{plan_id}/not-wanted", response_class=HTMLResponse)
def not_wanted(
    request: Request, scene: SceneDep, wording: WordingDep, offset: OffsetQuery = 0
) -> HTMLResponse:
    """Show the bins that can wait, each with its reason, some at a time: those that are likeliest to run over first."""
    found = sorted(scene.plan.not_wanted, key=_urgency)[offset : offset + ROWS_MAX]
    rows = [(one, scene.bins.get(one.bin_id)) for one in found]
    return page("not_wanted.html", request, wording, scene=scene, rows=rows, offset=offset, rows_max=ROWS_MAX)


def _urgency(left: Unassigned) -> tuple[float, str]:
    return -float(left.reason.facts.get("probability", 1.0)), left.bin_id


def _refs(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield what a change in the day may name: trucks, facilities, and the bins of the plan; others by their id."""
    yield from ((one.vehicle_id, one.name) for one in scene.network.vehicles)
    yield from ((one.facility_id, one.name) for one in scene.network.facilities)
    wanted = [stop.place_ref for stop in scene.plan.services() if not stop.is_done]
    wanted += [one.bin_id for one in scene.plan.unassigned]
    yield from ((bin_id, one.address) for bin_id in wanted if (one := scene.bins.get(bin_id)))


def _current(plans: tuple[PlanSummary, ...]) -> PlanSummary | None:
    """Return the newest day's published plan, or else its newest draft."""
    if not plans:
        return None
    day = max(one.service_date for one in plans)
    of_day = [one for one in plans if one.service_date == day]
    return next((one for one in of_day if one.status is PlanStatus.PUBLISHED), of_day[0])


def _rounds(scene: Scene, wording: Wording) -> list[dict[str, Any]]:
    names = truck_names(scene.plan)
    return [
        {
            "route": route,
            "name": names[index],
            "stops": list(named_stops(route, scene.bins, wording)),
            **truck_style(index),
        }
        for index, route in enumerate(scene.plan.routes)
    ]
