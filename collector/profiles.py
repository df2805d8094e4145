"""Device profiles: which decoded field is which quantity, in which unit; a YAML file per kind of device, no Python."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tournee.domain import Sensor
from tournee.errors import ConfigError

SHIPPED = Path(__file__).with_name("codecs")
MM = {"mm": 1.0, "cm": 10.0, "m": 1_000.0}
FRACTION = {"fraction": 1.0, "percent": 0.01}
VOLT = {"V": 1.0, "mV": 0.001}


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DistanceField(_Closed):
    """From the sensor to what it sees."""

    field: str
    unit: Literal["mm", "cm", "m"] = "mm"


class FillField(_Closed):
    """How full the bin is; `absent` stands in where a server omits a zero."""

    field: str
    unit: Literal["percent", "fraction"] = "percent"
    absent: float | None = None


class TemperatureField(_Closed):
    """Degrees Celsius."""

    field: str


class BatteryField(_Closed):
    """The battery's voltage. A percentage is no voltage, and is left out."""

    field: str
    unit: Literal["V", "mV"] = "V"


class TiltField(_Closed):
    """Whether the bin lies: the value that says so."""

    field: str
    tilted: str | bool | float = True


class Profile(_Closed):
    """What a kind of device says. `codec` is a shipped one, for bytes that the network server did not decode."""

    codec: str = ""
    distance: DistanceField | None = None
    fill: FillField | None = None
    temperature: TemperatureField | None = None
    battery: BatteryField | None = None
    tilt: TiltField | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The quantities of one uplink; None where it has none. `rules` says where each came from."""

    distance_mm: float | None
    fill_level: float | None
    temperature_c: float | None
    battery_v: float | None
    is_tilted: bool | None
    rules: Mapping[str, str]


def load_profile(file: Path) -> Profile:
    """Return the profile in a file, or raise `ConfigError` that names the key."""
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Profile.model_validate(values or {})
    except OSError as missing:
        raise ConfigError(str(file), missing.strerror, "a readable file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise ConfigError(str(file), str(broken).replace("\n", " "), "YAML") from None
    except ValidationError as invalid:
        problem = invalid.errors()[0]
        key = ".".join(str(part) for part in problem["loc"]) or "profile"
        raise ConfigError(f"{file.name}: {key}", problem["input"], problem["msg"]) from None


def measure(fields: Mapping[str, Any], profile: Profile, sensor: Sensor | None = None) -> Measured:
    """Return the quantities in decoded fields.

    Parameters
    ----------
    sensor
        Its two distances turn a distance into a fill level; a level that the device says itself comes first.
    """
    rules: dict[str, str] = {}
    distance_mm = fill_level = temperature_c = battery_v = None
    if wanted := profile.distance:
        distance_mm = _scaled(fields, wanted.field, MM[wanted.unit])
        rules["distance_mm"] = f"`{wanted.field}` in {wanted.unit}"
    if filled := profile.fill:
        fill_level = _scaled(fields, filled.field, FRACTION[filled.unit], filled.absent)
        rules["fill_level"] = f"`{filled.field}` in {filled.unit}"
    if fill_level is None and distance_mm is not None and _has_geometry(sensor):
        fill_level = sensor.fill_level(distance_mm) if sensor else None
        rules["fill_level"] = "distance between the sensor's empty and full distances"
    if profile.temperature:
        temperature_c = _scaled(fields, profile.temperature.field, 1.0)
        rules["temperature_c"] = f"`{profile.temperature.field}`"
    if profile.battery:
        battery_v = _scaled(fields, profile.battery.field, VOLT[profile.battery.unit])
        rules["battery_v"] = f"`{profile.battery.field}` in {profile.battery.unit}"
    is_tilted = _tilted(fields, profile.tilt)
    if profile.tilt:
        rules["is_tilted"] = f"`{profile.tilt.field}` is {profile.tilt.tilted!r}"
    return Measured(distance_mm, fill_level, temperature_c, battery_v, is_tilted, rules)


def _has_geometry(sensor: Sensor | None) -> bool:
    return sensor is not None and sensor.empty_distance_mm > sensor.full_distance_mm


def _tilted(fields: Mapping[str, Any], wanted: TiltField | None) -> bool | None:
    value = _found(fields, wanted.field) if wanted else None
    return None if value is None or wanted is None else bool(value == wanted.tilted)


def _scaled(fields: Mapping[str, Any], path: str, factor: float, absent: float | None = None) -> float | None:
    """Return a finite number; a text such as "1700 mm" or a missing echo is no number, and never a zero."""
    value = _found(fields, path)
    value = absent if value is None else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value) * factor
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _found(fields: Mapping[str, Any], path: str) -> Any:
    """Return what stands under `a.b.c`; None where any of it is absent."""
    value: Any = fields
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
