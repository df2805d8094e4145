"""What was understood of the roads, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.matrix import Engine
from optimizer.matrix.great_circle import GreatCircleRoads, unheeded
from optimizer.matrix.overrides import Area, ForbiddenStreet, Overrides, read_overrides
from optimizer.matrix.providers import open_engine
from tournee.domain import Location
from tournee.settings import RoadsSettings


def road_lines(settings: RoadsSettings) -> Iterator[str]:
    """Yield who answers, what is kept, and each override with the streets that it was found to touch.

    Raises
    ------
    ConfigError
        The file of overrides is wrong.
    RoadsUnavailable
        The road engine can't be asked.
    """
    overrides = read_overrides(settings.overrides)
    engine = open_engine(settings, overrides)
    yield f"Travel times: {engine.source if engine else GreatCircleRoads.source}."
    if settings.cache_dir.is_dir():
        sizes = [path.stat().st_size for path in settings.cache_dir.iterdir()]
        yield f"Kept: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB in {settings.cache_dir}."
    yield from _override_lines(overrides, engine)
    if lost := engine.unheeded if engine else unheeded(overrides):
        yield f"Not heeded by {settings.provider}: {', '.join(lost)}. Plans may break them."


def _override_lines(overrides: Overrides, engine: Engine | None) -> Iterator[str]:
    for street in overrides.forbidden:
        yield f"Forbidden: {street.name}, {_limits(street)}: {_closed(street, engine)}."
    for area in overrides.no_reversing:
        yield f"No reversing: {area.name}, {_where(area)}."
    for area in overrides.turn_arounds:
        yield f"Turn-around: {area.name}, {_where(area)}."
    for extra in overrides.extra_minutes:
        yield f"Extra minutes: {extra.name}, {extra.minutes:g} min to come into {_where(extra)}."


def _limits(street: ForbiddenStreet) -> str:
    limits = [
        ("t", street.weight_above_t),
        ("m high", street.height_above_m),
        ("m wide", street.width_above_m),
        ("m long", street.length_above_m),
    ]
    stated = [f"{limit:g} {unit}" for unit, limit in limits if limit is not None]
    return f"trucks above {' or '.join(stated)}" if stated else "every truck"


def _closed(street: ForbiddenStreet, engine: Engine | None) -> str:
    if street.polygon:
        return f"every street that touches an area of {len(street.polygon)} corners"
    if engine is None:
        return "no streets are known"
    found = engine.streets(street.bars, street.radius_m)
    names = dict.fromkeys(name for names in found for name in names)
    missed = [bar for bar, names in zip(street.bars, found, strict=True) if not names]
    said = f"closed on {', '.join(names)}" if names else "closed nowhere"
    return f"{said}; {_missed(missed, street.radius_m)}" if missed else said


def _missed(points: Sequence[Location], radius_m: float) -> str:
    where = "; ".join(f"{lat:.5f}, {lon:.5f}" for lat, lon in points)
    return f"no street runs within {radius_m:g} m of {where}: move the point onto the street"


def _where(area: Area) -> str:
    if area.point is None:
        return f"an area of {len(area.polygon)} corners"
    return f"{area.radius_m:g} m around {area.point.lat:.5f}, {area.point.lon:.5f}"
