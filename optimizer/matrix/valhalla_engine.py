"""What to say to Valhalla and how to read it, wherever it runs.

What its answers need before they can be trusted: every place is checked for a street nearby (it would go to one 30 km
away without a word), and the gaps of its fast matrix are filled by its slow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, Protocol

import numpy as np

from optimizer.matrix import UNREACHABLE, Grid, Line, Place
from optimizer.matrix.overrides import NOTHING, Overrides
from optimizer.matrix.polyline import decode_polyline
from tournee.domain import CurbSide, Location, TruckDimensions
from tournee.errors import RoadsUnavailable

type Algorithm = Literal["timedistancematrix", "costmatrix"]
type Action = Literal["matrix", "locate", "route"]
type Reply = dict[str, Any]

PLACES_PER_ROUTE = 20
REACH = 50  # a street from which fewer others can be reached is a yard
NAMELESS = "a street without a name"
SMALLEST = TruckDimensions(length_m=4, width_m=1.8, height_m=1.8, weight_t=2, axle_load_t=1)
HEADING_TOLERANCE = 45  # degrees to either side: one of the two directions of a street, and never both
NO_WAY = {170, 171, 441, 442, 443, 444, 445}  # Valhalla's codes of "these two are not connected"


class Refused(Exception):
    """Valhalla's own word for a question that it will not answer."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


class Valhalla(Protocol):
    """A running Valhalla."""

    source: str
    max_pairs: int
    remedy: str
    algorithms: tuple[Algorithm, ...]
    """Which matrices can be asked for, the best first."""

    def ask(self, action: Action, question: Reply, algorithm: Algorithm) -> Any:
        """Return the answer to one question.

        Raises
        ------
        Refused
            It will not answer this one.
        RoadsUnavailable
            It does not answer at all.
        """
        ...


