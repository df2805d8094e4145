"""The door to road engines: settings -> `Roads`."""

from __future__ import annotations

from optimizer.matrix import Roads
from optimizer.matrix.great_circle import GreatCircleRoads
from tournee.settings import RoadsSettings


def open_roads(settings: RoadsSettings) -> Roads:
    """Return the road engine that the settings name; Valhalla builds its tiles here, once per extract.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or broken.
    """
    if settings.provider == "great_circle":
        return GreatCircleRoads()
    from optimizer.matrix.valhalla import ValhallaRoads  # noqa: PLC0415 - imported late: a large library, and an estimate does without it

    return ValhallaRoads(settings)
