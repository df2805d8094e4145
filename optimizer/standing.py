"""A published plan and an instant -> how far each truck is: what it has done, what is on its way, what is left.

As planned: a truck is where its times say. On its way to a stop it goes on to it, unless the stop is gone; then it turns
at once, and its way to the next is measured from the stop that it left last. One that broke down goes on, once it is back, from
the stop that it finished last.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from tournee.domain import Leg, Route, Stop, StopKind


class Made(NamedTuple):
    """A stop of the past, with all of the way to it, and when the truck was free again."""

    stop: Stop
    travel_time_s: int
    distance_m: int
    departure_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a truck is.

    Parameters
    ----------
    left_at
        When it left; none for one that has not, or has nothing behind it.
    breaks
        Taken, or begun.
    left
        Services and unloadings that it was to make and can still make.
    is_over, is_stranded
        It takes nothing more; it stays where it is.
    """

    left_at: datetime | None = None
    made: tuple[Made, ...] = ()
    breaks: tuple[Stop, ...] = ()
    left: tuple[Stop, ...] = ()
    is_over: bool = False
    is_stranded: bool = False


class _Part(NamedTuple):
    """The breaks before a stop, and the stop; the way may lie before a break or behind it."""

    breaks: tuple[Stop, ...]
    stop: Stop

    @property
    def travel_time_s(self) -> int:
        return sum(one.leg.travel_time_s for one in (*self.breaks, self.stop))

    @property
    def distance_m(self) -> int:
        return sum(one.leg.distance_m for one in (*self.breaks, self.stop))

    @property
    def drives_at(self) -> datetime:
        for one in (*self.breaks, self.stop):
            if one.leg.travel_time_s:
                return one.arrival_at - timedelta(seconds=one.leg.travel_time_s)
        return self.stop.arrival_at

    def is_begun(self, at: datetime) -> bool:
        """Tell whether the truck is on its way to the stop, or there."""
        return self.drives_at < at or self.stop.arrival_at <= at


def standing_of(route: Route, at: datetime, gone: Collection[str], *, is_down: bool) -> Standing:
    """Return how far a truck is; `gone` are the bins and facilities at which it can no longer stop."""
    parts = _parts(route)
    if at <= route.start.departure_at:
        return Standing(left=_left(parts, gone), is_over=is_down)
    made: list[Made] = []
    breaks: list[Stop] = []
    for number, part in enumerate(parts):
        if part.stop.kind is StopKind.END:
            # One that broke down before ends where it stands, and is not at home for all that.
            stands = part.stop.place_ref != route.start.place_ref
            is_home = part.stop.arrival_at <= at and not stands
            if stands and not is_down:
                breaks += [*part.breaks, *_stood(part.stop, at)]
                return _free_from(Standing(route.start.departure_at, tuple(made), tuple(breaks)), at)
            if is_home or (part.is_begun(at) and not is_down):
                return Standing(route.start.departure_at, tuple(made), (*breaks, *part.breaks), is_over=True)
        elif _counts(part, at, gone, is_down=is_down):
            made.append(Made(part.stop, part.travel_time_s, part.distance_m, part.stop.departure_at))
            breaks += part.breaks
            continue
        breaks += [one for one in part.breaks if one.service_start_at <= at]
        if is_down:
            is_stranded = bool(made)
            return Standing(
                route.start.departure_at,
                tuple(made),
                tuple(breaks),
                _left(parts[number:], gone),
                True,
                is_stranded,
            )
        return _free_from(
            Standing(route.start.departure_at, tuple(made), tuple(breaks), _left(parts[number:], gone)), at
        )
    message = f"The round of {route.vehicle_id} has no end."
    raise ValueError(message)


def _stood(end: Stop, at: datetime) -> tuple[Stop, ...]:
    """Return the time that a truck stood, from its breakdown until it works again, as a break of its crew."""
    if end.arrival_at >= at:
        return ()
    return (
        replace(end, kind=StopKind.BREAK, service_start_at=end.arrival_at, departure_at=at, leg=Leg(0, 0)),
    )


def _counts(part: _Part, at: datetime, gone: Collection[str], *, is_down: bool) -> bool:
    """Tell whether a stop is done or will be: of a truck that broke down, only what it had finished."""
    if part.stop.is_done:
        return True
    if is_down:
        return part.stop.departure_at <= at
    if part.stop.place_ref in gone and part.stop.arrival_at > at:
        return False
    return part.is_begun(at)


def _free_from(standing: Standing, at: datetime) -> Standing:
    """Return it with nothing in the past to be used: its last stop, or the break behind it, lasts until now."""
    if not standing.made:
        return replace(standing, left_at=None)
    last = standing.made[-1]
    since = [one for one in standing.breaks if one.service_start_at >= last.departure_at]
    if not since:
        return _with_last(standing, last, max(last.departure_at, at))
    longer = replace(since[-1], departure_at=max(since[-1].departure_at, at))
    breaks = (*(one for one in standing.breaks if one is not since[-1]), longer)
    return _with_last(replace(standing, breaks=breaks), last, since[0].service_start_at)


def _with_last(standing: Standing, last: Made, departure_at: datetime) -> Standing:
    return replace(standing, made=(*standing.made[:-1], last._replace(departure_at=departure_at)))


def _parts(route: Route) -> list[_Part]:
    parts, breaks = [], []
    for stop in route.stops[1:]:
        if stop.kind is StopKind.BREAK:
            breaks.append(stop)
        else:
            parts.append(_Part(tuple(breaks), stop))
            breaks = []
    return parts


def _left(parts: Collection[_Part], gone: Collection[str]) -> tuple[Stop, ...]:
    """Return what is still to be done; an unloading at a facility that closed stays, to be sent elsewhere."""
    return tuple(
        part.stop
        for part in parts
        if part.stop.kind is StopKind.UNLOADING
        or (part.stop.kind is StopKind.SERVICE and part.stop.place_ref not in gone)
    )
