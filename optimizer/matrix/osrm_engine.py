"""What to say to OSRM and how to read it, wherever it runs.

It never says that a place is nowhere: it goes to the nearest street it knows, be it 500 km away. Every place is therefore
looked at first, with the distance that it tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from optimizer.matrix import UNREACHABLE, Grid, Line, Place
from optimizer.matrix.polyline import decode_polyline
from tournee.domain import CurbSide, Location, TruckDimensions
from tournee.errors import RoadsUnavailable

type Reply = dict[str, Any]

PLACES_PER_ROUTE = 40
STREETS_PER_POINT = 8
NAMELESS = "a street without a name"
NO_WAY = {"NoRoute", "NoTrips"}
ANY_TRUCK = TruckDimensions(length_m=4, width_m=1.8, height_m=1.8, weight_t=2, axle_load_t=1)


class Osrm(Protocol):
    """A running OSRM."""

    source: str
    key: str
    max_pairs: int
    max_side: int
    """Rows, and columns, of one question at most."""
    remedy: str
    unheeded: tuple[str, ...]

    def ask(self, question: Reply, truck: TruckDimensions) -> Reply:
        """Return the answer to one question: `service`, `coordinates` as [lon, lat], and what belongs to the service.

        An answer that says no carries its reason as `code`.

        Raises
        ------
        RoadsUnavailable
            It does not answer at all.
        """
        ...


class OsrmEngine:
    """Travel as OSRM knows it. Safe to share between threads.

    Parameters
    ----------
    on_own_side
        Whether a bin with `CurbSide.SAME` is reached on its own side; OSRM can't tell main streets from small ones there.
    """

    def __init__(self, osrm: Osrm, *, on_own_side: bool) -> None:
        self._osrm, self._on_own_side = osrm, on_own_side
        self.source, self.max_pairs, self.remedy = osrm.source, osrm.max_pairs, osrm.remedy
        self.unheeded = osrm.unheeded
        self.key = f"{osrm.key}|own side: {on_own_side}"

    def snap_m(self, places: Sequence[Place], truck: TruckDimensions) -> list[float]:
        """Return metres from each place to the nearest street; see `Engine.snap_m`."""
        points = [_at(place.location) for place in places]
        question = {"service": "table", "sources": list(range(len(points))), "destinations": [len(points)]}
        # A table of one place is none: the first is asked for twice.
        answer = self._ask(question | {"coordinates": [*points, points[0]]}, truck)
        try:
            return [float(each["distance"]) for each in answer["sources"]]
        except (KeyError, TypeError, ValueError) as strange:
            raise _unreadable(strange) from strange

    def block(
        self, sources: Sequence[Place], targets: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        """Return seconds and metres from each source to each target; see `Engine.block`."""
        size = (len(sources), len(targets))
        time_s, distance_m = np.full(size, UNREACHABLE, np.int64), np.full(size, UNREACHABLE, np.int64)
        for rows in _parts(len(sources), self._osrm.max_side):
            for columns in _parts(len(targets), self._osrm.max_side):
                part = np.ix_(rows, columns)
                starts, ends = [sources[i] for i in rows], [targets[j] for j in columns]
                times, metres = self._table(_never_alone(starts), _never_alone(ends), truck)
                time_s[part], distance_m[part] = (
                    times[: len(starts), : len(ends)],
                    metres[: len(starts), : len(ends)],
                )
        return time_s, distance_m

    def lines(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven through `places`; see `Engine.lines`."""
        lines: list[Line] = []
        for start in range(0, len(places) - 1, PLACES_PER_ROUTE - 1):
            lines.extend(self._lines(places[start : start + PLACES_PER_ROUTE], truck))
        return tuple(lines)

    def streets(self, points: Sequence[Location], within_m: float) -> list[tuple[str, ...]]:
        """Return the names of the streets that run within some metres of each point; see `Engine.streets`."""
        found = []
        for point in points:
            question = {"service": "nearest", "number": STREETS_PER_POINT, "coordinates": [_at(point)]}
            near = [one for one in self._ask(question, ANY_TRUCK)["waypoints"] if one["distance"] <= within_m]
            found.append(tuple(dict.fromkeys(one.get("name") or NAMELESS for one in near)))
        return found

    def _table(
        self, starts: Sequence[Place], ends: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        question = self._with_places("table", [*starts, *ends])
        question |= {
            "sources": list(range(len(starts))),
            "destinations": list(range(len(starts), len(starts) + len(ends))),
        }
        answer = self._ask(question, truck)
        try:
            time_s = np.array(answer["durations"], dtype=float)
            metres = np.array(answer["distances"], dtype=float)
        except (KeyError, TypeError, ValueError) as strange:
            raise _unreadable(strange) from strange
        metres[np.isnan(time_s)] = np.nan
        return _whole(time_s), _whole(metres)

    def _lines(self, places: Sequence[Place], truck: TruckDimensions) -> list[Line]:
        answer = self._osrm.ask(self._with_places("route", places), truck)
        if answer.get("code") in NO_WAY:
            if len(places) == 2:
                return [(places[0].location, places[1].location)]
            return [line for pair in pairwise(places) for line in self._lines(pair, truck)]
        legs = _sound(answer)["routes"][0]["legs"]
        return [_line(leg) for leg in legs]

    def _with_places(self, service: str, places: Sequence[Place]) -> Reply:
        question: Reply = {"service": service, "coordinates": [_at(place.location) for place in places]}
        if self._on_own_side:
            sides = ["curb" if place.curb_side is CurbSide.SAME else "unrestricted" for place in places]
            question["approaches"] = sides
        return question

    def _ask(self, question: Reply, truck: TruckDimensions) -> Reply:
        return _sound(self._osrm.ask(question, truck))


def _sound(answer: Reply) -> Reply:
    if answer.get("code") != "Ok":
        said = answer.get("message") or answer.get("code") or "nothing"
        raise RoadsUnavailable(f"The road engine refused a question: {said}.")
    return answer


def _unreadable(strange: Exception) -> RoadsUnavailable:
    return RoadsUnavailable(f"The road engine's table can't be read: {strange!r}.")


def _line(leg: Reply) -> Line:
    """Return the points of a leg; where one step ends the next begins, and that point is not said twice."""
    points = [point for step in leg["steps"] for point in decode_polyline(step["geometry"])]
    line = tuple(point for before, point in zip([None, *points], points, strict=False) if point != before)
    return line if len(line) > 1 else line * 2


def _never_alone(places: list[Place]) -> list[Place]:
    """Return a single place twice: to or from one alone OSRM searches otherwise, and breaks ties otherwise."""
    return places * 2 if len(places) == 1 else places


def _at(point: Location) -> list[float]:
    # As exact as OSRM is, and the same in this house and over HTTP.
    return [round(point.lon, 6), round(point.lat, 6)]


def _parts(length: int, size: int) -> Iterator[list[int]]:
    for start in range(0, length, size):
        yield list(range(start, min(start + size, length)))


def _whole(values: np.ndarray[Any, np.dtype[np.float64]]) -> Grid:
    return np.where(np.isnan(values), UNREACHABLE, values).round().astype(np.int64)
