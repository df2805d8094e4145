"""Device profiles: which decoded field is which quantity, in which unit; a YAML file per kind of device, no Python."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from collector.sandbox import Codec
from tournee.domain import Sensor
from tournee.errors import ConfigError

SHIPPED = Path(__file__).with_name("codecs")
MM = {"mm": 1.0, "cm": 10.0, "m": 1_000.0}
FRACTION = {"fraction": 1.0, "percent": 0.01}
VOLT = {"V": 1.0, "mV": 0.001}


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DistanceField(_Closed):
    """From the sensor to what it sees; `no_echo` are the values, as the device says them, that mean "I saw nothing"."""

    field: str
    unit: Literal["mm", "cm", "m"] = "mm"
    no_echo: tuple[float, ...] = ()


class FillField(_Closed):
    """How full the bin is; `absent` stands in where a server omits a zero."""

    field: str
    unit: Literal["percent", "fraction"] = "percent"
    absent: float | None = None


class TemperatureField(_Closed):
    """Degrees Celsius."""

    field: str


class BatteryField(_Closed):
    """The battery: its voltage, or its charge in percent."""

    field: str
    unit: Literal["V", "mV", "percent"] = "V"


class SignalField(_Closed):
    """Strength of the radio signal in dBm, where the device says it; otherwise the network server's is taken."""

    field: str


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
    signal: SignalField | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The quantities of one uplink; None where it has none. `rules` says where each came from."""

    distance_mm: float | None
    fill_level: float | None
    temperature_c: float | None
    battery_v: float | None
    battery_level: float | None
    is_tilted: bool | None
    rssi_dbm: float | None
    rules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Device profiles and codecs by name: a file of that name, one of the city's own folder, or a shipped one."""

    folder: Path = SHIPPED

    def find(self, name: str, suffix: str) -> Path:
        """Return the file that a name means; one that is nowhere is returned as it was given."""
        places = (Path(name), self.folder / f"{name}{suffix}", SHIPPED / f"{name}{suffix}")
        return next((file for file in places if file.is_file()), Path(name))

    def load(self, name: str) -> Profile:
        """Return a profile, or raise `ConfigError` that names its file; no name is the profile that maps nothing."""
        return load_profile(self.find(name, ".yaml")) if name else Profile()

    def codec(self, name: str) -> Codec:
        """Return a codec, or raise `ConfigError` that names its file."""
        file = self.find(name, ".js")
        try:
            return Codec(file.name, file.read_text(encoding="utf-8", errors="replace"))
        except OSError as missing:
            raise ConfigError(str(file), missing.strerror, "a readable codec") from None


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
    distance_mm, fill_level = _level(fields, profile, sensor, rules)
    return Measured(
        distance_mm,
        fill_level,
        _side_value(fields, profile.temperature, "temperature_c", rules),
        *_battery(fields, profile.battery, rules),
        _tilted(fields, profile.tilt, rules),
        _side_value(fields, profile.signal, "rssi_dbm", rules),
        rules,
    )


def _level(
    fields: Mapping[str, Any], profile: Profile, sensor: Sensor | None, rules: dict[str, str]
) -> tuple[float | None, float | None]:
    distance_mm = fill_level = None
    if wanted := profile.distance:
        distance_mm = _scaled(fields, wanted.field, MM[wanted.unit])
        rules["distance_mm"] = f"`{wanted.field}` in {wanted.unit}"
        if distance_mm is not None and distance_mm / MM[wanted.unit] in wanted.no_echo:
            rules["distance_mm"] = f"`{wanted.field}` {distance_mm / MM[wanted.unit]:g} means no echo"
            distance_mm = None
    if filled := profile.fill:
        fill_level = _scaled(fields, filled.field, FRACTION[filled.unit], filled.absent)
        rules["fill_level"] = f"`{filled.field}` in {filled.unit}"
    if fill_level is None and distance_mm is not None and sensor is not None and sensor.has_geometry:
        fill_level = sensor.fill_level(distance_mm)
        rules["fill_level"] = "distance between the sensor's empty and full distances"
    return distance_mm, fill_level


def _side_value(
    fields: Mapping[str, Any], wanted: TemperatureField | SignalField | None, name: str, rules: dict[str, str]
) -> float | None:
    if wanted is None:
        return None
    rules[name] = f"`{wanted.field}`"
    return _scaled(fields, wanted.field, 1.0)


def _battery(
    fields: Mapping[str, Any], wanted: BatteryField | None, rules: dict[str, str]
) -> tuple[float | None, float | None]:
    """Return the voltage and the charge, of which a device says one."""
    if wanted is None:
        return None, None
    name = "battery_level" if wanted.unit == "percent" else "battery_v"
    rules[name] = f"`{wanted.field}` in {wanted.unit}"
    if wanted.unit == "percent":
        return None, _scaled(fields, wanted.field, FRACTION["percent"])
    return _scaled(fields, wanted.field, VOLT[wanted.unit]), None


def _tilted(fields: Mapping[str, Any], wanted: TiltField | None, rules: dict[str, str]) -> bool | None:
    if wanted is None:
        return None
    rules["is_tilted"] = f"`{wanted.field}` is {wanted.tilted!r}"
    value = _found(fields, wanted.field)
    return None if value is None else bool(value == wanted.tilted)


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
