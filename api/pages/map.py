"""A plan's map."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
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
