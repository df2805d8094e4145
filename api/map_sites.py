"""The depot, the facilities, and what every sign on a plan's map means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.map_data import STREAM_COLORS, TRUCK_COLORS, Scene, levels, rounded, truck_style
from api.wording import Wording
from tournee.domain import Location, Route, Stop, StopKind, WasteStream

SITE_COLOR, FACILITY_COLOR = "#2d2a26", "#5b3a8c"


def site_layer(scene: Scene, wording: Wording) -> dict[str, Any]:
    """Return the depot and the facilities, each with the visits that the plan makes."""
    depot = scene.network.depot
    sites = [("facility", one.facility_id, one.name, one.location) for one in scene.network.facilities]
    sites.append(("depot", depot.depot_id, depot.name, depot.location))
    pins = [
        _site_pin(symbol, name or site_id, place, _visits(scene, site_id, wording), wording)
        for symbol, site_id, name, place in sites
    ]
    return {"pins": pins}


def _site_pin(
    symbol: str, name: str, place: Location, visits: list[list[str]], wording: Wording
) -> dict[str, Any]:
    kind = wording.say(symbol)
    color = SITE_COLOR if symbol == "depot" else FACILITY_COLOR
    return {
        "place": rounded(place),
        "symbol": symbol,
        "label": "",
        "color": color,
        "zOffset": 500,
        "spoken": f"{kind}: {name}",
        "cards": [{"title": f"{kind}: {name}", "rows": visits, "reason": "", "color": color}],
    }


def _visits(scene: Scene, place_ref: str, wording: Wording) -> list[list[str]]:
    return [
        [name, _visit(stop, wording)]
        for name, stop in _stops_with_truck(scene.plan.routes)
        if stop.place_ref == place_ref and stop.kind in {StopKind.START, StopKind.UNLOADING, StopKind.END}
    ]


def _visit(stop: Stop, wording: Wording) -> str:
    span = wording.span(stop.arrival_at, stop.departure_at)
    return f"{span} ({wording.say('done')})" if stop.is_done else span


def _stops_with_truck(routes: Iterable[Route]) -> Iterator[tuple[str, Stop]]:
    for route in routes:
        for stop in route.stops:
            yield route.vehicle_name or route.vehicle_id, stop


def legend(scene: Scene, wording: Wording) -> dict[str, Any]:
    """Return what every sign on the map means, and what each truck does."""
    streams = [
        stream for stream in WasteStream if any(one.waste_stream is stream for one in scene.network.bins)
    ]
    trucks = [
        {
            "name": route.vehicle_name or route.vehicle_id,
            "detail": _round(route, wording),
            **truck_style(index),
        }
        for index, route in enumerate(scene.plan.routes)
    ]
    unknown = {"color": "#8b8680", "name": wording.say("level_unknown"), "sample": None}
    return {
        "title": wording.say("legend"),
        "trucks": trucks,
        "levels": [*levels(wording), unknown],
        "streams": [{"name": wording.stream(stream), "color": STREAM_COLORS[stream]} for stream in streams],
        "sites": [
            {"symbol": "depot", "color": SITE_COLOR, "name": wording.say("depot")},
            {"symbol": "facility", "color": FACILITY_COLOR, "name": wording.say("facility")},
            {"symbol": "break", "color": TRUCK_COLORS[0], "name": wording.say("break")},
        ],
        "states": _states(scene, wording),
        "words": {key: wording.say(key) for key in ("trucks", "in_the_day", "fill_levels", "lids", "places")},
    }


def _states(scene: Scene, wording: Wording) -> list[dict[str, Any]]:
    """Return how stops look that are done, fixed or open; nothing for a plan in which none is done or fixed."""
    if not any(stop.is_done or stop.is_locked for stop in scene.plan.services()):
        return []
    names = {"done": "done", "locked": "locked", "": "open_stop"}
    return [
        {"state": state, "color": TRUCK_COLORS[0], "name": wording.say(name)} for state, name in names.items()
    ]


def _round(route: Route, wording: Wording) -> str:
    return f"{len(route.services)} {wording.say('stops')} · {wording.km(route.distance_m)}"
