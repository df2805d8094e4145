"""Which part is ill, as a state and a sentence each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from api.deps import Kit, KitDep
from api.schemas import HealthOut
from tournee.errors import StoreUnavailable
from tournee.store import Heartbeat

router = APIRouter(tags=["health"])
WELL, REDUCED, ILL = "well", "reduced", "ill"
WORKING_PARTS = ("broker", "collector", "optimizer")
WATCH = "watch"


@router.get("/health", response_model=HealthOut, responses={503: {"model": HealthOut}})
def read_health(kit: KitDep, response: Response) -> dict[str, Any]:
    """Tell which part is ill; 503 where one is, as load balancers expect."""
    parts = health_of(kit)
    states = {part["state"] for part in parts.values()}
    worst = next(state for state in (ILL, REDUCED, WELL) if state in states)
    response.status_code = 503 if worst == ILL else 200
    response.headers["Cache-Control"] = "no-store"
    return {"state": worst, "parts": parts}


def health_of(kit: Kit) -> dict[str, dict[str, str]]:
    """Return state and sentence of every part."""
    return {**_store_and_beats(kit), "roads": _roads(kit), "streets": _streets(kit)}


def _store_and_beats(kit: Kit) -> dict[str, dict[str, str]]:
    try:
        kit.store.ping()
        beats = kit.store.heartbeats()
    except StoreUnavailable as away:
        unknown = _part(ILL, "Not known: the database that keeps the signs of life does not answer.")
        return {"store": _part(ILL, str(away)), **dict.fromkeys(WORKING_PARTS, unknown)}
    max_age = timedelta(seconds=kit.settings.api.heartbeat_max_s)
    # A town may do without the watch; one that ever had it wants to know when it stops.
    parts = (*WORKING_PARTS, WATCH) if WATCH in beats else WORKING_PARTS
    alive = {name: _alive(name, beats.get(name), kit.clock(), max_age) for name in parts}
    return {"store": _part(WELL, "The database answers."), **alive}


def _alive(name: str, beat: Heartbeat | None, now: datetime, max_age: timedelta) -> dict[str, str]:
    if beat is None:
        return _part(ILL, f"The {name} has never given a sign of life; was it started?")
    age = now - beat.at
    detail = f" It says: {beat.detail}" if beat.detail else ""
    if age > max_age:
        return _part(ILL, f"The last sign of life of the {name} is {age.total_seconds():.0f} s old.{detail}")
    return _part(WELL, f"The {name} is at work.{detail}")


def _roads(kit: Kit) -> dict[str, str]:
    roads = kit.settings.roads
    if roads.provider == "great_circle":
        return _part(REDUCED, "Travel times are estimates: roads.provider is great_circle.")
    if roads.provider.endswith("_url"):
        # Its address may carry a key: only the host is named.
        return _part(WELL, f"Travel times come from the server {urlsplit(roads.url).hostname}.")
    if not roads.extract.is_file():
        return _part(
            ILL,
            f"There is no road extract {roads.extract.name}; run tools/fetch_town.py or set roads.extract.",
        )
    return _part(WELL, f"Travel times come from {roads.extract.name}.")


def _streets(kit: Kit) -> dict[str, str]:
    return {
        "raster": _part(WELL, "Maps show the tiles of api.tile_url."),
        "vector": _part(WELL, "Maps show our own vector tiles."),
        "light": _part(
            REDUCED, "Maps show a light street layer without names: tilemaker was not there at set-up."
        ),
        "none": _part(REDUCED, "Maps show no streets; run tools/make_tiles.py or set api.tile_url."),
    }[kit.streets.kind]


def _part(state: str, sentence: str) -> dict[str, str]:
    return {"state": state, "sentence": sentence}
