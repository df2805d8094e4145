"""What the newest readings and the devices say: overflow, fire, tilt, battery, silence, a stuck sensor. Pure.

Each rule answers that its trouble stands, that it is gone, or nothing: between a threshold and its hysteresis, and where a
value is missing, an alert stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collector.watching.findings import Evidence, Finding
from tournee.announcements import instant_text
from tournee.domain import AlertKind, BinState, DeviceState, Placement
from tournee.settings import AlertSettings

BATTERY_HYSTERESIS_V, BATTERY_HYSTERESIS_LEVEL = 0.1, 0.05
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that one look sees.

    Parameters
    ----------
    devices
        What devices say of themselves, by sensor.
    placements
        Which sensor sits on which bin now.
    lowest_c
        The lowest temperature of the last hour, of bins that are warm now.
    num_unchanged
        How many readings have the same level, of bins where that is so for long.
    """

    now: datetime
    states: Sequence[BinState] = ()
    devices: Mapping[str, DeviceState] = field(default_factory=dict)
    placements: Sequence[Placement] = ()
    lowest_c: Mapping[str, float] = field(default_factory=dict)
    num_unchanged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """One bin as a rule sees it; `state` is left out where its newest reading is too old to be news."""

    bin_id: str
    sensor_id: str
    state: BinState | None
    device: DeviceState | None
    placement: Placement | None
    heard_at: datetime | None
    sight: Sight

    def stands(self, kind: AlertKind, evidence: Evidence) -> Finding:
        """Return that a trouble is there."""
        return Finding(kind, self.bin_id, stands=True, sensor_id=self.sensor_id, evidence=evidence)

    def is_gone(self, kind: AlertKind) -> Finding:
        """Return that a trouble is not, or no longer, there."""
        return Finding(kind, self.bin_id, stands=False, sensor_id=self.sensor_id)


type Rule = Callable[[Place, AlertSettings], Finding | None]


def assess(sight: Sight, settings: AlertSettings, rules: Iterable[Rule] = ()) -> Iterator[Finding]:
    """Yield what the rules find at every bin; all quick rules if none are named."""
    wanted = tuple(rules) or QUICK
    for place in _places(sight, timedelta(hours=settings.silent_hours)):
        for rule in wanted:
            if (finding := rule(place, settings)) is not None:
                yield finding


def overflow(place: Place, settings: AlertSettings) -> Finding | None:
    """Find a bin that is full; a suspicious reading neither opens nor closes."""
    state, limit = place.state, settings.overflow_fill_level
    if state is None or not state.is_trusted:
        return None
    if state.fill_level >= limit:
        evidence = {"fill_level": state.fill_level, "threshold": limit, **_measured(state)}
        return place.stands(AlertKind.OVERFLOW, evidence)
    is_lower = state.fill_level < limit - settings.overflow_hysteresis
    return place.is_gone(AlertKind.OVERFLOW) if is_lower else None


def fire(place: Place, settings: AlertSettings) -> Finding | None:
    """Find heat, or a quick rise of the temperature; suspicious readings count, as a fire makes readings odd."""
    state = place.state
    if state is None or state.temperature_c is None:
        return None
    now_c = state.temperature_c
    if now_c >= settings.fire_c:
        evidence = {"temperature_c": now_c, "threshold_c": settings.fire_c, **_measured(state)}
        return place.stands(AlertKind.FIRE, evidence)
    if now_c < settings.fire_floor_c:
        return place.is_gone(AlertKind.FIRE)
    rise_k = now_c - place.sight.lowest_c.get(place.bin_id, now_c)
    if rise_k < settings.fire_rise_k:
        return None
    figures = {"temperature_c": now_c, "rise_k": round(rise_k, 1), "threshold_k": settings.fire_rise_k}
    return place.stands(AlertKind.FIRE, {**figures, "within_min": 60, **_measured(state)})


def tilted(place: Place, settings: AlertSettings) -> Finding | None:  # noqa: ARG001 - one signature for all rules
    """Find a bin that lies, as its sensor says."""
    state = place.state
    if state is None or state.is_tilted is None:
        return None
    if not state.is_tilted:
        return place.is_gone(AlertKind.TILTED)
    return place.stands(AlertKind.TILTED, {"position": "tilted", "threshold": "upright", **_measured(state)})


