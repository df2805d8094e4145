"""The door to road engines: settings -> `Roads`."""

from __future__ import annotations

from optimizer.matrix import Engine, Roads
from optimizer.matrix.asked import AskedRoads
from optimizer.matrix.cache import MatrixCache
from optimizer.matrix.great_circle import GreatCircleRoads
from tournee.settings import RoadsSettings


def open_roads(settings: RoadsSettings) -> Roads:
    """Return the roads that the settings name; an engine that needs data of its own builds it here, once per extract.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken.
    """
    if settings.provider == "great_circle":
        return GreatCircleRoads()
    cache = MatrixCache(settings.cache_dir, settings.cache_max_mb, settings.cache_max_days)
    return AskedRoads(_engine(settings), settings.max_snap_m, settings.block_pairs, cache)


def _engine(settings: RoadsSettings) -> Engine:
    from optimizer.matrix.valhalla import LocalValhalla  # noqa: PLC0415 - imported late: a large library, and an estimate does without it
    from optimizer.matrix.valhalla_engine import ValhallaEngine  # noqa: PLC0415 - as above

    valhalla = LocalValhalla(settings.extract, settings.tiles_dir)
    return ValhallaEngine(valhalla, settings.same_side_min_class)
