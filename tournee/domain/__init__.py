"""The nouns of a waste round, as frozen dataclasses.

Standard library only: every part of the house speaks these words, so they depend on nothing.
Units end the name (`_s _m _l _kg _eur`). A name ending in `_at` is an aware UTC instant, one ending in
`_date` a local calendar day. A `fill_level` is a fraction of the bin's volume: 0 is empty, 1 is full, more is overflow.
"""

from __future__ import annotations

from tournee.domain.alerts import Alert, AlertKind, AlertStatus
from tournee.domain.devices import DeviceState, Grade, Placement
from tournee.domain.happenings import (
    MessageStatus,
    PostedMessage,
    Quality,
    Reading,
    Refusal,
    ServiceEvent,
    ServiceOutcome,
    ServiceSource,
)
from tournee.domain.plans import (
    Forecast,
    ForecastBasis,
    Leg,
    Plan,
    PlanRequest,
    PlanStatus,
    Reason,
    ReasonCode,
    RequestStatus,
    Route,
    Stop,
    StopKind,
    Trip,
    Unassigned,
    Violation,
    Wish,
)
from tournee.domain.town import (
    Bin,
    Break,
    CurbSide,
    Depot,
    DisposalFacility,
    Location,
    Network,
    Sensor,
    Shift,
    TruckDimensions,
    Vehicle,
    WasteStream,
)

__all__ = [
    "Alert",
    "AlertKind",
    "AlertStatus",
    "Bin",
    "Break",
    "CurbSide",
    "Depot",
    "DeviceState",
    "DisposalFacility",
    "Forecast",
    "ForecastBasis",
    "Grade",
    "Leg",
    "Location",
    "MessageStatus",
    "Network",
    "Placement",
    "Plan",
    "PlanRequest",
    "PlanStatus",
    "PostedMessage",
    "Quality",
    "Reading",
    "Reason",
    "ReasonCode",
    "Refusal",
    "RequestStatus",
    "Route",
    "Sensor",
    "ServiceEvent",
    "ServiceOutcome",
    "ServiceSource",
    "Shift",
    "Stop",
    "StopKind",
    "Trip",
    "TruckDimensions",
    "Unassigned",
    "Vehicle",
    "Violation",
    "WasteStream",
    "Wish",
]
