"""The streets a truck may drive, and where on them a place lies. Pure.

The cut of an extract leaves streets that end at its edge: a truck could drive in and never come back. What counts
as a street here is therefore the largest part of the network in which every piece of street leads to every other,
with the turns that signs forbid left out, and no turning round but at a dead end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tournee.domain import Location
from tournee.geo import BoundingBox

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of the mean radius

type Piece = tuple[int, int]
"""A street between two neighboring nodes, in the direction in which it is driven."""

EDGE_M = 20.0


@dataclass(frozen=True, slots=True)
class Street:
    """One OpenStreetMap way with a place for wheels: node ids, their locations, and who may drive there."""

    way_id: int
    name: str
    road_class: str
    node_ids: tuple[int, ...]
    line: tuple[Location, ...]
    is_oneway: bool = False
    is_open_to_trucks: bool = True
    is_underground: bool = False


class Turn(NamedTuple):
    """From one way into another at a node."""

    from_way_id: int
    node_id: int
    to_way_id: int


class Sign(NamedTuple):
    """A turn restriction as OpenStreetMap says it: `no_left_turn`, `only_straight_on`, ..."""

    kind: str
    from_way_id: int
    node_id: int
    to_way_id: int


@dataclass(frozen=True, slots=True)
class Foothold:
    """The nearest piece of street to some place."""

    street: Street
    distance_m: float
    is_usable: bool  # a truck gets here and away again, in the open air


class StreetMap:
    """Every piece of street of a town, searchable by place.

    Parameters
    ----------
    streets
        In any order; a town without any is a map on which every foothold is `None`.
    forbidden_turns
        What the signs at its corners say.
    barriers
        Nodes that no truck passes: a bollard, a gate.
    """

    def __init__(
        self, streets: Sequence[Street], forbidden_turns: Iterable[Turn] = (), barriers: Iterable[int] = ()
    ) -> None:
        core = strongest_part(_links(streets, frozenset(forbidden_turns), frozenset(barriers)))
        pieces = [
            (street, a, b, street.is_open_to_trucks and not core.isdisjoint({nodes, nodes[::-1]}))
            for street in streets
            for nodes, (a, b) in zip(pairwise(street.node_ids), pairwise(street.line), strict=True)
        ]
        self._streets = [street for street, *_ in pieces]
        self._usable = np.array([usable for *_, usable in pieces], dtype=bool)
        self._a = np.array([a for _, a, _, _ in pieces], dtype=float).reshape(-1, 2)
        self._b = np.array([b for _, _, b, _ in pieces], dtype=float).reshape(-1, 2)

    def foothold(self, place: Location) -> Foothold | None:
        """Return the nearest piece of street, whoever may drive there."""
        if not self._streets:
            return None
        distances_m = _distances_m(place, self._a, self._b)
        nearest = int(distances_m.argmin())
        street = self._streets[nearest]
        usable = bool(self._usable[nearest]) and not street.is_underground
        return Foothold(street, float(distances_m[nearest]), usable)

    def kerbs(self) -> list[Location]:
        """Return the middle of every usable piece of a named street: where a truck may stand."""
        middles = (self._a + self._b) / 2
        return [
            Location(round(float(lat), 6), round(float(lon), 6))
            for street, usable, (lat, lon) in zip(self._streets, self._usable, middles, strict=True)
            if usable and street.name and not street.is_underground
        ]


def forbidden_turns(signs: Iterable[Sign], streets: Sequence[Street]) -> Iterator[Turn]:
    """Yield every turn that a sign forbids; `only_...` forbids all turns at its node but one."""
    meeting: defaultdict[int, set[int]] = defaultdict(set)
    for street in streets:
        for node_id in street.node_ids:
            meeting[node_id].add(street.way_id)
    for sign in signs:
        if sign.kind.startswith("no_"):
            yield Turn(sign.from_way_id, sign.node_id, sign.to_way_id)
        elif sign.kind.startswith("only_"):
            others = meeting[sign.node_id] - {sign.from_way_id, sign.to_way_id}
            yield from (Turn(sign.from_way_id, sign.node_id, way_id) for way_id in sorted(others))


def strongest_part(links: Iterable[tuple[Piece, Piece]]) -> frozenset[Piece]:
    """Return the largest set of pieces of street in which every piece leads to every other."""
    ahead: defaultdict[Piece, list[Piece]] = defaultdict(list)
    behind: defaultdict[Piece, list[Piece]] = defaultdict(list)
    for start, end in links:
        ahead[start].append(end)
        behind[end].append(start)
    left, best = set(ahead) | set(behind), frozenset[Piece]()
    while len(left) > len(best):
        # The busiest piece first: it nearly always lies in the largest part, and then one round is enough.
        seed = max(left, key=lambda piece: (len(ahead[piece]) + len(behind[piece]), piece))
        part = _reached(seed, ahead) & _reached(seed, behind)
        best = max(best, frozenset(part), key=len)
        left -= part
    return best


def _reached(seed: Piece, links: Mapping[Piece, Sequence[Piece]]) -> set[Piece]:
    seen, to_do = {seed}, [seed]
    while to_do:
        for piece in links.get(to_do.pop(), ()):
            if piece not in seen:
                seen.add(piece)
                to_do.append(piece)
    return seen


def _links(
    streets: Sequence[Street], forbidden_turns: frozenset[Turn], barriers: frozenset[int]
) -> Iterator[tuple[Piece, Piece]]:
    """Yield each piece that a truck may drive with each that it may take next."""
    inner = _inner(streets)
    ways = {
        piece: street.way_id
        for street in streets
        if street.is_open_to_trucks
        for piece in _pieces(street)
        if inner.issuperset(piece)
    }
    leaving: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in ways:
        leaving[piece[0]].append(piece)
    for piece, way_id in ways.items():
        start, corner = piece
        onward = [next_ for next_ in leaving[corner] if next_[1] != start and corner not in barriers]
        back = [next_ for next_ in leaving[corner] if next_[1] == start]
        for next_ in onward or back:
            if Turn(way_id, corner, ways[next_]) not in forbidden_turns:
                yield piece, next_


def _inner(streets: Sequence[Street]) -> set[int]:
    """Return the nodes well inside the map: near its edge, what is drawn is not all that is there."""
    places = dict(pair for street in streets for pair in zip(street.node_ids, street.line, strict=True))
    if not places:
        return set()
    south, west, north, east = BoundingBox.around(places.values())
    lat = EDGE_M / METRES_PER_DEGREE
    lon = lat / cos(radians(north))
    core = BoundingBox(south + lat, west + lon, north - lat, east - lon)
    return {node_id for node_id, place in places.items() if core.__contains__(place)}


def _pieces(street: Street) -> Iterator[Piece]:
    for start, end in pairwise(street.node_ids):
        yield start, end
        if not street.is_oneway:
            yield end, start


def _distances_m(
    place: Location, a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return metres from a place to each segment; the earth is flat over the width of a street."""
    scale = np.array([METRES_PER_DEGREE, METRES_PER_DEGREE * cos(radians(place.lat))])
    start, along = (a - place) * scale, (b - a) * scale
    length_2 = (along**2).sum(axis=1)
    share = np.clip(-(start * along).sum(axis=1) / np.where(length_2 > 0, length_2, 1), 0, 1)
    return np.asarray(np.hypot(*(start + share[:, None] * along).T))