class ValhallaEngine:
    """Travel as Valhalla knows it. Safe to share between threads.

    Parameters
    ----------
    same_side_min_class
        From which road class on a bin with `CurbSide.SAME` is reached on its own side.
    overrides
        What the city knows better. It is heeded but for one thing: Valhalla turns at the end of a dead end, wherever it is.
    """

    unheeded: tuple[str, ...] = ()

    def __init__(self, valhalla: Valhalla, same_side_min_class: str, overrides: Overrides = NOTHING) -> None:
        self._valhalla, self._same_side, self._overrides = valhalla, same_side_min_class, overrides
        self._headings: dict[tuple[Place, TruckDimensions], int | None] = {}
        self.source, self.max_pairs, self.remedy = valhalla.source, valhalla.max_pairs, valhalla.remedy
        self.key = f"{self.source}|same side from {same_side_min_class}|{overrides.digest}"

    def snap_m(self, places: Sequence[Place], truck: TruckDimensions) -> list[float]:
        """Return metres from each place to the nearest street that leads somewhere; see `Engine.snap_m`."""
        return [_snap_m(answer) for answer in self._located([place.location for place in places], truck)]

    def streets(self, points: Sequence[Location], within_m: float) -> list[tuple[str, ...]]:
        """Return the names of the streets that run within some metres of each point; see `Engine.streets`."""
        return [
            tuple(
                dict.fromkeys(
                    " / ".join(edge["edge_info"].get("names") or [NAMELESS])
                    for edge in answer.get("edges") or []
                    if edge["distance"] <= within_m
                )
            )
            for answer in self._located(points, SMALLEST)
        ]

    def block(
        self, sources: Sequence[Place], targets: Sequence[Place], truck: TruckDimensions
    ) -> tuple[Grid, Grid]:
        """Return seconds and metres from each source to each target; see `Engine.block`."""
        starts, ends = self._points(sources, truck), self._points(targets, truck)
        # With fewer targets than sources Valhalla searches backwards, which rounds otherwise: ask for some twice.
        repeats = -(-len(starts) // len(ends))
        time_s, distance_m = self._matrix(starts, ends * repeats, truck, self._valhalla.algorithms[0])
        time_s, distance_m = time_s[:, : len(ends)].copy(), distance_m[:, : len(ends)].copy()
        for algorithm in self._valhalla.algorithms[1:]:
            # One by one: the answers of the slow matrix depend on what else is asked.
            for i, j in np.argwhere(time_s == UNREACHABLE).tolist():
                time_s[i, j], distance_m[i, j] = self._pair(starts[i], ends[j], truck, algorithm)
        return time_s, distance_m

    def lines(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven through `places`; see `Engine.lines`."""
        lines: list[Line] = []
        for start in range(0, len(places) - 1, PLACES_PER_ROUTE - 1):
            lines.extend(self._lines(places[start : start + PLACES_PER_ROUTE], truck))
        return tuple(lines)

    def _pair(
        self, start: Reply, end: Reply, truck: TruckDimensions, algorithm: Algorithm
    ) -> tuple[int, int]:
        time_s, distance_m = self._matrix([start], [end], truck, algorithm)
        return int(time_s[0, 0]), int(distance_m[0, 0])

    def _matrix(
        self, starts: list[Reply], ends: list[Reply], truck: TruckDimensions, algorithm: Algorithm
    ) -> tuple[Grid, Grid]:
        question = {"sources": starts, "targets": ends, "verbose": False}
        try:
            answer = self._ask("matrix", question, truck, algorithm)["sources_to_targets"]
            time_s = np.array(answer["durations"], dtype=float)
            metres = np.array(answer["distances"], dtype=float) * 1_000
        except _NoWay:
            time_s = metres = np.full((len(starts), len(ends)), np.nan)
        except (KeyError, TypeError, ValueError) as strange:
            raise _unreadable("matrix", strange) from strange
        metres[np.isnan(time_s)] = np.nan  # an unknown time comes with distance 0: a free ride
        return _whole(time_s), _whole(metres)

    def _lines(self, places: Sequence[Place], truck: TruckDimensions) -> list[Line]:
        wanted = {"locations": self._points(places, truck), "directions_type": "none"}
        try:
            legs = self._ask("route", wanted, truck)["trip"]["legs"]
        except _NoWay:
            if len(places) == 2:
                return [(places[0].location, places[1].location)]
            return [line for pair in pairwise(places) for line in self._lines(pair, truck)]
        lines = [decode_polyline(leg["shape"]) for leg in legs]
        return [line if len(line) > 1 else line * 2 for line in lines]

    def _points(self, places: Sequence[Place], truck: TruckDimensions) -> list[Reply]:
        self._find_headings(places, truck)
        return [self._point(place, self._headings.get((place, truck))) for place in places]

    def _find_headings(self, places: Sequence[Place], truck: TruckDimensions) -> None:
        """Find the direction of the street at each place that must be passed through and has none yet."""
        new = [
            place
            for place in dict.fromkeys(places)
            if (place, truck) not in self._headings and self._overrides.is_passed_through(place.location)
        ]
        answers = self._located([place.location for place in new], truck) if new else []
        for place, answer in zip(new, answers, strict=True):
            self._headings[place, truck] = _heading(answer, self._overrides.drives_on)

    def _located(self, points: Sequence[Location], truck: TruckDimensions) -> list[Reply]:
        question = {"locations": [_at(point) for point in points], "verbose": True}
        answers = self._ask("locate", question, truck)
        if not isinstance(answers, list) or len(answers) != len(points):
            raise _unreadable("places", str(answers)[:80])
        return answers

    def _point(self, place: Place, heading: int | None) -> Reply:
        point = _at(place.location)
        if heading is not None:
            return point | {"heading": heading, "heading_tolerance": HEADING_TOLERANCE}
        if place.curb_side is CurbSide.SAME and self._same_side != "never":
            point |= {"preferred_side": "same", "street_side_cutoff": self._same_side}
        return point

    def _ask(
        self, action: Action, wanted: Reply, truck: TruckDimensions, algorithm: Algorithm | None = None
    ) -> Any:
        question = wanted | {
            "costing": "truck",
            "costing_options": {"truck": _costing(truck)},
            "units": "kilometers",
        }
        closed = [ring for street in self._overrides.closed_to(truck) for ring in street.rings]
        if closed and action != "locate":
            question["exclude_polygons"] = [[[corner.lon, corner.lat] for corner in ring] for ring in closed]
        try:
            return self._valhalla.ask(action, question, algorithm or self._valhalla.algorithms[0])
        except Refused as refused:
            if refused.code in NO_WAY:
                raise _NoWay from None
            raise RoadsUnavailable(f"The road engine refused a question ({action}): {refused}.") from refused


class _NoWay(Exception):
    pass


def _unreadable(what: str, strange: object) -> RoadsUnavailable:
    return RoadsUnavailable(f"The road engine's {what} can't be read: {strange!r}.")


def _at(point: Location) -> Reply:
    return {"lat": point.lat, "lon": point.lon}


def _whole(values: np.ndarray[Any, np.dtype[np.float64]]) -> Grid:
    return np.where(np.isnan(values), UNREACHABLE, values).round().astype(np.int64)


def _snap_m(answer: Reply) -> float:
    """Return the distance to the nearest street that leads somewhere; a yard cut off from all others is none."""
    edges: list[Reply] = answer.get("edges") or []
    leading = [edge for edge in edges if min(edge["outbound_reach"], edge["inbound_reach"]) >= REACH]
    return min((float(edge["distance"]) for edge in leading or edges), default=float("inf"))


def _heading(answer: Reply, side: str) -> int | None:
    """Return the direction in which a truck passes a place with the place on its own side; None where there is no street."""
    edges: list[Reply] = sorted(answer.get("edges") or [], key=lambda edge: float(edge["distance"]))
    own = [edge for edge in edges if edge["side_of_street"] == side]
    return round(own[0]["heading"]) % 360 if own else round(edges[0]["heading"]) % 360 if edges else None


def _costing(truck: TruckDimensions) -> dict[str, float]:
    return {
        "length": truck.length_m,
        "width": truck.width_m,
        "height": truck.height_m,
        "weight": truck.weight_t,
        "axle_load": truck.axle_load_t,
    }
