"""A plan's rounds as files: GPX, GeoJSON, CSV."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, Response

from api.deps import PlanDep, StoreDep, WordingDep
from api.exports.geojson import plan_geojson, route_geojson
from api.exports.gpx import route_gpx
from api.exports.table import route_csv
from tournee.domain import Bin, Plan, Route
from tournee.errors import NotFound
from tournee.store import Store

router = APIRouter(tags=["exports"])


@router.get("/plans/{plan_id}/plan.geojson", response_class=Response)
def export_plan(store: StoreDep, plan: PlanDep, wording: WordingDep) -> Response:
    """Download every round of a plan, and the bins that were left, as GeoJSON."""
    return _geojson(plan_geojson(plan, _bins(store), wording), f"{plan.service_date}")


@router.get("/plans/{plan_id}/routes/{vehicle_id}.gpx", response_class=Response)
def export_gpx(store: StoreDep, plan: PlanDep, wording: WordingDep, vehicle_id: str) -> Response:
    """Download one round as GPX 1.1: waypoints, route and track."""
    route = _route(plan, vehicle_id)
    return _file(
        route_gpx(plan, route, _bins(store), wording), "application/gpx+xml", _name(plan, route) + ".gpx"
    )


@router.get("/plans/{plan_id}/routes/{vehicle_id}.geojson", response_class=Response)
def export_geojson(store: StoreDep, plan: PlanDep, wording: WordingDep, vehicle_id: str) -> Response:
    """Download one round as GeoJSON (RFC 7946)."""
    route = _route(plan, vehicle_id)
    return _geojson(route_geojson(plan, route, _bins(store), wording), _name(plan, route))


@router.get("/plans/{plan_id}/routes/{vehicle_id}.csv", response_class=Response)
def export_csv(store: StoreDep, plan: PlanDep, wording: WordingDep, vehicle_id: str) -> Response:
    """Download one round as a table, one row per stop."""
    route = _route(plan, vehicle_id)
    # Spreadsheets take a file for UTF-8 only if it begins with this mark.
    text = "\ufeff" + route_csv(plan, route, _bins(store), wording)
    return _file(text, "text/csv; charset=utf-8", _name(plan, route) + ".csv")


def _route(plan: Plan, vehicle_id: str) -> Route:
    for route in plan.routes:
        if route.vehicle_id == vehicle_id:
            return route
    kind = f"route in the plan {plan.plan_id} for the vehicle"
    raise NotFound(kind, vehicle_id)


def _bins(store: Store) -> dict[str, Bin]:
    return {one.bin_id: one for one in store.bins()}


def _name(plan: Plan, route: Route) -> str:
    return f"{plan.service_date}-{route.vehicle_id}"


def _geojson(content: dict[str, Any], name: str) -> Response:
    return _file(json.dumps(content, ensure_ascii=False), "application/geo+json", f"{name}.geojson")


def _file(content: str, media_type: str, name: str) -> Response:
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{safe}"'}
    )
