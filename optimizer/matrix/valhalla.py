"""Travel on real streets, asked of Valhalla in this process. The only file that imports it.

What its answers need before they can be trusted: every place is checked for a street nearby (the engine would
go to one 30 km away without a word), the gaps of its fast matrix are filled by its slow one, and each thread
has an engine of its own (two threads on one hang).
"""

from __future__ import annotations

import copy
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import Any, Literal

import numpy as np
import valhalla

from optimizer.matrix import UNREACHABLE, Grid, Matrix, Place
from optimizer.matrix.tiles import Builder, Config, present_tiles, write_config
from tournee.domain import CurbSide, Location, TruckDimensions
from tournee.errors import RoadsUnavailable
from tournee.settings import RoadsSettings

type Algorithm = Literal["timedistancematrix", "costmatrix"]
type Line = tuple[Location, ...]
type Reply = dict[str, Any]

SOURCES_PER_CALL = 100  # bounds the size of one answer; its rows do not depend on one another
PLACES_PER_ROUTE = 40
NO_WAY = {170, 171, 441, 442, 443, 444, 445}  # Valhalla's codes of "these two are not connected"


class ValhallaRoads:
    """Roads of one extract. Safe to share between threads.

    Parameters
    ----------
    settings
        Where the extract and its tiles are, how far a place may be from a street, and from which road class on
        a bin with `CurbSide.SAME` is reached on its own side.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken, or the tiles can't be built.
    """

    def __init__(self, settings: RoadsSettings) -> None:
        self._settings = settings
        self._builder = _builder()
        self._tiles = present_tiles(settings.extract, settings.tiles_dir, self._builder)
        self._engines = threading.local()
        self.source = (
            f"Valhalla {valhalla.__version__}, truck, {settings.extract.name} ({self._tiles.digest})"
        )

    def matrix(self, places: Sequence[Place], truck: TruckDimensions) -> Matrix:
        """Return travel between every pair of `places`; see `Roads.matrix`.

        Raises
        ------
        RoadsUnavailable
            The engine did not answer, or the extract covers none of the places.
        """
        off_road = self._off_road(places, truck)
        near = [index for index in range(len(places)) if index not in off_road]
        if places and not near:
            raise self._not_covered(places[0].location)
        size = (len(places), len(places))
        time_s, distance_m = np.full(size, UNREACHABLE, np.int64), np.full(size, UNREACHABLE, np.int64)
        inner = np.ix_(near, near)
        time_s[inner], distance_m[inner] = self._grids([places[index] for index in near], truck)
        np.fill_diagonal(time_s, 0)
        np.fill_diagonal(distance_m, 0)
        return Matrix(time_s, distance_m, self.source, is_estimate=False, off_road=off_road)

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven through `places`, one line a leg; a leg without any way is two points."""
        lines: list[Line] = []
        for start in range(0, len(places) - 1, PLACES_PER_ROUTE - 1):
            lines.extend(self._lines(places[start : start + PLACES_PER_ROUTE], truck))
        return tuple(lines)

    def _grids(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Grid, Grid]:
        points = [self._point(place) for place in places]
        size = (len(points), len(points))
        time_s, distance_m = np.full(size, UNREACHABLE, np.int64), np.full(size, UNREACHABLE, np.int64)
        everywhere = list(range(len(points)))
        for start in range(0, len(points), SOURCES_PER_CALL):
            rows = everywhere[start : start + SOURCES_PER_CALL]
            block = np.ix_(rows, everywhere)
            time_s[block], distance_m[block] = self._block(points, rows, everywhere, truck)
        for rows, columns in _gaps(time_s):
            block = np.ix_(rows, columns)
            time_s[block], distance_m[block] = self._block(points, rows, columns, truck, "costmatrix")
        return time_s, distance_m

    def _block(
        self,
        points: Sequence[Reply],
        rows: Sequence[int],
        columns: Sequence[int],
        truck: TruckDimensions,
        algorithm: Algorithm = "timedistancematrix",
    ) -> tuple[Grid, Grid]:
        wanted = {
            "sources": [points[i] for i in rows],
            "targets": [points[j] for j in columns],
            "verbose": False,
        }
        try:
            reply = self._ask("matrix", wanted, truck, algorithm)["sources_to_targets"]
        except _NoWay:
            reply = {
                "durations": [[None] * len(columns)] * len(rows),
                "distances": [[None] * len(columns)] * len(rows),
            }
        time_s = np.array(reply["durations"], dtype=float)
        metres = np.array(reply["distances"], dtype=float) * 1_000
        metres[np.isnan(time_s)] = np.nan  # an unknown time comes with distance 0: a free ride
        return _whole(time_s), _whole(metres)

    def _off_road(self, places: Sequence[Place], truck: TruckDimensions) -> dict[int, float]:
        distances: list[float] = []
        for start in range(0, len(places), SOURCES_PER_CALL):
            part = places[start : start + SOURCES_PER_CALL]
            points = [{"lat": place.location.lat, "lon": place.location.lon} for place in part]
            answers = self._ask("locate", {"locations": points, "verbose": True}, truck)
            distances.extend(_snap_m(answer) for answer in answers)
        return {index: snap_m for index, snap_m in enumerate(distances) if snap_m > self._settings.max_snap_m}

    def _lines(self, places: Sequence[Place], truck: TruckDimensions) -> list[Line]:
        wanted = {"locations": [self._point(place) for place in places], "directions_type": "none"}
        try:
            legs = self._ask("route", wanted, truck)["trip"]["legs"]
        except _NoWay:
            if len(places) == 2:
                return [(places[0].location, places[1].location)]
            return [line for pair in pairwise(places) for line in self._lines(pair, truck)]
        lines = [decode_polyline(leg["shape"]) for leg in legs]
        return [line if len(line) > 1 else line * 2 for line in lines]

    def _point(self, place: Place) -> Reply:
        point: Reply = {"lat": place.location.lat, "lon": place.location.lon}
        if place.curb_side is CurbSide.SAME and self._settings.same_side_min_class != "never":
            point |= {"preferred_side": "same", "street_side_cutoff": self._settings.same_side_min_class}
        return point

    def _ask(
        self, action: str, wanted: Reply, truck: TruckDimensions, algorithm: Algorithm = "timedistancematrix"
    ) -> Any:
        request = wanted | {
            "costing": "truck",
            "costing_options": {"truck": _costing(truck)},
            "units": "kilometers",
        }
        try:
            return json.loads(getattr(self._engine(algorithm), action)(json.dumps(request)))
        except valhalla.ValhallaError as refused:
            if refused.code in NO_WAY:
                raise _NoWay(refused.message) from None
            raise RoadsUnavailable(
                f"The road engine refused a question ({action}): {refused.message}."
            ) from refused
        except (RuntimeError, OSError) as failed:
            raise RoadsUnavailable(f"The road engine did not answer ({action}): {failed}.") from failed

    def _engine(self, algorithm: Algorithm) -> valhalla.Actor:
        engines: dict[str, valhalla.Actor] = self._engines.__dict__
        if algorithm not in engines:
            config = _asking_config(self._builder.config, self._tiles.folder, algorithm)
            engines[algorithm] = valhalla.Actor(str(write_config(self._tiles.folder, config)))
        return engines[algorithm]

    def _not_covered(self, example: Location) -> RoadsUnavailable:
        return RoadsUnavailable(
            f"The road extract {self._settings.extract} does not cover the town: no place lies within "
            f"{self._settings.max_snap_m} m of a street in it, for instance {example.lat:.5f}, {example.lon:.5f}. "
            "Set roads.extract to an extract of this town."
        )


class _NoWay(Exception):
    pass


def decode_polyline(text: str, precision: float = 1e-6) -> Line:
    """Return the points of an encoded polyline (Google's algorithm, Valhalla's six decimals)."""
    numbers: list[int] = []
    value = shift = 0
    for character in text:
        chunk = ord(character) - 63
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    steps = np.array(numbers, dtype=np.int64).reshape(-1, 2).cumsum(axis=0)
    return tuple(
        Location(round(lat * precision, 6), round(lon * precision, 6)) for lat, lon in steps.tolist()
    )


def _whole(values: np.ndarray[Any, np.dtype[np.float64]]) -> Grid:
    return np.where(np.isnan(values), UNREACHABLE, values).round().astype(np.int64)


def _gaps(time_s: Grid) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the pairs without an answer as blocks: sources that miss the same targets are asked together."""
    blocks: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for source, row in enumerate(time_s):
        missing = tuple(int(target) for target in np.flatnonzero(row == UNREACHABLE))
        if missing:
            blocks[missing].append(source)
    for missing, sources in blocks.items():
        yield sources, list(missing)


