"""The tables, and nothing else. Every change here comes with a migration.

Instants are whole milliseconds since 1970 UTC: they sort, they are the same on every database, and no driver guesses
a time zone. Bins have an integer key beside their id: readings are the one table that grows without end, and an
integer pair is a third of the size of a text key.
"""

from __future__ import annotations

from tournee.tables.alerts import alert, announcement, heartbeat
from tournee.tables.decided import forecast, leg, plan, plan_request, route, stop, trip, unassigned, violation
from tournee.tables.kinds import EPOCH, MILLISECOND, Instant, from_milliseconds, metadata, to_milliseconds
from tournee.tables.measured import bin_state, posted_message, reading, reading_hour, refusal, service, tally
from tournee.tables.town import bin_, depot, device_state, facility, placement, sensor, vehicle

__all__ = [
    "EPOCH",
    "MILLISECOND",
    "Instant",
    "alert",
    "announcement",
    "bin_",
    "bin_state",
    "depot",
    "device_state",
    "facility",
    "forecast",
    "from_milliseconds",
    "heartbeat",
    "leg",
    "metadata",
    "placement",
    "plan",
    "plan_request",
    "posted_message",
    "reading",
    "reading_hour",
    "refusal",
    "route",
    "sensor",
    "service",
    "stop",
    "tally",
    "to_milliseconds",
    "trip",
    "unassigned",
    "vehicle",
    "violation",
]
