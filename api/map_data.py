"""A plan and its network -> what the map's script draws. Pure; every text is plain text, the script never reads HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from api.map_reasons import Reasons
from api.wording import Wording
from tournee.domain import (
    Bin,
    Forecast,
    Grade,
    LatestLevel,
    Location,
    Network,
    Plan,
    Stop,
    StopKind,
    WasteStream,
)
from tournee.geo import BoundingBox

# Every color reaches 4.5:1 on white. Eight colors and five dashes share no factor: 40 trucks before a pair repeats.
TRUCK_COLORS = ("#0b57d0", "#c2185b", "#00796b", "#7b1fa2", "#b34700", "#37474f", "#5d4037", "#1b5e20")
TRUCK_DASHES: tuple[tuple[int, ...], ...] = ((), (14, 6), (4, 5), (18, 5, 4, 5), (9, 5))
STREAM_COLORS = {
    WasteStream.RESIDUAL: "#77736e",
    WasteStream.PACKAGING: "#f4c70f",
    WasteStream.PAPER: "#2f6fb7",
    WasteStream.GLASS: "#2f8f48",
    WasteStream.BIOWASTE: "#8a5a2b",
}
LEVELS = (
    (0.5, "#5aa02c", "level_empty", 0.25),
    (0.8, "#f0a00c", "level_half", 0.65),
    (1.0, "#d8392f", "level_high", 0.9),
)
OVER = (None, "#7d1128", "level_over", 1.0)
SHIFT_PX = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What one map shows; `latest` and `forecasts` are the newest of each bin."""

    plan: Plan
    network: Network
    latest: Mapping[str, LatestLevel] = field(default_factory=dict)
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)

    @property
    def bins(self) -> dict[str, Bin]:
        """The bins by id."""
        return {one.bin_id: one for one in self.network.bins}


def bounds(scene: Scene) -> BoundingBox:
    """Return the box that holds every bin, site and street driven."""
    places = [one.location for one in scene.network.bins] + [scene.network.depot.location]
    for route in scene.plan.routes:
        places += [stop.location for stop in route.stops]
        places += [point for stop in route.stops for point in stop.leg.geometry]
    return BoundingBox.around(places)


def truck_style(index: int) -> dict[str, Any]:
    """Return the color, dash and sideways shift of the truck at `index`: two signs, for those who see no colors."""
    return {
        "color": TRUCK_COLORS[index % len(TRUCK_COLORS)],
        "dash": list(TRUCK_DASHES[index % len(TRUCK_DASHES)]),
        "shift": SHIFT_PX * (0.4 + index % 4),
    }


def truck_names(plan: Plan) -> list[str]:
    """Return what each route is called; two trucks of one name are told apart by their ids."""
    names = [route.vehicle_name or route.vehicle_id for route in plan.routes]
    return [
        f"{name} ({route.vehicle_id})" if names.count(name) > 1 else name
        for name, route in zip(names, plan.routes, strict=True)
    ]


# --- bins --------------------------------------------------------------------------------------------------------


def bin_layer(scene: Scene, wording: Wording) -> dict[str, Any]:
    """Return all bins as one table: latitude, longitude, stream, fill level, risk, address, reason, place beside others."""
    reasons = Reasons(scene.plan, wording)
    beside = _slots(scene.network.bins)
    streams = list(WasteStream)
    rows = [
        [
            *rounded(one.location),
            streams.index(one.waste_stream),
            _fill_level(scene, one.bin_id),
            _risk(scene, one.bin_id),
            one.address or one.bin_id,
            reasons.by_bin.get(one.bin_id, ""),
            beside[one.bin_id],
        ]
        for one in scene.network.bins
    ]
    words = {
        "stream": wording.say("waste_stream"),
        "fill_now": wording.say("fill_now"),
        "overflow_risk": wording.say("overflow_risk"),
        "unknown": wording.say("unknown"),
    }
    colors = [{"name": wording.stream(stream), "color": STREAM_COLORS[stream]} for stream in streams]
    patterns = reasons.patterns
    return {
        "rows": rows,
        "patterns": patterns,
        "streams": colors,
        "levels": levels(wording),
        "words": words,
    }


def levels(wording: Wording) -> list[dict[str, Any]]:
    """Return the classes of fill level: upper bound, color, name and the level that stands for it in the legend."""
    return [
        {"below": below, "color": color, "name": wording.say(name), "sample": sample}
        for below, color, name, sample in (*LEVELS, OVER)
    ]


def _fill_level(scene: Scene, bin_id: str) -> float | None:
    if latest := scene.latest.get(bin_id):
        return round(latest.fill_level, 2)
    forecast = scene.forecasts.get(bin_id)
    return round(forecast.fill_level, 2) if forecast else None


