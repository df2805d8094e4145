"""Opening hours in OpenStreetMap's syntax -> windows of one local day. The only file that reads that syntax."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, validate


class TimeWindow(NamedTuple):
    """When service may begin: two aware instants, both included."""

    opens_at: datetime
    closes_at: datetime


def check_opening_hours(text: str) -> None:
    """Raise `ValueError` with a sentence where `text` is no opening hours, such as `Mo-Fr 06:00-14:00; Sa off`."""
    if text and not validate(text):
        message = "opening hours such as 'Mo-Fr 06:00-14:00; Sa off', or nothing for always"
        raise ValueError(message)


def windows_on(text: str, day: date, zone: ZoneInfo) -> tuple[TimeWindow, ...]:
    """Return the windows in which something is open on a local day; empty where it is closed all day.

    An empty text means always open. Windows are cut at midnight, and follow the clock through daylight saving.
    """
    midnight = datetime.combine(day, time())
    intervals = OpeningHours(text or "24/7").intervals(midnight, midnight + timedelta(days=1))
    return tuple(
        TimeWindow(start.replace(tzinfo=zone), (end or midnight + timedelta(days=1)).replace(tzinfo=zone))
        for start, end, state, _ in intervals
        if str(state) == "open"
    )
