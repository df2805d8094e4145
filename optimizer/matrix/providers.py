"""The door to road engines: settings -> `Roads`."""

from __future__ import annotations

import logging

from optimizer.matrix import Engine, Roads
from optimizer.matrix.adjusted import AdjustedRoads, Pace
from optimizer.matrix.asked import AskedRoads
from optimizer.matrix.cache import MatrixCache
from optimizer.matrix.great_circle import GreatCircleRoads, unheeded
from optimizer.matrix.overrides import Overrides, read_overrides
from tournee.settings import RoadsSettings

log = logging.getLogger(__name__)


def open_roads(settings: RoadsSettings) -> Roads:
    """Return the roads that the settings name; an engine that needs data of its own builds it here, once per extract.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken.
    ConfigError
        The file of overrides is wrong.
    """
    overrides, pace = (
        read_overrides(settings.overrides),
        Pace(settings.collection_m, settings.collection_km_h),
    )
    roads: Roads = GreatCircleRoads()
    lost = unheeded(overrides)
    if engine := open_engine(settings, overrides):
        cache = MatrixCache(settings.cache_dir, settings.cache_max_mb, settings.cache_max_days)
        roads = AskedRoads(engine, settings.max_snap_m, settings.block_pairs, cache)
        lost = engine.unheeded
    if lost:
        log.warning(
            "roads.provider %s can't heed these of roads.overrides: %s.", settings.provider, ", ".join(lost)
        )
    return AdjustedRoads(roads, overrides, pace, lost)


def open_engine(settings: RoadsSettings, overrides: Overrides) -> Engine | None:
    """Return the engine alone; None where the provider has no streets."""
    if settings.provider == "great_circle":
        return None
    if settings.provider == "osrm":
        from optimizer.matrix.osrm_engine import OsrmEngine  # noqa: PLC0415 - imported late, as the other engine
        from optimizer.matrix.osrm_local import LocalOsrm  # noqa: PLC0415 - as above

        osrm = LocalOsrm(settings.extract, settings.tiles_dir, overrides)
        return OsrmEngine(osrm, on_own_side=settings.same_side_min_class == "residential")
    from optimizer.matrix.valhalla import LocalValhalla  # noqa: PLC0415 - imported late: a large library, and an estimate does without it
    from optimizer.matrix.valhalla_engine import ValhallaEngine  # noqa: PLC0415 - as above

    valhalla = LocalValhalla(settings.extract, settings.tiles_dir)
    return ValhallaEngine(valhalla, settings.same_side_min_class, overrides)