def _risk(scene: Scene, bin_id: str) -> float | None:
    forecast = scene.forecasts.get(bin_id)
    # Rounded as reasons are (to a thousandth, then to a percent), or a click would tell of two risks.
    return round(round(forecast.overflow_probability, 3) * 100) / 100 if forecast else None


def _slots(bins: Iterable[Bin]) -> dict[str, float]:
    """Bins at one place stand side by side, or only the last would be seen."""
    together: defaultdict[Location, list[str]] = defaultdict(list)
    for one in bins:
        together[one.location].append(one.bin_id)
    return {
        bin_id: index - (len(bin_ids) - 1) / 2
        for bin_ids in together.values()
        for index, bin_id in enumerate(bin_ids)
    }


def rounded(place: Location) -> list[float]:
    """Return `[lat, lon]` to a decimetre."""
    return [round(place.lat, 6), round(place.lon, 6)]


# --- routes ------------------------------------------------------------------------------------------------------


def route_layer(scene: Scene, index: int, wording: Wording) -> dict[str, Any]:
    """Return one vehicle's lines and pins; stops at one place share a pin, as the truck stands there once."""
    route = scene.plan.routes[index]
    lines = [
        [rounded(point) for point in stop.leg.geometry] for stop in route.stops if len(stop.leg.geometry) > 1
    ]
    numbered = enumerate(route.services, start=1)
    groups = groupby(numbered, key=lambda pair: pair[1].location)
    pins = [_stop_pin(list(group), scene, wording) for _, group in groups]
    pins += [_break_pin(stop, wording) for stop in route.stops if stop.kind is StopKind.BREAK]
    return {**truck_style(index), "lines": lines, "pins": pins}


def address(stop: Stop, bins: Mapping[str, Bin]) -> str:
    """Return where a stop is, as a driver would say it: the address, else the label, and an id only if all else fails."""
    one = bins.get(stop.bin_id or "")
    return (one.address if one else "") or stop.label or stop.place_ref


def _stop_pin(group: list[tuple[int, Stop]], scene: Scene, wording: Wording) -> dict[str, Any]:
    (first, stop), (last, _) = group[0], group[-1]
    label = str(first) if first == last else f"{first}–{last}"
    state = state_of([one for _, one in group])
    spoken = f"{wording.say('stop')} {label}: {address(stop, scene.bins)}"
    return {
        "place": rounded(stop.location),
        "label": label,
        "state": state,
        "spoken": f"{spoken} ({wording.say(state)})" if state else spoken,
        "cards": [_stop_card(number, one, scene, wording) for number, one in group],
    }


def sensor_doubt(scene: Scene, bin_id: str, wording: Wording) -> str:
    """Return the grade of a sensor that is not good, for people; empty where nobody need wonder."""
    forecast = scene.forecasts.get(bin_id)
    grade = forecast.sensor_grade if forecast else None
    return "" if grade in {None, Grade.GOOD} else wording.say(str(grade), "grades")


def state_of(stops: Sequence[Stop]) -> str:
    """Return what a pin of a plan changed in the day is: `done` where all is, `locked` where something is, else nothing."""
    if all(stop.is_done for stop in stops):
        return "done"
    return "locked" if any(stop.is_locked for stop in stops) else ""


def _stop_card(number: int, stop: Stop, scene: Scene, wording: Wording) -> dict[str, Any]:
    rows = [
        [wording.say("waste_stream"), wording.stream(stop.waste_stream)],
        [wording.say("time"), wording.span(stop.service_start_at, stop.departure_at)],
    ]
    if state := state_of([stop]):
        rows.append([wording.say("status"), wording.say(state)])
    if stop.fill_level is not None:
        rows.append([wording.say("fill_forecast"), wording.percent(stop.fill_level)])
    if doubt := sensor_doubt(scene, stop.bin_id or "", wording):
        rows.append([wording.say("sensor"), doubt])
    return {
        "badge": str(number),
        "title": address(stop, scene.bins),
        "rows": rows,
        "reason": wording.reason(stop.reason),
    }


def _break_pin(stop: Stop, wording: Wording) -> dict[str, Any]:
    span = wording.span(stop.service_start_at, stop.departure_at)
    card = {"title": wording.say("break"), "rows": [[wording.say("time"), span]], "reason": ""}
    spoken = f"{wording.say('break')}, {span}"
    return {
        "place": rounded(stop.location),
        "symbol": "break",
        "label": "",
        "state": state_of([stop]),
        "spoken": spoken,
        "cards": [card],
    }
