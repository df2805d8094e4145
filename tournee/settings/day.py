"""What a change of a plan costs, in the day and from one day to the next."""

from __future__ import annotations

from pydantic import Field

from tournee.settings.section import Section


class DaySettings(Section):
    """How a published plan is changed while it is driven."""

    change_eur: float = Field(
        2.0,
        ge=0,
        le=1_000,
        description="Price of each stop that changes its truck or moves by more than three places",
    )
    usual_change_eur: float = Field(
        0.0,
        ge=0,
        le=1_000,
        description="The same price for a new plan, beside the published one of an earlier day; 0 compares with none",
    )
    usual_days_back: int = Field(
        7, ge=1, le=28, description="Which earlier day: 7 is the same weekday, 1 the day before"
    )
    max_iterations: int = Field(
        400, ge=0, le=1_000_000, description="Improvements tried; with a seed it makes a plan repeatable"
    )
    max_seconds: float = Field(
        60.0, gt=0, le=3_600, description="Time after which the best plan so far is taken"
    )
