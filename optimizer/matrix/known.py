"""What is known of the ways between some places: every pair has an answer, or was never asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.matrix import Grid, Place

UNASKED = -1
"""Seconds and metres of a pair that nobody has asked about; as a snap distance, a place that nobody has looked at."""

type Small = npt.NDArray[np.int32]


@dataclass
class Known:
    """Answers about `places`, which are all different.

    Parameters
    ----------
    time_s, distance_m
        int32, shape (n, n), from row to column; `UNREACHABLE` fits, `UNASKED` where there is no answer yet.
    snap_m
        Metres to the nearest usable street, shape (n,); `UNASKED` where nobody has looked.
    """

    places: tuple[Place, ...]
    time_s: Small
    distance_m: Small
    snap_m: npt.NDArray[np.float64]

    @classmethod
    def nothing(cls, places: Iterable[Place] = ()) -> Known:
        """Return what is known before the first question; a place is at no distance from itself."""
        unique = tuple(dict.fromkeys(places))
        size = len(unique)
        time_s = np.full((size, size), UNASKED, np.int32)
        np.fill_diagonal(time_s, 0)
        return cls(unique, time_s, time_s.copy(), np.full(size, float(UNASKED)))

    def learn(self, other: Known) -> None:
        """Take over whatever `other` knows of our own places; an answer of ours is replaced."""
        at = {place: index for index, place in enumerate(other.places)}
        common = [(index, at[place]) for index, place in enumerate(self.places) if place in at]
        if not common:
            return
        ours, theirs = (np.array(side) for side in zip(*common, strict=True))
        _take(self.time_s, other.time_s, ours, theirs)
        _take(self.distance_m, other.distance_m, ours, theirs)
        looked = other.snap_m[theirs] != UNASKED
        self.snap_m[ours[looked]] = other.snap_m[theirs[looked]]

    def write(self, rows: Sequence[int], columns: Sequence[int], time_s: Grid, distance_m: Grid) -> None:
        """Write the answer to one block of pairs; no place gets another distance from itself than none."""
        block = np.ix_(rows, columns)
        self.time_s[block], self.distance_m[block] = time_s, distance_m
        np.fill_diagonal(self.time_s, 0)
        np.fill_diagonal(self.distance_m, 0)


def _take(ours: Small, theirs: Small, rows: Grid, their_rows: Grid) -> None:
    found = theirs[np.ix_(their_rows, their_rows)]
    block = np.ix_(rows, rows)
    ours[block] = np.where(found == UNASKED, ours[block], found)