def _snap_m(answer: Reply) -> float:
    """Return the distance to the nearest street that leads somewhere; a yard cut off from all others is none."""
    edges: list[Reply] = answer.get("edges") or []
    leading = [edge for edge in edges if edge["outbound_reach"] >= 50 and edge["inbound_reach"] >= 50]
    return min((float(edge["distance"]) for edge in leading or edges), default=float("inf"))


def _costing(truck: TruckDimensions) -> dict[str, float]:
    return {
        "length": truck.length_m,
        "width": truck.width_m,
        "height": truck.height_m,
        "weight": truck.weight_t,
        "axle_load": truck.axle_load_t,
    }


def _builder() -> Builder:
    program = which("valhalla_build_tiles", path=str(valhalla.PYVALHALLA_DIR / "bin"))
    if program is None:
        raise RoadsUnavailable(
            "The pyvalhalla package here has no valhalla_build_tiles: install its wheel again."
        )
    config = copy.deepcopy(valhalla.get_config(tile_extract="", tile_dir="."))
    # Databases that we do not have; their default paths would be looked for, and warned about, on every build.
    config["mjolnir"] |= {"tile_dir": "", "admin": "", "timezone": "", "landmarks": "", "concurrency": 2}
    for key in ("traffic_extract", "transit_dir", "transit_feeds_dir"):
        config["mjolnir"].pop(key, None)
    return Builder(Path(program), valhalla.__version__, config)


def _asking_config(built: Config, folder: Path, algorithm: Algorithm) -> Config:
    config = copy.deepcopy(built)
    config["mjolnir"]["tile_dir"] = str(folder)
    config["thor"]["source_to_target_algorithm"] = algorithm
    # Streets "for residents only" are crossed on a second try, as routes do: a bin may well stand there.
    config["thor"]["costmatrix"]["allow_second_pass"] = True
    # Otherwise one place on an island would turn the whole answer into an error.
    config["loki"]["use_connectivity"] = False
    config["service_limits"]["truck"] = {
        "max_distance": 5e6,
        "max_locations": 100_000,
        "max_matrix_distance": 5e6,
        "max_matrix_location_pairs": 10**9,
    }
    return config
