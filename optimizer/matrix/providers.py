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
    engine = _osrm if settings.provider.startswith("osrm") else _valhalla
    return engine(settings, overrides)


# Imported late: each is a large library, and the others do without it.


def _valhalla(settings: RoadsSettings, overrides: Overrides) -> Engine:
    from optimizer.matrix.valhalla_engine import Valhalla, ValhallaEngine  # noqa: PLC0415 - a large library that the others do without

    valhalla: Valhalla
    if settings.provider == "valhalla_url":
        from optimizer.matrix.over_http import HttpValhalla, Server  # noqa: PLC0415 - a large library that the others do without

        valhalla = HttpValhalla(Server(settings.url, settings.timeout_s))
    else:
        from optimizer.matrix.valhalla import LocalValhalla  # noqa: PLC0415 - a large library that the others do without

        valhalla = LocalValhalla(settings.extract, settings.tiles_dir)
    return ValhallaEngine(valhalla, settings.same_side_min_class, overrides)


def _osrm(settings: RoadsSettings, overrides: Overrides) -> Engine:
    from optimizer.matrix.osrm_engine import Osrm, OsrmEngine  # noqa: PLC0415 - a large library that the others do without

    osrm: Osrm
    if settings.provider == "osrm_url":
        from optimizer.matrix.over_http import HttpOsrm, Server  # noqa: PLC0415 - a large library that the others do without

        osrm = HttpOsrm(Server(settings.url, settings.timeout_s), overrides)
    else:
        from optimizer.matrix.osrm_local import LocalOsrm  # noqa: PLC0415 - a large library that the others do without

        osrm = LocalOsrm(settings.extract, settings.tiles_dir, overrides)
    return OsrmEngine(osrm, on_own_side=settings.same_side_min_class == "residential")
