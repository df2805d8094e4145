"""The only sessions and SQL; domain objects in, domain objects out."""

from __future__ import annotations

from tournee.errors import StoreUnavailable
from tournee.migrations import upgrade
from tournee.settings import StoreSettings
from tournee.store.alerts import AlertFilter, Alerts
from tournee.store.database import open_engine
from tournee.store.devices import Devices, KnownSensor
from tournee.store.forecasts import Forecasts
from tournee.store.heartbeats import Heartbeat, Heartbeats
from tournee.store.keeping import Keeping, Limits, Tidied
from tournee.store.network import Networks
from tournee.store.plans import Plans, PlanSummary
from tournee.store.posted import Posted
from tournee.store.readings import Batch, Counts, Readings, Recorded
from tournee.store.refusals import Refusals
from tournee.store.requests import Requests
from tournee.store.sightings import Sightings

__all__ = [
    "AlertFilter",
    "Batch",
    "Counts",
    "Heartbeat",
    "KnownSensor",
    "Limits",
    "PlanSummary",
    "Recorded",
    "Store",
    "Tidied",
    "open_store",
]


class Store(
    Networks,
    Readings,
    Refusals,
    Forecasts,
    Requests,
    Plans,
    Heartbeats,
    Devices,
    Posted,
    Alerts,
    Sightings,
    Keeping,
):
    """The database, by what people ask of it. Safe to share between threads."""


def open_store(settings: StoreSettings) -> Store:
    """Return the store at its newest schema, made on first use.

    Raises
    ------
    ConfigError
        `store.url` is no address, or names a database whose driver is not installed.
    StoreUnavailable
        The database does not answer.
    """
    engine = open_engine(settings.url, settings.busy_timeout_s)
    try:
        upgrade(engine)
    except StoreUnavailable:
        engine.dispose()
        raise
    return Store(engine)
