"""On which of the coming days trucks go out."""

from __future__ import annotations

from datetime import date, timedelta

from tournee.settings import SelectionSettings

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

YEAR_DAYS = 366
"""No day of service within a year is none at all: the search ends there."""


def goes_out(day: date, policy: SelectionSettings) -> bool:
    """Tell whether trucks go out on a day."""
    return WEEKDAYS[day.weekday()] in policy.weekdays and day not in policy.no_service


def visit_days(first: date, policy: SelectionSettings, count: int) -> tuple[date, ...]:
    """Return a day and the next possible days of service after it, `count` in all; the first is the one that is planned, whatever day it is."""
    days = [first]
    ahead = 1
    while len(days) < count and ahead <= YEAR_DAYS:
        day = first + timedelta(days=ahead)
        if goes_out(day, policy):
            days.append(day)
        ahead += 1
    return tuple(days)
