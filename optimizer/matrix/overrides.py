"""What a city knows better than the map: a YAML file -> `Overrides`, or one line that says what is wrong with it."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from optimizer.matrix import Line
from optimizer.matrix.areas import disk, is_inside, is_near, middle
from tournee.domain import Location, TruckDimensions
from tournee.errors import ConfigError


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Entry):
    """A point in WGS84 degrees, as maps show it."""

    lat: float = Field(ge=-85, le=85)
    lon: float = Field(ge=-180, le=180)

    @property
    def location(self) -> Location:
        """The point in the words of the domain."""
        return Location(self.lat, self.lon)


class Area(_Entry):
    """Somewhere with a name: a `point` with its radius, or a `polygon`; exactly one of both."""

    name: str = Field(min_length=1)
    point: Point | None = None
    radius_m: float = Field(20, gt=0, le=5_000)
    polygon: tuple[Point, ...] = Field((), max_length=1_000)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if (self.point is None) == (not self.polygon) or 0 < len(self.polygon) < 3:
            message = "either a point or a polygon of three points or more"
            raise ValueError(message)
        return self

    def holds(self, place: Location) -> bool:
        """Tell whether a place lies inside."""
        if self.point is not None:
            return is_near(place, self.point.location, self.radius_m)
        return is_inside(place, [corner.location for corner in self.polygon])


class ForbiddenStreet(_Entry):
    """A street that trucks must not take: every truck, or those above one of the limits.

    Parameters
    ----------
    point
        Where the street is closed. What runs within `radius_m` of it is closed with it.
    line
        Drawn along the street; each stretch between two of its points is closed at its middle, so that streets which
        cross at the points themselves stay open.
    polygon
        Every street that touches it is closed.
    """

    name: str = Field(min_length=1)
    why: str = ""
    point: Point | None = None
    radius_m: float = Field(6, gt=0, le=100)
    line: tuple[Point, ...] = Field((), max_length=1_000)
    polygon: tuple[Point, ...] = Field((), max_length=1_000)
    weight_above_t: float | None = Field(None, ge=0, le=100)
    height_above_m: float | None = Field(None, ge=0, le=10)
    width_above_m: float | None = Field(None, ge=0, le=10)
    length_above_m: float | None = Field(None, ge=0, le=50)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        shapes = [self.point is not None, bool(self.line), bool(self.polygon)]
        if sum(shapes) != 1 or len(self.line) == 1 or 0 < len(self.polygon) < 3:
            message = "one of a point, a line of two points or more, or a polygon of three points or more"
            raise ValueError(message)
        return self

    def binds(self, truck: TruckDimensions) -> bool:
        """Tell whether this truck is kept out: it exceeds one of the limits, or there is none."""
        limits = [
            (truck.weight_t, self.weight_above_t),
            (truck.height_m, self.height_above_m),
            (truck.width_m, self.width_above_m),
            (truck.length_m, self.length_above_m),
        ]
        stated = [(size, limit) for size, limit in limits if limit is not None]
        return not stated or any(size > limit for size, limit in stated)

    @property
    def bars(self) -> tuple[Location, ...]:
        """Where it is closed: the point, or the middle of each stretch of the line; nothing for a polygon."""
        if self.point is not None:
            return (self.point.location,)
        return tuple(middle(a.location, b.location) for a, b in pairwise(self.line))

    @property
    def rings(self) -> tuple[Line, ...]:
        """The outlines that no truck may touch."""
        if self.polygon:
            return (tuple(corner.location for corner in self.polygon),)
        return tuple(disk(bar, self.radius_m) for bar in self.bars)


class ExtraMinutes(Area):
    """Where the engine is too fast: minutes for each time a truck comes to a stop in it from outside."""

    minutes: float = Field(gt=0, le=240)


class Overrides(_Entry):
    """Everything in the file.

    Parameters
    ----------
    no_reversing
        Where a truck may not turn round: a stop there is passed in one direction, the bin on its own side.
    turn_arounds
        Where it may, all the same: a stop within the radius may be left the way it was reached.
    drives_on
        The side of the street.
    """

    forbidden: tuple[ForbiddenStreet, ...] = ()
    no_reversing: tuple[Area, ...] = ()
    turn_arounds: tuple[Area, ...] = ()
    extra_minutes: tuple[ExtraMinutes, ...] = ()
    drives_on: Literal["right", "left"] = "right"

    def is_passed_through(self, place: Location) -> bool:
        """Tell whether a truck at this place goes on in the direction in which it came."""
        turns = any(area.holds(place) for area in self.turn_arounds)
        return not turns and any(area.holds(place) for area in self.no_reversing)

    def closed_to(self, truck: TruckDimensions) -> tuple[ForbiddenStreet, ...]:
        """Return the forbidden streets of one truck."""
        return tuple(street for street in self.forbidden if street.binds(truck))

    @property
    def digest(self) -> str:
        """Twelve hex digits that change with whatever an engine is told; minutes are added after it."""
        text = self.model_dump_json(exclude={"extra_minutes"})
        return hashlib.sha256(text.encode()).hexdigest()[:12]


NOTHING = Overrides()
SECTIONS = tuple(name for name in Overrides.model_fields if name != "drives_on")


def read_overrides(path: Path | None) -> Overrides:
    """Return what a file says; without a file, nothing.

    Raises
    ------
    ConfigError
        The file can't be read, or a value in it is wrong: names file, entry, field, value and remedy.
    """
    if path is None:
        return NOTHING
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as missing:
        raise ConfigError("roads.overrides", str(path), f"a readable file: {missing}") from None
    except yaml.YAMLError as broken:
        raise ConfigError(str(path), str(broken).replace("\n", " "), "YAML") from None
    try:
        return Overrides.model_validate(content or {})
    except ValidationError as invalid:
        raise _explained(path, content, invalid) from None


def _explained(path: Path, content: object, invalid: ValidationError) -> ConfigError:
    first = invalid.errors()[0]
    where = ".".join(_named(content, first["loc"]))
    key = f"{path}: {where}" if where else str(path)
    if first["type"] == "extra_forbidden":
        wrong = str(first["loc"][-1])
        close = difflib.get_close_matches(wrong, _KEYS, 1)
        return ConfigError(key, first["input"], "a known key", close[0] if close else "")
    expected = first["msg"].removeprefix("Value error, ")
    return ConfigError(key, first["input"], expected[0].lower() + expected[1:])


def _named(content: object, where: tuple[int | str, ...]) -> Iterator[str]:
    """Yield the way to a value, an entry of a list by its name where it has one: `forbidden.Old bridge.point.lat`."""
    here = content
    for step in where:
        here = (
            here[step]
            if isinstance(here, list) and isinstance(step, int) and step < len(here)
            else (here.get(step) if isinstance(here, dict) else None)
        )
        name = here.get("name") if isinstance(here, dict) else None
        yield str(name) if isinstance(step, int) and isinstance(name, str) else str(step)


_KEYS = sorted(
    {*Overrides.model_fields}
    | {key for kind in (ForbiddenStreet, ExtraMinutes, Point) for key in kind.model_fields}
)
