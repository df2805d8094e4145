"""`config.yaml` -> one frozen model per section.

Only entry points read settings; every function receives its own section. Any key can be overridden from the
environment as `TOURNEE_SECTION__KEY`. Secrets come from the environment or from a file, never from `config.yaml`.
"""

from __future__ import annotations

from tournee.settings.alerts import AlertSettings, WebhookSettings
from tournee.settings.day import DaySettings
from tournee.settings.loading import ENV_PREFIX, SECRETS, known_keys, load_settings
from tournee.settings.retention import RetentionSettings
from tournee.settings.section import Section
from tournee.settings.sections import (
    ApiSettings,
    BrokerSettings,
    CollectorSettings,
    ForecastSettings,
    LogSettings,
    RoadsSettings,
    SelectionSettings,
    Settings,
    SimulatorSettings,
    SolverSettings,
    SourceSettings,
    StoreSettings,
    TownSettings,
    WireFormat,
    WorkerSettings,
)

__all__ = [
    "ENV_PREFIX",
    "SECRETS",
    "AlertSettings",
    "ApiSettings",
    "BrokerSettings",
    "CollectorSettings",
    "DaySettings",
    "ForecastSettings",
    "LogSettings",
    "RetentionSettings",
    "RoadsSettings",
    "Section",
    "SelectionSettings",
    "Settings",
    "SimulatorSettings",
    "SolverSettings",
    "SourceSettings",
    "StoreSettings",
    "TownSettings",
    "WebhookSettings",
    "WireFormat",
    "WorkerSettings",
    "known_keys",
    "load_settings",
]
