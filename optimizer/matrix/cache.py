"""Ways asked once are kept on disk: one file for each road network and truck, with every place it ever saw.

Several processes may share the folder. A file is written aside and renamed into place, so a reader sees a whole one;
of two writers at once one loses what it had to add, and asks for it again another day. Nothing here is needed: a file
that can't be read is thrown away, one that can't be written is not there.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.matrix import Place
from optimizer.matrix.known import Known
from tournee.clock import utc_now
from tournee.domain import CurbSide, Location

SUFFIX = ".npz"
BYTES_PER_PAIR = 8
FILES = 4
"""At least so many have room in the folder."""
DAY_S = 86_400
SIDES = (CurbSide.EITHER, CurbSide.SAME)
DIGEST_BYTES = 32
LAYOUT = "1"
"""To be raised with every change of what a file looks like."""

log = logging.getLogger(__name__)


class _File(NamedTuple):
    known: Known
    used_s: npt.NDArray[np.int64]
    made_s: int


@dataclass(frozen=True, slots=True)
class MatrixCache:
    """A folder of answers, bounded in size and age.

    Parameters
    ----------
    max_mb
        The folder's size; the places and files not used for longest go first. No file takes more than a quarter, so that one
        kind of truck does not push out another. 0 keeps nothing.
    max_days
        A file older than this is started afresh: a server's streets may change without a word.
    """

    folder: Path
    max_mb: int
    max_days: int
    clock: Callable[[], datetime] = utc_now

    def recall(self, key: str, known: Known) -> None:
        """Fill in what is remembered under `key` of the places of `known`."""
        if not self.max_mb:
            return
        path = self._path(key)
        if (kept := self._read(path)) is not None:
            known.learn(kept.known)
            self._touch(path)

    def remember(self, key: str, known: Known) -> None:
        """Keep what is known under `key`, beside what is kept already."""
        room = int((self.max_mb * 1e6 / FILES / BYTES_PER_PAIR) ** 0.5)
        if len(known.places) > room:
            if self.max_mb:
                log.info("%d places are too many for roads.cache_max_mb: not kept.", len(known.places))
            return
        path = self._path(key)
        try:
            self._write(path, self._merged(self._read(path), known, room))
            self._tidy(path)
        except OSError as failed:
            log.warning("Travel times are not kept in %s: %s.", self.folder, failed)

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(f'{LAYOUT}|{key}'.encode()).hexdigest()[:24]}{SUFFIX}"

    def _merged(self, kept: _File | None, known: Known, room: int) -> _File:
        """Return both in one, without the places that were not used for longest where there is no room."""
        now_s = int(self.clock().timestamp())
        if kept is None:
            return _File(known, np.full(len(known.places), now_s, np.int64), now_s)
        new = set(known.places)
        old = [index for index, place in enumerate(kept.known.places) if place not in new]
        old = sorted(old, key=lambda index: -int(kept.used_s[index]))[: room - len(new)]
        both = Known.nothing((*known.places, *(kept.known.places[index] for index in old)))
        both.learn(kept.known)
        both.learn(known)
        used_s = np.concatenate([np.full(len(new), now_s, np.int64), kept.used_s[old]])
        return _File(both, used_s, kept.made_s)

    def _read(self, path: Path) -> _File | None:
        try:
            file = _loaded(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as broken:
            log.warning("%s can't be read and is thrown away: %s.", path.name, broken)
            _remove(path)
            return None
        age_s = self.clock().timestamp() - file.made_s
        return file if age_s <= self.max_days * DAY_S else None

    def _write(self, path: Path, file: _File) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w+b", dir=self.folder, prefix=".writing-", delete=False) as stream:
            aside = Path(stream.name)
            try:
                _save(stream, file)
                stream.flush()
                # A temporary file belongs to its owner alone; another user's worker may share the folder.
                aside.chmod(0o644)
                aside.replace(path)
            except OSError:
                _remove(aside)
                raise

    def _touch(self, path: Path) -> None:
        now_s = self.clock().timestamp()
        try:
            os.utime(path, (now_s, now_s))
        except OSError as gone:
            log.debug("%s was used, and can't be marked so: %s.", path.name, gone)

    def _tidy(self, newest: Path) -> None:
        """Delete what is too old or has no room left, the file that was just written last of all."""
        self._touch(newest)
        files = [(path.stat(), path) for path in self.folder.iterdir() if path.is_file()]
        files.sort(key=lambda each: (each[1] == newest, each[0].st_mtime), reverse=True)
        oldest_s, room = self.clock().timestamp() - self.max_days * DAY_S, self.max_mb * 1e6
        for stat, path in files:
            room -= stat.st_size
            if path != newest and (room < 0 or stat.st_mtime < oldest_s):
                _remove(path)


def _save(stream: IO[bytes], file: _File) -> None:
    """Write the digest of what follows, then the arrays."""
    known = file.known
    rows = [(*place.location, SIDES.index(place.curb_side)) for place in known.places]
    stream.write(bytes(DIGEST_BYTES))
    np.savez(
        stream,
        places=np.array(rows, dtype=np.float64).reshape(-1, 3),
        time_s=known.time_s,
        distance_m=known.distance_m,
        snap_m=known.snap_m,
        used_s=file.used_s,
        made_s=np.array(file.made_s),
    )
    digest = _digest(stream)
    stream.seek(0)
    stream.write(digest)


def _loaded(path: Path) -> _File:
    with path.open("rb") as stream:
        said = stream.read(DIGEST_BYTES)
        if said != _digest(stream):
            message = "it is not what was written"
            raise ValueError(message)
        stream.seek(DIGEST_BYTES)
        with np.load(stream, allow_pickle=False) as arrays:
            rows = arrays["places"].tolist()
            places = tuple(Place(Location(lat, lon), SIDES[int(side)]) for lat, lon, side in rows)
            known = Known(places, arrays["time_s"], arrays["distance_m"], arrays["snap_m"])
            return _File(known, arrays["used_s"], int(arrays["made_s"]))


def _digest(stream: IO[bytes]) -> bytes:
    stream.seek(DIGEST_BYTES)
    content = hashlib.sha256()
    while part := stream.read(1 << 20):
        content.update(part)
    return content.digest()


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as failed:
        log.warning("%s can't be deleted: %s.", path.name, failed)
