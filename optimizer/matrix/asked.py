"""Roads that ask an engine: only what is not known yet, in blocks that bound time and memory."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from optimizer.matrix import UNREACHABLE, Engine, Line, Matrix, Place, Progress, quiet
from optimizer.matrix.cache import MatrixCache
from optimizer.matrix.known import UNASKED, Known
from tournee.domain import TruckDimensions
from tournee.errors import RoadsUnavailable

PLACES_PER_LOOK = 100
REPORTS = 20  # as many times a long matrix says how far it is

log = logging.getLogger(__name__)

type Cut = tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class AskedRoads:
    """Roads of an engine, remembered.

    Parameters
    ----------
    max_snap_m
        A place further from any usable street is off the road, whatever the engine would do with it.
    block_pairs
        Pairs in one question; 0 as suits the engine. It changes time and memory, never the answer.
    cache
        Where answers are kept; None keeps nothing.
    """

    engine: Engine
    max_snap_m: int
    block_pairs: int = 0
    cache: MatrixCache | None = None

    def matrix(self, places: Sequence[Place], truck: TruckDimensions, report: Progress = quiet) -> Matrix:
        """Return travel between every pair of `places`; see `Roads.matrix`.

        Raises
        ------
        RoadsUnavailable
            The engine did not answer, or knows no street near any of the places.
        """
        known = self._known(places, truck, report)
        index = {place: number for number, place in enumerate(known.places)}
        rows = [index[place] for place in places]
        block = np.ix_(rows, rows)
        off_road = {
            number: float(known.snap_m[row])
            for number, row in enumerate(rows)
            if known.snap_m[row] > self.max_snap_m
        }
        time_s, distance_m = known.time_s[block].astype(np.int64), known.distance_m[block].astype(np.int64)
        for grid in (time_s, distance_m):
            # Whatever the engine said of a place off the road is about another place.
            grid[list(off_road), :] = grid[:, list(off_road)] = UNREACHABLE
            np.fill_diagonal(grid, 0)
        return Matrix(time_s, distance_m, self.engine.source, is_estimate=False, off_road=off_road)

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[Line, ...]:
        """Return the streets driven through `places`, one line a leg; see `Roads.geometry`."""
        return self.engine.lines(places, truck)

    def _known(self, places: Sequence[Place], truck: TruckDimensions, report: Progress) -> Known:
        known, key = Known.nothing(places), f"{self.engine.key}|{astuple(truck)}"
        if self.cache:
            self.cache.recall(key, known)
        is_new = self._look(known, truck)
        near = np.flatnonzero(known.snap_m <= self.max_snap_m)
        if places and not near.size:
            raise self._not_covered(known.places[0])
        try:
            is_new |= self._ask(known, near.tolist(), truck, report)
        except RoadsUnavailable:
            self._remember(key, known)  # what was answered need not be asked again
            raise
        if is_new:
            _warn_of_gaps(known, near.tolist())
            self._remember(key, known)
        return known

    def _remember(self, key: str, known: Known) -> None:
        if self.cache:
            self.cache.remember(key, known)

    def _look(self, known: Known, truck: TruckDimensions) -> bool:
        """Look for a street near each place nobody has looked at; tell whether there was one."""
        unseen = np.flatnonzero(known.snap_m == UNASKED).tolist()
        for part in _parts(unseen, PLACES_PER_LOOK):
            known.snap_m[part] = self.engine.snap_m([known.places[index] for index in part], truck)
        return bool(unseen)

    def _ask(self, known: Known, near: list[int], truck: TruckDimensions, report: Progress) -> bool:
        """Ask for the pairs that nobody has asked for; tell whether there were any."""
        cuts = list(blocks(known, near, self.block_pairs or self.engine.max_pairs))
        total = sum(len(rows) * len(columns) for rows, columns in cuts)
        done = said = 0
        for rows, columns in cuts:
            sources, targets = [known.places[i] for i in rows], [known.places[j] for j in columns]
            known.write(rows, columns, *self.engine.block(sources, targets, truck))
            done += len(rows) * len(columns)
            if done * REPORTS // total > said:
                said = done * REPORTS // total
                report(done, total)
        return bool(cuts)

    def _not_covered(self, example: Place) -> RoadsUnavailable:
        lat, lon = example.location
        return RoadsUnavailable(
            f"The road network of {self.engine.source} does not cover the town: no place lies within {self.max_snap_m} m of "
            f"a street in it, for instance {lat:.5f}, {lon:.5f}. {self.engine.remedy}"
        )


def blocks(known: Known, near: Sequence[int], max_pairs: int) -> Iterator[Cut]:
    """Yield the unasked pairs among `near` as blocks of at most `max_pairs`, each pair once.

    Sources that miss the same targets are asked together: a new place makes one row and one column.
    """
    everywhere = np.asarray(near, dtype=np.int64)
    missing: defaultdict[bytes, list[int]] = defaultdict(list)
    columns_of: dict[bytes, list[int]] = {}
    for source in near:
        gaps = known.time_s[source, everywhere] == UNASKED
        if 0 < gaps.sum() == len(everywhere) - 1:
            gaps[:] = True  # a new place misses all but itself; with itself, all new places are alike
        mark = gaps.tobytes()
        missing[mark].append(source)
        if mark not in columns_of:
            columns_of[mark] = everywhere[gaps].tolist()
    for mark, rows in missing.items():
        for columns in _parts(columns_of[mark], max_pairs):
            for part in _parts(rows, max(1, max_pairs // len(columns))):
                yield part, columns


def _parts(indices: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


def _warn_of_gaps(known: Known, near: Sequence[int]) -> None:
    """Name a place that is cut off: the engine has its reasons, and someone must look at the map."""
    gaps = known.time_s[np.ix_(near, near)] == UNREACHABLE
    lost = np.flatnonzero(np.maximum(gaps.sum(axis=0), gaps.sum(axis=1)) * 2 > len(near)).tolist()
    if lost:
        lat, lon = known.places[near[lost[0]]].location
        log.warning("%d places are cut off from most others, for instance %.5f, %.5f.", len(lost), lat, lon)
