"""Valhalla in this process, on tiles built from the extract. The only file that imports it.

Each thread has an engine of its own: two threads on one hang.
"""

from __future__ import annotations

import copy
import json
import threading
from pathlib import Path
from shutil import which
from typing import Any

import valhalla

from optimizer.matrix.tiles import Builder, Config, present_tiles, write_config
from optimizer.matrix.valhalla_engine import Action, Algorithm, Refused, Reply
from tournee.errors import RoadsUnavailable


class LocalValhalla:
    """Valhalla on the tiles of one extract, built here where they are not there yet.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken, or the tiles can't be built.
    """

    max_pairs = 100_000
    algorithms: tuple[Algorithm, ...] = ("timedistancematrix", "costmatrix")

    def __init__(self, extract: Path, tiles_dir: Path) -> None:
        self._builder = _builder()
        self._tiles = present_tiles(extract, tiles_dir, self._builder)
        self._engines = threading.local()
        self.source = f"Valhalla {valhalla.__version__}, truck, {extract.name} ({self._tiles.digest})"
        self.remedy = "Set roads.extract to an extract of this town."

    def ask(self, action: Action, question: Reply, algorithm: Algorithm) -> Any:
        """Return the answer to one question; see `Valhalla.ask`."""
        try:
            return json.loads(getattr(self._engine(algorithm), action)(json.dumps(question)))
        except valhalla.ValhallaError as refused:
            raise Refused(refused.code, refused.message) from None
        except (RuntimeError, OSError) as failed:
            raise RoadsUnavailable(f"The road engine did not answer ({action}): {failed}.") from failed

    def _engine(self, algorithm: Algorithm) -> valhalla.Actor:
        engines: dict[str, valhalla.Actor] = self._engines.__dict__
        if algorithm not in engines:
            config = _asking_config(self._builder.config, self._tiles.folder, algorithm)
            engines[algorithm] = valhalla.Actor(str(write_config(self._tiles.folder, config)))
        return engines[algorithm]


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
    config["service_limits"] |= {"max_exclude_polygons_length": 10**7, "max_exclude_polygons_vertices": 10**6}
    config["service_limits"]["truck"] = {
        "max_distance": 5e6,
        "max_locations": 100_000,
        "max_matrix_distance": 5e6,
        "max_matrix_location_pairs": 10**9,
    }
    return config