def battery(place: Place, settings: AlertSettings) -> Finding | None:
    """Find a battery that is low, by its voltage or by its charge."""
    volt, charge = _battery(place)
    if volt is not None and volt < settings.battery_min_v:
        return place.stands(AlertKind.BATTERY, {"battery_v": volt, "threshold_v": settings.battery_min_v})
    if charge is not None and charge < settings.battery_min_level:
        evidence = {"battery_level": charge, "threshold": settings.battery_min_level}
        return place.stands(AlertKind.BATTERY, evidence)
    is_volt_well = volt is None or volt >= settings.battery_min_v + BATTERY_HYSTERESIS_V
    is_charge_well = charge is None or charge >= settings.battery_min_level + BATTERY_HYSTERESIS_LEVEL
    is_known = volt is not None or charge is not None
    return place.is_gone(AlertKind.BATTERY) if is_known and is_volt_well and is_charge_well else None


def silent(place: Place, settings: AlertSettings) -> Finding | None:
    """Find a sensor that has spoken and speaks no longer; one that moved is given its time anew."""
    if place.placement is None:
        return place.is_gone(AlertKind.SILENT)  # nobody is left to speak
    if place.heard_at is None:
        return None
    hours = (place.sight.now - max(place.heard_at, place.placement.since_at)) / HOUR
    if hours <= settings.silent_hours:
        return place.is_gone(AlertKind.SILENT)
    figures = {"silent_hours": round(hours, 1), "threshold_hours": settings.silent_hours}
    return place.stands(AlertKind.SILENT, {**figures, "last_seen_at": instant_text(place.heard_at)})


def stuck(place: Place, settings: AlertSettings) -> Finding | None:
    """Find a sensor that says the same all the time; an empty bin may well do so."""
    state = place.state
    if state is None or not place.sensor_id:
        return None
    days = (state.measured_at - (state.unchanged_since_at or state.measured_at)) / timedelta(days=1)
    if state.fill_level == 0 or days <= settings.stuck_days:
        return place.is_gone(AlertKind.STUCK)
    count = place.sight.num_unchanged.get(place.bin_id, 0)
    if count < settings.stuck_min_readings:
        return None
    figures = {"unchanged_days": round(days, 1), "threshold_days": settings.stuck_days}
    counted = {"num_readings": count, "threshold_readings": settings.stuck_min_readings}
    return place.stands(AlertKind.STUCK, {**figures, **counted, "fill_level": state.fill_level})


QUICK: tuple[Rule, ...] = (overflow, fire, tilted, battery, silent)
ALL = (*QUICK, stuck)


def _places(sight: Sight, news_age: timedelta) -> Iterator[Place]:
    states = {state.bin_id: state for state in sight.states}
    placed = {placement.bin_id: placement for placement in sight.placements}
    oldest = sight.now - news_age
    for bin_id in {**states, **placed}:
        state, placement = states.get(bin_id), placed.get(bin_id)
        sensor_id = placement.sensor_id if placement else state.sensor_id if state else ""
        device = sight.devices.get(sensor_id)
        heard = [device.last_seen_at] if device else []
        if state is not None and state.sensor_id == sensor_id:
            heard.append(state.received_at)
        # What was measured long ago, and is sent only now, is history: nobody has to run.
        news = state if state is not None and state.measured_at >= oldest else None
        yield Place(bin_id, sensor_id, news, device, placement, max(heard, default=None), sight)


def _measured(state: BinState) -> Evidence:
    return {"measured_at": instant_text(state.measured_at)}


def _battery(place: Place) -> tuple[float | None, float | None]:
    """Return voltage and charge: as the device said last, else as its newest reading says."""
    said = [one for one in (place.device, place.state) if one is not None]
    volt = next((one.battery_v for one in said if one.battery_v is not None), None)
    return volt, next((one.battery_level for one in said if one.battery_level is not None), None)
