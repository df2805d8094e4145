"""A plan's map."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import KitDep, SceneDep, WordingDep
from api.maps import MapPage, render_map
from api.pages.templates import guarded

router = APIRouter(tags=["plans"])


@router.get("/plans/{plan_id}/map", response_class=HTMLResponse)
def show_map(request: Request, kit: KitDep, scene: SceneDep, wording: WordingDep) -> HTMLResponse:
    """Show a plan on a map; nothing is loaded from other servers (raster tiles by setting excepted)."""
    nonce = secrets.token_urlsafe(16)
    root = str(request.scope.get("root_path", ""))
    plan_id = scene.plan.plan_id
    query = f"?lang={wording.language}"
    links = {
        wording.say("table"): request.url_for("table", plan_id=plan_id).path + query,
        wording.say("back"): f"{root}/{query}",
    }
    page = MapPage(kit.streets, nonce=nonce, root=root, links=links)
    return guarded(render_map(scene, wording, page), nonce, kit.streets.image_source)


@router.get("/plans/{plan_id}/map.html", response_class=Response)
def download_map(kit: KitDep, scene: SceneDep, wording: WordingDep) -> Response:
    """Download the map as one file that needs no server: scripts, styles and streets are inside."""
    text = render_map(scene, wording, MapPage(kit.streets, is_standalone=True))
    name = f"{scene.plan.service_date}-map.html"
    return Response(
        text, media_type="text/html", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
